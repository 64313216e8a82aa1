//! Small inputs that somebody met, each with a line that says what must come of it: see the README
//! of `tests/documents/cases`. The built-in model reads them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{Dir, Ran, checkout};

/// Cases of these numbers wait for a model, and are measured where it is trained (names in odd
/// letters, cut short, or in headlines in capitals; who is who).
const OF_THE_MODEL: [&str; 9] = ["21", "34", "35", "36", "38", "41", "42", "43", "44"];

/// Runs the cases of `folder` whose numbers begin with one of `numbers`; what is wrong, a line each.
fn wrong(folder: &str, numbers: &[&str]) -> Vec<String> {
    let folder = checkout(folder);
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the checkout has it")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("names are UTF-8"))
        .filter(|name| name.ends_with(".expected.json") && numbers.iter().any(|number| name.starts_with(number)))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{numbers:?} in {}", folder.display());
    names.iter().filter_map(|name| problem(&folder, name).map(|problem| format!("{name}: {problem}"))).collect()
}

/// What is wrong with the case whose expectation is in the file `name`.
fn problem(folder: &Path, name: &str) -> Option<String> {
    let expected: Value = serde_json::from_slice(&fs::read(folder.join(name)).expect("it can be read")).expect("JSON");
    let dir = Dir::new();
    let stem = name.strip_suffix(".expected.json").expect("it was filtered by that");
    for entry in fs::read_dir(folder).expect("the checkout has it") {
        let file = entry.expect("an entry").file_name().into_string().expect("names are UTF-8");
        if file.starts_with(&format!("{stem}.")) && file != name {
            dir.write(&file, fs::read(folder.join(&file)).expect("it can be read"));
        }
    }
    let ran = run(&dir, expected["command"].as_str().expect("a command"));
    judge(&expected, &ran)
}

/// Runs `command` as a shell would: the few forms of it that are there.
fn run(dir: &Dir, command: &str) -> Ran {
    let mut last = None;
    for step in command.split(';').flat_map(|step| step.split("&&")).map(str::trim) {
        let words: Vec<&str> = step.split_whitespace().collect();
        match words.as_slice() {
            ["mkdir", name] => fs::create_dir(dir.path(name)).expect("the directory is ours"),
            ["cp", from, to] => {
                dir.write(to, dir.read(from));
            }
            ["cat", file, "|", "dateline", arguments @ ..] => last = Some(dir.run_on(file, &arguments.join(" "))),
            ["dateline", arguments @ ..] => last = Some(dir.run(&arguments.join(" "))),
            _ => panic!("no such command: {step}"),
        }
    }
    last.expect("the program was run")
}

