//! `GET /api/queue`: what to look at next, a page at a time.

use dateline_search::Index;
use dateline_search::browse::Place;
use serde_json::{Value, json};

use crate::http::{Ask, Reply};
use crate::review::corpus::Corpus;
use crate::review::opened::{self, Opened};
use crate::review::overview;

/// Lines of a page.
const LINES: usize = 50;

/// The next lines of the queue `kind`.
pub fn queue(corpus: &Corpus, ask: &Ask) -> Result<Value, Reply> {
    let numbers = corpus.overview()?;
    let after: Vec<&str> = ask.get("after").unwrap_or_default().split('~').collect();
    let parsed = |at: usize| after.get(at).and_then(|text| text.parse::<f64>().ok());
    corpus.read(|index| match ask.get("kind").unwrap_or("unsure") {
        "unsure" => {
            let mut from = parsed(0).zip(parsed(1)).map(|(wrong, id)| (wrong, id as u32));
            let (mut lines, mut is_over) = (Vec::new(), false);
            // Whole articles, so that each is read once.
            while lines.len() < LINES && !is_over {
                let articles = index.most_wrong(from, LINES)?;
                is_over = articles.len() < LINES;
                for (article, wrong) in articles {
                    from = Some((wrong, article));
                    let places = index.mentions_in(article, numbers.unsure.next_up())?;
                    lines.extend(shown(index, &places)?);
                    if lines.len() >= LINES {
                        is_over = false;
                        break;
                    }
                }
            }
            let after = from.filter(|_| !is_over).map(|(wrong, id)| format!("{wrong}~{id}"));
            Ok(json!({"lines": lines, "after": after, "total": numbers.half}))
        }
        "least" => {
            let from = parsed(0).zip(parsed(1)).zip(parsed(2)).map(|((s, a), n)| (s, a as u32, n as u32));
            let places = index.least_sure(from, LINES)?;
            let last = places.last().filter(|_| places.len() == LINES);
            let after = last.map(|last| format!("{}~{}~{}", last.score, last.article, last.number));
            Ok(json!({"lines": shown(index, &places)?, "after": after, "total": numbers.mentions}))
        }
        "splits" => {
            let from = ask.get("after").and_then(|after| after.split_once('~'));
            let from = from.and_then(|(wrong, folded)| Some((wrong.parse().ok()?, folded)));
            let splits = index.splits(from, LINES)?;
            let last = splits.last().filter(|_| splits.len() == LINES);
            let after = last.map(|last| format!("{}~{}", last.wrong, last.folded));
            let mut lines = Vec::new();
            for split in &splits {
                let group = overview::shown(index, split)?;
                let (Some(article), Some(number)) = (group["at"]["article"].as_u64(), group["at"]["number"].as_u64()) else {
                    continue;
                };
                let place = Place { article: article as u32, number: number as u32, score: 0.0 };
                for mut line in shown(index, &[place])? {
                    line["group"] = group.clone();
                    lines.push(line);
                }
            }
            Ok(json!({"lines": lines, "after": after, "total": null}))
        }
        "articles" => {
            let from = parsed(0).unwrap_or(0.0) as u32;
            let rows = index.articles_after(from, LINES)?;
            let last = rows.last().filter(|_| rows.len() == LINES);
            let mut lines = Vec::new();
            for &row in &rows {
                if let Some(article) = index.article_at(row)? {
                    lines.push(json!({"article": row, "number": null, "title": article.title}));
                }
            }
            Ok(json!({"lines": lines, "after": last.map(u32::to_string), "total": numbers.articles}))
        }
        other => Err(Reply::refused(400, "queue", &format!("found queue {other:?}, wanted unsure, least, splits or articles"), None)),
    })
}

/// A line for each mention. Those of one article stand together.
pub fn shown(index: &Index, places: &[Place]) -> Result<Vec<Value>, Reply> {
    let mut lines = Vec::new();
    for of_article in places.chunk_by(|a, b| a.article == b.article) {
        let article = Opened::open(index, of_article[0].article)?;
        let record = article.record()?;
        for place in of_article {
            let Some(mention) = record.mentions.get(place.number as usize) else { continue };
            lines.push(json!({
                "article": place.article, "number": place.number, "title": article.row.title,
                "words": opened::one_line(&mention.text), "label": mention.label, "score": mention.score,
            }));
        }
    }
    Ok(lines)
}
