//! NEON, with or without the dot product of bytes: a vector is four registers.

use std::arch::aarch64::*;
use std::arch::asm;

use half::f16;

use crate::kernels::simd::{Job, LANES, NoTiles, Simd, TileJob};

/// Proof that the CPU has NEON, and the dot product of bytes if `DOT`.
#[derive(Clone, Copy)]
pub(crate) struct Neon<const DOT: bool>(());

impl<const DOT: bool> Neon<DOT> {
    pub(crate) fn new() -> Option<Self> {
        use std::arch::is_aarch64_feature_detected as has;
        (has!("neon") && (!DOT || has!("dotprod"))).then_some(Self(()))
    }
}

// Never inlined, so that a register tile gets a function, and with it the registers, to itself.
#[inline(never)]
#[target_feature(enable = "neon")]
fn run<J: Job>(neon: Neon<false>, job: J) {
    job.run(neon);
}

// As above.
#[inline(never)]
#[target_feature(enable = "neon,dotprod")]
fn run_dot<J: Job>(neon: Neon<true>, job: J) {
    job.run(neon);
}

/// Lanes 0..4, 4..8, 8..12 and 12..16.
type Vector = [float32x4_t; 4];

impl<const DOT: bool> Simd for Neon<DOT> {
    type F = Vector;
    type Sums = [int32x4_t; 4];
    type Bytes = [int8x16_t; 4];
    type Tiles = NoTiles;
    const NAME: &'static str = if DOT { "neon-dot" } else { "neon" };
    const REGISTERS: usize = 8;
    const OFFSET: u8 = 0;

    #[inline(always)]
    fn run<J: Job>(self, job: J) {
        // SAFETY: `self` exists only on a CPU with NEON, and the dot product if `DOT`.
        unsafe { if DOT { run_dot(Neon(()), job) } else { run(Neon(()), job) } }
    }

    /// 24 of the 32 registers accumulate, 4 hold a line.
    #[inline(always)]
    fn tiled<J: TileJob>(self, job: J) {
        job.run_in_tiles::<Self, 6, 1, 6>(self);
    }

    /// As [`Simd::tiled`].
    #[inline(always)]
    fn tiled_int8<J: TileJob>(self, job: J) {
        job.run_in_tiles::<Self, 4, 1, 4>(self);
    }

