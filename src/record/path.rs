//! Finds the text of an article inside its object, by the name of the field or the path to it.
//!
//! A name is that of a key first: `story.body` may be one. Otherwise dots, or the slashes of a JSON
//! pointer (`/story/body`), lead from object to object, and numbers into lists. A list of
//! paragraphs is a text: the paragraphs with a blank line between.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What stands between two paragraphs that were a list.
pub const BETWEEN_PARAGRAPHS: &str = "\n\n";

/// The way to a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldPath {
    name: String,
    /// From the outermost object inwards; at least one.
    steps: Vec<String>,
}

/// A key stands twice in an object, and which one counts would be a guess.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Twice;

impl FieldPath {
    /// The way that `name` names.
    pub fn new(name: &str) -> Self {
        let steps = match name.strip_prefix('/') {
            Some(pointer) => pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
            None => name.split('.').map(str::to_owned).collect(),
        };
        Self { name: name.to_owned(), steps }
    }

    /// As the user wrote it; also the name of a key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key of the record in which the way begins.
    pub fn head(&self) -> &str {
        &self.steps[0]
    }

    /// The last key on the way: what tells a headline.
    pub fn last(&self) -> &str {
        &self.steps[self.steps.len() - 1]
    }

    /// Whether it leads into the value of a key.
    pub fn is_nested(&self) -> bool {
        self.steps.len() > 1
    }

    /// What it leads to from `value`, which is that of its [`head`](Self::head).
    ///
    /// # Errors
    /// If a key on the way stands twice.
    pub fn follow<'j>(&self, value: &'j RawValue) -> Result<Option<&'j RawValue>, Twice> {
        let mut value = value;
        for step in &self.steps[1..] {
            match inside(value, step)? {
                Some(inner) => value = inner,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }
}

/// What stands at `step` in the object or list `value`.
fn inside<'j>(value: &'j RawValue, step: &str) -> Result<Option<&'j RawValue>, Twice> {
    match value.get().as_bytes().first() {
        Some(b'{') => {
            let mut found = None;
            let mut twice = false;
            each_member(value.get(), |key, inner| {
                if key == step {
                    twice |= found.is_some();
                    found.get_or_insert(inner);
                }
            });
            if twice { Err(Twice) } else { Ok(found) }
        }
        Some(b'[') => {
            let Ok(index) = step.parse::<usize>() else { return Ok(None) };
            let values: Vec<&RawValue> = serde_json::from_str(value.get()).unwrap_or_default();
            Ok(values.get(index).copied())
        }
        _ => Ok(None),
    }
}

/// Calls `each` with the keys and values of the object `json`, as far as it is one.
pub fn each_member<'j>(json: &'j str, each: impl FnMut(&str, &'j RawValue)) {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    // What is no object has no members; that it is valid JSON was seen before.
    let _ = deserializer.deserialize_map(EachMember(each));
}

/// Calls a function with each key and value of an object.
struct EachMember<F>(F);

/// A key, borrowed if nothing in it is escaped.
#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'j>(#[serde(borrow)] Cow<'j, str>);

impl<'j, F: FnMut(&str, &'j RawValue)> Visitor<'j> for EachMember<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, value)) = map.next_entry::<Key<'j>, &'j RawValue>()? {
            (self.0)(&key.0, value);
        }
        Ok(())
    }
}

/// A value, as far as it is a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TextValue<'j> {
    /// A string.
    Text(Cow<'j, str>),
    /// A list of paragraphs, joined.
    Paragraphs(String),
    /// `null`, which is as good as nothing.
    Null,
    /// Something else: what it is.
    Other(&'static str),
    /// A string with half a surrogate pair, so many bytes behind the beginning of the value.
    HalfSurrogate(usize),
}

impl<'j> TextValue<'j> {
    /// Reads `value`.
    pub fn of(value: &'j RawValue) -> Self {
        let json = value.get();
        match json.as_bytes().first() {
            Some(b'"') => match serde_json::from_str::<Key>(json) {
                Ok(text) => Self::Text(text.0),
                // What JSON allows and Unicode does not is half a surrogate pair.
                Err(error) => Self::HalfSurrogate(error.column().saturating_sub(1)),
            },
            Some(b'[') => Self::of_list(json),
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Other("true or false"),
            Some(b'{') => Self::Other("an object"),
            _ => Self::Other("a number"),
        }
    }

    fn of_list(json: &'j str) -> Self {
        let values: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
        let mut paragraphs = Vec::with_capacity(values.len());
        for value in values {
            match value.get().as_bytes().first() {
                Some(b'n') => {}
                Some(b'"') => match serde_json::from_str::<Key>(value.get()) {
                    Ok(text) => paragraphs.push(text.0),
                    Err(error) => {
                        let at = value.get().as_ptr().addr() - json.as_ptr().addr();
                        return Self::HalfSurrogate(at + error.column().saturating_sub(1));
                    }
                },
                _ => return Self::Other("a list of other things than strings"),
            }
        }
        paragraphs.retain(|paragraph| !paragraph.trim().is_empty());
        Self::Paragraphs(paragraphs.join(BETWEEN_PARAGRAPHS))
    }

    /// The text, if it is one.
    pub fn into_text(self) -> Option<Cow<'j, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Paragraphs(text) => Some(Cow::Owned(text)),
            Self::Null | Self::Other(_) | Self::HalfSurrogate(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `name` leads to in the value of its first key.
    fn follow(name: &str, json: &str) -> String {
        let value: &RawValue = serde_json::from_str(json).expect("it is JSON");
        match FieldPath::new(name).follow(value) {
            Ok(Some(found)) => match TextValue::of(found) {
                TextValue::Text(text) => text.into_owned(),
                other => format!("{other:?}"),
            },
            Ok(None) => "nothing".to_owned(),
            Err(Twice) => "twice".to_owned(),
        }
    }

    #[test]
    fn paths_lead_into_objects_and_lists() {
        assert_eq!(follow("article.body", r#"{"title":"Fog","body":"Boats left."}"#), "Boats left.");
        assert_eq!(follow("/article/a~1b", r#"{"a/b":"Boats left."}"#), "Boats left.");
        assert_eq!(follow("hits.1.text", r#"[{"text":"a"},{"text":"b"}]"#), "b");
        assert_eq!(follow("hits.9.text", r#"[{"text":"a"}]"#), "nothing");
        assert_eq!(follow("a.b.c", r#"{"b":"no object"}"#), "nothing");
        assert_eq!(follow("a.b", r#"{"b":"one","b":"two"}"#), "twice");
        assert_eq!(follow("a.b", r#"{"\u0062":"one"}"#), "one");
    }

    #[test]
    fn lists_of_paragraphs_are_texts() {
        assert_eq!(follow("a.b", r#"{"b":["One.","",null,"Two\u2019s."]}"#), "Paragraphs(\"One.\\n\\nTwo’s.\")");
        assert_eq!(follow("a.b", r#"{"b":[]}"#), "Paragraphs(\"\")");
        assert_eq!(follow("a.b", r#"{"b":["One.",{"p":"Two."}]}"#), "Other(\"a list of other things than strings\")");
        assert_eq!(follow("a.b", r#"{"b":["One.","\ud83d"]}"#).split('(').next(), Some("HalfSurrogate"));
        assert_eq!(follow("a.b", r#"{"b":null}"#), "Null");
    }
}
