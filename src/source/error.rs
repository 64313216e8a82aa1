//! What can go wrong with a whole file or a whole corpus. A record that fails alone is a
//! [refusal](super::refusal).

use std::io;

use thiserror::Error;

use crate::error::UserError;
use crate::source::kinds::FileKind;
use crate::source::name::shown;

/// Why a corpus cannot be read, or cannot be read further.
#[derive(Debug, Error)]
pub enum SourceError {
    /// Nothing was named.
    #[error("no input was named: expected files, directories, or - for standard input")]
    NoInput,
    /// Standard input can be read once.
    #[error("standard input (-) was named twice: it can be read once")]
    StdinTwice,
    /// A file or directory is missing, or may not be read.
    #[error("{path}: cannot be opened")]
    Open {
        /// The file or directory.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Reading failed half-way.
    #[error("{path}: reading failed at byte {offset}")]
    Read {
        /// The file.
        path: String,
        /// Bytes of the file that were read before.
        offset: u64,
        /// What the system says.
        source: io::Error,
    },
    /// Compressed data are damaged or end too early.
    #[error("{path}: {format} data are damaged or cut short at byte {offset}")]
    Compressed {
        /// The file.
        path: String,
        /// `gzip` or `zstd`.
        format: &'static str,
        /// Bytes of the file that were read before.
        offset: u64,
        /// What the decompressor says.
        source: io::Error,
    },
    /// A directory holds nothing to read.
    #[error("{path}: no articles in this directory ({skipped} other files)")]
    NoArticles {
        /// The directory.
        path: String,
        /// Files whose ending does not count.
        skipped: u64,
        /// The endings that do.
        endings: Vec<&'static str>,
    },
    /// A directory holds nothing to read but what patterns leave out.
    #[error("{path}: --include and --exclude leave nothing to read in this directory: they leave out {excluded} files")]
    AllExcluded {
        /// The directory.
        path: String,
        /// Files that would be read without them.
        excluded: u64,
    },
    /// A pattern for names of files is none.
    #[error("{pattern:?} is no pattern for files: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is of a kind that is recognized and not read.
    #[error("{path}: this is {kind}: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd")]
    Unsupported {
        /// The file.
        path: String,
        /// What it is.
        kind: FileKind,
    },
    /// Every other byte is zero and nothing says why.
    #[error("{path}: this looks like {encoding} without a byte order mark: expected UTF-8")]
    UnmarkedUtf16 {
        /// The file.
        path: String,
        /// What `--encoding` would be given.
        encoding: &'static str,
    },
    /// Much comes out of few compressed bytes, and no record among it.
    #[error(
        "{path}: {expanded} bytes came out of {compressed} compressed ones, up to byte {offset}, and no record that is not longer than the \
         limit: this looks like a decompression bomb"
    )]
    Bomb {
        /// The file.
        path: String,
        /// Bytes of the file that were read before.
        offset: u64,
        /// Bytes since the last record that is one.
        expanded: u64,
        /// What they were made from.
        compressed: u64,
    },
    /// There is no encoding of that name.
    #[error("encoding {label:?} is not known")]
    UnknownEncoding {
        /// The name as given.
        label: String,
    },
    /// A field that was asked for is in none of the first records.
    #[error("{path}: field {field:?} is in none of the first records, which have {}", listed(.seen))]
    FieldNotFound {
        /// The file.
        path: String,
        /// The field.
        field: String,
        /// The fields of the first records.
        seen: Vec<String>,
    },
    /// None of the fields that are read by default is there.
    #[error(
        "{path}: found no title, headline, text, body or content in the first records, which have {}",
        listed(.seen)
    )]
    NoTextField {
        /// The file.
        path: String,
        /// The fields of the first records.
        seen: Vec<String>,
    },
    /// Its lines have as many cells as the first one, and none of these is the name of a text.
    #[error("{path}: this looks like a table, and no title, headline, text, body or content is in its first row")]
    PerhapsTable {
        /// The file.
        path: String,
    },
    /// XML that is no feed and no agency's.
    #[error("{path}: this is XML of another kind, <{found}>: expected RSS, Atom, NITF, NewsML or NewsML-G2")]
    OtherXml {
        /// The file.
        path: String,
        /// Its outermost element.
        found: String,
    },
    /// The input already has a key that the record would add.
    #[error("{path}: a record on line {line} already has a field {key:?}, which the output would add")]
    ReservedKey {
        /// The file.
        path: String,
        /// Line of the record.
        line: u64,
        /// The key.
        key: String,
    },
    /// Two columns have one name, so a row is no object.
    #[error("{path}: column {name:?} stands twice in the header")]
    DuplicateColumn {
        /// The file.
        path: String,
        /// The name.
        name: String,
    },
    /// The first row of a table cannot be read.
    #[error("{path}: the header row cannot be read: {reason}")]
    Header {
        /// The file.
        path: String,
        /// What was found.
        reason: String,
    },
}

