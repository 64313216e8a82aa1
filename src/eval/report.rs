//! Counts → the numbers, as a table and as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::eval::bootstrap::{CONFIDENCE, Interval, RESAMPLES, intervals};
use crate::eval::gold::{Gold, Unit};
use crate::eval::score::{Exact, LabelCounts, Matching, MentionCounts, Outcomes};

/// The result of comparing predicted mentions with gold. Ratios run from 0 to 1.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct MentionReport {
    /// What was compared with what.
    pub compared: Compared,
    /// By conlleval's rule, as seqeval counts.
    pub exact: ExactScores,
    /// By nervaluate's four.
    pub relaxed: RelaxedScores,
    /// How the intervals were made.
    pub bootstrap: Bootstrap,
}

/// What was compared with what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Compared {
    /// Gold files.
    pub files: usize,
    /// Documents in them.
    pub documents: usize,
    /// Sentences in CoNLL files.
    pub sentences: usize,
    /// Tokens in CoNLL files.
    pub tokens: usize,
    /// Gold mentions.
    pub gold: u64,
    /// Predicted mentions, as projected onto the gold's tokens.
    pub predicted: u64,
    /// What mentions were compared in: `tokens`, `characters`, or both if there were files of both
    /// kinds.
    pub units: BTreeSet<&'static str>,
    /// How the CoNLL files' tags spell mentions: `bio2`, `iob1`, `bioes`.
    pub schemes: BTreeSet<&'static str>,
    /// Whether some file names no documents, so that its sentences were read one by one.
    pub sentences_read_alone: bool,
    /// The labels that both sides were limited to; `None` for all.
    pub labels: Option<Vec<String>>,
}

/// Scores by conlleval's rule: a mention is right if its span and its label are.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ExactScores {
    /// From the counts of all labels together.
    pub micro: ExactScore,
    /// The plain mean over the labels that occur in gold or predicted.
    #[serde(rename = "macro")]
    pub mean: Mean,
    /// Each label that occurs or was asked for.
    pub labels: BTreeMap<String, ExactScore>,
}

/// Scores of a label, or of all, by conlleval's rule.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct ExactScore {
    /// Correct mentions among the predicted ones, 0 to 1; 0 if there are none.
    pub precision: f64,
    /// Correct mentions among those in gold, 0 to 1; 0 if there are none.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Bootstrap interval of the F1; `None` where nothing could vary.
    pub interval: Option<Interval>,
    /// Mentions in gold and predicted.
    pub correct: u64,
    /// Mentions predicted.
    pub predicted: u64,
    /// Mentions in gold (the support).
    pub gold: u64,
}

/// Unweighted means over labels.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Mean {
    /// Of the precisions.
    pub precision: f64,
    /// Of the recalls.
    pub recall: f64,
    /// Of the F1s.
    pub f1: f64,
}

/// Scores under nervaluate's four [`Matching`]s.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RelaxedScores {
    /// Span and label equal.
    pub strict: RelaxedTable,
    /// Span equal.
    pub exact: RelaxedTable,
    /// Spans overlap, for half the credit.
    pub partial: RelaxedTable,
    /// Label equal and spans overlap; nervaluate's `ent_type`.
    #[serde(rename = "type")]
    pub by_type: RelaxedTable,
}

/// Scores under one matching.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RelaxedTable {
    /// All labels together.
    pub overall: RelaxedScore,
    /// Each label that occurs or was asked for.
    pub labels: BTreeMap<String, RelaxedScore>,
}

/// Scores of a label, or of all, under one matching.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct RelaxedScore {
    /// Credit among predicted.
    pub precision: f64,
    /// Credit among gold.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// What became of the mentions.
    #[serde(flatten)]
    pub outcomes: Outcomes,
}

/// How the intervals were made.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Bootstrap {
    /// What was drawn: `documents`, or `sentences` if there is a single document.
    pub drawn: &'static str,
    /// How many there are, and were drawn each time.
    pub units: usize,
    /// How many times.
    pub resamples: usize,
    /// Part of the scores that lies inside the interval.
    pub confidence: f64,
}

