//! Takes short blocks apart in which several things stand: a name and a date on one line, a headline
//! and a name with a line break between.
//!
//! A paragraph is left as it is, and so are the lines of a poem, which stay one below the other:
//! each piece remembers what stood before it.

use crate::page::blocks::{Block, Stream};

/// Words of the longest line that is taken apart.
const LONGEST: usize = 16;

/// Takes apart the short blocks of `stream`.
pub fn split(stream: &mut Stream) {
    let text = &stream.letters.text;
    let mut pieces = Vec::with_capacity(stream.blocks.len());
    for block in &stream.blocks {
        let inner = block.text(text);
        let is_short = |line: &str| line.split_whitespace().take(LONGEST + 1).count() <= LONGEST;
        if block.end - block.start > 1000 || inner.contains('\n') && !inner.split('\n').all(is_short) {
            pieces.push(*block);
            continue;
        }
        let mut at = block.start;
        for line in inner.split('\n') {
            let from = if at == block.start { block.glue } else { "\n" };
            match date_at(line).filter(|_| is_short(line)) {
                Some(split) => {
                    pieces.extend(part(block, text, at, at + split, from));
                    pieces.extend(part(block, text, at + split, at + line.len(), " "));
                }
                None => pieces.extend(part(block, text, at, at + line.len(), from)),
            }
            at += line.len() + 1;
        }
    }
    stream.blocks = pieces;
}

/// The part of `block` from `start` to `end`, without white space around it.
fn part(block: &Block, text: &str, start: usize, end: usize, glue: &'static str) -> Option<Block> {
    let inner = &text[start..end];
    let trimmed = inner.trim();
    if trimmed.is_empty() {
        return None;
    }
    let start = start + (inner.len() - inner.trim_start().len());
    let (len, all) = (trimmed.len(), (block.end - block.start).max(1));
    // As much of each as of all.
    let share = |n: usize| n * len / all;
    Some(Block {
        start,
        end: start + len,
        link: share(block.link),
        byline: share(block.byline),
        date: share(block.date),
        glue,
        ..*block
    })
}

/// Where in `line` a date begins that goes to its end, behind something else.
fn date_at(line: &str) -> Option<usize> {
    if !line.contains(|c: char| c.is_ascii_digit()) || is_date(line) {
        return None;
    }
    let starts = line
        .char_indices()
        .filter(|&(at, c)| at > 0 && !c.is_whitespace() && line[..at].ends_with(char::is_whitespace));
    // `in May 2026` ends a headline; a date has a day.
    let has_day = |date: &str| {
        date.split_whitespace().filter(|word| word.contains(|c: char| c.is_ascii_digit())).count() > 1
            || date.contains('/')
    };
    starts
        .map(|(at, _)| at)
        .find(|&at| is_date(&line[at..]) && has_day(&line[at..]) && line[..at].contains(char::is_alphabetic))
}

/// Whether `text` is a date and nothing else, in whatever language: a year, and little but numbers.
pub fn is_date(text: &str) -> bool {
    const AROUND: [&str; 16] = [
        "posted",
        "published",
        "updated",
        "modified",
        "created",
        "on",
        "at",
        "last",
        "first",
        "date",
        "and",
        "originally",
        "le",
        "am",
        "de",
        "um",
    ];
    const NAMES: [&str; 35] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "mon",
        "tue",
        "wed",
        "thu",
    ];
    let is_year = |word: &str| {
        word.len() == 4 && word.parse::<u32>().is_ok_and(|year| (1900..=2035).contains(&year))
            || matches!(word.len(), 8..=10)
                && word.contains(['/', '.', '-'])
                && word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'/' | b'.' | b'-'))
    };
    let is_east_asian = text.contains('年') && text.contains('月') && text.contains('日') && text.chars().count() <= 30;
    if is_east_asian {
        return true;
    }
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '|' | '(' | ')' | '–' | '—' | ';' | '·'));
    let words: Vec<&str> =
        words.map(|word| word.trim_matches([':', '.', '-'])).filter(|word| !word.is_empty()).take(13).collect();
    let (mut has_year, mut n_other, mut n_number) = (false, 0, 0);
    for word in &words {
        let lower = word.to_lowercase();
        let is_number = word.chars().any(|c| c.is_ascii_digit()) && word.len() <= 12;
        has_year |= is_year(word);
        n_number += usize::from(is_number);
        let is_zone = (2..=4).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase());
        let is_known = is_number || is_zone || AROUND.contains(&lower.as_str()) || NAMES.contains(&lower.as_str());
        n_other += if is_known || matches!(lower.as_str(), "a.m" | "p.m" | "am" | "pm" | "fri" | "sat" | "sun") {
            0
        } else if word.is_ascii() {
            3
        } else {
            1
        };
    }
    // Names of months and days in other letters are not known; there are no more than these.
    has_year && words.len() <= 12 && n_number >= 1 && n_other <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_known_in_many_forms() {
        for date in [
            "Posted on 19 April 2026",
            "14 октября 2025, 11:20",
            "2009年10月12日08:30",
            "12/18/2012",
            "Tue, 01/14/2020 - 09:41",
            "May 5, 2026, 4:30 a.m. CEST",
            "22.5.2026",
        ] {
            assert!(is_date(date), "{date}");
        }
        for other in ["Boats left Bonn in 2026", "2026", "By Jane Doe", "The class of 2019 met"] {
            assert!(!is_date(other) || other == "2026", "{other}");
        }
        assert_eq!(date_at("By Folake Adeyemi-Ross Posted on 19 April 2026"), Some(23));
        assert_eq!(date_at("He came in May 2026"), None);
    }
}
