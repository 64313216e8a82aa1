//! Where records go: standard output, or a file that appears under its name only when it is complete, and that a run which was
//! killed goes on with.
//!
//! While it is written the file is called `OUT.partial`. Every [`CHECKPOINT_BYTES`] of records, or as many as it is told, it is
//! brought to the disk, and then how far it goes is written to `OUT.ckpt`, see [`checkpoint`]. A run that finds both cuts the file
//! off there and goes on; where the cuts are depends on the records alone, so that the bytes are those of a run that nobody disturbed. At
//! the end the manifest is written, then the file gets its name, then the checkpoint goes.

pub mod checkpoint;

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use thiserror::Error;

use checkpoint::{Fingerprint, State, beside};

/// Bytes of records between two checkpoints, before compression.
pub const CHECKPOINT_BYTES: u64 = 8 << 20;

/// A destination of records.
pub struct Sink(Destination);

enum Destination {
    Stdout(BufWriter<io::Stdout>),
    File(Box<Output>),
}

/// A file that is being written.
struct Output {
    /// Final name.
    path: PathBuf,
    /// The name it has until then.
    partial: PathBuf,
    /// None only within a call.
    writer: Option<Writer>,
    /// As of the last checkpoint, and beyond it for records and failures.
    state: State,
    /// Whether a later run could go on.
    resumable: bool,
    /// Bytes of records between two checkpoints.
    every: u64,
    /// Bytes of records since the last checkpoint.
    since: u64,
    /// Line ends written, of records that are in `state`.
    lines: u64,
}

/// A member of a compressed file, or plain text.
enum Writer {
    Plain(Counted),
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

impl Writer {
    /// A new member at the end of `file`.
    fn new(path: &Path, file: Counted) -> io::Result<Self> {
        Ok(match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Self::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Self::Zstd(zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?),
            _ => Self::Plain(file),
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.write_all(bytes),
            Self::Gzip(out) => out.write_all(bytes),
            Self::Zstd(out) => out.write_all(bytes),
        }
    }

    /// Ends the member, and brings the file to the disk.
    fn finish(self) -> io::Result<Counted> {
        let mut file = match self {
            Self::Plain(out) => out,
            Self::Gzip(out) => out.finish()?,
            Self::Zstd(out) => out.finish()?,
        };
        file.flush()?;
        file.file.get_ref().sync_data()?;
        Ok(file)
    }
}

/// What went wrong with the output.
#[derive(Debug, Error)]
pub enum SinkError {
    /// The output stands there already.
    #[error("{path}: exists already")]
    Exists {
        /// The output.
        path: PathBuf,
    },
    /// The output stands there already, and is what this run would make.
    #[error("{path}: is already complete")]
    AlreadyComplete {
        /// The output.
        path: PathBuf,
    },
    /// An interrupted run of something else has left its output.
    #[error("{path}: belongs to another run, whose {} was not the same", .changed.join(", "))]
    Changed {
        /// The checkpoint.
        path: PathBuf,
        /// Names of what differs.
        changed: Vec<String>,
    },
    /// What an interrupted run has left is not whole.
    #[error("{path}: {message}")]
    Damaged {
        /// The checkpoint or the partial file.
        path: PathBuf,
        /// What was found.
        message: String,
    },
    /// Records and lines do not add up.
    #[error("{path}: {records} records were counted, but {lines} lines written")]
    Account {
        /// The output.
        path: PathBuf,
        /// As counted.
        records: u64,
        /// As written.
        lines: u64,
    },
    /// Something that is not a file stands there: a device, a pipe, a link.
    #[error("{path}: is not an ordinary file")]
    NotAFile {
        /// What was named, or its partial file.
        path: PathBuf,
    },
    /// Another run is writing it.
    #[error("{path}: another run is writing it")]
    InUse {
        /// The partial file.
        path: PathBuf,
    },
    /// It cannot be created.
    #[error("{path}: cannot be created")]
    Create {
        /// The file that was to be made.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written on.
    #[error("{path}: cannot be written")]
    Write {
        /// The output.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The reader of standard output has gone; nobody wants the rest.
    #[error("standard output was closed")]
    Closed,
}

impl SinkError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotAFile { .. } => Some("leave out --output and redirect standard output instead".to_owned()),
            Self::InUse { .. } => Some("wait for it, or name another file with --output".to_owned()),
            Self::Exists { path } => {
                Some(format!("remove it, or name another with --output; {} is never overwritten", path.display()))
            }
            Self::Create { source, .. } | Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Some("create its directory first".to_owned()),
                io::ErrorKind::StorageFull => Some("free space and run the same command again".to_owned()),
                _ => None,
            },
            Self::Changed { .. } | Self::Damaged { .. } => Some(
                "give the command of that run to go on with it, or remove its .ckpt and .partial files to begin again"
                    .to_owned(),
            ),
            Self::AlreadyComplete { .. } | Self::Account { .. } | Self::Closed => None,
        }
    }
}

