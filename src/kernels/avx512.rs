//! AVX-512F, alone or with VNNI, BF16 and tiles: a vector is one register.

use std::arch::x86_64::*;

use half::f16;

use crate::kernels::amx::{self, Tiles};
use crate::kernels::avx2::{dot_8, largest_8, sum_8};
use crate::kernels::simd::{CacheLine, Job, LANES, Simd, TILE_BYTES, TileJob};

/// Proof that the CPU has AVX-512F, and what [`PLAIN`], [`VNNI`], [`BF16`] or [`AMX`] adds to it
/// for products.
#[derive(Clone, Copy)]
pub(crate) struct Avx512<const LEVEL: u8>(());

/// Nothing.
pub(crate) const PLAIN: u8 = 0;
/// AVX-512 VNNI.
pub(crate) const VNNI: u8 = 1;
/// AVX-512 VNNI for bytes and AVX-512 BF16 for bfloat16.
pub(crate) const BF16: u8 = 2;
/// Those, and the tiles of Advanced Matrix Extensions for bytes.
pub(crate) const AMX: u8 = 3;

impl<const LEVEL: u8> Avx512<LEVEL> {
    /// Whether there is an instruction for products of bytes.
    const DOT: bool = LEVEL >= VNNI;

    pub(crate) fn new() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && (!Self::DOT || is_x86_feature_detected!("avx512vnni"))
            && (LEVEL < BF16 || is_x86_feature_detected!("avx512bf16"))
            && (LEVEL < AMX || amx::granted());
        has.then_some(Self(()))
    }
}

impl Avx512<AMX> {
    /// Tile registers for this thread.
    pub(crate) fn tiles(self) -> Tiles {
        // SAFETY: `self` exists only where they have been granted.
        unsafe { Tiles::new() }
    }
}

// Never inlined, so that a register tile gets a function, and with it the registers, to itself.
#[inline(never)]
#[target_feature(enable = "avx512f")]
fn run<J: Job>(avx512: Avx512<PLAIN>, job: J) {
    job.run(avx512);
}

// As above.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vnni")]
fn run_vnni<J: Job>(avx512: Avx512<VNNI>, job: J) {
    job.run(avx512);
}

// As above.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512vnni,avx512bf16")]
fn run_bf16<J: Job, const LEVEL: u8>(avx512: Avx512<LEVEL>, job: J) {
    job.run(avx512);
}

// Each `unsafe` below calls intrinsics of AVX-512F or of the AVX2 that it implies.
impl<const LEVEL: u8> Simd for Avx512<LEVEL> {
    type F = __m512;
    type Sums = __m512i;
    type Bytes = __m512i;
    type Tiles = Tiles;
    const NAME: &'static str = ["avx512", "avx512-vnni", "avx512-bf16", "avx512-amx"][LEVEL as usize];
    const REGISTERS: usize = 32;
    const OFFSET: u8 = if Self::DOT { 128 } else { 0 };
    const K_STEP: usize = if LEVEL == AMX { TILE_BYTES } else { 4 };

    #[inline(always)]
    fn run<J: Job>(self, job: J) {
        // SAFETY: `self` exists only on a CPU with AVX-512F, and with VNNI and BF16 if `LEVEL` says
        // so.
        unsafe {
            match LEVEL {
                PLAIN => run(Avx512(()), job),
                VNNI => run_vnni(Avx512(()), job),
                _ => run_bf16(self, job),
            }
        }
    }

    /// 24 of the 32 registers accumulate, 4 or 2 hold lines; 24 independent chains are more than
    /// two units of latency 4 need.
    #[inline(always)]
    fn tiled<J: TileJob>(self, job: J) {
        job.run_in_tiles::<Self, 6, 4, 12>(self);
    }

    /// As [`Simd::tiled`].
    #[inline(always)]
    fn tiled_int8<J: TileJob>(self, job: J) {
        job.run_in_tiles::<Self, 6, 4, 6>(self);
    }

    #[inline(always)]
    fn byte_tiles(self) -> Option<Tiles> {
        if LEVEL == AMX { Some(Avx512::<AMX>(()).tiles()) } else { None }
    }

    #[inline(always)]
    fn sums_from(self, correction: &[i32; LANES]) -> __m512i {
        // SAFETY: `self` exists only on a CPU with AVX-512F; 64 bytes are read from a borrow of 64
        // bytes.
        unsafe { if Self::DOT { _mm512_loadu_si512(correction.as_ptr().cast()) } else { _mm512_setzero_si512() } }
    }

