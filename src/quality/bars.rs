//! Whether scores can be taken at their word, in five bars.

use serde::Serialize;

use crate::eval::Interval;
use crate::quality::population::{N_STRATA, Population};
use crate::quality::precision::Judged;

/// Mentions of like scores: what was said, and what was so.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Bar {
    /// The lowest score in it.
    pub from: f64,
    /// Decided mentions.
    pub n: usize,
    /// The mean score.
    pub said: f64,
    /// The part that was right.
    pub was: f64,
    /// Where the truth is in 95 of 100 samples (Wilson 1927).
    pub interval: Interval,
}

const FROM: [f64; 5] = [0.0, 0.5, 0.7, 0.9, 0.97];

/// The bars that have mentions, the lowest scores first. A mention counts for all those of its
/// stratum that were not drawn.
pub fn bars(population: &Population, judged: &[Judged<'_>]) -> Vec<Bar> {
    let mut n_decided = [0_u64; N_STRATA];
    judged.iter().for_each(|judged| n_decided[judged.drawn.stratum] += 1);
    let weight = |judged: &Judged<'_>| {
        let stratum = judged.drawn.stratum;
        population.strata[stratum].n as f64 / n_decided[stratum] as f64
    };
    let bars = FROM.iter().enumerate().filter_map(|(i, &from)| {
        let to = FROM.get(i + 1).copied().unwrap_or(f64::INFINITY);
        let within: Vec<&Judged<'_>> = judged.iter().filter(|j| j.drawn.score >= from && j.drawn.score < to).collect();
        let total: f64 = within.iter().map(|judged| weight(judged)).sum();
        if within.is_empty() || total <= 0.0 {
            return None;
        }
        let mean = |of: &dyn Fn(&Judged<'_>) -> f64| within.iter().map(|j| weight(j) * of(j)).sum::<f64>() / total;
        let was = mean(&|judged| f64::from(u8::from(judged.is_right())));
        let squares: f64 = within.iter().map(|judged| weight(judged).powi(2)).sum();
        let interval = wilson(was, total * total / squares);
        Some(Bar { from, n: within.len(), said: mean(&|judged| judged.drawn.score), was, interval })
    });
    bars.collect()
}

/// The interval of a part `p` of `n`.
fn wilson(p: f64, n: f64) -> Interval {
    let z = 1.96_f64;
    let (middle, reach) = (p + z * z / (2.0 * n), z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt());
    let scale = 1.0 + z * z / n;
    Interval { low: ((middle - reach) / scale).max(0.0), high: ((middle + reach) / scale).min(1.0) }
}