impl MentionReport {
    /// Sums up. `counts` holds what [`score_against`](crate::eval::GoldDocument::score_against)
    /// gave for each document of `golds`, and `labels` is what it was limited to.
    pub fn new(golds: &[Gold], counts: &[Vec<MentionCounts>], labels: Option<&[String]>) -> Self {
        let mut sum = MentionCounts::default();
        counts.iter().flatten().for_each(|counts| sum += counts);
        let mut by_label: BTreeMap<&str, LabelCounts> = sum.labels().collect();
        let n_occurring = by_label.len();
        for label in labels.unwrap_or_default() {
            by_label.entry(label).or_default();
        }
        let names: Vec<&str> = by_label.keys().copied().collect();
        let total = sum.total();

        let documents: Vec<MentionCounts> = counts
            .iter()
            .map(|sentences| {
                let mut document = MentionCounts::default();
                sentences.iter().for_each(|sentence| document += sentence);
                document
            })
            .collect();
        let (drawn, units): (_, Vec<&MentionCounts>) = match counts {
            [sentences] => ("sentences", sentences.iter().collect()),
            _ => ("documents", documents.iter().collect()),
        };
        let (label_intervals, micro_interval) = intervals(&units, &names);

        let exact_labels: BTreeMap<String, ExactScore> = by_label
            .iter()
            .zip(label_intervals)
            .map(|((&label, counts), interval)| (label.to_owned(), ExactScore::new(counts.exact, interval)))
            .collect();
        let relaxed = |matching| RelaxedTable {
            overall: RelaxedScore::new(total.relaxed(matching)),
            labels: by_label
                .iter()
                .map(|(&label, counts)| (label.to_owned(), RelaxedScore::new(counts.relaxed(matching))))
                .collect(),
        };
        Self {
            compared: Compared::new(golds, total.exact, labels),
            exact: ExactScores {
                micro: ExactScore::new(total.exact, micro_interval),
                // A label that was only asked for scores zero and so adds nothing to the sums.
                mean: Mean::new(exact_labels.values(), n_occurring),
                labels: exact_labels,
            },
            relaxed: RelaxedScores {
                strict: relaxed(Matching::Strict),
                exact: relaxed(Matching::Exact),
                partial: relaxed(Matching::Partial),
                by_type: relaxed(Matching::Type),
            },
            bootstrap: Bootstrap { drawn, units: units.len(), resamples: RESAMPLES, confidence: CONFIDENCE },
        }
    }

    /// The report for machines, as one JSON object over several lines.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings, integers and finite numbers")
    }
}

impl Compared {
    fn new(golds: &[Gold], exact: Exact, labels: Option<&[String]>) -> Self {
        let unit = |gold: &Gold| match gold.unit {
            Unit::Tokens => "tokens",
            Unit::Chars => "characters",
        };
        Self {
            files: golds.len(),
            documents: golds.iter().map(|gold| gold.documents.len()).sum(),
            sentences: golds.iter().map(Gold::n_sentences).sum(),
            tokens: golds.iter().map(Gold::n_tokens).sum(),
            gold: exact.gold,
            predicted: exact.predicted,
            units: golds.iter().map(unit).collect(),
            schemes: golds.iter().filter_map(|gold| Some(gold.scheme?.name())).collect(),
            sentences_read_alone: golds.iter().any(|gold| !gold.has_boundaries),
            labels: labels.map(<[String]>::to_vec),
        }
    }
}

impl ExactScore {
    fn new(counts: Exact, interval: Option<Interval>) -> Self {
        Self {
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            interval,
            correct: counts.correct,
            predicted: counts.predicted,
            gold: counts.gold,
        }
    }
}

impl Mean {
    fn new<'s>(scores: impl Iterator<Item = &'s ExactScore>, n_labels: usize) -> Self {
        let mut mean = Self::default();
        if n_labels == 0 {
            return mean;
        }
        for score in scores {
            mean.precision += score.precision / n_labels as f64;
            mean.recall += score.recall / n_labels as f64;
            mean.f1 += score.f1 / n_labels as f64;
        }
        mean
    }
}

impl RelaxedScore {
    fn new(outcomes: Outcomes) -> Self {
        Self { precision: outcomes.precision(), recall: outcomes.recall(), f1: outcomes.f1(), outcomes }
    }
}

