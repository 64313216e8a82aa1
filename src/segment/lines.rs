//! Finds out which line breaks mean something.
//!
//! A text wrapped at a fixed width breaks its lines inside sentences and inside names; a list or a
//! web page breaks them between things that have nothing to do with each other. Takes a field and
//! returns its paragraphs: stretches of text whose inner line breaks are mere white space. Where a
//! sentence ends inside of one is another question: see [`sentences`](crate::segment::sentences).

use crate::segment::sentences::{is_closer, is_terminator};
use crate::span::Span;

/// A line without surrounding white space; never empty.
#[derive(Clone, Copy)]
struct TextLine {
    span: Span,
    /// Nothing of an earlier block can go on here: a blank line, a gap or an indentation precedes.
    opens_block: bool,
}

/// The widths, in characters, that people and programs wrap prose at. Shorter lines are lists,
/// tables or addresses; each longer one is a paragraph.
const WRAP_WIDTHS: std::ops::RangeInclusive<usize> = 40..=120;

/// Cuts `field` of `text` into paragraphs, in order and without surrounding white space.
pub(super) fn paragraphs(text: &str, field: Span) -> Vec<Span> {
    let lines = lines(text, field);
    let width = wrap_width(text, &lines);
    let mut paragraphs: Vec<Span> = Vec::new();
    for (idx, line) in lines.iter().enumerate() {
        let goes_on = !line.opens_block
            && (continues(line.span.of(text))
                || width.is_some_and(|width| is_full(text, &lines[idx - 1], line, width)));
        match paragraphs.last_mut() {
            Some(paragraph) if goes_on => *paragraph = paragraph.through(line.span),
            _ => paragraphs.push(line.span),
        }
    }
    paragraphs
}

/// The width at which `lines` were wrapped, if they were.
///
/// The witnesses are the line breaks inside of sentences, those before a lower-case letter. In
/// wrapped prose they are many, and nearly all stand after a line that was full; on pages taken
/// apart at their links they stand anywhere.
fn wrap_width(text: &str, lines: &[TextLine]) -> Option<usize> {
    let breaks = || lines.windows(2).filter(|pair| !pair[1].opens_block && !ends_sentence(pair[0].span.of(text)));
    let witnesses = || breaks().filter(|pair| starts_inside_sentence(pair[1].span.of(text)));
    let width = witnesses().map(|pair| chars(text, pair[0].span)).max().filter(|width| WRAP_WIDTHS.contains(width))?;
    let n_witnesses = witnesses().count();
    let n_full = witnesses().filter(|pair| is_full(text, &pair[0], &pair[1], width)).count();
    (n_witnesses >= 2 && n_full * 5 >= n_witnesses * 4 && n_witnesses * 4 >= breaks().count()).then_some(width)
}

/// Whether `line` could hardly have taken the first word of `next` within `width` characters. A
/// fifth is allowed for letters of unequal width, of which text copied from a printed page is made,
/// and for indentation. A line that is much longer was not wrapped with the others.
fn is_full(text: &str, line: &TextLine, next: &TextLine, width: usize) -> bool {
    let first_word = next.span.of(text).split_whitespace().next().unwrap_or_default();
    let length = chars(text, line.span);
    length * 4 <= width * 5 && (length + 1 + first_word.chars().count()) * 5 > width * 4
}

fn chars(text: &str, span: Span) -> usize {
    span.of(text).chars().count()
}

/// Whether it begins with a letter that begins no sentence; letters without case count.
fn starts_inside_sentence(line: &str) -> bool {
    line.starts_with(|c: char| c.is_alphabetic() && !c.is_uppercase())
}

/// Whether a line that begins like this is the rest of a sentence even in a text that is not
/// wrapped. Pages taken apart at their links read so: `State's Attorney Burke said` / `. "My
/// administration`.
fn continues(line: &str) -> bool {
    line.starts_with([',', '.', ';', ':', '!', '?', ')', ']', '%', '’', '”', '»'])
        || line.starts_with(char::is_lowercase)
}

fn ends_sentence(line: &str) -> bool {
    line.trim_end_matches(is_closer).ends_with(is_terminator)
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn lines(text: &str, field: Span) -> Vec<TextLine> {
    let mut lines = Vec::new();
    let mut opens_block = true;
    let mut previous_indented = true;
    let mut start = field.start();
    let surface = field.of(text);
    let ends = surface.char_indices().filter(|&(_, c)| is_line_end(c)).map(|(at, c)| (field.start() + at, c));
    for (end, mark) in ends.chain([(field.end(), '\n')]) {
        let raw = &text[start..end];
        let line = raw.trim();
        // `\r\n` is one break, so the nothing between the two is not a blank line.
        let within_crlf = mark == '\n' && raw.is_empty() && text[..start].ends_with('\r') && start > field.start();
        if line.is_empty() {
            opens_block |= !within_crlf;
        } else {
            let indented = raw.starts_with(['\t', '\u{3000}']) || raw.starts_with("  ");
            opens_block |= indented && !previous_indented;
            previous_indented = indented;
            let from = start + (raw.len() - raw.trim_start().len());
            for span in split_at_gaps(text, Span::new(text, from, from + line.len()).expect("a line of `text`")) {
                lines.push(TextLine { span, opens_block });
                opens_block = true;
            }
            opens_block = false;
        }
        opens_block |= mark == '\u{2029}';
        start = end + mark.len_utf8();
    }
    lines
}

/// Cuts a line where three or more spaces follow the end of a sentence: a paragraph break that lost
/// its line break.
fn split_at_gaps(text: &str, line: Span) -> Vec<Span> {
    const GAP: &str = "   ";
    let mut pieces = Vec::new();
    let (mut start, mut from) = (line.start(), line.start());
    while let Some(at) = text[from..line.end()].find(GAP).map(|at| from + at) {
        from = line.end() - text[at..line.end()].trim_start().len();
        if ends_sentence(&text[start..at]) {
            pieces.extend(Span::new(text, start, at));
            start = from;
        }
    }
    pieces.extend(Span::new(text, start, line.end()));
    pieces
}
