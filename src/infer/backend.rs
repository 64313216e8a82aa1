//! The seam between the pipeline and the arithmetic.

use crate::infer::batch::Batch;
use crate::infer::scratch::Scratch;

/// Something that can run the model.
pub trait Backend: Send + Sync {
    /// Runs the model over all windows of `batch`.
    ///
    /// A window's rows depend on that window alone.
    fn infer<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> Output<'s>;

    /// D, the width of a hidden state.
    fn hidden_size(&self) -> usize;

    /// Multiply-adds that the layers' products need for one token; attention, which depends on the
    /// window, is not counted. 0 for a backend whose limit is not known.
    fn multiply_adds(&self) -> usize;

    /// Whether it is worth reading far ahead to fill larger batches than the usual. Where it is
    /// not, how a corpus is cut into chunks does not depend on the batch budget.
    fn likes_large_batches(&self) -> bool {
        false
    }

    /// What it runs on, in words: `int8 on avx512-vnni`.
    fn name(&self) -> String;
}

/// What the model says of a batch.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Output<'s> {
    /// Scores of every token that is asked for, for every tag: `(tokens, tags)`, row by row. Rows of
    /// other tokens have no meaning.
    pub logits: &'s [f32],
    /// For every window, the sum of the hidden states after the embedding's layer of those of its tokens that count:
    /// `(windows, D)`, row by row. A window without any has zeros.
    pub sums: &'s [f32],
}
