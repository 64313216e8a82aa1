//! Finds the article among the blocks of a page.
//!
//! Prose weighs by its words, what is no part of a story by what it is called weighs nothing, and
//! the article is in the innermost element that holds nearly all of the weight. The headline is
//! looked for separately, as it often stands outside.

use std::ops::Range;

use crate::page::blocks::{Block, Stream};
use crate::page::flags::{self, Flags};
use crate::page::tags::Tag;

/// In a first headline.
pub const H1: Flags = 1 << 28;
/// In another heading.
pub const HEADING: Flags = 1 << 29;
/// In an item of a list.
pub const ITEM: Flags = 1 << 30;
/// In a cell of a table.
pub const CELL: Flags = 1 << 31;

/// No element.
pub const NONE: u32 = u32::MAX;

/// A page with what is known of its parts.
pub struct Outline {
    /// Of each element what is said of it, and of those around it.
    pub flags: Vec<Flags>,
    /// The row of a table that each element is in.
    pub row: Vec<u32>,
    /// The list that each element is in.
    pub list: Vec<u32>,
    /// The last element in each, by number; those in between are in it too.
    last: Vec<u32>,
    /// Blocks of the article.
    pub article: Range<usize>,
    /// The block that is its headline.
    pub title: Option<usize>,
}

/// Words of `text`. Scripts without spaces have one in two letters.
pub fn n_words(text: &str) -> usize {
    let dense = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{e00}'..='\u{e7f}');
    let n_dense = if text.is_ascii() { 0 } else { text.chars().filter(|&c| dense(c)).count() };
    if n_dense == 0 { text.split_whitespace().count() } else { n_dense / 2 + text.split_whitespace().count() }
}

/// Whether it ends as a sentence does.
pub fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』']);
    text.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '۔', '।'])
}

/// Whether it reads like the text of a story.
pub fn is_prose(text: &str) -> bool {
    let n = n_words(text);
    n >= 30 || n >= 10 && ends_sentence(text)
}

/// Letters and digits of `text` in lower case: what is alike where headlines are repeated.
pub fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Block {
    /// Its text.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    /// Whether most of it is links.
    pub fn is_link(&self) -> bool {
        self.link * 10 >= (self.end - self.start) * 7
    }
}

impl Outline {
    /// Looks at `stream`; `titles` are what the page says its headline is.
    pub fn new(stream: &Stream, titles: &[String]) -> Self {
        let n = stream.nodes.len();
        let text = &stream.letters.text;
        let prose: Vec<f64> = stream.blocks.iter().map(|block| weight(block, text)).collect();
        let all = sums(stream, |i| prose[i]);
        let mut has_h1 = vec![false; n];
        for block in &stream.blocks {
            has_h1[block.node as usize] |= stream.nodes[block.node as usize].tag == Tag::H1;
        }
        for node in (1..n).rev() {
            has_h1[stream.nodes[node].parent as usize] |= has_h1[node];
        }
        let mut outline = Self::empty(stream);
        outline.inherit(stream, &all, &has_h1, has_h1[0]);
        let story = |i: usize| {
            let block = &stream.blocks[i];
            let said = outline.flags[block.node as usize] | block.flags;
            if said & (flags::NO_STORY | HEADING) == 0 { prose[i] } else { 0.0 }
        };
        let weights: Vec<f64> = (0..stream.blocks.len()).map(story).collect();
        let sums = sums(stream, |i| weights[i]);
        let container = outline.container(stream, &sums, titles, &weights);
        outline.take(stream, &sums, container, titles, &weights);
        outline
    }

    /// Of a part of a page, all of which is the article.
    pub fn of_fragment(stream: &Stream) -> Self {
        let none = |_: usize| 0.0;
        let zero = sums(stream, none);
        let mut outline = Self::empty(stream);
        outline.inherit(stream, &zero, &vec![false; stream.nodes.len()], true);
        outline.article = 0..stream.blocks.len();
        outline
    }

    fn empty(stream: &Stream) -> Self {
        let n = stream.nodes.len();
        let mut last: Vec<u32> = (0..n as u32).collect();
        for node in (1..n).rev() {
            let parent = stream.nodes[node].parent as usize;
            last[parent] = last[parent].max(last[node]);
        }
        Self { flags: vec![0; n], row: vec![NONE; n], list: vec![NONE; n], last, article: 0..0, title: None }
    }

