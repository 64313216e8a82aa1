//! Each rule of the protocol against a server that breaks it open: what is sent, what is sent again,
//! what becomes a dead letter, what ends the feed.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::articles::{account, changed, dir, fed, lines};
use crate::server::{Fault, Is, Request, Server};

const BUSY: &str = "es_rejected_execution_exception";

/// What a user sees without the numbers of a machine.
fn first_line(stderr: &str) -> &str {
    stderr.lines().next().unwrap_or_default()
}

#[test]
fn a_request_is_as_every_engine_takes_it() {
    let server = Server::with_index(Is::Opensearch);
    let dir = dir(3);
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let batches = server.batches();
    let [Request { path, headers, body, .. }] = batches.as_slice() else { panic!("{} batches", batches.len()) };
    // Rule 1: no vendor's type. Rule 2: a line feed at the end, nothing but the id in the action, the
    // index in the address. Rule 10: a short answer.
    assert_eq!(headers["content-type"], "application/x-ndjson");
    assert_eq!(path, "/news/_bulk?filter_path=errors,items.*.status,items.*.error,items.*._id");
    assert!(body.ends_with(b"}\n") && body.starts_with(b"{\"index\":{\"_id\":\"a0\"}}\n{\"source\":\"wire\""));
    assert_eq!(server.documents("news").keys().collect::<Vec<_>>(), ["a0", "a1", "a2"]);
    assert_eq!(account(&dir), [3, 3, 0, 0, 0]);
}

#[test]
fn a_second_feed_updates() {
    let server = Server::with_index(Is::Elasticsearch);
    let dir = dir(3);
    assert_eq!(fed(&dir, &server.url, "-q").code, Some(0));
    dir.write("out.jsonl", changed(0, "title", json!("New")) + &lines(4));
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    // The article comes twice, under two keys.
    assert_eq!(account(&dir), [5, 2, 3, 0, 0]);
    assert_eq!(server.documents("news")["a0"]["title"], "New");
    assert!(server.documents("news").contains_key("a0~2"));
}

/// Rule 3: status 200 says nothing.
#[test]
fn an_item_that_is_refused_is_a_dead_letter_and_no_other() {
    let server = Server::with_index(Is::Opensearch);
    let dir = dir(0);
    dir.write("out.jsonl", lines(2) + &changed(2, "title", json!("REFUSED")) + &changed(3, "title", json!("Last")));
    let ran = fed(&dir, &server.url, "");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(account(&dir), [4, 3, 0, 0, 1]);
    let letters = dir.objects("out.feed.dead.jsonl");
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    for (key, value) in [
        ("code", json!("index_mapping")),
        ("stage", json!("feed")),
        ("message", json!("mapper_parsing_exception: failed to parse field [date] of type [date]")),
        ("id", json!("a2")),
        ("line", json!(3)),
        ("record", json!(2)),
    ] {
        assert_eq!(letter[key], value, "{key}");
    }
    let line = String::from_utf8(dir.read("out.jsonl")).expect("it is ours");
    let (raw, at) = (letter["raw"].as_str().expect("the record"), letter["byte_offset"].as_u64().expect("a number"));
    assert_eq!(line[at as usize..].lines().next(), Some(raw));
    assert!(ran.stderr.contains("refused       index_mapping 1"), "{}", ran.stderr);
    // What was refused can be fed when it is mended.
    dir.write(
        "out.feed.dead.jsonl",
        String::from_utf8_lossy(&dir.read("out.feed.dead.jsonl")).replace("REFUSED", "Mended"),
    );
    let ran = crate::common::Ran::of(&mut crate::articles::feed(
        &dir,
        &format!("out.feed.dead.jsonl --to {}/news -q", server.url),
    ));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(server.documents("news")["a2"]["title"], "Mended");
    assert_eq!(server.documents("news").len(), 4);
}

