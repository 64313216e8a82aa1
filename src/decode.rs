//! Turns scores into mentions.
//!
//! Takes one row of logits for every word of a sentence and returns the most probable sequence of
//! tags that is legal under the model's scheme (under BIO an `I-X` only follows `B-X` or `I-X`),
//! cut into mentions. The score of a mention is its probability under the same model of sequences.
//! It does not decide which mentions are the same entity: see [`crate::merge`].
//!
//! Letters: N words in the sentence, C tags.

use crate::label::{Label, LabelSet, Scheme, Tag, TagPlace};

/// A run of words that is a name, in words of its sentence: a mention before it has a span.
#[derive(Clone, PartialEq, Debug)]
pub struct DecodedMention {
    /// Its first word, counted from the first of the sentence.
    pub first: usize,
    /// Its last word, which belongs to it.
    pub last: usize,
    /// Its most probable label.
    pub label: Label,
    /// Probability that exactly these words are a name with this label, 0 to 1.
    pub score: f32,
    /// The same for every label, by [`Label::index`]. What is left to 1 is that there is no name,
    /// or another run of words.
    pub by_label: Vec<f32>,
}

/// The rules of a label set, worked out once.
pub struct Decoder {
    /// Labels by column; `None` is `O`.
    labels: Vec<Option<Label>>,
    /// Columns that may stand before each column.
    before: Vec<Vec<usize>>,
    /// Columns that may stand after each column.
    after: Vec<Vec<usize>>,
    /// `continues[a * C + b]`: whether `b` after `a` belongs to the same mention.
    continues: Vec<bool>,
    may_begin: Vec<bool>,
    may_end: Vec<bool>,
    /// By label index: the ways in which tags spell a mention.
    spellings: Vec<Vec<Spelling>>,
}

/// The columns of the tags that spell a mention, by the word's place in it; `None` where the model
/// has no such tag.
#[derive(Clone, Copy)]
struct Spelling {
    only: Option<usize>,
    first: Option<usize>,
    inner: Option<usize>,
    last: Option<usize>,
}

impl Spelling {
    /// The columns for a mention of `n` words, if the model has tags for one of that length.
    fn columns(self, n: usize) -> Option<Vec<usize>> {
        let column = |word| match word {
            0 if n == 1 => self.only,
            0 => self.first,
            _ if word + 1 == n => self.last,
            _ => self.inner,
        };
        (0..n).map(column).collect()
    }
}

impl Decoder {
    /// The rules for `labels`.
    pub fn new(labels: &LabelSet) -> Self {
        let tags = labels.tags();
        let scheme = labels.scheme();
        let legal = |a: usize, b: usize| follows(scheme, Some(tags[a]), tags[b]);
        let columns = || 0..tags.len();
        Self {
            labels: tags
                .iter()
                .map(|tag| match tag {
                    Tag::Outside => None,
                    Tag::Of(_, label) => Some(*label),
                })
                .collect(),
            before: columns().map(|b| columns().filter(|&a| legal(a, b)).collect()).collect(),
            after: columns().map(|a| columns().filter(|&b| legal(a, b)).collect()).collect(),
            continues: columns().flat_map(|a| columns().map(move |b| same_mention(scheme, tags[a], tags[b]))).collect(),
            may_begin: columns().map(|b| follows(scheme, None, tags[b])).collect(),
            may_end: columns().map(|a| follows(scheme, Some(tags[a]), Tag::Outside)).collect(),
            spellings: labels.labels().map(|label| spellings(scheme, tags, label)).collect(),
        }
    }

