//! Puts entries into the tables, takes them out again, and brings the counts up to date.

use std::borrow::Borrow;
use std::collections::HashMap;

use roaring::RoaringBitmap;
use rusqlite::{Connection, OptionalExtension as _, params};
use unicode_normalization::UnicodeNormalization as _;

use crate::date;
use crate::entry::{Entry, Name};
use crate::fold::fold;
use crate::index::vectors::Vectors;
use crate::vector::Codes;

/// An entry as the tables take it, and where its record stands. Whatever can be made of an entry
/// alone is made by the thread that reads, since the one that writes is the busier.
#[derive(Debug)]
pub(crate) struct Row {
    pub entry: Entry,
    /// What is searched by its words: the headline, and the rest.
    pub words: [String; 2],
    /// [`Entry::names`].
    pub names: Vec<NameRow>,
    pub vector: Option<Codes>,
    /// Its mentions in the order of the record.
    pub mentions: Vec<MentionRow>,
    /// Line of the file, counted from 1.
    pub line: u64,
    pub offset: u64,
    /// Without the line's end.
    pub length: u64,
    pub digest: [u8; 16],
    /// What decisions about it are filed under.
    pub text: [u8; 16],
    /// The record, if it is to be inside the index.
    pub stored: Option<String>,
}

/// A name as it is stored.
#[derive(Debug)]
pub(crate) struct NameRow {
    pub folded: String,
    /// Its forms in the article on one line each, the one to show first, each once.
    pub forms: Vec<String>,
}

/// A mention as it is stored.
#[derive(Debug)]
pub(crate) struct MentionRow {
    /// Position in [`Entry::names`]; none if the record's lists do not agree.
    pub name: Option<usize>,
    pub field: String,
    pub start: usize,
    pub end: usize,
    pub sentence: Option<usize>,
    pub score: f64,
    pub zone: String,
}

impl Row {
    /// The row of an entry that stands at the beginning of a file.
    pub fn of(entry: Entry, mentions: Vec<MentionRow>, digest: [u8; 16], text: [u8; 16]) -> Self {
        let names = entry.names.iter().map(NameRow::of).collect();
        let words = [composed(entry.title.as_deref().unwrap_or_default()), composed(&entry.text())];
        let vector = entry.embedding.as_deref().map(Codes::of);
        Self { entry, words, names, vector, mentions, line: 1, offset: 0, length: 0, digest, text, stored: None }
    }
}

impl NameRow {
    fn of(name: &Name) -> Self {
        let mut forms: Vec<String> = Vec::with_capacity(1 + name.aliases.len());
        for form in name.forms().map(one_line) {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        Self { folded: fold(&name.name), forms }
    }
}

/// Composed, as most text is anyway: FTS5 takes Hangul and the like apart otherwise.
fn composed(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.nfc().collect() }
}

/// What became of an entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Put {
    Added,
    Changed,
    Unchanged,
}

/// The tables of an index, from one commit to the next.
pub(crate) struct Tables<'c> {
    connection: &'c Connection,
    /// By folded form and kind.
    names: Cache<String>,
    /// By form and name.
    aliases: Cache<i64>,
    topics: HashMap<String, i64>,
    vectors: Vectors<'c>,
    /// Names whose counts are no longer right.
    touched: RoaringBitmap,
}

/// Ids of rows that were met lately, by a text and what else tells them apart.
struct Cache<K> {
    /// Few rows share a text, so these are looked through.
    by_text: HashMap<String, Vec<(K, i64)>>,
    n_rows: usize,
}

impl<K: PartialEq> Cache<K> {
    /// Rows that are remembered: a few dozen megabytes, and then anew.
    const MOST: usize = 200_000;

    fn new() -> Self {
        Self { by_text: HashMap::new(), n_rows: 0 }
    }

    fn get<Q>(&self, text: &str, other: &Q) -> Option<i64>
    where
        K: Borrow<Q>,
        Q: PartialEq + ?Sized,
    {
        let rows = self.by_text.get(text)?;
        rows.iter().find(|(key, _)| key.borrow() == other).map(|(_, id)| *id)
    }

    fn put(&mut self, text: &str, other: K, id: i64) {
        if self.n_rows >= Self::MOST {
            self.clear();
        }
        self.by_text.entry(text.to_owned()).or_default().push((other, id));
        self.n_rows += 1;
    }

    fn clear(&mut self) {
        self.by_text.clear();
        self.n_rows = 0;
    }
}

