//! Gold and predicted entities → how well mentions were joined, by the four measures in use.
//!
//! Takes two partitions of mentions into entities and returns fractions whose parts add up over
//! articles. Nothing is known here of names: a mention is a number.
//!
//! Letters: K gold (key) entities, R predicted (response) ones.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Entities, each the numbers of its mentions; no mention is in two.
pub type Partition = Vec<BTreeSet<usize>>;

/// Precision and recall as sums, so that those of several articles can be added up.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Fractions {
    /// What is right of what was predicted, and all that was predicted.
    pub precision: [f64; 2],
    /// What was found of the gold, and all gold.
    pub recall: [f64; 2],
}

impl Fractions {
    /// Right and all, divided; 1 where there was nothing to get wrong.
    pub fn ratio([right, all]: [f64; 2]) -> f64 {
        if all == 0.0 { 1.0 } else { right / all }
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (Self::ratio(self.precision), Self::ratio(self.recall));
        if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
    }

    /// Adds those of another article.
    pub fn add(&mut self, other: &Self) {
        for part in 0..2 {
            self.precision[part] += other.precision[part];
            self.recall[part] += other.recall[part];
        }
    }
}

/// A measure in which recall is precision with gold and predicted exchanged.
fn both_ways(gold: &Partition, predicted: &Partition, found: fn(&Partition, &Partition) -> [f64; 2]) -> Fractions {
    Fractions { precision: found(predicted, gold), recall: found(gold, predicted) }
}

/// Pairs of mentions in one entity.
pub fn pairs(gold: &Partition, predicted: &Partition) -> Fractions {
    both_ways(gold, predicted, |of, by| {
        let n_pairs = |n: usize| (n * n.saturating_sub(1) / 2) as f64;
        let shared = overlaps(of, by);
        let right = shared.iter().flat_map(|row| row.values()).map(|&n| n_pairs(n)).sum();
        [right, of.iter().map(|entity| n_pairs(entity.len())).sum()]
    })
}

/// MUC (Vilain et al. 1995): links that remain when each entity is cut up by the other side.
pub fn muc(gold: &Partition, predicted: &Partition) -> Fractions {
    both_ways(gold, predicted, |of, by| {
        let mut sums = [0.0, 0.0];
        for (entity, shared) in of.iter().zip(overlaps(of, by)) {
            // Mentions that the other side lacks are parts of their own.
            let n_parts = shared.len() + entity.len() - shared.values().sum::<usize>();
            sums[0] += (entity.len() - n_parts) as f64;
            sums[1] += entity.len() as f64 - 1.0;
        }
        sums
    })
}

/// B³ (Bagga & Baldwin 1998): for each mention, the share of its entity that is found.
pub fn b_cubed(gold: &Partition, predicted: &Partition) -> Fractions {
    both_ways(gold, predicted, |of, by| {
        let mut sums = [0.0, 0.0];
        for (entity, shared) in of.iter().zip(overlaps(of, by)) {
            let squares: usize = shared.values().map(|n| n * n).sum();
            sums[0] += squares as f64 / entity.len() as f64;
            sums[1] += entity.len() as f64;
        }
        sums
    })
}

/// CEAF-e (Luo 2005): entities aligned one to one so that the sum of `2 |K ∩ R| / (|K| + |R|)`
/// is as large as can be.
pub fn ceaf_e(gold: &Partition, predicted: &Partition) -> Fractions {
    let mut likeness = vec![vec![0.0; predicted.len()]; gold.len()];
    for (k, shared) in overlaps(gold, predicted).into_iter().enumerate() {
        for (r, n) in shared {
            likeness[k][r] = 2.0 * n as f64 / (gold[k].len() + predicted[r].len()) as f64;
        }
    }
    let right = best_alignment(&likeness);
    Fractions { precision: [right, predicted.len() as f64], recall: [right, gold.len() as f64] }
}

/// LEA (Moosavi & Strube 2016): the share of each entity's links that is found, weighted by its
/// size; an entity of one mention has a link to itself.
pub fn lea(gold: &Partition, predicted: &Partition) -> Fractions {
    both_ways(gold, predicted, |of, by| {
        let n_links = |n: usize| (n * n.saturating_sub(1) / 2) as f64;
        let mut sums = [0.0, 0.0];
        for (entity, shared) in of.iter().zip(overlaps(of, by)) {
            let resolved = if entity.len() == 1 {
                f64::from(shared.keys().any(|&other| by[other].len() == 1))
            } else {
                shared.values().map(|&n| n_links(n)).sum::<f64>() / n_links(entity.len())
            };
            sums[0] += entity.len() as f64 * resolved;
            sums[1] += entity.len() as f64;
        }
        sums
    })
}

/// For each entity of `of`: how many mentions it shares with which of `by`.
fn overlaps(of: &Partition, by: &Partition) -> Vec<BTreeMap<usize, usize>> {
    let members = by.iter().enumerate().flat_map(|(idx, entity)| entity.iter().map(move |&mention| (mention, idx)));
    let entity_of: BTreeMap<usize, usize> = members.collect();
    let shared = |entity: &BTreeSet<usize>| {
        let mut shared = BTreeMap::new();
        for other in entity.iter().filter_map(|mention| entity_of.get(mention)) {
            *shared.entry(*other).or_default() += 1;
        }
        shared
    };
    of.iter().map(shared).collect()
}

