//! Reads a corpus.
//!
//! What the user names goes in: files, directories, standard input. [`Article`]s come out, one after another, and a
//! [`Failure`] for each record that is not one; nothing is skipped without being counted. Finding names in the text, and
//! even finding sentences, is done elsewhere.
//!
//! ```
//! use dateline::source::{Item, Options, open_reader};
//!
//! let file = &b"{\"id\":\"a1\",\"text\":\"Boats left Bonn.\"}\n{\"id\":\"a2\"}\n"[..];
//! let mut source = open_reader("week.jsonl", file, Options::default())?;
//! let Some(Ok(Item::Article(article))) = source.next() else { panic!("the first is an article") };
//! assert_eq!(article.text, "Boats left Bonn.");
//! let Some(Ok(Item::Failed(failure))) = source.next() else { panic!("the second is not") };
//! assert_eq!(failure.message, "week.jsonl:2:1: the record has \"id\": expected text");
//! # Ok::<(), dateline::source::SourceError>(())
//! ```
//!
//! # What is read
//!
//! | ending | content |
//! |---|---|
//! | `.txt` `.text` `.md` | one article |
//! | `.jsonl` `.ndjson` | a JSON object on each line |
//! | `.json` | JSON objects in an array or one after another, over any number of lines |
//! | `.csv` `.tsv` | a header row, then an article in each row; it becomes an object of strings |
//!
//! Each may be compressed with gzip or zstd; that is seen from the first bytes and not from the ending. A directory
//! stands for the files in it and below that have one of these endings, hidden ones aside, in the order of the bytes of
//! their paths. A file that is named itself is read whatever its ending: JSON is recognized by its first bytes, and
//! anything else is text.
//!
//! Text is UTF-8, or UTF-16 with a byte order mark, or in the encoding named by `--encoding`. An article that was
//! not in UTF-8 carries the encoding's name in its warnings, in lower case: `utf-16le`, `windows-1252`. Its byte offsets
//! and the raw bytes of a failure are those after decoding, with a byte `0xff` for what could not be decoded.
//!
//! In an object, the text fields and `id` are read and all else is kept byte for byte. An article without an id gets one
//! from its place: `week.jsonl:17` for line 17, `week.json#16` for the record with that number, counted from 0, and a
//! text file the path it has in the directory that was named. Commas between the objects of an array are not checked.
//!
//! # Why a record fails
//!
//! The run goes on after each of these. Messages begin with `file:line:column:`, columns counted in characters.
//!
//! | code | meaning |
//! |---|---|
//! | `invalid_json` | not JSON, or half a surrogate pair in a text field |
//! | `truncated_json` | the input ends inside the record, or inside the array of records |
//! | `invalid_utf8` | not UTF-8 |
//! | `invalid_encoding` | not in the encoding the file is said to be in |
//! | `not_object` | JSON, and not an object |
//! | `duplicate_key` | a text field or `id` stands twice |
//! | `missing_text` | none of the text fields is there |
//! | `wrong_type` | a text field is not a string; a headline may be null |
//! | `too_deep` | arrays and objects more than 128 deep |
//! | `reserved_key` | the record already has a field that the output would add |
//! | `record_too_large` | longer than the limit, 64 MiB by default |
//! | `invalid_csv` | more or fewer cells than the header, or a quote that is never closed |
//! | `invalid_dead_letter` | a line without the keys of a dead letter among dead letters |
//!
//! Later steps have two more, `model_nonfinite` and `internal_panic`: see [`code`](crate::document::code).
//!
//! A JSON lines file whose first line is a dead letter ([`crate::record::dead`]) is read as the records in it: each as if it still stood in
//! its own source. A program that answers each line as it comes ([`Options::each_alone`]) learns nothing from other lines.

// Names become files, and files become UTF-8.
mod discover;

mod decompress;

mod decode;

// UTF-8 becomes records.
mod records;
mod structure;
mod table;

// Records become articles.
mod json;

mod fields;
mod file;

mod error;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::document::{Article, Failure};

pub use decode::encoding;
pub use discover::{ENDINGS, Format};
pub use error::SourceError;

use decompress::Meter;
use discover::{Content, Entry, discover};
use error::shown;
use file::FileReader;

