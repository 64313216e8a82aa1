//! `GET /api/verdicts` and `/api/events`: what was decided, in words.

use dateline::verdicts::{Analyst, ArticleState, Entry, Op, Place};
use dateline_search::Index;
use serde_json::{Value, json};

use crate::http::{Ask, Reply};
use crate::review::corpus::Corpus;
use crate::review::desk::{Desk, Now};
use crate::review::stored::{Stored, one_line};

/// Decisions of a page.
const ENTRIES: usize = 50;
/// Decisions beside an article.
const RECENT: usize = 6;

/// Decisions that hold, of all analysts.
pub fn count(now: &Now) -> usize {
    let of = |analyst: &Analyst| analyst.holding().filter(|entry| entry.decision.op.is_decision()).count();
    now.verdicts.analysts().iter().map(of).sum()
}

/// The last decisions of `analyst`, the newest first.
pub fn recent(index: &Index, now: &Now, analyst: &str) -> Result<Vec<Value>, Reply> {
    let Some(own) = now.verdicts.analyst(analyst) else { return Ok(Vec::new()) };
    let decisions = own.entries().iter().rev().filter(|entry| entry.decision.op.is_decision()).take(RECENT);
    decisions.map(|entry| shown(index, analyst, entry, own.holds(entry.n))).collect()
}

/// A page of all decisions, the newest first.
pub fn page(corpus: &Corpus, desk: &Desk, ask: &Ask) -> Result<Value, Reply> {
    let now = desk.now();
    let (by, day) = (ask.get("by"), ask.get("day"));
    let after = ask.get("after").and_then(|after| {
        let mut parts = after.split('~');
        Some((parts.next()?.to_owned(), parts.next()?.to_owned(), parts.next()?.parse::<u64>().ok()?))
    });
    let mut all: Vec<(&str, &str, u64, &Entry, bool)> = Vec::new();
    for analyst in now.verdicts.analysts().iter().filter(|analyst| by.is_none_or(|by| analyst.name == by)) {
        let entries = analyst.entries().iter().filter(|entry| day.is_none_or(|day| entry.at.starts_with(day)));
        all.extend(
            entries.map(|entry| (entry.at.as_str(), analyst.name.as_str(), entry.n, entry, analyst.holds(entry.n))),
        );
    }
    if let Some((at, name, n)) = &after {
        all.retain(|other| (other.0, other.1, other.2) < (at.as_str(), name.as_str(), *n));
    }
    all.sort_unstable_by(|a, b| (b.0, b.1, b.2).cmp(&(a.0, a.1, a.2)));
    let has_more = all.len() > ENTRIES;
    all.truncate(ENTRIES);
    let next = all.last().filter(|_| has_more).map(|last| format!("{}~{}~{}", last.0, last.1, last.2));
    corpus.read(|index| {
        let shown: Vec<Value> =
            all.iter().map(|(_, name, _, entry, holds)| shown(index, name, entry, *holds)).collect::<Result<_, _>>()?;
        Ok(json!({"verdicts": shown, "after": next}))
    })
}

/// Whether anything has happened since `after`.
pub fn events(desk: &Desk, ask: &Ask) -> Result<Value, Reply> {
    let after: u64 = ask.number("after")?.unwrap_or(0);
    let now = desk.now();
    let own = ask.who.as_ref().map(|who| who.analyst.as_str()).unwrap_or_default();
    let others = now.verdicts.analysts().iter().filter(|analyst| analyst.name != own);
    let others: usize = others.map(|analyst| analyst.entries().len()).sum();
    Ok(json!({"after": now.events, "others": if now.events > after { others } else { 0 }}))
}

/// An entry as lists show it.
pub fn shown(index: &Index, by: &str, entry: &Entry, holds: bool) -> Result<Value, Reply> {
    let (words, says) = in_words(&entry.decision.op);
    let row = rows(index, entry)?.first().copied();
    let (mut title, mut key) = (None, None);
    if let Some(row) = row {
        let stored = Stored::open(index, row);
        if let Ok(stored) = stored {
            title = Some(stored.row.title.clone());
            key = place(&entry.decision.op).and_then(|place| key_of(&stored, place));
        }
    }
    Ok(json!({
        "n": entry.n, "at": entry.at, "by": by, "words": words, "says": says, "undone": !holds, "article": row,
        "title": title, "key": key, "why": entry.decision.why, "queue": entry.decision.queue,
    }))
}

