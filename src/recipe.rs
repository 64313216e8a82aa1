//! What to compute: every choice that changes a record, written out.
//!
//! A model directory may carry a `recipe.json`; keys it leaves out have the defaults below, unknown
//! keys are refused. How fast and where to compute is no part of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::calibrate::{Calibration, number, probability};
use crate::label::Scheme;
use crate::topics::{NoArticle, TopicRule};

/// The settings of a model, beside its weights.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// The name of a model beside this one whose word embeddings this one has, and whose tokenizer
    /// where it has none of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word_embeddings: Option<String>,
    /// What the token types (BERT's segment ids) tell the model.
    pub token_types: TokenTypes,
    /// Tokens in a window, special tokens included. More than the model's positions means as many
    /// as those.
    pub window: usize,
    /// Tokens that neighbouring windows share, at least; where absent, a quarter of the window, and
    /// 64 at most.
    pub stride: Option<usize>,
    /// How the model's tags spell mentions; where absent, the tags' names decide.
    pub scheme: Option<Scheme>,
    /// How much the names of a document that have the same words share their labels: see
    /// `agree.rs`. 0, not at all, to 100.
    #[serde(skip_serializing_if = "is_zero", deserialize_with = "agreement")]
    pub agreement: f64,
    /// Whether the model was found to be as accurate in int8 as in f32; then it is run so unless
    /// the user says otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub int8: bool,
    /// Languages that the model was made for, by their codes of three letters (ISO 639-3). Articles
    /// that are certainly in another one get a warning; if the list is empty, languages are not
    /// detected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// The topics of the model's topic head, in the order of its rows; empty for a model without
    /// one.
    // Written only where there are some, so that the digest of other recipes stays.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<TopicRule>,
    /// The class of text that is no article, for a topic head with a row more than topics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_article: Option<NoArticle>,
    /// Mentions whose corrected score is less are dropped, unless the user sets another bar. 0,
    /// none, to 1.
    #[serde(skip_serializing_if = "is_zero", deserialize_with = "min_score")]
    pub min_score: f64,
    /// Where articles' embeddings come from; where absent, from the last hidden states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedding: Option<EmbeddingRule>,
    /// How to correct the scores of mentions, by label; scores of other labels stay as they are.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub confidence: BTreeMap<String, Calibration>,
}

/// Where embeddings come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddingRule {
    /// The layer whose hidden states are pooled, counted from 1.
    pub layer: usize,
}

/// The use of token types.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenTypes {
    /// All 0.
    Zero,
    /// The casing of each word, for a model whose vocabulary does not tell it.
    Casing,
}

impl Default for Recipe {
    fn default() -> Self {
        // Checkpoints of others were nearly always fine-tuned on single sentences: longer windows
        // give them more context than they can use, and cost more attention.
        Self {
            word_embeddings: None,
            token_types: TokenTypes::Zero,
            window: 256,
            stride: None,
            scheme: None,
            agreement: 0.0,
            int8: false,
            languages: Vec::new(),
            topics: Vec::new(),
            no_article: None,
            min_score: 0.0,
            embedding: None,
            confidence: BTreeMap::new(),
        }
    }
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

fn agreement<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    number(deserializer, "agreement", "a number from 0 to 100", |x| (0.0..=100.0).contains(&x))
}

fn min_score<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    probability(deserializer, "min_score")
}
