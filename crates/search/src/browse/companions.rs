//! Who is named in the same sentences.

use std::collections::HashMap;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::index::{Index, IndexError};

/// A name, and those that share the most sentences with it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Together {
    /// Its row.
    pub id: u32,
    /// How it is mostly written.
    pub name: String,
    /// The others, the most frequent first.
    pub with: Vec<Companion>,
}

/// A name that shares sentences with another.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Companion {
    /// Its row.
    pub id: u32,
    /// Its label.
    pub label: String,
    /// How it is mostly written.
    pub name: String,
    /// Sentences that both are in.
    pub sentences: u64,
    /// How much more often both are in an article than if one had nothing to do with the other.
    pub lift: f64,
}

/// Articles of a name that are looked at.
const ARTICLES: usize = 1_000;
/// Companions that are given.
const COMPANIONS: usize = 8;

impl Index {
    /// Names that share the most sentences with the name in the row `id`, and whether only some of
    /// its articles were looked at.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn companions(&self, id: u32) -> Result<(Vec<Companion>, bool), IndexError> {
        self.read(|connection| in_sentences(connection, id))
    }
}

pub(super) fn in_sentences(connection: &Connection, id: u32) -> rusqlite::Result<(Vec<Companion>, bool)> {
    let mut articles =
        connection.prepare_cached("SELECT article FROM appears WHERE name = ?1 ORDER BY article LIMIT ?2")?;
    let articles: Vec<u32> =
        articles.query_map(params![id, ARTICLES + 1], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let is_cut = articles.len() > ARTICLES;
    let mut mentions = connection.prepare_cached(
        "SELECT name, sentence FROM mention WHERE article = ?1 AND sentence IS NOT NULL ORDER BY sentence",
    )?;
    // Sentences and articles that each name shares.
    let mut shared: HashMap<u32, (u64, u64)> = HashMap::new();
    let n_looked_at = articles.len().min(ARTICLES);
    for &article in &articles[..n_looked_at] {
        let rows = mentions.query_map([article], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?)))?;
        let rows: Vec<(u32, i64)> = rows.collect::<rusqlite::Result<_>>()?;
        let mut in_article: HashMap<u32, u64> = HashMap::new();
        for sentence in rows.chunk_by(|a, b| a.1 == b.1) {
            if sentence.iter().all(|&(name, _)| name != id) {
                continue;
            }
            let mut names: Vec<u32> = sentence.iter().map(|&(name, _)| name).filter(|&name| name != id).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                *in_article.entry(name).or_default() += 1;
            }
        }
        for (name, sentences) in in_article {
            let counts = shared.entry(name).or_default();
            counts.0 += sentences;
            counts.1 += 1;
        }
    }
    let mut ranked: Vec<(u32, (u64, u64))> = shared.into_iter().collect();
    ranked.sort_unstable_by_key(|&(name, (sentences, _))| (std::cmp::Reverse(sentences), name));
    let mut name =
        connection.prepare_cached("SELECT label, name, articles FROM name WHERE id = ?1 AND articles > 0")?;
    let in_all: u64 = connection.query_row("SELECT coalesce(max(id), 0) FROM article", [], |row| row.get(0))?;
    let mut companions = Vec::new();
    for (other, (sentences, together)) in ranked {
        if companions.len() == COMPANIONS {
            break;
        }
        let mut rows = name.query([other])?;
        // What stands in page furniture alone is no company.
        let Some(row) = rows.next()? else { continue };
        let elsewhere: u64 = row.get(2)?;
        let expected = n_looked_at as f64 * elsewhere as f64 / in_all.max(1) as f64;
        let lift = together as f64 / expected.max(f64::MIN_POSITIVE);
        companions.push(Companion { id: other, label: row.get(0)?, name: row.get(1)?, sentences, lift });
    }
    Ok((companions, is_cut))
}
