//! The expected calibration error: how far scores are from the share of cases that are right.
//!
//! Of things that score p, a share p should be right. Scores go into ten bins of equal width, (0,
//! 0.1], (0.1, 0.2] and so on; a score of 0 goes into the first. In each bin the mean score is held
//! against the share that is right: ECE = Σ over the bins of n_bin / n · |right_bin − score_bin|
//! (Naeini et al. 2015; Guo et al. 2017, equation 3).

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Bins of scores.
pub const BINS: usize = 10;

/// Scores in bins.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Bins([Bin; BINS]);

#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Bin {
    n: u64,
    n_right: u64,
    sum_of_scores: f64,
}

impl Bins {
    /// Adds a score, 0 to 1, of something that is right or not.
    pub fn add(&mut self, score: f32, is_right: bool) {
        let above = (f64::from(score) * BINS as f64).ceil() as usize;
        let bin = &mut self.0[above.clamp(1, BINS) - 1];
        bin.n += 1;
        bin.n_right += u64::from(is_right);
        bin.sum_of_scores += f64::from(score);
    }

    /// Number of scores added.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|bin| bin.n).sum()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The expected calibration error, 0 to 1; `None` if nothing was added.
    pub fn error(&self) -> Option<f64> {
        // |right / n − score / n| · n / total is |right − score| / total.
        let apart: f64 = self.0.iter().map(|bin| (bin.n_right as f64 - bin.sum_of_scores).abs()).sum();
        (!self.is_empty()).then(|| apart / self.len() as f64)
    }
}

/// A predicted mention with its scores, and whether it is right: gold has the same span and label.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ScoredMention {
    /// Name of its label.
    pub label: String,
    /// Its score before the recipe's calibration, 0 to 1.
    pub raw: f32,
    /// Its score after the recipe's calibration, 0 to 1: the one in records.
    pub score: f32,
    /// Whether gold has a mention of the same span and label.
    pub correct: bool,
}

/// Expected calibration errors of mention scores.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MentionCalibration {
    /// Bins of scores.
    pub bins: usize,
    /// Of all mentions together.
    pub overall: CalibrationError,
    /// Of the mentions with each label.
    pub labels: BTreeMap<String, CalibrationError>,
}

/// Expected calibration errors, 0 to 1, of some scores before and after the recipe's calibration;
/// `None` if there are no scores.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct CalibrationError {
    /// Number of scores.
    pub n: u64,
    /// Before calibration.
    pub raw: Option<f64>,
    /// After calibration, as in records.
    pub calibrated: Option<f64>,
}

/// Bins for scores as the model says them, and as records have them.
#[derive(Clone, Copy, Default)]
pub(super) struct BeforeAndAfter {
    raw: Bins,
    calibrated: Bins,
}

impl BeforeAndAfter {
    pub(super) fn add(&mut self, raw: f32, calibrated: f32, is_right: bool) {
        self.raw.add(raw, is_right);
        self.calibrated.add(calibrated, is_right);
    }

    pub(super) fn error(&self) -> CalibrationError {
        CalibrationError { n: self.raw.len(), raw: self.raw.error(), calibrated: self.calibrated.error() }
    }
}

impl MentionCalibration {
    /// Sums up.
    pub fn new(mentions: &[ScoredMention]) -> Self {
        let mut overall = BeforeAndAfter::default();
        let mut labels: BTreeMap<String, BeforeAndAfter> = BTreeMap::new();
        for mention in mentions {
            let of_label = labels.entry(mention.label.clone()).or_default();
            for pair in [&mut overall, of_label] {
                pair.add(mention.raw, mention.score, mention.correct);
            }
        }
        Self {
            bins: BINS,
            overall: overall.error(),
            labels: labels.into_iter().map(|(label, pair)| (label, pair.error())).collect(),
        }
    }
}

/// A table for people.
impl fmt::Display for MentionCalibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.labels.keys().map(|label| label.chars().count()).max().unwrap_or_default().max(20);
        writeln!(f, "{:width$}  ECE before   after   mentions", "calibration")?;
        let labels = self.labels.iter().map(|(label, error)| (label.as_str(), error));
        for (name, error) in labels.chain([("all", &self.overall)]) {
            writeln!(f, "{name:width$}  {:>10}  {:>6}  {:>9}", shown(error.raw), shown(error.calibrated), error.n)?;
        }
        writeln!(f, "\nECE: expected calibration error, {} bins; before and after the recipe's calibration.", self.bins)
    }
}

/// Four decimals, or a dash.
pub(super) fn shown(error: Option<f64>) -> String {
    error.map_or_else(|| "-".to_owned(), |error| format!("{error:.4}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn error(scores: &[(f32, bool)]) -> Option<f64> {
        let mut bins = Bins::default();
        scores.iter().for_each(|&(score, is_right)| bins.add(score, is_right));
        bins.error()
    }

    /// The error of `scores`, to six decimals.
    fn check(scores: &[(f32, bool)], expected: f64) {
        let error = error(scores).expect("there are scores");
        assert!((error - expected).abs() < 1e-6, "{error} for {expected}");
    }

    #[test]
    fn errors_worked_by_hand() {
        assert_eq!(error(&[]), None);
        check(&[(1.0, true), (0.0, false)], 0.0);
        check(&[(1.0, false)], 1.0);
        // One bin: mean score 0.95, half of them right.
        check(&[(0.92, true), (0.98, false)], 0.45);
        // Two bins: (0.7, 0.8] has 0.75 and 0.75, one right, so |0.5 − 0.75| with weight 2/3; (0.1,
        // 0.2] has 0.2, right, so 0.8 with weight 1/3.
        check(&[(0.75, true), (0.75, false), (0.2, true)], 0.25 * 2.0 / 3.0 + 0.8 / 3.0);
        // Within a bin, too high and too low make up for each other; across bins they do not.
        check(&[(0.62, true), (0.68, false)], 0.15);
        check(&[(0.45, true), (0.55, false)], 0.55);
    }

    #[test]
    fn a_bin_is_closed_above() {
        // 0.5 belongs to (0.4, 0.5]: together with 0.41 it is right half the time, where apart both
        // would be wrong.
        check(&[(0.5, true), (0.41, false)], (0.5 - 0.91 / 2.0_f64).abs());
        check(&[(0.5, true), (0.51, false)], 0.5 / 2.0 + 0.51 / 2.0);
    }

    #[test]
    fn each_label_and_all_together() {
        let mention = |label: &str, raw, score, correct| ScoredMention { label: label.to_owned(), raw, score, correct };
        let report = MentionCalibration::new(&[
            mention("PER", 0.99, 0.85, true),
            mention("PER", 0.99, 0.85, false),
            mention("LOC", 0.75, 0.75, true),
        ]);
        expect![[r#"
            calibration           ECE before   after   mentions
            LOC                       0.2500  0.2500          1
            PER                       0.4900  0.3500          2
            all                       0.4100  0.3167          3

            ECE: expected calibration error, 10 bins; before and after the recipe's calibration.
        "#]]
        .assert_eq(&report.to_string());
        let json = serde_json::to_string(&MentionCalibration::new(&[])).expect("plain data");
        assert_eq!(json, r#"{"bins":10,"overall":{"n":0,"raw":null,"calibrated":null},"labels":{}}"#);
    }
}
