//! Whole feeds: everything that goes wrong at once, kills, signals, aliases, states.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::articles::{account, changed, dir, fed, feed, lines, state};
use crate::common::{Dir, Ran};
use crate::server::{Chances, Fault, Is, Server};

/// Everything at once: nothing is lost, nothing comes twice, and the account says so.
#[test]
fn three_thousand_articles_through_everything_that_goes_wrong() {
    for is in [Is::Opensearch, Is::Typesense] {
        let server = Server::with_index(is);
        {
            let mut inside = server.inside();
            inside.limit = 30_000;
            inside.chances = Chances { whole_429: 8, whole_503: 6, reset_before: 4, reset_after: 5, items_429: 60 };
        }
        let dir = Dir::new();
        let all: String = (0..3000)
            .map(|i| if i == 1234 { changed(i, "title", json!("REFUSED")) } else { changed(i, "x", json!(1)) })
            .collect();
        dir.write("out.jsonl", all);
        let ran = fed(&dir, &server.url, "--batch 100000 -q");
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(3), ""), "{is:?}");
        let [read, created, updated, stored, dead] = account(&dir);
        assert_eq!((read, created + updated + stored, dead), (3000, 2999, 1), "{is:?}");
        assert_eq!(stored > 0, is == Is::Typesense);
        let documents = server.documents("news");
        assert_eq!(documents.len(), 2999);
        assert!((0..3000).filter(|&i| i != 1234).all(|i| documents.contains_key(&format!("a{i}"))));
        assert_eq!(dir.objects("out.feed.dead.jsonl").len(), 1);
        let inside = server.inside();
        for (what, n) in [
            ("413", inside.statuses[&413]),
            ("429", inside.statuses[&429]),
            ("503", inside.statuses[&503]),
            ("broken connections", inside.resets),
            ("busy items", inside.items_429),
        ] {
            // Typesense's answers have no items that could be counted.
            assert!(n > 0 || is == Is::Typesense, "no {what}: nothing was tried");
        }
    }
}

/// Killed at any moment and given again, the command ends where an undisturbed one does.
#[test]
fn a_feed_that_is_killed_goes_on() {
    let server = Server::with_index(Is::Opensearch);
    server.inside().always = Fault::Slow(Duration::from_millis(15));
    let dir = Dir::new();
    let bad = [7, 100, 333, 599];
    let all: String = (0..600)
        .map(|i| if bad.contains(&i) { changed(i, "title", json!("REFUSED")) } else { changed(i, "x", json!(1)) })
        .collect();
    dir.write("out.jsonl", all);
    let (mut n_killed, mut resumed_at) = (0, Vec::new());
    let code = loop {
        let arguments = format!("out.jsonl --to {}/news --batch 6000 -q", server.url);
        let mut child = feed(&dir, &arguments).stderr(Stdio::inherit()).spawn().expect("the program starts");
        let end = Instant::now() + Duration::from_millis(130 + 7 * n_killed);
        let status = loop {
            if let Some(status) = child.try_wait().expect("it is ours") {
                break Some(status);
            }
            if Instant::now() > end {
                break None;
            }
            thread::sleep(Duration::from_millis(1));
        };
        match status {
            Some(status) => break status.code(),
            None => {
                child.kill().expect("it is ours");
                child.wait().expect("it is ours");
                n_killed += 1;
                if dir.path("out.feed.news.json").exists() {
                    resumed_at.push(account(&dir)[0]);
                }
                assert!(!dir.path("out.feed.dead.jsonl").exists(), "it has its name when everything is fed");
                assert!(n_killed < 200, "it does not come forward: {resumed_at:?}");
            }
        }
    };
    assert_eq!(code, Some(3));
    assert!(n_killed >= 3, "killed {n_killed} times only");
    assert!(resumed_at.is_sorted() && resumed_at.last() > resumed_at.first(), "{resumed_at:?}");
    let [read, created, updated, _, dead] = account(&dir);
    assert_eq!((read, created + updated, dead), (600, 596, 4));
    assert_eq!(server.documents("news").len(), 596);
    let letters = dir.objects("out.feed.dead.jsonl");
    assert_eq!(letters.iter().map(|letter| letter["item"].clone()).collect::<Vec<_>>(), bad.map(|i| json!(i)));
    assert_eq!(dir.names(), ["out.feed.dead.jsonl", "out.feed.news.json", "out.jsonl"]);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_feed_so_that_it_can_go_on() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let server = Server::with_index(Is::Opensearch);
        server.inside().always = Fault::Slow(Duration::from_millis(50));
        let dir = dir(300);
        let mut command = feed(&dir, &format!("out.jsonl --to {}/news --batch 6000", server.url));
        let child = command.stderr(Stdio::piped()).spawn().expect("the program starts");
        while server.batches().len() < 4 {
            thread::sleep(Duration::from_millis(5));
        }
        let sent = std::process::Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(sent.expect("there is a kill").success());
        let output = child.wait_with_output().expect("it is ours");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(stderr.contains("interrupted; ") && stderr.contains("run the same command again to go on"), "{stderr}");
        let [safe, ..] = account(&dir);
        assert!((1..300).contains(&safe), "{safe}");
        assert_eq!(
            Ran::of(&mut dir.command("status .")).stdout.lines().last(),
            Some(&*format!("./out.feed.news.json: feed to {}/news interrupted, {safe} records", server.url))
        );
        assert_eq!(fed(&dir, &server.url, "--batch 6000 -q").code, Some(0));
        assert_eq!(account(&dir)[0], 300);
        // Nothing that was answered for was sent again.
        let sent: usize = server.batches().iter().map(|batch| batch.ids().len()).sum();
        assert!(sent < 300 + 60, "{sent} documents were sent");
    }
}

