//! What a run has seen, or a file of records holds, in numbers: added up per chunk, and over all
//! chunks.
//!
//! Everything is counted by its name, not by its place in a model, so outputs of different models
//! can be counted together. Names are joined across articles where they differ only in spelling:
//! see [`NameCount`].

use std::collections::{BTreeMap, HashMap};

use crate::document::{FailureCode, Outcome, TaggedArticle};
use crate::label::Kind;
use crate::merge::fold;
use crate::record::{Record, RecordWriter};

/// Counts over outcomes or records.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tally {
    /// Outcomes.
    pub articles: u64,
    /// Of these, articles that were not tagged, by code.
    pub failed: BTreeMap<FailureCode, u64>,
    /// The first few failures' messages.
    pub failures: Vec<String>,
    /// Runs of non-white characters in all tagged texts. Records do not say which text was tagged,
    /// and count for none.
    pub words: u64,
    /// Articles with a warning, by warning.
    pub warnings: BTreeMap<String, u64>,
    /// Articles in which topics were looked for and none was found.
    pub without_topic: u64,
    /// Whether the rarest names have been forgotten: see [`Tally::MAX_NAMES`].
    pub forgot_names: bool,
    /// Labels and how many mentions have them, in the order of the model, or in which they were
    /// met.
    mentions: InOrder<String>,
    /// Topics, each a code and a name, and how many articles have them, in the same order.
    topics: InOrder<(String, String)>,
    /// By kind, in the order of [`Kind::ALL`].
    names: [Names; Kind::ALL.len()],
}

/// A name, whatever its spelling.
///
/// Spellings are one name if they differ by case, accents, apostrophes or dashes alone: `SANTA ANA`
/// and `Santa Ana`, `Guinea-Bissau` and `Guinea–Bissau`. Among people, places and organizations the
/// label does not matter (Helsinki is one place as GPE and as LOC); among everything else it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameCount<'t> {
    /// The most frequent spelling.
    pub name: &'t str,
    /// The label that it has most often.
    pub label: &'t str,
    /// Mentions of its entities, those outside of page furniture.
    pub mentions: u64,
    /// Articles in which it has an entity.
    pub articles: u64,
}

/// Names of a kind, by their folded spelling.
type Names = HashMap<String, Spellings>;

/// How a name is written.
#[derive(Clone, PartialEq, Debug, Default)]
struct Spellings {
    /// Each way of writing with its label, and how many mentions have it; the first ones of very
    /// many.
    by_mentions: Vec<(String, String, u64)>,
    mentions: u64,
    articles: u64,
}

impl Tally {
    /// Names kept a kind. When there are more, the rarest are forgotten, so that a run over ten
    /// million articles does not keep ten million names; the counts of frequent names are then a
    /// little too low.
    pub const MAX_NAMES: usize = 50_000;
    /// Failures whose messages are kept.
    pub const MAX_FAILURES: usize = 5;

    /// Counts one outcome. `writer` knows the model's labels and topics by their names.
    pub fn count(&mut self, outcome: &Outcome, writer: &RecordWriter) {
        match outcome {
            Outcome::Tagged(tagged) => self.count_tagged(tagged, writer),
            Outcome::Failed(failure) => {
                self.articles += 1;
                *self.failed.entry(failure.code).or_default() += 1;
                if self.failures.len() < Self::MAX_FAILURES {
                    self.failures.push(failure.message.clone());
                }
            }
        }
    }

