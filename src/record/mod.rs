//! The JSONL record, version 1: the only form in which results leave the program.
//!
//! The input object comes back with its fields, their order and their bytes untouched, and these keys after them:
//! `mentions`, `entities`, `topics` from a model that gives them, `embedding` where one was asked for, `coverage`,
//! `warnings`, `tagger`. `start` and `end` of a mention are half-open code-point offsets
//! into the named field. An article that could not be tagged is a dead letter, see [`dead`]: a line
//! in a file of its own, or, among records, the value of the one key `error`.

pub mod dead;

use serde::Serialize;

use crate::document::{Document, Form, Mention, Outcome, Stamp, TaggedArticle, Topic, TopicName};
use crate::label::LabelSet;
use crate::span::{Offsets, Position};

use dead::DeadLetter;

/// The keys that a record may add to its article's, in their order.
pub const KEYS: &[&str] = &["mentions", "entities", "topics", "embedding", "coverage", "warnings", "tagger"];

/// How records are written.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordWriter {
    /// The labels of the model that the outcomes come from.
    pub(crate) labels: LabelSet,
    /// The topics of that model, in the order of its topic head.
    pub(crate) topics: Vec<TopicName>,
    /// Also give offsets in bytes and in UTF-16 units.
    pub(crate) all_offsets: bool,
    /// Put the added keys into an object under this key.
    pub(crate) under: Option<String>,
    /// What made the records.
    pub(crate) tagger: Stamp,
}

impl RecordWriter {
    /// The same, which also gives offsets in bytes and in UTF-16 units, or does not.
    pub fn all_offsets(self, all_offsets: bool) -> Self {
        Self { all_offsets, ..self }
    }

    /// The same, which puts the added keys into an object under `key`; beside the article's own for `None`.
    pub fn under(self, key: Option<&str>) -> Self {
        Self { under: key.map(str::to_owned), ..self }
    }

    /// The labels of the model that the outcomes come from.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// The topics of that model, in the order of its topic head.
    pub fn topics(&self) -> &[TopicName] {
        &self.topics
    }

    /// The keys that records add at the top level (those of [`KEYS`] that there will be, or the one that they are put under);
    /// an article that already has one of them cannot be written.
    pub fn added_keys(under: Option<&str>, topics: bool, embedding: bool) -> Vec<String> {
        let is_added = |key: &&&str| match **key {
            "topics" => topics,
            "embedding" => embedding,
            _ => true,
        };
        match under {
            Some(key) => vec![key.to_owned()],
            None => KEYS.iter().filter(is_added).map(|&key| key.to_owned()).collect(),
        }
    }

    /// Appends the record of `outcome` to `out`, one line with its line feed.
    pub fn write(&self, outcome: &Outcome, out: &mut Vec<u8>) {
        match outcome {
            Outcome::Tagged(tagged) => self.write_tagged(tagged, out),
            Outcome::Failed(failure) => write_json(&ErrorRecord { error: DeadLetter::from(&**failure) }, out),
        }
        out.push(b'\n');
    }

    fn write_tagged(&self, tagged: &TaggedArticle, out: &mut Vec<u8>) {
        let article = &tagged.document.article;
        match &article.form {
            Form::Text => {
                let head = TextRecord { id: &article.id, source: &article.origin.source, text: &article.text };
                write_json(&head, out);
            }
            Form::Object(object) => out.extend_from_slice(object.as_bytes()),
        }
        // Everything up to the closing brace stays as it is.
        out.pop();
        let is_empty = out.iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        if !is_empty {
            out.push(b',');
        }
        if let Some(key) = &self.under {
            write_json(key, out);
            out.extend_from_slice(b":{");
        }
        let added = out.len();
        write_json(&self.additions(tagged), out);
        // The braces of the additions themselves are not wanted: they go on in the article's object.
        out.remove(added);
        if self.under.is_some() {
            out.push(b'}');
        }
    }

    fn additions<'a>(&'a self, tagged: &'a TaggedArticle) -> Additions<'a> {
        let document = &tagged.document;
        let mut entity_of = vec![0; tagged.mentions.len()];
        for (id, entity) in tagged.entities.iter().enumerate() {
            for &mention in &entity.mentions {
                entity_of[mention] = id;
            }
        }
        let offsets = Offsets::new(document.text());
        let mentions = tagged.mentions.iter().zip(&entity_of);
        let mentions = mentions.map(|(mention, &entity)| self.mention(document, &offsets, mention, entity)).collect();
        let entities = tagged.entities.iter().enumerate().map(|(id, entity)| {
            let name = entity.name.of(document.text());
            let mut aliases: Vec<&str> = Vec::new();
            for &mention in &entity.mentions {
                let surface = tagged.mentions[mention].span.of(document.text());
                if surface != name && !aliases.contains(&surface) {
                    aliases.push(surface);
                }
            }
            EntityRecord {
                id,
                label: self.labels.name(entity.label),
                name,
                aliases,
                mentions: &entity.mentions,
                salience: rounded(entity.salience),
            }
        });
        Additions {
            entities: entities.collect(),
            mentions,
            topics: tagged.topics.as_deref().map(|topics| topics.iter().map(|topic| self.topic(*topic)).collect()),
            // Search indexes take null for a document without a vector, but no vector without components.
            embedding: tagged.embedding.as_deref().map(|vector| Some(vector).filter(|vector| !vector.is_empty())),
            coverage: CoverageRecord {
                chars: tagged.coverage.chars,
                read: tagged.coverage.read,
                windows: tagged.coverage.windows,
            },
            warnings: &document.article.warnings,
            tagger: StampRecord {
                version: self.tagger.version,
                model: &self.tagger.model,
                recipe: &self.tagger.recipe,
            },
        }
    }

