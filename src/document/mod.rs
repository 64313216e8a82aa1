//! What flows through the pipeline: data only, no behaviour beyond looking itself up.
//!
//! An [`Article`] is what a corpus gave us; a [`Document`] is the same text cut into zones and sentences; a
//! [`TaggedArticle`] is the document with what was found in it. All positions are [`Span`]s of [`Article::text`].

pub mod code;

use serde::{Deserialize, Serialize};

use crate::label::Label;
use crate::span::Span;

/// One article as received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Article {
    /// The article's own id, or one derived from its source and position.
    pub id: String,
    /// Where it came from.
    pub origin: Origin,
    /// All text to be read: the fields' values, one after another, with a blank line between two.
    pub text: String,
    /// Where each field's value stands in `text`, in order; at least one.
    pub fields: Vec<Field>,
    /// How the article was written where it came from.
    pub form: Form,
    /// Remarks on how it was read, for the record's `warnings`.
    pub warnings: Vec<String>,
}

/// Where an article stands in its corpus.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The file as the user would name it, `-` for standard input.
    pub source: String,
    /// Number of the record in its source, counted from 0.
    pub record: u64,
    /// Line on which it starts, counted from 1.
    pub line: u64,
    /// First byte, after decompression and decoding.
    pub byte_offset: u64,
    /// Bytes from there on.
    pub byte_len: u64,
    /// Number of the record in the whole corpus, counted from 0.
    pub item: u64,
}

/// A named text of an article.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// The name in the input (`title`), and in the record.
    pub name: String,
    /// Its value in [`Article::text`].
    pub span: Span,
    /// Whether it holds a headline rather than a body.
    pub headline: bool,
}

/// The written form of an article in its source, which its record gives back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Form {
    /// A file of plain text: the record is a new object with `id`, `source` and `text`.
    Text,
    /// A JSON object on one line, from its brace to its brace: the record repeats these bytes.
    Object(String),
}

/// An article cut into zones and sentences.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// The article.
    pub article: Article,
    /// Parts of the text by their function, in order, never overlapping, covering all text but white space.
    pub zones: Vec<(Zone, Span)>,
    /// Sentences in order, without surrounding white space; none crosses a field or a zone.
    pub sentences: Vec<Span>,
}

/// What a part of an article is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Zone {
    /// The title.
    Headline,
    /// Who wrote it.
    Byline,
    /// Where and when it was written, at the head of the body: `PARIS, May 3 (Reuters) -`.
    Dateline,
    /// The words under a picture.
    Caption,
    /// The story.
    Body,
    /// Page furniture: author boxes, newsletter pleas, "About the company".
    Boilerplate,
}

impl Zone {
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            Self::Byline => "byline",
            Self::Dateline => "dateline",
            Self::Caption => "caption",
            Self::Body => "body",
            Self::Boilerplate => "boilerplate",
        }
    }
}

/// A name found in a text. Its surface is the text under its span.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Mention {
    /// Where.
    pub span: Span,
    /// What kind of name.
    pub label: Label,
    /// Probability, 0 to 1, that exactly this span has exactly this label.
    pub score: f32,
    /// The same as the model says it, before the recipe's calibration.
    pub raw_score: f32,
    /// Index of the sentence it stands in.
    pub sentence: usize,
}

/// The mentions of a document that name one person, place or thing.
#[derive(Clone, PartialEq, Debug)]
pub struct Entity {
    /// Their label.
    pub label: Label,
    /// The fullest form of the name, as it stands at this span.
    pub name: Span,
    /// Indices into the document's mentions, ascending; at least one.
    pub mentions: Vec<usize>,
    /// Share of the document's attention, 0 to 1; 0 if it is named only in bylines and page furniture.
    pub salience: f32,
}

/// A subject that a model knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicName {
    /// Its code in a vocabulary that outlives the model: `medtop:16000000`.
    pub code: String,
    /// In words: `conflict, war and peace`.
    pub label: String,
}

/// A subject of an article.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Topic {
    /// Which one: its position among the model's topics.
    pub topic: usize,
    /// Probability, 0 to 1, that the article is about it.
    pub score: f32,
}

