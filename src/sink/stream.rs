//! A file that grows, compressed if its name says so, of which is known how long it is and what its
//! digest is.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::compression::Compression;

/// Lines in a file.
pub struct Stream {
    compression: Option<Compression>,
    /// None once something has failed: what is in the file then is not known.
    writer: Option<Writer>,
    /// Line ends written.
    pub lines: u64,
}

/// A compressed file is written in members, each complete in itself.
enum Writer {
    /// Between two members, or plain text.
    Between(Counted),
    Gzip(GzEncoder<Counted>),
    Zstd(zstd::Encoder<'static, Counted>),
}

/// A file whose length and digest are known.
struct Counted {
    file: BufWriter<File>,
    length: u64,
    sha256: Sha256,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.length += n as u64;
        self.sha256.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Stream {
    /// Goes on in `file`, whose final name is `path`, after its first `length` bytes, which are
    /// `lines` lines; the rest is cut off.
    ///
    /// # Errors
    /// If the file cannot be cut off or read.
    pub fn open(path: &Path, mut file: File, length: u64, lines: u64) -> io::Result<Self> {
        file.set_len(length)?;
        let mut sha256 = Sha256::new();
        file.rewind()?;
        io::copy(&mut (&file).take(length), &mut sha256)?;
        file.seek(SeekFrom::End(0))?;
        let file = Counted { file: BufWriter::with_capacity(1 << 16, file), length, sha256 };
        Ok(Self { compression: Compression::of_name(path), writer: Some(Writer::Between(file)), lines })
    }

    /// Whether its bytes depend on where [`Stream::sync`] is called.
    pub fn is_compressed(&self) -> bool {
        self.compression.is_some()
    }

    /// Appends whole lines.
    ///
    /// # Errors
    /// If they cannot be written; then nothing more can.
    pub fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut writer = self.begun()?;
        match &mut writer {
            Writer::Between(out) => out.write_all(lines)?,
            Writer::Gzip(out) => out.write_all(lines)?,
            Writer::Zstd(out) => out.write_all(lines)?,
        }
        self.writer = Some(writer);
        self.lines += memchr::memchr_iter(b'\n', lines).count() as u64;
        Ok(())
    }

    /// Ends the member, if one is begun, and brings the file to the disk. How long it is then.
    ///
    /// # Errors
    /// If that fails; then nothing more can be written.
    pub fn sync(&mut self) -> io::Result<u64> {
        let mut file = match self.take()? {
            Writer::Between(out) => out,
            Writer::Gzip(out) => out.finish()?,
            Writer::Zstd(out) => out.finish()?,
        };
        file.flush()?;
        file.file.get_ref().sync_data()?;
        let length = file.length;
        self.writer = Some(Writer::Between(file));
        Ok(length)
    }

    /// [`Stream::sync`] for the last time; and the digest of all bytes.
    ///
    /// # Errors
    /// As there.
    pub fn finish(&mut self) -> io::Result<(u64, [u8; 32])> {
        // Compressed nothing is something.
        if self.lines == 0 {
            self.writer = Some(self.begun()?);
        }
        let length = self.sync()?;
        match &self.writer {
            Some(Writer::Between(file)) => Ok((length, file.sha256.clone().finalize().into())),
            _ => unreachable!("it was just left so"),
        }
    }

    /// The writer, inside a member.
    fn begun(&mut self) -> io::Result<Writer> {
        Ok(match (self.take()?, self.compression) {
            (Writer::Between(out), Some(Compression::Gzip)) => {
                Writer::Gzip(GzEncoder::new(out, flate2::Compression::default()))
            }
            (Writer::Between(out), Some(Compression::Zstd)) => {
                Writer::Zstd(zstd::Encoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL)?)
            }
            (writer, _) => writer,
        })
    }

    fn take(&mut self) -> io::Result<Writer> {
        self.writer.take().ok_or_else(|| io::Error::other("an earlier write has failed"))
    }
}
