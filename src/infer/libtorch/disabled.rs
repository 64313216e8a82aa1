//! What a build without libtorch has instead of it: types of which there are no values, and a
//! refusal.

use std::fmt;
use std::str::FromStr;

use crate::infer::architecture::{ConfigError, Shape};
use crate::infer::backend::{Backend, Output};
use crate::infer::batch::{Batch, TextPair};
use crate::infer::libtorch::error::LibtorchError;
use crate::infer::scratch::Scratch;
use crate::infer::tensors::Tensors;

/// The version of libtorch in this build; `None` if there is none.
pub const VERSION: Option<&str> = None;

/// Where libtorch computes: nowhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {}

impl FromStr for Device {
    type Err = LibtorchError;

    /// Always [`LibtorchError::Absent`].
    fn from_str(_: &str) -> Result<Self, LibtorchError> {
        Err(LibtorchError::Absent)
    }
}

impl fmt::Display for Device {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl Device {
    /// Every device that there is here: none.
    pub fn all() -> Vec<Self> {
        Vec::new()
    }

    /// Whether it is a GPU.
    pub fn is_gpu(self) -> bool {
        match self {}
    }
}

/// Reads the shape of a model that is to run on `device`.
///
/// # Errors
/// None: there is no device.
pub fn shape(_config: &[u8], device: Device) -> Result<Shape, ConfigError> {
    match device {}
}

/// A token classifier on libtorch.
pub struct Libtorch(Device);

impl Libtorch {
    /// Builds the model on `device`.
    ///
    /// # Errors
    /// None: there is no device.
    pub fn new(
        _config: &[u8],
        _tensors: Tensors<'_>,
        device: Device,
        _summed_after: Option<usize>,
    ) -> Result<Self, LibtorchError> {
        match device {}
    }
}

impl Backend for Libtorch {
    fn infer<'s>(&self, _: &Batch, _: &'s mut Scratch) -> Output<'s> {
        match self.0 {}
    }

    fn hidden_size(&self) -> usize {
        match self.0 {}
    }

    fn multiply_adds(&self) -> usize {
        match self.0 {}
    }

    fn name(&self) -> String {
        match self.0 {}
    }
}

/// A model that was trained to say whether a text entails another, contradicts it, or neither.
pub struct Entailment(Device);

impl Entailment {
    /// Builds the model on `device`.
    ///
    /// # Errors
    /// None: there is no device.
    pub fn new(_config: &[u8], _tensors: Tensors<'_>, device: Device) -> Result<Self, LibtorchError> {
        match device {}
    }

    /// Tokens that a pair can have, special tokens included.
    pub fn max_tokens(&self) -> usize {
        match self.0 {}
    }

    /// For each pair the log odds that the second text follows from the first.
    pub fn logits(&self, _: &[TextPair]) -> Vec<f32> {
        match self.0 {}
    }
}