/// How to read a corpus.
#[derive(Clone, Debug)]
pub struct Options {
    /// The fields that hold text, in the order they are to be read in. If empty, the first of `title` and `headline` and
    /// the first of `text`, `body` and `content` that are there.
    pub fields: Vec<String>,
    /// The encoding of files that have no byte order mark; UTF-8 if `None`.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Keys that the output adds to each record, which no record may have already.
    pub reserved: Vec<String>,
    /// Bytes of the longest record that is read.
    pub max_record_bytes: usize,
    /// How articles are written, whatever endings and contents say.
    pub format: Option<Format>,
    /// Which part of the corpus to read; all if `None`.
    pub shard: Option<Shard>,
    /// Answers every line of JSON lines by itself: what the others look like does not matter, and one without anything on it
    /// is an [`Item::Blank`].
    pub each_alone: bool,
}

/// One of several parts of equal size, which together are a corpus: record `i` is in part `i` modulo their number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shard {
    /// Which, from 0.
    pub index: u64,
    /// Of how many.
    pub count: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            encoding: None,
            reserved: Vec::new(),
            max_record_bytes: 64 << 20,
            format: None,
            shard: None,
            each_alone: false,
        }
    }
}

/// A record of a corpus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// It is an article.
    Article(Article),
    /// It is not, and this is why.
    Failed(Failure),
    /// A line without anything on it, where each is answered.
    Blank,
}

/// The fields that are read from the files of one format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChosenFields {
    /// The first file they were chosen for.
    pub source: String,
    /// How its articles are written.
    pub format: Format,
    /// The fields, in the order they are read in.
    pub fields: Vec<String>,
}

/// What was read so far. Every line or value of the input is in one of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Articles.
    pub articles: u64,
    /// Records that failed.
    pub failed: u64,
    /// Records that were passed over: see [`Source::pass_over`].
    pub passed: u64,
    /// Records of the whole corpus, those in other shards too.
    pub all: u64,
    /// Lines without anything on them, in JSON lines and tables.
    pub blank: u64,
    /// Files in which there was no record.
    pub empty_files: u64,
}

/// Opens `inputs`: files, directories, and `-` for standard input.
///
/// Everything that would fail later for certain is refused now: each file is opened, and the first records are read
/// to see that they have the text fields and no reserved ones.
///
/// # Errors
/// A [`SourceError`] names the input and what is wrong with it.
pub fn open(inputs: &[impl AsRef<Path>], options: Options) -> Result<Source, SourceError> {
    let inputs: Vec<PathBuf> = inputs.iter().map(|input| input.as_ref().to_owned()).collect();
    if inputs.is_empty() {
        return Err(SourceError::NoInput);
    }
    let (entries, notes) = discover(&inputs, options.encoding)?;
    check_first_records(&entries, &options)?;
    Source::new(entries, notes, options)
}

/// Opens what `reader` gives, as if it were a file called `name`.
///
/// # Errors
/// As for [`open()`].
pub fn open_reader(name: &str, reader: impl Read + Send + 'static, options: Options) -> Result<Source, SourceError> {
    Source::new(vec![Entry::reader(name, Box::new(reader))], Vec::new(), options)
}

/// Looks at the first records of the files that can be opened more than once.
fn check_first_records(entries: &[Entry], options: &Options) -> Result<(), SourceError> {
    /// Files of a directory that are looked at until one is found whose records can be read.
    const LOOK_AT: usize = 100;
    let mut in_directories = 0;
    let mut first_problem = None;
    let mut found_one = false;
    for entry in entries {
        let Some(again) = entry.again().filter(|again| again.ending().format != Some(Format::Text)) else { continue };
        // The header of a table can make the whole file unreadable, so all of them are read.
        let is_table = matches!(again.ending().format, Some(Format::Csv | Format::Tsv));
        if !entry.is_named() && !is_table && (found_one || in_directories == LOOK_AT) {
            continue;
        }
        let problem = FileReader::open(again, options, Meter::default())?.take_problem();
        match problem {
            // A file that the user named is meant to be read. In a directory there may be others.
            Some(problem) if entry.is_named() => return Err(problem),
            None if entry.is_named() => {}
            None => found_one = true,
            Some(problem) => {
                in_directories += 1;
                first_problem.get_or_insert(problem);
            }
        }
    }
    match first_problem {
        Some(problem) if !found_one => Err(problem),
        _ => Ok(()),
    }
}

/// The articles of a corpus, in order.
///
/// After an `Err` there is nothing more: part of the corpus cannot be read.
pub struct Source {
    waiting: VecDeque<Entry>,
    current: Option<Current>,
    options: Options,
    progress: Arc<AtomicU64>,
    total_bytes: Option<u64>,
    chosen: Vec<ChosenFields>,
    counts: Counts,
    ids: Ids,
    notes: Notes,
}

/// A file of a corpus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFile {
    /// Its path below the directory that was named, or as it was named itself: what ids are derived from.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The file that is being read.
