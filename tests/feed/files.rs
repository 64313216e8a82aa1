//! What would be sent, and files for engines that are not fed.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::articles::{dir, feed, record_of};
use crate::common::{Dir, Ran};
use crate::server::{Is, Server};

fn check(arguments: &str, expected: Expect) {
    let dir = Dir::new();
    let names = [("PER", "Zoë Öberg", 0.7), ("LOC", "Turku", 0.3), ("ORG", "Harbour Post", 0.0)];
    let record = record_of("a/1", "Zoë Öberg in Turku", "Zoë Öberg [left](x) Turku.\n\nHarbour Post", &names, 2);
    dir.write("out.jsonl", format!("{record}\n"));
    expected.assert_eq(&Ran::of(&mut feed(&dir, arguments)).shown());
}

#[test]
fn what_would_be_sent() {
    check(
        "out.jsonl --dry-run",
        expect![[r#"
            note: 1 document for Elasticsearch in standard output
            > {"index":{"_id":"a/1"}}
            > {"source":"wire","date":"2025-03-03T08:15:00","title":"Zoë Öberg in Turku","text":"Zoë Öberg [left](x) Turku.\n\nHarbour Post","person":["Zoë Öberg","Öberg"],"person_main":["Zoë Öberg","Öberg"],"person_name":["Zoë Öberg"],"place":["Turku"],"place_main":["Turku"],"place_name":["Turku"],"topic":["politics"],"topic_code":["medtop:11000000"]}
            exit 0"#]],
    );
    check(
        "out.jsonl --dry-run --as typesense --nested --embedding --no-text -q",
        expect![[r#"
            > {"id":"a/1","timestamp":1740989700,"source":"wire","date":"2025-03-03T08:15:00","title":"Zoë Öberg in Turku","person":["Zoë Öberg","Öberg"],"person_main":["Zoë Öberg","Öberg"],"person_name":["Zoë Öberg"],"place":["Turku"],"place_main":["Turku"],"place_name":["Turku"],"topic":["politics"],"topic_code":["medtop:11000000"],"entities":[{"kind":"person","label":"PER","name":"Zoë Öberg","aliases":["Öberg"],"salience":0.7,"mentions":2},{"kind":"place","label":"LOC","name":"Turku","salience":0.3,"mentions":2}],"embedding":[0.6,0.0,0.8]}
            exit 0"#]],
    );
    check(
        "out.jsonl --dry-run --as opensearch --annotated -q",
        expect![[r#"
            > {"index":{"_id":"a/1"}}
            > {"source":"wire","date":"2025-03-03T08:15:00","title":"Zoë Öberg in Turku","text":"[Zoë Öberg](person%3AZo%C3%AB+%C3%96berg&person) [left] (x) [Turku](place%3ATurku&place).\n\nHarbour Post","person":["Zoë Öberg","Öberg"],"person_main":["Zoë Öberg","Öberg"],"person_name":["Zoë Öberg"],"place":["Turku"],"place_main":["Turku"],"place_name":["Turku"],"topic":["politics"],"topic_code":["medtop:11000000"]}
            exit 0"#]],
    );
}

#[test]
fn files_for_other_engines() {
    check(
        "out.jsonl --as solr -o -",
        expect![[r#"
            note: 1 document for Solr in standard output
            note: POST it to /solr/news/update/json/docs?commitWithin=1000 as application/json
            > {"id":"a/1","source":"wire","date":"2025-03-03T08:15:00Z","title":"Zoë Öberg in Turku","text":"Zoë Öberg [left](x) Turku.\n\nHarbour Post","person":["Zoë Öberg","Öberg"],"person_main":["Zoë Öberg","Öberg"],"person_name":["Zoë Öberg"],"place":["Turku"],"place_main":["Turku"],"place_name":["Turku"],"topic":["politics"],"topic_code":["medtop:11000000"]}
            exit 0"#]],
    );
    check(
        "out.jsonl --as meilisearch -o - --no-text -q",
        expect![[r#"
            > {"id":"773232abe9343f0e102f8248423fc6ce","key":"a/1","timestamp":1740989700,"source":"wire","date":"2025-03-03T08:15:00","title":"Zoë Öberg in Turku","person":["Zoë Öberg","Öberg"],"person_main":["Zoë Öberg","Öberg"],"person_name":["Zoë Öberg"],"place":["Turku"],"place_main":["Turku"],"place_name":["Turku"],"topic":["politics"],"topic_code":["medtop:11000000"]}
            exit 0"#]],
    );
    check(
        "out.jsonl --as vespa --to http://localhost:8080/articles -o - --no-text --embedding -q",
        expect![[r#"
            > {"put":"id:articles:articles::a/1","fields":{"source":"wire","date":"2025-03-03T08:15:00","title":"Zoë Öberg in Turku","person":["Zoë Öberg","Öberg"],"person_main":["Zoë Öberg","Öberg"],"person_name":["Zoë Öberg"],"place":["Turku"],"place_main":["Turku"],"place_name":["Turku"],"topic":["politics"],"topic_code":["medtop:11000000"],"embedding":{"values":[0.6,0.0,0.8]}}}
            exit 0"#]],
    );
    check(
        "out.jsonl --as quickwit -o - --no-text -q",
        expect![[r#"
        > {"create":{}}
        > {"id":"a/1","source":"wire","date":"2025-03-03T08:15:00","title":"Zoë Öberg in Turku","person":["Zoë Öberg","Öberg"],"person_main":["Zoë Öberg","Öberg"],"person_name":["Zoë Öberg"],"place":["Turku"],"place_main":["Turku"],"place_name":["Turku"],"topic":["politics"],"topic_code":["medtop:11000000"]}
        exit 0"#]],
    );
    // In a file, which appears when it is complete.
    let dir = dir(40);
    let ran = Ran::of(&mut feed(&dir, "out.jsonl --as meilisearch -o news.ndjson.gz"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(dir.names(), ["news.ndjson.gz", "out.jsonl"]);
    let ran = Ran::of(&mut feed(&dir, "out.jsonl --as meilisearch -o news.ndjson.gz"));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.starts_with("error: news.ndjson.gz: exists already\nhint: remove it, or name another"),
        "{}",
        ran.stderr
    );
}

#[test]
fn wrong_usage() {
    let dir = dir(2);
    for (arguments, message) in [
        ("out.jsonl", "error: --to or --output is missing: where to?\nhint: --to http://localhost:9200/news feeds"),
        (
            "out.jsonl --as meilisearch --to http://localhost:1/news",
            "error: Meilisearch is not fed directly: it does not say what becomes of each document\nhint: --as meilisearch -o FILE",
        ),
        (
            "out.jsonl --as typesense --annotated --dry-run",
            "error: --annotated: Typesense has no annotated text\nhint: ",
        ),
        (
            "out.jsonl --to localhost:9200/news",
            "error: --to: expected an address that begins with http:// or https://\nhint: ",
        ),
        ("out.jsonl --to http://localhost:9200", "error: --to: has no name of an index at its end\nhint: "),
        (
            "- --to http://localhost:1/news",
            "error: -: standard input cannot be fed: a feed could not go on from there\nhint: ",
        ),
        ("--template --as vespa", "error: --template: Vespa is told in its own configuration files\n"),
        ("out.jsonl --dry-run --aliases none.tsv", "error: none.tsv: cannot be read: No such file"),
    ] {
        let ran = Ran::of(&mut feed(&dir, arguments));
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.starts_with(message), "{arguments}: {}", ran.stderr);
    }
    for (arguments, message) in [
        ("out.jsonl --timeout soon", "expected a time, e.g. 60s or 2m"),
        ("out.jsonl --in-flight 0", "expected a whole number from 1 to 64"),
        ("out.jsonl --batch 0", "expected a number of bytes"),
        (
            "out.jsonl --as lucene",
            "possible values: elasticsearch, opensearch, typesense, solr, meilisearch, vespa, quickwit",
        ),
        ("", "required"),
    ] {
        let ran = Ran::of(&mut feed(&dir, arguments));
        assert_eq!(ran.code, Some(2), "{arguments}");
        assert!(ran.stderr.contains(message), "{arguments}: {}", ran.stderr);
    }
}

/// House names join entities, other fields are ids and dates.
#[test]
fn documents_are_made_as_the_index_makes_them() {
    let dir = Dir::new();
    let record = record_of("a", "US and USA", "US, USA.", &[("LOC", "USA", 0.5), ("ORG", "US", 0.2)], 2);
    let mut record = record;
    (record["url"], record["seen"]) = (json!("u/1"), json!("20240229"));
    dir.write("out.jsonl", format!("{record}\n")).write("names.tsv", "place\tUnited States\tUSA\n");
    let ran = Ran::of(&mut feed(&dir, "out.jsonl --dry-run -q --id url --date seen --aliases names.tsv"));
    let lines: Vec<Value> = ran.records();
    assert_eq!(lines[0]["index"]["_id"], "u/1");
    assert_eq!(lines[1]["date"], "2024-02-29");
    assert_eq!(lines[1]["place"], json!(["United States", "USA"]));
    assert_eq!(lines[1]["place_name"], json!(["United States"]));
}

#[test]
fn no_engine_hears_of_a_dry_run() {
    let server = Server::with_index(Is::Opensearch);
    let dir = dir(2);
    let ran = Ran::of(&mut feed(&dir, &format!("out.jsonl --dry-run --to {}/news -o sent.ndjson", server.url)));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(server.inside().requests.is_empty());
    let would = dir.read("sent.ndjson");
    let ran = Ran::of(&mut feed(&dir, &format!("out.jsonl --to {}/news -q", server.url)));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(server.batches()[0].body, would);
}
