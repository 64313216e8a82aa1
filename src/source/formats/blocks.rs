//! Puts a text together of parts of which it is known what they are for.

use std::ops::Range;

use crate::document::Zone;
use crate::page::{Placed, read_fragment};

/// A text that grows, with the zones of its parts.
#[derive(Default)]
pub struct Blocks {
    /// The text.
    pub text: Placed,
    /// Its parts.
    pub claims: Vec<(Zone, Range<usize>)>,
}

impl Blocks {
    /// Adds a part; nothing if it is blank.
    pub fn push(&mut self, zone: Zone, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            let at = self.separate();
            self.text.text.push_str(text);
            self.claims.push((zone, at..at + text.len()));
        }
    }

    /// Adds markup, which says itself what its parts are for.
    pub fn push_markup(&mut self, markup: &str) {
        let (placed, claims) = read_fragment(markup, false);
        if !placed.text.is_empty() {
            let at = self.separate();
            self.text.text.push_str(&placed.text);
            self.claims.extend(claims.into_iter().map(|(zone, range)| (zone, range.start + at..range.end + at)));
        }
    }

    /// Adds plain text, whose paragraphs are apart by blank lines.
    pub fn push_plain(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n");
        text.split("\n\n").for_each(|paragraph| self.push(Zone::Body, paragraph));
    }

    /// Adds what is markup if it looks so, else plain text. It may have been escaped once too often.
    pub fn push_perhaps_markup(&mut self, text: &str) {
        if is_markup(text) {
            return self.push_markup(text);
        }
        let again = crate::page::unescaped(text);
        if is_markup(&again) { self.push_markup(&again) } else { self.push_plain(text) }
    }

    fn separate(&mut self) -> usize {
        if !self.text.text.is_empty() {
            self.text.text.push_str("\n\n");
        }
        self.text.text.len()
    }
}

/// Whether `text` has tags in it.
fn is_markup(text: &str) -> bool {
    [
        "<p",
        "<br",
        "<div",
        "<a ",
        "<b>",
        "<i>",
        "<em",
        "<strong",
        "<ul",
        "<img",
        "<h1",
        "<h2",
        "<span",
        "<table",
        "<blockquote",
    ]
    .iter()
    .any(|tag| text.contains(tag))
        || text.contains("&nbsp;")
        || text.contains("&amp;")
}
