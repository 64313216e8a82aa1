//! A file without a protocol: it appears under its name when it is complete, and cannot be resumed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::sink::error::SinkError;
use crate::sink::files::{Files, sync_directory};
use crate::sink::stream::Stream;

/// Such a file.
pub struct Plain {
    path: PathBuf,
    partial: PathBuf,
    stream: Stream,
}

impl Plain {
    /// Begins the file `path`, compressed if its name ends in `.gz` or `.zst`.
    ///
    /// # Errors
    /// If it exists, or cannot be created.
    pub fn create(path: &Path) -> Result<Self, SinkError> {
        if path.symlink_metadata().is_ok() {
            return Err(SinkError::Exists { path: path.to_owned(), differences: Vec::new() });
        }
        let partial = Files::of(path).records_partial;
        let open = File::options().read(true).write(true).create_new(true).open(&partial);
        let stream = open.and_then(|file| Stream::open(path, file, 0, 0));
        let stream = stream.map_err(|source| SinkError::Create { path: partial.clone(), source })?;
        Ok(Self { path: path.to_owned(), partial, stream })
    }

    /// Appends whole lines.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        self.stream.write(lines).map_err(|source| SinkError::Write { path: self.path.clone(), source })
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// If that fails.
    pub fn finish(mut self) -> Result<(), SinkError> {
        let named = self.stream.finish().and_then(|_| fs::rename(&self.partial, &self.path));
        let named = named.and_then(|()| sync_directory(&self.path));
        named.map_err(|source| SinkError::Write { path: self.path, source })
    }
}
