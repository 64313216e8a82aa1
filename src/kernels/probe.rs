//! Loops of nothing but multiply-adds, to measure what the CPU can do.

use crate::kernels::simd::{Job, LANES, Simd};

/// Multiply-adds of vectors in a round. Divisible by every number of chains below.
const VECTORS: usize = 12;

/// Multiply-adds of single numbers in a round.
pub(crate) const MULTIPLY_ADDS: usize = VECTORS * LANES;

/// Multiply-adds of single bytes in a round.
pub(crate) const MULTIPLY_ADDS_INT8: usize = VECTORS * 4 * LANES;

/// See [`crate::kernels::Kernels::multiply_adds_int8`].
pub(crate) struct ProbeInt8<'a> {
    pub(crate) rounds: usize,
    pub(crate) factor: u8,
    pub(crate) result: &'a mut f32,
}

impl Job for ProbeInt8<'_> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        *self.result = match S::REGISTERS {
            16.. => chains_int8::<S, 12>(s, self.rounds, self.factor),
            _ => chains_int8::<S, 4>(s, self.rounds, self.factor),
        };
    }
}

#[inline(always)]
fn chains_int8<S: Simd, const N: usize>(s: S, rounds: usize, factor: u8) -> f32 {
    let weights = s.load_bytes(&[factor as i8; 4 * LANES]);
    let mut sums = [s.sums_from(&[0; LANES]); N];
    for _ in 0..rounds * (VECTORS / N) {
        for sums in &mut sums {
            *sums = s.dot(*sums, [factor; 4], weights);
        }
    }
    sums.iter().map(|sums| s.sum(s.sums_to_numbers(*sums))).sum()
}

/// See [`crate::kernels::Kernels::multiply_adds`], and with `PAIRS`
/// [`crate::kernels::Kernels::multiply_adds_bf16`].
pub(crate) struct Probe<'a, const PAIRS: bool> {
    pub(crate) rounds: usize,
    pub(crate) factor: f32,
    pub(crate) result: &'a mut f32,
}

impl<const PAIRS: bool> Job for Probe<'_, PAIRS> {
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        // As many independent chains as fit into registers: two units of latency 4 need 8 chains of
        // a register each.
        *self.result = match S::REGISTERS {
            16.. => chains::<S, PAIRS, 12>(s, self.rounds, self.factor),
            8.. => chains::<S, PAIRS, 6>(s, self.rounds, self.factor),
            _ => chains::<S, PAIRS, 3>(s, self.rounds, self.factor),
        };
    }
}

#[inline(always)]
fn chains<S: Simd, const PAIRS: bool, const N: usize>(s: S, rounds: usize, factor: f32) -> f32 {
    let factor = s.splat(factor);
    let mut acc = [factor; N];
    for _ in 0..rounds * (VECTORS / N) {
        for acc in &mut acc {
            *acc = match PAIRS {
                true => s.dot_pairs(*acc, factor, factor),
                false => s.mul_add(factor, *acc, factor),
            };
        }
    }
    acc.iter().map(|acc| s.sum(*acc)).sum()
}
