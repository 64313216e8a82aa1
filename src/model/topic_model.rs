//! Topics of the user's own: the file that `dateline learn topics` writes and `--topic-model` reads.
//!
//! It is JSON, so that everybody can see what is in it; weights are f32, little-endian, in base64.
//! It belongs to one model, whose embeddings it reads.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::digest::hex;
use crate::error::UserError;
use crate::topics::{LinearHead, TopicRule};

/// What a topic model's file is known by.
const FORMAT: &str = "dateline topics";
/// The version that this program writes and reads.
const VERSION: u32 = 1;

/// Topics of the user's own, for one model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicModel {
    format: String,
    version: u32,
    /// The model whose embeddings they read, with its digest.
    pub model: String,
    /// Articles that they were fitted on; 0 if they are known by definitions alone.
    pub articles: usize,
    /// How well they are told on articles left out of the fitting; absent if there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_validated: Option<CrossValidation>,
    /// The topics.
    pub topics: Vec<OwnTopic>,
}

/// All topics together, on articles left out of the fitting.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossValidation {
    /// Parts that were left out in turn.
    pub folds: usize,
    /// Of all pairs of an article and a topic.
    pub micro_f1: f64,
    /// The mean over topics that have articles.
    pub macro_f1: f64,
}

/// One topic.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnTopic {
    /// Its name, and how to read its logit.
    pub rule: TopicRule,
    /// What it is known by.
    pub known_by: KnownBy,
    /// Articles labelled with it.
    pub articles: usize,
    /// How well it is told on articles left out of the fitting; absent if it is known by its
    /// definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_validated: Option<TopicFit>,
    /// Added to the product of weights and embedding.
    pub bias: f32,
    /// As many as the embedding is wide.
    #[serde(with = "packed")]
    pub weights: Vec<f32>,
}

/// What a topic is known by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KnownBy {
    /// Labelled articles.
    Articles,
    /// A definition and keywords.
    Definition,
}

/// Ratios from 0 to 1.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicFit {
    /// Correct among given.
    pub precision: f64,
    /// Correct among labelled.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
}

/// Why a topic model was refused.
#[derive(Debug, Error)]
pub enum TopicModelError {
    /// It cannot be read.
    #[error("{path}: cannot be read")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else, or damaged.
    #[error("{path}: not a topic model: {reason}")]
    NotOne {
        /// The file.
        path: PathBuf,
        /// What was found and what was wanted.
        reason: String,
    },
    /// Of another version of the program.
    #[error("{path}: version {found} of topic models, expected {VERSION}")]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: u32,
    },
    /// Fitted on the embeddings of another model.
    #[error("{path}: fitted on {fitted}, expected {opened}")]
    OtherModel {
        /// The file.
        path: PathBuf,
        /// The model it was fitted on.
        fitted: String,
        /// The model that is to be used.
        opened: String,
    },
}

impl UserError for TopicModelError {
    fn hint(&self) -> Option<String> {
        let again = "learn the topics again for this model with dateline learn topics";
        match self {
            Self::Io { .. } => None,
            Self::NotOne { .. } => Some("a topic model is what dateline learn topics writes".to_owned()),
            Self::Version { .. } => Some(again.to_owned()),
            Self::OtherModel { fitted, .. } => {
                let name = fitted.split('@').next().unwrap_or_default();
                Some(format!("its topics read the embeddings of {name}: use that with --model, or {again}"))
            }
        }
    }
}

impl TopicModel {
    /// These topics for `model`, whose name has its digest.
    pub fn new(model: &str, articles: usize, cross_validated: Option<CrossValidation>, topics: Vec<OwnTopic>) -> Self {
        let (format, model) = (FORMAT.to_owned(), model.to_owned());
        Self { format, version: VERSION, model, articles, cross_validated, topics }
    }

    /// The file, as it is written.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings and finite numbers") + "\n"
    }

    /// The file's name without its ending, and the digest of its bytes: `my-topics@sha256:…`; and
    /// what is in it.
    ///
    /// # Errors
    /// A [`TopicModelError`] names the file and says what is wrong with it.
    pub fn read(path: &Path) -> Result<(String, Self), TopicModelError> {
        let bytes = std::fs::read(path).map_err(|source| TopicModelError::Io { path: path.to_owned(), source })?;
        let not_one = |reason: String| TopicModelError::NotOne { path: path.to_owned(), reason };
        let said: Said = serde_json::from_slice(&bytes).map_err(|error| not_one(error.to_string()))?;
        if said.format.as_deref() != Some(FORMAT) {
            return Err(not_one(format!(
                "expected the format {FORMAT:?}, found {:?}",
                said.format.unwrap_or_default()
            )));
        }
        if said.version != VERSION {
            return Err(TopicModelError::Version { path: path.to_owned(), found: said.version });
        }
        let read: Self = serde_json::from_slice(&bytes).map_err(|error| not_one(error.to_string()))?;
        read.check().map_err(not_one)?;
        let stem = path.file_stem().map_or_else(|| "topics".to_owned(), |stem| stem.to_string_lossy().into_owned());
        Ok((format!("{stem}@sha256:{}", hex(&Sha256::digest(&bytes)[..16])), read))
    }

    /// Topics can be told apart, and their weights are finite numbers, as many of each.
    fn check(&self) -> Result<(), String> {
        let Some(first) = self.topics.first() else { return Err("topics: expected at least one".to_owned()) };
        let width = first.weights.len();
        let (mut codes, mut labels) = (HashSet::new(), HashSet::new());
        for (i, topic) in self.topics.iter().enumerate() {
            let TopicRule { code, label, .. } = &topic.rule;
            if code.trim().is_empty() || label.trim().is_empty() || !codes.insert(code) || !labels.insert(label) {
                return Err(format!(
                    "topics[{i}]: expected a code and a label that no other topic has, found {code:?}, {label:?}"
                ));
            }
            if topic.weights.len() != width || !topic.weights.iter().chain([&topic.bias]).all(|x| x.is_finite()) {
                let n = topic.weights.len();
                return Err(format!("topics[{i}].weights: expected {width} finite numbers and a bias, found {n}"));
            }
        }
        Ok(())
    }

    /// What gives the logits of its topics.
    pub(super) fn head(&self) -> LinearHead {
        LinearHead::new(self.topics.iter().map(|topic| (topic.weights.clone(), topic.bias)).collect())
    }
}

/// What every version has.
#[derive(Deserialize)]
struct Said {
    format: Option<String>,
    #[serde(default)]
    version: u32,
}

/// f32, little-endian, in base64.
mod packed {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(weights: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(&text).map_err(|error| D::Error::custom(format!("weights: {error}")))?;
        let (weights, rest) = bytes.as_chunks::<4>();
        match rest {
            [] => Ok(weights.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()),
            _ => Err(D::Error::custom(format!("weights: expected four bytes a number, found {} bytes", bytes.len()))),
        }
    }
}
