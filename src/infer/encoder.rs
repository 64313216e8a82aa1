//! The forward pass of the BERT family, from ids to scores, on the CPU: in f32, or with the
//! products of its layers in bf16, or with these and those of attention in int8.
//!
//! Follows Devlin et al. 2019 (post-norm transformer encoder) with the names of the Hugging Face
//! checkpoints; the variants differ in their embeddings and in what their tensors are called.
//!
//! Letters: T tokens in the batch, D hidden size, E embedding size, F feed-forward size, V
//! vocabulary, C tags (columns of the head), W windows. Matrices are row by row, one row a token,
//! or a window where it says so.

use crate::infer::architecture::{Architecture, Family, Shape};
use crate::infer::backend::{Backend, Output};
use crate::infer::batch::{Batch, bounds};
use crate::infer::linear::{Linear, Loader, Norm, Precision};
use crate::infer::scratch::Scratch;
use crate::infer::tensors::{EmbeddingTable, TensorError, Tensors, WORDS};
use crate::kernels::{Activation, Kernels, PackedInt8};

/// A BERT-family model with a token-classification head, ready to run.
pub struct Encoder {
    architecture: Architecture,
    kernels: Kernels,
    precision: Precision,
    embeddings: Embeddings,
    layers: Vec<Layer>,
    head: Option<Linear>,
}

struct Embeddings {
    words: EmbeddingTable,   /* (V, E) */
    positions: Vec<f32>,     /* (positions, E) */
    types: Vec<f32>,         /* (token types, E) */
    norm: Norm,              /* (E,) */
    project: Option<Linear>, /* (E, D) */
}

struct Layer {
    qkv: Linear, /* (D, 3D) */
    out: Linear, /* (D, D) */
    attention_norm: Norm,
    up: Linear,   /* (D, F) */
    down: Linear, /* (F, D) */
    output_norm: Norm,
}

/// Rows that go through the feed-forward layer at once, so that its wide middle and its weights
/// stay in the second-level cache.
const ROWS: usize = 64;
/// Rows that go through attention at once, if their windows are no longer, for the same reason.
const GROUP: usize = 128;

impl Encoder {
    /// Builds the model from its tensors, which may carry the family's prefix (`bert.`) or none.
    ///
    /// The head is read where `architecture.tags` has names; without tags there is only the
    /// encoder. `precision` is that of the layers: embeddings and head, which are little work, are
    /// always f32.
    ///
    /// # Errors
    /// If a tensor is missing, has another shape than the architecture implies, or is one we do not
    /// know.
    pub fn new(
        architecture: Architecture,
        mut tensors: Tensors<'_>,
        kernels: Kernels,
        precision: Precision,
    ) -> Result<Self, TensorError> {
        let names = Names::of(architecture.family);
        let prefix = if tensors.has(&format!("{}{}", names.prefix, names.words)) { names.prefix } else { "" };
        let mut load = Loader { tensors: &mut tensors, prefix };
        let Architecture { embedding, hidden, feed_forward, .. } = architecture;
        let embeddings = Embeddings {
            words: load.tensors.take_table(&format!("{prefix}{}", names.words), &[architecture.vocab, embedding])?,
            positions: load.vector(names.positions, &[architecture.positions, embedding])?,
            types: match architecture.token_types {
                0 => vec![0.0; embedding],
                n => load.vector("embeddings.token_type_embeddings.weight", &[n, embedding])?,
            },
            norm: load.norm("embeddings.LayerNorm", embedding)?,
            project: match embedding == hidden {
                true => None,
                false => Some(load.linear(&["embeddings_project"], hidden, embedding, Precision::F32)?),
            },
        };
        let layers = (0..architecture.layers)
            .map(|i| {
                let at = |part: &str| format!("{}.{i}.{part}", names.layer);
                let [q, k, v] = names.qkv.map(at);
                Ok(Layer {
                    qkv: load.linear(&[&q, &k, &v], hidden, hidden, precision)?,
                    out: load.linear(&[&at(names.out)], hidden, hidden, precision)?,
                    attention_norm: load.norm(&at(names.attention_norm), hidden)?,
                    up: load.linear(&[&at(names.up)], feed_forward, hidden, precision)?,
                    down: load.linear(&[&at(names.down)], hidden, feed_forward, precision)?,
                    output_norm: load.norm(&at(names.output_norm), hidden)?,
                })
            })
            .collect::<Result<_, TensorError>>()?;
        let head = match architecture.tags.len() {
            0 => None,
            n => Some(Loader { prefix: "", ..load }.linear(&["classifier"], n, hidden, Precision::F32)?),
        };
        // Poolers serve sentence classification; the ids of positions and types are 0, 1, 2, … and
        // zeros.
        for unused in
            ["pooler.dense.weight", "pooler.dense.bias", "embeddings.position_ids", "embeddings.token_type_ids"]
        {
            tensors.ignore(&[&format!("{prefix}{unused}")]);
        }
        tensors.finish()?;
        Ok(Self { architecture, kernels, precision, embeddings, layers, head })
    }

