//! A line → the record in it.
//!
//! What the record says of the article is checked for its form alone: that every key is there and
//! holds what it should. Whether offsets and entities agree is for [`verify`](crate::outputs) to
//! say.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::error::UserError;
use crate::record::data::{Input, Record, RecordEntity, RecordField, Text, number, texts};
use crate::record::dead::{self, DeadLetter};

/// What a line of an output holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Line<'l> {
    /// A tagged article.
    Record(Box<Record<'l>>),
    /// An article that could not be tagged: a line of a file of dead letters, or `{"error":{…}}`
    /// among records.
    Dead(Box<DeadLetter<'l>>),
    /// Nothing, which answers an empty line of the input.
    Blank,
}

/// Why a line is not a record. The caller knows the file and the line.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum RecordError {
    /// It is not JSON, or not an object.
    #[error("found {found} at column {column}, wanted a JSON object on one line")]
    NotObject {
        /// What the JSON reader complains of.
        found: String,
        /// Bytes from the start of the line, counted from 1.
        column: usize,
    },
    /// It is an object without the keys that a record adds.
    #[error("found {found}, wanted a record, which has {wanted}")]
    NotTagged {
        /// Which keys it has.
        found: String,
        /// Which ones it lacks.
        wanted: String,
    },
    /// It is a dead letter, or nothing.
    #[error("found {found}, wanted a tagged article")]
    NotARecord {
        /// Which of the two.
        found: String,
    },
    /// A key holds something else than it should.
    #[error("{at}: found {found}, wanted {wanted}")]
    Value {
        /// The key, and in a list the position: `mentions[3].start`.
        at: String,
        /// What stands there.
        found: String,
        /// What should.
        wanted: String,
    },
}

impl UserError for RecordError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotTagged { .. } => {
                "records are what dateline tag writes; --under KEY names the key that their added keys are under"
            }
            Self::NotObject { .. } => "records are what dateline tag writes, one on each line",
            Self::NotARecord { .. } | Self::Value { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// Keys that every record adds.
const ALWAYS: [&str; 5] = ["mentions", "entities", "coverage", "warnings", "tagger"];

/// What JSON calls white space.
const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

impl<'l> Line<'l> {
    /// Reads a line, with or without its end. The keys that a record adds are under the key `under`
    /// if there is one, and beside the article's own if not.
    ///
    /// # Errors
    /// A [`RecordError`] says which key is not as in a record of version 1. Keys that are not known
    /// are no error: those beside the article's own are the article's, others are passed over.
    pub fn parse(line: &'l str, under: Option<&str>) -> Result<Self, RecordError> {
        let object = line.trim_matches(WHITE);
        if object.is_empty() {
            return Ok(Self::Blank);
        }
        let members = members(object).map_err(|error| {
            let (found, _) = complaint(&error);
            RecordError::NotObject { found, column: error.column() }
        })?;
        match Parts::of(&members, under)? {
            Some(parts) => Ok(Self::Record(Box::new(parts.read(object, &members)?))),
            None => match dead::read(object) {
                Some(letter) => Ok(Self::Dead(Box::new(letter))),
                None => Err(not_tagged(&members, under)),
            },
        }
    }
}

impl<'l> Record<'l> {
    /// Reads a line that holds a record: see [`Line::parse`], which also tells dead letters and
    /// blank lines.
    ///
    /// ```
    /// use dateline::Record;
    ///
    /// let line = r#"{"id":7,"text":"In Oslo.","mentions":[{"start":3,"end":7,"label":"LOC","text":"Oslo","score":0.99,
    ///     "field":"text","zone":"body","sentence":0,"entity":0}],"entities":[{"id":0,"label":"LOC","name":"Oslo","aliases":[],
    ///     "mentions":[0],"salience":1.0}],"coverage":{"chars":8,"read":8,"windows":1},"warnings":[],
    ///     "tagger":{"version":"0.1.0","model":"m","recipe":"r"}}"#;
    /// let record = Record::parse(line, None)?;
    /// assert_eq!((record.id().as_deref(), record.text("text").as_deref()), (Some("7"), Some("In Oslo.")));
    /// assert_eq!((&*record.mentions[0].text, &*record.entities[0].name), ("Oslo", "Oslo"));
    /// # Ok::<(), dateline::record::RecordError>(())
    /// ```
    ///
    /// # Errors
    /// A [`RecordError`] says what stands there instead.
    pub fn parse(line: &'l str, under: Option<&str>) -> Result<Self, RecordError> {
        match Line::parse(line, under)? {
            Line::Record(record) => Ok(*record),
            Line::Dead(letter) => Err(RecordError::NotARecord { found: format!("a dead letter ({})", letter.code) }),
            Line::Blank => Err(RecordError::NotARecord { found: "an empty line".to_owned() }),
        }
    }
}

/// A key of an object, and its value as it is written.
pub(crate) type Member<'l> = (Cow<'l, str>, &'l RawValue);

/// The members of the object in `json`, in their order.
pub(crate) fn members(json: &str) -> serde_json::Result<Vec<Member<'_>>> {
    serde_json::from_str::<Object<'_>>(json).map(|object| object.0)
}

