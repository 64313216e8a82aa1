//! What each kernel means, in plain loops: the definition that the fast paths are tested against,
//! bit for bit.
//!
//! Floating-point addition is not associative, so a definition includes an order. Three orders are
//! used here: a matrix product adds along k, first to last, each step a fused multiply-add that
//! starts from zero; [`sum`] and [`largest`] deal their numbers to sixteen lanes like cards, then
//! fold the lanes in halves; polynomials are evaluated by Horner's rule with fused multiply-adds.
//! The fast paths change which elements are computed together, never the order within one.

use half::f16;

/// What follows a product and its bias.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Activation {
    /// Nothing.
    None,
    /// x · Φ(x), the exact GELU.
    Gelu,
    /// The approximation of GELU by a hyperbolic tangent.
    GeluTanh,
    /// max(0, x)
    Relu,
}

/// y = act(x · wᵀ + b): x is (m, k), w is (n, k) as PyTorch's `Linear` stores it, b is (n,), y is
/// (m, n).
pub fn linear(x: &[f32], w: &[f32], bias: &[f32], activation: Activation, y: &mut [f32]) {
    let n = bias.len();
    let k = w.len() / n;
    for (x, y) in x.chunks_exact(k).zip(y.chunks_exact_mut(n)) {
        for ((w, b), y) in w.chunks_exact(k).zip(bias).zip(y) {
            *y = activate(activation, dot(x.iter().zip(w)) + b);
        }
    }
}

/// [`linear`] of rows rounded by [`bf16`]: number p of a row comes in a pair with number p + ⌈k/2⌉,
/// and a chain adds the products of the pairs one after the other, in each the second number's
/// first. Every addition is a fused multiply-add in f32.
///
/// Sums and factors below 2⁻¹²⁶ may be taken for zero, as CPUs do that have an instruction for
/// this.
pub fn linear_bf16(x: &[f32], w: &[f32], bias: &[f32], activation: Activation, y: &mut [f32]) {
    let n = bias.len();
    let k = w.len() / n;
    let half = k.div_ceil(2);
    let step = |acc: f32, x: Option<&f32>, w: Option<&f32>| match (x, w) {
        (Some(x), Some(w)) => bf16(*x).mul_add(bf16(*w), acc),
        _ => acc,
    };
    for (x, y) in x.chunks_exact(k).zip(y.chunks_exact_mut(n)) {
        for ((w, b), y) in w.chunks_exact(k).zip(bias).zip(y) {
            let chain = (0..half).fold(0.0, |acc, p| {
                let acc = step(acc, x.get(half + p), w.get(half + p));
                step(acc, x.get(p), w.get(p))
            });
            *y = activate(activation, chain + b);
        }
    }
}

/// The nearest number of eight significant bits (Dekker 1971), which a bfloat16 holds; on a tie,
/// one of the two. NaN for what is not finite, or 2¹¹¹ and more.
pub fn bf16(x: f32) -> f32 {
    let c = x * SPLIT;
    c - (c - x)
}

/// Cuts 16 of the 24 bits of an f32: 2¹⁶ + 1.
pub(crate) const SPLIT: f32 = 65_537.0;

/// Two numbers, rounded by [`bf16`], in the bits of one: `low` in the lower half.
pub(crate) fn pair(low: f32, high: f32) -> f32 {
    pair_of_rounded(bf16(low), bf16(high))
}

/// [`pair`] of what is rounded already.
pub(crate) fn pair_of_rounded(low: f32, high: f32) -> f32 {
    f32::from_bits(low.to_bits() >> 16 | high.to_bits())
}

/// The number in the upper half of the bits.
pub(crate) fn upper(pair: f32) -> f32 {
    f32::from_bits(pair.to_bits() & 0xffff_0000)
}

/// The number in the lower half of the bits.
pub(crate) fn lower(pair: f32) -> f32 {
    f32::from_bits(pair.to_bits() << 16)
}

/// [`linear`] in eight bits: rows of x and of w are rounded by [`quantize`], their product is
/// summed in integers, and y = act((Σ · scale of x) · scale of w + b), with a fused multiply-add.
/// What follows rounds again, so GELU is [`gelu_to_round`].
pub fn linear_int8(x: &[f32], w: &[f32], bias: &[f32], activation: Activation, y: &mut [f32]) {
    let n = bias.len();
    let k = w.len() / n;
    let round = |row: &[f32]| {
        let mut rounded = vec![0; k];
        (quantize(row, &mut rounded), rounded)
    };
    let columns: Vec<(f32, Vec<i8>)> = w.chunks_exact(k).map(round).collect();
    for (x, y) in x.chunks_exact(k).zip(y.chunks_exact_mut(n)) {
        let (x_scale, x) = round(x);
        for (((w_scale, w), b), y) in columns.iter().zip(bias).zip(y) {
            let sum: i32 = x.iter().zip(w).map(|(x, w)| i32::from(*x) * i32::from(*w)).sum();
            let y_before = (sum as f32 * x_scale).mul_add(*w_scale, *b);
            *y = match activation {
                Activation::Gelu => gelu_to_round(y_before),
                _ => activate(activation, y_before),
            };
        }
    }
}