    /// The shape of the model.
    pub fn shape(&self) -> Shape {
        self.architecture.shape()
    }

    /// The last hidden states of every token, `(T, D)`.
    ///
    /// # Panics
    /// If an id, a type or a window's length is beyond the model's tables; [`crate::model`] has
    /// checked that they are not.
    pub fn hidden<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> &'s [f32] {
        self.forward(batch, scratch);
        &scratch.x
    }

    /// From ids to the last hidden states, which are left in `scratch.x`.
    fn forward(&self, batch: &Batch, scratch: &mut Scratch) {
        let kernels = self.kernels;
        let d = self.architecture.hidden;
        make_room(scratch, &self.architecture, batch);
        let Scratch { embedded, x, residual, qkv, context, inner, attention, attention_int8, linear, .. } = scratch;

        // x = norm(word + position + type), projected to D where the embeddings are narrower.
        let e = self.architecture.embedding;
        let sum = if self.embeddings.project.is_some() { &mut *embedded } else { &mut *x };
        for window in batch.windows() {
            let first = window.start;
            for token in window {
                let row = &mut sum[token * e..][..e];
                let position = self.architecture.first_position + token - first;
                let type_row = usize::from(batch.types[token]);
                add_rows(
                    row,
                    &self.embeddings.positions[position * e..][..e],
                    &self.embeddings.types[type_row * e..][..e],
                );
                let word = batch.ids[token] as usize * e;
                match &self.embeddings.words {
                    EmbeddingTable::F16(table) => kernels.add_f16(&table[word..][..e], row),
                    EmbeddingTable::F32(table) => {
                        row.iter_mut().zip(&table[word..][..e]).for_each(|(sum, word)| *sum += word)
                    }
                }
            }
        }
        self.embeddings.norm.apply(kernels, sum, self.architecture.norm_eps);
        if let Some(project) = &self.embeddings.project {
            project.apply(kernels, embedded, Activation::None, x, linear);
        }

        for layer in &self.layers {
            // x = norm(x + attention(x) · out)
            for group in batch.groups(GROUP) {
                let (start, rows) = (group[0], group[group.len() - 1] - group[0]);
                let x = &mut x[start * d..][..rows * d];
                let (qkv, context) = (&mut qkv[..rows * 3 * d], &mut context[..rows * d]);
                let residual = &mut residual[..rows * d];
                layer.qkv.apply(kernels, x, Activation::None, qkv, linear);
                for window in bounds(group) {
                    let (from, t) = (window.start - start, window.len());
                    let (qkv, context) = (&qkv[from * 3 * d..][..t * 3 * d], &mut context[from * d..][..t * d]);
                    let heads = self.architecture.heads;
                    match self.precision {
                        // Beyond the widest, integer sums might not fit.
                        Precision::Int8 if t.max(d) <= PackedInt8::WIDEST => {
                            kernels.attention_int8(qkv, heads, t, context, attention_int8);
                        }
                        _ => kernels.attention(qkv, heads, t, context, attention),
                    }
                }
                layer.out.apply(kernels, context, Activation::None, residual, linear);
                layer.attention_norm.add_and_apply(kernels, x, residual, self.architecture.norm_eps);
            }

            // x = norm(x + act(x · up) · down)
            for x in x.chunks_mut(ROWS * d) {
                let residual = &mut residual[..x.len()];
                let inner = &mut inner[..x.len() / d * self.architecture.feed_forward];
                layer.up.apply(kernels, x, self.architecture.activation, inner, linear);
                layer.down.apply(kernels, inner, Activation::None, residual, linear);
                layer.output_norm.add_and_apply(kernels, x, residual, self.architecture.norm_eps);
            }
        }
    }
}

