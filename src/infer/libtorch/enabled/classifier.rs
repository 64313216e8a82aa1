//! The encoders of rust-bert behind one function, and a linear head.

use rust_bert::RustBertError;
use rust_bert::albert::{AlbertConfig, AlbertModel};
use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use rust_bert::distilbert::{DistilBertConfig, DistilBertModel};
use rust_bert::electra::{ElectraConfig, ElectraModel};
use rust_bert::fnet::{FNetConfig, FNetModel};
use rust_bert::longformer::{LongformerConfig, LongformerModel};
use rust_bert::mobilebert::{MobileBertConfig, MobileBertModel};
use rust_bert::roberta::RobertaEmbeddings;
use rust_bert::xlnet::{XLNetConfig, XLNetModel};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tch::nn::{self, Module};
use tch::{Kind, Tensor};

use crate::infer::architecture::{Architecture, ConfigError, Family, Keys, Shape};
use crate::infer::libtorch::enabled::deberta::Deberta;
use crate::infer::libtorch::enabled::device::Device;
use crate::kernels::Activation;

/// Families that our own engine does not run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OtherFamily {
    Deberta,
    DebertaV2,
    Longformer,
    MobileBert,
    Albert,
    XlNet,
    FNet,
}

impl OtherFamily {
    const ALL: [Self; 7] =
        [Self::Deberta, Self::DebertaV2, Self::Longformer, Self::MobileBert, Self::Albert, Self::XlNet, Self::FNet];

    /// Its `model_type` in `config.json`.
    fn model_type(self) -> &'static str {
        match self {
            Self::Deberta => "deberta",
            Self::DebertaV2 => "deberta-v2",
            Self::Longformer => "longformer",
            Self::MobileBert => "mobilebert",
            Self::Albert => "albert",
            Self::XlNet => "xlnet",
            Self::FNet => "fnet",
        }
    }

    fn find(model_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.model_type() == model_type)
    }
}

/// A token classifier of any of the families.
pub(super) struct Classifier {
    encoder: TorchEncoder,
    head: nn::Linear,
    /// What windows are filled up with.
    padding: i64,
    /// Position of the first token, where positions count from after the padding's.
    first_position: Option<i64>,
    /// The layer whose hidden states are given.
    summed_after: Option<usize>,
}

#[allow(clippy::large_enum_variant, reason = "there is one of them")]
enum TorchEncoder {
    Bert(BertModel<BertEmbeddings>),
    Roberta(BertModel<RobertaEmbeddings>),
    DistilBert(DistilBertModel),
    Electra(ElectraModel),
    Deberta(Deberta),
    Longformer(LongformerModel),
    MobileBert(MobileBertModel),
    Albert(AlbertModel),
    XlNet(XLNetModel),
    FNet(FNetModel),
}

/// Reads the shape of a model of any family that rust-bert has for token classification from its
/// `config.json`, whatever the device.
///
/// The families of our own engine are checked as it checks them. Of the others rust-bert reads the
/// keys it knows.
///
/// # Errors
/// If the family is none of these, or a key is missing or unsupported.
pub fn shape(config: &[u8], _device: Device) -> Result<Shape, ConfigError> {
    let mut keys = Keys::from_json(config)?;
    let model_type = keys.string("model_type", "the name of a model family")?;
    let Some(family) = OtherFamily::find(&model_type) else {
        return match Architecture::from_json(config) {
            Ok(architecture) => Ok(architecture.shape()),
            Err(ConfigError::UnsupportedFamily { found, supported }) => {
                let others = OtherFamily::ALL.map(OtherFamily::model_type).join(", ");
                Err(ConfigError::UnsupportedFamily { found, supported: format!("{supported}, {others}") })
            }
            Err(error) => Err(error),
        };
    };
    let is_xlnet = family == OtherFamily::XlNet;
    let first_position = if family == OtherFamily::Longformer { keys.count_or("pad_token_id", 1)? + 1 } else { 0 };
    Ok(Shape {
        vocab: keys.count("vocab_size")?,
        hidden: keys.count(if is_xlnet { "d_model" } else { "hidden_size" })?,
        // XLNet knows distances only, and was trained up to this one.
        max_tokens: match is_xlnet {
            true => 512,
            false => keys.count("max_position_embeddings")?.saturating_sub(first_position),
        },
        token_types: if is_xlnet { 3 } else { keys.count_or("type_vocab_size", 0)? },
        layers: 0,
        tags: keys.tags()?,
    })
}

