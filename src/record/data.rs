//! The record as data: the same structs are written and read.
//!
//! Text is borrowed wherever the line holds it without an escape. Positions are as in the line:
//! code points of a field, and bytes and UTF-16 units of it where the record has them;
//! [`RecordMention::span_in`] makes bytes of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde::de::{Deserialize, Deserializer, Error as _, Expected, Unexpected};
use serde::{Deserialize as Derive, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::document::Coverage;
use crate::record::path::{FieldPath, TextValue};
use crate::span::{Offsets, Span};

/// A tagged article as its line says it: the article's own object, and what was found in it.
///
/// [`Record::parse`] makes one; [`Record::write`] gives its line again.
#[derive(Clone, PartialEq, Debug)]
pub struct Record<'l> {
    pub(super) input: Input<'l>,
    /// Whether it is written without what can be computed from the rest.
    pub(super) compact: bool,
    /// Names in the order of the text, field by field.
    pub mentions: Vec<RecordMention<'l>>,
    /// What the mentions name, in the order of the first mention.
    pub entities: Vec<RecordEntity<'l>>,
    /// Topics, the surest first, of which there may be none; `None` if none were looked for.
    pub topics: Option<Vec<RecordTopic<'l>>>,
    /// The embedding, a vector of length 1, if one was asked for; `Some(None)` where the model read
    /// nothing.
    pub embedding: Option<Option<Vec<f32>>>,
    /// How much of the text the model read.
    pub coverage: Coverage,
    /// What the reader of the record should know.
    pub warnings: Vec<Cow<'l, str>>,
    /// What made the record.
    pub tagger: RecordStamp<'l>,
}

/// The article's own part of a record.
#[derive(Clone, Debug)]
pub(super) struct Input<'l> {
    /// What stands between the braces of the article's object, in pieces where added keys stood in
    /// between.
    pub pieces: Vec<&'l str>,
    pub fields: Vec<RecordField<'l>>,
    /// The key that the added keys are under.
    pub under: Option<Cow<'l, str>>,
}

/// A key of the article's own object with its value.
#[derive(Clone, Debug)]
pub struct RecordField<'l> {
    /// The key.
    pub name: Cow<'l, str>,
    /// The value as it is written. It may be a number that no program can hold.
    pub json: &'l RawValue,
}

/// A name in one of the article's fields.
#[derive(Clone, PartialEq, Debug, Serialize, Derive)]
pub struct RecordMention<'l> {
    /// Code points of the field before it.
    pub start: usize,
    /// Code points of the field up to its end.
    pub end: usize,
    /// UTF-8 bytes of the field before it, in records that have all offsets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_byte: Option<usize>,
    /// UTF-8 bytes of the field up to its end, in records that have all offsets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_byte: Option<usize>,
    /// UTF-16 code units of the field before it, in records that have all offsets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_utf16: Option<usize>,
    /// UTF-16 code units of the field up to its end, in records that have all offsets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_utf16: Option<usize>,
    /// What kind of name, in the words of the model: `PER`.
    #[serde(borrow)]
    pub label: Cow<'l, str>,
    /// The text at its offsets.
    #[serde(borrow)]
    pub text: Cow<'l, str>,
    /// Probability, 0 to 1, that exactly this span has exactly this label.
    #[serde(deserialize_with = "exact")]
    pub score: f64,
    /// The field that it stands in.
    #[serde(borrow)]
    pub field: Cow<'l, str>,
    /// What the part of the article is for in which it stands: a
    /// [`Zone::name`](crate::document::Zone::name).
    #[serde(borrow)]
    pub zone: Cow<'l, str>,
    /// Where its bytes stand in the file that the article was read from, half-open, in records that
    /// say so; several stretches where markup stands in between.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<Vec<[u64; 2]>>,
    /// Number of its sentence among those of the whole article, from 0; not in compact records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<usize>,
    /// Its entity, as a position in [`Record::entities`].
    pub entity: usize,
    /// Why it is one with an earlier mention of its entity: a
    /// [`Reason::name`](crate::document::Reason::name). Not at the first mention, and not in
    /// compact records.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Cow<'l, str>>,
    /// Who says so, where it is not the model: `rule:ID`, or an analyst's name.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Cow<'l, str>>,
}

/// A person, place or thing, and where the article names it.
#[derive(Clone, PartialEq, Debug, Serialize, Derive)]
pub struct RecordEntity<'l> {
    /// Its position in [`Record::entities`].
    pub id: usize,
    /// The label of its mentions.
    #[serde(borrow)]
    pub label: Cow<'l, str>,
    /// The fullest form of the name.
    #[serde(borrow)]
    pub name: Cow<'l, str>,
    /// The other forms in the article, in the order of the text, each once.
    #[serde(borrow, default, deserialize_with = "texts")]
    pub aliases: Vec<Cow<'l, str>>,
    /// Its mentions, as positions in [`Record::mentions`], ascending.
    #[serde(default, deserialize_with = "at_least_one")]
    pub mentions: Vec<usize>,
    /// Its share of the article's attention, 0 to 1; 0 if it is named only in bylines and page
    /// furniture.
    #[serde(deserialize_with = "exact")]
    pub salience: f64,
    /// Which place of a gazetteer it is, if it is a place and that is known.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub link: Option<RecordLink<'l>>,
    /// The country (ISO 3166-1, two letters) whose adjective or people it is: of `Russian` RU.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Cow<'l, str>>,
}

