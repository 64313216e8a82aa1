//! How the cells of a table are written, and where they end.
//!
//! Quoting is that of RFC 4180: a cell that begins with a quote ends at the next single one and may
//! hold separators and line breaks. Tables whose cells are separated by tabs and whose ending says
//! so know no quoting: a quote in them is a character like others.

use memchr::memchr;

use crate::document::FailureCode;
use crate::source::refusal::Refusal;

/// How the cells of a table are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dialect {
    /// What stands between two cells.
    pub separator: u8,
    /// Whether cells may stand in quotes.
    pub quoted: bool,
}

impl Dialect {
    /// How a user calls the separator.
    pub fn name(self) -> &'static str {
        match self.separator {
            b'\t' => "tabs",
            b',' => "commas",
            b';' => "semicolons",
            b'|' => "bars",
            b':' => "colons",
            b' ' => "spaces",
            _ => "another character",
        }
    }
}

/// Where in a cell a [`RowScan`] is.
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

/// Goes through a row line by line.
pub struct RowScan {
    dialect: Dialect,
    cell: Cell,
    /// Cells so far, the one at hand too.
    pub n_cells: usize,
    /// Whether text follows a closing quote, so that the row is none.
    pub broken: bool,
}

impl RowScan {
    /// At the beginning of a row.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, cell: Cell::Start, n_cells: 1, broken: false }
    }

    /// Goes past a line, given without its end; whether the row ends with it.
    pub fn line(&mut self, bytes: &[u8]) -> bool {
        let separator = self.dialect.separator;
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
                    None => return false,
                },
                (_, byte) if byte == separator => {
                    self.n_cells += 1;
                    Cell::Start
                }
                (Cell::Start | Cell::Quote, b'"') if self.dialect.quoted => Cell::Quoted,
                (state, _) => {
                    self.broken |= state == Cell::Quote;
                    i += memchr(separator, &bytes[i..]).unwrap_or(bytes.len() - i);
                    Cell::Plain
                }
            };
        }
        if self.cell != Cell::Quoted {
            self.cell = Cell::Start;
            return true;
        }
        false
    }
}

/// Whether `line`, given without its end, is by itself a row of `n` cells, of which the last may be
/// in quotes that go on below.
pub fn begins_row(line: &[u8], dialect: Dialect, n: usize) -> bool {
    let mut scan = RowScan::new(dialect);
    scan.line(line);
    scan.n_cells == n && !scan.broken && !line.trim_ascii().is_empty()
}

/// `line` without the line feed at its end, and the carriage return before that.
pub fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The cells of `row`, without their quotes; refuses more than `max`.
pub fn cells(row: &str, dialect: Dialect, max: usize) -> Result<Vec<String>, Refusal> {
    let separator = dialect.separator;
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        if cells.len() == max {
            return Err(wrong_number("more cells", max));
        }
        if dialect.quoted && row[at..].starts_with('"') {
            let opened = at;
            let mut cell = String::new();
            loop {
                // The first byte of the rest is a quote: the one that opens, or the second of two
                // that stand for one.
                let start = at + 1;
                let Some(len) = row[start..].find('"') else {
                    let message = "a quote is opened and never closed: expected its end before that of the row";
                    return Err(Refusal::new(FailureCode::InvalidCsv, opened, message));
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

/// A row that has not as many cells as the header.
pub fn wrong_number(found: &str, wanted: usize) -> Refusal {
    Refusal::new(FailureCode::InvalidCsv, 0, format!("the row has {found}: expected {wanted}, as in the header"))
}

/// Where the row ends that `bytes` begin with, line feed included, if it does.
#[cfg(test)]
pub fn row_end(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    let mut scan = RowScan::new(dialect);
    let mut at = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        at += line.len();
        if line.ends_with(b"\n") && scan.line(without_end(line)) {
            return Some(at);
        }
    }
    None
}
