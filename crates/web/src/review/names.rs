//! `GET /api/names`, `/api/name/ID`, `/api/name/ID/contexts`, `/api/same`: names across the corpus, and
//! every sentence that one stands in.

use dateline_search::Index;
use dateline_search::browse::{Named, Place};
use dateline_search::fold::fold;
use serde_json::{Value, json};

use crate::http::{Ask, Reply};
use crate::review::corpus::Corpus;
use crate::review::desk::Now;
use crate::review::stored::{self, Stored};

/// Names of a page.
const NAMES: usize = 50;
/// Mentions of a page.
const CONTEXTS: usize = 50;
/// Characters on each side of a mention.
const AROUND: usize = 90;
/// Names that are offered for merging.
const ALIKE: usize = 8;

/// A page of names: of `label`, beginning with `q`, from `after`.
pub fn names(corpus: &Corpus, ask: &Ask) -> Result<Value, Reply> {
    corpus.read(|index| {
        let kind = ask.get("label").map(dateline_search::entry::kind);
        if let Some(letters) = ask.get("q") {
            let names = index.names_like(kind.as_deref(), letters, NAMES)?;
            return Ok(json!({"names": names, "after": null}));
        }
        let kind = kind.unwrap_or_else(|| "person".to_owned());
        let after = ask.get("after").and_then(|after| after.split_once('~'));
        let after = after.and_then(|(mentions, id)| Some((mentions.parse().ok()?, id.parse().ok()?)));
        let names = index.most_named(&kind, after, NAMES)?;
        let last = names.last().filter(|_| names.len() == NAMES);
        let after = last.map(|last| format!("{}~{}", last.mentions, last.id));
        Ok(json!({"names": names, "after": after}))
    })
}

/// What there is to know of a name.
pub fn name(corpus: &Corpus, id: u32) -> Result<Value, Reply> {
    corpus.read(|index| {
        let name = index.named(id)?.ok_or_else(Reply::not_found)?;
        let (with, with_is_part) = index.companions(id)?;
        let (months, months_are_part) = index.months_of(id)?;
        Ok(json!({
            "name": name, "forms": index.forms(id)?, "with": with, "with_is_part": with_is_part,
            "months": months, "months_are_part": months_are_part, "alike": alike(index, &name)?,
        }))
    })
}

/// The name that `label` and `name` lead to, for addresses that people can read.
pub fn called(corpus: &Corpus, ask: &Ask) -> Result<Value, Reply> {
    let (Some(label), Some(name)) = (ask.get("label"), ask.get("name")) else { return Err(Reply::not_found()) };
    corpus.read(|index| match index.name_called(label, name)? {
        Some(name) => Ok(json!({"id": name.id})),
        None => {
            let other = index.names_called(name)?;
            Ok(json!({"id": other.first().ok_or_else(Reply::not_found)?.id}))
        }
    })
}

/// A page of the mentions of a name, each in its sentence.
pub fn contexts(corpus: &Corpus, now: &Now, id: u32, ask: &Ask) -> Result<Value, Reply> {
    corpus.read(|index| {
        let after = ask.get("after").and_then(|after| after.split_once('~'));
        let after = after.and_then(|(article, number)| Some((article.parse().ok()?, number.parse().ok()?)));
        let places = index.mentions_of(id, after, CONTEXTS)?;
        let last = places.last().filter(|_| places.len() == CONTEXTS);
        let after = last.map(|last| format!("{}~{}", last.article, last.number));
        Ok(json!({"contexts": shown(index, now, &places)?, "after": after}))
    })
}

/// Where the same words stand elsewhere, under whatever label.
pub fn same(corpus: &Corpus, now: &Now, ask: &Ask) -> Result<Value, Reply> {
    /// Sentences that are shown.
    const SHOWN: usize = 6;
    let words = ask.get("words").unwrap_or_default();
    corpus.read(|index| {
        let names = index.names_called(words)?;
        let mut places = Vec::new();
        for name in &names {
            places.extend(index.mentions_of(name.id, None, SHOWN.div_ceil(names.len()) + 1)?);
        }
        places.truncate(SHOWN + 1);
        Ok(json!({"names": names, "contexts": shown(index, now, &places)?}))
    })
}

