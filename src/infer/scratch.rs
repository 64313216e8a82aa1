//! The memory that a forward pass works in.
//!
//! Letters: T tokens in the batch, D hidden size, E embedding size, F feed-forward size, C tags, W
//! windows, A tokens whose scores are asked for, G tokens of the largest group of windows that attend at once, R rows that go through
//! the feed-forward layer at once.

use crate::infer::linear::LinearScratch;
use crate::kernels::{AttentionInt8Scratch, AttentionScratch};

/// The memory that tagging works in: make one for each thread and use it for every call. It holds
/// nothing from one call to the next and grows to the largest batch seen, for a base-sized model
/// and the usual batch some tens of MiB.
#[derive(Default)]
pub struct Scratch {
    pub(super) embedded: Vec<f32>, /* (T, E), only where E differs from D */
    pub(super) x: Vec<f32>,        /* (T, D) */
    pub(super) asked: Vec<f32>,    /* (A, D), only where the last layer is not needed of all */
    pub(super) residual: Vec<f32>, /* (G, D) */
    pub(super) qkv: Vec<f32>,      /* (G, 3D) */
    pub(super) context: Vec<f32>,  /* (G, D) */
    pub(super) inner: Vec<f32>,    /* (R, F) */
    pub(super) logits: Vec<f32>,   /* (T, C) */
    pub(super) of_asked: Vec<f32>, /* (A, C), as above */
    pub(super) sums: Vec<f32>,     /* (W, D) */
    pub(super) attention: AttentionScratch,
    pub(super) attention_int8: AttentionInt8Scratch,
    pub(super) linear: LinearScratch,
}
