//! The mentions of a run, and a sample of them.
//!
//! Mentions are drawn by strata of their scores, more where scores say less. Each has a number by
//! chance, see [`chance`](crate::quality::chance); of each stratum those with the lowest numbers are
//! drawn. So a larger sample with the same seed contains the smaller one, and only as many mentions
//! are remembered as might be drawn.

use std::collections::{BTreeMap, BinaryHeap, HashSet};

use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::quality::chance;
use crate::quality::expected::{Expected, Scores};
use crate::verdicts::{ArticleKey, Opened, SampleDraw};

/// Strata of scores.
pub const N_STRATA: usize = 6;

/// Where each stratum but the first begins.
const BOUNDS: [f64; N_STRATA - 1] = [0.5, 0.7, 0.85, 0.95, 0.99];

/// The least standard deviation that is assumed in a stratum: scores may be wrong about themselves.
const LEAST_DEVIATION: f64 = 0.1;

/// The least number of mentions that are drawn from a stratum.
const LEAST: usize = 5;

/// Mentions as far as they were read.
#[derive(Clone, Debug)]
pub struct Population {
    seed: u64,
    keep: usize,
    seen: HashSet<ArticleKey>,
    scores: Scores,
    pub(super) strata: [Stratum; N_STRATA],
    /// Of each label, and of each zone: mentions and the sum of their scores, by strata.
    pub(super) parts: BTreeMap<Part, BTreeMap<String, [(u64, f64); N_STRATA]>>,
    lowest: [BinaryHeap<Numbered>; N_STRATA],
}

/// What a part of the mentions has in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    Label,
    Zone,
}

/// A stratum's mentions.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Stratum {
    pub n: u64,
    /// Sum of the scores.
    pub scores: f64,
    /// Sum of p (1 − p).
    pub variance: f64,
}

/// A mention that may be drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct Drawn {
    /// Its article.
    pub article: ArticleKey,
    /// Its field.
    pub field: String,
    /// Start and end in code points of the field.
    pub span: [usize; 2],
    /// Its label, which an analyst must not see.
    pub label: String,
    /// Its zone.
    pub zone: String,
    /// Its score.
    pub score: f64,
    /// Its stratum.
    pub stratum: usize,
    number: u64,
}

#[derive(Clone, PartialEq, Debug)]
struct Numbered(Drawn);

impl Eq for Numbered {}

impl PartialOrd for Numbered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Numbered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |drawn: &Self| (drawn.0.number, drawn.0.article, drawn.0.span);
        key(self).cmp(&key(other)).then_with(|| self.0.field.cmp(&other.0.field))
    }
}

/// Mentions that were drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct Sample {
    /// How.
    pub draw: SampleDraw,
    /// The mentions, in the order in which they are to be shown: by chance, whatever their scores.
    pub mentions: Vec<Drawn>,
}

impl Population {
    /// Nothing was read yet; up to `keep` mentions can be drawn by chance from `seed`.
    pub fn new(seed: u64, keep: usize) -> Self {
        Self {
            seed,
            keep,
            seen: HashSet::new(),
            scores: Scores::default(),
            strata: [Stratum::default(); N_STRATA],
            parts: BTreeMap::new(),
            lowest: Default::default(),
        }
    }

    /// Here is a record; a copy of an article that was read counts no more.
    pub fn add(&mut self, opened: &Opened<'_>) {
        if !self.seen.insert(opened.key) {
            return;
        }
        for mention in &opened.record.mentions {
            let span = [mention.start, mention.end];
            self.add_mention(opened.key, &mention.field, span, &mention.label, &mention.zone, mention.score);
        }
    }

    /// Here are the mentions of an article, as an index has them: field, start and end in code points of
    /// it, label, zone and score.
    pub fn add_mentions<'m>(
        &mut self,
        article: ArticleKey,
        mentions: impl IntoIterator<Item = (&'m str, [usize; 2], &'m str, &'m str, f64)>,
    ) {
        if self.seen.insert(article) {
            for (field, span, label, zone, score) in mentions {
                self.add_mention(article, field, span, label, zone, score);
            }
        }
    }

