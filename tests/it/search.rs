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
    check(
        &["person:Ahtisaari place:Helsinki"],
        expect![[r#"
            1 article
             1              Indonesia and Aceh rebels close to peace after fifth round in H…  aceh-talks.txt  politics
                … By Liisa Harkonen and Teuku Iskandar [HELSINKI], July 16 (Dateline Samples) - Negotiators for the Government of Indonesia and the Free Aceh Movement (GAM) …

            people   GAM 1 · Hamid Awaluddin 1 · Malik Mahmud 1 · Martti Ahtisaari 1 · Zaini Abdullah 1
            places   Aceh 1 · Banda Aceh 1 · Bireuen 1 · Finland 1 · Geneva 1 · Helsinki 1
            exit 0"#]],
    );
    check(
        &["\"peace agreement\"", "-n", "1", "--explain", "--snippet", "60"],
        expect![[r#"
            "peace agreement"
            1 article
             1              Indonesia and Aceh rebels close to peace after fifth round in H…  aceh-talks.txt  politics
                … with most of a [peace agreement] on paper, a person who …
                score 0.2972

            people   GAM 1 · Hamid Awaluddin 1 · Malik Mahmud 1 · Martti Ahtisaari 1 · Zaini Abdullah 1
            places   Aceh 1 · Banda Aceh 1 · Bireuen 1 · Finland 1 · Geneva 1 · Helsinki 1
            exit 0"#]],
    );
    check(
        &["topic:sport", "-n", "2", "--sort", "-date", "--facet", "topic=3,date:month,place~bra"],
        expect![[r#"
            4 articles
             1  2025-08-17  ST. LOUIS HOSTS CHESS CLASSIC                                     113ff0a77f86034def45456f7dfe0873  sport
                ST. LOUIS - Twelve players from nine countries meet at the Saint Louis Chess Club in Missouri from Monday. Among them is Aizhan Bekova-Lim, 16, from Astana, …
             2  2024-02-11  IVORY COAST COME BACK TO WIN AFRICA CUP OF NATIONS                wire-0003  sport
                ABIDJAN, Feb 11 (Dateline Samples) - Franck Kessie and Sebastien Haller scored as hosts Ivory Coast beat Nigeria 2-1 in the final of the Africa Cup of Nations …
            … 2 more articles: --from 2

            topics   sport 4 · arts, culture, entertainment and media 1
            month    2024-02 1 · 2025-08 1
            places   Brazil 1
            exit 0"#]],
    );
    check(
        &["place:Helsinki", "--names"],
        expect![[r#"
        1 name in 2 articles
        Helsinki  place  2 articles, 6 mentions  2025-09-12
            also    HELSINKI
            orgs    Association of Southeast Asian Nations 1 · Crisis Management Initiative 1 · Dateline 1 · European Union 1 · Free Aceh Movement 1
            people  GAM 1 · Hamid Awaluddin 1 · Malik Mahmud 1 · Martti Ahtisaari 1 · Outi Väisänen-Korhonen 1
            places  Finland 2 · Aceh 1 · Banda Aceh 1 · Bireuen 1 · Geneva 1
        exit 0"#]],
    );
}

#[test]
fn nothing_found_says_why() {
    check(
        &["person:Dunford place:Helsinki"],
        expect![[r#"
        note: nothing found: no article has person:Dunford
        exit 1"#]],
    );
    check(
        &["person:Gurnah place:Helsinki"],
        expect![[r#"
        note: nothing found: no article has all of it
        exit 1"#]],
    );
    check(
        &["person:Gurnah place:Helsinki", "--count"],
        expect![[r#"
        note: nothing found: no article has all of it
        0
        exit 1"#]],
    );
}

#[test]
fn a_query_that_cannot_be_understood_is_shown() {
    check(
        &["persn:Gurnah topic:politics"],
        expect![[r#"
        error: unknown qualifier persn:
          persn:Gurnah topic:politics
          ^^^^^^
        hint: did you mean person: ?
        exit 2"#]],
    );
    check(
        &["place:Helsinki \"peace agreement"],
        expect![[r#"
        error: a quote is opened and not closed
          place:Helsinki "peace agreement
                         ^
        hint: put a " where the phrase ends, or leave this one out
        exit 2"#]],
    );
    check(
        &["*", "--facet", "persons"],
        expect![[r#"
        error: --facet persons: the index has no such field
        hint: there are misc, org, person, place, topic, source, date:year, date:month, date:day
        exit 2"#]],
    );
    check(
        &["--like", "nobody"],
        expect![[r#"
        error: no article has the id "nobody"
        hint: dateline search INDEX QUERY --ids lists ids
        exit 2"#]],
    );
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
    expect![[r#"
        news.db: 27 articles, 474 names
          as before     27
        exit 0"#]]
    .assert_eq(&shown(dir.run("index out.jsonl -o news.db")));
    let fewer: String = String::from_utf8(dir.read("out.jsonl"))
        .expect("UTF-8")
        .lines()
        .skip(2)
        .map(|line| format!("{line}\n"))
        .collect();
    dir.write("out.jsonl", fewer);
    expect![[r#"
        news.db: 25 articles, 407 names
          added         3
          as before     22
          taken out     5
        exit 0"#]]
    .assert_eq(&shown(dir.run("index out.jsonl -o news.db")));
    expect![[r#"

        news.db: 25 articles and 589 mentions, each record where it says
        exit 0"#]]
    .assert_eq(&shown(dir.run("verify news.db")));
    expect![[r#"

        ./news.db: index, complete, 25 articles, 407 names
        exit 0"#]]
    .assert_eq(&shown(dir.run("status .")));
    dir.write("ids", "gurnah.txt\nno such\n");
    expect![[r#"
        news.db: 24 articles, 362 names
          taken out     1
        exit 0"#]]
    .assert_eq(&shown(dir.run("index --delete ids -o news.db")));
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
