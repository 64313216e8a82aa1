//! Cuts a stream into records.
//!
//! Bytes in; out come the bytes of one record after another, each with its position. Memory is bounded by the longest
//! record allowed: a longer one is passed over, its first bytes kept to show. What a record says is not looked at, only
//! as much of its syntax as tells where it ends.

use std::fmt;
use std::io::{self, BufRead};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memchr_iter, memrchr};
use sha2::{Digest, Sha256};

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
    /// If it is too long, the SHA-256 of all its bytes.
    pub digest_of_all: Option<[u8; 32]>,
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

/// Bytes of a record that is too long, which are kept to show.
const SHOWN: usize = 64 << 10;

/// The records of one stream.
pub struct Records {
    input: Peek<Box<dyn BufRead + Send>>,
    splitter: Splitter,
    position: Position,
    max_bytes: usize,
    next_number: u64,
    guard: Option<Guard>,
    /// Whether lines without anything on them are given out.
    pub keep_blank: bool,
    /// Lines without anything on them so far.
    pub blank: u64,
}

impl Records {
    /// Cuts up `input`, which begins at byte `byte` of its file; a record may have `max_bytes`. Of a compressed file
    /// `compressed` counts the bytes that were used.
    pub fn new(
        input: Peek<Box<dyn BufRead + Send>>,
        splitter: Splitter,
        byte: u64,
        max_bytes: usize,
        compressed: Option<Arc<AtomicU64>>,
    ) -> Self {
        let position = Position { line: 1, column: 1, byte };
        let guard = compressed.map(|compressed| Guard::new(compressed, max_bytes));
        Self { input, splitter, position, max_bytes, next_number: 0, guard, keep_blank: false, blank: 0 }
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// If reading fails, or goes on and on without a record: see [`Bomb`].
    pub fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let Some((mut record, beyond)) = self.read()? else { return Ok(None) };
            let by_line = self.splitter.by_line();
            match beyond {
                Some(beyond) => {
                    let (digest, line_end) = beyond.finish(by_line);
                    record.len -= line_end;
                    record.digest_of_all = Some(digest);
                }
                None if by_line => {
                    let end = without_line_end(&record.bytes).len();
                    record.bytes.truncate(end);
                    record.len = end as u64;
                    if self.splitter.blank(&record.bytes) {
                        self.blank += 1;
                        if self.keep_blank {
                            return Ok(Some(record));
                        }
                        continue;
                    }
                }
                None => {}
            }
            if record.len > self.max_bytes as u64 {
                record.digest_of_all.get_or_insert_with(|| Sha256::digest(&record.bytes).into());
                record.bytes.truncate(self.max_bytes.min(SHOWN));
                record.bytes.shrink_to_fit();
            } else if let Some(guard) = &mut self.guard {
                guard.reset();
            }
            self.next_number += 1;
            return Ok(Some(record));
        }
    }

    /// The next stretch of bytes that may be a record, and what of it is beyond the longest one allowed.
    fn read(&mut self) -> io::Result<Option<(Record, Option<Beyond>)>> {
        let mut record = Record {
            bytes: Vec::new(),
            start: self.position,
            number: self.next_number,
            len: 0,
            digest_of_all: None,
            cut: false,
        };
        let mut beyond: Option<Beyond> = None;
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
                return Ok(is_record.then_some((record, beyond)));
            }
            let step = self.splitter.step(chunk);
            let (Step::Skip(n) | Step::Take(n) | Step::End(n)) = step;
            self.position = self.position.after(&chunk[..n]);
            match step {
                Step::Skip(_) => record.start = self.position,
                Step::Take(_) | Step::End(_) => {
                    // Two more bytes than allowed tell a line that is too long from one whose end makes it so.
                    let room = n.min((self.max_bytes + 2).saturating_sub(record.bytes.len()));
                    record.bytes.extend_from_slice(&chunk[..room]);
                    record.len += n as u64;
                    if room < n {
                        beyond.get_or_insert_with(|| Beyond::new(&record.bytes)).push(&chunk[room..n]);
                    }
                }
            }
            self.input.consume(n);
            if let Some(guard) = &mut self.guard {
                guard.pass(n)?;
            }
            if matches!(step, Step::End(_)) {
                return Ok(Some((record, beyond)));
            }
        }
    }
}

/// `line` without the line feed at its end, and the carriage return before that.
fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The digest of a record that is not kept.
struct Beyond {
    sha256: Sha256,
    /// The last two bytes, which may be the end of the line and then do not belong to it.
    last: Vec<u8>,
}

impl Beyond {
    fn new(kept: &[u8]) -> Self {
        let mut beyond = Self { sha256: Sha256::new(), last: Vec::new() };
        beyond.push(kept);
        beyond
    }

    fn push(&mut self, bytes: &[u8]) {
        // A record arrives in pieces of a buffer's size; a copy of two bytes and one piece costs nothing beside the digest.
        self.last.extend_from_slice(bytes);
        let sure = self.last.len().saturating_sub(2);
        self.sha256.update(&self.last[..sure]);
        self.last.drain(..sure);
    }

    /// The digest, and how many bytes at the end were not counted.
    fn finish(mut self, by_line: bool) -> ([u8; 32], u64) {
        let end = if by_line { without_line_end(&self.last) } else { &self.last };
        self.sha256.update(end);
        let line_end = (self.last.len() - end.len()) as u64;
        (self.sha256.finalize().into(), line_end)
    }
}

/// Much that comes out of little, and no record among it: what is made to fill memories and disks, or to be read for ever.
#[derive(Debug)]
pub struct Bomb {
    /// Bytes since the last record that is not too long.
    pub expanded: u64,
    /// What they were made from.
    pub compressed: u64,
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} bytes of nothing out of {}", self.expanded, self.compressed)
    }
}

impl std::error::Error for Bomb {}

/// Looks out for a [`Bomb`].
struct Guard {
    compressed: Arc<AtomicU64>,
    /// What `compressed` said after the last record.
    at: u64,
    /// Bytes since then.
    expanded: u64,
    /// Bytes that are nothing unusual.
    floor: u64,
}

impl Guard {
    /// Longest records, one after another, that are nothing unusual.
    const RECORDS: u64 = 16;
    /// Bytes that are nothing unusual, however short records are.
    const BYTES: u64 = 64 << 20;
    /// Text shrinks to a third or a tenth; only what repeats itself all the time shrinks to a hundredth.
    const RATIO: u64 = 100;

    fn new(compressed: Arc<AtomicU64>, max_bytes: usize) -> Self {
        let floor = Self::RECORDS.saturating_mul(max_bytes as u64).max(Self::BYTES);
        Self { compressed, at: 0, expanded: 0, floor }
    }

    fn pass(&mut self, n: usize) -> io::Result<()> {
        self.expanded += n as u64;
        if self.expanded > self.floor {
            let compressed = self.compressed.load(Ordering::Relaxed).saturating_sub(self.at);
            if self.expanded / Self::RATIO > compressed {
                return Err(io::Error::other(Bomb { expanded: self.expanded, compressed }));
            }
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.at = self.compressed.load(Ordering::Relaxed);
        self.expanded = 0;
    }
}
