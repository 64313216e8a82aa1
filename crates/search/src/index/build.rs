//! Records files → an index: builds it, and brings it up to date.
//!
//! One thread reads and parses (`input`), this one writes. What was read from a file takes the place of what
//! the index had from it: records with another digest are replaced, those that are not in it any
//! more are removed. A run that is broken off leaves what it had committed, and the same command
//! goes on from there.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use roaring::RoaringBitmap;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::entry::{self, Keys};
use crate::index::about::About;
use crate::index::error::IndexError;
use crate::index::input::{self, Message, ReadOptions};
use crate::index::lock::Lock;
use crate::index::write::{Put, Row, Tables};
use crate::index::{open, vectors};

/// What goes into an index, and how.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// How to read records.
    pub entry: entry::Options,
    /// Key that the added keys are under; none for what the manifest beside the records says.
    pub under: Option<String>,
    /// Keys to take out, or to leave out.
    pub delete: BTreeSet<String>,
    /// Keep the records themselves inside the index.
    pub store: bool,
    /// Take records of several models.
    pub mixed: bool,
    /// Bytes of records between two commits; 0 for 32 MiB.
    pub commit_bytes: u64,
}

/// What a run has done so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Built {
    /// Records that were read.
    pub read: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Records that were not in the index.
    pub added: u64,
    /// Records that were in it and have changed.
    pub changed: u64,
    /// Records that were in it as they are.
    pub unchanged: u64,
    /// Articles that were taken out.
    pub removed: u64,
    /// Records whose key another one of the run has too.
    pub repeated: u64,
    /// Dead letters among the records, which are passed over.
    pub dead: u64,
    /// Records with a date that cannot be read.
    pub undated: u64,
    /// Whether it was asked to stop before its end.
    pub interrupted: bool,
    /// Articles that the index has in all.
    pub articles: u64,
    /// Names that it has in all.
    pub names: u64,
}

/// Bytes of records between two commits.
const COMMIT_BYTES: u64 = 32 << 20;

/// Brings the index `path` up to date with `records`, and makes it if there is none. `go_on` is asked
/// now and then.
///
/// # Errors
/// An [`IndexError`] says what is wrong with the index or the records. What was committed stays.
pub fn build(
    path: &Path,
    records: &[PathBuf],
    options: &BuildOptions,
    mut go_on: impl FnMut(&Built) -> ControlFlow<()>,
) -> Result<Built, IndexError> {
    records.iter().try_for_each(|records| input::check_readable(records, options.store))?;
    let _lock = Lock::take(path)?;
    let connection = open::writer(path)?;
    let sql = IndexError::of(path, "written");
    let mut about = About::read(&connection).map_err(&sql)?;
    check_options(path, &about, options)?;
    let was_complete = about.is_complete();
    let mut run = Run {
        path,
        options,
        tables: Tables::new(&connection),
        connection: &connection,
        about: &mut about,
        keys: Keys::default(),
        built: Built::default(),
        records: PathBuf::new(),
        file: 0,
        seen: RoaringBitmap::new(),
        uncommitted: 0,
    };
    run.begin().map_err(&sql)?;
    run.delete().map_err(&sql)?;
    std::thread::scope(|threads| {
        let (sender, receiver) = sync_channel(4);
        let reading = ReadOptions { entry: options.entry.clone(), under: options.under.clone(), store: options.store };
        threads.spawn(move || input::read(records, &reading, &sender));
        run.write(&receiver, &mut go_on)
    })?;
    run.finish(!was_complete).map_err(&sql)
}

/// Takes the place of a file in the table `records`: as it is found from the index's directory.
fn name_of(records: &Path, index: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (records, index) = (absolute(records), absolute(index));
    let below = index.parent().and_then(|dir| records.strip_prefix(dir).ok());
    below.unwrap_or(&records).to_string_lossy().into_owned()
}

