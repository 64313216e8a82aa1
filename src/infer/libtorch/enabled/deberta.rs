//! DeBERTa and DeBERTa-v2 (He et al. 2021a, b) on tch: encoders whose attention knows how far apart
//! two tokens are.
//!
//! Written out here because rust-bert 0.23 computes something else: its version 1 takes the number
//! of heads for the length of the text, its version 2 leaves out a root and an offset. Names of
//! tensors and the order of operations are those of transformers.
//!
//! score(i, j) = (qᵢ·kⱼ + qᵢ·r_{δ(i,j)} + kⱼ·s_{δ(j,i)}) / √(3d), with r and s projections of an
//! embedding of distances, and δ the distance, in version 2 in buckets that widen with it.

use serde_json::Value;
use tch::nn::{self, Module};
use tch::{Kind, Tensor};

use crate::infer::architecture::ConfigError;

pub(super) struct Deberta {
    words: Tensor,
    positions: Option<Tensor>,
    types: Option<Tensor>,
    widen: Option<nn::Linear>,
    norm: nn::LayerNorm,
    distances: Option<Distances>,
    convolution: Option<Convolution>,
    layers: Vec<DebertaLayer>,
}

/// The embedding of distances, and which there are.
struct Distances {
    embedding: Tensor, /* (2 · span, D) */
    norm: Option<nn::LayerNorm>,
    /// Distances beyond are taken for this one.
    span: i64,
    /// Buckets and the longest distance, for version 2.
    buckets: Option<(i64, i64)>,
}

struct Convolution {
    convolution: nn::Conv1D,
    norm: nn::LayerNorm,
    activation: fn(&Tensor) -> Tensor,
}

struct DebertaLayer {
    heads: i64,
    project: Project,
    /// From distances to keys (c2p) and to queries (p2c).
    distance_keys: Option<nn::Linear>,
    distance_queries: Option<nn::Linear>,
    out: nn::Linear,
    out_norm: nn::LayerNorm,
    up: nn::Linear,
    down: nn::Linear,
    down_norm: nn::LayerNorm,
    activation: fn(&Tensor) -> Tensor,
}

/// From hidden states to queries, keys and values.
enum Project {
    /// Version 1: one product, head by head, and biases for queries and values.
    Together { all: nn::Linear, query_bias: Tensor, value_bias: Tensor },
    /// Version 2, which projects distances with the same weights if `shares`.
    Apart { query: nn::Linear, key: nn::Linear, value: nn::Linear, shares: bool },
}

/// The settings of a `config.json`, by name.
struct DebertaConfig<'c>(&'c Value);

impl DebertaConfig<'_> {
    fn number(&self, key: &str) -> Result<i64, ConfigError> {
        let wanted = || ConfigError::Unsupported {
            key: key.to_owned(),
            wanted: "a whole number, 1 or more".to_owned(),
            found: self.0[key].to_string(),
        };
        self.0[key].as_i64().filter(|&n| n > 0).ok_or_else(wanted)
    }

    fn number_or(&self, key: &str, default: i64) -> i64 {
        self.0[key].as_i64().unwrap_or(default)
    }

    fn is(&self, key: &str, default: bool) -> bool {
        self.0[key].as_bool().unwrap_or(default)
    }

    /// Whether a list, or a string with bars between its parts, has `part`.
    fn has(&self, key: &str, part: &str) -> bool {
        match &self.0[key] {
            Value::Array(parts) => parts.iter().any(|found| found == part),
            Value::String(parts) => parts.split('|').any(|found| found.trim() == part),
            _ => false,
        }
    }

    fn activation(&self, key: &str, default: &str) -> Result<fn(&Tensor) -> Tensor, ConfigError> {
        match self.0[key].as_str().unwrap_or(default) {
            "gelu" => Ok(|x| x.gelu("none")),
            "gelu_new" | "gelu_pytorch_tanh" => Ok(|x| x.gelu("tanh")),
            "relu" => Ok(Tensor::relu),
            "tanh" => Ok(Tensor::tanh),
            other => Err(ConfigError::Unsupported {
                key: key.to_owned(),
                wanted: "gelu, gelu_new, gelu_pytorch_tanh, relu or tanh".to_owned(),
                found: other.to_owned(),
            }),
        }
    }
}

impl Deberta {
    /// The variables, without values, of the model that `config` describes. `root` is that of the
    /// encoder.
    pub(super) fn new(root: &nn::Path<'_>, config: &Value) -> Result<Self, ConfigError> {
        let settings = DebertaConfig(config);
        let is_v2 = config["model_type"] == "deberta-v2";
        let hidden = settings.number("hidden_size")?;
        let embedding = settings.number_or("embedding_size", hidden);
        let heads = settings.number("num_attention_heads")?;
        if hidden % heads != 0 || settings.is("talking_head", false) {
            return Err(ConfigError::Unsupported {
                key: "num_attention_heads".to_owned(),
                wanted: format!("a divisor of the hidden size {hidden}, and no talking_head"),
                found: heads.to_string(),
            });
        }
        let eps = config["layer_norm_eps"].as_f64().unwrap_or(1e-7);
        let norm =
            |at: nn::Path<'_>| nn::layer_norm(at, vec![hidden], nn::LayerNormConfig { eps, ..Default::default() });
        let table = |at: nn::Path<'_>, rows: i64, columns: i64| at.zeros("weight", &[rows, columns]);
        let linear = |at: nn::Path<'_>, inputs: i64, outputs: i64, bias: bool| {
            nn::linear(at, inputs, outputs, nn::LinearConfig { bias, ..Default::default() })
        };

