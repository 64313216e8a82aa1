//! Articles in order, all or those that pass a filter.

use roaring::RoaringBitmap;
use rusqlite::params;

use crate::index::{Article, Index, IndexError};
use crate::query::Query;
use crate::search::{Facet, FacetOptions, SearchError};

/// Which articles are listed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those for which this is true.
    pub query: Option<Query>,
    /// Those in which the name of this row appears.
    pub name: Option<u32>,
    /// Those with these texts, by digest, or if the second is false all others.
    pub texts: Option<(Vec<[u8; 16]>, bool)>,
}

/// Articles that pass.
#[derive(Clone, PartialEq, Debug)]
pub struct Listed {
    rows: RoaringBitmap,
}

/// Copies of a text that are given.
const COPIES: usize = 20;

impl Listed {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.rows.len()
    }

    /// The first `n` after the row `after`.
    pub fn after(&self, after: u32, n: usize) -> Vec<u32> {
        self.rows.range(after.saturating_add(1)..).take(n).collect()
    }

    /// `n` of them, evenly spread: all if there are no more.
    pub fn some(&self, n: u64) -> Self {
        let step = self.rows.len().div_ceil(n.max(1)).max(1) as usize;
        Self { rows: self.rows.iter().step_by(step).collect() }
    }

    pub(crate) fn rows(&self) -> &RoaringBitmap {
        &self.rows
    }
}

impl Index {
    /// Counts over the articles of a list.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn facets_of(&self, listed: &Listed, options: &[FacetOptions]) -> Result<Vec<Facet>, IndexError> {
        self.facets_among(listed.rows(), options)
    }
}

impl Index {
    /// The articles that pass `filter`.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn listed(&self, filter: &Filter) -> Result<Listed, SearchError> {
        let mut rows = match &filter.query {
            Some(query) => Some(self.search(query.clone())?.articles_found().clone()),
            None => None,
        };
        if let Some(name) = filter.name {
            let named = self.rows("SELECT article FROM appears WHERE name = ?1 ORDER BY article", params![name])?;
            rows = Some(rows.map_or(named.clone(), |rows| rows & named));
        }
        if let Some((texts, wanted)) = &filter.texts {
            let mut with = RoaringBitmap::new();
            for text in texts {
                with |= self.rows("SELECT id FROM article WHERE text = ?1", params![text])?;
            }
            rows = Some(match (rows, wanted) {
                (Some(rows), true) => rows & with,
                (None, true) => with,
                (Some(rows), false) => rows - with,
                (None, false) => self.rows("SELECT id FROM article ORDER BY id", [])? - with,
            });
        }
        let rows = match rows {
            Some(rows) => rows,
            None => self.rows("SELECT id FROM article ORDER BY id", [])?,
        };
        Ok(Listed { rows })
    }

    fn rows<P: rusqlite::Params>(&self, sql: &str, params: P) -> Result<RoaringBitmap, IndexError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut found = statement.query(params)?;
            let mut rows = RoaringBitmap::new();
            while let Some(row) = found.next()? {
                rows.insert(row.get(0)?);
            }
            Ok(rows)
        })
    }

    /// The article in the row `id`, if there is one.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn article_at(&self, id: u32) -> Result<Option<Article>, IndexError> {
        let is_there = !self.rows("SELECT id FROM article WHERE id = ?1", params![id])?.is_empty();
        if is_there { self.article(id).map(Some) } else { Ok(None) }
    }

    /// The row of the article with the key `key`, if there is one.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn article_called(&self, key: &str) -> Result<Option<u32>, IndexError> {
        self.id_of(key)
    }

    /// Articles with the text of this digest; the first of them, where it has many copies.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn articles_with_text(&self, digest: &[u8; 16]) -> Result<Vec<u32>, IndexError> {
        Ok(self
            .rows("SELECT id FROM article WHERE text = ?1 ORDER BY id LIMIT ?2", params![digest, COPIES])?
            .into_iter()
            .collect())
    }

    /// The first `n` articles after the row `after`.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn articles_after(&self, after: u32, n: usize) -> Result<Vec<u32>, IndexError> {
        let found = self.rows("SELECT id FROM article WHERE id > ?1 ORDER BY id LIMIT ?2", params![after, n])?;
        Ok(found.into_iter().collect())
    }

    /// The row before `before`.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn article_before(&self, before: u32) -> Result<Option<u32>, IndexError> {
        let found = self.rows("SELECT id FROM article WHERE id < ?1 ORDER BY id DESC LIMIT 1", params![before])?;
        Ok(found.min())
    }

    /// Articles after `after` (expected errors, row), those with the most expected errors first.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn most_wrong(&self, after: Option<(f64, u32)>, n: usize) -> Result<Vec<(u32, f64)>, IndexError> {
        let (wrong, id) = after.unwrap_or((f64::MAX, 0));
        self.read(|connection| {
            let mut articles = connection.prepare_cached(
                "SELECT id, wrong FROM article WHERE (wrong < ?1 OR wrong = ?1 AND id > ?2) AND wrong <= ?1
                 ORDER BY wrong DESC, id LIMIT ?3",
            )?;
            articles.query_map(params![wrong, id, n], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
    }

    /// Labels of the topics of an article with their codes, the surest first.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn topics_of(&self, article: u32) -> Result<Vec<(String, String, f64)>, IndexError> {
        self.read(|connection| {
            let mut topics = connection.prepare_cached(
                "SELECT topic.code, topic.label, article_topic.score FROM article_topic JOIN topic ON topic.id = article_topic.topic
                 WHERE article_topic.article = ?1 AND own = 1 ORDER BY score DESC, label",
            )?;
            topics.query_map([article], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
        })
    }
}
