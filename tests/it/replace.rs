//! Records that are given back to be tagged again: with the same options they come out as they
//! were.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use dateline::Tagger;
use dateline::record::RecordWriter;
use dateline::run::{self, End, Event, Settings};
use dateline::source::{self, AddedKeys, Options};

use crate::common::{Dir, checkout, tiny};

/// What tagging `input` writes.
fn tag(input: &Path, tagger: &Tagger, under: Option<&str>, replace: bool, options: Options) -> Vec<u8> {
    let reserved = RecordWriter::added_keys(under, tagger.model().has_topics(), false);
    let replace = replace.then(|| AddedKeys::under(under));
    let source = source::open(&[input], Options { reserved, replace, ..options }).expect("it can be opened");
    let writer = RecordWriter::of(tagger).under(under);
    let mut out = Vec::new();
    let end = run::run(source, Arc::default(), tagger, &writer, Settings::bulk(1), |event| {
        if let Event::Done(done) = event {
            out.extend_from_slice(&done.records);
            assert_eq!(String::from_utf8_lossy(&done.dead), "");
        }
        ControlFlow::<()>::Continue(())
    });
    assert!(matches!(end, Ok(End::Complete(_))), "all of it can be tagged");
    out
}

fn check(input: &Path, tagger: &Tagger, options: &Options) {
    for under in [None, Some("ner")] {
        let dir = Dir::new();
        let once = tag(input, tagger, under, false, options.clone());
        dir.write("once.jsonl", &once);
        let plain = Options { fields: options.fields.clone(), ..Options::default() };
        let twice = tag(&dir.path("once.jsonl"), tagger, under, true, plain);
        let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
        assert!(!once.is_empty());
        for (before, after) in lines(&once).into_iter().zip(lines(&twice)) {
            assert_eq!(before, after);
        }
        assert_eq!(once, twice);
    }
}

#[test]
fn the_samples_tagged_again_are_the_same() {
    for model in ["bert", "topics"] {
        check(&checkout("data/samples"), &tiny(model), &Options::default());
    }
}

#[test]
fn articles_of_every_form_tagged_again_are_the_same() {
    let dir = Dir::new();
    let utf16: Vec<u8> = "\u{feff}Boats left Zoë in Bonn.".encode_utf16().flat_map(u16::to_le_bytes).collect();
    dir.write("news/a.txt", "OSLO - Ministers met.\n\n\"They\" \u{2028} agreed\u{0}.\n")
        .write("news/b.txt", utf16)
        .write("news/c.csv", "headline,body,topics\nRhine rises,\"Bonn closed \"\"its\"\" quay.\",rivers\n")
        .write(
            "news/d.json",
            "[\n { \"title\" : null ,\n \"text\" : \"Turku slept.\" , \"n\" : [ 1.50, {} ]\n }\n, {\"text\":\"\"}]",
        )
        .write(
            "news/e.jsonl",
            "\u{feff}{ \"embedding\":7,\"id\":1.0, \"text\":\"caf\\u00e9\" }\r\n{\"text\":\"\", \"x\":\"\\ud83d\"}\n",
        );
    // A model without topics leaves a field of that name alone.
    check(&dir.path("news"), &tiny("bert"), &Options::default());
    let named = Options { fields: vec!["text".to_owned(), "body".to_owned()], ..Options::default() };
    check(&dir.path("news"), &tiny("bert"), &named);
}

#[test]
fn another_model_replaces_what_the_first_one_said() {
    let dir = Dir::new();
    let input = checkout("data/samples");
    let once = tag(&input, &tiny("bert"), None, false, Options::default());
    dir.write("once.jsonl", &once);
    let replaced = tag(&dir.path("once.jsonl"), &tiny("topics"), None, true, Options::default());
    assert_eq!(replaced, tag(&input, &tiny("topics"), None, false, Options::default()));
    assert_ne!(replaced, once);
}

#[test]
fn what_is_not_ours_stays_refused() {
    let reserved = RecordWriter::added_keys(None, false, false);
    let options = Options { reserved, replace: Some(AddedKeys::Beside), ..Options::default() };
    let dir = Dir::new();
    dir.write(
        "in.jsonl",
        "{\"text\":\"Bonn\"}\n{\"text\":\"Bonn\",\"mentions\":[]}\n{\"text\":\"Bonn\",\"tagger\":\"me\"}\n",
    );
    let source = source::open(&[dir.path("in.jsonl")], options.clone()).expect("its first record is fine");
    let codes: Vec<String> = source
        .map(|item| match item.expect("it can be read") {
            source::Item::Failed(failure) => failure.code.to_string(),
            _ => "tagged".to_owned(),
        })
        .collect();
    assert_eq!(codes, ["tagged", "reserved_key", "reserved_key"]);
    dir.write("first.jsonl", "{\"text\":\"Bonn\",\"mentions\":[]}\n");
    assert!(source::open(&[dir.path("first.jsonl")], options).is_err());
}
