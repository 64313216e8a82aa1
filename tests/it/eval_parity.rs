//! `eval` says what seqeval, nervaluate and numpy say of the same mentions.
//!
//! The numbers come from `data/parity/eval/make_dumps.py`. The cases go the whole way: columns are
//! read, joined into text, and the predicted mentions are projected from that text back onto the
//! tokens.

use std::collections::BTreeMap;

use std::path::Path;

use crate::common::checkout;
use dateline::eval::{
    ExactScore, Gold, GoldDocument, Interval, MentionCounts, MentionReport, RelaxedScore, RelaxedTable, parse_gold,
};
use dateline::internals::span::Span;
use serde::Deserialize;

#[derive(Deserialize)]
struct Dumps {
    tags: Vec<TagCase>,
    spans: Vec<SpanCase>,
}

#[derive(Deserialize)]
struct TagCase {
    scheme: String,
    kind: String,
    labels: Option<Vec<String>>,
    gold: Vec<String>,
    predicted: Vec<String>,
    seqeval: Seqeval,
    nervaluate: Nervaluate,
    intervals: BTreeMap<String, Option<[f64; 2]>>,
}

#[derive(Deserialize)]
struct SpanCase {
    documents: Vec<SpanDocument>,
    nervaluate: Nervaluate,
}

#[derive(Deserialize)]
struct SpanDocument {
    gold: Vec<(usize, usize, String)>,
    predicted: Vec<(usize, usize, String)>,
}

#[derive(Deserialize)]
struct Seqeval {
    micro: [f64; 3],
    r#macro: [f64; 3],
    /// Precision, recall, F1, support.
    labels: BTreeMap<String, [f64; 4]>,
}

/// By matching: correct, incorrect, partial, missed, spurious, precision, recall, F1.
type Matchings = BTreeMap<String, [f64; 8]>;

#[derive(Deserialize)]
struct Nervaluate {
    overall: Matchings,
    labels: BTreeMap<String, Matchings>,
}

