//! `config.json` → the shape of the model, or the key that is not supported.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::kernels::Activation;

/// The families of encoders that our engine runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Family {
    Bert,
    DistilBert,
    Roberta,
    XlmRoberta,
    Electra,
}

impl Family {
    const ALL: [Self; 5] = [Self::Bert, Self::DistilBert, Self::Roberta, Self::XlmRoberta, Self::Electra];

    /// Its `model_type` in `config.json`.
    pub fn model_type(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::DistilBert => "distilbert",
            Self::Roberta => "roberta",
            Self::XlmRoberta => "xlm-roberta",
            Self::Electra => "electra",
        }
    }
}

/// Everything about a model's shape that its forward pass needs. What [`Architecture::from_json`]
/// returns has been checked: sizes are not 0, the heads divide the hidden size, and there are
/// positions for a window.
#[derive(Clone, PartialEq, Debug)]
pub struct Architecture {
    /// Which names the tensors have, and which parts there are.
    pub(super) family: Family,
    /// Vocabulary size V.
    pub(super) vocab: usize,
    /// Width of the embeddings; differs from `hidden` in small ELECTRA models.
    pub(super) embedding: usize,
    /// Hidden size D.
    pub(super) hidden: usize,
    /// Number of layers.
    pub(super) layers: usize,
    /// Attention heads H; they divide `hidden`.
    pub(super) heads: usize,
    /// Width of the feed-forward layer F.
    pub(super) feed_forward: usize,
    /// Rows of the position embedding.
    pub(super) positions: usize,
    /// Row of the first token's position: RoBERTa counts from its padding id + 1.
    pub(super) first_position: usize,
    /// Rows of the token-type embedding; 0 if the family has none.
    pub(super) token_types: usize,
    /// Added to variances.
    pub(super) norm_eps: f32,
    /// Between the two feed-forward products.
    pub(super) activation: Activation,
    /// Tag names by output column, from `id2label`.
    pub(super) tags: Vec<String>,
}

/// What everything but the forward pass needs to know of a model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Vocabulary size V.
    pub vocab: usize,
    /// Hidden size D.
    pub hidden: usize,
    /// Tokens that one window can have, special tokens included.
    pub max_tokens: usize,
    /// Rows of the token-type embedding; 0 if there is none.
    pub token_types: usize,
    /// Layers whose hidden states can be summed; 0 where only those of the last can.
    pub layers: usize,
    /// Tag names by output column.
    pub tags: Vec<String>,
}

/// Why a `config.json` was refused.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// Not a JSON object.
    #[error("not a JSON object: {0}")]
    Unreadable(String),
    /// A family we do not run.
    #[error("model_type {found:?} is not supported: expected one of {supported}")]
    UnsupportedFamily {
        /// What the file says.
        found: String,
        /// What we run.
        supported: String,
    },
    /// A key that must be there.
    #[error("{key}: missing, expected {wanted}")]
    Missing {
        /// The key.
        key: &'static str,
        /// What it holds.
        wanted: &'static str,
    },
    /// A configuration that rust-bert cannot read.
    #[error("{0}")]
    Incomplete(String),
    /// A key whose value cannot be used.
    #[error("{key}: expected {wanted}, found {found}")]
    Unsupported {
        /// The key.
        key: String,
        /// What is supported.
        wanted: String,
        /// What stands there, as JSON.
        found: String,
    },
    /// A key we know nothing about, so it may change the result.
    #[error("{key}: unknown key (its value is {found})")]
    UnknownKey {
        /// The key.
        key: String,
        /// What stands there, as JSON.
        found: String,
    },
}

