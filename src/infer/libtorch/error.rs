//! What libtorch refuses, and why.

use thiserror::Error;

use crate::infer::architecture::ConfigError;
use crate::infer::tensors::TensorError;

/// Why a model, or a device, was refused.
#[derive(Debug, Error)]
pub enum LibtorchError {
    /// A build without the feature `libtorch`.
    #[error("this build has no libtorch")]
    Absent,
    /// What cannot be a device.
    #[error("expected cpu, cuda or cuda:N")]
    DeviceName,
    /// A device that is not there.
    #[error("--device {wanted}: no such device, expected one of {found}")]
    NoDevice {
        /// What was asked for.
        wanted: String,
        /// What there is, with commas in between.
        found: String,
    },
    /// `config.json`.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The weights.
    #[error(transparent)]
    Tensors(#[from] TensorError),
    /// libtorch itself, e.g. because there is too little memory.
    #[error("libtorch: {0}")]
    Torch(String),
}

impl LibtorchError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Absent => Some("src/infer/libtorch/with.sh builds with libtorch"),
            Self::NoDevice { .. } => Some(
                "a build for CUDA (src/infer/libtorch/with.sh cuda …) on a machine with a driver sees its GPUs; dateline doctor \
                 lists the devices",
            ),
            _ => None,
        }
    }
}
