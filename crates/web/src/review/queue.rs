//! `GET /api/queue`: what to look at next, a page at a time.

use dateline::verdicts::{self, ChangeKind, Op, Opened, stand};
use dateline_search::Index;
use dateline_search::browse::Place;
use serde_json::{Value, json};

use crate::http::{Ask, Reply};
use crate::review::corpus::Corpus;
use crate::review::desk::Now;
use crate::review::sample::{self, Samples};
use crate::review::stored::{self, Stored};
use crate::review::{changes, history, overview, standing};

/// Lines of a page.
const LINES: usize = 50;

/// The next lines of the queue `kind`.
pub fn queue(corpus: &Corpus, now: &Now, samples: &Samples, ask: &Ask) -> Result<Value, Reply> {
    let numbers = corpus.overview()?;
    let after: Vec<&str> = ask.get("after").unwrap_or_default().split('~').collect();
    let parsed = |at: usize| after.get(at).and_then(|text| text.parse::<f64>().ok());
    if ask.get("kind") == Some("sample") {
        let found = samples.called(corpus, now, ask.get("sample"))?;
        let Some((name, drawn)) = found else { return Ok(json!({"lines": [], "after": null, "total": 0})) };
        let lines = corpus.read(|index| sample::lines(index, now, &drawn))?;
        return Ok(json!({"total": lines.len(), "lines": lines, "after": null, "sample": name}));
    }
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
                    lines.extend(shown(index, now, &places)?);
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
            Ok(json!({"lines": shown(index, now, &places)?, "after": after, "total": numbers.mentions}))
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
                let (Some(article), Some(number)) = (group["at"]["article"].as_u64(), group["at"]["number"].as_u64())
                else {
                    continue;
                };
                let place = Place { article: article as u32, number: number as u32, score: 0.0 };
                for mut line in shown(index, now, &[place])? {
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
                    let state = now.state_of(index, row)?;
                    lines.push(json!({"article": row, "number": null, "title": article.title, "state": state}));
                }
            }
            Ok(json!({"lines": lines, "after": last.map(u32::to_string), "total": numbers.articles}))
        }
        "differ" => Ok(json!({"lines": differences(index, now)?, "after": null, "total": null})),
        "flagged" => Ok(json!({"lines": left(index, now)?, "after": null, "total": null})),
        "changed" => {
            let changes = changes::of(index, now)?;
            let broken =
                changes.all.iter().filter(|change| matches!(change.kind, ChangeKind::Broken | ChangeKind::Moved));
            let lines = broken.map(|change| at_place(index, now, &change.place)).collect::<Result<Vec<_>, _>>()?;
            Ok(json!({"lines": lines.into_iter().flatten().collect::<Vec<_>>(), "after": null, "total": null}))
        }
        other => {
            let wanted = "unsure, least, splits, articles, sample, changed, differ or flagged";
            Err(Reply::refused(400, "queue", &format!("found queue {other:?}, wanted {wanted}"), None))
        }
    })
}

/// Where analysts differ.
fn differences(index: &Index, now: &Now) -> Result<Vec<Value>, Reply> {
    let mut lines = Vec::new();
    for key in now.verdicts.articles() {
        let mut analysts: Vec<&str> = now.verdicts.on(key).map(|(analyst, _)| analyst.name.as_str()).collect();
        analysts.sort_unstable();
        analysts.dedup();
        if analysts.len() < 2 {
            continue;
        }
        let Some(&row) = index.articles_with_text(&key.bytes())?.first() else { continue };
        let stored = Stored::open(index, row)?;
        let opened = stored.opened()?;
        for difference in stand(&opened, &now.rules, &now.verdicts).differences {
            let (field, span) = opened.within(difference.span);
            if let Some(place) = opened.place(field, span) {
                lines.extend(at_place(index, now, &place)?);
            }
        }
    }
    lines.sort_by_key(|line| line["article"].as_u64());
    Ok(lines)
}

/// What was flagged, or left for later and not decided since.
fn left(index: &Index, now: &Now) -> Result<Vec<Value>, Reply> {
    let mut lines = Vec::new();
    let mut articles: Vec<_> = now.verdicts.articles().collect();
    articles.sort_unstable();
    for key in articles {
        let is_left = |op: &Op| matches!(op, Op::Later { .. } | Op::Flag { .. });
        if !now.verdicts.on(key).any(|(_, entry)| is_left(&entry.decision.op)) {
            continue;
        }
        let Some(&row) = index.articles_with_text(&key.bytes())?.first() else { continue };
        let stored = Stored::open(index, row)?;
        let opened = stored.opened()?;
        let standing = stand(&opened, &now.rules, &now.verdicts);
        for mention in standing::mentions(&opened, &standing, &now.verdicts) {
            if mention["state"] == "later" || mention["flag"] == true {
                lines.push(line(&stored, &opened, row, &mention));
            }
        }
    }
    lines.sort_by_key(|line| line["article"].as_u64());
    Ok(lines)
}

/// A line for what stands at a place of an article; none if the article is not there.
fn at_place(index: &Index, now: &Now, place: &verdicts::Place) -> Result<Option<Value>, Reply> {
    let Some(&row) = index.articles_with_text(&place.article.bytes())?.first() else { return Ok(None) };
    let stored = Stored::open(index, row)?;
    let opened = stored.opened()?;
    let standing = stand(&opened, &now.rules, &now.verdicts);
    let key = history::key_of(&stored, place);
    let mentions = standing::mentions(&opened, &standing, &now.verdicts);
    let found = mentions.iter().find(|mention| mention["key"].as_str() == key.as_deref());
    Ok(found.map(|mention| line(&stored, &opened, row, mention)))
}

/// A line for a mention as the page has it.
fn line(stored: &Stored, opened: &Opened<'_>, row: u32, mention: &Value) -> Value {
    let number = |key: &str| mention[key].as_u64().unwrap_or(0) as usize;
    let article = &opened.document.article;
    let name = &article.fields[number("field")].name;
    let words = opened
        .from_utf16(name, [number("start"), number("end")])
        .and_then(|span| opened.place(name, span))
        .map(|place| stored::one_line(&place.words));
    json!({
        "article": row, "number": mention["number"], "key": mention["key"], "title": stored.row.title, "words": words,
        "label": mention["label"], "score": mention["score"], "state": mention["state"],
    })
}

/// A line for each mention. Those of one article stand together.
pub fn shown(index: &Index, now: &Now, places: &[Place]) -> Result<Vec<Value>, Reply> {
    let mut lines = Vec::new();
    for of_article in places.chunk_by(|a, b| a.article == b.article) {
        let article = Stored::open(index, of_article[0].article)?;
        let record = article.record()?;
        let states = now.states(&article)?;
        for place in of_article {
            let Some(mention) = record.mentions.get(place.number as usize) else { continue };
            let (label, state) = states.get(&place.number).cloned().unwrap_or((mention.label.to_string(), None));
            lines.push(json!({
                "article": place.article, "number": place.number, "title": article.row.title,
                "words": stored::one_line(&mention.text), "label": label, "score": mention.score, "state": state,
            }));
        }
    }
    Ok(lines)
}