impl Classifier {
    /// Builds the variables of the model in the store of `root`, without values. Hidden states are
    /// given after the layer `summed_after`, counted from 1; `None` is the last, and the one that
    /// families have which our engine does not run.
    pub(super) fn new(
        config: &[u8],
        shape: &Shape,
        root: &nn::Path<'_>,
        summed_after: Option<usize>,
    ) -> Result<Self, ConfigError> {
        let file: Value = serde_json::from_slice(config).map_err(|error| ConfigError::Unreadable(error.to_string()))?;
        let number = |key: &str, default: i64| file[key].as_i64().unwrap_or(default);
        let (mut padding, mut first_position) = (number("pad_token_id", 0), None);
        let encoder = match Architecture::from_json(config) {
            Ok(architecture) => {
                if matches!(architecture.family, Family::Roberta | Family::XlmRoberta) {
                    (padding, first_position) = (number("pad_token_id", 1), Some(architecture.first_position as i64));
                }
                shared(&architecture, padding, root, summed_after.is_some())?
            }
            // The shape has been read, so it is one of the others.
            Err(error) => match OtherFamily::find(file["model_type"].as_str().unwrap_or_default()).ok_or(error)? {
                OtherFamily::Deberta | OtherFamily::DebertaV2 => {
                    TorchEncoder::Deberta(Deberta::new(&(root / "deberta"), &file)?)
                }
                OtherFamily::Longformer => {
                    padding = number("pad_token_id", 1);
                    let config = parse::<LongformerConfig>(&file)?;
                    TorchEncoder::Longformer(LongformerModel::new(root / "longformer", &config, false))
                }
                OtherFamily::MobileBert => {
                    let config = parse::<MobileBertConfig>(&file)?;
                    TorchEncoder::MobileBert(MobileBertModel::new(root / "mobilebert", &config, false))
                }
                OtherFamily::Albert => {
                    TorchEncoder::Albert(AlbertModel::new(root / "albert", &parse::<AlbertConfig>(&file)?))
                }
                OtherFamily::XlNet => {
                    TorchEncoder::XlNet(XLNetModel::new(root / "transformer", &parse::<XLNetConfig>(&file)?))
                }
                OtherFamily::FNet => {
                    TorchEncoder::FNet(FNetModel::new(root / "fnet", &parse::<FNetConfig>(&file)?, false))
                }
            },
        };
        let head = nn::linear(root / "classifier", shape.hidden as i64, shape.tags.len() as i64, Default::default());
        Ok(Self { encoder, head, padding, first_position, summed_after })
    }

    /// What comes before the names of the encoder's tensors.
    pub(super) fn prefix(&self) -> &'static str {
        match self.encoder {
            TorchEncoder::Bert(_) => "bert.",
            TorchEncoder::Roberta(_) => "roberta.",
            TorchEncoder::DistilBert(_) => "distilbert.",
            TorchEncoder::Electra(_) => "electra.",
            TorchEncoder::Deberta(_) => "deberta.",
            TorchEncoder::Longformer(_) => "longformer.",
            TorchEncoder::MobileBert(_) => "mobilebert.",
            TorchEncoder::Albert(_) => "albert.",
            TorchEncoder::XlNet(_) => "transformer.",
            TorchEncoder::FNet(_) => "fnet.",
        }
    }

    /// Whether padding leaves the other rows as they are. FNet has no mask, rust-bert's ELECTRA
    /// ignores it, and MobileBERT looks at the neighbours of each token before it does.
    pub(super) fn pads(&self) -> bool {
        !matches!(
            self.encoder,
            TorchEncoder::FNet(_) | TorchEncoder::Electra(_) | TorchEncoder::MobileBert(_) | TorchEncoder::XlNet(_)
        )
    }

    /// Whether it takes several windows at a time. rust-bert's XLNet mixes up their token types.
    pub(super) fn batches(&self) -> bool {
        !matches!(self.encoder, TorchEncoder::XlNet(_))
    }

    /// The id that windows are filled up with.
    pub(super) fn padding(&self) -> i64 {
        self.padding
    }

    /// Logits (W, L, C) and the hidden states to sum (W, L, D) of W windows of L tokens; all arguments
    /// are (W, L) and whole numbers.
    pub(super) fn forward(
        &self,
        ids: &Tensor,
        types: &Tensor,
        mask: &Tensor,
    ) -> Result<(Tensor, Tensor), RustBertError> {
        let (just_ids, just_types) = (ids, types);
        let (ids, types, some_mask) = (Some(ids), Some(types), Some(mask));
        let mut all = None;
        let hidden = match &self.encoder {
            TorchEncoder::Bert(model) => {
                let output = model.forward_t(ids, some_mask, types, None, None, None, None, false)?;
                all = output.all_hidden_states;
                output.hidden_state
            }
            TorchEncoder::Roberta(model) => {
                // Given rather than worked out from the ids, so that a token that is the padding's
                // is a token.
                let first = self.first_position.unwrap_or_default();
                let positions = (mask.cumsum(1, Kind::Int64) - 1 + first) * mask + (first - 1) * (1 - mask);
                let positions = Some(&positions);
                let output = model.forward_t(ids, some_mask, types, positions, None, None, None, false)?;
                all = output.all_hidden_states;
                output.hidden_state
            }
            TorchEncoder::DistilBert(model) => {
                let output = model.forward_t(ids, some_mask, None, false)?;
                all = output.all_hidden_states;
                output.hidden_state
            }
            TorchEncoder::Electra(model) => {
                let output = model.forward_t(ids, some_mask, types, None, None, false)?;
                all = output.all_hidden_states;
                output.hidden_state
            }
            TorchEncoder::Deberta(model) => model.forward(just_ids, just_types, mask),
            TorchEncoder::Longformer(model) => {
                model.forward_t(ids, some_mask, None, types, None, None, false)?.hidden_state
            }
            TorchEncoder::MobileBert(model) => model.forward_t(ids, types, None, None, some_mask, false)?.hidden_state,
            TorchEncoder::Albert(model) => model.forward_t(ids, some_mask, types, None, None, false)?.hidden_state,
            TorchEncoder::XlNet(model) => {
                model.forward_t(ids, some_mask, None, None, None, types, None, false)?.hidden_state
            }
            TorchEncoder::FNet(model) => model.forward_t(ids, types, None, None, false)?.hidden_states,
        };
        let logits = self.head.forward(&hidden);
        // rust-bert lists what comes out of each layer, the first one's first.
        let summed = self.summed_after.zip(all).map(|(layer, mut all)| all.swap_remove(layer - 1));
        Ok((logits, summed.unwrap_or(hidden)))
    }
}

