//! Model directories that are incomplete or inconsistent: each is refused, and the message says
//! which part and why.

use std::collections::BTreeMap;
use std::fs;

use expect_test::{Expect, expect};
use safetensors::Dtype;
use serde_json::{Value, json};

use crate::common::Dir;
use crate::common::tensors::{Tensor, edit_tensors};

/// Changes a copy of a good model, and holds the refusal against `expected`.
fn refuses(change: impl FnOnce(&Dir), expected: Expect) {
    refuses_changed("bert", change, expected);
}

/// The same with another model than `bert`.
fn refuses_changed(name: &str, change: impl FnOnce(&Dir), expected: Expect) {
    let dir = Dir::with_model(name);
    dir.write("a.txt", "Boats left Bonn.");
    let before = dir.run("tag a.txt --model model --quiet");
    assert_eq!((before.code, before.stderr.as_str()), (Some(0), ""), "the model was good before the change");
    change(&dir);
    crate::cli::check(&dir.run("tag a.txt --model model"), expected);
}

fn edit(dir: &Dir, file: &str, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&dir.read(file)).expect("a good model's files are JSON");
    change(&mut value);
    dir.write(file, value.to_string());
}

fn remove(dir: &Dir, file: &str) {
    fs::remove_file(dir.path(file)).expect("a good model has this file");
}