/// The options that shape what an index holds, by their names, as the table `about` has them.
fn shaping(options: &BuildOptions) -> Vec<(&'static str, String)> {
    let given = |value: &Option<String>| value.clone().unwrap_or_else(|| "not given".to_owned());
    vec![
        ("--id", given(&options.entry.id)),
        ("--date", given(&options.entry.date)),
        ("--aliases", options.entry.aliases.digest().unwrap_or("not given").to_owned()),
        ("--store", if options.store { "given" } else { "not given" }.to_owned()),
    ]
}

fn check_options(path: &Path, about: &About, options: &BuildOptions) -> Result<(), IndexError> {
    let differs = |(name, value): &(&str, String)| {
        let was = about.get(name).filter(|was| was != value)?;
        Some(format!("{name} was {was}, is {value}"))
    };
    let differences: Vec<String> = shaping(options).iter().filter_map(differs).collect();
    if differences.is_empty() {
        return Ok(());
    }
    Err(IndexError::OtherOptions { path: path.to_owned(), differences: differences.join("; ") })
}

/// A run, as far as it has come.
struct Run<'r> {
    path: &'r Path,
    options: &'r BuildOptions,
    tables: Tables<'r>,
    connection: &'r Connection,
    about: &'r mut About,
    keys: Keys,
    built: Built,
    /// The file that is read, and its row.
    records: PathBuf,
    file: i64,
    /// Articles that were found in it.
    seen: RoaringBitmap,
    /// Bytes of records since the last commit.
    uncommitted: u64,
}

