//! Takes a JSON record apart without interpreting more of it than needed.
//!
//! The text of one record in, its members out, each value as it is written. Numbers are not parsed
//! and strings not unescaped, so a member that is only passed through cannot change.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::document::FailureCode;
use crate::source::fields::{Member, MemberValue};
use crate::source::refusal::Refusal;

/// Arrays and objects inside one another that are accepted: what JSON readers commonly accept, so
/// that whoever reads our output can.
pub const MAX_DEPTH: usize = 128;

/// Calls `each` with the members of the object in `record`, in their order. `cut` says that the
/// input ended with the record. Nothing is collected here: an object of 64 MiB may have ten million
/// members.
pub fn members<'r>(record: &'r str, cut: bool, mut each: impl FnMut(Member<'r>)) -> Result<(), Refusal> {
    if let Some(at) = too_deep(record.as_bytes()) {
        return Err(Refusal::new(FailureCode::TooDeep, at, format!("nested deeper than {MAX_DEPTH} levels")));
    }
    let start = record.len() - record.trim_start_matches(WHITE).len();
    if start == record.len() {
        return Err(Refusal::new(FailureCode::TruncatedJson, 0, "the input ends inside an array: expected ]"));
    }
    if !record[start..].starts_with('{') {
        return Err(match serde_json::from_str::<&RawValue>(record) {
            Ok(_) => Refusal::new(FailureCode::NotObject, start, "not an object: expected { and the article's fields"),
            Err(error) => refusal(record, cut, &error),
        });
    }
    let visitor = EachMember(|key: Key<'r>, value: &'r RawValue| {
        // The value is a part of the record, so this is its place in it.
        let at = value.get().as_ptr().addr() - record.as_ptr().addr();
        each(Member { key: key.0, value: MemberValue::Json(value), at });
    });
    let mut deserializer = serde_json::Deserializer::from_str(record);
    let result = deserializer.deserialize_map(visitor).and_then(|()| deserializer.end());
    result.map_err(|error| refusal(record, cut, &error))
}

/// `record` on one line, from brace to brace. Line breaks are white space here: no JSON string
/// holds one.
pub fn one_line(record: &str) -> String {
    record.trim_matches(WHITE).replace(['\r', '\n'], "")
}

/// What JSON calls white space.
const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Where the nesting exceeds [`MAX_DEPTH`], if it does.
fn too_deep(record: &[u8]) -> Option<usize> {
    let mut depth = 0;
    let mut at = 0;
    while let Some(&byte) = record.get(at) {
        match byte {
            b'{' | b'[' if depth == MAX_DEPTH => return Some(at),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => at = end_of_string(record, at + 1)?,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the string ends that begins at `at`, behind its quote.
fn end_of_string(record: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', record.get(at..)?)?;
        if record[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

fn refusal(record: &str, cut: bool, error: &serde_json::Error) -> Refusal {
    let line_start = record.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let mut at = record.floor_char_boundary(line_start + error.column().saturating_sub(1));
    if error.classify() == Category::Eof {
        return if cut {
            Refusal::new(FailureCode::TruncatedJson, at, "the input ends inside a record: expected the rest of it")
        } else {
            Refusal::new(FailureCode::InvalidJson, at, "the record breaks off: expected the rest of it")
        };
    }
    let rest = &record[at..];
    if let Some(word) = ["NaN", "Infinity"].into_iter().find(|word| rest.starts_with(word)) {
        let message = format!("{word} is a number to Python and not to JSON: expected a number or null");
        return Refusal::new(FailureCode::InvalidJson, at, message);
    }
    if rest.starts_with('\u{feff}') {
        let message = "a byte order mark inside the file, as where two files were joined: expected {";
        return Refusal::new(FailureCode::InvalidJson, at, message);
    }
    let message = error.to_string();
    // The line and column in the message are those in the record, and the reader wants those in the
    // file.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    if message.starts_with("control character") {
        // Here, and only here, it is the byte before the culprit that is reported.
        at += record[at..].find(char::is_control).unwrap_or(0);
    }
    Refusal::new(FailureCode::InvalidJson, at, message)
}

/// A key, borrowed if nothing in it is escaped.
#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'r>(#[serde(borrow)] Cow<'r, str>);

/// Calls a function with each key and value of an object.
struct EachMember<F>(F);

impl<'r, F: FnMut(Key<'r>, &'r RawValue)> Visitor<'r> for EachMember<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'r>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry()? {
            (self.0)(key, value);
        }
        Ok(())
    }
}