#[test]
fn no_tensors() {
    refuses(
        |dir| remove(dir, "model/model.safetensors"),
        expect![[r#"
            error: model: no model.safetensors in this model directory
            hint: a model directory holds config.json, tokenizer.json (or vocab.txt, or sentencepiece.bpe.model) and model.safetensors
            exit 2"#]],
    );
}

#[test]
fn a_pickle_instead_of_tensors() {
    let change = |dir: &Dir| {
        remove(dir, "model/model.safetensors");
        dir.write("model/pytorch_model.bin", "\u{80}");
    };
    refuses(
        change,
        expect![[r#"
        error: model: no model.safetensors in this model directory (there is pytorch_model.bin)
        hint: only safetensors are read; save the model again with transformers' save_pretrained()
        exit 2"#]],
    );
}

#[test]
fn no_fast_tokenizer() {
    let change = |dir: &Dir| {
        remove(dir, "model/tokenizer.json");
        dir.write("model/vocab.txt", "[PAD]\n[UNK]\n");
    };
    refuses(
        change,
        expect![[r#"
            error: model/vocab.txt: not a tokenizer: expected the piece [CLS], found none
            exit 2"#]],
    );
}

#[test]
fn a_tensor_of_another_shape() {
    let change = |tensors: &mut BTreeMap<String, Tensor>| {
        let tensor = tensors.get_mut("bert.encoder.layer.0.attention.self.query.bias").expect("BERT has it");
        tensor.shape = vec![35];
        tensor.data.truncate(35 * 4);
    };
    refuses(
        |dir| edit_tensors(dir, change),
        expect![[r#"
        error: model/model.safetensors: tensor bert.encoder.layer.0.attention.self.query.bias: expected shape [36], got [35]
        exit 2"#]],
    );
}

#[test]
fn labels_that_do_not_match_the_head() {
    let seven = json!({"0": "O", "1": "B-PER", "2": "I-PER", "3": "B-ORG", "4": "I-ORG", "5": "B-LOC", "6": "I-LOC"});
    refuses(
        |dir| edit(dir, "model/config.json", |config| config["id2label"] = seven),
        expect![[r#"
        error: model/model.safetensors: tensor classifier.weight: expected shape [7, 36], got [9, 36]
        hint: config.json lists 7 labels; were the weights and the config exported together?
        exit 2"#]],
    );
}

#[test]
fn a_model_without_a_head() {
    let change = |tensors: &mut BTreeMap<String, Tensor>| tensors.retain(|name, _| !name.starts_with("classifier"));
    refuses(
        |dir| edit_tensors(dir, change),
        expect![[r#"
        error: model/model.safetensors: tensor classifier.weight: missing, expected shape [9, 36]
        hint: the model has no token-classification head; was it fine-tuned for names?
        exit 2"#]],
    );
}

#[test]
fn tags_that_are_only_numbered() {
    let numbered = json!({"0": "LABEL_0", "1": "LABEL_1"});
    refuses(
        |dir| edit(dir, "model/config.json", |config| config["id2label"] = numbered),
        expect![[r#"
        error: model/config.json: id2label: label 0 is "LABEL_0": expected O, or B-, I-, E- or S- followed by a label
        hint: id2label names the tags that the model was trained on, such as O, B-PER, I-PER; write them in
        exit 2"#]],
    );
}

#[test]
fn an_architecture_that_is_not_supported() {
    refuses(
        |dir| edit(dir, "model/config.json", |config| config["model_type"] = json!("deberta")),
        expect![[r#"
            error: model/config.json: model_type "deberta" is not supported: expected one of bert, distilbert, roberta, xlm-roberta, electra
            hint: a build with the feature libtorch runs DeBERTa, Longformer, MobileBERT, ALBERT, XLNet and FNet too: see the README
            exit 2"#]],
    );
}

#[test]
fn a_key_of_the_configuration_that_is_not_known() {
    let change = |config: &mut Value| config["rotary_pct"] = json!(0.25);
    refuses(
        |dir| edit(dir, "model/config.json", change),
        expect![[r#"
        error: model/config.json: rotary_pct: unknown key (its value is 0.25)
        hint: a key that could change what the model computes is not passed over; if this one cannot, remove it
        exit 2"#]],
    );
}

#[test]
fn relative_positions() {
    let change = |config: &mut Value| config["position_embedding_type"] = json!("relative_key");
    refuses(
        |dir| edit(dir, "model/config.json", change),
        expect![[r#"
        error: model/config.json: position_embedding_type: expected "absolute", found "relative_key"
        exit 2"#]],
    );
}

#[test]
fn a_step_of_the_tokenizer_that_is_not_supported() {
    let change = |tokenizer: &mut Value| {
        let bert = tokenizer["normalizer"].take();
        let prepend = json!({"type": "Prepend", "prepend": "▁"});
        tokenizer["normalizer"] = json!({"type": "Sequence", "normalizers": [bert, prepend]});
    };
    refuses(
        |dir| edit(dir, "model/tokenizer.json", change),
        expect![[r#"
        error: model/tokenizer.json: normalizer.normalizers[1]: unsupported step "Prepend"
        exit 2"#]],
    );
}

#[test]
fn a_tensor_that_nothing_uses() {
    let change = |tensors: &mut BTreeMap<String, Tensor>| {
        let tensor = Tensor { dtype: Dtype::F32, shape: vec![2], data: vec![0; 8] };
        tensors.insert("bert.encoder.layer.7.adapter.bias".to_owned(), tensor);
    };
    refuses(
        |dir| edit_tensors(dir, change),
        expect![[r#"
        error: model/model.safetensors: tensor bert.encoder.layer.7.adapter.bias: unknown, shape [2]
        exit 2"#]],
    );
}

#[test]
fn a_weight_that_is_not_a_number() {
    let change = |tensors: &mut BTreeMap<String, Tensor>| {
        let tensor = tensors.get_mut("bert.encoder.layer.1.output.dense.weight").expect("BERT has it");
        tensor.data[5 * 4..6 * 4].copy_from_slice(&f32::NAN.to_le_bytes());
    };
    refuses(
        |dir| edit_tensors(dir, change),
        expect![[r#"
        error: model/model.safetensors: tensor bert.encoder.layer.1.output.dense.weight: value 5 is NaN, expected finite numbers
        exit 2"#]],
    );
}

#[test]
fn tensors_that_were_cut_short() {
    let change = |dir: &Dir| {
        let mut bytes = dir.read("model/model.safetensors");
        bytes.truncate(bytes.len() / 2);
        dir.write("model/model.safetensors", bytes);
    };
    refuses(
        change,
        expect![[r#"
        error: model/model.safetensors: not a safetensors file: incomplete metadata, file not fully covered
        hint: fetch it again: it is incomplete, or something else (a web page, a Git LFS pointer) was saved in its place
        exit 2"#]],
    );
}

#[test]
fn tensors_that_are_a_web_page() {
    refuses(
        |dir| _ = dir.write("model/model.safetensors", "<!doctype html><html>Not found"),
        expect![[r#"
        error: model/model.safetensors: not a safetensors file: header too large
        hint: fetch it again: it is incomplete, or something else (a web page, a Git LFS pointer) was saved in its place
        exit 2"#]],
    );
}

#[test]
fn a_shard_that_is_missing() {
    let change = |dir: &Dir| {
        let index = json!({"weight_map": {"classifier.bias": "model-00001-of-00002.safetensors"}});
        remove(dir, "model/model.safetensors");
        dir.write("model/model.safetensors.index.json", index.to_string());
    };
    refuses(
        change,
        expect![[r#"
        error: model/model-00001-of-00002.safetensors: cannot be read: No such file or directory (os error 2)
        exit 2"#]],
    );
}

#[test]
fn a_recipe_with_a_key_that_is_not_known() {
    refuses(
        |dir| _ = dir.write("model/recipe.json", r#"{"windw": 128}"#),
        expect![[r#"
            error: model/recipe.json: unknown field `windw`, expected one of `word_embeddings`, `token_types`, `window`, `stride`, `scheme`, `agreement`, `int8`, `languages`, `topics`, `no_article`, `min_score`, `embedding`, `confidence` at line 1 column 8
            exit 2"#]],
    );
}

#[test]
fn a_recipe_with_more_agreement_than_there_is() {
    refuses(
        |dir| _ = dir.write("model/recipe.json", r#"{"agreement": 101}"#),
        expect![[r#"
            error: model/recipe.json: agreement: expected a number from 0 to 100, found 101 at line 1 column 18
            exit 2"#]],
    );
}

/// The tiny model's weights are random, so the two precisions need not agree on much; but each must
/// say which it was.
#[test]
fn the_precision_shows_in_the_stamp_and_auto_is_what_the_recipe_says() {
    let dir = Dir::with_model("bert");
    dir.write("a.txt", "Boats left Bonn for Turku on Friday.");
    let stamp = |options: &str| {
        let ran = dir.run(&format!("tag a.txt --model model --quiet {options}"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        ran.records().pop().expect("a record")["tagger"]["recipe"].clone()
    };
    let (f32, int8) = (stamp("--precision f32"), stamp("--precision int8"));
    assert_ne!(f32, int8);
    assert_eq!(stamp(""), f32);
    dir.write("model/recipe.json", r#"{"int8": true}"#);
    assert_eq!(stamp(""), stamp("--precision int8"));
    assert_ne!(stamp(""), stamp("--precision f32"));
}

#[test]
fn a_recipe_that_cannot_progress() {
    refuses(
        |dir| _ = dir.write("model/recipe.json", r#"{"window": 12, "stride": 6}"#),
        expect![[r#"
        error: model/recipe.json: stride 6: expected at most half of the window's 10 tokens
        exit 2"#]],
    );
}

/// Special tokens come from the tokenizer's template, not from its vocabulary, and index the
/// embedding all the same.
#[test]
fn a_special_token_beyond_the_embedding() {
    refuses(
        |dir| {
            edit(dir, "model/tokenizer.json", |file| {
                let special = &mut file["post_processor"]["special_tokens"];
                let first = special.as_object_mut().expect("a template has special tokens").values_mut().next();
                first.expect("at least one")["ids"] = json!([9_999_999]);
            });
        },
        expect![[r#"
            error: model/tokenizer.json: the largest token id is 9999999, expected less than vocab_size 300
            exit 2"#]],
    );
}

/// Sizes are believed when a tensor has them, and not before: these would ask for terabytes.
#[test]
fn sizes_that_only_the_configuration_has() {
    refuses(
        |dir| {
            edit(dir, "model/config.json", |file| file["intermediate_size"] = json!(1 << 24));
        },
        expect![[r#"
            error: model/model.safetensors: tensor bert.encoder.layer.0.intermediate.dense.weight: expected shape [16777216, 36], got [52, 36]
            exit 2"#]],
    );
}

/// Changes the recipe of a good model with topics, and holds the refusal against `expected`.
fn refuses_recipe(change: impl FnOnce(&mut Value), expected: Expect) {
    refuses_changed("topics", |dir| edit(dir, "model/recipe.json", change), expected);
}

#[test]
fn a_topic_head_without_names_for_its_topics() {
    refuses_recipe(
        |recipe| _ = recipe.as_object_mut().expect("an object").remove("topics"),
        expect![[r#"
        error: model/recipe.json: topics: expected 5 entries, one for each row of topics.out.weight, found 0
        hint: the recipe names the head's topics in order: "topics": [{"code": …, "label": …}, …]; were the weights and the recipe exported together?
        exit 2"#]],
    );
    refuses_recipe(
        |recipe| _ = recipe["topics"].as_array_mut().expect("a list").pop(),
        expect![[r#"
        error: model/recipe.json: topics: expected 5 entries, one for each row of topics.out.weight, found 4
        hint: the recipe names the head's topics in order: "topics": [{"code": …, "label": …}, …]; were the weights and the recipe exported together?
        exit 2"#]],
    );
}

#[test]
fn names_of_topics_without_a_topic_head() {
    let change = |tensors: &mut BTreeMap<String, Tensor>| tensors.retain(|name, _| !name.starts_with("topics."));
    refuses_changed(
        "topics",
        |dir| edit_tensors(dir, change),
        expect![[r#"
        error: model/recipe.json: topics: expected no entries, since the weights have no topic head, found 5
        hint: the recipe names the head's topics in order: "topics": [{"code": …, "label": …}, …]; were the weights and the recipe exported together?
        exit 2"#]],
    );
}

#[test]
fn a_class_for_no_article_without_a_row_for_it() {
    refuses_recipe(
        |recipe| recipe["no_article"] = json!({"threshold": 0.9}),
        expect![[r#"
        error: model/recipe.json: topics: expected 4 entries, one for each row of topics.out.weight but the last, which is no_article's, found 5
        hint: the recipe names the head's topics in order: "topics": [{"code": …, "label": …}, …]; were the weights and the recipe exported together?
        exit 2"#]],
    );
    let change = |tensors: &mut BTreeMap<String, Tensor>| tensors.retain(|name, _| !name.starts_with("topics."));
    let change = |dir: &Dir| {
        edit_tensors(dir, change);
        edit(dir, "model/recipe.json", |recipe| {
            recipe["topics"] = json!([]);
            recipe["no_article"] = json!({});
        });
    };
    refuses_changed(
        "topics",
        change,
        expect![[r#"
        error: model/recipe.json: topics: expected no entries and no no_article, since the weights have no topic head, found 0
        hint: the recipe names the head's topics in order: "topics": [{"code": …, "label": …}, …]; were the weights and the recipe exported together?
        exit 2"#]],
    );
    refuses_recipe(
        |recipe| recipe["min_score"] = json!(45),
        expect![[r#"
        error: model/recipe.json: min_score: expected a number from 0 to 1, found 45 at line 1 column 83
        exit 2"#]],
    );
}

#[test]
fn half_a_topic_head() {
    for (missing, expected) in [
        (
            "topics.dense.weight",
            expect![[r#"
            error: model/model.safetensors: tensor topics.dense.weight: missing, expected shape [21, 32]
            hint: a topic head is topics.dense.weight (K, hidden size), topics.dense.bias (K), topics.out.weight (N, K) and topics.out.bias (N), or none of them
            exit 2"#]],
        ),
        (
            "topics.dense.bias",
            expect![[r#"
            error: model/model.safetensors: tensor topics.dense.bias: missing, expected shape [21]
            hint: a topic head is topics.dense.weight (K, hidden size), topics.dense.bias (K), topics.out.weight (N, K) and topics.out.bias (N), or none of them
            exit 2"#]],
        ),
        (
            "topics.out.weight",
            expect![[r#"
            error: model/model.safetensors: tensor topics.out.weight: missing, expected shape [5, 21]
            hint: a topic head is topics.dense.weight (K, hidden size), topics.dense.bias (K), topics.out.weight (N, K) and topics.out.bias (N), or none of them
            exit 2"#]],
        ),
        (
            "topics.out.bias",
            expect![[r#"
            error: model/model.safetensors: tensor topics.out.bias: missing, expected shape [5]
            hint: a topic head is topics.dense.weight (K, hidden size), topics.dense.bias (K), topics.out.weight (N, K) and topics.out.bias (N), or none of them
            exit 2"#]],
        ),
    ] {
        let change = |tensors: &mut BTreeMap<String, Tensor>| _ = tensors.remove(missing);
        refuses_changed("topics", |dir| edit_tensors(dir, change), expected);
    }
}

#[test]
fn a_topic_head_for_another_encoder() {
    let change = |tensors: &mut BTreeMap<String, Tensor>| {
        let tensor = tensors.get_mut("topics.dense.weight").expect("it has one");
        tensor.shape = vec![21, 16];
        tensor.data.truncate(21 * 16 * 4);
    };
    refuses_changed(
        "topics",
        |dir| edit_tensors(dir, change),
        expect![[r#"
        error: model/model.safetensors: tensor topics.dense.weight: expected shape [21, 32], got [21, 16]
        hint: a topic head is topics.dense.weight (K, hidden size), topics.dense.bias (K), topics.out.weight (N, K) and topics.out.bias (N), or none of them
        exit 2"#]],
    );
    let change = |tensors: &mut BTreeMap<String, Tensor>| {
        let tensor = tensors.get_mut("topics.out.bias").expect("it has one");
        tensor.data.extend([0; 4]);
        tensor.shape = vec![6];
    };
    refuses_changed(
        "topics",
        |dir| edit_tensors(dir, change),
        expect![[r#"
        error: model/model.safetensors: tensor topics.out.bias: expected shape [5], got [6]
        hint: a topic head is topics.dense.weight (K, hidden size), topics.dense.bias (K), topics.out.weight (N, K) and topics.out.bias (N), or none of them
        exit 2"#]],
    );
}

#[test]
fn topics_that_cannot_be_told_apart() {
    refuses_recipe(
        |recipe| recipe["topics"][3]["code"] = json!("medtop:15000000"),
        expect![[r#"
        error: model/recipe.json: topics[3].code: expected one that no other topic has, found "medtop:15000000" again
        exit 2"#]],
    );
    refuses_recipe(
        |recipe| recipe["topics"][0]["label"] = json!("sport"),
        expect![[r#"
        error: model/recipe.json: topics[2].label: expected one that no other topic has, found "sport" again
        exit 2"#]],
    );
    refuses_recipe(
        |recipe| recipe["topics"][1]["label"] = json!(" "),
        expect![[r#"
        error: model/recipe.json: topics[1].label: expected a name, found " "
        exit 2"#]],
    );
}

#[test]
fn numbers_in_a_recipe_that_make_no_sense() {
    let write = |text: &'static str| move |dir: &Dir| _ = dir.write("model/recipe.json", text);
    let topic = r#"{"topics": [{"code": "a", "label": "b", "threshold": 55}]}"#;
    refuses_changed(
        "topics",
        write(topic),
        expect![[r#"
        error: model/recipe.json: threshold: expected a number from 0 to 1, found 55 at line 1 column 56
        exit 2"#]],
    );
    let topic = "{\"topics\": [\n  {\"code\": \"a\", \"label\": \"b\", \"scale\": -1}\n]}";
    refuses_changed(
        "topics",
        write(topic),
        expect![[r#"
        error: model/recipe.json: scale: expected a number above 0 and at most 100, found -1 at line 2 column 42
        exit 2"#]],
    );
    let topic = r#"{"topics": [{"code": "a", "label": "b", "bias": 1}]}"#;
    refuses_changed(
        "topics",
        write(topic),
        expect![[r#"
        error: model/recipe.json: unknown field `bias`, expected one of `code`, `label`, `scale`, `shift`, `threshold` at line 1 column 46
        exit 2"#]],
    );
    refuses_changed(
        "topics",
        write(r#"{"confidence": {"PER": {"shift": "1"}}}"#),
        expect![[r#"
        error: model/recipe.json: shift: expected a number from -100 to 100, found "1" at line 1 column 37
        exit 2"#]],
    );
}

#[test]
fn confidence_in_labels_that_the_model_does_not_give() {
    refuses_recipe(
        |recipe| recipe["confidence"]["GPE"] = json!({"scale": 2}),
        expect![[r#"
        error: model/recipe.json: confidence: expected labels among PER, ORG, LOC, MISC, found "GPE"
        exit 2"#]],
    );
}
