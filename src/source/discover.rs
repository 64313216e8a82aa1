//! Turns what the user named into a list of files.
//!
//! Files stay as they are named; a directory stands for the files in it that count by their ending, sorted by the bytes
//! of their paths. Nothing is read here but names, and the first bytes of each file to see that they can be.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::Encoding;

use crate::compression::Compression;
use crate::source::decode;
use crate::source::decompress;
use crate::source::error::{SourceError, lossless, shown};

/// Endings of the files in a directory that are read.
pub const ENDINGS: [&str; 8] = [".txt", ".text", ".md", ".json", ".jsonl", ".ndjson", ".csv", ".tsv"];

/// How articles are written in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// The file is one article.
    Text,
    /// Each line is a JSON object.
    JsonLines,
    /// JSON objects in an array or one after another, over any number of lines.
    Json,
    /// Comma-separated rows under a header.
    Csv,
    /// Tab-separated rows under a header.
    Tsv,
}

impl Format {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::JsonLines => "JSON lines",
            Self::Json => "JSON",
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
        }
    }

    fn of(ending: &str) -> Option<Self> {
        Some(match ending.to_ascii_lowercase().as_str() {
            "txt" | "text" | "md" => Self::Text,
            "jsonl" | "ndjson" => Self::JsonLines,
            "json" => Self::Json,
            "csv" => Self::Csv,
            "tsv" => Self::Tsv,
            _ => return None,
        })
    }
}

/// What a file's name says about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ending {
    /// The format, if the ending is a known one.
    pub format: Option<Format>,
    /// The compression.
    pub compression: Option<Compression>,
}

impl Ending {
    /// Reads the ending of `name`: `corpus.jsonl.gz`.
    pub fn of(name: &str) -> Self {
        let compression = Compression::of_name(Path::new(name));
        let name = if compression.is_some() { name.rsplit_once('.').map_or("", |(stem, _)| stem) } else { name };
        Self { format: name.rsplit_once('.').and_then(|(_, ending)| Format::of(ending)), compression }
    }
}

/// One input to read. There may be millions, so that nothing is kept that can be made when it is needed.
pub struct Entry {
    /// The directory that was named, if the file itself was not.
    dir: Option<Arc<Path>>,
    /// Its path in that directory, or as it was named.
    name: PathBuf,
    /// Where its bytes come from.
    pub content: Content,
}

/// Where the bytes of an input come from.
pub enum Content {
    /// A regular file of so many bytes, which can be opened more than once.
    File(u64),
    /// A pipe or a device.
    Pipe,
    /// Something open already.
    Reader(Box<dyn Read + Send>),
}

impl Entry {
    /// An input that is open already, called `name`.
    pub fn reader(name: &str, reader: Box<dyn Read + Send>) -> Self {
        Self { dir: None, name: name.into(), content: Content::Reader(reader) }
    }

    /// The same file once more, if it is one.
    pub fn again(&self) -> Option<Self> {
        let Content::File(size) = self.content else { return None };
        Some(Self { dir: self.dir.clone(), name: self.name.clone(), content: Content::File(size) })
    }

    /// Whether it is a file, which can be opened again.
    pub fn is_file(&self) -> bool {
        matches!(self.content, Content::File(_))
    }

    /// Whether it was named itself, rather than a directory it is in.
    pub fn is_named(&self) -> bool {
        self.dir.is_none()
    }

    /// Whether its name is that of a file of dead letters.
    pub fn holds_dead_letters(&self) -> bool {
        let name = self.name.to_string_lossy();
        let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
        name.ends_with(".dead.jsonl")
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.dir.as_ref().map_or_else(|| self.name.clone(), |dir| dir.join(&self.name))
    }

    /// As the user would name it.
    pub fn source(&self) -> String {
        lossless(&self.path())
    }

    /// What ids of its articles are derived from: its path in the directory that was named, or the name itself.
    pub fn id(&self) -> String {
        lossless(&self.name)
    }

    /// What its name says about it.
    pub fn ending(&self) -> Ending {
        Ending::of(&self.name.to_string_lossy())
    }
}

