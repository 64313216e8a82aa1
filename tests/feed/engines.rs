//! The same against servers that others have written: one that is compatible with OpenSearch, and
//! Typesense itself.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::articles::{account, changed, dir, fed, feed, lines, state};
use crate::common::{Ran, skipped};

/// A server that runs until this is dropped.
struct Running {
    child: Child,
    url: String,
    /// What it keeps its data in.
    _data: Option<TempDir>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file that the variable names; none where it names none, and then the test is skipped.
fn server_at(variable: &str) -> Option<PathBuf> {
    match std::env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => Some(path.into()),
        None => {
            skipped(&format!("{variable} names no server"));
            None
        }
    }
}

fn osmem() -> Option<Running> {
    let program = server_at("DATELINE_OSMEM")?;
    let mut child = Command::new(program)
        .args(["-addr", "127.0.0.1:0", "-no-ja", "-parent-pid", &std::process::id().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("DATELINE_OSMEM can be started");
    let stdout = child.stdout.take().expect("it is a pipe");
    let mut ready = String::new();
    BufReader::new(stdout).read_line(&mut ready).expect("it says where it listens");
    let ready: Value = serde_json::from_str(&ready).expect("it says so in JSON");
    let url = ready["url"].as_str().expect("an address").to_owned();
    Some(Running { child, url, _data: None })
}

const TYPESENSE_KEY: &str = "a-key-for-tests";

fn typesense() -> Option<Running> {
    let program = server_at("DATELINE_TYPESENSE")?;
    let data = tempfile::tempdir().expect("a directory for temporary files");
    let free = || std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let (port, peering) = (free(), free());
    let child = Command::new(program)
        .arg(format!("--data-dir={}", data.path().display()))
        .args([format!("--api-key={TYPESENSE_KEY}"), format!("--api-port={port}"), format!("--peering-port={peering}")])
        .args(["--api-address=127.0.0.1", "--peering-address=127.0.0.1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("DATELINE_TYPESENSE can be started");
    let running = Running { child, url: format!("http://127.0.0.1:{port}"), _data: Some(data) };
    let end = Instant::now() + Duration::from_secs(60);
    while get(&running.url, "/health")["ok"] != true {
        assert!(Instant::now() < end, "it does not become healthy");
        std::thread::sleep(Duration::from_millis(100));
    }
    Some(running)
}

/// What a server answers, as JSON; nothing where it does not.
fn ask(url: &str, method: &str, path: &str, body: Option<&Value>) -> Value {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{url}{path}"))
        .header("content-type", "application/json")
        .header("x-typesense-api-key", TYPESENSE_KEY)
        .body(body.map_or_else(Vec::new, |body| body.to_string().into_bytes()))
        .expect("it is a request");
    let answer = agent.run(request).and_then(|mut answer| answer.body_mut().read_to_vec());
    answer.ok().and_then(|body| serde_json::from_slice(&body).ok()).unwrap_or_default()
}

fn get(url: &str, path: &str) -> Value {
    ask(url, "GET", path, None)
}

/// How many documents a query of `news` finds.
fn hits(url: &str, query: &Value) -> Value {
    let found =
        ask(url, "POST", "/news/_search", Some(&json!({ "query": query, "size": 0, "track_total_hits": true })));
    found["hits"]["total"]["value"].clone()
}

#[test]
fn opensearch_gets_everything_and_finds_it() {
    let Some(server) = osmem() else { return };
    let dir = dir(0);
    let bad = changed(300, "date", json!("on a Tuesday"));
    dir.write("out.jsonl", lines(300) + &bad + &changed(301, "id", json!("x".repeat(600))));
    let ran = fed(&dir, &server.url, "--create --nested --embedding --refresh end --batch 60000");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    // A date that is none costs the date, and an id that is too long the document.
    assert_eq!(account(&dir), [302, 301, 0, 0, 1]);
    assert_eq!(get(&server.url, "/news/_count")["count"], 301);
    for (query, expected) in [
        (json!({ "match_phrase": { "person": "Ada Moth" } }), 101),
        // Without its accents, by the analyzer.
        (json!({ "match": { "person": "oberg" } }), 100),
        (json!({ "term": { "person_name": "Zoë Öberg" } }), 100),
        // Two people of one article are not one.
        (json!({ "match_phrase": { "person": "Moth Ines" } }), 0),
        // Named, and not what it is about.
        (json!({ "match": { "person": "kerr" } }), 301),
        (json!({ "match": { "person_main": "kerr" } }), 0),
        (json!({ "match": { "topic": "politics" } }), 301),
        (json!({ "term": { "topic_code": "medtop:11000000" } }), 301),
        (json!({ "range": { "date": { "gte": "2025-03-01", "lt": "2025-03-02" } } }), 11),
        (
            json!({ "nested": { "path": "entities", "query": { "bool": { "filter": [
                { "match": { "entities.name": "moth" } }, { "range": { "entities.salience": { "gt": 0.2 } } },
            ] } } } }),
            101,
        ),
    ] {
        assert_eq!(hits(&server.url, &query), expected, "{query}");
    }
    let facet = json!({ "size": 0, "aggs": { "places": { "terms": { "field": "place_name" } } } });
    let facet = ask(&server.url, "POST", "/news/_search", Some(&facet));
    assert_eq!(facet["aggregations"]["places"]["buckets"][0]["doc_count"], 76);
    // Again: everything is updated, nothing comes twice.
    std::fs::remove_file(dir.path("out.feed.news.json")).expect("it is there");
    std::fs::remove_file(dir.path("out.feed.dead.jsonl")).expect("it is there");
    assert_eq!(fed(&dir, &server.url, "-q --nested --embedding --gzip").code, Some(3));
    assert_eq!(account(&dir), [302, 0, 301, 0, 1]);
}

#[test]
fn opensearch_moves_an_alias() {
    let Some(server) = osmem() else { return };
    let dir = dir(40);
    assert_eq!(fed(&dir, &server.url, "-q --swap --create").code, Some(0));
    let first = state(&dir)["index"].as_str().expect("a name").to_owned();
    std::thread::sleep(Duration::from_millis(1100));
    dir.write("out.jsonl", lines(50));
    let ran = fed(&dir, &server.url, "--swap --create");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("old index     {first}, which is kept")), "{}", ran.stderr);
    assert_eq!(get(&server.url, "/news/_count")["count"], 50);
    assert_eq!(get(&server.url, &format!("/{first}/_count"))["count"], 40);
    let ran = fed(&dir, &server.url, "--swap --create");
    assert!(ran.stderr.contains("everything was fed"), "{}", ran.stderr);
}

#[test]
fn opensearch_refuses_what_does_not_fit() {
    let Some(server) = osmem() else { return };
    // A mapping of somebody else's, in which a date that is none is refused.
    let mapping = json!({ "mappings": { "properties": { "date": { "type": "date" } } } });
    ask(&server.url, "PUT", "/news", Some(&mapping));
    let dir = dir(0);
    dir.write("out.jsonl", lines(20) + &changed(20, "date", json!("on a Tuesday")) + &changed(21, "x", json!(1)));
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(account(&dir), [22, 21, 0, 0, 1]);
    let letter = &dir.objects("out.feed.dead.jsonl")[0];
    assert_eq!((&letter["code"], &letter["id"]), (&json!("index_mapping"), &json!("a20")));
    assert!(letter["message"].as_str().is_some_and(|message| message.contains("[date]")), "{letter}");
    let strict = crate::articles::dir(3);
    let ran = Ran::of(&mut feed(&strict, &format!("out.jsonl --to {}/strict --create --strict -q", server.url)));
    assert_eq!(ran.code, Some(0), "every field that we send is in our mapping: {}", ran.stderr);
}

#[test]
fn typesense_gets_everything_and_finds_it() {
    let Some(server) = typesense() else { return };
    let key = |dir: &crate::common::Dir| {
        dir.write("key", TYPESENSE_KEY);
    };
    let dir = dir(300);
    key(&dir);
    let arguments = "--create --nested --embedding --api-key-file key --batch 60000";
    let ran = fed(&dir, &server.url, arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(account(&dir), [300, 0, 0, 300, 0]);
    assert_eq!(get(&server.url, "/collections/news")["num_documents"], 300);
    for (query, expected) in [
        ("q=moth&query_by=person", 100),
        ("q=*&filter_by=person_name:=%60Zo%C3%AB%20%C3%96berg%60", 100),
        ("q=*&filter_by=topic_code:=%60medtop:11000000%60", 300),
        ("q=*&filter_by=timestamp:%3C1740873600", 11),
    ] {
        let found = get(&server.url, &format!("/collections/news/documents/search?{query}"));
        assert_eq!(found["found"], expected, "{query}: {found}");
    }
    // A document that does not fit is a dead letter, and no other.
    let schema = json!({ "name": "other", "fields": [{ "name": "title", "type": "int32" }] });
    ask(&server.url, "POST", "/collections", Some(&schema));
    let other = crate::articles::dir(0);
    key(&other);
    other.write("out.jsonl", changed(0, "title", json!("7")) + &lines(2));
    let ran = Ran::of(&mut feed(&other, &format!("out.jsonl --to {}/other --api-key-file key -q", server.url)));
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let letters = other.objects("out.feed.dead.jsonl");
    assert!(letters.iter().all(|letter| letter["code"] == "index_mapping"), "{letters:?}");
    assert!(!letters.is_empty());
    // A wrong key gets nothing.
    let wrong = crate::articles::dir(1);
    wrong.write("key", "wrong");
    let ran = fed(&wrong, &server.url, "--api-key-file key -q --as typesense");
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: give credentials"), "{}", ran.stderr);
    // The alias moves.
    let swapped = crate::articles::dir(30);
    key(&swapped);
    let ran = Ran::of(&mut feed(
        &swapped,
        &format!("out.jsonl --to {}/press --swap --create --api-key-file key", server.url),
    ));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(get(&server.url, "/collections/press/documents/search?q=*")["found"], 30);
}
