//! Takes compression off, whatever the file is called.
//!
//! Bytes of a file in, bytes of its content out. The first bytes decide: gzip may have several
//! members and zstd several frames, and all are read. What the content means is not looked at.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;

use crate::compression::Compression;

/// Bytes asked of the system at a time.
const BUFFER: usize = 128 << 10;

/// What is known of a file while it is read.
#[derive(Clone, Default, Debug)]
pub struct Meter {
    /// Bytes read of this file.
    pub here: Arc<AtomicU64>,
    /// Bytes read of all files.
    pub total: Arc<AtomicU64>,
    /// Where bytes begin that follow the compressed data and belong to nothing; 0 if there are
    /// none.
    pub trailing: Arc<AtomicU64>,
}

/// A file's content, in which one can look ahead.
pub type Content = Peek<Box<dyn BufRead + Send>>;

/// Reads through the compression of `file`, if there is one.
///
/// # Errors
/// If the first bytes cannot be read.
pub fn decompress(
    file: Box<dyn Read + Send>,
    meter: &Meter,
) -> io::Result<(Box<dyn BufRead + Send>, Option<Compression>)> {
    let file = BufReader::with_capacity(BUFFER, Patient(file));
    let mut file = Peek::new(Metered { inner: file, meter: meter.clone() });
    let compression = Compression::of_head(file.peek_like(Compression::could_be, 4)?);
    let content: Box<dyn BufRead + Send> = match compression {
        None => Box::new(file),
        Some(Compression::Gzip) => {
            let members = GzipMembers { state: GzipState::Member(GzDecoder::new(file)), meter: meter.clone() };
            Box::new(BufReader::with_capacity(BUFFER, members))
        }
        Some(Compression::Zstd) => {
            Box::new(BufReader::with_capacity(BUFFER, zstd::stream::read::Decoder::with_buffer(file)?))
        }
    };
    Ok((content, compression))
}

/// Reads again when a signal interrupted the reading.
struct Patient<R>(R);

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

/// Counts the bytes that were used, not those that wait in a buffer, so that an error can say where
/// it is.
struct Metered<R> {
    inner: R,
    meter: Meter,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        copy_buffered(self, buffer)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.inner.consume(n);
        self.meter.here.fetch_add(n as u64, Ordering::Relaxed);
        self.meter.total.fetch_add(n as u64, Ordering::Relaxed);
    }
}

/// Reads gzip members one after another until something else follows.
struct GzipMembers<R> {
    state: GzipState<R>,
    meter: Meter,
}

/// Where a gzip file stands.
enum GzipState<R> {
    /// Inside a member.
    Member(GzDecoder<Peek<R>>),
    /// Behind the last one.
    Done,
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let GzipState::Member(member) = &mut self.state else { return Ok(0) };
            let n = member.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            let GzipState::Member(member) = std::mem::replace(&mut self.state, GzipState::Done) else { return Ok(0) };
            let mut rest = member.into_inner();
            // Tapes and some archives pad with zeros; gzip ignores them too.
            while rest.peek(1)? == [0] {
                rest.consume(1);
            }
            match rest.peek(2)? {
                [] => return Ok(0),
                [0x1f, 0x8b] => self.state = GzipState::Member(GzDecoder::new(rest)),
                _ => {
                    // Bytes in the peek buffer count as read, although they are not yet used.
                    let at = self.meter.here.load(Ordering::Relaxed) - rest.waiting() as u64;
                    self.meter.trailing.store(at, Ordering::Relaxed);
                    return Ok(0);
                }
            }
        }
    }
}

/// A reader whose next bytes can be looked at, however few it gives at a time.
pub struct Peek<R> {
    inner: R,
    head: Vec<u8>,
    used: usize,
    ended: bool,
}

impl<R: BufRead> Peek<R> {
    /// Looks ahead in `inner`.
    pub fn new(inner: R) -> Self {
        Self { inner, head: Vec::new(), used: 0, ended: false }
    }

    /// The next `n` bytes, fewer only where the input ends.
    ///
    /// # Errors
    /// If reading fails.
    pub fn peek(&mut self, n: usize) -> io::Result<&[u8]> {
        while self.waiting() < n && !self.ended {
            let chunk = self.inner.fill_buf()?;
            let taken = chunk.len().min(n - (self.head.len() - self.used));
            self.ended = chunk.is_empty();
            self.head.extend_from_slice(&chunk[..taken]);
            self.inner.consume(taken);
        }
        let end = self.head.len().min(self.used + n);
        Ok(&self.head[self.used..end])
    }

    /// The next bytes, `n` at most, and only as long as they are `like` something: who is connected
    /// to a pipe may wait for an answer to the one byte that has come.
    ///
    /// # Errors
    /// If reading fails.
    pub fn peek_like(&mut self, like: impl Fn(&[u8]) -> bool, n: usize) -> io::Result<&[u8]> {
        let mut wanted = 0;
        loop {
            let head = self.peek(wanted)?;
            if head.len() < wanted || wanted == n || !like(head) {
                break;
            }
            wanted += 1;
        }
        self.peek(wanted)
    }

    /// Bytes that were looked at and not yet used.
    fn waiting(&self) -> usize {
        self.head.len() - self.used
    }
}

impl<R: BufRead> Read for Peek<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        copy_buffered(self, buffer)
    }
}

impl<R: BufRead> BufRead for Peek<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used < self.head.len() {
            return Ok(&self.head[self.used..]);
        }
        // A terminal that said "end" once is not asked again.
        if self.ended { Ok(&[]) } else { self.inner.fill_buf() }
    }

    fn consume(&mut self, n: usize) {
        if self.used < self.head.len() {
            self.used += n;
            if self.used == self.head.len() {
                self.head.clear();
                self.used = 0;
            }
        } else {
            self.inner.consume(n);
        }
    }
}

/// `Read::read` for a type that is a `BufRead`.
pub fn copy_buffered(reader: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<usize> {
    let chunk = reader.fill_buf()?;
    let n = chunk.len().min(buffer.len());
    buffer[..n].copy_from_slice(&chunk[..n]);
    reader.consume(n);
    Ok(n)
}
