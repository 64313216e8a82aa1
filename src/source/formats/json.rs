//! JSON: an object on each line, or objects in an array or one after another over any number of
//! lines.

use std::io;
use std::ops::Range;

use memchr::memchr;

use crate::document::{Article, Form, Syntax};
use crate::record::path::each_member;
use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::fields::{self, Fields, KeptMembers, Wanted};
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Parser, Setup};
use crate::source::formats::json_known::{Known, known};
use crate::source::formats::json_object::{members, one_line};
use crate::source::formats::json_own::OwnRecord;
use crate::source::formats::json_values::ValueEnds;
use crate::source::markup::read_markup;
use crate::source::refusal::Refusal;
use crate::source::split::{RawRecord, Split, Step, Unclosed};

/// A JSON object on each line.
pub struct JsonLines;

static JSON_LINES: About = About {
    key: "jsonl",
    name: "JSON lines",
    help: "A JSON object on each line",
    endings: &[".jsonl", ".ndjson"],
    by_line: true,
};

/// JSON objects in an array or one after another.
pub struct Json;

static JSON: About = About {
    key: "json",
    name: "JSON",
    help: "JSON objects in an array or one after another",
    endings: &[".json"],
    by_line: false,
};

impl Format for JsonLines {
    fn about(&self) -> &'static About {
        &JSON_LINES
    }

    /// A pipe may be a stream of lines of which the first is broken, and is looked at more closely.
    fn recognizes(&self, input: &mut Content, is_pipe: bool) -> io::Result<bool> {
        match beginning(input)? {
            Beginning::Line => Ok(true),
            Beginning::Values => Ok(false),
            Beginning::Other => Ok(is_pipe && has_object_line(input)?),
        }
    }

    /// An array or an indented object in a file for JSON lines.
    fn instead(&self, input: &mut Content) -> io::Result<Option<&'static dyn Format>> {
        let is_json = beginning(input)? == Beginning::Values;
        Ok(is_json.then_some(&Json))
    }

    fn open(&self, input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let records = Box::new(setup.records(input, LineEnds));
        Ok(OpenFile { records, parser: Box::new(JsonParser), fields: FieldNames::Varying, remark: None })
    }

    fn derived_id(&self, file: &str, record: &RawRecord) -> String {
        format!("{file}:{}", record.start.line)
    }
}

impl Format for Json {
    fn about(&self) -> &'static About {
        &JSON
    }

    fn recognizes(&self, input: &mut Content, _is_pipe: bool) -> io::Result<bool> {
        Ok(beginning(input)? == Beginning::Values)
    }

    fn open(&self, input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let records = Box::new(setup.records(input, ValueEnds::default()));
        Ok(OpenFile { records, parser: Box::new(JsonParser), fields: FieldNames::Varying, remark: None })
    }

    /// There may be several records on one line.
    fn derived_id(&self, file: &str, record: &RawRecord) -> String {
        format!("{file}#{}", record.number)
    }
}

/// What the first two bytes that are not white space look like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// An array of objects, or an object over several lines.
    Values,
    /// An object on one line.
    Line,
    /// No JSON.
    Other,
}

fn beginning(input: &mut Content) -> io::Result<Beginning> {
    /// Nobody begins a file with more white space than this.
    const LOOK_AT: usize = 4096;
    // By and by: a pipe may hold two bytes now and the next ones in an hour.
    for n in 2..=LOOK_AT {
        let head = input.peek(n)?;
        let ended = head.len() < n;
        let mut marks = head.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
        match (marks.next(), marks.next()) {
            (Some((_, b'[')), Some((_, b'{' | b']'))) => return Ok(Beginning::Values),
            (Some((open, b'{')), Some((next, b'"' | b'}'))) => {
                let is_indented = head[open..next].contains(&b'\n');
                return Ok(if is_indented { Beginning::Values } else { Beginning::Line });
            }
            (Some(_), Some(_)) => return Ok(Beginning::Other),
            (None | Some(_), None) if ended => return Ok(Beginning::Other),
            (None | Some(_), None) => {}
            (None, Some(_)) => unreachable!("there is no second without a first"),
        }
    }
    Ok(Beginning::Other)
}

