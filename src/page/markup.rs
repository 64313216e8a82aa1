//! Reads texts in which markup was left: tags, references, scripts.
//!
//! Such a text is no page: its white space means something, and most of it is plain. What is to be
//! read in it is found, and where each character of that stands in it.

use crate::document::{Run, Runs};
use crate::page::letters::meaning;
use crate::page::tags::Tag;

/// Bytes of the longest tag that is looked for.
const LONGEST: usize = 4096;

/// What there is to read in `text`, and where it stands; none if there is no markup in it.
pub fn readable(text: &str) -> Option<(String, Runs)> {
    memchr::memchr2(b'<', b'&', text.as_bytes())?;
    let mut reading =
        Reading { text: String::with_capacity(text.len()), runs: Runs::default(), any: false, unclosed: false };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let next = memchr::memchr2(b'<', b'&', &bytes[at..]).map_or(bytes.len(), |next| at + next);
        reading.add(&text[at..next], at, next - at);
        at = next;
        if at == bytes.len() {
            break;
        }
        let found = if bytes[at] == b'<' { reading.tag(text, at) } else { reading.reference(text, at) };
        at = match found {
            Some(end) => {
                reading.any = true;
                end
            }
            None => {
                reading.add(&text[at..=at], at, 1);
                at + 1
            }
        };
    }
    reading.any.then_some((reading.text, reading.runs))
}

struct Reading {
    text: String,
    runs: Runs,
    any: bool,
    /// Whether there is a script that nobody closes.
    unclosed: bool,
}

impl Reading {
    fn add(&mut self, piece: &str, from: usize, source_len: usize) {
        self.runs.push(Run { at: self.text.len(), len: piece.len(), from, source_len });
        self.text.push_str(piece);
    }

    /// Passes over the tag at `at`, and over all that a script or a style sheet has in it; where it
    /// ends. None if there is no tag.
    fn tag(&mut self, text: &str, at: usize) -> Option<usize> {
        let rest = &text[at..text.floor_char_boundary((at + LONGEST).min(text.len()))];
        if rest.starts_with("<!--") {
            return rest.find("-->").map(|end| at + end + 3);
        }
        let is_end = rest.as_bytes().get(1) == Some(&b'/');
        let name_at = 1 + usize::from(is_end);
        let len = rest[name_at..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        let name = rest[name_at..name_at + len].to_ascii_lowercase();
        let tag = Tag::of(name.as_bytes());
        let after = rest.as_bytes().get(name_at + len)?;
        if len == 0
            || tag == Tag::Inline && !is_inline(&name)
            || !matches!(after, b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r')
        {
            return None;
        }
        let end = at + end_of_tag(rest)?;
        if matches!(tag, Tag::Script | Tag::RawText) && !is_end {
            let close = format!("</{name}");
            let inner = if self.unclosed { None } else { find_ignoring_case(&text[end..], &close) };
            // Looked for once, and not behind each of many that nobody closes.
            self.unclosed |= inner.is_none();
            return Some(match inner.map(|found| end + found) {
                Some(inner) => inner + text[inner..].find('>').map_or(text.len() - inner, |end| end + 1),
                None => end,
            });
        }
        if tag == Tag::Br {
            self.text.push('\n');
        } else if tag.is_block() && !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push_str("\n\n");
        }
        Some(end)
    }

    /// Reads the reference at `at`; where it ends. None if there is none.
    fn reference(&mut self, text: &str, at: usize) -> Option<usize> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
        let len = 1 + text.as_bytes()[at + 1..].iter().take(32).take_while(|byte| is_part(byte)).count();
        if text.as_bytes().get(at + len) != Some(&b';') {
            return None;
        }
        let meant = meaning(&text[at..=at + len])?;
        self.add(if meant == "\u{a0}" { " " } else { &meant }, at, len + 1);
        Some(at + len + 1)
    }
}

/// Where a tag ends, quotes around values heeded.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (i, byte) in tag.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return Some(i + 1),
            (None, b'"' | b'\'') if tag.as_bytes()[i - 1] == b'=' => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let mut at = 0;
    while let Some(found) = memchr::memchr(wanted[0], &text[at..]) {
        at += found;
        if text.get(at..at + wanted.len())?.eq_ignore_ascii_case(wanted) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Elements inside of lines, which are tags in a text as well.
fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "i" | "em"
            | "u"
            | "s"
            | "sub"
            | "sup"
            | "small"
            | "big"
            | "tt"
            | "code"
            | "cite"
            | "q"
            | "abbr"
            | "acronym"
            | "mark"
            | "ins"
            | "del"
            | "strike"
            | "kbd"
            | "samp"
            | "var"
            | "dfn"
            | "label"
            | "picture"
            | "blink"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        readable(text).map_or_else(|| "as it is".to_owned(), |(text, _)| text)
    }

    #[test]
    fn markup_is_passed_over() {
        assert_eq!(read("Sinead O&#39;Malley of AT&amp;T"), "Sinead O'Malley of AT&T");
        assert_eq!(read("<script>var a = \"John\";</SCRIPT >Police"), "Police");
        assert_eq!(read("<p class=\"a>b\">One.</p><p>Two<br/>lines</p>"), "One.\n\nTwo\nlines\n\n");
        assert_eq!(read("a <!-- x --> b"), "a  b");
    }

    #[test]
    fn what_is_no_markup_stays() {
        for text in ["Boats left.", "AT&T; R&D", "1 < 2 and 3 > 2", "<John Smith>", "a <b", "Q&A", "x <3 y"] {
            assert_eq!(read(text), "as it is", "{text}");
        }
    }

    #[test]
    fn many_tags_that_never_end_take_no_time() {
        let text = "<b ".repeat(200_000);
        assert_eq!(read(&text), "as it is");
        let scripts = "<script>".repeat(20_000);
        assert!(read(&scripts).is_empty());
    }
}
