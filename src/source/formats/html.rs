//! Web pages: a file is one article, or none.

use std::io;

use encoding_rs::Encoding;
use serde_json::json;

use crate::document::{Article, Syntax};
use crate::page::{self, Page, Placed, Reading, charset};
use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::fields::Wanted;
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Parser, Setup};
use crate::source::formats::made::Made;
use crate::source::formats::text::Whole;
use crate::source::refusal::Refusal;
use crate::source::split::RawRecord;

/// Web pages.
pub struct Html;

static ABOUT: About = About {
    key: "html",
    name: "an HTML page",
    help: "The file is one web page",
    endings: &[".html", ".htm", ".xhtml"],
    by_line: false,
};

impl Format for Html {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognizes(&self, input: &mut Content, _is_pipe: bool) -> io::Result<bool> {
        begins(input)
    }

    fn finds_encoding(&self) -> bool {
        true
    }

    fn open(&self, input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let records = Box::new(setup.records(input, Whole));
        let parser = Box::new(HtmlParser { encoding: setup.encoding });
        Ok(OpenFile { records, parser, fields: FieldNames::Unnamed, remark: Some("a web page".to_owned()) })
    }

    fn derived_id(&self, file: &str, _record: &RawRecord) -> String {
        file.to_owned()
    }
}

/// Whether `input` begins as a page does: white space and comments aside, with a doctype or a tag of
/// those that pages begin with.
pub fn begins(input: &mut Content) -> io::Result<bool> {
    const LOOK_AT: usize = 4096;
    // One byte tells most files apart, and behind a pipe there may be no more.
    let may_be = |head: &[u8]| {
        let trimmed = head.trim_ascii_start();
        trimmed.is_empty()
            || trimmed[0] == b'<' && (trimmed.len() < 2 || matches!(trimmed[1], b'!' | b'?' | b'h' | b'H'))
    };
    let head = input.peek_like(|head| head.len() < 512 && may_be(head), 512)?;
    if !may_be(head) || head.trim_ascii().is_empty() {
        return Ok(false);
    }
    let head = input.peek(LOOK_AT)?;
    Ok(is_page(&String::from_utf8_lossy(head)))
}

fn is_page(head: &str) -> bool {
    let mut rest = head.trim_start();
    while let Some(comment) = rest.strip_prefix("<!--") {
        rest = comment.split_once("-->").map_or("", |(_, rest)| rest).trim_start();
    }
    let is_xml = rest.starts_with("<?xml");
    if is_xml {
        rest = rest.split_once("?>").map_or("", |(_, rest)| rest).trim_start();
    }
    let lower: String = rest.chars().take(40).collect::<String>().to_ascii_lowercase();
    lower.starts_with("<!doctype html")
        || lower.starts_with("<html")
        || !is_xml && (lower.starts_with("<head") || lower.starts_with("<body"))
}

/// Reads pages.
pub struct HtmlParser {
    /// What the user says of its encoding.
    pub encoding: Option<&'static Encoding>,
}

impl Parser for HtmlParser {
    fn syntax(&self) -> Syntax {
        Syntax::Html
    }

    fn reads_bytes(&self) -> bool {
        true
    }

    fn makes_objects(&self) -> bool {
        true
    }

    fn article(&self, text: &str, _cut: bool, wanted: &Wanted) -> Result<Article, Refusal> {
        self.article_of_bytes(text.as_bytes(), wanted)
    }

    fn article_of_bytes(&self, bytes: &[u8], wanted: &Wanted) -> Result<Article, Refusal> {
        Ok(article(bytes, self.encoding, None, wanted).into_article())
    }
}

/// What the page in `bytes` holds, of which a server said that they are in `said` and stood at
/// `address`.
pub fn article(bytes: &[u8], said: Option<&'static Encoding>, address: Option<&str>, wanted: &Wanted) -> Made {
    let decoded = charset::decode(bytes, said, wanted.places);
    let reading = Reading { places: wanted.places, whole: wanted.whole_page };
    let Page { title, text, claims, metadata, language, mut warnings, page_chars } =
        page::read(&decoded.text, address, reading);
    let moved = |placed: Placed| match &decoded.runs {
        Some(inner) => Placed { runs: placed.runs.through(inner), text: placed.text },
        None if decoded.skipped > 0 => Placed { runs: placed.runs.shifted(decoded.skipped), text: placed.text },
        None => placed,
    };
    if decoded.encoding != encoding_rs::UTF_8 {
        warnings.push(decoded.encoding.name().to_ascii_lowercase());
    }
    Made {
        title: moved(title),
        text: moved(text),
        claims,
        metadata,
        language,
        others: vec![("page_chars", json!(page_chars))],
        warnings,
        has_places: wanted.places,
        ..Made::default()
    }
}
