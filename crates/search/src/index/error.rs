//! What can be wrong with an index, or with what is to go into it.

use std::io;
use std::path::{Path, PathBuf};

use dateline::internals::error::{Severity, UserError};
use dateline::internals::outputs::OutputError;
use dateline::record::RecordError;
use thiserror::Error;

/// An index cannot be made, changed or read.
#[derive(Debug, Error)]
pub enum IndexError {
    /// There is no such file, or it is not ours to open.
    #[error("{path}: cannot be opened")]
    Open {
        /// The index.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is some other file.
    #[error("{path}: found {found}, wanted an index that dateline index has made")]
    NotAnIndex {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        found: String,
    },
    /// Another version of this program has made it.
    #[error("{path}: found schema {found}, wanted schema {wanted}")]
    OtherSchema {
        /// The index.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        wanted: i64,
    },
    /// Its bytes are not what was written.
    #[error("{path}: damaged")]
    Damaged {
        /// The index.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// Someone else is writing it.
    #[error("{path}: another run is writing it")]
    Locked {
        /// The index.
        path: PathBuf,
    },
    /// There is no room left.
    #[error("disk full writing {path}; what was there at the last commit is safe")]
    Full {
        /// The index.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// SQLite refuses for another reason.
    #[error("{path}: cannot be {doing}")]
    Sql {
        /// The index.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// What it says.
        source: rusqlite::Error,
    },
    /// A file beside the index, or its records.
    #[error("{path}: cannot be {doing}")]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// It was made with other options.
    #[error("{path}: it was made with other options: {differences}")]
    OtherOptions {
        /// The index.
        path: PathBuf,
        /// Each that differs.
        differences: String,
    },
    /// A record comes from another model than those before it.
    #[error("{at}: found a record of {found}, and the index has those of {before}")]
    Mixed {
        /// File and line.
        at: String,
        /// Its model and recipe.
        found: String,
        /// That of the index.
        before: String,
    },
    /// Text is read from the records, which one cannot do in a compressed file.
    #[error("{path}: found {found}, in which text cannot be read from where it stands")]
    NoPlaces {
        /// The records.
        path: PathBuf,
        /// `a compressed file` or `standard input`.
        found: &'static str,
    },
    /// A line of the records is something else.
    #[error("{at}: {source}")]
    Record {
        /// File and line.
        at: String,
        /// What it is.
        #[source]
        source: RecordError,
    },
    /// The records cannot be read.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl IndexError {
    /// What `error` means, which came from the index at `path`.
    pub(crate) fn of(path: &Path, doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let path = path.to_owned();
        move |source| {
            let path = path.clone();
            match source.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => {
                    Self::NotAnIndex { path, found: "something else than a database".to_owned() }
                }
                Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, source },
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
                Some(ErrorCode::DiskFull) => Self::Full { path, source },
                _ => Self::Sql { path, doing, source },
            }
        }
    }
}

impl UserError for IndexError {
    fn severity(&self) -> Severity {
        match self {
            Self::Full { .. } | Self::Sql { .. } | Self::File { .. } => Severity::Fatal,
            Self::Output(error) => error.severity(),
            _ => Severity::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        const AGAIN: &str = "an index is derived data: remove it and make it again by dateline index RECORDS -o";
        let hint = match self {
            Self::Open { .. } => "dateline index RECORDS -o news.db makes an index".to_owned(),
            Self::NotAnIndex { .. } => "name another file with -o, or dateline index RECORDS -o news.db".to_owned(),
            Self::OtherSchema { path, .. } | Self::Damaged { path, .. } => format!("{AGAIN} {}", path.display()),
            Self::Locked { .. } => "wait until it is done, and run the same command again".to_owned(),
            Self::Full { .. } => "free space and run the same command again".to_owned(),
            Self::OtherOptions { path, .. } => {
                format!("give the same options, or remove {} first: it is derived data", path.display())
            }
            Self::Mixed { .. } => "--mixed puts records of several models into one index; tag --replace tags them \
                                   all by one"
                .to_owned(),
            Self::NoPlaces { .. } => "--store keeps the records inside the index; or decompress the file".to_owned(),
            Self::Record { source, .. } => return source.hint(),
            Self::Output(error) => return error.hint(),
            Self::Sql { .. } | Self::File { .. } => return None,
        };
        Some(hint)
    }
}
