//! Picks the text out of a record.
//!
//! The members of an object in, whether it came from JSON or from a row of a table; an article with
//! its id, its text and the place of each field in it out. Members that hold no text are not looked
//! at.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::value::RawValue;

use crate::document::{Article, FailureCode, Field};
use crate::source::added::AddedKeys;
use crate::source::refusal::Refusal;

/// Names under which articles go, the likelier first.
const BODIES: [&str; 3] = ["text", "body", "content"];
/// The name under which ids go.
const ID: &str = "id";

/// The fields to read as text, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fields(Vec<String>);

impl Fields {
    /// These fields; a name that stands twice counts once.
    pub fn named(names: &[String]) -> Self {
        let once = names.iter().enumerate().filter(|(i, name)| !names[..*i].contains(name));
        Self(once.map(|(_, name)| name.clone()).collect())
    }

    /// The first name of a headline and the first name of a body among `seen`; `None` if there is
    /// neither.
    pub fn choose(seen: &[String]) -> Option<Self> {
        let pick = |names: &[&str]| {
            let found = names.iter().find(|&&name| seen.iter().any(|key| key == name));
            found.map(|&name| name.to_owned())
        };
        let fields: Vec<String> = pick(&Field::HEADLINES).into_iter().chain(pick(&BODIES)).collect();
        (!fields.is_empty()).then_some(Self(fields))
    }

    /// Every name that is looked for when none is given.
    pub fn any() -> Self {
        Self(Field::HEADLINES.iter().chain(&BODIES).map(|&name| name.to_owned()).collect())
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// What of a record is read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The fields that hold text.
    pub fields: Fields,
    /// Whether the user named them.
    pub fields_named: bool,
    /// Whether each record stands for itself: where the fields were not named, its own names say
    /// which of them hold text.
    pub each_alone: bool,
    /// Keys that no record may have.
    pub reserved: Vec<String>,
    /// Where the keys are of records of our own, if these are to be read as their articles.
    pub replace: Option<AddedKeys>,
}

/// The names of fields that were met in the first records.
#[derive(Default)]
pub struct SeenNames {
    names: Vec<String>,
    known: HashSet<String>,
}

impl SeenNames {
    /// Names that are remembered for a message; those that decide something are remembered beyond
    /// that.
    const REMEMBERED: usize = 1000;

    /// Adds `name`; `wanted` are the names that the user gave.
    pub fn add(&mut self, name: &str, wanted: &[String]) {
        let decides =
            Field::HEADLINES.contains(&name) || BODIES.contains(&name) || wanted.iter().any(|other| other == name);
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
pub struct KeptMembers<'r> {
    /// In their order.
    pub members: Vec<Member<'r>>,
    others: usize,
}

impl<'r> KeptMembers<'r> {
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

    /// Keeps `member` if it matters: the first two of a key do, and the second already makes the
    /// record fail.
    pub fn add(&mut self, member: Member<'r>, wanted: &Wanted) {
        let is_in = |names: &[String]| names.iter().any(|name| *name == member.key);
        if is_in(wanted.fields.names()) || is_in(&wanted.reserved) || member.key == ID {
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
    pub value: MemberValue<'r>,
    /// Where the value stands in the record, in bytes.
    pub at: usize,
}

/// A value as it is written.
#[derive(Clone, Copy)]
pub enum MemberValue<'r> {
    /// A cell of a table.
    Cell(&'r str),
    /// Any valid JSON.
    Json(&'r RawValue),
}

/// An article of `fields` and the id among `members`, which may not have a key that is in
/// `reserved`. Its id is empty if there is none.
pub fn read(members: &[Member], fields: &Fields, reserved: &[String]) -> Result<Article, Refusal> {
    if let Some(member) = members.iter().find(|member| reserved.iter().any(|key| *key == member.key)) {
        let message = format!("the record already has a field {:?}, which the output would add", member.key);
        return Err(Refusal::new(FailureCode::ReservedKey, member.at, message));
    }
    let id = only(members, ID)?.map_or(Ok(String::new()), id)?;
    let mut article = Article::of_fields(id, []);
    for name in fields.names() {
        let Some(member) = only(members, name)? else { continue };
        let is_headline = Field::HEADLINES.contains(&name.as_str());
        let Some(value) = text(member, is_headline)? else { continue };
        article.push_field(name, &value);
    }
    if article.fields.is_empty() {
        return Err(Refusal::new(FailureCode::MissingText, 0, missing(members, fields)));
    }
    Ok(article)
}

/// The member called `name`, if there is one; two are refused, for which one counts would be a
/// guess.
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

/// The id in `member`: a string, or a number's digits as they stand. Anything else is none, which
/// is the empty string.
fn id(member: &Member) -> Result<String, Refusal> {
    Ok(match member.value {
        MemberValue::Cell(cell) => cell.to_owned(),
        MemberValue::Json(json) => match json_type(json) {
            JsonType::String => unescape(json, member)?,
            JsonType::Number => json.get().to_owned(),
            JsonType::Null | JsonType::Bool | JsonType::Array | JsonType::Object => String::new(),
        },
    })
}

/// The text in `member`. A headline may be null, and is then none.
fn text<'r>(member: &Member<'r>, headline: bool) -> Result<Option<Cow<'r, str>>, Refusal> {
    let json = match member.value {
        MemberValue::Cell(cell) => return Ok(Some(Cow::Borrowed(cell))),
        MemberValue::Json(json) => json,
    };
    match json_type(json) {
        JsonType::String => Ok(Some(Cow::Owned(unescape(json, member)?))),
        JsonType::Null if headline => Ok(None),
        other => {
            let message = format!("field {:?} is {}: expected a string", member.key, other.name());
            Err(Refusal::new(FailureCode::WrongType, member.at, message))
        }
    }
}

fn unescape(json: &RawValue, member: &Member) -> Result<String, Refusal> {
    // The value is known to be valid JSON. What JSON allows and Unicode does not is half a
    // surrogate pair.
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
    let more = if keys.len() >= KeptMembers::OTHERS { " and perhaps more" } else { "" };
    format!("the record has {}{more}: expected {wanted}", keys.join(", "))
}

/// The types of JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum JsonType {
    String,
    Number,
    Bool,
    Null,
    Array,
    Object,
}

impl JsonType {
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

fn json_type(json: &RawValue) -> JsonType {
    match json.get().as_bytes().first() {
        Some(b'"') => JsonType::String,
        Some(b'n') => JsonType::Null,
        Some(b't' | b'f') => JsonType::Bool,
        Some(b'[') => JsonType::Array,
        Some(b'{') => JsonType::Object,
        _ => JsonType::Number,
    }
}
