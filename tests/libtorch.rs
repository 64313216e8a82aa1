//! rust-bert on libtorch beside our own engine, and the families that only it runs beside Hugging
//! Face. Built with the feature `libtorch` alone: `src/infer/libtorch/with.sh cpu cargo test
//! --features libtorch`.
#![cfg(feature = "libtorch")]

mod common;

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Dir, checkout};
use dateline::internals::infer::libtorch::{Device, Entailment};
use dateline::internals::infer::{Batch, Scratch, Tensors, TextPair};
use dateline::internals::kernels::Kernels;
use dateline::internals::recipe::TokenTypes;
use dateline::internals::span::Span;
use dateline::internals::tokenize::PairTokenizer;
use dateline::model::{Engine, Model, Place};
use dateline::tagger::BATCH_TOKENS;
use dateline::{Article, Outcome, TagOptions, Tagger};
use serde::Deserialize;
use serde_json::Value;

/// Largest difference of a logit, and of a score.
const TOLERANCE: f32 = 1e-3;

#[derive(Deserialize)]
struct Dump {
    texts: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    text: String,
    ids: Vec<u32>,
    logits: Vec<Vec<f32>>,
}

/// `dir` is in the checkout.
fn on_libtorch(dir: &str) -> Model {
    Model::open_on(&checkout(dir), Engine::Libtorch(Device::Cpu)).unwrap_or_else(|error| panic!("{dir}: {error}"))
}

/// A text as one window.
fn push(model: &Model, text: &str, batch: &mut Batch) {
    let encoding = model.tokenizer().encode(text, &[Span::whole(text)]);
    let types = encoding.casing.iter().map(|&casing| match model.recipe().token_types {
        TokenTypes::Casing => casing as u8,
        TokenTypes::Zero => 0,
    });
    let prefix = model.tokenizer().prefix().iter().map(|&id| (id, 0));
    let suffix = model.tokenizer().suffix().iter().copied().zip(model.tokenizer().suffix_types().iter().copied());
    let inner = encoding.ids.iter().copied().zip(types);
    batch.push(prefix.chain(inner).chain(suffix).collect::<Vec<_>>());
}

/// Hugging Face's logits for a tiny model, all texts in one padded batch.
fn as_hugging_face(name: &str) {
    let dump = fs::read(checkout(format!("data/parity/logits/{name}.json"))).expect("the checkout has this dump");
    let dump: Dump = serde_json::from_slice(&dump).expect("the dump has the expected form");
    assert!(dump.texts.len() >= 9, "{name}: {} texts", dump.texts.len());
    let model = on_libtorch(&format!("models/tiny/{name}"));
    let mut batch = Batch::new();
    dump.texts.iter().for_each(|reference| push(&model, &reference.text, &mut batch));
    let ids: Vec<u32> = dump.texts.iter().flat_map(|reference| reference.ids.iter().copied()).collect();
    assert_eq!(batch.ids(), ids, "{name}");
    let mut scratch = Scratch::default();
    let logits = model.backend().infer(&batch, &mut scratch).logits;
    let expected: Vec<f32> = dump.texts.iter().flat_map(|reference| reference.logits.concat()).collect();
    assert_eq!(logits.len(), expected.len(), "{name}");
    for (i, (got, want)) in logits.iter().zip(&expected).enumerate() {
        assert!((got - want).abs() <= TOLERANCE * want.abs().max(1.0), "{name}: logit {i} is {got}, not {want}");
    }
}

#[test]
fn families_that_our_engine_runs_too() {
    let names = [
        "bert",
        "bert-casing",
        "bert-bioes",
        "bert-sharded",
        "bert-f16",
        "distilbert",
        "roberta",
        "xlm-roberta",
        "electra",
    ];
    names.into_iter().for_each(as_hugging_face);
}

#[test]
fn deberta() {
    as_hugging_face("deberta");
}

#[test]
fn deberta_v2() {
    as_hugging_face("deberta-v2");
}

#[test]
fn longformer() {
    as_hugging_face("longformer");
}

#[test]
fn mobilebert() {
    as_hugging_face("mobilebert");
}

#[test]
fn albert() {
    as_hugging_face("albert");
}

