//! How many mentions are expected to be wrong, before anyone has looked.

use serde::Serialize;

/// Scores in records have four decimals.
const STEPS: usize = 10_000;

/// Mentions by their scores.
#[derive(Clone, Debug)]
pub(super) struct Scores {
    of_score: Vec<u64>,
}

/// How many mentions are expected to be wrong, and where they are.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Expected {
    /// Mentions.
    pub mentions: u64,
    /// The sum over all of one less the score.
    pub wrong: f64,
    /// From the least sure mentions on: how many it takes to hold so much of what is expected to be
    /// wrong.
    pub curve: Vec<Point>,
}

/// A point of the curve.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Point {
    /// Mentions with this score or a lower one.
    pub mentions: u64,
    /// Of those expected to be wrong how many are among them.
    pub wrong: f64,
    /// The score.
    pub score: f64,
}

impl Default for Scores {
    fn default() -> Self {
        Self { of_score: vec![0; STEPS + 1] }
    }
}

impl Scores {
    pub fn add(&mut self, score: f64) {
        self.of_score[(score.clamp(0.0, 1.0) * STEPS as f64).round() as usize] += 1;
    }

    pub fn expected(&self) -> Expected {
        let of_step = |step: usize| self.of_score[step] as f64 * (STEPS - step) as f64 / STEPS as f64;
        let mentions = self.of_score.iter().sum();
        let wrong: f64 = (0..=STEPS).map(of_step).sum();
        // A hundred points are enough to draw it.
        let (mut curve, mut n, mut sum, mut next) = (Vec::new(), 0, 0.0, 0.01);
        for step in (0..=STEPS).filter(|&step| self.of_score[step] > 0) {
            n += self.of_score[step];
            sum += of_step(step);
            if wrong > 0.0 && sum >= next * wrong - 1e-9 {
                curve.push(Point { mentions: n, wrong: sum, score: step as f64 / STEPS as f64 });
                next = (sum / wrong * 100.0).floor() / 100.0 + 0.01;
            }
        }
        Expected { mentions, wrong, curve }
    }
}

impl Expected {
    /// The first point at which `part` of what is expected to be wrong has been seen.
    pub fn holding(&self, part: f64) -> Option<Point> {
        self.curve.iter().find(|point| point.wrong >= part * self.wrong - 1e-9).copied()
    }
}
