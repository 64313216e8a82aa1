//! Entities as they were joined against gold → the numbers, as a table and as JSON, and what went
//! wrong, by reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::eval::coreference::{self, Fractions, Partition};
use crate::eval::entities::EntityArticle;

/// Pairs that are shown of each reason; all are counted.
const SHOWN: usize = 40;
/// The half whose mistakes are counted and not shown, so that nobody tunes on them.
const UNSEEN: &str = "report";

/// How the mentions of one article were joined.
pub struct Joined {
    /// Of each gold mention the number of its entity.
    pub entity_of: Vec<usize>,
    /// Of each gold mention, why it was joined to an earlier one.
    pub because: Vec<Option<&'static str>>,
}

/// How well mentions were joined, given the gold mentions. Ratios run from 0 to 1.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct EntityReport {
    /// By half, by what articles were taken for, and all.
    pub parts: Vec<EntityPart>,
    /// Pairs joined that are two things, by why they were joined.
    pub wrong: BTreeMap<String, Mistakes>,
    /// Pairs of one thing that were not joined, by how their names differ.
    pub missed: BTreeMap<String, Mistakes>,
}

/// Some of the articles.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct EntityPart {
    /// Which.
    pub name: String,
    /// How many.
    pub articles: usize,
    /// Gold mentions in them.
    pub mentions: usize,
    /// Pairs of mentions.
    pub pairs: EntityScore,
    /// MUC.
    pub muc: EntityScore,
    /// B³.
    pub b_cubed: EntityScore,
    /// CEAF-e.
    pub ceaf_e: EntityScore,
    /// LEA.
    pub lea: EntityScore,
    /// Mean of the F1 of MUC, B³ and CEAF-e.
    pub mean: f64,
}

/// Precision, recall and their harmonic mean.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct EntityScore {
    /// Of what was joined.
    pub precision: f64,
    /// Of what ought to be.
    pub recall: f64,
    /// The harmonic mean.
    pub f1: f64,
}

/// Pairs of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Mistakes {
    /// How many.
    pub pairs: usize,
    /// Different ones, the most frequent first, with the article; those of the half `report` are
    /// not here.
    pub shown: Vec<String>,
}

type Measure = fn(&Partition, &Partition) -> Fractions;
const MEASURES: [Measure; 5] =
    [coreference::pairs, coreference::muc, coreference::b_cubed, coreference::ceaf_e, coreference::lea];

impl EntityReport {
    /// Compares how the mentions of each article were joined with its gold.
    pub fn new(gold: &[EntityArticle], joined: &[Joined]) -> Self {
        let mut sums: BTreeMap<[&str; 2], (usize, usize, [Fractions; 5])> = BTreeMap::new();
        for (article, joined) in gold.iter().zip(joined) {
            let (key, response) = (partition(&article.entity_of), partition(&joined.entity_of));
            let found = MEASURES.map(|measure| measure(&key, &response));
            let (half, about) = (&*article.half, &*article.about);
            for part in [["", ""], ["", about], [half, ""], [half, about]] {
                let (n_articles, n_mentions, sum) = sums.entry(part).or_default();
                *n_articles += 1;
                *n_mentions += article.mentions.len();
                sum.iter_mut().zip(&found).for_each(|(sum, found)| sum.add(found));
            }
        }
        let parts = sums.into_iter().map(|([half, about], (articles, mentions, sum))| {
            let [pairs, muc, b_cubed, ceaf_e, lea] = sum.map(|fractions| EntityScore::new(&fractions));
            let name = [half, about].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
            let name = if name.is_empty() { "all".to_owned() } else { name };
            let mean = (muc.f1 + b_cubed.f1 + ceaf_e.f1) / 3.0;
            EntityPart { name, articles, mentions, pairs, muc, b_cubed, ceaf_e, lea, mean }
        });
        let parts = parts.collect();
        let (mut wrong, mut missed) = (Tally::default(), Tally::default());
        for (article, joined) in gold.iter().zip(joined) {
            for b in 0..article.mentions.len() {
                for a in 0..b {
                    let is_one = article.entity_of[a] == article.entity_of[b];
                    let was_joined = joined.entity_of[a] == joined.entity_of[b];
                    match (is_one, was_joined) {
                        (false, true) => {
                            let because = joined.because[b].filter(|&reason| reason != "same_words");
                            wrong.add(because.or(joined.because[a]).unwrap_or("same_words"), article, a, b);
                        }
                        (true, false) => missed.add(difference(article, a, b), article, a, b),
                        _ => {}
                    }
                }
            }
        }
        Self { parts, wrong: wrong.mistakes(), missed: missed.mistakes() }
    }
}

