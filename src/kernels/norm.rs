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

impl Job for AddNorm<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let n = self.weight.len() as f32;
        for (i, row) in self.x.chunks_exact_mut(self.weight.len()).enumerate() {
            let mut sum = s.splat(0.0);
            if self.residual.is_empty() {
                for x in row.chunks(LANES) {
                    sum = s.add(sum, s.load_up_to(x));
                }
            } else {
                let residual = &self.residual[i * row.len()..][..row.len()];
                for (x, residual) in row.chunks_mut(LANES).zip(residual.chunks(LANES)) {
                    let v = s.add(s.load_up_to(x), s.load_up_to(residual));
                    s.store_up_to(v, x);
                    sum = s.add(sum, v);
                }
            }
            let mean = s.splat(s.sum(sum) / n);
            let mut squares = s.splat(0.0);
            for x in row.chunks(LANES) {
                let d = s.keep_first(s.sub(s.load_up_to(x), mean), x.len(), 0.0);
                squares = s.mul_add(d, d, squares);
            }
            let r = s.splat(1.0 / (s.sum(squares) / n + self.eps).sqrt());
            for ((x, w), b) in row.chunks_mut(LANES).zip(self.weight.chunks(LANES)).zip(self.bias.chunks(LANES)) {
                let scaled = s.mul(s.sub(s.load_up_to(x), mean), r);
                s.store_up_to(s.mul_add(scaled, s.load_up_to(w), s.load_up_to(b)), x);
            }
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