/// What an entity is in a list of things.
#[derive(Clone, PartialEq, Debug, Serialize, Derive)]
pub struct RecordLink<'l> {
    /// Its name in that list: `geonames:658225`.
    #[serde(borrow)]
    pub id: Cow<'l, str>,
    /// Degrees north.
    #[serde(deserialize_with = "exact")]
    pub lat: f64,
    /// Degrees east.
    #[serde(deserialize_with = "exact")]
    pub lon: f64,
    /// The country that it lies in (ISO 3166-1, two letters); continents have none.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Cow<'l, str>>,
    /// Probability, 0 to 1, that it is this one.
    #[serde(deserialize_with = "exact")]
    pub score: f64,
    /// How many others have the name.
    pub others: usize,
}

/// A subject of an article.
#[derive(Clone, PartialEq, Debug, Serialize, Derive)]
pub struct RecordTopic<'l> {
    /// Its code in a vocabulary that outlives the model: `medtop:16000000`.
    #[serde(borrow)]
    pub code: Cow<'l, str>,
    /// In words: `conflict, war and peace`.
    #[serde(borrow)]
    pub label: Cow<'l, str>,
    /// Probability, 0 to 1, that the article is about it.
    #[serde(deserialize_with = "exact")]
    pub score: f64,
}

/// What made a record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Derive)]
pub struct RecordStamp<'l> {
    /// Version of the program.
    #[serde(borrow)]
    pub version: Cow<'l, str>,
    /// Name and digest of the model.
    #[serde(borrow)]
    pub model: Cow<'l, str>,
    /// A digest of every choice that changes what is found in a text.
    #[serde(borrow)]
    pub recipe: Cow<'l, str>,
}

/// What a record adds to its article's object, as it is written.
#[derive(Serialize)]
pub(super) struct Added<'r, 'l> {
    pub mentions: &'r [RecordMention<'l>],
    pub entities: AddedEntities<'r, 'l>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<&'r [RecordTopic<'l>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedding: Option<Option<&'r [f32]>>,
    pub coverage: Coverage,
    pub warnings: &'r [Cow<'l, str>],
    pub tagger: &'r RecordStamp<'l>,
}

/// Entities as they are written.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum AddedEntities<'r, 'l> {
    Full(&'r [RecordEntity<'l>]),
    Compact(Vec<CompactEntity<'r>>),
}

/// An entity without what its mentions say.
#[derive(Serialize)]
pub(super) struct CompactEntity<'r> {
    id: usize,
    label: &'r str,
    name: &'r str,
    salience: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'r RecordLink<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'r str>,
}

impl<'r, 'l> AddedEntities<'r, 'l> {
    pub fn new(entities: &'r [RecordEntity<'l>], compact: bool) -> Self {
        let shortened = |entity: &'r RecordEntity<'l>| CompactEntity {
            id: entity.id,
            label: &entity.label,
            name: &entity.name,
            salience: entity.salience,
            link: entity.link.as_ref(),
            country: entity.country.as_deref(),
        };
        if compact { Self::Compact(entities.iter().map(shortened).collect()) } else { Self::Full(entities) }
    }
}

impl<'l> Record<'l> {
    /// Gives the entities of a compact record what the mentions say of them.
    pub(super) fn expand(&mut self) {
        for (i, mention) in self.mentions.iter().enumerate() {
            if let Some(entity) = self.entities.get_mut(mention.entity) {
                entity.mentions.push(i);
            }
        }
        for entity in &mut self.entities {
            let mut known = HashSet::from([&entity.name]);
            let forms = entity.mentions.iter().map(|&mention| &self.mentions[mention].text);
            entity.aliases = forms.filter(|form| known.insert(form)).cloned().collect();
        }
    }

    /// The article's own keys and their values, in their order.
    pub fn fields(&self) -> &[RecordField<'l>] {
        &self.input.fields
    }