/// Rounds a row to whole numbers in ±127 and returns the scale that undoes it: the largest
/// magnitude becomes 127.
///
/// Ties go to even numbers. Rows that are nearly zero become zero. If a number is not finite, the
/// scale is NaN, and what is in `rounded` has no meaning.
pub fn quantize(row: &[f32], rounded: &mut [i8]) -> f32 {
    let most = row.iter().fold(0.0, |most, x| max(most, x.abs()));
    let inverse = if most > TINY { LARGEST / most } else { 0.0 };
    for (x, rounded) in row.iter().zip(rounded) {
        *rounded = (x * inverse + ROUND).to_bits() as i8;
    }
    if row.iter().all(|x| x.is_finite()) { most / LARGEST } else { f32::NAN }
}

/// What the largest magnitude of a row becomes in eight bits.
pub(crate) const LARGEST: f32 = 127.0;
/// Magnitudes up to this become zero: the reciprocal of a smaller one might not be finite.
pub(crate) const TINY: f32 = 1e-30;

/// Multi-head self-attention of one sequence (Vaswani et al. 2017, section 3.2), without the
/// projections.
///
/// qkv is (t, 3D), each row q, k and v one after the other, each cut into `heads` pieces of d; out
/// is (t, D). For each head, out = softmax(q · kᵀ / √d) · v, with softmax(s)_j = e_j / Σ e and e_j
/// = exp((s_j - max s) / √d). The division by Σ e comes last, once an output element, as a
/// multiplication by the reciprocal.
pub fn attention(qkv: &[f32], heads: usize, t: usize, out: &mut [f32]) {
    let d_model = out.len() / t;
    let d = d_model / heads;
    let scale = 1.0 / (d as f32).sqrt();
    for head in 0..heads {
        let row = |i: usize, part: usize| &qkv[i * 3 * d_model + part * d_model + head * d..][..d];
        for i in 0..t {
            let mut e: Vec<f32> = (0..t).map(|j| dot(row(i, 0).iter().zip(row(j, 1)))).collect();
            let most = largest(&e);
            for e in &mut e {
                *e = exp((*e - most) * scale);
            }
            let share = 1.0 / sum(e.iter().copied());
            for c in 0..d {
                let weighted = (0..t).fold(0.0, |acc: f32, j| e[j].mul_add(row(j, 2)[c], acc));
                out[i * d_model + head * d + c] = weighted * share;
            }
        }
    }
}

/// [`attention`] with both products in eight bits. q and k are rounded by [`quantize`] row by row,
/// v column by column, and exponentials, which are at most 1, to multiples of 1/127 (see
/// [`exp2_byte`]). Sums of products are exact, and so is Σ e. Scores are in units of ln 2:
/// softmax(s)_j = 2^(s_j / ln 2 - …).
pub fn attention_int8(qkv: &[f32], heads: usize, t: usize, out: &mut [f32]) {
    let d_model = out.len() / t;
    let d = d_model / heads;
    let root = std::f32::consts::LOG2_E / (d as f32).sqrt();
    let round = |numbers: &[f32]| {
        let mut rounded = vec![0; numbers.len()];
        (quantize(numbers, &mut rounded), rounded)
    };
    let dot = |a: &[i8], b: &[i8]| a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum::<i32>() as f32;
    for head in 0..heads {
        let row = |i: usize, part: usize| &qkv[i * 3 * d_model + part * d_model + head * d..][..d];
        let keys: Vec<_> = (0..t).map(|j| round(row(j, 1))).collect();
        let values: Vec<_> = (0..d).map(|c| round(&(0..t).map(|j| row(j, 2)[c]).collect::<Vec<_>>())).collect();
        for i in 0..t {
            let (scale, query) = round(row(i, 0));
            let scores: Vec<f32> =
                keys.iter().map(|(k_scale, key)| (dot(&query, key) * (scale * root)).mul_add(*k_scale, 0.0)).collect();
            let most = largest(&scores);
            let e: Vec<f32> = scores.iter().map(|s| exp2_byte(*s - most)).collect();
            let share = 1.0 / sum(e.iter().map(|e| e - ROUND));
            let e: Vec<i8> = e.iter().map(|e| e.to_bits() as i8).collect();
            for (c, (v_scale, value)) in values.iter().enumerate() {
                out[i * d_model + head * d + c] = (dot(&e, value) * share).mul_add(*v_scale, 0.0);
            }
        }
    }
}

