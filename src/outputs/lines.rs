//! The lines of an output, compressed or not, and the digest of its bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use crate::compression::Compression;
use crate::digest::hex;
use crate::outputs::OutputError;

/// The lines of a file.
pub struct Lines {
    path: PathBuf,
    lines: Box<dyn BufRead + Send>,
    digest: Arc<Mutex<(u64, Sha256)>>,
    line: Vec<u8>,
    number: u64,
}

/// Counts and digests what passes.
struct Digested<R> {
    bytes: R,
    digest: Arc<Mutex<(u64, Sha256)>>,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        if let Ok(mut digest) = self.digest.lock() {
            digest.0 += n as u64;
            digest.1.update(&buffer[..n]);
        }
        Ok(n)
    }
}

impl Lines {
    /// The lines of the file `path`, or of standard input if that is `-`. gzip and zstd are told by
    /// the first bytes.
    ///
    /// # Errors
    /// If it cannot be opened, or its first bytes cannot be read.
    pub fn open(path: &Path) -> Result<Self, OutputError> {
        let opened: io::Result<Box<dyn Read + Send>> = match path.to_str() {
            Some("-") => Ok(Box::new(io::stdin())),
            _ => File::open(path).map(|file| Box::new(file) as _),
        };
        let opened = opened.map_err(|source| OutputError::Open { path: path.to_owned(), source })?;
        Self::of(path, opened).map_err(|source| OutputError::Read { path: path.to_owned(), source })
    }

    fn of(path: &Path, bytes: impl Read + Send + 'static) -> io::Result<Self> {
        let digest = Arc::default();
        let mut bytes = BufReader::with_capacity(1 << 16, Digested { bytes, digest: Arc::clone(&digest) });
        let head = bytes.fill_buf()?;
        let lines: Box<dyn BufRead + Send> = match Compression::of_head(head) {
            Some(Compression::Gzip) => {
                Box::new(BufReader::with_capacity(1 << 16, flate2::bufread::MultiGzDecoder::new(bytes)))
            }
            Some(Compression::Zstd) => {
                Box::new(BufReader::with_capacity(1 << 16, zstd::stream::read::Decoder::with_buffer(bytes)?))
            }
            None => Box::new(bytes),
        };
        Ok(Self { path: path.to_owned(), lines, digest, line: Vec::new(), number: 0 })
    }

    /// The next line, without its end.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn next_line(&mut self) -> Result<Option<&[u8]>, OutputError> {
        self.line.clear();
        let read = self.lines.read_until(b'\n', &mut self.line);
        if read.map_err(|source| OutputError::Read { path: self.path.clone(), source })? == 0 {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(self.line.strip_suffix(b"\n").unwrap_or(&self.line)))
    }

    /// The line that [`next_line`](Self::next_line) gave last, with its end.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// Its number, counted from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Bytes of the file that were read, more or less: some are read ahead.
    pub fn bytes_read(&self) -> u64 {
        self.digest.lock().map_or(0, |digest| digest.0)
    }

    /// Some of what comes after it, or nothing at the end.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn peek(&mut self) -> io::Result<&[u8]> {
        self.lines.fill_buf()
    }

    /// What comes after that line, decompressed.
    pub fn into_reader(self) -> impl Read + Send {
        self.lines
    }

    /// How many bytes the file has, and their digest, when all lines have been read.
    ///
    /// # Errors
    /// If what is left cannot be read.
    pub fn finish(mut self) -> Result<(u64, String), OutputError> {
        while self.next_line()?.is_some() {}
        let died = |_| OutputError::Read { path: self.path.clone(), source: io::Error::other("a thread has died") };
        let digest = self.digest.lock().map_err(died)?;
        Ok((digest.0, hex(&digest.1.clone().finalize())))
    }
}
