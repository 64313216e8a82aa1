//! `POST /api/verdicts`: decisions, as the page means them, become verdicts, which are on the disk before
//! they are answered.

use std::collections::BTreeMap;

use dateline::internals::rules::Rule;
use dateline::verdicts::{ArticleState, Decision, Entry, Op, Opened, Place, Reach, Saw, Say, Topic, Within, stand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Ask, Reply};
use crate::review::corpus::Corpus;
use crate::review::desk::{Desk, Now};
use crate::review::stored::Stored;
use crate::review::{article, history};

/// Decisions of one request: all or none of them count.
#[derive(Deserialize)]
struct Asked {
    decisions: Vec<One>,
}

/// A decision as the page means it.
#[derive(Deserialize)]
struct One {
    #[serde(flatten)]
    what: What,
    /// The queue that it was decided from.
    queue: Option<String>,
    ms: Option<u64>,
    #[serde(default)]
    why: String,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum What {
    Mention {
        #[serde(flatten)]
        at: At,
        say: Told,
        #[serde(default)]
        reach: Reach,
    },
    Add {
        #[serde(flatten)]
        at: At,
        label: String,
        #[serde(default)]
        reach: Reach,
    },
    Later {
        #[serde(flatten)]
        at: At,
    },
    Flag {
        #[serde(flatten)]
        at: At,
        on: bool,
    },
    Article {
        article: u32,
        state: ArticleState,
        within: Option<Passage>,
    },
    Topics {
        article: u32,
        say: Vec<Topic>,
    },
    Same {
        article: Option<u32>,
        names: Vec<String>,
        label: Option<String>,
        name: Option<String>,
    },
    Different {
        article: Option<u32>,
        names: Vec<String>,
        label: Option<String>,
    },
    Rule {
        rule: Value,
    },
    Unrule {
        rule: String,
    },
    Note {
        text: String,
    },
    Undo,
    Redo,
}

/// A mention as the page shows it: by its key, or by where it is, in UTF-16 units.
#[derive(Deserialize)]
struct At {
    article: u32,
    key: Option<String>,
    field: Option<String>,
    start: Option<usize>,
    end: Option<usize>,
    /// The label that it was shown with.
    shown: Option<String>,
}

/// A part of an article that was read to its end, in UTF-16 units of a field.
#[derive(Deserialize)]
struct Passage {
    field: String,
    start: usize,
    end: usize,
}

/// What a mention is said to be.
#[derive(Deserialize)]
struct Told {
    label: Option<String>,
    /// Where it is instead, in UTF-16 units.
    start: Option<usize>,
    end: Option<usize>,
}

/// Decisions in one request.
const MOST: usize = 500;

/// Writes down what is decided, and says what has come of it.
pub fn decide(corpus: &Corpus, desk: &Desk, ask: &Ask) -> Result<Value, Reply> {
    let analyst = &ask.who.as_ref().ok_or_else(Reply::not_found)?.analyst;
    if desk.next(analyst).is_none() {
        let hint = "dateline review without --read-only lets you decide";
        return Err(Reply::refused(403, "read_only", "nothing can be decided here", Some(hint)));
    }
    let wrong = |found: String| Reply::refused(400, "decision", &found, None);
    let asked: Asked = serde_json::from_slice(&ask.body).map_err(|error| wrong(error.to_string()))?;
    if asked.decisions.is_empty() || asked.decisions.len() > MOST {
        return Err(wrong(format!("found {} decisions, wanted 1 to {MOST}", asked.decisions.len())));
    }
    let now = desk.now();
    // A request that is sent again is one that was not answered, and not a second decision.
    let again = ask.once.as_deref().and_then(|once| now.verdicts.analyst(analyst)?.answered(once));
    if let Some(n) = again {
        let entry = now.verdicts.analyst(analyst).and_then(|analyst| analyst.entry(n)).cloned();
        return answer(corpus, desk, analyst, entry.as_slice(), &[]);
    }
    let shown: Vec<u32> = asked.decisions.iter().filter_map(|one| one.what.article()).collect();
    let mut decisions = Vec::with_capacity(asked.decisions.len());
    for (i, one) in asked.decisions.into_iter().enumerate() {
        let mut decision = decision(corpus, desk, &now, analyst, one.what)?;
        decision.queue = one.queue;
        decision.ms = one.ms;
        decision.why = if one.why.is_empty() { decision.why } else { one.why };
        decision.judge = desk.judge;
        decision.request = ask.once.clone().filter(|_| i == 0);
        decisions.push(decision);
    }
    // What is shared is copied before it is changed.
    drop(now);
    let entries = desk.write(analyst, decisions)?;
    answer(corpus, desk, analyst, &entries, &shown)
}

impl What {
    /// The article that it is about, as the page has it open.
    fn article(&self) -> Option<u32> {
        match self {
            Self::Mention { at, .. } | Self::Add { at, .. } | Self::Later { at } | Self::Flag { at, .. } => {
                Some(at.article)
            }
            Self::Article { article, .. } | Self::Topics { article, .. } => Some(*article),
            Self::Same { article, .. } | Self::Different { article, .. } => *article,
            Self::Rule { .. } | Self::Unrule { .. } | Self::Note { .. } | Self::Undo | Self::Redo => None,
        }
    }
}

/// What `what` is in the log.
fn decision(corpus: &Corpus, desk: &Desk, now: &Now, analyst: &str, what: What) -> Result<Decision, Reply> {
    let wrong = |found: &str| Reply::refused(400, "decision", found, None);
    let on_article = |id: u32, op: &dyn Fn(&Opened<'_>) -> Result<Op, Reply>| {
        corpus.read(|index| {
            let stored = Stored::open(index, id)?;
            let opened = stored.opened()?;
            let is_first = !now.verdicts.knows(analyst, opened.key);
            Ok(opened.decide(op(&opened)?, is_first))
        })
    };
    let own = now.verdicts.analyst(analyst);
    Ok(match what {
        What::Mention { at, say, reach } => on_article(at.article, &|opened| {
            let (place, from) = place(opened, &at)?;
            let saw = saw(opened, now, &place, from, at.shown.as_deref())?;
            let span = match (say.start, say.end) {
                (Some(start), Some(end)) => {
                    let span = opened.from_utf16(&place.field, [start, end]);
                    Some(span.ok_or_else(|| wrong("the new edges are not in the text"))?)
                }
                _ => None,
            };
            let words = span.and_then(|span| opened.place(&place.field, span)).map(|place| place.words);
            Ok(match saw {
                Some(saw) => Op::Mention { place, saw, say: Say { label: say.label.clone(), span, words }, reach },
                // What an analyst has added: another label for it is another addition, and none takes it away.
                None => match &say.label {
                    Some(label) => Op::Add { place, label: label.clone(), reach },
                    None => {
                        let saw = Saw {
                            label: String::new(),
                            score: 0.0,
                            model: opened.record.tagger.model.to_string(),
                            rule: None,
                        };
                        Op::Mention { place, saw, say: Say { label: None, span: None, words: None }, reach }
                    }
                },
            })
        })?,
        What::Add { at, label, reach } => {
            on_article(at.article, &|opened| Ok(Op::Add { place: place(opened, &at)?.0, label: label.clone(), reach }))?
        }
        What::Later { at } => on_article(at.article, &|opened| Ok(Op::Later { place: place(opened, &at)?.0 }))?,
        What::Flag { at, on } => on_article(at.article, &|opened| {
            let (place, _) = place(opened, &at)?;
            Ok(Op::Flag { article: opened.key, field: Some(place.field), span: Some(place.span), on })
        })?,
        What::Article { article, state, within } => on_article(article, &|opened| {
            let within = match &within {
                Some(Passage { field, start, end }) => {
                    let span = opened.from_utf16(field, [*start, *end]);
                    let span = span.ok_or_else(|| wrong("the passage is not in the text"))?;
                    Some(Within { field: field.clone(), span })
                }
                None => None,
            };
            Ok(Op::Article { article: opened.key, state, within })
        })?,
        What::Topics { article, say } => on_article(article, &|opened| {
            let saw = opened.record.topics.iter().flatten().map(|topic| topic.code.to_string()).collect();
            Ok(Op::Topics { article: opened.key, saw, say: say.clone() })
        })?,
        What::Same { article: Some(article), names, label, name } => on_article(article, &|opened| {
            Ok(Op::Same { names: names.clone(), label: label.clone(), name: name.clone(), article: Some(opened.key) })
        })?,
        What::Different { article: Some(article), names, label } => on_article(article, &|opened| {
            Ok(Op::Different { names: names.clone(), label: label.clone(), article: Some(opened.key) })
        })?,
        What::Same { article: None, names, label, name } => Op::Same { names, label, name, article: None }.into(),
        What::Different { article: None, names, label } => Op::Different { names, label, article: None }.into(),
        What::Rule { rule } => {
            Op::Rule { rule: named(rule, &format!("{analyst}-{}", desk.next(analyst).unwrap_or(0)))? }.into()
        }
        What::Unrule { rule } => Op::Unrule { rule }.into(),
        What::Note { text } => {
            let last = own.and_then(|own| own.holding().filter(|entry| entry.decision.op.is_decision()).last());
            let last = last.ok_or_else(|| Reply::refused(409, "nothing_to_note", "there is no decision yet", None))?;
            Op::Note { of: last.n, text }.into()
        }
        What::Undo => {
            let of = own.and_then(|own| own.next_undo());
            Op::Undo { of: of.ok_or_else(|| Reply::refused(409, "nothing_to_undo", "there is nothing to undo", None))? }
                .into()
        }
        What::Redo => {
            let of = own.and_then(|own| own.next_redo());
            Op::Undo {
                of: of.ok_or_else(|| Reply::refused(409, "nothing_to_undo", "there is nothing to do again", None))?,
            }
            .into()
        }
    })
}

/// A rule with an id of its own.
pub fn named(mut rule: Value, id: &str) -> Result<Rule, Reply> {
    let wrong = |error: serde_json::Error| Reply::refused(400, "rule", &error.to_string(), None);
    if let Value::Object(members) = &mut rule {
        members.retain(|_, value| !value.is_null());
        members.insert("id".to_owned(), json!(id));
    }
    serde_json::from_value(rule).map_err(wrong)
}

/// Where a mention is, and its number in the record if it is one of those.
fn place(opened: &Opened<'_>, at: &At) -> Result<(Place, Option<usize>), Reply> {
    let gone = || {
        let hint = "it is shown as it is now; decide again";
        Reply::refused(409, "changed", "this is not there any more", Some(hint))
    };
    let number = at.key.as_deref().and_then(|key| key.parse::<usize>().ok());
    if let Some(number) = number {
        return Ok((opened.place_of(number).ok_or_else(gone)?, Some(number)));
    }
    let (Some(field), Some(start), Some(end)) = (&at.field, at.start, at.end) else { return Err(gone()) };
    let span = opened.from_utf16(field, [start, end]).ok_or_else(gone)?;
    Ok((opened.place(field, span).ok_or_else(gone)?, None))
}

/// What the analyst saw there; none where an analyst had added what was shown.
fn saw(
    opened: &Opened<'_>,
    now: &Now,
    place: &Place,
    from: Option<usize>,
    shown: Option<&str>,
) -> Result<Option<Saw>, Reply> {
    let standing = stand(opened, &now.rules, &now.verdicts);
    let span = opened.span(&place.field, place.span);
    let mark = standing.marks.iter().chain(&standing.fallen).find(|mark| Some(mark.span) == span);
    let was = from.map(|from| &opened.record.mentions[from]);
    let label = mark.and_then(|mark| mark.label.clone()).or_else(|| was.map(|was| was.label.to_string()));
    if shown.is_some() && shown != label.as_deref() {
        let hint = "it is shown as it is now; decide again";
        return Err(Reply::refused(409, "changed", "another decision has changed this since it was shown", Some(hint)));
    }
    let rule = mark.and_then(|mark| match &mark.by {
        dateline::verdicts::By::Rule(id) => Some(id.clone()),
        _ => None,
    });
    let model = opened.record.tagger.model.to_string();
    Ok(match (was, rule) {
        (Some(was), None) => Some(Saw { label: was.label.to_string(), score: was.score, model, rule: None }),
        (Some(was), Some(rule)) => {
            Some(Saw { label: label.unwrap_or_default(), score: was.score, model, rule: Some(rule) })
        }
        (None, Some(rule)) => Some(Saw { label: label.unwrap_or_default(), score: 1.0, model, rule: Some(rule) }),
        (None, None) => None,
    })
}

/// What has come of it: the articles as they stand, the last decisions, and how many there are.
fn answer(corpus: &Corpus, desk: &Desk, analyst: &str, entries: &[Entry], shown: &[u32]) -> Result<Value, Reply> {
    let now = desk.now();
    corpus.read(|index| {
        let own = now.verdicts.analyst(analyst);
        let mut undone = Value::Null;
        let mut articles: BTreeMap<u32, Value> = BTreeMap::new();
        for &row in shown {
            articles.insert(row, article::standing(index, &now, row)?);
        }
        for entry in entries {
            let about = match &entry.decision.op {
                Op::Undo { .. } => own.and_then(|own| own.undone_by(entry.n)).unwrap_or(entry),
                _ => entry,
            };
            if matches!(entry.decision.op, Op::Undo { .. }) {
                undone = history::shown(index, analyst, about, true)?;
            }
            // Of copies those that a page is likely to have open.
            for row in history::rows(index, about)?.into_iter().take(3) {
                articles.insert(row, article::standing(index, &now, row)?);
            }
        }
        let last = entries.last();
        Ok(json!({
            "n": last.map(|last| last.n), "at": last.map(|last| &last.at), "undone": undone,
            "articles": articles.into_values().collect::<Vec<_>>(), "recent": history::recent(index, &now, analyst)?,
            "total": history::count(&now),
        }))
    })
}