impl EntityScore {
    fn new(fractions: &Fractions) -> Self {
        let (precision, recall) = (Fractions::ratio(fractions.precision), Fractions::ratio(fractions.recall));
        Self { precision, recall, f1: fractions.f1() }
    }
}

/// Mentions by their entity.
fn partition(entity_of: &[usize]) -> Partition {
    let mut entities: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (mention, &entity) in entity_of.iter().enumerate() {
        entities.entry(entity).or_default().insert(mention);
    }
    entities.into_values().collect()
}

/// How the names of two mentions of one thing differ.
fn difference(article: &EntityArticle, a: usize, b: usize) -> &'static str {
    let surface = |idx: usize| article.mentions[idx].0.of(&article.article.text).to_lowercase();
    let (a_words, b_words) = (surface(a), surface(b));
    let words = |name: &str| name.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<BTreeSet<_>>();
    if article.mentions[a].1 != article.mentions[b].1 {
        return "two labels";
    }
    if a_words == b_words {
        return "same words";
    }
    let (a_words, b_words) = (words(&a_words), words(&b_words));
    let shared = a_words.intersection(&b_words).count();
    match shared {
        0 => "no word in common",
        _ if shared == a_words.len().min(b_words.len()) => "part of the other",
        _ => "some words in common",
    }
}

/// Mistakes by reason, and what to show of each.
#[derive(Default)]
struct Tally(BTreeMap<String, (usize, BTreeMap<String, usize>)>);

impl Tally {
    fn add(&mut self, reason: &str, article: &EntityArticle, a: usize, b: usize) {
        let (n_pairs, shown) = self.0.entry(reason.to_owned()).or_default();
        *n_pairs += 1;
        if article.half == UNSEEN {
            return;
        }
        let name = |idx: usize| {
            let (span, label) = &article.mentions[idx];
            format!("{label} {}", span.of(&article.article.text).split_whitespace().collect::<Vec<_>>().join(" "))
        };
        *shown.entry(format!("{} · {} ({})", name(a), name(b), article.id)).or_default() += 1;
    }

    fn mistakes(self) -> BTreeMap<String, Mistakes> {
        let mistakes = self.0.into_iter().map(|(reason, (pairs, shown))| {
            let mut shown: Vec<(String, usize)> = shown.into_iter().collect();
            shown.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
            let shown = shown.into_iter().take(SHOWN).map(|(pair, n)| format!("{pair} ×{n}")).collect();
            (reason, Mistakes { pairs, shown })
        });
        mistakes.collect()
    }
}

impl fmt::Display for EntityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "entities, given the gold mentions")?;
        let heading = ["pairs P", "R", "F1", "MUC", "B³", "CEAF-e", "mean", "LEA"];
        write!(f, "{:<20}{:>9}{:>9}", "", "articles", "mentions")?;
        heading.iter().try_for_each(|word| write!(f, "{word:>8}"))?;
        writeln!(f)?;
        for part in &self.parts {
            write!(f, "{:<20}{:>9}{:>9}", part.name, part.articles, part.mentions)?;
            let EntityPart { pairs, muc, b_cubed, ceaf_e, lea, mean, .. } = part;
            for ratio in [pairs.precision, pairs.recall, pairs.f1, muc.f1, b_cubed.f1, ceaf_e.f1, *mean, lea.f1] {
                write!(f, "{:>8.2}", 100.0 * ratio)?;
            }
            writeln!(f)?;
        }
        for (title, mistakes) in [("joined wrongly", &self.wrong), ("missed", &self.missed)] {
            writeln!(f, "\n{title}, in pairs (names of all halves but {UNSEEN})")?;
            for (reason, Mistakes { pairs, shown }) in mistakes {
                writeln!(f, "  {reason}: {pairs}")?;
                shown.iter().try_for_each(|pair| writeln!(f, "    {pair}"))?;
            }
        }
        Ok(())
    }
}
