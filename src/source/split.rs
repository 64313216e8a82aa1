//! Cuts a stream into records.
//!
//! Bytes in; out come the bytes of one record after another, each with its position. Memory is
//! bounded by the longest record allowed: a longer one is skipped, its first bytes kept to show.
//! What a record says is not looked at, only as much of its syntax as tells where it ends.

use std::io::{self, BufRead};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use memchr::{memchr_iter, memrchr};
use sha2::{Digest, Sha256};

use crate::source::decompress::Content;
use crate::source::guard::Guard;

/// A place in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FilePosition {
    /// Counted from 1.
    pub line: u64,
    /// Characters on the line, counted from 1.
    pub column: u64,
    /// Bytes before it, after decompression and decoding.
    pub byte: u64,
}

impl FilePosition {
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

/// Characters in `bytes`, which may begin or end inside one: bytes that do not continue a
/// character.
fn chars(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| (byte as i8) >= -0x40).count() as u64
}

/// The bytes of one record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawRecord {
    /// Its bytes, without the end of its line; only the first ones if it is too long.
    pub bytes: Vec<u8>,
    /// Where it starts.
    pub start: FilePosition,
    /// Its number, from 0.
    pub number: u64,
    /// All its bytes, more than there are in `bytes` if it is too long.
    pub len: u64,
    /// If it is too long, the SHA-256 of all its bytes.
    pub digest_of_all: Option<[u8; 32]>,
    /// Whether the input ended before the record did; for a line, that it has no end of line.
    pub cut: bool,
}

impl RawRecord {
    /// Keeps only the first bytes if there are more than `max_bytes`.
    pub fn cap(&mut self, max_bytes: usize) {
        if self.len > max_bytes as u64 {
            self.digest_of_all.get_or_insert_with(|| Sha256::digest(&self.bytes).into());
            self.bytes.truncate(max_bytes.min(SHOWN));
            self.bytes.shrink_to_fit();
        }
    }
}

/// What a [`Split`] says of the bytes at hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// So many bytes stand between records.
    Skip(usize),
    /// So many bytes belong to the record, and it continues.
    Take(usize),
    /// So many bytes belong to the record, and then it ends.
    End(usize),
    /// What these bytes are takes more of them to say; where there are no more they belong to the record
    /// if one has begun.
    More,
    /// So many bytes belong to the record, and then it ends and is no article: a member of a
    /// container that says of itself that it is something else. It has no number and is only
    /// counted.
    Drop(usize),
}

/// Tells records apart.
pub trait Split: Send {
    /// Looks at the next bytes, of which there is at least one.
    fn step(&mut self, bytes: &[u8]) -> Step;

    /// What is still open where the input ends. Asking closes it.
    fn unclosed(&mut self) -> Unclosed;

    /// Whether the end of a line ends a record and is no part of it.
    fn by_line(&self) -> bool {
        false
    }

    /// Whether these bytes are no record.
    fn is_blank(&self, _record: &[u8]) -> bool {
        false
    }
}

/// What is open where the input ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unclosed {
    /// Nothing.
    Nothing,
    /// The record that has begun, if one has.
    Record,
    /// What stands around records, so that something is missing even where no record has begun.
    Around,
}

/// Bytes of a record that is too long, which are kept to show.
const SHOWN: usize = 64 << 10;

/// The records of one file, one after another.
pub trait RecordStream: Send {
    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// If the rest of the file cannot be read.
    fn next(&mut self) -> io::Result<Option<RawRecord>>;

    /// What was skipped so far.
    fn passed(&self) -> Passed;
}

/// What stood between the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Passed {
    /// Lines without anything on them.
    pub blank: u64,
    /// Members of a container that are no articles.
    pub not_articles: u64,
}

/// How a stream is cut up.
#[derive(Clone, Default, Debug)]
pub struct Limits {
    /// Bytes of the file before the stream.
    pub skipped: u64,
    /// Bytes that a record may have.
    pub max_record_bytes: usize,
    /// Counts the bytes that were used of a compressed file.
    pub compressed: Option<Arc<AtomicU64>>,
    /// Whether lines without anything on them are given out.
    pub keep_blank: bool,
}

/// The records of one stream.
pub struct StreamRecords<S> {
    input: Content,
    split: S,
    position: FilePosition,
    max_bytes: usize,
    next_number: u64,
    guard: Option<Guard>,
    keep_blank: bool,
    passed: Passed,
}