    fn count_tagged(&mut self, tagged: &TaggedArticle, writer: &RecordWriter) {
        let (text, labels) = (tagged.document.text(), writer.labels());
        self.articles += 1;
        self.words += text.split_whitespace().count() as u64;
        self.count_warnings(tagged.document.article.warnings.iter().map(String::as_str));
        let mut mentions = vec![0; labels.names().len()];
        tagged.mentions.iter().for_each(|mention| mentions[mention.label.index()] += 1);
        for (i, (label, n)) in labels.names().iter().zip(mentions).enumerate() {
            self.mentions.add(i, label, n);
        }
        if let Some(topics) = &tagged.topics {
            self.without_topic += u64::from(topics.is_empty());
            for (i, name) in writer.topics().iter().enumerate() {
                let n = topics.iter().filter(|topic| topic.topic == i).count() as u64;
                self.topics.add(i, &(name.code.clone(), name.label.clone()), n);
            }
        }
        let is_story = |salience: f32| salience > 0.0;
        let entities = tagged.entities.iter().filter(|entity| is_story(entity.salience));
        self.count_names(
            entities.map(|entity| (labels.name(entity.label), entity.name.of(text), entity.mentions.len() as u64)),
        );
    }

    /// Counts one record.
    pub fn count_record(&mut self, record: &Record<'_>) {
        self.articles += 1;
        self.count_warnings(record.warnings.iter().map(|warning| &**warning));
        for mention in &record.mentions {
            self.mentions.add(0, &*mention.label, 1);
        }
        if let Some(topics) = &record.topics {
            self.without_topic += u64::from(topics.is_empty());
            for topic in topics {
                self.topics.add(0, &(topic.code.to_string(), topic.label.to_string()), 1);
            }
        }
        let entities = record.entities.iter().filter(|entity| entity.salience > 0.0);
        self.count_names(entities.map(|entity| (&*entity.label, &*entity.name, entity.mentions.len() as u64)));
    }

    fn count_warnings<'w>(&mut self, warnings: impl Iterator<Item = &'w str>) {
        warnings.for_each(|warning| add(&mut self.warnings, warning, 1));
    }

    /// Counts the entities of an article, each a label, a name and its mentions. Page furniture is
    /// not what the corpus is about, and not among them.
    fn count_names<'w>(&mut self, entities: impl Iterator<Item = (&'w str, &'w str, u64)>) {
        let mut of_article: [Names; Kind::ALL.len()] = Default::default();
        for (label, name, mentions) in entities {
            let kind = Kind::of(label);
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let names = &mut of_article[place(kind)];
            let spellings = names.entry(key(kind, label, &name)).or_default();
            spellings.add(name, label.to_owned(), mentions);
            spellings.mentions += mentions;
            spellings.articles = 1;
        }
        self.add_names(of_article);
    }

    /// Adds the counts of a later part of the run.
    pub fn add(&mut self, other: Self) {
        self.articles += other.articles;
        self.words += other.words;
        for (code, n) in other.failed {
            *self.failed.entry(code).or_default() += n;
        }
        other.warnings.iter().for_each(|(warning, n)| add(&mut self.warnings, warning, *n));
        other.mentions.0.iter().enumerate().for_each(|(i, (label, n))| self.mentions.add(i, label, *n));
        other.topics.0.iter().enumerate().for_each(|(i, (topic, n))| self.topics.add(i, topic, *n));
        let room = Self::MAX_FAILURES.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.into_iter().take(room));
        self.without_topic += other.without_topic;
        self.forgot_names |= other.forgot_names;
        self.add_names(other.names);
    }

    fn add_names(&mut self, others: [Names; Kind::ALL.len()]) {
        for (sum, names) in self.names.iter_mut().zip(others) {
            for (key, other) in names {
                let spellings = sum.entry(key).or_default();
                spellings.mentions += other.mentions;
                spellings.articles += other.articles;
                for (name, label, n) in other.by_mentions {
                    spellings.add(name, label, n);
                }
            }
            self.forgot_names |= forget_the_rarest(sum);
        }
    }

    /// Articles that were not tagged.
    pub fn n_failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Names of a kind, those with the most mentions first.
    pub fn names(&self, kind: Kind) -> Vec<NameCount<'_>> {
        let mut names: Vec<NameCount<'_>> = self.names[place(kind)].values().map(Spellings::count).collect();
        names.sort_by(|a, b| (b.mentions, a.name, a.label).cmp(&(a.mentions, b.name, b.label)));
        names
    }

    /// Labels with how many mentions have them, the most frequent first.
    pub fn labels(&self) -> Vec<(&str, u64)> {
        self.mentions.ranked().map(|(label, n)| (label.as_str(), n)).collect()
    }

    /// Topics with how many articles have them, the most frequent first: code, name, articles.
    pub fn topics(&self) -> Vec<(&str, &str, u64)> {
        self.topics.ranked().map(|((code, label), n)| (code.as_str(), label.as_str(), n)).collect()
    }
}

