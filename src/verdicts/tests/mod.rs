//! Analysts decide, logs are written and read, and records are what was decided.

mod apply;
mod changes;
mod log;
mod preview;
mod state;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::record::Record;
use crate::verdicts::{Decision, Op, Opened, Reach, Saw, Say, Verdicts};

/// A record's line: fields with names marked as `[PER Ana]`, or `[PER 0.5 Ana]`.
pub(super) fn line(id: &str, fields: &[(&str, &str)], more: Value) -> String {
    let mut object = serde_json::Map::new();
    if !id.is_empty() {
        object.insert("id".to_owned(), id.into());
    }
    let mut mentions: Vec<Value> = Vec::new();
    let mut entities: Vec<(String, String, Vec<usize>)> = Vec::new();
    let mut chars = 0;
    for (field, text) in fields {
        let (mut plain, mut rest) = (String::new(), *text);
        while let Some(at) = rest.find('[') {
            plain.push_str(&rest[..at]);
            let end = rest.find(']').expect("a mark ends");
            let (label, mut words) = rest[at + 1..end].split_once(' ').expect("a label and words");
            let mut score = 0.9;
            if let Some((first, more)) = words.split_once(' ')
                && let Ok(number) = first.parse::<f64>()
            {
                (score, words) = (number, more);
            }
            let start = plain.chars().count();
            plain.push_str(words);
            let entity = entities.iter().position(|(l, name, _)| l == label && name == words).unwrap_or_else(|| {
                entities.push((label.to_owned(), words.to_owned(), Vec::new()));
                entities.len() - 1
            });
            entities[entity].2.push(mentions.len());
            mentions.push(
                json!({"start": start, "end": plain.chars().count(), "label": label, "text": words, "score": score,
                "field": field, "zone": "body", "sentence": 0, "entity": entity}),
            );
            rest = &rest[end + 1..];
        }
        plain.push_str(rest);
        chars += plain.chars().count();
        object.insert((*field).to_owned(), plain.into());
    }
    let entities: Vec<Value> = entities
        .into_iter()
        .enumerate()
        .map(|(id, (label, name, mentions))| json!({"id": id, "label": label, "name": name, "aliases": [], "mentions": mentions, "salience": 0.5}))
        .collect();
    object.insert("mentions".to_owned(), mentions.into());
    object.insert("entities".to_owned(), entities.into());
    object.insert("coverage".to_owned(), json!({"chars": chars, "read": chars, "windows": 1}));
    object.insert("warnings".to_owned(), json!([]));
    object.insert("tagger".to_owned(), json!({"version": "1", "model": "m", "recipe": "r"}));
    if let Value::Object(more) = more {
        object.extend(more);
    }
    Value::Object(object).to_string()
}

pub(super) fn open(line: &str) -> Opened<'_> {
    Opened::new(Record::parse(line, None).expect("a record"), &[]).expect("mentions where they say")
}

pub(super) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_844_772 + seconds)
}

/// The verdict that mention `i` is a `label`.
pub(super) fn is(opened: &Opened<'_>, i: usize, label: Option<&str>, reach: Reach) -> Decision {
    let mention = &opened.record.mentions[i];
    let saw = Saw { label: mention.label.to_string(), score: mention.score, model: "m".to_owned(), rule: None };
    let say = Say { label: label.map(str::to_owned), span: None, words: None };
    let place = opened.place_of(i).expect("a mention of its own");
    opened.decide(Op::Mention { place, saw, say, reach }, true)
}

/// The verdict that the first `words` of a field are a `label`.
pub(super) fn add(opened: &Opened<'_>, field: &str, words: &str, label: &str) -> Decision {
    let text = opened.field(field).expect("a field");
    let start = text[..text.find(words).expect("the words are there")].chars().count();
    let place = opened.place(field, [start, start + words.chars().count()]).expect("in the text");
    opened.decide(Op::Add { place, label: label.to_owned(), reach: Reach::Here }, true)
}

/// The verdicts of these analysts, each with its decisions, as if they had been read.
pub(super) fn verdicts(of: &[(&str, Vec<Decision>)]) -> Verdicts {
    let dir = tempfile::tempdir().expect("a directory");
    let mut all = Verdicts::default();
    for (i, (analyst, decisions)) in of.iter().enumerate() {
        let (mut log, _) = crate::verdicts::Log::open(dir.path(), analyst, "a test").expect("a log");
        for (j, decision) in decisions.iter().enumerate() {
            all.check(analyst, decision).expect("it makes sense");
            let entries = log.append(vec![decision.clone()], at((100 * i + j) as u64)).expect("written");
            entries.into_iter().for_each(|entry| all.add(analyst, entry));
        }
    }
    all
}