#[test]
fn an_answer_that_speaks_of_too_few_is_no_answer() {
    for fault in [
        Fault::Short,
        Fault::Says(r#"{"errors":true,"items":[]}"#),
        Fault::Says(r#"{"errors":false}"#),
        Fault::Says("<html>200</html>"),
        Fault::Says(""),
        Fault::Says(r#"{"errors":true,"items":[{"index":{"status":201}},{"index":{"status":201}}]}"#),
    ] {
        let server = Server::scripted([fault.clone()]);
        let dir = dir(2);
        let ran = fed(&dir, &server.url, "-q");
        assert_eq!(ran.code, Some(0), "{fault:?}: {}", ran.stderr);
        let batches = server.batches();
        assert_eq!(batches.len(), 2, "{fault:?}");
        assert_eq!(batches[0].body, batches[1].body, "{fault:?}");
        // They had been taken the first time.
        assert_eq!(account(&dir), [2, 0, 2, 0, 0], "{fault:?}");
    }
}

/// Rule 4.
#[test]
fn busy_items_are_sent_again_alone_and_in_order() {
    let server = Server::scripted([
        Fault::Items(vec![1, 3, 4], 429, BUSY),
        Fault::Items(vec![0, 2], 503, "unavailable_shards_exception"),
        Fault::Items(vec![1], 429, "circuit_breaking_exception"),
    ]);
    let dir = dir(6);
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let ids: Vec<Vec<String>> = server.batches().iter().map(Request::ids).collect();
    assert_eq!(ids, [&["a0", "a1", "a2", "a3", "a4", "a5"][..], &["a1", "a3", "a4"], &["a1", "a4"], &["a4"]]);
    assert_eq!(account(&dir), [6, 6, 0, 0, 0]);
}

#[test]
fn progress_resets_the_count_of_tries() {
    // One item gets through each time; with two tries only, five are busy for five times.
    let busy = (1..6).rev().map(|n| Fault::Items((1..=n).collect(), 429, BUSY));
    let server = Server::scripted(busy);
    let dir = dir(6);
    let ran = fed(&dir, &server.url, "-q --retries 1");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(server.batches().len(), 6);
}

#[test]
fn items_that_are_busy_every_time_are_dead_letters() {
    let server = Server::with_index(Is::Opensearch);
    server.inside().always = Fault::Items(vec![0], 429, BUSY);
    let dir = dir(1);
    let ran = fed(&dir, &server.url, "--retries 2 -q");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(server.batches().len(), 3);
    assert_eq!(dir.objects("out.feed.dead.jsonl")[0]["code"], "index_rejected");
    assert_eq!(account(&dir), [1, 0, 0, 0, 1]);
}

#[test]
fn conflicts_and_items_that_are_too_large_are_dead_letters() {
    let server = Server::scripted([Fault::Items(vec![0], 409, "version_conflict_engine_exception")]);
    let dir = dir(2);
    assert_eq!(fed(&dir, &server.url, "-q").code, Some(3));
    assert_eq!(dir.objects("out.feed.dead.jsonl")[0]["code"], "index_conflict");
    let server = Server::scripted([Fault::Items(vec![1], 413, "too_large")]);
    let dir = crate::articles::dir(2);
    assert_eq!(fed(&dir, &server.url, "-q").code, Some(3));
    assert_eq!(dir.objects("out.feed.dead.jsonl")[0]["code"], "index_too_large");
}

#[test]
fn a_server_that_says_when_to_come_back_is_obeyed() {
    let server = Server::scripted([Fault::Whole(429, "", "retry-after: 1\r\n")]);
    let start = Instant::now();
    assert_eq!(fed(&dir(1), &server.url, "-q").code, Some(0));
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
}

/// Rule 5.
#[test]
fn what_brings_nothing_is_sent_again_as_it_was() {
    let whole = |status| Fault::Whole(status, "<html>later</html>", "");
    for fault in [whole(429), whole(502), whole(503), whole(504), whole(500), Fault::ResetBefore] {
        let server = Server::scripted([fault.clone(), fault.clone()]);
        let dir = dir(5);
        let ran = fed(&dir, &server.url, "-q");
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{fault:?}");
        assert_eq!(account(&dir), [5, 5, 0, 0, 0], "{fault:?}");
        assert_eq!(server.documents("news").len(), 5);
    }
    // The server has done it, and its answer was lost: ids make the second time harmless.
    let server = Server::scripted([Fault::ResetAfter]);
    let dir = dir(5);
    assert_eq!(fed(&dir, &server.url, "-q").code, Some(0));
    assert_eq!(account(&dir), [5, 0, 5, 0, 0]);
    let batches = server.batches();
    assert_eq!(batches[0].body, batches[1].body);
    // As it is with one that takes too long.
    let server = Server::scripted([Fault::Slow(Duration::from_secs(2))]);
    let dir = crate::articles::dir(5);
    assert_eq!(fed(&dir, &server.url, "-q --timeout 300ms").code, Some(0));
    assert_eq!(server.documents("news").len(), 5);
}

#[test]
fn a_server_that_is_gone_ends_the_feed_and_the_next_one_goes_on() {
    let server = Server::scripted([Fault::None]);
    server.inside().always = Fault::Whole(503, "", "");
    let dir = dir(40);
    let ran = fed(&dir, &server.url, "--batch 4000 --retries 2 --in-flight 1 -q");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("/news/_bulk: gave up after 3 tries; the last: HTTP status 503\nhint: run the same command"),
        "{}",
        ran.stderr
    );
    let [before, ..] = account(&dir);
    assert!((1..40).contains(&before), "{before}");
    server.inside().always = Fault::None;
    let ran = fed(&dir, &server.url, "--batch 4000 --in-flight 1");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("note: resuming after {before} records")), "{}", ran.stderr);
    assert_eq!(account(&dir), [40, 40, 0, 0, 0]);
}

