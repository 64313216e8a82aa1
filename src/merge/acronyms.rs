//! Short names made of the letters of long ones: initials (`DoD`), with marks between them (`P&O`),
//! and beginnings of words (`CalPERS`, `Mercosur`).

use crate::merge::names::{self, NameWord};
use crate::merge::steps;

/// The initials of a full name: of all words and of the capitalised ones, with and without a
/// country in front.
pub(super) fn initials(words: &[NameWord]) -> Vec<String> {
    let of = |from: usize, all: bool, parts: bool| -> String {
        let starts_word = |idx: usize| parts || idx == 0 || !words[idx - 1].hyphenated;
        let picked = (from..words.len())
            .filter(|&idx| starts_word(idx) && (all && words[idx].folded != "the" || words[idx].capital));
        picked.filter_map(|idx| words[idx].folded.chars().next()).collect()
    };
    let skips = if matches!(&*words[0].folded, "us" | "uk" | "un" | "eu") { 0..=1 } else { 0..=0 };
    let mut initials: Vec<String> = skips
        .flat_map(|from| [(true, false), (false, false), (false, true)].map(|(all, parts)| of(from, all, parts)))
        .filter(|letters| letters.len() >= 2)
        .collect();
    initials.sort_unstable();
    initials.dedup();
    initials
}

/// The letters of `surface` in lower case, if most of them are capitals and there are few: `DoD`,
/// `E.C.B.`
pub(super) fn acronym(surface: &str) -> Option<String> {
    let name = names::without_possessive(surface);
    let name = name.strip_prefix("the ").or_else(|| name.strip_prefix("The ")).unwrap_or(name);
    // `SDGs` is a plural, and `PML-N` and `P&O` are letters with marks between them.
    let name =
        name.strip_suffix('s').filter(|name| name.len() > 2 && !name.contains(char::is_lowercase)).unwrap_or(name);
    let n_capitals = name.chars().filter(|c| c.is_uppercase()).count();
    let letters: String =
        name.chars().filter(|c| !matches!(c, '.' | '&' | '-' | '/')).flat_map(char::to_lowercase).collect();
    let n_letters = letters.chars().count();
    let is_acronym = (2..=8).contains(&n_letters)
        && n_capitals >= 2
        && n_capitals * 2 > n_letters
        && letters.chars().all(char::is_alphanumeric);
    is_acronym.then_some(letters)
}

/// Whether `short` is made of a beginning of each word of a name in its order; words without a
/// capital may be left out: `calpers` of `California Public Employees' Retirement System`.
pub(super) fn is_blend(short: &str, words: &[NameWord]) -> bool {
    /// Longer names are lists.
    const MAX_WORDS: usize = 8;
    // Two words at least: `African` is no blend of `African energy sector`.
    fn rest(short: &[u8], words: &[NameWord], n_used: usize) -> bool {
        steps::count();
        let [word, after @ ..] = words else { return short.is_empty() && n_used >= 2 };
        let bytes = word.folded.as_bytes();
        let shared = bytes.iter().zip(short).take_while(|(a, b)| a == b).count();
        (1..=shared).rev().any(|len| rest(&short[len..], after, n_used + 1))
            || !word.capital && rest(short, after, n_used)
    }
    short.is_ascii() && short.len() >= 5 && (2..=MAX_WORDS).contains(&words.len()) && rest(short.as_bytes(), words, 0)
}

/// The letters and digits of a surface in lower case, if it is one word.
pub(super) fn one_word(words: &[NameWord]) -> Option<&str> {
    match words {
        [word] => Some(&word.folded),
        _ => None,
    }
}
