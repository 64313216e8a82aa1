//! The arithmetic of an encoder: products, attention, layer norm, activations, embedding sums; in
//! `f32`, and the products in bfloat16 and in eight-bit integers too.
//!
//! Plain slices go in and come out; shapes are stated at each function and asserted.
//! [`Kernels::best`] asks the CPU what it has, once, and every method then runs on that path. What
//! a kernel means is written in [`naive`]; each is written once more, for speed, over the
//! sixteen-lane vectors of `simd.rs`, which `avx512.rs`, `avx2.rs`, `neon.rs` and `portable.rs`
//! provide. All the unsafe code of the project is in this folder.
//!
//! Two promises hold to the bit. A row's result depends on that row alone: not on how many rows
//! come with it or where it stands among them. And all paths with a fused multiply-add give the
//! same bits as [`naive`]; `portable` compiled for a CPU without one rounds twice and differs in
//! the last digits.
//!
//! Numbers that are not finite flow through: a NaN in a row makes NaN in that row, never a panic.
//!
//! Threads are not used here: one call is one thread's work. Batches of about a thousand rows are
//! fastest: larger ones leave the cache between one kernel and the next, and attention then takes
//! nearly twice as long.

#[cfg(target_arch = "x86_64")]
mod amx;
mod attention;
mod attention_int8;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bf16;
mod check;
mod int8;
mod math;
mod matmul;
pub mod naive;
#[cfg(target_arch = "aarch64")]
mod neon;
mod norm;
mod portable;
mod probe;
mod simd;
#[cfg(test)]
mod tests;

use half::f16;

pub use crate::kernels::attention::AttentionScratch;
pub use crate::kernels::attention_int8::AttentionInt8Scratch;
pub use crate::kernels::bf16::{Bf16Scratch, PackedBf16};
pub use crate::kernels::int8::{Int8Scratch, PackedInt8};
pub use crate::kernels::matmul::Packed;
pub use crate::kernels::naive::Activation;

use crate::kernels::attention::{Attention, Rows};
use crate::kernels::attention_int8::AttentionInt8;
use crate::kernels::bf16::LinearBf16;
use crate::kernels::int8::LinearInt8;
use crate::kernels::matmul::{Finish, Matmul};
use crate::kernels::norm::{AddF16, AddNorm};
use crate::kernels::portable::Portable;
use crate::kernels::probe::{Probe, ProbeInt8};
use crate::kernels::simd::{Job, Simd};

/// The kernels of one instruction set that this CPU has. Copying is free; every method is one
/// thread's work.
///
/// ```
/// let kernels = dateline::Kernels::best();
/// assert!(dateline::Kernels::all().iter().any(|other| other.name() == kernels.name()));
/// ```
#[derive(Clone, Copy)]
pub struct Kernels(Path);

#[derive(Clone, Copy)]
enum Path {
    #[cfg(target_arch = "x86_64")]
    Avx512Amx(avx512::Avx512<{ avx512::AMX }>),
    #[cfg(target_arch = "x86_64")]
    Avx512Bf16(avx512::Avx512<{ avx512::BF16 }>),
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni(avx512::Avx512<{ avx512::VNNI }>),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::Avx512<{ avx512::PLAIN }>),
    #[cfg(target_arch = "x86_64")]
    Avx2Vnni(avx2::Avx2<true>),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2<false>),
    #[cfg(target_arch = "aarch64")]
    NeonDot(neon::Neon<true>),
    #[cfg(target_arch = "aarch64")]
    Neon(neon::Neon<false>),
    Portable(Portable),
}

impl Kernels {
    /// The fastest that this CPU can run.
    pub fn best() -> Self {
        Self::all()[0]
    }

    /// All that this CPU can run, fastest first; `portable` is always the last.
    pub fn all() -> Vec<Self> {
        let paths = [
            #[cfg(target_arch = "x86_64")]
            avx512::Avx512::new().map(Path::Avx512Amx),
            #[cfg(target_arch = "x86_64")]
            avx512::Avx512::new().map(Path::Avx512Bf16),
            #[cfg(target_arch = "x86_64")]
            avx512::Avx512::new().map(Path::Avx512Vnni),
            #[cfg(target_arch = "x86_64")]
            avx512::Avx512::new().map(Path::Avx512),
            #[cfg(target_arch = "x86_64")]
            avx2::Avx2::new().map(Path::Avx2Vnni),
            #[cfg(target_arch = "x86_64")]
            avx2::Avx2::new().map(Path::Avx2),
            #[cfg(target_arch = "aarch64")]
            neon::Neon::new().map(Path::NeonDot),
            #[cfg(target_arch = "aarch64")]
            neon::Neon::new().map(Path::Neon),
            Some(Path::Portable(Portable)),
        ];
        paths.into_iter().flatten().map(Self).collect()
    }

