//! Cuts paragraphs into sentences.
//!
//! Takes a paragraph and returns the spans of its sentences. No mention crosses a sentence, so a
//! boundary in the wrong place breaks a name in two, while a missing one only makes a sentence
//! long: when in doubt, this does not cut. The rules know English abbreviations; what they know of
//! other languages is their punctuation.

use unicode_segmentation::GraphemeCursor;

use crate::span::Span;

/// How far to believe capitals.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Capitals {
    /// Only names and sentences begin with a capital.
    Prose,
    /// Any word may: `U.S. To Leave Accord`.
    Title,
}

/// Cuts `span` of `text`, which has no white space around it, into sentences.
pub(super) fn sentences(text: &str, span: Span, casing: Capitals) -> Vec<Span> {
    let paragraph = span.of(text);
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = paragraph.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !is_terminator(c) {
            continue;
        }
        // `?!`, `...` and `."` end together.
        let mut mark_end = at + c.len_utf8();
        while let Some(&(at, c)) = chars.peek().filter(|&&(_, c)| is_terminator(c)) {
            mark_end = at + c.len_utf8();
            chars.next();
        }
        let mut end = mark_end;
        while let Some(&(at, c)) = chars.peek().filter(|&&(_, c)| is_closer(c)) {
            end = at + c.len_utf8();
            chars.next();
        }
        let stop = Stop {
            before: &paragraph[start..at],
            mark: &paragraph[at..mark_end],
            closers: &paragraph[mark_end..end],
            after: &paragraph[end..],
        };
        if stop.ends_sentence(casing) && is_grapheme_boundary(paragraph, end) {
            sentences.extend(Span::new(text, span.start() + start, span.start() + end).map(|span| span.trimmed(text)));
            start = end + leading_white(&paragraph[end..]);
        }
    }
    sentences.extend(Span::new(text, span.start() + start, span.end()).map(|span| span.trimmed(text)));
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// A full stop or the like, and what stands around it.
struct Stop<'t> {
    /// From the start of the sentence.
    before: &'t str,
    /// `.`, `?!`, `...`
    mark: &'t str,
    /// Quotes and brackets right after.
    closers: &'t str,
    /// To the end of the paragraph.
    after: &'t str,
}

impl Stop<'_> {
    fn ends_sentence(&self, casing: Capitals) -> bool {
        let next = Next::new(self.after);
        if self.mark.starts_with(is_wide_terminator) {
            return true;
        }
        let opener = next.is_opener() && casing == Capitals::Prose;
        if !self.after.starts_with(char::is_whitespace) {
            // A page that lost its line breaks: `the wider sector.For further insights`. Never
            // `example.Com`.
            return opener && self.mark == "." && next.glued_to(self.after) && ends_in_lowercase_word(self.before);
        }
        match next.first {
            None => return true,
            Some(c) if c.is_lowercase() => return false,
            Some(c) if !c.is_alphanumeric() => return is_bullet(c),
            Some(_) => {}
        }
        if self.mark.len() > 1 && self.mark.chars().all(|c| c == '.') || self.mark.contains('…') {
            return opener || next.quoted; // "Well... Smith said": a pause as often as an end.
        }
        if self.mark != "." {
            // `"Why?" Smith asked.` and `Yahoo! Japan` go on.
            let goes_on = self.closers.contains(is_quote) || is_exclaiming_name(last_word(self.before));
            return opener || next.quoted || !goes_on;
        }
        if self.closers.contains(is_quote) {
            return true; // `… key regions." Ryder spoke on Thursday.` An attribution would have followed a comma.
        }
        match WordBefore::of(last_word(self.before), self.before) {
            WordBefore::Ordinary => true,
            WordBefore::Title | WordBefore::Enumerator => false,
            WordBefore::Number | WordBefore::Abbreviation => opener,
            WordBefore::BeforeNumber => !next.first.is_some_and(char::is_numeric) && opener,
        }
    }
}

/// What a full stop stands after.
enum WordBefore {
    /// A word: the stop ends the sentence.
    Ordinary,
    /// `Gen.`: a name follows, even one that looks like an opener: `Mr. He`.
    Title,
    /// `1.`, `a.` at the start of an item.
    Enumerator,
    /// A small number: `27.` may end a sentence, `3. Oktober` does not.
    Number,
    /// `Inc.`, `U.S.`, `J.`: only what follows can tell.
    Abbreviation,
    /// `No.`, `Dec.`
    BeforeNumber,
}