fn dumps() -> Dumps {
    let path = checkout("data/parity/eval/dumps.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// One column of tags a sentence, with made-up tokens; some of them punctuation, so that joining
/// has something to do.
fn read_tags(sentences: &[String]) -> Gold {
    const TOKENS: [&str; 9] = ["Oslo", "(", "Lie", "'s", "x", "-", "U.N.", ",", "\""];
    let mut columns = String::new();
    for (sentence_idx, tags) in sentences.iter().enumerate() {
        for (tag_idx, tag) in tags.split(' ').enumerate() {
            columns += &format!("{}\t{tag}\n", TOKENS[(sentence_idx * 5 + tag_idx) % TOKENS.len()]);
        }
        columns += "\n";
    }
    parse_gold(Path::new("tags.conll"), &columns).unwrap()
}

fn assert_close(ours: f64, theirs: f64, what: &str) {
    assert!((ours - theirs).abs() < 1e-9, "{what}: {ours} here, {theirs} there");
}

fn assert_exact(ours: &ExactScore, theirs: &[f64], what: &str) {
    for (ours, theirs) in [ours.precision, ours.recall, ours.f1, ours.gold as f64].into_iter().zip(theirs) {
        assert_close(ours, *theirs, what);
    }
}

fn assert_interval(ours: Option<Interval>, theirs: Option<[f64; 2]>, what: &str) {
    let ours = ours.map(|interval| [interval.low, interval.high]);
    assert_eq!(ours.is_some(), theirs.is_some(), "{what}");
    ours.into_iter().flatten().zip(theirs.into_iter().flatten()).for_each(|(a, b)| assert_close(a, b, what));
}

fn assert_relaxed(report: &MentionReport, theirs: &Nervaluate, what: &str) {
    let row = |score: &RelaxedScore| {
        let o = score.outcomes;
        let counts = [o.correct, o.incorrect, o.partial, o.missed, o.spurious].map(|n| n as f64);
        counts.into_iter().chain([score.precision, score.recall, score.f1])
    };
    let relaxed = &report.relaxed;
    let tables: [(&str, &RelaxedTable); 4] = [
        ("strict", &relaxed.strict),
        ("exact", &relaxed.exact),
        ("partial", &relaxed.partial),
        ("type", &relaxed.by_type),
    ];
    for (matching, table) in tables {
        let what = format!("{what}, {matching}");
        row(&table.overall).zip(theirs.overall[matching]).for_each(|(a, b)| assert_close(a, b, &what));
        assert_eq!(table.labels.keys().collect::<Vec<_>>(), theirs.labels.keys().collect::<Vec<_>>(), "{what}");
        for (label, score) in &table.labels {
            let what = format!("{what}, {label}");
            row(score).zip(theirs.labels[label][matching]).for_each(|(a, b)| assert_close(a, b, &what));
        }
    }
}

#[test]
fn tags_score_as_in_seqeval_and_nervaluate() {
    let cases = dumps().tags;
    assert_eq!(cases.len(), 24);
    for (case_idx, case) in cases.iter().enumerate() {
        let what = format!("case {case_idx}: {} {}, labels {:?}", case.scheme, case.kind, case.labels);
        let (gold, predicted) = (read_tags(&case.gold), read_tags(&case.predicted));
        let counts: Vec<Vec<MentionCounts>> = gold
            .documents
            .iter()
            .zip(&predicted.documents)
            .map(|(gold, predicted)| {
                let mentions: Vec<(Span, &str)> = predicted.mentions().collect();
                gold.score_against(&mentions, case.labels.as_deref())
            })
            .collect();
        let report = MentionReport::new(&[gold], &counts, case.labels.as_deref());

        assert_exact(&report.exact.micro, &case.seqeval.micro, &what);
        let mean = report.exact.mean;
        let means = [mean.precision, mean.recall, mean.f1];
        means.into_iter().zip(case.seqeval.r#macro).for_each(|(a, b)| assert_close(a, b, &what));
        for (label, score) in &report.exact.labels {
            // seqeval does not know of labels that were asked for and do not occur.
            let theirs = case.seqeval.labels.get(label).unwrap_or(&[0.0; 4]);
            assert_exact(score, theirs, &format!("{what}, {label}"));
            assert_interval(score.interval, case.intervals[label], &format!("{what}, {label}"));
        }
        assert!(case.seqeval.labels.keys().all(|label| report.exact.labels.contains_key(label)), "{what}");
        assert_interval(report.exact.micro.interval, case.intervals["micro"], &what);
        assert_relaxed(&report, &case.nervaluate, &what);
    }
}

#[test]
fn spans_of_records_score_as_in_nervaluate() {
    for (case_idx, case) in dumps().spans.iter().enumerate() {
        let text = "é".repeat(40);
        let lines: Vec<String> = case
            .documents
            .iter()
            .map(|document| {
                let mentions: Vec<_> = document
                    .gold
                    .iter()
                    .map(|(start, end, label)| serde_json::json!({"start": start, "end": end, "label": label}))
                    .collect();
                serde_json::json!({"text": text, "mentions": mentions}).to_string()
            })
            .collect();
        let gold = parse_gold(Path::new("spans.jsonl"), &lines.join("\n")).unwrap();
        let score = |(document, expected): (&GoldDocument, &SpanDocument)| {
            let span = |start, end| Span::new(document.text(), start * "é".len(), end * "é".len()).unwrap();
            let predicted: Vec<(Span, &String)> =
                expected.predicted.iter().map(|(start, end, label)| (span(*start, *end), label)).collect();
            document.score_against(&predicted, None)
        };
        let counts: Vec<Vec<MentionCounts>> = gold.documents.iter().zip(&case.documents).map(score).collect();
        assert_relaxed(&MentionReport::new(&[gold], &counts, None), &case.nervaluate, &format!("case {case_idx}"));
    }
}
