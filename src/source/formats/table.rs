//! Tables, comma- or tab-separated: rows apart, then cells apart.
//!
//! The first row names the columns. Quoting is that of RFC 4180: a cell that begins with a quote
//! ends at the next single one and may hold separators and line breaks. Where text follows that
//! quote the row is refused: most readers of such tables drop the quotes, and `"Dune" star dies`
//! would silently lose some of its text.

use std::collections::HashSet;

use memchr::{memchr, memchr2};

use crate::document::{Article, FailureCode, Form, Syntax};
use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::fields::{self, Member, MemberValue, Wanted};
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Parser, Setup};
use crate::source::refusal::Refusal;
use crate::source::split::{RawRecord, RecordStream, Split, Step, Unclosed};

/// A table whose cells are separated by one byte.
pub struct Separated {
    separator: u8,
    about: About,
}

/// Comma-separated values.
pub static CSV: Separated = Separated {
    separator: b',',
    about: About {
        key: "csv",
        name: "CSV",
        help: "Comma-separated rows under a header",
        endings: &[".csv"],
        by_line: false,
    },
};

/// Tab-separated values.
pub static TSV: Separated = Separated {
    separator: b'\t',
    about: About {
        key: "tsv",
        name: "TSV",
        help: "Tab-separated rows under a header",
        endings: &[".tsv"],
        by_line: false,
    },
};

impl Format for Separated {
    fn about(&self) -> &'static About {
        match self.separator {
            b'\t' => &TSV.about,
            _ => &CSV.about,
        }
    }

    fn open(&self, input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let mut records = setup.records(input, RowEnds::new(self.separator));
        let header = records.next().map_err(|error| setup.whereabouts.error(error))?;
        // A file without anything in it is a table without rows.
        let Some(header) = header else {
            let parser = Box::new(TableParser::empty(self.separator));
            return Ok(OpenFile { records: Box::new(records), parser, fields: FieldNames::Unnamed });
        };
        let path = || setup.whereabouts.name.shown.clone();
        let table = setup.text(&header, false).and_then(|row| TableParser::new(self.separator, row));
        let table = table.map_err(|refusal| SourceError::Header { path: path(), reason: refusal.message })?;
        let mut known = HashSet::new();
        if let Some(name) = table.columns().iter().find(|name| !known.insert(name.as_str())) {
            return Err(SourceError::DuplicateColumn { path: path(), name: name.clone() });
        }
        let fields = FieldNames::Header { names: table.columns().to_vec(), line: header.start.line };
        Ok(OpenFile { records: Box::new(records), parser: Box::new(table), fields })
    }

    fn derived_id(&self, file: &str, record: &RawRecord) -> String {
        format!("{file}:{}", record.start.line)
    }
}

/// Tells where rows end.
pub struct RowEnds {
    separator: u8,
    cell: Cell,
}

/// Where in a cell the scanner is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// At its first byte.
    Start,
    /// In one without quotes, where a quote is a character.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote that ends the quoting unless another follows.
    Quote,
}

impl RowEnds {
    /// Rows whose cells are separated by `separator`.
    pub fn new(separator: u8) -> Self {
        Self { separator, cell: Cell::Start }
    }
}

impl Split for RowEnds {
    fn step(&mut self, bytes: &[u8]) -> Step {
        let mut i = 0;
        while let Some(&byte) = bytes.get(i) {
            i += 1;
            self.cell = match (self.cell, byte) {
                (Cell::Quoted, b'"') => Cell::Quote,
                (Cell::Quoted, _) => match memchr(b'"', &bytes[i..]) {
                    Some(found) => {
                        i += found;
                        Cell::Quoted
                    }
                    None => return Step::Take(bytes.len()),
                },
                (_, b'\n') => {
                    self.cell = Cell::Start;
                    return Step::End(i);
                }
                (_, byte) if byte == self.separator => Cell::Start,
                (Cell::Start | Cell::Quote, b'"') => Cell::Quoted,
                (Cell::Start | Cell::Quote | Cell::Plain, _) => {
                    i += memchr2(self.separator, b'\n', &bytes[i..]).unwrap_or(bytes.len() - i);
                    Cell::Plain
                }
            };
        }
        Step::Take(bytes.len())
    }

    /// A quote that is never closed takes the rest of the file.
    fn unclosed(&mut self) -> Unclosed {
        if self.cell == Cell::Quoted { Unclosed::Record } else { Unclosed::Nothing }
    }

