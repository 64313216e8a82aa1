//! How soon the analyst's page answers.
//!
//! The records are those of `data/records`, over and over, each copy with an id, a date and a last line of its
//! own. Every answer is asked of the room itself, without a socket; p50 and p95 are over its rounds, the first of
//! which is not counted.
//!
//! `cargo bench --bench review` takes 64,000 records, `cargo bench --bench review -- 1000000` a million, into
//! `target/review-bench` or the directory that `REVIEW_BENCH` names.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use dateline_web::http::{Ask, Method, Room as _, Who};
use dateline_web::review::{Options, Review};
use serde_json::{Value, json};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/records/samples.jsonl");
const ROUNDS: usize = 60;

/// Milliseconds of which 95 of 100 answers shall need no more.
const ANSWER: f64 = 100.0;
const DECISION: f64 = 50.0;
/// Facets of a free query are counted over some of the hits where there are many.
const FACETS: f64 = 1_000.0;
/// Until the page answers when the index is there.
const READY: f64 = 1_000.0;

fn main() {
    let n = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(64_000);
    let dir = std::env::var_os("REVIEW_BENCH")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/review-bench"), PathBuf::from);
    fs::create_dir_all(&dir).expect("target can be written");
    let records = dir.join(format!("{n}.jsonl"));
    if !records.exists() {
        make(&records, n);
    }
    let _ = fs::remove_dir_all(dir.join(format!("{n}.verdicts")));
    let start = Instant::now();
    drop(open(&dir, n));
    println!("index of {n} records made or found: {:.1} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let review = open(&dir, n);
    println!("ready with the index there: {:.0} ms (target {READY:.0})", start.elapsed().as_secs_f64() * 1e3);

    println!("{:<52} {:>9} {:>9}", "", "p50 ms", "p95 ms");
    let first = get(&review, "names", "label=LOC")["names"][0]["id"].clone();
    for (path, query, target) in [
        ("corpus", "", ANSWER),
        ("overview", "", ANSWER),
        ("names", "label=PER", ANSWER),
        ("names", "q=he", ANSWER),
        ("names", "q=hels", ANSWER),
        (&format!("name/{first}"), "", ANSWER),
        (&format!("name/{first}/contexts"), "", ANSWER),
        ("same", "words=Helsinki", ANSWER),
        ("articles", "", FACETS),
        ("articles", "after=5000", ANSWER),
        ("articles", "q=peace", FACETS),
        ("article/1", "", ANSWER),
        ("queue", "kind=unsure", ANSWER),
        ("queue", "kind=least", ANSWER),
        ("queue", "kind=splits", ANSWER),
        ("queue", "kind=articles", ANSWER),
    ] {
        time(&format!("{path} {query}"), target, |_| drop(get(&review, path, query)));
    }
    let lines = get(&review, "queue", "kind=least")["lines"].as_array().cloned().unwrap_or_default();
    time("a decision, on the disk", DECISION, |i| {
        let line = &lines[i % lines.len()];
        let label = ["PER", "ORG", "LOC", "MISC"][i % 4];
        post(
            &review,
            "verdicts",
            &json!({"decisions": [{"op": "mention", "article": line["article"],
            "key": line["number"].to_string(), "say": {"label": label}, "queue": "least"}]}),
        );
    });
    time("undo", DECISION, |_| post(&review, "verdicts", &json!({"decisions": [{"op": "undo"}]})));
}

fn open(dir: &Path, n: usize) -> Review {
    let options =
        Options { records: dir.join(format!("{n}.jsonl")), index: dir.join(format!("{n}.db")), ..Options::default() };
    let (review, _) =
        Review::open(options, &["bench".to_owned()], Vec::new()).unwrap_or_else(|error| panic!("{error}"));
    review.corpus.prepare(|_| ControlFlow::Continue(())).unwrap_or_else(|error| panic!("{error}"));
    get(&review, "corpus", "");
    review
}

fn ask(method: Method, path: &str, query: &str, body: Vec<u8>) -> Ask {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query: BTreeMap<String, String> = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let who = Some(Who { analyst: "bench".to_owned() });
    Ask { method, path: format!("/api/{path}"), query, once: None, who, body }
}

fn get(review: &Review, path: &str, query: &str) -> Value {
    let reply = review.answer(&ask(Method::Get, path, query, Vec::new()));
    assert_eq!(reply.status, 200, "{path}: {:?}", reply.body);
    reply.value()
}

fn post(review: &Review, path: &str, body: &Value) {
    let reply = review.answer(&ask(Method::Post, path, "", body.to_string().into_bytes()));
    assert_eq!(reply.status, 200, "{path}: {:?}", reply.body);
}

fn time(what: &str, target: f64, mut run: impl FnMut(usize)) {
    run(0);
    let mut times: Vec<f64> = (1..=ROUNDS)
        .map(|i| {
            let start = Instant::now();
            run(i);
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{what:<52} {:>9.2} {:>9.2}   (target {target:.0})", times[ROUNDS / 2], times[ROUNDS * 95 / 100]);
}

/// Writes `n` records: the samples, over and over. Scores differ a little from copy to copy.
fn make(path: &Path, n: usize) {
    let text = fs::read_to_string(SAMPLES).expect("the checkout has it");
    let samples: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("it is a record")).collect();
    let mut out = BufWriter::new(File::create(path).expect("target can be written"));
    let mut state = 1_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for i in 0..n {
        let mut record = samples[i % samples.len()].clone();
        let copy = i / samples.len();
        record["id"] = json!(format!("{}-{copy}", record["id"].as_str().unwrap_or("record")));
        record["date"] = json!(format!("20{:02}-{:02}-{:02}", 10 + next(16), 1 + next(12), 1 + next(28)));
        let field = ["text", "body", "content"].into_iter().find(|name| record[*name].is_string()).unwrap_or("text");
        let last = format!("\n\nCopy {copy}.");
        record["coverage"]["chars"] = json!(record["coverage"]["chars"].as_u64().unwrap_or(0) + last.len() as u64);
        record[field] = json!(format!("{}{last}", record[field].as_str().unwrap_or_default()));
        for mention in record["mentions"].as_array_mut().into_iter().flatten() {
            let score = mention["score"].as_f64().unwrap_or(0.5) - next(1_000) as f64 / 20_000.0;
            mention["score"] = json!((score.clamp(0.01, 0.999) * 1e4).round() / 1e4);
        }
        writeln!(out, "{record}").expect("target can be written");
    }
    out.flush().expect("target can be written");
}
