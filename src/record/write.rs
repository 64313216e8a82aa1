//! Outcomes → lines.

use std::borrow::Cow;

use serde::Serialize;

use crate::document::{Document, Form, Mention, Outcome, Reason, Stamp, TaggedArticle, Topic, TopicName};
use crate::label::LabelSet;
use crate::record::KEYS;
use crate::record::data::{Added, AddedEntities, Record, RecordEntity, RecordMention, RecordStamp, RecordTopic};
use crate::record::dead::DeadLetter;
use crate::record::json::write_json;
use crate::span::{Offsets, Position};

/// How records are written.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordWriter {
    /// The labels of the model that the outcomes come from.
    pub(crate) labels: LabelSet,
    /// The topics of that model, in the order of its topic head.
    pub(crate) topics: Vec<TopicName>,
    /// Also give offsets in bytes and in UTF-16 units.
    pub(crate) all_offsets: bool,
    /// Leave out what can be computed from the rest.
    pub(crate) compact: bool,
    /// Put the added keys into an object under this key.
    pub(crate) under: Option<String>,
    /// What made the records.
    pub(crate) tagger: Stamp,
    /// `rule:ID` of each rule of the run, in their order.
    pub(crate) by_rule: Vec<String>,
}

impl RecordWriter {
    /// The same, which also gives offsets in bytes and in UTF-16 units, or does not.
    pub fn all_offsets(self, all_offsets: bool) -> Self {
        Self { all_offsets, ..self }
    }

    /// The same, which leaves out what can be computed from the rest, or does not: the mentions'
    /// sentences and reasons, and the entities' aliases and lists of mentions. [`Record::parse`] gives the
    /// latter two again.
    pub fn compact(self, compact: bool) -> Self {
        Self { compact, ..self }
    }

    /// The same, which puts the added keys into an object under `key`; beside the article's own for
    /// `None`.
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

    /// The keys that records add at the top level (those of [`KEYS`] that there will be, or the one
    /// that they are put under); an article that already has one of them cannot be written.
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
        let stamp = RecordStamp {
            version: self.tagger.version.into(),
            model: (&self.tagger.model).into(),
            recipe: (&self.tagger.recipe).into(),
        };
        let topics = tagged.topics.as_deref();
        let topics: Option<Vec<RecordTopic<'_>>> =
            topics.map(|topics| topics.iter().map(|topic| self.topic(*topic)).collect());
        let warnings: Vec<Cow<'_, str>> = article.warnings.iter().map(Cow::from).collect();
        let entities = self.entities(tagged);
        let added = Added {
            mentions: &self.mentions(tagged),
            entities: AddedEntities::new(&entities, self.compact),
            topics: topics.as_deref(),
            // Search indexes take null for a document without a vector, but no vector without
            // components.
            embedding: tagged.embedding.as_deref().map(|vector| Some(vector).filter(|vector| !vector.is_empty())),
            coverage: tagged.coverage,
            warnings: &warnings,
            tagger: &stamp,
        };
        append(&added, self.under.as_deref(), out);
    }

    pub(super) fn mentions<'a>(&'a self, tagged: &'a TaggedArticle) -> Vec<RecordMention<'a>> {
        let document = &tagged.document;
        let offsets = Offsets::new(document.text());
        let mut because: Vec<Option<Reason>> = vec![None; tagged.mentions.len()];
        for entity in tagged.entities.iter().filter(|_| !self.compact) {
            for (&mention, &reason) in entity.mentions.iter().zip(&entity.because) {
                because[mention] = reason;
            }
        }
        let mentions = tagged.mentions.iter().zip(tagged.entity_of()).zip(because);
        let mention = |((mention, entity), because): ((&Mention, usize), Option<Reason>)| RecordMention {
            because: because.map(|reason| reason.name().into()),
            ..self.mention(document, &offsets, mention, entity)
        };
        mentions.map(mention).collect()
    }

    pub(super) fn entities<'a>(&'a self, tagged: &'a TaggedArticle) -> Vec<RecordEntity<'a>> {
        let entities = tagged.entities.iter().enumerate().map(|(id, entity)| RecordEntity {
            id,
            label: self.labels.name(entity.label).into(),
            name: tagged.name(entity).into(),
            aliases: tagged.aliases(entity).into_iter().map(Cow::from).collect(),
            mentions: entity.mentions.clone(),
            salience: rounded(entity.salience),
            link: None,
            country: None,
        });
        entities.collect()
    }

    fn topic(&self, topic: Topic) -> RecordTopic<'_> {
        let TopicName { code, label } = &self.topics[topic.topic];
        RecordTopic { code: code.into(), label: label.into(), score: rounded(topic.score) }
    }

    fn mention<'a>(
        &'a self,
        document: &'a Document,
        offsets: &Offsets<'_>,
        mention: &Mention,
        entity: usize,
    ) -> RecordMention<'a> {
        let field = document.field(mention.span);
        let origin = offsets.position(field.span.start());
        let within = |byte: usize| {
            let at = offsets.position(byte);
            Position { byte: at.byte - origin.byte, char: at.char - origin.char, utf16: at.utf16 - origin.utf16 }
        };
        let (start, end) = (within(mention.span.start()), within(mention.span.end()));
        let also = |offset: usize| self.all_offsets.then_some(offset);
        RecordMention {
            start: start.char,
            end: end.char,
            start_byte: also(start.byte),
            end_byte: also(end.byte),
            start_utf16: also(start.utf16),
            end_utf16: also(end.utf16),
            label: self.labels.name(mention.label).into(),
            text: mention.span.of(document.text()).into(),
            score: mention.written_score(),
            field: (&field.name).into(),
            zone: document.zone(mention.span).name().into(),
            source: document.article.places.as_ref().map(|places| {
                let ranges = places.source(mention.span).into_iter();
                ranges.map(|range| [range.start as u64, range.end as u64]).collect()
            }),
            sentence: (!self.compact).then_some(mention.sentence),
            entity,
            because: None,
            by: mention.rule.map(|rule| self.by_rule[rule as usize].as_str().into()),
        }
    }
}

impl Record<'_> {
    /// Appends the record to `out`, one line with its line feed: the article's own object byte for
    /// byte, and what is found in it as it is now. A record that was read and not changed gives the
    /// bytes of its line, if those are a [`RecordWriter`]'s.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.input_object().as_bytes());
        append(&self.added(), self.under(), out);
        out.push(b'\n');
    }
}

/// Puts `added` into the object at the end of `out`.
fn append(added: &Added<'_, '_>, under: Option<&str>, out: &mut Vec<u8>) {
    // Everything up to the closing brace stays as it is.
    out.pop();
    let is_empty = out.iter().rev().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if !is_empty {
        out.push(b',');
    }
    if let Some(key) = under {
        write_json(key, out);
        out.extend_from_slice(b":{");
    }
    let start = out.len();
    write_json(added, out);
    // The brace at its head is not wanted: its keys follow in the article's object.
    out.remove(start);
    if under.is_some() {
        out.push(b'}');
    }
}

#[derive(Serialize)]
struct TextRecord<'a> {
    id: &'a str,
    source: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct ErrorRecord<'a> {
    error: DeadLetter<'a>,
}

/// Four decimals: more would claim a precision that scores do not have.
fn rounded(score: f32) -> f64 {
    (f64::from(score) * 1e4).round() / 1e4
}
