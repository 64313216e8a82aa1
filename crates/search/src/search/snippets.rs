//! The stretch of an article that shows why it is a hit.
//!
//! Names are marked where their mentions stand, by the stored offsets; words where FTS5's own
//! tokenizer finds them, in the text from the records, which is tokenized again for that.

use std::collections::BTreeSet;

use dateline::record::Offsets;
use rusqlite::{Connection, OptionalExtension as _};

use crate::entry::Text;
use crate::index::IndexError;

/// A stretch of text with marks in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Snippet {
    /// The field that it is from.
    pub field: String,
    /// Its pieces, one after the other, and whether each is marked.
    pub pieces: Vec<(String, bool)>,
    /// Whether text stands before it, and behind it.
    pub cut: (bool, bool),
}

/// A mention that is a reason for a hit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matched {
    /// The term that it matches, as it can be typed.
    pub term: String,
    /// The field that it stands in.
    pub field: String,
    /// Code points of that field before it, and up to its end.
    pub chars: (usize, usize),
    /// Its sentence.
    pub sentence: Option<i64>,
    /// The text there.
    pub text: String,
}

/// Bytes of a field that are marked, and what they are marked for.
type Mark = (std::ops::Range<usize>, usize);

/// Finds words in texts, as FTS5 does.
pub(super) struct Words {
    connection: Connection,
}

impl Words {
    pub fn new() -> Result<Self, IndexError> {
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_in_memory()?;
            connection.execute_batch(
                "CREATE VIRTUAL TABLE words USING fts5(title, text, tokenize = 'porter unicode61 remove_diacritics 2')",
            )?;
            Ok(connection)
        };
        Ok(Self { connection: open().map_err(IndexError::of(std::path::Path::new("memory"), "read"))? })
    }

    /// Where the words of `expression` stand in `text`.
    fn find(&self, text: &str, expression: &str) -> rusqlite::Result<Vec<std::ops::Range<usize>>> {
        /// Two characters that no text has any more when it is asked about.
        const MARKS: [char; 2] = ['\u{1}', '\u{2}'];
        let plain: String = text.chars().map(|c| if MARKS.contains(&c) || c == '\0' { ' ' } else { c }).collect();
        self.connection.execute("DELETE FROM words", [])?;
        self.connection.execute("INSERT INTO words (text) VALUES (?1)", [&plain])?;
        let mut highlight = self
            .connection
            .prepare_cached("SELECT highlight(words, 1, char(1), char(2)) FROM words WHERE words MATCH ?1")?;
        let marked: Option<String> = highlight.query_row([expression], |row| row.get(0)).optional()?;
        let mut found = Vec::new();
        let (mut at, mut start) = (0, 0);
        for c in marked.unwrap_or_default().chars() {
            match c {
                '\u{1}' => start = at,
                '\u{2}' => found.push(start..at),
                c => at += c.len_utf8(),
            }
        }
        Ok(found)
    }
}

/// The best stretch of `texts`, of about `chars` characters; `mentions` are to be seen in it, and
/// the words of `expression`.
pub(super) fn snippet(
    texts: &[Text],
    mentions: &[Matched],
    words: Option<(&Words, &str)>,
    chars: usize,
) -> rusqlite::Result<Snippet> {
    let mut best: Option<(usize, &Text, Vec<Mark>)> = None;
    let has_title = texts.iter().any(|text| text.is_title);
    // The headline is shown anyway, so that the text comes first.
    let in_order = texts.iter().filter(|text| !text.is_title).chain(texts.iter().filter(|text| text.is_title));
    for text in in_order {
        let marks = marks(text, mentions, words)?;
        let reasons = marks.iter().map(|(_, reason)| reason).collect::<BTreeSet<_>>().len();
        if best.as_ref().is_none_or(|(most, ..)| reasons > *most) {
            best = Some((reasons, text, marks));
        }
    }
    let snippet = best.map(|(_, text, marks)| {
        let head = if has_title { 0 } else { first_line(&text.text) };
        cut(text, head, &marks, chars)
    });
    Ok(snippet.unwrap_or_default())
}

