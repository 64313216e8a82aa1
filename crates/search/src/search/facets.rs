//! What is in the hits: names by kind, topics, sources and dates, with the number of hits that have
//! each.
//!
//! Counts are exact, and those of names that the hits have: a name that is in no hit is not there.

use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::collections::{BTreeMap, HashMap};

use roaring::RoaringBitmap;
use rusqlite::Connection;

use crate::fold::fold;

/// What to count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FacetOptions {
    /// What is counted.
    pub field: FacetField,
    /// Values that are given.
    pub n: usize,
    /// Only values with a word that begins so.
    pub like: Option<String>,
}

/// What a facet counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FacetField {
    /// Names of a kind.
    Kind(String),
    /// Topics, by their labels.
    Topic,
    /// Sources.
    Source,
    /// Dates, by so many of their characters: four for years, seven for months, ten for days.
    Date(usize),
}

/// Counts of one field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facet {
    /// What was counted.
    pub field: FacetField,
    /// Values and hits that have them, the most frequent first; dates in their order.
    pub values: Vec<(String, u64)>,
}

impl FacetField {
    /// Its name: `person`, `topic`, `date:month`.
    pub fn name(&self) -> &str {
        match self {
            Self::Kind(kind) => kind,
            Self::Topic => "topic",
            Self::Source => "source",
            Self::Date(4) => "date:year",
            Self::Date(7) => "date:month",
            Self::Date(_) => "date:day",
        }
    }
}

/// Names of hits with how many of them have each, to be asked for every kind.
#[derive(Default)]
pub(super) struct NameCounts {
    /// Names by their count, the highest first.
    by_count: Vec<(u32, u32)>,
    known: HashMap<u32, (String, String)>,
}

impl NameCounts {
    pub fn of(connection: &Connection, hits: &RoaringBitmap) -> rusqlite::Result<Self> {
        let most: u32 = connection.query_row("SELECT coalesce(max(id), 0) FROM name", [], |row| row.get(0))?;
        let mut counts = vec![0_u32; most as usize + 1];
        each_row(
            connection,
            hits,
            [
                "SELECT article, name FROM appears ORDER BY article",
                "SELECT article, name FROM appears WHERE article = ?1",
            ],
            |row| {
                counts[row.get::<_, u32>(1)? as usize] += 1;
                Ok(())
            },
        )?;
        let counts = counts.into_iter().enumerate().filter(|(_, n)| *n > 0);
        let mut by_count: Vec<(u32, u32)> = counts.map(|(name, n)| (name as u32, n)).collect();
        by_count.sort_unstable_by_key(|&(name, n)| (std::cmp::Reverse(n), name));
        Ok(Self { by_count, known: HashMap::new() })
    }

    /// Without this name.
    pub fn remove(&mut self, name: u32) {
        self.by_count.retain(|&(other, _)| other != name);
    }

    /// All names with their counts, the highest first.
    pub fn all(self) -> impl Iterator<Item = (u32, u64)> {
        self.by_count.into_iter().map(|(name, n)| (name, n.into()))
    }

    /// The first `n` names that pass, by count, then by name.
    pub fn first(
        &mut self,
        connection: &Connection,
        n: usize,
        passes: impl Fn(&str, &str) -> bool,
    ) -> rusqlite::Result<Vec<(String, u64)>> {
        let mut name = connection.prepare_cached("SELECT kind, name FROM name WHERE id = ?1")?;
        let mut values: Vec<(String, u64)> = Vec::new();
        for tied in self.by_count.chunk_by(|a, b| a.1 == b.1) {
            if values.len() >= n {
                break;
            }
            let mut some = Vec::new();
            for &(id, count) in tied {
                let (kind, shown) = match self.known.entry(id) {
                    Occupied(name) => name.into_mut(),
                    Vacant(place) => place.insert(name.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?),
                };
                if passes(kind, shown) {
                    some.push((shown.clone(), u64::from(count)));
                }
            }
            some.sort();
            values.extend(some);
        }
        values.truncate(n);
        Ok(values)
    }
}