    /// Hands down what is said of each element to those in it, but what cannot be: `all` has the
    /// prose in each, and `has_h1` says which have a first headline.
    fn inherit(&mut self, stream: &Stream, all: &[f64], has_h1: &[bool], any_h1: bool) {
        for node in 0..stream.nodes.len() {
            let own = stream.nodes[node];
            let share = all[node] / all[0].max(1.0);
            let mut said = own.flags;
            // What holds most of the text is not what it is called.
            if share > 0.5 && (has_h1[node] || !any_h1 && share > 0.8) {
                said &= !(flags::OUTSIDE | flags::NO_STORY);
            } else if share > 0.5 {
                said &= !(flags::FORM | flags::RELATED | flags::PLEA | flags::SHARE | flags::AD | flags::KICKER);
            }
            if share > 0.3 {
                said &= !(flags::BYLINE
                    | flags::DATE
                    | flags::TAGS
                    | flags::CAPTION
                    | flags::FIGURE
                    | flags::ASIDE
                    | flags::DECK
                    | flags::PLAYER
                    | flags::PULL_QUOTE
                    | flags::NOTES);
            }
            let parent = own.parent as usize;
            let (mut around, mut row, mut list) = (self.flags[parent], self.row[parent], self.list[parent]);
            match own.tag {
                Tag::H1 => said |= H1 | HEADING,
                Tag::Heading => said |= HEADING,
                Tag::Item => said |= ITEM,
                Tag::Cell => said |= CELL,
                Tag::Row => row = node as u32,
                Tag::List => list = node as u32,
                Tag::Table => (row, around) = (NONE, around & !CELL),
                _ => {}
            }
            self.flags[node] = around | said;
            self.row[node] = row;
            self.list[node] = list;
        }
    }

    /// What is said of a block.
    pub fn of(&self, block: &Block) -> Flags {
        self.flags[block.node as usize] | block.flags
    }

    /// Blocks in the element `node`.
    fn blocks_in(&self, stream: &Stream, node: usize) -> Range<usize> {
        let is_in = |block: &Block| (node as u32..=self.last[node]).contains(&block.node);
        let first = stream.blocks.iter().position(is_in).unwrap_or(0);
        let end = stream.blocks.iter().rposition(is_in).map_or(first, |last| last + 1);
        first..end
    }

    /// The innermost element that holds nearly all of the story.
    fn container(&self, stream: &Stream, sums: &[f64], titles: &[String], weights: &[f64]) -> usize {
        let n = stream.nodes.len();
        let mut heaviest = vec![NONE; n];
        for node in (1..n).rev() {
            let parent = stream.nodes[node].parent as usize;
            // Not more than one paragraph: others may be as long.
            if stream.nodes[node].tag.is_leaf() {
                continue;
            }
            let best = &mut heaviest[parent];
            if *best == NONE || sums[node] >= sums[*best as usize] {
                *best = node as u32;
            }
        }
        let node = descend(0, &heaviest, sums);
        // Two stories, or a story and what readers say of it: the one with the headline counts.
        let range = self.blocks_in(stream, node);
        let Some(title) = self.headline(stream, titles, range.end.max(1), weights) else { return node };
        let is_titled = titles.iter().any(|title_of| {
            let own = folded(stream.blocks[title].text(&stream.letters.text));
            own.len() >= 12 && title_of.contains(&own)
        });
        // Outwards from the headline to the first element in which there is enough to read.
        let least = if is_titled { (0.12 * sums[0]).max(60.0) } else { 0.35 * sums[0] };
        let mut found = stream.blocks[title].node as usize;
        while found != 0 && sums[found] < least {
            found = stream.nodes[found].parent as usize;
        }
        let holds = (found as u32..=self.last[found]).contains(&(node as u32));
        if holds || found == 0 { node } else { descend(found, &heaviest, sums) }
    }

