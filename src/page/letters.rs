//! Makes text of what stands between tags.
//!
//! White space is collapsed to one space, references (`&amp;`) become their characters, and what
//! nobody sees is dropped: soft hyphens, spaces of no width, NUL. Each character remembers the
//! bytes that it was made from.

use std::collections::HashMap;

use html5gum::{Token, Tokenizer};

use crate::document::{Run, Runs};

/// A text that grows.
pub struct Letters {
    /// The text.
    pub text: String,
    /// Where its characters come from.
    pub runs: Runs,
    /// Whether that matters to anybody.
    has_runs: bool,
    /// White space that becomes a space if more text follows.
    space: Space,
    references: HashMap<String, Option<String>>,
}

/// White space behind the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Space {
    None,
    /// One space character, or one reference to a space: so many bytes, from there.
    One(usize, usize),
    /// More than that, or the end of a line: it stands at no place in particular.
    Many,
}

/// Bytes that are not simply copied.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte <= b' ' as usize {
        special[byte] = true;
        byte += 1;
    }
    special[0x7f] = true;
    special[b'&' as usize] = true;
    // No-break space and soft hyphen; spaces of no width; byte order marks.
    special[0xc2] = true;
    special[0xe2] = true;
    special[0xef] = true;
    special
};

impl Letters {
    /// References that are remembered; a page has a few dozen.
    const REMEMBERED: usize = 4096;
    /// Bytes of the longest reference, and some.
    const LONGEST: usize = 40;

    /// No text yet; `has_runs` says whether it shall be known where it comes from.
    pub fn new(has_runs: bool) -> Self {
        Self { text: String::new(), runs: Runs::default(), has_runs, space: Space::None, references: HashMap::new() }
    }

    /// Adds `source[from..to]`; `as_is` keeps white space and is for preformatted text.
    pub fn push(&mut self, source: &str, from: usize, to: usize, as_is: bool) {
        let Some(piece) = source.get(from..to) else { return };
        let bytes = piece.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let plain = bytes[at..].iter().position(|&byte| SPECIAL[usize::from(byte)]).unwrap_or(bytes.len() - at);
            if plain > 0 {
                self.add(&piece[at..at + plain], from + at, plain);
                at += plain;
                continue;
            }
            at += match bytes[at] {
                b'&' => self.reference(&piece[at..], from + at),
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' if as_is => {
                    match bytes[at] {
                        b'\r' | b'\x0c' => {}
                        _ => self.add_as_is(&piece[at..=at], from + at, 1),
                    }
                    1
                }
                b' ' => {
                    self.white(from + at, 1);
                    1
                }
                b'\t' | b'\n' | b'\r' | b'\x0c' => {
                    self.space = Space::Many;
                    1
                }
                0..b' ' | 0x7f => 1,
                _ => {
                    let len = piece[at..].chars().next().map_or(1, char::len_utf8);
                    self.character(&piece[at..at + len], from + at, len);
                    len
                }
            };
        }
    }

    /// Adds one character that may be special, which was made from `source_len` bytes.
    fn character(&mut self, character: &str, from: usize, source_len: usize) {
        match character {
            "\u{a0}" | " " => self.white(from, source_len),
            "\t" | "\n" | "\r" | "\u{c}" => self.space = Space::Many,
            "\u{ad}" | "\u{200b}" | "\u{feff}" | "\0" => {}
            _ => self.add(character, from, source_len),
        }
    }

    /// Adds the reference that `rest` begins with; how many bytes it has.
    fn reference(&mut self, rest: &str, from: usize) -> usize {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        let mut len = 1 + rest.bytes().skip(1).take(Self::LONGEST).take_while(|byte| is_part(byte)).count();
        if rest.as_bytes().get(len) == Some(&b';') {
            len += 1;
        }
        let reference = &rest[..len];
        let known = match self.references.get(reference) {
            Some(known) => known.clone(),
            None => {
                let meant = meaning(reference);
                if self.references.len() < Self::REMEMBERED {
                    self.references.insert(reference.to_owned(), meant.clone());
                }
                meant
            }
        };
        let Some(meant) = known else {
            self.add("&", from, 1);
            return 1;
        };
        // `&copyright` is © and the rest as it stands.
        let mut rest_len = 0;
        let (a, b) = (meant.as_bytes(), reference.as_bytes());
        while meant.chars().count() > 2
            && rest_len + 1 < a.len()
            && a[a.len() - 1 - rest_len] == b[b.len() - 1 - rest_len]
        {
            rest_len += 1;
        }
        let first = &meant[..meant.len() - rest_len];
        let source_len = len - rest_len;
        if first.chars().count() == 1 {
            self.character(first, from, source_len);
        } else {
            self.add(first, from, source_len);
        }
        source_len
    }

    fn white(&mut self, from: usize, len: usize) {
        self.space = match self.space {
            Space::None => Space::One(from, len),
            Space::One(..) | Space::Many => Space::Many,
        };
    }

    fn add(&mut self, text: &str, from: usize, source_len: usize) {
        if self.space != Space::None {
            let space = std::mem::replace(&mut self.space, Space::None);
            if !self.text.is_empty() && !self.text.ends_with(['\n', ' ', '\t']) {
                if let Space::One(from, source_len) = space
                    && self.has_runs
                {
                    self.runs.push(Run { at: self.text.len(), len: 1, from, source_len });
                }
                self.text.push(' ');
            }
        }
        self.add_as_is(text, from, source_len);
    }

    fn add_as_is(&mut self, text: &str, from: usize, source_len: usize) {
        if self.has_runs {
            self.runs.push(Run { at: self.text.len(), len: text.len(), from, source_len });
        }
        self.text.push_str(text);
    }

    /// Adds text that stands nowhere, and forgets white space before it.
    pub fn separate(&mut self, text: &str) {
        self.space = Space::None;
        self.text.push_str(text);
    }

    /// Nothing that comes has to do with what was added.
    pub fn end(&mut self) {
        self.space = Space::None;
    }
}