#[test]
fn what_was_fed_is_not_fed_again() {
    let server = Server::with_index(Is::Opensearch);
    let dir = dir(3);
    assert_eq!(fed(&dir, &server.url, "").code, Some(0));
    let ran = fed(&dir, &server.url, "");
    assert_eq!(ran.code, Some(0));
    assert_eq!(ran.stderr, "note: out.feed.news.json: everything was fed; remove this file to feed everything again\n");
    assert_eq!(server.batches().len(), 1);
    // Other records are.
    dir.write("out.jsonl", lines(4));
    assert_eq!(fed(&dir, &server.url, "-q").code, Some(0));
    assert_eq!(account(&dir), [4, 1, 3, 0, 0]);
    // The index was lost.
    server.inside().make("news");
    assert_eq!(fed(&dir, &server.url, "-q").code, Some(0));
    assert_eq!(account(&dir), [4, 4, 0, 0, 0]);
}

#[test]
fn a_feed_goes_on_only_if_nothing_has_changed() {
    let server = Server::scripted([Fault::None]);
    server.inside().always = Fault::Whole(503, "", "");
    let other = Server::with_index(Is::Opensearch);
    let dir = dir(60);
    let small = "--batch 6000 --retries 0 --in-flight 1 -q";
    assert_eq!(fed(&dir, &server.url, small).code, Some(1));
    server.inside().always = Fault::None;
    let refused = |ran: Ran, what: &str| {
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(
            ran.stderr.contains(what) && ran.stderr.contains("hint: give the command of that feed"),
            "{}",
            ran.stderr
        );
    };
    refused(fed(&dir, &other.url, small), "out.feed.news.json: belongs to another feed: the address was http://");
    refused(fed(&dir, &server.url, &format!("{small} --nested")), "option --nested was false, is true");
    let records = dir.read("out.jsonl");
    dir.write("out.jsonl", lines(61));
    refused(fed(&dir, &server.url, small), "out.jsonl has changed (sha256 was ");
    dir.write("out.jsonl", &records);
    let uuid = server.inside().uuids.insert("news".to_owned(), "another".to_owned()).expect("it had one");
    refused(fed(&dir, &server.url, small), "the index news is another one by that name");
    let index = server.inside().indexes.remove("news").expect("it is there");
    refused(fed(&dir, &server.url, small), "the index news is gone");
    server.inside().indexes.insert("news".to_owned(), index);
    server.inside().uuids.insert("news".to_owned(), uuid);
    assert_eq!(fed(&dir, &server.url, small).code, Some(0));
    assert_eq!(account(&dir), [60, 60, 0, 0, 0]);
    // What is no state is refused too, with the way out.
    dir.write("out.feed.news.json", "{\"version\":");
    let ran = fed(&dir, &server.url, small);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("out.feed.news.json: is no state of a feed: EOF"), "{}", ran.stderr);
    assert!(dir.run("status .").stdout.ends_with("./out.feed.news.json: damaged\n"));
}

