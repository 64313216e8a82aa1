//! Lines → entries, and whether a log is what was written.
//!
//! Each line ends with a digest of itself and begins where the one before ended: a line that was
//! changed, taken out or put in shows, unless somebody computes all that follow anew.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::digest::hex;
use crate::error::UserError;
use crate::verdicts::entry::Entry;
use crate::verdicts::state::Verdicts;

/// Why a log cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A line is no entry.
    #[error("{path}:{line}: found {found}, wanted an entry of a log of verdicts", path = path.display())]
    Line {
        /// The log.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What stands there.
        found: String,
    },
    /// The file system refused.
    #[error("{path}: cannot read the verdicts", path = path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl UserError for ReadError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Line { found, .. } if found.starts_with("version") => "a newer dateline wrote it",
            Self::Line { .. } => {
                "dateline verify OUT.verdicts says what else is wrong; nothing but that line need be taken out"
            }
            Self::File { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// What a log holds.
pub(super) struct Found {
    pub entries: Vec<Entry>,
    /// Bytes of whole lines, of decisions that are there with all that came with them.
    pub whole: usize,
    /// Digest of the last of these lines.
    pub last: String,
    pub remarks: Vec<String>,
}

/// What the chain begins with.
const NOTHING: &str = "0000000000000000";

/// The first 16 digits of the SHA-256 of `line`.
pub(super) fn digest(line: &[u8]) -> String {
    hex(&Sha256::digest(line)[..8])
}

/// The line of `entry`, without its line feed.
pub(super) fn line_of(entry: &Entry) -> String {
    let mut line = serde_json::to_string(entry).expect("strings and finite numbers");
    let sum = digest(line.as_bytes());
    line.pop();
    line.push_str(&format!(",\"sum\":\"{sum}\"}}"));
    line
}

/// Whether `line` is as [`line_of`] made it.
fn is_unchanged(line: &str) -> bool {
    let Some(at) = line.rfind(",\"sum\":\"") else { return false };
    let body = format!("{}}}", &line[..at]);
    line[at..] == format!(",\"sum\":\"{}\"}}", digest(body.as_bytes()))
}

/// The entries in `bytes`, the content of the log `path`.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Found, ReadError> {
    let mut found = Found { entries: Vec::new(), whole: 0, last: NOTHING.to_owned(), remarks: Vec::new() };
    // Where the decisions began that are not all there yet.
    let mut begun: Option<(usize, usize, String)> = None;
    let mut at = 0;
    for (i, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let Some(line) = line.strip_suffix(b"\n") else { break };
        let refused = |found: String| ReadError::Line { path: path.to_owned(), line: i + 1, found };
        let text = std::str::from_utf8(line).map_err(|error| refused(error.to_string()))?;
        let entry: Entry = serde_json::from_str(text).map_err(|error| refused(version_or(text, &error)))?;
        if entry.v != Entry::VERSION {
            return Err(refused(format!("version {}", entry.v)));
        }
        let mut remark = |what: &str| found.remarks.push(format!("{}:{}: {what}", path.display(), i + 1));
        if !is_unchanged(text) {
            remark("the line is not what was written");
        }
        if entry.prev != found.last {
            remark("the line before is not the one that was there when this was written");
        }
        let before = std::mem::replace(&mut found.last, digest(line));
        match entry.together {
            Some([first, last]) if first == entry.n && last > entry.n => {
                begun = Some((at, found.entries.len(), before));
            }
            Some([_, last]) if last > entry.n => {}
            _ => begun = None,
        }
        found.entries.push(entry);
        at += line.len() + 1;
    }
    found.whole = at;
    if let Some((whole, n_entries, last)) = begun {
        found.whole = whole;
        found.entries.truncate(n_entries);
        found.last = last;
    }
    Ok(found)
}

/// What is wrong with `text`: that it is of another version, or what the JSON reader says.
fn version_or(text: &str, error: &serde_json::Error) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let version = value.as_ref().and_then(|value| value.get("v")).and_then(serde_json::Value::as_u64);
    match version {
        Some(version) if version != u64::from(Entry::VERSION) => format!("version {version}"),
        _ => error.to_string(),
    }
}

/// The logs in `dir`, by the names of their analysts; none if there is no such directory.
fn logs(dir: &Path) -> Result<BTreeMap<String, PathBuf>, ReadError> {
    let failed = |source| ReadError::File { path: dir.to_owned(), source };
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.map_err(failed)?,
    };
    let mut logs = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".jsonl"));
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            logs.insert(name.to_owned(), path);
        }
    }
    Ok(logs)
}

/// The logs of all analysts in `dir` as they stand, read without their locks: what is being written
/// is not in it. And what is wrong with their chains.
///
/// # Errors
/// If one cannot be read.
pub fn read_all(dir: &Path) -> Result<(Verdicts, Vec<String>), ReadError> {
    let mut verdicts = Verdicts::default();
    let mut remarks = Vec::new();
    for (analyst, path) in logs(dir)? {
        let bytes = fs::read(&path).map_err(|source| ReadError::File { path: path.clone(), source })?;
        let found = parse(&path, &bytes)?;
        remarks.extend(found.remarks);
        found.entries.into_iter().for_each(|entry| verdicts.add(&analyst, entry));
    }
    Ok((verdicts, remarks))
}

/// What [`verify`] finds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ChainReport {
    /// Logs.
    pub logs: u64,
    /// Entries in them.
    pub entries: u64,
    /// What is wrong.
    pub problems: Vec<String>,
}

/// Whether the logs in `dir` are what was written: every line whole, unchanged, and behind the one
/// that it was written behind.
///
/// # Errors
/// If the file system refuses.
pub fn verify(dir: &Path) -> Result<ChainReport, ReadError> {
    let mut report = ChainReport::default();
    for (_, path) in logs(dir)? {
        report.logs += 1;
        let bytes = fs::read(&path).map_err(|source| ReadError::File { path: path.clone(), source })?;
        match parse(&path, &bytes) {
            Ok(found) => {
                report.entries += found.entries.len() as u64;
                report.problems.extend(found.remarks);
                if found.whole < bytes.len() {
                    let n = bytes.len() - found.whole;
                    let problem = "bytes at the end are not finished; nobody was told that they are safe";
                    report.problems.push(format!("{}: {n} {problem}", path.display()));
                }
            }
            Err(error) => report.problems.push(error.to_string()),
        }
    }
    Ok(report)
}
