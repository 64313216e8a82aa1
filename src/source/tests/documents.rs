//! Feeds, agency formats and letters: the samples of `tests/documents/formats`, each with what is
//! right.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{items, options};
use crate::document::{Article, Form, Zone};
use crate::segment::segment;
use crate::source::{Item, Options, open, open_reader};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/formats/formats")
}

/// The articles of a file, none of which may fail.
fn articles(path: &Path) -> Vec<Article> {
    let source = open(&[path], options()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let article = |item| match item {
        Ok(Item::Article(article)) => article,
        other => panic!("{}: {other:?}", path.display()),
    };
    source.map(article).collect()
}

fn words(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The parts of this zone, in order.
fn parts(article: &Article, zone: Zone) -> String {
    let document = segment(article.clone());
    let of_zone = document.sentences.iter().filter(|&&span| document.zone(span) == zone);
    words(&of_zone.map(|span| span.of(document.text())).collect::<Vec<_>>().join(" "))
}

/// What is wrong with `article`, whose gold is `gold`.
fn wrong(article: &Article, gold: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |what: &str, found: Value, wanted: &Value| {
        if found != *wanted {
            wrong.push(format!("{what}: expected {wanted}: {found}"));
        }
    };
    let Form::Object(object) = &article.form else { panic!("an object") };
    let object: Value = serde_json::from_str(object).expect("it is JSON");
    let title = article.fields.iter().find(|field| field.headline);
    check("title", title.map_or(Value::Null, |field| field.span.of(&article.text).into()), &gold["title"]);
    check("id", article.id.clone().into(), &gold["id"]);
    // Objects of standards come back as they are.
    if object.get("source").is_some() {
        let byline = object.get("byline").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
        check("byline", byline, &gold["byline"]);
        for key in ["published", "modified", "language", "url"] {
            check(key, object[key].clone(), &gold[key]);
        }
        let codes = |topics: &Value| -> Value {
            topics.as_array().into_iter().flatten().map(|topic| topic["code"].clone()).collect::<Vec<_>>().into()
        };
        check("topics", codes(&object["topics_given"]), &codes(&gold["topics_given"]));
        if let Some(dateline) = gold["dateline"].as_str() {
            check("dateline", parts(article, Zone::Dateline).starts_with(&words(dateline)).into(), &Value::Bool(true));
        }
    }
    check("body", parts(article, Zone::Body).into(), &words(gold["body"].as_str().expect("a body")).into());
    for (key, zone) in [("captions", Zone::Caption), ("boilerplate", Zone::Boilerplate)] {
        let found = parts(article, zone);
        for line in gold[key].as_array().expect("a list") {
            let line = words(line.as_str().expect("a line"));
            if !found.contains(&line) {
                wrong.push(format!("{key}: {line:?} is not in {found:?}"));
            }
        }
    }
    wrong
}

#[test]
fn feeds_agencies_and_letters_are_read() {
    let mut n_files = 0;
    let mut all = Vec::new();
    let mut names: Vec<PathBuf> =
        fs::read_dir(folder()).expect("the checkout has it").map(|entry| entry.expect("an entry").path()).collect();
    names.sort();
    for path in names.into_iter().filter(|path| !path.to_string_lossy().ends_with(".gold.json")) {
        let gold = fs::read(format!("{}.gold.json", path.display())).expect("it has gold");
        let gold: Value = serde_json::from_slice(&gold).expect("it is JSON");
        let records = gold["records"].as_array().expect("a list");
        let articles = articles(&path);
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert_eq!(articles.len(), records.len(), "{name}");
        for (article, gold) in articles.iter().zip(records) {
            all.extend(wrong(article, gold).into_iter().map(|wrong| format!("{name}: {wrong}")));
        }
        n_files += 1;
    }
    assert_eq!(n_files, 20);
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// In whatever pieces a file comes, and whether or not its name says what it is.
#[test]
fn pieces_and_names_make_no_difference() {
    for name in ["feed.rss", "story.newsml12.xml", "three.mbox", "feed.json", "story-nitf.newsml-g2.xml"] {
        let bytes = fs::read(folder().join(name)).expect("it can be read");
        let texts = |items: Vec<Item>| -> Vec<String> {
            items
                .into_iter()
                .map(|item| match item {
                    Item::Article(article) => article.text,
                    other => panic!("{name}: {other:?}"),
                })
                .collect()
        };
        let whole = texts(items(name, Cursor::new(bytes.clone())));
        for size in [1, 2, 3, 7, 64] {
            let pieces = super::Trickle::new(bytes.clone(), vec![size]);
            assert_eq!(texts(items(name, pieces)), whole, "{name} in pieces of {size}");
        }
        if name != "feed.json" {
            assert_eq!(texts(items("-", Cursor::new(bytes.clone()))), whole, "{name} behind a pipe");
            assert_eq!(texts(items("a.out", Cursor::new(bytes))), whole, "{name} under another name");
        }
    }
}

#[test]
fn one_bad_item_costs_itself() {
    let feed = "<rss><channel><item><title>A</title><description>Boats left.</description></item>\
                <item><title>B</i></item><item/><item><title>C</title><description>Rain &amp;lt; fog.</description></item><item><title>D";
    let source = open_reader("a.rss", Cursor::new(feed.as_bytes()), options());
    let shown = super::show(source);
    assert!(
        shown.contains("title*=A") && shown.contains("title*=C") && shown.contains("invalid_xml: a.rss:1:"),
        "{shown}"
    );
    assert_eq!(shown.matches("invalid_xml").count(), 2, "{shown}");
}

#[test]
fn xml_of_other_kinds_is_refused_by_name() {
    let other = open_reader("a.xml", Cursor::new(b"<?xml version='1.0'?><!-- x --><urlset><url/></urlset>"), options());
    let Err(error) = other else { panic!("it is no feed") };
    assert!(error.to_string().contains("<urlset>"), "{error}");
}

#[test]
fn dead_letters_of_each_format_are_read_again() {
    // Each is given back as it was, and fails in the same way.
    for (name, bytes) in [("a.rss", "<rss><item><title>B</i></item></rss>"), ("a.xml", "<nitf><p></nitf>")] {
        let source = open_reader(name, Cursor::new(bytes.as_bytes()), options()).expect("it can be opened");
        let mut letters = Vec::new();
        let mut codes = Vec::new();
        for item in source {
            let Ok(Item::Failed(failure)) = item else { panic!("it fails") };
            codes.push(failure.code);
            crate::record::dead::write(&failure, &mut letters);
        }
        let again = super::items_with(Options::default(), "x.dead.jsonl", Cursor::new(letters));
        let found: Vec<_> = again
            .into_iter()
            .map(|item| match item {
                Item::Failed(failure) => failure.code,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(found, codes, "{name}");
    }
}