impl<S: Split> StreamRecords<S> {
    /// Cuts up `input` as `split` says.
    pub fn new(input: Content, split: S, limits: &Limits) -> Self {
        let max_bytes = limits.max_record_bytes;
        Self {
            input,
            split,
            position: FilePosition { line: 1, column: 1, byte: limits.skipped },
            max_bytes,
            next_number: 0,
            guard: limits.compressed.clone().map(|compressed| Guard::new(compressed, max_bytes)),
            keep_blank: limits.keep_blank,
            passed: Passed::default(),
        }
    }

    /// The next stretch of bytes that may be a record, and what of it is beyond the longest one
    /// allowed.
    fn read(&mut self) -> io::Result<Option<(RawRecord, Option<Beyond>)>> {
        let mut record = RawRecord {
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
                let unclosed = self.split.unclosed();
                record.cut = unclosed != Unclosed::Nothing;
                let is_record = record.len > 0 || unclosed == Unclosed::Around;
                return Ok(is_record.then_some((record, beyond)));
            }
            let mut step = self.split.step(chunk);
            if step == Step::More {
                let had = chunk.len();
                if self.input.peek(2 * had + 64)?.len() > had {
                    continue;
                }
                step = if record.len > 0 { Step::Take(had) } else { Step::Skip(had) };
            }
            let chunk = self.input.fill_buf()?;
            let (Step::Skip(n) | Step::Take(n) | Step::End(n) | Step::Drop(n)) = step else {
                unreachable!("it was asked for more")
            };
            self.position = self.position.after(&chunk[..n]);
            match step {
                Step::Skip(_) => record.start = self.position,
                Step::Drop(_) | Step::More => {}
                Step::Take(_) | Step::End(_) => {
                    // Two more bytes than allowed tell a line that is too long from one whose end
                    // makes it so.
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
            match step {
                Step::Skip(_) | Step::Take(_) | Step::More => {}
                Step::End(_) => return Ok(Some((record, beyond))),
                Step::Drop(_) => {
                    self.passed.not_articles += 1;
                    if let Some(guard) = &mut self.guard {
                        guard.reset();
                    }
                    beyond = None;
                    record.bytes.clear();
                    record.len = 0;
                    record.start = self.position;
                }
            }
        }
    }
}

impl<S: Split> RecordStream for StreamRecords<S> {
    /// Fails, too, where the content never comes to a record: see
    /// [`Bomb`](crate::source::guard::Bomb).
    fn next(&mut self) -> io::Result<Option<RawRecord>> {
        loop {
            let Some((mut record, beyond)) = self.read()? else { return Ok(None) };
            let by_line = self.split.by_line();
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
                    if self.split.is_blank(&record.bytes) {
                        self.passed.blank += 1;
                        if self.keep_blank {
                            return Ok(Some(record));
                        }
                        continue;
                    }
                }
                None => {}
            }
            record.cap(self.max_bytes);
            if record.len <= self.max_bytes as u64
                && let Some(guard) = &mut self.guard
            {
                guard.reset();
            }
            self.next_number += 1;
            return Ok(Some(record));
        }
    }

    fn passed(&self) -> Passed {
        self.passed
    }
}

/// `line` without the line feed at its end, and the carriage return before that.
fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The digest of a record that is not kept.
pub struct Beyond {
    sha256: Sha256,
    /// The last two bytes, which may be the end of the line and then do not belong to it.
    last: Vec<u8>,
}

impl Beyond {
    /// Of a record that begins with the bytes `kept`.
    pub fn new(kept: &[u8]) -> Self {
        let mut beyond = Self { sha256: Sha256::new(), last: Vec::new() };
        beyond.push(kept);
        beyond
    }

    /// More of it.
    pub fn push(&mut self, bytes: &[u8]) {
        // A record arrives in pieces of a buffer's size; a copy of two bytes and one piece costs
        // nothing beside the digest.
        self.last.extend_from_slice(bytes);
        let sure = self.last.len().saturating_sub(2);
        self.sha256.update(&self.last[..sure]);
        self.last.drain(..sure);
    }

    /// The digest, and how many bytes at the end were not counted.
    pub fn finish(mut self, by_line: bool) -> ([u8; 32], u64) {
        let end = if by_line { without_line_end(&self.last) } else { &self.last };
        self.sha256.update(end);
        let line_end = (self.last.len() - end.len()) as u64;
        (self.sha256.finalize().into(), line_end)
    }
}