/// Keys that do not change what a trained encoder computes: training, export and generation
/// settings, and the pooler's, which token classification does not use.
#[rustfmt::skip]
const INERT: &[&str] = &[
    "_attn_implementation_autoset", "_commit_hash", "_name_or_path", "_num_labels", "activation_dropout", "adapters",
    "architectures", "attention_dropout", "attention_probs_dropout_prob", "bad_words_ids", "begin_suppress_tokens",
    "bos_token_id", "classifier_dropout", "cls_token_id", "cross_attention_hidden_size", "decoder_start_token_id",
    "directionality", "diversity_penalty", "do_sample", "dropout", "dtype", "early_stopping",
    "encoder_no_repeat_ngram_size", "eos_token_id", "exponential_decay_length_penalty", "finetuning_task",
    "forced_bos_token_id", "forced_eos_token_id", "gradient_checkpointing", "hidden_dropout_prob", "initializer_range",
    "label2id", "language", "layerdrop", "length_penalty", "mask_token_id", "max_length", "min_length", "name",
    "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_labels", "num_return_sequences", "output_attentions",
    "output_hidden_states", "output_past", "output_scores", "pad_token_id", "pooler_fc_size",
    "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type", "prefix",
    "problem_type", "qa_dropout", "remove_invalid_values", "repetition_penalty", "return_dict",
    "return_dict_in_generate", "sep_token_id", "seq_classif_dropout", "sinusoidal_pos_embds", "summary_activation",
    "summary_last_dropout", "summary_type", "summary_use_proj", "suppress_tokens", "task_specific_params",
    "temperature", "tf_legacy_loss", "tie_encoder_decoder", "tie_weights_", "tie_word_embeddings", "tokenizer_class",
    "top_k", "top_p", "torch_dtype", "torchscript", "transformers_version", "typical_p", "use_bfloat16", "use_cache",
    "use_return_dict",
];

/// Keys that would change the computation, and the only value, as JSON, for which ours is right.
const FIXED: &[(&str, &str)] = &[
    ("add_cross_attention", "false"),
    ("chunk_size_feed_forward", "0"),
    ("is_decoder", "false"),
    ("is_encoder_decoder", "false"),
    ("position_embedding_type", "\"absolute\""),
    ("pruned_heads", "{}"),
];

impl Architecture {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// If a key is missing, unsupported or unknown; the error names it.
    pub fn from_json(json: &[u8]) -> Result<Self, ConfigError> {
        let mut keys = Keys::from_json(json)?;
        let model_type = keys.string("model_type", "the name of a model family")?;
        let family = Family::ALL.into_iter().find(|family| family.model_type() == model_type).ok_or_else(|| {
            ConfigError::UnsupportedFamily {
                found: model_type,
                supported: Family::ALL.map(Family::model_type).join(", "),
            }
        })?;
        let architecture = match family {
            Family::DistilBert => Self {
                family,
                vocab: keys.count("vocab_size")?,
                embedding: keys.count("dim")?,
                hidden: keys.count("dim")?,
                layers: keys.count("n_layers")?,
                heads: keys.count("n_heads")?,
                feed_forward: keys.count("hidden_dim")?,
                positions: keys.count("max_position_embeddings")?,
                first_position: 0,
                token_types: 0,
                // The library's constant; the file has no key for it.
                norm_eps: 1e-12,
                activation: keys.activation("activation")?,
                tags: keys.tags()?,
            },
            _ => {
                let hidden = keys.count("hidden_size")?;
                let first_position = match family {
                    Family::Roberta | Family::XlmRoberta => keys.count_or("pad_token_id", 1)? + 1,
                    _ => 0,
                };
                let embedding =
                    if family == Family::Electra { keys.count_or("embedding_size", hidden)? } else { hidden };
                Self {
                    family,
                    vocab: keys.count("vocab_size")?,
                    embedding,
                    hidden,
                    layers: keys.count("num_hidden_layers")?,
                    heads: keys.count("num_attention_heads")?,
                    feed_forward: keys.count("intermediate_size")?,
                    positions: keys.count("max_position_embeddings")?,
                    first_position,
                    token_types: keys.count_or("type_vocab_size", 2)?,
                    norm_eps: keys.eps("layer_norm_eps")?,
                    activation: keys.activation("hidden_act")?,
                    tags: keys.tags()?,
                }
            }
        };
        keys.refuse_the_rest()?;
        architecture.check()?;
        Ok(architecture)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let unsupported = |key: &str, wanted: String, found: usize| {
            Err(ConfigError::Unsupported { key: key.to_owned(), wanted, found: found.to_string() })
        };
        if self.heads == 0 || !self.hidden.is_multiple_of(self.heads) {
            return unsupported(
                "num_attention_heads",
                format!("a divisor of the hidden size {}", self.hidden),
                self.heads,
            );
        }
        for (key, count) in [
            ("vocab_size", self.vocab),
            ("hidden_size", self.hidden),
            ("embedding_size", self.embedding),
            ("num_hidden_layers", self.layers),
            ("intermediate_size", self.feed_forward),
        ] {
            if count == 0 {
                return unsupported(key, "at least 1".to_owned(), count);
            }
        }
        if self.positions < self.first_position + 4 {
            return unsupported(
                "max_position_embeddings",
                format!("at least {}", self.first_position + 4),
                self.positions,
            );
        }
        Ok(())
    }

