//! Topics of one's own: what they are learnt from, what `--topic-model` makes of them, and what is
//! refused.

use std::fs;

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::cli::check;
use crate::common::{Dir, skipped};

const SPORT: [&str; 7] = [
    "The striker scored twice and the goalkeeper saved a penalty in the cup final.",
    "The champion won the tennis tournament in three sets after a rain break.",
    "The coach praised the defence after the team won the match away from home.",
    "She set a national record in the marathon and qualified for the games.",
    "The club signed a midfielder from a rival for the coming season.",
    "The cyclist took the leader's jersey after the mountain stage.",
    "The referee sent off two players before half-time, and the home team lost the derby.",
];
const COURTS: [&str; 7] = [
    "The court sentenced a banker to six years in prison for fraud.",
    "Police arrested two men suspected of robbing a jeweller in the old town.",
    "The prosecutor charged the former minister with taking bribes.",
    "A judge ordered the company to pay damages to the families of the victims.",
    "The jury found the driver guilty of manslaughter after a week of hearings.",
    "Detectives are looking for witnesses of a shooting outside a bar.",
    "The appeals court overturned the conviction and ordered a new trial.",
];

/// On neither.
const OTHERS: [&str; 6] = [
    "The central bank left its interest rate unchanged after a meeting of two days.",
    "Shares of the airline fell after it said that fuel had become dearer.",
    "Heavy rain is expected in the north from Thursday night.",
    "The museum bought a portrait that was thought lost since the war.",
    "Doctors warn that cases of measles have doubled.",
    "The finance minister presented a budget that cuts taxes for small firms.",
];

/// JSON lines with the first `n` articles of each, labelled.
fn labelled(n: usize) -> String {
    let line = |label: &str, text: &&str| format!("{}\n", json!({"text": text, "labels": [label]}));
    let lines = SPORT[..n].iter().map(|text| line("games", text));
    lines.chain(COURTS[..n].iter().map(|text| line("courts", text))).collect()
}

/// With the tiny model, whose weights are random.
fn dir() -> Dir {
    let dir = Dir::with_model("topics");
    dir.write("labelled.jsonl", labelled(6));
    dir
}

fn refuses(lines: &str, options: &str, expected: Expect) {
    let dir = Dir::with_model("topics");
    dir.write("labelled.jsonl", lines);
    let ran = dir.run(&format!("learn topics labelled.jsonl -o own.json --model model {options}"));
    check(&ran, expected);
    assert!(!dir.path("own.json").exists());
}

#[test]
fn what_is_learnt_replaces_the_topics_of_the_model() {
    let dir = dir();
    let ran = dir.run("learn topics labelled.jsonl -o own.json --model model");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.starts_with("2 topics from 12 articles by model@sha256:"), "{}", ran.stdout);
    let file: Value = serde_json::from_slice(&dir.read("own.json")).expect("JSON");
    let rules: Vec<&Value> = file["topics"].as_array().expect("a list").iter().map(|topic| &topic["rule"]).collect();
    assert_eq!(rules.iter().map(|rule| &rule["label"]).collect::<Vec<_>>(), ["courts", "games"]);
    assert_eq!(rules[0]["code"], "own:courts");
    assert_eq!((&file["topics"][0]["articles"], &file["topics"][0]["known_by"]), (&json!(6), &json!("articles")));
    let f1 = file["cross_validated"]["macro_f1"].as_f64().expect("it was cross-validated");
    assert!((0.0..=1.0).contains(&f1));

    // Records have them, and say whose they are.
    let tagged = dir.run("tag labelled.jsonl --model model --topic-model own.json --min-topic-score 0 --quiet");
    assert_eq!((tagged.code, tagged.stderr.as_str()), (Some(0), ""));
    for record in tagged.records() {
        let labels: Vec<&str> = record["topics"]
            .as_array()
            .expect("topics")
            .iter()
            .map(|topic| topic["label"].as_str().expect("a label"))
            .collect();
        assert!(labels.len() == 2 && labels.contains(&"games") && labels.contains(&"courts"), "{labels:?}");
        let model = record["tagger"]["model"].as_str().expect("a model");
        assert!(model.starts_with("model@sha256:") && model.contains("+own@sha256:"), "{model}");
    }
    // What was learnt from is told apart better than by chance, even by random weights.
    let eval = dir.run("eval --topics labelled.jsonl --model model --topic-model own.json --json");
    let report: Value = serde_json::from_str(&eval.stdout).unwrap_or_else(|_| panic!("{}", eval.shown()));
    assert!(report["topics"]["first"]["accuracy"].as_f64() >= Some(0.75), "{report}");
    let stage = dir.run("inspect labelled.jsonl --model model --topic-model own.json --stage topics");
    assert!(stage.stdout.contains("own:games         games") && !stage.stdout.contains("medtop"), "{}", stage.stdout);
}

