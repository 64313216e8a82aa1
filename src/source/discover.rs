//! Turns what the user named into a list of files.
//!
//! Files stay as they are named; a directory stands for the files in it that count by their ending,
//! sorted by the bytes of their paths. Nothing is read here but names: each file is opened to see
//! that it can be.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::source::entry::{Ending, Entry};
use crate::source::error::SourceError;
use crate::source::formats;
use crate::source::name::{lossless, shown};
use crate::source::notes::Notes;
use crate::source::refused::Refused;
use crate::source::select::Selection;

/// What was found.
#[derive(Default)]
pub struct FoundFiles {
    /// The inputs, in the order in which they are read.
    pub entries: Vec<Entry>,
    /// What is in a directory and cannot be opened.
    pub refused: Refused,
    /// What the user should know of the directories.
    pub notes: Notes,
}

/// Lists the files of `inputs`, in directories those of `selection`, and after them the `listed`
/// ones.
///
/// # Errors
/// The first input that is missing, unreadable, or has nothing to read.
pub fn discover(inputs: &[PathBuf], listed: &[PathBuf], selection: &Selection) -> Result<FoundFiles, SourceError> {
    let mut found = FoundFiles::default();
    let mut has_stdin = false;
    for input in inputs {
        if input.as_os_str() == "-" {
            if std::mem::replace(&mut has_stdin, true) {
                return Err(SourceError::StdinTwice);
            }
            found.entries.push(Entry::reader("-", Box::new(io::stdin())));
            continue;
        }
        let about = fs::metadata(input).map_err(|error| open_error(input, error))?;
        if about.is_dir() {
            found.directory(input, selection)?;
        } else if about.is_file() {
            let size = size(input)?;
            found.entries.push(Entry::file(None, input.clone(), size));
        } else {
            found.entries.push(Entry::pipe(input.clone()));
        }
    }
    // A list is as a directory: nobody looked at each of its names.
    let here: Arc<Path> = Path::new("").into();
    for name in listed {
        match fs::metadata(name).map_err(|error| open_error(name, error)).and_then(|about| match about.is_dir() {
            true => found.directory(name, selection).map(|()| None),
            false => size(name).map(Some),
        }) {
            Ok(Some(size)) => found.entries.push(Entry::file(Some(Arc::clone(&here)), name.clone(), size)),
            Ok(None) => {}
            Err(error) => {
                let message = found.refused.add(shown(&lossless(name)), error);
                found.notes.refused(message);
            }
        }
    }
    Ok(found)
}

impl FoundFiles {
    fn directory(&mut self, dir: &Path, selection: &Selection) -> Result<(), SourceError> {
        let path = shown(&lossless(dir));
        let mut walk = Walk::default();
        walk.from(dir, selection)?;
        if walk.files.is_empty() && walk.errors.is_empty() {
            if walk.excluded > 0 {
                return Err(SourceError::AllExcluded { path, excluded: walk.excluded });
            }
            return Err(SourceError::NoArticles { path, skipped: walk.skipped, endings: formats::endings() });
        }
        for (count, what) in [
            (walk.skipped, "files skipped by their ending"),
            (walk.own, "files of dateline's own runs left out"),
            (walk.excluded, "files left out by --include and --exclude"),
            (walk.repeated, "links to directories already read"),
        ] {
            if count > 0 {
                self.notes.say(format!("{path}: {what}: {count}"));
            }
        }
        walk.files.sort_unstable_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
        let dir: Arc<Path> = dir.into();
        for name in walk.files {
            match size(&dir.join(&name)) {
                Ok(size) => self.entries.push(Entry::file(Some(Arc::clone(&dir)), name, size)),
                Err(error) => walk.errors.push((dir.join(name), error)),
            }
        }
        for (path, error) in walk.errors {
            let message = self.refused.add(shown(&lossless(&path)), error);
            self.notes.refused(message);
        }
        Ok(())
    }
}

