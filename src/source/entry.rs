//! One input: where its bytes come from, and what its name says about it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::compression::Compression;
use crate::source::formats;
use crate::source::formats::interface::Format;
use crate::source::name::{FileName, lossless, shown};

/// One input to read. There may be millions, so that nothing is kept that can be made when it is
/// needed.
pub struct Entry {
    /// The directory that was named, if the file itself was not.
    dir: Option<Arc<Path>>,
    /// Its path in that directory, or as it was named.
    name: PathBuf,
    /// Where its bytes come from.
    stored: Stored,
}

/// Where the bytes of an input come from.
enum Stored {
    /// A regular file of so many bytes, which can be opened more than once.
    File(u64),
    /// A pipe or a device.
    Pipe,
    /// Something open already, until it is read.
    Reader(Option<Box<dyn Read + Send>>),
}

impl Entry {
    /// The file called `name`, of `size` bytes; below `dir` if that was named and not the file
    /// itself.
    pub fn file(dir: Option<Arc<Path>>, name: PathBuf, size: u64) -> Self {
        Self { dir, name, stored: Stored::File(size) }
    }

    /// A pipe or a device.
    pub fn pipe(name: PathBuf) -> Self {
        Self { dir: None, name, stored: Stored::Pipe }
    }

    /// An input that is open already, called `name`.
    pub fn reader(name: &str, reader: Box<dyn Read + Send>) -> Self {
        Self { dir: None, name: name.into(), stored: Stored::Reader(Some(reader)) }
    }

    /// Its bytes. Of what is no file they can be had once.
    ///
    /// # Errors
    /// If the system cannot open it.
    pub fn open(&mut self) -> io::Result<Box<dyn Read + Send>> {
        match &mut self.stored {
            Stored::Reader(reader) => reader.take().ok_or_else(|| io::Error::other("it was read already")),
            Stored::File(_) | Stored::Pipe => Ok(Box::new(File::open(self.path())?)),
        }
    }

    /// The same file once more, if it is one.
    pub fn again(&self) -> Option<Self> {
        Some(Self::file(self.dir.clone(), self.name.clone(), self.size()?))
    }

    /// How many bytes it has on disk, if it is a file, which can be opened again.
    pub fn size(&self) -> Option<u64> {
        match self.stored {
            Stored::File(size) => Some(size),
            Stored::Pipe | Stored::Reader(_) => None,
        }
    }

    /// Whether it was named itself, rather than a directory it is in.
    pub fn is_named(&self) -> bool {
        self.dir.is_none()
    }

    /// Whether its name is that of a file of dead letters.
    pub fn holds_dead_letters(&self) -> bool {
        let name = match Compression::of_name(&self.name) {
            Some(_) => self.name.with_extension(""),
            None => self.name.clone(),
        };
        name.as_os_str().as_encoded_bytes().ends_with(b".dead.jsonl")
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.dir.as_ref().map_or_else(|| self.name.clone(), |dir| dir.join(&self.name))
    }

    /// What it is called.
    pub fn name(&self) -> FileName {
        let source = lossless(&self.path());
        FileName { shown: shown(&source), source, id: lossless(&self.name) }
    }

    /// What its name says about it.
    pub fn ending(&self) -> Ending {
        Ending::of(&self.name.to_string_lossy())
    }
}

/// What a file's name says about it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Ending {
    /// The format, if the ending is a known one.
    pub format: Option<&'static dyn Format>,
    /// The compression.
    pub compression: Option<Compression>,
}

impl Ending {
    /// Reads the ending of `name`: `corpus.jsonl.gz`.
    pub fn of(name: &str) -> Self {
        let compression = Compression::of_name(Path::new(name));
        let name = if compression.is_some() { name.rsplit_once('.').map_or("", |(stem, _)| stem) } else { name };
        Self { format: name.rsplit_once('.').and_then(|(_, ending)| formats::of_ending(ending)), compression }
    }
}
