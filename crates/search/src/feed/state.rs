//! What a feed writes down so that another can go on: how far the engine has answered, and what was
//! fed where. There are no credentials in it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dateline::internals::sink::replace;
use serde::{Deserialize, Serialize};

use crate::feed::error::FeedError;
use crate::feed::letters;
use crate::feed::records::RecordsFile;
use crate::feed::verdict::Code;

/// Version of the state's form.
const VERSION: u32 = 1;

/// Where a feed stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct State {
    version: u32,
    /// The address, with the name of the index or the alias.
    pub to: String,
    /// The index that is filled.
    pub index: String,
    /// What tells it from another one of that name; none before it was looked at.
    pub index_id: Option<String>,
    /// What shapes the documents, by the names of options.
    pub options: BTreeMap<String, String>,
    /// What is fed.
    pub records: Vec<RecordsFile>,
    /// Lines of these up to which the engine has answered for everything.
    pub lines: u64,
    /// What it has answered.
    pub account: Account,
    /// Bytes of dead letters.
    pub dead_bytes: u64,
    /// Whether everything is fed.
    pub complete: bool,
}

/// What became of records: `read` = `created` + `updated` + `stored` + dead.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Account {
    /// Records that were sent, or could not be.
    pub read: u64,
    /// Documents that were not there before.
    pub created: u64,
    /// Documents in the place of others with the same key.
    pub updated: u64,
    /// Documents of an engine that does not say which of both they are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stored: u64,
    /// Dead letters, by code.
    pub dead: BTreeMap<Code, u64>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl Account {
    /// Dead letters.
    pub fn n_dead(&self) -> u64 {
        self.dead.values().sum()
    }

    /// Documents that the engine has.
    pub fn n_taken(&self) -> u64 {
        self.created + self.updated + self.stored
    }
}

impl State {
    /// At the start.
    pub fn new(to: String, index: String, options: BTreeMap<String, String>, records: Vec<RecordsFile>) -> Self {
        Self {
            version: VERSION,
            to,
            index,
            index_id: None,
            options,
            records,
            lines: 0,
            account: Account::default(),
            dead_bytes: 0,
            complete: false,
        }
    }

    /// The state in the file `path`; none if there is no such file.
    ///
    /// # Errors
    /// If it holds something else.
    pub fn read(path: &Path) -> Result<Option<Self>, FeedError> {
        let damaged = |message: String| FeedError::Damaged { path: path.to_owned(), message };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(damaged(format!("cannot be read: {error}"))),
        };
        let state: Self =
            serde_json::from_slice(&text).map_err(|error| damaged(format!("is no state of a feed: {error}")))?;
        if state.version == VERSION { Ok(Some(state)) } else { Err(damaged("is of another version".to_owned())) }
    }

    /// Makes this the state in the file `path`, so that it holds the old one or this one whenever the
    /// machine stops.
    ///
    /// # Errors
    /// If that fails.
    pub fn write(&self, path: &Path) -> Result<(), FeedError> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::from);
        let written = text.and_then(|text| replace(path, &(text + "\n")));
        written.map_err(|source| FeedError::Write { path: path.to_owned(), source })
    }

    /// What differs from `was`, in words.
    pub fn differences(&self, was: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if self.to != was.to {
            differences.push(format!("the address was {}, is {}", was.to, self.to));
        }
        for name in was.options.keys().chain(self.options.keys().filter(|name| !was.options.contains_key(*name))) {
            let value = |of: &Self| of.options.get(name).cloned().unwrap_or_else(|| "not given".to_owned());
            if value(self) != value(was) {
                differences.push(format!("option --{name} was {}, is {}", value(was), value(self)));
            }
        }
        if self.records.len() != was.records.len() {
            differences.push(format!("files of records were {}, are {}", was.records.len(), self.records.len()));
        } else if let Some((is, was)) = self.records.iter().zip(&was.records).find(|(is, was)| is.sha256 != was.sha256)
        {
            differences.push(format!(
                "{} has changed (sha256 was {}…, is {}…)",
                is.name,
                short(&was.sha256),
                short(&is.sha256)
            ));
        }
        differences
    }
}

fn short(digest: &str) -> &str {
    digest.get(..8).unwrap_or(digest)
}

/// The files of a feed of `records` into the index or alias `name`: its state, and what it could not
/// deliver.
pub fn files(records: &Path, name: &str) -> (PathBuf, PathBuf) {
    let file = records.file_name().unwrap_or_default().to_string_lossy();
    let stem = [".jsonl", ".jsonl.gz", ".jsonl.zst"].iter().find_map(|ending| file.strip_suffix(ending));
    let stem = stem.filter(|stem| !stem.is_empty()).unwrap_or(&file);
    (
        records.with_file_name(format!("{stem}.feed.{name}.json")),
        records.with_file_name(format!("{stem}.feed.dead.jsonl")),
    )
}

/// A feed in a directory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Found {
    /// Its state.
    pub path: PathBuf,
    /// Where it goes.
    pub to: String,
    /// The index that is filled.
    pub index: String,
    /// How far it is: `complete`, `running`, `interrupted`, `damaged`.
    pub progress: &'static str,
    /// Documents that the engine has.
    pub fed: u64,
    /// Documents that it refused.
    pub dead: u64,
}

/// The feeds whose states are in `dir`, by name.
///
/// # Errors
/// If the directory cannot be read.
pub fn find(dir: &Path) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !(name.contains(".feed.") && name.ends_with(".json")) {
            continue;
        }
        found.push(match State::read(&path) {
            Ok(Some(state)) => {
                let progress = match () {
                    () if state.complete => "complete",
                    () if letters::is_running(&path) => "running",
                    () => "interrupted",
                };
                let (fed, dead) = (state.account.n_taken(), state.account.n_dead());
                Found { path, to: state.to, index: state.index, progress, fed, dead }
            }
            _ => Found { path, to: String::new(), index: String::new(), progress: "damaged", fed: 0, dead: 0 },
        });
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beside_records() {
        let names = |records: &str| {
            let (state, dead) = files(Path::new(records), "news");
            format!("{} {}", state.display(), dead.display())
        };
        assert_eq!(names("out.jsonl"), "out.feed.news.json out.feed.dead.jsonl");
        assert_eq!(names("a/out.jsonl.zst"), "a/out.feed.news.json a/out.feed.dead.jsonl");
        assert_eq!(names(".jsonl"), ".jsonl.feed.news.json .jsonl.feed.dead.jsonl");
    }

    #[test]
    fn a_state_says_what_differs() {
        let file = |digest: &str| RecordsFile { name: "out.jsonl".to_owned(), bytes: 9, sha256: digest.to_owned() };
        let options = |nested: &str| BTreeMap::from([("nested".to_owned(), nested.to_owned())]);
        let state = |to: &str, nested, digest| {
            State::new(to.to_owned(), "news".to_owned(), options(nested), vec![file(digest)])
        };
        let was = state("http://a/news", "false", "0123456789");
        assert_eq!(was.differences(&was), Vec::<String>::new());
        assert_eq!(
            state("http://b/news", "true", "abcdef0123").differences(&was),
            [
                "the address was http://a/news, is http://b/news",
                "option --nested was false, is true",
                "out.jsonl has changed (sha256 was 01234567…, is abcdef01…)",
            ]
        );
    }
}