/// Where the first line of `text` ends that has something on it.
fn first_line(text: &str) -> usize {
    let start = text.len() - text.trim_start().len();
    text[start..].find('\n').map_or(0, |length| start + length + 1)
}

fn marks(text: &Text, mentions: &[Matched], words: Option<(&Words, &str)>) -> rusqlite::Result<Vec<Mark>> {
    let mut marks: Vec<Mark> = Vec::new();
    let offsets = Offsets::new(&text.text);
    let mut terms: Vec<&str> = mentions.iter().map(|mention| mention.term.as_str()).collect();
    terms.sort_unstable();
    terms.dedup();
    for mention in mentions.iter().filter(|mention| mention.field == text.field) {
        let reason = terms.binary_search(&mention.term.as_str()).unwrap_or(0);
        if let (Some(start), Some(end)) = (offsets.of_char(mention.chars.0), offsets.of_char(mention.chars.1)) {
            marks.push((start.byte..end.byte, reason));
        }
    }
    if let Some((words, expression)) = words {
        for word in words.find(&text.text, expression)? {
            // Each word of its own, as it is written, is a reason.
            let written = text.text.get(word.clone()).unwrap_or_default().to_lowercase();
            let mut reason = terms.len();
            for byte in written.bytes().take(4) {
                reason = reason * 257 + usize::from(byte);
            }
            marks.push((word, reason));
        }
    }
    marks.sort_by_key(|(bytes, _)| (bytes.start, std::cmp::Reverse(bytes.end)));
    let mut end = 0;
    // Of two that overlap the first.
    marks.retain(|(bytes, _)| {
        let is_free = bytes.start >= end && bytes.start < bytes.end;
        if is_free {
            end = bytes.end;
        }
        is_free
    });
    Ok(marks)
}

/// The stretch with the most different reasons in it; of several the first one behind the `head`,
/// which is shown already.
fn cut(text: &Text, head: usize, marks: &[Mark], chars: usize) -> Snippet {
    let all = &text.text;
    let best = (0..marks.len()).max_by_key(|&i| {
        let end = forward(all, marks[i].0.start, chars * 3 / 4);
        let inside = marks[i..].iter().take_while(|(bytes, _)| bytes.end <= end);
        let reasons: BTreeSet<usize> = inside.map(|(_, reason)| *reason).collect();
        (reasons.len(), marks[i].0.start >= head, std::cmp::Reverse(i))
    });
    let first = best.map_or(head, |i| marks[i].0.start);
    // A quarter of it stands before, so that one sees where it is.
    let least = if first >= head { head } else { 0 };
    let before = back(all, first, chars / 4).max(least);
    let start = if before == least {
        least
    } else {
        all[before..first].find(char::is_whitespace).map_or(first, |blank| before + blank)
    };
    let mut end = forward(all, start, chars);
    let last = marks.iter().rev().find(|(bytes, _)| bytes.start < end).map_or(0, |(bytes, _)| bytes.end);
    if end < all.len() {
        let word = all[start..end].rfind(char::is_whitespace).map_or(end, |blank| start + blank);
        end = if word > start { word } else { end };
    }
    // A marked name is whole.
    end = if last > end && last <= forward(all, end, 80) { last } else { end };
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut at = start;
    for (bytes, _) in marks.iter().filter(|(bytes, _)| bytes.start >= start && bytes.end <= end) {
        pieces.push((all[at..bytes.start].to_owned(), false));
        pieces.push((all[bytes.clone()].to_owned(), true));
        at = bytes.end;
    }
    pieces.push((all[at..end].to_owned(), false));
    pieces.retain(|(piece, _)| !piece.is_empty());
    let is_cut = |rest: &str| !rest.trim().is_empty();
    Snippet { field: text.field.clone(), pieces, cut: (is_cut(&all[..start]), is_cut(&all[end..])) }
}

/// The byte `n` characters behind `at`.
fn forward(text: &str, at: usize, n: usize) -> usize {
    text[at..].char_indices().nth(n).map_or(text.len(), |(i, _)| at + i)
}

/// The byte `n` characters before `at`.
fn back(text: &str, at: usize, n: usize) -> usize {
    text[..at].char_indices().rev().nth(n).map_or(0, |(i, _)| i)
}
