//! Which model: built-in ones by their names, directories, and models that share their word
//! embeddings with the one beside them.

use std::fs;

use expect_test::{Expect, expect};

use crate::common::tensors::{edit_tensors, edit_tensors_of};
use crate::common::{Dir, skipped};

/// `bert-shared` as `model`, beside the model whose word embeddings it has.
fn shared() -> Dir {
    let dir = Dir::with_model("bert-shared");
    dir.add_model("bert-casing", "bert-casing").write("a.txt", TEXT);
    dir
}

const TEXT: &str = "BONN (Reuters) - Captain Zoë Müller left Bonn for Turku on Friday, the Rhine Port Authority said.";
const WORDS: &str = "bert.embeddings.word_embeddings.weight";

/// What the model in `dir` is called, and the record that it makes, without its stamp.
fn tagged(dir: &Dir) -> (String, serde_json::Value) {
    let ran = dir.run("tag a.txt --model model --quiet");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let mut record = ran.records().pop().expect("a record");
    let stamp = record.as_object_mut().expect("an object").remove("tagger").expect("a stamp");
    (stamp["model"].as_str().expect("a name").to_owned(), record)
}

fn refuses(change: impl FnOnce(&Dir), expected: Expect) {
    let dir = shared();
    assert_eq!(dir.run("tag a.txt --model model --quiet").code, Some(0), "the model was good before the change");
    change(&dir);
    crate::cli::check(&dir.run("tag a.txt --model model"), expected);
}

