//! Gold and predicted mentions of one sentence → counts.
//!
//! Counts add up: a document's are the sum of its sentences', a corpus's the sum of its documents'.
//! Ratios are taken from the sums, at the end.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;

use crate::eval::gold::Named;

/// Counts of one or more sentences, by label. The total over all labels is the sum of the labels.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MentionCounts {
    by_label: BTreeMap<String, LabelCounts>,
}

/// Counts of one label, or of all together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LabelCounts {
    /// Mentions that are right only if span and label are.
    pub exact: Exact,
    relaxed: [Outcomes; 4],
}

/// Counts under conlleval's rule: a mention is right if its span and its label are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Exact {
    /// Mentions that are in gold and predicted.
    pub correct: u64,
    /// Mentions predicted.
    pub predicted: u64,
    /// Mentions in gold.
    pub gold: u64,
}

/// Four ways of comparing mentions that overlap, after SemEval-2013 task 9.1 and as nervaluate
/// counts them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Matching {
    /// Span and label must be equal.
    Strict,
    /// The span must be equal, the label does not matter.
    Exact,
    /// Spans that only overlap count half, the label does not matter.
    Partial,
    /// The label must be equal, and the spans overlap.
    Type,
}

/// What became of the mentions under one [`Matching`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Outcomes {
    /// Pairs that agree.
    pub correct: u64,
    /// Pairs that overlap and disagree.
    pub incorrect: u64,
    /// Pairs that agree by half.
    pub partial: u64,
    /// Gold mentions that no prediction overlaps.
    pub missed: u64,
    /// Predictions that overlap no gold mention.
    pub spurious: u64,
}

impl Matching {
    /// All four, strictest first.
    pub const ALL: [Self; 4] = [Self::Strict, Self::Exact, Self::Partial, Self::Type];

    /// Its name in reports. nervaluate calls the last one `ent_type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Exact => "exact",
            Self::Partial => "partial",
            Self::Type => "type",
        }
    }
}

impl MentionCounts {
    /// Every label that was in gold or predicted, in alphabetical order.
    pub fn labels(&self) -> impl Iterator<Item = (&str, LabelCounts)> {
        self.by_label.iter().map(|(label, &counts)| (label.as_str(), counts))
    }

    /// All labels together.
    pub fn total(&self) -> LabelCounts {
        let mut total = LabelCounts::default();
        self.by_label.values().for_each(|&counts| total += counts);
        total
    }

    fn label(&mut self, label: &str) -> &mut LabelCounts {
        if !self.by_label.contains_key(label) {
            self.by_label.insert(label.to_owned(), LabelCounts::default());
        }
        self.by_label.get_mut(label).expect("inserted above")
    }
}

impl AddAssign<&MentionCounts> for MentionCounts {
    fn add_assign(&mut self, other: &MentionCounts) {
        for (label, &counts) in &other.by_label {
            *self.label(label) += counts;
        }
    }
}

impl LabelCounts {
    /// What became of the mentions under `matching`.
    pub fn relaxed(&self, matching: Matching) -> Outcomes {
        self.relaxed[matching as usize]
    }

    /// Adds a pair, or a mention that has no partner, to all four matchings, in the order of
    /// [`Matching::ALL`].
    fn add(&mut self, outcomes: [fn(&mut Outcomes) -> &mut u64; 4]) {
        for (counts, outcome) in self.relaxed.iter_mut().zip(outcomes) {
            *outcome(counts) += 1;
        }
    }
}

impl AddAssign for LabelCounts {
    fn add_assign(&mut self, other: Self) {
        self.exact += other.exact;
        for (mine, theirs) in self.relaxed.iter_mut().zip(other.relaxed) {
            mine.correct += theirs.correct;
            mine.incorrect += theirs.incorrect;
            mine.partial += theirs.partial;
            mine.missed += theirs.missed;
            mine.spurious += theirs.spurious;
        }
    }
}

impl AddAssign for Exact {
    fn add_assign(&mut self, other: Self) {
        self.correct += other.correct;
        self.predicted += other.predicted;
        self.gold += other.gold;
    }
}