/// The keys of `members` for a message, the first ten of them.
pub(crate) fn keys(members: &[Member<'_>]) -> String {
    const SHOWN: usize = 10;
    let mut keys: Vec<String> = members.iter().take(SHOWN).map(|(key, _)| format!("{key:?}")).collect();
    if members.len() > SHOWN {
        keys.push("…".to_owned());
    }
    if keys.is_empty() { "no keys".to_owned() } else { format!("only the keys {}", keys.join(", ")) }
}

/// Which members are the record's and not the article's.
struct Parts<'m, 'l> {
    /// Values of [`ALWAYS`].
    always: [&'l RawValue; 5],
    topics: Option<&'l RawValue>,
    embedding: Option<&'l RawValue>,
    /// The key they are under.
    under: Option<&'m Cow<'l, str>>,
    /// Of the line's members: whether it is not the article's.
    ours: Vec<bool>,
}

impl<'m, 'l> Parts<'m, 'l> {
    /// Tells them apart; `None` if this is no record.
    fn of(members: &'m [Member<'l>], under: Option<&str>) -> Result<Option<Self>, RecordError> {
        let mut ours = vec![false; members.len()];
        let Some(key) = under else {
            let Some(places) = places(members)? else { return Ok(None) };
            let at = |place: usize| members[place].1;
            // As they are written they follow one another, and `topics` before them is the
            // article's own, as where a model without topics tagged it. In another order, as when a
            // program has sorted the keys, the value has to tell.
            let (first, last) = (places[0], places[4]);
            let is_in_order = places.is_sorted();
            let optional = |key: &str, fits: fn(&RawValue) -> bool| {
                let is_it = |place: &usize| {
                    let (other, value) = &members[*place];
                    other == key && if is_in_order { (first..last).contains(place) } else { fits(value) }
                };
                (0..members.len()).find(is_it)
            };
            let topics = optional("topics", |value| value.get() == "[]" || list::<AnyTopic>(value, "topics").is_ok());
            let embedding = optional("embedding", |value| vector(value).is_ok());
            places.into_iter().chain(topics).chain(embedding).for_each(|place| ours[place] = true);
            let (topics, embedding) = (topics.map(at), embedding.map(at));
            return Ok(Some(Self { always: places.map(at), topics, embedding, under: None, ours }));
        };
        let mut found = members.iter().enumerate().filter(|(_, (other, _))| other == key);
        let Some((place, (name, value))) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(twice(key));
        }
        ours[place] = true;
        let Ok(inner) = self::members(value.get()) else { return Ok(None) };
        let Some(places) = places(&inner)? else { return Ok(None) };
        let optional = |key: &str| inner.iter().find(|(other, _)| other == key).map(|member| member.1);
        let always = places.map(|place| inner[place].1);
        let (topics, embedding) = (optional("topics"), optional("embedding"));
        Ok(Some(Self { always, topics, embedding, under: Some(name), ours }))
    }

    fn read(self, object: &'l str, members: &[Member<'l>]) -> Result<Record<'l>, RecordError> {
        let [mentions, entities, coverage, warnings, tagger] = self.always;
        let fields = members.iter().zip(&self.ours).filter(|(_, ours)| !**ours);
        let fields = fields.map(|((name, json), _)| RecordField { name: name.clone(), json }).collect();
        let entities: Vec<RecordEntity<'_>> = list(entities, "entities")?;
        // A compact record leaves the mentions out of all entities.
        let is_bare = |entity: &RecordEntity<'_>| entity.mentions.is_empty();
        let compact = entities.first().is_some_and(is_bare);
        if let Some(i) = entities.iter().position(|entity| is_bare(entity) != compact) {
            let words = ["no key \"mentions\"", "the key \"mentions\""];
            let (found, wanted) = if compact { (words[1], words[0]) } else { (words[0], words[1]) };
            let (found, wanted) = (found.to_owned(), format!("{wanted}, as in the first"));
            return Err(RecordError::Value { at: format!("entities[{i}]"), found, wanted });
        }
        let mut record = Record {
            mentions: list(mentions, "mentions")?,
            entities,
            compact,
            topics: self.topics.map(|topics| list(topics, "topics")).transpose()?,
            embedding: self.embedding.map(vector).transpose()?,
            coverage: value(coverage, "coverage")?,
            warnings: texts(&mut serde_json::Deserializer::from_str(warnings.get()))
                .map_err(|error| explain(warnings.get(), &error, "warnings".to_owned()))?,
            tagger: value(tagger, "tagger")?,
            input: Input { pieces: pieces(object, members, &self.ours), fields, under: self.under.cloned() },
        };
        if compact {
            record.expand();
        }
        Ok(record)
    }
}

