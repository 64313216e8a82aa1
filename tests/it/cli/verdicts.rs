//! Rules and verdicts through the program: `tag --rules`, `export`, `eval --verdicts`, `verify`.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use dateline::Record;
use dateline::internals::outputs;
use dateline::internals::quality::Population;
use dateline::verdicts::{
    ArticleState, Decision, Log, Op, Opened, Preview, Reach, Rule, RuleSet, Saw, Say, Verdicts, directory, parse_rules,
};
use expect_test::expect;
use serde_json::Value;

use crate::cli::check;
use crate::common::Dir;

/// Articles in which the tiny model finds names everywhere.
fn corpus() -> String {
    let line = |i: usize| {
        let place = ["Bonn", "Turku", "New York", "Łódź"][i % 4];
        format!(
            "{{\"id\":\"a{i}\",\"title\":\"🙂 Zoë {i} in {place}\",\"text\":\"Captain Zoë No. {i} left {place} for Turku. Ana may stay; Bonn's mayor said so.\"}}\n"
        )
    };
    (0..40).map(line).collect()
}

const RULES: &str = r#"{"id":"r1","words":"Captain Zoë","label":"PER"}
{"id":"r2","words":"may","label":null}
{"id":"r3","words":"Bonn","label":"LOC","zones":["body"],"unless":{"score":0.9}}
{"id":"r4","words":"New York","label":"CITY"}
{"id":"r5","same":["Bonn","Turku"],"label":"LOC","name":"Bonn and Turku"}
"#;

fn tagged() -> Dir {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", corpus());
    assert_eq!(dir.run("tag in.jsonl --model model -o out.jsonl -q").code, Some(0));
    dir
}

fn lines(dir: &Dir, name: &str) -> Vec<String> {
    String::from_utf8(dir.read(name)).expect("UTF-8").lines().map(str::to_owned).collect()
}

fn open<'l>(dir: &Dir, line: &'l str) -> Opened<'l> {
    let fields = outputs::fields_of(&dir.path("out.jsonl"));
    Opened::new(Record::parse(line, None).expect("a record"), &fields).expect("mentions where they say")
}

/// Mentions of `b` that are not in `a`, and of `a` that are gone, each place once.
fn places_that_differ(a: &str, b: &str) -> usize {
    let mentions = |line: &str| -> Vec<(String, u64, u64, String)> {
        let record: Value = serde_json::from_str(line).expect("JSON");
        let mention = |m: &Value| {
            let text = |key: &str| m[key].as_str().expect("a string").to_owned();
            (text("field"), m["start"].as_u64().expect("a number"), m["end"].as_u64().expect("a number"), text("label"))
        };
        record["mentions"].as_array().expect("a list").iter().map(mention).collect()
    };
    let (a, b) = (mentions(a), mentions(b));
    let new: Vec<_> = b.iter().filter(|m| !a.contains(m)).collect();
    let overlaps =
        |x: &(String, u64, u64, String), y: &(String, u64, u64, String)| x.0 == y.0 && x.1 < y.2 && y.1 < x.2;
    let gone = a.iter().filter(|m| !b.contains(m) && !new.iter().any(|other| overlaps(m, other)));
    new.len() + gone.count()
}