impl Run<'_> {
    fn begin(&mut self) -> rusqlite::Result<()> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        self.about.set("schema", 2);
        self.about.set("complete", "no");
        // What `browse` keeps is made again from what this run leaves.
        self.about.set("kept", "no");
        shaping(self.options).into_iter().for_each(|(name, value)| self.about.set(name, value));
        self.about.write(self.connection)?;
        self.commit()
    }

    /// Makes what was written so far last, and goes on.
    fn commit(&mut self) -> rusqlite::Result<()> {
        self.uncommitted = 0;
        self.tables.flush()?;
        self.connection.execute_batch("COMMIT; BEGIN IMMEDIATE")
    }

    fn delete(&mut self) -> rusqlite::Result<()> {
        for key in &self.options.delete {
            let id = self.connection.prepare_cached("SELECT id FROM article WHERE key = ?1")?;
            let id: Option<i64> = { id }.query_row([key], |row| row.get(0)).optional()?;
            if let Some(id) = id {
                self.tables.remove(id)?;
                self.built.removed += 1;
            }
        }
        Ok(())
    }

    /// Writes what comes until there is no more, or it is to stop.
    fn write(
        &mut self,
        messages: &Receiver<Message>,
        go_on: &mut dyn FnMut(&Built) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        let sql = IndexError::of(self.path, "written");
        let commit_bytes = if self.options.commit_bytes == 0 { COMMIT_BYTES } else { self.options.commit_bytes };
        // Dropped at the end, which ends the reading thread.
        for message in messages {
            match message {
                Message::File(path, under, fields) => self.begin_file(&path, under, &fields).map_err(&sql)?,
                Message::Rows(rows, bytes) => {
                    for row in rows {
                        if let Err(error) = self.write_row(row) {
                            // What is wrong with this record is not wrong with those before it.
                            let _ = self.commit();
                            return Err(error);
                        }
                        if self.uncommitted >= commit_bytes {
                            self.commit().map_err(&sql)?;
                        }
                    }
                    self.built.bytes = bytes;
                }
                Message::End(bytes, digest, dead) => self.end_file(bytes, &digest, dead).map_err(&sql)?,
                Message::Failed(error) => {
                    self.commit().map_err(&sql)?;
                    return Err(error);
                }
            }
            if go_on(&self.built).is_break() {
                self.built.interrupted = true;
                break;
            }
        }
        Ok(())
    }

    fn begin_file(&mut self, path: &Path, under: Option<String>, fields: &[String]) -> rusqlite::Result<()> {
        let name = name_of(path, self.path);
        let fields = serde_json::Value::from(fields).to_string();
        self.file = self
            .connection
            .prepare_cached(
                "INSERT INTO records (path, under, fields) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
                 SET sha256 = NULL, under = excluded.under, fields = excluded.fields RETURNING id",
            )?
            .query_row(params![name, under, fields], |row| row.get(0))?;
        self.seen.clear();
        self.records = path.to_owned();
        Ok(())
    }

    fn write_row(&mut self, mut row: Row) -> Result<(), IndexError> {
        self.built.read += 1;
        let sql = IndexError::of(self.path, "written");
        row.entry.key = self.keys.unique(std::mem::take(&mut row.entry.key));
        self.built.repeated = self.keys.n_repeated;
        if self.options.delete.contains(&row.entry.key) {
            return Ok(());
        }
        self.check_model(&row)?;
        let is_dated = row.entry.date.as_deref().is_none_or(|date| crate::date::normal(date).is_some());
        self.built.undated += u64::from(!is_dated);
        let (id, put) = self.tables.put(&row, self.file).map_err(&sql)?;
        self.seen.insert(id as u32);
        match put {
            Put::Added => self.built.added += 1,
            Put::Changed => self.built.changed += 1,
            Put::Unchanged => self.built.unchanged += 1,
        }
        if put != Put::Unchanged {
            self.uncommitted += row.length;
        }
        Ok(())
    }

    /// Sees to it that one model has made all records.
    fn check_model(&mut self, row: &Row) -> Result<(), IndexError> {
        let found = format!("{}, recipe {}", row.entry.model, row.entry.recipe);
        match self.about.get("model") {
            Some(before) if before.split('\n').any(|before| before == found) => return Ok(()),
            Some(before) if !self.options.mixed => {
                let at = format!("{}:{}", self.records.display(), row.line);
                return Err(IndexError::Mixed { at, found, before: before.replace('\n', "; ") });
            }
            Some(before) => {
                let all = format!("{before}\n{found}");
                self.about.set("model", all);
            }
            None => self.about.set("model", found),
        }
        self.about.write(self.connection).map_err(IndexError::of(self.path, "written"))
    }

    /// What the index had from the file and the file has no longer is gone.
    fn end_file(&mut self, bytes: u64, digest: &str, dead: u64) -> rusqlite::Result<()> {
        let mut ids = self.connection.prepare_cached("SELECT id FROM article WHERE records = ?1")?;
        let ids = ids.query_map([self.file], |row| row.get::<_, u32>(0))?;
        let gone = ids.filter(|id| id.as_ref().map_or(true, |id| !self.seen.contains(*id)));
        for id in gone.collect::<rusqlite::Result<Vec<_>>>()? {
            self.tables.remove(id.into())?;
            self.built.removed += 1;
        }
        self.built.dead += dead;
        self.connection
            .prepare_cached("UPDATE records SET bytes = ?2, sha256 = ?3, articles = ?4 WHERE id = ?1")?
            .execute(params![self.file, bytes, digest, self.seen.len()])?;
        Ok(())
    }

    fn finish(mut self, all: bool) -> rusqlite::Result<Built> {
        if self.built.interrupted {
            self.commit()?;
            return Ok(self.built);
        }
        self.tables.finish(all)?;
        self.connection.execute("DELETE FROM records WHERE id NOT IN (SELECT records FROM article)", [])?;
        let count = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, u64>(0));
        let counts = [
            ("articles", count("SELECT count(*) FROM article")?),
            ("names", count("SELECT count(*) FROM name WHERE articles > 0")?),
            ("mentions", count("SELECT count(*) FROM mention")?),
            ("vectors", vectors::count(self.connection)?),
            ("without_sentences", count("SELECT count(DISTINCT article) FROM mention WHERE sentence IS NULL")?),
        ];
        counts.iter().for_each(|(what, n)| self.about.set(what, n));
        (self.built.articles, self.built.names) = (counts[0].1, counts[1].1);
        self.about.set("complete", "yes");
        self.about.write(self.connection)?;
        self.connection.execute_batch("COMMIT; PRAGMA optimize")?;
        Ok(self.built)
    }
}
