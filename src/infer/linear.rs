//! The parts that layers and heads are made of, `Linear` and layer norm, and how they are read from
//! tensors.
//!
//! Matrices are row by row, one row a token.

use crate::infer::tensors::{TensorError, Tensors};
use crate::kernels::{Activation, Bf16Scratch, Int8Scratch, Kernels, Packed, PackedBf16, PackedInt8};

/// The arithmetic of the products of an encoder's layers. Embeddings, norms and heads are always
/// computed in f32.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Precision {
    /// 32-bit floating point.
    F32,
    /// Factors rounded to bfloat16, sums in 32-bit floating point. Twice as fast as `F32` on CPUs
    /// with an instruction for it (AVX-512 BF16), and slower on others.
    Bf16,
    /// Eight-bit integers with exact sums: weights are rounded once, with a scale for each output,
    /// and inputs row by row, with a scale for each row; the products of attention too. Two to four
    /// times as fast as `F32` on CPUs with instructions for it (VNNI, AMX).
    Int8,
}

impl Precision {
    /// Its name on the command line and in stamps: `f32`, `bf16` or `int8`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }
}

/// y = act(x · wᵀ + bias), with the weights packed for the kernels of one precision.
pub(super) struct Linear {
    weight: Weight,
    bias: Vec<f32>,
}

enum Weight {
    F32(Packed),
    Bf16(PackedBf16),
    Int8(PackedInt8),
}

/// A layer norm's weight and bias, (D,).
pub(super) struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// Where a [`Linear`] rounds its input; f32 needs none.
#[derive(Default)]
pub(super) struct LinearScratch {
    bf16: Bf16Scratch,
    int8: Int8Scratch,
}

impl Linear {
    /// Of weights (n, k) in f32, and a bias (n,).
    pub(super) fn new(weight: &[f32], bias: Vec<f32>, k: usize) -> Self {
        Self { weight: Weight::F32(Packed::new(weight, bias.len(), k)), bias }
    }

    /// y = act(x · wᵀ + bias).
    pub(super) fn apply(
        &self,
        kernels: Kernels,
        x: &[f32],
        activation: Activation,
        y: &mut [f32],
        scratch: &mut LinearScratch,
    ) {
        match &self.weight {
            Weight::F32(weight) => kernels.linear(x, weight, &self.bias, activation, y),
            Weight::Bf16(weight) => kernels.linear_bf16(x, weight, &self.bias, activation, y, &mut scratch.bf16),
            Weight::Int8(weight) => kernels.linear_int8(x, weight, &self.bias, activation, y, &mut scratch.int8),
        }
    }
}

impl Norm {
    /// x = layer_norm(x), row by row.
    pub(super) fn apply(&self, kernels: Kernels, x: &mut [f32], eps: f32) {
        kernels.norm(x, &self.weight, &self.bias, eps);
    }

    /// x = layer_norm(x + residual), row by row.
    pub(super) fn add_and_apply(&self, kernels: Kernels, x: &mut [f32], residual: &[f32], eps: f32) {
        kernels.add_norm(x, residual, &self.weight, &self.bias, eps);
    }
}

/// Takes the parts of a model from its tensors, whose names begin with `prefix`.
pub(super) struct Loader<'t, 'a> {
    pub(super) tensors: &'t mut Tensors<'a>,
    pub(super) prefix: &'static str,
}

impl Loader<'_, '_> {
    /// The tensor `name`, after the prefix, of that `shape`.
    pub(super) fn vector(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, TensorError> {
        self.tensors.take(&format!("{}{name}", self.prefix), shape)
    }

    /// Several PyTorch `Linear`s of one input, (n, k) each, as one.
    pub(super) fn linear(
        &mut self,
        names: &[&str],
        n: usize,
        k: usize,
        precision: Precision,
    ) -> Result<Linear, TensorError> {
        // Nothing is reserved for sizes that no tensor has confirmed yet.
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            weight.append(&mut self.vector(&format!("{name}.weight"), &[n, k])?);
            bias.append(&mut self.vector(&format!("{name}.bias"), &[n])?);
        }
        let weight = match precision {
            Precision::Bf16 => Weight::Bf16(PackedBf16::new(&weight, bias.len(), k)),
            // Beyond the widest, integer sums might not fit.
            Precision::Int8 if k <= PackedInt8::WIDEST => Weight::Int8(PackedInt8::new(&weight, bias.len(), k)),
            _ => Weight::F32(Packed::new(&weight, bias.len(), k)),
        };
        Ok(Linear { weight, bias })
    }

    /// The layer norm `name` over `n` numbers.
    pub(super) fn norm(&mut self, name: &str, n: usize) -> Result<Norm, TensorError> {
        Ok(Norm {
            weight: self.vector(&format!("{name}.weight"), &[n])?,
            bias: self.vector(&format!("{name}.bias"), &[n])?,
        })
    }
}
