//! Names by how often they are mentioned, and what is known of one.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use crate::fold::fold;
use crate::index::{Index, IndexError};

/// A name as lists show it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Named {
    /// Its row.
    pub id: u32,
    /// `person`, `place`, `org`, `misc` or what else the model has.
    pub kind: String,
    /// The label of the model.
    pub label: String,
    /// How it is mostly written.
    pub name: String,
    /// Articles in which it appears.
    pub articles: u64,
    /// Its mentions in them.
    pub mentions: u64,
    /// How many of them are expected to be wrong.
    pub wrong: f64,
}

/// Names of several labels that are written alike.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Split {
    /// Their form without case and accents.
    pub folded: String,
    /// Mentions of all of them.
    pub mentions: u64,
    /// How many of those are expected to be wrong.
    pub wrong: f64,
    /// The names, the most frequent first.
    pub names: Vec<Named>,
}

/// Where a list of names ended: mentions and row of its last name.
pub type After = (u64, u32);

const NAMED: &str = "SELECT name.id, name.kind, name.label, name.name, name.articles, name.mentions, kept_name.wrong
     FROM name JOIN kept_name ON kept_name.name = name.id";

/// Names that are looked through for letters, when those letters are too few for the index of words.
const LOOKED_THROUGH: usize = 20_000;
/// Forms with a word that begins with the letters, of which the most frequent names are given.
const FORMS: usize = 5_000;

