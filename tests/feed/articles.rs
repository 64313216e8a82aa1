//! Records of articles of ours, as `dateline tag` would write them, without a model.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use crate::common::{Dir, Ran};

/// The record of article `i`: two people, a place, an organization that is page furniture, a topic.
pub fn record(i: usize) -> Value {
    let who = ["Ada Moth", "Bo Vale", "Zoë Öberg"][i % 3];
    let place = ["Bonn", "Turku", "Oslo", "Lyon"][i % 4];
    let title = format!("{who} opens bridge no. {i}");
    let text = format!("{place} has a new bridge. {who} cut the ribbon; [see the map](map-{i}.html). Ines Kerr sang.");
    record_of(&format!("a{i}"), &title, &text, &[("PER", who, 0.6), ("LOC", place, 0.2), ("PER", "Ines Kerr", 0.05)], i)
}

/// The record of an article with these names; the last has no salience.
pub fn record_of(id: &str, title: &str, text: &str, names: &[(&str, &str, f64)], i: usize) -> Value {
    let (mut mentions, mut entities) = (Vec::new(), Vec::new());
    for (entity, (label, name, salience)) in names.iter().enumerate() {
        let first = mentions.len();
        for (field, content) in [("title", title), ("text", text)] {
            for (byte, _) in content.match_indices(name) {
                let start = content[..byte].chars().count();
                mentions.push(json!({
                    "start": start, "end": start + name.chars().count(), "label": label, "text": name, "score": 0.9,
                    "field": field, "zone": "body", "sentence": 0, "entity": entity,
                }));
            }
        }
        let of_entity: Vec<usize> = (first..mentions.len()).collect();
        let aliases = name.split_once(' ').map_or_else(Vec::new, |(_, last)| vec![last.to_owned()]);
        entities.push(json!({
            "id": entity, "label": label, "name": name, "aliases": aliases, "mentions": of_entity, "salience": salience,
        }));
    }
    json!({
        "id": id, "source": "wire", "date": format!("2025-03-{:02}T08:15:00Z", i % 28 + 1), "title": title, "text": text,
        "mentions": mentions, "entities": entities,
        "topics": [{ "code": "medtop:11000000", "label": "politics", "score": 0.9 }],
        "embedding": [0.6, 0.0, 0.8],
        "coverage": { "chars": 9, "read": 9, "windows": 1 }, "warnings": [],
        "tagger": { "version": "1", "model": "m", "recipe": "r" },
    })
}

/// The lines of `n` records.
pub fn lines(n: usize) -> String {
    (0..n).map(|i| format!("{}\n", record(i))).collect()
}

/// The record of article `i` with another value in one of its fields.
pub fn changed(i: usize, field: &str, value: Value) -> String {
    let mut record = record(i);
    record[field] = value;
    format!("{record}\n")
}

/// A directory with `out.jsonl`, which has `n` records.
pub fn dir(n: usize) -> Dir {
    let dir = Dir::new();
    dir.write("out.jsonl", lines(n));
    dir
}

/// `dateline feed` in `dir`, without credentials or proxies from outside.
pub fn feed(dir: &Dir, arguments: &str) -> Command {
    let mut command = dir.command(&format!("feed {arguments}"));
    for variable in ["DATELINE_API_KEY", "DATELINE_PASSWORD", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"] {
        command.env_remove(variable);
    }
    command
}

/// Feeds `out.jsonl` in `dir` to the index `news` of `server`.
pub fn fed(dir: &Dir, server: &str, arguments: &str) -> Ran {
    Ran::of(&mut feed(dir, &format!("out.jsonl --to {server}/news {arguments}")))
}

/// The state of that feed.
pub fn state(dir: &Dir) -> Value {
    serde_json::from_slice(&dir.read("out.feed.news.json")).expect("the state is JSON")
}

/// What the state says became of the records: read, created, updated, stored, dead.
pub fn account(dir: &Dir) -> [u64; 5] {
    let account = &state(dir)["account"];
    let number = |key: &str| account[key].as_u64().unwrap_or(0);
    let dead: BTreeMap<String, u64> = serde_json::from_value(account["dead"].clone()).expect("numbers by code");
    let account = [number("read"), number("created"), number("updated"), number("stored"), dead.values().sum()];
    assert_eq!(account[0], account[1..].iter().sum::<u64>(), "read = created + updated + stored + dead");
    account
}