/// The report for people: percentages, one table for each rule.
impl fmt::Display for MentionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.compared)?;
        let names = self.exact.labels.keys().map(|label| label.chars().count() + 2);
        let width = names.max().unwrap_or_default().max("relaxed (nervaluate)".len());

        let Bootstrap { drawn, units, resamples, confidence } = self.bootstrap;
        let interval_head = format!("{:.0} % interval", confidence * 100.0);
        write!(f, "\n{:width$}  precision  recall      F1  {interval_head:>15}", "exact (conlleval)")?;
        writeln!(f, "  {:>9}  {:>9}  {:>9}", "correct", "predicted", "gold")?;
        let labels = self.exact.labels.iter().map(|(label, score)| (label.as_str(), score));
        for (label, score) in labels.chain([("micro", &self.exact.micro)]) {
            write!(f, "{label:width$}")?;
            write_ratios(f, score.precision, score.recall, score.f1)?;
            let interval = score.interval.map_or_else(
                || "-".to_owned(),
                |Interval { low, high }| format!("{:.2} - {:.2}", low * 100.0, high * 100.0),
            );
            writeln!(f, "  {interval:>15}  {:>9}  {:>9}  {:>9}", score.correct, score.predicted, score.gold)?;
        }
        write!(f, "{:width$}", "macro")?;
        let Mean { precision, recall, f1 } = self.exact.mean;
        write_ratios(f, precision, recall, f1)?;
        writeln!(f)?;

        write!(f, "\n{:width$}  precision  recall      F1", "relaxed (nervaluate)")?;
        writeln!(f, "  {:>9}  {:>9}  {:>9}  {:>9}  {:>9}", "correct", "incorrect", "partial", "missed", "spurious")?;
        let RelaxedScores { strict, exact, partial, by_type } = &self.relaxed;
        for (matching, table) in Matching::ALL.into_iter().zip([strict, exact, partial, by_type]) {
            let labels = table.labels.iter().map(|(label, score)| (format!("  {label}"), score));
            for (name, score) in [(matching.name().to_owned(), &table.overall)].into_iter().chain(labels) {
                write!(f, "{name:width$}")?;
                write_ratios(f, score.precision, score.recall, score.f1)?;
                let Outcomes { correct, incorrect, partial, missed, spurious } = score.outcomes;
                writeln!(f, "  {correct:>9}  {incorrect:>9}  {partial:>9}  {missed:>9}  {spurious:>9}")?;
            }
        }
        if self.exact.micro.interval.is_some() {
            writeln!(f, "\nInterval: {resamples} times {units} {drawn} drawn with repetition.")?;
        }
        Ok(())
    }
}

/// `1 file, 216 documents, 3,250 sentences …`: what the numbers below are about.
impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, documents, sentences, tokens, gold, predicted, .. } = self;
        let plural = |n: &usize| if *n == 1 { "" } else { "s" };
        write!(f, "{files} file{}, {documents} document{}", plural(files), plural(documents))?;
        if *tokens > 0 {
            let schemes = self.schemes.iter().copied().collect::<Vec<_>>().join(" and ");
            write!(f, ", {sentences} sentence{}, {tokens} token{} in {schemes}", plural(sentences), plural(tokens))?;
        }
        let units = self.units.iter().copied().collect::<Vec<_>>().join(" and ");
        write!(f, "; {gold} gold and {predicted} predicted mentions compared by {units}")?;
        if let Some(labels) = &self.labels {
            write!(f, "; only {}", labels.join(", "))?;
        }
        if self.sentences_read_alone {
            write!(f, "; without document boundaries every sentence was read alone")?;
        }
        Ok(())
    }
}

