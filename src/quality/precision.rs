//! How many of a run's mentions are right, from a stratified sample.
//!
//! The estimate is the mean score of all mentions, corrected by the mean of truth − score in the
//! sample, each stratum by its share (the difference estimator: Cochran 1977, section 7.2):
//!
//! P = p̄ + Σ_h W_h · mean_h(t − p), with the variance Σ_h W_h² s_h² (1 − n_h/N_h) / n_h.
//!
//! Where few of a stratum were decided, s_h² says little, so it is never taken to be less than what
//! calibrated scores would have, the mean of p (1 − p).

use serde::Serialize;

use crate::eval::Interval;
use crate::quality::population::{Drawn, N_STRATA, Part, Population, Sample};
use crate::verdicts::{Op, Verdicts};

/// A mention of a sample that was decided.
#[derive(Clone, PartialEq, Debug)]
pub struct Judged<'s> {
    /// The mention.
    pub drawn: &'s Drawn,
    /// The label that exactly this span has; none if it is no name.
    pub truth: Option<String>,
}

impl Judged<'_> {
    /// Whether exactly this span has exactly the label that the model gave it.
    pub fn is_right(&self) -> bool {
        self.truth.as_deref() == Some(&self.drawn.label)
    }
}

/// An estimate with its interval at 95 %.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Where the truth is in 95 of 100 samples.
    pub interval: Interval,
    /// Decided mentions or passages that it comes from.
    pub n: usize,
}

/// The estimate for a label or a zone.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct PartEstimate {
    /// `label` or `zone`.
    pub of: &'static str,
    /// Its name.
    pub name: String,
    /// Mentions in it.
    pub mentions: u64,
    /// Decided ones.
    pub n: usize,
    /// None if too few were decided.
    pub estimate: Option<Estimate>,
}

impl PartEstimate {
    /// Decided mentions from which on a part has an estimate.
    pub const ENOUGH: usize = 30;
}

/// The mentions of `sample` on which a verdict holds that was made without seeing the model's label:
/// from a queue called `sample`. The last one counts, a judge's before all.
pub fn judged<'s>(sample: &'s Sample, verdicts: &Verdicts) -> Vec<Judged<'s>> {
    let judge = |drawn: &'s Drawn| {
        let mut said: Option<(bool, Option<String>)> = None;
        for (_, entry) in verdicts.on(drawn.article) {
            let Op::Mention { place, say, .. } = &entry.decision.op else { continue };
            let is_blind = entry.decision.queue.as_deref().is_some_and(|queue| queue.starts_with("sample"));
            if !is_blind
                || !place.is_at(&drawn.field, drawn.span)
                || said.as_ref().is_some_and(|(judge, _)| *judge && !entry.decision.judge)
            {
                continue;
            }
            let is_there = say.span.is_none_or(|span| span == place.span);
            said = Some((entry.decision.judge, say.label.clone().filter(|_| is_there)));
        }
        said.map(|(_, truth)| Judged { drawn, truth })
    };
    sample.mentions.iter().filter_map(judge).collect()
}

/// The precision of the run, and that of each label and zone; none if nothing was decided.
pub fn precision(population: &Population, judged: &[Judged<'_>]) -> Option<(Estimate, Vec<PartEstimate>)> {
    let strata = population.strata.map(|stratum| (stratum.n, stratum.scores));
    let all = estimate(population, strata, judged)?;
    let named =
        population.parts.iter().flat_map(|(part, names)| names.iter().map(move |(name, sums)| (part, name, sums)));
    let parts = named.map(|(part, name, strata)| {
        let is_in = |judged: &&Judged<'_>| match part {
            Part::Label => judged.drawn.label == *name,
            Part::Zone => judged.drawn.zone == *name,
        };
        let of_part: Vec<Judged<'_>> = judged.iter().filter(is_in).cloned().collect();
        let is_enough = of_part.len() >= PartEstimate::ENOUGH;
        PartEstimate {
            of: if *part == Part::Label { "label" } else { "zone" },
            name: name.clone(),
            mentions: strata.iter().map(|(n, _)| n).sum(),
            n: of_part.len(),
            estimate: is_enough.then(|| estimate(population, *strata, &of_part)).flatten(),
        }
    });
    Some((all, parts.collect()))
}

