//! How many names a run has found, from passages that were read to the end.
//!
//! Passages are runs of five sentences of a field, drawn with a probability in proportion to their
//! length, so that a name is as likely to be looked at in a short one as in a long one.

use std::collections::{BinaryHeap, HashSet};

use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::eval::{Interval, bootstrap_of, middle};
use crate::quality::chance;
use crate::quality::precision::Estimate;
use crate::span::Span;
use crate::verdicts::{ArticleKey, ArticleState, Op, Opened, RuleSet, SampleDraw, Verdicts, stand};

/// Sentences in a passage.
const SENTENCES: usize = 5;

/// A passage that was drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct Passage {
    /// Its article.
    pub article: ArticleKey,
    /// Its field.
    pub field: String,
    /// Start and end in code points of the field.
    pub span: [usize; 2],
    /// What it is ordered by: the lower the likelier it is drawn.
    key: f64,
}

impl Eq for Passage {}

impl PartialOrd for Passage {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Passage {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let place = |of: &Self| (of.article, of.span);
        self.key.total_cmp(&other.key).then_with(|| place(self).cmp(&place(other)))
    }
}

/// The passages of a run, as far as they were read.
#[derive(Clone, Debug)]
pub struct Passages {
    seed: u64,
    keep: usize,
    n: usize,
    seen: HashSet<ArticleKey>,
    lowest: BinaryHeap<Passage>,
}

impl Passages {
    /// Nothing was read yet; up to `keep` passages can be drawn by chance from `seed`.
    pub fn new(seed: u64, keep: usize) -> Self {
        Self { seed, keep, n: 0, seen: HashSet::new(), lowest: BinaryHeap::new() }
    }

    /// Here is a record; a copy of an article that was read counts no more.
    pub fn add(&mut self, opened: &Opened<'_>) {
        if !self.seen.insert(opened.key) {
            return;
        }
        for span in passages(opened) {
            let (field, chars) = opened.within(span);
            // The n lowest of −ln(u) / length are a sample without repetition in proportion to length
            // (Efraimidis and Spirakis 2006).
            let number = chance::part(chance::number(self.seed, opened.key, field, chars));
            let key = -number.ln() / (chars[1] - chars[0]) as f64;
            self.n += 1;
            self.lowest.push(Passage { article: opened.key, field: field.to_owned(), span: chars, key });
            if self.lowest.len() > self.keep {
                self.lowest.pop();
            }
        }
    }

    /// Draws `size` passages, or as many as there are, the first to be read first.
    pub fn draw(&self, size: usize) -> (SampleDraw, Vec<Passage>) {
        let mut passages = self.lowest.clone().into_sorted_vec();
        passages.truncate(size);
        let listed: Vec<String> = passages.iter().map(|p| format!("{} {} {:?}", p.article, p.field, p.span)).collect();
        let digest = hex(&Sha256::digest(listed.join("\n"))[..8]);
        let (of, strata) = ("passages".to_owned(), vec![[self.n, passages.len()]]);
        (SampleDraw { of, seed: self.seed, size: passages.len(), strata, digest }, passages)
    }
}

/// The passages of an article.
fn passages(opened: &Opened<'_>) -> Vec<Span> {
    let document = &opened.document;
    let mut passages = Vec::new();
    for field in &document.article.fields {
        let within = document.sentences.partition_point(|s| s.start() < field.span.start())
            ..document.sentences.partition_point(|s| s.start() < field.span.end());
        let sentences = &document.sentences[within];
        passages.extend(sentences.chunks(SENTENCES).map(|chunk| chunk[0].through(chunk[chunk.len() - 1])));
    }
    passages
}

/// What was found in a passage that was read to the end.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Recall {
    /// Names in it that the model has found, with this span and label.
    pub found: usize,
    /// Names in it.
    pub names: usize,
    /// Its length in code points.
    pub length: usize,
}

impl Recall {
    /// Of `passage`, if someone has said that everything in it is right and nothing is missing: of
    /// the passage, or of the article.
    pub fn of(passage: &Passage, opened: &Opened<'_>, verdicts: &Verdicts) -> Option<Self> {
        let is_read = verdicts.on(opened.key).any(|(_, entry)| match &entry.decision.op {
            Op::Article { state: ArticleState::Done, within: Some(within), .. } => {
                within.field == passage.field && within.span[0] <= passage.span[0] && passage.span[1] <= within.span[1]
            }
            _ => false,
        });
        if !is_read && !verdicts.is_done(opened.key) {
            return None;
        }
        let within = opened.span(&passage.field, passage.span)?;
        let standing = stand(opened, &RuleSet::default(), verdicts);
        let names: Vec<(Span, &str)> = standing
            .marks
            .iter()
            .filter(|mark| within.contains(mark.span))
            .filter_map(|mark| Some((mark.span, mark.label.as_deref()?)))
            .collect();
        let is_found = |&&(span, label): &&(Span, &str)| {
            let at = opened.mentions().binary_search_by_key(&span, |mention| mention.span);
            at.is_ok_and(|at| opened.labels().name(opened.mentions()[at].label) == label)
        };
        let found = names.iter().filter(is_found).count();
        Some(Self { found, names: names.len(), length: passage.span[1] - passage.span[0] })
    }
}

/// The part of all names that a run has found, from passages that were read: a ratio of sums in
/// which each passage counts for its length's worth, its interval by the bootstrap over passages.
/// None if no name is in them.
pub fn recall(passages: &[Recall]) -> Option<Estimate> {
    let ratio = |picked: &[usize]| {
        let (mut found, mut names) = (0.0, 0.0);
        for passage in picked.iter().map(|&i| passages[i]) {
            let length = passage.length.max(1) as f64;
            found += passage.found as f64 / length;
            names += passage.names as f64 / length;
        }
        (names > 0.0).then(|| found / names)
    };
    let all: Vec<usize> = (0..passages.len()).collect();
    let value = ratio(&all)?;
    let interval = bootstrap_of(passages.len(), ratio).and_then(middle).unwrap_or(Interval { low: 0.0, high: 1.0 });
    Some(Estimate { value, interval, n: passages.len() })
}
