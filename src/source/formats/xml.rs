//! Feeds and agencies' XML: RSS, Atom, NITF, NewsML 1.2 and NewsML-G2.
//!
//! The elements that are articles are cut out one after another, whatever is around them, and each
//! is read alone: a file may hold one or a million. A NewsML item with several texts, as in two
//! languages, is an article for each.

use std::collections::VecDeque;
use std::io;

use memchr::memmem;

use crate::document::{Article, Syntax};
use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::fields::Wanted;
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Parser, Setup};
use crate::source::formats::xml_articles::{OfAll, read};
use crate::source::refusal::Refusal;
use crate::source::split::{Passed, RawRecord, RecordStream, Split, Step, StreamRecords, Unclosed};

/// Feeds and agencies' XML.
pub struct Xml;

static ABOUT: About = About {
    key: "xml",
    name: "a feed or agency XML",
    help: "RSS, Atom, NITF, NewsML or NewsML-G2: an article in each item",
    endings: &[".xml", ".rss", ".atom", ".rdf", ".nitf", ".newsml"],
    by_line: false,
};

/// Bytes in which a file shows what it is.
const HEAD: usize = 16 << 10;

/// A kind of document: its outermost element, and those in it that are articles.
struct Kind {
    name: &'static str,
    root: &'static str,
    member: &'static str,
}

const KINDS: [Kind; 7] = [
    Kind { name: "an RSS feed", root: "rss", member: "item" },
    Kind { name: "an RSS feed", root: "RDF", member: "item" },
    Kind { name: "an Atom feed", root: "feed", member: "entry" },
    Kind { name: "NITF", root: "nitf", member: "nitf" },
    Kind { name: "NewsML-G2", root: "newsItem", member: "newsItem" },
    Kind { name: "NewsML-G2", root: "newsMessage", member: "newsItem" },
    Kind { name: "NewsML 1.2", root: "NewsML", member: "NewsItem" },
];

impl Format for Xml {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognizes(&self, input: &mut Content, _is_pipe: bool) -> io::Result<bool> {
        // One byte tells most files apart, and behind a pipe there may be no more.
        let may_be = |head: &[u8]| head.trim_ascii_start().first().is_none_or(|&byte| byte == b'<');
        let head = input.peek_like(|head| head.len() < 512 && may_be(head), 512)?;
        if !may_be(head) || head.trim_ascii().is_empty() {
            return Ok(false);
        }
        Ok(kind(input.peek(HEAD)?).is_some())
    }

    fn open(&self, mut input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let head = input.peek(HEAD).map_err(|error| setup.whereabouts.error(error))?;
        let Some(kind) = kind(head) else {
            let path = setup.whereabouts.name.shown.clone();
            let found = root(head).unwrap_or_else(|| "nothing".to_owned());
            return Err(SourceError::OtherXml { path, found });
        };
        let of_all = of_all(&String::from_utf8_lossy(head), kind);
        let members = setup.records(input, Members::new(kind.member));
        let records = Box::new(XmlRecords { members, waiting: VecDeque::new(), next_number: 0 });
        let parser = Box::new(XmlParser { of_all });
        Ok(OpenFile { records, parser, fields: FieldNames::Unnamed, remark: Some(kind.name.to_owned()) })
    }

    fn derived_id(&self, file: &str, record: &RawRecord) -> String {
        format!("{file}#{}", record.number)
    }
}

/// The name of the outermost element, without a prefix.
fn root(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    while let Some(inner) = rest.strip_prefix("<?").or_else(|| rest.strip_prefix("<!")) {
        let end = if inner.starts_with("--") { "-->" } else { ">" };
        // A document type may have its own brackets.
        let from = if rest.starts_with("<!DOCTYPE") && inner.split('>').next().is_some_and(|head| head.contains('[')) {
            inner.find(']').unwrap_or(0)
        } else {
            0
        };
        rest = inner[from..].split_once(end)?.1.trim_start();
    }
    let name: String = rest
        .strip_prefix('<')?
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, ':' | '.' | '_' | '-'))
        .collect();
    Some(name.rsplit(':').next().unwrap_or_default().to_owned())
}

fn kind(head: &[u8]) -> Option<&'static Kind> {
    let root = root(head)?;
    KINDS.iter().find(|kind| kind.root == root)
}

/// What stands before the first article and is about all of them.
fn of_all(head: &str, kind: &Kind) -> OfAll {
    if kind.member == kind.root {
        return OfAll::default();
    }
    let before = head.find(&format!("<{}", kind.member)).map_or(head, |at| &head[..at]);
    let element = |name: &str| {
        let from = before.find(&format!("<{name}>"))? + name.len() + 2;
        let text = before[from..].split('<').next().unwrap_or_default().trim();
        (!text.is_empty()).then(|| crate::page::unescaped(text))
    };
    let attribute = || Some(before.split_once("xml:lang=")?.1.split(['"', '\'']).nth(1)?.to_owned());
    let language = element("language").or_else(|| element("dc:language")).or_else(attribute);
    let is_feed = matches!(kind.member, "item" | "entry");
    OfAll { language, site: element("title").filter(|_| is_feed) }
}

/// Cuts out the elements of one name, those inside of others of that name aside.
struct Members {
    name: &'static [u8],
    /// How many are open.
    depth: usize,
    /// Bytes that were looked at and may be the beginning of a tag or the like.
    state: Within,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Text,
    Comment,
    CData,
}

