//! AVX2 with FMA and F16C, with or without AVX-VNNI: a vector is two registers.

use std::arch::x86_64::*;

use half::f16;

use crate::kernels::simd::{CacheLine, Job, LANES, NoTiles, Simd, TileJob};

/// Proof that the CPU has AVX2, FMA and F16C, and AVX-VNNI if so.
#[derive(Clone, Copy)]
pub(crate) struct Avx2<const VNNI: bool>(());

impl<const VNNI: bool> Avx2<VNNI> {
    pub(crate) fn new() -> Option<Self> {
        (is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c")
            && (!VNNI || is_x86_feature_detected!("avxvnni")))
        .then_some(Self(()))
    }
}

// Never inlined, so that a register tile gets a function, and with it the registers, to itself.
#[inline(never)]
#[target_feature(enable = "avx2,fma,f16c")]
fn run<J: Job>(avx2: Avx2<false>, job: J) {
    job.run(avx2);
}

// As above.
#[inline(never)]
#[target_feature(enable = "avx2,fma,f16c,avxvnni")]
fn run_vnni<J: Job>(avx2: Avx2<true>, job: J) {
    job.run(avx2);
}

/// Lanes 0..8 and 8..16.
type Vector = [__m256; 2];

impl<const VNNI: bool> Simd for Avx2<VNNI> {
    type F = Vector;
    type Sums = [__m256i; 2];
    type Bytes = [__m256i; 2];
    type Tiles = NoTiles;
    const NAME: &'static str = if VNNI { "avx2-vnni" } else { "avx2" };
    const REGISTERS: usize = 8;
    const OFFSET: u8 = if VNNI { 128 } else { 0 };

    #[inline(always)]
    fn run<J: Job>(self, job: J) {
        // SAFETY: `self` exists only on a CPU with AVX2, FMA and F16C, and with AVX-VNNI if `VNNI`.
        unsafe { if VNNI { run_vnni(Avx2(()), job) } else { run(Avx2(()), job) } }
    }

    /// 12 of the 16 registers accumulate, 2 hold a line and 1 a number of x.
    #[inline(always)]
    fn tiled<J: TileJob>(self, job: J) {
        job.run_in_tiles::<Self, 6, 1, 6>(self);
    }

    /// With VNNI 12 of the 16 registers accumulate, 2 hold weights and 1 bytes of x; without, 8
    /// accumulate, and 3 hold intermediate results.
    #[inline(always)]
    fn tiled_int8<J: TileJob>(self, job: J) {
        if VNNI {
            job.run_in_tiles::<Self, 6, 1, 6>(self);
        } else {
            job.run_in_tiles::<Self, 4, 1, 4>(self);
        }
    }

    #[inline(always)]
    fn sums_from(self, correction: &[i32; LANES]) -> [__m256i; 2] {
        let (low, high) = correction.split_at(8);
        // SAFETY: `self` exists only on a CPU with AVX2; each half is a borrow of the 32 bytes read
        // from it.
        unsafe {
            match VNNI {
                true => [_mm256_loadu_si256(low.as_ptr().cast()), _mm256_loadu_si256(high.as_ptr().cast())],
                false => [_mm256_setzero_si256(); 2],
            }
        }
    }

    #[inline(always)]
    fn load_bytes(self, from: &[i8; 4 * LANES]) -> [__m256i; 2] {
        let (low, high) = from.split_at(32);
        // SAFETY: `self` exists only on a CPU with AVX2; each half is a borrow of the 32 bytes read
        // from it.
        unsafe { [_mm256_loadu_si256(low.as_ptr().cast()), _mm256_loadu_si256(high.as_ptr().cast())] }
    }

    #[inline(always)]
    fn dot(self, sums: [__m256i; 2], x: [u8; 4], weights: [__m256i; 2]) -> [__m256i; 2] {
        // SAFETY: `self` exists only on a CPU with AVX2, and with AVX-VNNI if `VNNI`.
        unsafe {
            let x = _mm256_set1_epi32(i32::from_ne_bytes(x));
            if VNNI {
                [_mm256_dpbusd_avx_epi32(sums[0], x, weights[0]), _mm256_dpbusd_avx_epi32(sums[1], x, weights[1])]
            } else {
                [dot_8(sums[0], x, weights[0]), dot_8(sums[1], x, weights[1])]
            }
        }
    }