/// A few sums, in the order in which their names were met.
#[derive(Clone, PartialEq, Debug)]
struct InOrder<K>(Vec<(K, u64)>);

impl<K: Clone + PartialEq> InOrder<K> {
    /// Adds `n` to the sum of `name`, which is likely at the position `likely`. With 0 it only gets
    /// a place.
    fn add<Q: PartialEq + ToOwned<Owned = K> + ?Sized>(&mut self, likely: usize, name: &Q, n: u64)
    where
        K: std::borrow::Borrow<Q>,
    {
        let is_it = |(other, _): &(K, u64)| other.borrow() == name;
        let at = Some(likely).filter(|&at| self.0.get(at).is_some_and(is_it));
        match at.or_else(|| self.0.iter().position(is_it)) {
            Some(at) => self.0[at].1 += n,
            None => self.0.push((name.to_owned(), n)),
        }
    }

    /// Those above 0, the highest first; equals in their order.
    fn ranked(&self) -> impl Iterator<Item = (&K, u64)> {
        let mut ranked: Vec<(&K, u64)> = self.0.iter().map(|(name, n)| (name, *n)).filter(|&(_, n)| n > 0).collect();
        ranked.sort_by_key(|&(_, n)| std::cmp::Reverse(n));
        ranked.into_iter()
    }
}

impl<K> Default for InOrder<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Spellings {
    /// Ways of writing that are kept.
    const MAX: usize = 16;

    fn add(&mut self, name: String, label: String, n: u64) {
        if let Some(spelling) = self.by_mentions.iter_mut().find(|(other, of, _)| *other == name && *of == label) {
            spelling.2 += n;
        } else if self.by_mentions.len() < Self::MAX {
            self.by_mentions.push((name, label, n));
        }
    }

    fn count(&self) -> NameCount<'_> {
        // Of equally frequent ones the last in order: `Łódź` after `Lodz`, `Santa` after `SANTA`.
        let most_frequent = |of: fn(&(String, String, u64)) -> &str| {
            let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
            self.by_mentions.iter().for_each(|spelling| *sums.entry(of(spelling)).or_default() += spelling.2);
            sums.into_iter().max_by_key(|&(_, n)| n).map_or("", |(most_frequent, _)| most_frequent)
        };
        NameCount {
            name: most_frequent(|(name, _, _)| name),
            label: most_frequent(|(_, label, _)| label),
            mentions: self.mentions,
            articles: self.articles,
        }
    }
}

fn add(sums: &mut BTreeMap<String, u64>, name: &str, n: u64) {
    match sums.get_mut(name) {
        Some(sum) => *sum += n,
        None => _ = sums.insert(name.to_owned(), n),
    }
}

fn place(kind: Kind) -> usize {
    Kind::ALL.iter().position(|&other| other == kind).expect("all of them are there")
}

/// Equal for spellings of one name.
fn key(kind: Kind, label: &str, name: &str) -> String {
    let mut folded = String::new();
    for c in name.chars() {
        match c {
            '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '\u{ad}' | '\u{200d}' => {}
            '-' | '\u{2010}'..='\u{2015}' | '−' => folded.push(' '),
            c => fold(c, &mut folded),
        }
    }
    let words: Vec<&str> = folded.split_whitespace().collect();
    let key = if words.is_empty() { name.to_owned() } else { words.join(" ") };
    if kind == Kind::Other { format!("{label}\t{key}") } else { key }
}