    /// The block that is the headline, before block `end`.
    fn headline(&self, stream: &Stream, titles: &[String], end: usize, weights: &[f64]) -> Option<usize> {
        let text = &stream.letters.text;
        let first_prose = weights.iter().position(|&weight| weight > 0.0).unwrap_or(end).max(1);
        let is_title = |i: &usize| {
            let block = &stream.blocks[*i];
            let folded = folded(block.text(text));
            folded.len() >= 6
                && block.end - block.start < 400
                && titles.iter().any(|title| {
                    title.contains(&folded)
                        || folded.len() > 20 && folded.contains(title.as_str()) && title.len() * 2 > folded.len()
                })
        };
        let is_h1 = |i: &usize| {
            let block = &stream.blocks[*i];
            self.of(block) & H1 != 0 && self.of(block) & (flags::CONSENT | flags::COMMENTS) == 0
        };
        let range = 0..end.min(stream.blocks.len());
        let h1s = || range.clone().filter(is_h1);
        let any = |i: &usize| {
            let said = self.of(&stream.blocks[*i]);
            said & (flags::NAVIGATION | flags::RELATED | flags::CONSENT | flags::COMMENTS | flags::FOOTER) == 0
                && !stream.blocks[*i].is_link()
        };
        let before_story = |i: &usize| *i <= first_prose;
        let len = |i: &usize| stream.blocks[*i].end - stream.blocks[*i].start;
        // A name of a site may be a first headline and in the title; the headline is longer.
        let is_long = |i: &usize| folded(stream.blocks[*i].text(text)).len() >= 20;
        let long = || range.clone().filter(any).filter(is_title).filter(is_long).filter(before_story);
        // Of two that are as long the first.
        let titled = h1s().filter(is_title).chain(long()).min_by_key(|i| (usize::MAX - len(i), *i));
        titled
            .or_else(|| h1s().rfind(|i| before_story(i)))
            .or_else(|| h1s().next())
            .or_else(|| range.clone().filter(any).filter(is_title).rfind(before_story))
            .or_else(|| {
                range.clone().filter(any).filter(before_story).rfind(|&i| self.of(&stream.blocks[i]) & HEADING != 0)
            })
    }

    /// Takes the blocks of the article that is in `container`.
    fn take(&mut self, stream: &Stream, sums: &[f64], container: usize, titles: &[String], weights: &[f64]) {
        /// Blocks between a headline and the text that it is of.
        const APART: usize = 60;
        let mut outer = container;
        // An element that says it is the article has the author and the like too.
        let mut above = container;
        while above != 0 {
            above = stream.nodes[above].parent as usize;
            if stream.nodes[above].tag == Tag::Article && sums[above] <= 1.3 * sums[container] {
                outer = above;
            }
        }
        let mut range = self.blocks_in(stream, outer);
        self.title = self.headline(stream, titles, range.end, weights);
        let first_prose = (range.start..range.end).find(|&i| weights[i] > 0.0).unwrap_or(range.end);
        if let Some(title) = self.title {
            if title > first_prose + 3 || range.start > title + APART {
                self.title = None;
            } else {
                // What stands above the headline is a date or a name, or nothing to the story.
                range.start =
                    title.saturating_sub(4).max(if title < range.start { title } else { range.start.min(title) });
                if title >= 1 {
                    range.start = range.start.min(title.saturating_sub(2));
                }
            }
        }
        self.article = range;
    }
}

/// From the element `from` inwards, as long as one element holds nearly all of what is in it.
fn descend(from: usize, heaviest: &[u32], sums: &[f64]) -> usize {
    const NEARLY_ALL: f64 = 0.75;
    let mut node = from;
    while heaviest[node] != NONE && sums[heaviest[node] as usize] >= NEARLY_ALL * sums[node] && sums[node] > 0.0 {
        node = heaviest[node] as usize;
    }
    node
}

/// Words of a block that reads like a story.
fn weight(block: &Block, text: &str) -> f64 {
    let words = block.text(text);
    if block.is_link() || !is_prose(words) {
        return 0.0;
    }
    let share = block.link as f64 / (block.end - block.start) as f64;
    n_words(words) as f64 * (1.0 - share)
}

/// The weight of all blocks in each element.
fn sums(stream: &Stream, weight: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; stream.nodes.len()];
    for (i, block) in stream.blocks.iter().enumerate() {
        sums[block.node as usize] += weight(i);
    }
    for node in (1..sums.len()).rev() {
        sums[stream.nodes[node].parent as usize] += sums[node];
    }
    sums
}