    #[inline(always)]
    fn sums_to_numbers(self, sums: [__m256i; 2]) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_cvtepi32_ps(sums[0]), _mm256_cvtepi32_ps(sums[1])] }
    }

    #[inline(always)]
    fn store_low_bytes(self, v: Vector, to: &mut [u8; LANES]) {
        // SAFETY: `self` exists only on a CPU with AVX2; 16 bytes are written to an exclusive
        // borrow of 16 bytes.
        unsafe {
            _mm_storeu_si128(to.as_mut_ptr().cast(), low_bytes(v));
        }
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_set1_ps(x); 2] }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Vector {
        let (low, high) = from.split_at(8);
        // SAFETY: `self` exists only on a CPU with AVX2; each half is a borrow of the 32 bytes read
        // from it.
        unsafe { [_mm256_loadu_ps(low.as_ptr()), _mm256_loadu_ps(high.as_ptr())] }
    }

    #[inline(always)]
    fn store(self, v: Vector, to: &mut [f32; LANES]) {
        let (low, high) = to.split_at_mut(8);
        // SAFETY: `self` exists only on a CPU with AVX2; each half is an exclusive borrow of the 32
        // bytes written to it.
        unsafe {
            _mm256_storeu_ps(low.as_mut_ptr(), v[0]);
            _mm256_storeu_ps(high.as_mut_ptr(), v[1]);
        }
    }

    #[inline(always)]
    fn load_part(self, from: &[f32]) -> Vector {
        let (low, high) = from.split_at(from.len().min(8));
        // SAFETY: `self` exists only on a CPU with AVX2; lanes beyond each half are masked, and
        // masked lanes are not read.
        unsafe {
            [_mm256_maskload_ps(low.as_ptr(), first(low.len())), _mm256_maskload_ps(high.as_ptr(), first(high.len()))]
        }
    }

    #[inline(always)]
    fn store_part(self, v: Vector, to: &mut [f32]) {
        let (low, high) = to.split_at_mut(to.len().min(8));
        // SAFETY: `self` exists only on a CPU with AVX2; lanes beyond each half are masked, and
        // masked lanes are not written.
        unsafe {
            _mm256_maskstore_ps(low.as_mut_ptr(), first(low.len()), v[0]);
            _mm256_maskstore_ps(high.as_mut_ptr(), first(high.len()), v[1]);
        }
    }

    #[inline(always)]
    fn load_f16(self, from: &[f16; LANES]) -> Vector {
        let (low, high) = from.split_at(8);
        // SAFETY: `self` exists only on a CPU with AVX2 and F16C; each half is a borrow of the 16
        // bytes read from it, and an f16 is its bits.
        unsafe {
            [
                _mm256_cvtph_ps(_mm_loadu_si128(low.as_ptr().cast())),
                _mm256_cvtph_ps(_mm_loadu_si128(high.as_ptr().cast())),
            ]
        }
    }

    #[inline(always)]
    fn add(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn sub(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_sub_ps(a[0], b[0]), _mm256_sub_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn div(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_div_ps(a[0], b[0]), _mm256_div_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul_add(self, a: Vector, b: Vector, c: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2 and FMA.
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }

    #[inline(always)]
    fn max_magnitude(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [max_magnitude(a[0], b[0]), max_magnitude(a[1], b[1])] }
    }

    #[inline(always)]
    fn max(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn min(self, a: Vector, b: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [_mm256_min_ps(a[0], b[0]), _mm256_min_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn power_of_two(self, t: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [power_of_two(t[0]), power_of_two(t[1])] }
    }

    #[inline(always)]
    fn keep_first(self, v: Vector, n: usize, fill: f32) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [keep_first(v[0], n, fill), keep_first(v[1], n.saturating_sub(8), fill)] }
    }

    #[inline(always)]
    fn pair(self, low: Vector, high: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { [pair_8(low[0], high[0]), pair_8(low[1], high[1])] }
    }

    #[inline(always)]
    fn dot_pairs(self, acc: Vector, x: Vector, w: Vector) -> Vector {
        // SAFETY: `self` exists only on a CPU with AVX2 and FMA.
        unsafe { [dot_pairs_8(acc[0], x[0], w[0]), dot_pairs_8(acc[1], x[1], w[1])] }
    }

    #[inline(always)]
    fn prefetch(self, line: &CacheLine) {
        // SAFETY: every x86-64 CPU has the instruction, and the address is that of a borrow.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(line).cast()) }
    }

    #[inline(always)]
    fn transpose(self, v: [Vector; LANES]) -> [Vector; LANES] {
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
    fn sum(self, v: Vector) -> f32 {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { sum_8(_mm256_add_ps(v[0], v[1])) }
    }

    #[inline(always)]
    fn largest(self, v: Vector) -> f32 {
        // SAFETY: `self` exists only on a CPU with AVX2.
        unsafe { largest_8(_mm256_max_ps(v[0], v[1])) }
    }
}

/// Four products of signed bytes added to each of 8 sums.
///
/// The instruction multiplies bytes without a sign with bytes that have one, and adds pairs in 16
/// bits: so the sign of x goes over to the weight, and as both are in ±127, a pair is at most
/// 32,258 and fits.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn dot_8(sums: __m256i, x: __m256i, weights: __m256i) -> __m256i {
    let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(weights, x));
    _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn max_magnitude(a: __m256, b: __m256) -> __m256 {
    let magnitude = _mm256_set1_epi32(i32::MAX);
    let a = _mm256_and_si256(_mm256_castps_si256(a), magnitude);
    let b = _mm256_and_si256(_mm256_castps_si256(b), magnitude);
    _mm256_castsi256_ps(_mm256_max_epu32(a, b))
}

/// The lowest byte of each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn low_bytes(v: Vector) -> __m128i {
    let byte = _mm256_set1_epi32(0xff);
    let low = _mm256_and_si256(_mm256_castps_si256(v[0]), byte);
    let high = _mm256_and_si256(_mm256_castps_si256(v[1]), byte);
    // Packing goes by halves of the register: what lies as 0, 2, 1, 3 is put in order.
    let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(low, high));
    _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words))
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

/// [`Simd::pair`] on 8 lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn pair_8(low: __m256, high: __m256) -> __m256 {
    let low = _mm256_srli_epi32::<16>(_mm256_castps_si256(low));
    _mm256_castsi256_ps(_mm256_or_si256(low, _mm256_castps_si256(high)))
}

/// [`Simd::dot_pairs`] on 8 lanes.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn dot_pairs_8(acc: __m256, x: __m256, w: __m256) -> __m256 {
    let (x, w) = (_mm256_castps_si256(x), _mm256_castps_si256(w));
    let upper = _mm256_set1_epi32(-1 << 16);
    let high = [_mm256_and_si256(x, upper), _mm256_and_si256(w, upper)].map(|v| _mm256_castsi256_ps(v));
    let low = [_mm256_slli_epi32::<16>(x), _mm256_slli_epi32::<16>(w)].map(|v| _mm256_castsi256_ps(v));
    _mm256_fmadd_ps(low[0], low[1], _mm256_fmadd_ps(high[0], high[1], acc))
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
