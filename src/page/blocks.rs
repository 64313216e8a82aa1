//! Cuts a page into blocks of text.
//!
//! The tags of the page in; out come the blocks that a reader sees, in order, each with the element
//! it stands in, and what the head says of the page. There is no tree of elements but a list, in
//! which each knows the one around it, and no function calls itself: a page of a million tags inside
//! one another takes a million small steps.

use crate::page::flags::{self, Flags};
use crate::page::letters::{Letters, unescaped};
use crate::page::tags::Tag;
use crate::page::tokens::{self, Sink};

/// An element that holds blocks.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// The element around it; that of the first is itself.
    pub parent: u32,
    /// Which element.
    pub tag: Tag,
    /// What its names say of it.
    pub flags: Flags,
}

/// A stretch of text that stands by itself.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// The innermost element that holds blocks.
    pub node: u32,
    /// Its first byte in the text of the page.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// Bytes of it that are links.
    pub link: usize,
    /// What the elements inside of lines that hold all of it say.
    pub flags: Flags,
    /// Bytes of it that such elements call an author, or a date.
    pub byline: usize,
    /// As for [`byline`](Self::byline).
    pub date: usize,
    /// What stands between it and the block before.
    pub glue: &'static str,
}

/// What the head of a page, and what is hidden in its body, say of it.
#[derive(Default)]
pub struct Head {
    /// `<title>`.
    pub title: String,
    /// `<html lang>`.
    pub lang: String,
    /// The address that it says is its own.
    pub canonical: String,
    /// Names and contents of `<meta>`, names in lower case.
    pub metas: Vec<(String, String)>,
    /// Scripts of JSON-LD.
    pub json_ld: Vec<String>,
    /// `datetime` of each `<time>`, with the number of blocks before it.
    pub times: Vec<(usize, String)>,
    /// Names that `rel=author` or `itemprop=author` hold, as stretches of the page's text.
    pub authors: Vec<(usize, usize)>,
}

/// A page, cut up.
pub struct Stream {
    /// The elements that hold blocks, each behind the one around it. The first is the page itself.
    pub nodes: Vec<Node>,
    /// The blocks, in their order.
    pub blocks: Vec<Block>,
    /// The text of the page, in which blocks are stretches.
    pub letters: Letters,
    /// What the page says of itself.
    pub head: Head,
}

/// An element that is open.
#[derive(Clone, Copy)]
struct Open {
    tag: Tag,
    node: u32,
    /// What elements inside of lines say of the text here.
    inline: Flags,
    /// Where in the stack the paragraph, item, cell and row are that a new one would end.
    paragraph: u32,
    item: u32,
    cell: u32,
    row: u32,
    hidden: bool,
    link: bool,
    as_is: bool,
}

/// No place in the stack.
const NONE: u32 = u32::MAX;

/// Attributes of the tag at hand, as far as somebody looks at them.
#[derive(Default)]
struct Attributes {
    flags: Flags,
    hidden: bool,
    name: String,
    content: String,
    rel: String,
    href: String,
    kind: String,
    datetime: String,
    lang: String,
}

/// Where the content of a script or title goes, which is no text of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Raw {
    Title,
    JsonLd,
    Nowhere,
}

struct Builder<'s> {
    source: &'s str,
    stream: Stream,
    stack: Vec<Open>,
    /// How many of each are open.
    n_open: [u32; Tag::COUNT],
    /// The start tag at hand.
    tag: Tag,
    attributes: Attributes,
    raw: Option<Raw>,
    block: Option<Block>,
    /// Line breaks behind the block at hand.
    n_breaks: usize,
    /// Whether the block at hand ends with the element that is a date.
    date_opened: bool,
}

/// What stands between two blocks.
pub const BETWEEN: &str = "\n\n";

/// Bytes of the longest content of a `<meta>`, and of all JSON-LD, that are kept.
const META: usize = 10_000;
const JSON_LD: usize = 2 << 20;

