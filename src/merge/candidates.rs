//! Which groups of mentions a shorter name could stand for.
//!
//! Full names register under the keys that shorter forms of them would have. Looking a key up says
//! whether no group, one group or several answer to it, whatever their number, so that a document
//! with a hundred thousand Smiths costs no more a mention than one with two.

use std::collections::HashMap;

use crate::merge::steps;

/// A number that the mentions of one entity share.
pub(super) type Group = usize;

/// The groups registered under each key.
#[derive(Default)]
pub(super) struct Candidates {
    by_key: HashMap<String, Candidate>,
}

/// What answers to a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Candidate {
    /// The group that was mentioned first.
    pub group: Group,
    /// Index of its first mention.
    pub first: usize,
    /// Whether there are others.
    pub ambiguous: bool,
}

impl Candidates {
    /// Lets `group`, first mentioned at `first`, answer to `key`.
    pub(super) fn register(&mut self, key: String, group: Group, first: usize) {
        steps::count();
        let found = self.by_key.entry(key).or_insert(Candidate { group, first, ambiguous: false });
        found.ambiguous |= found.group != group;
        if first < found.first {
            (found.group, found.first) = (group, first);
        }
    }

    /// What answers to `key`.
    pub(super) fn find(&self, key: &str) -> Option<Candidate> {
        steps::count();
        self.by_key.get(key).copied()
    }

    /// The only group that answers to `key`.
    pub(super) fn only(&self, key: &str) -> Option<Group> {
        self.find(key).filter(|found| !found.ambiguous).map(|found| found.group)
    }
}
