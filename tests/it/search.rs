//! `dateline index` and `dateline search` as their users meet them. What queries find is tested
//! beside the index, in crates/search.

use std::fs;

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::common::{Dir, Ran, checkout};

/// With the records of the checkout and their index.
fn dir() -> Dir {
    let dir = Dir::new();
    let records = fs::read(checkout("data/records/samples.jsonl")).expect("the checkout has it");
    dir.write("out.jsonl", records);
    let made = dir.run("index out.jsonl -o news.db");
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    dir
}

/// What a user sees of `dateline search news.db` with these arguments, without the time it took.
fn search(dir: &Dir, arguments: &[&str]) -> Ran {
    let mut ran = Ran::of(dir.command("search news.db").args(arguments));
    let lines = ran.stdout.lines().map(|line| match line.split_once(" (") {
        Some((before, time)) if time.ends_with(" ms)") => format!("{before}\n"),
        _ => format!("{line}\n"),
    });
    ran.stdout = lines.collect();
    ran
}

fn check(arguments: &[&str], expected: Expect) {
    let ran = search(&dir(), arguments);
    expected.assert_eq(&format!("{}{}exit {}", ran.stderr, ran.stdout, ran.code.unwrap_or(-1)));
}

#[test]
fn hits_for_people() {
    check(&["person:Ahtisaari place:Helsinki"], expect![[]]);
    check(&["\"peace agreement\"", "-n", "1", "--explain", "--snippet", "60"], expect![[]]);
    check(&["topic:sport", "-n", "2", "--sort", "-date", "--facet", "topic=3,date:month,place~bra"], expect![[]]);
    check(&["place:Helsinki", "--names"], expect![[]]);
}

#[test]
fn nothing_found_says_why() {
    check(&["person:Dunford place:Helsinki"], expect![[]]);
    check(&["person:Gurnah place:Helsinki"], expect![[]]);
    check(&["person:Gurnah place:Helsinki", "--count"], expect![[]]);
}

#[test]
fn a_query_that_cannot_be_understood_is_shown() {
    check(&["persn:Gurnah topic:politics"], expect![[]]);
    check(&["place:Helsinki \"peace agreement"], expect![[]]);
    check(&["*", "--facet", "persons"], expect![[]]);
    check(&["--like", "nobody"], expect![[]]);
}

#[test]
fn hits_for_programs() {
    let dir = dir();
    let lines = |arguments: &[&str]| -> Vec<Value> {
        let ran = search(&dir, arguments);
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    };
    let found = lines(&["person:Ahtisaari", "--json", "--facet", "place=2,topic", "--explain"]);
    let types: Vec<&str> = found.iter().filter_map(|line| line["type"].as_str()).collect();
    assert_eq!(types, ["hit", "facet", "facet", "summary"]);
    assert_eq!((&found[0]["id"], &found[0]["topics"][0]), (&"aceh-talks.txt".into(), &"politics".into()));
    let marked = found[0]["snippet"]["pieces"].as_array().expect("a list");
    assert!(marked.iter().any(|piece| piece["match"] == true && piece["text"] == "Martti Ahtisaari"), "{marked:?}");
    assert_eq!(found[0]["matched"][0]["text"], "Martti Ahtisaari");
    assert_eq!(found[3]["total"], 1);
    // Offsets are those of the record.
    let record: Value = serde_json::from_str(&search(&dir, &["person:Ahtisaari", "--records"]).stdout).expect("JSON");
    let text: Vec<char> = record["text"].as_str().expect("a text").chars().collect();
    for mention in found[0]["matched"].as_array().expect("a list") {
        let at = |key: &str| mention[key].as_u64().expect("a number") as usize;
        let there: String = text[at("start")..at("end")].iter().collect();
        assert_eq!(mention["text"], there.as_str());
    }
    let whole = fs::read_to_string(checkout("data/records/samples.jsonl")).expect("the checkout has it");
    let records = search(&dir, &["*", "--records", "-n", "100"]).stdout;
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&records), sorted(&whole), "records come byte for byte");
    assert_eq!(search(&dir, &["topic:sport", "--count"]).stdout, "4\n");
    assert_eq!(
        search(&dir, &["id:wire-*", "--ids", "--sort", "date", "--from", "1", "-n", "2"]).stdout,
        "wire-0001\nwire-0006\n"
    );
    assert_eq!(lines(&["Kenya", "--json", "--names", "-n", "1"])[0]["type"], "name");
}

/// As many as there are without `-n`, where they are for programs.
#[test]
fn ids_are_all_there() {
    let dir = dir();
    assert_eq!(search(&dir, &["*", "--ids"]).stdout.lines().count(), 27);
    assert_eq!(search(&dir, &["*", "--records"]).stdout.lines().count(), 27);
    assert_eq!(search(&dir, &["*", "--json"]).stdout.lines().count(), 11);
}

