//! Tables, comma- or tab-separated: rows apart, then cells apart.
//!
//! The first row names the columns. What separates the cells is found out from the first rows,
//! whatever the ending says. Where text follows the quote that closes a cell the row is refused:
//! most readers of such tables drop the quotes, and `"Dune" star dies` would silently lose some of
//! its text.

use std::collections::HashSet;

use crate::document::{Article, Form, Syntax};
use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::fields::{self, Member, MemberValue, Wanted};
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Parser, Setup};
use crate::source::formats::table_cells::{Dialect, cells, wrong_number};
use crate::source::formats::table_rows::{TableLines, TableRows};
use crate::source::formats::table_sniff as sniff;
use crate::source::refusal::Refusal;
use crate::source::split::{RawRecord, RecordStream};

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

    fn open(&self, mut input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let path = || setup.whereabouts.name.shown.clone();
        let failed = |error| setup.whereabouts.error(error);
        let usual = Dialect { separator: self.separator, quoted: self.separator != b'\t' };
        let dialect = match setup.delimiter {
            Some(separator) if separator == self.separator => usual,
            Some(separator) => Dialect { separator, quoted: true },
            None => sniff::dialect(&mut input, usual).map_err(failed)?,
        };
        let is_unusual = setup.delimiter.is_none() && dialect != usual;
        let remark = is_unusual.then(|| format!("cells separated by {}", dialect.name()));
        let mut rows = TableRows::new(setup.records(input, TableLines), dialect, setup.limits.max_record_bytes);
        let mut header = rows.next().map_err(failed)?;
        if header.as_ref().is_some_and(|line| sniff::declared(&line.bytes).is_some()) {
            header = rows.next().map_err(failed)?;
        }
        // A file without anything in it is a table without rows.
        let Some(header) = header else {
            let parser = Box::new(TableParser::empty(dialect));
            return Ok(OpenFile { records: Box::new(rows), parser, fields: FieldNames::Unnamed, remark });
        };
        let table = setup.text(&header, false).and_then(|row| TableParser::new(dialect, row));
        let table = table.map_err(|refusal| SourceError::Header { path: path(), reason: refusal.message })?;
        let mut known = HashSet::new();
        if let Some(name) = table.columns().iter().find(|name| !known.insert(name.as_str())) {
            return Err(SourceError::DuplicateColumn { path: path(), name: name.clone() });
        }
        rows.expect_cells(table.columns().len());
        let fields = FieldNames::Header { names: table.columns().to_vec(), line: header.start.line };
        Ok(OpenFile { records: Box::new(rows), parser: Box::new(table), fields, remark })
    }

    fn derived_id(&self, file: &str, record: &RawRecord) -> String {
        format!("{file}:{}", record.start.line)
    }
}

/// Takes rows apart and makes objects of them.
pub struct TableParser {
    dialect: Dialect,
    header: String,
    columns: Vec<String>,
    /// `{"title":`, `,"text":` and so on: what stands before each cell in the object.
    prefixes: Vec<String>,
}

impl TableParser {
    /// Nobody has more columns than this, and a file that is no table may seem to.
    const MAX_COLUMNS: usize = 100_000;

    /// The table whose header is `row`.
    pub fn new(dialect: Dialect, row: &str) -> Result<Self, Refusal> {
        let columns = cells(row, dialect, Self::MAX_COLUMNS)?;
        let mark = |i: usize| if i == 0 { '{' } else { ',' };
        let prefixes = columns.iter().enumerate().map(|(i, name)| format!("{}{}:", mark(i), json_string(name)));
        Ok(Self { dialect, header: row.to_owned(), prefixes: prefixes.collect(), columns })
    }

    /// A table without columns.
    fn empty(dialect: Dialect) -> Self {
        Self { dialect, header: String::new(), columns: Vec::new(), prefixes: Vec::new() }
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The cells of `row`, as many as there are columns.
    pub fn read(&self, row: &str) -> Result<Vec<String>, Refusal> {
        let cells = cells(row, self.dialect, self.columns.len())?;
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
        let Dialect { separator, quoted } = self.dialect;
        Syntax::Row { separator: char::from(separator), quoted, header: self.header.clone() }
    }

    fn article(&self, text: &str, _cut: bool, wanted: &Wanted) -> Result<Article, Refusal> {
        let cells = self.read(text)?;
        let members: Vec<Member> = self
            .columns
            .iter()
            .zip(&cells)
            .map(|(name, cell)| Member { key: name.into(), value: MemberValue::Cell(cell), at: 0 })
            .collect();
        let mut article = fields::read(&members, &wanted.fields, wanted)?.article;
        article.form = Form::Object(self.object(&cells));
        Ok(article)
    }
}

/// `text` in quotes, with everything escaped that must be.
fn json_string(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always JSON")
}
