//! Picks the text out of a record.
//!
//! The members of an object in, whether it came from JSON or from a row of a table; the article's id, its text and the
//! place of each field in it out. Members that hold no text are not looked at.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::value::RawValue;

use crate::document::{FailureCode, Field};
use crate::source::error::Refusal;
use crate::span::Span;

/// Names under which headlines go, the likelier first.
const HEADLINES: [&str; 2] = ["title", "headline"];
/// Names under which articles go, the likelier first.
const BODIES: [&str; 3] = ["text", "body", "content"];
/// The name under which ids go.
const ID: &str = "id";
/// What stands between two fields in an article's text.
const BETWEEN: &str = "\n\n";

/// The fields to read as text, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fields(Vec<String>);

impl Fields {
    /// These fields; a name that stands twice counts once.
    pub fn named(names: &[String]) -> Self {
        let once = names.iter().enumerate().filter(|(i, name)| !names[..*i].contains(name));
        Self(once.map(|(_, name)| name.clone()).collect())
    }

    /// The first name of a headline and the first name of a body among `seen`; `None` if there is neither.
    pub fn choose(seen: &[String]) -> Option<Self> {
        let pick = |names: &[&str]| {
            let found = names.iter().find(|&&name| seen.iter().any(|key| key == name));
            found.map(|&name| name.to_owned())
        };
        let fields: Vec<String> = pick(&HEADLINES).into_iter().chain(pick(&BODIES)).collect();
        (!fields.is_empty()).then_some(Self(fields))
    }

