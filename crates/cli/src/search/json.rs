//! Hits for programs: a JSON object a line, each with its `type`.

use dateline_search::search::{Facet, Hit, NameHit};
use serde_json::{Value, json};

use crate::search::answer::Answer;
use crate::stop::Stop;
use crate::terminal;

/// Prints everything that was asked for, the summary last.
pub fn print(answer: &Answer<'_>) -> Result<(), Stop> {
    let (found, arguments) = (answer.found, answer.arguments);
    let mut lines = Vec::new();
    let mut total = found.count();
    if arguments.names {
        let (n, names) = found.names(arguments.from, arguments.n())?;
        total = n;
        lines.extend(names.iter().map(name));
    } else {
        let hits = found.hits(&arguments.page(), answer.complain())?;
        lines.extend(hits.iter().map(|one| hit(one, arguments.explain)));
    }
    lines.extend(found.facets(answer.facets, arguments.all_facets)?.iter().map(facet));
    let mut summary = json!({
        "type": "summary",
        "query": found.explain(),
        "total": total,
        "from": arguments.from,
        "shown": lines.iter().filter(|line| line["type"] != "facet").count(),
    });
    if found.count() == 0 {
        summary["without"] = found.without().into();
    }
    lines.push(summary);
    let page: String = lines.iter().map(|line| format!("{line}\n")).collect();
    terminal::page(&page);
    Ok(())
}

fn hit(hit: &Hit, explain: bool) -> Value {
    let article = &hit.article;
    let mut line = json!({
        "type": "hit",
        "id": article.key,
        "date": article.date,
        "source": article.source,
        "title": article.title,
        "score": hit.score,
        "topics": hit.topics,
    });
    if let Some(snippet) = &hit.snippet {
        let pieces = snippet.pieces.iter().map(|(text, marked)| json!({ "text": text, "match": marked }));
        line["snippet"] = json!({ "field": snippet.field, "pieces": pieces.collect::<Vec<_>>() });
    }
    if explain {
        let matched = hit.matched.iter().map(|mention| {
            json!({
                "term": mention.term,
                "text": mention.text,
                "field": mention.field,
                "start": mention.chars.0,
                "end": mention.chars.1,
                "sentence": mention.sentence,
            })
        });
        line["matched"] = matched.collect();
    }
    line
}

fn name(name: &NameHit) -> Value {
    let with = name.with.iter().map(|(kind, names)| (kind.clone(), values(names)));
    json!({
        "type": "name",
        "kind": name.kind,
        "name": name.name,
        "known_as": name.known_as,
        "articles": name.articles,
        "mentions": name.mentions,
        "salience": name.salience,
        "first": name.dates.as_ref().map(|(first, _)| first),
        "last": name.dates.as_ref().map(|(_, last)| last),
        "with": with.collect::<serde_json::Map<_, _>>(),
    })
}

fn facet(facet: &Facet) -> Value {
    json!({ "type": "facet", "field": facet.field.name(), "values": values(&facet.values) })
}

fn values(values: &[(String, u64)]) -> Value {
    values.iter().map(|(value, n)| json!({ "value": value, "articles": n })).collect()
}
