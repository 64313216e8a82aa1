//! Tokenizers as older checkpoints keep them, `vocab.txt` or `sentencepiece.bpe.model` →
//! `tokenizer.json`.
//!
//! What comes out gives the tokens that transformers gets from the same files, and offsets in the
//! text besides.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// BERT's WordPiece: `vocab` has a piece a line; `config` is `tokenizer_config.json`, or null.
///
/// # Errors
/// If a special token is missing in the vocabulary; the message names it.
pub fn from_vocab(vocab: &str, config: &Value) -> Result<Vec<u8>, String> {
    let pieces: Vec<&str> = vocab.lines().map(|line| line.trim_end_matches(['\r', '\n'])).collect();
    let ids: serde_json::Map<String, Value> =
        pieces.iter().enumerate().map(|(id, piece)| ((*piece).to_owned(), id.into())).collect();
    let special = |key: &str, default: &str| {
        let name = config[key].as_str().or_else(|| config[key]["content"].as_str()).unwrap_or(default);
        let id =
            ids.get(name).and_then(Value::as_u64).ok_or_else(|| format!("expected the piece {name}, found none"))?;
        Ok::<_, String>((name.to_owned(), id))
    };
    let (unknown, unknown_id) = special("unk_token", "[UNK]")?;
    let (first, first_id) = special("cls_token", "[CLS]")?;
    let (last, last_id) = special("sep_token", "[SEP]")?;
    let file = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [added(unknown_id, &unknown), added(first_id, &first), added(last_id, &last)],
        "normalizer": {
            "type": "BertNormalizer", "clean_text": true,
            "handle_chinese_chars": config["tokenize_chinese_chars"].as_bool().unwrap_or(true),
            "strip_accents": config["strip_accents"], "lowercase": config["do_lower_case"].as_bool().unwrap_or(true),
        },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": around(&first, first_id, &last, last_id),
        "decoder": null,
        "model": {
            "type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": ids,
        },
    });
    Ok(file.to_string().into_bytes())
}

/// XLM-RoBERTa's Unigram from a serialized sentencepiece `ModelProto`, in fairseq's order of the
/// special tokens.
///
/// # Errors
/// If it is not such a file; the message says what was expected.
pub fn from_sentencepiece(model: &[u8]) -> Result<Vec<u8>, String> {
    const SPECIAL: [&str; 4] = ["<s>", "<pad>", "</s>", "<unk>"];
    let wrong = || "not a sentencepiece model".to_owned();
    let (mut pieces, mut rules) = (Vec::new(), None);
    for (number, value) in fields(model).ok_or_else(wrong)? {
        match (number, value) {
            (1, ProtoField::Bytes(piece)) => pieces.push(parse_piece(piece).ok_or_else(wrong)?),
            (3, ProtoField::Bytes(normalizer)) => {
                let found = fields(normalizer).ok_or_else(wrong)?.into_iter().find_map(|field| match field {
                    (2, ProtoField::Bytes(rules)) => Some(rules.to_vec()),
                    _ => None,
                });
                rules = found.filter(|rules| !rules.is_empty());
            }
            _ => {}
        }
    }
    let heads: Vec<&str> = pieces.iter().take(3).map(|(piece, _)| piece.as_str()).collect();
    if heads != ["<unk>", "<s>", "</s>"] {
        return Err(format!("expected the pieces <unk>, <s> and </s> first, found {}", heads.join(", ")));
    }
    let mut vocab: Vec<Value> = SPECIAL.iter().map(|name| json!([name, 0.0])).collect();
    vocab.extend(pieces[3..].iter().map(|(piece, score)| json!([piece, score])));
    let mask = vocab.len() as u64;
    vocab.push(json!(["<mask>", 0.0]));
    let added: Vec<Value> =
        (0..).zip(SPECIAL).map(|(id, name)| added(id, name)).chain([added(mask, "<mask>")]).collect();
    let mut normalizers = Vec::new();
    if let Some(rules) = rules {
        normalizers.push(json!({ "type": "Precompiled", "precompiled_charsmap": BASE64_STANDARD.encode(rules) }));
    }
    normalizers.push(json!({ "type": "Replace", "pattern": { "Regex": " {2,}" }, "content": " " }));
    let file = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": { "type": "Sequence", "normalizers": normalizers },
        "pre_tokenizer": { "type": "Sequence", "pretokenizers": [
            { "type": "WhitespaceSplit" },
            { "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true },
        ] },
        "post_processor": around("<s>", 0, "</s>", 2),
        "decoder": null,
        "model": { "type": "Unigram", "unk_id": 3, "vocab": vocab, "byte_fallback": false },
    });
    Ok(file.to_string().into_bytes())
}

fn added(id: u64, name: &str) -> Value {
    json!({
        "id": id, "content": name, "single_word": false, "lstrip": name == "<mask>", "rstrip": false, "normalized": false,
        "special": true,
    })
}

/// The post-processor that puts a token before the text and one after it.
fn around(first: &str, first_id: u64, last: &str, last_id: u64) -> Value {
    let token = |name: &str| json!({ "SpecialToken": { "id": name, "type_id": 0 } });
    let entry = |name: &str, id: u64| json!({ "id": name, "ids": [id], "tokens": [name] });
    json!({
        "type": "TemplateProcessing",
        "single": [token(first), { "Sequence": { "id": "A", "type_id": 0 } }, token(last)],
        "pair": [token(first), { "Sequence": { "id": "A", "type_id": 0 } }, token(last), { "Sequence": { "id": "B", "type_id": 0 } }, token(last)],
        "special_tokens": { first: entry(first, first_id), last: entry(last, last_id) },
    })
}

/// A value in a protocol buffer message.
enum ProtoField<'m> {
    Bytes(&'m [u8]),
    F32(f32),
    Other,
}

/// The fields of a message by their numbers, in order; `None` if it is damaged.
fn fields(mut message: &[u8]) -> Option<Vec<(u64, ProtoField<'_>)>> {
    let mut found = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let value = match key & 7 {
            0 => {
                varint(&mut message)?;
                ProtoField::Other
            }
            1 => {
                message = message.get(8..)?;
                ProtoField::Other
            }
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                let (bytes, rest) = message.split_at_checked(length)?;
                message = rest;
                ProtoField::Bytes(bytes)
            }
            5 => {
                let (bytes, rest) = message.split_first_chunk()?;
                message = rest;
                ProtoField::F32(f32::from_le_bytes(*bytes))
            }
            _ => return None,
        };
        found.push((key >> 3, value));
    }
    Some(found)
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// A piece and its score.
fn parse_piece(message: &[u8]) -> Option<(String, f32)> {
    let (mut piece, mut score) = (String::new(), 0.0);
    for field in fields(message)? {
        match field {
            (1, ProtoField::Bytes(bytes)) => piece = std::str::from_utf8(bytes).ok()?.to_owned(),
            (2, ProtoField::F32(value)) => score = value,
            _ => {}
        }
    }
    Some((piece, score))
}
