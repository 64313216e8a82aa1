//! Raw scores → calibrated scores, which are the share of cases in which they are right.
//!
//! Of mentions scored 0.9, about nine in ten should be right. Platt scaling (Platt 1999) moves a
//! score on the scale of log odds by two numbers that were fitted on held-out text; with a shift of
//! 0 it is temperature scaling (Guo et al. 2017). The order of scores stays. Fitting is not done
//! here: `models/train/` fits and writes the numbers into the recipe.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// How the scores of one label or topic are moved: p = σ(scale · x + shift), with x the log odds of
/// the model's own score.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Less than 1 makes scores more modest. Above 0 and at most 100.
    #[serde(default = "one", deserialize_with = "scale")]
    pub scale: f64,
    /// Above 0 makes all scores higher. From -100 to 100.
    #[serde(default, deserialize_with = "shift")]
    pub shift: f64,
}

impl Default for Calibration {
    /// Leaves scores as they are.
    fn default() -> Self {
        Self { scale: 1.0, shift: 0.0 }
    }
}

/// Where log odds are cut off, so that a score of 0 or 1 has some.
const SURE: f64 = 1e-6;

impl Calibration {
    /// σ(scale · logit + shift), with σ(x) = 1 / (1 + e⁻ˣ).
    pub fn of_logit(self, logit: f32) -> f32 {
        let x = self.scale * f64::from(logit) + self.shift;
        (1.0 / (1.0 + (-x).exp())) as f32
    }

    /// σ(scale · ln(p / (1 - p)) + shift), with p kept away from 0 and 1 by 10⁻⁶.
    pub fn of_probability(self, p: f32) -> f32 {
        let p = f64::from(p).clamp(SURE, 1.0 - SURE);
        let x = self.scale * (p / (1.0 - p)).ln() + self.shift;
        (1.0 / (1.0 + (-x).exp())) as f32
    }
}

/// 1, which as a scale changes nothing.
pub fn one() -> f64 {
    1.0
}

/// Reads a [`Calibration::scale`].
///
/// # Errors
/// Names the key, what was found and what was wanted.
pub fn scale<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    number(deserializer, "scale", "a number above 0 and at most 100", |x| 0.0 < x && x <= 100.0)
}

/// Reads a [`Calibration::shift`].
///
/// # Errors
/// As [`scale`].
pub fn shift<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    number(deserializer, "shift", "a number from -100 to 100", |x| (-100.0..=100.0).contains(&x))
}

/// Reads a probability called `key`.
///
/// # Errors
/// As [`scale`].
pub fn probability<'de, D: Deserializer<'de>>(deserializer: D, key: &str) -> Result<f64, D::Error> {
    number(deserializer, key, "a number from 0 to 1", |x| (0.0..=1.0).contains(&x))
}

/// Reads a number called `key` that `is_sane`.
///
/// # Errors
/// Names the key, what was found and what was `wanted`.
pub fn number<'de, D: Deserializer<'de>>(
    deserializer: D,
    key: &str,
    wanted: &str,
    is_sane: impl Fn(f64) -> bool,
) -> Result<f64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let found = value.as_f64().filter(|&x| is_sane(x));
    found.ok_or_else(|| serde::de::Error::custom(format!("{key}: expected {wanted}, found {value}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// What becomes of a few probabilities.
    fn check(json: &str, expected: Expect) {
        let shown = match serde_json::from_str::<Calibration>(json) {
            Ok(calibration) => [0.0, 0.1, 0.5, 0.9, 0.999, 1.0]
                .map(|p| format!("{p} → {:.4}", calibration.of_probability(p)))
                .join(", "),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn scores_move_on_the_scale_of_log_odds() {
        check("{}", expect!["0 → 0.0000, 0.1 → 0.1000, 0.5 → 0.5000, 0.9 → 0.9000, 0.999 → 0.9990, 1 → 1.0000"]);
        // ln 9 / 2 = ln 3, and σ(ln 3) = 3/4.
        check(
            r#"{"scale": 0.5}"#,
            expect!["0 → 0.0010, 0.1 → 0.2500, 0.5 → 0.5000, 0.9 → 0.7500, 0.999 → 0.9693, 1 → 0.9990"],
        );
        // e^-1.0986 = 1/3, so odds are divided by three: 9 to 1 become 3 to 1.
        check(
            r#"{"shift": -1.0986123}"#,
            expect!["0 → 0.0000, 0.1 → 0.0357, 0.5 → 0.2500, 0.9 → 0.7500, 0.999 → 0.9970, 1 → 1.0000"],
        );
    }

    #[test]
    fn logits_are_log_odds() {
        let halved = Calibration { scale: 0.5, shift: 0.0 };
        assert_eq!(halved.of_logit(2.0), Calibration::default().of_logit(1.0));
        assert_eq!(Calibration::default().of_logit(0.0), 0.5);
        assert_eq!([f32::MIN, f32::MAX].map(|logit| Calibration::default().of_logit(logit)), [0.0, 1.0]);
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        check(
            r#"{"scale": 0}"#,
            expect!["scale: expected a number above 0 and at most 100, found 0 at line 1 column 12"],
        );
        check(
            r#"{"scale": -1.5}"#,
            expect!["scale: expected a number above 0 and at most 100, found -1.5 at line 1 column 15"],
        );
        check(
            r#"{"shift": "none"}"#,
            expect![[r#"shift: expected a number from -100 to 100, found "none" at line 1 column 17"#]],
        );
        check(r#"{"shift": 1e999}"#, expect!["number out of range at line 1 column 15"]);
        check(r#"{"bias": 1}"#, expect!["unknown field `bias`, expected `scale` or `shift` at line 1 column 7"]);
    }
}
