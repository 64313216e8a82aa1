//! JSON Feed: one object for all, in which each item is an article.

use std::io;

use memchr::memmem;

use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Setup};
use crate::source::formats::json::JsonParser;
use crate::source::split::{RawRecord, Split, Step, Unclosed};

/// Feeds in JSON.
pub struct JsonFeed;

static ABOUT: About = About {
    key: "jsonfeed",
    name: "a JSON feed",
    help: "JSON Feed: an article in each item",
    endings: &[],
    by_line: false,
};

impl Format for JsonFeed {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognizes(&self, input: &mut Content, is_pipe: bool) -> io::Result<bool> {
        if is_pipe { Ok(false) } else { begins(input) }
    }

    fn open(&self, input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let records = Box::new(setup.records(input, Items::default()));
        Ok(OpenFile { records, parser: Box::new(JsonParser), fields: FieldNames::Varying, remark: None })
    }

    fn derived_id(&self, file: &str, record: &RawRecord) -> String {
        format!("{file}#{}", record.number)
    }
}

/// Whether `input` says that it is such a feed.
pub fn begins(input: &mut Content) -> io::Result<bool> {
    const LOOK_AT: usize = 4096;
    let head = input.peek(LOOK_AT)?;
    let head = head.trim_ascii_start();
    Ok(head.starts_with(b"{") && memmem::find(head, b"jsonfeed.org/version").is_some())
}

/// Cuts out the objects in the list under `items`.
#[derive(Default)]
struct Items {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    /// The last string at the depth of the feed itself, while it may be a key.
    key: Vec<u8>,
    /// Whether the list at hand is that of the items.
    in_items: bool,
}

/// How deep items stand in the feed.
const ITEM: usize = 3;

impl Split for Items {
    fn step(&mut self, bytes: &[u8]) -> Step {
        let taking = |items: &Self| items.in_items && items.depth >= ITEM;
        let was_taking = taking(self);
        for (i, &byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.in_string = false,
                    _ if self.depth == 1 && self.key.len() < 16 => self.key.push(byte),
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => {
                    self.in_string = true;
                    if self.depth == 1 {
                        self.key.clear();
                    }
                }
                b'{' | b'[' => {
                    // What was passed over so far ends before the item.
                    if self.in_items && self.depth + 1 == ITEM && byte == b'{' && i > 0 && !was_taking {
                        return Step::Skip(i);
                    }
                    if self.depth == 1 && byte == b'[' {
                        self.in_items = self.key == b"items";
                    }
                    self.depth += 1;
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.in_items && self.depth + 1 == ITEM && byte == b'}' {
                        return Step::End(i + 1);
                    }
                    self.in_items &= self.depth > 1;
                }
                _ => {}
            }
        }
        if taking(self) { Step::Take(bytes.len()) } else { Step::Skip(bytes.len()) }
    }

    fn unclosed(&mut self) -> Unclosed {
        if std::mem::take(&mut self.depth) > 0 { Unclosed::Record } else { Unclosed::Nothing }
    }
}
