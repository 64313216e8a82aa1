//! The optional backend: rust-bert's encoders on libtorch, on the CPU or on a GPU.
//!
//! It runs the model directories that our own engine runs, and families that ours does not. Of
//! rust-bert only the encoders are used: batches, windows and decoding are the same as for
//! [`Encoder`](crate::infer::Encoder), which makes it a second opinion on ours. Here windows are
//! padded to the longest of their batch, and a mask says which tokens are real; a row may therefore
//! differ in its last digits from one batch to another.
//!
//! A build without the feature `libtorch` has the same items. There no [`Device`] can be named, so
//! nothing can be run: only the refusal, [`LibtorchError::Absent`], is left of them.

#[cfg(not(feature = "libtorch"))]
mod disabled;
#[cfg(feature = "libtorch")]
mod enabled;
mod error;

#[cfg(not(feature = "libtorch"))]
pub use disabled::{Device, Entailment, Libtorch, VERSION, shape};
#[cfg(feature = "libtorch")]
pub use enabled::{Device, Entailment, Libtorch, VERSION, shape};
pub use error::LibtorchError;