struct Current {
    reading: FileReader,
    path: String,
    /// Itself, if it is a file.
    file: Option<InputFile>,
    /// What the progress will be when it has been read.
    end: Option<u64>,
    any: bool,
}

impl Source {
    fn new(entries: Vec<Entry>, notes: Vec<String>, options: Options) -> Result<Self, SourceError> {
        let sizes = entries.iter().map(|entry| match entry.content {
            Content::File(size) => Some(size),
            Content::Pipe | Content::Reader(_) => None,
        });
        let mut source = Self {
            total_bytes: sizes.sum(),
            waiting: entries.into(),
            current: None,
            options,
            progress: Arc::default(),
            chosen: Vec::new(),
            counts: Counts::default(),
            ids: Ids::default(),
            notes: Notes { waiting: notes, ..Notes::default() },
        };
        source.open_next()?;
        Ok(source)
    }

    /// The fields that were chosen so far, each choice once.
    pub fn chosen_fields(&self) -> &[ChosenFields] {
        &self.chosen
    }

    /// The sizes of all files together, as they are on disk; `None` if some input is a pipe.
    pub fn total_bytes(&self) -> Option<u64> {
        self.total_bytes
    }

    /// Bytes read of all files so far, as they are on disk; it grows while the source is read.
    pub fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.progress)
    }

    /// The files that are being read or will be, in reading order.
    pub fn inputs(&self) -> impl Iterator<Item = InputFile> {
        let current = self.current.iter().filter_map(|current| current.file.clone());
        let entry = |entry: &Entry| InputFile { name: entry.id(), path: entry.path() };
        current.chain(self.waiting.iter().filter(|entry| entry.is_file()).map(entry))
    }

    /// What was read so far.
    pub fn counts(&self) -> Counts {
        let blank = self.current.as_ref().map_or(0, |current| current.reading.blank());
        Counts { blank: self.counts.blank + blank, ..self.counts }
    }

    /// What the user should know and was not told: call it after opening and at the end.
    pub fn notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes.waiting)
    }

    /// Opens the next file; `false` if there is none.
    fn open_next(&mut self) -> Result<bool, SourceError> {
        let Some(entry) = self.waiting.pop_front() else { return Ok(false) };
        let meter = Meter { total: Arc::clone(&self.progress), ..Meter::default() };
        let path = shown(&entry.source());
        let ending = entry.ending();
        let end = match entry.content {
            Content::File(size) => Some(self.progress.load(Ordering::Relaxed) + size),
            Content::Pipe | Content::Reader(_) => None,
        };
        let is_checked = end.is_some();
        let file = is_checked.then(|| InputFile { name: entry.id(), path: entry.path() });
        let mut reading = FileReader::open(entry, &self.options, meter)?;
        // Files were checked when the source was opened, before any work; what has changed since costs single records.
        if !is_checked && let Some(problem) = reading.take_problem() {
            return Err(problem);
        }
        if let Some(message) = wrong_ending(&path, ending, &reading) {
            self.notes.add("files with a wrong ending", message);
        }
        if let Some(encoding) = reading.transcoded() {
            self.notes.add("files not in UTF-8", format!("{path}: read as {}", encoding.name()));
        }
        let format = reading.format();
        if let Some(fields) = reading.fields()
            && !self.chosen.iter().any(|chosen| chosen.format == format && chosen.fields == fields)
        {
            let message = format!("{path}: {} with text in {}", format.name(), fields.join(", "));
            self.notes.add("files with other fields", message);
            self.chosen.push(ChosenFields { source: path.clone(), format, fields: fields.to_vec() });
        }
        self.current = Some(Current { reading, path, file, end, any: false });
        Ok(true)
    }

    /// Settles the accounts of the file that has ended.
    fn close(&mut self, current: Current) {
        self.counts.blank += current.reading.blank();
        self.counts.empty_files += u64::from(!current.any);
        if let Some(at) = current.reading.trailing() {
            let message =
                format!("{}: what follows the compressed data, from byte {at} on, was not read", current.path);
            self.notes.add("files that go on after their compressed data", message);
        }
        if let Some(end) = current.end {
            self.progress.store(end, Ordering::Relaxed);
        }
        if self.waiting.is_empty() {
            self.notes.finish();
            if self.counts.blank > 0 {
                self.notes.waiting.push(format!("blank lines: {}", self.counts.blank));
            }
            if self.counts.empty_files > 0 {
                self.notes.waiting.push(format!("files without any record: {}", self.counts.empty_files));
            }
            if self.ids.n_repeated > 0 {
                let at_least = if self.ids.is_full() { "at least " } else { "" };
                let message = format!("articles with an id that another has too: {at_least}{}", self.ids.n_repeated);
                self.notes.waiting.push(message);
            }
        }
    }
}