impl Exact {
    /// Correct among predicted; 0 if nothing was.
    pub fn precision(self) -> f64 {
        ratio(self.correct as f64, self.predicted)
    }

    /// Correct among gold; 0 if there is none.
    pub fn recall(self) -> f64 {
        ratio(self.correct as f64, self.gold)
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(self) -> f64 {
        f1(self.precision(), self.recall())
    }
}

impl Outcomes {
    /// Correct among predicted, halves counting half; 0 if nothing was predicted.
    pub fn precision(self) -> f64 {
        ratio(self.credit(), self.pairs() + self.spurious)
    }

    /// Correct among gold, halves counting half; 0 if there is none.
    pub fn recall(self) -> f64 {
        ratio(self.credit(), self.pairs() + self.missed)
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(self) -> f64 {
        f1(self.precision(), self.recall())
    }

    fn credit(self) -> f64 {
        self.correct as f64 + 0.5 * self.partial as f64
    }

    fn pairs(self) -> u64 {
        self.correct + self.incorrect + self.partial
    }
}

fn ratio(part: f64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part / of as f64 }
}

fn f1(precision: f64, recall: f64) -> f64 {
    let sum = precision + recall;
    if sum == 0.0 { 0.0 } else { 2.0 * precision * recall / sum }
}

/// Compares the mentions of one sentence, or of one record. Both lists are in order and free of
/// repetitions.
pub(super) fn count(gold: &[Named], predicted: &[Named], labels: Option<&[String]>) -> MentionCounts {
    let wanted = |mention: &&Named| labels.is_none_or(|labels| labels.contains(&mention.label));
    let gold: Vec<&Named> = gold.iter().filter(wanted).collect();
    let mut predicted: Vec<&Named> = predicted.iter().filter(wanted).collect();
    let mut counts = MentionCounts::default();
    for mention in &gold {
        counts.label(&mention.label).exact.gold += 1;
    }
    for mention in &predicted {
        let exact = &mut counts.label(&mention.label).exact;
        exact.predicted += 1;
        exact.correct += u64::from(gold.binary_search(mention).is_ok());
    }
    predicted.sort_by_key(|mention| mention.end);
    pair_up(&gold, &predicted, &mut counts);
    counts
}

/// Counts pairs of overlapping mentions as nervaluate 0.2.0 does (`compute_metrics` in its
/// `evaluate.py`): predictions by their end, each taking the gold mentions that it overlaps and
/// that no earlier one has taken, all pairs counting for the gold label. One prediction may pair
/// with several gold mentions, but each gold mention pairs once.
fn pair_up(gold: &[&Named], predicted: &[&Named], counts: &mut MentionCounts) {
    // The furthest end among the gold mentions up to each; it never falls, so the first gold
    // mention that can reach a prediction is found by halving, even where gold mentions overlap
    // each other.
    let reach: Vec<usize> = gold
        .iter()
        .scan(0, |furthest, mention| {
            *furthest = mention.end.max(*furthest);
            Some(*furthest)
        })
        .collect();
    let mut taken = vec![false; gold.len()];
    for mention in predicted {
        if let Ok(same) = gold.binary_search(mention) {
            taken[same] = true;
            counts.label(&mention.label).add([correct, correct, correct, correct]);
            continue;
        }
        let mut overlaps = false;
        let first = reach.partition_point(|&end| end <= mention.start);
        for (idx, other) in gold.iter().enumerate().skip(first).take_while(|(_, other)| other.start < mention.end) {
            if (other.start, other.end) == (mention.start, mention.end) {
                taken[idx] = true;
                overlaps = true;
                counts.label(&other.label).add([incorrect, correct, correct, incorrect]);
                break;
            }
            if mention.start < other.end && !taken[idx] {
                taken[idx] = true;
                overlaps = true;
                let type_outcome = if other.label == mention.label { correct } else { incorrect };
                counts.label(&other.label).add([incorrect, incorrect, partial, type_outcome]);
            }
        }
        if !overlaps {
            counts.label(&mention.label).add([spurious, spurious, spurious, spurious]);
        }
    }
    for (mention, _) in gold.iter().zip(taken).filter(|&(_, taken)| !taken) {
        counts.label(&mention.label).add([missed, missed, missed, missed]);
    }
}

fn correct(outcomes: &mut Outcomes) -> &mut u64 {
    &mut outcomes.correct
}

fn incorrect(outcomes: &mut Outcomes) -> &mut u64 {
    &mut outcomes.incorrect
}

fn partial(outcomes: &mut Outcomes) -> &mut u64 {
    &mut outcomes.partial
}

fn missed(outcomes: &mut Outcomes) -> &mut u64 {
    &mut outcomes.missed
}

fn spurious(outcomes: &mut Outcomes) -> &mut u64 {
    &mut outcomes.spurious
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn mentions(written: &str) -> Vec<Named> {
        let mention = |written: &str| {
            let (label, range) = written.split_once(' ').expect("label, start-end");
            let (start, end) = range.split_once('-').expect("start-end");
            Named { start: start.parse().unwrap(), end: end.parse().unwrap(), label: label.to_owned() }
        };
        let mut mentions: Vec<Named> = written.split(", ").filter(|m| !m.is_empty()).map(mention).collect();
        mentions.sort();
        mentions
    }

    /// Shows correct/predicted/gold, then correct/incorrect/partial/missed/spurious of each
    /// matching.
    fn check(gold: &str, predicted: &str, labels: Option<&[String]>, expected: Expect) {
        let counts = count(&mentions(gold), &mentions(predicted), labels);
        let lines: Vec<String> = counts
            .labels()
            .map(|(label, LabelCounts { exact, relaxed })| {
                let relaxed = relaxed
                    .map(|o| format!("{}/{}/{}/{}/{}", o.correct, o.incorrect, o.partial, o.missed, o.spurious))
                    .join(" ");
                format!("{label} {}/{}/{} {relaxed}", exact.correct, exact.predicted, exact.gold)
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn each_way_of_being_wrong_has_its_place() {
        check("ORG 0-2", "ORG 0-2", None, expect!["ORG 1/1/1 1/0/0/0/0 1/0/0/0/0 1/0/0/0/0 1/0/0/0/0"]);
        check(
            "ORG 0-2",
            "LOC 0-2",
            None,
            expect![[r#"
            LOC 0/1/0 0/0/0/0/0 0/0/0/0/0 0/0/0/0/0 0/0/0/0/0
            ORG 0/0/1 0/1/0/0/0 1/0/0/0/0 1/0/0/0/0 0/1/0/0/0"#]],
        );
        check("ORG 0-2", "ORG 1-2", None, expect!["ORG 0/1/1 0/1/0/0/0 0/1/0/0/0 0/0/1/0/0 1/0/0/0/0"]);
        check("ORG 0-2", "ORG 2-3", None, expect!["ORG 0/1/1 0/0/0/1/1 0/0/0/1/1 0/0/0/1/1 0/0/0/1/1"]);
    }

    #[test]
    fn one_prediction_may_pair_with_several_gold_mentions_but_not_the_reverse() {
        check("LOC 0-1, LOC 2-3", "LOC 0-3", None, expect!["LOC 0/1/2 0/2/0/0/0 0/2/0/0/0 0/0/2/0/0 2/0/0/0/0"]);
        check("LOC 0-3", "LOC 0-1, LOC 2-3", None, expect!["LOC 0/2/1 0/1/0/0/1 0/1/0/0/1 0/0/1/0/1 1/0/0/0/1"]);
    }

    #[test]
    fn labels_limit_both_sides() {
        let only = ["PER".to_owned()];
        check(
            "PER 0-1, LOC 3-4",
            "PER 0-1, MISC 5-6",
            Some(&only),
            expect!["PER 1/1/1 1/0/0/0/0 1/0/0/0/0 1/0/0/0/0 1/0/0/0/0"],
        );
    }
}
