//! Counts the ids that stand more than once.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Tells how many ids stand more than once. It remembers only so many, because a run may have more
/// than there is memory for.
#[derive(Default)]
pub struct Ids {
    /// Digests of ids, each at the first free place from where it says; 0 for none.
    table: Vec<u64>,
    n_known: usize,
    /// Ids that had been there before.
    pub n_repeated: u64,
}

impl Ids {
    /// Places in the table, half of which are used: 8 MiB.
    const PLACES: usize = 1 << 20;

    /// Here is another id.
    pub fn add(&mut self, id: &str) {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let digest = hasher.finish().max(1);
        if self.table.is_empty() {
            // Not zeroed lazily: memory shall be seen to be flat.
            self.table = vec![1; Self::PLACES];
            self.table.fill(0);
        }
        let mut place = digest as usize % Self::PLACES;
        while self.table[place] != 0 && self.table[place] != digest {
            place = (place + 1) % Self::PLACES;
        }
        if self.table[place] == digest {
            self.n_repeated += 1;
        } else if !self.is_full() {
            self.table[place] = digest;
            self.n_known += 1;
        }
    }

    /// Whether ids that are new now are no longer remembered.
    pub fn is_full(&self) -> bool {
        self.n_known == Self::PLACES / 2
    }
}
