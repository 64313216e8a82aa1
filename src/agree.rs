//! Lets the names of one document agree with each other.
//!
//! A model reads a window at a time, but writers name one thing in one way: where a document says
//! `Leeds` three times, twice surely a club and once perhaps a place, it means the club all three
//! times; and where it says `Joint Chiefs of Staff` once in full, `Joint Chiefs of` before `Staff`
//! has lost a word. Two steps, both linear in the number of names:
//!
//! 1. A name grows to the right as far as the words are those of a longer name of the document.
//! 2. Names of the same words share what the model thinks of each of them. With p(l) the
//!    probability that the words are a name of label l here, and q(l) its mean over the document,
//!    the label becomes the one with the largest p(l) · (q(l) + ε)^strength. That is the vote over
//!    all mentions of a phrase that Krishnan and Manning (2006) had a second model learn, with one
//!    number in place of that model. A surname alone shares with the people named in full.

use std::collections::{HashMap, HashSet};

use crate::decode::DecodedMention;
use crate::label::{Kind, Label, LabelSet};
use crate::tokenize::{Casing, Encoding};

/// Words of a name at most for it to make others grow.
const MAX_WORDS: usize = 16;

/// ε above: what no mention in the document is taken for can still win, if the words here speak
/// strongly for it.
const UNSEEN: f64 = 1e-3;

/// Where the words of a document begin and end.
#[derive(Clone, Copy)]
pub struct Words<'d> {
    encoding: &'d Encoding,
    /// The first token of each.
    starts: &'d [usize],
}

impl<'d> Words<'d> {
    /// Words of `encoding` whose first tokens are `starts`.
    pub fn new(encoding: &'d Encoding, starts: &'d [usize]) -> Self {
        Self { encoding, starts }
    }

    /// The token after the last one of a word.
    pub fn end(self, word: usize) -> usize {
        self.starts.get(word + 1).copied().unwrap_or(self.encoding.len())
    }

    /// The sentence that a word stands in.
    pub fn sentence(self, word: usize) -> usize {
        self.encoding.sentences.partition_point(|&start| start <= self.starts[word]) - 1
    }

    /// One past the last word of a sentence.
    fn end_of_sentence(self, sentence: usize) -> usize {
        let end = self.encoding.sentences[sentence + 1];
        self.starts.partition_point(|&start| start < end)
    }

    /// What the model reads of a run of words, without their casing.
    fn ids(self, first: usize, last: usize) -> &'d [u32] {
        &self.encoding.ids[self.starts[first]..self.end(last)]
    }

    /// How a run of words is written.
    fn surface(self, first: usize, last: usize) -> (&'d [u32], &'d [Casing]) {
        let tokens = self.starts[first]..self.end(last);
        (&self.encoding.ids[tokens.clone()], &self.encoding.casing[tokens])
    }
}

/// Lets `names`, which are all those of a document in order and counted in its words, agree.
///
/// With a `strength` of 0 nothing changes. The larger it is, the more the document weighs against
/// the place. A name's `score` follows its label; `by_label` stays what the model said.
pub fn agree(names: &mut [DecodedMention], words: Words, labels: &LabelSet, strength: f64) {
    if strength > 0.0 {
        grow(names, words);
        share(names, words, labels, strength);
    }
}

/// Lets names take in the words after them that belong to a longer name of the document, inside
/// their sentence and up to the next name.
fn grow(names: &mut [DecodedMention], words: Words) {
    let n_words = |name: &DecodedMention| name.last + 1 - name.first;
    let mut known: HashSet<(&[u32], &[Casing])> = HashSet::new();
    // By first word: words of the longest name.
    let mut longest: HashMap<&[u32], usize> = HashMap::new();
    for name in names.iter().filter(|name| (2..=MAX_WORDS).contains(&n_words(name))) {
        known.insert(words.surface(name.first, name.last));
        let length = longest.entry(words.ids(name.first, name.first)).or_default();
        *length = n_words(name).max(*length);
    }
    for i in 0..names.len() {
        let DecodedMention { first, last, .. } = names[i];
        let Some(&length) = longest.get(words.ids(first, first)) else { continue };
        let limit = names.get(i + 1).map_or(usize::MAX, |next| next.first);
        let limit = limit.min(words.end_of_sentence(words.sentence(first))).min(first + length);
        let grown = (last + 1..limit).rev().find(|&last| known.contains(&words.surface(first, last)));
        names[i].last = grown.unwrap_or(last);
    }
}

