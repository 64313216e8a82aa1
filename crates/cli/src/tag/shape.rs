//! Everything about a run that shapes its records, settled once.
//!
//! The serialization of [`Shape`] is what an output remembers of how it was made, so an option that
//! is added here cannot be forgotten there, and a run that resumes with another value is told which
//! option differs.

use serde::Serialize;
use serde_json::{Map, Value};

/// The options that shape records, under their names on the command line.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shape {
    // How articles are read.
    pub field: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub html: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<&'static str>,
    pub encoding: Option<String>,
    pub input_format: Option<&'static str>,
    pub max_record_bytes: usize,
    pub replace: bool,
    /// Digest of the keys in that output.
    pub new_only: Option<String>,
    // What is looked for in them. The recipe's digest has these too; here they have names.
    pub labels: Vec<String>,
    pub min_score: f64,
    pub precision: &'static str,
    pub device: Option<String>,
    pub topics: usize,
    pub min_topic_score: Option<f64>,
    /// The model and the topic model, with their digests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_model: Option<String>,
    pub zero_shot: Vec<String>,
    pub hypothesis: Option<String>,
    pub embedding: bool,
    /// Digest of the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    // How it is written.
    pub offsets: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub source_offsets: bool,
    pub compact: bool,
    pub under: Option<String>,
    pub checkpoint_bytes: u64,
}

impl Shape {
    /// As an object, each option under its name.
    pub fn to_object(&self) -> Map<String, Value> {
        match serde_json::to_value(self).expect("strings, numbers and lists of these") {
            Value::Object(options) => options,
            other => unreachable!("a struct is an object, not {other}"),
        }
    }
}

/// A score as it was typed: 0.1 rather than what is next to it in f32.
pub fn typed(score: f32) -> f64 {
    score.to_string().parse().expect("a number was written")
}
