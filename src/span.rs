//! Positions in a text.
//!
//! A [`Span`] is a half-open range of bytes that lies inside its text and on character boundaries;
//! nothing else can be built, so code that holds one slices without checking. [`Offsets`] converts
//! byte positions to code points and to UTF-16 units; it is the only place where those units are
//! counted.

use std::fmt;
use std::ops::Range;

/// A half-open range of bytes, `start..end`, on character boundaries of the text it was made for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// The span `start..end` of `text`, or `None` if it is reversed, outside the text, or cuts a
    /// character.
    pub fn new(text: &str, start: usize, end: usize) -> Option<Self> {
        text.get(start..end).map(|_| Self { start, end })
    }

    /// The whole of `text`.
    pub fn whole(text: &str) -> Self {
        Self { start: 0, end: text.len() }
    }

    /// From the start of `self` to the end of `last`, both spans of the same text.
    ///
    /// # Panics
    /// If `last` ends before `self` starts.
    pub fn through(self, last: Self) -> Self {
        assert!(self.start <= last.end, "{self:?} through {last:?}");
        Self { start: self.start, end: last.end }
    }

    /// The smallest span that begins at or before `start..end` and ends at or after it, both on
    /// character boundaries. Positions beyond the text count as its end.
    pub fn snapped_outward(text: &str, start: usize, end: usize) -> Self {
        let start = text.floor_char_boundary(start);
        let end = text.ceil_char_boundary(end.max(start));
        Self { start, end }
    }

    /// The span without leading and trailing white space; empty at its own start if there is
    /// nothing else.
    pub fn trimmed(self, text: &str) -> Self {
        let surface = self.of(text);
        let left = surface.trim_start();
        let start = if left.is_empty() { self.start } else { self.end - left.len() };
        Self { start, end: start + left.trim_end().len() }
    }

    /// First byte.
    pub fn start(self) -> usize {
        self.start
    }

    /// One past the last byte.
    pub fn end(self) -> usize {
        self.end
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it covers nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// As a range, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// The text under the span. `text` must be the one the span was made for.
    pub fn of(self, text: &str) -> &str {
        &text[self.range()]
    }

    /// Whether every byte of `other` lies inside this span.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share at least one byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// One position of a text in the three units that consumers use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Position {
    /// UTF-8 bytes before the position.
    pub byte: usize,
    /// Unicode code points before the position.
    pub char: usize,
    /// UTF-16 code units before the position.
    pub utf16: usize,
}

/// Converts positions of one text from bytes to code points and UTF-16 units, and from code points
/// to the others.
///
/// Positions are counted from a mark every kibibyte, so a conversion costs at most a kibibyte of
/// counting whatever the length of the text and the order of the questions.
pub struct Offsets<'t> {
    text: &'t str,
    /// The position at the first character boundary at or after each multiple of [`Self::STEP`].
    marks: Vec<Position>,
}

impl<'t> Offsets<'t> {
    /// Bytes between two marks.
    const STEP: usize = 1024;

    /// Counts `text` once.
    pub fn new(text: &'t str) -> Self {
        let mut marks = vec![Position::default()];
        let mut at = Position::default();
        while at.byte + Self::STEP < text.len() {
            let next = text.ceil_char_boundary(marks.len() * Self::STEP);
            at = advance(at, &text[at.byte..next]);
            marks.push(at);
        }
        Self { text, marks }
    }

    /// The position `byte` bytes into the text, which must be a character boundary.
    ///
    /// # Panics
    /// If `byte` is beyond the text or inside a character.
    pub fn position(&self, byte: usize) -> Position {
        let after = self.marks.partition_point(|mark| mark.byte <= byte);
        let mark = self.marks[after - 1];
        advance(mark, &self.text[mark.byte..byte])
    }

    /// The position `char` code points into the text, or `None` if it has fewer.
    pub fn of_char(&self, char: usize) -> Option<Position> {
        let after = self.marks.partition_point(|mark| mark.char <= char);
        let mark = self.marks[after - 1];
        let rest = &self.text[mark.byte..];
        let mut starts = rest.char_indices().map(|(byte, _)| byte).chain([rest.len()]);
        let byte = starts.nth(char - mark.char)?;
        Some(advance(mark, &rest[..byte]))
    }

    /// The position `utf16` UTF-16 units into the text, or `None` if it has fewer, or that is in the
    /// middle of a pair of surrogates.
    pub fn of_utf16(&self, utf16: usize) -> Option<Position> {
        let after = self.marks.partition_point(|mark| mark.utf16 <= utf16);
        let mut at = self.marks[after - 1];
        for c in self.text[at.byte..].chars() {
            if at.utf16 >= utf16 {
                break;
            }
            at = Position { byte: at.byte + c.len_utf8(), char: at.char + 1, utf16: at.utf16 + c.len_utf16() };
        }
        (at.utf16 == utf16).then_some(at)
    }

    /// The text that is counted in.
    pub fn text(&self) -> &'t str {
        self.text
    }
}

fn advance(from: Position, over: &str) -> Position {
    Position {
        byte: from.byte + over.len(),
        char: from.char + over.chars().count(),
        utf16: from.utf16 + over.chars().map(char::len_utf16).sum::<usize>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_span_cannot_cut_a_character_or_leave_its_text() {
        assert!(Span::new("Zoë", 0, 3).is_none());
        assert!(Span::new("Zoë", 2, 4).is_some());
        assert!(Span::new("Zoë", 0, 5).is_none());
        #[allow(clippy::reversed_empty_ranges)]
        let reversed = Span::new("Zoë", 2, 1);
        assert!(reversed.is_none());
        assert_eq!(Span::snapped_outward("Zoë", 3, 3).range(), 2..4);
    }

    #[test]
    fn trimming_keeps_the_words() {
        let text = "\u{a0} Helsinki\n";
        assert_eq!(Span::whole(text).trimmed(text).of(text), "Helsinki");
        assert!(Span::whole(" \n").trimmed(" \n").is_empty());
    }

    proptest! {
        #[test]
        fn positions_agree_with_counting_from_the_start(text in "\\PC{0,80}", repeat in 1_usize..60) {
            let text = text.repeat(repeat);
            let offsets = Offsets::new(&text);
            for (byte, _) in text.char_indices().step_by(7).chain([(text.len(), ' ')]) {
                let before = &text[..byte];
                let expected = Position { byte, char: before.chars().count(), utf16: before.encode_utf16().count() };
                prop_assert_eq!(offsets.position(byte), expected);
                prop_assert_eq!(offsets.of_char(expected.char), Some(expected));
                prop_assert_eq!(offsets.of_utf16(expected.utf16), Some(expected));
            }
            prop_assert_eq!(offsets.of_char(text.chars().count() + 1), None);
            prop_assert_eq!(offsets.of_utf16(text.encode_utf16().count() + 1), None);
            let in_a_pair = Offsets::new("a🙂").of_utf16(2);
            prop_assert_eq!(in_a_pair, None);
        }
    }
}