impl WordBefore {
    /// Sorts `word`, the last one of `before`, the sentence so far.
    fn of(word: &str, before: &str) -> Self {
        let n_chars = word.chars().take(17).count();
        if n_chars > 16 || n_chars == 0 {
            return Self::Ordinary;
        }
        let short = n_chars <= 2;
        let numeric = word.chars().all(|c| c.is_ascii_digit());
        if short
            && before.len() == word.len()
            && (numeric || word.chars().all(|c| c.is_ascii_alphabetic() && n_chars == 1))
        {
            return Self::Enumerator;
        }
        if numeric {
            return if short { Self::Number } else { Self::Ordinary };
        }
        if n_chars == 1 {
            return if word.chars().all(char::is_alphabetic) { Self::Abbreviation } else { Self::Ordinary };
        }
        let is = |list: &[&str]| list.contains(&word);
        if is(TITLES) || matches!(word, "e.g" | "i.e" | "vs" | "cf") {
            Self::Title
        } else if is(BEFORE_NUMBERS) {
            Self::BeforeNumber
        } else if is(ABBREVIATIONS) || is_dotted(word) || has_no_vowel(word) {
            Self::Abbreviation
        } else {
            Self::Ordinary
        }
    }
}

/// Titles that stand right before a name.
#[rustfmt::skip]
const TITLES: &[&str] = &[
    "Mr", "Mrs", "Ms", "Mx", "Dr", "Drs", "Prof", "Messrs", "Mme", "Mlle", "Sra", "Hon", "Rev", "Fr", "Msgr",
    "Gen", "Lt", "Col", "Maj", "Capt", "Cmdr", "Cdr", "Cpl", "Sgt", "Pvt", "Pfc", "Adm", "Brig", "Supt", "Det", "Insp",
    "Sen", "Sens", "Rep", "Reps", "Gov", "Govs", "Pres", "Amb", "Atty", "Asst", "Sec", "Lieut", "Spc", "Ald",
];

/// Abbreviations that may also end a sentence.
#[rustfmt::skip]
const ABBREVIATIONS: &[&str] = &[
    "Inc", "Corp", "Co", "Cos", "Ltd", "Bros", "Pty", "Jr", "Sr", "JR", "SR", "Esq", "St", "Ste", "Mt", "Ft", "ST", "MT", "FT", "Ave", "Blvd", "Rd", "Hwy", "Pkwy",
    "Dept", "Univ", "Assn", "Intl", "Natl", "Govt", "Gov't", "etc", "al", "approx", "est", "Est", "ca", "ft", "lb", "lbs", "oz", "hr", "hrs", "min", "sq",
    "Mon", "Tue", "Tues", "Wed", "Thu", "Thur", "Thurs", "Fri",
    "Ala", "Ariz", "Ark", "Calif", "Colo", "Conn", "Del", "Fla", "Ga", "Ill", "Ind", "Kan", "Ky", "La", "Mass", "Md", "Mich", "Minn", "Miss", "Mo", "Mont",
    "Neb", "Nev", "Okla", "Ont", "Ore", "Pa", "Penn", "Que", "Tenn", "Tex", "Va", "Vt", "Wash", "Wis", "Wisc", "Wyo",
];

/// Abbreviations that belong to a number after them.
#[rustfmt::skip]
const BEFORE_NUMBERS: &[&str] = &[
    "No", "Nos", "Vol", "Fig", "Art", "Ch", "Sect", "pp",
    "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec",
];

/// Words that seldom stand in the middle of a name and often at the start of a sentence. `Under`,
/// `All`, `First` and `Today` are not here: U.S. Under Secretary, U.S. First Lady, USA Today.
#[rustfmt::skip]
const OPENERS: &[&str] = &[
    "The", "A", "An", "This", "That", "These", "Those", "There", "Here", "He", "She", "It", "They", "We", "You", "I",
    "His", "Her", "Its", "Their", "Our", "My", "But", "And", "So", "Yet", "If", "In", "On", "At", "As", "For", "From", "With", "By", "To",
    "When", "While", "After", "Before", "Since", "Although", "Though", "However", "Meanwhile", "Moreover", "Additionally", "Also", "Then",
    "What", "Who", "Why", "How", "Where", "Some", "Many", "Most", "Both", "Each", "Another", "According", "During", "Despite", "Until", "Because",
    "Once", "Not", "Now", "Earlier", "Officials", "Police", "Critics", "Experts", "Prosecutors", "Authorities",
];

