//! Logits of articles that a head was not fitted on, and whether each is on the topic → how to
//! correct its scores, and from which one on the topic is given.

use crate::calibrate::Calibration;
use crate::model::TopicFit;

/// The two numbers of Platt (1999) for logits: found by Newton's method, with the scale drawn to 1,
/// as few examples say little of it.
pub fn calibration(logits: &[f64], on_topic: &[bool]) -> Calibration {
    let (mut scale, mut shift) = (1.0, 0.0);
    for _ in 0..50 {
        // Slope and curvature of Σ ln(1 + e^(∓(scale · z + shift))) + (scale - 1)² / 2.
        let (mut slope, mut curve) = ([scale - 1.0, 0.0], [1.0, 0.0, 1e-9]);
        for (&z, &on) in logits.iter().zip(on_topic) {
            let p = 1.0 / (1.0 + (-(scale * z + shift)).exp());
            let (pull, q) = (p - f64::from(u8::from(on)), p * (1.0 - p));
            slope = [slope[0] + pull * z, slope[1] + pull];
            curve = [curve[0] + q * z * z, curve[1] + q * z, curve[2] + q];
        }
        let det = curve[0] * curve[2] - curve[1] * curve[1];
        let step =
            [(curve[2] * slope[0] - curve[1] * slope[1]) / det, (curve[0] * slope[1] - curve[1] * slope[0]) / det];
        // Far from the minimum a whole step may overshoot.
        let length = 1.0_f64.min(4.0 / step[0].abs().max(step[1].abs()).max(1e-12));
        scale -= length * step[0];
        shift -= length * step[1];
        if step[0].abs().max(step[1].abs()) < 1e-9 {
            break;
        }
    }
    // What a topic file, like a recipe, may say; a logit that says nothing keeps a little of its say.
    Calibration { scale: rounded(scale.clamp(0.05, 100.0)), shift: rounded(shift.clamp(-100.0, 100.0)) }
}

/// Four decimals: more would be noise.
pub fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

/// Calibrated scores of a topic's articles, each with whether it is on the topic.
pub type Scored = Vec<(f64, bool)>;

/// The thresholds that are tried.
fn grid() -> impl Iterator<Item = f64> {
    (5..=95).map(|percent| f64::from(percent) / 100.0)
}

/// A threshold for each topic, by its F1. A topic has few articles, and what suits them need not
/// suit others: a threshold far from the one that suits all topics together has to gain by it.
pub fn thresholds(topics: &[Scored]) -> Vec<f64> {
    let f1 = |scored: &Scored, threshold: f64| cross_validated(scored, threshold).f1;
    let best = |worth: &dyn Fn(f64) -> f64| {
        let most = grid().map(worth).fold(f64::NEG_INFINITY, f64::max);
        // Of equals the middle one: scores of new articles lie on both sides of those that are known.
        let equals: Vec<f64> = grid().filter(|&at| worth(at) > most - 1e-9).collect();
        equals[equals.len() / 2]
    };
    let common = best(&|at| topics.iter().map(|scored| f1(scored, at)).sum());
    topics.iter().map(|scored| best(&|at| f1(scored, at) - (at - common) * (at - common))).collect()
}

/// How well a topic is told at this threshold.
pub fn cross_validated(scored: &Scored, threshold: f64) -> TopicFit {
    let count = |which: &dyn Fn(bool, bool) -> bool| {
        scored.iter().filter(|(score, on)| which(*score >= threshold, *on)).count() as f64
    };
    let (correct, given, gold) = (count(&|given, on| given && on), count(&|given, _| given), count(&|_, on| on));
    let share = |of: f64| if of > 0.0 { correct / of } else { 0.0 };
    let f1 = if given + gold > 0.0 { 2.0 * correct / (given + gold) } else { 0.0 };
    TopicFit { precision: rounded(share(given)), recall: rounded(share(gold)), f1: rounded(f1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_the_share_of_cases_in_which_they_are_right() {
        // Logits of 1 are right in three cases of four, those of -1 in one of four: ln 3 = 1.0986.
        let logits: Vec<f64> = [1.0, -1.0].iter().flat_map(|&z| [z; 400]).collect();
        let on: Vec<bool> = (0..800).map(|i| if i < 400 { i % 4 != 0 } else { i % 4 == 0 }).collect();
        let Calibration { scale, shift } = calibration(&logits, &on);
        assert!((scale - 3.0_f64.ln()).abs() < 0.01 && shift.abs() < 1e-3, "{scale} {shift}");
        // Classes that nothing mixes leave the scale finite, and a useless logit positive.
        let Calibration { scale, .. } = calibration(&[5.0, 6.0, -5.0, -6.0], &[true, true, false, false]);
        assert!(scale > 0.5 && scale < 2.0, "{scale}");
        assert_eq!(calibration(&[3.0, 4.0, -3.0, -4.0], &[false, false, true, true]).scale, 0.05);
    }

    #[test]
    fn thresholds_are_drawn_to_what_suits_all_topics() {
        let clear: Scored = vec![(0.9, true), (0.8, true), (0.2, false), (0.1, false)];
        let modest: Scored = vec![(0.35, true), (0.3, true), (0.1, false), (0.1, false)];
        let found = thresholds(&[clear.clone(), clear.clone(), modest.clone()]);
        assert!(found[0] > 0.2 && found[0] <= 0.3 && found[2] > 0.1 && found[2] <= 0.3, "{found:?}");
        assert_eq!(cross_validated(&modest, 0.32), TopicFit { precision: 1.0, recall: 0.5, f1: 0.6667 });
        assert_eq!(cross_validated(&clear, 0.95), TopicFit::default());
    }
}
