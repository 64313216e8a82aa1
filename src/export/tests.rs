//! An article goes in with an emoji before its first name, and with all that is hard to say; each
//! format's own bytes come out.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::eval::parse_gold;
use crate::export::{Exporter, Format, Loss};
use crate::record::{Offsets, Record};
use crate::verdicts::{ArticleState, Entry, Op, Opened, Reach, RuleSet, Verdicts, stand};

/// Two names in a title with an emoji, one over two lines, one that cuts a token.
fn line() -> String {
    let (title, text) = ("🙂 Zoë Öberg's trip", "In New\nYork she said \"5 < 6 & a Bonnfire\".");
    let mention = |field: &str, of: &str, words: &str, label: &str, entity: usize| {
        let start = of[..of.find(words).expect("it is there")].chars().count();
        json!({"start": start, "end": start + words.chars().count(), "label": label, "text": words, "score": 0.9,
            "field": field, "zone": if field == "title" { "headline" } else { "body" }, "sentence": 0, "entity": entity})
    };
    let mentions = [
        mention("title", title, "Zoë Öberg", "PER", 0),
        mention("text", text, "New\nYork", "LOC", 1),
        mention("text", text, "Bonn", "LOC", 2),
    ];
    let entity = |id: usize, name: &str, label: &str| json!({"id": id, "label": label, "name": name, "aliases": [], "mentions": [id], "salience": 0.3});
    json!({"id": "=a1", "title": title, "text": text, "mentions": mentions,
        "entities": [entity(0, "Zoë Öberg", "PER"), entity(1, "New\nYork", "LOC"), entity(2, "Bonn", "LOC")],
        "topics": [{"code": "t:1", "label": "trips", "score": 0.8}],
        "coverage": {"chars": title.chars().count() + text.chars().count(), "read": 0, "windows": 1},
        "warnings": [], "tagger": {"version": "1", "model": "m", "recipe": "r"}})
    .to_string()
}

/// Öberg alone is decided too, inside the longer name; and the article is done.
fn decided(opened: &Opened<'_>) -> Verdicts {
    let mut verdicts = Verdicts::default();
    let place = |start: usize, end: usize| opened.place("title", [start, end]).expect("in the title");
    let ops = [
        Op::Add { place: place(2, 11), label: "PER".to_owned(), reach: Reach::Here },
        Op::Add { place: place(6, 11), label: "PER".to_owned(), reach: Reach::Here },
        Op::Article { article: opened.key, state: ArticleState::Done, within: None },
    ];
    for (n, op) in (1..).zip(ops) {
        let entry = Entry { v: 1, n, at: String::new(), decision: op.into(), together: None, prev: String::new() };
        verdicts.add("ana", entry);
    }
    verdicts
}

fn export(format: Format, is_decided: bool) -> (String, Vec<Loss>) {
    let line = line();
    let opened = Opened::new(Record::parse(&line, None).expect("a record"), &[]).expect("good");
    let verdicts = if is_decided { decided(&opened) } else { Verdicts::default() };
    let standing = stand(&opened, &RuleSet::default(), &verdicts);
    let mut out = Vec::new();
    let dir = tempfile::tempdir().expect("a directory");
    let mut exporter = if format.is_directory() {
        Exporter::to_directory(format, dir.path()).expect("writable")
    } else {
        Exporter::to_stream(format, &mut out).expect("writable")
    };
    let losses = exporter.add(&opened, &standing).expect("written");
    let totals = exporter.finish().expect("written");
    assert_eq!(totals.articles + totals.left_out, 1);
    if format.is_directory() {
        let mut names: Vec<_> =
            std::fs::read_dir(dir.path()).expect("readable").map(|f| f.expect("a file").path()).collect();
        names.sort();
        for path in names.iter().filter(|path| !path.ends_with("TypeSystem.xml")) {
            out.extend_from_slice(&std::fs::read(path).expect("readable"));
        }
    }
    (String::from_utf8(out).expect("UTF-8"), losses)
}

fn check(format: Format, expected: Expect) {
    let (out, losses) = export(format, true);
    let lost: Vec<String> = losses.iter().map(|loss| format!("lost {:?}: {}\n", loss.words, loss.why)).collect();
    expected.assert_eq(&format!("{out}{}", lost.concat()));
}

#[test]
fn tables_and_lines() {
    check(Format::Csv, expect![""]);
    check(Format::Spacy, expect![""]);
    check(Format::Prodigy, expect![""]);
    check(Format::Doccano, expect![""]);
    check(Format::LabelStudio, expect![""]);
}

#[test]
fn tokens_and_tags() {
    check(Format::Conll, expect![""]);
    check(Format::Hf, expect![""]);
}

#[test]
fn files_and_annotations() {
    check(Format::Brat, expect![""]);
    check(Format::W3c, expect![""]);
    check(Format::Xmi, expect![""]);
}

#[test]
fn gold_is_what_is_done_and_eval_reads_it() {
    let (out, losses) = export(Format::Gold, true);
    assert_eq!(losses.len(), 1, "the shorter of two that overlap");
    let gold = parse_gold(std::path::Path::new("gold.jsonl"), &out).expect("gold");
    let text = gold.documents[0].text();
    let found: Vec<String> =
        gold.documents[0].mentions().map(|(span, label)| format!("{label} {}", span.of(text))).collect();
    assert_eq!(found, ["PER Zoë Öberg", "LOC New\nYork", "LOC Bonn"]);
    let by: Value = serde_json::from_str(&out).expect("JSON");
    let by: Vec<&str> = (0..3).map(|i| by["mentions"][i]["by"].as_str().expect("a string")).collect();
    assert_eq!(by, ["ana", "model", "model"]);
    assert_eq!(export(Format::Gold, false).0, "");
}

/// Whatever a format counts in, what stands there is the name.
#[test]
fn offsets_point_at_the_names() {
    let names = ["Zoë Öberg", "New\nYork", "Bonn"];
    for format in [Format::Spacy, Format::Prodigy, Format::Doccano] {
        let (out, _) = export(format, false);
        let value: Value = serde_json::from_str(&out).expect("JSON");
        let text = value["text"].as_str().expect("a text");
        let key = ["entities", "spans", "label"].into_iter().find(|key| value[key].is_array()).expect("spans");
        let chars: Vec<char> = text.chars().collect();
        let found: Vec<String> = value[key]
            .as_array()
            .expect("a list")
            .iter()
            .map(|span| {
                let at = |i: usize, name: &str| {
                    span.get(i).or_else(|| span.get(name)).and_then(Value::as_u64).expect("a number") as usize
                };
                chars[at(0, "start")..at(1, "end")].iter().collect()
            })
            .collect();
        assert_eq!(found, names, "{}", format.name());
    }
    let (out, _) = export(Format::Xmi, false);
    let text = "🙂 Zoë Öberg's trip\n\nIn New\nYork she said \"5 < 6 & a Bonnfire\".";
    let offsets = Offsets::new(text);
    let found: Vec<&str> = out
        .lines()
        .filter(|line| line.starts_with("<type3:NamedEntity"))
        .map(|line| {
            let number = |key: &str| -> usize {
                let from = line.find(key).expect("a key") + key.len();
                line[from..].split('"').next().expect("a value").parse().expect("a number")
            };
            let at = |key: &str| offsets.of_utf16(number(key)).expect("in the text").byte;
            &text[at("begin=\"")..at("end=\"")]
        })
        .collect();
    assert_eq!(found, names);
}
