//! Files of records → rows, on a thread of its own.
//!
//! A line is parsed, becomes an entry, and keeps its place and its digest. What is not a record is
//! an error with its line; dead letters and empty lines are counted and passed over.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;

use dateline::internals::compression::Compression;
use dateline::internals::outputs::{self, Lines, OutputError};
use dateline::record::{Line, Record, RecordError};
use dateline::verdicts::ArticleKey;
use sha2::{Digest, Sha256};

use crate::entry::{self, Entry};
use crate::index::error::IndexError;
use crate::index::write::{MentionRow, Row};

/// How to read records.
pub(super) struct ReadOptions {
    pub entry: entry::Options,
    /// Key that the added keys are under; none for what the manifest beside the records says.
    pub under: Option<String>,
    /// Keep the records themselves.
    pub store: bool,
}

/// What the reading thread says.
pub(super) enum Message {
    /// A file begins: the key that what was found is under, and the fields that were tagged.
    File(PathBuf, Option<String>, Vec<String>),
    /// Some of its records, and bytes read in all.
    Rows(Vec<Row>, u64),
    /// It is at its end: bytes, digest, dead letters.
    End(u64, String, u64),
    /// It cannot be read on.
    Failed(IndexError),
}

/// Rows that go from one thread to the other at once.
const ROWS: usize = 64;
/// Refuses before any work what could only be refused in the middle of it.
pub(super) fn check_readable(records: &Path, store: bool) -> Result<(), IndexError> {
    let no_places = |found| Err(IndexError::NoPlaces { path: records.to_owned(), found });
    if store {
        return Ok(());
    }
    if records.as_os_str() == "-" {
        return no_places("standard input");
    }
    let opened = File::open(records).map_err(|source| OutputError::Open { path: records.to_owned(), source })?;
    let mut head = Vec::new();
    let read = opened.take(4).read_to_end(&mut head);
    read.map_err(|source| OutputError::Read { path: records.to_owned(), source })?;
    if Compression::of_head(&head).is_some() { no_places("a compressed file") } else { Ok(()) }
}

/// Reads the files one after the other, until nobody listens any more.
pub(super) fn read(records: &[PathBuf], options: &ReadOptions, sender: &SyncSender<Message>) {
    let mut bytes = 0;
    for path in records {
        if let Err(error) = read_file(path, options, &mut bytes, sender) {
            let _ = sender.send(Message::Failed(error));
            return;
        }
    }
}

fn read_file(
    path: &Path,
    options: &ReadOptions,
    bytes: &mut u64,
    sender: &SyncSender<Message>,
) -> Result<(), IndexError> {
    let manifest = outputs::manifest_of(path);
    let under = options.under.clone().or_else(|| Some(manifest.as_ref()?.fingerprint.under()?.to_owned()));
    let mut entry_options = options.entry.clone();
    if let Some(fields) = manifest.as_ref().and_then(|manifest| manifest.fingerprint.options.get("field")?.as_array()) {
        entry_options.fields = fields.iter().filter_map(|field| Some(field.as_str()?.to_owned())).collect();
    }
    if sender.send(Message::File(path.to_owned(), under.clone(), entry_options.fields.clone())).is_err() {
        return Ok(());
    }
    let mut lines = Lines::open(path)?;
    let (mut rows, mut dead, mut offset) = (Vec::with_capacity(ROWS), 0, 0);
    let mut number = 0;
    while let Some(line) = lines.next_line()? {
        number += 1;
        let length = line.len() as u64;
        let digest = Sha256::digest(line);
        let parsed = std::str::from_utf8(line)
            .map_err(|_| RecordError::NotARecord { found: "bytes that are not UTF-8".to_owned() })
            .and_then(|text| Ok((text, Line::parse(text, under.as_deref())?)));
        let at = || format!("{}:{number}", path.display());
        match parsed.map_err(|source| IndexError::Record { at: at(), source })? {
            (text, Line::Record(record)) => {
                let entry = Entry::of(&record, number - 1, &entry_options);
                let digest = digest[..16].try_into().expect("sixteen are sixteen");
                let mentions = mentions(&record, &entry);
                let stored = options.store.then(|| text.to_owned());
                let key = ArticleKey::of_record(&record, &entry_options.fields).bytes();
                rows.push(Row { line: number, offset, length, stored, ..Row::of(entry, mentions, digest, key) });
            }
            (_, Line::Dead(_)) => dead += 1,
            (_, Line::Blank) => {}
        }
        *bytes += lines.line().len() as u64;
        offset += lines.line().len() as u64;
        if rows.len() == ROWS && sender.send(Message::Rows(std::mem::take(&mut rows), *bytes)).is_err() {
            return Ok(());
        }
    }
    let (length, digest) = lines.finish()?;
    let _ = sender.send(Message::Rows(rows, *bytes));
    let _ = sender.send(Message::End(length, digest, dead));
    Ok(())
}

fn mentions(record: &Record<'_>, entry: &Entry) -> Vec<MentionRow> {
    let mut names = vec![None; record.mentions.len()];
    for (i, name) in entry.names.iter().enumerate() {
        for &mention in &name.mentions {
            if let Some(name) = names.get_mut(mention) {
                *name = Some(i);
            }
        }
    }
    let row = |(mention, name): (&dateline::record::RecordMention<'_>, Option<usize>)| MentionRow {
        name,
        field: mention.field.clone().into_owned(),
        start: mention.start,
        end: mention.end,
        sentence: mention.sentence,
        score: mention.score,
        zone: mention.zone.clone().into_owned(),
    };
    record.mentions.iter().zip(names).map(row).collect()
}
