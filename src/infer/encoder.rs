//! The forward pass of the BERT family, from ids to scores, on the CPU: in f32, or with the
//! products of its layers in bf16, or with these and those of attention in int8.
//!
//! Follows Devlin et al. 2019 (post-norm transformer encoder) with the names of the Hugging Face
//! checkpoints; the variants differ in their embeddings and in what their tensors are called.
//!
//! Letters: T tokens in the batch, D hidden size, E embedding size, F feed-forward size, V
//! vocabulary, C tags (columns of the head), W windows. Matrices are row by row, one row a token,
//! or a window where it says so.

use std::ops::Range;

use crate::infer::architecture::{Architecture, Family, Shape};
use crate::infer::backend::{Backend, Output};
use crate::infer::batch::{Batch, bounds};
use crate::infer::linear::{Linear, LinearScratch, Loader, Norm, Precision};
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
    /// The layer after which hidden states are summed, counted from 1.
    summed_after: usize,
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
    inputs: Inputs,
    out: Linear, /* (D, D) */
    attention_norm: Norm,
    up: Linear,   /* (D, F) */
    down: Linear, /* (F, D) */
    output_norm: Norm,
}

/// What makes queries, keys and values.
enum Inputs {
    Together(Linear /* (D, 3D) */),
    /// In a last layer that is only needed of tokens whose scores are asked for: queries, and keys
    /// with values.
    Apart(Linear /* (D, D) */, Linear /* (D, 2D) */),
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
    /// always f32. Sums are of hidden states after the layer `summed_after`, counted from 1; `None` is
    /// the last. If it is a lower one, the last layer is computed of those tokens alone whose scores
    /// are asked for.
    ///
    /// # Errors
    /// If a tensor is missing, has another shape than the architecture implies, or is one we do not
    /// know.
    pub fn new(
        architecture: Architecture,
        mut tensors: Tensors<'_>,
        kernels: Kernels,
        precision: Precision,
        summed_after: Option<usize>,
    ) -> Result<Self, TensorError> {
        let summed_after = summed_after.unwrap_or(architecture.layers);
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
                let inputs = match i + 1 == architecture.layers && summed_after < architecture.layers {
                    false => Inputs::Together(load.linear(&[&q, &k, &v], hidden, hidden, precision)?),
                    true => Inputs::Apart(
                        load.linear(&[&q], hidden, hidden, precision)?,
                        load.linear(&[&k, &v], hidden, hidden, precision)?,
                    ),
                };
                Ok(Layer {
                    inputs,
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
        Ok(Self { architecture, kernels, precision, embeddings, layers, summed_after, head })
    }

    /// The shape of the model.
    pub fn shape(&self) -> Shape {
        self.architecture.shape()
    }

    /// The last hidden states of every token, `(T, D)`, of an encoder that sums these.
    ///
    /// # Panics
    /// If an id, a type or a window's length is beyond the model's tables; [`crate::model`] has
    /// checked that they are not.
    pub fn hidden<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> &'s [f32] {
        self.forward(batch, scratch);
        &scratch.x
    }

    /// From ids to the sums and the last hidden states. These are left in `scratch.x`; or, if the
    /// sums are of a lower layer, those of tokens whose scores are asked for in `scratch.asked`.
    fn forward(&self, batch: &Batch, scratch: &mut Scratch) {
        let kernels = self.kernels;
        let d = self.architecture.hidden;
        make_room(scratch, &self.architecture, batch);
        let Scratch { embedded, x, residual, qkv, context, inner, sums, attention, attention_int8, linear, .. } =
            scratch;

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

        for (i, layer) in self.layers.iter().enumerate() {
            let Inputs::Together(inputs) = &layer.inputs else { break };
            // x = norm(x + attention(x) · out)
            for group in batch.groups(GROUP) {
                let (start, rows) = (group[0], group[group.len() - 1] - group[0]);
                let x = &mut x[start * d..][..rows * d];
                let (qkv, context) = (&mut qkv[..rows * 3 * d], &mut context[..rows * d]);
                let residual = &mut residual[..rows * d];
                inputs.apply(kernels, x, Activation::None, qkv, linear);
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

            self.feed_forward(layer, x, residual, inner, linear);
            if i + 1 == self.summed_after {
                sum_rows(batch, x, d, sums);
            }
        }
        if let Some(Layer { inputs: Inputs::Apart(q, kv), .. }) = self.layers.last() {
            self.last_layer(q, kv, batch, scratch);
        }
    }

    /// x = norm(x + act(x · up) · down)
    fn feed_forward(
        &self,
        layer: &Layer,
        x: &mut [f32],
        residual: &mut [f32],
        inner: &mut [f32],
        linear: &mut LinearScratch,
    ) {
        let Architecture { hidden: d, feed_forward, activation, norm_eps, .. } = self.architecture;
        for x in x.chunks_mut(ROWS * d) {
            let residual = &mut residual[..x.len()];
            let inner = &mut inner[..x.len() / d * feed_forward];
            layer.up.apply(self.kernels, x, activation, inner, linear);
            layer.down.apply(self.kernels, inner, Activation::None, residual, linear);
            layer.output_norm.add_and_apply(self.kernels, x, residual, norm_eps);
        }
    }

    /// The last layer of the rows whose scores are asked for, which are gathered in `scratch.asked`;
    /// keys and values are those of all rows. A row's result depends on that row, and on keys and
    /// values, so each is to the bit what it would be among all.
    fn last_layer(&self, q: &Linear, kv: &Linear, batch: &Batch, scratch: &mut Scratch) {
        let kernels = self.kernels;
        let Architecture { hidden: d, heads, norm_eps, .. } = self.architecture;
        let layer = self.layers.last().expect("the caller has it from there");
        let Scratch { x, asked, residual, qkv, context, inner, attention, attention_int8, linear, .. } = scratch;
        asked.clear();
        for (row, _) in x.chunks(d).zip(&batch.asked).filter(|(_, asked)| **asked) {
            asked.extend_from_slice(row);
        }
        let n_asked = |rows: Range<usize>| batch.asked[rows].iter().filter(|asked| **asked).count();
        let mut done = 0;
        for group in batch.groups(GROUP) {
            let (start, end) = (group[0], group[group.len() - 1]);
            let n = n_asked(start..end);
            if n == 0 {
                continue;
            }
            let own = &mut asked[done * d..][..n * d];
            let keys_values = &mut qkv[..(end - start) * 2 * d];
            kv.apply(kernels, &x[start * d..end * d], Activation::None, keys_values, linear);
            let queries = &mut residual[..n * d];
            q.apply(kernels, own, Activation::None, queries, linear);
            let context = &mut context[..n * d];
            let mut first = 0;
            for window in bounds(group) {
                let (from, t, m) = (window.start - start, window.len(), n_asked(window));
                let kv = &keys_values[from * 2 * d..][..t * 2 * d];
                let (q, out) = (&queries[first * d..][..m * d], &mut context[first * d..][..m * d]);
                match self.precision {
                    // As in the layers below.
                    Precision::Int8 if t.max(d) <= PackedInt8::WIDEST => {
                        kernels.attention_int8_of(q, kv, heads, t, out, attention_int8);
                    }
                    _ => kernels.attention_of(q, kv, heads, t, out, attention),
                }
                first += m;
            }
            let residual = &mut residual[..n * d];
            layer.out.apply(kernels, context, Activation::None, residual, linear);
            layer.attention_norm.add_and_apply(kernels, own, residual, norm_eps);
            done += n;
        }
        self.feed_forward(layer, asked, residual, inner, linear);
    }

    /// Whether the last layer is computed of all rows.
    fn is_whole(&self) -> bool {
        self.summed_after == self.architecture.layers
    }
}

impl Backend for Encoder {
    fn infer<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> Output<'s> {
        self.forward(batch, scratch);
        let Scratch { x, asked, of_asked, logits, sums, linear, .. } = scratch;
        let n_tags = self.architecture.tags.len();
        logits.resize(batch.len() * n_tags, 0.0);
        match &self.head {
            Some(head) if self.is_whole() => head.apply(self.kernels, x, Activation::None, logits, linear),
            Some(head) => {
                of_asked.resize(asked.len() / self.architecture.hidden * n_tags, 0.0);
                head.apply(self.kernels, asked, Activation::None, of_asked, linear);
                let rows = logits.chunks_mut(n_tags).zip(&batch.asked).filter(|(_, asked)| **asked);
                rows.zip(of_asked.chunks(n_tags)).for_each(|((row, _), scores)| row.copy_from_slice(scores));
            }
            None => {}
        }
        Output { logits, sums }
    }

    fn hidden_size(&self) -> usize {
        self.architecture.hidden
    }

    fn multiply_adds(&self) -> usize {
        let Architecture { layers, hidden, feed_forward, .. } = self.architecture;
        // How many rows need more of the last layer than keys and values is for the text to say.
        let spared = if self.is_whole() { 0 } else { 2 * hidden * hidden + 2 * hidden * feed_forward };
        layers * (4 * hidden * hidden + 2 * hidden * feed_forward) - spared
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