    /// The name of the instruction set: `avx512-amx`, `avx512-bf16`, `avx512-vnni`, `avx512`,
    /// `avx2-vnni`, `avx2`, `neon-dot`, `neon` or `portable`.
    pub fn name(self) -> &'static str {
        fn name<S: Simd>(_: S) -> &'static str {
            S::NAME
        }
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Amx(s) => name(s),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Bf16(s) => name(s),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Vnni(s) => name(s),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512(s) => name(s),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2Vnni(s) => name(s),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2(s) => name(s),
            #[cfg(target_arch = "aarch64")]
            Path::NeonDot(s) => name(s),
            #[cfg(target_arch = "aarch64")]
            Path::Neon(s) => name(s),
            Path::Portable(s) => name(s),
        }
    }

    /// y = act(x · wᵀ + bias): x is (m, k), w was packed from (n, k), bias is (n,), y is (m, n).
    /// PyTorch's `Linear`.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn linear(self, x: &[f32], w: &Packed, bias: &[f32], activation: Activation, y: &mut [f32]) {
        let (n, k) = (w.n(), w.k());
        let m = assert_linear(x, [n, k], bias, y);
        let finish = Finish::Linear(bias, activation);
        self.run(Matmul::<false> { m, n, k, x, x_stride: k, w: w.lines(), y, y_stride: n, finish });
    }

    /// [`Kernels::linear`] of numbers rounded to bfloat16, with sums in f32.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn linear_bf16(
        self,
        x: &[f32],
        w: &PackedBf16,
        bias: &[f32],
        activation: Activation,
        y: &mut [f32],
        scratch: &mut Bf16Scratch,
    ) {
        assert_linear(x, [w.n(), w.k()], bias, y);
        self.run(LinearBf16 { x, w, bias, activation, y, scratch });
    }

    /// [`Kernels::linear`] in eight-bit integers, with w packed as such: exact sums of rounded
    /// factors.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn linear_int8(
        self,
        x: &[f32],
        w: &PackedInt8,
        bias: &[f32],
        activation: Activation,
        y: &mut [f32],
        scratch: &mut Int8Scratch,
    ) {
        assert_linear(x, [w.n(), w.k()], bias, y);
        self.run(LinearInt8 { x, w, bias, activation, y, scratch });
    }

    /// Self-attention of one sequence of t tokens: out = softmax(q · kᵀ / √d) · v for each head.
    ///
    /// qkv is (t, 3D): in each row q, k and v, each `heads` pieces of d = D / heads. out is (t, D).
    ///
    /// # Panics
    /// If qkv is not three times as long as out, or no t makes D a multiple of `heads`.
    pub fn attention(self, qkv: &[f32], heads: usize, t: usize, out: &mut [f32], scratch: &mut AttentionScratch) {
        assert_eq!(qkv.len(), 3 * out.len(), "qkv is (t, 3D), out is (t, D)");
        assert!(t > 0 && heads > 0 && out.len().is_multiple_of(t * heads), "out is ({t}, {heads} · d)");
        self.run(Attention { heads, rows: of_all(qkv, t), out, scratch });
    }

    /// [`Kernels::attention`] of some of the tokens, whose queries are given: q is (m, D), kv is (t,
    /// 2D), in each row k and v, and out is (m, D). Each row is what [`Kernels::attention`] makes of
    /// it.
    ///
    /// # Panics
    /// If the lengths do not fit together, or no m makes D a multiple of `heads`.
    pub fn attention_of(
        self,
        q: &[f32],
        kv: &[f32],
        heads: usize,
        t: usize,
        out: &mut [f32],
        scratch: &mut AttentionScratch,
    ) {
        if let Some(rows) = assert_some(q, kv, heads, t, out) {
            self.run(Attention { heads, rows, out, scratch });
        }
    }

    /// [`Kernels::attention_of`] with both products in eight-bit integers.
    ///
    /// # Panics
    /// As [`Kernels::attention_of`], and if t or d is more than [`PackedInt8::WIDEST`].
    pub fn attention_int8_of(
        self,
        q: &[f32],
        kv: &[f32],
        heads: usize,
        t: usize,
        out: &mut [f32],
        scratch: &mut AttentionInt8Scratch,
    ) {
        assert!(t.max(kv.len() / t.max(1) / 2 / heads.max(1)) <= PackedInt8::WIDEST, "sums have to fit");
        if let Some(rows) = assert_some(q, kv, heads, t, out) {
            self.run(AttentionInt8 { heads, rows, out, scratch });
        }
    }

    /// [`Kernels::attention`] with both products in eight-bit integers.
    ///
    /// # Panics
    /// As [`Kernels::attention`], and if t or d is more than [`PackedInt8::WIDEST`].
    pub fn attention_int8(
        self,
        qkv: &[f32],
        heads: usize,
        t: usize,
        out: &mut [f32],
        scratch: &mut AttentionInt8Scratch,
    ) {
        assert_eq!(qkv.len(), 3 * out.len(), "qkv is (t, 3D), out is (t, D)");
        assert!(t > 0 && heads > 0 && out.len().is_multiple_of(t * heads), "out is ({t}, {heads} · d)");
        assert!(t.max(out.len() / t / heads) <= PackedInt8::WIDEST, "sums have to fit");
        self.run(AttentionInt8 { heads, rows: of_all(qkv, t), out, scratch });
    }

    /// x = layer_norm(x + residual) · weight + bias, row by row; x and residual are (m, D), weight
    /// and bias (D,).
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn add_norm(self, x: &mut [f32], residual: &[f32], weight: &[f32], bias: &[f32], eps: f32) {
        assert_eq!(x.len(), residual.len(), "x and residual are of one shape");
        assert_norm(x, weight, bias);
        self.run(AddNorm { x, residual, weight, bias, eps });
    }

    /// [`Kernels::add_norm`] without a residual.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn norm(self, x: &mut [f32], weight: &[f32], bias: &[f32], eps: f32) {
        assert_norm(x, weight, bias);
        self.run(AddNorm { x, residual: &[], weight, bias, eps });
    }

    /// dst += src.
    ///
    /// # Panics
    /// If they are not of one length.
    pub fn add_f16(self, src: &[f16], dst: &mut [f32]) {
        assert_eq!(src.len(), dst.len(), "src and dst are of one length");
        self.run(AddF16 { src, dst });
    }

    /// Does `rounds` times [`Kernels::MULTIPLY_ADDS`] multiply-adds on registers alone: the limit
    /// of any product, which the benchmarks compare with. The result has no meaning.
    pub fn multiply_adds(self, rounds: usize, factor: f32) -> f32 {
        let mut result = 0.0;
        self.run(Probe::<false> { rounds, factor, result: &mut result });
        result
    }

    /// Multiply-adds of single numbers in a round of [`Kernels::multiply_adds`].
    pub const MULTIPLY_ADDS: usize = probe::MULTIPLY_ADDS;

    /// [`Kernels::multiply_adds`] in bfloat16: `rounds` times [`Kernels::MULTIPLY_ADDS_BF16`].
    pub fn multiply_adds_bf16(self, rounds: usize, factor: f32) -> f32 {
        let mut result = 0.0;
        self.run(Probe::<true> { rounds, factor, result: &mut result });
        result
    }

    /// Multiply-adds of single bfloat16 numbers in a round of [`Kernels::multiply_adds_bf16`].
    pub const MULTIPLY_ADDS_BF16: usize = 2 * probe::MULTIPLY_ADDS;

    /// [`Kernels::multiply_adds`] in bytes: `rounds` times [`Kernels::MULTIPLY_ADDS_INT8`].
    pub fn multiply_adds_int8(self, rounds: usize, factor: u8) -> f32 {
        #[cfg(target_arch = "x86_64")]
        if let Path::Avx512Amx(s) = self.0 {
            s.tiles().multiply_adds(rounds * Self::MULTIPLY_ADDS_INT8);
            return 0.0;
        }
        let mut result = 0.0;
        self.run(ProbeInt8 { rounds, factor, result: &mut result });
        result
    }

    /// Multiply-adds of single bytes in a round of [`Kernels::multiply_adds_int8`].
    pub const MULTIPLY_ADDS_INT8: usize = probe::MULTIPLY_ADDS_INT8;

    fn run(self, job: impl Job) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Amx(s) => s.run(job),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Bf16(s) => s.run(job),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512Vnni(s) => s.run(job),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512(s) => s.run(job),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2Vnni(s) => s.run(job),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2(s) => s.run(job),
            #[cfg(target_arch = "aarch64")]
            Path::NeonDot(s) => s.run(job),
            #[cfg(target_arch = "aarch64")]
            Path::Neon(s) => s.run(job),
            Path::Portable(s) => s.run(job),
        }
    }
}

