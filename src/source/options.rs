//! How to read a corpus.

use std::path::PathBuf;

use encoding_rs::Encoding;

use crate::source::added::AddedKeys;
use crate::source::formats::interface::Format;

/// How to read a corpus.
#[derive(Clone, Debug)]
pub struct Options {
    /// The fields that hold text, in the order they are to be read in. If empty, the first of
    /// `title` and `headline` and the first of `text`, `body` and `content` that are there, in
    /// whatever case. A name may be a path into an object: `article.body`, `/article/body`.
    pub fields: Vec<String>,
    /// The field that holds the headline; `None` if its name tells. It is read before the others.
    pub headline: Option<String>,
    /// Fields that hold pages or parts of them, as markup.
    pub html: Vec<String>,
    /// Whether articles of pages know where in their file each character stands.
    pub places: bool,
    /// Whether menus, comments and other stories on pages are read too, as boilerplate.
    pub whole_page: bool,
    /// What separates the cells of tables; the first rows tell if `None`.
    pub delimiter: Option<u8>,
    /// The encoding of files that have no byte order mark; UTF-8 if `None`.
    pub encoding: Option<&'static Encoding>,
    /// Keys that the output adds to each record, which no record may have already.
    pub reserved: Vec<String>,
    /// Reads records of our own as the articles they were made from, instead of refusing them for
    /// their reserved keys; this is where their keys are. Only JSON has such records: an object
    /// whose `tagger` says version, model and recipe.
    pub replace: Option<AddedKeys>,
    /// Bytes of the longest record that is read, after decompression and decoding.
    pub max_record_bytes: usize,
    /// How articles are written, whatever endings and contents say.
    pub format: Option<&'static dyn Format>,
    /// Patterns of the files to read in directories, matched against the path below the one that
    /// was named; all if empty. A file that was named itself is always read.
    pub include: Vec<String>,
    /// Patterns of the files in directories to leave out, whatever `include` says.
    pub exclude: Vec<String>,
    /// Further files, from a list. Like a file of a directory, one that cannot be read costs itself
    /// alone.
    pub listed: Vec<PathBuf>,
    /// Which part of the corpus to read; all if `None`.
    pub shard: Option<Shard>,
    /// Answers every line of JSON lines by itself: what the others look like does not matter, and
    /// one without anything on it is an [`Item::Blank`](crate::source::Item::Blank).
    pub each_alone: bool,
}

/// One of several parts of equal size, which together are a corpus: record `i` is in part `i`
/// modulo their number.
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
            headline: None,
            html: Vec::new(),
            places: false,
            whole_page: false,
            delimiter: None,
            encoding: None,
            reserved: Vec::new(),
            replace: None,
            max_record_bytes: 64 << 20,
            format: None,
            include: Vec::new(),
            exclude: Vec::new(),
            listed: Vec::new(),
            shard: None,
            each_alone: false,
        }
    }
}
