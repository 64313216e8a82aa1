//! `GET /api/article/N`: an article as the page shows it, with positions in UTF-16 units, which is how
//! a browser counts.

use dateline::record::{Offsets, Record};
use dateline::verdicts::{ArticleState, Opened, stand};
use dateline_search::Index;
use serde_json::{Value, json};

use crate::http::Reply;
use crate::review::corpus::Corpus;
use crate::review::desk::{Desk, Now};
use crate::review::standing;
use crate::review::stored::Stored;

/// All of the article in the row `id`.
pub fn article(corpus: &Corpus, desk: &Desk, id: u32) -> Result<Value, Reply> {
    let total = corpus.overview()?.articles;
    let now = desk.now();
    corpus.read(|index| {
        let stored = Stored::open(index, id)?;
        let opened = stored.opened()?;
        let record = &opened.record;
        let url = record.text("url").or_else(|| record.text("link")).filter(|url| is_web(url));
        let mut value = json!({
            "id": stored.row.key, "title": stored.row.title, "date": stored.row.date, "source": stored.row.source,
            "url": url, "of": total, "previous": index.article_before(id)?,
            "next": index.articles_after(id, 1)?.first(), "fields": fields(&opened), "warnings": record.warnings,
            "model": record.tagger.model,
        });
        let now = as_it_stands(index, &now, id, &opened)?;
        if let (Value::Object(value), Value::Object(now)) = (&mut value, now) {
            value.extend(now);
        }
        Ok(value)
    })
}

/// What changes about the article in the row `id` when something is decided.
pub fn standing(index: &Index, now: &Now, id: u32) -> Result<Value, Reply> {
    let stored = Stored::open(index, id)?;
    let opened = stored.opened()?;
    as_it_stands(index, now, id, &opened)
}

fn as_it_stands(index: &Index, now: &Now, id: u32, opened: &Opened<'_>) -> Result<Value, Reply> {
    let standing = stand(opened, &now.rules, &now.verdicts);
    let state = match standing.state {
        ArticleState::Done => Some("done"),
        ArticleState::Skip => Some("skip"),
        ArticleState::Open => None,
    };
    Ok(json!({
        "article": id, "state": state, "mentions": standing::mentions(opened, &standing, &now.verdicts),
        "entities": entities(index, &standing.record)?, "topics": standing.record.topics,
        "topics_differ": standing.topics_differ,
    }))
}

/// Whether a browser may follow it.
fn is_web(url: &str) -> bool {
    let start = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https://")
}

/// Fields with their zones, which the text alone says.
fn fields(opened: &Opened<'_>) -> Vec<Value> {
    let article = &opened.document.article;
    let mut shown = Vec::new();
    for field in &article.fields {
        let text = field.span.of(&article.text);
        let offsets = Offsets::new(text);
        let at = |byte: usize| offsets.position(byte - field.span.start()).utf16;
        let zones: Vec<Value> = opened
            .document
            .zones
            .iter()
            .filter(|(_, span)| field.span.contains(*span))
            .map(|(zone, span)| json!([zone.name(), at(span.start()), at(span.end())]))
            .collect();
        shown.push(json!({"name": field.name, "is_title": field.headline, "text": text, "zones": zones}));
    }
    shown
}

/// Entities, with their rows among the names of the corpus.
fn entities(index: &Index, record: &Record<'_>) -> Result<Vec<Value>, Reply> {
    let mut entities = Vec::new();
    for entity in &record.entities {
        let name = index.name_called(&entity.label, &entity.name)?.map(|name| name.id);
        entities.push(json!({
            "label": entity.label, "name": entity.name, "aliases": entity.aliases, "mentions": entity.mentions,
            "salience": entity.salience, "id": name,
        }));
    }
    Ok(entities)
}
