//! What there is to learn from: labelled articles, and topics with definitions.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::document::{Article, Form};
use crate::learn::error::LearnError;

/// An article and the labels that somebody gave it; none for one that is on none of the topics.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Labelled {
    /// The article.
    pub article: Article,
    /// Its labels, in their order, none twice.
    pub labels: Vec<String>,
}

/// A topic as its author describes it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name.
    pub label: String,
    /// Its code; where absent, that of the model's own topic of this name, or else one is made.
    pub code: Option<String>,
    /// A sentence on what is on the topic.
    pub definition: Option<String>,
    /// Words that are typical of it.
    #[serde(default)]
    pub keywords: Vec<String>,
}

/// Fields that are looked for where the user names none.
pub const FIELDS: [&str; 2] = ["labels", "topics"];

impl Labelled {
    /// The labels of `article`, from the field called `field`, or from the first of [`FIELDS`] that
    /// it has: strings, or topics as in our own records.
    ///
    /// # Errors
    /// [`LearnError::NoLabels`] without such a field, [`LearnError::WrongLabels`] if something else
    /// is in it.
    pub fn of(article: Article, field: Option<&str>) -> Result<Self, LearnError> {
        let at = format!("{}:{}", article.origin.source, article.origin.line);
        let object: Map<String, Value> = match &article.form {
            Form::Object(object) => serde_json::from_str(object).expect("an article's object was read before"),
            Form::Text => Map::new(),
        };
        let wanted: Vec<&str> = field.map_or(FIELDS.to_vec(), |field| vec![field]);
        let Some((name, value)) = wanted.iter().find_map(|name| object.get_key_value(*name)) else {
            let found = object.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let wanted = wanted.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ");
            return Err(LearnError::NoLabels { at, wanted, found });
        };
        let wrong =
            |found: &Value| LearnError::WrongLabels { at: at.clone(), field: name.clone(), found: shortened(found) };
        let mut labels: Vec<String> = Vec::new();
        for value in value.as_array().ok_or_else(|| wrong(value))? {
            let label = value.as_str().or_else(|| value.get("label").and_then(Value::as_str));
            let label = label.filter(|label| !label.trim().is_empty()).ok_or_else(|| wrong(value))?;
            if !labels.iter().any(|known| known == label) {
                labels.push(label.to_owned());
            }
        }
        Ok(Self { article, labels })
    }

    /// Where it stands, for messages.
    pub fn at(&self) -> String {
        format!("{}:{}", self.article.origin.source, self.article.origin.line)
    }
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Reads a JSON file with a list of topics.
///
/// # Errors
/// [`LearnError::Definitions`] says what was found and what was wanted.
pub fn read_definitions(path: &Path) -> Result<Vec<Definition>, LearnError> {
    let wrong = |message: String| LearnError::Definitions { path: path.to_owned(), message };
    let bytes = std::fs::read(path).map_err(|source| LearnError::Io { path: PathBuf::from(path), source })?;
    let topics: Vec<Definition> = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    for (i, topic) in topics.iter().enumerate() {
        let earlier = &topics[..i];
        let is_blank = |text: &str| text.trim().is_empty();
        if is_blank(&topic.label) || topic.code.as_deref().is_some_and(is_blank) {
            return Err(wrong(format!("topic {i}: expected a label, and a code or none, found {:?}", topic.label)));
        }
        let again =
            |other: &Definition| other.label == topic.label || (topic.code.is_some() && other.code == topic.code);
        if earlier.iter().any(again) {
            return Err(wrong(format!(
                "topic {i}: expected one that no other is called like, found {:?} again",
                topic.label
            )));
        }
    }
    if topics.is_empty() {
        return Err(wrong("expected at least one topic, found none".to_owned()));
    }
    Ok(topics)
}

impl Definition {
    /// What is embedded for it; `None` if it has a name alone.
    pub fn text(&self) -> Option<String> {
        let definition = self.definition.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let keywords: Vec<&str> =
            self.keywords.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
        if definition.is_none() && keywords.is_empty() {
            return None;
        }
        let mut text = format!("{}.", self.label.trim());
        if let Some(definition) = definition {
            text.push_str(&format!(" {}", definition.trim_end_matches('.')));
            text.push('.');
        }
        if !keywords.is_empty() {
            text.push_str(&format!(" {}.", keywords.join(", ")));
        }
        Some(text)
    }
}
