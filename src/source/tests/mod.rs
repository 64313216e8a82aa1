//! What goes in and what comes out, format by format.

mod documents;
mod files;
mod formats;
mod json;
mod kinds;
mod properties;
mod tables;

use std::io::{self, Read, Write};

use expect_test::Expect;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::document::{Article, FailureCode, Form};
use crate::error::UserError as _;
use crate::source::{Item, Options, Source, SourceError, open_reader};

/// The keys that a record gets.
fn options() -> Options {
    let reserved = ["mentions", "entities", "topics", "coverage", "warnings", "tagger"];
    Options { reserved: reserved.map(str::to_owned).to_vec(), ..Options::default() }
}

/// Reads `bytes` as a file called `name` and compares what comes out.
#[track_caller]
fn check(name: &str, bytes: impl AsRef<[u8]>, expected: Expect) {
    check_with(options(), name, bytes, expected);
}

#[track_caller]
fn check_with(options: Options, name: &str, bytes: impl AsRef<[u8]>, expected: Expect) {
    let reader = io::Cursor::new(bytes.as_ref().to_vec());
    expected.assert_eq(&show(open_reader(name, reader, options)));
}

/// One line an item, then what the user is told.
fn show(source: Result<Source, SourceError>) -> String {
    let mut source = match source {
        Ok(source) => source,
        Err(error) => return show_error(&error),
    };
    let mut lines: Vec<String> = source.by_ref().map(|item| show_item(&item)).collect();
    lines.extend(source.notes().into_iter().map(|note| format!("note: {note}")));
    lines.join("\n")
}

fn show_item(item: &Result<Item, SourceError>) -> String {
    match item {
        Ok(Item::Article(article)) => show_article(article),
        Ok(Item::Blank) => "blank".to_owned(),
        Ok(Item::Failed(failure)) => format!("{}: {}", failure.code, failure.message),
        Err(error) => show_error(error),
    }
}

/// `id @line:byte | title=… | text=… | warning`
fn show_article(article: &Article) -> String {
    let mut parts = vec![format!("{} @{}:{}", article.id, article.origin.line, article.origin.byte_offset)];
    for field in &article.fields {
        let mark = if field.headline { "*" } else { "" };
        parts.push(format!("{}{mark}={}", field.name, field.span.of(&article.text).escape_debug()));
    }
    parts.extend(article.warnings.iter().cloned());
    parts.join(" | ")
}

fn show_error(error: &SourceError) -> String {
    match error.hint() {
        Some(hint) => format!("error: {error}\nhint: {hint}"),
        None => format!("error: {error}"),
    }
}

/// What comes out of `bytes`, which must all be readable.
fn items(name: &str, reader: impl Read + Send + 'static) -> Vec<Item> {
    items_with(options(), name, reader)
}

fn items_with(options: Options, name: &str, reader: impl Read + Send + 'static) -> Vec<Item> {
    let source = open_reader(name, reader, options).expect("the corpus can be opened");
    source.map(|item| item.expect("the corpus can be read")).collect()
}

/// The articles' objects as the records will give them back.
fn forms(name: &str, bytes: &[u8]) -> Vec<String> {
    let items = items(name, io::Cursor::new(bytes.to_vec()));
    items
        .into_iter()
        .map(|item| match item {
            Item::Article(Article { form: Form::Object(object), .. }) => object,
            other => panic!("not an article with an object: {other:?}"),
        })
        .collect()
}

/// One gzip member.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// UTF-16 in little or big endian, with its byte order mark if `marked`.
fn utf16(text: &str, little: bool, marked: bool) -> Vec<u8> {
    let units = marked.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// Gives at most as many bytes at a time as the pattern says, and is interrupted in between.
struct Trickle {
    bytes: io::Cursor<Vec<u8>>,
    sizes: Vec<usize>,
    turn: usize,
}

impl Trickle {
    fn new(bytes: Vec<u8>, sizes: Vec<usize>) -> Self {
        Self { bytes: io::Cursor::new(bytes), sizes, turn: 0 }
    }
}

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let size = self.sizes[self.turn % self.sizes.len()].min(buffer.len());
        self.bytes.read(&mut buffer[..size])
    }
}

#[test]
fn the_table_of_codes_is_complete() {
    let documented = include_str!("../mod.rs").lines().filter_map(|line| {
        let (code, _) = line.strip_prefix("//! | `")?.split_once("` | ")?;
        (!code.starts_with('.')).then_some(code)
    });
    let later = [FailureCode::ModelNonfinite, FailureCode::InternalPanic].map(FailureCode::name);
    let mut documented: Vec<&str> = documented.chain(later).collect();
    documented.sort_unstable();
    assert_eq!(documented, FailureCode::ALL.map(FailureCode::name));
}
