//! Sums over a whole index, made once after it has changed.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::browse::companions::{self, Together};
use crate::index::{About, Index, IndexError, Lock, open};

/// What a corpus is, in numbers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Overview {
    /// Articles in all.
    pub articles: u64,
    /// Mentions in all.
    pub mentions: u64,
    /// Names that appear, by label.
    pub names: BTreeMap<String, u64>,
    /// Mentions, by label.
    pub labels: BTreeMap<String, u64>,
    /// How many mentions are expected to be wrong, by their scores.
    pub wrong: f64,
    /// For 0 to 100 % of the mentions, the least sure first: the share of the expected errors among them.
    pub curve: Vec<f64>,
    /// How many of the least sure mentions hold half of the expected errors.
    pub half: u64,
    /// The score of the last of them: below it a mention is called unsure.
    pub unsure: f64,
    /// Topics with the number of articles that have them: code, label, articles.
    pub topics: Vec<(String, String, u64)>,
    /// Months with the number of articles of each, in order.
    pub months: Vec<(String, u64)>,
    /// Articles that have a date.
    pub dated: u64,
    /// The most frequent sources.
    pub sources: Vec<(String, u64)>,
    /// Whom the most frequent people share sentences with.
    pub together: Vec<Together>,
}

/// Sources that are listed.
const SOURCES: usize = 50;
/// People whose company is counted.
const PEOPLE: usize = 12;

/// Brings what is kept in the index `path` up to date, if it is not.
///
/// # Errors
/// If the index cannot be read or written, or another run is writing it.
pub fn keep(path: &Path) -> Result<(), IndexError> {
    if Index::open(path)?.is_kept() {
        return Ok(());
    }
    let _lock = Lock::take(path)?;
    let connection = open::writer(path)?;
    let write = || -> rusqlite::Result<()> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        connection.execute_batch(include_str!("keep.sql"))?;
        let overview = overview(&connection)?;
        let value = serde_json::to_string(&overview).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
        connection.execute("INSERT INTO kept (what, value) VALUES ('overview', ?1)", [value])?;
        let mut about = About::read(&connection)?;
        about.set("kept", "yes");
        about.write(&connection)?;
        connection.execute_batch("COMMIT; PRAGMA optimize")
    };
    write().map_err(IndexError::of(path, "written"))
}

impl Index {
    /// Whether [`keep`] has been there since the index changed.
    pub fn is_kept(&self) -> bool {
        self.about().get("kept") == Some("yes")
    }

    /// What the corpus is, in numbers.
    ///
    /// # Errors
    /// If the index cannot be read, or [`keep`] was not there.
    pub fn overview(&self) -> Result<Overview, IndexError> {
        let json: String = self.read(|connection| {
            connection.query_row("SELECT value FROM kept WHERE what = 'overview'", [], |row| row.get(0))
        })?;
        let failed =
            |e: serde_json::Error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, e.into());
        serde_json::from_str(&json).map_err(|error| IndexError::of(self.path(), "read")(failed(error)))
    }
}

fn overview(connection: &Connection) -> rusqlite::Result<Overview> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u64>(0));
    let mut overview = Overview {
        articles: count("SELECT count(*) FROM article")?,
        mentions: count("SELECT count(*) FROM mention")?,
        dated: count("SELECT count(*) FROM article WHERE date IS NOT NULL")?,
        names: counted(connection, "SELECT label, count(*) FROM name WHERE articles > 0 GROUP BY label")?
            .into_iter()
            .collect(),
        labels: counted(
            connection,
            "SELECT name.label, count(*) FROM mention JOIN name ON name.id = mention.name GROUP BY name.label",
        )?
        .into_iter()
        .collect(),
        months: counted(
            connection,
            "SELECT substr(date, 1, 7), count(*) FROM article WHERE length(date) >= 7 GROUP BY 1 ORDER BY 1",
        )?,
        sources: counted(
            connection,
            &format!(
                "SELECT source, count(*) FROM article WHERE source IS NOT NULL GROUP BY source
                 ORDER BY count(*) DESC, source LIMIT {SOURCES}"
            ),
        )?,
        topics: {
            let mut topics = connection.prepare(
                "SELECT topic.code, topic.label, count(*) FROM article_topic JOIN topic ON topic.id = article_topic.topic
                 WHERE own = 1 GROUP BY topic.id ORDER BY count(*) DESC, topic.label",
            )?;
            topics.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<rusqlite::Result<_>>()?
        },
        ..Overview::default()
    };
    add_curve(connection, &mut overview)?;
    let mut people = connection.prepare(
        "SELECT id, name FROM name WHERE kind = 'person' AND articles > 0 ORDER BY mentions DESC, id LIMIT ?1",
    )?;
    let people = people.query_map([PEOPLE], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?)))?;
    for person in people {
        let (id, name) = person?;
        let (with, _) = companions::in_sentences(connection, id)?;
        if !with.is_empty() {
            overview.together.push(Together { id, name, with });
        }
    }
    Ok(overview)
}

fn counted(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<(String, u64)>> {
    connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Where the expected errors are: n mentions in order of their scores s, and of Σ(1 − s) the part
/// that the first k have.
fn add_curve(connection: &Connection, overview: &mut Overview) -> rusqlite::Result<()> {
    let mut scores = connection.prepare("SELECT score FROM mention ORDER BY score")?;
    let scores: Vec<f64> = scores.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let total: f64 = scores.iter().map(|score| 1.0 - score).sum();
    overview.wrong = total;
    overview.curve.push(0.0);
    let (mut sum, mut percent) = (0.0, 1);
    for (i, score) in scores.iter().enumerate() {
        sum += 1.0 - score;
        if overview.half == 0 && sum * 2.0 >= total {
            (overview.half, overview.unsure) = (i as u64 + 1, *score);
        }
        while percent <= 100 && (i + 1) * 100 >= percent * scores.len() {
            overview.curve.push(if total > 0.0 { sum / total } else { 1.0 });
            percent += 1;
        }
    }
    Ok(())
}