    fn by_line(&self) -> bool {
        true
    }

    fn is_blank(&self, record: &[u8]) -> bool {
        record.is_empty()
    }
}

/// Takes rows apart and makes objects of them.
pub struct TableParser {
    separator: u8,
    header: String,
    columns: Vec<String>,
    /// `{"title":`, `,"text":` and so on: what stands before each cell in the object.
    prefixes: Vec<String>,
}

impl TableParser {
    /// Nobody has more columns than this, and a file that is no table may seem to.
    const MAX_COLUMNS: usize = 100_000;

    /// The table whose header is `row`.
    pub fn new(separator: u8, row: &str) -> Result<Self, Refusal> {
        let columns = cells(row, separator, Self::MAX_COLUMNS)?;
        let mark = |i: usize| if i == 0 { '{' } else { ',' };
        let prefixes = columns.iter().enumerate().map(|(i, name)| format!("{}{}:", mark(i), json_string(name)));
        Ok(Self { separator, header: row.to_owned(), prefixes: prefixes.collect(), columns })
    }

    /// A table without columns.
    fn empty(separator: u8) -> Self {
        Self { separator, header: String::new(), columns: Vec::new(), prefixes: Vec::new() }
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The cells of `row`, as many as there are columns.
    pub fn read(&self, row: &str) -> Result<Vec<String>, Refusal> {
        let cells = cells(row, self.separator, self.columns.len())?;
        if cells.len() == self.columns.len() {
            return Ok(cells);
        }
        Err(wrong_number(&format!("{} cells", cells.len()), self.columns.len()))
    }

    /// The row as a JSON object with one string for each column.
    fn object(&self, cells: &[String]) -> String {
        let mut object = String::new();
        for (prefix, cell) in self.prefixes.iter().zip(cells) {
            object.push_str(prefix);
            object.push_str(&json_string(cell));
        }
        object.push('}');
        object
    }
}

impl Parser for TableParser {
    fn syntax(&self) -> Syntax {
        Syntax::Row { separator: char::from(self.separator), header: self.header.clone() }
    }

    fn article(&self, text: &str, _cut: bool, wanted: &Wanted) -> Result<Article, Refusal> {
        let cells = self.read(text)?;
        let members: Vec<Member> = self
            .columns
            .iter()
            .zip(&cells)
            .map(|(name, cell)| Member { key: name.into(), value: MemberValue::Cell(cell), at: 0 })
            .collect();
        let mut article = fields::read(&members, &wanted.fields, &wanted.reserved)?;
        article.form = Form::Object(self.object(&cells));
        Ok(article)
    }
}

fn wrong_number(found: &str, wanted: usize) -> Refusal {
    Refusal::new(FailureCode::InvalidCsv, 0, format!("the row has {found}: expected {wanted}, as in the header"))
}

/// The cells of `row`, without their quotes; refuses more than `max`.
fn cells(row: &str, separator: u8, max: usize) -> Result<Vec<String>, Refusal> {
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        if cells.len() == max {
            return Err(wrong_number("more cells", max));
        }
        if row[at..].starts_with('"') {
            let mut cell = String::new();
            loop {
                // The first byte of the rest is a quote: the one that opens, or the second of two
                // that stand for one.
                let start = at + 1;
                let Some(len) = row[start..].find('"') else {
                    let message = "a quote is opened and never closed: expected its end before that of the input";
                    return Err(Refusal::new(FailureCode::InvalidCsv, at, message));
                };
                at = start + len + 1;
                cell.push_str(&row[start..at - 1]);
                if !row[at..].starts_with('"') {
                    break;
                }
                cell.push('"');
            }
            cells.push(cell);
            match row.as_bytes().get(at) {
                None => return Ok(cells),
                Some(&byte) if byte == separator => at += 1,
                Some(_) => {
                    let message = "text after a closing quote: expected quotes around the whole cell, doubled inside";
                    return Err(Refusal::new(FailureCode::InvalidCsv, at, message));
                }
            }
        } else if let Some(len) = memchr(separator, &row.as_bytes()[at..]) {
            cells.push(row[at..at + len].to_owned());
            at += len + 1;
        } else {
            cells.push(row[at..].to_owned());
            return Ok(cells);
        }
    }
}

/// `text` in quotes, with everything escaped that must be.
fn json_string(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always JSON")
}
