//! Picks the text out of a record.
//!
//! The members of an object in, whether it came from JSON or from a row of a table; an article with
//! its id, its text and the place of each field in it out. Members that hold no text are not looked
//! at.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use serde_json::value::RawValue;

use crate::document::{Article, FailureCode, Field};
use crate::record::path::{self, FieldPath, TextValue, Twice};
use crate::source::added::AddedKeys;
use crate::source::refusal::Refusal;

/// Names under which articles go, the likelier first.
const BODIES: [&str; 3] = ["text", "body", "content"];
/// The name under which ids go.
const ID: &str = "id";
/// Where the hits of search engines have the document, and beside it its id.
const HIT: &str = "_source";
const HIT_ID: &str = "_id";

/// The fields to read as text, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fields {
    paths: Vec<FieldPath>,
    names: Vec<String>,
}

impl Fields {
    fn of(names: Vec<String>) -> Self {
        Self { paths: names.iter().map(|name| FieldPath::new(name)).collect(), names }
    }

    /// These fields, and before them the `headline` if that is not among them; a name that stands
    /// twice counts once.
    pub fn named(names: &[String], headline: Option<&String>) -> Self {
        let mut all: Vec<String> = headline.filter(|headline| !names.contains(headline)).cloned().into_iter().collect();
        for name in names {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        Self::of(all)
    }

    /// The headline and the first name of a body among `seen`; `None` if there is neither. The
    /// headline is the one that the user names, or the first name of one.
    pub fn choose(seen: &[String], headline: Option<&String>) -> Option<Self> {
        let pick = |names: &[&str]| {
            let exact = names.iter().find_map(|&name| seen.iter().find(|key| *key == name));
            let any_case = || names.iter().find_map(|&name| seen.iter().find(|key| key.eq_ignore_ascii_case(name)));
            let inside = || {
                let inside = |key: &&String, name: &str| {
                    key.strip_prefix(HIT).and_then(|key| key.strip_prefix('.')) == Some(name)
                };
                names.iter().find_map(|&name| seen.iter().find(|key| inside(key, name)))
            };
            exact.or_else(any_case).or_else(inside).cloned()
        };
        let headline = match headline {
            Some(headline) => Some(headline.clone()),
            None => pick(&Field::HEADLINES),
        };
        let body = pick(&BODIES).filter(|body| Some(body) != headline.as_ref());
        let fields: Vec<String> = headline.into_iter().chain(body).collect();
        (!fields.is_empty()).then(|| Self::of(fields))
    }

    /// Every name that is looked for when none is given.
    pub fn any() -> Self {
        Self::of(Field::HEADLINES.iter().chain(&BODIES).map(|&name| name.to_owned()).collect())
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The ways to them.
    pub fn paths(&self) -> &[FieldPath] {
        &self.paths
    }
}

/// Whether articles go under a field of this name, in whatever case it is written.
fn is_usual(name: &str) -> bool {
    Field::is_named_like_headline(name) || BODIES.iter().any(|body| body.eq_ignore_ascii_case(name))
}

/// Whether a table with a column of this name is one of articles.
pub fn is_column_of_articles(name: &str, wanted: &[String]) -> bool {
    is_usual(name) || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
}

/// What of a record is read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The fields that hold text.
    pub fields: Fields,
    /// Whether the user named them.
    pub fields_named: bool,
    /// The field that holds the headline, if the user names it.
    pub headline: Option<String>,
    /// Whether each record stands for itself: where the fields were not named, its own names say
    /// which of them hold text.
    pub each_alone: bool,
    /// Keys that no record may have.
    pub reserved: Vec<String>,
    /// Where the keys are of records of our own, if these are to be read as their articles.
    pub replace: Option<AddedKeys>,
    /// Fields that hold pages or parts of them.
    pub html: Vec<String>,
    /// Whether it shall be known where in its file each name stands.
    pub places: bool,
    /// Whether menus and comments of pages are read too.
    pub whole_page: bool,
}

impl Wanted {
    /// Whether a member called `key` is looked at.
    fn wants(&self, key: &str) -> bool {
        self.fields.paths().iter().any(|path| path.name() == key || path.head() == key)
            || !self.fields_named && is_usual(key)
            || self.reserved.iter().any(|reserved| reserved == key)
            || matches!(key, ID | HIT | HIT_ID)
    }