#[test]
fn xlnet() {
    as_hugging_face("xlnet");
}

#[test]
fn fnet() {
    as_hugging_face("fnet");
}

/// Holds what two engines find in the same articles against each other.
fn same_records(what: &str, ours: &Tagger, theirs: &Tagger, articles: &[Article]) {
    let tag = |tagger: &Tagger| tagger.tag(articles.to_vec(), &mut Scratch::default());
    let (ours, theirs) = (tag(ours), tag(theirs));
    let mut n_mentions = 0;
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let (Outcome::Tagged(ours), Outcome::Tagged(theirs)) = (ours, theirs) else { panic!("{what}: not tagged") };
        assert_eq!(ours.mentions.len(), theirs.mentions.len(), "{what}");
        for (our, their) in ours.mentions.iter().zip(&theirs.mentions) {
            assert_eq!((our.span, our.label), (their.span, their.label), "{what}");
            assert!((our.score - their.score).abs() <= TOLERANCE, "{what}: {} for {}", our.score, their.score);
        }
        let (our_topics, their_topics) = (ours.topics.as_deref(), theirs.topics.as_deref());
        let (our_topics, their_topics) = (our_topics.unwrap_or_default(), their_topics.unwrap_or_default());
        assert_eq!(our_topics.len(), their_topics.len(), "{what}");
        for (our, their) in our_topics.iter().zip(their_topics) {
            assert_eq!(our.topic, their.topic, "{what}");
            assert!((our.score - their.score).abs() <= TOLERANCE, "{what}");
        }
        n_mentions += ours.mentions.len();
    }
    assert!(n_mentions > 20, "{what}: {n_mentions} mentions");
}

#[test]
fn the_pipeline_finds_the_same_with_either_engine() {
    let articles = common::corpus();
    let tagger = |model| Tagger::new(model, &TagOptions::default(), BATCH_TOKENS).expect("all labels");
    for name in ["bert-casing", "bert-f16", "distilbert", "roberta", "xlm-roberta", "electra", "topics"] {
        let dir = format!("models/tiny/{name}");
        let ours = Model::open(&checkout(&dir), Kernels::best(), None).expect("the tiny model opens");
        same_records(name, &tagger(ours), &tagger(on_libtorch(&dir)), &articles);
    }
    #[cfg(feature = "embedded-model")]
    {
        let ours =
            Model::embedded(Kernels::best(), Some(dateline::internals::infer::Precision::F32)).expect("it opens");
        let inside = Place::default_model().expect("a model is inside");
        let theirs = Model::open_at(&inside, Engine::Libtorch(Device::Cpu)).expect("it opens");
        same_records("news-en", &tagger(ours), &tagger(theirs), &articles);
    }
}

