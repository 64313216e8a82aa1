//! Plain text: a file is one article.

use std::io;

use crate::document::{Article, Syntax};
use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::fields::Wanted;
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Parser, Setup};
use crate::source::refusal::Refusal;
use crate::source::split::{RawRecord, Split, Step, Unclosed};

/// Plain text.
pub struct PlainText;

static ABOUT: About = About {
    key: "text",
    name: "text",
    help: "The file is one article",
    endings: &[".txt", ".text", ".md"],
    by_line: false,
};

impl Format for PlainText {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognizes(&self, _input: &mut Content, _is_pipe: bool) -> io::Result<bool> {
        // Anything may be text, so that the others are asked first.
        Ok(false)
    }

    fn open(&self, input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let records = Box::new(setup.records(input, Whole));
        Ok(OpenFile { records, parser: Box::new(TextParser), fields: FieldNames::Unnamed, remark: None })
    }

    fn derived_id(&self, file: &str, _record: &RawRecord) -> String {
        file.to_owned()
    }
}

/// The whole file is one record.
pub struct Whole;

impl Split for Whole {
    fn step(&mut self, bytes: &[u8]) -> Step {
        Step::Take(bytes.len())
    }

    fn unclosed(&mut self) -> Unclosed {
        Unclosed::Nothing
    }
}

/// All of it is the article's text.
pub struct TextParser;

impl Parser for TextParser {
    fn syntax(&self) -> Syntax {
        Syntax::Text
    }

    fn article(&self, text: &str, _cut: bool, _wanted: &Wanted) -> Result<Article, Refusal> {
        Ok(Article::plain("", text))
    }
}