#[test]
fn a_preview_counts_what_tagging_with_the_rule_changes() {
    let dir = tagged();
    let rules = parse_rules(Path::new("r"), RULES).expect("good rules");
    let before = lines(&dir, "out.jsonl");
    let mut some = 0;
    for (i, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.words.is_some()) {
        // Alone, and on top of all others.
        for others in [vec![], rules.iter().filter(|other| other.id != rule.id).cloned().collect::<Vec<Rule>>()] {
            let text = |rules: &[Rule]| -> String {
                rules.iter().map(|rule| serde_json::to_string(rule).expect("JSON") + "\n").collect()
            };
            let name = format!("{i}-{}", others.len());
            dir.write("without.rules", text(&others));
            dir.write("with.rules", text(&[others.clone(), vec![rule.clone()]].concat()));
            for which in ["without", "with"] {
                let ran =
                    dir.run(&format!("tag in.jsonl --model model --rules {which}.rules -o {which}-{name}.jsonl -q"));
                assert_eq!(ran.code, Some(0), "{}", ran.stderr);
            }
            let [without, with] = ["without", "with"].map(|which| lines(&dir, &format!("{which}-{name}.jsonl")));
            let changed: usize = without.iter().zip(&with).map(|(a, b)| places_that_differ(a, b)).sum();
            let mut preview = Preview::new(&RuleSet::new(others), rule.clone());
            before.iter().for_each(|line| preview.add(&open(&dir, line), &Verdicts::default()));
            assert_eq!(preview.change, changed, "{}", rule.id);
            some += changed;
        }
    }
    assert!(some > 100, "{some} changes: too few to say anything");
}