/// Lists the files of `inputs`, each checked to be readable; and what the user should know of the directories.
///
/// # Errors
/// The first input that is missing, unreadable, or has nothing to read.
pub fn discover(
    inputs: &[PathBuf],
    encoding: Option<&'static Encoding>,
) -> Result<(Vec<Entry>, Vec<String>), SourceError> {
    let mut entries = Vec::new();
    let mut notes = Vec::new();
    let mut has_stdin = false;
    for input in inputs {
        if input.as_os_str() == "-" {
            if std::mem::replace(&mut has_stdin, true) {
                return Err(SourceError::StdinTwice);
            }
            entries.push(Entry::reader("-", Box::new(io::stdin())));
            continue;
        }
        let source = lossless(input);
        let about = fs::metadata(input).map_err(|error| open_error(input, error))?;
        if about.is_dir() {
            let mut walk = Walk::default();
            walk.directory(input, Path::new(""))?;
            if walk.found.is_empty() {
                return Err(SourceError::NoArticles { path: shown(&source), skipped: walk.skipped });
            }
            if walk.skipped > 0 {
                notes.push(format!("{}: files skipped by their ending: {}", shown(&source), walk.skipped));
            }
            if walk.repeated > 0 {
                notes.push(format!("{}: links to directories already read: {}", shown(&source), walk.repeated));
            }
            walk.found.sort_unstable_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
            let dir: Arc<Path> = input.as_path().into();
            for name in walk.found {
                entries.push(file(Some(Arc::clone(&dir)), name, encoding)?);
            }
        } else if about.is_file() {
            entries.push(file(None, input.clone(), encoding)?);
        } else {
            entries.push(Entry { dir: None, name: input.clone(), content: Content::Pipe });
        }
    }
    Ok((entries, notes))
}

/// A regular file, once its first bytes have been seen to be readable.
fn file(dir: Option<Arc<Path>>, name: PathBuf, encoding: Option<&'static Encoding>) -> Result<Entry, SourceError> {
    let mut entry = Entry { dir, name, content: Content::File(0) };
    let path = entry.path();
    let mut head = Vec::new();
    let read = File::open(&path).and_then(|file| {
        entry.content = Content::File(file.metadata()?.len());
        file.take(8).read_to_end(&mut head)
    });
    read.map_err(|error| open_error(&path, error))?;
    if entry.is_named()
        && entry.ending().format.is_none()
        && let Some(format) = decompress::unsupported(&head)
    {
        return Err(SourceError::Unsupported { path: shown(&entry.source()), format });
    }
    let encoding = encoding.filter(|_| !entry.holds_dead_letters());
    match decode::refused(&head, encoding, &shown(&entry.source())) {
        Some(error) => Err(error),
        None => Ok(entry),
    }
}

/// What a walk through a directory has found.
#[derive(Default)]
struct Walk {
    /// Files to read, relative to where the walk began.
    found: Vec<PathBuf>,
    /// Files whose ending does not count.
    skipped: u64,
    /// Directories that a link led to a second time, as in a loop.
    repeated: u64,
    visited: HashSet<PathBuf>,
}

impl Walk {
    fn directory(&mut self, root: &Path, below: &Path) -> Result<(), SourceError> {
        let mut waiting = vec![below.to_owned()];
        while let Some(below) = waiting.pop() {
            let path = root.join(&below);
            let identity = fs::canonicalize(&path).map_err(|error| open_error(&path, error))?;
            if !self.visited.insert(identity) {
                self.repeated += 1;
                continue;
            }
            let mut names = fs::read_dir(&path)
                .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>())
                .map_err(|error| open_error(&path, error))?;
            // The order of a directory differs between machines, and decides which of two links to one place counts.
            names.sort_unstable_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
            for name in names {
                if name.as_encoded_bytes().starts_with(b".") {
                    continue;
                }
                let counts = Ending::of(&name.to_string_lossy()).format.is_some();
                let below = below.join(name);
                let path = root.join(&below);
                match fs::metadata(&path) {
                    Ok(about) if about.is_dir() => waiting.push(below),
                    Ok(about) if about.is_file() && counts => self.found.push(below),
                    Err(error) if counts => return Err(open_error(&path, error)),
                    Ok(_) | Err(_) => self.skipped += 1,
                }
            }
        }
        Ok(())
    }
}

fn open_error(path: &Path, error: io::Error) -> SourceError {
    SourceError::Open { path: shown(&lossless(path)), source: error }
}
