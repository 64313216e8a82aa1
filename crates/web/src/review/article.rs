//! `GET /api/article/N`: an article as the page shows it, with positions in UTF-16 units, which is how
//! a browser counts.

use dateline::Article;
use dateline::internals::segment::segment;
use dateline::record::{Offsets, Record};
use dateline_search::Index;
use dateline_search::entry::Text;
use serde_json::{Value, json};

use crate::http::Reply;
use crate::review::corpus::Corpus;
use crate::review::opened::Opened;

/// All of the article in the row `id`.
pub fn article(corpus: &Corpus, id: u32) -> Result<Value, Reply> {
    let total = corpus.overview()?.articles;
    corpus.read(|index| {
        let opened = Opened::open(index, id)?;
        let (record, fields) = (opened.record()?, opened.fields());
        let url = record.text("url").or_else(|| record.text("link")).filter(|url| is_web(url));
        Ok(json!({
            "article": id, "id": opened.row.key, "title": opened.row.title, "date": opened.row.date,
            "source": opened.row.source, "url": url, "of": total,
            "previous": index.article_before(id)?, "next": index.articles_after(id, 1)?.first(),
            "fields": shown_fields(&fields), "mentions": mentions(&record, &fields),
            "entities": entities(index, &record)?, "topics": record.topics, "warnings": record.warnings,
            "model": record.tagger.model,
        }))
    })
}

/// Whether a browser may follow it.
fn is_web(url: &str) -> bool {
    let start = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    start.starts_with("http://") || start.starts_with("https://")
}

/// Fields with their zones, which the text alone says.
pub fn shown_fields(fields: &[Text]) -> Vec<Value> {
    let article = Article::of_fields("", fields.iter().map(|field| (field.field.as_str(), field.text.as_str())));
    let document = segment(article);
    let mut shown = Vec::new();
    for (field, whole) in fields.iter().zip(&document.article.fields) {
        let offsets = Offsets::new(&field.text);
        let start = whole.span.start();
        let at = |byte: usize| offsets.position(byte - start).utf16;
        let zones: Vec<Value> = document
            .zones
            .iter()
            .filter(|(_, span)| whole.span.contains(*span))
            .map(|(zone, span)| json!([zone.name(), at(span.start()), at(span.end())]))
            .collect();
        shown.push(json!({"name": field.field, "is_title": field.is_title, "text": field.text, "zones": zones}));
    }
    shown
}

/// Mentions in the order of the record; one that leaves its text is left out.
fn mentions(record: &Record<'_>, fields: &[Text]) -> Vec<Value> {
    let offsets: Vec<Offsets<'_>> = fields.iter().map(|field| Offsets::new(&field.text)).collect();
    let mut mentions = Vec::new();
    for (number, mention) in record.mentions.iter().enumerate() {
        let Some(field) = fields.iter().position(|field| field.field == mention.field) else { continue };
        let ends = (offsets[field].of_char(mention.start), offsets[field].of_char(mention.end));
        let (Some(start), Some(end)) = ends else { continue };
        mentions.push(json!({
            "number": number, "field": field, "start": start.utf16, "end": end.utf16, "label": mention.label,
            "score": mention.score, "zone": mention.zone, "entity": mention.entity,
        }));
    }
    mentions
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