        let at = root / "embeddings";
        let n_positions = settings.number("max_position_embeddings")?;
        let n_types = settings.number_or("type_vocab_size", 0);
        let has_positions = settings.is("position_biased_input", true);
        let words = table(&at / "word_embeddings", settings.number("vocab_size")?, embedding);
        let positions = has_positions.then(|| table(&at / "position_embeddings", n_positions, embedding));
        let types = (n_types > 0).then(|| table(&at / "token_type_embeddings", n_types, embedding));
        let widen = (embedding != hidden).then(|| linear(&at / "embed_proj", embedding, hidden, false));
        let embedding_norm = norm(&at / "LayerNorm");

        let at = root / "encoder";
        let is_relative = settings.is("relative_attention", false);
        let longest = match settings.number_or("max_relative_positions", -1) {
            n if n < 1 => n_positions,
            n => n,
        };
        let buckets = if is_v2 { settings.number_or("position_buckets", -1) } else { -1 };
        let span = if buckets > 0 { buckets } else { longest };
        let distances = is_relative.then(|| Distances {
            embedding: table(&at / "rel_embeddings", 2 * span, hidden),
            norm: (is_v2 && settings.has("norm_rel_ebd", "layer_norm")).then(|| norm(&at / "LayerNorm")),
            span,
            buckets: (buckets > 0).then_some((buckets, longest)),
        });
        let width = if is_v2 { settings.number_or("conv_kernel_size", 0) } else { 0 };
        let convolution = if width > 0 {
            let groups = settings.number_or("conv_groups", 1);
            let shape = nn::ConvConfig { padding: (width - 1) / 2, groups, ..Default::default() };
            Some(Convolution {
                convolution: nn::conv1d(&at / "conv" / "conv", hidden, hidden, width, shape),
                norm: norm(&at / "conv" / "LayerNorm"),
                activation: settings.activation("conv_act", "tanh")?,
            })
        } else {
            None
        };

        let (to_keys, to_queries) = (settings.has("pos_att_type", "c2p"), settings.has("pos_att_type", "p2c"));
        let shares = is_v2 && settings.is("share_att_key", false);
        let inner = settings.number("intermediate_size")?;
        let activation = settings.activation("hidden_act", "gelu")?;
        let layer = |i: i64| {
            let at = &at / "layer" / i;
            let own = &at / "attention" / "self";
            let square = |name: &str, bias: bool| linear(&own / name, hidden, hidden, bias);
            let [keys, queries] = if is_v2 { ["pos_key_proj", "pos_query_proj"] } else { ["pos_proj", "pos_q_proj"] };
            let is_own = |wanted: bool| is_relative && wanted && !shares;
            DebertaLayer {
                heads,
                project: match is_v2 {
                    true => Project::Apart {
                        query: square("query_proj", true),
                        key: square("key_proj", true),
                        value: square("value_proj", true),
                        shares,
                    },
                    false => Project::Together {
                        all: linear(&own / "in_proj", hidden, 3 * hidden, false),
                        query_bias: own.zeros("q_bias", &[hidden]),
                        value_bias: own.zeros("v_bias", &[hidden]),
                    },
                },
                distance_keys: is_own(to_keys).then(|| square(keys, is_v2)),
                distance_queries: is_own(to_queries).then(|| square(queries, true)),
                out: linear(&at / "attention" / "output" / "dense", hidden, hidden, true),
                out_norm: norm(&at / "attention" / "output" / "LayerNorm"),
                up: linear(&at / "intermediate" / "dense", hidden, inner, true),
                down: linear(&at / "output" / "dense", inner, hidden, true),
                down_norm: norm(&at / "output" / "LayerNorm"),
                activation,
            }
        };
        let layers = (0..settings.number("num_hidden_layers")?).map(layer).collect();
        Ok(Self { words, positions, types, widen, norm: embedding_norm, distances, convolution, layers })
    }

    /// Last hidden states (W, L, D); all arguments are (W, L) and whole numbers.
    pub(super) fn forward(&self, ids: &Tensor, types: &Tensor, mask: &Tensor) -> Tensor {
        let length = ids.size()[1];
        let mut x = Tensor::embedding(&self.words, ids, -1, false, false);
        if let Some(positions) = &self.positions {
            x += positions.slice(0, 0, length, 1);
        }
        if let Some(table) = &self.types {
            x += Tensor::embedding(table, types, -1, false, false);
        }
        if let Some(widen) = &self.widen {
            x = widen.forward(&x);
        }
        // What stands for nothing is zero, for the convolution.
        let real = mask.to_kind(Kind::Float).unsqueeze(-1);
        let embedded = self.norm.forward(&x) * &real;
        let distances = self.distances.as_ref().map(|distances| distances.at(length));
        let masked = mask.eq(0).unsqueeze(1).unsqueeze(1);
        let mut x = embedded.shallow_clone();
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x, &masked, distances.as_ref());
            if let (0, Some(convolution)) = (i, &self.convolution) {
                x = convolution.forward(&embedded, &x, &real);
            }
        }
        x
    }
}

