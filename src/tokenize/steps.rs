//! Which tokenizer steps are supported: those whose result on a sentence is a part of their result
//! on the whole text.

use serde_json::Value;

use crate::tokenize::error::TokenizerError;

const NORMALIZERS: &[&str] = &[
    "BertNormalizer",
    "Lowercase",
    "NFC",
    "NFD",
    "NFKC",
    "NFKD",
    "Nmt",
    "Precompiled",
    "Replace",
    "Sequence",
    "Strip",
    "StripAccents",
];
const PRE_TOKENIZERS: &[&str] = &[
    "BertPreTokenizer",
    "ByteLevel",
    "Digits",
    "Metaspace",
    "Punctuation",
    "Sequence",
    "Split",
    "Whitespace",
    "WhitespaceSplit",
];
const POST_PROCESSORS: &[&str] =
    &["BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing"];
const MODELS: &[&str] = &["BPE", "Unigram", "WordLevel", "WordPiece"];

/// Refuses a `tokenizer.json` with a step that is not in the lists above, or whose settings change
/// their meaning.
pub fn check(json: &[u8]) -> Result<(), TokenizerError> {
    let file: Value = serde_json::from_slice(json).map_err(|error| TokenizerError::Unreadable(error.to_string()))?;
    check_step(&file["normalizer"], "normalizer", NORMALIZERS)?;
    check_step(&file["pre_tokenizer"], "pre_tokenizer", PRE_TOKENIZERS)?;
    // A sentence comes with the space before it, which may be what marks its first word as one.
    if has_step(&file["normalizer"], &|step| step["type"] == "Strip" && step["strip_left"] != false)
        && has_step(&file["pre_tokenizer"], &|step| {
            step["type"] == "ByteLevel" || (step["type"] == "Metaspace" && step["prepend_scheme"] == "never")
        })
    {
        return Err(TokenizerError::UnsupportedSetting {
            at: "normalizer".to_owned(),
            key: "strip_left",
            value: "true".to_owned(),
        });
    }
    check_step(&file["post_processor"], "post_processor", POST_PROCESSORS)?;
    let model = &file["model"];
    // Older files leave out the model's type; their keys tell it.
    let kind = model["type"].as_str().map(str::to_owned).unwrap_or_else(|| implied_model(model).to_owned());
    if !MODELS.contains(&kind.as_str()) {
        return Err(TokenizerError::UnsupportedStep { at: "model".to_owned(), step: kind });
    }
    // Dropout makes a tokenizer choose by chance.
    if !(model["dropout"].is_null() || model["dropout"].as_f64() == Some(0.0)) {
        let value = model["dropout"].to_string();
        return Err(TokenizerError::UnsupportedSetting { at: "model".to_owned(), key: "dropout", value });
    }
    let has_unknown = match kind.as_str() {
        "WordPiece" | "WordLevel" => {
            let unknown = model["unk_token"].as_str().unwrap_or_default();
            model["vocab"].get(unknown).is_some()
        }
        "Unigram" => model["unk_id"].is_u64(),
        // Without an unknown token BPE leaves out what it cannot spell; with one that it does not
        // have, it fails.
        _ => model["unk_token"].as_str().is_none_or(|unknown| model["vocab"].get(unknown).is_some()),
    };
    if has_unknown { Ok(()) } else { Err(TokenizerError::NoUnknownToken(kind)) }
}

/// Whether a step, or one inside it, is such a one.
fn has_step(step: &Value, is_such: &dyn Fn(&Value) -> bool) -> bool {
    let inner = ["normalizers", "pretokenizers"].into_iter().filter_map(|list| step[list].as_array()).flatten();
    is_such(step) || inner.into_iter().any(|step| has_step(step, is_such))
}

fn implied_model(model: &Value) -> &'static str {
    if model.get("merges").is_some() {
        "BPE"
    } else if model.get("unk_id").is_some() {
        "Unigram"
    } else if model.get("continuing_subword_prefix").is_some() {
        "WordPiece"
    } else {
        "unknown"
    }
}

fn check_step(step: &Value, at: &str, supported: &[&str]) -> Result<(), TokenizerError> {
    if step.is_null() {
        return Ok(());
    }
    let kind = step["type"].as_str().unwrap_or("without a type");
    if !supported.contains(&kind) {
        return Err(TokenizerError::UnsupportedStep { at: at.to_owned(), step: kind.to_owned() });
    }
    // "first" marks only the first word of a text, which a sentence in the middle does not have.
    if kind == "Metaspace" && step["prepend_scheme"] == "first" {
        return Err(TokenizerError::UnsupportedSetting {
            at: at.to_owned(),
            key: "prepend_scheme",
            value: step["prepend_scheme"].to_string(),
        });
    }
    for list in ["normalizers", "pretokenizers", "processors"] {
        for (i, inner) in step[list].as_array().into_iter().flatten().enumerate() {
            check_step(inner, &format!("{at}.{list}[{i}]"), supported)?;
        }
    }
    Ok(())
}

/// The same file for the parts of a text after the first: `ByteLevel` puts a space before a text if
/// told to, and must not put one before each sentence. `None` if it is not told to.
pub fn without_prefix_space(json: &[u8]) -> Option<Vec<u8>> {
    fn switch_off(step: &mut Value) -> bool {
        let mut changed = false;
        if step["type"] == "ByteLevel" && step["add_prefix_space"] != false {
            step["add_prefix_space"] = false.into();
            changed = true;
        }
        for inner in step.get_mut("pretokenizers").and_then(Value::as_array_mut).into_iter().flatten() {
            changed |= switch_off(inner);
        }
        changed
    }
    let mut file: Value = serde_json::from_slice(json).ok()?;
    let changed = file.get_mut("pre_tokenizer").filter(|step| step.is_object()).is_some_and(switch_off);
    changed.then(|| file.to_string().into_bytes())
}
