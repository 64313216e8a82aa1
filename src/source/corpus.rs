//! Reads the files of a corpus one after another.
//!
//! What the user named in, [`Item`]s out, and what the user should know besides. How a single file
//! is read is not decided here.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::source::decompress::Meter;
use crate::source::discover::{FoundFiles, discover};
use crate::source::entry::{Ending, Entry};
use crate::source::error::SourceError;
use crate::source::file::FileReader;
use crate::source::ids::Ids;
use crate::source::item::{ChosenFields, Counts, InputFile, Item};
use crate::source::notes::Notes;
use crate::source::options::Options;
use crate::source::refused::{Refused, RefusedFile};
use crate::source::select::Selection;

/// Opens `inputs`: files, directories, and `-` for standard input.
///
/// Everything that would fail later for certain is refused now: each file that was named is opened,
/// and its first records are read to see that they have the text fields and no reserved ones. In a
/// directory a file that cannot be read costs only itself, see [`Source::refused`], as long as
/// there is another.
///
/// # Errors
/// A [`SourceError`] names the input and what is wrong with it.
pub fn open(inputs: &[impl AsRef<Path>], options: Options) -> Result<Source, SourceError> {
    let inputs: Vec<PathBuf> = inputs.iter().map(|input| input.as_ref().to_owned()).collect();
    if inputs.is_empty() && options.listed.is_empty() {
        return Err(SourceError::NoInput);
    }
    let selection = Selection::new(&options.include, &options.exclude)?;
    let found = discover(&inputs, &options.listed, &selection)?;
    for entry in found.entries.iter().filter(|entry| entry.is_named()) {
        if let Some(mut again) = entry.again()
            && let Some(problem) = FileReader::open(&mut again, &options, Meter::default())?.take_problem()
        {
            return Err(problem);
        }
    }
    Source::new(found, options)
}

/// Opens what `reader` gives, as if it were a file called `name`.
///
/// # Errors
/// As for [`open()`].
pub fn open_reader(name: &str, reader: impl Read + Send + 'static, options: Options) -> Result<Source, SourceError> {
    let entries = vec![Entry::reader(name, Box::new(reader))];
    Source::new(FoundFiles { entries, ..FoundFiles::default() }, options)
}

/// The articles of a corpus, in order.
///
/// After an `Err` there is nothing more: part of the corpus cannot be read.
pub struct Source {
    entries: Vec<Entry>,
    /// How many of them were opened or refused.
    n_begun: usize,
    /// Whether any could be opened.
    any_opened: bool,
    /// Whether nothing more will come, and that was told.
    finished: bool,
    current: Option<CurrentFile>,
    options: Options,
    progress: Arc<AtomicU64>,
    chosen: Vec<ChosenFields>,
    counts: Counts,
    refused: Refused,
    ids: Ids,
    notes: Notes,
}

/// The file that is being read.
struct CurrentFile {
    reader: FileReader,
    path: String,
    /// What the progress will be when it has been read.
    end: Option<u64>,
    /// Whether there was a record.
    any: bool,
}