    /// The names in a sentence whose logits are `(N, C)`, in order.
    ///
    /// Logits must be finite. Work and memory are N · C², and far less for BIO.
    pub fn decode(&self, logits: &[f32]) -> Vec<DecodedMention> {
        let c = self.labels.len();
        assert_eq!(logits.len() % c, 0, "logits come in rows of {c}");
        if logits.is_empty() {
            return Vec::new();
        }
        let probabilities: Vec<f64> = logits.chunks(c).flat_map(softmax).collect();
        let path = self.best_path(&probabilities);
        // Most sentences have no name; then there is nothing to score.
        if path.iter().all(|&tag| self.labels[tag].is_none()) {
            return Vec::new();
        }
        let marginals = Marginals::new(self, &probabilities);
        let mut names: Vec<DecodedMention> = Vec::new();
        let mut first = 0;
        for at in 0..path.len() {
            let goes_on = at + 1 < path.len() && self.continues[path[at] * c + path[at + 1]];
            if goes_on {
                continue;
            }
            if let Some(label) = self.labels[path[at]] {
                let by_label: Vec<f32> = self
                    .spellings
                    .iter()
                    .map(|ways| {
                        let ways = ways.iter().filter_map(|way| way.columns(at + 1 - first));
                        ways.map(|path| marginals.of(self, &probabilities, first, &path)).sum::<f64>() as f32
                    })
                    .collect();
                names.push(DecodedMention { first, last: at, label, score: by_label[label.index()], by_label });
            }
            first = at + 1;
        }
        names
    }

    /// Viterbi's algorithm over the legal sequences; among equals the lower column wins.
    fn best_path(&self, probabilities: &[f64]) -> Vec<usize> {
        let c = self.labels.len();
        // Logarithms, so that long sentences do not underflow; a probability of 0 is -inf and is
        // never chosen for long.
        let log = |p: f64| p.max(f64::MIN_POSITIVE).ln();
        let mut rows = probabilities.chunks(c);
        let mut best: Vec<f64> = rows.next().into_iter().flatten().map(|&p| log(p)).collect();
        for (score, &may_begin) in best.iter_mut().zip(&self.may_begin) {
            if !may_begin {
                *score = f64::NEG_INFINITY;
            }
        }
        let mut came_from: Vec<u16> = Vec::with_capacity(probabilities.len());
        for row in rows {
            let next = (0..c).map(|tag| {
                let mut from = 0;
                let mut score = f64::NEG_INFINITY;
                for &candidate in &self.before[tag] {
                    if best[candidate] > score {
                        (from, score) = (candidate, best[candidate]);
                    }
                }
                came_from.push(from as u16);
                score + log(row[tag])
            });
            best = next.collect();
        }
        let ends = (0..c).filter(|&tag| self.may_end[tag]);
        let mut tag = ends.fold(None, |last: Option<usize>, tag| match last {
            Some(last) if best[last] >= best[tag] => Some(last),
            _ => Some(tag),
        });
        let mut path: Vec<usize> = Vec::with_capacity(probabilities.len() / c);
        for from in came_from.chunks(c).rev() {
            let at = tag.unwrap_or(0);
            path.push(at);
            tag = Some(usize::from(from[at]));
        }
        path.push(tag.unwrap_or(0));
        path.reverse();
        path
    }
}

/// Forward and backward sums over all legal sequences (Rabiner 1989, scaled), from which the
/// probability of a piece of a sequence follows.
struct Marginals {
    /// `(N, C)`: probability of all legal beginnings that end in a tag at a word, each row scaled
    /// to sum to 1.
    forward: Vec<f64>,
    /// `(N, C)`: of all legal endings after a tag at a word, scaled by the same factors.
    backward: Vec<f64>,
    /// `(N,)`: the factors.
    scale: Vec<f64>,
}

impl Marginals {
    fn new(decoder: &Decoder, probabilities: &[f64]) -> Self {
        let c = decoder.labels.len();
        let n = probabilities.len() / c;
        let mut forward = vec![0.0; n * c];
        let mut scale = vec![1.0; n];
        for word in 0..n {
            for tag in 0..c {
                let ways: f64 = match word {
                    0 => f64::from(u8::from(decoder.may_begin[tag])),
                    _ => decoder.before[tag].iter().map(|&from| forward[(word - 1) * c + from]).sum(),
                };
                forward[word * c + tag] = ways * probabilities[word * c + tag];
            }
            let row = &mut forward[word * c..][..c];
            let sum: f64 = row.iter().sum();
            // Where every legal tag underflows, the words before say nothing any more.
            scale[word] = sum.max(f64::MIN_POSITIVE);
            row.iter_mut().for_each(|p| *p /= scale[word]);
        }
        let mut backward = vec![0.0; n * c];
        for word in (0..n).rev() {
            for tag in 0..c {
                backward[word * c + tag] = match word + 1 {
                    next if next == n => f64::from(u8::from(decoder.may_end[tag])),
                    next => {
                        let ways = decoder.after[tag].iter();
                        let sum: f64 = ways.map(|&to| probabilities[next * c + to] * backward[next * c + to]).sum();
                        sum / scale[next]
                    }
                };
            }
        }
        Self { forward, backward, scale }
    }

