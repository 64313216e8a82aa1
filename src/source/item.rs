//! What comes out of a corpus, and what is known of it when it has been read.

use std::path::PathBuf;

use crate::document::{Article, Failure};
use crate::source::formats::interface::Format;

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
#[derive(Clone, PartialEq, Debug)]
pub struct ChosenFields {
    /// The first file they were chosen for.
    pub source: String,
    /// How its articles are written.
    pub format: &'static dyn Format,
    /// The fields, in the order they are read in.
    pub fields: Vec<String>,
}

/// What was read so far. Every line, value or member of the input is in one of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Articles.
    pub articles: u64,
    /// Records that failed.
    pub failed: u64,
    /// Records that were skipped unread: see
    /// [`Source::pass_over`](crate::source::Source::pass_over).
    pub passed: u64,
    /// Records of the whole corpus, those in other shards too.
    pub all: u64,
    /// Lines without anything on them, in JSON lines and tables.
    pub blank: u64,
    /// Members of containers that are no articles and were not meant to be. No format of today has
    /// any.
    pub not_articles: u64,
    /// Files in which there was no record.
    pub empty_files: u64,
    /// Files of directories that could not be read: see
    /// [`Source::refused`](crate::source::Source::refused).
    pub refused_files: u64,
}

/// A file of a corpus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFile {
    /// Its path below the directory that was named, or the name that was given: what ids of its
    /// articles are derived from. It is the same on every machine on which the corpus has the same
    /// names.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes it had on disk when the source was opened.
    pub bytes: u64,
}
