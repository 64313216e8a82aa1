//! Many articles, huge articles and broken ones: as many records come out as went in, in order, and
//! memory stays flat.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Cursor, Write as _};
use std::process::Stdio;

use crate::common::Dir;
use dateline::source::{Options, open_reader};
use serde_json::Value;

/// A short article; no two are alike.
fn article(i: usize) -> String {
    let towns = ["Bonn", "Turku", "Gao", "Hue", "Lae"];
    let (from, to) = (towns[i % 5], towns[i / 5 % 5]);
    format!(
        "{{\"id\":\"a{i}\",\"title\":\"Boat {i} leaves {from}\",\"text\":\"Captain Zoë No. {i} left {from} for {to}.\"}}\n"
    )
}

fn corpus(n_articles: usize) -> String {
    (0..n_articles).map(article).collect()
}

/// An article of about `bytes` bytes, on one line.
fn long_article(bytes: usize) -> String {
    let mut text = String::new();
    for i in 0.. {
        if text.len() >= bytes {
            break;
        }
        let _ = write!(text, "Boat {i} left Bonn for Turku, said Zoë No. {i} of the Rhine Port Authority. ");
    }
    format!("{{\"id\":\"long\",\"text\":\"{text}\"}}\n")
}

fn parsed(record: &str) -> Value {
    serde_json::from_str(record).unwrap_or_else(|error| panic!("{error}: {record}"))
}

fn records(input: impl Into<Vec<u8>>, threads: usize) -> Vec<Value> {
    let source = open_reader("corpus.jsonl", Cursor::new(input.into()), Options::default()).expect("it can be opened");
    let lines = crate::common::records(source, &crate::common::tiny("bert"), threads);
    lines.iter().map(|line| parsed(line)).collect()
}

#[test]
fn ten_thousand_articles_come_back_in_order() {
    let records = records(corpus(10_000), 4);
    assert_eq!(records.len(), 10_000);
    for (i, record) in records.iter().enumerate() {
        assert_eq!(record["id"], format!("a{i}"));
        assert_eq!(record["coverage"]["read"], record["coverage"]["chars"]);
    }
}

/// The records that the program makes of `input`, and the most memory that it had meanwhile, in
/// MiB, where Linux counts it.
fn run(input: &str) -> (Vec<String>, Option<f64>) {
    let dir = Dir::with_model("bert");
    let mut command = dir.command("tag - --model model --threads 2 --quiet");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let status = format!("/proc/{}/status", child.id());
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            stdin.write_all(input.as_bytes()).expect("the program reads");
            // A chunk is tagged when it is full, at 64 articles: these push out those before them.
            stdin.write_all(corpus(64).as_bytes()).expect("the program reads");
            stdin
        });
        let mut next = || lines.next().expect("a record for every article").expect("records are UTF-8");
        let records = input.lines().map(|_| next()).collect();
        // Until its standard input is closed, the program is still there to be asked.
        let peak = std::fs::read_to_string(&status).ok().map(|status| {
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux counts it");
            peak.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
        });
        drop(writer.join().expect("everything was written"));
        assert_eq!(lines.count(), 64);
        assert!(child.wait().expect("the program ends").success());
        if peak.is_none() {
            crate::common::skipped("there is no /proc here, so peak memory is not measured");
        }
        (records, peak)
    })
}

#[test]
fn memory_does_not_grow_with_the_corpus() {
    let ((_, few), (records, many)) = (run(&corpus(2_000)), run(&corpus(10_000)));
    assert_eq!(records.len(), 10_000);
    if let (Some(few), Some(many)) = (few, many) {
        println!("peak memory: {few:.1} MiB for 2,000 articles, {many:.1} MiB for 10,000");
        assert!(many < 1.2 * few + 4.0, "{many:.1} MiB for 10,000 articles and {few:.1} MiB for 2,000");
    }
}

#[test]
fn five_megabytes_in_one_article_are_all_read() {
    let (records, peak) = run(&(long_article(5_000_000) + &article(1)));
    let [long, short] = records.as_slice() else { panic!("two articles in, {} out", records.len()) };
    assert_eq!(parsed(short)["id"], "a1");
    let long = parsed(long);
    let chars = long["text"].as_str().expect("the text").chars().count();
    assert!(chars > 4_900_000);
    assert_eq!(long["coverage"]["chars"], chars);
    assert_eq!(long["coverage"]["read"], chars);
    assert!(long["mentions"].as_array().is_some_and(|mentions| mentions.len() > 100_000));
    if let Some(peak) = peak {
        println!("peak memory: {peak:.1} MiB for an article of 5 MB");
        // Its record alone is 90 MB: random weights find a name in nearly every word.
        assert!(peak < 500.0, "{peak:.1} MiB for an article of 5 MB");
    }
}

#[test]
fn broken_records_come_back_too() {
    let deep = format!("{{\"text\":\"Bonn\",\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let unbroken = format!("{{\"text\":\"{}\"}}", "Bonn".repeat(250_000));
    let names = format!("{{\"text\":\"{}\"}}", "Zoë Bonn, ".repeat(100_000));
    let cases: Vec<(&[u8], Option<&str>)> = vec![
        (br#"{"text":"Boats left Bonn."}"#, None),
        (br#"{"text":""}"#, None),
        (br#"{"text":"a\u0000b"}"#, None),
        (b"\0", Some("invalid_json")),
        (b"{\"text\":\"a\0b\"}", Some("invalid_json")),
        (b"{\"text\":\"\xed\xa0\x80\"}", Some("invalid_utf8")),
        (br#"{"text":"\ud800"}"#, Some("invalid_json")),
        (br#"{"text":"\udc00\ud800"}"#, Some("invalid_json")),
        (deep.as_bytes(), Some("too_deep")),
        (unbroken.as_bytes(), None),
        (names.as_bytes(), None),
        (br#"{"text":null}"#, Some("missing_text")),
        (br#"{"text":["Bonn"]}"#, None),
        (br#"{"text":["Bonn",7]}"#, Some("wrong_type")),
        (br#"{"headline":"Bonn"}"#, Some("missing_text")),
        (br#"{}"#, Some("missing_text")),
        (br#"{"text":"a","text":"b"}"#, Some("duplicate_key")),
        (br#""Bonn""#, Some("not_object")),
        (br#"{"text":NaN}"#, Some("invalid_json")),
        (br#"{"text":"Boats left Turku."}"#, None),
        (br#"{"text":"Bonn"#, Some("truncated_json")),
    ];
    let mut input = Vec::new();
    for (line, _) in &cases {
        input.extend_from_slice(line);
        // Blank lines are counted and are no records.
        input.extend_from_slice(b"\n  \r\n\n");
    }
    input.truncate(input.len() - "\n  \r\n\n".len());
    let records = records(input, 3);
    assert_eq!(records.len(), cases.len(), "as many records come out as went in");
    for ((line, code), record) in cases.iter().zip(&records) {
        let shown = String::from_utf8_lossy(&line[..line.len().min(60)]);
        assert_eq!(record["error"]["code"].as_str(), *code, "{shown}");
        if code.is_none() {
            assert_eq!(record["coverage"]["read"], record["coverage"]["chars"], "{shown}");
        }
    }
    assert!(records[10]["mentions"].as_array().is_some_and(|mentions| mentions.len() > 30_000), "no silent limit");
}

#[test]
fn an_empty_corpus_is_an_empty_output() {
    for input in ["", "\n\n", " \r\n"] {
        assert_eq!(records(input, 2), Vec::<Value>::new(), "{input:?}");
    }
}