impl Members {
    fn new(name: &'static str) -> Self {
        Self { name: name.as_bytes(), depth: 0, state: Within::Text }
    }

    /// What begins at the `<` that `bytes` begin with; none if that takes more bytes.
    fn mark(&self, bytes: &[u8]) -> Option<Mark> {
        const LONGEST: usize = 9;
        let is = |start: &[u8]| bytes.starts_with(start);
        if is(b"<!--") {
            return Some(Mark::Comment);
        }
        if is(b"<![CDATA[") {
            return Some(Mark::CData);
        }
        let (is_end, rest) = match bytes.get(1) {
            Some(b'/') => (true, &bytes[2..]),
            Some(_) => (false, &bytes[1..]),
            None => return None,
        };
        // A prefix may stand before the name.
        let len = rest
            .iter()
            .take(64)
            .position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b':' | b'.' | b'_' | b'-'));
        let Some(len) = len else {
            return (bytes.len() > 64 + LONGEST).then_some(Mark::Other);
        };
        let name = &rest[..len];
        let local = name.rsplit(|&byte| byte == b':').next().unwrap_or_default();
        if local != self.name {
            return (bytes.len() >= LONGEST || !is(b"<!")).then_some(Mark::Other);
        }
        let Some(end) = memchr::memchr(b'>', bytes) else {
            return (bytes.len() > 1 << 16).then_some(Mark::Other);
        };
        Some(match (is_end, bytes[end - 1] == b'/') {
            (true, _) => Mark::End(end + 1),
            (false, true) => Mark::Empty(end + 1),
            (false, false) => Mark::Start(end + 1),
        })
    }
}

/// What a `<` begins.
enum Mark {
    Comment,
    CData,
    /// A tag of the element that is looked for, of so many bytes.
    Start(usize),
    End(usize),
    Empty(usize),
    Other,
}

impl Split for Members {
    fn step(&mut self, bytes: &[u8]) -> Step {
        let pass = |members: &Self, n: usize| if members.depth > 0 { Step::Take(n) } else { Step::Skip(n) };
        if self.state != Within::Text {
            let end: &[u8] = if self.state == Within::Comment { b"-->" } else { b"]]>" };
            return match memmem::find(bytes, end) {
                Some(at) => {
                    self.state = Within::Text;
                    pass(self, at + 3)
                }
                // Its first bytes may be the last ones here.
                None if bytes.len() > 2 => pass(self, bytes.len() - 2),
                None => Step::More,
            };
        }
        let Some(at) = memchr::memchr(b'<', bytes) else { return pass(self, bytes.len()) };
        if at > 0 {
            return pass(self, at);
        }
        match self.mark(bytes) {
            None => Step::More,
            Some(Mark::Comment) => {
                self.state = Within::Comment;
                pass(self, 4)
            }
            Some(Mark::CData) => {
                self.state = Within::CData;
                pass(self, 9)
            }
            Some(Mark::Start(n)) => {
                self.depth += 1;
                Step::Take(n)
            }
            Some(Mark::Empty(n)) => pass(self, n),
            Some(Mark::End(n)) => match self.depth {
                0 => Step::Skip(n),
                1 => {
                    self.depth = 0;
                    Step::End(n)
                }
                _ => {
                    self.depth -= 1;
                    Step::Take(n)
                }
            },
            Some(Mark::Other) => pass(self, 1),
        }
    }

    fn unclosed(&mut self) -> Unclosed {
        if std::mem::take(&mut self.depth) > 0 { Unclosed::Record } else { Unclosed::Nothing }
    }
}

/// Stands behind a record that is given out again for its next text.
const PART: &str = "<?dateline part=";

/// The articles of a file.
struct XmlRecords {
    members: StreamRecords<Members>,
    /// Further texts of an item.
    waiting: VecDeque<RawRecord>,
    next_number: u64,
}

impl RecordStream for XmlRecords {
    fn next(&mut self) -> io::Result<Option<RawRecord>> {
        let mut record = match self.waiting.pop_front() {
            Some(record) => record,
            None => {
                let Some(record) = self.members.next()? else { return Ok(None) };
                if record.bytes.starts_with(b"<NewsItem") && record.digest_of_all.is_none() {
                    let n_texts = memmem::find_iter(&record.bytes, "<DataContent").count().min(1000);
                    for part in 1..n_texts {
                        let mut other = record.clone();
                        other.bytes.extend_from_slice(format!("{PART}{part}?>").as_bytes());
                        self.waiting.push_back(other);
                    }
                }
                record
            }
        };
        record.number = self.next_number;
        self.next_number += 1;
        Ok(Some(record))
    }

    fn passed(&self) -> Passed {
        self.members.passed()
    }
}

/// Reads articles in XML.
#[derive(Default)]
pub struct XmlParser {
    of_all: OfAll,
}

impl Parser for XmlParser {
    fn syntax(&self) -> Syntax {
        Syntax::Xml
    }

    fn makes_objects(&self) -> bool {
        true
    }

    fn article(&self, text: &str, _cut: bool, _wanted: &Wanted) -> Result<Article, Refusal> {
        let part = text.rfind(PART).and_then(|at| text[at + PART.len()..].split('?').next()?.parse().ok());
        Ok(read(text, part.unwrap_or(0), &self.of_all)?.into_article())
    }
}