/// Mentions in their sentences. Those of one article stand together.
pub fn shown(index: &Index, now: &Now, places: &[Place]) -> Result<Vec<Value>, Reply> {
    let mut contexts = Vec::new();
    for of_article in places.chunk_by(|a, b| a.article == b.article) {
        let article = Stored::open(index, of_article[0].article)?;
        let (record, fields) = (article.record()?, article.fields());
        let states = now.states(&article)?;
        for place in of_article {
            let Some(mention) = record.mentions.get(place.number as usize) else { continue };
            let context = stored::context(&fields, mention, AROUND);
            let (label, state) = states.get(&place.number).cloned().unwrap_or((mention.label.to_string(), None));
            contexts.push(json!({
                "article": place.article, "number": place.number, "title": article.row.title, "date": article.row.date,
                "label": label, "state": state, "score": place.score, "zone": mention.zone,
                "before": context.before, "words": context.words, "after": context.after,
            }));
        }
    }
    Ok(contexts)
}

/// Names that may be the same, each with the reason.
fn alike(index: &Index, name: &Named) -> Result<Vec<Value>, Reply> {
    let mut found: Vec<(Named, &str)> = Vec::new();
    let own = fold(&name.name);
    let mut offer = |other: Named, why: &'static str| {
        if other.id != name.id && found.iter().all(|(known, _)| known.id != other.id) {
            found.push((other, why));
        }
    };
    for other in index.names_called(&name.name)? {
        let is_alike = fold(&other.name) == own;
        offer(other, if is_alike { "the same words under another label" } else { "is called so somewhere" });
    }
    let words: Vec<&str> = own.split(' ').collect();
    let initials: String = words.iter().filter_map(|word| word.chars().next()).collect();
    if words.len() > 1 {
        for other in index.names_called(&initials)? {
            offer(other, "its initials");
        }
    }
    // Each word of it may be what another name is called by.
    for word in words.iter().filter(|word| word.chars().count() > 2) {
        for other in index.names_like(Some(&name.kind), word, 30)? {
            let other_words = fold(&other.name);
            let other_words: Vec<&str> = other_words.split(' ').collect();
            let is_part = words.len() > other_words.len() && other_words.iter().all(|word| words.contains(word));
            let has_all = other_words.len() > words.len() && words.iter().all(|word| other_words.contains(word));
            if is_part {
                offer(other, "a part of its words");
            } else if has_all {
                offer(other, "its words and more");
            }
        }
    }
    let start: String = own.chars().take(3).collect();
    if own.chars().count() > 7 {
        for other in index.names_like(Some(&name.kind), &start, 200)? {
            if within_one(&own, &fold(&other.name)) {
                offer(other, "one letter differs");
            }
        }
    }
    found.truncate(ALIKE);
    Ok(found.into_iter().map(|(name, why)| json!({"name": name, "why": why})).collect())
}

/// Whether one letter more, less or another makes `b` of `a`.
fn within_one(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let front = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let back = a[front..].iter().rev().zip(b[front..].iter().rev()).take_while(|(a, b)| a == b).count();
    a.len().max(b.len()) - front - back <= 1
}

#[cfg(test)]
mod tests {
    use super::within_one;

    #[test]
    fn one_letter_is_one_letter() {
        for (a, b, expected) in [
            ("gonzales", "gonzalez", true),
            ("gonzales", "gonzale", true),
            ("gonzales", "agonzales", true),
            ("gonzales", "gonzales", true),
            ("gonzales", "gonsalez", false),
            ("aa", "aaaa", false),
        ] {
            assert_eq!(within_one(a, b), expected, "{a} {b}");
        }
    }
}
