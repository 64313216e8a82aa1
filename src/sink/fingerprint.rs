//! All that an output depends on. A run resumes an output only if all of it is the same, and
//! otherwise says what is not.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sink::inputs::InputIdentity;

/// What an output depends on: the program, the model, what was asked for, and the input.
///
/// There is no time and no place in it, so that copies of the input on several machines are the
/// same input.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Version of the program.
    pub dateline: String,
    /// The model's name and the digest of its files.
    pub model: String,
    /// Digest of every choice that changes what is found in a text.
    pub recipe: String,
    /// The options that shape the output, settled, by their names on the command line without the
    /// dashes.
    #[serde(deserialize_with = "options")]
    pub options: Map<String, Value>,
    /// The input; none if a later run could not read the same again.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "input")]
    pub input: Option<InputIdentity>,
    /// `0/4`: which part of a corpus it is, and of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
}

impl Fingerprint {
    /// Which part of a corpus an output with this fingerprint is, and of how many.
    pub fn shard(&self) -> Option<(u64, u64)> {
        let (index, count) = self.shard.as_ref()?.split_once('/')?;
        Some((index.parse().ok()?, count.parse().ok()?))
    }

    /// The key that records have what we add under, if there is one.
    pub fn under(&self) -> Option<&str> {
        self.options.get("under")?.as_str()
    }

    /// What differs from `was`, in words: `option --field was title, is text`. The input is named
    /// as a whole.
    pub fn differences(&self, was: &Self) -> Vec<String> {
        let part = |of: &Self| of.shard.clone().unwrap_or_else(|| "all".to_owned());
        let mut values = vec![
            ("dateline's version".to_owned(), was.dateline.clone(), self.dateline.clone()),
            ("the model".to_owned(), was.model.clone(), self.model.clone()),
            ("the part".to_owned(), part(was), part(self)),
        ];
        let names: BTreeSet<&String> = was.options.keys().chain(self.options.keys()).collect();
        for name in names {
            let value = |of: &Self| of.options.get(name).map_or_else(|| "not given".to_owned(), shown);
            values.push((format!("option --{name}"), value(was), value(self)));
        }
        // The options say better what makes a recipe another one, where they do.
        if values.iter().all(|(_, was, is)| was == is) {
            values.push(("the recipe".to_owned(), was.recipe.clone(), self.recipe.clone()));
        }
        values.retain(|(_, was, is)| was != is);
        let mut differences: Vec<String> =
            values.iter().map(|(what, was, is)| format!("{what} was {was}, is {is}")).collect();
        if was.input != self.input {
            differences.push("the input has changed".to_owned());
        }
        differences
    }
}

/// A value as it would be typed.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "not given".to_owned(),
        Value::Bool(true) => "given".to_owned(),
        Value::Bool(false) => "not given".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "not given".to_owned(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// Outputs of the first version have their options as JSON in a string.
fn options<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    use serde::de::Error;
    match Value::deserialize(deserializer)? {
        Value::Object(options) => Ok(options),
        Value::String(json) => serde_json::from_str(&json).map_err(D::Error::custom),
        other => Err(D::Error::custom(format!("expected options, found {other}"))),
    }
}

/// And a digest for the input.
fn input<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<InputIdentity>, D::Error> {
    use serde::de::Error;
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(sha256) => Ok(Some(InputIdentity { files: 0, bytes: 0, sha256 })),
        other => serde_json::from_value(other).map(Some).map_err(D::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(was: &str, is: &str, expected: Expect) {
        let read = |json: &str| -> Fingerprint { serde_json::from_str(json).expect("a fingerprint") };
        expected.assert_eq(&read(is).differences(&read(was)).join("; "));
    }

    #[test]
    fn what_differs_is_said_with_both_values() {
        let of = |options: Value, recipe: &str| {
            json!({ "dateline": "1", "model": "m", "recipe": recipe, "options": options, "shard": "0/2" }).to_string()
        };
        let plain = of(json!({ "field": ["title"], "offsets": false, "under": null }), "r");
        check(&plain, &plain, expect![""]);
        check(
            &plain,
            &of(json!({ "field": ["text", "lead"], "offsets": true, "under": "ner", "new": 3 }), "other"),
            expect![
                "option --field was title, is text, lead; option --new was not given, is 3; option --offsets was not given, is given; option --under was not given, is ner"
            ],
        );
        check(&plain, &plain.replace("\"r\"", "\"s\""), expect!["the recipe was r, is s"]);
        check(&plain, &plain.replace("0/2", "1/2"), expect!["the part was 0/2, is 1/2"]);
    }

    #[test]
    fn fingerprints_of_the_first_version_are_read() {
        let old = r#"{"dateline":"0.1.0","input":"ab","model":"m","options":"{\"under\":\"ner\"}","recipe":"r","shard":"1/3"}"#;
        let fingerprint: Fingerprint = serde_json::from_str(old).expect("it is one");
        assert_eq!((fingerprint.under(), fingerprint.shard()), (Some("ner"), Some((1, 3))));
        assert_eq!(fingerprint.input.map(|input| input.sha256), Some("ab".to_owned()));
    }
}
