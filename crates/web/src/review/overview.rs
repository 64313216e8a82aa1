//! `GET /api/overview`: who, where, what, and how much of it is likely wrong.

use std::collections::HashSet;

use dateline::verdicts::Op;
use dateline_search::Index;
use dateline_search::browse::{Named, Split};
use serde_json::{Value, json};

use crate::http::Reply;
use crate::review::corpus::Corpus;
use crate::review::desk::Now;
use crate::review::history;
use crate::review::places;
use crate::review::stored::{self, Stored};

/// Names of each kind.
const MOST: usize = 10;
/// Names that disagree with themselves.
const SPLITS: usize = 6;
/// Places that are looked for on the map.
const PLACES: usize = 300;

/// Everything on the overview.
pub fn overview(corpus: &Corpus, now: &Now) -> Result<Value, Reply> {
    let overview = corpus.overview()?;
    corpus.read(|index| {
        let mut most = serde_json::Map::new();
        for kind in index.kinds() {
            let names = index.most_named(kind, None, MOST)?;
            if let Some(first) = names.first() {
                most.insert(first.label.clone(), json!(names));
            }
        }
        let splits = index.splits(None, SPLITS)?;
        let splits: Vec<Value> = splits.iter().map(|split| shown(index, split)).collect::<Result<_, Reply>>()?;
        let named = index.most_named("place", None, PLACES)?;
        let places: Vec<Value> = named.iter().filter_map(on_map).collect();
        let mut value = json!(overview);
        let all = json!({
            "name": corpus.name(), "most": most, "splits": splits, "places": places, "places_looked_for": named.len(),
            "decided": history::count(now), "wrong_left": wrong_left(overview.wrong, now),
        });
        if let (Value::Object(value), Value::Object(all)) = (&mut value, all) {
            value.extend(all);
        }
        Ok(value)
    })
}

/// Expected errors among what nobody has decided.
pub fn wrong_left(wrong: f64, now: &Now) -> f64 {
    let mut seen = HashSet::new();
    let mut decided = 0.0;
    for analyst in now.verdicts.analysts() {
        for entry in analyst.holding() {
            if let Op::Mention { place, saw, .. } = &entry.decision.op
                && !saw.label.is_empty()
                && seen.insert((place.article, place.field.as_str(), place.span))
            {
                decided += 1.0 - saw.score;
            }
        }
    }
    (wrong - decided).max(0.0)
}

/// A group of names that are written alike, with the least sure of their mentions in its sentence.
pub fn shown(index: &Index, split: &Split) -> Result<Value, Reply> {
    // The rarest label is the likeliest to be wrong.
    let rarest = split.names.last();
    let place = match rarest {
        Some(name) => index.mentions_of(name.id, None, 1)?.first().copied(),
        None => None,
    };
    let mut value = json!(split);
    value["words"] = json!(split.names.first().map(|name| &name.name));
    if let Some(place) = place {
        let article = Stored::open(index, place.article)?;
        let record = article.record()?;
        if let Some(mention) = record.mentions.get(place.number as usize) {
            let context = stored::context(&article.fields(), mention, 40);
            value["example"] = json!({
                "article": place.article, "title": article.row.title, "before": context.before,
                "words": context.words, "after": context.after,
            });
            value["at"] = json!({"article": place.article, "number": place.number});
        }
    }
    Ok(value)
}

/// Where a name is on the map.
fn on_map(name: &Named) -> Option<Value> {
    let place = places::place(&name.name)?;
    Some(json!({
        "id": name.id, "name": name.name, "articles": name.articles, "mentions": name.mentions,
        "latitude": place.latitude, "longitude": place.longitude, "alike": place.alike,
    }))
}