/// What the distances between the tokens of a text look like to every layer.
struct Between {
    embedding: Tensor, /* (2 · span, D) */
    /// Rows of `embedding` for the distance from the first token to the second, and back, (L, L).
    there: Tensor,
    back: Tensor,
}

impl Distances {
    fn at(&self, length: i64) -> Between {
        let normed = self.norm.as_ref().map(|norm| norm.forward(&self.embedding));
        let embedding = normed.unwrap_or_else(|| self.embedding.shallow_clone());
        // Without buckets only the middle of the table is used, which comes to the same as all of
        // it.
        let row = |distance: i64| (self.bucket(distance) + self.span).clamp(0, 2 * self.span - 1);
        let rows = |sign: i64| {
            let rows: Vec<i64> = (0..length).flat_map(|i| (0..length).map(move |j| row(sign * (i - j)))).collect();
            Tensor::from_slice(&rows).view([length, length]).to_device(self.embedding.device())
        };
        Between { embedding, there: rows(1), back: rows(-1) }
    }

    /// Near distances are themselves, others share buckets, in single precision as the models were
    /// trained.
    fn bucket(&self, distance: i64) -> i64 {
        let Some((buckets, longest)) = self.buckets else { return distance };
        let middle = buckets / 2;
        if distance.abs() <= middle {
            return distance;
        }
        let log = |x: f64| (x as f32).ln();
        let ratio = log(distance.abs() as f64 / middle as f64) / log((longest - 1) as f64 / middle as f64);
        distance.signum() * ((ratio * (middle - 1) as f32).ceil() as i64 + middle)
    }
}

impl DebertaLayer {
    fn forward(&self, x: &Tensor, masked: &Tensor, between: Option<&Between>) -> Tensor {
        let (n, length, d_model) = x.size3().unwrap_or_else(|error| panic!("libtorch: {error}"));
        let split = |x: &Tensor| x.view([-1, x.size()[x.dim() - 2], self.heads, d_model / self.heads]).transpose(1, 2);
        let (query, key, value) = match &self.project {
            Project::Together { all, query_bias, value_bias } => {
                let all = all.forward(x).view([n, length, self.heads, -1]).transpose(1, 2);
                let [query, key, value] = <[Tensor; 3]>::try_from(all.chunk(3, -1)).expect("three parts");
                let bias = |bias: &Tensor| bias.view([1, self.heads, 1, -1]);
                (query + bias(query_bias), key, value + bias(value_bias))
            }
            Project::Apart { query, key, value, .. } => {
                (split(&query.forward(x)), split(&key.forward(x)), split(&value.forward(x)))
            }
        };
        let shared = match &self.project {
            Project::Apart { query, key, shares: true, .. } => Some((query, key)),
            _ => None,
        };
        let keys = self.distance_keys.as_ref().or(shared.map(|(_, key)| key));
        let queries = self.distance_queries.as_ref().or(shared.map(|(query, _)| query));
        let (keys, queries) = (between.and(keys), between.and(queries));
        let terms = 1 + i64::from(keys.is_some()) + i64::from(queries.is_some());
        let scale = ((d_model / self.heads * terms) as f64).sqrt();
        let query = query / scale;
        let mut scores = query.matmul(&key.transpose(-1, -2));
        if let Some(Between { embedding, there, back }) = between {
            let gather =
                |all: Tensor, rows: &Tensor| all.gather(-1, &rows.expand([n, self.heads, length, length], true), false);
            if let Some(keys) = keys {
                let keys = split(&keys.forward(embedding).unsqueeze(0));
                scores += gather(query.matmul(&keys.transpose(-1, -2)), there);
            }
            if let Some(queries) = queries {
                let queries = split(&queries.forward(embedding).unsqueeze(0)) / scale;
                scores += gather(key.matmul(&queries.transpose(-1, -2)), back).transpose(-1, -2);
            }
        }
        let shares = scores.masked_fill(masked, f64::from(f32::MIN)).softmax(-1, Kind::Float);
        let context = shares.matmul(&value).transpose(1, 2).contiguous().view([n, length, d_model]);
        let x = self.out_norm.forward(&(self.out.forward(&context) + x));
        let inner = (self.activation)(&self.up.forward(&x));
        self.down_norm.forward(&(self.down.forward(&inner) + x))
    }
}

impl Convolution {
    fn forward(&self, embedded: &Tensor, x: &Tensor, real: &Tensor) -> Tensor {
        let out = self.convolution.forward(&embedded.transpose(1, 2).contiguous()).transpose(1, 2);
        self.norm.forward(&((self.activation)(&(out * real)) + x)) * real
    }
}