    #[inline(always)]
    fn sums_from(self, _correction: &[i32; LANES]) -> [int32x4_t; 4] {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [vdupq_n_s32(0); 4] }
    }

    #[inline(always)]
    fn load_bytes(self, from: &[i8; 4 * LANES]) -> [int8x16_t; 4] {
        let from = from.as_ptr();
        // SAFETY: `self` exists only on a CPU with NEON; four times sixteen bytes are read from a
        // borrow of 64.
        unsafe { [vld1q_s8(from), vld1q_s8(from.add(16)), vld1q_s8(from.add(32)), vld1q_s8(from.add(48))] }
    }

    #[inline(always)]
    fn dot(self, sums: [int32x4_t; 4], x: [u8; 4], weights: [int8x16_t; 4]) -> [int32x4_t; 4] {
        // SAFETY: `self` exists only on a CPU with NEON, and the dot product if `DOT`.
        unsafe {
            let x = vreinterpretq_s8_s32(vdupq_n_s32(i32::from_ne_bytes(x)));
            if DOT {
                return [
                    dot_4_by_instruction(sums[0], x, weights[0]),
                    dot_4_by_instruction(sums[1], x, weights[1]),
                    dot_4_by_instruction(sums[2], x, weights[2]),
                    dot_4_by_instruction(sums[3], x, weights[3]),
                ];
            }
            [
                dot_4(sums[0], x, weights[0]),
                dot_4(sums[1], x, weights[1]),
                dot_4(sums[2], x, weights[2]),
                dot_4(sums[3], x, weights[3]),
            ]
        }
    }

    #[inline(always)]
    fn sums_to_numbers(self, sums: [int32x4_t; 4]) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [vcvtq_f32_s32(sums[0]), vcvtq_f32_s32(sums[1]), vcvtq_f32_s32(sums[2]), vcvtq_f32_s32(sums[3])] }
    }

    #[inline(always)]
    fn store_low_bytes(self, v: Vector, to: &mut [u8; LANES]) {
        // SAFETY: `self` exists only on a CPU with NEON; 16 bytes are written to an exclusive
        // borrow of 16 bytes.
        unsafe {
            let bits = |v| vmovn_u32(vreinterpretq_u32_f32(v));
            let low = vmovn_u16(vcombine_u16(bits(v[0]), bits(v[1])));
            let high = vmovn_u16(vcombine_u16(bits(v[2]), bits(v[3])));
            vst1q_u8(to.as_mut_ptr(), vcombine_u8(low, high));
        }
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [vdupq_n_f32(x); 4] }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Vector {
        let from = from.as_ptr();
        // SAFETY: `self` exists only on a CPU with NEON; four times four numbers are read from a
        // borrow of sixteen.
        unsafe { [vld1q_f32(from), vld1q_f32(from.add(4)), vld1q_f32(from.add(8)), vld1q_f32(from.add(12))] }
    }

    #[inline(always)]
    fn store(self, v: Vector, to: &mut [f32; LANES]) {
        let to = to.as_mut_ptr();
        // SAFETY: `self` exists only on a CPU with NEON; four times four numbers are written to an
        // exclusive borrow of sixteen.
        unsafe {
            vst1q_f32(to, v[0]);
            vst1q_f32(to.add(4), v[1]);
            vst1q_f32(to.add(8), v[2]);
            vst1q_f32(to.add(12), v[3]);
        }
    }

    #[inline(always)]
    fn load_f16(self, from: &[f16; LANES]) -> Vector {
        // Rust has no stable intrinsic for this; embedding rows are too few for it to matter.
        let mut numbers = [0.0; LANES];
        for (number, from) in numbers.iter_mut().zip(from) {
            *number = from.to_f32();
        }
        self.load(&numbers)
    }

    #[inline(always)]
    fn add(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [vaddq_f32(a[0], b[0]), vaddq_f32(a[1], b[1]), vaddq_f32(a[2], b[2]), vaddq_f32(a[3], b[3])] }
    }

    #[inline(always)]
    fn sub(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [vsubq_f32(a[0], b[0]), vsubq_f32(a[1], b[1]), vsubq_f32(a[2], b[2]), vsubq_f32(a[3], b[3])] }
    }

    #[inline(always)]
    fn mul(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [vmulq_f32(a[0], b[0]), vmulq_f32(a[1], b[1]), vmulq_f32(a[2], b[2]), vmulq_f32(a[3], b[3])] }
    }

    #[inline(always)]
    fn div(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [vdivq_f32(a[0], b[0]), vdivq_f32(a[1], b[1]), vdivq_f32(a[2], b[2]), vdivq_f32(a[3], b[3])] }
    }

    #[inline(always)]
    fn mul_add(self, a: Vector, b: Vector, c: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe {
            [
                vfmaq_f32(c[0], a[0], b[0]),
                vfmaq_f32(c[1], a[1], b[1]),
                vfmaq_f32(c[2], a[2], b[2]),
                vfmaq_f32(c[3], a[3], b[3]),
            ]
        }
    }

    #[inline(always)]
    fn max_magnitude(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe {
            let mut larger = a;
            for (a, b) in larger.iter_mut().zip(b) {
                let (x, y) = (vreinterpretq_u32_f32(vabsq_f32(*a)), vreinterpretq_u32_f32(vabsq_f32(b)));
                *a = vreinterpretq_f32_u32(vmaxq_u32(x, y));
            }
            larger
        }
    }

    #[inline(always)]
    fn max(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [max(a[0], b[0]), max(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])] }
    }

    #[inline(always)]
    fn min(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe {
            [
                vbslq_f32(vcltq_f32(a[0], b[0]), a[0], b[0]),
                vbslq_f32(vcltq_f32(a[1], b[1]), a[1], b[1]),
                vbslq_f32(vcltq_f32(a[2], b[2]), a[2], b[2]),
                vbslq_f32(vcltq_f32(a[3], b[3]), a[3], b[3]),
            ]
        }
    }

    #[inline(always)]
    fn power_of_two(self, t: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [power_of_two(t[0]), power_of_two(t[1]), power_of_two(t[2]), power_of_two(t[3])] }
    }

    #[inline(always)]
    fn keep_first(self, v: Vector, n: usize, fill: f32) -> Vector {
        if n >= LANES {
            return v;
        }
        let mut lanes = [fill; LANES];
        let mut kept = [0.0; LANES];
        self.store(v, &mut kept);
        lanes[..n].copy_from_slice(&kept[..n]);
        self.load(&lanes)
    }

    #[inline(always)]
    fn pair(self, low: Vector, high: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe { [pair(low[0], high[0]), pair(low[1], high[1]), pair(low[2], high[2]), pair(low[3], high[3])] }
    }

    #[inline(always)]
    fn dot_pairs(self, acc: Vector, x: Vector, w: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe {
            [
                dot_pairs(acc[0], x[0], w[0]),
                dot_pairs(acc[1], x[1], w[1]),
                dot_pairs(acc[2], x[2], w[2]),
                dot_pairs(acc[3], x[3], w[3]),
            ]
        }
    }

    #[inline(always)]
    fn sum(self, v: Vector) -> f32 {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe {
            let v = vaddq_f32(vaddq_f32(v[0], v[2]), vaddq_f32(v[1], v[3]));
            let v = vaddq_f32(v, vextq_f32::<2>(v, v));
            vgetq_lane_f32::<0>(v) + vgetq_lane_f32::<1>(v)
        }
    }

    #[inline(always)]
    fn largest(self, v: Vector) -> f32 {
        // SAFETY: `self` exists only on a CPU with NEON.
        unsafe {
            let v = max(max(v[0], v[2]), max(v[1], v[3]));
            let v = max(v, vextq_f32::<2>(v, v));
            vgetq_lane_f32::<0>(max(v, vextq_f32::<1>(v, v)))
        }
    }
}