impl Sink {
    /// Records go to standard output.
    pub fn stdout() -> Self {
        Self(Destination::Stdout(BufWriter::with_capacity(1 << 16, io::stdout())))
    }

    /// Records go to `path`, compressed if its name ends in `.gz` or `.zst`. Until [`Sink::finish`] the file is called
    /// `path` with `.partial` after it. With a `fingerprint`, a run that is killed can go on, and this may be such a run: see
    /// [`Sink::records`]. There is a checkpoint after `every` so many bytes of records.
    ///
    /// # Errors
    /// If `path` exists, its partial file cannot be created, or what an interrupted run has left is of another run or damaged.
    pub fn create(path: &Path, fingerprint: Option<Fingerprint>, every: u64) -> Result<Self, SinkError> {
        // symlink_metadata: a dangling link is something that stands there too.
        match path.symlink_metadata() {
            Ok(found) if found.is_file() => return Err(stands_there(path, fingerprint.as_ref())),
            Ok(_) => return Err(SinkError::NotAFile { path: path.to_owned() }),
            Err(_) => {}
        }
        let partial = partial(path);
        let create = |source| SinkError::Create { path: partial.clone(), source };
        if partial.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return Err(SinkError::NotAFile { path: partial });
        }
        // What an interrupted run has left is changed, but not before it is certain that no other run writes on it.
        let options = File::options().read(true).write(true).create(true).truncate(false).to_owned();
        let mut file = options.open(&partial).map_err(create)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SinkError::InUse { path: partial }),
            Err(TryLockError::Error(source)) => return Err(create(source)),
        }
        let resumable = fingerprint.is_some();
        if resumable {
            // No checkpoint may outlive the file that it is about.
            checkpoint::sync_directory(&partial).map_err(create)?;
        }
        let state = State { fingerprint: fingerprint.unwrap_or_default(), ..State::default() };
        let state = resumed(path, &partial, &file, state)?;
        file.set_len(state.bytes).map_err(create)?;
        let mut sha256 = Sha256::new();
        io::copy(&mut (&file).take(state.bytes), &mut sha256).map_err(create)?;
        file.seek(SeekFrom::End(0)).map_err(create)?;
        let file = Counted { file: BufWriter::with_capacity(1 << 16, file), length: state.bytes, sha256 };
        let writer = Some(Writer::new(path, file).map_err(create)?);
        let (path, lines) = (path.to_owned(), state.records);
        let output = Output { path, partial, writer, state, resumable, every, since: 0, lines };
        Ok(Self(Destination::File(Box::new(output))))
    }

    /// Records that an earlier run has left, which are not to be written again.
    pub fn records(&self) -> u64 {
        match &self.0 {
            Destination::Stdout(_) => 0,
            Destination::File(output) => output.state.records,
        }
    }

    /// Articles that were not tagged, in the whole output as far as it goes; 0 for standard output, which is not counted.
    pub fn n_failed(&self) -> u64 {
        match &self.0 {
            Destination::Stdout(_) => 0,
            Destination::File(output) => output.state.failed.values().sum(),
        }
    }

    /// Appends whole records, a line each, of which some are `failed` articles, by code.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write<'c>(
        &mut self,
        records: &[u8],
        n_records: u64,
        failed: impl IntoIterator<Item = (&'c str, u64)>,
    ) -> Result<(), SinkError> {
        match &mut self.0 {
            // Whoever reads along wants whole chunks now.
            Destination::Stdout(out) => out.write_all(records).and_then(|()| out.flush()).map_err(of_stdout),
            Destination::File(output) => {
                output.state.records += n_records;
                for (code, n) in failed {
                    *output.state.failed.entry(code.to_owned()).or_default() += n;
                }
                output.write(records).map_err(|source| output.error(source))
            }
        }
    }

    /// Makes the output complete: everything is on the disk, and has its name.
    ///
    /// # Errors
    /// If that fails; then the output does not exist under its name.
    pub fn finish(self) -> Result<(), SinkError> {
        match self.0 {
            Destination::Stdout(mut out) => out.flush().map_err(of_stdout),
            Destination::File(output) => output.finish(),
        }
    }
}