#[test]
fn articles_like_one() {
    let dir = dir();
    let like = search(&dir, &["--like", "kipchoge.txt", "--ids", "-n", "3"]);
    assert_eq!((like.code, like.stdout.lines().count()), (Some(0), 3));
    assert!(!like.stdout.contains("kipchoge.txt"));
    let narrowed = search(&dir, &["topic:sport", "--like", "kipchoge.txt", "--count"]);
    assert_eq!(narrowed.stdout, "3\n");
}

#[test]
fn an_article_cannot_command_the_terminal() {
    let dir = Dir::new();
    let record = r#"{"id":"a\u001b[31m","title":"\u001b]0;owned\u0007 Bonn","text":"Bonn \u202e slept \u001b[2J.","mentions":[],"entities":[],
        "coverage":{"chars":1,"read":1,"windows":1},"warnings":[],"tagger":{"version":"1","model":"m","recipe":"r"}}"#;
    dir.write("out.jsonl", record.replace('\n', " ") + "\n");
    assert_eq!(dir.run("index out.jsonl -o news.db").code, Some(0));
    for arguments in [&["slept"][..], &["slept", "--ids"], &["slept", "--explain", "--names"], &["slept\u{1b}["]] {
        let ran = search(&dir, arguments);
        let shown = ran.stdout + &ran.stderr;
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && !shown.contains('\u{7}'), "{shown:?}");
    }
}

#[test]
fn the_index_says_what_it_has_done() {
    let dir = dir();
    let shown = |ran: Ran| {
        let stderr = ran.stderr.split(" (").next().unwrap_or_default().to_owned();
        let rows = ran.stderr.split_once("/s)\n").map_or("", |(_, rows)| rows);
        format!("{stderr}\n{rows}{}exit {}", ran.stdout, ran.code.unwrap_or(-1))
    };
    expect![[]].assert_eq(&shown(dir.run("index out.jsonl -o news.db")));
    let fewer: String = String::from_utf8(dir.read("out.jsonl"))
        .expect("UTF-8")
        .lines()
        .skip(2)
        .map(|line| format!("{line}\n"))
        .collect();
    dir.write("out.jsonl", fewer);
    expect![[]].assert_eq(&shown(dir.run("index out.jsonl -o news.db")));
    expect![[]].assert_eq(&shown(dir.run("verify news.db")));
    expect![[]].assert_eq(&shown(dir.run("status .")));
    dir.write("ids", "gurnah.txt\nno such\n");
    expect![[]].assert_eq(&shown(dir.run("index --delete ids -o news.db")));
    // Changed behind its back.
    dir.write("out.jsonl", "");
    let ran = dir.run("verify news.db");
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("dateline index brings it up to date"), "{}", ran.stderr);
    let ran = search(&dir, &["place:Norway"]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.stderr.contains("is not what was indexed; dateline index brings the index up to date"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_cannot_be_done_is_refused() {
    let dir = dir();
    dir.write("raw.jsonl", "{\"text\":\"x\"}\n");
    for (arguments, code, said) in [
        ("index raw.jsonl -o raw.db", 2, "error: raw.jsonl:1: found only the keys \"text\", wanted a record"),
        ("index none.jsonl -o raw.db", 2, "error: none.jsonl: cannot be opened"),
        ("index - -o raw.db", 2, "error: -: found standard input, in which text cannot be read"),
        ("index out.jsonl -o out.jsonl", 2, "error: out.jsonl: found something else than a database"),
        (
            "index out.jsonl -o news.db --date when",
            2,
            "error: news.db: it was made with other options: --date was not given, is when",
        ),
        ("index -o raw.db", 2, "error: the following required arguments were not provided"),
        ("search none.db x", 2, "error: none.db: cannot be opened"),
        ("search out.jsonl x", 2, "error: out.jsonl: found something else than a database"),
        ("search news.db", 2, "error: the following required arguments were not provided"),
        ("search news.db x --ids --json", 2, "error: the argument '--ids' cannot be used with '--json'"),
    ] {
        let ran = dir.run(arguments);
        assert_eq!(ran.code, Some(code), "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.starts_with(said), "{arguments}: {}", ran.stderr);
    }
    // Standard input can be kept inside.
    let ran = dir.run_on("out.jsonl", "index - -o inside.db --store --quiet");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    fs::remove_file(dir.path("out.jsonl")).expect("the directory is ours");
    let ran = dir.run("search inside.db person:Gurnah");
    assert!(ran.stdout.contains("[Abdulrazak Gurnah]"), "{}", ran.stdout);
}
