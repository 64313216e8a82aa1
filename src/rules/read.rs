//! A file of rules, one JSON object a line.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use thiserror::Error;

use crate::document::Zone;
use crate::error::UserError;
use crate::rules::normal::normal;
use crate::rules::rule::Rule;

/// Why a file of rules cannot be read.
#[derive(Debug, Error)]
pub enum RuleError {
    /// The file system refused.
    #[error("{path}: cannot read the rules", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// A line is no rule.
    #[error("{path}:{line}: found {found}, wanted {wanted}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What stands there.
        found: String,
        /// What should.
        wanted: String,
    },
}

impl UserError for RuleError {
    fn hint(&self) -> Option<String> {
        let Self::Line { .. } = self else { return None };
        let example = r#"{"id":"r7","words":"Dateline Samples","label":"ORG"}"#;
        Some(format!("a rule is a JSON object on a line of its own, e.g. {example}"))
    }
}

/// Reads the file of rules `path`.
///
/// # Errors
/// If it cannot be read, or a line of it is no rule.
pub fn read(path: &Path) -> Result<Vec<Rule>, RuleError> {
    let text = fs::read_to_string(path).map_err(|source| RuleError::Read { path: path.to_owned(), source })?;
    parse(path, &text)
}

/// Reads `text`, the content of the file of rules `path`; blank lines are passed over.
///
/// # Errors
/// If a line of it is no rule.
pub fn parse(path: &Path, text: &str) -> Result<Vec<Rule>, RuleError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rules: Vec<Rule> = Vec::new();
    let mut line_of_id: HashMap<String, usize> = HashMap::new();
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.trim().is_empty()) {
        let refused =
            |(found, wanted): (String, String)| RuleError::Line { path: path.to_owned(), line, found, wanted };
        let rule: Rule = serde_json::from_str(row).map_err(|error| {
            let complaint = error.to_string();
            let found = complaint.split(" at line ").next().unwrap_or_default();
            refused((format!("{found} at column {}", error.column()), "a rule".to_owned()))
        })?;
        // A label that was forgotten must not take names away.
        let given: Given = serde_json::from_str(row).expect("a rule was read from it");
        if rule.words.is_some() && !given.label {
            let found = format!("no label for {:?}", rule.words.as_deref().unwrap_or_default());
            return Err(refused((found, "\"label\", which is null for words that are no name".to_owned())));
        }
        rule.check().map_err(refused)?;
        if let Some(first) = line_of_id.insert(rule.id.clone(), line) {
            let found = format!("the id {:?}, which line {first} has", rule.id);
            return Err(refused((found, "an id of its own".to_owned())));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// Whether a line has a label, be it `null`.
#[derive(Deserialize)]
struct Given {
    #[serde(default, deserialize_with = "is_given")]
    label: bool,
}

fn is_given<'d, D: Deserializer<'d>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl Rule {
    /// Whether it makes sense by itself.
    ///
    /// # Errors
    /// What was found, and what was wanted.
    pub fn check(&self) -> Result<(), (String, String)> {
        let wrong = |found: String, wanted: &str| Err((found, wanted.to_owned()));
        if self.id.is_empty() || self.id.chars().any(char::is_control) {
            return wrong(format!("the id {:?}", self.id), "an id on one line");
        }
        let kinds = [self.words.is_some(), !self.same.is_empty(), !self.different.is_empty()];
        let n_kinds = kinds.into_iter().filter(|&is_given| is_given).count();
        if n_kinds != 1 {
            let found = if n_kinds == 0 { "none" } else { "several" };
            return wrong(format!("{found} of \"words\", \"same\" and \"different\""), "one of them");
        }
        if self.words.as_deref().is_some_and(|words| normal(words).is_empty()) {
            return wrong("no words".to_owned(), "at least one letter in \"words\"");
        }
        if self.words.as_deref().is_some_and(|words| normal(words).contains('\n')) {
            return wrong("a blank line in \"words\"".to_owned(), "words of one paragraph");
        }
        for (key, names) in [("same", &self.same), ("different", &self.different)] {
            let mut folded: Vec<String> = names.iter().map(|name| normal(name)).collect();
            folded.sort_unstable();
            folded.dedup();
            let is_short = folded.len() < 2 || folded[0].is_empty();
            if !names.is_empty() && is_short {
                return wrong(format!("{} in {key:?}", names.join(", ")), "at least two names that differ");
            }
        }
        if self.label.as_deref() == Some("") {
            return wrong("the label \"\"".to_owned(), "a label, or null for words that are no name");
        }
        let only_words = [self.zones.is_some(), self.unless.is_some(), self.case.is_some()];
        if self.words.is_none() && only_words.contains(&true) {
            return wrong(
                "a rule about names with \"zones\", \"unless\" or \"case\"".to_owned(),
                "these with \"words\" alone",
            );
        }
        if self.name.is_some() && self.same.is_empty() {
            return wrong("\"name\" without \"same\"".to_owned(), "\"name\" beside the names that are one");
        }
        let unknown = self.zones.iter().flatten().find(|zone| !Zone::ALL.iter().any(|known| known.name() == *zone));
        if let Some(zone) = unknown {
            let known: Vec<&str> = Zone::ALL.iter().map(|zone| zone.name()).collect();
            return wrong(format!("the zone {zone:?}"), &format!("one of {}", known.join(", ")));
        }
        if let Some(unless) = &self.unless
            && !(0.0..=1.0).contains(&unless.score)
        {
            return wrong(format!("the score {}", unless.score), "a score from 0 to 1");
        }
        Ok(())
    }
}
