//! The functions of [`crate::kernels::naive`] on vectors, operation by operation.

use std::f32::consts::LOG2_E;

use crate::kernels::naive::{
    EXP, EXP_MAX, EXP_MIN, EXP2, EXP2_MIN, GELU_TANH, LN_2_HIGH, LN_2_LOW, PHI_LIMIT, PHI_P, PHI_Q, PHI_SHORT,
    PHI_SHORT_LIMIT, ROUND,
};
use crate::kernels::simd::Simd;

/// A function of every lane. A type rather than a closure: the compiler does not inline a closure
/// into a function with a target feature, at the price of a call for every vector.
pub(crate) trait Function {
    /// The function's values at x.
    fn of<S: Simd>(s: S, x: S::F) -> S::F;
}

/// As [`crate::kernels::naive::gelu`].
pub(crate) struct Gelu;

impl Function for Gelu {
    #[inline(always)]
    fn of<S: Simd>(s: S, x: S::F) -> S::F {
        let x = s.max(s.splat(-PHI_LIMIT), x);
        let c = s.min(s.splat(PHI_LIMIT), x);
        let z = s.mul(c, c);
        let ratio = s.div(horner(s, z, &PHI_P), horner(s, z, &PHI_Q));
        s.mul(x, s.mul_add(c, ratio, s.splat(0.5)))
    }
}

/// As [`crate::kernels::naive::gelu_to_round`].
pub(crate) struct GeluToRound;

impl Function for GeluToRound {
    #[inline(always)]
    fn of<S: Simd>(s: S, x: S::F) -> S::F {
        let x = s.max(s.splat(-PHI_SHORT_LIMIT), x);
        let c = s.min(s.splat(PHI_SHORT_LIMIT), x);
        s.mul(x, s.mul_add(c, horner(s, s.mul(c, c), &PHI_SHORT), s.splat(0.5)))
    }
}

/// As [`crate::kernels::naive::gelu_tanh`].
pub(crate) struct GeluTanh;

impl Function for GeluTanh {
    #[inline(always)]
    fn of<S: Simd>(s: S, x: S::F) -> S::F {
        let minus_two_u = s.mul(x, s.mul_add(s.mul(x, x), s.splat(GELU_TANH[1]), s.splat(GELU_TANH[0])));
        s.div(x, s.add(s.splat(1.0), exp(s, minus_two_u)))
    }
}

/// max(0, x), NaN for NaN.
pub(crate) struct Relu;

impl Function for Relu {
    #[inline(always)]
    fn of<S: Simd>(s: S, x: S::F) -> S::F {
        s.max(s.splat(0.0), x)
    }
}

/// As [`crate::kernels::naive::exp`].
#[inline(always)]
pub(crate) fn exp<S: Simd>(s: S, x: S::F) -> S::F {
    let x = s.min(s.splat(EXP_MAX), s.max(s.splat(EXP_MIN), x));
    let t = s.mul_add(x, s.splat(LOG2_E), s.splat(ROUND));
    let n = s.sub(t, s.splat(ROUND));
    let r = s.mul_add(n, s.splat(-LN_2_HIGH), x);
    let r = s.mul_add(n, s.splat(-LN_2_LOW), r);
    s.mul(horner(s, r, &EXP), s.power_of_two(t))
}

/// As [`crate::kernels::naive::exp2_byte`], with `S::OFFSET` added.
#[inline(always)]
pub(crate) fn exp2_byte<S: Simd>(s: S, x: S::F) -> S::F {
    let x = s.max(s.splat(EXP2_MIN), x);
    let t = s.add(x, s.splat(ROUND));
    let r = s.sub(x, s.sub(t, s.splat(ROUND)));
    s.mul_add(horner(s, r, &EXP2), s.power_of_two(t), s.splat(S::TO_BYTE))
}

/// c₀ + c₁x + c₂x² + …
#[inline(always)]
fn horner<S: Simd, const N: usize>(s: S, x: S::F, coefficients: &[f32; N]) -> S::F {
    let mut acc = s.splat(coefficients[N - 1]);
    for c in coefficients[..N - 1].iter().rev() {
        acc = s.mul_add(acc, x, s.splat(*c));
    }
    acc
}
