//! Records read from outputs, one document each, and where each of them stands.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dateline::internals::error::UserError as _;
use dateline::internals::outputs::{self, Lines};
use dateline::record::{Line, Record};
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Keys, Options};
use crate::feed::document::{Document, Shape};
use crate::feed::engines::{self, Fields};
use crate::feed::error::FeedError;
use crate::feed::kind::Kind;
use crate::feed::verdict::STAGE;

/// Records from which the kinds of names and the length of vectors are learnt.
const SAMPLE: usize = 1000;

/// What to read, and what to make of it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Outputs of `dateline tag`, compressed or not, or dead letters of a feed.
    pub paths: Vec<PathBuf>,
    /// The key that records have their added keys under; where it is not given the manifest says.
    pub under: Option<String>,
    /// What the id and the date are, and who is who.
    pub entry: Options,
    /// What documents hold.
    pub shape: Shape,
    /// The engine they are for.
    pub kind: Kind,
    /// The index they are for.
    pub index: String,
}

/// A file of records: what it was when it was fed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RecordsFile {
    /// Its name, without its directory.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Digest of its bytes.
    pub sha256: String,
}

impl RecordsFile {
    /// What the file `path` is: as its manifest says, if it is as long as that says, and as it is read
    /// otherwise.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(path: &Path) -> Result<Self, FeedError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let length = fs::metadata(path).map(|found| found.len()).ok();
        match outputs::manifest_of(path) {
            Some(manifest) if Some(manifest.bytes) == length => {
                Ok(Self { name, bytes: manifest.bytes, sha256: manifest.sha256 })
            }
            _ => {
                let (bytes, sha256) = Lines::open(path)?.finish()?;
                Ok(Self { name, bytes, sha256 })
            }
        }
    }
}

/// A record as it goes to the engine.
#[derive(Clone, Debug)]
pub struct Doc {
    /// What tells it from others.
    pub key: String,
    /// Its lines.
    pub bytes: Vec<u8>,
    /// The record's line, without its end.
    pub raw: Vec<u8>,
    /// Where it stands.
    pub place: Place,
}

/// Where a record stands.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub path: Arc<PathBuf>,
    /// The line in it, counted from 1.
    pub line: u64,
    /// The record in it, counted from 0.
    pub record: u64,
    /// Bytes of the file before it, without compression.
    pub byte_offset: u64,
    /// The record among those of all files, counted from 0.
    pub item: u64,
    /// Lines of all files up to its end.
    pub lines: u64,
}

/// Reads records, one after another.
pub struct Reader {
    reading: Reading,
    files: Vec<RecordsFile>,
    keys: Keys,
    file: usize,
    open: Option<OpenFile>,
    lines: u64,
    /// Records that were read.
    pub n_records: u64,
    /// Dead letters among the records, of articles that were not tagged: there is nothing to feed.
    pub n_untagged: u64,
    /// Bytes of the files before the present one.
    bytes_before: u64,
}

struct OpenFile {
    path: Arc<PathBuf>,
    under: Option<String>,
    options: Options,
    lines: Lines,
    records: u64,
    byte_offset: u64,
}

impl Reader {
    /// Reads what `reading` says, from the start; the files have to be what they were when `files` was
    /// made.
    pub fn new(reading: Reading, files: Vec<RecordsFile>) -> Self {
        Self {
            reading,
            files,
            keys: Keys::default(),
            file: 0,
            open: None,
            lines: 0,
            n_records: 0,
            n_untagged: 0,
            bytes_before: 0,
        }
    }

    /// Reads past what stands on the first `lines` lines; whether there were so many.
    ///
    /// # Errors
    /// If they cannot be read, or are no records.
    pub fn pass_over(&mut self, lines: u64) -> Result<bool, FeedError> {
        // The keys of what was fed are needed still: a later record may have the same.
        while self.lines < lines {
            if self.next()?.is_none() {
                return Ok(false);
            }
        }
        Ok(self.lines == lines)
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    /// If it cannot be read, is no record, or a file is not what it was.
    pub fn next(&mut self) -> Result<Option<Doc>, FeedError> {
        loop {
            let Some(path) = self.reading.paths.get(self.file) else { return Ok(None) };
            if self.open.is_none() {
                self.open = Some(OpenFile::open(path, &self.reading)?);
            }
            let Some(open) = &mut self.open else { return Ok(None) };
            if open.lines.next_line()?.is_none() {
                self.close()?;
                continue;
            }
            self.lines += 1;
            if let Some(doc) = self.of_line()? {
                return Ok(Some(doc));
            }
        }
    }

    /// Records that got another key than their own, since another one had it.
    pub fn n_repeated(&self) -> u64 {
        self.keys.n_repeated
    }

    /// Bytes of the files that were read, as they are on the disk.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_before + self.open.as_ref().map_or(0, |open| open.lines.bytes_read())
    }