/// What a document says about a run of words.
#[derive(Clone, Default)]
struct Shared {
    /// By label: Σ p over the names with these words.
    sum: Vec<f64>,
    n: usize,
}

impl Shared {
    fn add(&mut self, by_label: &[f32]) {
        self.sum.resize(by_label.len(), 0.0);
        self.sum.iter_mut().zip(by_label).for_each(|(sum, &p)| *sum += f64::from(p));
        self.n += 1;
    }
}

/// Gives names of the same words the label that fits all of them and their own place best.
fn share(names: &mut [DecodedMention], words: Words, labels: &LabelSet, strength: f64) {
    let mut by_words: HashMap<&[u32], Shared> = HashMap::new();
    for name in names.iter() {
        by_words.entry(words.ids(name.first, name.last)).or_default().add(&name.by_label);
        if name.first < name.last && labels.kind(name.label) == Kind::Person {
            by_words.entry(words.ids(name.last, name.last)).or_default().add(&name.by_label);
        }
    }
    for name in names {
        let shared = &by_words[words.ids(name.first, name.last)];
        if shared.n > 1 {
            (name.label, name.score) = decide(name, shared, labels, strength);
        }
    }
}

/// The best label and its share of the probability that the words are a name at all.
fn decide(name: &DecodedMention, shared: &Shared, labels: &LabelSet, strength: f64) -> (Label, f32) {
    let weight = |label: Label| {
        let p = f64::from(name.by_label[label.index()]).max(f64::MIN_POSITIVE);
        p.ln() + strength * (shared.sum[label.index()] / shared.n as f64 + UNSEEN).ln()
    };
    let weights: Vec<f64> = labels.labels().map(weight).collect();
    // Among equals the model's own choice, then the lower label.
    let mut best = name.label;
    for label in labels.labels() {
        if weights[label.index()] > weights[best.index()] {
            best = label;
        }
    }
    let total: f64 = weights.iter().map(|weight| (weight - weights[best.index()]).exp()).sum();
    let is_name: f64 = name.by_label.iter().map(|&p| f64::from(p)).sum();
    (best, (is_name / total).clamp(0.0, 1.0) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Words are their own tokens, and a capital shows in the casing alone. Names are written
    /// `[Leeds ORG:.9 LOC:.1]`, a sentence ends at `.`.
    fn check(text: &str, strength: f64, expected: Expect) {
        let tags: Vec<String> = "O B-PER I-PER B-ORG I-ORG B-LOC I-LOC".split(' ').map(str::to_owned).collect();
        let labels = LabelSet::new(&tags, None).expect("a label set");
        let mut encoding = Encoding { sentences: vec![0], ..Encoding::default() };
        let mut vocabulary: Vec<String> = Vec::new();
        let mut shown: Vec<&str> = Vec::new();
        let mut names = Vec::new();
        for part in text.split_whitespace() {
            let word = part.trim_matches(['[', ']']);
            if part.starts_with('[') {
                let first = shown.len();
                names.push(DecodedMention {
                    first,
                    last: first,
                    label: labels.find("PER").unwrap(),
                    score: 0.0,
                    by_label: vec![0.0; 3],
                });
            }
            if let (Some((label, p)), Some(name)) = (word.split_once(':'), names.last_mut()) {
                let label = labels.find(label).expect("a label");
                name.by_label[label.index()] = p.parse().expect("a probability");
                if name.by_label[label.index()] > name.score {
                    (name.label, name.score) = (label, name.by_label[label.index()]);
                }
                continue;
            }
            let lower = word.to_lowercase();
            let id = vocabulary.iter().position(|known| *known == lower).unwrap_or_else(|| {
                vocabulary.push(lower);
                vocabulary.len() - 1
            });
            encoding.ids.push(id as u32);
            encoding.casing.push(Casing::of(word));
            shown.push(word);
            if let Some(name) = names.last_mut().filter(|name: &&mut DecodedMention| name.score == 0.0) {
                name.last = shown.len() - 1;
            }
            if word == "." {
                encoding.sentences.push(shown.len());
            }
        }
        encoding.sentences.push(shown.len());
        let starts: Vec<usize> = (0..shown.len()).collect();
        agree(&mut names, Words::new(&encoding, &starts), &labels, strength);
        let found: Vec<String> = names
            .iter()
            .map(|n| format!("{} {} {:.2}", labels.name(n.label), shown[n.first..=n.last].join(" "), n.score))
            .collect();
        expected.assert_eq(&found.join(" | "));
    }

    #[test]
    fn names_of_the_same_words_get_the_label_that_fits_them_all() {
        let text =
            "[Leeds ORG:.9 LOC:.1] beat [York ORG:.4 LOC:.5] . [Leeds ORG:.9 LOC:.1] and [Leeds ORG:.4 LOC:.6] .";
        check(text, 4.0, expect!["ORG Leeds 1.00 | LOC York 0.50 | ORG Leeds 1.00 | ORG Leeds 0.97"]);
        check(text, 0.0, expect!["ORG Leeds 0.90 | LOC York 0.50 | ORG Leeds 0.90 | LOC Leeds 0.60"]);
        // What is all but certain in its place stays, although the document says otherwise.
        check(
            "[Paris PER:.7 LOC:.3] . [Paris PER:.7 LOC:.3] . [Paris LOC:.9999 PER:.00001]",
            1.0,
            expect!["PER Paris 0.67 | PER Paris 0.67 | LOC Paris 1.00"],
        );
    }

    #[test]
    fn a_surname_shares_with_the_people_named_in_full() {
        check("[Anna Berlin PER:1] . [Berlin PER:.4 LOC:.6]", 4.0, expect!["PER Anna Berlin 1.00 | PER Berlin 0.95"]);
        check(
            "[Bank of Berlin ORG:1] . [Berlin PER:.4 LOC:.6]",
            4.0,
            expect!["ORG Bank of Berlin 1.00 | LOC Berlin 0.60"],
        );
    }

    #[test]
    fn a_name_that_lost_words_takes_them_back() {
        let full = "[Joint Chiefs of Staff ORG:.9] .";
        check(
            &format!("[Joint Chiefs ORG:.8] of Staff . {full}"),
            4.0,
            expect!["ORG Joint Chiefs of Staff 0.80 | ORG Joint Chiefs of Staff 0.90"],
        );
        // Other words, words written otherwise, a sentence's end and a name's beginning stop it.
        check(
            &format!("[Joint ORG:.8] Committee . {full}"),
            4.0,
            expect!["ORG Joint 0.80 | ORG Joint Chiefs of Staff 0.90"],
        );
        check(
            &format!("[Joint Chiefs ORG:.8] of staff . {full}"),
            4.0,
            expect!["ORG Joint Chiefs 0.80 | ORG Joint Chiefs of Staff 0.90"],
        );
        check(
            &format!("[Joint Chiefs ORG:.8] of . Staff {full}"),
            4.0,
            expect!["ORG Joint Chiefs 0.80 | ORG Joint Chiefs of Staff 0.90"],
        );
        check(
            &format!("[Joint Chiefs ORG:.8] of [Staff PER:.8] . {full}"),
            4.0,
            expect!["ORG Joint Chiefs 0.80 | PER Staff 0.80 | ORG Joint Chiefs of Staff 0.90"],
        );
    }
}