    /// The text in the article's field `name`, which may be a path (`article.body`,
    /// `/article/body`); none if there is no such field, or it holds something else. Of two fields
    /// with one name the first counts.
    pub fn text(&self, name: &str) -> Option<Cow<'l, str>> {
        let named = |name: &str| self.input.fields.iter().find(|field| field.name == name);
        if let Some(field) = named(name) {
            return field.text();
        }
        let path = FieldPath::new(name);
        let value = path.follow(named(path.head())?.json).ok()??;
        TextValue::of(value).into_text()
    }

    /// The text of each field that a mention stands in, by the field's name. A field without text
    /// is not there.
    pub fn texts(&self) -> BTreeMap<&str, Cow<'l, str>> {
        let mut texts = BTreeMap::new();
        for mention in &self.mentions {
            texts.entry(&*mention.field).or_insert_with(|| self.text(&mention.field));
        }
        texts.into_iter().filter_map(|(field, text)| Some((field, text?))).collect()
    }

    /// The article's own id: the string in its field `id` (`_id` of a search engine's hit), or the digits of the number there. None
    /// if there is no id, or the empty string.
    pub fn id(&self) -> Option<Cow<'l, str>> {
        let named = |name: &str| self.input.fields.iter().find(|field| field.name == name);
        // Hits of search engines have it elsewhere.
        let id = named("id").or_else(|| named("_source").and_then(|_| named("_id")))?;
        let is_number = |json: &str| json.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let id = if is_number(id.json.get()) { Cow::Borrowed(id.json.get()) } else { id.text()? };
        (!id.is_empty()).then_some(id)
    }

    /// What tells the record from others: its id, or where it has none, `sha256:` and the digest of
    /// the article's own object, in hexadecimal digits.
    pub fn key(&self) -> Cow<'l, str> {
        self.id().unwrap_or_else(|| {
            let digest = Sha256::digest(self.input_object());
            Cow::Owned(format!("sha256:{}", hex(&digest)))
        })
    }

    /// The article's own object, byte for byte as it was read, from brace to brace: the record
    /// without what it adds.
    pub fn input_object(&self) -> String {
        format!("{{{}}}", self.input.pieces.join(","))
    }

    /// Whether it leaves out what can be computed from the rest.
    pub fn is_compact(&self) -> bool {
        self.compact
    }

    /// The key that the added keys are under, if they are not beside the article's own.
    pub fn under(&self) -> Option<&str> {
        self.input.under.as_deref()
    }

    pub(super) fn added(&self) -> Added<'_, 'l> {
        Added {
            mentions: &self.mentions,
            entities: AddedEntities::new(&self.entities, self.compact),
            topics: self.topics.as_deref(),
            embedding: self.embedding.as_ref().map(Option::as_deref),
            coverage: self.coverage,
            warnings: &self.warnings,
            tagger: &self.tagger,
        }
    }
}

impl<'l> RecordField<'l> {
    /// The string that it holds; none if it holds something else, or half a surrogate pair.
    pub fn text(&self) -> Option<Cow<'l, str>> {
        serde_json::from_str::<Text>(self.json.get()).ok().map(|text| text.0)
    }
}

impl PartialEq for RecordField<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.json.get() == other.json.get()
    }
}

/// Two inputs are equal if their objects are.
impl PartialEq for Input<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.under == other.under && self.pieces.join(",") == other.pieces.join(",")
    }
}

impl RecordMention<'_> {
    /// Where it stands, in bytes of the text of its [`field`](Self::field), by its code points.
    /// None if it leaves the text or its end is before its start. `field` is counted once for all
    /// its mentions, so that all of them together take time in proportion to the length of the text
    /// and their number.
    pub fn span_in(&self, field: &Offsets<'_>) -> Option<Span> {
        let (start, end) = (field.of_char(self.start)?, field.of_char(self.end)?);
        Span::new(field.text(), start.byte, end.byte)
    }
}

/// A string, borrowed if nothing in it is escaped.
#[derive(Derive)]
#[serde(transparent)]
pub(super) struct Text<'l>(#[serde(borrow)] pub Cow<'l, str>);

/// A list of strings, each borrowed if nothing in it is escaped.
pub(super) fn texts<'l, D: Deserializer<'l>>(deserializer: D) -> Result<Vec<Cow<'l, str>>, D::Error> {
    Ok(Vec::<Text<'l>>::deserialize(deserializer)?.into_iter().map(|text| text.0).collect())
}

/// Where an entity has its mentions there is one; only compact records leave them out.
fn at_least_one<'l, D: Deserializer<'l>>(deserializer: D) -> Result<Vec<usize>, D::Error> {
    let mentions = Vec::deserialize(deserializer)?;
    let wanted: &dyn Expected = &"a list with a mention";
    if mentions.is_empty() {
        Err(D::Error::invalid_type(Unexpected::Other("an empty list"), wanted))
    } else {
        Ok(mentions)
    }
}

/// The number nearest to the digits that stand there, so that it is written as it was read:
/// serde_json's own is sometimes the next one.
fn exact<'l, D: Deserializer<'l>>(deserializer: D) -> Result<f64, D::Error> {
    number(<&RawValue>::deserialize(deserializer)?.get()).map_err(D::Error::custom)
}

/// A JSON number as an `f32` or `f64`.
pub(super) fn number<T: std::str::FromStr + Into<f64> + Copy>(json: &str) -> Result<T, String> {
    let number = json.parse::<T>().ok().filter(|&number| number.into().is_finite());
    number.ok_or_else(|| serde_json::Error::invalid_type(Unexpected::Other(json), &"a number").to_string())
}