/// Panics unless the operands of a linear of (n, k) fit together, and returns the rows of x.
fn assert_linear(x: &[f32], [n, k]: [usize; 2], bias: &[f32], y: &[f32]) -> usize {
    let m = x.len() / k;
    assert_eq!(x.len(), m * k, "x is ({m}, {k})");
    assert_eq!(y.len(), m * n, "y is ({m}, {n})");
    assert_eq!(bias.len(), n, "bias is ({n},)");
    m
}

/// Queries, keys and values of all t tokens, as one product makes them: (t, 3D).
fn of_all(qkv: &[f32], t: usize) -> Rows<'_> {
    let stride = qkv.len() / t;
    Rows { m: t, q: qkv, q_stride: stride, t, kv: &qkv[stride / 3..], kv_stride: stride }
}

/// Panics unless the operands fit together; `None` if there are no queries.
fn assert_some<'a>(q: &'a [f32], kv: &'a [f32], heads: usize, t: usize, out: &[f32]) -> Option<Rows<'a>> {
    assert!(t > 0 && heads > 0 && kv.len().is_multiple_of(2 * t * heads), "kv is ({t}, 2 · {heads} · d)");
    let d_model = kv.len() / t / 2;
    assert!(q.len() == out.len() && out.len().is_multiple_of(d_model), "q and out are (m, {d_model})");
    let m = out.len() / d_model;
    (m > 0).then_some(Rows { m, q, q_stride: d_model, t, kv, kv_stride: 2 * d_model })
}

fn assert_norm(x: &[f32], weight: &[f32], bias: &[f32]) {
    let d = weight.len();
    assert!(d > 0 && x.len().is_multiple_of(d), "x is (m, {d})");
    assert_eq!(bias.len(), d, "bias is ({d},)");
}