    #[inline(always)]
    fn load_bytes(self, from: &[i8; 4 * LANES]) -> __m512i {
        // SAFETY: `self` exists only on a CPU with AVX-512F; 64 bytes are read from a borrow of 64
        // bytes.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }

    #[inline(always)]
    fn dot(self, sums: __m512i, x: [u8; 4], weights: __m512i) -> __m512i {
        // SAFETY: `self` exists only on a CPU with AVX-512F, which implies AVX2, and with VNNI if
        // `DOT`.
        unsafe {
            let x = i32::from_ne_bytes(x);
            match Self::DOT {
                true => _mm512_dpbusd_epi32(sums, _mm512_set1_epi32(x), weights),
                false => by_halves(sums, _mm256_set1_epi32(x), weights),
            }
        }
    }

    #[inline(always)]
    fn sums_to_numbers(self, sums: __m512i) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_cvtepi32_ps(sums) }
    }

    #[inline(always)]
    fn store_low_bytes(self, v: __m512, to: &mut [u8; LANES]) {
        // SAFETY: `self` exists only on a CPU with AVX-512F; 16 bytes are written to an exclusive
        // borrow of 16 bytes.
        unsafe {
            _mm_storeu_si128(to.as_mut_ptr().cast(), _mm512_cvtepi32_epi8(_mm512_castps_si512(v)));
        }
    }

    #[inline(always)]
    fn store_low_bytes_of_four(self, v: [__m512; 4], to: &mut [i8; 4 * LANES]) {
        // SAFETY: `self` exists only on a CPU with AVX-512F; 64 bytes are written to an exclusive
        // borrow of 64 bytes.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), low_bytes_of_four(v)) }
    }

    #[inline(always)]
    fn max_magnitude(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { max_magnitude(a, b) }
    }

    #[inline(always)]
    fn splat(self, x: f32) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_set1_ps(x) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F; 64 bytes are read from a borrow of 64
        // bytes.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, v: __m512, to: &mut [f32; LANES]) {
        // SAFETY: `self` exists only on a CPU with AVX-512F; 64 bytes are written to an exclusive
        // borrow of 64 bytes.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), v) }
    }

    #[inline(always)]
    fn load_part(self, from: &[f32]) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F; lanes beyond `from` are masked, and
        // masked lanes are not read.
        unsafe { _mm512_maskz_loadu_ps(first(from.len()), from.as_ptr()) }
    }

    #[inline(always)]
    fn store_part(self, v: __m512, to: &mut [f32]) {
        // SAFETY: `self` exists only on a CPU with AVX-512F; lanes beyond `to` are masked, and
        // masked lanes are not written.
        unsafe { _mm512_mask_storeu_ps(to.as_mut_ptr(), first(to.len()), v) }
    }

    #[inline(always)]
    fn load_f16(self, from: &[f16; LANES]) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F; 32 bytes are read from a borrow of 32
        // bytes, and an f16 is its bits.
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.as_ptr().cast())) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_div_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_max_ps(a, b) }
    }

    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_min_ps(a, b) }
    }

    #[inline(always)]
    fn power_of_two(self, t: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe {
            let exponent = _mm512_slli_epi32::<23>(_mm512_castps_si512(t));
            _mm512_castsi512_ps(_mm512_add_epi32(exponent, _mm512_castps_si512(_mm512_set1_ps(1.0))))
        }
    }

    #[inline(always)]
    fn keep_first(self, v: __m512, n: usize, fill: f32) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { _mm512_mask_blend_ps(first(n), _mm512_set1_ps(fill), v) }
    }

    #[inline(always)]
    fn pair(self, low: __m512, high: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe {
            let low = _mm512_srli_epi32::<16>(_mm512_castps_si512(low));
            _mm512_castsi512_ps(_mm512_or_si512(low, _mm512_castps_si512(high)))
        }
    }

    #[inline(always)]
    fn dot_pairs(self, acc: __m512, x: __m512, w: __m512) -> __m512 {
        // SAFETY: `self` exists only on a CPU with AVX-512F, and with BF16 if `LEVEL` says so; any
        // 32 bits are two bfloat16.
        unsafe {
            if LEVEL >= BF16 {
                return _mm512_dpbf16_ps(
                    acc,
                    std::mem::transmute::<__m512, __m512bh>(x),
                    std::mem::transmute::<__m512, __m512bh>(w),
                );
            }
            let acc = _mm512_fmadd_ps(upper(x), upper(w), acc);
            _mm512_fmadd_ps(lower(x), lower(w), acc)
        }
    }

    #[inline(always)]
    fn prefetch(self, line: &CacheLine) {
        // SAFETY: every x86-64 CPU has the instruction, and the address is that of a borrow.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(std::ptr::from_ref(line).cast()) }
    }

    #[inline(always)]
    fn transpose(self, v: [__m512; LANES]) -> [__m512; LANES] {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe { transpose(v) }
    }

    #[inline(always)]
    fn sum(self, v: __m512) -> f32 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe {
            let [low, high] = halves(v);
            sum_8(_mm256_add_ps(low, high))
        }
    }

    #[inline(always)]
    fn largest(self, v: __m512) -> f32 {
        // SAFETY: `self` exists only on a CPU with AVX-512F.
        unsafe {
            let [low, high] = halves(v);
            largest_8(_mm256_max_ps(low, high))
        }
    }
}

