//! An article's pooled vector → the vector that becomes its embedding.
//!
//! Letters: D hidden size.

use crate::infer::linear::{Linear, LinearScratch};
use crate::infer::tensors::{TensorError, Tensors};
use crate::kernels::{Activation, Kernels};

/// embedding = weight · pooled + bias, before it is brought to length 1.
pub struct Projection {
    kernels: Kernels,
    linear: Linear, /* (D, D) */
}

/// (D, D) as in PyTorch, and (D,), which may be left out.
const NAMES: [&str; 2] = ["embedding.weight", "embedding.bias"];

impl Projection {
    /// Takes its tensors, if there are any; `hidden` is D.
    pub fn take(tensors: &mut Tensors<'_>, hidden: usize, kernels: Kernels) -> Result<Option<Self>, TensorError> {
        let [weight, bias] = NAMES;
        if !NAMES.iter().any(|name| tensors.has(name)) {
            return Ok(None);
        }
        let weight = tensors.take(weight, &[hidden, hidden])?;
        let bias = if tensors.has(bias) { tensors.take(bias, &[hidden])? } else { vec![0.0; hidden] };
        Ok(Some(Self { kernels, linear: Linear::new(&weight, bias, hidden) }))
    }

    /// Of one pooled vector, (D,).
    ///
    /// # Panics
    /// If it is not as wide as the model.
    pub fn apply(&self, pooled: &[f32]) -> Vec<f32> {
        let mut embedding = vec![0.0; pooled.len()];
        // Not needed by layers in f32.
        let mut unused = LinearScratch::default();
        self.linear.apply(self.kernels, pooled, Activation::None, &mut embedding, &mut unused);
        embedding
    }
}
