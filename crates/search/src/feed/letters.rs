//! Records that an engine did not take, each on a line with the reason: the dead letters of a feed.

use std::fs::{self, File, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use dateline::document::Syntax;
use dateline::internals::digest::hex;
use dateline::internals::sink::{sync_directory, with_suffix};
use dateline::record::dead::DeadLetter;
use sha2::{Digest, Sha256};

use crate::feed::error::FeedError;
use crate::feed::records::Doc;
use crate::feed::verdict::{Refusal, STAGE};

/// Dead letters that are being written; while they are no other feed of this name runs.
pub struct Letters {
    file: File,
    partial: PathBuf,
    path: PathBuf,
    bytes: u64,
    since_sync: bool,
}

impl Letters {
    /// Dead letters that will be called `path` when all is done, and until then are in a file beside it
    /// that belongs to the feed with the state file `state`. They go on after the first `bytes`; where
    /// there are none the file begins anew.
    ///
    /// # Errors
    /// If another feed is writing them, those of another feed stand there, or they are shorter than
    /// they were.
    pub fn open(path: &Path, state: &Path, bytes: u64) -> Result<Self, FeedError> {
        let partial = with_suffix(&state.with_extension("dead.jsonl"), ".partial");
        let write = |source| FeedError::Write { path: partial.clone(), source };
        if path.symlink_metadata().is_ok() {
            // The feed may have ended between the name of its dead letters and its last state.
            if partial.exists() || bytes == 0 {
                return Err(FeedError::Exists { path: path.to_owned() });
            }
            fs::rename(path, &partial).map_err(write)?;
        }
        let options = File::options().read(true).write(true).create(true).truncate(false).to_owned();
        let mut file = options.open(&partial).map_err(write)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FeedError::InUse { path: partial }),
            Err(TryLockError::Error(source)) => return Err(write(source)),
        }
        let found = file.metadata().map_err(write)?.len();
        if found < bytes {
            let message = format!("expected at least {bytes} bytes, found {found}");
            return Err(FeedError::Damaged { path: partial, message });
        }
        file.set_len(bytes).and_then(|()| file.seek(SeekFrom::Start(bytes))).map_err(write)?;
        Ok(Self { file, partial, path: path.to_owned(), bytes, since_sync: false })
    }

    /// Appends a record that was refused.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, doc: &Doc, refusal: &Refusal) -> Result<(), FeedError> {
        let text = String::from_utf8_lossy(&doc.raw);
        let letter = DeadLetter {
            source: doc.place.path.display().to_string().into(),
            record: doc.place.record,
            byte_offset: doc.place.byte_offset,
            byte_len: doc.raw.len() as u64,
            sha256: hex(&Sha256::digest(&doc.raw)),
            code: refusal.code.name().into(),
            stage: STAGE.into(),
            message: refusal.message.as_str().into(),
            raw: Some(text),
            raw_b64: None,
            line: doc.place.line,
            item: doc.place.item,
            id: doc.key.as_str().into(),
            syntax: std::borrow::Cow::Owned(Syntax::Json),
        };
        let mut line = serde_json::to_vec(&letter).map_err(|error| self.error(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|source| self.error(source))?;
        self.bytes += line.len() as u64;
        self.since_sync = true;
        Ok(())
    }

    /// Brings them to the disk, and says how many bytes there are.
    ///
    /// # Errors
    /// If that fails.
    pub fn sync(&mut self) -> Result<u64, FeedError> {
        if std::mem::take(&mut self.since_sync) {
            self.file.sync_data().map_err(|source| self.error(source))?;
        }
        Ok(self.bytes)
    }

    /// Gives them their name, if there are any.
    ///
    /// # Errors
    /// If that fails, or something stands there by now.
    pub fn finish(mut self) -> Result<(), FeedError> {
        self.sync()?;
        if self.bytes == 0 {
            fs::remove_file(&self.partial).map_err(|source| self.error(source))?;
        } else if self.path.symlink_metadata().is_ok() {
            return Err(FeedError::Exists { path: self.path });
        } else {
            fs::rename(&self.partial, &self.path).map_err(|source| self.error(source))?;
        }
        sync_directory(&self.path).map_err(|source| self.error(source))
    }

    /// Takes the file away again, if there is nothing in it.
    pub fn discard(self) {
        if self.bytes == 0 {
            // An empty file that stays does no harm.
            let _ = fs::remove_file(&self.partial);
        }
    }

    fn error(&self, source: io::Error) -> FeedError {
        FeedError::Write { path: self.partial.clone(), source }
    }
}

/// Whether a feed with the state file `state` is running.
pub fn is_running(state: &Path) -> bool {
    let partial = with_suffix(&state.with_extension("dead.jsonl"), ".partial");
    File::open(partial).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