/// The largest sum of `likeness` over one-to-one alignments of rows with columns: the Hungarian
/// method with potentials (Kuhn 1955, Munkres 1957), row by row, in cubic time.
fn best_alignment(likeness: &[Vec<f64>]) -> f64 {
    let (n_rows, n_columns) = (likeness.len(), likeness.first().map_or(0, Vec::len));
    if n_rows > n_columns {
        let transposed: Vec<Vec<f64>> =
            (0..n_columns).map(|column| likeness.iter().map(|row| row[column]).collect()).collect();
        return if n_columns == 0 { 0.0 } else { best_alignment(&transposed) };
    }
    // Rows and columns are counted from 1; 0 stands for none.
    let (mut of_row, mut of_column) = (vec![0.0; n_rows + 1], vec![0.0; n_columns + 1]);
    let mut row_of = vec![0; n_columns + 1];
    for row in 1..=n_rows {
        let (mut slack, mut from) = (vec![f64::INFINITY; n_columns + 1], vec![0; n_columns + 1]);
        let mut used = vec![false; n_columns + 1];
        let mut column = 0;
        row_of[0] = row;
        while row_of[column] != 0 {
            used[column] = true;
            let current = row_of[column];
            let (mut least, mut next) = (f64::INFINITY, 0);
            for other in (1..=n_columns).filter(|&other| !used[other]) {
                let cost = -likeness[current - 1][other - 1] - of_row[current] - of_column[other];
                if cost < slack[other] {
                    (slack[other], from[other]) = (cost, column);
                }
                if slack[other] < least {
                    (least, next) = (slack[other], other);
                }
            }
            for other in 0..=n_columns {
                if used[other] {
                    of_row[row_of[other]] += least;
                    of_column[other] -= least;
                } else {
                    slack[other] -= least;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[from[column]];
            column = from[column];
        }
    }
    (1..=n_columns).filter(|&column| row_of[column] != 0).map(|column| likeness[row_of[column] - 1][column - 1]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(entities: &[&str]) -> Partition {
        entities.iter().map(|entity| entity.bytes().map(usize::from).collect()).collect()
    }

    /// Precision and recall of MUC, B³, CEAF-e and LEA, in percent.
    fn check(gold: &[&str], predicted: &[&str], expected: [[f64; 2]; 4]) {
        let (gold, predicted) = (partition(gold), partition(predicted));
        for (measure, expected) in [muc, b_cubed, ceaf_e, lea].into_iter().zip(expected) {
            let found = measure(&gold, &predicted);
            let percent = [found.precision, found.recall].map(|parts| 100.0 * Fractions::ratio(parts));
            assert!((0..2).all(|i| (percent[i] - expected[i]).abs() < 0.05), "{percent:?} {expected:?}");
        }
    }

    /// The figure of Pradhan et al. 2014 ("Scoring coreference partitions of predicted mentions"),
    /// which Moosavi & Strube 2016 take for LEA.
    #[test]
    fn a_response_that_lacks_a_mention_and_has_two_of_its_own() {
        check(&["abc", "defg"], &["ab", "cd", "fghi"], [[40.0, 40.0], [50.0, 41.67], [43.33, 65.0], [33.33, 23.81]]);
    }

    /// The four responses of Luo 2005, table 1: F of MUC, B³ and CEAF-e.
    #[test]
    fn luos_four_responses() {
        let gold = partition(&["12345", "67", "89ABC"]);
        for (predicted, expected) in [
            (vec!["12345", "6789ABC"], [0.947, 0.865, 0.733]),
            (vec!["1234589ABC", "67"], [0.947, 0.737, 0.667]),
            (vec!["123456789ABC"], [0.900, 0.545, 0.294]),
            (vec!["1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C"], [0.0, 0.400, 0.178]),
        ] {
            let predicted = partition(&predicted);
            for (measure, expected) in [muc, b_cubed, ceaf_e].into_iter().zip(expected) {
                let f1 = measure(&gold, &predicted).f1();
                // Nothing was linked in the last: MUC's precision is of no links, and its recall 0.
                assert!((f1 - expected).abs() < 0.001, "{predicted:?}: {f1} {expected}");
            }
        }
    }

    #[test]
    fn what_is_right_is_right_by_every_measure() {
        check(&["ab", "c", "def"], &["c", "def", "ab"], [[100.0; 2]; 4]);
        check(&["a", "b"], &["a", "b"], [[100.0; 2]; 4]);
        assert_eq!(pairs(&partition(&["abc"]), &partition(&["ab", "c"])).recall, [1.0, 3.0]);
        assert_eq!(pairs(&partition(&["ab", "c"]), &partition(&["abc"])).precision, [1.0, 3.0]);
    }

    /// Taking the likeliest pair first would align a with the first and find 0.9 + 0.1.
    #[test]
    fn the_best_alignment_need_not_have_the_likeliest_pair() {
        assert!((best_alignment(&[vec![0.9, 0.8], vec![0.8, 0.1]]) - 1.6).abs() < 1e-9);
        assert!((best_alignment(&[vec![0.2], vec![0.7], vec![0.4]]) - 0.7).abs() < 1e-9);
        assert!(best_alignment(&[]).abs() < 1e-9);
    }
}