    /// Here is a mention.
    pub(super) fn add_mention(
        &mut self,
        article: ArticleKey,
        field: &str,
        span: [usize; 2],
        label: &str,
        zone: &str,
        score: f64,
    ) {
        self.scores.add(score);
        let stratum = BOUNDS.iter().filter(|&&bound| score >= bound).count();
        let of = &mut self.strata[stratum];
        of.n += 1;
        of.scores += score;
        of.variance += score * (1.0 - score);
        for (part, name) in [(Part::Label, label), (Part::Zone, zone)] {
            let of_part = self.parts.entry(part).or_default();
            // Names are few, and mentions many.
            if !of_part.contains_key(name) {
                of_part.insert(name.to_owned(), Default::default());
            }
            let sums = of_part.get_mut(name).expect("it was just put there");
            sums[stratum].0 += 1;
            sums[stratum].1 += score;
        }
        if self.keep == 0 {
            return;
        }
        let number = chance::number(self.seed, article, field, span);
        let lowest = &mut self.lowest[stratum];
        if lowest.len() >= self.keep {
            if lowest.peek().is_some_and(|highest| highest.0.number <= number) {
                return;
            }
            lowest.pop();
        }
        let (field, label, zone) = (field.to_owned(), label.to_owned(), zone.to_owned());
        lowest.push(Numbered(Drawn { article, field, span, label, zone, score, stratum, number }));
    }

    /// Mentions.
    pub fn len(&self) -> u64 {
        self.strata.iter().map(|stratum| stratum.n).sum()
    }

    /// Whether there are no mentions.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many mentions are expected to be wrong.
    pub fn expected(&self) -> Expected {
        self.scores.expected()
    }

    /// Draws `size` mentions, or as many as there are: of each stratum in proportion to its share
    /// and its standard deviation (Neyman 1934), which are those of calibrated scores.
    pub fn draw(&self, size: usize) -> Sample {
        let size = size.min(self.keep).min(usize::try_from(self.len()).unwrap_or(usize::MAX));
        let sizes = self.allocate(size);
        let mut mentions: Vec<Drawn> = Vec::with_capacity(size);
        for (lowest, size) in self.lowest.iter().zip(sizes) {
            let sorted = lowest.clone().into_sorted_vec();
            mentions.extend(sorted.into_iter().take(size).map(|numbered| numbered.0));
        }
        // The numbers within a stratum are those that are low there, so they are mixed again.
        mentions.sort_by_key(|drawn| (chance::number(!self.seed, drawn.article, &drawn.field, drawn.span), drawn.span));
        let mut listed: Vec<String> = mentions
            .iter()
            .map(|drawn| format!("{} {} {:?} {}", drawn.article, drawn.field, drawn.span, drawn.label))
            .collect();
        listed.sort();
        let digest = hex(&Sha256::digest(listed.join("\n"))[..8]);
        let strata = self.strata.iter().zip(sizes).map(|(stratum, size)| [stratum.n as usize, size]).collect();
        Sample { draw: SampleDraw { of: "mentions".to_owned(), seed: self.seed, size, strata, digest }, mentions }
    }

    /// How many of `size` are drawn from each stratum. More in all is never fewer in one, so that a
    /// larger sample contains the smaller.
    fn allocate(&self, size: usize) -> [usize; N_STRATA] {
        let deviation = |stratum: &Stratum| {
            let n = stratum.n.max(1) as f64;
            stratum.n as f64 * (stratum.variance / n).sqrt().max(LEAST_DEVIATION)
        };
        let want: Vec<f64> = self.strata.iter().map(deviation).collect();
        let mut sizes = [0; N_STRATA];
        for _ in 0..size {
            let room = (0..N_STRATA).filter(|&h| (sizes[h] as u64) < self.strata[h].n);
            // The stratum that has the least of what it is due (D'Hondt), and each its least first.
            let next = room.max_by(|&a, &b| {
                let due = |h: usize| (sizes[h] < LEAST, want[h] / (sizes[h] + 1) as f64);
                due(a).partial_cmp(&due(b)).expect("finite numbers").then(b.cmp(&a))
            });
            match next {
                Some(next) => sizes[next] += 1,
                None => break,
            }
        }
        sizes
    }
}
