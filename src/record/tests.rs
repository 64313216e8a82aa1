//! What a record looks like, to the byte, and that it can be read again.

use std::io::Cursor;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::document::{
    Article, Coverage, Document, Entity, Field, Form, Mention, Origin, Outcome, Reason, Stamp, TaggedArticle, Topic,
    TopicName, Zone,
};
use crate::label::LabelSet;
use crate::segment::segment;
use crate::source::{self, Item};
use crate::span::Span;

/// The record of an article "Zoë 🙂 Kovač" that names one person.
fn check(form: Form, under: Option<&str>, all_offsets: bool, expected: Expect) {
    check_with(form, under, all_offsets, None, None, expected);
}

/// The same with topics and an embedding.
fn check_with(
    form: Form,
    under: Option<&str>,
    all_offsets: bool,
    topics: Option<Vec<Topic>>,
    embedding: Option<Vec<f32>>,
    expected: Expect,
) {
    let tags: Vec<String> = ["O", "B-PER", "I-PER"].map(str::to_owned).into();
    let labels = LabelSet::new(&tags, None).expect("consistent labels");
    let label = labels.find("PER").expect("it was just named");
    let text = "Zoë 🙂 Kovač".to_owned();
    let name = Span::new(&text, 10, 16).expect("Kovač");
    let article = Article {
        id: "a".to_owned(),
        origin: Origin { source: "a.txt".to_owned(), ..Origin::default() },
        fields: vec![
            Field { name: "title".to_owned(), span: Span::new(&text, 0, 4).expect("Zoë"), headline: true },
            Field { name: "body".to_owned(), span: Span::new(&text, 5, 16).expect("the rest"), headline: false },
        ],
        text,
        form,
        warnings: vec!["utf-16le".to_owned()],
        ..Article::plain("", "")
    };
    let zones = vec![(Zone::Headline, article.fields[0].span), (Zone::Body, article.fields[1].span)];
    let sentences = zones.iter().map(|zone| zone.1).collect();
    let tagged = TaggedArticle {
        mentions: vec![Mention { span: name, label, score: 0.99876, raw_score: 0.99876, sentence: 1, rule: None }],
        entities: vec![Entity { label, name, called: None, mentions: vec![0], because: vec![None], salience: 1.0 }],
        topics,
        embedding,
        coverage: Coverage { chars: 10, read: 10, windows: 1 },
        document: Document { article, zones, sentences },
    };
    let tagger = Stamp { version: "1", model: "m".to_owned(), recipe: "r".to_owned() };
    let topics = ["one", "two"].map(|label| TopicName { code: format!("t:{label}"), label: label.to_owned() }).into();
    let format = RecordWriter {
        labels,
        topics,
        all_offsets,
        compact: false,
        under: under.map(str::to_owned),
        tagger,
        by_rule: Vec::new(),
    };
    let mut out = Vec::new();
    format.write(&Outcome::Tagged(Box::new(tagged)), &mut out);
    let line = String::from_utf8(out).expect("a record is UTF-8");
    assert_eq!(line.matches('\n').count(), 1);
    let record: serde_json::Value = serde_json::from_str(&line).expect("a record is JSON");
    assert!(record.is_object());
    expected.assert_eq(&line);
}