/// Whether one of the first lines looks like an object: JSON lines whose first line is broken are
/// no text.
fn has_object_line(input: &mut Content) -> io::Result<bool> {
    const LOOK_AT: usize = 64 << 10;
    let looks_like_object = |line: &[u8]| {
        let line = line.trim_ascii();
        line.starts_with(b"{\"") || (line.starts_with(b"{") && line.ends_with(b"}"))
    };
    let mut line_start = 0;
    for n in 1..=LOOK_AT {
        let head = input.peek(n)?;
        if head.len() < n {
            return Ok(looks_like_object(&head[line_start..]));
        }
        if head[n - 1] == b'\n' {
            if looks_like_object(&head[line_start..n]) {
                return Ok(true);
            }
            line_start = n;
        }
    }
    Ok(false)
}

/// Each line is a record.
struct LineEnds;

impl Split for LineEnds {
    fn step(&mut self, bytes: &[u8]) -> Step {
        memchr(b'\n', bytes).map_or(Step::Take(bytes.len()), |i| Step::End(i + 1))
    }

    /// A line without its end may have been meant to continue.
    fn unclosed(&mut self) -> Unclosed {
        Unclosed::Record
    }

    fn by_line(&self) -> bool {
        true
    }

    fn is_blank(&self, record: &[u8]) -> bool {
        record.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
    }
}

/// Takes objects apart, of which some members hold text and the others are kept as they are.
pub struct JsonParser;

impl Parser for JsonParser {
    fn syntax(&self) -> Syntax {
        Syntax::Json
    }

    fn names(&self, text: &str, cut: bool, wanted: &Wanted, each: &mut dyn FnMut(&str)) -> Result<(), Refusal> {
        let own = own(text, cut, wanted)?;
        // A standard says where the text is, whatever it is called.
        if !wanted.fields_named && known(text).is_some() {
            each("text");
        }
        members(text, cut, |member| {
            if own.as_ref().is_none_or(|own| own.keeps(&member)) {
                fields::names_of(&member, &wanted.fields, each);
            }
        })
    }

    fn article(&self, text: &str, cut: bool, wanted: &Wanted) -> Result<Article, Refusal> {
        if !wanted.fields_named
            && let Some(Known { headline, body, is_markup }) = known(text)
        {
            let fields = Fields::named(std::slice::from_ref(&body), headline.as_ref());
            let mut article =
                self.article(text, cut, &Wanted { fields, fields_named: true, headline, ..wanted.clone() })?;
            if article.id.is_empty() {
                each_member(text, |key, value| {
                    if key == "uri" {
                        article.id = serde_json::from_str(value.get()).unwrap_or_default();
                    }
                });
            }
            if is_markup {
                read_markup(&mut article, &[body]);
            }
            return Ok(article);
        }
        let own = own(text, cut, wanted)?;
        let mut kept = KeptMembers::new();
        members(text, cut, |member| {
            if own.as_ref().is_none_or(|own| own.keeps(&member)) {
                kept.add(member, wanted);
            }
        })?;
        // One output may hold records of many files, and the first one says nothing about the
        // fields of the others.
        let of_each = (wanted.each_alone || own.is_some()) && !wanted.fields_named;
        let fields = if of_each { kept.fields(wanted.headline.as_ref()) } else { None };
        let read = fields::read(&kept.members, fields.as_ref().unwrap_or(&wanted.fields), wanted)?;
        if !read.joined.is_empty() {
            // The record carries the texts that offsets count in, and not the lists they were.
            return self.article(&with_joined(text, read.joined), cut, wanted);
        }
        let mut article = read.article;
        match own {
            Some(own) => {
                article.form = Form::Object(one_line(&own.object));
                article.warnings = own.warnings;
            }
            None => article.form = Form::Object(one_line(text)),
        }
        Ok(article)
    }
}

/// The record `text` with strings where lists of paragraphs were that were `joined`.
fn with_joined(text: &str, mut joined: Vec<(Range<usize>, String)>) -> String {
    joined.sort_by_key(|(place, _)| place.start);
    let mut object = String::with_capacity(text.len());
    let mut at = 0;
    for (place, value) in joined {
        // Two paths may lead to one list.
        if place.start < at {
            continue;
        }
        object.push_str(&text[at..place.start]);
        object.push_str(&serde_json::to_string(&value).expect("a string is always JSON"));
        at = place.end;
    }
    object.push_str(&text[at..]);
    object
}

/// What of the record `text` is the article's, if we have written it and are to take it back.
fn own(text: &str, cut: bool, wanted: &Wanted) -> Result<Option<OwnRecord>, Refusal> {
    wanted.replace.as_ref().map_or(Ok(None), |added| OwnRecord::read(text, cut, added))
}
