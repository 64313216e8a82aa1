//! Whether an index is whole and says what its records say, and which indexes a directory has.

use std::fs;
use std::path::{Path, PathBuf};

use dateline::internals::outputs::{Lines, OutputError, Progress, Report};
use serde::Serialize;

use crate::index::error::IndexError;
use crate::index::read::{Index, TextError};
use crate::index::{is_index, lock, vectors};

/// An index in a directory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// How far it is.
    pub progress: Progress,
    /// Articles in it.
    pub articles: u64,
    /// Names in it.
    pub names: u64,
}

/// The indexes in `dir`, by name.
///
/// # Errors
/// If the directory cannot be read.
pub fn find(dir: &Path) -> Result<Vec<Found>, OutputError> {
    let unreadable = |source| OutputError::Directory { path: dir.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if is_index(&path) {
            found.push(state(path));
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn state(path: PathBuf) -> Found {
    if lock::is_held(&path) {
        return Found { path, progress: Progress::Running, articles: 0, names: 0 };
    }
    let Ok(index) = Index::open(&path) else {
        return Found { path, progress: Progress::Damaged, articles: 0, names: 0 };
    };
    let count = |sql: &str| index.read(|connection| connection.query_row(sql, [], |row| row.get(0))).unwrap_or(0);
    let progress = if index.about().is_complete() { Progress::Complete } else { Progress::Interrupted };
    Found { progress, articles: count("SELECT count(*) FROM article"), names: index.about().count("names"), path }
}

/// Reads the index `path` again: its file is whole, its counts are those of its rows, and every
/// article's record stands where it says, in a file that is as it was.
///
/// # Errors
/// If it cannot be opened; everything else is in the report.
pub fn verify(path: &Path) -> Result<Report, IndexError> {
    let mut report = Report::default();
    let index = match Index::open(path) {
        Ok(index) => index,
        Err(error @ IndexError::Damaged { .. }) => {
            report.add(format!(
                "{error}: {}",
                std::error::Error::source(&error).map_or_else(String::new, |it| it.to_string())
            ));
            return Ok(report);
        }
        Err(error) => return Err(error),
    };
    let checked = check(&index, path, &mut report);
    match checked {
        Err(error @ IndexError::Damaged { .. }) => report.add(error.to_string()),
        checked => checked?,
    }
    Ok(report)
}

fn check(index: &Index, path: &Path, report: &mut Report) -> Result<(), IndexError> {
    let shown = path.display();
    let problems: Vec<String> = index.read(|connection| {
        let mut problems = connection.prepare("PRAGMA integrity_check(20)")?;
        problems.query_map([], |row| row.get(0))?.collect()
    })?;
    problems.iter().filter(|problem| *problem != "ok").for_each(|problem| report.add(format!("{shown}: {problem}")));
    if report.n_problems > 0 {
        return Ok(());
    }
    if !index.about().is_complete() {
        report.add(format!("{shown}: the run that wrote it was broken off; the same command goes on"));
    }
    let count = |sql: &str| index.read(|connection| connection.query_row(sql, [], |row| row.get::<_, u64>(0)));
    report.records = count("SELECT count(*) FROM article")?;
    report.mentions = count("SELECT count(*) FROM mention")?;
    for (what, said, found) in [
        ("articles", index.about().count("articles"), report.records),
        ("articles with words", report.records, count("SELECT count(*) FROM words_docsize")?),
        ("names", index.about().count("names"), count("SELECT count(*) FROM name WHERE articles > 0")?),
        (
            "names in articles",
            count("SELECT coalesce(sum(articles), 0) FROM name")?,
            count("SELECT count(*) FROM appears")?,
        ),
        ("mentions", index.about().count("mentions"), report.mentions),
        ("vectors", index.about().count("vectors"), index.read(vectors::count)?),
    ] {
        // A run that was broken off has counted nothing.
        if said != found && index.about().is_complete() {
            report.add(format!("{shown}: {what}: expected {said}, found {found}"));
        }
    }
    check_records(index, report)
}

/// Whether the records are still those that were indexed.
fn check_records(index: &Index, report: &mut Report) -> Result<(), IndexError> {
    let dir = index.path().parent().unwrap_or(Path::new(""));
    let files: Vec<(String, Option<u64>, Option<String>)> = index.read(|connection| {
        let mut files = connection.prepare("SELECT path, bytes, sha256 FROM records ORDER BY id")?;
        files.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
    })?;
    let is_stored = index.about().get("--store") == Some("given");
    for (name, bytes, sha256) in files.into_iter().filter(|_| !is_stored) {
        let path = dir.join(name);
        let (Some(bytes), Some(sha256)) = (bytes, sha256) else { continue };
        let found = Lines::open(&path).and_then(Lines::finish);
        match found {
            Err(error) => report.add(format!("{error}: the index has its articles' places and not their text")),
            Ok((length, digest)) if (length, &digest) != (bytes, &sha256) => report.add(format!(
                "{}: the index was made when it had {bytes} bytes and SHA-256 {sha256}, found {length} and {digest}; \
                 dateline index brings it up to date",
                path.display()
            )),
            Ok(_) => {}
        }
    }
    let ids: Vec<u32> = index.read(|connection| {
        let mut ids = connection.prepare("SELECT id FROM article ORDER BY id")?;
        ids.query_map([], |row| row.get(0))?.collect()
    })?;
    for id in ids {
        let article = index.article(id)?;
        match index.text(&article) {
            Ok(_) => {}
            Err(TextError::Index(error)) => return Err(error),
            Err(error) => report.add(format!("article {}: {error}", article.key)),
        }
    }
    Ok(())
}