/// Where each of [`ALWAYS`] stands among `members`; `None` if one is not there.
fn places(members: &[Member<'_>]) -> Result<Option<[usize; 5]>, RecordError> {
    let mut places = [None; 5];
    for (place, (key, _)) in members.iter().enumerate() {
        if let Some(which) = ALWAYS.iter().position(|always| key == always)
            && places[which].replace(place).is_some()
        {
            return Err(twice(key));
        }
    }
    let [Some(a), Some(b), Some(c), Some(d), Some(e)] = places else { return Ok(None) };
    Ok(Some([a, b, c, d, e]))
}

/// What stands between the braces of `object`, without the members that are `ours` and one comma
/// with each of them.
fn pieces<'l>(object: &'l str, members: &[Member<'l>], ours: &[bool]) -> Vec<&'l str> {
    // The white space around a member is its own: a member ends at the comma or brace behind it.
    let mut ends = members.iter().map(|(_, value)| {
        let after = value.get().as_ptr().addr() - object.as_ptr().addr() + value.get().len();
        after + object[after..].find([',', '}']).expect("one of them follows every value")
    });
    let mut pieces: Vec<&str> = Vec::new();
    let mut start = 1;
    // Where the piece at hand began, if the member before belongs to it.
    let mut begun = None;
    for ours in ours {
        let end = ends.next().expect("each member has an end");
        if *ours {
            begun = None;
        } else {
            let from = *begun.get_or_insert_with(|| {
                pieces.push("");
                start
            });
            *pieces.last_mut().expect("one was just begun") = &object[from..end];
        }
        start = end + 1;
    }
    if pieces.is_empty() {
        // `{ "mentions":…` was `{ }`.
        let inside = &object[1..];
        pieces.push(&inside[..inside.len() - inside.trim_start_matches(WHITE).len()]);
    }
    pieces
}

fn twice(key: &str) -> RecordError {
    RecordError::Value { at: key.to_owned(), found: "the key twice".to_owned(), wanted: "it once".to_owned() }
}

fn not_tagged(members: &[Member<'_>], under: Option<&str>) -> RecordError {
    let missing = |members: &[Member<'_>]| {
        let lacks = |key: &&&str| !members.iter().any(|(other, _)| other == **key);
        let missing: Vec<String> = ALWAYS.iter().filter(lacks).map(|key| format!("{key:?}")).collect();
        missing.join(", ")
    };
    let Some(key) = under else { return RecordError::NotTagged { found: keys(members), wanted: missing(members) } };
    let inner = members.iter().find(|(other, _)| other == key).map(|member| self::members(member.1.get()));
    match inner {
        None => RecordError::NotTagged { found: keys(members), wanted: format!("{key:?}") },
        Some(Err(_)) => RecordError::Value {
            at: key.to_owned(),
            found: "something else".to_owned(),
            wanted: format!("an object with {}", missing(&[])),
        },
        Some(Ok(inner)) => {
            let found = format!("{} in {key:?}", keys(&inner));
            RecordError::NotTagged { found, wanted: missing(&inner) }
        }
    }
}

fn value<'l, T: Deserialize<'l>>(json: &'l RawValue, at: &str) -> Result<T, RecordError> {
    serde_json::from_str(json.get()).map_err(|error| explain(json.get(), &error, at.to_owned()))
}

fn list<'l, T: Deserialize<'l>>(json: &'l RawValue, at: &str) -> Result<Vec<T>, RecordError> {
    serde_json::from_str(json.get()).map_err(|error| {
        // Once more, item by item, to say which one it is.
        let items: Vec<&RawValue> = serde_json::from_str(json.get()).unwrap_or_default();
        let wrong = items.iter().enumerate().find_map(|(i, item)| Some((i, item, value_error::<T>(item)?)));
        match wrong {
            Some((i, item, error)) => explain(item.get(), &error, format!("{at}[{i}]")),
            None => explain(json.get(), &error, at.to_owned()),
        }
    })
}

fn value_error<'l, T: Deserialize<'l>>(json: &'l RawValue) -> Option<serde_json::Error> {
    serde_json::from_str::<T>(json.get()).err()
}

/// An embedding: numbers, each the nearest `f32`, or null.
fn vector(json: &RawValue) -> Result<Option<Vec<f32>>, RecordError> {
    let Some(numbers) = value::<Option<Vec<&RawValue>>>(json, "embedding")? else { return Ok(None) };
    let number = |(i, json): (usize, &&RawValue)| {
        number(json.get()).map_err(|_| RecordError::Value {
            at: format!("embedding[{i}]"),
            found: json.get().to_owned(),
            wanted: "a number".to_owned(),
        })
    };
    numbers.iter().enumerate().map(number).collect::<Result<_, _>>().map(Some)
}

/// Enough of a topic to tell that it is one of ours.
#[derive(serde::Deserialize)]
#[allow(dead_code, reason = "that it can be read says enough")]
struct AnyTopic {
    code: String,
    label: String,
    score: f64,
}

/// What is wrong with `json`, which stands at `at`.
fn explain(json: &str, error: &serde_json::Error, at: String) -> RecordError {
    let members = members(json).unwrap_or_default();
    let message = error.to_string();
    if let Some(field) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return RecordError::Value { at, found: keys(&members), wanted: format!("{field:?}") };
    }
    if let Some(field) = message.strip_prefix("duplicate field `").and_then(|rest| rest.split('`').next()) {
        return twice(&format!("{at}.{field}"));
    }
    // The error is in the last member whose value begins before the column at which it came out.
    let starts = |(_, value): &&Member<'_>| value.get().as_ptr().addr() - json.as_ptr().addr() < error.column();
    let at = match members.iter().rev().find(starts) {
        Some((key, _)) => format!("{at}.{key}"),
        None => at,
    };
    let (found, wanted) = complaint(error);
    RecordError::Value { at, found, wanted }
}

/// What serde_json found and what it wanted, in words of JSON.
fn complaint(error: &serde_json::Error) -> (String, String) {
    let message = error.to_string();
    // The caller knows the line, and the column is that in a part of it.
    let message = message.split(" at line ").next().unwrap_or_default();
    let message = message.trim_start_matches("invalid type: ").trim_start_matches("invalid value: ");
    let (found, wanted) = message.split_once(", expected ").unwrap_or((message, "what dateline tag writes"));
    let wanted = match wanted {
        "usize" => "a whole number",
        "a sequence" => "a list",
        wanted if wanted.starts_with("struct ") => "an object",
        wanted => wanted,
    };
    (found.replace("sequence", "a list").replace("map", "an object"), wanted.to_owned())
}

/// An object with its keys in the order of the text.
struct Object<'l>(Vec<Member<'l>>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    members.push((key.0, value));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
