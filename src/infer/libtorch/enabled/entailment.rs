//! rust-bert's models of natural language inference: how far one text follows from another.

use std::sync::{Mutex, PoisonError};

use rust_bert::RustBertError;
use rust_bert::bart::{BartConfig, BartForSequenceClassification};
use rust_bert::bert::{BertConfig, BertForSequenceClassification};
use rust_bert::distilbert::{DistilBertConfig, DistilBertModelClassifier};
use rust_bert::roberta::RobertaForSequenceClassification;
use serde_json::Value;
use tch::nn::Module;
use tch::{Tensor, nn};

use crate::infer::architecture::{ConfigError, Keys};
use crate::infer::batch::TextPair;
use crate::infer::libtorch::enabled::classifier::parse;
use crate::infer::libtorch::enabled::deberta::Deberta;
use crate::infer::libtorch::enabled::device::Device;
use crate::infer::libtorch::enabled::variables::{fill, numbers, padded};
use crate::infer::libtorch::error::LibtorchError;
use crate::infer::tensors::Tensors;

/// A model that was trained to say whether a text entails another, contradicts it, or neither.
pub struct Entailment {
    /// One pass at a time, as for names.
    model: Mutex<PairClassifier>,
    device: Device,
    padding: i64,
    has_types: bool,
    /// Columns of its logits.
    entails: usize,
    contradicts: usize,
    n_columns: usize,
    max_tokens: usize,
}

enum PairClassifier {
    Bart(BartForSequenceClassification),
    Bert(BertForSequenceClassification),
    DistilBert(DistilBertModelClassifier),
    Roberta(RobertaForSequenceClassification),
    /// The encoder, what makes one vector of the first token's, and the head.
    Deberta(Deberta, nn::Linear, nn::Linear),
}

const FAMILIES: [&str; 7] = ["bart", "bert", "distilbert", "roberta", "xlm-roberta", "deberta", "deberta-v2"];

impl Entailment {
    /// Builds the model that `config` describes from its tensors.
    ///
    /// # Errors
    /// If the device is not there, the model is not one of inference or of a family for which
    /// rust-bert has that, or the tensors are not those of such a model.
    pub fn new(config: &[u8], mut tensors: Tensors<'_>, device: Device) -> Result<Self, LibtorchError> {
        device.check()?;
        let mut keys = Keys::from_json(config)?;
        let model_type = keys.string("model_type", "the name of a model family")?;
        let first_position = match model_type.as_str() {
            "roberta" | "xlm-roberta" => keys.count_or("pad_token_id", 1)? + 1,
            _ => 0,
        };
        let padding = keys.count_or("pad_token_id", if first_position > 0 { 1 } else { 0 })? as i64;
        let max_tokens = keys.count("max_position_embeddings")?.saturating_sub(first_position);
        let has_types = model_type != "distilbert" && keys.count_or("type_vocab_size", 0)? >= 2;
        let columns = keys.tags()?;
        let column = |wanted: &[&str]| {
            columns.iter().position(|column| wanted.contains(&column.to_lowercase().as_str())).ok_or_else(|| {
                ConfigError::Unsupported {
                    key: "id2label".to_owned(),
                    wanted:
                        "the answers of a model of natural language inference, entailment and contradiction among them"
                            .to_owned(),
                    found: columns.join(", "),
                }
            })
        };
        let entails = column(&["entailment", "entail"])?;
        let contradicts = column(&["contradiction", "contradict", "not_entailment"])?;

        let file: Value = serde_json::from_slice(config).map_err(|error| ConfigError::Unreadable(error.to_string()))?;
        let mut store = nn::VarStore::new(device.of_torch());
        let root = store.root();
        let incomplete = |error: RustBertError| ConfigError::Incomplete(format!("rust-bert: {error}"));
        let (model, prefix) = match model_type.as_str() {
            "bart" => {
                let config = parse::<BartConfig>(&file)?;
                (
                    PairClassifier::Bart(BartForSequenceClassification::new(&root, &config).map_err(incomplete)?),
                    "model.",
                )
            }
            "bert" => {
                let config = parse::<BertConfig>(&file)?;
                (PairClassifier::Bert(BertForSequenceClassification::new(&root, &config).map_err(incomplete)?), "bert.")
            }
            "distilbert" => {
                let config = parse::<DistilBertConfig>(&file)?;
                (
                    PairClassifier::DistilBert(DistilBertModelClassifier::new(&root, &config).map_err(incomplete)?),
                    "distilbert.",
                )
            }
            "roberta" | "xlm-roberta" => {
                let config = parse::<BertConfig>(&file)?;
                (
                    PairClassifier::Roberta(RobertaForSequenceClassification::new(&root, &config).map_err(incomplete)?),
                    "roberta.",
                )
            }
            "deberta" | "deberta-v2" => {
                let encoder = Deberta::new(&(&root / "deberta"), &file)?;
                let hidden = keys.count("hidden_size")? as i64;
                let pooler = nn::linear(&root / "pooler" / "dense", hidden, hidden, Default::default());
                let head = nn::linear(&root / "classifier", hidden, columns.len() as i64, Default::default());
                (PairClassifier::Deberta(encoder, pooler, head), "deberta.")
            }
            _ => Err(ConfigError::UnsupportedFamily { found: model_type, supported: FAMILIES.join(", ") })?,
        };
        fill(&store, &mut tensors, prefix, true)?;
        tensors.finish()?;
        store.freeze();
        let n_columns = columns.len();
        Ok(Self { model: Mutex::new(model), device, padding, has_types, entails, contradicts, n_columns, max_tokens })
    }

