//! Everything that is known of a run's quality, for people and for machines.

use std::fmt;

use serde::Serialize;

use crate::eval::Interval;
use crate::quality::agreement::Agreement;
use crate::quality::bars::Bar;
use crate::quality::expected::Expected;
use crate::quality::precision::{Estimate, PartEstimate};
use crate::verdicts::SampleDraw;

/// Everything that is known of a run's quality.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Quality {
    /// From the scores alone.
    pub expected: Expected,
    /// From samples, in the order in which they were drawn.
    pub samples: Vec<Sampled>,
    /// Of each two analysts.
    pub agreement: Vec<Agreement>,
}

/// What a sample says.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Sampled {
    /// Who drew it.
    pub analyst: String,
    /// The number of the entry.
    pub n: u64,
    /// How it was drawn.
    pub draw: SampleDraw,
    /// Whether the records are those that it was drawn from.
    pub is_current: bool,
    /// How many of what was drawn are decided.
    pub decided: usize,
    /// Precision, or for passages recall.
    pub estimate: Option<Estimate>,
    /// Precision of what is left when rules have corrected it, if there are rules.
    pub after_rules: Option<Estimate>,
    /// Precision by label and zone.
    pub parts: Vec<PartEstimate>,
    /// Calibration.
    pub bars: Vec<Bar>,
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Expected { mentions, wrong, .. } = &self.expected;
        writeln!(f, "expected wrong   {wrong:.0} of {mentions} mentions, by their scores")?;
        for part in [0.5, 0.8, 0.9] {
            if let Some(point) = self.expected.holding(part) {
                let share = 100.0 * point.mentions as f64 / (*mentions).max(1) as f64;
                let part = part * 100.0;
                writeln!(
                    f,
                    "  {part:.0} % of them are among the least sure {share:.1} % (score {:.3} or less)",
                    point.score
                )?;
            }
        }
        self.samples.iter().try_for_each(|sample| write!(f, "{sample}"))?;
        self.agreement.iter().try_for_each(|agreement| write!(f, "{agreement}"))
    }
}

impl fmt::Display for Sampled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { analyst, n, draw, decided, .. } = self;
        writeln!(f, "sample {n} of {analyst}   {decided} of {} {} decided, seed {}", draw.size, draw.of, draw.seed)?;
        if !self.is_current {
            return writeln!(f, "  drawn from other records than these: draw a new one");
        }
        let what = if draw.of == "passages" { "recall" } else { "precision" };
        match &self.estimate {
            Some(estimate) => writeln!(f, "  {what}   {}", shown(estimate))?,
            None => writeln!(f, "  {what}   nothing was decided yet")?,
        }
        if let Some(estimate) = &self.after_rules {
            writeln!(f, "  with rules   {}", shown(estimate))?;
        }
        for part in &self.parts {
            let PartEstimate { of, name, n, .. } = part;
            match &part.estimate {
                Some(estimate) => writeln!(f, "    {of} {name}   {}", shown(estimate))?,
                None => writeln!(f, "    {of} {name}   too few ({n} decided)")?,
            }
        }
        for bar in &self.bars {
            let Bar { said, was, interval: Interval { low, high }, n, .. } = bar;
            writeln!(f, "    said {said:.2}, was {was:.2} ({low:.2}–{high:.2}), {n} decided")?;
        }
        Ok(())
    }
}

fn shown(estimate: &Estimate) -> String {
    let Estimate { value, interval: Interval { low, high }, n } = estimate;
    format!("{value:.3} ({low:.3}–{high:.3}), {n} decided")
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = &self.analysts;
        let number = |value: Option<f64>, interval: Option<Interval>| match (value, interval) {
            (Some(value), Some(Interval { low, high })) => format!("{value:.3} ({low:.3}–{high:.3})"),
            (Some(value), None) => format!("{value:.3}"),
            (None, _) => "none".to_owned(),
        };
        writeln!(f, "{a} and {b}   {} places that both decided blind", self.places)?;
        writeln!(f, "  F1 of names   {}", number(self.f1, self.f1_interval))?;
        writeln!(f, "  kappa of labels   {} on {} shared", number(self.kappa, self.kappa_interval), self.shared)
    }
}
