//! How well a model's embedding is kept: whether articles that were alike still are.
//!
//! Two models give each article a vector. Over pairs of articles, the cosine similarities under the
//! one are ranked against those under the other: Spearman's correlation is 1 if the order is the
//! same, whatever became of the numbers.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use crate::eval::draws::Draws;

/// Pairs that are drawn, unless there are fewer.
pub const PAIRS: usize = 2000;

/// Any number would do, as long as it stays.
const SEED: u64 = 20_210_830;

/// The result of comparing two models' embeddings.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct EmbeddingReport {
    /// Articles that both models read something of.
    pub articles: usize,
    /// Pairs of them that were compared.
    pub pairs: usize,
    /// Spearman's rank correlation of the pairs' cosine similarities; `None` where either model
    /// finds all pairs equally alike.
    pub spearman: Option<f64>,
}

impl EmbeddingReport {
    /// Compares two lists of vectors, one an article each.
    pub fn new(ours: &[Vec<f32>], originals: &[Vec<f32>]) -> Self {
        let pairs = pairs(ours.len(), PAIRS);
        let similarities = |vectors: &[Vec<f32>]| -> Vec<f64> {
            pairs.iter().map(|&(a, b)| cosine(&vectors[a], &vectors[b])).collect()
        };
        let spearman = spearman(&similarities(ours), &similarities(originals));
        Self { articles: ours.len(), pairs: pairs.len(), spearman }
    }
}

/// A few lines for people.
impl fmt::Display for EmbeddingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spearman = self.spearman.map_or_else(|| "-".to_owned(), |rho| format!("{rho:.4}"));
        writeln!(f, "embedding")?;
        writeln!(f, "Spearman {spearman} between the cosine similarities under the model and under the original")?;
        writeln!(f, "over {} pairs of {} articles", self.pairs, self.articles)
    }
}

/// `n_pairs` different pairs of different items, the same each time; all there are if they are not
/// more.
fn pairs(n_items: usize, n_pairs: usize) -> Vec<(usize, usize)> {
    if n_items * n_items.saturating_sub(1) / 2 <= n_pairs {
        return (0..n_items).flat_map(|a| (a + 1..n_items).map(move |b| (a, b))).collect();
    }
    let mut draws = Draws(SEED);
    let mut seen = HashSet::new();
    let mut pairs = Vec::with_capacity(n_pairs);
    while pairs.len() < n_pairs {
        let (a, b) = (draws.below(n_items), draws.below(n_items));
        let pair = (a.min(b), a.max(b));
        if a != b && seen.insert(pair) {
            pairs.push(pair);
        }
    }
    pairs
}

/// a · b / (|a| · |b|)
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Spearman's rank correlation: Pearson's correlation of the ranks, where equals share the mean of
/// their ranks. `None` if either list has no two different numbers.
fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum() };
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    (spread > 0.0).then(|| product(&a, &b) / spread)
}

/// Ranks from 1; equals share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equals in order.chunk_by(|&a, &b| values[a] == values[b]) {
        // The mean of before + 1, …, before + n.
        let rank = before as f64 + (equals.len() as f64 + 1.0) / 2.0;
        equals.iter().for_each(|&at| ranks[at] = rank);
        before += equals.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_share_the_mean_of_their_ranks() {
        assert_eq!(ranks(&[0.3, 0.1, 0.3, 0.9]), [2.5, 1.0, 2.5, 4.0]);
        assert_eq!(ranks(&[2.0, 2.0, 2.0]), [2.0, 2.0, 2.0]);
        assert_eq!(ranks(&[]), [0.0; 0]);
    }

    #[test]
    fn correlations_worked_by_hand() {
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[10.0, 200.0, 3000.0]), Some(1.0));
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0]), Some(-1.0));
        // Without ties 1 − 6 Σ d² / (n (n² − 1)): ranks 1 2 3 4 5 against 2 1 4 3 5, Σ d² = 4, so 1
        // − 24 / 120.
        let rho = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 1.0, 4.0, 3.0, 5.0]).expect("they differ");
        assert!((rho - 0.8).abs() < 1e-12, "{rho}");
        // With ties: ranks 1 2.5 2.5 4 against 1 2 3 4. Deviations −1.5 0 0 1.5 and −1.5 −0.5 0.5
        // 1.5, so 4.5 / √(4.5 · 5) = √0.9.
        let rho = spearman(&[0.1, 0.2, 0.2, 0.7], &[1.0, 2.0, 3.0, 4.0]).expect("they differ");
        assert!((rho - 0.9_f64.sqrt()).abs() < 1e-12, "{rho}");
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[], &[]), None);
    }

    #[test]
    fn pairs_are_different_and_always_the_same() {
        assert_eq!(pairs(3, 2000), [(0, 1), (0, 2), (1, 2)]);
        assert_eq!((pairs(0, 9), pairs(1, 9)), (vec![], vec![]));
        let drawn = pairs(100, PAIRS);
        assert_eq!(drawn, pairs(100, PAIRS));
        assert!(drawn.iter().all(|(a, b)| a < b && *b < 100));
        assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), PAIRS);
        assert!(!drawn.is_sorted(), "they come from everywhere");
    }

    #[test]
    fn only_the_order_of_the_similarities_counts() {
        let ours = [vec![1.0, 0.0], vec![0.0, 1.0], vec![1.0, 1.0], vec![3.0, 1.0]];
        // The same directions, other lengths.
        let longer: Vec<Vec<f32>> =
            ours.iter().zip(1..).map(|(v, n)| v.iter().map(|x| x * n as f32).collect()).collect();
        let report = EmbeddingReport::new(&ours, &longer);
        assert_eq!((report.articles, report.pairs), (4, 6));
        assert!(report.spearman.is_some_and(|rho| rho > 0.999), "{report:?}");
        let turned = [vec![0.0, 1.0], vec![0.1, 1.0], vec![1.0, 0.0], vec![1.0, -3.0]];
        assert!(EmbeddingReport::new(&ours, &turned).spearman.is_some_and(|rho| rho < 0.9));
    }
}