    /// What is on the line that was just read; none if that is nothing to feed.
    fn of_line(&mut self) -> Result<Option<Doc>, FeedError> {
        let Some(open) = &mut self.open else { return Ok(None) };
        let start = open.byte_offset;
        open.byte_offset += open.lines.line().len() as u64;
        let raw = open.lines.line();
        let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
        let (path, line, sent) = (Arc::clone(&open.path), open.lines.number(), self.n_records > 0);
        let wrong = |message: String, hint: Option<String>| FeedError::NotARecord {
            path: path.to_path_buf(),
            line,
            message,
            hint,
            sent,
        };
        let text = std::str::from_utf8(raw).map_err(|_| wrong("is not UTF-8".to_owned(), None))?;
        let parsed =
            Line::parse(text, open.under.as_deref()).map_err(|error| wrong(error.to_string(), error.hint()))?;
        let number = open.records;
        let (entry, document) = match parsed {
            Line::Blank => return Ok(None),
            Line::Record(record) => made(&record, number, &open.options, self.reading.shape),
            // What another feed could not deliver.
            Line::Dead(letter) if letter.stage == STAGE => {
                let raw = letter.raw().and_then(|raw| String::from_utf8(raw).ok()).unwrap_or_default();
                let record = Record::parse(&raw, open.under.as_deref());
                let record = record.map_err(|error| wrong(format!("in a dead letter: {error}"), error.hint()))?;
                let (mut entry, document) = made(&record, letter.record, &open.options, self.reading.shape);
                // As it was called there, where it was perhaps told from another one.
                entry.key = letter.id.into_owned();
                (entry, document)
            }
            Line::Dead(_) => {
                self.n_untagged += 1;
                return Ok(None);
            }
        };
        open.records += 1;
        let key = self.keys.unique(entry.key);
        let mut bytes = Vec::with_capacity(raw.len());
        engines::write(self.reading.kind, &self.reading.index, &key, &document, &mut bytes);
        let item = self.n_records;
        self.n_records += 1;
        let place = Place { path, line, record: number, byte_offset: start, item, lines: self.lines };
        Ok(Some(Doc { key, bytes, raw: raw.to_vec(), place }))
    }

    /// Ends a file, and sees whether it was what it should be.
    fn close(&mut self) -> Result<(), FeedError> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let found = open.lines.finish()?;
        if let Some(file) = self.files.get(self.file)
            && found != (file.bytes, file.sha256.clone())
        {
            return Err(FeedError::ChangedWhileRead { path: open.path.to_path_buf() });
        }
        self.bytes_before += found.0;
        self.file += 1;
        Ok(())
    }
}

impl OpenFile {
    fn open(path: &Path, reading: &Reading) -> Result<Self, FeedError> {
        let manifest = outputs::manifest_of(path);
        let mut options = reading.entry.clone();
        if options.fields.is_empty()
            && let Some(fields) = manifest.as_ref().and_then(|it| it.fingerprint.options.get("field"))
        {
            let fields = fields.as_array().into_iter().flatten();
            options.fields = fields.filter_map(|field| field.as_str().map(str::to_owned)).collect();
        }
        let under = reading.under.clone().or_else(|| Some(manifest?.fingerprint.under()?.to_owned()));
        let lines = Lines::open(path)?;
        Ok(Self { path: Arc::new(path.to_owned()), under, options, lines, records: 0, byte_offset: 0 })
    }
}

fn made(record: &Record<'_>, number: u64, options: &Options, shape: Shape) -> (Entry, Document) {
    let entry = Entry::of(record, number, options);
    let document = Document::of(&entry, record, shape);
    (entry, document)
}

/// Which fields the documents have, as far as the first records show: kinds of names of other label
/// sets, and the length of vectors.
///
/// # Errors
/// If the records cannot be read, or are none.
pub fn fields(reading: &Reading, strict: bool) -> Result<Fields, FeedError> {
    let mut fields = Fields { shape: reading.shape, strict, ..Fields::default() };
    let mut n_left = SAMPLE;
    for path in &reading.paths {
        let mut open = OpenFile::open(path, reading)?;
        while n_left > 0
            && let Some(raw) = open.lines.next_line()?
        {
            n_left -= 1;
            // What is wrong with a line is told by whoever feeds it.
            let Ok(Line::Record(record)) =
                std::str::from_utf8(raw).map_or(Ok(Line::Blank), |text| Line::parse(text, open.under.as_deref()))
            else {
                continue;
            };
            let entry = Entry::of(&record, 0, &open.options);
            fields.kinds.extend(entry.names.into_iter().map(|name| name.kind));
            fields.dims = fields.dims.or(entry.embedding.map(|vector| vector.len()));
        }
    }
    Ok(fields)
}