impl Backend for Encoder {
    fn infer<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> Output<'s> {
        self.forward(batch, scratch);
        let Scratch { x, logits, sums, linear, .. } = scratch;
        logits.resize(batch.len() * self.architecture.tags.len(), 0.0);
        if let Some(head) = &self.head {
            head.apply(self.kernels, x, Activation::None, logits, linear);
        }
        sum_rows(batch, x, self.architecture.hidden, sums);
        Output { logits, sums }
    }

    fn hidden_size(&self) -> usize {
        self.architecture.hidden
    }

    fn multiply_adds(&self) -> usize {
        let Architecture { layers, hidden, feed_forward, .. } = self.architecture;
        layers * (4 * hidden * hidden + 2 * hidden * feed_forward)
    }

    fn name(&self) -> String {
        format!("{} on {}", self.precision.name(), self.kernels.name())
    }
}

/// Gives the buffers of a forward pass the sizes that `batch` needs.
fn make_room(scratch: &mut Scratch, architecture: &Architecture, batch: &Batch) {
    let d = architecture.hidden;
    let n_tokens = batch.len();
    let largest = batch.groups(GROUP).map(|group| group[group.len() - 1] - group[0]).max().unwrap_or(0);
    if architecture.embedding != d {
        scratch.embedded.resize(n_tokens * architecture.embedding, 0.0);
    }
    scratch.x.resize(n_tokens * d, 0.0);
    scratch.residual.resize(largest.max(n_tokens.min(ROWS)) * d, 0.0);
    scratch.qkv.resize(largest * 3 * d, 0.0);
    scratch.context.resize(largest * d, 0.0);
    scratch.inner.resize(n_tokens.min(ROWS) * architecture.feed_forward, 0.0);
}

/// sum = a + b
fn add_rows(sum: &mut [f32], a: &[f32], b: &[f32]) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum = a + b;
    }
}

/// For each window, the sum of those rows of x (T, D) that count, first to last. The order is
/// fixed, so that the sum is the same to the bit whatever else is in the batch and whichever
/// kernels made x.
fn sum_rows(batch: &Batch, x: &[f32], d: usize, sums: &mut Vec<f32>) {
    sums.clear();
    sums.resize((batch.starts.len() - 1) * d, 0.0);
    for (window, sum) in batch.windows().zip(sums.chunks_mut(d)) {
        let rows = x[window.start * d..window.end * d].chunks(d);
        for (row, _) in rows.zip(&batch.summed[window]).filter(|(_, summed)| **summed) {
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
    }
}

/// What a family calls its tensors.
struct Names {
    prefix: &'static str,
    words: &'static str,
    positions: &'static str,
    layer: &'static str,
    qkv: [&'static str; 3],
    out: &'static str,
    attention_norm: &'static str,
    up: &'static str,
    down: &'static str,
    output_norm: &'static str,
}

impl Names {
    fn of(family: Family) -> Self {
        let bert = Self {
            prefix: "bert.",
            words: WORDS,
            positions: "embeddings.position_embeddings.weight",
            layer: "encoder.layer",
            qkv: ["attention.self.query", "attention.self.key", "attention.self.value"],
            out: "attention.output.dense",
            attention_norm: "attention.output.LayerNorm",
            up: "intermediate.dense",
            down: "output.dense",
            output_norm: "output.LayerNorm",
        };
        match family {
            Family::Bert => bert,
            Family::Roberta | Family::XlmRoberta => Self { prefix: "roberta.", ..bert },
            Family::Electra => Self { prefix: "electra.", ..bert },
            Family::DistilBert => Self {
                prefix: "distilbert.",
                layer: "transformer.layer",
                qkv: ["attention.q_lin", "attention.k_lin", "attention.v_lin"],
                out: "attention.out_lin",
                attention_norm: "sa_layer_norm",
                up: "ffn.lin1",
                down: "ffn.lin2",
                output_norm: "output_layer_norm",
                ..bert
            },
        }
    }
}