impl<'c> Tables<'c> {
    pub fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            names: Cache::new(),
            aliases: Cache::new(),
            topics: HashMap::new(),
            vectors: Vectors::new(connection),
            touched: RoaringBitmap::new(),
        }
    }

    /// Puts an entry in, in place of the one with its key if that is another. Gives its id too.
    pub fn put(&mut self, row: &Row, records: i64) -> rusqlite::Result<(i64, Put)> {
        type Known = (i64, Vec<u8>, i64, u64, u64);
        let known: Option<Known> = self
            .connection
            .prepare_cached("SELECT id, digest, records, offset, line FROM article WHERE key = ?1")?
            .query_row([&row.entry.key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            .optional()?;
        let id = match known {
            Some((id, digest, file, offset, line)) if digest == row.digest => {
                if (file, offset, line) != (records, row.offset, row.line) {
                    let mut update = self.connection.prepare_cached(
                        "UPDATE article SET records = ?2, offset = ?3, line = ?4, length = ?5 WHERE id = ?1",
                    )?;
                    update.execute(params![id, records, row.offset, row.line, row.length])?;
                }
                return Ok((id, Put::Unchanged));
            }
            Some((id, ..)) => {
                self.remove(id)?;
                Some(id)
            }
            None => None,
        };
        let put = if id.is_some() { Put::Changed } else { Put::Added };
        Ok((self.insert(row, records, id)?, put))
    }

    /// Takes out all rows of the article `id`.
    pub fn remove(&mut self, id: i64) -> rusqlite::Result<()> {
        let mut names = self.connection.prepare_cached("SELECT name FROM appears WHERE article = ?1")?;
        for name in names.query_map([id], |row| row.get::<_, u32>(0))? {
            self.touched.insert(name?);
        }
        for delete in [
            "DELETE FROM words WHERE rowid = ?1",
            "DELETE FROM appears WHERE article = ?1",
            "DELETE FROM known_as WHERE article = ?1",
            "DELETE FROM mention WHERE article = ?1",
            "DELETE FROM article_topic WHERE article = ?1",
            "DELETE FROM stored WHERE article = ?1",
            "DELETE FROM article WHERE id = ?1",
        ] {
            self.connection.prepare_cached(delete)?.execute([id])?;
        }
        self.vectors.remove(id)
    }

    /// Writes what is held back, before a commit.
    pub fn flush(&mut self) -> rusqlite::Result<()> {
        self.vectors.flush()
    }

    fn insert(&mut self, row: &Row, records: i64, id: Option<i64>) -> rusqlite::Result<i64> {
        let entry = &row.entry;
        let wrong: f64 = row.mentions.iter().map(|mention| 1.0 - mention.score).sum();
        self.connection
            .prepare_cached(
                "INSERT INTO article (id, key, source, date, title, wrong, records, line, offset, length, digest, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                id,
                entry.key,
                entry.source,
                entry.date.as_deref().and_then(date::normal),
                entry.heading(),
                wrong,
                records,
                row.line,
                row.offset,
                row.length,
                row.digest,
                row.text
            ])?;
        let id = self.connection.last_insert_rowid();
        let [title, text] = &row.words;
        self.connection
            .prepare_cached("INSERT INTO words (rowid, title, text) VALUES (?1, ?2, ?3)")?
            .execute(params![id, title, text])?;
        let mut names = Vec::with_capacity(entry.names.len());
        for (name, row) in entry.names.iter().zip(&row.names) {
            names.push(self.insert_name(id, name, row)?);
        }
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO mention (article, number, name, field, start, \"end\", sentence, score, zone)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for (number, mention) in row.mentions.iter().enumerate() {
            let Some(&name) = mention.name.and_then(|name| names.get(name)) else { continue };
            let MentionRow { field, start, end, sentence, score, zone, .. } = mention;
            insert.execute(params![id, number, name, field, start, end, sentence, score, zone])?;
        }
        self.insert_topics(id, entry)?;
        if let Some(vector) = &row.vector {
            self.vectors.put(id, vector)?;
        }
        if let Some(record) = &row.stored {
            self.connection
                .prepare_cached("INSERT INTO stored (article, record) VALUES (?1, ?2)")?
                .execute(params![id, record])?;
        }
        Ok(id)
    }

    /// Puts a name of an article in, and gives its id.
    fn insert_name(&mut self, article: i64, name: &Name, row: &NameRow) -> rusqlite::Result<i64> {
        let id = self.name(name, row)?;
        if !name.is_named() {
            return Ok(id);
        }
        self.touched.insert(id as u32);
        let mut aliases = Vec::with_capacity(row.forms.len());
        for form in &row.forms {
            aliases.push(self.alias(id, form)?);
        }
        // Two entities of an article may be one name: their labels differ, or their spelling.
        self.connection
            .prepare_cached(
                "INSERT INTO appears (article, name, mentions, salience, alias) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET mentions = mentions + excluded.mentions,
                     salience = min(1.0, salience + excluded.salience)",
            )?
            .execute(params![article, id, name.mentions.len(), name.salience, aliases[0]])?;
        for alias in aliases {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO known_as (article, alias) VALUES (?1, ?2)")?
                .execute([article, alias])?;
        }
        Ok(id)
    }

    fn name(&mut self, name: &Name, row: &NameRow) -> rusqlite::Result<i64> {
        if let Some(id) = self.names.get(&row.folded, name.kind.as_str()) {
            return Ok(id);
        }
        let known = self
            .connection
            .prepare_cached("SELECT id FROM name WHERE kind = ?1 AND folded = ?2")?
            .query_row([&name.kind, &row.folded], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                let mut insert = self.connection.prepare_cached(
                    "INSERT INTO name (kind, label, folded, name, articles, mentions) VALUES (?1, ?2, ?3, ?4, 0, 0)",
                )?;
                insert.insert(params![name.kind, name.label, row.folded, row.forms[0]])?
            }
        };
        self.names.put(&row.folded, name.kind.clone(), id);
        Ok(id)
    }

    fn alias(&mut self, name: i64, text: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.aliases.get(text, &name) {
            return Ok(id);
        }
        let known = self
            .connection
            .prepare_cached("SELECT id FROM alias WHERE name = ?1 AND text = ?2")?
            .query_row(params![name, text], |row| row.get(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                let mut insert = self.connection.prepare_cached("INSERT INTO alias (name, text) VALUES (?1, ?2)")?;
                let id = insert.insert(params![name, text])?;
                self.connection
                    .prepare_cached("INSERT INTO alias_words (rowid, folded) VALUES (?1, ?2)")?
                    .execute(params![id, fold(text)])?;
                id
            }
        };
        self.aliases.put(text, name, id);
        Ok(id)
    }

    fn insert_topics(&mut self, article: i64, entry: &Entry) -> rusqlite::Result<()> {
        for topic in &entry.topics {
            let above = topic.broader.iter().map(|(code, label)| (code, label.as_ref().unwrap_or(code), false));
            for (code, label, own) in std::iter::once((&topic.code, &topic.label, true)).chain(above) {
                let id = self.topic(code, label)?;
                self.connection
                    .prepare_cached(
                        "INSERT INTO article_topic (article, topic, score, own) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT DO UPDATE SET score = max(score, excluded.score), own = max(own, excluded.own)",
                    )?
                    .execute(params![article, id, topic.score, own])?;
            }
        }
        Ok(())
    }

    fn topic(&mut self, code: &str, label: &str) -> rusqlite::Result<i64> {
        if let Some(&id) = self.topics.get(code) {
            return Ok(id);
        }
        let id = self
            .connection
            .prepare_cached(
                "INSERT INTO topic (code, label) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET label = iif(label = code, excluded.label, label) RETURNING id",
            )?
            .query_row([code, label], |row| row.get(0))?;
        self.topics.insert(code.to_owned(), id);
        Ok(id)
    }

    /// Makes the indexes, and brings up to date what is said of names: of `all`, or of those that
    /// were touched.
    pub fn finish(&mut self, all: bool) -> rusqlite::Result<()> {
        self.flush()?;
        self.connection.execute_batch(include_str!("../indexes.sql"))?;
        self.connection.execute_batch("CREATE TEMP TABLE touched (id INTEGER PRIMARY KEY)")?;
        if all {
            self.connection.execute("INSERT INTO touched SELECT id FROM name", [])?;
        } else {
            let mut touch = self.connection.prepare("INSERT INTO touched (id) VALUES (?1)")?;
            for name in &self.touched {
                touch.execute([name])?;
            }
        }
        self.connection.execute_batch(include_str!("finish.sql"))?;
        self.touched.clear();
        // Some of what they knew is gone.
        self.names.clear();
        self.aliases.clear();
        self.topics.clear();
        Ok(())
    }
}

/// As a name is stored: without line breaks and runs of white space.
fn one_line(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
