//! How much of an article's text is left in another one, from a few numbers that a log can hold.
//!
//! A text is the set of its runs of five words. A sketch has those [`Sketch::SIZE`] of them whose
//! hashes are the lowest, which is a random sample without repetition (bottom-k sketches, Cohen
//! and Kaplan 2007): the part of the sample that another text has estimates the part of all.
//! Texts with no more runs than that are known exactly.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::document::Article;

/// A sample of a text's runs of words, as hashes, ascending.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sketch(Vec<u32>);

/// Words in a run.
const WORDS: usize = 5;

impl Sketch {
    /// Runs that are kept.
    pub const SIZE: usize = 32;

    /// Part of its runs that must be left for a text to count as the same one, changed.
    pub const ENOUGH: f64 = 0.8;

    /// Of `article`.
    pub fn of(article: &Article) -> Self {
        Self(runs(article).into_iter().take(Self::SIZE).collect())
    }

    /// The part of the sampled runs, 0 to 1, that `article` has; 0 of an empty text.
    pub fn part_in(&self, article: &Article) -> f64 {
        let runs = runs(article);
        let n_left = self.0.iter().filter(|run| runs.contains(run)).count();
        if self.0.is_empty() { 0.0 } else { n_left as f64 / self.0.len() as f64 }
    }
}

/// Hashes of the runs of five words, or of all words if there are fewer.
fn runs(article: &Article) -> BTreeSet<u32> {
    let words: Vec<&str> = article.text.split_whitespace().collect();
    let hash = |run: &[&str]| {
        let digest = Sha256::digest(run.join(" "));
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
    };
    if words.len() < WORDS { std::iter::once(hash(&words)).collect() } else { words.windows(WORDS).map(hash).collect() }
}

/// Eight hexadecimal digits a run.
impl Serialize for Sketch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits: Vec<String> = self.0.iter().map(|run| format!("{run:08x}")).collect();
        serializer.serialize_str(&digits.concat())
    }
}

impl<'de> Deserialize<'de> for Sketch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format!("found {text:?}, wanted eight hexadecimal digits a run"));
        if !text.is_ascii() || text.len() % 8 != 0 {
            return Err(wrong());
        }
        let runs = text.as_bytes().chunks(8).map(|run| std::str::from_utf8(run).ok());
        let runs: Option<Vec<u32>> = runs.map(|run| u32::from_str_radix(run?, 16).ok()).collect();
        runs.map(Self).ok_or_else(wrong)
    }
}