/// What follows a stop.
struct Next<'t> {
    /// The first character that is not white space, an opening quote or a bracket.
    first: Option<char>,
    /// Whether an opening quote stood before it.
    quoted: bool,
    /// From `first` on.
    rest: &'t str,
}

impl<'t> Next<'t> {
    fn new(after: &'t str) -> Self {
        let opening = after.trim_start();
        // A handful of quotes and brackets: a text of nothing else must not be read from every one
        // of them.
        let n_openers =
            opening.chars().take(4).take_while(|&c| is_quote(c) || matches!(c, '(' | '[' | '¿' | '¡')).count();
        let mut chars = opening.chars();
        let quoted = chars.by_ref().take(n_openers).any(is_quote);
        let rest = chars.as_str();
        Self { first: rest.chars().next(), quoted, rest }
    }

    /// Whether it is a word that opens sentences; `A.` and `No.` do not, nor does `All-Star`.
    fn is_opener(&self) -> bool {
        let word_len = self.rest.bytes().take(16).take_while(u8::is_ascii_alphabetic).count();
        let (word, after) = self.rest.split_at(word_len);
        OPENERS.contains(&word) && !after.starts_with(['.', '-', '&']) && !after.starts_with(char::is_alphanumeric)
    }

    fn glued_to(&self, after: &str) -> bool {
        self.rest.len() == after.len()
    }
}

/// The stretch before a stop back to white space, a bracket or a dash, of which only the last few
/// characters are read.
fn last_word(before: &str) -> &str {
    let is_edge = |c: char| {
        c.is_whitespace() || is_quote(c) && c != '\'' && c != '’' || matches!(c, '(' | '[' | '/' | '-' | '—' | '–')
    };
    let length: usize = before.chars().rev().take(17).take_while(|&c| !is_edge(c)).map(char::len_utf8).sum();
    &before[before.len() - length..]
}

/// `U.S`, `a.m`, `Ph.D`: letters, one or two at a time, with stops between.
fn is_dotted(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| part.len() <= 2 && part.chars().all(char::is_alphabetic) && !part.is_empty())
}

/// Short capitalised words without a vowel are abbreviations in any language that has vowels: `Hr`,
/// `Gd`, `Sgt`.
fn has_no_vowel(word: &str) -> bool {
    word.len() <= 4
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().skip(1).all(|c| c.is_ascii_lowercase() && !"aeiouy".contains(c))
        && !"AEIOU".contains(&word[..1])
}

fn ends_in_lowercase_word(before: &str) -> bool {
    before.chars().rev().take(3).filter(|c| c.is_lowercase()).count() == 3
}

/// Names that carry their exclamation mark with them.
fn is_exclaiming_name(word: &str) -> bool {
    matches!(word, "Yahoo" | "Yum" | "Jeopardy" | "E" | "Oklahoma" | "Mamma" | "Joomla" | "Chips" | "Godspeed")
}

/// Characters that end sentences.
pub(super) fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '؟' | '۔' | '।' | '॥' | '։' | '‼' | '⁇' | '⁈' | '⁉') || is_wide_terminator(c)
}

/// Those of East Asian text, which are followed by no space.
fn is_wide_terminator(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡')
}

/// Quotes and brackets that belong to the sentence they close.
pub(super) fn is_closer(c: char) -> bool {
    is_quote(c) && !matches!(c, '“' | '‘' | '«' | '„' | '「' | '『')
        || matches!(c, ')' | ']' | '}' | '）' | '】' | '》' | '〉')
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '”' | '‘' | '’' | '«' | '»' | '„' | '‹' | '›' | '「' | '」' | '『' | '』')
}

fn is_bullet(c: char) -> bool {
    matches!(c, '•' | '·' | '◦' | '▪' | '■' | '●' | '*' | '►' | '➢' | '✓' | '#' | '@' | '$' | '€' | '£')
}

fn leading_white(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// Whether a reader sees nothing that stands on both sides of `at`, nor, if white space follows, on
/// both sides of its end.
fn is_grapheme_boundary(text: &str, at: usize) -> bool {
    let is_boundary = |at| GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0).unwrap_or(false);
    is_boundary(at) && is_boundary(at + leading_white(&text[at..]))
}
