//! `GET /api/articles`: articles that pass a filter, and what is in them.

use dateline_search::Index;
use dateline_search::browse::{Filter, Listed};
use dateline_search::query::{self, Expr, Form, Query, Term};
use dateline_search::search::{FacetField, FacetOptions};
use serde_json::{Value, json};

use crate::http::{Ask, Reply};
use crate::review::corpus::Corpus;
use crate::review::desk::Now;

/// Articles of a page.
const ARTICLES: usize = 50;
/// Articles whose names and topics are counted; of more, so many are, evenly spread.
const COUNTED: u64 = 2_000;
/// Values of a facet.
const VALUES: usize = 8;

/// A page of the articles that pass, and on the first page what is in all of them.
pub fn articles(corpus: &Corpus, now: &Now, ask: &Ask) -> Result<Value, Reply> {
    let after: u32 = ask.number("after")?.unwrap_or(0);
    let filter = filter(now, ask)?;
    corpus.read(|index| {
        let is_all = filter.query.is_none() && filter.name.is_none() && filter.texts.is_none();
        if is_all && after > 0 {
            let rows = index.articles_after(after, ARTICLES)?;
            return page(index, now, &rows, json!({}));
        }
        let listed = index.listed(&filter)?;
        let rows = listed.after(after, ARTICLES);
        let mut more = json!({"count": listed.count()});
        if after == 0 {
            more["facets"] = facets(index, &listed)?;
        }
        page(index, now, &rows, more)
    })
}

fn page(index: &Index, now: &Now, rows: &[u32], mut value: Value) -> Result<Value, Reply> {
    let mut articles = Vec::new();
    for &row in rows {
        let Some(article) = index.article_at(row)? else { continue };
        let topics: Vec<String> = index.topics_of(row)?.into_iter().map(|(_, label, _)| label).collect();
        let unsure = index.mentions_in(row, 1.1)?;
        let wrong: f64 = unsure.iter().map(|place| 1.0 - place.score).sum();
        articles.push(json!({
            "article": row, "id": article.key, "title": article.title, "date": article.date, "source": article.source,
            "topics": topics, "mentions": unsure.len(), "wrong": wrong, "state": now.state_of(index, row)?,
        }));
    }
    let last = rows.last().filter(|_| rows.len() == ARTICLES);
    value["after"] = json!(last);
    value["articles"] = json!(articles);
    Ok(value)
}

/// Counts over the list, or over some of it where it is long.
fn facets(index: &Index, listed: &Listed) -> Result<Value, Reply> {
    let is_part = listed.count() > COUNTED;
    let counted = if is_part { listed.some(COUNTED) } else { listed.clone() };
    let mut options: Vec<FacetOptions> = vec![
        FacetOptions { field: FacetField::Topic, n: 2 * VALUES, like: None },
        FacetOptions { field: FacetField::Date("2024-03".len()), n: 24, like: None },
        FacetOptions { field: FacetField::Source, n: VALUES, like: None },
    ];
    let kinds = index.kinds().iter();
    options.extend(kinds.map(|kind| FacetOptions { field: FacetField::Kind(kind.clone()), n: VALUES, like: None }));
    let facets = index.facets_of(&counted, &options)?;
    let facets: Vec<Value> =
        facets.iter().map(|facet| json!({"field": facet.field.name(), "values": facet.values})).collect();
    Ok(json!({"of": counted.count(), "is_part": is_part, "facets": facets}))
}

/// What the address asks for.
fn filter(now: &Now, ask: &Ask) -> Result<Filter, Reply> {
    let mut all: Vec<Query> = Vec::new();
    if let Some(typed) = ask.get("q") {
        let kinds: Vec<String> = query::KINDS.iter().map(|kind| (*kind).to_owned()).collect();
        all.push(query::parse(typed, &kinds)?);
    }
    let phrase = |text: &str| Form::Phrase(text.to_owned());
    all.extend(ask.get("topic").map(|topic| Expr::Term(Term::Topic(phrase(topic)))));
    all.extend(ask.get("source").map(|source| Expr::Term(Term::Source(phrase(source)))));
    let (from, to) = (ask.get("from").unwrap_or_default(), ask.get("to").unwrap_or_default());
    if !from.is_empty() || !to.is_empty() {
        let is_date = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !is_date(from) || !is_date(to) {
            return Err(Reply::refused(400, "date", "wanted dates like 2024, 2024-03 or 2024-03-05", None));
        }
        all.push(query::parse(&format!("date:{from}..{to}"), &[])?);
    }
    let query = (!all.is_empty()).then_some(Expr::And(all));
    let texts = ask.get("state").map(|state| {
        let decided = now.verdicts.articles().filter(|key| now.verdicts.on(*key).next().is_some());
        let chosen = decided.filter(|key| match state {
            "done" => now.verdicts.is_done(*key),
            "begun" => !now.verdicts.is_done(*key),
            _ => true,
        });
        (chosen.map(|key| key.bytes()).collect(), state != "open")
    });
    Ok(Filter { query, name: ask.number("name")?, texts })
}