/// libtorch computes everything, and gives the hidden states of that layer; ours leaves out of the
/// last what nobody asks for.
#[test]
fn embeddings_of_a_lower_layer_are_the_same_with_either_engine() {
    let articles = common::corpus();
    for name in ["bert", "distilbert", "roberta", "electra"] {
        let dir = Dir::with_model(name);
        dir.write("model/recipe.json", r#"{"embedding": {"layer": 1}}"#);
        let embeddings = |engine| {
            let model = Model::open_on(&dir.path("model"), engine).expect("the tiny model opens");
            let tagger = Tagger::new(model, &TagOptions::default(), BATCH_TOKENS).expect("all labels");
            let readings: Vec<_> = articles.iter().map(|article| tagger.read(article.clone())).collect();
            let scores = tagger.score(&readings, &mut Scratch::default());
            scores.iter().map(|scores| tagger.embedding(scores)).collect::<Vec<_>>()
        };
        let ours = embeddings(Engine::Ours(Kernels::best(), None));
        let theirs = embeddings(Engine::Libtorch(Device::Cpu));
        for (ours, theirs) in ours.iter().flatten().zip(theirs.iter().flatten()) {
            assert!((ours - theirs).abs() <= TOLERANCE, "{name}: {ours} for {theirs}");
        }
    }
}

/// Every mention that `dateline eval` finds in a gold file, and its score.
fn found(gold: &Path, arguments: &str) -> Vec<(String, f64)> {
    let dir = Dir::new();
    let run = dir.run(&format!("eval --gold {} --scores scores {arguments}", gold.display()));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let scores = String::from_utf8(dir.read("scores")).expect("UTF-8");
    let line = |line: &str| {
        let mention: Value = serde_json::from_str(line).expect("JSON");
        (format!("{} {}", mention["label"], mention["correct"]), mention["score"].as_f64().expect("a score"))
    };
    scores.lines().map(line).collect()
}

/// The others agree too (`dateline eval --scores` writes down what to compare), but take long in a
/// build for tests.
#[test]
fn a_development_set_is_read_the_same() {
    const GOLD: &str = "../shared/corpora/ner/news_modern/dev.conll";
    let Ok(gold) = checkout(GOLD).canonicalize() else {
        common::skipped(&format!("there is no {GOLD}, so no development set is compared"));
        return;
    };
    let (ours, theirs) = (found(&gold, "--precision f32"), found(&gold, "--device cpu"));
    assert!(ours.len() > 1000 && ours.len() == theirs.len(), "{} and {} mentions", ours.len(), theirs.len());
    for (our, their) in ours.iter().zip(&theirs) {
        assert!(our.0 == their.0 && (our.1 - their.1).abs() < f64::from(TOLERANCE), "{our:?} and {their:?}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    let dir = Dir::with_model("deberta");
    dir.write("a.txt", "Boats left Bonn for Turku.");
    let ran = dir.run("tag a.txt --model model --device cpu --quiet");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    for (arguments, code, wanted) in [
        ("--model model", 2, "model_type \"deberta\" is not supported"),
        ("--model model", 2, "hint: rust-bert has more families"),
        ("--model model --device cuda:77", 2, "--device cuda:77: no such device, expected one of cpu"),
        ("--model model --device tpu", 2, "--device tpu: expected cpu, cuda or cuda:N"),
        ("--model model --device cpu --precision int8", 2, "libtorch runs models in f32 only"),
    ] {
        let ran = dir.run(&format!("tag a.txt {arguments}"));
        assert_eq!(ran.code, Some(code), "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains(wanted), "{arguments}: {}", ran.stderr);
    }
    let config = String::from_utf8(dir.read("model/config.json")).expect("UTF-8");
    for (from, to, wanted) in [
        ("\"deberta\"", "\"gpt2\"", "model_type \"gpt2\" is not supported"),
        ("\"hidden_size\": 36", "\"hidden_size\": 40", "expected shape"),
        ("\"num_attention_heads\": 4,", "", "num_attention_heads: expected a whole number, 1 or more, found null"),
    ] {
        assert!(config.contains(from), "{config}");
        dir.write("model/config.json", config.replacen(from, to, 1));
        let ran = dir.run("tag a.txt --model model --device cpu");
        assert_eq!(ran.code, Some(2), "{to}: {}", ran.stderr);
        assert!(ran.stderr.contains(wanted), "{to}: {}", ran.stderr);
    }
}

#[test]
fn doctor_names_the_version_and_the_devices() {
    let ran = Dir::with_model("bert").run("doctor --model model --threads 1");
    let line = ran.stdout.lines().find(|line| line.trim_start().starts_with("libtorch")).unwrap_or_default().to_owned();
    assert!(line.contains("2.4.0, with the devices cpu"), "{line}");
}

#[derive(Deserialize)]
struct PairReference {
    premise: String,
    hypothesis: String,
    ids: Vec<u32>,
    /// Of contradiction, neutral and entailment.
    logits: [f32; 3],
}

/// Hugging Face's log odds of entailment, all pairs of a family in one padded batch.
#[test]
fn entailment_is_as_hugging_face_has_it() {
    let dump = fs::read(checkout("data/parity/nli.json")).expect("the checkout has this dump");
    let dump: HashMap<String, Vec<PairReference>> = serde_json::from_slice(&dump).expect("it has the expected form");
    assert_eq!(dump.len(), 5);
    for (family, references) in dump {
        let dir = format!("models/tiny/nli/{family}");
        let read = |file: &str| fs::read(checkout(&dir).join(file)).expect("the checkout has this model");
        let weights = read("model.safetensors");
        let tensors = Tensors::new([weights.as_slice()]).expect("they can be read");
        let model =
            Entailment::new(&read("config.json"), tensors, Device::Cpu).unwrap_or_else(|e| panic!("{family}: {e}"));
        let tokenizer = PairTokenizer::from_json(&read("tokenizer.json"), model.max_tokens()).expect("it is supported");
        let pair = |reference: &PairReference| {
            let (ids, types) = tokenizer.encode(&reference.premise, &reference.hypothesis);
            assert_eq!(ids, reference.ids, "{family}");
            TextPair { ids, types }
        };
        let pairs: Vec<TextPair> = references.iter().map(pair).collect();
        for (got, reference) in model.logits(&pairs).iter().zip(&references) {
            let want = reference.logits[2] - reference.logits[0];
            assert!((got - want).abs() <= TOLERANCE * want.abs().max(1.0), "{family}: {got}, not {want}");
        }
    }
}

#[test]
fn topics_by_their_names_alone() {
    let dir = Dir::new();
    let nli = &checkout("models/tiny/nli/bert").canonicalize().expect("the checkout has it");
    dir.write("a.jsonl", "{\"text\":\"Boats left Bonn for Turku.\"}\n{\"text\":\"\"}\n");
    let common = format!("tag a.jsonl --zero-shot-model {} --quiet", nli.display());
    let ran = dir.run(&format!("{common} --zero-shot politics,sport --min-topic-score 0"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let records: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect("a record is JSON")).collect();
    let mut codes: Vec<&str> =
        records[0]["topics"].as_array().expect("topics").iter().filter_map(|topic| topic["code"].as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["zero-shot:politics", "zero-shot:sport"]);
    assert_eq!(records[1]["topics"], serde_json::json!([]), "an article without words has no topics");
    assert!(
        records[0]["tagger"]["model"].as_str().is_some_and(|model| model.contains("+bert@sha256:")),
        "{}",
        ran.stdout
    );
    for (arguments, wanted) in [
        ("--zero-shot sport,sport", "sport stands there twice"),
        ("--zero-shot sport --hypothesis nothing", "expected a sentence with {}"),
    ] {
        let ran = dir.run(&format!("{common} {arguments}"));
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains(wanted), "{arguments}: {}", ran.stderr);
    }
    // A model of names is none of inference.
    let names = &checkout("models/tiny/bert").canonicalize().expect("the checkout has it");
    let ran = dir.run(&format!("tag a.jsonl --zero-shot sport --zero-shot-model {}", names.display()));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("id2label: expected the answers of a model of natural language inference"),
        "{}",
        ran.stderr
    );
}

/// `with.sh` in a tree of its own, with a Python that is a script of ours.
fn with_sh(python: &str, arguments: &str) -> (Option<i32>, String) {
    let dir = Dir::new();
    dir.write(
        "src/infer/libtorch/with.sh",
        fs::read(checkout("src/infer/libtorch/with.sh")).expect("the checkout has it"),
    );
    dir.write("python", format!("#!/bin/bash\n{python}\n"));
    let output = Command::new("bash")
        .args(["-c", &format!("chmod +x python; bash src/infer/libtorch/with.sh {arguments}")])
        .current_dir(dir.path(""))
        .env("PYTHON", dir.path("python"))
        .output()
        .expect("there is a shell");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_build_script_says_what_is_missing() {
    // What pip would unpack, of another version.
    let old = r#"while [ $# -gt 0 ]; do [ "$1" = --target ] && target=$2; shift; done
mkdir -p "$target/torch"; echo "__version__ = '1.13.1+cpu'" > "$target/torch/version.py""#;
    for (python, arguments, wanted) in [
        ("", "tpu cargo", "expected cpu or cuda, and a command, found 'tpu'"),
        ("", "cpu", "expected a command to run"),
        ("exit 1", "cpu true", "the packages with libtorch 2.4.0 could not be installed"),
        ("exit 1", "cuda true", "hint"),
        (old, "cpu true", "expected version 2.4.0, found '1.13.1'"),
    ] {
        let (code, stderr) = with_sh(python, arguments);
        assert!(code != Some(0) && stderr.contains(wanted), "{arguments}: {code:?} {stderr}");
    }
}