#[test]
fn dead_letters_are_never_overwritten() {
    let server = Server::with_index(Is::Opensearch);
    let dir = dir(0);
    dir.write("out.jsonl", changed(0, "title", json!("REFUSED")));
    assert_eq!(fed(&dir, &server.url, "-q").code, Some(3));
    let letters = dir.read("out.feed.dead.jsonl");
    dir.write("out.jsonl", lines(3));
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.starts_with("error: out.feed.dead.jsonl: exists already\nhint: it holds what an earlier feed"));
    assert_eq!(dir.read("out.feed.dead.jsonl"), letters);
}

#[test]
fn two_feeds_at_once_are_one_too_many() {
    let server = Server::with_index(Is::Opensearch);
    server.inside().always = Fault::Slow(Duration::from_millis(300));
    let dir = dir(100);
    let mut first =
        feed(&dir, &format!("out.jsonl --to {}/news --batch 6000 -q", server.url)).spawn().expect("it starts");
    while server.batches().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    let second = fed(&dir, &server.url, "-q");
    assert_eq!(second.code, Some(2), "{}", second.stderr);
    assert!(second.stderr.contains("out.feed.news.dead.jsonl.partial: another feed is writing it\nhint: wait for it"));
    assert!(dir.run("status .").stdout.contains("/news running, "));
    server.inside().always = Fault::None;
    assert_eq!(first.wait().expect("it is ours").code(), Some(0));
    assert_eq!(account(&dir)[0], 100);
}

#[test]
fn a_run_ends_when_too_many_are_refused() {
    let server = Server::with_index(Is::Opensearch);
    let dir = Dir::new();
    dir.write(
        "out.jsonl",
        (0..1500).map(|i| changed(i, "title", json!(if i % 10 == 0 { "REFUSED" } else { "x" }))).collect::<String>(),
    );
    let ran = fed(&dir, &server.url, "-q --batch 50000");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("records were refused, more than 5 %; the first: mapper_parsing_exception"),
        "{}",
        ran.stderr
    );
    let ran = fed(&dir, &server.url, "-q --batch 50000 --max-dead 11");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let [read, created, updated, _, dead] = account(&dir);
    assert_eq!((read, created + updated, dead), (1500, 1350, 150));
    assert_eq!(dir.objects("out.feed.dead.jsonl").len(), 150);
    // The first is enough, if that is wanted.
    let dir = crate::articles::dir(0);
    dir.write("out.jsonl", lines(2) + &changed(2, "title", json!("REFUSED")));
    let ran = fed(&dir, &server.url, "-q --on-error fail");
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(1), "error: out.jsonl:3: mapper_parsing_exception: failed to parse field [date] of type [date]\n")
    );
}