/// Halves an overfull map by dropping the names that were seen least (Manku and Motwani 2002, lossy
/// counting). Whether it was overfull.
fn forget_the_rarest(names: &mut Names) -> bool {
    let is_overfull = names.len() > Tally::MAX_NAMES;
    let mut threshold = 1;
    while names.len() > Tally::MAX_NAMES {
        names.retain(|_, spellings| spellings.mentions > threshold);
        threshold *= 2;
    }
    is_overfull
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of `kind` after counting these articles, one of entities after the other: label,
    /// name, mentions.
    fn check(kind: Kind, articles: &[&[(&str, &str, u64)]], expected: &[(&str, &str, u64, u64)]) {
        let mut tally = Tally::default();
        for entities in articles {
            let mut part = Tally::default();
            part.count_names(entities.iter().copied());
            tally.add(part);
        }
        let names = tally.names(kind);
        let found: Vec<(&str, &str, u64, u64)> =
            names.iter().map(|count| (count.label, count.name, count.mentions, count.articles)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn spellings_of_a_name_are_counted_together() {
        check(
            Kind::Place,
            &[
                &[("LOC", "SANTA ANA", 1), ("LOC", "Łódź", 1), ("GPE", "Guinea-Bissau", 2)],
                &[("LOC", "Santa\nAna", 1), ("LOC", "Lodz", 1), ("LOC", "Guinea–Bissau", 1), ("LOC", "Guinea", 1)],
                &[("ORG", "Santa Ana", 9), ("PERSON", "Santa Ana", 9)],
            ],
            &[
                ("GPE", "Guinea-Bissau", 3, 2),
                ("LOC", "Santa Ana", 2, 2),
                ("LOC", "Łódź", 2, 2),
                ("LOC", "Guinea", 1, 1),
            ],
        );
        check(
            Kind::Person,
            &[&[("PER", "O’Neill", 2), ("PERSON", "O'NEILL", 1)], &[("PER", "Oneill", 1)]],
            &[("PER", "O’Neill", 4, 2)],
        );
        // May the month and May the holiday are two things; what has no letters is itself.
        check(
            Kind::Other,
            &[&[("DATE", "May", 1), ("EVENT", "May", 1), ("MISC", "’", 1), ("MISC", "-", 1)]],
            &[("MISC", "-", 1, 1), ("DATE", "May", 1, 1), ("EVENT", "May", 1, 1), ("MISC", "’", 1, 1)],
        );
    }

    #[test]
    fn topics_and_labels_of_all_parts_add_up() {
        let mut sum = Tally::default();
        let topic = |code: &str| (code.to_owned(), "topic".to_owned());
        for (codes, label) in [(vec!["z", "b", "a"], "PER"), (vec!["b"], "LOC"), (vec![], "LOC")] {
            let mut part = Tally::default();
            codes.into_iter().for_each(|code| part.topics.add(0, &topic(code), 1));
            part.topics.add(1, &topic("never"), 0);
            part.mentions.add(0, label, 2);
            sum.add(part);
        }
        // Equals in the order of the model.
        assert_eq!(sum.topics(), [("b", "topic", 2), ("z", "topic", 1), ("a", "topic", 1)]);
        assert_eq!(sum.labels(), [("LOC", 4), ("PER", 2)]);
    }

    #[test]
    fn frequent_names_survive_any_number_of_rare_ones() {
        let mut sum = Tally::default();
        for i in 0..2 * Tally::MAX_NAMES {
            let village = format!("Village {i}");
            sum.count_names([("LOC", "Helsinki", 1), ("LOC", &village, 1)].into_iter());
            assert!(sum.names[place(Kind::Place)].len() <= Tally::MAX_NAMES);
        }
        let n = 2 * Tally::MAX_NAMES as u64;
        assert!(sum.forgot_names);
        let first = NameCount { name: "Helsinki", label: "LOC", mentions: n, articles: n };
        assert_eq!(sum.names(Kind::Place).first(), Some(&first));
    }
}