impl Index {
    /// The names of `kind` after `after`, the most frequent first.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn most_named(&self, kind: &str, after: Option<After>, n: usize) -> Result<Vec<Named>, IndexError> {
        let (mentions, id) = after.unwrap_or((u64::from(u32::MAX), 0));
        self.read(|connection| {
            let mut names = connection.prepare_cached(&format!(
                "{NAMED} WHERE name.kind = ?1 AND (name.mentions < ?2 OR name.mentions = ?2 AND name.id > ?3)
                 AND name.mentions <= ?2 AND name.articles > 0 ORDER BY name.mentions DESC, name.id LIMIT ?4"
            ))?;
            names.query_map(params![kind, mentions, id, n], named)?.collect()
        })
    }

    /// Names, of `kind` if one is given, with a word that begins with `letters`: the most frequent first.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn names_like(&self, kind: Option<&str>, letters: &str, n: usize) -> Result<Vec<Named>, IndexError> {
        let letters = fold(letters);
        if letters.chars().count() < 3 {
            let mut found = Vec::new();
            for kind in self.kinds().iter().filter(|other| kind.is_none_or(|kind| *other == kind)) {
                let begins = |name: &Named| format!(" {}", fold(&name.name)).contains(&format!(" {letters}"));
                found.extend(self.most_named(kind, None, LOOKED_THROUGH)?.into_iter().filter(begins).take(n));
            }
            found.sort_by(|a, b| b.mentions.cmp(&a.mentions).then(a.id.cmp(&b.id)));
            found.truncate(n);
            return Ok(found);
        }
        // All words whole, the last as far as it was typed.
        let words: Vec<String> = letters.split(' ').map(|word| format!("\"{}\"", word.replace('"', ""))).collect();
        let expression = format!("{} *", words.join(" "));
        self.read(|connection| {
            let mut names = connection.prepare_cached(&format!(
                "{NAMED} WHERE name.id IN (SELECT alias.name FROM alias WHERE alias.id IN (
                     SELECT rowid FROM alias_words WHERE alias_words MATCH ?1 LIMIT {FORMS}))
                 AND (?2 IS NULL OR name.kind = ?2) AND name.articles > 0
                 ORDER BY name.mentions DESC, name.id LIMIT ?3"
            ))?;
            names.query_map(params![expression, kind, n], named)?.collect()
        })
    }

    /// The name in the row `id`.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn named(&self, id: u32) -> Result<Option<Named>, IndexError> {
        self.read(|connection| {
            connection.prepare_cached(&format!("{NAMED} WHERE name.id = ?1"))?.query_row([id], named).optional()
        })
    }

    /// The name of `label` that is written like `name`.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn name_called(&self, label: &str, name: &str) -> Result<Option<Named>, IndexError> {
        self.read(|connection| {
            let mut names =
                connection.prepare_cached(&format!("{NAMED} WHERE name.folded = ?1 AND name.label = ?2 LIMIT 1"))?;
            names.query_row(params![fold(name), label], named).optional()
        })
    }

    /// Names of every label that are written like `words`, or have a form that is.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn names_called(&self, words: &str) -> Result<Vec<Named>, IndexError> {
        /// Names are few that are written alike.
        const MOST: usize = 20;
        let folded = fold(words);
        let expression = format!("\"{}\"", folded.replace('"', ""));
        self.read(|connection| {
            let mut names = connection.prepare_cached(&format!(
                "{NAMED} WHERE name.folded = ?1 OR name.id IN (SELECT alias.name FROM alias WHERE alias.id IN (
                     SELECT rowid FROM alias_words WHERE alias_words MATCH ?2 LIMIT {FORMS}) AND alias.text = ?3 COLLATE NOCASE)
                 ORDER BY name.mentions DESC, name.id LIMIT {MOST}"
            ))?;
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            names.query_map(params![folded, expression, words], named)?.collect()
        })
    }

    /// How the name in the row `id` is written, the most frequent form first, as far as the first
    /// thousand of its articles say.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn forms(&self, id: u32) -> Result<Vec<(String, u64)>, IndexError> {
        self.read(|connection| {
            let mut forms = connection.prepare_cached(
                "SELECT text, (SELECT count(*) FROM (SELECT 1 FROM known_as WHERE known_as.alias = alias.id LIMIT 1000)) AS n
                 FROM alias WHERE name = ?1 ORDER BY n DESC, text LIMIT 30",
            )?;
            forms.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    /// Articles of the name in the row `id` by month, as far as the first five thousand of them say;
    /// and whether there are more.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn months_of(&self, id: u32) -> Result<(Vec<(String, u64)>, bool), IndexError> {
        const MOST: u64 = 5_000;
        self.read(|connection| {
            let mut months = connection.prepare_cached(
                "SELECT substr(article.date, 1, 7), count(*) FROM (SELECT article FROM appears WHERE name = ?1 LIMIT ?2) AS some
                 JOIN article ON article.id = some.article WHERE length(article.date) >= 7 GROUP BY 1 ORDER BY 1",
            )?;
            let months = months.query_map(params![id, MOST], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let months = months.collect::<rusqlite::Result<Vec<_>>>()?;
            let articles: u64 =
                connection.prepare_cached("SELECT articles FROM name WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
            Ok((months, articles > MOST))
        })
    }

    /// Names that disagree with themselves after `after` (expected errors, form), those with the most
    /// expected errors first.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn splits(&self, after: Option<(f64, &str)>, n: usize) -> Result<Vec<Split>, IndexError> {
        let (wrong, folded) = after.unwrap_or((f64::MAX, ""));
        self.read(|connection| {
            let mut splits = connection.prepare_cached(
                "SELECT folded, mentions, wrong FROM kept_split WHERE (wrong < ?1 OR wrong = ?1 AND folded > ?2)
                 AND wrong <= ?1 ORDER BY wrong DESC, folded LIMIT ?3",
            )?;
            let splits = splits.query_map(params![wrong, folded, n], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?, row.get::<_, f64>(2)?))
            })?;
            let splits: Vec<_> = splits.collect::<rusqlite::Result<_>>()?;
            splits
                .into_iter()
                .map(|(folded, mentions, wrong)| {
                    Ok(Split { names: alike(connection, &folded)?, folded, mentions, wrong })
                })
                .collect()
        })
    }
}

fn alike(connection: &Connection, folded: &str) -> rusqlite::Result<Vec<Named>> {
    let mut names =
        connection.prepare_cached(&format!("{NAMED} WHERE name.folded = ?1 ORDER BY name.mentions DESC, name.id"))?;
    names.query_map([folded], named)?.collect()
}

fn named(row: &Row<'_>) -> rusqlite::Result<Named> {
    Ok(Named {
        id: row.get(0)?,
        kind: row.get(1)?,
        label: row.get(2)?,
        name: row.get(3)?,
        articles: row.get(4)?,
        mentions: row.get(5)?,
        wrong: row.get(6)?,
    })
}