#[test]
fn rules_are_part_of_what_a_run_depends_on() {
    let dir = tagged();
    dir.write("rules.jsonl", RULES);
    let ran = dir.run("tag in.jsonl --model model --rules rules.jsonl -o ruled.jsonl");
    assert_eq!(ran.code, Some(0));
    assert!(ran.stderr.contains("note: labels that only rules give: CITY; the model's are "), "{}", ran.stderr);
    assert_eq!(dir.run("verify ruled.jsonl").code, Some(0));
    let records = dir.objects("ruled.jsonl");
    let by: Vec<&str> = records
        .iter()
        .flat_map(|record| record["mentions"].as_array().expect("a list"))
        .filter_map(|mention| mention["by"].as_str())
        .collect();
    assert!(["rule:r1", "rule:r4"].iter().all(|rule| by.contains(rule)), "{by:?}");
    // Without rules nobody is named.
    assert!(!String::from_utf8(dir.read("out.jsonl")).expect("UTF-8").contains("\"by\""));
    // The same rules give the same bytes on several threads; other rules are another run.
    assert_eq!(dir.run("tag in.jsonl --model model --rules rules.jsonl -o again.jsonl -q --threads 3").code, Some(0));
    assert_eq!(dir.read("again.jsonl"), dir.read("ruled.jsonl"));
    dir.write("rules.jsonl", RULES.replace("\"CITY\"", "\"LOC\""));
    let other = dir.run("tag in.jsonl --model model --rules rules.jsonl -o ruled.jsonl -q");
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("option --rules was "), "{}", other.stderr);
    // Who made them, and why, does not matter.
    dir.write(
        "rules.jsonl",
        RULES.replace("\"label\":\"PER\"}", "\"label\":\"PER\",\"why\":\"because\",\"by\":\"ana\"}"),
    );
    assert_eq!(dir.run("tag in.jsonl --model model --rules rules.jsonl -o ruled.jsonl -q").code, Some(0));
    // Nor whether they are in a file or in the log of whoever made them.
    let (mut log, _) = Log::open(&dir.path("rules.verdicts"), "ana", "a test").expect("a log");
    for rule in parse_rules(Path::new("r"), RULES).expect("good rules") {
        log.append(vec![Op::Rule { rule }.into()], UNIX_EPOCH).expect("written");
    }
    assert_eq!(dir.run("tag in.jsonl --model model --rules rules.verdicts -o ruled.jsonl -q").code, Some(0));
    dir.write("bad.jsonl", "{\"id\":\"r1\",\"words\":\"Bonn\",\"label\":\"LOC\"}\n{\"id\":\"r2\",\"word\":\"Bonn\"}\n");
    check(
        &dir.run("tag in.jsonl --model model --rules bad.jsonl"),
        expect![[r#"
        error: bad.jsonl:2: found unknown field `word`, expected one of `id`, `words`, `same`, `different`, `label`, `name`, `case`, `zones`, `unless`, `why`, `by`, `at` at column 17, wanted a rule
        hint: a rule is a JSON object on a line of its own, e.g. {"id":"r7","words":"Dateline Samples","label":"ORG"}
        exit 2"#]],
    );
    check(
        &dir.run("tag in.jsonl --model model --rules none.jsonl"),
        expect![[r#"
        error: none.jsonl: cannot read the rules: No such file or directory (os error 2)
        exit 2"#]],
    );
}

/// The verdict of `mention` of an opened record.
fn verdict(opened: &Opened<'_>, mention: usize, label: Option<&str>, queue: &str) -> Decision {
    let found = &opened.record.mentions[mention];
    let saw = Saw { label: found.label.to_string(), score: found.score, model: "m".to_owned(), rule: None };
    let say = Say { label: label.map(str::to_owned), span: None, words: None };
    let place = opened.place_of(mention).expect("it is there");
    let op = Op::Mention { place, saw, say, reach: Reach::Here };
    Decision { queue: Some(queue.to_owned()), ..opened.decide(op, true) }
}

/// An analyst reads the first three articles to the end, and decides a sample of forty.
fn decided(dir: &Dir) {
    let lines = lines(dir, "out.jsonl");
    let opened: Vec<Opened<'_>> = lines.iter().map(|line| open(dir, line)).collect();
    let verdicts = directory(&dir.path("out.jsonl"));
    let (mut log, _) = Log::open(&verdicts, "ana", "a test").expect("a log");
    let mut write = |decisions: Vec<Decision>| {
        log.append(decisions, UNIX_EPOCH + Duration::from_secs(1_795_844_772)).expect("written");
    };
    for opened in &opened[..3] {
        for mention in 0..opened.record.mentions.len() {
            write(vec![verdict(opened, mention, (mention % 2 == 0).then_some("PER"), "article")]);
        }
        write(vec![opened.decide(Op::Article { article: opened.key, state: ArticleState::Done, within: None }, false)]);
    }
    let mut population = Population::new(5, 40);
    opened.iter().for_each(|opened| population.add(opened));
    let sample = population.draw(40);
    write(vec![Op::Sample { sample: sample.draw.clone() }.into()]);
    for drawn in &sample.mentions {
        let opened = opened.iter().find(|opened| opened.key == drawn.article).expect("it was drawn from these");
        let is_it = |m: &dateline::record::RecordMention<'_>| m.field == drawn.field && [m.start, m.end] == drawn.span;
        let mention = opened.record.mentions.iter().position(is_it).expect("it was drawn from these");
        write(vec![verdict(opened, mention, Some("LOC"), "sample:1")]);
    }
}

#[test]
fn what_was_decided_is_exported_measured_and_verified() {
    let dir = tagged();
    // Without verdicts there is no gold.
    let none = dir.run("export out.jsonl --to gold");
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), ""));
    decided(&dir);
    check(
        &dir.run("verify out.jsonl out.verdicts"),
        expect![[r#"
        > out.jsonl: 40 records and 0 dead letters, as its manifest says; 145 mentions checked
        > out.verdicts: 1 log with 54 decisions, each as it was written
        > out.verdicts: 1 log with 54 decisions, each as it was written
        exit 0"#]],
    );

    let ran = dir.run("export out.jsonl --to gold -o gold.jsonl");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("exported 3 articles with "), "{}", ran.stderr);
    assert!(ran.stderr.contains("left out 37 articles, which nobody has called done"), "{}", ran.stderr);
    assert_eq!(dir.objects("gold.jsonl").len(), 3);
    let eval = dir.run("eval --gold gold.jsonl --model model --json");
    assert_eq!(eval.code, Some(0), "{}", eval.stderr);
    for format in ["csv", "spacy", "prodigy", "label-studio", "doccano", "conll", "brat", "w3c", "xmi", "hf"] {
        let ran = dir.run(&format!("export out.jsonl --to {format} -o out.{format}"));
        assert!(matches!(ran.code, Some(0 | 3)), "{format}: {}", ran.stderr);
        assert!(ran.stderr.contains("exported 40 articles with "), "{format}: {}", ran.stderr);
        assert_eq!(ran.code == Some(3), dir.path(&format!("out.{format}.lost.jsonl")).exists(), "{format}");
        let again = dir.run(&format!("export out.jsonl --to {format} -o out.{format}"));
        assert_eq!(again.code, Some(2), "{format}: an export is not written over");
    }
    assert!(fs::read_dir(dir.path("out.brat")).expect("a directory").count() == 81);
    let some = dir.run("export out.jsonl --to csv --decided");
    assert_eq!(some.code, Some(0));
    assert!(some.stdout.lines().skip(1).all(|row| row.ends_with(",true")) && some.stdout.lines().count() > 3);

    let page = dir.run("eval --verdicts out.verdicts");
    assert_eq!(page.code, Some(0), "{}", page.stderr);
    assert!(
        page.stdout.contains("40 of 40 mentions decided, seed 5") && page.stdout.contains("  precision   "),
        "{}",
        page.stdout
    );
    let json: Value = serde_json::from_str(&dir.run("eval --verdicts out.verdicts --json").stdout).expect("JSON");
    assert_eq!(json["samples"][0]["decided"], 40);

    let log = dir.path("out.verdicts/ana.jsonl");
    let text = fs::read_to_string(&log).expect("text");
    fs::write(&log, text.replacen("\"label\":\"PER\"}", "\"label\":\"ORG\"}", 1)).expect("written");
    check(
        &dir.run("verify out.verdicts"),
        expect![[r#"
        error: out.verdicts/ana.jsonl:1: the line is not what was written
        error: out.verdicts/ana.jsonl:2: the line before is not the one that was there when this was written
        exit 1"#]],
    );
}

#[test]
fn what_cannot_be_exported_says_so() {
    let dir = tagged();
    check(
        &dir.run("export out.jsonl --to excel"),
        expect![[r#"
            error: invalid value 'excel' for '--to <FORMAT>': expected one of gold, csv, spacy, prodigy, label-studio, doccano, conll, brat, w3c, xmi, hf, page

            For more information, try '--help'.
            exit 2"#]],
    );
    check(
        &dir.run("export out.jsonl --to brat"),
        expect![[r#"
        error: --to brat makes a directory: expected --output
        hint: name it with -o DIR
        exit 2"#]],
    );
    check(
        &dir.run("export out.jsonl --to csv --verdicts none"),
        expect![[r#"
        error: none: is no directory
        hint: verdicts are in the directory OUT.verdicts beside an output
        exit 2"#]],
    );
    check(
        &dir.run("export in.jsonl --to csv"),
        expect![[r#"
        error: in.jsonl:1: found only the keys "id", "title", "text", wanted a record, which has "mentions", "entities", "coverage", "warnings", "tagger"
        hint: records are what dateline tag writes; --under KEY names the key that their added keys are under
        > article,field,start,end,label,text,entity,zone,score,by,complete
        exit 1"#]],
    );
    // What was broken off leaves nothing, and is no obstacle.
    assert_eq!(dir.run("export in.jsonl --to csv -o x.csv").code, Some(1));
    assert!(!dir.names().iter().any(|name| name.starts_with("x.csv")), "{:?}", dir.names());
    dir.write("x.csv.partial", "left by a kill").write("x.brat.partial/1.txt", "");
    assert_eq!(dir.run("export out.jsonl --to csv -o x.csv").code, Some(0));
    assert_eq!(dir.run("export out.jsonl --to brat -o x.brat").code, Some(0));
    check(
        &dir.run("eval --verdicts none"),
        expect![[r#"
        error: none: is no directory
        hint: verdicts are in the directory OUT.verdicts beside an output
        exit 2"#]],
    );
    dir.write("empty/nothing", "");
    check(
        &dir.run("verify empty"),
        expect![[r#"
        error: empty: no verdicts in this directory
        hint: verdicts are in the directory OUT.verdicts, one file NAME.jsonl for each analyst
        exit 2"#]],
    );
}
