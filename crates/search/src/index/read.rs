//! An index that is open for reading: what it says of itself, its articles, and their text from the
//! records.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use dateline::record::Record;
use rusqlite::{Connection, OptionalExtension as _};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::entry::{self, Entry};
use crate::index::about::About;
use crate::index::error::IndexError;
use crate::index::open;

/// An index.
pub struct Index {
    path: PathBuf,
    pub(crate) connection: Connection,
    about: About,
    kinds: Vec<String>,
    /// Files of records, by their rows, as far as they were opened.
    files: RefCell<HashMap<i64, RecordsFile>>,
}

/// A file of records.
struct RecordsFile {
    path: PathBuf,
    under: Option<String>,
    fields: Vec<String>,
    opened: Option<File>,
}

/// An article of an index.
#[derive(Clone, PartialEq, Debug)]
pub struct Article {
    /// Its row.
    pub id: u32,
    /// What tells it from others.
    pub key: String,
    /// Where it came from.
    pub source: Option<String>,
    /// When it was published.
    pub date: Option<String>,
    /// Its headline, or else its first line.
    pub title: String,
    place: (i64, u64, u64, u64),
    digest: Vec<u8>,
}

/// A file of records that an index was made from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its length and the SHA-256 of its bytes; none if it was not read to its end.
    pub end: Option<(u64, String)>,
}

/// The record of an article.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// Its line.
    pub record: String,
    /// The key that what was found is under, if it is not beside the article's own.
    pub under: Option<String>,
    /// The fields that were tagged, where `tag --field` named them.
    pub tagged: Vec<String>,
}

/// The text of an article cannot be had.
#[derive(Debug, Error)]
pub enum TextError {
    /// Its records are not there, or cannot be read.
    #[error("{path}: cannot be read")]
    Read {
        /// The records.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else stands where it stood.
    #[error("{path}:{line}: is not what was indexed")]
    Changed {
        /// The records.
        path: PathBuf,
        /// The line.
        line: u64,
    },
    /// SQLite refuses.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl Index {
    /// Opens the index `path`.
    ///
    /// # Errors
    /// If there is none, it is something else, of another version or damaged.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        let connection = open::reader(path)?;
        let sql = IndexError::of(path, "read");
        let about = About::read(&connection).map_err(&sql)?;
        let kinds = || -> rusqlite::Result<Vec<String>> {
            let mut kinds = connection.prepare(include_str!("kinds.sql"))?;
            kinds.query_map([], |row| row.get(0))?.collect()
        };
        let kinds = kinds().map_err(&sql)?;
        Ok(Self { path: path.to_owned(), connection, about, kinds, files: RefCell::default() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says of itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The kinds of names that it has, in order.
    pub fn kinds(&self) -> &[String] {
        &self.kinds
    }

    /// The files of records in it: where each is, and if it was read to its end, its length and the
    /// SHA-256 of its bytes.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn records_files(&self) -> Result<Vec<IndexedFile>, IndexError> {
        let dir = self.path.parent().unwrap_or(Path::new(""));
        self.read(|connection| {
            let mut files = connection.prepare("SELECT path, bytes, sha256 FROM records ORDER BY id")?;
            let file = |row: &rusqlite::Row<'_>| {
                let path: String = row.get(0)?;
                let end = Option::zip(row.get(1)?, row.get(2)?);
                Ok(IndexedFile { path: dir.join(path), end })
            };
            files.query_map([], file)?.collect()
        })
    }

    /// What `read` gives, which reads from this index: in one transaction, since each one takes a
    /// lock and looks for a journal, which is twenty times the work of a look-up.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, IndexError> {
        let in_transaction = || -> rusqlite::Result<T> {
            let transaction = self.connection.unchecked_transaction()?;
            let found = read(&transaction)?;
            transaction.commit()?;
            Ok(found)
        };
        in_transaction().map_err(IndexError::of(&self.path, "read"))
    }

    /// The article with this key.
    pub(crate) fn id_of(&self, key: &str) -> Result<Option<u32>, IndexError> {
        self.read(|connection| {
            let mut id = connection.prepare_cached("SELECT id FROM article WHERE key = ?1")?;
            id.query_row([key], |row| row.get(0)).optional()
        })
    }

    /// The article in the row `id`.
    pub(crate) fn article(&self, id: u32) -> Result<Article, IndexError> {
        self.read(|connection| {
            let mut article = connection.prepare_cached(
                "SELECT key, source, date, title, records, line, offset, length, digest FROM article WHERE id = ?1",
            )?;
            article.query_row([id], |row| {
                Ok(Article {
                    id,
                    key: row.get(0)?,
                    source: row.get(1)?,
                    date: row.get(2)?,
                    title: row.get(3)?,
                    place: (row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?),
                    digest: row.get(8)?,
                })
            })
        })
    }

    /// The record of `article`: from inside the index, or from where it stands in its file.
    ///
    /// # Errors
    /// If it is not there, or not what was indexed.
    pub fn text(&self, article: &Article) -> Result<Text, TextError> {
        let (id, line, offset, length) = article.place;
        let mut files = self.files.borrow_mut();
        let file = match files.entry(id) {
            Occupied(file) => file.into_mut(),
            Vacant(place) => place.insert(self.records(id)?),
        };
        let stored: Option<String> = self.read(|connection| {
            let mut stored = connection.prepare_cached("SELECT record FROM stored WHERE article = ?1")?;
            stored.query_row([article.id], |row| row.get(0)).optional()
        })?;
        if let Some(record) = stored {
            return Ok(Text { record, under: file.under.clone(), tagged: file.fields.clone() });
        }
        let path = &file.path;
        let failed = |source| TextError::Read { path: path.clone(), source };
        if file.opened.is_none() {
            file.opened = Some(File::open(path).map_err(failed)?);
        }
        let opened = file.opened.as_mut().expect("it was just opened");
        let mut bytes = Vec::new();
        opened.seek(SeekFrom::Start(offset)).map_err(failed)?;
        opened.take(length).read_to_end(&mut bytes).map_err(failed)?;
        let changed = || TextError::Changed { path: path.clone(), line };
        if Sha256::digest(&bytes)[..16] != article.digest[..] {
            return Err(changed());
        }
        let record = String::from_utf8(bytes).map_err(|_| changed())?;
        Ok(Text { record, under: file.under.clone(), tagged: file.fields.clone() })
    }

    fn records(&self, id: i64) -> Result<RecordsFile, IndexError> {
        let dir = self.path.parent().unwrap_or(Path::new(""));
        self.read(|connection| {
            let mut file = connection.prepare_cached("SELECT path, under, fields FROM records WHERE id = ?1")?;
            file.query_row([id], |row| {
                let fields: String = row.get(2)?;
                Ok(RecordsFile {
                    path: dir.join(row.get::<_, String>(0)?),
                    under: row.get(1)?,
                    fields: serde_json::from_str(&fields).unwrap_or_default(),
                    opened: None,
                })
            })
        })
    }
}

impl Text {
    /// The fields that hold text.
    pub fn fields(&self) -> Vec<entry::Text> {
        let options = entry::Options { fields: self.tagged.clone(), ..entry::Options::default() };
        let record = Record::parse(&self.record, self.under.as_deref());
        record.map_or_else(|_| Vec::new(), |record| Entry::of(&record, 0, &options).texts)
    }
}