/// How much of the text the model has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Coverage {
    /// Code points in all fields.
    pub chars: usize,
    /// Of these, code points that stood in a window.
    pub read: usize,
    /// Windows the model read.
    pub windows: usize,
}

/// A document with what was found in it.
#[derive(Clone, PartialEq, Debug)]
pub struct TaggedArticle {
    /// The document.
    pub document: Document,
    /// Mentions in order of their start, never overlapping.
    pub mentions: Vec<Mention>,
    /// Entities in order of their first mention.
    pub entities: Vec<Entity>,
    /// Its topics, the surest first, of which there may be none; `None` if no topics were looked for.
    pub topics: Option<Vec<Topic>>,
    /// A vector of length 1 that is near those of articles on like matters, if one was asked for; without any components if
    /// the model read nothing.
    pub embedding: Option<Vec<f32>>,
    /// What was read.
    pub coverage: Coverage,
}

/// What made a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// Of this program.
    pub version: &'static str,
    /// [`crate::model::Model::id`].
    pub model: String,
    /// A digest of every choice that changes what is found in a text.
    pub recipe: String,
}

/// An article that could not be tagged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Where it stands.
    pub origin: Origin,
    /// Stable name of the reason: `invalid_json`.
    pub code: &'static str,
    /// What was found and what was wanted, with line and column where they help.
    pub message: String,
    /// What the article is called if it says nothing else: derived from its place.
    pub id: String,
    /// The input as received, so that nothing is lost.
    pub raw: Raw,
}

/// A record as received, or as near to it as matters for reading it again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raw {
    /// Its bytes; only the first ones of a record that is longer than the limit.
    pub bytes: Vec<u8>,
    /// If these are only the first ones: the SHA-256 of all.
    pub digest_of_all: Option<[u8; 32]>,
    /// How it is written.
    pub syntax: Syntax,
}

/// How a record is written.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Syntax {
    /// JSON, or meant to be.
    #[default]
    Json,
    /// Plain text.
    Text,
    /// A row of a table.
    Row {
        /// What stands between two cells.
        separator: char,
        /// The row that names the columns.
        header: String,
    },
}

/// What became of an article: every article in is one outcome out.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// It was tagged.
    Tagged(Box<TaggedArticle>),
    /// It was not, and this is why.
    Failed(Box<Failure>),
}

impl Article {
    /// An article of plain text that did not come from a file.
    pub fn plain(id: impl Into<String>, text: impl Into<String>) -> Self {
        let (id, text) = (id.into(), text.into());
        let fields = vec![Field { name: "text".to_owned(), span: Span::whole(&text), headline: false }];
        let origin = Origin { source: id.clone(), ..Origin::default() };
        Self { id, origin, text, fields, form: Form::Text, warnings: Vec::new() }
    }

    /// The failure of this article for the reason `code`.
    pub fn failed(self, code: &'static str, message: String) -> Failure {
        let (bytes, syntax) = match self.form {
            Form::Text => (self.text.into_bytes(), Syntax::Text),
            Form::Object(object) => (object.into_bytes(), Syntax::Json),
        };
        Failure { origin: self.origin, code, message, id: self.id, raw: Raw { bytes, digest_of_all: None, syntax } }
    }
}

impl Document {
    /// The text that all spans refer to.
    pub fn text(&self) -> &str {
        &self.article.text
    }

    /// The zone that `span` starts in; [`Zone::Body`] where none was marked.
    pub fn zone(&self, span: Span) -> Zone {
        let after = self.zones.partition_point(|(_, zone)| zone.start() <= span.start());
        match after.checked_sub(1).map(|i| self.zones[i]) {
            Some((zone, of)) if of.end() > span.start() => zone,
            _ => Zone::Body,
        }
    }

    /// The sentence that `span` starts in, if any.
    pub fn sentence(&self, span: Span) -> Option<usize> {
        let after = self.sentences.partition_point(|sentence| sentence.start() <= span.start());
        after.checked_sub(1).filter(|&i| self.sentences[i].end() > span.start())
    }

    /// The field that `span` starts in; the first one if it stands between two.
    pub fn field(&self, span: Span) -> &Field {
        let after = self.article.fields.partition_point(|field| field.span.start() <= span.start());
        &self.article.fields[after.saturating_sub(1)]
    }
}
