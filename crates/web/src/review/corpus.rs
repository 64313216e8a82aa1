//! The index of the records: made if it is missing, brought up to date if it is behind, and opened
//! once for each request at a time.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use dateline::internals::error::chain;
use dateline::internals::outputs;
use dateline_search::Index;
use dateline_search::browse::{self, Overview};
use dateline_search::index::{self, BuildOptions, Built, IndexError};
use serde::Serialize;

use crate::http::Reply;

/// Records with their index.
pub struct Corpus {
    /// The output of `dateline tag`.
    pub records: PathBuf,
    index: PathBuf,
    state: Mutex<State>,
    /// Opened, and not in use.
    idle: Mutex<Vec<Index>>,
    overview: OnceLock<Overview>,
}

/// How far the index is.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum State {
    /// It is looked at.
    Opening,
    /// It is made: articles and bytes of the records that were read, and bytes in all.
    Building {
        /// Articles.
        articles: u64,
        /// Bytes.
        bytes: u64,
        /// Bytes in all.
        of: u64,
    },
    /// What it has is counted.
    Counting,
    /// It is whole.
    Ready,
    /// It cannot be made.
    Failed {
        /// Why.
        message: String,
    },
}

impl Corpus {
    /// The records of `records` with their index `index`, which [`Self::prepare`] makes.
    pub fn new(records: PathBuf, index: PathBuf) -> Self {
        Self { records, index, state: Mutex::new(State::Opening), idle: Mutex::default(), overview: OnceLock::new() }
    }

    /// Makes the index if it is missing, or brings it up to date. `go_on` is told how far it is.
    ///
    /// # Errors
    /// If the records cannot be read, or the index not be written.
    pub fn prepare(&self, mut go_on: impl FnMut(&Built) -> ControlFlow<()>) -> Result<(), IndexError> {
        let prepared = self.prepared(&mut go_on);
        self.set(match &prepared {
            Ok(()) => State::Ready,
            Err(error) => State::Failed { message: chain(error) },
        });
        prepared
    }

    fn prepared(&self, go_on: &mut dyn FnMut(&Built) -> ControlFlow<()>) -> Result<(), IndexError> {
        if !self.is_up_to_date() {
            let of = fs::metadata(&self.records).map_or(0, |found| found.len());
            let mut tell = |built: &Built| {
                self.set(State::Building { articles: built.read, bytes: built.bytes, of });
                go_on(built)
            };
            let options = BuildOptions { mixed: true, ..BuildOptions::default() };
            let records = std::slice::from_ref(&self.records);
            let built = match index::build(&self.index, records, &options, &mut tell) {
                // What is compressed cannot be read from the middle, so the index keeps it.
                Err(IndexError::NoPlaces { .. }) => {
                    index::build(&self.index, records, &BuildOptions { store: true, ..options }, &mut tell)
                }
                built => built,
            };
            if built?.interrupted {
                return Ok(());
            }
        }
        self.set(State::Counting);
        browse::keep(&self.index)
    }

    /// Whether the index has these records as they are: by their length, and by their digest where a
    /// manifest says it. Each text is checked again when it is read.
    fn is_up_to_date(&self) -> bool {
        let Ok(index) = Index::open(&self.index) else { return false };
        let Ok(files) = index.records_files() else { return false };
        let wanted = absolute(&self.records);
        let file = files.into_iter().find(|file| absolute(&file.path) == wanted);
        let Some((length, digest)) = file.and_then(|file| file.end) else { return false };
        let is_long = fs::metadata(&self.records).is_ok_and(|found| found.len() == length);
        let said = outputs::manifest_of(&self.records).map(|manifest| manifest.sha256);
        index.about().is_complete() && is_long && said.is_none_or(|said| said == digest)
    }

    /// How far the index is.
    pub fn state(&self) -> State {
        lock(&self.state).clone()
    }

    fn set(&self, state: State) {
        *lock(&self.state) = state;
    }

    /// What `read` gives, which reads from the index.
    ///
    /// # Errors
    /// Status 503 if the index is not there yet, and whatever `read` says.
    pub fn read<T>(&self, read: impl FnOnce(&Index) -> Result<T, Reply>) -> Result<T, Reply> {
        match self.state() {
            State::Ready => {}
            State::Failed { message } => return Err(Reply::refused(500, "index", &message, None)),
            _ => {
                return Err(Reply::refused(503, "not_ready", "the index is being made", Some("ask again in a second")));
            }
        }
        // By itself, so that the lock is not held while a new one is opened.
        let idle = lock(&self.idle).pop();
        let index = match idle {
            Some(index) => index,
            None => Index::open(&self.index)?,
        };
        let found = read(&index);
        lock(&self.idle).push(index);
        found
    }

    /// The corpus in numbers.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn overview(&self) -> Result<&Overview, Reply> {
        if let Some(overview) = self.overview.get() {
            return Ok(overview);
        }
        let read = self.read(|index| Ok(index.overview()?))?;
        Ok(self.overview.get_or_init(|| read))
    }

    /// The fields that were tagged, where `tag --field` named them.
    pub fn fields(&self) -> Vec<String> {
        let manifest = outputs::manifest_of(&self.records);
        let fields = manifest.as_ref().and_then(|manifest| manifest.fingerprint.options.get("field")?.as_array());
        fields.into_iter().flatten().filter_map(|field| Some(field.as_str()?.to_owned())).collect()
    }

    /// What the corpus is called: its file's name, without the ending.
    pub fn name(&self) -> String {
        let name = self.records.file_name().unwrap_or_default().to_string_lossy();
        name.split(".jsonl").next().unwrap_or_default().to_owned()
    }
}

fn absolute(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Nothing that is behind these locks is half changed when a thread dies.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