/// What `reference`, with its `&`, stands for; none if for itself.
pub fn meaning(reference: &str) -> Option<String> {
    let mut meant = String::new();
    for token in Tokenizer::new(reference) {
        let Ok(token) = token;
        if let Token::String(string) = token {
            meant.push_str(&String::from_utf8_lossy(&string.value));
        }
    }
    (meant != reference && !meant.is_empty()).then_some(meant)
}

/// `text` with its references resolved, again where they were escaped twice: titles in metadata.
pub fn unescaped(text: &str) -> String {
    let mut letters = Letters::new(false);
    letters.push(text, 0, text.len(), false);
    if letters.text.contains('&') && letters.text.contains(';') && letters.text != text {
        let once = std::mem::take(&mut letters.text);
        letters.end();
        letters.push(&once, 0, once.len(), false);
        if letters.text.contains('&') && letters.text.contains(';') && letters.text != once {
            let twice = std::mem::take(&mut letters.text);
            letters.end();
            letters.push(&twice, 0, twice.len(), false);
        }
    }
    letters.text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of `source`, and what each of its runs was made from.
    fn check(source: &str, expected: &str) {
        let mut letters = Letters::new(true);
        letters.push(source, 0, source.len(), false);
        let runs = letters.runs.all().iter();
        let runs: Vec<&str> = runs.map(|run| &source[run.from..run.from + run.source_len]).collect();
        assert_eq!(format!("{} | {}", letters.text, runs.join("·")), expected);
    }

    #[test]
    fn characters_remember_their_bytes() {
        check("Jane  Doe", "Jane Doe | Jane·Doe");
        check("Jane Doe", "Jane Doe | Jane Doe");
        check(" O&#8217;Dowd\n & Sons ", "O’Dowd & Sons | O·&#8217;·Dowd·& Sons");
        check("AT&amp;T&nbsp;Inc", "AT&T Inc | AT·&amp;·T·&nbsp;·Inc");
        check(
            "Lind\u{ad}qvist\u{a0}é&copyright &unknown; &",
            "Lindqvist é©right &unknown; & | Lind·qvist·\u{a0}·é·&copy·right &unknown; &",
        );
        check("a\0b&#0;c", "ab\u{fffd}c | a·b·&#0;·c");
    }

    #[test]
    fn what_was_escaped_twice_is_resolved_twice() {
        assert_eq!(unescaped("Museum &amp;amp; city"), "Museum & city");
        assert_eq!(unescaped("AT&T; a & b"), "AT&T; a & b");
    }
}