    fn is_headline(&self, path: &FieldPath) -> bool {
        match &self.headline {
            Some(headline) => headline == path.name(),
            None => Field::is_named_like_headline(path.name()) || Field::is_named_like_headline(path.last()),
        }
    }
}

/// The names of fields that were met in the first records.
#[derive(Default)]
pub struct SeenNames {
    names: Vec<String>,
    known: HashSet<String>,
    /// Whether one of them is that of a body.
    has_body: bool,
}

impl SeenNames {
    /// Names that are remembered for a message; those that decide something are remembered beyond
    /// that.
    const REMEMBERED: usize = 1000;

    /// Adds `name`; `wanted` are the names that the user gave.
    pub fn add(&mut self, name: &str, wanted: &[String]) {
        let inner = name.strip_prefix(HIT).and_then(|name| name.strip_prefix('.')).unwrap_or(name);
        let decides = is_usual(inner) || wanted.iter().any(|other| other == name);
        if (decides || self.names.len() < Self::REMEMBERED) && !self.known.contains(name) {
            self.has_body |= BODIES.iter().any(|body| body.eq_ignore_ascii_case(inner));
            self.known.insert(name.to_owned());
            self.names.push(name.to_owned());
        }
    }

    /// Whether all `wanted` have been met, or, if there are none, the body of an article.
    pub fn suffices(&self, wanted: &[String]) -> bool {
        match wanted {
            [] => self.has_body,
            wanted => wanted.iter().all(|name| self.known.contains(name)),
        }
    }

