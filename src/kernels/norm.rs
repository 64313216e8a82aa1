//! Layer norm, with and without a residual, and the sum of embedding rows.

use half::f16;

use crate::kernels::simd::{Job, LANES, Simd};

/// x = layer_norm(x + residual) · weight + bias, for each row as long as `weight`.
pub(crate) struct AddNorm<'a> {
    pub(crate) x: &'a mut [f32],
    /// As long as `x`; empty for none.
    pub(crate) residual: &'a [f32],
    pub(crate) weight: &'a [f32],
    pub(crate) bias: &'a [f32],
    pub(crate) eps: f32,
}

/// Rows done side by side, since each step of a sum waits for the one before.
const ROWS: usize = 4;

impl Job for AddNorm<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { x, residual, weight, bias, eps } = self;
        let d = weight.len();
        let rest = x.len() / (ROWS * d) * ROWS * d;
        let (together, alone) = x.split_at_mut(rest);
        let (residual_together, residual_alone) = residual.split_at(rest.min(residual.len()));
        for (i, x) in together.chunks_exact_mut(ROWS * d).enumerate() {
            let residual = residual_together.get(i * ROWS * d..).unwrap_or_default();
            s.run(NormRows::<ROWS> { x, residual, weight, bias, eps });
        }
        for (i, x) in alone.chunks_exact_mut(d).enumerate() {
            let residual = residual_alone.get(i * d..).unwrap_or_default();
            s.run(NormRows::<1> { x, residual, weight, bias, eps });
        }
    }
}

/// R rows of an [`AddNorm`]; `residual` may go on after them.
struct NormRows<'a, const R: usize> {
    x: &'a mut [f32],
    residual: &'a [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    eps: f32,
}

impl<const R: usize> Job for NormRows<'_, R> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let d = self.weight.len();
        let (weight, weight_tail) = self.weight.as_chunks::<LANES>();
        let (bias, bias_tail) = self.bias.as_chunks::<LANES>();
        let bias = &bias[..weight.len()];
        let mut rows = self.x.chunks_exact_mut(d).map(|row| row.as_chunks_mut::<LANES>());
        let mut rows: [_; R] = std::array::from_fn(|_| rows.next().expect("R rows"));
        for (whole, _) in &mut rows {
            let all = std::mem::take(whole);
            *whole = &mut all[..weight.len()];
        }

        let mut sums = [s.splat(0.0); R];
        if !self.residual.is_empty() {
            for ((x, x_tail), residual) in rows.iter_mut().zip(self.residual.chunks_exact(d)) {
                let (residual, residual_tail) = residual.as_chunks::<LANES>();
                for (x, residual) in x.iter_mut().zip(residual) {
                    s.store(s.add(s.load(x), s.load(residual)), x);
                }
                s.store_part(s.add(s.load_part(x_tail), s.load_part(residual_tail)), x_tail);
            }
        }
        for i in 0..weight.len() {
            for r in 0..R {
                sums[r] = s.add(sums[r], s.load(&rows[r].0[i]));
            }
        }
        let (mut means, mut squares) = (sums, [s.splat(0.0); R]);
        for r in 0..R {
            means[r] = s.splat(s.sum(s.add(sums[r], s.load_part(rows[r].1))) / d as f32);
        }
        for i in 0..weight.len() {
            for r in 0..R {
                let from_mean = s.sub(s.load(&rows[r].0[i]), means[r]);
                squares[r] = s.mul_add(from_mean, from_mean, squares[r]);
            }
        }
        let mut factors = means;
        for r in 0..R {
            let x = &*rows[r].1;
            let from_mean = s.keep_first(s.sub(s.load_part(x), means[r]), x.len(), 0.0);
            let squares = s.sum(s.mul_add(from_mean, from_mean, squares[r]));
            factors[r] = s.splat(1.0 / (squares / d as f32 + self.eps).sqrt());
        }
        for i in 0..weight.len() {
            let (weight, bias) = (s.load(&weight[i]), s.load(&bias[i]));
            for r in 0..R {
                let x = &mut rows[r].0[i];
                s.store(s.mul_add(s.mul(s.sub(s.load(x), means[r]), factors[r]), weight, bias), x);
            }
        }
        let (weight, bias) = (s.load_part(weight_tail), s.load_part(bias_tail));
        for r in 0..R {
            let x = &mut *rows[r].1;
            s.store_part(s.mul_add(s.mul(s.sub(s.load_part(x), means[r]), factors[r]), weight, bias), x);
        }
    }
}

/// dst += src.
pub(crate) struct AddF16<'a> {
    pub(crate) src: &'a [f16],
    pub(crate) dst: &'a mut [f32],
}

impl Job for AddF16<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (src, src_tail) = self.src.as_chunks::<LANES>();
        let (dst, dst_tail) = self.dst.as_chunks_mut::<LANES>();
        for (src, dst) in src.iter().zip(dst) {
            s.store(s.add(s.load(dst), s.load_f16(src)), dst);
        }
        for (src, dst) in src_tail.iter().zip(dst_tail) {
            *dst += src.to_f32();
        }
    }
}