#[test]
fn an_object_comes_back_untouched_with_ours_after_it() {
    check(
        Form::Object(r#"{ "n": 1.0, "title":"Zo\u00eb" }"#.to_owned()),
        None,
        false,
        expect![[r#"
        { "n": 1.0, "title":"Zo\u00eb" ,"mentions":[{"start":2,"end":7,"label":"PER","text":"Kovač","score":0.9988,"field":"body","zone":"body","sentence":1,"entity":0}],"entities":[{"id":0,"label":"PER","name":"Kovač","aliases":[],"mentions":[0],"salience":1.0}],"coverage":{"chars":10,"read":10,"windows":1},"warnings":["utf-16le"],"tagger":{"version":"1","model":"m","recipe":"r"}}
    "#]],
    );
    check(
        Form::Object("{ }".to_owned()),
        Some("dateline"),
        true,
        expect![[r#"
        { "dateline":{"mentions":[{"start":2,"end":7,"start_byte":5,"end_byte":11,"start_utf16":3,"end_utf16":8,"label":"PER","text":"Kovač","score":0.9988,"field":"body","zone":"body","sentence":1,"entity":0}],"entities":[{"id":0,"label":"PER","name":"Kovač","aliases":[],"mentions":[0],"salience":1.0}],"coverage":{"chars":10,"read":10,"windows":1},"warnings":["utf-16le"],"tagger":{"version":"1","model":"m","recipe":"r"}}}
    "#]],
    );
}

#[test]
fn a_text_becomes_an_object() {
    check(
        Form::Text,
        None,
        false,
        expect![[r#"
        {"id":"a","source":"a.txt","text":"Zoë 🙂 Kovač","mentions":[{"start":2,"end":7,"label":"PER","text":"Kovač","score":0.9988,"field":"body","zone":"body","sentence":1,"entity":0}],"entities":[{"id":0,"label":"PER","name":"Kovač","aliases":[],"mentions":[0],"salience":1.0}],"coverage":{"chars":10,"read":10,"windows":1},"warnings":["utf-16le"],"tagger":{"version":"1","model":"m","recipe":"r"}}
    "#]],
    );
}

#[test]
fn topics_and_embedding_follow_the_entities_where_there_are_any() {
    let empty = || Form::Object("{}".to_owned());
    let topics = vec![Topic { topic: 1, score: 0.876_54 }, Topic { topic: 0, score: 0.5 }];
    let embedding = Some(vec![0.6, -0.012_345_6, 1e-7]);
    check_with(
        empty(),
        None,
        false,
        Some(topics),
        embedding,
        expect![[r#"
        {"mentions":[{"start":2,"end":7,"label":"PER","text":"Kovač","score":0.9988,"field":"body","zone":"body","sentence":1,"entity":0}],"entities":[{"id":0,"label":"PER","name":"Kovač","aliases":[],"mentions":[0],"salience":1.0}],"topics":[{"code":"t:two","label":"two","score":0.8765},{"code":"t:one","label":"one","score":0.5}],"embedding":[0.6,-0.0123456,1e-7],"coverage":{"chars":10,"read":10,"windows":1},"warnings":["utf-16le"],"tagger":{"version":"1","model":"m","recipe":"r"}}
    "#]],
    );
    // Looked for, and none found: no topic, and nothing to embed.
    check_with(
        empty(),
        Some("ner"),
        false,
        Some(Vec::new()),
        Some(Vec::new()),
        expect![[r#"
        {"ner":{"mentions":[{"start":2,"end":7,"label":"PER","text":"Kovač","score":0.9988,"field":"body","zone":"body","sentence":1,"entity":0}],"entities":[{"id":0,"label":"PER","name":"Kovač","aliases":[],"mentions":[0],"salience":1.0}],"topics":[],"embedding":null,"coverage":{"chars":10,"read":10,"windows":1},"warnings":["utf-16le"],"tagger":{"version":"1","model":"m","recipe":"r"}}}
    "#]],
    );
}

#[test]
fn keys_that_are_not_written_may_stand_in_the_input() {
    assert_eq!(RecordWriter::added_keys(None, true, true), KEYS);
    let keys = RecordWriter::added_keys(None, false, false);
    assert_eq!(keys, ["mentions", "entities", "coverage", "warnings", "tagger"]);
    assert_eq!(RecordWriter::added_keys(Some("ner"), true, true), ["ner"]);
}

/// What is read of `line`: the record's main parts, or what is wrong.
fn check_read(line: &str, under: Option<&str>, expected: Expect) {
    let shown = match Line::parse(line, under) {
        Err(error) => error.to_string(),
        Ok(Line::Blank) => "blank".to_owned(),
        Ok(Line::Dead(letter)) => format!("dead: {} {}", letter.code, letter.message),
        Ok(Line::Record(record)) => {
            let mentions: Vec<&str> = record.mentions.iter().map(|mention| &*mention.text).collect();
            let entities: Vec<&str> = record.entities.iter().map(|entity| &*entity.name).collect();
            let topics =
                record.topics.as_ref().map(|topics| topics.iter().map(|topic| &*topic.label).collect::<Vec<_>>());
            let (input, embedding) = (record.input_object(), &record.embedding);
            format!("{input} {mentions:?} {entities:?} {topics:?} {embedding:?}")
        }
    };
    expected.assert_eq(&shown);
}

const TAGGER: &str = r#""tagger":{"version":"1","model":"m","recipe":"r"}"#;

/// The added keys of a record that names Oslo.
fn added() -> String {
    let mention = r#"{"start":0,"end":4,"label":"LOC","text":"Oslo","score":0.9,"field":"text","zone":"body","sentence":0,"entity":0}"#;
    let entity = r#"{"id":0,"label":"LOC","name":"Oslo","aliases":[],"mentions":[0],"salience":1.0}"#;
    let coverage = r#"{"chars":4,"read":4,"windows":1}"#;
    format!(r#""mentions":[{mention}],"entities":[{entity}],"coverage":{coverage},"warnings":[],{TAGGER}"#)
}

#[test]
fn keys_are_the_articles_or_ours_by_their_place() {
    let added = added();
    check_read(&format!("{{{added}}}"), None, expect![[r#"{} ["Oslo"] ["Oslo"] None None"#]]);
    // The article had topics of its own, and the model has none.
    check_read(
        &format!(r#"{{"topics":[{{"code":"c","label":"l","score":1}}], "text" : "Oslo" ,{added}, "read": true}}"#),
        None,
        expect![[
            r#"{"topics":[{"code":"c","label":"l","score":1}], "text" : "Oslo" , "read": true} ["Oslo"] ["Oslo"] None None"#
        ]],
    );
    // A program has sorted the keys.
    let sorted = added.replace("\"mentions\":[{", "\"embedding\":[0.6,-0.8],\"mentions\":[{");
    let sorted = sorted.replace(&format!(",{TAGGER}"), "");
    check_read(
        &format!(r#"{{{TAGGER},{sorted},"text":"Oslo","topics":[{{"code":"c","label":"l","score":1}}]}}"#),
        None,
        expect![[r#"{"text":"Oslo"} ["Oslo"] ["Oslo"] Some(["l"]) Some(Some([0.6, -0.8]))"#]],
    );
    check_read(
        &format!(r#"{{{TAGGER},{sorted},"text":"Oslo","topics":["mine"]}}"#),
        None,
        expect![[r#"{"text":"Oslo","topics":["mine"]} ["Oslo"] ["Oslo"] None Some(Some([0.6, -0.8]))"#]],
    );
    check_read(
        &format!(r#" {{"mentions":7,"ner":{{{added},"new":[]}},"x":1e999}}"#),
        Some("ner"),
        expect![[r#"{"mentions":7,"x":1e999} ["Oslo"] ["Oslo"] None None"#]],
    );
}

#[test]
fn a_line_that_is_no_record_says_where_and_why() {
    let line = |from: &str, to: &str| {
        let added = added();
        assert!(added.contains(from), "{from}");
        format!("{{\"text\":\"Oslo\",{}}}", added.replacen(from, to, 1))
    };
    check_read(
        "{\"a\":",
        None,
        expect!["found EOF while parsing a value at column 5, wanted a JSON object on one line"],
    );
    check_read("[1]", None, expect!["found a list at column 0, wanted a JSON object on one line"]);
    check_read(
        "{}",
        None,
        expect![[
            r#"found no keys, wanted a record, which has "mentions", "entities", "coverage", "warnings", "tagger""#
        ]],
    );
    check_read(
        &line("\"warnings\"", "\"w\""),
        None,
        expect![[
            r#"found only the keys "text", "mentions", "entities", "coverage", "w", "tagger", wanted a record, which has "warnings""#
        ]],
    );
    check_read(
        &line("", ""),
        Some("ner"),
        expect![[
            r#"found only the keys "text", "mentions", "entities", "coverage", "warnings", "tagger", wanted a record, which has "ner""#
        ]],
    );
    check_read(
        "{\"ner\":1}",
        Some("ner"),
        expect![[
            r#"ner: found something else, wanted an object with "mentions", "entities", "coverage", "warnings", "tagger""#
        ]],
    );
    check_read(
        "{\"ner\":{}}",
        Some("ner"),
        expect![[
            r#"found no keys in "ner", wanted a record, which has "mentions", "entities", "coverage", "warnings", "tagger""#
        ]],
    );
    check_read(
        &line("\"coverage\"", "\"mentions\":[],\"coverage\""),
        None,
        expect!["mentions: found the key twice, wanted it once"],
    );
    check_read(
        &line("\"start\":0", "\"start\":\"x\""),
        None,
        expect![[r#"mentions[0].start: found string "x", wanted a whole number"#]],
    );
    check_read(
        &line("\"start\":0", "\"start\":-1"),
        None,
        expect!["mentions[0].start: found integer `-1`, wanted a whole number"],
    );
    check_read(
        &line("\"start\":0,", ""),
        None,
        expect![[
            r#"mentions[0]: found only the keys "end", "label", "text", "score", "field", "zone", "sentence", "entity", wanted "start""#
        ]],
    );
    check_read(&line("0.9", "\"0.9\""), None, expect![[r#"mentions[0].score: found "0.9", wanted a number"#]]);
    check_read(&line("0.9", "1e999"), None, expect!["mentions[0].score: found 1e999, wanted a number"]);
    check_read(
        &line("\"label\":\"LOC\",\"name\"", "\"label\":null,\"name\""),
        None,
        expect!["entities[0].label: found null, wanted a string"],
    );
    check_read(
        &line("\"aliases\":[]", "\"aliases\":[1]"),
        None,
        expect!["entities[0].aliases: found integer `1`, wanted a string"],
    );
    check_read(
        &line("\"end\":4", "\"end\":4,\"end\":4"),
        None,
        expect!["mentions[0].end: found the key twice, wanted it once"],
    );
    check_read(
        &line("[{\"start\"", "[7,{\"start\""),
        None,
        expect!["mentions[0]: found integer `7`, wanted an object"],
    );
    check_read(&line("\"warnings\":[]", "\"warnings\":[null]"), None, expect!["warnings: found null, wanted a string"]);
    check_read(
        &line("\"windows\":1", "\"windows\":null"),
        None,
        expect!["coverage.windows: found null, wanted a whole number"],
    );
    check_read(
        &line("\"coverage\"", "\"embedding\":[0.5,\"x\"],\"coverage\""),
        None,
        expect![[r#"embedding[1]: found "x", wanted a number"#]],
    );
    check_read(
        &line("\"mentions\":[0]", "\"mentions\":[]"),
        None,
        expect!["entities[0].mentions: found an empty list, wanted a list with a mention"],
    );
    let another = "\"salience\":1.0},{\"id\":1,\"label\":\"LOC\",\"name\":\"Oslo\",\"salience\":0.0}";
    check_read(
        &line("\"salience\":1.0}", another),
        None,
        expect![[r#"entities[1]: found no key "mentions", wanted the key "mentions", as in the first"#]],
    );
    check_read("  \r\n", None, expect!["blank"]);
    check_read(
        "{\"error\":\"x\"}",
        None,
        expect![[
            r#"found only the keys "error", wanted a record, which has "mentions", "entities", "coverage", "warnings", "tagger""#
        ]],
    );
    assert!(Record::parse("", None).is_err());
}

#[test]
fn a_key_is_the_id_or_a_digest_of_the_article() {
    let key = |head: &str| {
        let line = format!("{{{head}{}}}", added());
        Record::parse(&line, None).map(|record| record.key().into_owned()).unwrap_or_else(|error| error.to_string())
    };
    assert_eq!(key("\"id\":\"a\\u00e9\","), "aé");
    assert_eq!(key("\"id\":-1.50,"), "-1.50");
    let of_empty = key("");
    expect!["sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"].assert_eq(&of_empty);
    assert_ne!(key("\"id\":\"\","), of_empty);
    assert_ne!(key("\"id\":null,"), key("\"id\":\"\","));
}

#[test]
fn a_hundred_thousand_mentions_are_found_in_no_time() {
    let text = "Łódź 🙂 ".repeat(100_000);
    let offsets = Offsets::new(&text);
    let line = format!("{{{}}}", added());
    let record = Record::parse(&line, None).expect("it is a record");
    for i in 0..100_000 {
        let mention = RecordMention { start: 7 * i, end: 7 * i + 4, ..record.mentions[0].clone() };
        assert_eq!(mention.span_in(&offsets).map(|span| span.of(&text)), Some("Łódź"));
    }
}

/// A member of an object: its key, and its value, as they are written.
fn member() -> impl Strategy<Value = String> {
    let keys =
        ["id", "x", "topics", "embedding", "error", "Mentions", "", "x", "tagger ", "coverage\\u0000", "\\ud83d"];
    let key = prop_oneof![prop::sample::select(keys.to_vec()).prop_map(str::to_owned), "[a-zé🙂 ]{0,4}"];
    let values =
        ["null", "true", "1.0", "-0", "1e999", "123456789012345678901234567890.5", "[]", "{}", "\"\"", "\"\\ud800\""];
    let value = prop_oneof![
        3 => prop::sample::select(values.to_vec()).prop_map(str::to_owned),
        2 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        1 => Just(r#"{ "mentions":[1, 2], "error":{"code":"x"} }"#.to_owned()),
        1 => Just(r#"[{"code":"c","label":"l","score":0.5}]"#.to_owned()),
    ];
    let space = prop::sample::select(&["", " ", "\t "][..]);
    (key, value, space.clone(), space).prop_map(|(key, value, a, b)| format!("{a}\"{key}\"{b}:{a}{value}{b}"))
}

/// Text with what breaks programs that count in one way.
fn text() -> impl Strategy<Value = String> {
    let words = ["Zoë ", "e\u{301}", "👩‍👩‍👧", "\n\n", "Łódź", ". ", "\"", "\\", "\u{1}", "\u{2028}", "Bonn", "\u{10ffff}"];
    let piece = prop_oneof![prop::sample::select(words.to_vec()).prop_map(str::to_owned), "\\PC{0,3}"];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

/// An article as it stands in a file of JSON lines.
fn object() -> impl Strategy<Value = String> {
    let headline = prop::sample::select(&["title", "headline"][..]);
    let body = prop::sample::select(&["text", "body", "content"][..]);
    let json = |name: &str, text: String| format!("\"{name}\":{}", serde_json::Value::from(text));
    let texts =
        (headline, text(), body, text(), any::<bool>()).prop_map(move |(headline, title, body, text, titled)| {
            let title = titled.then(|| json(headline, title));
            (title, json(body, text))
        });
    (texts, prop::collection::vec(member(), 0..4), prop::collection::vec(member(), 0..3)).prop_map(
        |((title, text), before, after)| {
            let members: Vec<String> = before.into_iter().chain([text]).chain(title).chain(after).collect();
            format!("{{{}}}", members.join(","))
        },
    )
}

/// What to find in an article: where, how long, which label, which entity, the score.
type Find = (prop::sample::Index, usize, usize, usize, f32);

#[derive(Clone, Debug)]
struct Case {
    /// An object, or plain text.
    input: String,
    is_object: bool,
    found: Vec<Find>,
    topics: Option<Vec<(usize, f32)>>,
    embedding: Option<Vec<f32>>,
    /// All offsets, or compact.
    all_offsets: bool,
    compact: bool,
    under: Option<&'static str>,
}

fn case() -> impl Strategy<Value = Case> {
    let input = prop_oneof![4 => object().prop_map(|text| (text, true)), 1 => text().prop_map(|text| (text, false))];
    let find = (any::<prop::sample::Index>(), 1..9_usize, 0..3_usize, 0..4_usize, 0.0..=1.0_f32);
    let topics = prop::option::of(prop::collection::vec((0..2_usize, 0.0..=1.0_f32), 0..3));
    let number = any::<f32>().prop_filter("JSON has only these", |number| number.is_finite());
    let embedding = prop::option::of(prop::collection::vec(number, 0..4));
    let under = prop::sample::select(&[None, Some("ner"), Some("🙂\""), Some("x")][..]);
    (input, prop::collection::vec(find, 0..8), topics, embedding, 0..3_u8, under).prop_map(
        |((input, is_object), found, topics, embedding, form, under)| Case {
            input,
            is_object,
            found,
            topics,
            embedding,
            all_offsets: form == 1,
            compact: form == 2,
            under,
        },
    )
}

impl Case {
    fn writer(&self) -> RecordWriter {
        let tags: Vec<String> = ["O", "B-PERSON", "I-PERSON", "B-G\"PE", "B-ORG"].map(str::to_owned).into();
        let topics = ["one", "two, \"three\""]
            .map(|name| TopicName { code: format!("t:{name}"), label: name.to_owned() })
            .into();
        RecordWriter {
            labels: LabelSet::new(&tags, None).expect("consistent labels"),
            topics,
            all_offsets: self.all_offsets,
            compact: self.compact,
            under: self.under.map(str::to_owned),
            tagger: Stamp { version: "1", model: "m\u{e9}".to_owned(), recipe: "r".to_owned() },
            by_rule: Vec::new(),
        }
    }

    fn item(&self) -> Option<Item> {
        let reserved = RecordWriter::added_keys(self.under, self.topics.is_some(), self.embedding.is_some());
        let format = if self.is_object { source::format("jsonl") } else { source::format("text") };
        let options = source::Options { reserved, format, ..source::Options::default() };
        let bytes = self.input.clone().into_bytes();
        // A first record with a key that will be added is refused with the whole file.
        let mut source = source::open_reader("in", Cursor::new(bytes), options).ok()?;
        source.next().map(|item| item.expect("it is in memory"))
    }

    /// `article` with what was found in it.
    fn tagged(&self, article: Article, labels: &LabelSet) -> TaggedArticle {
        let document = segment(article);
        let all: Vec<_> = labels.labels().collect();
        let mut found: Vec<(Span, &Find)> = Vec::new();
        for find in &self.found {
            let starts: Vec<usize> = document.text().char_indices().map(|(at, _)| at).collect();
            if starts.is_empty() {
                break;
            }
            let start = find.0.index(starts.len());
            let end = starts.get(start + find.1).copied().unwrap_or(document.text().len());
            let span = Span::new(document.text(), starts[start], end).expect("both are boundaries");
            let is_free = found.iter().all(|(other, _)| !other.overlaps(span));
            if is_free && document.article.fields.iter().any(|field| field.span.contains(span)) {
                found.push((span, find));
            }
        }
        found.sort_by_key(|(span, _)| *span);
        let mut entities: Vec<(usize, Entity)> = Vec::new();
        let mut mentions = Vec::new();
        for (i, &(span, &(_, _, label, entity, score))) in found.iter().enumerate() {
            let (label, sentence) = (all[label], document.sentence(span).unwrap_or_default());
            mentions.push(Mention { span, label, score, raw_score: score, sentence, rule: None });
            match entities.iter_mut().find(|(other, _)| *other == entity) {
                Some((_, entity)) => {
                    entity.mentions.push(i);
                    entity.because.push(Some(Reason::SameWords));
                }
                None => entities.push((
                    entity,
                    Entity {
                        label,
                        name: span,
                        called: None,
                        mentions: vec![i],
                        because: vec![None],
                        salience: score / 2.0,
                    },
                )),
            }
        }
        let topics = self.topics.as_ref();
        TaggedArticle {
            mentions,
            entities: entities.into_iter().map(|(_, entity)| entity).collect(),
            topics: topics.map(|topics| topics.iter().map(|&(topic, score)| Topic { topic, score }).collect()),
            embedding: self.embedding.clone(),
            coverage: Coverage { chars: document.text().chars().count(), read: 0, windows: 3 },
            document,
        }
        .told_in_given()
    }
}

fn line_of(outcome: &Outcome, writer: &RecordWriter) -> String {
    let mut line = Vec::new();
    writer.write(outcome, &mut line);
    String::from_utf8(line).expect("a record is UTF-8")
}

/// Everything that a record says of `tagged` can be read off its line, and the line can be written
/// again.
fn check_both_ways(tagged: &TaggedArticle, writer: &RecordWriter) {
    let outcome = Outcome::Tagged(Box::new(tagged.clone()));
    let line = line_of(&outcome, writer);
    let record = Record::parse(&line, writer.under.as_deref()).unwrap_or_else(|error| panic!("{error}: {line}"));
    let mut again = Vec::new();
    record.write(&mut again);
    assert_eq!(String::from_utf8_lossy(&again), line);

    assert_eq!(record.mentions, writer.mentions(tagged));
    assert_eq!(record.entities, writer.entities(tagged));
    let (topics, expected) = (record.topics.as_ref(), tagged.topics.as_ref());
    assert_eq!(topics.map(Vec::len), expected.map(Vec::len));
    for (topic, expected) in topics.into_iter().flatten().zip(expected.into_iter().flatten()) {
        let name = &writer.topics[expected.topic];
        assert_eq!((&*topic.code, &*topic.label), (&*name.code, &*name.label));
        assert!((topic.score - f64::from(expected.score)).abs() < 1e-4);
    }
    assert_eq!(
        record.embedding,
        tagged.embedding.clone().map(|vector| Some(vector).filter(|vector| !vector.is_empty()))
    );
    assert_eq!(record.coverage, tagged.coverage);
    assert_eq!(record.warnings, tagged.document.article.warnings);
    assert_eq!((&*record.tagger.version, &*record.tagger.model), (writer.tagger.version, &*writer.tagger.model));

    let article = &tagged.document.article;
    if let Form::Object(object) = &article.form {
        assert_eq!(record.input_object(), *object);
    }
    assert!(record.id().is_none_or(|id| id == article.id), "{:?} and {}", record.id(), article.id);
    assert_eq!(record.under(), writer.under.as_deref());
    for field in &article.fields {
        let text = record.text(&field.name).unwrap_or_else(|| panic!("no {} in {line}", field.name));
        assert_eq!(text, field.span.of(&article.text));
        let offsets = Offsets::new(&text);
        let is_in = |mention: &&Mention| field.span.contains(mention.span);
        let expected: Vec<Span> = tagged.mentions.iter().filter(is_in).map(|mention| mention.span).collect();
        let mentions = record.mentions.iter().filter(|mention| mention.field == field.name);
        let found = mentions.map(|mention| {
            let span = mention.span_in(&offsets).expect("it is in the text");
            Span::new(&article.text, field.span.start() + span.start(), field.span.start() + span.end())
                .expect("a span")
        });
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_and_written_again(case in case()) {
        let writer = case.writer();
        match case.item() {
            Some(Item::Article(article)) => check_both_ways(&case.tagged(article, &writer.labels), &writer),
            Some(Item::Failed(failure)) => {
                let letter = dead::DeadLetter::from(&failure);
                let line = line_of(&Outcome::Failed(Box::new(failure.clone())), &writer);
                let expected = Line::Dead(Box::new(letter.clone()));
                prop_assert_eq!(Line::parse(&line, case.under), Ok(expected.clone()));
                let mut line = Vec::new();
                dead::write(&failure, &mut line);
                let line = String::from_utf8(line).expect("a letter is UTF-8");
                prop_assert_eq!(Line::parse(&line, case.under), Ok(expected));
            }
            Some(Item::Blank) | None => {}
        }
    }

    #[test]
    fn any_line_is_read_or_refused(line in "[\\[\\]{}\":,0-9a-z \\\\]{0,40}|\\PC{0,20}") {
        let _ = Line::parse(&line, None);
        let _ = Line::parse(&line, Some("a"));
    }
}