/// The estimate for mentions of which so many are in each stratum, with these sums of scores.
fn estimate(population: &Population, strata: [(u64, f64); N_STRATA], judged: &[Judged<'_>]) -> Option<Estimate> {
    let total: u64 = strata.iter().map(|(n, _)| n).sum();
    if total == 0 || judged.is_empty() {
        return None;
    }
    let residual = |judged: &Judged<'_>| f64::from(u8::from(judged.is_right())) - judged.drawn.score;
    let pooled = judged.iter().map(residual).sum::<f64>() / judged.len() as f64;
    let mean_score = strata.iter().map(|(_, scores)| scores).sum::<f64>() / total as f64;
    let (mut value, mut variance) = (mean_score, 0.0);
    for (h, &(n_all, _)) in strata.iter().enumerate().filter(|(_, (n, _))| *n > 0) {
        let residuals: Vec<f64> = judged.iter().filter(|judged| judged.drawn.stratum == h).map(residual).collect();
        let (share, n) = (n_all as f64 / total as f64, residuals.len() as f64);
        let of = population.strata[h];
        let expected = of.variance / of.n.max(1) as f64;
        if residuals.is_empty() {
            // Nobody has looked: what is known of the others, with all the doubt of one mention.
            value += share * pooled;
            variance += share * share * expected.max(pooled * pooled);
            continue;
        }
        let mean = residuals.iter().sum::<f64>() / n;
        let spread = residuals.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / (n - 1.0).max(1.0);
        value += share * mean;
        variance += share * share * spread.max(expected) / n * (1.0 - n / n_all as f64).max(0.0);
    }
    let reach = 1.96 * variance.sqrt();
    let inside = |x: f64| x.clamp(0.0, 1.0);
    let interval = Interval { low: inside(value - reach), high: inside(value + reach) };
    Some(Estimate { value: inside(value), interval, n: judged.len() })
}

/// The precision of what is left of the run's mentions when rules have corrected them; `after` is
/// the label that each judged mention then has, none if it is gone. What rules add where the model
/// found nothing is not in it. None if nothing was judged, or nothing is left.
///
/// P = Σ_i w_i k_i t_i / Σ_i w_i k_i, where k says whether a mention is left, t whether it is right, and
/// w = N_h / n_h; its variance is that of the sum of w_i k_i (t_i − P) (Cochran 1977, section 6.13).
pub fn precision_after(population: &Population, judged: &[Judged<'_>], after: &[Option<String>]) -> Option<Estimate> {
    let mut n_judged = [0_usize; N_STRATA];
    judged.iter().for_each(|judged| n_judged[judged.drawn.stratum] += 1);
    let weight = |h: usize| population.strata[h].n as f64 / n_judged[h] as f64;
    let all = || {
        judged.iter().zip(after).map(|(judged, after)| {
            let (left, right) = (after.is_some(), after.is_some() && *after == judged.truth);
            (judged.drawn.stratum, f64::from(u8::from(left)), f64::from(u8::from(right)))
        })
    };
    let left: f64 = all().map(|(h, left, _)| weight(h) * left).sum();
    if left <= 0.0 {
        return None;
    }
    let value = all().map(|(h, _, right)| weight(h) * right).sum::<f64>() / left;
    let mut variance = 0.0;
    for (h, &n) in n_judged.iter().enumerate().filter(|(_, n)| **n > 0) {
        let residuals: Vec<f64> =
            all().filter(|(of, ..)| *of == h).map(|(_, left, right)| right - left * value).collect();
        let (count, mean) = (n as f64, residuals.iter().sum::<f64>() / n as f64);
        let spread = residuals.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / (count - 1.0).max(1.0);
        // As above: few that all are right say little.
        let of = population.strata[h];
        let expected = of.variance / of.n.max(1) as f64;
        let n_all = of.n as f64;
        variance += n_all * n_all * spread.max(expected) / count * (1.0 - count / n_all).max(0.0);
    }
    let reach = 1.96 * variance.sqrt() / left;
    let inside = |x: f64| x.clamp(0.0, 1.0);
    let interval = Interval { low: inside(value - reach), high: inside(value + reach) };
    Some(Estimate { value, interval, n: judged.len() })
}