/// The mask of the first `n` lanes.
#[inline(always)]
fn first(n: usize) -> __mmask16 {
    ((1_u32 << n.min(LANES)) - 1) as __mmask16
}

// Functions rather than closures, which would not have the target feature and so not be inlined.

#[inline]
#[target_feature(enable = "avx512f")]
fn max_magnitude(a: __m512, b: __m512) -> __m512 {
    let magnitude = _mm512_set1_epi32(i32::MAX);
    let a = _mm512_and_si512(_mm512_castps_si512(a), magnitude);
    let b = _mm512_and_si512(_mm512_castps_si512(b), magnitude);
    _mm512_castsi512_ps(_mm512_max_epu32(a, b))
}

/// The numbers in the upper halves of the lanes.
#[inline]
#[target_feature(enable = "avx512f")]
fn upper(v: __m512) -> __m512 {
    _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(v), _mm512_set1_epi32(-1 << 16)))
}

/// The numbers in the lower halves of the lanes.
#[inline]
#[target_feature(enable = "avx512f")]
fn lower(v: __m512) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_castps_si512(v)))
}

/// The lowest bytes of four vectors, those of a lane side by side.
#[inline]
#[target_feature(enable = "avx512f")]
fn low_bytes_of_four([a, b, c, d]: [__m512; 4]) -> __m512i {
    let byte = _mm512_set1_epi32(0xff);
    let a = _mm512_and_si512(_mm512_castps_si512(a), byte);
    let b = _mm512_slli_epi32::<8>(_mm512_and_si512(_mm512_castps_si512(b), byte));
    let c = _mm512_slli_epi32::<16>(_mm512_and_si512(_mm512_castps_si512(c), byte));
    let d = _mm512_slli_epi32::<24>(_mm512_castps_si512(d));
    _mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d))
}

/// [`dot_8`] twice.
#[inline]
#[target_feature(enable = "avx512f")]
fn by_halves(sums: __m512i, x: __m256i, weights: __m512i) -> __m512i {
    let halves = |v| (_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64::<1>(v));
    let ((low, high), (low_weights, high_weights)) = (halves(sums), halves(weights));
    let low = _mm512_castsi256_si512(dot_8(low, x, low_weights));
    _mm512_inserti64x4::<1>(low, dot_8(high, x, high_weights))
}

/// Lanes 0..8 and 8..16.
#[inline]
#[target_feature(enable = "avx512f")]
fn halves(v: __m512) -> [__m256; 2] {
    let high = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(v));
    [_mm512_castps512_ps256(v), _mm256_castpd_ps(high)]
}

/// In four rounds: pairs of numbers, pairs of pairs, then 128-bit blocks twice.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose(v: [__m512; LANES]) -> [__m512; LANES] {
    // After the loop, 128-bit block b of `quads[4 * g + j]` holds column 4b + j of rows 4g..4g + 4.
    let mut quads = v;
    for g in (0..LANES).step_by(4) {
        let low_01 = _mm512_castps_pd(_mm512_unpacklo_ps(v[g], v[g + 1]));
        let high_01 = _mm512_castps_pd(_mm512_unpackhi_ps(v[g], v[g + 1]));
        let low_23 = _mm512_castps_pd(_mm512_unpacklo_ps(v[g + 2], v[g + 3]));
        let high_23 = _mm512_castps_pd(_mm512_unpackhi_ps(v[g + 2], v[g + 3]));
        quads[g] = _mm512_castpd_ps(_mm512_unpacklo_pd(low_01, low_23));
        quads[g + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low_01, low_23));
        quads[g + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high_01, high_23));
        quads[g + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high_01, high_23));
    }
    let mut columns = v;
    for j in 0..4 {
        // Blocks 0 and 2, then 1 and 3, of rows 0..8 and of rows 8..16.
        let even_low = _mm512_shuffle_f32x4::<0x88>(quads[j], quads[4 + j]);
        let odd_low = _mm512_shuffle_f32x4::<0xdd>(quads[j], quads[4 + j]);
        let even_high = _mm512_shuffle_f32x4::<0x88>(quads[8 + j], quads[12 + j]);
        let odd_high = _mm512_shuffle_f32x4::<0xdd>(quads[8 + j], quads[12 + j]);
        columns[j] = _mm512_shuffle_f32x4::<0x88>(even_low, even_high);
        columns[4 + j] = _mm512_shuffle_f32x4::<0x88>(odd_low, odd_high);
        columns[8 + j] = _mm512_shuffle_f32x4::<0xdd>(even_low, even_high);
        columns[12 + j] = _mm512_shuffle_f32x4::<0xdd>(odd_low, odd_high);
    }
    columns
}
