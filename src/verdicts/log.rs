//! The decisions of one analyst, one a line, only ever added to.
//!
//! A decision is on the disk before [`Log::append`] returns. A line that was not finished when the
//! machine stopped has not been acknowledged: it goes to a file of its own when the log is opened
//! again, as do those that came together with it.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use thiserror::Error;

use crate::error::{Severity, UserError};
use crate::sink::{beside, sync_directory, with_suffix};
use crate::verdicts::entry::{Decision, Entry};
use crate::verdicts::lock::{Lock, LockError, open_private};
use crate::verdicts::read::{self, ReadError};
use crate::verdicts::time::stamp;

/// A log that is being written.
#[derive(Debug)]
pub struct Log {
    analyst: String,
    path: PathBuf,
    file: File,
    _lock: Lock,
    /// Bytes of it that are on the disk.
    len: u64,
    next: u64,
    prev: String,
    /// What is on the disk is not known any more.
    is_broken: bool,
}

/// What a log held when it was opened.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Replayed {
    /// Its entries, in order.
    pub entries: Vec<Entry>,
    /// Where what was not finished is now, if there was any.
    pub torn: Option<PathBuf>,
    /// What is wrong with its chain, as [`verify`](crate::verdicts::verify) would say it.
    pub remarks: Vec<String>,
}

/// Why a log cannot be opened or written.
#[derive(Debug, Error)]
pub enum LogError {
    /// An analyst's name that is no name of a file.
    #[error(
        "the analyst's name is {name:?}: expected up to 64 letters, digits, dots, dashes and underscores, and first a letter or a digit"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// Somebody else writes it.
    #[error("{path}: {holder} writes it", path = path.display())]
    Locked {
        /// The log.
        path: PathBuf,
        /// Who.
        holder: String,
    },
    /// A line is no entry.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file system refused.
    #[error("{path}: cannot be {doing}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What it said.
        source: io::Error,
    },
    /// Something failed before, and what is on the disk is not known since.
    #[error("{path}: an earlier decision could not be written, so that nothing more is", path = path.display())]
    Broken {
        /// The log.
        path: PathBuf,
    },
}

impl UserError for LogError {
    fn severity(&self) -> Severity {
        match self {
            Self::File { .. } | Self::Broken { .. } => Severity::Fatal,
            Self::Name { .. } | Self::Locked { .. } | Self::Read(_) => Severity::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Locked { .. } => "each analyst has a log: choose another name, or end the other one",
            Self::File { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "free space and decide again; everything that was acknowledged is safe"
            }
            Self::Broken { .. } => "everything that was acknowledged is safe: start again to go on",
            Self::Read(error) => return error.hint(),
            Self::Name { .. } | Self::File { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// Where the verdicts on the records `output` are: `out.verdicts` for `out.jsonl`.
pub fn directory(output: &Path) -> PathBuf {
    beside(output, ".verdicts")
}

/// The log of `analyst` in the directory of verdicts `dir`.
///
/// # Errors
/// If the name is no name of a file.
pub fn file_of(dir: &Path, analyst: &str) -> Result<PathBuf, LogError> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_good = analyst.chars().next().is_some_and(char::is_alphanumeric)
        && analyst.chars().all(is_plain)
        && analyst.chars().count() <= 64;
    if is_good { Ok(dir.join(format!("{analyst}.jsonl"))) } else { Err(LogError::Name { name: analyst.to_owned() }) }
}

impl Log {
    /// Opens the log of `analyst` in the directory `dir`, or begins it, and gives what is in it.
    /// `who` is what others are told who want to write it meanwhile: `process 4711`.
    ///
    /// # Errors
    /// If somebody else writes it, a line of it is no entry, or the file system refuses.
    pub fn open(dir: &Path, analyst: &str, who: &str) -> Result<(Self, Replayed), LogError> {
        let path = file_of(dir, analyst)?;
        let failed = |doing: &'static str| {
            let path = path.clone();
            move |source| LogError::File { path, doing, source }
        };
        make_directory(dir).map_err(|source| LogError::File { path: dir.to_owned(), doing: "made", source })?;
        let lock = Lock::take(&path, who).map_err(|error| match error {
            LockError::Held(holder) => LogError::Locked { path: path.clone(), holder },
            LockError::Failed(path, source) => LogError::File { path, doing: "locked", source },
        })?;
        let mut file = open_private(&path, true).map_err(failed("opened"))?;
        sync_directory(&path).map_err(failed("opened"))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed("read"))?;
        let found = read::parse(&path, &bytes)?;
        let mut torn = None;
        if found.whole < bytes.len() {
            let name = with_suffix(&path.with_extension(""), ".torn");
            keep_torn(&name, &bytes[found.whole..]).map_err(|source| LogError::File {
                path: name.clone(),
                doing: "written",
                source,
            })?;
            file.set_len(found.whole as u64).and_then(|()| file.sync_all()).map_err(failed("mended"))?;
            torn = Some(name);
        }
        let next = found.entries.iter().map(|entry| entry.n).max().unwrap_or(0).saturating_add(1);
        let log = Self {
            analyst: analyst.to_owned(),
            path,
            file,
            _lock: lock,
            len: found.whole as u64,
            next,
            prev: found.last,
            is_broken: false,
        };
        Ok((log, Replayed { entries: found.entries, torn, remarks: found.remarks }))
    }

    /// Whose it is.
    pub fn analyst(&self) -> &str {
        &self.analyst
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the next entry.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Writes `decisions` down, made at the time `at`, all or none of them, and gives their entries
    /// when they are on the disk. Several are undone together.
    ///
    /// # Errors
    /// If they cannot be written; then none of them counts. After a sync that failed nothing more
    /// is written, since what is on the disk is not known.
    pub fn append(&mut self, decisions: Vec<Decision>, at: SystemTime) -> Result<Vec<Entry>, LogError> {
        if self.is_broken {
            return Err(LogError::Broken { path: self.path.clone() });
        }
        if decisions.is_empty() {
            return Ok(Vec::new());
        }
        let (first, last) = (self.next, self.next + decisions.len() as u64 - 1);
        let at = stamp(at);
        let mut lines = Vec::new();
        let mut prev = self.prev.clone();
        let mut entries = Vec::with_capacity(decisions.len());
        for (n, decision) in (first..).zip(decisions) {
            let together = (first < last).then_some([first, last]);
            let entry = Entry { v: Entry::VERSION, n, at: at.clone(), decision, together, prev };
            let line = read::line_of(&entry);
            prev = read::digest(line.as_bytes());
            lines.extend_from_slice(line.as_bytes());
            lines.push(b'\n');
            entries.push(entry);
        }
        let failed = |doing, source| LogError::File { path: self.path.clone(), doing, source };
        if let Err(error) = self.file.write_all(&lines) {
            // Half a line may be there, which the next must not be joined to.
            self.is_broken = self.file.set_len(self.len).and_then(|()| self.file.sync_data()).is_err();
            return Err(failed("written", error));
        }
        if let Err(error) = self.file.sync_data() {
            self.is_broken = true;
            return Err(failed("synced", error));
        }
        self.len += lines.len() as u64;
        self.next += entries.len() as u64;
        self.prev = prev;
        Ok(entries)
    }
}

fn make_directory(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(dir)?;
    sync_directory(dir)
}

/// Adds `bytes` to the file `path`, where nothing of it is lost.
fn keep_torn(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = open_private(path, true)?;
    file.write_all(bytes)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    sync_directory(path)
}