fn judge(expected: &Value, ran: &Ran) -> Option<String> {
    if expected["or_refused"] == true && ran.code != Some(0) && ran.stderr.contains("--input-format") {
        return None;
    }
    let records: Vec<Value> = ran.records();
    let tagged: Vec<&Value> = records.iter().filter(|record| record.get("error").is_none()).collect();
    let said = || format!("exit {:?}, {} records, {}", ran.code, tagged.len(), ran.stderr.trim());
    if let Some(code) = expected["exit"].as_i64()
        && ran.code.map(i64::from) != Some(code)
    {
        return Some(format!("expected exit {code}: {}", said()));
    }
    if let Some(n) = expected["records"].as_u64()
        && tagged.len() as u64 != n
    {
        return Some(format!("expected {n} records: {}", said()));
    }
    if let Some(n) = expected["tagged_at_least"].as_u64() {
        let lost = expected["or_counts_lost"].as_u64().unwrap_or(u64::MAX);
        let counted = (records.len() - tagged.len()) as u64 >= lost;
        if (tagged.len() as u64) < n && !counted {
            return Some(format!("expected {n} records: {}", said()));
        }
    }
    let of = |record: &Value| -> Vec<(String, String)> {
        let mentions = record["mentions"].as_array().cloned().unwrap_or_default();
        let text = |mention: &Value, key: &str| mention[key].as_str().unwrap_or_default().to_owned();
        mentions.iter().map(|mention| (text(mention, "label"), text(mention, "text"))).collect()
    };
    let pairs = |value: &Value| -> Vec<(String, String)> {
        serde_json::from_value(value.clone()).expect("pairs of a label and a text")
    };
    let all: Vec<(String, String)> = tagged.iter().flat_map(|record| of(record)).collect();
    if !expected["has"].is_null()
        && let Some(missing) = pairs(&expected["has"]).into_iter().find(|pair| !all.contains(pair))
    {
        return Some(format!("{missing:?} is not among {all:?}"));
    }
    let by_id = |id: &str| tagged.iter().find(|record| record["id"].as_str() == Some(id));
    if let Value::Object(by) = &expected["mentions"] {
        for (id, wanted) in by {
            let (mut wanted, mut found) = (pairs(wanted), by_id(id).map(|record| of(record)).unwrap_or_default());
            wanted.sort();
            found.sort();
            if wanted != found {
                return Some(format!("{id}: expected {wanted:?}: {found:?}"));
            }
        }
    } else if expected["mentions"].is_array() {
        let (mut wanted, mut found) = (pairs(&expected["mentions"]), all.clone());
        wanted.sort();
        found.sort();
        if wanted != found {
            return Some(format!("expected {wanted:?}: {found:?}"));
        }
    }
    if let Value::Object(zones) = &expected["zones"] {
        for mention in tagged.iter().flat_map(|record| record["mentions"].as_array().expect("a list")) {
            let field = mention["field"].as_str().expect("a field");
            if zones.get(field).is_some_and(|zone| *zone != mention["zone"]) {
                return Some(format!("{field}: expected zone {}: {mention}", zones[field]));
            }
        }
    }
    if let Value::Object(ids) = &expected["no_topics"] {
        for id in ids.keys() {
            let topics = by_id(id).map(|record| record["topics"].clone()).unwrap_or_default();
            if topics.as_array().is_none_or(|topics| !topics.is_empty()) {
                return Some(format!("{id}: expected no topics: {topics}"));
            }
        }
    }
    if let Value::Object(lines) = &expected["salience_zero_inside"] {
        for (id, line) in lines {
            let (record, line) = (by_id(id).expect("it is there"), line.as_str().expect("a line"));
            if let Some(name) = salient_inside(record, line) {
                return Some(format!("{id}: {name} counts, in {line:?}"));
            }
        }
    }
    None
}

/// A name inside `line` that counts for something and does not stand elsewhere.
fn salient_inside(record: &Value, line: &str) -> Option<String> {
    let text = record["text"].as_str().expect("a text");
    let start = text[..text.find(line)?].chars().count() as u64;
    let end = start + line.chars().count() as u64;
    let mentions = record["mentions"].as_array().expect("a list");
    let is_inside = |mention: &Value| (start..end).contains(&mention["start"].as_u64().expect("a number"));
    mentions.iter().filter(|mention| is_inside(mention)).find_map(|mention| {
        let entity = &record["entities"][mention["entity"].as_u64().expect("a number") as usize];
        let elsewhere = mentions.iter().any(|other| other["entity"] == mention["entity"] && !is_inside(other));
        (!elsewhere && entity["salience"].as_f64() != Some(0.0)).then(|| mention["text"].to_string())
    })
}

const FOLDERS: [&str; 2] = ["tests/documents/cases", "tests/documents/formats/cases"];

/// Those of these numbers in both folders.
#[track_caller]
fn check(numbers: &[&str]) {
    let wrong: Vec<String> = FOLDERS.iter().flat_map(|folder| wrong(folder, numbers)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tables_are_read_whatever_they_are_called() {
    check(&["01", "02", "03", "04"]);
}

#[test]
fn fields_lists_and_nulls_are_read() {
    check(&["05", "06", "07", "09"]);
}

#[test]
fn outputs_among_the_inputs_are_left_out() {
    check(&["10"]);
}

/// Every case is in one of these tests or waits for a model.
#[test]
fn no_case_is_forgotten() {
    const CHECKED: [&str; 9] = ["01", "02", "03", "04", "05", "06", "07", "09", "10"];
    for folder in FOLDERS {
        for entry in fs::read_dir(checkout(folder)).expect("the checkout has it") {
            let name = entry.expect("an entry").file_name().into_string().expect("names are UTF-8");
            let is_known = CHECKED.iter().chain(&OF_THE_MODEL).chain(&OPEN).any(|number| name.starts_with(number));
            assert!(is_known || name == "README.md", "{folder}/{name}");
        }
    }
}

/// Those that do not hold yet.
const OPEN: [&str; 6] = ["17", "18", "22", "23", "39", "40"];
