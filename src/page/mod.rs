//! Reads saved web pages.
//!
//! The markup of a page in; its headline, its text with a zone for each block, and what it says of
//! itself out, or that it is no article. `blocks` cuts it up, `outline` finds the article, `zones`
//! says what each block is for, `metadata` who, when and where. How `text` is made is a contract:
//! blocks in their order with a blank line between, items of a list one on each line, cells of a row
//! with a tab between, `<br>` a line feed, white space one space, no-break spaces too; soft hyphens
//! and spaces of no width are dropped, and nothing that is hidden is text. Nothing is fetched, and
//! no script is run.

mod blocks;
pub mod charset;
mod flags;
mod json_ld;
mod languages;
mod letters;
mod lines;
pub mod markup;
mod metadata;
mod outline;
mod tags;
mod tokens;
mod zones;

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::document::{Runs, Zone};
use crate::page::blocks::Stream;
use crate::page::letters::Letters;
use crate::page::outline::{CELL, ITEM, NONE, Outline, folded, n_words};

pub use letters::{meaning, unescaped};
pub use metadata::{Metadata, names};

/// How to read a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    /// Whether it shall be known which bytes each character comes from.
    pub places: bool,
    /// Whether menus, comments and other stories are text too, as boilerplate.
    pub whole: bool,
}

/// A text, and where its characters come from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Placed {
    /// The text.
    pub text: String,
    /// Places in the markup; none if nobody asked.
    pub runs: Runs,
}

/// A page, read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Page {
    /// Its headline; empty if there is none.
    pub title: Placed,
    /// Its text; empty if it is no article.
    pub text: Placed,
    /// What the stretches of the text are for, in order.
    pub claims: Vec<(Zone, Range<usize>)>,
    /// What it says of itself.
    pub metadata: Metadata,
    /// The language that it is in, as a code of two letters.
    pub language: Option<String>,
    /// What whoever reads the record should know: `no_article`, `text_from_metadata`, `paywall`,
    /// `html_lang`.
    pub warnings: Vec<String>,
    /// Characters that a reader of the whole page sees.
    pub page_chars: usize,
}

/// Words that an article has at least.
const FEW_WORDS: usize = 60;
/// Words from which on nobody looks for the text elsewhere.
const ENOUGH_WORDS: usize = 100;

/// Reads `source`, which stood at `address` if that is known.
pub fn read(source: &str, address: Option<&str>, reading: Reading) -> Page {
    let mut stream = blocks::cut(source, reading.places);
    lines::split(&mut stream);
    let titles = [metadata::meta(&stream.head, &["og:title"]), Some(stream.head.title.as_str())];
    let titles: Vec<String> =
        titles.into_iter().flatten().map(|title| folded(&unescaped(title))).filter(|title| title.len() >= 6).collect();
    let outline = Outline::new(&stream, &titles);
    let zones = zones::zones(&stream, &outline);
    let url = match stream.head.canonical.trim() {
        "" => metadata::meta(&stream.head, &["og:url"]).or(address).unwrap_or_default(),
        canonical => canonical,
    };
    let mut own_titles = titles;
    if let Some(title) = outline.title {
        own_titles.insert(0, folded(stream.blocks[title].text(&stream.letters.text)));
    }
    let claimed = json_ld::article(&stream.head.json_ld, url, &own_titles);
    let metadata = metadata::metadata(&stream, &outline, &zones, &claimed, url);
    let mut page = Page { metadata, page_chars: stream.letters.text.chars().count(), ..Page::default() };
    if let Some(title) = outline.title {
        let block = &stream.blocks[title];
        page.title = piece(&stream.letters, block.start..block.end);
    }
    page.assemble(&stream, &outline, &zones, reading.whole);
    let body = |page: &Page| -> usize {
        let is_body = |(zone, _): &&(Zone, Range<usize>)| matches!(zone, Zone::Body | Zone::Dateline);
        page.claims.iter().filter(is_body).map(|(_, range)| n_words(&page.text.text[range.clone()])).sum()
    };
    let mut n_body = body(&page);
    if n_body < ENOUGH_WORDS && n_words(&claimed.body) >= ENOUGH_WORDS {
        page.take_body(&claimed.body, &claimed.headline);
        n_body = body(&page);
    }
    if claimed.paid {
        page.warnings.push("paywall".to_owned());
    }
    if is_no_article(&stream, &outline, &zones, n_body) && !reading.whole {
        page = Page {
            warnings: vec!["no_article".to_owned()],
            page_chars: page.page_chars,
            metadata: Metadata {
                byline: Vec::new(),
                published: None,
                published_from: None,
                modified: None,
                ..page.metadata
            },
            ..Page::default()
        };
    } else if page.title.text.is_empty() {
        let title = metadata::meta(&stream.head, &["og:title"]).unwrap_or(&stream.head.title);
        page.title.text = unescaped(title);
    }
    let (language, contradicts) = languages::settle(&stream.head.lang, &page.text.text);
    page.language = language;
    if contradicts {
        page.warnings.push("html_lang".to_owned());
    }
    page
}

