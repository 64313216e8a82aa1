//! Mentions, by name or by score.

use rusqlite::{Row, params};
use serde::Serialize;

use crate::index::{Index, IndexError};

/// A mention, as the index knows it; its words stand in the record.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Place {
    /// The row of its article.
    pub article: u32,
    /// Its position in the record's mentions.
    pub number: u32,
    /// How sure the model was.
    pub score: f64,
}

/// A mention with all that the index says of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Spot {
    /// Its field.
    pub field: String,
    /// Start and end in code points of the field.
    pub span: [usize; 2],
    /// Its label.
    pub label: String,
    /// Its zone.
    pub zone: String,
    /// How sure the model was.
    pub score: f64,
}

impl Index {
    /// Mentions of the name in the row `name` after `after` (article, number), in the order of the
    /// articles.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn mentions_of(&self, name: u32, after: Option<(u32, u32)>, n: usize) -> Result<Vec<Place>, IndexError> {
        let (article, number) = after.map_or((0, -1), |(article, number)| (article, i64::from(number)));
        self.read(|connection| {
            let mut articles = connection
                .prepare_cached("SELECT article FROM appears WHERE name = ?1 AND article >= ?2 ORDER BY article LIMIT ?3")?;
            let mut mentions = connection.prepare_cached(
                "SELECT article, number, score FROM mention WHERE article = ?1 AND name = ?2 AND number > ?3 ORDER BY number",
            )?;
            let mut places = Vec::new();
            // One more, in case the last page ended with the last mention of its article.
            for other in articles.query_map(params![name, article, n + 1], |row| row.get::<_, u32>(0))? {
                let other = other?;
                let from = if other == article { number } else { -1 };
                for place in mentions.query_map(params![other, name, from], place)? {
                    places.push(place?);
                }
                if places.len() >= n {
                    break;
                }
            }
            places.truncate(n);
            Ok(places)
        })
    }

    /// Mentions after `after` (score, article, number), the least sure first.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn least_sure(&self, after: Option<(f64, u32, u32)>, n: usize) -> Result<Vec<Place>, IndexError> {
        let (score, article, number) = after.map_or((-1.0, 0, 0), |(s, a, m)| (s, i64::from(a), i64::from(m)));
        self.read(|connection| {
            let mut mentions = connection.prepare_cached(
                "SELECT article, number, score FROM mention WHERE (score, article, number) > (?1, ?2, ?3)
                 ORDER BY score, article, number LIMIT ?4",
            )?;
            mentions.query_map(params![score, article, number, n], place)?.collect()
        })
    }

    /// Shows `see` all mentions, article by article, and with each article the digest of its text.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn each_article(&self, mut see: impl FnMut([u8; 16], &[Spot])) -> Result<(), IndexError> {
        self.read(|connection| {
            let mut rows = connection.prepare(
                "SELECT article.id, article.text, mention.field, mention.start, mention.\"end\", name.label, mention.zone,
                     mention.score
                 FROM article JOIN mention ON mention.article = article.id JOIN name ON name.id = mention.name
                 ORDER BY article.id, mention.number",
            )?;
            let mut rows = rows.query([])?;
            let (mut current, mut spots) = (None, Vec::new());
            while let Some(row) = rows.next()? {
                let of: (i64, [u8; 16]) = (row.get(0)?, row.get(1)?);
                if current != Some(of) {
                    if let Some((_, text)) = current {
                        see(text, &spots);
                    }
                    spots.clear();
                    current = Some(of);
                }
                spots.push(Spot {
                    field: row.get(2)?,
                    span: [row.get(3)?, row.get(4)?],
                    label: row.get(5)?,
                    zone: row.get(6)?,
                    score: row.get(7)?,
                });
            }
            if let Some((_, text)) = current {
                see(text, &spots);
            }
            Ok(())
        })
    }

    /// Mentions of an article with scores below `below`, in the order of the text.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn mentions_in(&self, article: u32, below: f64) -> Result<Vec<Place>, IndexError> {
        self.read(|connection| {
            let mut mentions = connection.prepare_cached(
                "SELECT article, number, score FROM mention WHERE article = ?1 AND score < ?2 ORDER BY number",
            )?;
            mentions.query_map(params![article, below], place)?.collect()
        })
    }
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place { article: row.get(0)?, number: row.get(1)?, score: row.get(2)? })
}
