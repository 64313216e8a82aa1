//! Topics and embeddings: in records, in the summary, in `inspect`, in `models` and in `eval`.

use std::fs;

use expect_test::expect;
use serde_json::{Value, json};

use crate::cli::check;
use crate::common::Dir;

/// A directory with the tiny model that gives topics and with four articles, one of them empty.
fn dir() -> Dir {
    let dir = Dir::with_model("topics");
    let articles = [
        json!({"id": "w1", "title": "", "text": "Boats left Bonn for Turku, said Zoë Müller."}),
        json!({"id": "w2", "title": "NATO’s iPhone", "text": "McDonald met the U.S. Senate in Aleppo."}),
        json!({"id": "w3", "text": ""}),
        json!({"id": "w4", "text": "In New Delhi the talks failed."}),
    ];
    dir.write("wire.jsonl", articles.map(|article| format!("{article}\n")).concat());
    dir
}

/// A record without its mentions and entities.
fn topics(record: &Value) -> String {
    format!("{} {}", record["id"].as_str().unwrap_or_default(), record["topics"])
}

#[test]
fn records_and_summary() {
    let ran = dir().run("tag wire.jsonl --model model --threads 1 --labels PER --min-score 0.99");
    check(
        &ran,
        expect![[r#"
            note: wire.jsonl: JSON lines with text in title, text
            4 articles, 23 words in …
              mentions      none
              topics        weather 2; economy, business and finance 1; conflict, war and peace 1; sport 1; politics 1
              no topic      1 article
            > {"id":"w1","text":"Boats left Bonn for Turku, said Zoë Müller.","title":"","mentions":[],"entities":[],"topics":[{"code":"medtop:16000000","label":"conflict, war and peace","score":0.8152}],"coverage":{"chars":43,"read":43,"windows":1},"warnings":[],"tagger":{…}}
            > {"id":"w2","text":"McDonald met the U.S. Senate in Aleppo.","title":"NATO’s iPhone","mentions":[],"entities":[],"topics":[{"code":"medtop:17000000","label":"weather","score":0.8301},{"code":"medtop:11000000","label":"politics","score":0.5707}],"coverage":{"chars":52,"read":52,"windows":1},"warnings":[],"tagger":{…}}
            > {"id":"w3","text":"","mentions":[],"entities":[],"topics":[],"coverage":{"chars":0,"read":0,"windows":0},"warnings":[],"tagger":{…}}
            > {"id":"w4","text":"In New Delhi the talks failed.","mentions":[],"entities":[],"topics":[{"code":"medtop:15000000","label":"sport","score":0.6407},{"code":"medtop:04000000","label":"economy, business and finance","score":0.6087},{"code":"medtop:17000000","label":"weather","score":0.5668}],"coverage":{"chars":30,"read":30,"windows":1},"warnings":[],"tagger":{…}}
            exit 0"#]],
    );
}

#[test]
fn how_many_topics_and_how_sure() {
    let dir = dir();
    let run = |flags: &str| {
        let ran = dir.run(&format!("tag wire.jsonl --model model --quiet {flags}"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{flags}");
        ran.records()
    };
    let shown = |flags: &str| run(flags).iter().map(topics).collect::<Vec<_>>().join("\n");
    expect![[r#"
        w1 [{"code":"medtop:16000000","label":"conflict, war and peace","score":0.8152}]
        w2 [{"code":"medtop:17000000","label":"weather","score":0.8301}]
        w3 []
        w4 [{"code":"medtop:15000000","label":"sport","score":0.6407}]"#]]
    .assert_eq(&shown("--topics 1"));
    expect![[r#"
        w1 [{"code":"medtop:16000000","label":"conflict, war and peace","score":0.8152}]
        w2 [{"code":"medtop:17000000","label":"weather","score":0.8301}]
        w3 []
        w4 []"#]]
    .assert_eq(&shown("--topics 9 --min-topic-score 0.7"));
    // An article without a word has no topic even then.
    let counts = |flags: &str| -> Vec<usize> {
        run(flags).iter().map(|record| record["topics"].as_array().map_or(99, Vec::len)).collect()
    };
    assert_eq!(counts("--topics 9 --min-topic-score 0"), [5, 5, 0, 5]);
    assert_eq!(counts("--min-topic-score 0"), [3, 3, 0, 3]);
    assert_eq!(counts("--min-topic-score 1"), [0, 0, 0, 0]);
    assert!(run("--topics 0").iter().all(|record| record.get("topics").is_none()));
}

#[test]
fn keys_of_the_input_that_records_would_add() {
    let dir = dir();
    let line = r#"{"text":"Boats left Bonn.","topics":["boats"],"embedding":[]}"#;
    dir.write("own.jsonl", line);
    check(
        &dir.run("tag own.jsonl --model model"),
        expect![[r#"
            error: own.jsonl: a record on line 1 already has a field "topics", which the output would add
            hint: --under KEY puts everything the output adds under one key of your choice; --replace tags dateline's own records again
            exit 2"#]],
    );
    check(
        &dir.run("tag own.jsonl --model model --topics 0 --embedding"),
        expect![[r#"
            error: own.jsonl: a record on line 1 already has a field "embedding", which the output would add
            hint: --under KEY puts everything the output adds under one key of your choice; --replace tags dateline's own records again
            exit 2"#]],
    );
    for flags in ["--topics 0", "--under ner --embedding"] {
        let ran = dir.run(&format!("tag own.jsonl --model model --quiet {flags}"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{flags}");
        assert!(ran.stdout.starts_with(&line[..line.len() - 1]), "{}", ran.stdout);
    }
    let record = &dir.run("tag own.jsonl --model model --quiet --under ner --embedding").records()[0];
    let keys: Vec<&str> = record["ner"].as_object().expect("an object").keys().map(String::as_str).collect();
    assert!(keys.contains(&"topics") && keys.contains(&"embedding"), "{keys:?}");
    // A model without topics adds no such key.
    let plain = Dir::with_model("bert");
    plain.write("own.jsonl", line);
    assert_eq!(plain.run("tag own.jsonl --model model --quiet").code, Some(0));
}

#[test]
fn embeddings_are_vectors_of_length_one() {
    let dir = dir();
    let ran = dir.run("tag wire.jsonl --model model --quiet --embedding");
    let records = ran.records();
    for (record, line) in records.iter().zip(ran.stdout.lines()) {
        let keys = [r#""entities":"#, r#""topics":"#, r#""embedding":"#, r#""coverage":"#];
        let places: Vec<usize> = keys.iter().map(|key| line.find(key).unwrap_or_else(|| panic!("{key}"))).collect();
        assert!(places.is_sorted(), "the order of the keys in {line}");
        if record["id"] == "w3" {
            assert_eq!(record["embedding"], Value::Null);
            continue;
        }
        let vector = record["embedding"].as_array().expect("a vector").iter().map(|x| x.as_f64().expect("a number"));
        let vector: Vec<f64> = vector.collect();
        assert_eq!(vector.len(), 32);
        let length = vector.iter().map(|x| x * x).sum::<f64>();
        assert!((length - 1.0).abs() < 1e-5, "{length}");
    }
    assert_ne!(records[0]["embedding"], records[1]["embedding"]);
    let without = dir.run("tag wire.jsonl --model model --quiet");
    assert!(without.records().iter().all(|record| record.get("embedding").is_none()));
    let recipe = |record: &Value| record["tagger"]["recipe"].clone();
    assert_ne!(recipe(&without.records()[0]), recipe(&records[0]));
}

#[test]
fn flags_that_make_no_sense() {
    let dir = dir();
    check(
        &dir.run("tag wire.jsonl --model model --topics many"),
        expect![[r#"
        error: invalid value 'many' for '--topics <N>': expected a whole number, 0 or more

        For more information, try '--help'.
        exit 2"#]],
    );
    check(
        &dir.run("inspect wire.jsonl --model model --topics=-1"),
        expect![[r#"
            error: invalid value '-1' for '--topics <N>': expected a whole number, 0 or more

            For more information, try '--help'.
            exit 2"#]],
    );
    check(
        &dir.run("tag wire.jsonl --model model --min-topic-score 1.5"),
        expect![[r#"
        error: invalid value '1.5' for '--min-topic-score <SCORE>': expected a number from 0 to 1

        For more information, try '--help'.
        exit 2"#]],
    );
}

#[test]
fn topics_of_a_model_that_has_none() {
    let dir = Dir::with_model("bert");
    dir.write("a.txt", "Boats left Bonn.");
    let ran = dir.run("tag a.txt --model model --topics 2 --labels PER --min-score 0.99");
    check(
        &ran,
        expect![[r#"
        note: model: has no topic head, so articles get no topics
        1 article, 3 words in …
          mentions      none
        > {"id":"a.txt","source":"a.txt","text":"Boats left Bonn.","mentions":[],"entities":[],"coverage":{"chars":16,"read":16,"windows":1},"warnings":[],"tagger":{…}}
        exit 0"#]],
    );
    dir.write("gold.jsonl", "{\"text\":\"a\",\"labels\":[]}\n");
    check(
        &dir.run("eval --model model --topics gold.jsonl"),
        expect![[r#"
            error: --topics: model has no topic head
            hint: name a model that gives topics with --model DIR
            exit 2"#]],
    );
}

#[test]
fn inspect_shows_topics_and_what_came_near() {
    let dir = dir();
    check(
        &dir.run("inspect wire.jsonl --record 3 --model model --labels PER --min-score 0.99"),
        expect![[r#"
            > w4  30 characters, 6 words, 1 sentence, 1 window
            >
            > body
            > In New Delhi the talks failed.
            >
            > topics
            >   sport                                      0.64  medtop:15000000
            >   economy, business and finance              0.61  medtop:04000000
            >   weather                                    0.57  medtop:17000000
            >   conflict, war and peace                    0.56  not given
            >   politics                                   0.41  not given
            exit 0"#]],
    );
    check(
        &dir.run("inspect wire.jsonl --record 3 --model model --topics 0 --labels PER --min-score 0.99"),
        expect![[r#"
        > w4  30 characters, 6 words, 1 sentence, 1 window
        >
        > body
        > In New Delhi the talks failed.
        exit 0"#]],
    );
    check(
        &dir.run("inspect wire.jsonl --record 3 --model model --min-topic-score 1 --labels PER --min-score 0.99"),
        expect![[r#"
            > w4  30 characters, 6 words, 1 sentence, 1 window
            >
            > body
            > In New Delhi the talks failed.
            >
            > topics
            >   none that the model is sure of
            >   sport                                      0.64  not given
            >   economy, business and finance              0.61  not given
            >   weather                                    0.57  not given
            exit 0"#]],
    );
    check(
        &dir.run("inspect wire.jsonl --record 2 --model model"),
        expect![[r#"
        > w3  0 characters, 0 words, 0 sentences, 0 windows
        >
        > topics
        >   none that the model is sure of
        exit 0"#]],
    );
    check(
        &dir.run("inspect wire.jsonl --record 0 --model model --stage topics"),
        expect![[r#"
            > topic  logit    score   threshold  given  code              label
            >     1   +1.404  0.8152     0.6000  yes    medtop:16000000   conflict, war and peace
            >     0   -0.390  0.4472     0.5000  no     medtop:04000000   economy, business and finance
            >     4   -1.973  0.2716     0.5500  no     medtop:11000000   politics
            >     2   -1.350  0.2058     0.4000  no     medtop:15000000   sport
            >     3   -2.721  0.0618     0.5000  no     medtop:17000000   weather
            exit 0"#]],
    );
}

#[test]
fn names_of_topics_cannot_command_the_terminal() {
    let dir = dir();
    let mut recipe: Value = serde_json::from_slice(&dir.read("model/recipe.json")).expect("it is JSON");
    for topic in recipe["topics"].as_array_mut().expect("a list") {
        topic["label"] = format!("\u{1b}[31m{}", topic["label"]).into();
        topic["code"] = format!("\u{202e}{}", topic["code"]).into();
    }
    dir.write("model/recipe.json", recipe.to_string());
    dir.write("model/MODEL_CARD.md", "# A card\n\n\u{1b}]0;title\u{7}\u{202e}text\n");
    for command in [
        "inspect wire.jsonl --model model --min-topic-score 0",
        "inspect wire.jsonl --model model --stage topics",
        "models --model model",
        "tag wire.jsonl --model model -o out.jsonl",
    ] {
        let ran = dir.run(command);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let commands = ['\u{1b}', '\u{202e}', '\u{7}'];
        assert!(!ran.stdout.contains(commands) && !ran.stderr.contains(commands), "{command}: {}", ran.shown());
    }
    assert!(dir.run("models --model model").stdout.ends_with("# A card\n\n\\u{1b}]0;title\\u{7}\\u{202e}text\n"));
}

#[test]
fn the_card_of_a_model() {
    let dir = dir();
    let ran = dir.run("models --model model");
    // The digest changes with the model.
    let (head, rest) = ran.stdout.split_once('\n').expect("several lines");
    assert!(head.starts_with("model@sha256:") && head.ends_with("  model"), "{head}");
    expect![[r#"
        finds PER, ORG, LOC, MISC; 5 topics; windows of 62 tokens

        # topics

        Random weights for the tests. It knows nothing of any topic.
    "#]]
    .assert_eq(rest);
    let built_in = dir.run("models");
    assert_eq!((built_in.code, built_in.stderr.as_str()), (Some(0), ""));
    let (list, one) = built_in.stdout.split_once("\n\n").expect("a list, then a card");
    assert!(one.starts_with("news-en@sha256:"), "{one}");
    let named = dateline::model::built_in().into_iter().zip(list.lines());
    named.for_each(|(model, line)| assert!(line.starts_with(model.name) && line.contains(" MB  finds PER"), "{line}"));
    let card = include_str!("../../../models/news-en/MODEL_CARD.md");
    assert!(built_in.stdout.trim_end().ends_with(card.trim()));
    fs::remove_file(dir.path("model/MODEL_CARD.md")).expect("it is ours");
    check(
        &dir.run("models --model model"),
        expect![[r#"
        error: model: no MODEL_CARD.md in this model directory
        hint: a model card says what a model was made from and what it gets wrong; ask whoever made this one
        exit 2"#]],
    );
    check(
        &dir.run("models --model nowhere"),
        expect![[r#"
            error: nowhere: neither a built-in model nor a model directory
            hint: built in: news-en; a model directory holds config.json, tokenizer.json (or vocab.txt, or sentencepiece.bpe.model) and model.safetensors
            exit 2"#]],
    );
}

/// Gold that the tiny model sometimes agrees with.
const GOLD: &str = concat!(
    r#"{"text":"Boats left Bonn for Turku, said Zoë Müller.","title":"","labels":["weather","sport"]}"#,
    "\n",
    r#"{"text":"McDonald met the U.S. Senate in Aleppo.","title":"NATO’s iPhone","labels":["weather"]}"#,
    "\n",
    r#"{"text":"","labels":["politics"]}"#,
    "\n",
    r#"{"text":"In New Delhi the talks failed.","topics":[{"code":"medtop:04000000"}]}"#,
    "\n",
);

#[test]
fn eval_of_topics() {
    let dir = dir();
    dir.write("gold.jsonl", GOLD);
    check(
        &dir.run("eval --model model --topics gold.jsonl"),
        expect![[r#"
            > 4 articles, 3 with a topic: coverage 75.00
            > highest-scoring topic in gold   25.00  (1 of 4 articles)
            > first topic given in gold       33.33  (1 of 3 articles)
            >
            > topics                         precision  recall      F1    correct  predicted       gold  ECE before   after
            > economy, business and finance     100.00  100.00  100.00          1          1          1      0.3352  0.3708
            > conflict, war and peace             0.00    0.00    0.00          0          1          0      0.6191  0.5942
            > sport                               0.00    0.00    0.00          0          1          1      0.6104  0.6104
            > weather                            50.00   50.00   50.00          1          2          2      0.5583  0.5583
            > politics                            0.00    0.00    0.00          0          1          1      0.3617  0.4172
            > micro                              33.33   40.00   36.36          2          6          5      0.3940  0.3626
            > macro                                               0.00
            >
            > Macro: the mean over topics with at least 5 gold articles, of which there are 0.
            > ECE: expected calibration error over all articles, 10 bins; before and after the recipe's calibration.
            exit 0"#]],
    );
    let ran = dir.run("eval --model model --topics gold.jsonl --topics gold.jsonl --min-topic-score 0.5 --json");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.shown()));
    assert_eq!(report.as_object().expect("an object").keys().collect::<Vec<_>>(), ["topics"]);
    assert_eq!(report["topics"]["articles"], 8);
    assert_eq!(report["topics"]["first"]["articles"], 8);
}

/// The head's last row is that of text that is no article, and takes the topics of those that reach
/// its threshold: in records, in `inspect` and in `eval`, which has gold without topics for it.
#[test]
fn text_that_is_no_article_gets_no_topic() {
    let dir = dir();
    let mut recipe: Value = serde_json::from_slice(&dir.read("model/recipe.json")).expect("JSON");
    let last = recipe["topics"].as_array_mut().expect("a list").pop().expect("five topics");
    recipe["no_article"] = json!({"scale": last["scale"], "shift": last["shift"], "threshold": 0.5});
    dir.write("model/recipe.json", recipe.to_string());
    let gold = GOLD.lines().map(|line| {
        let mut article: Value = serde_json::from_str(line).expect("JSON");
        if let Some(labels) = article["labels"].as_array_mut() {
            labels.retain(|label| label != "politics");
        }
        format!("{article}\n")
    });
    dir.write("gold.jsonl", gold.collect::<String>());
    check(
        &dir.run("tag wire.jsonl --model model --quiet --labels PER --min-score 0.99 --min-topic-score 0"),
        expect![[r#"
            > {"id":"w1","text":"Boats left Bonn for Turku, said Zoë Müller.","title":"","mentions":[],"entities":[],"topics":[{"code":"medtop:16000000","label":"conflict, war and peace","score":0.8152},{"code":"medtop:04000000","label":"economy, business and finance","score":0.4472},{"code":"medtop:15000000","label":"sport","score":0.2058}],"coverage":{"chars":43,"read":43,"windows":1},"warnings":[],"tagger":{…}}
            > {"id":"w2","text":"McDonald met the U.S. Senate in Aleppo.","title":"NATO’s iPhone","mentions":[],"entities":[],"topics":[],"coverage":{"chars":52,"read":52,"windows":1},"warnings":[],"tagger":{…}}
            > {"id":"w3","text":"","mentions":[],"entities":[],"topics":[],"coverage":{"chars":0,"read":0,"windows":0},"warnings":[],"tagger":{…}}
            > {"id":"w4","text":"In New Delhi the talks failed.","mentions":[],"entities":[],"topics":[{"code":"medtop:15000000","label":"sport","score":0.6407},{"code":"medtop:04000000","label":"economy, business and finance","score":0.6087},{"code":"medtop:17000000","label":"weather","score":0.5668}],"coverage":{"chars":30,"read":30,"windows":1},"warnings":[],"tagger":{…}}
            exit 0"#]],
    );
    check(
        &dir.run("inspect wire.jsonl --model model --record 1 --stage topics"),
        expect![[r#"
        > topic  logit    score   threshold  given  code              label
        >     3   +1.587  0.8301     0.5000  no     medtop:17000000   weather
        >     1   -0.151  0.4060     0.6000  no     medtop:16000000   conflict, war and peace
        >     2   -0.421  0.3962     0.4000  no     medtop:15000000   sport
        >     0   -1.343  0.2740     0.5000  no     medtop:04000000   economy, business and finance
        >     -   +0.569  0.5707     0.5000  no article: 1 not given for this
        exit 0"#]],
    );
    check(
        &dir.run("inspect wire.jsonl --model model --record 1 --labels PER --min-score 0.99"),
        expect![[r#"
        > w2  52 characters, 9 words, 2 sentences, 1 window
        >
        > headline
        > NATO’s iPhone
        >
        > body
        > McDonald met the U.S. Senate in Aleppo.
        >
        > topics
        >   none that the model is sure of
        >   weather                                    0.83  not given
        >   conflict, war and peace                    0.41  not given
        >   sport                                      0.40  not given
        >   text that is no article                    0.57  so no topic is given
        exit 0"#]],
    );
    check(
        &dir.run("eval --model model --topics gold.jsonl --scores scores.jsonl"),
        expect![[r#"
        > 4 articles, 2 with a topic: coverage 50.00
        > highest-scoring topic in gold   33.33  (1 of 3 articles)
        > first topic given in gold        0.00  (0 of 2 articles)
        > no topic for text without gold 100.00  (1 of 1 texts); 33.33 (1 of 3 articles) lost theirs
        >
        > topics                         precision  recall      F1    correct  predicted       gold  ECE before   after
        > economy, business and finance     100.00  100.00  100.00          1          1          1      0.3352  0.3708
        > conflict, war and peace             0.00    0.00    0.00          0          1          0      0.6191  0.5942
        > sport                               0.00    0.00    0.00          0          1          1      0.6104  0.6104
        > weather                             0.00    0.00    0.00          0          1          2      0.5583  0.5583
        > micro                              25.00   25.00   25.00          1          4          4      0.4021  0.3942
        > macro                                               0.00
        >
        > Macro: the mean over topics with at least 5 gold articles, of which there are 0.
        > ECE: expected calibration error over all articles, 10 bins; before and after the recipe's calibration.
        exit 0"#]],
    );
    let sizes =
        dir.objects("scores.jsonl").iter().map(|line| line["logits"].as_array().map(Vec::len)).collect::<Vec<_>>();
    assert_eq!(sizes, [Some(5), Some(5), Some(0), Some(5)]);
}

/// What `eval` counts is what `tag` writes.
#[test]
fn eval_gives_the_topics_that_tag_gives() {
    let dir = dir();
    let ran = dir.run("tag wire.jsonl --model model --quiet --topics 9");
    dir.write("records.jsonl", &ran.stdout);
    let ran = dir.run("eval --model model --topics records.jsonl --json");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.shown()));
    let micro = &report["topics"]["micro"];
    assert!(micro["gold"].as_u64().is_some_and(|n| n >= 3), "{micro}");
    assert_eq!((micro["f1"].as_f64(), &micro["correct"]), (Some(1.0), &micro["predicted"]));
}

#[test]
fn gold_topics_that_cannot_be_read() {
    let dir = dir();
    dir.write("unknown.jsonl", "{\"text\":\"a\",\"labels\":[\"sport\"]}\n{\"text\":\"a\",\"labels\":[\"sports\"]}\n");
    check(
        &dir.run("eval --model model --topics unknown.jsonl"),
        expect![[r#"
        error: unknown.jsonl:2: found the topic "sports", wanted one of the model's: economy, business and finance; conflict, war and peace; sport; weather; politics
        exit 2"#]],
    );
    check(
        &dir.run("eval --model model --topics nowhere.jsonl"),
        expect![[r#"
        error: nowhere.jsonl: cannot read the gold file: No such file or directory (os error 2)
        exit 2"#]],
    );
    check(
        &dir.run("eval --model model"),
        expect![[r#"
            error: the following required arguments were not provided:
              <--gold <FILE>|--topics <FILE>|--entities <FILE>|--embedding <ARTICLES>|--verdicts <OUT.verdicts>>

            Usage: dateline eval --model <MODEL> <--gold <FILE>|--topics <FILE>|--entities <FILE>|--embedding <ARTICLES>|--verdicts <OUT.verdicts>>

            For more information, try '--help'.
            exit 2"#]],
    );
    check(
        &dir.run("eval --model model --embedding wire.jsonl"),
        expect![[r#"
            error: the following required arguments were not provided:
              --original <DIR>

            Usage: dateline eval --original <DIR> --model <MODEL> <--gold <FILE>|--topics <FILE>|--entities <FILE>|--embedding <ARTICLES>|--verdicts <OUT.verdicts>>

            For more information, try '--help'.
            exit 2"#]],
    );
}

#[test]
fn scores_for_calibration() {
    let dir = dir();
    dir.write("gold.jsonl", GOLD).write("gold.conll", "Zoë\tB-PER\nleft\tO\nBonn\tB-LOC\n.\tO\n");
    let ran = dir.run("eval --model model --gold gold.conll --topics gold.jsonl --scores scores.jsonl --json");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let report: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    let lines = String::from_utf8(dir.read("scores.jsonl")).expect("it is UTF-8");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
    let (mentions, topics): (Vec<&Value>, Vec<&Value>) = lines.iter().partition(|line| line["kind"] == "mention");
    assert_eq!(report["compared"]["predicted"], mentions.len());
    assert_eq!(report["calibration"]["overall"]["n"], mentions.len());
    let correct = mentions.iter().filter(|mention| mention["correct"] == true).count();
    assert_eq!(report["exact"]["micro"]["correct"], correct);
    for mention in mentions {
        let keys: Vec<&String> = mention.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["correct", "kind", "label", "raw", "score"]);
    }
    let of_topics: Vec<(usize, &Value)> =
        topics.iter().map(|line| (line["logits"].as_array().expect("a list").len(), &line["gold"])).collect();
    // The third article is empty.
    assert_eq!(of_topics, [(5, &json!([2, 3])), (5, &json!([3])), (0, &json!([4])), (5, &json!([0]))]);
    check(
        &dir.run("eval --model model --topics gold.jsonl --scores scores.jsonl"),
        expect![[r#"
        error: scores.jsonl: exists already
        hint: remove it, or name another with --scores; scores.jsonl is never overwritten
        exit 2"#]],
    );
}

#[test]
fn eval_of_an_embedding() {
    let dir = dir();
    // Against itself the order is the same: `bert` has no casing to be told, so nothing differs.
    let plain = Dir::with_model("bert");
    plain.write("wire.jsonl", dir.read("wire.jsonl"));
    check(
        &plain.run("eval --model model --embedding wire.jsonl --original model"),
        expect![[r#"
        > embedding
        > Spearman 1.0000 between the cosine similarities under the model and under the original
        > over 3 pairs of 3 articles
        exit 0"#]],
    );
    // Told the casing, and not told it.
    let ran = dir.run("eval --model model --embedding wire.jsonl --original model --json");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.shown()));
    assert_eq!((&report["embedding"]["articles"], &report["embedding"]["pairs"]), (&json!(3), &json!(3)));
    check(
        &dir.run("eval --model model --embedding wire.jsonl --original nowhere"),
        expect![[r#"
            error: nowhere: not a model directory
            hint: a model directory holds config.json, tokenizer.json (or vocab.txt, or sentencepiece.bpe.model) and model.safetensors
            exit 2"#]],
    );
}