impl SourceError {
    /// Whether it is about one file, of which nothing has been read yet, and says nothing of
    /// others. Damaged data are another matter: whoever has some wants to know before the run is
    /// done.
    pub(super) fn costs_one_file(&self) -> bool {
        match self {
            Self::Open { .. }
            | Self::Read { .. }
            | Self::Unsupported { .. }
            | Self::UnmarkedUtf16 { .. }
            | Self::FieldNotFound { .. }
            | Self::NoTextField { .. }
            | Self::PerhapsTable { .. }
            | Self::OtherXml { .. }
            | Self::ReservedKey { .. }
            | Self::DuplicateColumn { .. }
            | Self::Header { .. } => true,
            Self::NoInput
            | Self::StdinTwice
            | Self::Compressed { .. }
            | Self::NoArticles { .. }
            | Self::AllExcluded { .. }
            | Self::Pattern { .. }
            | Self::Bomb { .. }
            | Self::UnknownEncoding { .. } => false,
        }
    }
}

impl UserError for SourceError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoArticles { endings, .. } => {
                format!("files count by their ending: {}, each also with .gz or .zst", endings.join(" "))
            }
            Self::AllExcluded { .. } => {
                "patterns are matched against the path below the directory; one without / matches a name at any depth"
                    .to_owned()
            }
            Self::Pattern { .. } => {
                "* stands for any part of a name, ** for any directories, {a,b} for either; \\ takes a character as it is"
                    .to_owned()
            }
            Self::Unsupported { path, kind } => kind.hint(path),
            Self::UnmarkedUtf16 { encoding, .. } => format!("if so, say --encoding {encoding}"),
            Self::UnknownEncoding { .. } => {
                "--encoding takes the names browsers know: utf-8, windows-1252, iso-8859-15, shift_jis, gb18030"
                    .to_owned()
            }
            Self::NoTextField { path, seen } if wrapper(seen).is_some() => {
                let key = wrapper(seen).unwrap_or_default();
                format!("if the articles are in an array under {key:?}, take them out: jq -c '.{key}[]' {path}")
            }
            Self::FieldNotFound { seen, .. } | Self::NoTextField { seen, .. } => match seen.as_slice() {
                [only] if only.contains([':', ' ', '^', '~']) => "say what separates the cells with --delimiter".to_owned(),
                _ => "name the fields that hold text with --field".to_owned(),
            },
            Self::OtherXml { .. } => "leave it out with --exclude, or take its articles out first".to_owned(),
            Self::PerhapsTable { .. } => {
                "if it is one, say --input-format csv, and name the columns that hold text with --field; if it is text, say --input-format text"
                    .to_owned()
            }
            Self::ReservedKey { .. } => {
                "--under KEY puts everything the output adds under one key of your choice; --replace tags dateline's own records again".to_owned()
            }
            Self::Compressed { .. } => "fetch or compress the file again; what was read before is good".to_owned(),
            Self::Bomb { .. } => "if it is none, decompress it first; what was read before is good".to_owned(),
            Self::NoInput
            | Self::StdinTwice
            | Self::Open { .. }
            | Self::Read { .. }
            | Self::DuplicateColumn { .. }
            | Self::Header { .. } => return None,
        })
    }
}

/// The name under which articles are commonly wrapped up in one object, if it is among `seen`.
fn wrapper(seen: &[String]) -> Option<&str> {
    const NAMES: [&str; 6] = ["articles", "documents", "docs", "items", "results", "data"];
    NAMES.into_iter().find(|name| seen.iter().any(|key| key == name))
}

/// Field names in a row, `no fields` if there are none.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 30;
    if names.is_empty() {
        return "no fields".to_owned();
    }
    let mut list = names.iter().take(SHOWN).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        list.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    list
}