#[test]
fn a_server_that_wants_nothing_from_us_ends_the_feed_at_once() {
    for (status, hint) in [
        (401, "hint: give credentials"),
        (403, "hint: give credentials"),
        (404, "hint: --create makes the index"),
        (406, ""),
    ] {
        let body = r#"{"error":{"type":"security_exception","reason":"not you"}}"#;
        let server = Server::scripted([Fault::Whole(status, body, "")]);
        let ran = fed(&dir(3), &server.url, "-q");
        // Nothing was sent.
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert_eq!(server.batches().len(), 1);
        assert!(ran.stderr.contains("/news/_bulk: security_exception: not you"), "{}", ran.stderr);
        assert!(ran.stderr.contains(hint), "{}", ran.stderr);
        // Something was.
        let server = Server::scripted([Fault::None, Fault::Whole(status, body, "")]);
        let ran = fed(&dir(40), &server.url, "-q --batch 4000 --in-flight 1");
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    }
}

/// Rule 6.
#[test]
fn a_batch_that_is_too_large_is_cut_anew_and_the_run_remembers() {
    let server = Server::with_index(Is::Opensearch);
    server.inside().limit = 7000;
    let dir = dir(300);
    // The first batch is more than sixteen times what is taken.
    let ran = fed(&dir, &server.url, "-q --batch 120000 --in-flight 1");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(account(&dir), [300, 300, 0, 0, 0]);
    assert_eq!(server.inside().statuses[&413], 5);
    let sizes: Vec<usize> = server.batches().iter().map(|batch| batch.body.len()).collect();
    let after: Vec<usize> = sizes.iter().copied().skip_while(|&size| size > 7000).collect();
    assert!(after.iter().all(|&size| size <= 7000), "{sizes:?}");
}

#[test]
fn a_document_that_is_too_large_alone_is_a_dead_letter() {
    let server = Server::with_index(Is::Opensearch);
    server.inside().limit = 7000;
    let dir = dir(0);
    dir.write(
        "out.jsonl",
        lines(9) + &changed(9, "text", json!("x".repeat(9000))) + &changed(10, "title", json!("Last")),
    );
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(account(&dir), [11, 10, 0, 0, 1]);
    let letters = dir.objects("out.feed.dead.jsonl");
    assert_eq!((&letters[0]["code"], &letters[0]["id"]), (&json!("index_too_large"), &json!("a9")));
}

/// There are proxies that close the connection instead of saying that a request is too large.
#[test]
fn a_batch_that_breaks_the_connection_each_time_is_made_smaller() {
    let server = Server::with_index(Is::Opensearch);
    server.inside().silent_limit = 20_000;
    let dir = dir(100);
    let ran = fed(&dir, &server.url, "-q --in-flight 1");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(account(&dir), [100, 100, 0, 0, 0]);
}

/// Rule 7: one such id would cost the whole request.
#[test]
fn an_id_that_is_too_long_is_not_sent() {
    let server = Server::with_index(Is::Opensearch);
    let dir = dir(0);
    let long = "é".repeat(257);
    dir.write("out.jsonl", lines(2) + &changed(2, "id", json!(long)) + &changed(3, "id", json!("é".repeat(256))));
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(server.inside().statuses.keys().collect::<Vec<_>>(), [&200]);
    assert_eq!(account(&dir), [4, 3, 0, 0, 1]);
    let letters = dir.objects("out.feed.dead.jsonl");
    assert_eq!(letters[0]["code"], "index_id_too_long");
    assert_eq!(letters[0]["message"], "the id has 514 bytes, the engine takes 512");
}

#[test]
fn one_document_that_spoils_a_whole_request_is_found() {
    let server = Server::with_index(Is::Opensearch);
    let dir = dir(0);
    dir.write(
        "out.jsonl",
        lines(20)
            + &changed(20, "title", json!("POISON"))
            + &lines(30).lines().skip(21).map(|line| format!("{line}\n")).collect::<String>(),
    );
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert_eq!(account(&dir), [30, 29, 0, 0, 1]);
    assert_eq!(dir.objects("out.feed.dead.jsonl")[0]["id"], "a20");
}

