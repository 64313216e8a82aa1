//! Text as words are looked for in it: in small letters, with one space for each run of white space.

/// `text` in small letters, each run of white space in it a single space, or a line feed where a
/// blank line is in it; and where each byte of that comes from.
pub(super) struct Normalized {
    pub text: String,
    /// Of each byte, and of the end: where it begins in the original, or [`INSIDE`] if a character
    /// of the original goes on there.
    origins: Vec<u32>,
}

const INSIDE: u32 = u32::MAX;

impl Normalized {
    /// Of a text of less than 4 GiB.
    pub fn new(original: &str) -> Self {
        let mut normalized =
            Self { text: String::with_capacity(original.len()), origins: Vec::with_capacity(original.len() + 1) };
        let mut white: Option<(usize, usize)> = None;
        for (at, c) in original.char_indices() {
            if c.is_whitespace() {
                let (_, feeds) = white.get_or_insert((at, 0));
                *feeds += usize::from(c == '\n');
                continue;
            }
            if let Some((at, feeds)) = white.take() {
                normalized.push(at, if feeds > 1 { '\n' } else { ' ' });
            }
            if c.is_ascii() {
                normalized.push(at, c.to_ascii_lowercase());
            } else {
                let start = normalized.text.len();
                normalized.text.extend(c.to_lowercase());
                normalized.origins.push(at as u32);
                normalized.origins.resize(normalized.origins.len() + normalized.text.len() - start - 1, INSIDE);
            }
        }
        let end = white.map_or(original.len(), |(at, _)| at);
        normalized.origins.push(end as u32);
        normalized
    }

    fn push(&mut self, at: usize, c: char) {
        self.text.push(c);
        self.origins.push(at as u32);
    }

    /// Where `start..end` comes from, if both are boundaries of characters there. White space that
    /// was dropped behind the end does not belong to it, as no match ends with a space.
    pub fn original(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let at = |i: usize| self.origins.get(i).copied().filter(|&at| at != INSIDE).map(|at| at as usize);
        Some((at(start)?, at(end)?))
    }
}

/// `words` as they are looked for.
pub fn normal(words: &str) -> String {
    Normalized::new(words.trim()).text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_back_through_letters_that_change_their_length() {
        let text = "\u{130}ZM\u{130}R  and\nŁÓDŹ\n\nBonn ";
        let normalized = Normalized::new(text);
        assert_eq!(normalized.text, "i\u{307}zmi\u{307}r and łódź\nbonn");
        for word in ["izmir", "łódź", "bonn"] {
            let word = word.replace("izmir", "i\u{307}zmi\u{307}r");
            let start = normalized.text.find(&word).expect("it is there");
            let (start, end) = normalized.original(start, start + word.len()).expect("boundaries");
            assert_eq!(text[start..end].to_lowercase(), word);
        }
        assert_eq!(normalized.original(1, 3), None);
        assert_eq!(normal("  Dateline \n Samples "), "dateline samples");
    }
}