    /// The same encoder without its token-classification head.
    pub fn without_head(self) -> Self {
        Self { tags: Vec::new(), ..self }
    }

    /// What the rest of the program needs of this.
    pub fn shape(&self) -> Shape {
        Shape {
            vocab: self.vocab,
            hidden: self.hidden,
            max_tokens: self.positions - self.first_position,
            token_types: self.token_types,
            layers: self.layers,
            tags: self.tags.clone(),
        }
    }
}

/// A configuration, and which of its keys have been read.
pub(super) struct Keys {
    config: Map<String, Value>,
    read: Vec<&'static str>,
}

impl Keys {
    /// An object in JSON.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, ConfigError> {
        let config = serde_json::from_slice(json).map_err(|error| ConfigError::Unreadable(error.to_string()))?;
        Ok(Self { config, read: Vec::new() })
    }

    fn get(&mut self, key: &'static str) -> Option<&Value> {
        self.read.push(key);
        self.config.get(key)
    }

    pub(super) fn string(&mut self, key: &'static str, wanted: &'static str) -> Result<String, ConfigError> {
        match self.get(key) {
            None => Err(ConfigError::Missing { key, wanted }),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Err(unsupported(key, wanted, other)),
        }
    }

    pub(super) fn count(&mut self, key: &'static str) -> Result<usize, ConfigError> {
        let wanted = "a whole number";
        match self.get(key) {
            None => Err(ConfigError::Missing { key, wanted }),
            Some(value) => as_count(value).ok_or_else(|| unsupported(key, wanted, value)),
        }
    }

    pub(super) fn count_or(&mut self, key: &'static str, default: usize) -> Result<usize, ConfigError> {
        match self.get(key) {
            None | Some(Value::Null) => Ok(default),
            Some(_) => self.count(key),
        }
    }

    fn eps(&mut self, key: &'static str) -> Result<f32, ConfigError> {
        match self.get(key) {
            None => Ok(1e-12),
            Some(value) => match value.as_f64() {
                Some(eps) if (0.0..0.1).contains(&eps) => Ok(eps as f32),
                _ => Err(unsupported(key, "a small positive number", value)),
            },
        }
    }

    fn activation(&mut self, key: &'static str) -> Result<Activation, ConfigError> {
        let name = match self.get(key) {
            None => return Ok(Activation::Gelu),
            Some(value) => value,
        };
        match name.as_str() {
            Some("gelu") => Ok(Activation::Gelu),
            Some("gelu_new" | "gelu_pytorch_tanh") => Ok(Activation::GeluTanh),
            Some("relu") => Ok(Activation::Relu),
            _ => Err(unsupported(key, "gelu, gelu_new, gelu_pytorch_tanh or relu", name)),
        }
    }

    /// `id2label`, whose keys must be `"0"` to `"n-1"`. Without it there is no head, and no tags.
    pub(super) fn tags(&mut self) -> Result<Vec<String>, ConfigError> {
        let Some(value) = self.get("id2label") else {
            return Ok(Vec::new());
        };
        let wanted = "an object with the keys \"0\", \"1\", … and a tag name for each";
        let Some(by_id) = value.as_object() else {
            return Err(unsupported("id2label", wanted, value));
        };
        (0..by_id.len())
            .map(|id| by_id.get(&id.to_string()).and_then(Value::as_str).map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| unsupported("id2label", wanted, value))
    }

    fn refuse_the_rest(&self) -> Result<(), ConfigError> {
        for (key, value) in &self.config {
            if self.read.contains(&key.as_str()) || INERT.contains(&key.as_str()) {
                continue;
            }
            let Some((_, wanted)) = FIXED.iter().find(|(name, _)| name == key) else {
                return Err(ConfigError::UnknownKey { key: key.clone(), found: shown(value) });
            };
            let (wanted, found) = ((*wanted).to_owned(), shown(value));
            if found != wanted {
                return Err(ConfigError::Unsupported { key: key.clone(), wanted, found });
            }
        }
        Ok(())
    }
}

