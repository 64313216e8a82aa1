//! Multi-head self-attention of one sequence: two matrix products and a softmax for each head.
//!
//! Keys and values are copied into panels, keys transposed, so that both products run on the tiles
//! of [`crate::kernels::matmul`]. Queries come in blocks, which bounds the scores held at a time.

use crate::kernels::math;
use crate::kernels::matmul::{Finish, Matmul};
use crate::kernels::simd::{CacheLine, Job, LANES, Simd};

/// Memory that [`crate::kernels::Kernels::attention`] works in; it grows to the longest sequence
/// seen.
#[derive(Default)]
pub struct AttentionScratch {
    /// kᵀ of one head, (d, t) in panels.
    keys: Vec<CacheLine>,
    /// v of one head, (t, d) in panels.
    values: Vec<CacheLine>,
    /// Scores of a block of queries, (Q_BLOCK, t), rows padded to whole lines.
    scores: Vec<CacheLine>,
}

impl AttentionScratch {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Queries whose scores are held at a time: against 512 keys, 96 KiB.
const Q_BLOCK: usize = 48;

/// See [`crate::kernels::naive::attention`]; m queries, t keys and values.
pub(crate) struct Attention<'a> {
    pub(crate) heads: usize,
    pub(crate) rows: Rows<'a>,
    pub(crate) out: &'a mut [f32],
    pub(crate) scratch: &'a mut AttentionScratch,
}

/// Queries (m, D), and keys and values (t, D), row by row: each begins so many numbers after the one
/// before, a value D numbers after its key.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) m: usize,
    pub(crate) q: &'a [f32],
    pub(crate) q_stride: usize,
    pub(crate) t: usize,
    pub(crate) kv: &'a [f32],
    pub(crate) kv_stride: usize,
}

impl Job for Attention<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { heads, rows: Rows { m: n_queries, q, q_stride, t, kv, kv_stride }, out, scratch } = self;
        let d_model = out.len() / n_queries;
        let d = d_model / heads;
        let scale = 1.0 / (d as f32).sqrt();
        let line_count = t.div_ceil(LANES);
        scratch.keys.resize(line_count * d, CacheLine::ZERO);
        scratch.values.resize(d.div_ceil(LANES) * t, CacheLine::ZERO);
        scratch.scores.resize(Q_BLOCK.min(n_queries) * line_count, CacheLine::ZERO);

        for head in 0..heads {
            transpose_rows(s, &kv[head * d..], kv_stride, t, d, &mut scratch.keys);
            copy_rows(s, &kv[d_model + head * d..], kv_stride, t, d, &mut scratch.values);
            for query in (0..n_queries).step_by(Q_BLOCK) {
                let m = Q_BLOCK.min(n_queries - query);
                s.run(Matmul::<false> {
                    m,
                    n: line_count * LANES,
                    k: d,
                    x: &q[query * q_stride + head * d..],
                    x_stride: q_stride,
                    w: &scratch.keys,
                    y: CacheLine::numbers_mut(&mut scratch.scores),
                    y_stride: line_count * LANES,
                    finish: Finish::Keep,
                });
                let mut shares = [0.0; Q_BLOCK];
                for (scores, share) in scratch.scores.chunks_exact_mut(line_count).zip(&mut shares[..m]) {
                    *share = 1.0 / exponentials(s, scores, t, scale);
                }
                s.run(Matmul::<false> {
                    m,
                    n: d,
                    k: t,
                    x: CacheLine::numbers(&scratch.scores),
                    x_stride: line_count * LANES,
                    w: &scratch.values,
                    y: &mut out[query * d_model + head * d..],
                    y_stride: d_model,
                    finish: Finish::Scale(&shares[..m]),
                });
            }
        }
    }
}

/// Replaces the first t of `scores` by exp((score - max) · scale), the rest by zero, and returns
/// their sum.
///
/// Subtracting the maximum leaves softmax unchanged and keeps `exp` finite; every sum is at least
/// 1.
#[inline(always)]
fn exponentials<S: Simd>(s: S, scores: &mut [CacheLine], t: usize, scale: f32) -> f32 {
    let mut most = s.splat(f32::NEG_INFINITY);
    for (i, line) in scores.iter().enumerate() {
        most = s.max(most, s.keep_first(s.load(&line.0), t - i * LANES, f32::NEG_INFINITY));
    }
    let most = s.splat(s.largest(most));
    let mut sum = s.splat(0.0);
    for (i, line) in scores.iter_mut().enumerate() {
        let e = math::exp(s, s.mul(s.sub(s.load(&line.0), most), s.splat(scale)));
        let e = s.keep_first(e, t - i * LANES, 0.0);
        s.store(e, &mut line.0);
        sum = s.add(sum, e);
    }
    s.sum(sum)
}

/// Packs `rows`, t rows of d numbers that start every `stride`, keeping rows and columns.
#[inline(always)]
pub(crate) fn copy_rows<S: Simd>(s: S, rows: &[f32], stride: usize, t: usize, d: usize, lines: &mut [CacheLine]) {
    for (i, row) in rows.chunks(stride).take(t).enumerate() {
        for (panel, part) in row[..d].chunks(LANES).enumerate() {
            s.store(s.load_up_to(part), &mut lines[panel * t + i].0);
        }
    }
}

/// Packs the transpose of `rows`, t rows of d numbers that start every `stride`: the rows become
/// columns. Lanes beyond t repeat the last row; their products are not used.
#[inline(always)]
pub(crate) fn transpose_rows<S: Simd>(s: S, rows: &[f32], stride: usize, t: usize, d: usize, lines: &mut [CacheLine]) {
    for (panel, lines) in lines.chunks_exact_mut(d).enumerate() {
        for (part, lines) in lines.chunks_mut(LANES).enumerate() {
            let mut square = [s.splat(0.0); LANES];
            for (lane, v) in square.iter_mut().enumerate() {
                let row = (panel * LANES + lane).min(t - 1);
                *v = s.load_up_to(&rows[row * stride..][..d][part * LANES..]);
            }
            for (line, v) in lines.iter_mut().zip(s.transpose(square)) {
                s.store(v, &mut line.0);
            }
        }
    }
}
