//! Products of numbers rounded to bfloat16: twice the multiply-adds an instruction of `f32` where
//! the CPU has one for it.
//!
//! Numbers come in pairs, two to the 32 bits of an `f32`: number p of a row, in the low half, with
//! number p + ⌈k/2⌉. A pair of x times a pair of w is two steps of a chain, see
//! [`crate::kernels::naive::linear_bf16`]. Otherwise pairs are multiplied as numbers are, on the
//! tiles of [`crate::kernels::matmul`].

use crate::kernels::matmul::{Finish, M_BLOCK, Matmul, Packed};
use crate::kernels::naive::{self, Activation};
use crate::kernels::simd::{CacheLine, Job, LANES, Simd};

/// The weights of a `Linear` in bfloat16, rearranged once so that every path reads them in order.
#[derive(Clone)]
pub struct PackedBf16 {
    pairs: Packed,
    k: usize,
}

impl PackedBf16 {
    /// Rounds and packs `weight`, which is (n, k) row by row as PyTorch stores it: n outputs, k
    /// inputs.
    ///
    /// # Panics
    /// If `weight` is not of that size, or k is 0.
    pub fn new(weight: &[f32], n: usize, k: usize) -> Self {
        assert_eq!(weight.len(), n * k, "weight is ({n}, {k})");
        assert!(k > 0, "a product needs something to add up");
        let half = k.div_ceil(2);
        let mut pairs = Vec::with_capacity(n * half);
        for row in weight.chunks_exact(k) {
            let (low, high) = row.split_at(half);
            let high = high.iter().copied().chain(std::iter::repeat(0.0));
            pairs.extend(low.iter().zip(high).map(|(&low, high)| naive::pair(low, high)));
        }
        Self { pairs: Packed::new(&pairs, n, half), k }
    }

    /// Outputs.
    pub fn n(&self) -> usize {
        self.pairs.n()
    }

    /// Inputs.
    pub fn k(&self) -> usize {
        self.k
    }
}

/// Memory that [`crate::kernels::Kernels::linear_bf16`] works in.
#[derive(Default)]
pub struct Bf16Scratch {
    /// Rows of x in pairs, of a block; each padded to whole vectors.
    pairs: Vec<CacheLine>,
}

impl Bf16Scratch {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

/// See [`crate::kernels::naive::linear_bf16`].
pub(crate) struct LinearBf16<'a> {
    pub(crate) x: &'a [f32],
    pub(crate) w: &'a PackedBf16,
    pub(crate) bias: &'a [f32],
    pub(crate) activation: Activation,
    pub(crate) y: &'a mut [f32],
    pub(crate) scratch: &'a mut Bf16Scratch,
}

impl Job for LinearBf16<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { x, w, bias, activation, y, scratch } = self;
        let (n, k) = (w.n(), w.pairs.k());
        let lines = k.div_ceil(LANES);
        scratch.pairs.resize(M_BLOCK * lines, CacheLine::ZERO);
        for (x, y) in x.chunks(M_BLOCK * w.k).zip(y.chunks_mut(M_BLOCK * n)) {
            let m = x.len() / w.k;
            s.run(RoundToPairs { x, k: w.k, pairs: &mut scratch.pairs[..m * lines] });
            s.run(Matmul::<true> {
                m,
                n,
                k,
                x: CacheLine::numbers(&scratch.pairs),
                x_stride: lines * LANES,
                w: w.pairs.lines(),
                y,
                y_stride: n,
                finish: Finish::Linear(bias, activation),
            });
        }
    }
}

/// Rounds rows of k numbers to pairs.
struct RoundToPairs<'a> {
    x: &'a [f32],
    k: usize,
    pairs: &'a mut [CacheLine],
}

impl Job for RoundToPairs<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let half = self.k.div_ceil(2);
        for (x, pairs) in self.x.chunks_exact(self.k).zip(self.pairs.chunks_exact_mut(half.div_ceil(LANES))) {
            let (low, high) = x.split_at(half);
            for (i, (low, pairs)) in low.chunks(LANES).zip(pairs).enumerate() {
                // The last of an odd number has no partner.
                let high = high.get(i * LANES..).unwrap_or_default();
                s.store(s.pair(round(s, s.load_up_to(low)), round(s, s.load_up_to(high))), &mut pairs.0);
            }
        }
    }
}

/// As [`crate::kernels::naive::bf16`].
#[inline(always)]
fn round<S: Simd>(s: S, x: S::F) -> S::F {
    let c = s.mul(x, s.splat(naive::SPLIT));
    s.sub(c, s.sub(c, x))
}
