//! What the embedded model finds in `data/samples`, held against what it found when
//! `data/golden/samples.txt` was written.
//!
//! A change of the model, of a step or of a sample shows here, article by article and key by key,
//! in words that can be read in a diff. If the change is meant, `UPDATE_GOLDEN=1 cargo test --test
//! it golden` writes the file anew.
//!
//! Scores and salience are compared within 0.002, since CPUs without a fused multiply-add round
//! differently; everything else is compared exactly.

use crate::common::checkout;
use std::fmt::Write as _;
use std::fs;

use dateline::Kernels;
use dateline::internals::infer::Precision;
use dateline::source::{self, Options};
use serde_json::Value;

const GOLDEN: &str = "data/golden/samples.txt";
/// Largest difference between two numbers that count as equal.
const TOLERANCE: f64 = 2e-3;

/// The lines under one article's head.
type Article<'t> = (&'t str, Vec<&'t str>);

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

/// A record without the article itself: a head, then a line for each thing found.
///
/// ```text
/// = wire-0001
/// 412 of 412 characters in 1 windows
/// LOC Nairobi 44..51 0.998 title/headline s0 e1
/// e1 LOC Nairobi 0.213
/// e4 PER Kari Anne Brekke-Moen | Brekke-Moen 0.081
/// topic medtop:16000000 conflict, war and peace 0.931
/// ```
fn compact(record: &Value, out: &mut String) {
    let coverage = &record["coverage"];
    let one_line = |name: &str| name.replace("\r\n", "⏎").replace(['\n', '\r'], "⏎");
    let _ = writeln!(out, "= {}", record["id"].as_str().map_or_else(|| record["id"].to_string(), str::to_owned));
    let _ =
        writeln!(out, "{} of {} characters in {} windows", coverage["read"], coverage["chars"], coverage["windows"]);
    for warning in record["warnings"].as_array().expect("a list") {
        let _ = writeln!(out, "warning {warning}");
    }
    for mention in record["mentions"].as_array().expect("a list") {
        let _ = writeln!(
            out,
            "{} {} {}..{} {:.3} {}/{} s{} e{}",
            text(mention, "label"),
            one_line(text(mention, "text")),
            mention["start"],
            mention["end"],
            mention["score"].as_f64().expect("a number"),
            text(mention, "field"),
            text(mention, "zone"),
            mention["sentence"],
            mention["entity"],
        );
    }
    // Which mentions an entity has is in the mentions' lines.
    for entity in record["entities"].as_array().expect("a list") {
        let aliases = entity["aliases"].as_array().expect("a list").iter().filter_map(Value::as_str);
        let names: Vec<String> = [text(entity, "name")].into_iter().chain(aliases).map(one_line).collect();
        let salience = entity["salience"].as_f64().expect("a number");
        let _ = writeln!(out, "e{} {} {} {salience:.3}", entity["id"], text(entity, "label"), names.join(" | "));
    }
    // A model without a topic head gives no such key.
    for topic in record["topics"].as_array().into_iter().flatten() {
        let score = topic["score"].as_f64().expect("a number");
        let _ = writeln!(out, "topic {} {} {score:.3}", text(topic, "code"), text(topic, "label"));
    }
}

fn articles(golden: &str) -> Vec<Article<'_>> {
    let mut articles: Vec<Article> = Vec::new();
    for line in golden.lines() {
        match line.strip_prefix("= ") {
            Some(id) => articles.push((id, Vec::new())),
            None => articles.last_mut().expect("a head comes first").1.push(line),
        }
    }
    articles
}

/// The keys of a line and their values.
fn cells(line: &str) -> Vec<(&'static str, &str)> {
    let is_mention = line.rsplit(' ').next().is_some_and(|last| last.starts_with('e'));
    let is_entity = line.strip_prefix('e').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if line.starts_with("warning ") {
        vec![("warning", line)]
    } else if let Some(topic) = line.strip_prefix("topic ") {
        let (named, score) = topic.rsplit_once(' ').expect("a name and its score");
        vec![("topic", named), ("score", score)]
    } else if is_mention {
        let mut cells: Vec<(&str, &str)> = ["entity", "sentence", "field/zone", "score", "start..end", "text"]
            .into_iter()
            .zip(line.rsplitn(6, ' '))
            .collect();
        let (label, name) = cells.pop().and_then(|(_, named)| named.split_once(' ')).expect("a label and a name");
        cells.extend([("text", name), ("label", label)]);
        cells.reverse();
        cells
    } else if is_entity {
        let (named, salience) = line.rsplit_once(' ').expect("a name and its salience");
        let mut cells: Vec<(&str, &str)> =
            ["id", "label", "name | aliases"].into_iter().zip(named.splitn(3, ' ')).collect();
        cells.push(("salience", salience));
        cells
    } else {
        vec![("coverage", line)]
    }
}

