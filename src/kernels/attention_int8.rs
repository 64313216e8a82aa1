//! Multi-head self-attention of one sequence with both products in eight-bit integers.
//!
//! As in `attention.rs`, keys and values of a head go into panels, here in eight bits, and queries
//! come in blocks. Keys are rounded token by token and values dimension by dimension: each column
//! of a product then has one scale, as a weight's has.

use std::f32::consts::LOG2_E;

use crate::kernels::attention::{Rows, copy_rows, transpose_rows};
use crate::kernels::int8::{ByteLine, MatmulInt8, PackedInt8, Quantize, ROUND_UP};
use crate::kernels::math;
use crate::kernels::naive::Activation;
use crate::kernels::simd::{CacheLine, Job, LANES, Simd};

/// Memory that [`crate::kernels::Kernels::attention_int8`] works in; it grows to the longest
/// sequence seen.
#[derive(Default)]
pub struct AttentionInt8Scratch {
    /// kᵀ and then v of one head, in panels.
    panels: Vec<CacheLine>,
    /// kᵀ of one head, (d, t).
    keys: PackedInt8,
    /// v of one head, (t, d).
    values: PackedInt8,
    /// A block of queries, (Q_BLOCK, d), rows padded to whole lines.
    queries: Vec<ByteLine>,
    /// Scores of the block, (Q_BLOCK, t), rows padded to whole lines.
    scores: Vec<CacheLine>,
    /// Their exponentials, (Q_BLOCK, t), rows padded to whole lines.
    exponentials: Vec<ByteLine>,
    /// As many as tokens or dimensions: there is no bias here.
    zeros: Vec<f32>,
}

impl AttentionInt8Scratch {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Queries whose scores are held at a time: against 128 keys, 32 KiB. A multiple of [`ROUND_UP`].
const Q_BLOCK: usize = 64;
/// Bytes of a [`ByteLine`].
const LINE: usize = size_of::<ByteLine>();

/// See [`crate::kernels::naive::attention_int8`]; m queries, t keys and values.
pub(crate) struct AttentionInt8<'a> {
    pub(crate) heads: usize,
    pub(crate) rows: Rows<'a>,
    pub(crate) out: &'a mut [f32],
    pub(crate) scratch: &'a mut AttentionInt8Scratch,
}

impl Job for AttentionInt8<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { heads, rows: Rows { m: n_queries, q, q_stride, t, kv, kv_stride }, out, scratch } = self;
        let AttentionInt8Scratch { panels, keys, values, queries, scores, exponentials, zeros } = scratch;
        let d_model = out.len() / n_queries;
        let d = d_model / heads;
        let root = LOG2_E / (d as f32).sqrt();
        let line_count = t.div_ceil(LANES);
        let rows = Q_BLOCK.min(n_queries.next_multiple_of(ROUND_UP));
        panels.resize((line_count * d).max(d.div_ceil(LANES) * t), CacheLine::ZERO);
        queries.resize(rows * d.div_ceil(LINE), ByteLine::ZERO);
        scores.resize(rows * line_count, CacheLine::ZERO);
        exponentials.resize(rows * t.div_ceil(LINE), ByteLine::ZERO);
        zeros.resize(t.max(d), 0.0);
        let (query_stride, exponential_stride) = (d.next_multiple_of(LINE), t.next_multiple_of(LINE));
        let (queries, exponentials) = (ByteLine::bytes_mut(queries), ByteLine::bytes_mut(exponentials));

        let (mut scales, mut shares) = ([0.0; Q_BLOCK], [0.0; Q_BLOCK]);
        for head in 0..heads {
            transpose_rows(s, &kv[head * d..], kv_stride, t, d, &mut panels[..line_count * d]);
            keys.pack(s, panels, t, d);
            copy_rows(s, &kv[d_model + head * d..], kv_stride, t, d, panels);
            values.pack(s, panels, d, t);
            for query in (0..n_queries).step_by(Q_BLOCK) {
                let m = Q_BLOCK.min(n_queries - query);
                s.run(Quantize {
                    x: &q[query * q_stride + head * d..],
                    x_stride: q_stride,
                    k: d,
                    bytes: queries,
                    stride: query_stride,
                    scales: &mut scales[..m],
                });
                scales[..m].iter_mut().for_each(|scale| *scale *= root);
                MatmulInt8 {
                    m,
                    x: queries,
                    stride: query_stride,
                    scales: &scales[..m],
                    w: keys,
                    bias: zeros,
                    activation: Activation::None,
                    y: CacheLine::numbers_mut(scores),
                    y_stride: line_count * LANES,
                }
                .multiply(s);
                s.run(Softmax { t, scores, bytes: exponentials, stride: exponential_stride, shares: &mut shares[..m] });
                MatmulInt8 {
                    m,
                    x: exponentials,
                    stride: exponential_stride,
                    scales: &shares[..m],
                    w: values,
                    bias: zeros,
                    activation: Activation::None,
                    y: &mut out[query * d_model + head * d..],
                    y_stride: d_model,
                }
                .multiply(s);
            }
        }
    }
}

/// For rows of t `scores`: 127 · 2^(score - max) as bytes, and one by the sum of these.
struct Softmax<'a> {
    t: usize,
    scores: &'a [CacheLine],
    bytes: &'a mut [u8],
    stride: usize,
    shares: &'a mut [f32],
}

impl Job for Softmax<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { t, scores, bytes, stride, shares } = self;
        let (line_count, whole, rest) = (t.div_ceil(LANES), t / LANES, t % LANES);
        // Pass by pass over all rows, since the result of a row's takes long to arrive.
        let mut mosts = [0.0; Q_BLOCK];
        for (scores, most) in scores.chunks_exact(line_count).zip(&mut mosts[..shares.len()]) {
            let mut all = s.splat(f32::NEG_INFINITY);
            for line in &scores[..whole] {
                all = s.max(all, s.load(&line.0));
            }
            for line in &scores[whole..] {
                all = s.max(all, s.keep_first(s.load(&line.0), rest, f32::NEG_INFINITY));
            }
            *most = s.largest(all);
        }
        let to_byte = s.splat(S::TO_BYTE);
        let rows = scores.chunks_exact(line_count).zip(bytes.chunks_exact_mut(stride));
        for (((scores, bytes), most), share) in rows.zip(mosts).zip(&mut *shares) {
            let most = s.splat(most);
            let mut sum = s.splat(0.0);
            let (first, last) = bytes.as_chunks_mut().0.split_at_mut(whole);
            for (line, bytes) in scores.iter().zip(first) {
                let e = math::exp2_byte(s, s.sub(s.load(&line.0), most));
                s.store_low_bytes(e, bytes);
                sum = s.add(sum, s.sub(e, to_byte));
            }
            for (line, bytes) in scores[whole..].iter().zip(last) {
                let e = math::exp2_byte(s, s.sub(s.load(&line.0), most));
                let e = s.keep_first(e, rest, S::TO_BYTE);
                s.store_low_bytes(e, bytes);
                sum = s.add(sum, s.sub(e, to_byte));
            }
            *share = s.sum(sum);
        }
        shares.iter_mut().for_each(|share| *share = 1.0 / *share);
    }
}