/// [`dot_4`] by the one instruction there is for it, for which Rust has no stable intrinsic.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn dot_4_by_instruction(mut sums: int32x4_t, x: int8x16_t, weights: int8x16_t) -> int32x4_t {
    // SAFETY: the target feature says that the CPU has it; it reads and writes these registers
    // alone.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {x:v}.16b, {weights:v}.16b",
            sums = inout(vreg) sums,
            x = in(vreg) x,
            weights = in(vreg) weights,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// Four products of signed bytes added to each of 4 sums.
#[inline]
#[target_feature(enable = "neon")]
fn dot_4(sums: int32x4_t, x: int8x16_t, weights: int8x16_t) -> int32x4_t {
    let low = vpaddlq_s16(vmull_s8(vget_low_s8(x), vget_low_s8(weights)));
    let high = vpaddlq_s16(vmull_high_s8(x, weights));
    vaddq_s32(sums, vpaddq_s32(low, high))
}

/// [`Simd::pair`] on 4 lanes.
#[inline]
#[target_feature(enable = "neon")]
fn pair(low: float32x4_t, high: float32x4_t) -> float32x4_t {
    vreinterpretq_f32_u32(vsriq_n_u32::<16>(vreinterpretq_u32_f32(high), vreinterpretq_u32_f32(low)))
}

/// [`Simd::dot_pairs`] on 4 lanes.
#[inline]
#[target_feature(enable = "neon")]
fn dot_pairs(acc: float32x4_t, x: float32x4_t, w: float32x4_t) -> float32x4_t {
    let (x, w) = (vreinterpretq_u32_f32(x), vreinterpretq_u32_f32(w));
    let upper = vdupq_n_u32(0xffff_0000);
    let (high_x, high_w) = (vreinterpretq_f32_u32(vandq_u32(x, upper)), vreinterpretq_f32_u32(vandq_u32(w, upper)));
    let (low_x, low_w) = (vreinterpretq_f32_u32(vshlq_n_u32::<16>(x)), vreinterpretq_f32_u32(vshlq_n_u32::<16>(w)));
    vfmaq_f32(vfmaq_f32(acc, high_x, high_w), low_x, low_w)
}

/// `vmaxq_f32` would return NaN where [`Simd::max`] returns b.
#[inline]
#[target_feature(enable = "neon")]
fn max(a: float32x4_t, b: float32x4_t) -> float32x4_t {
    vbslq_f32(vcgtq_f32(a, b), a, b)
}

#[inline]
#[target_feature(enable = "neon")]
fn power_of_two(t: float32x4_t) -> float32x4_t {
    let exponent = vshlq_n_s32::<23>(vreinterpretq_s32_f32(t));
    vreinterpretq_f32_s32(vaddq_s32(exponent, vreinterpretq_s32_f32(vdupq_n_f32(1.0))))
}
