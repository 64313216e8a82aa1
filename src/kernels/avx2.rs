//! AVX2 with FMA and F16C: a vector is two registers.

use std::arch::x86_64::*;

use half::f16;

use crate::kernels::matmul::Matmul;
use crate::kernels::simd::{Job, LANES, Line, Simd};

/// Proof that the CPU has AVX2, FMA and F16C.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn new() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c"))
            .then_some(Self(()))
    }
}

// Never inlined, so that a register tile gets a function, and with it the registers, to itself.
#[inline(never)]
#[target_feature(enable = "avx2,fma,f16c")]
fn run<J: Job>(avx2: Avx2, job: J) {
    job.run(avx2);
}

/// Lanes 0..8 and 8..16.
type Pair = [__m256; 2];

impl Simd for Avx2 {
    type F = Pair;
    const NAME: &'static str = "avx2";
    const REGISTERS: usize = 8;

    #[inline(always)]
    fn run<J: Job>(self, job: J) {
        // SAFETY: `self` exists only on a CPU with AVX2, FMA and F16C.
        unsafe { run(self, job) }
    }

    /// 12 of the 16 registers accumulate, 2 hold a line and 1 a number of x.
    #[inline(always)]
    fn matmul(self, matmul: Matmul) {
        matmul.tiled::<Self, 6, 1, 6>(self);
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_set1_ps(x); 2] }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Pair {
        let (low, high) = from.split_at(8);
        // SAFETY: `self` exists only on a CPU with AVX2; each half is a borrow of the 32 bytes read from it.
        unsafe { [_mm256_loadu_ps(low.as_ptr()), _mm256_loadu_ps(high.as_ptr())] }
    }

    #[inline(always)]
    fn store(self, v: Pair, to: &mut [f32; LANES]) {
        let (low, high) = to.split_at_mut(8);
        // SAFETY: `self` exists only on a CPU with AVX2; each half is an exclusive borrow of the 32 bytes written to it.
        unsafe {
            _mm256_storeu_ps(low.as_mut_ptr(), v[0]);
            _mm256_storeu_ps(high.as_mut_ptr(), v[1]);
        }
    }

    #[inline(always)]
    fn load_part(self, from: &[f32]) -> Pair {
        let (low, high) = from.split_at(from.len().min(8));
        // SAFETY: `self` exists only on a CPU with AVX2; lanes beyond each half are masked, and masked lanes are not read.
        unsafe {
            [_mm256_maskload_ps(low.as_ptr(), first(low.len())), _mm256_maskload_ps(high.as_ptr(), first(high.len()))]
        }
    }

    #[inline(always)]
    fn store_part(self, v: Pair, to: &mut [f32]) {
        let (low, high) = to.split_at_mut(to.len().min(8));
        // SAFETY: `self` exists only on a CPU with AVX2; lanes beyond each half are masked, and masked lanes are not written.
        unsafe {
            _mm256_maskstore_ps(low.as_mut_ptr(), first(low.len()), v[0]);
            _mm256_maskstore_ps(high.as_mut_ptr(), first(high.len()), v[1]);
        }
    }

    #[inline(always)]
    fn load_f16(self, from: &[f16; LANES]) -> Pair {
        let (low, high) = from.split_at(8);
        // SAFETY: `self` exists only on a CPU with AVX2 and F16C; each half is a borrow of the 16 bytes read from it, and an
        // f16 is its bits.
        unsafe {
            [
                _mm256_cvtph_ps(_mm_loadu_si128(low.as_ptr().cast())),
                _mm256_cvtph_ps(_mm_loadu_si128(high.as_ptr().cast())),
            ]
        }
    }

    #[inline(always)]
    fn add(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn sub(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_sub_ps(a[0], b[0]), _mm256_sub_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn div(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_div_ps(a[0], b[0]), _mm256_div_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul_add(self, a: Pair, b: Pair, c: Pair) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2 and FMA.
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }

    #[inline(always)]
    fn max(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn min(self, a: Pair, b: Pair) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_min_ps(a[0], b[0]), _mm256_min_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn power_of_two(self, t: Pair) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [power_of_two(t[0]), power_of_two(t[1])] }
    }

    #[inline(always)]
    fn keep_first(self, v: Pair, n: usize, fill: f32) -> Pair {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [keep_first(v[0], n, fill), keep_first(v[1], n.saturating_sub(8), fill)] }
    }

    #[inline(always)]
    fn prefetch(self, line: &Line) {
        // SAFETY: every x86-64 CPU has the instruction, and the address is that of a borrow.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(line).cast()) }
    }

    #[inline(always)]
    fn transpose(self, v: [Pair; LANES]) -> [Pair; LANES] {
        let mut columns = v;
        for (top, half) in [(0, 0), (0, 1), (8, 0), (8, 1)] {
            let mut square = [v[0][0]; 8];
            for (row, v) in square.iter_mut().zip(&v[top..]) {
                *row = v[half];
            }
            // SAFETY: `self` exists only on a CPU with AVX2.
            let square = unsafe { transpose_8(square) };
            for (column, v) in columns[8 * half..].iter_mut().zip(square) {
                column[top / 8] = v;
            }
        }
        columns
    }

    #[inline(always)]
    fn sum(self, v: Pair) -> f32 {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { sum_8(_mm256_add_ps(v[0], v[1])) }
    }

    #[inline(always)]
    fn largest(self, v: Pair) -> f32 {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { largest_8(_mm256_max_ps(v[0], v[1])) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn power_of_two(t: __m256) -> __m256 {
    let exponent = _mm256_slli_epi32::<23>(_mm256_castps_si256(t));
    _mm256_castsi256_ps(_mm256_add_epi32(exponent, _mm256_castps_si256(_mm256_set1_ps(1.0))))
}

#[inline]
#[target_feature(enable = "avx2")]
fn keep_first(v: __m256, n: usize, fill: f32) -> __m256 {
    _mm256_blendv_ps(_mm256_set1_ps(fill), v, _mm256_castsi256_ps(first(n)))
}

/// All bits set in the first `n` lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn first(n: usize) -> __m256i {
    _mm256_cmpgt_epi32(_mm256_set1_epi32(n.min(8) as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
}

/// In three rounds: pairs of numbers, pairs of pairs, then 128-bit halves.
#[inline]
#[target_feature(enable = "avx")]
fn transpose_8(v: [__m256; 8]) -> [__m256; 8] {
    // After the loop, half h of `quads[4 * g + j]` holds column 4h + j of rows 4g..4g + 4.
    let mut quads = v;
    for g in [0, 4] {
        let low_01 = _mm256_castps_pd(_mm256_unpacklo_ps(v[g], v[g + 1]));
        let high_01 = _mm256_castps_pd(_mm256_unpackhi_ps(v[g], v[g + 1]));
        let low_23 = _mm256_castps_pd(_mm256_unpacklo_ps(v[g + 2], v[g + 3]));
        let high_23 = _mm256_castps_pd(_mm256_unpackhi_ps(v[g + 2], v[g + 3]));
        quads[g] = _mm256_castpd_ps(_mm256_unpacklo_pd(low_01, low_23));
        quads[g + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(low_01, low_23));
        quads[g + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(high_01, high_23));
        quads[g + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(high_01, high_23));
    }
    let mut columns = v;
    for j in 0..4 {
        columns[j] = _mm256_permute2f128_ps::<0x20>(quads[j], quads[4 + j]);
        columns[4 + j] = _mm256_permute2f128_ps::<0x31>(quads[j], quads[4 + j]);
    }
    columns
}

/// Folds 8 lanes as [`Simd::sum`] does.
#[inline]
#[target_feature(enable = "avx")]
pub(crate) fn sum_8(v: __m256) -> f32 {
    let v = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
    let v = _mm_add_ps(v, _mm_movehl_ps(v, v));
    _mm_cvtss_f32(_mm_add_ss(v, _mm_movehdup_ps(v)))
}

/// Folds 8 lanes as [`Simd::largest`] does.
#[inline]
#[target_feature(enable = "avx")]
pub(crate) fn largest_8(v: __m256) -> f32 {
    let v = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
    let v = _mm_max_ps(v, _mm_movehl_ps(v, v));
    _mm_cvtss_f32(_mm_max_ss(v, _mm_movehdup_ps(v)))
}
