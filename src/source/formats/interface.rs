//! What a format is: everything that reading does differently from one format to the next.
//!
//! [`Format::open`] takes the content of one file and gives its [`RecordStream`], which are bytes,
//! and a [`Parser`], which makes an [`Article`] of the bytes of one. Finding files, compression,
//! encodings, dead letters, ids that are missing and choosing among fields are the same for all
//! formats and done elsewhere.

use std::fmt;
use std::io;

use crate::document::{Article, FailureCode, Syntax};
use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::fields::Wanted;
use crate::source::refusal::Refusal;
use crate::source::split::{Limits, RawRecord, RecordStream, Split, StreamRecords};
use crate::source::whereabouts::Whereabouts;

/// A way in which articles are written in files.
///
/// There is one value of each in [`formats`](crate::source::formats()); they are equal if their
/// keys are.
pub trait Format: Send + Sync {
    /// What it is called, and by which endings it is known.
    fn about(&self) -> &'static About;

    /// Whether `input` is in this format, going by its first bytes; asked where no ending says
    /// anything. As few bytes as suffice are looked at: behind a pipe (`is_pipe`) there may be
    /// somebody who waits for an answer to the ones that have come.
    ///
    /// # Errors
    /// If the first bytes cannot be read.
    fn recognizes(&self, _input: &mut Content, _is_pipe: bool) -> io::Result<bool> {
        Ok(false)
    }

    /// The format that `input` is in although its ending is one of this format, where its first
    /// bytes leave no doubt.
    ///
    /// # Errors
    /// If the first bytes cannot be read.
    fn instead(&self, _input: &mut Content) -> io::Result<Option<&'static dyn Format>> {
        Ok(None)
    }

    /// Whether its files say themselves in what encoding they are, so that their bytes are read as they
    /// stand.
    fn finds_encoding(&self) -> bool {
        false
    }

    /// Reads as much of `input`, which is in this format, as must be known before the first record:
    /// the header of a table.
    ///
    /// # Errors
    /// If that makes the whole file unreadable.
    fn open(&self, input: Content, setup: &Setup) -> Result<OpenFile, SourceError>;

    /// The id of an article that has none of its own: from what its file is called and its place in
    /// it.
    fn derived_id(&self, file: &str, record: &RawRecord) -> String;
}

/// What users are told of a format.
#[derive(Debug)]
pub struct About {
    /// For `--input-format`.
    pub key: &'static str,
    /// In messages.
    pub name: &'static str,
    /// A sentence for the help.
    pub help: &'static str,
    /// Endings of its files, in lower case, with their dots.
    pub endings: &'static [&'static str],
    /// Whether each line stands for itself, so that lines can be answered one by one.
    pub by_line: bool,
}

/// What opening a file needs to know beside its content.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Which file it is.
    pub whereabouts: Whereabouts,
    /// How it is cut up.
    pub limits: Limits,
    /// The encoding that it was in, if that was not UTF-8.
    pub transcoded: Option<&'static encoding_rs::Encoding>,
    /// What separates the cells of tables, if the user says so.
    pub delimiter: Option<u8>,
    /// The encoding that the user says it is in.
    pub encoding: Option<&'static encoding_rs::Encoding>,
}

/// A file of which the records can be read.
pub struct OpenFile {
    /// Its records.
    pub records: Box<dyn RecordStream>,
    /// What takes them apart.
    pub parser: Box<dyn Parser>,
    /// The names of their fields, as far as they are known before the records.
    pub fields: FieldNames,
    /// What was found out of how they are written, that the user may want to know.
    pub remark: Option<String>,
}

/// Which fields the records of a file have.
pub enum FieldNames {
    /// The format has no named fields: all of a record is its text.
    Unnamed,
    /// All records have these, as line `line` of the file says.
    Header {
        /// The names.
        names: Vec<String>,
        /// Counted from 1.
        line: u64,
    },
    /// Each record says so itself.
    Varying,
}

/// Makes articles of records.
pub trait Parser: Send {
    /// How the records are written: what a dead letter has to say so that they can be read again.
    fn syntax(&self) -> Syntax;

    /// Calls `each` with the names of the fields of the record `text`, without those that `wanted`
    /// takes out. `cut` says that the input ended with it.
    ///
    /// # Errors
    /// If it is no record.
    fn names(&self, _text: &str, _cut: bool, _wanted: &Wanted, _each: &mut dyn FnMut(&str)) -> Result<(), Refusal> {
        Ok(())
    }

    /// The article in the record `text`. Its place is filled in by others, and so is its id if it
    /// is empty.
    ///
    /// # Errors
    /// If it is no article.
    fn article(&self, text: &str, cut: bool, wanted: &Wanted) -> Result<Article, Refusal>;

    /// Whether the records are bytes, which need not be UTF-8.
    fn reads_bytes(&self) -> bool {
        false
    }

    /// The article in the record `bytes`, for those that read bytes.
    ///
    /// # Errors
    /// If it is no article.
    fn article_of_bytes(&self, bytes: &[u8], wanted: &Wanted) -> Result<Article, Refusal> {
        self.article(&String::from_utf8_lossy(bytes), false, wanted)
    }

    /// Whether the objects of its articles are made of something else, and get an id and a source.
    fn makes_objects(&self) -> bool {
        false
    }
}

impl Setup {
    /// The records of `input`, told apart by `split`.
    pub fn records<S: Split>(&self, input: Content, split: S) -> StreamRecords<S> {
        StreamRecords::new(input, split, &self.limits)
    }

    /// The text of a record, if it is not too long and is UTF-8. The last character of a record
    /// that was cut may be torn (`is_torn`) with it.
    pub fn text<'r>(&self, record: &'r RawRecord, is_torn: bool) -> Result<&'r str, Refusal> {
        self.check_length(record)?;
        str::from_utf8(&record.bytes).map_err(|error| {
            let at = error.valid_up_to();
            if let Some(encoding) = self.transcoded {
                let message = format!("bytes that are not {}", encoding.name());
                return Refusal::new(FailureCode::InvalidEncoding, at, message);
            }
            if error.error_len().is_none() && is_torn {
                return Refusal::new(FailureCode::TruncatedJson, at, "the input ends inside a character");
            }
            Refusal::new(FailureCode::InvalidUtf8, at, format!("byte 0x{:02x} is not UTF-8", record.bytes[at]))
        })
    }

    /// Whether all of a record is there, and it is not too long.
    pub fn check_length(&self, record: &RawRecord) -> Result<(), Refusal> {
        let max = self.limits.max_record_bytes;
        if record.len > max as u64 {
            let message = format!("the record has {} bytes: expected at most {max}", record.len);
            return Err(Refusal::new(FailureCode::RecordTooLarge, 0, message));
        }
        if record.digest_of_all.is_some() {
            let (all, kept) = (record.len, record.bytes.len());
            let message = format!(
                "the dead letter holds only {kept} of the record's {all} bytes: tag its source again, with --max-record-bytes {all}"
            );
            return Err(Refusal::new(FailureCode::RecordTooLarge, 0, message));
        }
        Ok(())
    }
}

impl PartialEq for dyn Format {
    fn eq(&self, other: &Self) -> bool {
        self.about().key == other.about().key
    }
}

impl Eq for dyn Format {}

impl fmt::Debug for dyn Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.about().key)
    }
}