/// Where to go on: at the checkpoint beside `path` if there is one, else from the beginning.
fn resumed(path: &Path, partial: &Path, file: &File, begin: State) -> Result<State, SinkError> {
    let at = beside(path, ".ckpt");
    let damaged = |path: &Path, message: String| SinkError::Damaged { path: path.to_owned(), message };
    let Some(state) = checkpoint::read(&at).map_err(|message| damaged(&at, message))? else { return Ok(begin) };
    let names = state.fingerprint.keys().chain(begin.fingerprint.keys());
    let differs = |name: &&String| state.fingerprint.get(*name) != begin.fingerprint.get(*name);
    let mut changed: Vec<String> = names.filter(differs).cloned().collect();
    changed.sort();
    changed.dedup();
    if !changed.is_empty() {
        return Err(SinkError::Changed { path: at, changed });
    }
    let length = file.metadata().map_err(|source| SinkError::Create { path: partial.to_owned(), source })?.len();
    if length < state.bytes {
        return Err(damaged(partial, format!("expected at least {} bytes, found {length}", state.bytes)));
    }
    Ok(state)
}

/// What to say of an output that has its name already.
fn stands_there(path: &Path, fingerprint: Option<&Fingerprint>) -> SinkError {
    let path = path.to_owned();
    let manifest = checkpoint::read_manifest(&beside(&path, ".manifest.json"));
    let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    match manifest.filter(|manifest| Some(&manifest.fingerprint) == fingerprint && manifest.bytes == length) {
        Some(_) => SinkError::AlreadyComplete { path },
        None => SinkError::Exists { path },
    }
}

impl Output {
    fn error(&self, source: io::Error) -> SinkError {
        SinkError::Write { path: self.path.clone(), source }
    }

    fn write(&mut self, records: &[u8]) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Err(io::Error::other("an earlier write has failed")) };
        writer.write_all(records)?;
        self.lines += memchr::memchr_iter(b'\n', records).count() as u64;
        self.since += records.len() as u64;
        if self.since < self.every {
            return Ok(());
        }
        let file = self.sync()?;
        self.since = 0;
        // The data first, then what says that it is there.
        if self.resumable {
            checkpoint::write(&beside(&self.path, ".ckpt"), &self.state)?;
        }
        self.writer = Some(Writer::new(&self.path, file)?);
        Ok(())
    }

    /// Ends what is written of the file, and brings it to the disk.
    fn sync(&mut self) -> io::Result<Counted> {
        let Some(writer) = self.writer.take() else { return Err(io::Error::other("an earlier write has failed")) };
        let file = writer.finish()?;
        self.state.bytes = file.length;
        Ok(file)
    }

    fn finish(mut self) -> Result<(), SinkError> {
        if self.lines != self.state.records {
            return Err(SinkError::Account { path: self.path, records: self.state.records, lines: self.lines });
        }
        self.name().map_err(|source| self.error(source))
    }

    /// Gives the file its name, the manifest before and the checkpoint after.
    fn name(&mut self) -> io::Result<()> {
        let file = self.sync()?;
        if self.resumable {
            self.state.sha256 = Some(checkpoint::hex(&file.sha256.finalize()));
            checkpoint::write_manifest(&beside(&self.path, ".manifest.json"), &self.state)?;
        }
        fs::rename(&self.partial, &self.path)?;
        checkpoint::sync_directory(&self.path)?;
        match fs::remove_file(beside(&self.path, ".ckpt")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn of_stdout(source: io::Error) -> SinkError {
    match source.kind() {
        io::ErrorKind::BrokenPipe => SinkError::Closed,
        _ => SinkError::Write { path: PathBuf::from("standard output"), source },
    }
}

/// The name of `path` until it is complete.
pub fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}
