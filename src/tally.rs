//! What a run has seen, in numbers: added up per chunk, and over all chunks.

use std::collections::{BTreeMap, HashMap};

use crate::document::{FailureCode, Outcome, TaggedArticle};
use crate::label::LabelSet;

/// Counts over outcomes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tally {
    /// Outcomes.
    pub articles: u64,
    /// Of these, articles that were not tagged, by code.
    pub failed: BTreeMap<FailureCode, u64>,
    /// The first few failures' messages.
    pub failures: Vec<String>,
    /// Runs of non-white characters in all tagged texts.
    pub words: u64,
    /// Articles with a warning, by warning.
    pub warnings: BTreeMap<String, u64>,
    /// By label index.
    pub mentions: Vec<u64>,
    /// Articles that have a topic, by its position among the model's.
    pub topics: Vec<u64>,
    /// Articles in which topics were looked for and none was found.
    pub without_topic: u64,
    /// Entities' names by label index, and how many mentions each has. See [`Tally::MAX_NAMES`].
    pub names: Vec<HashMap<String, u64>>,
}

impl Tally {
    /// Names kept a label. When there are more, the rarest are forgotten, so that a run over ten million articles does
    /// not keep ten million names; the counts of frequent names are then a little too low.
    pub const MAX_NAMES: usize = 50_000;
    /// Failures whose messages are kept.
    pub const MAX_FAILURES: usize = 5;

    /// Counts one outcome.
    pub fn count(&mut self, outcome: &Outcome, labels: &LabelSet) {
        self.articles += 1;
        match outcome {
            Outcome::Tagged(tagged) => self.count_tagged(tagged, labels),
            Outcome::Failed(failure) => {
                *self.failed.entry(failure.code).or_default() += 1;
                if self.failures.len() < Self::MAX_FAILURES {
                    self.failures.push(failure.message.clone());
                }
            }
        }
    }

    fn count_tagged(&mut self, tagged: &TaggedArticle, labels: &LabelSet) {
        let n_labels = labels.names().len();
        self.mentions.resize(n_labels, 0);
        self.names.resize(n_labels, HashMap::new());
        self.words += tagged.document.text().split_whitespace().count() as u64;
        for warning in &tagged.document.article.warnings {
            *self.warnings.entry(warning.clone()).or_default() += 1;
        }
        for mention in &tagged.mentions {
            self.mentions[mention.label.index()] += 1;
        }
        for topic in tagged.topics.iter().flatten() {
            self.topics.resize(self.topics.len().max(topic.topic + 1), 0);
            self.topics[topic.topic] += 1;
        }
        self.without_topic += u64::from(tagged.topics.as_ref().is_some_and(Vec::is_empty));
        // Page furniture is not what the corpus is about.
        for entity in tagged.entities.iter().filter(|entity| entity.salience > 0.0) {
            let name: Vec<&str> = entity.name.of(tagged.document.text()).split_whitespace().collect();
            *self.names[entity.label.index()].entry(name.join(" ")).or_default() += entity.mentions.len() as u64;
        }
    }

    /// Adds the counts of a later part of the run.
    pub fn add(&mut self, other: Self) {
        self.articles += other.articles;
        self.words += other.words;
        for (code, n) in other.failed {
            *self.failed.entry(code).or_default() += n;
        }
        for (warning, n) in other.warnings {
            *self.warnings.entry(warning).or_default() += n;
        }
        let room = Self::MAX_FAILURES.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.into_iter().take(room));
        add_up(&mut self.mentions, &other.mentions);
        add_up(&mut self.topics, &other.topics);
        self.without_topic += other.without_topic;
        self.names.resize(self.names.len().max(other.names.len()), HashMap::new());
        for (sum, names) in self.names.iter_mut().zip(other.names) {
            for (name, n) in names {
                *sum.entry(name).or_default() += n;
            }
            forget_the_rarest(sum);
        }
    }

    /// Articles that were not tagged.
    pub fn n_failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// The names with a label that have the most mentions, and how many; at most `n`, the most frequent first.
    pub fn most_frequent(&self, label_idx: usize, n: usize) -> Vec<(&str, u64)> {
        let mut names: Vec<(&str, u64)> =
            self.names.get(label_idx).into_iter().flatten().map(|(name, &n)| (name.as_str(), n)).collect();
        names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        names.truncate(n);
        names
    }
}

fn add_up(sums: &mut Vec<u64>, counts: &[u64]) {
    sums.resize(sums.len().max(counts.len()), 0);
    sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
}

/// Halves an overfull map by dropping the names that were seen least (Manku and Motwani 2002, lossy counting).
fn forget_the_rarest(names: &mut HashMap<String, u64>) {
    let mut threshold = 1;
    while names.len() > Tally::MAX_NAMES {
        names.retain(|_, n| *n > threshold);
        threshold *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_all_parts_add_up() {
        let mut sum = Tally::default();
        for (topics, without_topic) in [(vec![1, 2], 0), (vec![], 3), (vec![0, 1, 5], 1)] {
            sum.add(Tally { topics, without_topic, ..Tally::default() });
        }
        assert_eq!((sum.topics, sum.without_topic), (vec![1, 3, 5], 4));
    }

    #[test]
    fn frequent_names_survive_any_number_of_rare_ones() {
        let mut sum = Tally::default();
        for i in 0..2 * Tally::MAX_NAMES {
            let names = HashMap::from([("Helsinki".to_owned(), 1), (format!("Village {i}"), 1)]);
            sum.add(Tally { names: vec![names], ..Tally::default() });
            assert!(sum.names[0].len() <= Tally::MAX_NAMES);
        }
        assert_eq!(sum.most_frequent(0, 1), [("Helsinki", 2 * Tally::MAX_NAMES as u64)]);
    }
}