/// Which key of a line differs, if one does.
fn difference(golden: &str, found: &str) -> Option<String> {
    let (theirs, ours) = (cells(golden), cells(found));
    let keys = |cells: &[(&'static str, &str)]| cells.iter().map(|cell| cell.0).collect::<Vec<_>>();
    if keys(&theirs) != keys(&ours) {
        return Some(format!("line: golden has {golden:?}, found {found:?}"));
    }
    let near = |a: &str, b: &str| match (a.parse::<f64>(), b.parse::<f64>()) {
        // Both have been rounded to three decimals.
        (Ok(a), Ok(b)) => (a - b).abs() <= TOLERANCE + 1e-9,
        _ => false,
    };
    let same = |key, theirs, ours| theirs == ours || matches!(key, "score" | "salience") && near(theirs, ours);
    let (key, _) = theirs.iter().zip(&ours).find(|(theirs, ours)| !same(theirs.0, theirs.1, ours.1))?.0;
    Some(format!("{key}: golden has {golden:?}, found {found:?}"))
}

fn compare(golden: &str, found: &str) -> Vec<String> {
    let (golden, found) = (articles(golden), articles(found));
    let ids = |articles: &[Article]| articles.iter().map(|(id, _)| (*id).to_owned()).collect::<Vec<_>>();
    if ids(&golden) != ids(&found) {
        return vec![format!("the articles differ: golden has {:?}, found {:?}", ids(&golden), ids(&found))];
    }
    let mut differences = Vec::new();
    for ((id, golden), (_, found)) in golden.iter().zip(&found) {
        let first = golden.iter().zip(found).find_map(|(golden, found)| difference(golden, found));
        let longer = if golden.len() > found.len() { golden.get(found.len()) } else { found.get(golden.len()) };
        match (first, longer) {
            (Some(difference), _) => differences.push(format!("{id}: {difference}")),
            (None, Some(line)) => differences.push(format!("{id}: only one of the two has {line:?}")),
            (None, None) => {}
        }
    }
    differences
}

#[test]
fn the_samples_are_tagged_as_before() {
    let tagger = crate::common::embedded(Kernels::best(), Precision::F32, 4096);
    let source = source::open(&[checkout("data/samples")], Options::default()).expect("the checkout has the samples");
    let mut found = String::new();
    for record in crate::common::records(source, &tagger, 2) {
        compact(&serde_json::from_str(&record).expect("a record is JSON"), &mut found);
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(checkout("data/golden")).expect("the checkout can be written");
        fs::write(checkout(GOLDEN), &found).expect("the checkout can be written");
    }
    let golden = fs::read_to_string(checkout(GOLDEN)).expect("the checkout has the golden file");
    let differences = compare(&golden, &found);
    assert!(
        differences.is_empty(),
        "{}\n\nIf this is meant, UPDATE_GOLDEN=1 cargo test --test it golden writes {GOLDEN} anew.",
        differences.join("\n"),
    );
}

#[test]
fn a_difference_is_told_by_article_and_key() {
    let golden = "= a.txt\n9 of 9 characters in 1 windows\nLOC Bonn am Rhein 0..13 0.990 text/body s0 e0\ne0 LOC Bonn 0.500\ntopic medtop:17000000 weather 0.700\n";
    let check = |from: &str, to: &str, expected: &str| {
        assert!(golden.contains(from));
        assert_eq!(compare(golden, &golden.replace(from, to)).join("\n").split(" golden").next(), Some(expected));
    };
    check("0.990", "0.992", "");
    check("0.990", "0.993", "a.txt: score:");
    check("0..13", "0..12", "a.txt: start..end:");
    check("LOC Bonn am", "ORG Bonn am", "a.txt: label:");
    check("am Rhein", "(Rhein)", "a.txt: text:");
    check("s0 e0", "s0 e1", "a.txt: entity:");
    check("text/body", "text/byline", "a.txt: field/zone:");
    check("9 of", "8 of", "a.txt: coverage:");
    check("Bonn 0.5", "Bonn | Bonn am Rhein 0.5", "a.txt: name | aliases:");
    check("0.500", "0.503", "a.txt: salience:");
    check("LOC Bonn am Rhein 0..13 0.990 text/body s0 e0\n", "", "a.txt: line:");
    check("e0 LOC Bonn 0.500\n", "", "a.txt: line:");
    check("0.700", "0.702", "");
    check("0.700", "0.703", "a.txt: score:");
    check("weather", "sport", "a.txt: topic:");
    check(
        "topic medtop:17000000 weather 0.700\n",
        "",
        "a.txt: only one of the two has \"topic medtop:17000000 weather 0.700\"",
    );
    check("= a", "= b", "the articles differ:");
}
