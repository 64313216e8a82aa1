//! Where records go: standard output, or a file that appears under its name only when it is complete.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use thiserror::Error;

/// A destination of records.
pub struct Sink {
    writer: Writer,
    /// Final name, and the name it has while it is written.
    file: Option<(PathBuf, PathBuf)>,
}

enum Writer {
    Stdout(BufWriter<io::Stdout>),
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
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
            Self::Closed => None,
        }
    }
}

impl Sink {
    /// Records go to standard output.
    pub fn stdout() -> Self {
        Self { writer: Writer::Stdout(BufWriter::with_capacity(1 << 16, io::stdout())), file: None }
    }

    /// Records go to `path`, compressed if its name ends in `.gz` or `.zst`. Until [`Sink::finish`] the file is called
    /// `path` with `.partial` after it.
    ///
    /// # Errors
    /// If `path` exists or its partial file cannot be created.
    pub fn create(path: &Path) -> Result<Self, SinkError> {
        // symlink_metadata: a dangling link is something that stands there too.
        match path.symlink_metadata() {
            Ok(found) if found.is_file() => return Err(SinkError::Exists { path: path.to_owned() }),
            Ok(_) => return Err(SinkError::NotAFile { path: path.to_owned() }),
            Err(_) => {}
        }
        let partial = partial(path);
        let create = |source| SinkError::Create { path: partial.clone(), source };
        if partial.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return Err(SinkError::NotAFile { path: partial });
        }
        // What an interrupted run has left is written over, but not before it is certain that no other run writes on it.
        let file = File::options().write(true).create(true).truncate(false).open(&partial).map_err(create)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SinkError::InUse { path: partial }),
            Err(TryLockError::Error(source)) => return Err(create(source)),
        }
        file.set_len(0).map_err(create)?;
        let file = BufWriter::with_capacity(1 << 16, file);
        let writer = match path.extension().and_then(|ending| ending.to_str()) {
            Some("gz") => Writer::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Some("zst") => Writer::Zstd(zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL).map_err(create)?),
            _ => Writer::Plain(file),
        };
        Ok(Self { writer, file: Some((path.to_owned(), partial)) })
    }

    /// Appends whole records.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&mut self, records: &[u8]) -> Result<(), SinkError> {
        let result = match &mut self.writer {
            // Whoever reads along wants whole chunks now.
            Writer::Stdout(out) => out.write_all(records).and_then(|()| out.flush()),
            Writer::Plain(out) => out.write_all(records),
            Writer::Gzip(out) => out.write_all(records),
            Writer::Zstd(out) => out.write_all(records),
        };
        result.map_err(|source| self.error(source))
    }

    /// Makes the output complete: everything is on the disk, and has its name.
    ///
    /// # Errors
    /// If that fails; then the output does not exist under its name.
    pub fn finish(self) -> Result<(), SinkError> {
        let Self { writer, file } = self;
        let result = match writer {
            Writer::Stdout(mut out) => out.flush(),
            Writer::Plain(out) => sync(out),
            Writer::Gzip(out) => out.finish().and_then(sync),
            Writer::Zstd(out) => out.finish().and_then(sync),
        };
        let result = result.and_then(|()| match &file {
            None => Ok(()),
            Some((path, partial)) => {
                fs::rename(partial, path)?;
                let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
                File::open(dir)?.sync_all()
            }
        });
        result.map_err(|source| error(file.as_ref(), source))
    }

    fn error(&self, source: io::Error) -> SinkError {
        error(self.file.as_ref(), source)
    }
}

/// The name of `path` until it is complete.
pub fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

fn error(file: Option<&(PathBuf, PathBuf)>, source: io::Error) -> SinkError {
    match file {
        None if source.kind() == io::ErrorKind::BrokenPipe => SinkError::Closed,
        None => SinkError::Write { path: PathBuf::from("standard output"), source },
        Some((path, _)) => SinkError::Write { path: path.clone(), source },
    }
}

fn sync(out: BufWriter<File>) -> io::Result<()> {
    out.into_inner().map_err(|error| error.into_error())?.sync_all()
}
