//! What the text says around a mention, and between two that follow each other: a few words, that
//! one glosses the other in brackets, that it is another name of the same thing.

use crate::span::Span;

/// A few words of `text` up to `end`.
pub(super) fn before(text: &str, end: usize) -> &str {
    /// Bytes that hold a word of kin, and the words up to the longest title.
    const LONG: usize = 60;
    let start = (end.saturating_sub(LONG)..=end).find(|&at| text.is_char_boundary(at)).unwrap_or(end);
    &text[start..end]
}

/// A few words of `text` from `start` on.
pub(super) fn after(text: &str, start: usize) -> &str {
    /// Bytes that hold a word for a family.
    const LONG: usize = 24;
    let long = text.len().min(start + LONG);
    let end = (start..=long).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(start);
    &text[start..end]
}

/// Whether `after` goes on with a word for several people of one name: `the Castro brothers`.
pub(super) fn is_family(after: &str) -> bool {
    #[rustfmt::skip]
    const SEVERAL: &[&str] = &[
        "family", "families", "couple", "brothers", "sisters", "siblings", "twins", "clan", "dynasty", "household",
    ];
    let Some(rest) = after.strip_prefix(' ') else { return false };
    let word = rest.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    SEVERAL.contains(&word)
}

/// Whether `mention` stands in brackets right after `before`.
pub(super) fn is_gloss(text: &str, before: Span, mention: Span) -> bool {
    let between = text.get(before.end()..mention.start()).unwrap_or_default();
    between.trim() == "(" && text[mention.end()..].starts_with(')')
}

/// Whether the text says that `mention` is another name of `before`: `Joao Lourenco – also known as
/// JLo`, `Anna Holm (née Brandt)`.
pub(super) fn is_alias(text: &str, before: Span, mention: Span) -> bool {
    /// Words that say so.
    const SAYS: &[&str] = &[
        "known as",
        "aka",
        "a.k.a.",
        "alias",
        "née",
        "nee",
        "né",
        "born",
        "formerly",
        "nicknamed",
        "renamed",
        "dubbed",
    ];
    /// Words that may stand before them.
    #[rustfmt::skip]
    const BEFORE: &[&str] = &[
        "also", "mostly", "better", "best", "formerly", "previously", "popularly", "commonly", "widely", "is", "was", "now", "who", "once", "locally",
        "the",
    ];
    /// Bytes between two names of one thing.
    const NEAR: usize = 40;
    let Some(between) = text.get(before.end()..mention.start()).filter(|between| between.len() <= NEAR) else {
        return false;
    };
    let is_mark =
        |c: char| c.is_whitespace() || matches!(c, ',' | '(' | '[' | '–' | '—' | '-' | '"' | '“' | '‘' | '\'');
    let between = ["'s", "’s"].iter().find_map(|possessive| between.strip_prefix(possessive)).unwrap_or(between);
    let said = between.trim_matches(is_mark).to_lowercase();
    let said = said.strip_suffix(" the").unwrap_or(&said).trim_end();
    let Some(rest) = SAYS.iter().find_map(|says| said.strip_suffix(says)) else { return false };
    // `Holm, born in Oslo` and `the town where Holm was born` have other words in between.
    let is_whole = rest.is_empty() || rest.ends_with(char::is_whitespace);
    is_whole && rest.split_whitespace().all(|word| BEFORE.contains(&word))
}
