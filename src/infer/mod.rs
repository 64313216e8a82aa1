//! Batches of windows → scores, one row a token.
//!
//! [`Backend`] is the seam between the pipeline and the arithmetic. [`Encoder`] is our own engine, a BERT-family forward
//! pass on the CPU: [`Architecture`] reads `config.json`, [`Tensors`] the weights, and both refuse what they do not
//! fully support.

mod architecture;
mod encoder;
mod tensors;

use std::ops::Range;

pub use architecture::{Architecture, ConfigError, Family};
pub use encoder::Encoder;
pub use tensors::{TensorError, Tensors};

/// Several windows, one after another without padding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Vocabulary ids of all windows, special tokens included.
    pub ids: Vec<u32>,
    /// Token types, one an id.
    pub types: Vec<u8>,
    /// Where each window starts in `ids`, and the number of ids at the end.
    pub starts: Vec<usize>,
}

impl Batch {
    /// A batch without windows.
    pub fn new() -> Self {
        Self { ids: Vec::new(), types: Vec::new(), starts: vec![0] }
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no tokens.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Adds one window.
    pub fn push(&mut self, window: impl IntoIterator<Item = (u32, u8)>) {
        for (id, token_type) in window {
            self.ids.push(id);
            self.types.push(token_type);
        }
        self.starts.push(self.ids.len());
    }

    /// Takes all windows out, keeping the memory.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.types.clear();
        self.starts.truncate(1);
    }

    /// The tokens of each window.
    pub fn windows(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.windows(2).map(|pair| pair[0]..pair[1])
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

/// Buffers of a forward pass, grown to the largest batch seen and used again; one a thread.
#[derive(Default)]
pub struct Scratch {
    encoder: encoder::Buffers,
}

/// Something that can run the model.
pub trait Backend: Send + Sync {
    /// Scores of every token of `batch` for every tag: `(tokens, tags)`, row by row.
    ///
    /// A window's rows depend on that window alone.
    fn infer<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> &'s [f32];

    /// What it runs on, for people.
    fn name(&self) -> String;
}
