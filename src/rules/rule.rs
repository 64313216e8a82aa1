//! One rule, as a line of a file of rules has it.

use serde::{Deserialize, Serialize};

use crate::rules::normal::normal;

/// A rule: what some words are, or which names are one or several.
///
/// Exactly one of [`words`](Self::words), [`same`](Self::same) and [`different`](Self::different)
/// is given; [`parse`](crate::rules::parse) sees to that.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What it is called in a record's `by`; none has the same.
    pub id: String,
    /// The words that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Names that are one thing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same: Vec<String>,
    /// Names that are several things.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub different: Vec<String>,
    /// What the words are; `null` if they are no name. Of names: the label that they have, or any.
    #[serde(default)]
    pub label: Option<String>,
    /// The fullest form of names that are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How the words are compared; none for [`Case::AsIs`] if they have a capital, else
    /// [`Case::Fold`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Case>,
    /// Zones in which it holds; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// Where the model is sure of something else, it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<Unless>,
    /// The reason, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Who made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// When.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub at: String,
}

/// How the words of a rule are compared with a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    /// Letter by letter.
    AsIs,
    /// Capitals and small letters are the same.
    Fold,
}

/// What the model has to be sure of for a rule not to hold.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unless {
    /// The label; none for any but the rule's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The score, 0 to 1, from which on the model counts as sure.
    pub score: f64,
}

impl Rule {
    /// The rule that `words` are a `label`, or with none that they are no name.
    pub fn words(id: impl Into<String>, words: impl Into<String>, label: Option<&str>) -> Self {
        Self { id: id.into(), words: Some(words.into()), label: label.map(str::to_owned), ..Self::default() }
    }

    /// How its words are compared: small words that are no names in themselves, like `may`, never
    /// become `May`.
    pub fn case(&self) -> Case {
        let words = self.words.as_deref().unwrap_or_default();
        self.case.unwrap_or(if words.chars().any(char::is_uppercase) { Case::AsIs } else { Case::Fold })
    }

    /// Its words as they are looked for; empty if it is about names.
    pub(super) fn pattern(&self) -> String {
        self.words.as_deref().map(normal).unwrap_or_default()
    }

    /// Whether it holds in the zone called `zone`.
    pub(super) fn holds_in(&self, zone: &str) -> bool {
        self.zones.as_ref().is_none_or(|zones| zones.iter().any(|other| other == zone))
    }
}
