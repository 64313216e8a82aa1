//! Tokens → windows that fit the model.

use std::ops::Range;

use crate::tokenize::encoding::Encoding;

/// How long windows may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// Tokens in a window at most, special tokens not counted; at least 1.
    pub max_tokens: usize,
    /// Tokens that a window shares with the one before it, at least; less than `max_tokens`.
    pub stride: usize,
}

/// A run of tokens that the model reads at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    /// The tokens it reads.
    pub tokens: Range<usize>,
    /// The tokens it decides: those that have more context here than in the neighbouring windows.
    /// Every token of the document is decided by one window.
    pub decides: Range<usize>,
}

/// Cuts an encoding into windows.
///
/// A window ends where a sentence ends, as in training, unless a sentence is too long for that;
/// then it ends before a word. The next one starts `stride` tokens before that end. A token in the
/// overlap of two windows is decided by the one in whose middle it is nearer, so the border lies
/// half way through the overlap, moved back to the start of a word.
pub fn windows(encoding: &Encoding, limit: Limit) -> Vec<Window> {
    let n_tokens = encoding.len();
    let mut windows: Vec<Window> = Vec::new();
    let mut start = 0;
    while start < n_tokens {
        let read = windows.last().map_or(0, |previous| previous.tokens.end);
        let end = end_of(encoding, start, read, limit);
        let decided_from = match windows.last_mut() {
            None => 0,
            Some(previous) => {
                let middle = start.midpoint(read);
                let border = word_start(encoding, middle).max(start).max(previous.decides.start + 1);
                previous.decides.end = border;
                border
            }
        };
        windows.push(Window { tokens: start..end, decides: decided_from..end });
        if end == n_tokens {
            break;
        }
        start = next_start(encoding, start, end, limit);
    }
    windows
}

/// Where the window that starts at `start` ends: beyond the tokens that the windows before it have
/// `read`.
fn end_of(encoding: &Encoding, start: usize, read: usize, limit: Limit) -> usize {
    let reach = start + limit.max_tokens;
    if reach >= encoding.len() {
        return encoding.len();
    }
    // A window that is hardly longer than its overlap would be decided by its neighbours.
    let least = read.max(start + limit.stride) + 1;
    let at_sentence = last_at_most(&encoding.sentences, reach).filter(|&end| end >= least);
    let at_word = || Some(word_start(encoding, reach)).filter(|&end| end >= least);
    at_sentence.or_else(at_word).unwrap_or(reach)
}

/// Where the window after `start..end` starts: at the word that leaves `stride` tokens of overlap.
fn next_start(encoding: &Encoding, start: usize, end: usize, limit: Limit) -> usize {
    let latest = end - limit.stride.min(end - start - 1);
    Some(word_start(encoding, latest)).filter(|&at| at > start).unwrap_or(latest)
}

fn last_at_most(sorted: &[usize], bound: usize) -> Option<usize> {
    sorted[..sorted.partition_point(|&x| x <= bound)].last().copied()
}

/// The start of the word that token `at` belongs to; `at` itself if the word is absurdly long.
fn word_start(encoding: &Encoding, at: usize) -> usize {
    const LONGEST: usize = 32;
    (at.saturating_sub(LONGEST)..=at).rev().find(|&i| encoding.begins_word.get(i) != Some(&false)).unwrap_or(at)
}