#[test]
fn borrowed_word_embeddings_are_as_good_as_own_ones() {
    let dir = shared();
    let (borrowed_id, borrowed) = tagged(&dir);
    assert!(borrowed["mentions"].as_array().is_some_and(|mentions| !mentions.is_empty()), "{borrowed}");
    let mut words = None;
    edit_tensors_of(&dir, "bert-casing", |tensors| words = tensors.remove(WORDS));
    edit_tensors(&dir, |tensors| _ = tensors.insert(WORDS.to_owned(), words.expect("it is a BERT")));
    dir.write("model/tokenizer.json", dir.read("bert-casing/tokenizer.json"));
    dir.write("model/recipe.json", r#"{"token_types": "casing"}"#);
    fs::remove_dir_all(dir.path("bert-casing")).expect("it is ours");
    let (own_id, own) = tagged(&dir);
    assert_eq!(own, borrowed);
    assert_ne!(own_id, borrowed_id, "its files are others");
}

#[test]
fn the_digest_covers_what_is_borrowed_and_nothing_else_of_the_lender() {
    let dir = shared();
    let (before, _) = tagged(&dir);
    edit_tensors_of(&dir, "bert-casing", |tensors| tensors.get_mut("classifier.bias").expect("a head").data[0] ^= 1);
    dir.write("bert-casing/recipe.json", r#"{"token_types": "casing", "window": 32}"#);
    assert_eq!(tagged(&dir).0, before);
    edit_tensors_of(&dir, "bert-casing", |tensors| tensors.get_mut(WORDS).expect("words").data[0] ^= 1);
    let (words_changed, _) = tagged(&dir);
    assert_ne!(words_changed, before);
    let tokenizer = String::from_utf8(dir.read("bert-casing/tokenizer.json")).expect("JSON");
    dir.write("bert-casing/tokenizer.json", tokenizer + " ");
    assert_ne!(tagged(&dir).0, words_changed);
}

/// `.` has a name and neighbours too.
#[test]
fn the_lender_is_found_from_inside_the_directory() {
    let dir = shared();
    let mut command = dir.command("tag ../a.txt --model . --quiet");
    let output = command.current_dir(dir.path("model")).output().expect("the program starts");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_lender_that_is_not_there() {
    refuses(
        |dir| fs::remove_dir_all(dir.path("bert-casing")).expect("it is ours"),
        expect![[r#"
            error: model/recipe.json: word_embeddings: expected a model called "bert-casing" beside this one, found none
            hint: this model has the word embeddings of bert-casing: put that model's directory beside its own
            exit 2"#]],
    );
}

#[test]
fn a_lender_that_borrows_itself() {
    refuses(
        |dir| _ = dir.write("model/recipe.json", r#"{"word_embeddings": "model"}"#),
        expect![[r#"
            error: model/recipe.json: word_embeddings: expected a model called "model" beside this one, found one that borrows them itself
            hint: this model has the word embeddings of model: put that model's directory beside its own
            exit 2"#]],
    );
}

#[test]
fn a_lender_elsewhere() {
    refuses(
        |dir| _ = dir.write("model/recipe.json", r#"{"word_embeddings": "../bert-casing"}"#),
        expect![[r#"
            error: model/recipe.json: word_embeddings: expected the name of a model beside this one, found "../bert-casing"
            exit 2"#]],
    );
}

#[test]
fn word_embeddings_of_its_own_and_borrowed_ones() {
    let change = |dir: &Dir| {
        let mut words = None;
        edit_tensors_of(dir, "bert-casing", |tensors| words = tensors.remove(WORDS));
        edit_tensors(dir, |tensors| _ = tensors.insert(WORDS.to_owned(), words.expect("it is a BERT")));
    };
    refuses(
        change,
        expect![[r#"
        error: model/recipe.json: word_embeddings: expected a model called "bert-casing" beside this one, found one without word embeddings
        hint: this model has the word embeddings of bert-casing: put that model's directory beside its own
        exit 2"#]],
    );
    let change = |dir: &Dir| {
        fs::remove_dir_all(dir.path("model")).expect("it is ours");
        dir.add_model("bert-casing", "model");
        dir.write("model/recipe.json", r#"{"token_types": "casing", "word_embeddings": "bert-casing"}"#);
    };
    refuses(
        change,
        expect![[r#"
        error: model/model.safetensors: tensor bert.embeddings.word_embeddings.weight: stands in two files
        exit 2"#]],
    );
}

#[test]
fn word_embeddings_of_another_width() {
    let change = |dir: &Dir| {
        fs::remove_dir_all(dir.path("bert-casing")).expect("it is ours");
        dir.add_model("bert", "bert-casing");
    };
    refuses(
        change,
        expect![[r#"
        error: model/model.safetensors: tensor bert.embeddings.word_embeddings.weight: expected shape [300, 32], got [300, 36]
        exit 2"#]],
    );
}

/// The names are not those of the test: which models are inside is for the build to say.
#[test]
fn a_model_that_is_nowhere() {
    let names: Vec<&str> = dateline::model::built_in().iter().map(|model| model.name).collect();
    if names.is_empty() {
        return skipped("this build has no model inside");
    }
    let dir = Dir::new();
    dir.write("a.txt", TEXT);
    let ran = dir.run("tag a.txt --model news-de");
    let (error, hint) = ran.stderr.split_once('\n').expect("two lines");
    assert_eq!((ran.code, error), (Some(2), "error: news-de: neither a built-in model nor a model directory"));
    assert!(hint.starts_with(&format!("hint: built in: {}; a model directory holds", names.join(", "))), "{hint}");
}

#[test]
fn a_built_in_model_by_its_name_is_the_one_without_a_name() {
    if dateline::model::built_in().is_empty() {
        return skipped("this build has no model inside");
    }
    let dir = Dir::new();
    dir.write("a.txt", TEXT);
    let plain = dir.run("tag a.txt --quiet");
    assert_eq!((plain.code, plain.stderr.as_str()), (Some(0), ""));
    assert_eq!(dir.run("tag a.txt --quiet --model news-en").stdout, plain.stdout);
    // A directory of that name is told from it by a path.
    dir.add_model("bert", "news-en");
    assert_eq!(dir.run("tag a.txt --quiet --model news-en").stdout, plain.stdout);
    let other = dir.run("tag a.txt --quiet --model ./news-en").records().pop().expect("a record");
    assert_ne!(other["tagger"]["model"], plain.records()[0]["tagger"]["model"]);
}

#[test]
fn fast_is_a_name_for_one_of_them() {
    let dir = Dir::with_model("bert");
    dir.write("a.txt", TEXT);
    for command in ["tag a.txt", "inspect a.txt", "eval --gold a.txt", "bench", "models", "doctor"] {
        let ran = dir.run(&format!("{command} --model model --fast"));
        let refused = ran.stderr.contains("'--model <MODEL>' cannot be used with '--fast'");
        assert!(ran.code == Some(2) && refused, "{command}: {}", ran.stderr);
    }
    let has_fast = dateline::model::built_in().iter().any(|model| model.name == "news-en-fast");
    let (fast, named) = (dir.run("tag a.txt --fast"), dir.run("tag a.txt --model news-en-fast"));
    assert_eq!(fast.code, Some(if has_fast { 0 } else { 2 }));
    assert_eq!(fast.stdout, named.stdout);
    if !has_fast {
        assert!(fast.stderr.starts_with("error: news-en-fast: neither a built-in model"), "{}", fast.stderr);
    }
}