#[test]
fn an_index_is_made_only_if_asked_for() {
    let server = Server::start(Is::Elasticsearch);
    let dir = dir(3);
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.ends_with("there is no index news\nhint: --create makes it, with a mapping for these documents\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(fed(&dir, &server.url, "-q --create --embedding --nested").code, Some(0));
    let template = server.inside().templates["dateline-news"].clone();
    assert_eq!(template["index_patterns"], json!(["news", "news-*"]));
    assert_eq!(template["template"]["mappings"]["properties"]["embedding"]["dims"], 3);
    assert_eq!(template["template"]["mappings"]["dynamic"], "false");
    let ran = fed(&crate::articles::dir(3), &server.url, "--create --strict");
    assert!(ran.stderr.contains("note: news is there already, and keeps the mapping that it has"), "{}", ran.stderr);
    assert_eq!(server.inside().templates["dateline-news"]["template"]["mappings"]["dynamic"], "strict");
}

/// A new index is filled while the old one is searched in.
#[test]
fn an_alias_moves_onto_a_new_index_when_that_is_full() {
    for is in [Is::Opensearch, Is::Typesense] {
        let server = Server::start(is);
        let dir = dir(30);
        let ran = fed(&dir, &server.url, "--swap --create");
        assert_eq!(ran.code, Some(0), "{is:?}: {}", ran.stderr);
        let first = server.inside().aliases["news"].clone();
        assert!(first.starts_with("news-20") && first.len() == "news-20250303-081500".len(), "{first}");
        assert_eq!(server.documents(&first).len(), 30);
        assert!(!ran.stderr.contains("old index"), "{}", ran.stderr);
        // Names have a second in them.
        thread::sleep(Duration::from_millis(1100));
        dir.write("out.jsonl", lines(20));
        server.inside().always = Fault::Whole(503, "", "");
        assert_eq!(fed(&dir, &server.url, "--swap --create -q --retries 0").code, Some(1));
        assert_eq!(server.inside().aliases["news"], first, "it moves when all is there, and not before");
        server.inside().always = Fault::None;
        let ran = fed(&dir, &server.url, "--swap --create");
        assert_eq!(ran.code, Some(0), "{is:?}: {}", ran.stderr);
        let second = server.inside().aliases["news"].clone();
        assert_ne!(first, second);
        assert!(ran.stderr.contains(&format!("old index     {first}, which is kept")), "{}", ran.stderr);
        assert_eq!((server.documents(&first).len(), server.documents(&second).len()), (30, 20));
        assert_eq!(server.inside().indexes.len(), 2, "the feed that was broken off is the one that went on");
        assert_eq!(state(&dir)["index"], Value::String(second));
    }
}

#[test]
fn an_alias_stays_where_documents_are_missing() {
    let server = Server::start(Is::Opensearch);
    let dir = dir(1);
    // The document is there; somebody takes it away behind our back.
    let emptying = server.clone();
    let emptied = thread::spawn(move || {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            let mut inside = emptying.inside();
            if let Some(documents) = inside.indexes.values_mut().find(|documents| !documents.is_empty()) {
                documents.clear();
                return true;
            }
            drop(inside);
            thread::sleep(Duration::from_micros(50));
        }
        false
    });
    let ran = fed(&dir, &server.url, "--swap --create -q");
    assert!(emptied.join().expect("it does not panic"));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("has 0 documents, and 1 were taken; the alias stays where it is"), "{}", ran.stderr);
    assert!(server.inside().aliases.is_empty());
}

#[test]
fn an_index_cannot_become_an_alias() {
    let server = Server::with_index(Is::Opensearch);
    let ran = fed(&dir(1), &server.url, "--swap -q");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("news is an index, and not an alias that could be moved\nhint: feed another name"));
}