/// Reads `source`, which is a part of a page: all of it is the text, but what is hidden.
pub fn read_fragment(source: &str, places: bool) -> (Placed, Vec<(Zone, Range<usize>)>) {
    let stream = blocks::cut(source, places);
    let outline = Outline::of_fragment(&stream);
    let zones: Vec<Option<Zone>> = stream
        .blocks
        .iter()
        .map(|block| {
            let said = outline.of(block);
            let is = |flags: flags::Flags| said & flags != 0;
            let is_short = block.end - block.start < 200;
            Some(match () {
                () if is(flags::CAPTION | flags::FIGURE) => Zone::Caption,
                () if is(outline::H1) => Zone::Headline,
                () if is(flags::AUTHOR_BOX) => Zone::Boilerplate,
                () if is(flags::BYLINE) && is_short => Zone::Byline,
                () if is(flags::DATE) && is_short => Zone::Dateline,
                () => Zone::Body,
            })
        })
        .collect();
    let mut page = Page::default();
    page.assemble(&stream, &outline, &zones, false);
    (page.text, page.claims)
}

/// Whether what was found is no article: too little, or links.
fn is_no_article(stream: &Stream, outline: &Outline, zones: &[Option<Zone>], n_body: usize) -> bool {
    let kept = zones.iter().enumerate().filter(|(_, zone)| **zone == Some(Zone::Body));
    let (mut n, mut n_link, mut n_blocks) = (0, 0, 0);
    for (i, _) in kept {
        let block = &stream.blocks[outline.article.start + i];
        n += block.end - block.start;
        n_link += block.link;
        n_blocks += 1;
    }
    n_body < FEW_WORDS || n_link * 2 > n || n_blocks < 2 && stream.blocks.len() > 200
}

/// A stretch of the page's text without white space around it.
fn piece(letters: &Letters, range: Range<usize>) -> Placed {
    let text = &letters.text[range.clone()];
    let trimmed = text.trim();
    let start = range.start + (text.len() - text.trim_start().len());
    let mut runs = Runs::default();
    runs.copy(&letters.runs, start..start + trimmed.len(), 0);
    Placed { text: trimmed.to_owned(), runs }
}

impl Page {
    /// Makes the text of the blocks that have a zone, or of all.
    fn assemble(&mut self, stream: &Stream, outline: &Outline, zones: &[Option<Zone>], whole: bool) {
        let range = if whole { 0..stream.blocks.len() } else { outline.article.clone() };
        let mut before: Option<usize> = None;
        for i in range {
            let zone = i.checked_sub(outline.article.start).and_then(|at| zones.get(at).copied().flatten());
            let zone = zone.or(whole.then_some(Zone::Boilerplate));
            let Some(zone) = zone.filter(|_| outline.title != Some(i)) else { continue };
            let block = &stream.blocks[i];
            let placed = piece(&stream.letters, block.start..block.end);
            if placed.text.is_empty() {
                continue;
            }
            let (node, last) = (block.node as usize, before.map(|before| stream.blocks[before].node as usize));
            let same = |of: &[u32]| last.is_some_and(|last| of[node] != NONE && of[last] == of[node]);
            let is_row = same(&outline.row)
                && block.glue == blocks::BETWEEN
                && outline.of(block) & CELL != 0
                && self.is_row(&placed.text);
            let is_list = same(&outline.list) && outline.of(block) & ITEM != 0;
            self.text.text.push_str(match before {
                None => "",
                Some(_) if is_row => "\t",
                Some(_) if is_list => "\n",
                // What was one block stays together.
                Some(before) if before + 1 == i => block.glue,
                Some(_) => blocks::BETWEEN,
            });
            let at = self.text.text.len();
            self.text.text.push_str(&placed.text);
            self.text.runs.copy(&placed.runs, 0..placed.text.len(), at);
            let end = self.text.text.len();
            match self.claims.last_mut().filter(|_| is_row) {
                Some((_, row)) => row.end = end,
                None => self.claims.push((zone, at..end)),
            }
            before = Some(i);
        }
    }

    /// Whether `cell` goes on the line of the last claim: both are short.
    fn is_row(&self, cell: &str) -> bool {
        const LONGEST: usize = 15;
        let last = self.claims.last().map_or("", |(_, range)| &self.text.text[range.clone()]);
        n_words(cell) <= LONGEST && last.split('\t').all(|cell| n_words(cell) <= LONGEST && !cell.contains('\n'))
    }

    /// Takes the text that the page has for machines: it is made by a script, and none was run.
    fn take_body(&mut self, body: &str, headline: &str) {
        let paragraphs = body.split('\n').map(unescaped).filter(|paragraph| !paragraph.is_empty());
        self.text = Placed::default();
        self.claims.clear();
        for paragraph in paragraphs {
            if !self.text.text.is_empty() {
                self.text.text.push_str("\n\n");
            }
            let at = self.text.text.len();
            self.text.text.push_str(&paragraph);
            self.claims.push((Zone::Body, at..at + paragraph.len()));
        }
        if self.title.text.is_empty() {
            headline.clone_into(&mut self.title.text);
        }
        self.warnings.push("text_from_metadata".to_owned());
    }
}
