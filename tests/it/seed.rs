//! Texts that are not ours to publish and may lie beside the checkout: an article as it came off a
//! website, and a corpus.
//!
//! They are in `../shared`; without them the tests count as skipped.

use std::collections::BTreeSet;
use std::fs;

use crate::common::{Dir, Ran, checkout, skipped};
use serde_json::Value;

const ARTICLE: &str = "../shared/seed/dunford.txt";
const CONLL: &str = "../shared/corpora/ner/conll2003/dev.conll";

/// The record of the article, if it is there.
fn dunford() -> Option<Value> {
    let Ok(text) = fs::read(checkout(ARTICLE)) else {
        skipped(&format!("there is no {ARTICLE}"));
        return None;
    };
    let dir = Dir::new();
    dir.write("dunford.txt", text);
    let ran = dir.run("tag dunford.txt --quiet");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    ran.records().pop()
}

fn list<'v>(record: &'v Value, key: &str) -> &'v [Value] {
    record[key].as_array().unwrap_or_else(|| panic!("{key} in {record}"))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

#[test]
fn the_names_in_the_seed_article_are_found() {
    let Some(record) = dunford() else { return };
    let found: BTreeSet<(&str, &str)> =
        list(&record, "mentions").iter().map(|mention| (text(mention, "label"), text(mention, "text"))).collect();
    let expected = [
        ("PER", &["Joseph Dunford", "Valery Gerasimov", "Patrick Ryder", "Bashar al-Assad", "Jarmo Lindberg"][..]),
        (
            "LOC",
            &["Helsinki", "Syria", "Russia", "Finland", "Georgia", "Abkhazia", "South Ossetia", "Crimea", "Ukraine"],
        ),
        ("ORG", &["Department of Defense"]),
    ];
    let expected = expected.iter().flat_map(|(label, names)| names.iter().map(move |name| (*label, *name)));
    let missing: Vec<(&str, &str)> = expected.filter(|name| !found.contains(name)).collect();
    assert!(missing.is_empty(), "not found: {missing:?}\nfound: {found:?}");
}

#[test]
fn offsets_in_the_seed_article_are_exact() {
    let Some(record) = dunford() else { return };
    let chars: Vec<char> = text(&record, "text").chars().collect();
    assert!(list(&record, "mentions").len() > 40);
    for mention in list(&record, "mentions") {
        let at = |key: &str| mention[key].as_u64().expect("an offset") as usize;
        assert_eq!(chars[at("start")..at("end")].iter().collect::<String>(), text(mention, "text"));
    }
    assert_eq!(record["coverage"]["read"], chars.len());
}

#[test]
fn a_surname_alone_is_the_person_named_in_full() {
    let Some(record) = dunford() else { return };
    let of_dunford: Vec<&Value> =
        list(&record, "mentions").iter().filter(|mention| text(mention, "text").ends_with("Dunford")).collect();
    let surfaces: BTreeSet<&str> = of_dunford.iter().map(|mention| text(mention, "text")).collect();
    assert_eq!(surfaces, BTreeSet::from(["Dunford", "Joseph Dunford"]));
    let entities: BTreeSet<u64> = of_dunford.iter().filter_map(|mention| mention["entity"].as_u64()).collect();
    assert_eq!(entities.len(), 1, "{of_dunford:?}");
    let entity = entities.first().map(|&id| &list(&record, "entities")[id as usize]).expect("one");
    assert_eq!((text(entity, "name"), text(entity, "label")), ("Joseph Dunford", "PER"));
}

#[test]
fn the_seed_article_is_about_war_and_politics() {
    let Some(record) = dunford() else { return };
    let topics: BTreeSet<&str> = list(&record, "topics").iter().map(|topic| text(topic, "label")).collect();
    assert_eq!(topics, BTreeSet::from(["conflict, war and peace", "politics"]));
}

#[test]
fn nobody_is_in_the_news_for_writing_it() {
    let Some(record) = dunford() else { return };
    let box_at = text(&record, "text").find("Jack Heretik").expect("the author box is in the text");
    let box_at = text(&record, "text")[..box_at].chars().count() as u64;
    let mentions = list(&record, "mentions");
    let start = |mention: &Value| mention["start"].as_u64().expect("an offset");
    let author = list(&record, "entities").iter().find(|entity| text(entity, "name") == "Jack Heretik");
    assert_eq!(author.expect("the author is found")["salience"], 0.0);
    for entity in list(&record, "entities") {
        let members = list(entity, "mentions").iter().map(|i| &mentions[i.as_u64().expect("an index") as usize]);
        if members.clone().all(|mention| start(mention) >= box_at) {
            assert_eq!(entity["salience"], 0.0, "{entity}");
        }
    }
}

/// The first documents of CoNLL 2003's development set: enough to notice a model or a step gone
/// wrong. The whole set is measured with the command in the model card.
#[test]
fn twenty_documents_of_conll_2003() {
    let Ok(columns) = fs::read_to_string(checkout(CONLL)) else {
        skipped(&format!("there is no {CONLL}"));
        return;
    };
    let first: Vec<&str> = columns.split("-DOCSTART-").take(21).collect();
    let dir = Dir::new();
    dir.write("dev.conll", first.join("-DOCSTART-"));
    let ran: Ran = dir.run("eval --gold dev.conll --json");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let report: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!(report["compared"]["documents"], 20);
    let f1 = report["exact"]["micro"]["f1"].as_f64().expect("a number");
    println!("F1 {f1:.4} in {} tokens", report["compared"]["tokens"]);
    assert!(f1 >= 0.9, "F1 {f1:.4}");
}