/// Whether a file called `name` is what a run has left: a manifest beside its records, and records
/// and dead letters beside their manifest. `is_there` tells what is in the same directory.
fn is_own(name: &str, is_there: impl Fn(&str) -> bool) -> bool {
    let has_manifest = |stem: &str| is_there(&format!("{stem}.manifest.json"));
    if let Some(stem) = name.strip_suffix(".manifest.json") {
        return is_there(&format!("{stem}.jsonl")) || is_there(stem);
    }
    if has_manifest(name) {
        return true;
    }
    let stem = name.strip_suffix(".jsonl");
    stem.is_some_and(|stem| has_manifest(stem.strip_suffix(".dead").unwrap_or(stem)))
}

/// Bytes of a file that can be opened.
fn size(path: &Path) -> Result<u64, SourceError> {
    let about = File::open(path).and_then(|file| file.metadata());
    about.map(|about| about.len()).map_err(|error| open_error(path, error))
}

/// What a walk through a directory has found.
#[derive(Default)]
struct Walk {
    /// Files to read, relative to where the walk began.
    files: Vec<PathBuf>,
    /// Files whose ending does not count.
    skipped: u64,
    /// Files that this program has written.
    own: u64,
    /// Files whose ending counts, and that are not meant.
    excluded: u64,
    /// Directories that a link led to a second time, as in a loop.
    repeated: u64,
    /// What could not be looked at.
    errors: Vec<(PathBuf, SourceError)>,
    visited: HashSet<PathBuf>,
}

impl Walk {
    /// Walks through `root`.
    fn from(&mut self, root: &Path, selection: &Selection) -> Result<(), SourceError> {
        let mut waiting = vec![PathBuf::new()];
        while let Some(below) = waiting.pop() {
            let path = root.join(&below);
            let listed = self.list(&path);
            let names = match listed {
                Ok(Some(names)) => names,
                Ok(None) => {
                    self.repeated += 1;
                    continue;
                }
                // A directory that was named is meant to be read. One below it may be somebody
                // else's.
                Err(error) if below.as_os_str().is_empty() => return Err(open_error(&path, error)),
                // One that is left out is no loss.
                Err(_) if selection.excludes(&below) => continue,
                Err(error) => {
                    let error = open_error(&path, error);
                    self.errors.push((path, error));
                    continue;
                }
            };
            let is_there =
                |name: &str| names.binary_search_by(|other| other.as_encoded_bytes().cmp(name.as_bytes())).is_ok();
            let (own, names): (Vec<_>, Vec<_>) =
                names.iter().partition(|name| name.to_str().is_some_and(|name| is_own(name, is_there)));
            self.own += own.len() as u64;
            for name in names {
                if name.as_encoded_bytes().starts_with(b".") {
                    continue;
                }
                let counts = Ending::of(&name.to_string_lossy()).format.is_some();
                let below = below.join(name);
                let path = root.join(&below);
                match fs::metadata(&path) {
                    Ok(about) if about.is_dir() => waiting.push(below),
                    Ok(about) if about.is_file() && counts && !selection.has(&below) => self.excluded += 1,
                    Err(_) if counts && !selection.has(&below) => self.excluded += 1,
                    Ok(about) if about.is_file() && counts => self.files.push(below),
                    Err(error) if counts => {
                        let error = open_error(&path, error);
                        self.errors.push((path, error));
                    }
                    Ok(_) | Err(_) => self.skipped += 1,
                }
            }
        }
        Ok(())
    }

    /// The names in the directory `path`; `None` if it was listed before.
    fn list(&mut self, path: &Path) -> io::Result<Option<Vec<std::ffi::OsString>>> {
        if !self.visited.insert(fs::canonicalize(path)?) {
            return Ok(None);
        }
        let names = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name()));
        let mut names = names.collect::<io::Result<Vec<_>>>()?;
        // The order of a directory differs between machines, and decides which of two links to one
        // place counts.
        names.sort_unstable_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
        Ok(Some(names))
    }
}

fn open_error(path: &Path, error: io::Error) -> SourceError {
    SourceError::Open { path: shown(&lossless(path)), source: error }
}
