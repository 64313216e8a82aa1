//! Any CPU: a vector is an array, and the compiler makes of it what the target offers.

use half::f16;

use crate::kernels::naive;
use crate::kernels::simd::{Job, LANES, NoTiles, Simd, TileJob};

/// Needs nothing.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

/// Whether the target is sure to have a fused multiply-add. Without one, `mul_add` is a library
/// call, far too slow here.
pub(crate) const FUSED: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));

type Array = [f32; LANES];

impl Simd for Portable {
    type F = Array;
    type Sums = [i32; LANES];
    type Bytes = [i8; 4 * LANES];
    type Tiles = NoTiles;
    const NAME: &'static str = "portable";
    const REGISTERS: usize = 4;
    const OFFSET: u8 = 0;

    #[inline(always)]
    fn run<J: Job>(self, job: J) {
        // As on the other paths, a register tile gets a function to itself.
        #[inline(never)]
        fn run<J: Job>(portable: Portable, job: J) {
            job.run(portable);
        }
        run(self, job);
    }

    /// With registers of four lanes, 8 of 16 accumulate.
    #[inline(always)]
    fn tiled<J: TileJob>(self, job: J) {
        job.run_in_tiles::<Self, 2, 1, 2>(self);
    }

    #[inline(always)]
    fn tiled_int8<J: TileJob>(self, job: J) {
        job.run_in_tiles::<Self, 2, 1, 2>(self);
    }

    #[inline(always)]
    fn sums_from(self, _correction: &[i32; LANES]) -> [i32; LANES] {
        [0; LANES]
    }

    #[inline(always)]
    fn load_bytes(self, from: &[i8; 4 * LANES]) -> [i8; 4 * LANES] {
        *from
    }

    #[inline(always)]
    fn dot(self, mut sums: [i32; LANES], x: [u8; 4], weights: [i8; 4 * LANES]) -> [i32; LANES] {
        for (sum, weights) in sums.iter_mut().zip(weights.as_chunks::<4>().0) {
            for i in 0..4 {
                *sum += i32::from(x[i] as i8) * i32::from(weights[i]);
            }
        }
        sums
    }

    #[inline(always)]
    fn sums_to_numbers(self, sums: [i32; LANES]) -> Array {
        sums.map(|sum| sum as f32)
    }

    #[inline(always)]
    fn store_low_bytes(self, v: Array, to: &mut [u8; LANES]) {
        *to = v.map(|v| v.to_bits() as u8);
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Array {
        [x; LANES]
    }

    #[inline(always)]
    fn load(self, from: &Array) -> Array {
        *from
    }

    #[inline(always)]
    fn store(self, v: Array, to: &mut Array) {
        *to = v;
    }

    #[inline(always)]
    fn load_f16(self, from: &[f16; LANES]) -> Array {
        from.map(f16::to_f32)
    }

    #[inline(always)]
    fn add(self, a: Array, b: Array) -> Array {
        zip(a, b, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, a: Array, b: Array) -> Array {
        zip(a, b, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, a: Array, b: Array) -> Array {
        zip(a, b, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, a: Array, b: Array) -> Array {
        zip(a, b, |a, b| a / b)
    }

    /// Rounded once where [`FUSED`], otherwise twice.
    #[inline(always)]
    fn mul_add(self, a: Array, b: Array, mut c: Array) -> Array {
        for i in 0..LANES {
            c[i] = if FUSED { a[i].mul_add(b[i], c[i]) } else { a[i] * b[i] + c[i] };
        }
        c
    }

    #[inline(always)]
    fn max_magnitude(self, a: Array, b: Array) -> Array {
        zip(a, b, |a, b| f32::from_bits(a.abs().to_bits().max(b.abs().to_bits())))
    }

    #[inline(always)]
    fn max(self, a: Array, b: Array) -> Array {
        zip(a, b, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, a: Array, b: Array) -> Array {
        zip(a, b, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn power_of_two(self, t: Array) -> Array {
        t.map(|t| f32::from_bits((t.to_bits() << 23).wrapping_add(1.0_f32.to_bits())))
    }

    #[inline(always)]
    fn keep_first(self, mut v: Array, n: usize, fill: f32) -> Array {
        for (i, lane) in v.iter_mut().enumerate() {
            *lane = if i < n { *lane } else { fill };
        }
        v
    }

    #[inline(always)]
    fn pair(self, low: Array, high: Array) -> Array {
        zip(low, high, naive::pair_of_rounded)
    }

    #[inline(always)]
    fn dot_pairs(self, acc: Array, x: Array, w: Array) -> Array {
        let acc = self.mul_add(x.map(naive::upper), w.map(naive::upper), acc);
        self.mul_add(x.map(naive::lower), w.map(naive::lower), acc)
    }

    #[inline(always)]
    fn sum(self, v: Array) -> f32 {
        fold(v, |a, b| a + b)
    }

    #[inline(always)]
    fn largest(self, v: Array) -> f32 {
        fold(v, |a, b| if a > b { a } else { b })
    }
}

#[inline(always)]
fn zip(mut a: Array, b: Array, op: impl Fn(f32, f32) -> f32) -> Array {
    for i in 0..LANES {
        a[i] = op(a[i], b[i]);
    }
    a
}

#[inline(always)]
fn fold(mut v: Array, op: impl Fn(f32, f32) -> f32) -> f32 {
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            v[i] = op(v[i], v[i + half]);
        }
    }
    v[0]
}
