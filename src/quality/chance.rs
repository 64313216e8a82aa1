//! Chance that depends on a seed and a thing, and not on the order in which things come.

use sha2::{Digest, Sha256};

use crate::verdicts::ArticleKey;

/// A number for a place in an article, as if drawn evenly from all.
pub(super) fn number(seed: u64, article: ArticleKey, field: &str, span: [usize; 2]) -> u64 {
    let mut sha = Sha256::new();
    sha.update(seed.to_le_bytes());
    sha.update(article.bytes());
    sha.update((field.len() as u64).to_le_bytes());
    sha.update(field);
    span.iter().for_each(|at| sha.update((*at as u64).to_le_bytes()));
    let digest = sha.finalize();
    u64::from_le_bytes(std::array::from_fn(|i| digest[i]))
}

/// The same between 0 and 1, never either.
pub(super) fn part(number: u64) -> f64 {
    ((number >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}