fn as_count(value: &Value) -> Option<usize> {
    // A number that no machine has memory for is as wrong as a negative one, and products of two
    // must not overflow.
    value.as_u64().filter(|&n| n <= 1 << 24).map(|n| n as usize)
}

fn unsupported(key: &str, wanted: &str, found: &Value) -> ConfigError {
    ConfigError::Unsupported { key: key.to_owned(), wanted: wanted.to_owned(), found: shown(found) }
}

/// A value as JSON, cut to what fits a message.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    /// A small BERT's configuration with some keys changed; `null` takes a key away.
    fn check(changes: Value, expected: Expect) {
        let mut config = json!({
            "model_type": "bert", "vocab_size": 100, "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
            "intermediate_size": 52, "max_position_embeddings": 64, "hidden_act": "gelu", "layer_norm_eps": 1e-12,
            "type_vocab_size": 2, "id2label": {"0": "O", "1": "B-PER", "2": "I-PER"},
        });
        for (key, value) in changes.as_object().expect("an object of changes") {
            config[key] = value.clone();
        }
        config.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        let shown = match Architecture::from_json(config.to_string().as_bytes()) {
            Ok(a) => format!(
                "{} {}×{} positions from {}, {} tags",
                a.family.model_type(),
                a.layers,
                a.hidden,
                a.first_position,
                a.tags.len()
            ),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn what_does_not_change_the_result_is_passed_over() {
        check(json!({}), expect!["bert 2×48 positions from 0, 3 tags"]);
        check(
            json!({"transformers_version": "4.46.3", "position_embedding_type": "absolute", "pruned_heads": {}}),
            expect!["bert 2×48 positions from 0, 3 tags"],
        );
        check(
            json!({"model_type": "xlm-roberta", "pad_token_id": 1}),
            expect!["xlm-roberta 2×48 positions from 2, 3 tags"],
        );
        check(json!({"id2label": null}), expect!["bert 2×48 positions from 0, 0 tags"]);
    }

    #[test]
    fn what_changes_the_result_is_refused_by_key() {
        check(
            json!({"position_embedding_type": "relative_key"}),
            expect![[r#"position_embedding_type: expected "absolute", found "relative_key""#]],
        );
        check(json!({"is_decoder": true}), expect!["is_decoder: expected false, found true"]);
        check(json!({"rotary_base": 10000}), expect!["rotary_base: unknown key (its value is 10000)"]);
        check(
            json!({"hidden_act": "swish"}),
            expect![[r#"hidden_act: expected gelu, gelu_new, gelu_pytorch_tanh or relu, found "swish""#]],
        );
        check(
            json!({"model_type": "deberta-v2"}),
            expect![[
                r#"model_type "deberta-v2" is not supported: expected one of bert, distilbert, roberta, xlm-roberta, electra"#
            ]],
        );
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused_by_key() {
        check(json!({"hidden_size": null}), expect!["hidden_size: missing, expected a whole number"]);
        check(json!({"hidden_size": -48}), expect!["hidden_size: expected a whole number, found -48"]);
        check(
            json!({"num_attention_heads": 5}),
            expect!["num_attention_heads: expected a divisor of the hidden size 48, found 5"],
        );
        check(
            json!({"num_attention_heads": 0}),
            expect!["num_attention_heads: expected a divisor of the hidden size 48, found 0"],
        );
        check(json!({"max_position_embeddings": 3}), expect!["max_position_embeddings: expected at least 4, found 3"]);
        check(
            json!({"id2label": {"1": "O"}}),
            expect![[
                r#"id2label: expected an object with the keys "0", "1", … and a tag name for each, found {"1":"O"}"#
            ]],
        );
    }
}