    /// In the order they were met in.
    pub fn into_names(self) -> Vec<String> {
        self.names
    }
}

/// Calls `each` with the names by which `member`, and what is in it, may be wanted: its key, the
/// paths of `fields` that lead into it, and what a search engine's hit has under `_source`.
pub fn names_of(member: &Member, fields: &Fields, each: &mut dyn FnMut(&str)) {
    each(&member.key);
    let MemberValue::Json(value) = member.value else { return };
    for path in fields.paths().iter().filter(|path| path.is_nested() && path.head() == member.key) {
        if path.follow(value).is_ok_and(|found| found.is_some()) {
            each(path.name());
        }
    }
    if member.key == HIT {
        path::each_member(value.get(), |key, _| {
            if is_usual(key) {
                each(&format!("{HIT}.{key}"));
            }
        });
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
    pub fn fields(&self, headline: Option<&String>) -> Option<Fields> {
        let mut names = Vec::new();
        let none = Fields::of(Vec::new());
        self.members.iter().for_each(|member| names_of(member, &none, &mut |name| names.push(name.to_owned())));
        Fields::choose(&names, headline)
    }

    /// Keeps `member` if it matters: the first two of a key do, and the second already makes the
    /// record fail.
    pub fn add(&mut self, member: Member<'r>, wanted: &Wanted) {
        if wanted.wants(&member.key) {
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

/// What was read of a record.
pub struct ReadFields {
    /// The article. Its id is empty if there is none.
    pub article: Article,
    /// Lists of paragraphs, by their places in the record, and the texts that were made of them.
    pub joined: Vec<(Range<usize>, String)>,
}

/// The article of `fields` and the id among `members`, which may not have a key that `wanted` calls
/// reserved.
pub fn read(members: &[Member], fields: &Fields, wanted: &Wanted) -> Result<ReadFields, Refusal> {
    if let Some(member) = members.iter().find(|member| wanted.reserved.iter().any(|key| *key == member.key)) {
        let message = format!("the record already has a field {:?}, which the output would add", member.key);
        return Err(Refusal::new(FailureCode::ReservedKey, member.at, message));
    }
    let mut article = Article::of_fields(id(members)?, []);
    let mut joined = Vec::new();
    for path in fields.paths() {
        let Some(found) = find(members, path)? else { continue };
        let value = match found.value {
            MemberValue::Cell(cell) => Cow::Borrowed(cell),
            MemberValue::Json(json) => match TextValue::of(json) {
                TextValue::Text(text) => text,
                TextValue::Paragraphs(text) => {
                    joined.push((found.at..found.at + json.get().len(), text.clone()));
                    Cow::Owned(text)
                }
                TextValue::Null => continue,
                TextValue::Other(what) => {
                    let message = format!("field {:?} is {what}: expected a string or a list of strings", path.name());
                    return Err(Refusal::new(FailureCode::WrongType, found.at, message));
                }
                TextValue::HalfSurrogate(at) => return Err(half_surrogate(path.name(), found.at + at)),
            },
        };
        article.push(path.name(), &value, wanted.is_headline(path));
    }
    if article.fields.is_empty() {
        return Err(Refusal::new(FailureCode::MissingText, 0, missing(members, fields)));
    }
    Ok(ReadFields { article, joined })
}

/// What `path` leads to: the member of that name, or what is in one.
fn find<'r>(members: &[Member<'r>], path: &FieldPath) -> Result<Option<Member<'r>>, Refusal> {
    if let Some(member) = only(members, path.name())? {
        return Ok(Some(Member { key: member.key.clone(), ..*member }));
    }
    if !path.is_nested() {
        return Ok(None);
    }
    let Some(Member { value: MemberValue::Json(outer), at, .. }) = only(members, path.head())? else { return Ok(None) };
    let twice = |Twice| {
        Refusal::new(FailureCode::DuplicateKey, *at, format!("a key on the way to {:?} stands twice", path.name()))
    };
    let found = path.follow(outer).map_err(twice)?;
    // What was found is a part of the outer value, so this is its place.
    Ok(found.map(|value| Member {
        key: Cow::Owned(path.name().to_owned()),
        value: MemberValue::Json(value),
        at: at + value.get().as_ptr().addr() - outer.get().as_ptr().addr(),
    }))
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

/// The id among `members`: a string, or a number's digits as they stand. Anything else is none,
/// which is the empty string. A hit of a search engine has it under another name, and tables have
/// it in any case.
fn id(members: &[Member]) -> Result<String, Refusal> {
    let mut found = only(members, ID)?;
    if found.is_none() && only(members, HIT)?.is_some() {
        found = only(members, HIT_ID)?;
    }
    let is_cell =
        |member: &&Member| matches!(member.value, MemberValue::Cell(_)) && member.key.eq_ignore_ascii_case(ID);
    let Some(member) = found.or_else(|| members.iter().find(is_cell)) else { return Ok(String::new()) };
    Ok(match member.value {
        MemberValue::Cell(cell) => cell.to_owned(),
        MemberValue::Json(json) => match json.get().as_bytes().first() {
            Some(b'"') => match TextValue::of(json) {
                TextValue::Text(text) => text.into_owned(),
                _ => return Err(half_surrogate(&member.key, member.at)),
            },
            Some(b'-' | b'0'..=b'9') => json.get().to_owned(),
            _ => String::new(),
        },
    })
}

fn half_surrogate(name: &str, at: usize) -> Refusal {
    let message = format!(
        "field {name:?} has half a surrogate pair in an escape (\\ud83d), which is no character: expected both halves"
    );
    Refusal::new(FailureCode::InvalidJson, at, message)
}

fn missing(members: &[Member], fields: &Fields) -> String {
    let wanted = fields.names().join(", ");
    if members.is_empty() {
        return format!("the record is empty: expected {wanted}");
    }
    let is_null = |path: &&FieldPath| find(members, path).is_ok_and(|found| found.is_some());
    let null: Vec<&str> = fields.paths().iter().filter(is_null).map(FieldPath::name).collect();
    if !null.is_empty() {
        return format!(
            "{} null: expected text in {wanted}",
            if let [only] = *null { format!("{only} is") } else { format!("{} are", null.join(" and ")) }
        );
    }
    let keys: Vec<String> = members.iter().map(|member| format!("{:?}", member.key)).collect();
    let more = if keys.len() >= KeptMembers::OTHERS { " and perhaps more" } else { "" };
    format!("the record has {}{more}: expected {wanted}", keys.join(", "))
}