#[test]
fn records_are_what_tag_writes() {
    let server = Server::with_index(Is::Opensearch);
    // Under a key, compressed, among dead letters, in several files.
    let under = |i: usize| {
        let mut record = crate::articles::record(i);
        let mut added = serde_json::Map::new();
        for key in ["mentions", "entities", "topics", "coverage", "warnings", "tagger"] {
            added.insert(key.to_owned(), record[key].take());
            record.as_object_mut().expect("it is one").remove(key);
        }
        record.as_object_mut().expect("it is one").remove("embedding");
        record["nlp"] = Value::Object(added);
        format!("{record}\n")
    };
    let dir = Dir::new();
    let letter = r#"{"error":{"source":"a","record":0,"byte_offset":0,"byte_len":1,"sha256":"","code":"invalid_json","stage":"parse","message":"m","raw":"{","line":1,"item":0,"id":"a:1"}}"#;
    dir.write("a.jsonl", format!("{}\n\n{letter}\n{}", under(0), under(1)));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gz, (under(2) + &under(0)).as_bytes()).expect("a Vec takes everything");
    dir.write("b.jsonl.gz", gz.finish().expect("a Vec takes everything"));
    let ran = Ran::of(&mut feed(&dir, &format!("a.jsonl b.jsonl.gz --under nlp --to {}/news", server.url)));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let keys: Vec<String> = server.documents("news").into_keys().collect();
    assert_eq!(keys, ["a0", "a0~2", "a1", "a2"]);
    assert!(ran.stderr.contains("1 record had the key of another one, and got key~2"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 dead letter among the records"), "{}", ran.stderr);
    // Other lines end it, before anything is sent, or after what stood before them.
    for (line, message) in [("{\"id\":1}", "error: c.jsonl:2: "), ("[", "error: c.jsonl:2: ")] {
        let _ = std::fs::remove_file(dir.path("c.feed.news.json"));
        dir.write("c.jsonl", format!("{}{line}\n", changed(0, "x", json!(1))));
        let ran = Ran::of(&mut feed(&dir, &format!("c.jsonl --to {}/news -q", server.url)));
        assert!(ran.stderr.starts_with(message), "{}", ran.stderr);
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        dir.write("d.jsonl", format!("{line}\n"));
        let ran = Ran::of(&mut feed(&dir, &format!("d.jsonl --to {}/news -q", server.url)));
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(
            !dir.names().iter().any(|name| name.starts_with("d.feed.")),
            "nothing stays of nothing: {:?}",
            dir.names()
        );
    }
    let ran = Ran::of(&mut feed(&dir, &format!("none.jsonl --to {}/news -q", server.url)));
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(2), "error: none.jsonl: cannot be opened: No such file or directory (os error 2)\n")
    );
}

#[test]
fn records_that_change_under_our_hands_are_noticed() {
    let server = Server::with_index(Is::Opensearch);
    server.inside().always = Fault::Slow(Duration::from_millis(100));
    let dir = dir(400);
    let mut command = feed(&dir, &format!("out.jsonl --to {}/news --batch 6000 -q --in-flight 1", server.url));
    let child = command.stderr(Stdio::piped()).spawn().expect("it starts");
    while server.batches().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    dir.write("out.jsonl", lines(400) + &lines(1));
    server.inside().always = Fault::None;
    let output = child.wait_with_output().expect("it is ours");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("out.jsonl: changed while it was read"), "{stderr}");
}

#[test]
fn the_engine_is_found_out_or_named() {
    for (is, kind) in
        [(Is::Elasticsearch, "elasticsearch"), (Is::Opensearch, "opensearch"), (Is::Typesense, "typesense")]
    {
        let server = Server::with_index(is);
        let dir = dir(2);
        assert_eq!(fed(&dir, &server.url, "-q").code, Some(0));
        assert_eq!(state(&dir)["options"]["as"], kind);
        assert_eq!(server.documents("news").len(), 2);
    }
    let server = Server::start(Is::Something);
    let ran = fed(&dir(1), &server.url, "-q");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains(
        "/: answers, with HTTP status 404, but not as Elasticsearch, OpenSearch or Typesense do\nhint: --as"
    ));
    // Nobody is there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let ran = fed(&dir(1), &format!("http://127.0.0.1:{port}"), "-q");
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: is the engine running, and is this its address?"), "{}", ran.stderr);
}