pub(super) fn parse<T: DeserializeOwned>(config: &Value) -> Result<T, ConfigError> {
    // What rust-bert insists on, newer files leave out, and does not matter to a trained model.
    let mut whole = json!({
        "attention_dropout": 0.0, "attention_probs_dropout_prob": 0.0, "dropout": 0.0, "hidden_dropout_prob": 0.0,
        "initializer_range": 0.02, "qa_dropout": 0.0, "seq_classif_dropout": 0.0, "sinusoidal_pos_embds": false,
        "tie_weights_": true,
    });
    if let (Some(whole), Some(config)) = (whole.as_object_mut(), config.as_object()) {
        whole.extend(config.clone());
    }
    T::deserialize(whole).map_err(|error| ConfigError::Incomplete(format!("rust-bert cannot read it: {error}")))
}

/// An encoder of a family that our engine has too, with every setting as that engine understands
/// it: files leave out what rust-bert insists on.
fn shared(
    architecture: &Architecture,
    padding: i64,
    root: &nn::Path<'_>,
    all_hidden: bool,
) -> Result<TorchEncoder, ConfigError> {
    let a = architecture;
    let activation = match a.activation {
        Activation::GeluTanh => "gelu_new",
        Activation::Relu => "relu",
        Activation::Gelu | Activation::None => "gelu",
    };
    let config = json!({
        "hidden_act": activation, "hidden_size": a.hidden,
        "intermediate_size": a.feed_forward, "max_position_embeddings": a.positions,
        "num_attention_heads": a.heads, "num_hidden_layers": a.layers, "type_vocab_size": a.token_types,
        "vocab_size": a.vocab, "layer_norm_eps": a.norm_eps, "embedding_size": a.embedding, "pad_token_id": padding,
        "output_hidden_states": all_hidden,
        // The names that DistilBERT has for some of these.
        "activation": activation, "dim": a.hidden, "hidden_dim": a.feed_forward,
        "n_heads": a.heads, "n_layers": a.layers,
    });
    Ok(match a.family {
        Family::Bert => TorchEncoder::Bert(BertModel::new_with_optional_pooler(
            root / "bert",
            &parse::<BertConfig>(&config)?,
            false,
        )),
        Family::Roberta | Family::XlmRoberta => TorchEncoder::Roberta(BertModel::new_with_optional_pooler(
            root / "roberta",
            &parse::<BertConfig>(&config)?,
            false,
        )),
        Family::DistilBert => {
            TorchEncoder::DistilBert(DistilBertModel::new(root, &parse::<DistilBertConfig>(&config)?))
        }
        Family::Electra => {
            TorchEncoder::Electra(ElectraModel::new(root / "electra", &parse::<ElectraConfig>(&config)?))
        }
    })
}