impl Source {
    /// Passes over the next `n` records of this part of the corpus, without a look at what is in them; how many there were.
    ///
    /// # Errors
    /// If part of the corpus cannot be read.
    pub fn pass_over(&mut self, n: u64) -> Result<u64, SourceError> {
        for i in 0..n {
            if self.step(|reading, _| Ok(reading.pass()?.then_some(())))?.is_none() {
                return Ok(i);
            }
            self.counts.passed += 1;
        }
        Ok(n)
    }

    /// Gets something of the next record of this part of the corpus.
    fn step<T>(
        &mut self,
        mut next: impl FnMut(&mut FileReader, u64) -> Result<Option<T>, SourceError>,
    ) -> Result<Option<T>, SourceError> {
        loop {
            let item = self.counts.all;
            let wanted = self.options.shard.is_none_or(|shard| item % shard.count == shard.index);
            let Some(current) = &mut self.current else {
                if self.open_next()? {
                    continue;
                }
                return Ok(None);
            };
            let found = if wanted {
                next(&mut current.reading, item)?.map(Some)
            } else {
                current.reading.pass()?.then_some(None)
            };
            match found {
                Some(found) => {
                    self.counts.all += 1;
                    current.any = true;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                None => {
                    if let Some(current) = self.current.take() {
                        self.close(current);
                    }
                }
            }
        }
    }
}

impl Iterator for Source {
    type Item = Result<Item, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step(FileReader::next) {
            Ok(Some(item)) => {
                match &item {
                    Item::Article(article) => {
                        self.counts.articles += 1;
                        self.ids.add(&article.id);
                    }
                    Item::Failed(_) => self.counts.failed += 1,
                    // It is counted where it is found.
                    Item::Blank => {}
                }
                Some(Ok(item))
            }
            Ok(None) => None,
            Err(error) => {
                self.current = None;
                self.waiting.clear();
                Some(Err(error))
            }
        }
    }
}

/// Tells how many ids stand more than once. It remembers only so many, because a run may have more than there is memory for.
#[derive(Default)]
struct Ids {
    /// Digests of ids, each at the first free place from where it says; 0 for none.
    table: Vec<u64>,
    n_known: usize,
    n_repeated: u64,
}

impl Ids {
    /// Places in the table, half of which are used: 8 MiB.
    const PLACES: usize = 1 << 20;

    fn add(&mut self, id: &str) {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let digest = hasher.finish().max(1);
        if self.table.is_empty() {
            // Not zeroed lazily: memory shall be seen to be flat.
            self.table = vec![1; Self::PLACES];
            self.table.fill(0);
        }
        let mut place = digest as usize % Self::PLACES;
        while self.table[place] != 0 && self.table[place] != digest {
            place = (place + 1) % Self::PLACES;
        }
        if self.table[place] == digest {
            self.n_repeated += 1;
        } else if !self.is_full() {
            self.table[place] = digest;
            self.n_known += 1;
        }
    }

    fn is_full(&self) -> bool {
        self.n_known == Self::PLACES / 2
    }
}

/// What a file's ending says that is not so.
fn wrong_ending(path: &str, ending: discover::Ending, reading: &FileReader) -> Option<String> {
    if let Some(claimed) = ending.compression.filter(|&claimed| Some(claimed) != reading.compression()) {
        let found = reading.compression().map_or("not compressed", |compression| compression.name());
        return Some(format!("{path}: the ending says {} and it is {found}; read as it is", claimed.name()));
    }
    if let Some(compression) = reading.compression()
        && ending.format.is_some()
        && ending.compression.is_none()
    {
        return Some(format!("{path}: the ending does not say so, and it is {}; decompressed", compression.name()));
    }
    let format = ending.format.filter(|&claimed| claimed != reading.format())?;
    Some(format!("{path}: the ending says {} and it is {}; read as it is", format.name(), reading.format().name()))
}

/// Remarks for the user, a few of each kind in full and the others as a number.
#[derive(Default)]
struct Notes {
    waiting: Vec<String>,
    counts: BTreeMap<&'static str, u64>,
}

impl Notes {
    /// Remarks of one kind that are shown in full.
    const SHOWN: u64 = 3;

    fn add(&mut self, kind: &'static str, message: String) {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= Self::SHOWN {
            self.waiting.push(message);
        }
    }

    fn finish(&mut self) {
        for (kind, count) in std::mem::take(&mut self.counts) {
            if count > Self::SHOWN {
                self.waiting.push(format!("{kind}: {} more", count - Self::SHOWN));
            }
        }
    }
}
