//! Names instead of articles: how often, where, with whom, known as what.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;
use rusqlite::Connection;

use crate::search::facets::NameCounts;

/// A name as the hits have it.
#[derive(Clone, PartialEq, Debug)]
pub struct NameHit {
    /// `person`, `place`, `org`, `misc` or what else the model has.
    pub kind: String,
    /// The most frequent spelling.
    pub name: String,
    /// The other forms in the hits, the most frequent first.
    pub known_as: Vec<String>,
    /// Hits in which it appears.
    pub articles: u64,
    /// Its mentions in them.
    pub mentions: u64,
    /// The mean of its shares of them.
    pub salience: f64,
    /// The dates of the first of them and of the last.
    pub dates: Option<(String, String)>,
    /// Names that appear in the most of them, by kind.
    pub with: BTreeMap<String, Vec<(String, u64)>>,
}

/// Names of each kind that are listed with a name.
const COMPANY: usize = 5;
/// Forms that are listed.
const FORMS: usize = 10;

/// How often each of `names`, or each name that is in `hits`, is in them: the most frequent first.
pub(super) fn counted(
    connection: &Connection,
    hits: &RoaringBitmap,
    names: Option<&RoaringBitmap>,
) -> rusqlite::Result<Vec<(u32, u64)>> {
    let Some(names) = names else {
        return Ok(NameCounts::of(connection, hits)?.all().collect());
    };
    let mut counted = Vec::new();
    for name in names {
        let n = hits_with(connection, hits, name)?.len();
        if n > 0 {
            counted.push((name, n));
        }
    }
    counted.sort_unstable_by_key(|&(name, n)| (std::cmp::Reverse(n), name));
    Ok(counted)
}

/// All that is said of the name in the row `id`.
pub(super) fn name_hit(connection: &Connection, hits: &RoaringBitmap, id: u32) -> rusqlite::Result<NameHit> {
    let articles = hits_with(connection, hits, id)?;
    let (kind, name): (String, String) = connection
        .prepare_cached("SELECT kind, name FROM name WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (mut mentions, mut salience, mut forms) = (0, 0.0, BTreeMap::<String, u64>::new());
    let mut dates: Option<(String, String)> = None;
    let mut appears =
        connection.prepare_cached("SELECT mentions, salience FROM appears WHERE article = ?1 AND name = ?2")?;
    let mut known_as = connection.prepare_cached(
        "SELECT alias.text FROM alias JOIN known_as ON known_as.alias = alias.id AND known_as.article = ?1
         WHERE alias.name = ?2",
    )?;
    let mut date = connection.prepare_cached("SELECT date FROM article WHERE id = ?1")?;
    for article in &articles {
        let (n, share): (u64, f64) = appears.query_row([article, id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        mentions += n;
        salience += share;
        for form in known_as.query_map([article, id], |row| row.get(0))? {
            *forms.entry(form?).or_default() += 1;
        }
        if let Some(date) = date.query_row([article], |row| row.get::<_, Option<String>>(0))? {
            let (first, last) = dates.get_or_insert_with(|| (date.clone(), date.clone()));
            *first = first.clone().min(date.clone());
            *last = last.clone().max(date);
        }
    }
    let mut forms: Vec<(String, u64)> = forms.into_iter().filter(|(form, _)| *form != name).collect();
    forms.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
    let mut with: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    let mut company = NameCounts::of(connection, &articles)?;
    company.remove(id);
    for kind in ["person", "place", "org"] {
        let names = company.first(connection, COMPANY, |other, _| other == kind)?;
        if !names.is_empty() {
            with.insert(kind.to_owned(), names);
        }
    }
    Ok(NameHit {
        kind,
        name,
        known_as: forms.into_iter().take(FORMS).map(|(form, _)| form).collect(),
        articles: articles.len(),
        mentions,
        salience: salience / articles.len().max(1) as f64,
        dates,
        with,
    })
}

fn hits_with(connection: &Connection, hits: &RoaringBitmap, name: u32) -> rusqlite::Result<RoaringBitmap> {
    let mut articles = connection.prepare_cached("SELECT article FROM appears WHERE name = ?1 ORDER BY article")?;
    let mut rows = articles.query([name])?;
    let mut found = RoaringBitmap::new();
    while let Some(row) = rows.next()? {
        let article = row.get(0)?;
        if hits.contains(article) {
            found.insert(article);
        }
    }
    Ok(found)
}
