//! What a run reads: a source, perhaps without what an earlier output has already.

use std::collections::HashSet;
use std::path::Path;

use dateline::document::Article;
use dateline::internals::digest::hex;
use dateline::internals::error::UserError as _;
use dateline::internals::outputs::{self, Lines};
use dateline::internals::sink::Account;
use dateline::record::{Line, RecordError};
use dateline::source::{Item, Shard, Source, SourceError};
use sha2::{Digest as _, Sha256};

use crate::stop::Stop;

/// The keys of an earlier output's records, as digests: there may be ten million of them.
pub struct Old {
    keys: HashSet<[u8; 16]>,
}

impl Old {
    /// Those in the output `path`, whose added keys stand under `under`.
    pub fn read(path: &Path, under: Option<&str>) -> Result<Self, Stop> {
        let mut keys = HashSet::new();
        let under = outputs::under_of(path).or_else(|| under.map(str::to_owned));
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next_line()? {
            let not_utf8 = |_| RecordError::NotARecord { found: "bytes that are not UTF-8".to_owned() };
            let parsed = str::from_utf8(line).map_err(not_utf8);
            match parsed.and_then(|line| Line::parse(line, under.as_deref())) {
                Ok(Line::Record(record)) => _ = keys.insert(digest(&record.key())),
                // What could not be tagged is tried again.
                Ok(Line::Dead(_) | Line::Blank) => {}
                Err(error) => {
                    let place = format!("{}:{}", path.display(), lines.number());
                    return Err(Stop::usage(format!("{place}: {error}"), error.hint()));
                }
            }
        }
        Ok(Self { keys })
    }

    /// Tells this set of keys from others, whatever the order of the records.
    pub fn digest(&self) -> String {
        let mut keys: Vec<&[u8; 16]> = self.keys.iter().collect();
        keys.sort_unstable();
        let mut sha256 = Sha256::new();
        keys.iter().for_each(|key| sha256.update(key));
        hex(&sha256.finalize()[..16])
    }

    fn has(&self, article: &Article) -> bool {
        self.keys.contains(&digest(&article.key()))
    }
}

fn digest(key: &str) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(key).into();
    *digest.first_chunk().expect("sixteen of thirty-two bytes")
}

/// The items of a source that a run has to do.
pub struct Incoming {
    source: Source,
    old: Option<Old>,
    /// Of the items to do, those that an interrupted run has done.
    to_skip: u64,
    /// Articles that the earlier output has.
    n_known: u64,
}

impl Incoming {
    /// All items of `source`, which stands where it has to.
    pub fn all(source: Source) -> Self {
        Self { source, old: None, to_skip: 0, n_known: 0 }
    }

    /// Items of `source` that are not in `old`, without the first `to_skip` of them.
    pub fn new_only(source: Source, old: Old, to_skip: u64) -> Self {
        Self { source, old: Some(old), to_skip, n_known: 0 }
    }

    /// What it reads from.
    pub fn source(&mut self) -> &mut Source {
        &mut self.source
    }

    /// Articles that the earlier output has.
    pub fn n_known(&self) -> u64 {
        self.n_known
    }

    /// What was read of the corpus, or of this part of it.
    pub fn account(&self, shard: Option<Shard>) -> Account {
        let counts = self.source.counts();
        // Blank lines are in the first part.
        let blank = if shard.is_none_or(|shard| shard.index == 0) { counts.blank } else { 0 };
        Account {
            read: counts.articles + counts.failed + counts.passed + blank,
            blank,
            known: self.n_known,
            corpus: shard.map(|_| counts.all + counts.blank),
        }
    }
}

impl Iterator for Incoming {
    type Item = Result<Item, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(old) = &self.old else { return self.source.next() };
        loop {
            match self.source.next()? {
                Ok(Item::Article(article)) if old.has(&article) => self.n_known += 1,
                Ok(Item::Article(_) | Item::Failed(_)) if self.to_skip > 0 => self.to_skip -= 1,
                item => return Some(item),
            }
        }
    }
}