    /// Every name that is looked for when none is given.
    pub fn any() -> Self {
        Self(HEADLINES.iter().chain(&BODIES).map(|&name| name.to_owned()).collect())
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// The names of fields that were met in the first records.
#[derive(Default)]
pub struct Seen {
    names: Vec<String>,
    known: HashSet<String>,
}

impl Seen {
    /// Names that are remembered for a message; those that decide something are remembered beyond that.
    const REMEMBERED: usize = 1000;

    /// Adds `name`; `wanted` are the names that the user gave.
    pub fn add(&mut self, name: &str, wanted: &[String]) {
        let decides = HEADLINES.contains(&name) || BODIES.contains(&name) || wanted.iter().any(|other| other == name);
        if (decides || self.names.len() < Self::REMEMBERED) && !self.known.contains(name) {
            self.known.insert(name.to_owned());
            self.names.push(name.to_owned());
        }
    }

    /// Whether all `wanted` have been met, or, if there are none, the body of an article.
    pub fn suffices(&self, wanted: &[String]) -> bool {
        match wanted {
            [] => BODIES.iter().any(|&name| self.known.contains(name)),
            wanted => wanted.iter().all(|name| self.known.contains(name)),
        }
    }

    /// In the order they were met in.
    pub fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// Those members of a record that [`read`] looks at, and a few more to name in a message.
pub struct Kept<'r> {
    /// In their order.
    pub members: Vec<Member<'r>>,
    others: usize,
}

impl<'r> Kept<'r> {
    /// Members that nobody looks at and that are kept all the same.
    const OTHERS: usize = 10;

    /// Nothing yet.
    pub fn new() -> Self {
        Self { members: Vec::new(), others: 0 }
    }

    /// The fields that hold text in this record alone.
    pub fn fields(&self) -> Option<Fields> {
        let names: Vec<String> = self.members.iter().map(|member| member.key.to_string()).collect();
        Fields::choose(&names)
    }

    /// Keeps `member` if it matters: the first two of a key do, and the second already makes the record fail.
    pub fn add(&mut self, member: Member<'r>, fields: &Fields, reserved: &[String]) {
        let is_in = |names: &[String]| names.iter().any(|name| *name == member.key);
        if is_in(fields.names()) || is_in(reserved) || member.key == ID {
            if self.members.iter().filter(|other| other.key == member.key).count() < 2 {
                self.members.push(member);
            }
        } else if self.others < Self::OTHERS {
            self.others += 1;
            self.members.push(member);
        }
    }
}

/// A key of an object with its value.
pub struct Member<'r> {
    /// The key, without escapes.
    pub key: Cow<'r, str>,
    /// The value.
    pub value: Value<'r>,
    /// Where the value stands in the record, in bytes.
    pub at: usize,
}

/// A value as it is written.
#[derive(Clone, Copy)]
pub enum Value<'r> {
    /// A cell of a table.
    Cell(&'r str),
    /// Any valid JSON.
    Json(&'r RawValue),
}

/// What an article is made of.
#[derive(PartialEq, Eq, Debug)]
pub struct Parts {
    /// The record's own id, if it has one.
    pub id: Option<String>,
    /// The fields' values.
    pub text: String,
    /// Where each is.
    pub fields: Vec<Field>,
}

/// Takes `fields` and the id from `members`, which may not have a key that is in `reserved`.
pub fn read(members: &[Member], fields: &Fields, reserved: &[String]) -> Result<Parts, Refusal> {
    if let Some(member) = members.iter().find(|member| reserved.iter().any(|key| *key == member.key)) {
        let message = format!("the record already has a field {:?}, which the output would add", member.key);
        return Err(Refusal::new(FailureCode::ReservedKey, member.at, message));
    }
    let mut parts = Parts { id: None, text: String::new(), fields: Vec::new() };
    if let Some(member) = only(members, ID)? {
        parts.id = id(member)?;
    }
    for name in fields.names() {
        let Some(member) = only(members, name)? else { continue };
        let headline = HEADLINES.contains(&name.as_str());
        let Some(value) = text(member, headline)? else { continue };
        if !parts.fields.is_empty() {
            parts.text.push_str(BETWEEN);
        }
        let start = parts.text.len();
        parts.text.push_str(&value);
        let span = Span::new(&parts.text, start, parts.text.len()).expect("both ends of a value are boundaries");
        parts.fields.push(Field { name: name.clone(), span, headline });
    }
    if parts.fields.is_empty() {
        return Err(Refusal::new(FailureCode::MissingText, 0, missing(members, fields)));
    }
    Ok(parts)
}

/// The member called `name`, if there is one; two are refused, for which one counts would be a guess.
fn only<'m, 'r>(members: &'m [Member<'r>], name: &str) -> Result<Option<&'m Member<'r>>, Refusal> {
    let mut found = members.iter().filter(|member| member.key == name);
    let first = found.next();
    match found.next() {
        Some(second) => Err(Refusal::new(
            FailureCode::DuplicateKey,
            second.at,
            format!("key {name:?} stands twice: expected it once"),
        )),
        None => Ok(first),
    }
}

/// The id in `member`: a string, or a number's digits as they stand. Anything else, and the empty string, is none.
fn id(member: &Member) -> Result<Option<String>, Refusal> {
    let id = match member.value {
        Value::Cell(cell) => cell.to_owned(),
        Value::Json(json) => match kind(json) {
            Kind::String => unescape(json, member)?,
            Kind::Number => json.get().to_owned(),
            Kind::Null | Kind::Bool | Kind::Array | Kind::Object => String::new(),
        },
    };
    Ok((!id.is_empty()).then_some(id))
}

/// The text in `member`. A headline may be null, and is then none.
fn text<'r>(member: &Member<'r>, headline: bool) -> Result<Option<Cow<'r, str>>, Refusal> {
    let json = match member.value {
        Value::Cell(cell) => return Ok(Some(Cow::Borrowed(cell))),
        Value::Json(json) => json,
    };
    match kind(json) {
        Kind::String => Ok(Some(Cow::Owned(unescape(json, member)?))),
        Kind::Null if headline => Ok(None),
        other => {
            let message = format!("field {:?} is {}: expected a string", member.key, other.name());
            Err(Refusal::new(FailureCode::WrongType, member.at, message))
        }
    }
}

fn unescape(json: &RawValue, member: &Member) -> Result<String, Refusal> {
    // The value is known to be valid JSON. What JSON allows and Unicode does not is half a surrogate pair.
    serde_json::from_str(json.get()).map_err(|error| {
        let message = format!(
            "field {:?} has half a surrogate pair in an escape (\\ud83d), which is no character: expected both halves",
            member.key
        );
        Refusal::new(FailureCode::InvalidJson, member.at + error.column().saturating_sub(1), message)
    })
}

fn missing(members: &[Member], fields: &Fields) -> String {
    let wanted = fields.names().join(", ");
    if members.is_empty() {
        return format!("the record is empty: expected {wanted}");
    }
    let keys: Vec<String> = members.iter().map(|member| format!("{:?}", member.key)).collect();
    let more = if keys.len() >= Kept::OTHERS { " and perhaps more" } else { "" };
    format!("the record has {}{more}: expected {wanted}", keys.join(", "))
}

/// The types of JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    String,
    Number,
    Bool,
    Null,
    Array,
    Object,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Null => "null",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

fn kind(json: &RawValue) -> Kind {
    match json.get().as_bytes().first() {
        Some(b'"') => Kind::String,
        Some(b'n') => Kind::Null,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'[') => Kind::Array,
        Some(b'{') => Kind::Object,
        _ => Kind::Number,
    }
}
