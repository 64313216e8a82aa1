//! Puts articles in order.
//!
//! Relevance is what each name and topic that was asked for has of the article, and how well the
//! words fit: Σ salience + Σ topic scores + b / (b + 5), with b the BM25 of all words, in which one
//! in the title counts five times. Ties are broken by the date, the newest first, then by the key;
//! articles without a date come last.

use std::collections::{BTreeMap, HashMap};

use roaring::RoaringBitmap;
use rusqlite::{Connection, OptionalExtension as _};

use crate::query::{Query, Term};
use crate::search::find::{self, Matches};

/// The order of hits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sort {
    /// The best first.
    #[default]
    Relevance,
    /// Those in which the names asked for have the largest share first.
    Salience,
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
}

/// Articles whose words are ranked one by one, instead of all that have them.
const FEW: u64 = 200;

/// The articles of `matches` from the place `from` on, at most `n`, with what puts them there.
pub(super) fn ranked(
    connection: &Connection,
    query: &Query,
    matches: &Matches,
    sort: Sort,
    from: usize,
    n: usize,
) -> rusqlite::Result<Vec<(u32, f64)>> {
    let articles = &matches.articles;
    let end = from.saturating_add(n);
    let mut scores: HashMap<u32, f64> = HashMap::new();
    if matches!(sort, Sort::Relevance | Sort::Salience) {
        add_saliences(connection, query, matches, &mut scores)?;
    }
    if sort == Sort::Relevance {
        add_topics(connection, query, articles, &mut scores)?;
        if let Some(expression) = find::ranking(query) {
            add_words(connection, &expression, articles, &mut scores)?;
        }
    }
    if sort == Sort::Oldest {
        return by_date(connection, articles, true, end).map(|all| page(all, 0.0, from));
    }
    // Those with one score are put in order by their dates; no more of them than there is room for.
    let score = |article| scores.get(&article).copied().unwrap_or(0.0);
    let mut by_score: Vec<(f64, u32)> = articles.iter().map(|article| (score(article), article)).collect();
    by_score.sort_unstable_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut ranked = Vec::new();
    for tied in by_score.chunk_by(|(a, _), (b, _)| a == b) {
        if ranked.len() >= end {
            break;
        }
        let articles = tied.iter().map(|&(_, article)| article).collect();
        let articles = by_date(connection, &articles, false, end - ranked.len())?;
        ranked.extend(page(articles, tied[0].0, 0));
    }
    Ok(ranked.into_iter().skip(from).take(n).collect())
}

fn page(articles: Vec<u32>, score: f64, from: usize) -> Vec<(u32, f64)> {
    articles.into_iter().skip(from).map(|article| (article, score)).collect()
}