    /// Probability that the words from `first` on have exactly the tags of `path`, and that the
    /// mention they spell neither begins before nor continues after them.
    fn of(&self, decoder: &Decoder, probabilities: &[f64], first: usize, path: &[usize]) -> f64 {
        let c = decoder.labels.len();
        let n = self.scale.len();
        let begin = path[0];
        let mut probability = match first {
            0 => f64::from(u8::from(decoder.may_begin[begin])),
            _ => decoder.before[begin]
                .iter()
                .filter(|&&from| !decoder.continues[from * c + begin])
                .map(|&from| self.forward[(first - 1) * c + from])
                .sum(),
        };
        for (word, &tag) in (first..).zip(path) {
            probability *= probabilities[word * c + tag] / self.scale[word];
        }
        let last = first + path.len() - 1;
        let end = path[path.len() - 1];
        let ending = match last + 1 {
            next if next == n => f64::from(u8::from(decoder.may_end[end])),
            next => {
                let ways = decoder.after[end].iter().filter(|&&to| !decoder.continues[end * c + to]);
                let sum: f64 = ways.map(|&to| probabilities[next * c + to] * self.backward[next * c + to]).sum();
                sum / self.scale[next]
            }
        };
        // All sequences together: the last forward row over the tags that may end, in the same
        // scale.
        let all: f64 = (0..c).filter(|&tag| decoder.may_end[tag]).map(|tag| self.forward[(n - 1) * c + tag]).sum();
        (probability * ending / all.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }
}

/// How tags spell a mention of `label`: in one way under BIO2 and BIOES, in two under IOB1, of
/// which only one is legal at a time.
fn spellings(scheme: Scheme, tags: &[Tag], label: Label) -> Vec<Spelling> {
    let column = |place| tags.iter().position(|&tag| tag == Tag::Of(place, label));
    let (begin, inside) = (column(TagPlace::Begin), column(TagPlace::Inside));
    let begun_by = |first| Spelling { only: first, first, inner: inside, last: inside };
    match scheme {
        Scheme::Bio2 => vec![begun_by(begin)],
        Scheme::Iob1 => vec![begun_by(inside), begun_by(begin)],
        Scheme::Bioes => {
            vec![Spelling { only: column(TagPlace::Single), first: begin, inner: inside, last: column(TagPlace::End) }]
        }
    }
}

/// Whether `tag` may follow `before` (`None`: the start of a sentence). Used for the end too: what
/// `O` may follow may end.
fn follows(scheme: Scheme, before: Option<Tag>, tag: Tag) -> bool {
    let continues = before.is_some_and(|before| same_mention(scheme, before, tag));
    let open = match (scheme, before) {
        (Scheme::Bioes, Some(Tag::Of(place, _))) => matches!(place, TagPlace::Begin | TagPlace::Inside),
        _ => false,
    };
    let needs_open = match (scheme, tag) {
        (_, Tag::Outside) => false,
        (Scheme::Bio2, Tag::Of(place, _)) => place == TagPlace::Inside,
        (Scheme::Iob1, Tag::Of(place, label)) => {
            // `B-X` only where `I-X` would continue the mention before.
            return place != TagPlace::Begin || matches!(before, Some(Tag::Of(_, other)) if other == label);
        }
        (Scheme::Bioes, Tag::Of(place, _)) => matches!(place, TagPlace::Inside | TagPlace::End),
    };
    continues || (!open && !needs_open)
}

/// Whether `b` directly after `a` belongs to the mention that `a` belongs to.
fn same_mention(scheme: Scheme, a: Tag, b: Tag) -> bool {
    let (Tag::Of(place_a, label_a), Tag::Of(place_b, label_b)) = (a, b) else {
        return false;
    };
    label_a == label_b
        && match scheme {
            Scheme::Bio2 | Scheme::Iob1 => place_b == TagPlace::Inside,
            Scheme::Bioes => {
                matches!(place_a, TagPlace::Begin | TagPlace::Inside)
                    && matches!(place_b, TagPlace::Inside | TagPlace::End)
            }
        }
}

/// Probability below which there is none, so that a legal sequence always has some: with logits a
/// thousand apart all of them could have zero, and a share of zero is no number.
const LEAST: f64 = 1e-30;

/// exp(x - max) / Σ exp(x - max), and [`LEAST`] at least: subtracting the maximum leaves the result
/// unchanged and keeps `exp` finite.
fn softmax(row: &[f32]) -> Vec<f64> {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut exps: Vec<f64> = row.iter().map(|&x| f64::from(x - max).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter_mut().for_each(|e| *e = (*e / sum).max(LEAST));
    exps
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn label_set(tags: &str, scheme: Option<Scheme>) -> LabelSet {
        let names: Vec<String> = tags.split_whitespace().map(str::to_owned).collect();
        LabelSet::new(&names, scheme).expect("the test's labels are consistent")
    }

    /// Each word is its favourite tags with their logits: `B-PER:3,O:2`; all others have 0.
    fn check(tags: &str, scheme: Option<Scheme>, words: &str, expected: Expect) {
        let labels = label_set(tags, scheme);
        let names: Vec<&str> = tags.split_whitespace().collect();
        let mut logits = Vec::new();
        for word in words.split_whitespace() {
            let mut row = vec![0.0; names.len()];
            for favourite in word.split(',') {
                let (tag, logit) = favourite.split_once(':').expect("tag:logit");
                let column = names.iter().position(|name| *name == tag).expect("a tag of the set");
                row[column] = logit.parse().expect("a number");
            }
            logits.extend(row);
        }
        let shown: Vec<String> = Decoder::new(&labels)
            .decode(&logits)
            .iter()
            .map(|name| format!("{} {}..={} {:.2}", labels.name(name.label), name.first, name.last, name.score))
            .collect();
        expected.assert_eq(&shown.join(" | "));
    }

    const BIO: &str = "O B-PER I-PER B-ORG I-ORG";

    #[test]
    fn the_best_legal_path_is_cut_into_mentions() {
        check(BIO, None, "B-PER:9 I-PER:9 O:9 B-ORG:9", expect!["PER 0..=1 1.00 | ORG 3..=3 1.00"]);
        // Two names side by side stay two.
        check(BIO, None, "B-PER:9 B-PER:9", expect!["PER 0..=0 1.00 | PER 1..=1 1.00"]);
        // An I- without its B- is no name under BIO2: the evidence decides for the cheapest repair.
        check(BIO, None, "O:5 I-PER:9,B-PER:7", expect!["PER 1..=1 0.95"]);
        check(BIO, None, "B-ORG:5,B-PER:4 I-PER:5,I-ORG:1", expect!["PER 0..=1 0.89"]);
        // Unsure between a name and none.
        check(BIO, None, "O:2 B-PER:2.1,O:2 O:2", expect!["PER 1..=1 0.46"]);
    }

    #[test]
    fn schemes_differ_in_what_begins_a_mention() {
        check(BIO, Some(Scheme::Iob1), "I-PER:9 I-PER:9 B-PER:9 O:9", expect!["PER 0..=1 1.00 | PER 2..=2 1.00"]);
        check(BIO, Some(Scheme::Iob1), "I-PER:9 I-ORG:9", expect!["PER 0..=0 1.00 | ORG 1..=1 1.00"]);
        let bioes = "O B-GPE I-GPE E-GPE S-GPE";
        check(bioes, None, "S-GPE:9 B-GPE:9 I-GPE:9 E-GPE:9", expect!["GPE 0..=0 1.00 | GPE 1..=3 1.00"]);
        // A mention that is begun must end, so the lone B- of the last word gives way.
        check(bioes, None, "O:9 B-GPE:9,S-GPE:5", expect!["GPE 1..=1 0.99"]);
    }

    /// All sequences, one by one: what the fast sums stand for.
    fn brute_force(labels: &LabelSet, logits: &[f32]) -> Vec<(Vec<usize>, f64)> {
        let c = labels.tags().len();
        let rows: Vec<Vec<f64>> = logits.chunks(c).map(softmax).collect();
        let mut paths: Vec<(Vec<usize>, f64)> = vec![(Vec::new(), 1.0)];
        for row in &rows {
            paths = paths
                .into_iter()
                .flat_map(|(path, p)| {
                    (0..c).filter_map(move |tag| {
                        let before = path.last().map(|&last: &usize| labels.tags()[last]);
                        follows(labels.scheme(), before, labels.tags()[tag]).then(|| {
                            let mut longer = path.clone();
                            longer.push(tag);
                            (longer, p * row[tag])
                        })
                    })
                })
                .collect();
        }
        paths.retain(|(path, _)| {
            path.last().is_none_or(|&last| follows(labels.scheme(), Some(labels.tags()[last]), Tag::Outside))
        });
        paths
    }

    /// First word, last word, label.
    type Cut = (usize, usize, Label);

    /// The mentions on a path.
    fn cut(decoder: &Decoder, path: &[usize]) -> Vec<Cut> {
        let joined = |a: usize, b: usize| decoder.continues[path[a] * decoder.labels.len() + path[b]];
        let mut mentions = Vec::new();
        for (at, &tag) in path.iter().enumerate() {
            match (decoder.labels[tag], mentions.last_mut()) {
                (Some(_), Some((_, last, _))) if *last + 1 == at && joined(at - 1, at) => *last = at,
                (Some(label), _) => mentions.push((at, at, label)),
                (None, _) => {}
            }
        }
        mentions
    }

    proptest! {
        #[test]
        fn path_and_scores_equal_brute_force(
            logits in proptest::collection::vec(-4.0_f32..4.0, 5..=25),
            scheme in prop_oneof![Just(Scheme::Bio2), Just(Scheme::Iob1), Just(Scheme::Bioes)],
        ) {
            let tags = if scheme == Scheme::Bioes { "O B-GPE I-GPE E-GPE S-GPE" } else { BIO };
            let labels = label_set(tags, Some(scheme));
            let c = labels.tags().len();
            let logits = &logits[..logits.len() / c * c];
            let paths = brute_force(&labels, logits);
            let total: f64 = paths.iter().map(|(_, p)| p).sum();
            let best = paths.iter().fold(0.0_f64, |best, (_, p)| best.max(*p));
            let decoder = Decoder::new(&labels);
            let probabilities: Vec<f64> = logits.chunks(c).flat_map(softmax).collect();
            let path = decoder.best_path(&probabilities);
            let found = paths.iter().find(|(p, _)| *p == path).expect("the path is legal").1;
            prop_assert!((found - best).abs() < 1e-12);
            let mentions: Vec<(Vec<Cut>, f64)> =
                paths.iter().map(|(path, p)| (cut(&decoder, path), *p)).collect();
            let names = decoder.decode(logits);
            let found: Vec<_> = names.iter().map(|name| (name.first, name.last, name.label)).collect();
            prop_assert_eq!(found, cut(&decoder, &path));
            for name in names {
                prop_assert_eq!(name.score, name.by_label[name.label.index()]);
                for label in labels.labels() {
                    let wanted = (name.first, name.last, label);
                    let exactly: f64 = mentions.iter().filter(|(all, _)| all.contains(&wanted)).map(|(_, p)| p).sum();
                    prop_assert!((f64::from(name.by_label[label.index()]) - exactly / total).abs() < 1e-6);
                }
            }
        }
    }
}
