//! Cuts a stream into records.
//!
//! Bytes in; out come the bytes of one record after another, each with its position. Memory is bounded by the longest
//! record allowed: a longer one is passed over, its first bytes kept to show. What a record says is not looked at, only
//! as much of its syntax as tells where it ends.

use std::io::{self, BufRead};

use memchr::{memchr, memchr_iter, memrchr};

use crate::source::decompress::Peek;
use crate::source::structure::Structure;
use crate::source::table::Rows;

/// A place in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Counted from 1.
    pub line: u64,
    /// Characters on the line, counted from 1.
    pub column: u64,
    /// Bytes before it, after decompression and decoding.
    pub byte: u64,
}

impl Position {
    /// The place behind `bytes` when this is the place before them.
    pub fn after(self, bytes: &[u8]) -> Self {
        let byte = self.byte + bytes.len() as u64;
        match memrchr(b'\n', bytes) {
            None => Self { column: self.column + chars(bytes), byte, ..self },
            Some(last) => {
                let lines = memchr_iter(b'\n', bytes).count() as u64;
                Self { line: self.line + lines, column: 1 + chars(&bytes[last + 1..]), byte }
            }
        }
    }
}

/// Characters in `bytes`, which may begin or end inside one: bytes that do not continue a character.
fn chars(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| (byte as i8) >= -0x40).count() as u64
}

/// The bytes of one record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Its bytes, without the end of its line; only the first ones if it is too long.
    pub bytes: Vec<u8>,
    /// Where it starts.
    pub start: Position,
    /// Its number, from 0.
    pub number: u64,
    /// All its bytes, more than there are in `bytes` if it is too long.
    pub len: u64,
    /// Whether the input ended before the record did; for a line, that it has no end of line.
    pub cut: bool,
}

/// What a splitter says of the bytes at hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// So many bytes stand between records.
    Skip(usize),
    /// So many bytes belong to the record, and it goes on.
    Take(usize),
    /// So many bytes belong to the record, and then it ends.
    End(usize),
}

/// How records are told apart.
pub enum Splitter {
    /// The whole input is one.
    Whole,
    /// Each line is one.
    Lines,
    /// Each row of a table is one.
    Rows(Rows),
    /// Each value of a JSON array, or of a stream of JSON values, is one.
    Structure(Structure),
}

impl Splitter {
    fn step(&mut self, bytes: &[u8]) -> Step {
        match self {
            Self::Whole => Step::Take(bytes.len()),
            Self::Lines => memchr(b'\n', bytes).map_or(Step::Take(bytes.len()), |i| Step::End(i + 1)),
            Self::Rows(rows) => rows.step(bytes),
            Self::Structure(structure) => structure.step(bytes),
        }
    }

    /// Whether the end of a line ends a record and is no part of it.
    fn by_line(&self) -> bool {
        matches!(self, Self::Lines | Self::Rows(_))
    }

    /// Whether these bytes are no record.
    fn blank(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Lines => bytes.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')),
            Self::Rows(_) => bytes.is_empty(),
            Self::Whole | Self::Structure(_) => false,
        }
    }
}

/// The records of one stream.
pub struct Records {
    input: Peek<Box<dyn BufRead + Send>>,
    splitter: Splitter,
    position: Position,
    max_bytes: usize,
    next_number: u64,
    /// Lines without anything on them so far.
    pub blank: u64,
}

impl Records {
    /// Cuts up `input`, which begins at byte `byte` of its file; of a record at most `max_bytes` are kept.
    pub fn new(input: Peek<Box<dyn BufRead + Send>>, splitter: Splitter, byte: u64, max_bytes: usize) -> Self {
        let position = Position { line: 1, column: 1, byte };
        Self { input, splitter, position, max_bytes, next_number: 0, blank: 0 }
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// If reading fails.
    pub fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let Some(mut record) = self.read()? else { return Ok(None) };
            if self.splitter.by_line() && record.len == record.bytes.len() as u64 {
                let end = record.bytes.strip_suffix(b"\n").unwrap_or(&record.bytes);
                let end = end.strip_suffix(b"\r").unwrap_or(end).len();
                record.bytes.truncate(end);
                record.len = end as u64;
                if self.splitter.blank(&record.bytes) {
                    self.blank += 1;
                    continue;
                }
            }
            record.bytes.truncate(self.max_bytes);
            self.next_number += 1;
            return Ok(Some(record));
        }
    }

    fn read(&mut self) -> io::Result<Option<Record>> {
        let mut record =
            Record { bytes: Vec::new(), start: self.position, number: self.next_number, len: 0, cut: false };
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                let unclosed = match &mut self.splitter {
                    Splitter::Whole => false,
                    Splitter::Lines => true,
                    Splitter::Rows(rows) => rows.unclosed(),
                    Splitter::Structure(structure) => structure.unclosed(),
                };
                record.cut = unclosed;
                // An array that never ends is missing something even where no record has begun.
                let is_record = record.len > 0 || (unclosed && matches!(self.splitter, Splitter::Structure(_)));
                return Ok(is_record.then_some(record));
            }
            let step = self.splitter.step(chunk);
            let (Step::Skip(n) | Step::Take(n) | Step::End(n)) = step;
            self.position = self.position.after(&chunk[..n]);
            match step {
                Step::Skip(_) => record.start = self.position,
                Step::Take(_) | Step::End(_) => {
                    // Two more bytes than allowed tell a line that is too long from one whose end makes it so.
                    let room = (self.max_bytes + 2).saturating_sub(record.bytes.len());
                    record.bytes.extend_from_slice(&chunk[..n.min(room)]);
                    record.len += n as u64;
                }
            }
            self.input.consume(n);
            if matches!(step, Step::End(_)) {
                return Ok(Some(record));
            }
        }
    }
}