/// Counts one field of `hits`.
pub(super) fn facet(
    connection: &Connection,
    hits: &RoaringBitmap,
    names: &mut Option<NameCounts>,
    options: &FacetOptions,
) -> rusqlite::Result<Facet> {
    let like = options.like.as_deref().map(fold);
    let is_like =
        |value: &str| like.as_ref().is_none_or(|like| format!(" {}", fold(value)).contains(&format!(" {like}")));
    let field = options.field.clone();
    let values = match &field {
        FacetField::Kind(kind) => {
            if names.is_none() {
                *names = Some(NameCounts::of(connection, hits)?);
            }
            let names = names.as_mut().expect("they were just counted");
            names.first(connection, options.n, |other, name| other == kind && is_like(name))?
        }
        FacetField::Topic => {
            let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
            each_row(
                connection,
                hits,
                [
                    "SELECT article, topic FROM article_topic ORDER BY article",
                    "SELECT article, topic FROM article_topic WHERE article = ?1",
                ],
                |row| {
                    *counts.entry(row.get(1)?).or_default() += 1;
                    Ok(())
                },
            )?;
            let mut label = connection.prepare_cached("SELECT label FROM topic WHERE id = ?1")?;
            let mut values = Vec::new();
            for (topic, n) in counts {
                let label: String = label.query_row([topic], |row| row.get(0))?;
                values.push((label, n));
            }
            sorted(values, options.n, is_like)
        }
        FacetField::Source => {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            each_row(
                connection,
                hits,
                [
                    "SELECT id, source FROM article WHERE source IS NOT NULL",
                    "SELECT id, source FROM article WHERE id = ?1 AND source IS NOT NULL",
                ],
                |row| {
                    count(&mut counts, row.get_ref(1)?.as_str()?);
                    Ok(())
                },
            )?;
            sorted(counts.into_iter().collect(), options.n, is_like)
        }
        FacetField::Date(length) => {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            each_row(
                connection,
                hits,
                [
                    "SELECT id, date FROM article WHERE date IS NOT NULL",
                    "SELECT id, date FROM article WHERE id = ?1 AND date IS NOT NULL",
                ],
                |row| {
                    let date = row.get_ref(1)?.as_str()?;
                    count(&mut counts, date.get(..*length).unwrap_or(date));
                    Ok(())
                },
            )?;
            // The latest ones, in their order.
            let n_before = counts.len().saturating_sub(options.n);
            counts
                .into_iter()
                .filter(|(date, _)| options.like.as_ref().is_none_or(|like| date.starts_with(like)))
                .skip(n_before)
                .collect()
        }
    };
    Ok(Facet { field, values })
}

fn count(counts: &mut BTreeMap<String, u64>, value: &str) {
    match counts.get_mut(value) {
        Some(n) => *n += 1,
        None => _ = counts.insert(value.to_owned(), 1),
    }
}

fn sorted(mut values: Vec<(String, u64)>, n: usize, passes: impl Fn(&str) -> bool) -> Vec<(String, u64)> {
    values.retain(|(value, _)| passes(value));
    values.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
    values.truncate(n);
    values
}

/// Shows `see` each row that belongs to a hit: of all rows in one pass, or of each hit, whichever
/// is less.
fn each_row(
    connection: &Connection,
    hits: &RoaringBitmap,
    [all, one]: [&str; 2],
    mut see: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let most: u64 = connection.query_row("SELECT coalesce(max(id), 0) FROM article", [], |row| row.get(0))?;
    if hits.len() * 4 > most {
        let mut rows = connection.prepare_cached(all)?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            if hits.contains(row.get(0)?) {
                see(row)?;
            }
        }
        return Ok(());
    }
    let mut rows = connection.prepare_cached(one)?;
    for hit in hits {
        let mut rows = rows.query([hit])?;
        while let Some(row) = rows.next()? {
            see(row)?;
        }
    }
    Ok(())
}
