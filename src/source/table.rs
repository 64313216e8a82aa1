//! Reads comma- and tab-separated tables: rows apart, then cells apart.
//!
//! The first row names the columns. Quoting is that of RFC 4180: a cell that begins with a quote ends at the next single
//! one and may hold separators and line breaks.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use memchr::{memchr, memchr_iter, memchr2};

use crate::source::error::{Refusal, code};
use crate::source::records::Step;

/// Tells where rows end. It goes through the same states as [`csv_core::Reader`], which takes the cells apart.
pub struct Rows {
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

impl Rows {
    /// Rows whose cells are separated by `separator`.
    pub fn new(separator: u8) -> Self {
        Self { separator, cell: Cell::Start }
    }

    /// Looks at the next bytes.
    pub fn step(&mut self, bytes: &[u8]) -> Step {
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

    /// Whether a quote is still open.
    pub fn unclosed(&self) -> bool {
        self.cell == Cell::Quoted
    }
}

/// Takes rows apart and makes objects of them.
pub struct Table {
    reader: Reader,
    separator: u8,
    columns: Vec<String>,
    /// `{"title":`, `,"text":` and so on: what stands before each cell in the object.
    prefixes: Vec<String>,
}

impl Table {
    /// A table whose header has not been read.
    pub fn new(separator: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator).terminator(Terminator::Any(b'\n')).build();
        Self { reader, separator, columns: Vec::new(), prefixes: Vec::new() }
    }

    /// Takes `row` as the names of the columns; gives back the first one that stands twice.
    pub fn set_header(&mut self, row: &str) -> Result<(), String> {
        let columns = self.cells(row);
        for (i, name) in columns.iter().enumerate() {
            if columns[..i].contains(name) {
                return Err(name.clone());
            }
            let mark = if i == 0 { '{' } else { ',' };
            self.prefixes.push(format!("{mark}{}:", json_string(name)));
        }
        self.columns = columns;
        Ok(())
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The cells of `row`, as many as there are columns.
    pub fn read(&mut self, row: &str) -> Result<Vec<String>, Refusal> {
        let cells = self.cells(row);
        if cells.len() == self.columns.len() {
            return Ok(cells);
        }
        let message = format!("the row has {} cells: expected {}, as in the header", cells.len(), self.columns.len());
        Err(Refusal::new(code::INVALID_CSV, 0, message))
    }

    /// The row as a JSON object with one string for each column.
    pub fn object(&self, cells: &[String]) -> String {
        let mut object = String::new();
        for (prefix, cell) in self.prefixes.iter().zip(cells) {
            object.push_str(prefix);
            object.push_str(&json_string(cell));
        }
        object.push('}');
        object
    }

    fn cells(&mut self, row: &str) -> Vec<String> {
        let row = format!("{row}\n");
        let mut text = vec![0; row.len()];
        let mut ends = vec![0; memchr_iter(self.separator, row.as_bytes()).count() + 1];
        let (result, _, _, n_cells) = self.reader.read_record(row.as_bytes(), &mut text, &mut ends);
        assert_eq!(result, ReadRecordResult::Record, "a row ends with its line, and there is room for all of it");
        let mut start = 0;
        ends[..n_cells]
            .iter()
            .map(|&end| {
                let cell = &text[std::mem::replace(&mut start, end)..end];
                String::from_utf8(cell.to_vec()).expect("cells are cut at ASCII bytes")
            })
            .collect()
    }
}

/// `text` in quotes, with everything escaped that must be.
fn json_string(text: &str) -> String {
    serde_json::to_string(text).expect("a string is always JSON")
}