fn write_ratios(f: &mut fmt::Formatter<'_>, precision: f64, recall: f64, f1: f64) -> fmt::Result {
    write!(f, "  {:>9.2}  {:>6.2}  {:>6.2}", precision * 100.0, recall * 100.0, f1 * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::parse_gold;
    use crate::span::Span;
    use expect_test::expect;
    use std::path::Path;

    fn report(labels: Option<&[String]>) -> MentionReport {
        let columns = "-DOCSTART- O\n\nOslo B-LOC\nhired O\nAnna B-PER\nLie I-PER\n. O\n\n-DOCSTART- O\n\nEquinor B-ORG\nfell O\n";
        let gold = parse_gold(Path::new("gold.conll"), columns).unwrap();
        let predicted = [vec![("Oslo", "LOC"), ("Lie", "PER")], vec![("Equinor", "LOC")]];
        let counts: Vec<_> = gold
            .documents
            .iter()
            .zip(predicted)
            .map(|(document, predicted)| {
                let spans: Vec<(Span, &str)> = predicted
                    .into_iter()
                    .map(|(surface, label)| {
                        let at = document.text().find(surface).expect("stands in the text");
                        (Span::new(document.text(), at, at + surface.len()).unwrap(), label)
                    })
                    .collect();
                document.score_against(&spans, labels)
            })
            .collect();
        MentionReport::new(&[gold], &counts, labels)
    }

    #[test]
    fn people_read_a_table() {
        expect![[r#"
            1 file, 2 documents, 2 sentences, 7 tokens in bio2; 3 gold and 3 predicted mentions compared by tokens

            exact (conlleval)     precision  recall      F1    95 % interval    correct  predicted       gold
            LOC                       50.00  100.00   66.67    0.00 - 100.00          1          2          1
            ORG                        0.00    0.00    0.00      0.00 - 0.00          0          0          1
            PER                        0.00    0.00    0.00      0.00 - 0.00          0          1          1
            micro                     33.33   33.33   33.33     0.00 - 50.00          1          3          3
            macro                     16.67   33.33   22.22

            relaxed (nervaluate)  precision  recall      F1    correct  incorrect    partial     missed   spurious
            strict                    33.33   33.33   33.33          1          2          0          0          0
              LOC                    100.00  100.00  100.00          1          0          0          0          0
              ORG                      0.00    0.00    0.00          0          1          0          0          0
              PER                      0.00    0.00    0.00          0          1          0          0          0
            exact                     66.67   66.67   66.67          2          1          0          0          0
              LOC                    100.00  100.00  100.00          1          0          0          0          0
              ORG                    100.00  100.00  100.00          1          0          0          0          0
              PER                      0.00    0.00    0.00          0          1          0          0          0
            partial                   83.33   83.33   83.33          2          0          1          0          0
              LOC                    100.00  100.00  100.00          1          0          0          0          0
              ORG                    100.00  100.00  100.00          1          0          0          0          0
              PER                     50.00   50.00   50.00          0          0          1          0          0
            type                      66.67   66.67   66.67          2          1          0          0          0
              LOC                    100.00  100.00  100.00          1          0          0          0          0
              ORG                      0.00    0.00    0.00          0          1          0          0          0
              PER                    100.00  100.00  100.00          1          0          0          0          0

            Interval: 1000 times 2 documents drawn with repetition.
        "#]]
        .assert_eq(&report(None).to_string());
    }

    #[test]
    fn a_label_without_mentions_is_shown_but_not_averaged() {
        let labels = ["ORG", "PRODUCT"].map(str::to_owned);
        let report = report(Some(&labels));
        assert_eq!(report.exact.labels.keys().collect::<Vec<_>>(), ["ORG", "PRODUCT"]);
        assert_eq!(report.exact.mean, Mean { precision: 0.0, recall: 0.0, f1: 0.0 });
        assert_eq!(report.compared.gold, 1);
        assert_eq!(report.exact.labels["PRODUCT"].interval, None);
    }

    #[test]
    fn machines_read_one_object() {
        let json: serde_json::Value = serde_json::from_str(&report(None).to_json()).unwrap();
        expect![[r#"{"correct":1,"f1":0.6666666666666666,"gold":1,"interval":{"high":1.0,"low":0.0},"precision":0.5,"predicted":2,"recall":1.0}"#]].assert_eq(&json["exact"]["labels"]["LOC"].to_string());
        expect![[r#"{"correct":2,"f1":0.6666666666666666,"incorrect":1,"missed":0,"partial":0,"precision":0.6666666666666666,"recall":0.6666666666666666,"spurious":0}"#]].assert_eq(&json["relaxed"]["type"]["overall"].to_string());
        expect![[r#"{"documents":2,"files":1,"gold":3,"labels":null,"predicted":3,"schemes":["bio2"],"sentences":2,"sentences_read_alone":false,"tokens":7,"units":["tokens"]}"#]].assert_eq(&json["compared"].to_string());
        expect![[r#"{"confidence":0.95,"drawn":"documents","resamples":1000,"units":2}"#]]
            .assert_eq(&json["bootstrap"].to_string());
    }
}
