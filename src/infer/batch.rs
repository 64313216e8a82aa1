//! Windows as the engines take them: one after another, without padding.

use std::ops::Range;

/// Several windows, one after another without padding. It is filled by [`Batch::push`] and emptied
/// by [`Batch::clear`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Vocabulary ids of all windows, special tokens included.
    pub(super) ids: Vec<u32>,
    /// Token types, one an id.
    pub(super) types: Vec<u8>,
    /// Whether the id's row counts in its window's sum, one an id.
    pub(super) summed: Vec<bool>,
    /// Whether the id's scores are asked for, one an id.
    pub(super) asked: Vec<bool>,
    /// Where each window starts in `ids`, and the number of ids at the end.
    pub(super) starts: Vec<usize>,
}

impl Batch {
    /// A batch without windows.
    pub fn new() -> Self {
        Self { ids: Vec::new(), types: Vec::new(), summed: Vec::new(), asked: Vec::new(), starts: vec![0] }
    }

    /// Vocabulary ids of all windows, special tokens included.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Token types, one an id.
    pub fn types(&self) -> &[u8] {
        &self.types
    }

    /// Number of tokens, special tokens included.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no tokens.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Adds one window.
    pub fn push(&mut self, window: impl IntoIterator<Item = impl Into<Input>>) {
        for input in window {
            let Input { id, token_type, summed, asked } = input.into();
            self.ids.push(id);
            self.types.push(token_type);
            self.summed.push(summed);
            self.asked.push(asked);
        }
        self.starts.push(self.ids.len());
    }

    /// Takes all windows out, keeping the memory.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.types.clear();
        self.summed.clear();
        self.asked.clear();
        self.starts.truncate(1);
    }

    /// The tokens of each window.
    pub fn windows(&self) -> impl Iterator<Item = Range<usize>> {
        bounds(&self.starts)
    }

    /// Runs of windows that have together no more than `tokens`, or one window that has more: where
    /// the windows of each begin and end, as in [`Batch::windows`].
    pub(super) fn groups(&self, tokens: usize) -> impl Iterator<Item = &[usize]> {
        let mut rest = &self.starts[..];
        std::iter::from_fn(move || {
            let first = *rest.split_last().filter(|(_, before)| !before.is_empty()).and(rest.first())?;
            let windows = rest[1..].iter().take_while(|&&end| end <= first + tokens).count().max(1);
            let group = &rest[..=windows];
            rest = &rest[windows..];
            Some(group)
        })
    }
}

/// From each of the numbers to the next.
pub(super) fn bounds(starts: &[usize]) -> impl Iterator<Item = Range<usize>> {
    starts.windows(2).map(|pair| pair[0]..pair[1])
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

/// What the model is told of one token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Input {
    /// Vocabulary id.
    pub id: u32,
    /// Token type.
    pub token_type: u8,
    /// Whether its row counts in its window's sum.
    pub summed: bool,
    /// Whether its scores are asked for; those of others need not be computed.
    pub asked: bool,
}

impl From<(u32, u8)> for Input {
    /// A token that counts and whose scores are asked for.
    fn from((id, token_type): (u32, u8)) -> Self {
        Self { id, token_type, summed: true, asked: true }
    }
}

/// Two texts as one sequence of tokens: the ids, and the token types, which tell the second from
/// the first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextPair {
    /// Vocabulary ids, special tokens included.
    pub ids: Vec<u32>,
    /// Token types, one an id.
    pub types: Vec<u8>,
}
