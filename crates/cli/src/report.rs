//! The end of a run in a few lines that a person wants to read.

use std::path::Path;
use std::time::Duration;

use dateline::Kind;
use dateline::document::FailureCode;
use dateline::internals::tally::Tally;

use crate::terminal::{self, counted, grouped};

/// Names shown a kind, and topics.
const NAMES: usize = 8;

/// The end of a run; what was not tagged is in `dead_letters`, or among the records.
pub fn report(tally: &Tally, elapsed: Duration, threads: usize, dead_letters: Option<&Path>) -> String {
    let seconds = elapsed.as_secs_f64().max(1e-3);
    let n_failed = tally.n_failed();
    let mut lines = vec![format!(
        "{}, {} in {} ({} words/s, {:.1} articles/s on {})",
        counted(tally.articles - n_failed, "article"),
        counted(tally.words, "word"),
        shown_time(seconds),
        grouped((tally.words as f64 / seconds) as u64),
        (tally.articles - n_failed) as f64 / seconds,
        counted(threads as u64, "thread"),
    )];
    lines.push(row("mentions", &labels(tally)));
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Other) {
        let names = tally.names(kind);
        let names = names.iter().take(NAMES);
        let names: Vec<String> =
            names.map(|count| format!("{} {}", terminal::one_line(count.name), grouped(count.mentions))).collect();
        if !names.is_empty() {
            lines.push(row(kind.plural(), &names.join(", ")));
        }
    }
    let topics = tally.topics();
    let topics = topics.iter().take(NAMES);
    let topics: Vec<String> =
        topics.map(|(_, label, n)| format!("{} {}", terminal::one_line(label), grouped(*n))).collect();
    // Names of topics may have commas in them.
    if !topics.is_empty() {
        lines.push(row("topics", &topics.join("; ")));
    }
    if tally.without_topic > 0 {
        lines.push(row("no topic", &counted(tally.without_topic, "article")));
    }
    for (warning, n) in &tally.warnings {
        lines.push(row("warning", &format!("{warning} in {}", counted(*n, "article"))));
    }
    if n_failed > 0 {
        let codes: Vec<String> = tally.failed.iter().map(|(code, n)| format!("{code} {}", grouped(*n))).collect();
        lines.push(row("not tagged", &format!("{}: {}", counted(n_failed, "article"), codes.join(", "))));
        lines.extend(tally.failures.iter().map(|message| row("", &terminal::one_line(message))));
        if n_failed > tally.failures.len() as u64 {
            lines.push(row("", "…and more"));
        }
        let place = match dead_letters {
            // Of a record that is too long a dead letter holds the start alone.
            Some(path) if tally.failed.keys().all(|code| *code == FailureCode::RecordTooLarge) => {
                format!("their first bytes are in {}; raise --max-record-bytes and tag the input again", path.display())
            }
            Some(path) => format!("all of them are in {}: fix the cause and pass it back as input", path.display()),
            None => "each has a line with \"error\" in the output".to_owned(),
        };
        lines.push(row("", &place));
    }
    lines.join("\n")
}

/// `PER 2, LOC 1`
pub fn labels(tally: &Tally) -> String {
    let labels = tally.labels();
    let labels: Vec<String> =
        labels.iter().map(|(label, n)| format!("{} {}", terminal::one_line(label), grouped(*n))).collect();
    if labels.is_empty() { "none".to_owned() } else { labels.join(", ") }
}

fn row(name: &str, value: &str) -> String {
    format!("  {name:<14}{value}").trim_end().to_owned()
}

fn shown_time(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3600.0 => format!("{} min {:02} s", s as u64 / 60, s as u64 % 60),
        s => format!("{} h {:02} min", s as u64 / 3600, s as u64 / 60 % 60),
    }
}
