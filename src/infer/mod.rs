//! Batches of windows → scores, one row a token, and sums of hidden states, one row a window.
//!
//! [`Backend`] is the seam between the pipeline and the arithmetic. [`Encoder`] is our own engine, a BERT-family forward
//! pass on the CPU: [`Architecture`] reads `config.json`, [`Tensors`] the weights, and both refuse what they do not
//! fully support. `Libtorch`, with the feature of that name, is rust-bert behind the same seam. [`TopicHead`] goes on from the mean of an article's hidden states.

mod architecture;
mod encoder;
#[cfg(feature = "libtorch")]
pub mod libtorch;
mod tensors;
mod topic_head;

use std::ops::Range;

pub use architecture::{Architecture, ConfigError, Family, Shape};
pub use encoder::Encoder;
pub use tensors::{TensorError, Tensors};
pub use topic_head::TopicHead;

/// Several windows, one after another without padding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Vocabulary ids of all windows, special tokens included.
    pub ids: Vec<u32>,
    /// Token types, one an id.
    pub types: Vec<u8>,
    /// Whether the id's row counts in its window's sum, one an id.
    pub summed: Vec<bool>,
    /// Where each window starts in `ids`, and the number of ids at the end.
    pub starts: Vec<usize>,
}

impl Batch {
    /// A batch without windows.
    pub fn new() -> Self {
        Self { ids: Vec::new(), types: Vec::new(), summed: Vec::new(), starts: vec![0] }
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
    pub fn push(&mut self, window: impl IntoIterator<Item = impl Into<Input>>) {
        for input in window {
            let Input { id, token_type, summed } = input.into();
            self.ids.push(id);
            self.types.push(token_type);
            self.summed.push(summed);
        }
        self.starts.push(self.ids.len());
    }

    /// Takes all windows out, keeping the memory.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.types.clear();
        self.summed.clear();
        self.starts.truncate(1);
    }

    /// The tokens of each window.
    pub fn windows(&self) -> impl Iterator<Item = Range<usize>> {
        bounds(&self.starts)
    }

    /// Runs of windows that have together no more than `tokens`, or one window that has more: where the windows of each begin
    /// and end, as in [`Batch::windows`].
    fn groups(&self, tokens: usize) -> impl Iterator<Item = &[usize]> {
        let mut rest = &self.starts[..];
        std::iter::from_fn(move || {
            let first = *rest.split_last().filter(|(_, before)| !before.is_empty()).and(rest.first())?;
            let windows = rest[1..].iter().take_while(|&&end| end <= first + tokens).count().max(1);
            let group = &rest[..=windows];
            rest = &rest[windows..];
            Some(group)
        })
    }
}

/// From each of the numbers to the next.
fn bounds(starts: &[usize]) -> impl Iterator<Item = Range<usize>> {
    starts.windows(2).map(|pair| pair[0]..pair[1])
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

/// What the model is told of one token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Input {
    /// Vocabulary id.
    pub id: u32,
    /// Token type.
    pub token_type: u8,
    /// Whether its row counts in its window's sum.
    pub summed: bool,
}

impl From<(u32, u8)> for Input {
    /// A token that counts.
    fn from((id, token_type): (u32, u8)) -> Self {
        Self { id, token_type, summed: true }
    }
}

/// What the model says of a batch.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Output<'s> {
    /// Scores of every token for every tag: `(tokens, tags)`, row by row.
    pub logits: &'s [f32],
    /// For every window, the sum of the last hidden states of those of its tokens that count: `(windows, D)`, row by row.
    /// A window without any has zeros.
    pub sums: &'s [f32],
}

/// Buffers of a forward pass, grown to the largest batch seen and used again; one a thread.
#[derive(Default)]
pub struct Scratch {
    encoder: encoder::Buffers,
    #[cfg(feature = "libtorch")]
    libtorch: libtorch::Buffers,
}

/// In what numbers the large products are computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Precision {
    /// 32-bit floating point.
    F32,
    /// Factors rounded to bfloat16, sums in 32 bits. Twice as fast on CPUs with an instruction for it, and slower than `F32` on
    /// others.
    Bf16,
    /// Eight-bit integers: weights rounded once, with a scale for each output, inputs row by row, with a scale each. Two to
    /// four times as fast on CPUs with instructions for it.
    Int8,
}

impl Precision {
    /// `f32`, `bf16` or `int8`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }
}

/// Something that can run the model.
pub trait Backend: Send + Sync {
    /// Reads all windows of `batch`.
    ///
    /// A window's rows depend on that window alone.
    fn infer<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> Output<'s>;

    /// D, the width of a hidden state.
    fn hidden_size(&self) -> usize;

    /// Multiply-adds that the layers' products need for one token; attention, which depends on the window, is not counted.
    /// 0 for a backend whose limit is not known.
    fn multiply_adds(&self) -> usize;

    /// Whether it is worth reading far ahead to fill larger batches than the usual. Where it is not, how a corpus is cut into chunks
    /// does not depend on the batch budget.
    fn likes_large_batches(&self) -> bool {
        false
    }

    /// What it runs on, for people.
    fn name(&self) -> String;
}
