//! Remarks for the user: a few of each kind in full and the others as a number.

use std::collections::BTreeMap;

use crate::source::refused::Refused;

/// Remarks for the user, a few of each kind in full and the others as a number.
#[derive(Default)]
pub struct Notes {
    waiting: Vec<String>,
    /// Of each kind: how many there were, and how many of these were shown.
    counts: BTreeMap<&'static str, (u64, u64)>,
}

impl Notes {
    /// Remarks of one kind that are shown in full.
    const SHOWN: u64 = 3;

    /// A remark that stands for itself.
    pub fn say(&mut self, message: String) {
        self.waiting.push(message);
    }

    /// Another remark of this kind.
    pub fn add(&mut self, kind: &'static str, message: String) {
        self.at_most(Self::SHOWN, kind, message);
    }

    /// A file of a directory was skipped, for the reason in `message`.
    pub fn refused(&mut self, message: String) {
        self.at_most(Refused::SHOWN, "files skipped because they cannot be read", message);
    }

    fn at_most(&mut self, shown: u64, kind: &'static str, message: String) {
        let (count, n_shown) = self.counts.entry(kind).or_default();
        *count += 1;
        if *n_shown < shown {
            *n_shown += 1;
            self.waiting.push(message);
        }
    }

    /// There will be no more: says how many were not shown.
    pub fn finish(&mut self) {
        for (kind, (count, n_shown)) in std::mem::take(&mut self.counts) {
            if count > n_shown {
                self.waiting.push(format!("{kind}: {} more", count - n_shown));
            }
        }
    }

    /// The remarks since this was last asked.
    pub fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.waiting)
    }
}