/// The first `n` of `articles` by date, then key.
fn by_date(connection: &Connection, articles: &RoaringBitmap, oldest: bool, n: usize) -> rusqlite::Result<Vec<u32>> {
    /// Articles whose dates are looked up one by one.
    const FEW: u64 = 2_000;
    if articles.len() <= FEW {
        let mut date = connection.prepare_cached("SELECT date, key FROM article WHERE id = ?1")?;
        let mut dated: Vec<(Option<String>, String, u32)> = Vec::new();
        for article in articles {
            let row = date.query_row([article], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            dated.extend(row.map(|(date, key)| (date, key, article)));
        }
        dated.sort_by(|(date, key, _), (other, other_key, _)| {
            let by_date = if oldest { date.cmp(other) } else { other.cmp(date) };
            let is_dated = other.is_some().cmp(&date.is_some());
            is_dated.then(by_date).then(key.cmp(other_key))
        });
        return Ok(dated.into_iter().take(n).map(|(.., article)| article).collect());
    }
    let mut first = Vec::new();
    for sql in if oldest { OLDEST } else { NEWEST } {
        let mut rows = connection.prepare_cached(sql)?;
        let mut rows = rows.query([])?;
        while first.len() < n
            && let Some(row) = rows.next()?
        {
            let article = row.get(0)?;
            if articles.contains(article) {
                first.push(article);
            }
        }
    }
    Ok(first)
}

const UNDATED: &str = "SELECT id FROM article WHERE date IS NULL ORDER BY key";
const OLDEST: [&str; 2] = ["SELECT id FROM article WHERE date IS NOT NULL ORDER BY date, key", UNDATED];
const NEWEST: [&str; 2] = ["SELECT id FROM article WHERE date IS NOT NULL ORDER BY date DESC, key", UNDATED];

/// What each term about names has of the article: the salience of the names that it found.
fn add_saliences(
    connection: &Connection,
    query: &Query,
    matches: &Matches,
    scores: &mut HashMap<u32, f64>,
) -> rusqlite::Result<()> {
    let mut one = connection.prepare_cached("SELECT salience FROM appears WHERE article = ?1 AND name = ?2")?;
    let mut all =
        connection.prepare_cached("SELECT article, salience FROM appears WHERE name = ?1 ORDER BY article")?;
    for term in find::wanted_names(query) {
        let Some(pairs) = matches.names.get(&term) else { continue };
        // By name: the articles in which this term found it and which are hits, and in how many it
        // found it at all.
        let mut by_name: BTreeMap<u32, (RoaringBitmap, u64)> = BTreeMap::new();
        for (article, name) in pairs.iter() {
            let (hits, n) = by_name.entry(name).or_default();
            *n += 1;
            if matches.articles.contains(article) {
                hits.insert(article);
            }
        }
        for (name, (hits, n)) in by_name {
            // A few look-ups, or one pass over all of its articles.
            if hits.len() * 8 < n {
                for article in hits {
                    let salience: Option<f64> = one.query_row([article, name], |row| row.get(0)).optional()?;
                    *scores.entry(article).or_default() += salience.unwrap_or(0.0);
                }
                continue;
            }
            let mut rows = all.query([name])?;
            while let Some(row) = rows.next()? {
                let article = row.get(0)?;
                if hits.contains(article) {
                    *scores.entry(article).or_default() += row.get::<_, f64>(1)?;
                }
            }
        }
    }
    Ok(())
}

fn add_topics(
    connection: &Connection,
    query: &Query,
    articles: &RoaringBitmap,
    scores: &mut HashMap<u32, f64>,
) -> rusqlite::Result<()> {
    let mut terms = Vec::new();
    query.wanted(&mut terms);
    for term in terms {
        let Term::Topic(form) = term else { continue };
        for topic in find::topics(connection, form)? {
            let mut rows = connection
                .prepare_cached("SELECT article, score FROM article_topic WHERE topic = ?1 ORDER BY article")?;
            let mut rows = rows.query([topic])?;
            while let Some(row) = rows.next()? {
                let article = row.get(0)?;
                if articles.contains(article) {
                    *scores.entry(article).or_default() += row.get::<_, f64>(1)?;
                }
            }
        }
    }
    Ok(())
}

fn add_words(
    connection: &Connection,
    expression: &str,
    articles: &RoaringBitmap,
    scores: &mut HashMap<u32, f64>,
) -> rusqlite::Result<()> {
    let mut add = |article: u32, rank: f64| {
        // FTS5's is negative, so that better ones come first; common words may have it above 0.
        let fit = (-rank).max(0.0);
        *scores.entry(article).or_default() += fit / (fit + 5.0);
    };
    if articles.len() <= FEW {
        let mut one =
            connection.prepare_cached("SELECT bm25(words, 5.0, 1.0) FROM words WHERE words MATCH ?1 AND rowid = ?2")?;
        for article in articles {
            if let Some(rank) = one.query_row((expression, article), |row| row.get(0)).optional()? {
                add(article, rank);
            }
        }
        return Ok(());
    }
    let mut all = connection.prepare_cached("SELECT rowid, bm25(words, 5.0, 1.0) FROM words WHERE words MATCH ?1")?;
    let mut rows = all.query([expression])?;
    while let Some(row) = rows.next()? {
        let article = row.get(0)?;
        if articles.contains(article) {
            add(article, row.get(1)?);
        }
    }
    Ok(())
}
