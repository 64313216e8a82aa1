//! How far a score could have moved by luck of the draw.
//!
//! The percentile bootstrap (Efron 1979): draw as many units as there are, with repetition, score
//! what was drawn, and do so many times; the middle 95 % of the scores is the interval. Units are
//! documents, because the names of one document are not independent of each other. The draws come
//! from a fixed seed, so the same counts always give the same interval.

use serde::Serialize;

use crate::eval::draws::Draws;
use crate::eval::score::{Exact, MentionCounts};

/// How often units are drawn anew.
pub(super) const RESAMPLES: usize = 1000;

/// Part of the scores that lies inside an interval.
pub(super) const CONFIDENCE: f64 = 0.95;

/// Any number would do, as long as it stays.
const SEED: u64 = 20_130_614;

/// Bounds of an F1.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Intervals of F1: for each of `labels`, in order, and for all together. `None` where nothing
/// could vary: with fewer than two units, or if no draw held a mention of the label.
pub(super) fn intervals(units: &[&MentionCounts], labels: &[&str]) -> (Vec<Option<Interval>>, Option<Interval>) {
    if units.len() < 2 {
        return (vec![None; labels.len()], None);
    }
    // The units' counts in one row after another, without the labels that a unit does not have:
    // most sentences have no name.
    let mut cells: Vec<(usize, Exact)> = Vec::new();
    let mut ends = Vec::with_capacity(units.len());
    for unit in units {
        let row = unit.labels().filter_map(|(label, counts)| Some((labels.binary_search(&label).ok()?, counts.exact)));
        cells.extend(row);
        ends.push(cells.len());
    }

    let mut draws = Draws(SEED);
    let mut scores: Vec<Vec<f64>> = vec![Vec::with_capacity(RESAMPLES); labels.len() + 1];
    for _ in 0..RESAMPLES {
        let mut sums = vec![Exact::default(); labels.len()];
        for _ in 0..units.len() {
            let unit = draws.below(units.len());
            let start = unit.checked_sub(1).map_or(0, |before| ends[before]);
            for &(label, counts) in &cells[start..ends[unit]] {
                sums[label] += counts;
            }
        }
        let mut total = Exact::default();
        sums.iter().for_each(|&counts| total += counts);
        for (scores, counts) in scores.iter_mut().zip(sums.iter().chain([&total])) {
            // A draw without a single mention of the label says nothing about it.
            if counts.predicted + counts.gold > 0 {
                scores.push(counts.f1());
            }
        }
    }
    let mut intervals: Vec<Option<Interval>> = scores.into_iter().map(middle).collect();
    let total = intervals.pop().expect("one more than labels");
    (intervals, total)
}

/// What `score` gives for as many of `n` units as there are, drawn with repetition, many times;
/// draws for which it gives nothing are left out. None where nothing could vary, with fewer than
/// two units.
pub(crate) fn bootstrap_of(n: usize, mut score: impl FnMut(&[usize]) -> Option<f64>) -> Option<Vec<f64>> {
    let mut draws = Draws(SEED);
    let mut drawn = || (0..n).map(|_| draws.below(n)).collect::<Vec<usize>>();
    (n > 1).then(|| (0..RESAMPLES).filter_map(|_| score(&drawn())).collect())
}

/// The middle [`CONFIDENCE`] of the scores; none of none.
pub(crate) fn middle(mut scores: Vec<f64>) -> Option<Interval> {
    if scores.is_empty() {
        return None;
    }
    scores.sort_by(f64::total_cmp);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    Some(Interval { low: quantile(&scores, tail), high: quantile(&scores, 1.0 - tail) })
}

/// Linear between the two nearest of the sorted scores, as numpy's default.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = q * (sorted.len() - 1) as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (sorted[high] - sorted[low]) * part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::gold::Named;
    use crate::eval::score::count;

    fn org(found: bool) -> MentionCounts {
        let gold = [Named { start: 0, end: 1, label: "ORG".to_owned() }];
        count(&gold, if found { &gold } else { &[] }, None)
    }

    #[test]
    fn an_interval_holds_the_score_and_narrows_with_more_documents() {
        let width = |n: usize| {
            let counts: Vec<MentionCounts> = (0..n).map(|i| org(i % 4 != 0)).collect();
            let (labels, total) = intervals(&counts.iter().collect::<Vec<_>>(), &["ORG"]);
            assert_eq!(labels, [total]);
            // Three of four found, none invented: P = 1, R = 3/4.
            let Interval { low, high } = total.unwrap();
            assert!(low < 6.0 / 7.0 && 6.0 / 7.0 < high, "{low} {high}");
            high - low
        };
        assert!(width(400) < width(40) * 0.5);
    }

    #[test]
    fn where_nothing_varies_there_is_no_interval() {
        let (one, two) = (org(true), org(true));
        assert_eq!(intervals(&[&one], &["ORG"]), (vec![None], None));
        let certain = Some(Interval { low: 1.0, high: 1.0 });
        assert_eq!(intervals(&[&one, &two], &["LOC", "ORG"]), (vec![None, certain], certain));
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[0.0, 1.0, 2.0, 4.0], 0.75), 2.5);
        assert_eq!(quantile(&[3.0], 0.975), 3.0);
    }
}
