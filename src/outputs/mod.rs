//! What runs have left: how far it is, whether it is what its manifest says, and the parts of a
//! corpus put together.
//!
//! A directory goes in, and what is found in it comes out, see [`find`]; or an output, and what is
//! wrong with it, see [`verify()`]; or the parts of a corpus, and their records in the order of the
//! corpus, see [`merge()`]. Nothing is tagged here.

mod lines;
mod merge;
mod verify;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::error::{Severity, UserError};
use crate::sink::checkpoint::{self, Manifest};
use crate::sink::{Files, output_of};

pub use lines::Lines;
pub use merge::{MergeError, merge};
pub use verify::{Report, check_record, verify};

/// An output cannot be read.
#[derive(Debug, Error)]
pub enum OutputError {
    /// One of its files is not there, or is not ours to read.
    #[error("{path}: cannot be opened")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Reading one of its files failed, or what it holds cannot be decompressed.
    #[error("{path}: cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The directory in which outputs are looked for.
    #[error("{path}: cannot be listed")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl UserError for OutputError {
    fn severity(&self) -> Severity {
        match self {
            Self::Read { .. } => Severity::Fatal,
            Self::Open { .. } | Self::Directory { .. } => Severity::Usage,
        }
    }
}

/// The manifest of the output `path`; none if it has none.
pub fn manifest_of(path: &Path) -> Option<Manifest> {
    checkpoint::read_manifest(&Files::of(path).manifest)
}

/// The key under which the records of the output `path` have what they add, as its manifest says;
/// none if they have it beside the article's own keys, or there is no manifest.
pub fn under_of(path: &Path) -> Option<String> {
    Some(manifest_of(path)?.fingerprint.under()?.to_owned())
}

/// The fields that the articles of the output `path` were read from, as its manifest says; none if
/// nobody named any, or there is no manifest.
pub fn fields_of(path: &Path) -> Vec<String> {
    let named = manifest_of(path).and_then(|manifest| manifest.fingerprint.options.get("field").cloned());
    named.and_then(|named| serde_json::from_value(named).ok()).unwrap_or_default()
}

/// An output in a directory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Found {
    /// Its name when it is complete.
    pub path: PathBuf,
    /// Which part of a corpus it is, and of how many, as far as is known.
    pub shard: Option<(u64, u64)>,
    /// How far it is.
    pub progress: Progress,
    /// Articles that were tagged, up to the last checkpoint.
    pub tagged: u64,
    /// Articles that were not.
    pub dead: u64,
}

/// How far an output is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Progress {
    /// It has its name and is as long as its manifest says.
    Complete,
    /// A run is writing it.
    Running,
    /// It was begun, and no run is writing it; the same command resumes it.
    Interrupted,
    /// It has its name, and is not as long as its manifest says; or an interrupted run has left
    /// what cannot be resumed.
    Damaged,
}

impl Progress {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Damaged => "damaged",
        }
    }
}

/// The outputs in `dir`, by name.
///
/// # Errors
/// If the directory cannot be read.
pub fn find(dir: &Path) -> Result<Vec<Found>, OutputError> {
    let unreadable = |source| OutputError::Directory { path: dir.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(".partial") {
            if !name.ends_with(".dead.jsonl") {
                found.push(unfinished(&path, path.with_file_name(name)));
            }
        } else if name.ends_with(".manifest.json")
            && let Some(manifest) = checkpoint::read_manifest(&path)
            && let Some(output) = output_of(&path)
            // The manifest comes before the name.
            && !Files::of(&output).records_partial.exists()
        {
            found.push(finished(output, &manifest));
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn finished(path: PathBuf, manifest: &Manifest) -> Found {
    let files = Files::of(&path);
    let length = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
    let is_whole = path.exists() && length(&path) == manifest.bytes && length(&files.dead) == manifest.dead_bytes;
    let progress = if is_whole { Progress::Complete } else { Progress::Damaged };
    Found { path, shard: manifest.shard(), progress, tagged: manifest.tagged, dead: manifest.dead }
}

fn unfinished(partial: &Path, path: PathBuf) -> Found {
    let lock = File::open(partial).map(|file| file.try_lock_shared());
    let files = Files::of(&path);
    let state = checkpoint::read(&files.checkpoint);
    let length = fs::metadata(partial).map_or(0, |found| found.len());
    let progress = match (lock, &state) {
        (Ok(Err(TryLockError::WouldBlock)), _) => Progress::Running,
        (_, Ok(Some(state))) if length < state.bytes => Progress::Damaged,
        (_, Err(_)) => Progress::Damaged,
        _ => Progress::Interrupted,
    };
    let state = state.ok().flatten().unwrap_or_default();
    let shard = state.fingerprint.shard().or_else(|| shard_of_name(&path));
    Found { path, shard, progress, tagged: state.tagged, dead: state.n_failed() }
}

/// Before the first checkpoint only the name says which part it is to be.
fn shard_of_name(path: &Path) -> Option<(u64, u64)> {
    let name = path.file_name()?.to_str()?.strip_prefix("part-")?.strip_suffix(".jsonl")?;
    let (index, count) = name.split_once("-of-")?;
    Some((index.parse().ok()?, count.parse().ok()?))
}

/// Parts of a corpus that are in none of `found`; none where there are no parts.
pub fn missing(found: &[Found]) -> Vec<(u64, u64)> {
    let Some(count) = found.iter().find_map(|found| found.shard).map(|(_, count)| count) else { return Vec::new() };
    let is_there = |index: &u64| found.iter().any(|found| found.shard == Some((*index, count)));
    (0..count).filter(|index| !is_there(index)).map(|index| (index, count)).collect()
}