/// x = layer_norm(x + residual) · w + b, row by row (Ba et al. 2016), with the variance of the
/// population as in PyTorch.
///
/// y = (x - mean) / √(var + eps) · w + b, computed as ((x - mean) · r) · w + b with r = 1 / √(var +
/// eps).
pub fn add_norm(x: &mut [f32], residual: &[f32], weight: &[f32], bias: &[f32], eps: f32) {
    x.iter_mut().zip(residual).for_each(|(x, r)| *x += r);
    norm(x, weight, bias, eps);
}

/// [`add_norm`] without a residual.
pub fn norm(x: &mut [f32], weight: &[f32], bias: &[f32], eps: f32) {
    let n = weight.len() as f32;
    for row in x.chunks_exact_mut(weight.len()) {
        let mean = sum(row.iter().copied()) / n;
        let mut squares = [0.0_f32; 16];
        for (i, x) in row.iter().enumerate() {
            squares[i % 16] = (x - mean).mul_add(x - mean, squares[i % 16]);
        }
        let r = 1.0 / (fold(squares, |a, b| a + b) / n + eps).sqrt();
        for ((x, w), b) in row.iter_mut().zip(weight).zip(bias) {
            *x = ((*x - mean) * r).mul_add(*w, *b);
        }
    }
}

/// dst += src.
pub fn add_f16(src: &[f16], dst: &mut [f32]) {
    dst.iter_mut().zip(src).for_each(|(dst, src)| *dst += src.to_f32());
}

/// One of the activations that BERT's relatives use.
pub fn activate(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::None => x,
        Activation::Gelu => gelu(x),
        Activation::GeluTanh => gelu_tanh(x),
        Activation::Relu => max(0.0, x),
    }
}

/// x · Φ(x), with Φ the distribution function of the normal distribution (Hendrycks & Gimpel 2016).
///
/// Φ(x) - ½ is odd, so it is x · P(x²) / Q(x²). Φ is constant to seven digits beyond ±`PHI_LIMIT`;
/// below, so is the result, which would otherwise be a small multiple of x. The error is below 3e-7
/// · max(1, |x|).
pub fn gelu(x: f32) -> f32 {
    let x = max(-PHI_LIMIT, x);
    let c = min(PHI_LIMIT, x);
    let z = c * c;
    let ratio = horner(z, &PHI_P) / horner(z, &PHI_Q);
    x * c.mul_add(ratio, 0.5)
}

/// [`gelu`] within 5e-4 · max(1, |x|), for a result that will be rounded to eight bits: the largest
/// of a row is 127 steps, so that this is a small part of a step.
///
/// Φ(x) - ½ is x · P(x²) up to ±`PHI_SHORT_LIMIT`, and constant beyond.
pub fn gelu_to_round(x: f32) -> f32 {
    let x = max(-PHI_SHORT_LIMIT, x);
    let c = min(PHI_SHORT_LIMIT, x);
    x * c.mul_add(horner(c * c, &PHI_SHORT), 0.5)
}

/// x / (1 + exp(-2u)) with u = √(2/π) · (x + 0.044715 · x³), which is ½x · (1 + tanh u): Hendrycks
/// & Gimpel's approximation.
pub fn gelu_tanh(x: f32) -> f32 {
    let minus_two_u = x * (x * x).mul_add(GELU_TANH[1], GELU_TANH[0]);
    x / (1.0 + exp(minus_two_u))
}