/// Cuts up `source`; `has_runs` says whether it shall be known where each character comes from.
pub fn cut(source: &str, has_runs: bool) -> Stream {
    let root = Node { parent: 0, tag: Tag::Html, flags: 0 };
    let open = Open {
        tag: Tag::Html,
        node: 0,
        inline: 0,
        paragraph: NONE,
        item: NONE,
        cell: NONE,
        row: NONE,
        hidden: false,
        link: false,
        as_is: false,
    };
    let mut builder = Builder {
        source,
        stream: Stream {
            nodes: vec![root],
            blocks: Vec::new(),
            letters: Letters::new(has_runs),
            head: Head::default(),
        },
        stack: vec![open],
        n_open: [0; Tag::COUNT],
        tag: Tag::Inline,
        attributes: Attributes::default(),
        raw: None,
        block: None,
        n_breaks: 0,
        date_opened: false,
    };
    tokens::cut(source, &mut builder);
    builder.end_block();
    builder.stream
}

impl Sink for Builder<'_> {
    fn open(&mut self, name: &[u8]) {
        self.tag = Tag::of(name);
    }

    fn attribute(&mut self, name: &[u8], value: &str) {
        let attributes = &mut self.attributes;
        let text = |most: usize| value[..value.floor_char_boundary(most.min(value.len()))].to_owned();
        match name {
            b"class" | b"id" => attributes.flags |= flags::of_name(&text(2000)),
            b"role" => attributes.flags |= flags::of_role(&text(100)),
            b"itemprop" | b"property" => {
                let property = text(200);
                attributes.flags |= flags::of_property(&property);
                attributes.name = property.to_ascii_lowercase();
            }
            b"hidden" => attributes.hidden |= value != "until-found",
            b"aria-hidden" => attributes.hidden |= value.eq_ignore_ascii_case("true"),
            b"style" => {
                let style: String = text(500).to_ascii_lowercase().split_ascii_whitespace().collect();
                attributes.hidden |= style.contains("display:none") || style.contains("visibility:hidden");
            }
            b"name" | b"http-equiv" => attributes.name = text(200).to_ascii_lowercase(),
            b"content" => attributes.content = text(META),
            b"rel" => attributes.rel = text(200).to_ascii_lowercase(),
            b"href" => attributes.href = text(4000),
            b"type" => attributes.kind = text(200).to_ascii_lowercase(),
            b"datetime" => attributes.datetime = text(100),
            b"lang" | b"xml:lang" => attributes.lang = text(100),
            _ => {}
        }
    }

    fn close(&mut self, self_closing: bool) {
        let attributes = std::mem::take(&mut self.attributes);
        self.start(self.tag, &attributes, self_closing);
    }

    fn end(&mut self, name: &[u8]) {
        self.end_tag(Tag::of(name));
    }

    fn text(&mut self, from: usize, to: usize) {
        self.add_text(from, to);
    }
}