/// The place that a decision is about.
pub fn place(op: &Op) -> Option<&Place> {
    match op {
        Op::Mention { place, .. } | Op::Add { place, .. } | Op::Later { place } => Some(place),
        _ => None,
    }
}

/// What the page calls the mention at `place`.
pub fn key_of(stored: &Stored, place: &Place) -> Option<String> {
    let record = stored.record().ok()?;
    let is_it = |mention: &dateline::record::RecordMention<'_>| {
        mention.field == place.field && [mention.start, mention.end] == place.span
    };
    if let Some(number) = record.mentions.iter().position(is_it) {
        return Some(number.to_string());
    }
    let fields = stored.fields();
    let at = fields.iter().position(|field| field.field == place.field)?;
    let offsets = dateline::record::Offsets::new(&fields[at].text);
    let (start, end) = (offsets.of_char(place.span[0])?, offsets.of_char(place.span[1])?);
    Some(format!("a{at}-{}-{}", start.utf16, end.utf16))
}

/// The articles that a decision is about: more than one where copies of a text are in the corpus.
pub fn rows(index: &Index, entry: &Entry) -> Result<Vec<u32>, Reply> {
    match entry.decision.op.article() {
        Some(article) => Ok(index.articles_with_text(&article.bytes())?),
        None => Ok(Vec::new()),
    }
}

/// The words that a decision is about, and what it says.
fn in_words(op: &Op) -> (Option<String>, String) {
    let known = |label: &str| match label {
        "PER" => "person".to_owned(),
        "ORG" => "organization".to_owned(),
        "LOC" => "place".to_owned(),
        "MISC" => "other name".to_owned(),
        other => other.to_owned(),
    };
    let says = |label: &Option<String>| label.as_deref().map_or_else(|| "not a name".to_owned(), known);
    let far = |reach: &dateline::verdicts::Reach| match reach {
        dateline::verdicts::Reach::Here => "",
        dateline::verdicts::Reach::Article => " in the article",
    };
    match op {
        Op::Mention { place, say, reach, .. } => {
            let moved = say.words.as_ref().map(|words| format!(", as “{}”", one_line(words))).unwrap_or_default();
            (Some(one_line(&place.words)), format!("{}{moved}{}", says(&say.label), far(reach)))
        }
        Op::Add { place, label, reach } => {
            (Some(one_line(&place.words)), format!("{}, added{}", known(label), far(reach)))
        }
        Op::Later { place } => (Some(one_line(&place.words)), "left for later".to_owned()),
        Op::Article { state, .. } => (
            None,
            match state {
                ArticleState::Done => "article done",
                ArticleState::Skip => "article passed over",
                ArticleState::Open => "article open again",
            }
            .to_owned(),
        ),
        Op::Topics { say, .. } => {
            let labels: Vec<&str> = say.iter().map(|topic| topic.label.as_str()).collect();
            (None, if labels.is_empty() { "no topics".to_owned() } else { format!("topics: {}", labels.join(", ")) })
        }
        Op::Same { names, article, .. } => {
            (Some(names.join(" and ")), format!("are one{}", if article.is_some() { " here" } else { "" }))
        }
        Op::Different { names, article, .. } => {
            (Some(names.join(" and ")), format!("are two{}", if article.is_some() { " here" } else { "" }))
        }
        Op::Rule { rule } => match &rule.words {
            Some(words) => (Some(words.clone()), format!("rule: {}", says(&rule.label))),
            None if rule.same.is_empty() => (Some(rule.different.join(" and ")), "rule: are two".to_owned()),
            None => (Some(rule.same.join(" and ")), "rule: are one".to_owned()),
        },
        Op::Unrule { rule } => (None, format!("rule {rule} off")),
        Op::Undo { of } => (None, format!("undo of {of}")),
        Op::Sample { sample } => (None, format!("sample of {} {} drawn", sample.size, sample.of)),
        Op::Open { .. } => (None, "began".to_owned()),
        Op::Note { of, text } => (None, format!("note on {of}: {}", one_line(text))),
        Op::Flag { on, .. } => (None, if *on { "flagged" } else { "no longer flagged" }.to_owned()),
    }
}
