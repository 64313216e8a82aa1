//! A document, and what was found in it.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::document::article::{Article, Field, Given};
use crate::document::failure::Failure;
use crate::document::zone::Zone;
use crate::label::Label;
use crate::span::Span;

/// An article cut into zones and sentences.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// The article.
    pub article: Article,
    /// Parts of the text by their function, in order, never overlapping, covering all text but
    /// white space.
    pub zones: Vec<(Zone, Span)>,
    /// Sentences in order, without surrounding white space; none crosses a field or a zone.
    pub sentences: Vec<Span>,
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
    /// The rule that gave it, as a position among those of the run; none if the model did.
    pub rule: Option<u32>,
}

impl Mention {
    /// Its score as a record has it: four decimals, since more would claim a precision that scores
    /// do not have.
    pub fn written_score(&self) -> f64 {
        (f64::from(self.score) * 1e4).round() / 1e4
    }
}

/// The mentions of a document that name one person, place or thing.
#[derive(Clone, PartialEq, Debug)]
pub struct Entity {
    /// Their label; of several the one that the model is surest of.
    pub label: Label,
    /// The fullest form of the name, as it stands at this span.
    pub name: Span,
    /// What it is called instead, where a rule says so.
    pub called: Option<Arc<str>>,
    /// Indices into the document's mentions, ascending; at least one.
    pub mentions: Vec<usize>,
    /// Of each of them, why it is one with those before it; `None` for the first.
    pub because: Vec<Option<Reason>>,
    /// Share of the document's attention, 0 to 1; 0 if it is named only in bylines and page
    /// furniture.
    pub salience: f32,
}

/// Why a mention names the same as an earlier one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// Their words are the same, but for titles, legal forms, possessives, case and accents.
    SameWords,
    /// One is a fuller form of the other: `George Bush`, `George W. Bush`.
    FullName,
    /// The surname of one bearer, or of the one who is meant.
    Surname,
    /// The surname of several, of whom one has that title or sex: `Mrs. Penn`.
    Title,
    /// A given name or its short form, which only one person has.
    GivenName,
    /// Letters of the name, or what stands in brackets beside it.
    Acronym,
    /// Words of a longer name.
    ShortForm,
    /// Another spelling of a long and rare word: `Gaddafi`, `Qaddafi`.
    Spelling,
    /// Another name, as the text or a list of names says: `Novonor, formerly Odebrecht`.
    Alias,
    /// A rule of the user's, or an analyst, says so.
    Rule,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::SameWords,
        Self::FullName,
        Self::Surname,
        Self::Title,
        Self::GivenName,
        Self::Acronym,
        Self::ShortForm,
        Self::Spelling,
        Self::Alias,
        Self::Rule,
    ];

    /// Its name in records: `same_words`. The names are stable.
    pub fn name(self) -> &'static str {
        match self {
            Self::SameWords => "same_words",
            Self::FullName => "full_name",
            Self::Surname => "surname",
            Self::Title => "title",
            Self::GivenName => "given_name",
            Self::Acronym => "acronym",
            Self::ShortForm => "short_form",
            Self::Spelling => "spelling",
            Self::Alias => "alias",
            Self::Rule => "rule",
        }
    }

    /// The reason called `name`; none if this version has no such reason.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
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

/// How much of the text the model has seen. Records hold it as it stands here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
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
    /// Its topics, the surest first, of which there may be none; `None` if no topics were looked
    /// for.
    pub topics: Option<Vec<Topic>>,
    /// A vector of length 1 that is near those of articles on like matters, if one was asked for;
    /// without any components if the model read nothing.
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

/// What became of an article: every article in is one outcome out.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// It was tagged.
    Tagged(Box<TaggedArticle>),
    /// It was not, and this is why.
    Failed(Box<Failure>),
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

impl TaggedArticle {
    /// The same, told in positions of the text that was given, if what was read is a part of that.
    #[must_use]
    pub fn told_in_given(mut self) -> Self {
        let article = &mut self.document.article;
        let Some(given) = article.given.take() else { return self };
        let Given { text, fields, runs } = *given;
        article.text = text;
        article.fields.iter_mut().zip(fields).for_each(|(field, span)| field.span = span);
        article.claims.clear();
        let text = &article.text;
        let mut at = Span::new(text, 0, 0).expect("an empty stretch at the start");
        // What comes from nowhere, as a blank line between two blocks, is where the last thing was.
        let mut place = |span: &mut Span| {
            at = runs.hull_in(*span, text).unwrap_or(at);
            *span = at;
        };
        self.document.zones.iter_mut().for_each(|(_, span)| place(span));
        self.document.sentences.iter_mut().for_each(&mut place);
        self.mentions.iter_mut().for_each(|mention| place(&mut mention.span));
        self.entities.iter_mut().for_each(|entity| place(&mut entity.name));
        self
    }

    /// Of each mention, by its index: the index of its entity.
    pub fn entity_of(&self) -> Vec<usize> {
        let mut entity_of = vec![0; self.mentions.len()];
        for (id, entity) in self.entities.iter().enumerate() {
            entity.mentions.iter().for_each(|&mention| entity_of[mention] = id);
        }
        entity_of
    }

    /// What `entity` is called.
    pub fn name<'t>(&'t self, entity: &'t Entity) -> &'t str {
        entity.called.as_deref().unwrap_or_else(|| entity.name.of(self.document.text()))
    }

    /// The other forms under which `entity` is named, in the order of the text, each once.
    pub fn aliases<'t>(&'t self, entity: &'t Entity) -> Vec<&'t str> {
        let text = self.document.text();
        let name = self.name(entity);
        let mut known = HashSet::from([name]);
        let surfaces = entity.mentions.iter().map(|&mention| self.mentions[mention].span.of(text));
        surfaces.filter(|surface| known.insert(surface)).collect()
    }
}
