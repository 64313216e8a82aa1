//! Tells the rows of a table apart.
//!
//! A cell in quotes may hold line breaks, so a quote that nobody closes would swallow the rows after
//! it, to the end of the file. A row of several lines that comes out wrong (its quotes do not close,
//! text follows one, or it has other cells than the header) is therefore cut before the first of its
//! lines that is a row by itself, and reading goes on there: one stray quote costs one row.

use std::collections::VecDeque;
use std::io;

use crate::source::formats::table_cells::{Dialect, RowScan, begins_row, without_end};
use crate::source::split::{Beyond, Passed, RawRecord, RecordStream, Split, Step, StreamRecords, Unclosed};

/// Each line, its end included.
pub struct TableLines;

impl Split for TableLines {
    fn step(&mut self, bytes: &[u8]) -> Step {
        memchr::memchr(b'\n', bytes).map_or(Step::Take(bytes.len()), |i| Step::End(i + 1))
    }

    fn unclosed(&mut self) -> Unclosed {
        Unclosed::Nothing
    }
}

/// The rows of a table.
pub struct TableRows {
    lines: StreamRecords<TableLines>,
    dialect: Dialect,
    /// As many cells as a row has, once the header has been read.
    n_cells: Option<usize>,
    max_bytes: usize,
    /// Lines that were read and belong to later rows.
    waiting: VecDeque<RawRecord>,
    next_number: u64,
    blank: u64,
}

impl TableRows {
    /// The rows in `lines`, of which none may be longer than `max_bytes`.
    pub fn new(lines: StreamRecords<TableLines>, dialect: Dialect, max_bytes: usize) -> Self {
        Self { lines, dialect, n_cells: None, max_bytes, waiting: VecDeque::new(), next_number: 0, blank: 0 }
    }

    /// From here on rows have so many cells.
    pub fn expect_cells(&mut self, n: usize) {
        self.n_cells = Some(n);
    }

    /// The next line as it is.
    pub fn next_line(&mut self) -> io::Result<Option<RawRecord>> {
        match self.waiting.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    /// The row that begins with `first` and has more lines.
    fn of_lines(&mut self, first: RawRecord, mut scan: RowScan) -> io::Result<RawRecord> {
        let mut len = first.len;
        let mut lines = vec![first];
        let is_wrong =
            |scan: &RowScan, n_cells: Option<usize>| scan.broken || n_cells.is_some_and(|n| scan.n_cells > n);
        loop {
            if is_wrong(&scan, self.n_cells) || len > self.max_bytes as u64 {
                break;
            }
            let Some(line) = self.next_line()? else { break };
            // A line that is too long by itself is not kept, so that it cannot be a part of a row.
            if line.digest_of_all.is_some() {
                self.waiting.push_front(line);
                break;
            }
            len += line.len;
            let ends = scan.line(without_end(&line.bytes));
            lines.push(line);
            if ends && !is_wrong(&scan, self.n_cells) && self.n_cells.is_none_or(|n| scan.n_cells == n) {
                return Ok(joined(lines));
            }
            if ends {
                break;
            }
        }
        let n = self.n_cells.unwrap_or(usize::MAX);
        let next = (1..lines.len()).find(|&i| begins_row(without_end(&lines[i].bytes), self.dialect, n));
        match next {
            Some(next) => {
                for line in lines.drain(next..).rev() {
                    self.waiting.push_front(line);
                }
                Ok(joined(lines))
            }
            None if len > self.max_bytes as u64 => self.too_long(joined(lines), scan),
            None => Ok(joined(lines)),
        }
    }

    /// The rest of `row`, which is too long already and will not be kept.
    fn too_long(&mut self, mut row: RawRecord, mut scan: RowScan) -> io::Result<RawRecord> {
        let mut beyond = Beyond::new(&row.bytes);
        while let Some(line) = self.next_line()? {
            let bytes = without_end(&line.bytes);
            if line.digest_of_all.is_some() || self.n_cells.is_some_and(|n| begins_row(bytes, self.dialect, n)) {
                self.waiting.push_front(line);
                break;
            }
            beyond.push(&line.bytes);
            row.len += line.len;
            if scan.line(bytes) {
                break;
            }
        }
        let (digest, line_end) = beyond.finish(true);
        row.digest_of_all = Some(digest);
        row.len -= line_end;
        Ok(row)
    }
}

/// Lines that follow one another as one record.
fn joined(lines: Vec<RawRecord>) -> RawRecord {
    let mut lines = lines.into_iter();
    let mut row = lines.next().expect("a row has a line");
    for line in lines {
        row.bytes.extend_from_slice(&line.bytes);
        row.len += line.len;
        row.cut |= line.cut;
    }
    row
}

impl RecordStream for TableRows {
    fn next(&mut self) -> io::Result<Option<RawRecord>> {
        loop {
            let Some(first) = self.next_line()? else { return Ok(None) };
            let mut row = if first.digest_of_all.is_some() {
                first
            } else {
                let mut scan = RowScan::new(self.dialect);
                if scan.line(without_end(&first.bytes)) { first } else { self.of_lines(first, scan)? }
            };
            if row.digest_of_all.is_none() {
                let end = without_end(&row.bytes).len();
                row.bytes.truncate(end);
                row.len = end as u64;
                if row.bytes.is_empty() {
                    self.blank += 1;
                    continue;
                }
            }
            row.cap(self.max_bytes);
            row.number = self.next_number;
            self.next_number += 1;
            return Ok(Some(row));
        }
    }

    fn passed(&self) -> Passed {
        Passed { blank: self.blank, ..self.lines.passed() }
    }
}