/// eˣ within 1.5 ULP between -87 and 88, and constant outside, which keeps it a normal number; NaN
/// for NaN.
///
/// x = n·ln 2 + r with n whole and |r| ≤ ½ ln 2, so eˣ = 2ⁿ · eʳ (Cody & Waite 1980). Adding
/// `ROUND` rounds to a whole number and leaves it in the low bits. ln 2 comes in two parts, so that
/// n times the first is exact.
pub fn exp(x: f32) -> f32 {
    let x = min(EXP_MAX, max(EXP_MIN, x));
    let t = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = t - ROUND;
    let r = n.mul_add(-LN_2_HIGH, x);
    let r = n.mul_add(-LN_2_LOW, r);
    horner(r, &EXP) * f32::from_bits((t.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

/// 127 · 2ˣ rounded to a whole number, plus 1.5·2²³: the low byte of the bits is that number. x is
/// at most 0, and nothing below -30 matters; NaN for NaN.
///
/// x = n + r with n whole and |r| ≤ ½, as in [`exp`].
pub fn exp2_byte(x: f32) -> f32 {
    let x = max(EXP2_MIN, x);
    let t = x + ROUND;
    let r = x - (t - ROUND);
    horner(r, &EXP2).mul_add(f32::from_bits((t.to_bits() << 23).wrapping_add(1.0_f32.to_bits())), ROUND)
}

/// Where [`exp2_byte`] stops falling.
pub(crate) const EXP2_MIN: f32 = -30.0;
/// 127 · 2ʳ on ±½ with a relative error of 1e-4, fitted as [`EXP`] was.
pub(crate) const EXP2: [f32; 4] = [126.990_87, 88.044_14, 30.811_613, 7.006_802];

/// Where [`exp`] stops falling. e⁻⁸⁷ is just above the smallest normal number.
pub(crate) const EXP_MIN: f32 = -87.0;
/// Where [`exp`] stops rising.
pub(crate) const EXP_MAX: f32 = 88.0;
/// 1.5·2²³: at this size an f32 has no room for a fraction.
pub(crate) const ROUND: f32 = 12_582_912.0;
/// ln 2 to 16 bits.
pub(crate) const LN_2_HIGH: f32 = 0.693_145_75;
/// The rest of ln 2.
pub(crate) const LN_2_LOW: f32 = 1.428_606_8e-6;
/// eʳ on ±½ ln 2 with a relative error of 3e-9 before rounding. The higher coefficients are a
/// least-squares fit at Chebyshev nodes, reweighted towards the largest error until all peaks are
/// equal (Lawson 1961).
pub(crate) const EXP: [f32; 7] = [1.0, 1.0, 0.499_999_94, 0.166_665_2, 0.041_668_408, 0.008_368_921_5, 0.001_381_417_4];

/// Where [`gelu`] takes Φ to be constant: Φ(-5.2) is 1e-7.
pub(crate) const PHI_LIMIT: f32 = 5.2;
/// Numerator of (Φ(x) - ½) / x in x², fitted together with [`PHI_Q`] on [0, 5.2] as [`EXP`] was; x
/// · P / Q is within 8.4e-8.
pub(crate) const PHI_P: [f32; 6] =
    [0.398_941_76, 0.060_277_436, 0.006_080_691_7, 0.000_411_803_3, 5.374_395_6e-6, -1.616_473_4e-8];
/// Denominator.
pub(crate) const PHI_Q: [f32; 5] = [1.0, 0.317_750_9, 0.043_217_13, 0.003_253_415_7, 0.000_138_325_67];
/// Where [`gelu_to_round`] takes Φ to be constant.
pub(crate) const PHI_SHORT_LIMIT: f32 = 3.6;
/// (Φ(x) - ½) / x in x² on [0, 3.6], so that the largest error of x · Φ(x) is least (a linear
/// program).
pub(crate) const PHI_SHORT: [f32; 6] =
    [0.396_801_14, -0.062_986_02, 0.008_002_384, -0.000_642_859_3, 2.875_875_4e-5, -5.406_39e-7];
/// -2u = x · (g₀ + g₁ · x²): -2√(2/π), and that times 0.044715.
pub(crate) const GELU_TANH: [f32; 2] = [-1.595_769, -0.071_354_814];

/// c₀ + c₁x + c₂x² + …
fn horner(x: f32, coefficients: &[f32]) -> f32 {
    let (last, rest) = coefficients.split_last().expect("a polynomial has coefficients");
    rest.iter().rev().fold(*last, |acc, c| acc.mul_add(x, *c))
}

/// Σ aᵢbᵢ, first to last.
fn dot<'a>(pairs: impl Iterator<Item = (&'a f32, &'a f32)>) -> f32 {
    pairs.fold(0.0, |acc, (a, b)| a.mul_add(*b, acc))
}

/// The sum in sixteen lanes: lane l adds up the numbers l, l + 16, l + 32, …
pub fn sum(numbers: impl Iterator<Item = f32>) -> f32 {
    let mut lanes = [0.0; 16];
    numbers.enumerate().for_each(|(i, x)| lanes[i % 16] += x);
    fold(lanes, |a, b| a + b)
}

/// The largest number; unspecified if one of them is NaN.
pub fn largest(numbers: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 16];
    numbers.iter().enumerate().for_each(|(i, x)| lanes[i % 16] = max(lanes[i % 16], *x));
    fold(lanes, max)
}

/// Lane l takes in lane l + 8 for the first eight, then l + 4, l + 2 and l + 1.
fn fold(mut lanes: [f32; 16], op: impl Fn(f32, f32) -> f32) -> f32 {
    for half in [8, 4, 2, 1] {
        for l in 0..half {
            lanes[l] = op(lanes[l], lanes[l + half]);
        }
    }
    lanes[0]
}

/// a if a > b, otherwise b: what `maxps` does, and unlike [`f32::max`] it lets a NaN in `b`
/// through.
fn max(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// a if a < b, otherwise b.
fn min(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}