#[test]
fn the_same_articles_give_the_same_file_however_they_are_sorted() {
    let dir = dir();
    let mut lines: Vec<String> = labelled(6).lines().map(|line| format!("{line}\n")).collect();
    lines.reverse();
    lines.swap(2, 9);
    dir.write("sorted.jsonl", lines.concat());
    for (input, output) in [("labelled", "a"), ("labelled", "b"), ("sorted", "c")] {
        let ran = dir.run(&format!("learn topics {input}.jsonl -o {output}.json --model model --threads 1"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    assert!(dir.read("a.json") == dir.read("b.json") && dir.read("a.json") == dir.read("c.json"));
    // And is not overwritten.
    let ran = dir.run("learn topics labelled.jsonl -o a.json --model model");
    assert!(ran.code == Some(1) || ran.code == Some(2), "{}", ran.shown());
    assert!(ran.stderr.contains("a.json") && ran.stdout.is_empty(), "{}", ran.shown());
}

/// The built-in model knows what the sentences mean.
#[test]
fn topics_of_the_built_in_model_are_told_in_articles_that_are_new() {
    if dateline::model::built_in().is_empty() {
        return skipped("this build has no model inside");
    }
    let dir = Dir::new();
    let others = OTHERS.map(|text| format!("{}\n", json!({"text": text, "labels": []})));
    dir.write("labelled.jsonl", labelled(6) + &others.concat());
    let definitions = json!([
        {"label": "games", "definition": "Competitions of athletes and teams", "keywords": ["match", "league", "champion"]},
        {"label": "courts", "code": "law", "definition": "Crimes, trials and those who are sentenced"},
    ]);
    dir.write("topics.json", definitions.to_string());
    let new = [SPORT[6], COURTS[6], "The bank raised its interest rate by a quarter of a point."];
    let lines = new.map(|text| format!("{}\n", json!({"text": text})));
    dir.write("new.jsonl", lines.concat());
    for (command, code) in [("labelled.jsonl", "own:courts"), ("--topics topics.json", "law")] {
        let ran = dir.run(&format!("learn topics {command} -o own.json"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let tagged = dir.run("tag new.jsonl --topic-model own.json --quiet");
        let first = |record: &Value| record["topics"][0]["code"].clone();
        let firsts: Vec<Value> = tagged.records().iter().map(first).collect();
        assert_eq!(firsts, [json!("own:games"), json!(code), Value::Null], "{command}: {}", tagged.stdout);
        fs::remove_file(dir.path("own.json")).expect("it is ours");
    }
}

#[test]
fn a_definition_stands_in_for_articles_and_gives_the_code() {
    let dir = Dir::with_model("topics");
    let short = labelled(6) + &format!("{}\n", json!({"text": "Rain fell in Bonn.", "labels": ["rain"]}));
    dir.write("labelled.jsonl", short);
    let topics = json!([
        {"label": "rain", "keywords": ["storm", "forecast"]},
        {"label": "weather", "definition": "Wind and warmth."},
        {"label": "games", "code": "x:1"},
    ]);
    dir.write("topics.json", topics.to_string());
    let ran = dir.run("learn topics labelled.jsonl --topics topics.json -o own.json --model model");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let file: Value = serde_json::from_slice(&dir.read("own.json")).expect("JSON");
    let shown: Vec<String> = file["topics"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|topic| format!("{} {} {}", topic["rule"]["code"], topic["known_by"], topic["articles"]))
        .collect();
    // `weather` is a topic of the model, whose code it keeps.
    let expected = [
        r#""own:rain" "definition" 1"#,
        r#""medtop:17000000" "definition" 0"#,
        r#""x:1" "articles" 6"#,
        r#""own:courts" "articles" 6"#,
    ];
    assert_eq!(shown, expected);
}

#[test]
fn articles_that_nothing_can_be_learnt_from() {
    refuses(
        &labelled(4),
        "",
        expect![[r#"
        error: courts: expected at least 5 articles with this label, found 4; another label has too few, too
        hint: label more articles, leave the label out, or define the topic in a file given with --topics
        exit 2"#]],
    );
    let one = SPORT.map(|text| format!("{}\n", json!({"text": text, "labels": ["games"]}))).concat();
    refuses(
        &one,
        "",
        expect![[r#"
        error: games: every article has this label, expected some without it
        hint: add articles on other matters, with an empty list of labels if need be; or define the topic with --topics
        exit 2"#]],
    );
    let none = SPORT.map(|text| format!("{}\n", json!({"text": text, "labels": []}))).concat();
    refuses(
        &none,
        "",
        expect![[r#"
        error: no article has a label, and no topic a definition
        hint: give articles with "labels", or topics with "definition" or "keywords" by --topics
        exit 2"#]],
    );
    refuses(
        &labelled(6).replace("labels", "tags"),
        "",
        expect![[r#"
        error: labelled.jsonl:1: no field "labels" or "topics"; found tags, text
        hint: labels are a list of strings in each article, "labels": ["sport"]; name another field with --labels FIELD
        exit 2"#]],
    );
    refuses(
        &labelled(6),
        "--labels subjects",
        expect![[r#"
        error: labelled.jsonl:1: no field "subjects"; found labels, text
        hint: labels are a list of strings in each article, "labels": ["sport"]; name another field with --labels FIELD
        exit 2"#]],
    );
    refuses(
        &(labelled(5) + r#"{"text": "Rain.", "labels": "games"}"#),
        "",
        expect![[r#"
        error: labelled.jsonl:11: labels: expected a list of strings, found "games"
        hint: an article on none of the topics has an empty list
        exit 2"#]],
    );
    refuses(
        &(labelled(5) + r#"{"text": "Rain.", "labels": ["games", 7]}"#),
        "",
        expect![[r#"
        error: labelled.jsonl:11: labels: expected a list of strings, found 7
        hint: an article on none of the topics has an empty list
        exit 2"#]],
    );
    refuses(
        &(labelled(5) + r#"{"text": " ", "labels": ["games"]}"#),
        "",
        expect![[r#"
        error: labelled.jsonl:11: no text to learn from
        hint: name the fields with text by --field, or leave the article out
        exit 2"#]],
    );
    refuses(
        &(labelled(5) + "{"),
        "",
        expect![[r#"
        error: labelled.jsonl:11:1: the input ends inside a record: expected the rest of it
        exit 2"#]],
    );
}

#[test]
fn definitions_that_cannot_be_read() {
    let refuses = |text: &str, expected: Expect| {
        let dir = Dir::with_model("topics");
        dir.write("topics.json", text);
        check(&dir.run("learn topics --topics topics.json -o own.json --model model"), expected);
    };
    refuses(
        "{}",
        expect![[r#"
        error: topics.json: invalid type: map, expected a sequence at line 1 column 0
        hint: it is a JSON list of topics: [{"label": …, "definition": …, "keywords": […]}, …]; "code" is optional
        exit 2"#]],
    );
    refuses(
        "[]",
        expect![[r#"
        error: topics.json: expected at least one topic, found none
        hint: it is a JSON list of topics: [{"label": …, "definition": …, "keywords": […]}, …]; "code" is optional
        exit 2"#]],
    );
    refuses(
        r#"[{"label": "rain", "keyword": ["storm"]}]"#,
        expect![[r#"
        error: topics.json: unknown field `keyword`, expected one of `label`, `code`, `definition`, `keywords` at line 1 column 28
        hint: it is a JSON list of topics: [{"label": …, "definition": …, "keywords": […]}, …]; "code" is optional
        exit 2"#]],
    );
    refuses(
        r#"[{"label": " ", "definition": "Rain"}]"#,
        expect![[r#"
        error: topics.json: topic 0: expected a label, and a code or none, found " "
        hint: it is a JSON list of topics: [{"label": …, "definition": …, "keywords": […]}, …]; "code" is optional
        exit 2"#]],
    );
    refuses(
        r#"[{"label": "rain", "keywords": ["wet"]}, {"label": "rain", "keywords": ["wet"]}]"#,
        expect![[r#"
        error: topics.json: topic 1: expected one that no other is called like, found "rain" again
        hint: it is a JSON list of topics: [{"label": …, "definition": …, "keywords": […]}, …]; "code" is optional
        exit 2"#]],
    );
    refuses(
        r#"[{"label": "rain"}]"#,
        expect![[r#"
        error: rain: expected at least 5 articles with this label, found 0
        hint: label more articles, leave the label out, or define the topic in a file given with --topics
        exit 2"#]],
    );
}

#[test]
fn a_topic_model_that_cannot_be_used() {
    let dir = dir();
    dir.add_model("bert-casing", "other");
    assert_eq!(dir.run("learn topics labelled.jsonl -o own.json --model model").code, Some(0));
    let other = dir.run("tag labelled.jsonl --model other --topic-model own.json");
    assert!(
        other.code == Some(2) && other.stderr.starts_with("error: own.json: fitted on model@sha256:"),
        "{}",
        other.stderr
    );
    assert!(
        other.stderr.contains("hint: its topics read the embeddings of model: use that with --model, or learn"),
        "{}",
        other.stderr
    );
    let good = String::from_utf8(dir.read("own.json")).expect("JSON");
    let refuses = |text: &str, expected: Expect| {
        dir.write("own.json", text);
        check(&dir.run("tag labelled.jsonl --model model --topic-model own.json"), expected);
    };
    refuses(
        &good[..40],
        expect![[r#"
        error: own.json: not a topic model: EOF while parsing a string at line 3 column 7
        hint: a topic model is what dateline learn topics writes
        exit 2"#]],
    );
    refuses(
        "{}",
        expect![[r#"
        error: own.json: not a topic model: expected the format "dateline topics", found ""
        hint: a topic model is what dateline learn topics writes
        exit 2"#]],
    );
    refuses(
        &good.replace(r#""version": 1"#, r#""version": 2"#),
        expect![[r#"
        error: own.json: version 2 of topic models, expected 1
        hint: learn the topics again for this model with dateline learn topics
        exit 2"#]],
    );
    refuses(
        &good.replace("own:games", "own:courts"),
        expect![[r#"
        error: own.json: not a topic model: topics[1]: expected a code and a label that no other topic has, found "own:courts", "games"
        hint: a topic model is what dateline learn topics writes
        exit 2"#]],
    );
    let mut file: Value = serde_json::from_str(&good).expect("JSON");
    file["topics"][1]["weights"] = json!("AAAAAA==");
    refuses(
        &file.to_string(),
        expect![[r#"
        error: own.json: not a topic model: topics[1].weights: expected 32 finite numbers and a bias, found 1
        hint: a topic model is what dateline learn topics writes
        exit 2"#]],
    );
    file["topics"][1]["weights"] = json!("AAAAAAA=");
    dir.write("own.json", file.to_string());
    let odd = dir.run("tag labelled.jsonl --model model --topic-model own.json");
    let expected = "error: own.json: not a topic model: weights: expected four bytes a number, found 5 bytes at line 1";
    assert!(odd.code == Some(2) && odd.stderr.starts_with(expected), "{}", odd.stderr);
    fs::remove_file(dir.path("own.json")).expect("it is ours");
    check(
        &dir.run("tag labelled.jsonl --model model --topic-model own.json"),
        expect![[r#"
        error: own.json: cannot be read: No such file or directory (os error 2)
        exit 2"#]],
    );
}
