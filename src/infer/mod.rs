//! Batches of windows → scores, one row a token, and sums of hidden states, one row a window.
//!
//! [`Backend`] is the seam between the pipeline and the arithmetic. [`Encoder`] is our own engine,
//! a BERT-family forward pass on the CPU: [`Architecture`] reads `config.json`, [`Tensors`] the
//! weights, and both refuse what they do not fully support. [`libtorch`] is rust-bert behind the
//! same seam, in builds with the feature of that name. [`Projection`] and [`TopicHead`] turn the mean of an article's
//! hidden states into its embedding and topic logits.

mod architecture;
mod backend;
mod batch;
mod encoder;
pub mod libtorch;
mod linear;
mod projection;
mod scratch;
mod tensors;
mod topic_head;

pub use architecture::{Architecture, ConfigError, Family, Shape};
pub use backend::{Backend, Output};
pub use batch::{Batch, Input, TextPair};
pub use encoder::Encoder;
pub use linear::Precision;
pub use projection::Projection;
pub use scratch::Scratch;
pub use tensors::{ModelPart, NAME_HEAD, TensorError, Tensors};
pub use topic_head::TopicHead;
