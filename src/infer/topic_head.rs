//! An article's embedding → a logit for each topic.
//!
//! Letters: D hidden size, K width of the head's inner layer, N topics.

use crate::infer::linear::{Linear, LinearScratch, Loader, Precision};
use crate::infer::tensors::{TensorError, Tensors};
use crate::kernels::{Activation, Kernels};

/// logits = out(gelu(dense(embedding))), with the exact GELU.
pub struct TopicHead {
    kernels: Kernels,
    dense: Linear, /* (D, K) */
    out: Linear,   /* (K, N) */
    inner: usize,
    topics: usize,
}

/// Weight and bias of the two layers, as in PyTorch: (K, D), (K,), (N, K), (N,).
const NAMES: [&str; 4] = ["topics.dense.weight", "topics.dense.bias", "topics.out.weight", "topics.out.bias"];

impl TopicHead {
    /// Takes the head's tensors, if there are any; `hidden` is D.
    ///
    /// No file says what K is, and the recipe comes later: what one tensor's shape implies the
    /// others must confirm.
    ///
    /// # Errors
    /// If some of them are missing, or do not fit together or to D.
    pub fn take(tensors: &mut Tensors<'_>, hidden: usize, kernels: Kernels) -> Result<Option<Self>, TensorError> {
        if !NAMES.iter().any(|name| tensors.has(name)) {
            return Ok(None);
        }
        let size = |name: &str, axis: usize| tensors.shape(name).and_then(|shape| shape.get(axis)).copied();
        let [dense_weight, dense_bias, out_weight, out_bias] = NAMES;
        // A head of no topics, or of no width, is refused as a wrong shape.
        let inner = size(dense_weight, 0).or(size(dense_bias, 0)).or(size(out_weight, 1)).unwrap_or(hidden).max(1);
        let topics = size(out_weight, 0).or(size(out_bias, 0)).unwrap_or(1).max(1);
        let mut load = Loader { tensors, prefix: "" };
        let dense = load.linear(&["topics.dense"], inner, hidden, Precision::F32)?;
        let out = load.linear(&["topics.out"], topics, inner, Precision::F32)?;
        Ok(Some(Self { kernels, dense, out, inner, topics }))
    }

    /// N, the rows of `topics.out.weight`.
    pub fn n_topics(&self) -> usize {
        self.topics
    }

    /// One logit a topic, (N,), of an article whose embedding is given, (D,).
    ///
    /// # Panics
    /// If it is not as wide as the model.
    pub fn logits(&self, embedding: &[f32]) -> Vec<f32> {
        // Not needed by layers in f32.
        let mut unused = LinearScratch::default();
        let mut inner = vec![0.0; self.inner];
        self.dense.apply(self.kernels, embedding, Activation::Gelu, &mut inner, &mut unused);
        let mut logits = vec![0.0; self.topics];
        self.out.apply(self.kernels, &inner, Activation::None, &mut logits, &mut unused);
        logits
    }
}