impl Source {
    fn new(found: FoundFiles, options: Options) -> Result<Self, SourceError> {
        let FoundFiles { entries, refused, notes } = found;
        let mut source = Self {
            entries,
            n_begun: 0,
            any_opened: false,
            finished: false,
            current: None,
            options,
            progress: Arc::default(),
            chosen: Vec::new(),
            counts: Counts::default(),
            refused,
            ids: Ids::default(),
            notes,
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
        self.entries.iter().map(Entry::size).sum()
    }

    /// Bytes read of all files so far, as they are on disk; it grows while the source is read.
    pub fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.progress)
    }

    /// The files of the corpus in the order in which they are read, whether they have been read or
    /// not. Pipes are none, and what could not be opened when the source was is not among them.
    pub fn inputs(&self) -> impl Iterator<Item = InputFile> {
        self.entries
            .iter()
            .filter_map(|entry| Some(InputFile { name: entry.name().id, path: entry.path(), bytes: entry.size()? }))
    }

    /// What was read so far.
    pub fn counts(&self) -> Counts {
        let passed = self.current.as_ref().map(|current| current.reader.passed()).unwrap_or_default();
        Counts {
            blank: self.counts.blank + passed.blank,
            not_articles: self.counts.not_articles + passed.not_articles,
            refused_files: self.refused.count,
            ..self.counts
        }
    }

    /// The first twenty files that were skipped so far because they cannot be read;
    /// [`Counts::refused_files`] says how many there are. All of them are in directories: a file
    /// that was named itself is an error.
    pub fn refused(&self) -> &[RefusedFile] {
        &self.refused.files
    }

    /// What the user should know and was not told: call it after opening and at the end.
    pub fn notes(&mut self) -> Vec<String> {
        self.notes.take()
    }

    /// Opens the next file that can be read; `false` if there is none.
    fn open_next(&mut self) -> Result<bool, SourceError> {
        while let Some(entry) = self.entries.get_mut(self.n_begun) {
            self.n_begun += 1;
            let meter = Meter { total: Arc::clone(&self.progress), ..Meter::default() };
            let end = entry.size().map(|size| self.progress.load(Ordering::Relaxed) + size);
            let mut result = FileReader::open(entry, &self.options, meter);
            if let Ok(reader) = &mut result {
                // Files that were named were checked when the source was opened, before any work;
                // what has changed since costs single records. A pipe can only be looked at now.
                let problem = match (entry.is_named(), end) {
                    (true, None) => reader.take_problem(),
                    (true, Some(_)) => None,
                    (false, _) => reader.take_hopeless(),
                };
                if let Some(problem) = problem {
                    result = Err(problem);
                }
            }
            match result {
                Ok(reader) => {
                    let (path, ending) = (entry.name().shown, entry.ending());
                    self.begin(CurrentFile { reader, path, end, any: false }, ending);
                    return Ok(true);
                }
                Err(error) if entry.is_named() || !error.costs_one_file() => return Err(error),
                Err(error) => {
                    let message = self.refused.add(entry.name().shown, error);
                    self.notes.refused(message);
                    if let Some(end) = end {
                        self.progress.store(end, Ordering::Relaxed);
                    }
                }
            }
        }
        let is_end = !std::mem::replace(&mut self.finished, true);
        if is_end
            && !self.any_opened
            && let Some(error) = self.refused.first.take()
        {
            return Err(error);
        }
        if is_end {
            self.finish();
        }
        Ok(false)
    }

    /// Settles what is known of a file before its first record is read.
    fn begin(&mut self, current: CurrentFile, ending: Ending) {
        let CurrentFile { reader, path, .. } = &current;
        if let Some(message) = wrong_ending(path, ending, reader) {
            self.notes.add("files with a wrong ending", message);
        }
        if let Some(encoding) = reader.transcoded() {
            self.notes.add("files not in UTF-8", format!("{path}: read as {}", encoding.name()));
        }
        let format = reader.format();
        if let Some(fields) = reader.fields()
            && !self.chosen.iter().any(|chosen| chosen.format == format && chosen.fields == fields)
        {
            let message = format!("{path}: {} with text in {}", format.about().name, fields.join(", "));
            self.notes.add("files with other fields", message);
            self.chosen.push(ChosenFields { source: path.clone(), format, fields: fields.to_vec() });
        }
        if let Some(remark) = reader.remark() {
            self.notes.add("tables written otherwise than their ending says", format!("{path}: {remark}"));
        }
        self.any_opened = true;
        self.current = Some(current);
    }

    /// Settles the accounts of the file that has ended.
    fn close(&mut self, current: CurrentFile) {
        let passed = current.reader.passed();
        self.counts.blank += passed.blank;
        self.counts.not_articles += passed.not_articles;
        self.counts.empty_files += u64::from(!current.any);
        if let Some(at) = current.reader.trailing() {
            let message =
                format!("{}: what follows the compressed data, from byte {at} on, was not read", current.path);
            self.notes.add("files that continue after their compressed data", message);
        }
        if let Some(end) = current.end {
            self.progress.store(end, Ordering::Relaxed);
        }
    }

    /// Tells what is known at the end.
    fn finish(&mut self) {
        self.notes.finish();
        let mut count = |n: u64, what: &str| {
            if n > 0 {
                self.notes.say(format!("{what}: {n}"));
            }
        };
        count(self.counts.blank, "blank lines");
        count(self.counts.not_articles, "members of containers that are no articles");
        count(self.counts.empty_files, "files without any record");
        if self.ids.n_repeated > 0 {
            let at_least = if self.ids.is_full() { "at least " } else { "" };
            self.notes.say(format!("articles with an id that another has too: {at_least}{}", self.ids.n_repeated));
        }
    }
}

impl Source {
    /// Passes over the next `n` records of this part of the corpus, without a look at what is in
    /// them; how many there were.
    ///
    /// # Errors
    /// If part of the corpus cannot be read.
    pub fn pass_over(&mut self, n: u64) -> Result<u64, SourceError> {
        for i in 0..n {
            if self.step(|reader, _| Ok(reader.pass()?.then_some(())))?.is_none() {
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
                next(&mut current.reader, item)?.map(Some)
            } else {
                current.reader.pass()?.then_some(None)
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
                self.n_begun = self.entries.len();
                self.finished = true;
                Some(Err(error))
            }
        }
    }
}

/// What a file's ending says that is not so.
fn wrong_ending(path: &str, ending: Ending, reader: &FileReader) -> Option<String> {
    if let Some(claimed) = ending.compression.filter(|&claimed| Some(claimed) != reader.compression()) {
        let found = reader.compression().map_or("not compressed", |compression| compression.name());
        return Some(format!("{path}: the ending says {} and it is {found}; read as it is", claimed.name()));
    }
    if let Some(compression) = reader.compression()
        && ending.format.is_some()
        && ending.compression.is_none()
    {
        return Some(format!("{path}: the ending does not say so, and it is {}; decompressed", compression.name()));
    }
    let format = ending.format.filter(|&claimed| claimed != reader.format())?;
    Some(format!(
        "{path}: the ending says {} and it is {}; read as it is",
        format.about().name,
        reader.format().about().name
    ))
}