#[test]
fn a_server_that_finds_every_request_bad_ends_the_feed() {
    let server = Server::with_index(Is::Opensearch);
    server.inside().always = Fault::Whole(400, r#"{"error":{"type":"x","reason":"no such pipeline"}}"#, "");
    let dir = dir(30);
    let ran = fed(&dir, &server.url, "-q");
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(first_line(&ran.stderr).ends_with("/news/_bulk: x: no such pipeline"), "{}", ran.stderr);
}

/// Rule 8.
#[test]
fn batches_are_cut_by_bytes() {
    let server = Server::with_index(Is::Opensearch);
    let dir = dir(100);
    assert_eq!(fed(&dir, &server.url, "-q --batch 10000 --in-flight 1").code, Some(0));
    let batches = server.batches();
    let most = batches.iter().map(|batch| batch.body.len()).max().unwrap_or(0);
    assert!(batches.len() >= 5 && (8000..=10_000).contains(&most), "{} batches, up to {most} bytes", batches.len());
}

/// Rule 9.
#[test]
fn several_requests_at_a_time_and_one_while_the_server_is_busy() {
    const BUSY_FOR: usize = 9;
    let server = Server::scripted((0..BUSY_FOR).map(|_| Fault::Items(vec![0], 429, BUSY)));
    server.inside().delay = Duration::from_millis(40);
    // Enough of them, so that some come after the waits.
    let dir = dir(600);
    let ran = fed(&dir, &server.url, "-q --batch 4000 --in-flight 3");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(account(&dir), [600, 600, 0, 0, 0]);
    let at_once = server.inside().at_once.clone();
    let (busy, calm) = at_once.split_at(BUSY_FOR);
    // Three are on their way before the first says that it is too much.
    assert!(busy[3..].iter().all(|&n| n == 1), "{at_once:?}");
    assert!(calm.iter().any(|&n| n > 1) && calm.iter().all(|&n| n <= 3), "{at_once:?}");
}

/// Rule 11.
#[test]
fn a_full_disk_is_waited_for_and_then_named() {
    const BLOCK: &str = "cluster_block_exception";
    // Space is freed: all is well, whichever status the version gives it.
    let server = Server::scripted([
        Fault::Items(vec![0, 1, 2], 403, BLOCK),
        Fault::Items(vec![0, 1, 2], 429, BLOCK),
        Fault::Whole(429, r#"{"error":{"type":"cluster_block_exception","reason":"flood stage"}}"#, ""),
    ]);
    let dir = dir(3);
    let ran = fed(&dir, &server.url, "--retries 0 --timeout 20s");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("note: the engine takes no documents, waiting for 20s: cluster_block_exception"),
        "{}",
        ran.stderr
    );
    assert_eq!(account(&dir), [3, 3, 0, 0, 0]);
    // It is not.
    let server = Server::with_index(Is::Opensearch);
    server.inside().always = Fault::Items((0..9).collect(), 429, BLOCK);
    let dir = crate::articles::dir(3);
    let ran = fed(&dir, &server.url, "-q --timeout 1s");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("takes no documents: cluster_block_exception")
            && ran.stderr.contains("hint: free disk space")
    );
    assert!(!dir.path("out.feed.dead.jsonl").exists());
    // The same command goes on.
    server.inside().always = Fault::None;
    assert_eq!(fed(&dir, &server.url, "-q --timeout 1s").code, Some(0));
    assert_eq!(account(&dir), [3, 3, 0, 0, 0]);
}

#[test]
fn bodies_are_compressed_if_asked_for() {
    let server = Server::with_index(Is::Opensearch);
    let dir = dir(50);
    assert_eq!(fed(&dir, &server.url, "-q --gzip").code, Some(0));
    let batch = server.batches().remove(0);
    assert_eq!(batch.headers["content-encoding"], "gzip");
    let sent: usize = batch.headers["content-length"].parse().expect("a number");
    assert!(sent * 4 < batch.body.len(), "{sent} of {}", batch.body.len());
    assert_eq!(server.documents("news").len(), 50);
}

#[test]
fn searchable_when_asked_for() {
    let server = Server::with_index(Is::Opensearch);
    assert_eq!(fed(&dir(3), &server.url, "-q --refresh wait").code, Some(0));
    assert!(server.batches()[0].path.ends_with("&refresh=wait_for"));
    assert_eq!(fed(&dir(3), &server.url, "-q --refresh end").code, Some(0));
    assert!(server.inside().requests.iter().any(|request| request.path == "/news/_refresh"));
}