    fn topic(&self, topic: Topic) -> TopicRecord<'_> {
        let TopicName { code, label } = &self.topics[topic.topic];
        TopicRecord { code, label, score: rounded(topic.score) }
    }

    fn mention<'a>(
        &'a self,
        document: &'a Document,
        offsets: &Offsets<'_>,
        mention: &Mention,
        entity: usize,
    ) -> MentionRecord<'a> {
        let field = document.field(mention.span);
        let origin = offsets.position(field.span.start());
        let within = |byte: usize| {
            let at = offsets.position(byte);
            Position { byte: at.byte - origin.byte, char: at.char - origin.char, utf16: at.utf16 - origin.utf16 }
        };
        let (start, end) = (within(mention.span.start()), within(mention.span.end()));
        MentionRecord {
            start: start.char,
            end: end.char,
            more: self.all_offsets.then_some(MoreOffsets {
                start_byte: start.byte,
                end_byte: end.byte,
                start_utf16: start.utf16,
                end_utf16: end.utf16,
            }),
            label: self.labels.name(mention.label),
            text: mention.span.of(document.text()),
            score: rounded(mention.score),
            field: &field.name,
            zone: document.zone(mention.span).name(),
            sentence: mention.sentence,
            entity,
        }
    }
}

#[derive(Serialize)]
struct TextRecord<'a> {
    id: &'a str,
    source: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Additions<'a> {
    mentions: Vec<MentionRecord<'a>>,
    entities: Vec<EntityRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topics: Option<Vec<TopicRecord<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<Option<&'a [f32]>>,
    coverage: CoverageRecord,
    warnings: &'a [String],
    tagger: StampRecord<'a>,
}

#[derive(Serialize)]
struct StampRecord<'a> {
    version: &'a str,
    model: &'a str,
    recipe: &'a str,
}

#[derive(Serialize)]
struct MentionRecord<'a> {
    start: usize,
    end: usize,
    #[serde(flatten)]
    more: Option<MoreOffsets>,
    label: &'a str,
    text: &'a str,
    score: f64,
    field: &'a str,
    zone: &'static str,
    sentence: usize,
    entity: usize,
}

#[derive(Serialize)]
struct MoreOffsets {
    start_byte: usize,
    end_byte: usize,
    start_utf16: usize,
    end_utf16: usize,
}

#[derive(Serialize)]
struct EntityRecord<'a> {
    id: usize,
    label: &'a str,
    name: &'a str,
    aliases: Vec<&'a str>,
    mentions: &'a [usize],
    salience: f64,
}

#[derive(Serialize)]
struct TopicRecord<'a> {
    code: &'a str,
    label: &'a str,
    score: f64,
}

#[derive(Serialize)]
struct CoverageRecord {
    chars: usize,
    read: usize,
    windows: usize,
}

#[derive(Serialize)]
struct ErrorRecord<'a> {
    error: DeadLetter<'a>,
}

fn write_json(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("plain data has a JSON form, and a Vec takes every byte");
}

/// Four decimals: more would claim a precision that scores do not have.
fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    use crate::document::{Article, Coverage, Entity, Field, Origin, Stamp, Zone};
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
        };
        let zones = vec![(Zone::Headline, article.fields[0].span), (Zone::Body, article.fields[1].span)];
        let sentences = zones.iter().map(|zone| zone.1).collect();
        let tagged = TaggedArticle {
            mentions: vec![Mention { span: name, label, score: 0.99876, raw_score: 0.99876, sentence: 1 }],
            entities: vec![Entity { label, name, mentions: vec![0], salience: 1.0 }],
            topics,
            embedding,
            coverage: Coverage { chars: 10, read: 10, windows: 1 },
            document: Document { article, zones, sentences },
        };
        let tagger = Stamp { version: "1", model: "m".to_owned(), recipe: "r".to_owned() };
        let topics =
            ["one", "two"].map(|label| TopicName { code: format!("t:{label}"), label: label.to_owned() }).into();
        let format = RecordWriter { labels, topics, all_offsets, under: under.map(str::to_owned), tagger };
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
}