impl Builder<'_> {
    fn top(&self) -> Open {
        *self.stack.last().expect("the page itself is never closed")
    }

    fn start(&mut self, tag: Tag, attributes: &Attributes, self_closing: bool) {
        let head = &mut self.stream.head;
        match tag {
            Tag::Html => {
                if head.lang.is_empty() {
                    head.lang.clone_from(&attributes.lang);
                }
                return;
            }
            Tag::Head => return,
            Tag::Body => {
                self.stream.nodes[0].flags |= attributes.flags & flags::ARTICLE_BODY;
                return;
            }
            Tag::Meta => {
                if !attributes.name.is_empty() && !attributes.content.is_empty() && head.metas.len() < 500 {
                    head.metas.push((attributes.name.clone(), attributes.content.clone()));
                }
                return;
            }
            Tag::Link => {
                if attributes.rel.split_ascii_whitespace().any(|rel| rel == "canonical") && head.canonical.is_empty() {
                    head.canonical = unescaped(&attributes.href);
                }
                return;
            }
            Tag::Title => {
                let is_in_picture = self.n_open[Tag::Skip as usize] > 0;
                let is_first = head.title.is_empty() && !is_in_picture;
                self.raw = Some(if is_first { Raw::Title } else { Raw::Nowhere });
                return;
            }
            Tag::Script => {
                let is_json = attributes.kind.contains("ld+json");
                let kept: usize = head.json_ld.iter().map(String::len).sum();
                self.raw = Some(if is_json && kept < JSON_LD { Raw::JsonLd } else { Raw::Nowhere });
                return;
            }
            Tag::RawText => {
                self.raw = Some(Raw::Nowhere);
                return;
            }
            Tag::Br => {
                self.n_breaks += usize::from(self.block.is_some() && !self.top().hidden);
                if self.n_breaks > 1 {
                    self.end_block();
                }
                return;
            }
            Tag::Hr => return self.end_block(),
            Tag::Void => return,
            Tag::Skip if self_closing => return,
            _ => {}
        }
        let mut flags = attributes.flags | tag.flags();
        if attributes.rel.split_ascii_whitespace().any(|rel| rel == "author") || attributes.name == "author" {
            flags |= flags::BYLINE | flags::AUTHOR_NAME;
        }
        if tag == Tag::Time && !attributes.datetime.is_empty() && head.times.len() < 1000 {
            let n_before = self.stream.blocks.len() + usize::from(self.block.is_some());
            head.times.push((n_before, attributes.datetime.clone()));
        }
        if tag.is_block() {
            self.end_block();
            self.close_what_ends(tag);
        } else if (tag == Tag::Time || flags & flags::DATE != 0) && self.is_short() {
            self.end_block();
            self.date_opened = true;
        }
        let around = self.top();
        let here = u32::try_from(self.stack.len()).unwrap_or(NONE);
        let mut open = Open {
            tag,
            hidden: around.hidden || attributes.hidden || tag == Tag::Skip,
            link: around.link || tag == Tag::A,
            as_is: around.as_is || tag == Tag::Pre,
            inline: if tag.is_block() { 0 } else { around.inline | flags },
            ..around
        };
        if tag.is_block() {
            let nodes = &mut self.stream.nodes;
            open.node = u32::try_from(nodes.len()).unwrap_or(NONE);
            // What was said inside of a line that holds blocks, as `<a>` around all of a card.
            nodes.push(Node { parent: around.node, tag, flags: flags | around.inline });
            open.paragraph = if tag == Tag::P { here } else { NONE };
            match tag {
                Tag::Item => open.item = here,
                Tag::List => open.item = NONE,
                Tag::Cell => (open.cell, open.item) = (here, NONE),
                Tag::Row => (open.row, open.cell) = (here, NONE),
                Tag::Table => (open.row, open.cell, open.item) = (NONE, NONE, NONE),
                _ => {}
            }
        }
        self.n_open[tag as usize] += 1;
        self.stack.push(open);
    }

    /// Closes what ends where `tag` begins, although nobody says so: a paragraph before the next, an
    /// item, a cell, a row.
    fn close_what_ends(&mut self, tag: Tag) {
        let around = self.top();
        let ends = match tag {
            Tag::Item => around.item,
            Tag::Cell => around.cell,
            Tag::Row => {
                if around.row == NONE {
                    around.cell
                } else {
                    around.row
                }
            }
            _ => NONE,
        };
        let ends = if ends == NONE { around.paragraph } else { ends };
        if ends != NONE {
            self.close_to(ends as usize);
        }
    }

    fn close_to(&mut self, len: usize) {
        while self.stack.len() > len.max(1) {
            if let Some(open) = self.stack.pop() {
                self.n_open[open.tag as usize] -= 1;
            }
        }
    }

    fn end_tag(&mut self, tag: Tag) {
        /// Elements inside of lines that may stand between an end tag and its start.
        const CROSSED: usize = 64;
        match tag {
            Tag::Title | Tag::Script | Tag::RawText => {
                self.raw = None;
                return;
            }
            Tag::Html | Tag::Head | Tag::Body | Tag::Void | Tag::Meta | Tag::Link => return,
            Tag::Br => return self.start(Tag::Br, &Attributes::default(), false),
            _ => {}
        }
        if self.n_open[tag as usize] == 0 {
            // The end of a paragraph that nobody began ends what is there.
            if tag == Tag::P {
                self.end_block();
            }
            return;
        }
        if tag.is_block() || tag == Tag::Skip {
            if tag.is_block() {
                self.end_block();
            }
            let at = self.stack.iter().rposition(|open| open.tag == tag);
            self.close_to(at.unwrap_or(self.stack.len()));
            return;
        }
        let from = self.stack.len().saturating_sub(CROSSED);
        let crossed = self.stack[from..].iter().rposition(|open| open.tag == tag || open.tag.is_block());
        if let Some(at) = crossed.map(|at| from + at).filter(|&at| self.stack[at].tag == tag) {
            let was_date = tag == Tag::Time || self.stack[at].inline & flags::DATE != 0;
            self.close_to(at);
            if was_date && self.date_opened && self.top().inline & flags::DATE == 0 {
                self.end_block();
            }
        }
    }

    /// Whether there is so little of the block at hand that a date may follow that is no part of it.
    fn is_short(&self) -> bool {
        let Some(block) = &self.block else { return true };
        let text = &self.stream.letters.text[block.start..];
        text.len() < 100 && text.split_ascii_whitespace().count() <= 8
    }

    fn add_text(&mut self, start: usize, end: usize) {
        let piece = self.source.get(start..end).unwrap_or_default();
        let head = &mut self.stream.head;
        match self.raw {
            Some(Raw::Title) => {
                head.title.extend(piece.chars().take(META.saturating_sub(head.title.len())));
                return;
            }
            Some(Raw::Nowhere) => return,
            Some(Raw::JsonLd) => return head.json_ld.push(piece.to_owned()),
            None => {}
        }
        let top = self.top();
        if top.hidden {
            return;
        }
        let before = self.stream.letters.text.len();
        // A line break counts if text follows, which may be white space only.
        if self.n_breaks > 0 && !piece.trim_ascii().is_empty() {
            self.n_breaks = 0;
            self.stream.letters.separate("\n");
        }
        let from = self.stream.letters.text.len();
        self.stream.letters.push(self.source, start, end, top.as_is);
        let after = self.stream.letters.text.len();
        if after == from {
            return;
        }
        let n = after - from;
        let block = self.block.get_or_insert(Block {
            node: top.node,
            start: before,
            end: after,
            link: 0,
            flags: !0,
            byline: 0,
            date: 0,
            glue: BETWEEN,
        });
        block.end = after;
        block.flags &= top.inline;
        block.link += if top.link { n } else { 0 };
        block.byline += if top.inline & flags::BYLINE != 0 { n } else { 0 };
        block.date += if top.inline & flags::DATE != 0 { n } else { 0 };
        // A name in a byline is often a link.
        let is_linked = top.link && (top.inline | self.stream.nodes[top.node as usize].flags) & flags::BYLINE != 0;
        if (is_linked || top.inline & flags::AUTHOR_NAME != 0) && self.stream.head.authors.len() < 50 {
            match self.stream.head.authors.last_mut() {
                Some(last) if last.1 == from => last.1 = after,
                _ => self.stream.head.authors.push((from, after)),
            }
        }
    }

    fn end_block(&mut self) {
        self.n_breaks = 0;
        self.date_opened = false;
        if let Some(block) = self.block.take() {
            self.stream.blocks.push(block);
            self.stream.letters.separate("\n");
        } else {
            self.stream.letters.end();
        }
    }
}