    /// Tokens that a pair can have.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// For each pair the log odds that the second text follows from the first, rather than that it
    /// contradicts it.
    ///
    /// # Panics
    /// If libtorch fails, for example because there is too little memory.
    pub fn logits(&self, pairs: &[TextPair]) -> Vec<f32> {
        let longest = pairs.iter().map(|pair| pair.ids.len()).max().unwrap_or(0);
        let model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = |fill: i64, row: &dyn Fn(&TextPair) -> Vec<i64>| {
            padded(&pairs.iter().map(row).collect::<Vec<_>>(), longest, fill, self.device)
        };
        let ids = rows(self.padding, &|pair| pair.ids.iter().map(|&id| i64::from(id)).collect());
        let types = rows(0, &|pair| {
            pair.types.iter().map(|&token_type| if self.has_types { i64::from(token_type) } else { 0 }).collect()
        });
        let mask = rows(0, &|pair| vec![1; pair.ids.len()]);
        let found = tch::no_grad(|| model.forward(&ids, &types, &mask));
        let found = numbers(&found.unwrap_or_else(|error| panic!("rust-bert: {error}")));
        found.chunks_exact(self.n_columns).map(|row| row[self.entails] - row[self.contradicts]).collect()
    }
}

impl PairClassifier {
    /// (P, C) for P pairs of L tokens; all arguments are (P, L).
    fn forward(&self, ids: &Tensor, types: &Tensor, mask: &Tensor) -> Result<Tensor, RustBertError> {
        let (some_ids, some_types, some_mask) = (Some(ids), Some(types), Some(mask));
        Ok(match self {
            Self::Bart(model) => model.forward_t(ids, some_mask, None, None, None, false).decoder_output,
            Self::Bert(model) => model.forward_t(some_ids, some_mask, some_types, None, None, false).logits,
            Self::DistilBert(model) => model.forward_t(some_ids, some_mask, None, false)?.logits,
            Self::Roberta(model) => model.forward_t(some_ids, some_mask, some_types, None, None, false).logits,
            Self::Deberta(encoder, pooler, head) => {
                let first = encoder.forward(ids, types, mask).select(1, 0);
                head.forward(&pooler.forward(&first).gelu("none"))
            }
        })
    }
}
