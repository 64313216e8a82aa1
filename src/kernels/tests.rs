//! Each path against [`naive`] to the bit, and [`naive`] against the mathematics.

use half::f16;

use crate::kernels::{
    Activation, AttentionInt8Scratch, AttentionScratch, Bf16Scratch, Int8Scratch, Kernels, Packed, PackedBf16,
    PackedInt8, naive, portable,
};

const ACTIVATIONS: [Activation; 4] = [Activation::None, Activation::Gelu, Activation::GeluTanh, Activation::Relu];

/// Numbers that look random, roughly normal with standard deviation 1; always the same ones.
fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..n).map(|_| 2.0 * (uniform() + uniform() + uniform())).collect()
}

/// Every path gives what `naive` gives: the same bits, NaN for NaN. Without a fused multiply-add
/// `portable` may differ by `loose` times the larger of 1 and the number.
fn check(what: &str, loose: f32, naive: &[f32], fast: impl Fn(Kernels) -> Vec<f32>) {
    for kernels in Kernels::all() {
        let exact = kernels.name() != "portable" || portable::FUSED;
        let got = fast(kernels);
        assert_eq!(got.len(), naive.len(), "{what} on {}", kernels.name());
        for (i, (got, want)) in got.iter().zip(naive).enumerate() {
            let same = got.to_bits() == want.to_bits() || (got.is_nan() && want.is_nan());
            let near = !exact && (got - want).abs() <= loose * want.abs().max(1.0);
            assert!(same || near, "{what} on {}: element {i} is {got:e}, not {want:e}", kernels.name());
        }
    }
}

fn check_linear(m: usize, n: usize, k: usize, activation: Activation) {
    let (x, w, bias) = (numbers(m * k, 1), numbers(n * k, 2), numbers(n, 3));
    let mut expected = vec![0.0; m * n];
    naive::linear(&x, &w, &bias, activation, &mut expected);
    let packed = Packed::new(&w, n, k);
    check(&format!("linear ({m}, {k}) → {n} {activation:?}"), 1e-5 * (k as f32).sqrt(), &expected, |kernels| {
        let mut y = vec![f32::NAN; m * n];
        kernels.linear(&x, &packed, &bias, activation, &mut y);
        y
    });
}

#[test]
fn the_fastest_path_comes_first_and_the_portable_one_last() {
    let names: Vec<_> = Kernels::all().into_iter().map(Kernels::name).collect();
    let order =
        ["avx512-amx", "avx512-bf16", "avx512-vnni", "avx512", "avx2-vnni", "avx2", "neon-dot", "neon", "portable"];
    assert!(names.is_sorted_by_key(|name| order.iter().position(|o| o == name)), "{names:?}");
    assert_eq!(names.last(), Some(&"portable"));
    assert_eq!(Kernels::best().name(), names[0]);
    assert!(cfg!(not(target_arch = "aarch64")) || names[0].starts_with("neon"));
}

#[test]
fn linear_is_naive_linear_at_every_size() {
    for size in 1..=64 {
        check_linear(size, 48, 20, Activation::None);
        check_linear(7, size, 20, Activation::None);
        check_linear(7, 48, size, Activation::None);
        check_linear(size, size, size, ACTIVATIONS[size % 4]);
        check_linear(65 - size, size, 9, ACTIVATIONS[size % 4]);
    }
    // Several blocks of rows and of k, and the classifier's few columns.
    for (m, n, k) in
        [(100, 70, 33), (199, 33, 7), (13, 9, 384), (13, 7, 1536), (5, 384, 1537), (2, 80, 4096), (1, 1, 385)]
    {
        check_linear(m, n, k, Activation::Gelu);
    }
}

#[test]
fn a_row_does_not_depend_on_its_neighbours() {
    let (m, n, k) = (131, 72, 770);
    let (x, bias) = (numbers(m * k, 4), numbers(n, 5));
    let w = Packed::new(&numbers(n * k, 6), n, k);
    for kernels in Kernels::all() {
        let mut together = vec![0.0; m * n];
        kernels.linear(&x, &w, &bias, Activation::Gelu, &mut together);
        for (x, y) in x.chunks(k).zip(together.chunks(n)) {
            let mut alone = vec![0.0; n];
            kernels.linear(x, &w, &bias, Activation::Gelu, &mut alone);
            assert_eq!(alone, y, "{}", kernels.name());
        }
    }
}

#[test]
fn the_self_check_passes_on_every_path() {
    for kernels in Kernels::all() {
        let found = kernels.self_check();
        assert_eq!(found.len(), 8);
        assert!(found.iter().all(|(_, right)| *right), "{}: {found:?}", kernels.name());
    }
}

#[test]
fn no_rows_are_no_work() {
    let w = Packed::new(&numbers(12, 1), 4, 3);
    for kernels in Kernels::all() {
        kernels.linear(&[], &w, &[0.0; 4], Activation::None, &mut []);
        kernels.norm(&mut [], &[1.0], &[0.0], 1e-12);
        kernels.add_f16(&[], &mut []);
    }
}

fn check_linear_bf16(m: usize, n: usize, k: usize, activation: Activation) {
    let (x, w, bias) = (numbers(m * k, 31), numbers(n * k, 32), numbers(n, 33));
    let mut expected = vec![0.0; m * n];
    naive::linear_bf16(&x, &w, &bias, activation, &mut expected);
    let packed = PackedBf16::new(&w, n, k);
    check(&format!("linear_bf16 ({m}, {k}) → {n} {activation:?}"), 1e-5 * (k as f32).sqrt(), &expected, |kernels| {
        let mut y = vec![f32::NAN; m * n];
        kernels.linear_bf16(&x, &packed, &bias, activation, &mut y, &mut Bf16Scratch::new());
        y
    });
}

#[test]
fn linear_bf16_is_its_naive_twin_at_every_size() {
    for size in 1..=64 {
        check_linear_bf16(size, 48, 20, Activation::None);
        check_linear_bf16(7, size, 20, Activation::None);
        check_linear_bf16(7, 48, size, Activation::None);
        check_linear_bf16(size, size, size, ACTIVATIONS[size % 4]);
    }
    for (m, n, k) in [(399, 33, 7), (13, 9, 384), (13, 7, 1536), (5, 384, 1537), (2, 80, 4096)] {
        check_linear_bf16(m, n, k, Activation::Gelu);
    }
}

#[test]
fn linear_bf16_is_near_linear() {
    let (m, n, k) = (31, 72, 384);
    let (x, w, bias) = (numbers(m * k, 34), numbers(n * k, 35), numbers(n, 36));
    let (mut exact, mut rounded) = (vec![0.0; m * n], vec![0.0; m * n]);
    naive::linear(&x, &w, &bias, Activation::None, &mut exact);
    naive::linear_bf16(&x, &w, &bias, Activation::None, &mut rounded);
    // Each factor is wrong by 2⁻⁸ of itself at most: errors add up like √k.
    let error = exact.iter().zip(&rounded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!((0.01..0.3).contains(&error), "{error}");
}

#[test]
fn rounding_to_bf16_is_to_the_nearest() {
    for x in numbers(10_000, 37).into_iter().chain([0.0, -0.0, 1.0, 255.0, 257.0, 1e-30, -3e30]) {
        let rounded = naive::bf16(x);
        assert_eq!(rounded.to_bits() & 0xffff, 0, "{x:e} becomes {rounded:e}, which has more than eight bits");
        assert!((x - rounded).abs() <= x.abs() / 256.0, "{x:e} becomes {rounded:e}");
    }
    assert!([f32::NAN, f32::INFINITY, f32::MAX].iter().all(|x| naive::bf16(*x).is_nan()));
}

fn check_linear_int8(m: usize, n: usize, k: usize, activation: Activation) {
    let (mut x, mut w, bias) = (numbers(m * k, 21), numbers(n * k, 22), numbers(n, 23));
    // Rows whose sums are as large as they can be, and a row of zeros.
    x[..k].fill(-3.0);
    w[..k].fill(2.0);
    if m > 2 {
        x[k..2 * k].fill(0.0);
    }
    let mut expected = vec![0.0; m * n];
    naive::linear_int8(&x, &w, &bias, activation, &mut expected);
    let packed = PackedInt8::new(&w, n, k);
    let mut scratch = Int8Scratch::new();
    let scratch = std::cell::RefCell::new(&mut scratch);
    check(&format!("linear_int8 ({m}, {k}) → {n} {activation:?}"), 1e-4, &expected, |kernels| {
        let mut y = vec![f32::NAN; m * n];
        kernels.linear_int8(&x, &packed, &bias, activation, &mut y, &mut scratch.borrow_mut());
        y
    });
}

#[test]
fn linear_int8_is_its_naive_twin_at_every_size() {
    for size in 1..=64 {
        check_linear_int8(size, 48, 20, Activation::None);
        check_linear_int8(7, size, 20, Activation::None);
        check_linear_int8(7, 48, size, Activation::None);
        check_linear_int8(size, size, size, ACTIVATIONS[size % 4]);
        check_linear_int8(size, 40, 64, Activation::None);
        check_linear_int8(37, size, 128, ACTIVATIONS[size % 4]);
    }
    for (m, n, k) in [(100, 70, 33), (399, 33, 7), (13, 9, 384), (13, 7, 1536), (5, 384, 1537), (2, 80, 4096)] {
        check_linear_int8(m, n, k, Activation::Gelu);
    }
}

#[test]
fn linear_int8_is_near_linear() {
    let (m, n, k) = (31, 72, 384);
    let (x, w, bias) = (numbers(m * k, 24), numbers(n * k, 25), numbers(n, 26));
    let (mut exact, mut rounded) = (vec![0.0; m * n], vec![0.0; m * n]);
    naive::linear(&x, &w, &bias, Activation::None, &mut exact);
    naive::linear_int8(&x, &w, &bias, Activation::None, &mut rounded);
    // A rounding error of at most half a step each, a step being about 3/127: they add up like √k.
    let error = exact.iter().zip(&rounded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!((0.01..0.8).contains(&error), "{error}");
}

#[test]
fn a_number_that_is_not_finite_spoils_its_row_alone() {
    let (n, k) = (20, 37);
    let w = PackedInt8::new(&numbers(n * k, 27), n, k);
    for kernels in Kernels::all() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut x = numbers(3 * k, 28);
            x[k + 5] = odd;
            let mut y = vec![0.0; 3 * n];
            kernels.linear_int8(&x, &w, &[0.0; 20], Activation::None, &mut y, &mut Int8Scratch::new());
            let spoilt: Vec<bool> = y.chunks(n).map(|y| y.iter().all(|y| y.is_nan())).collect();
            let sound: Vec<bool> = y.chunks(n).map(|y| y.iter().all(|y| y.is_finite())).collect();
            assert_eq!((spoilt, sound), (vec![false, true, false], vec![true, false, true]), "{}", kernels.name());
        }
    }
}

fn check_attention(t: usize, heads: usize, d: usize, qkv: &[f32]) {
    let mut expected = vec![0.0; t * heads * d];
    naive::attention(qkv, heads, t, &mut expected);
    check(&format!("attention of {t} tokens, {heads} heads of {d}"), 1e-5, &expected, |kernels| {
        let mut scratch = AttentionScratch::new();
        // What an earlier, longer sequence leaves in the scratch must not matter.
        kernels.attention(&[f32::NAN; 3 * 70], 1, 70, &mut [0.0; 70], &mut scratch);
        let mut out = vec![f32::NAN; t * heads * d];
        kernels.attention(qkv, heads, t, &mut out, &mut scratch);
        out
    });
    naive::attention_int8(qkv, heads, t, &mut expected);
    check(&format!("attention_int8 of {t} tokens, {heads} heads of {d}"), 1e-2, &expected, |kernels| {
        let mut scratch = AttentionInt8Scratch::new();
        kernels.attention_int8(&[f32::NAN; 3 * 70], 1, 70, &mut [0.0; 70], &mut scratch);
        let mut out = vec![f32::NAN; t * heads * d];
        kernels.attention_int8(qkv, heads, t, &mut out, &mut scratch);
        out
    });
}

/// Rows of q and of k and v apart, with only some of the queries: to the bit what all of them give.
#[test]
fn attention_of_some_tokens_is_theirs_in_attention_of_all() {
    for (t, heads, d) in [(1, 2, 32), (27, 4, 8), (100, 3, 64), (130, 2, 5)] {
        let width = heads * d;
        let qkv = numbers(t * 3 * width, 11);
        let chosen: Vec<usize> = (0..t).filter(|i| i % 3 != 1).collect();
        let q: Vec<f32> = chosen.iter().flat_map(|i| &qkv[i * 3 * width..][..width]).copied().collect();
        let kv: Vec<f32> = qkv.chunks(3 * width).flat_map(|row| &row[width..]).copied().collect();
        for kernels in Kernels::all() {
            let (mut all, mut some) = (vec![0.0; t * width], vec![0.0; q.len()]);
            let same = |all: &[f32], some: &[f32]| {
                let expected: Vec<u32> =
                    chosen.iter().flat_map(|i| &all[i * width..][..width]).map(|x| x.to_bits()).collect();
                let found: Vec<u32> = some.iter().map(|x| x.to_bits()).collect();
                assert_eq!(found, expected, "{} of {t} tokens", kernels.name());
            };
            let mut scratch = AttentionScratch::new();
            kernels.attention(&qkv, heads, t, &mut all, &mut scratch);
            kernels.attention_of(&q, &kv, heads, t, &mut some, &mut scratch);
            same(&all, &some);
            let mut scratch = AttentionInt8Scratch::new();
            kernels.attention_int8(&qkv, heads, t, &mut all, &mut scratch);
            kernels.attention_int8_of(&q, &kv, heads, t, &mut some, &mut scratch);
            same(&all, &some);
            // No queries, no work.
            kernels.attention_of(&[], &kv, heads, t, &mut [], &mut AttentionScratch::new());
        }
    }
}

#[test]
fn attention_int8_is_near_attention() {
    for (t, heads, d) in [(1, 2, 32), (27, 12, 32), (128, 2, 64)] {
        let qkv = numbers(t * 3 * heads * d, 9);
        let (mut rounded, mut exact) = (vec![0.0; t * heads * d], vec![0.0; t * heads * d]);
        naive::attention_int8(&qkv, heads, t, &mut rounded);
        naive::attention(&qkv, heads, t, &mut exact);
        let most = rounded.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(most < 0.04, "{t} tokens: {most}");
    }
}

#[test]
fn attention_is_naive_attention_at_every_size() {
    for size in 1..=64 {
        check_attention(size, 2, 32, &numbers(size * 3 * 64, 7));
        check_attention(19, 1, size, &numbers(19 * 3 * size, 8));
    }
    for (t, heads, d) in [(100, 3, 64), (512, 1, 32), (97, 12, 5), (49, 1, 400), (400, 1, 3)] {
        check_attention(t, heads, d, &numbers(t * 3 * heads * d, 9));
    }
    // Scores far apart: all weight on one key.
    let sharp: Vec<f32> = numbers(20 * 3 * 32, 10).iter().map(|x| 60.0 * x).collect();
    check_attention(20, 1, 32, &sharp);
}

#[test]
fn norms_are_naive_norms_at_every_size() {
    for d in (1..=64).chain([384, 390, 768, 1024]) {
        let m = 3;
        let (x, residual, w, b) = (numbers(m * d, 11), numbers(m * d, 12), numbers(d, 13), numbers(d, 14));
        let mut expected = x.clone();
        naive::norm(&mut expected, &w, &b, 1e-12);
        check(&format!("norm of {d}"), 1e-5, &expected, |kernels| {
            let mut x = x.clone();
            kernels.norm(&mut x, &w, &b, 1e-12);
            x
        });
        expected = x.clone();
        naive::add_norm(&mut expected, &residual, &w, &b, 1e-5);
        check(&format!("add_norm of {d}"), 1e-5, &expected, |kernels| {
            let mut x = x.clone();
            kernels.add_norm(&mut x, &residual, &w, &b, 1e-5);
            x
        });
    }
}

#[test]
fn every_half_precision_number_is_added_exactly() {
    let all: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
    for n in (0..=64).chain([all.len()]) {
        let mut expected = numbers(n, 15);
        naive::add_f16(&all[all.len() - n..], &mut expected);
        check("add_f16", 0.0, &expected, |kernels| {
            let mut dst = numbers(n, 15);
            kernels.add_f16(&all[all.len() - n..], &mut dst);
            dst
        });
    }
}

/// Special values, and a sweep over the range where the functions bend.
fn arguments() -> Vec<f32> {
    let special = [0.0, 1e-40, 1e-38, 1e-8, 5.2, 88.0, 88.8, 1e3, 1e20, 3e38, f32::INFINITY, f32::NAN];
    let sweep = (0..20_000).map(|i| i as f32 / 2000.0);
    special.into_iter().chain(sweep).flat_map(|x| [x, -x]).collect()
}

#[test]
fn activations_are_naive_activations_for_every_kind_of_number() {
    let x = arguments();
    let identity = Packed::new(&[1.0], 1, 1);
    for activation in ACTIVATIONS {
        let mut expected = vec![0.0; x.len()];
        naive::linear(&x, &[1.0], &[0.0], activation, &mut expected);
        check(&format!("{activation:?}"), 1e-6, &expected, |kernels| {
            let mut y = vec![0.0; x.len()];
            kernels.linear(&x, &identity, &[0.0], activation, &mut y);
            y
        });
    }
}

#[test]
fn a_nan_stays_in_its_row_or_sequence() {
    let (m, d) = (9, 40);
    for kernels in Kernels::all() {
        for bad in [f32::NAN, f32::INFINITY] {
            let mut x = numbers(m * d, 16);
            x[4 * d + 7] = bad;
            for activation in ACTIVATIONS {
                let mut y = vec![0.0; m * d];
                let w = numbers(d * d, 17);
                kernels.linear(&x, &Packed::new(&w, d, d), &vec![0.0; d], activation, &mut y);
                let clean = |y: &[f32]| y.iter().all(|y| y.is_finite());
                assert!(y.chunks(d).enumerate().all(|(i, y)| clean(y) == (i != 4)), "{}", kernels.name());
                let (w, mut scratch) = (PackedBf16::new(&w, d, d), Bf16Scratch::new());
                kernels.linear_bf16(&x, &w, &vec![0.0; d], activation, &mut y, &mut scratch);
                assert!(y.chunks(d).enumerate().all(|(i, y)| clean(y) == (i != 4)), "{}", kernels.name());
            }
            kernels.norm(&mut x, &vec![1.0; d], &vec![0.0; d], 1e-12);
            assert!(x.chunks(d).enumerate().all(|(i, x)| x.iter().all(|x| x.is_nan()) == (i == 4)));
        }
        let mut qkv = numbers(m * 3 * d, 18);
        qkv[4 * 3 * d + d + 7] = f32::NAN;
        let mut out = vec![0.0; m * d];
        kernels.attention(&qkv, 1, m, &mut out, &mut AttentionScratch::new());
        assert!(out.iter().all(|x| x.is_nan()), "a key that is NaN reaches every query");
        kernels.attention_int8(&qkv, 1, m, &mut out, &mut AttentionInt8Scratch::new());
        assert!(out.iter().all(|x| x.is_nan()), "in eight bits too");
    }
}

// The mathematics, in f64.

/// The error function by its power series (DLMF 7.6.2), all of whose terms are positive; good to
/// 1e-13 for |x| < 6.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    sum * (-x * x).exp() * 2.0 / std::f64::consts::PI.sqrt()
}

/// The largest error of `got` over the arguments in -9..9, each divided by max(1, |x|).
fn worst(got: impl Fn(f32) -> f32, want: impl Fn(f64) -> f64) -> f64 {
    let finite = arguments().into_iter().filter(|x| x.abs() < 9.0);
    finite.map(|x| (f64::from(got(x)) - want(f64::from(x))).abs() / f64::from(x.abs().max(1.0))).fold(0.0, f64::max)
}

#[test]
fn gelu_is_as_near_to_the_definition_as_it_says() {
    let gelu = |x: f64| if x.abs() > 8.0 { x.max(0.0) } else { 0.5 * x * (1.0 + erf(x / 2_f64.sqrt())) };
    let error = worst(naive::gelu, gelu);
    assert!(error < 3e-7, "{error:e}");
    let error = worst(naive::gelu_to_round, gelu);
    assert!(error < 5e-4, "{error:e}");
    let tanh = |x: f64| 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x * x * x)).tanh());
    let error = worst(naive::gelu_tanh, tanh);
    assert!(error < 3e-7, "{error:e}");
}

#[test]
fn exp_is_within_8e_8_of_the_definition() {
    for x in (-87_000..=88_000).map(|i| i as f32 / 1000.0) {
        let (got, want) = (f64::from(naive::exp(x)), f64::from(x).exp());
        assert!((got / want - 1.0).abs() < 8e-8, "exp({x}) is {got:e}, not {want:e}");
    }
    assert_eq!(naive::exp(-1e9), naive::exp(-87.0));
    assert!(naive::exp(1e9).is_finite() && naive::exp(f32::NAN).is_nan());
}

#[test]
fn attention_is_within_1e_6_of_the_definition() {
    let (t, heads, d) = (60, 2, 32);
    let qkv = numbers(t * 3 * heads * d, 19);
    let mut out = vec![0.0; t * heads * d];
    naive::attention(&qkv, heads, t, &mut out);
    let at = |i: usize, part: usize, head: usize, c: usize| f64::from(qkv[(i * 3 + part) * heads * d + head * d + c]);
    for (i, head) in (0..t).flat_map(|i| (0..heads).map(move |head| (i, head))) {
        let score = |j| (0..d).map(|c| at(i, 0, head, c) * at(j, 1, head, c)).sum::<f64>() / (d as f64).sqrt();
        let e: Vec<f64> = (0..t).map(|j| score(j).exp()).collect();
        for c in 0..d {
            let want = (0..t).map(|j| e[j] * at(j, 2, head, c)).sum::<f64>() / e.iter().sum::<f64>();
            let got = f64::from(out[(i * heads + head) * d + c]);
            assert!((got - want).abs() < 1e-6, "{got} is not {want}");
        }
    }
}

#[test]
fn norm_is_within_1e_6_of_the_definition() {
    let d = 384;
    // The second row is far from zero, where a one-pass variance would cancel.
    let x: Vec<f32> = numbers(d, 20).into_iter().chain(numbers(d, 21).iter().map(|x| x + 100.0)).collect();
    let mut y = x.clone();
    naive::norm(&mut y, &vec![1.0; d], &vec![0.0; d], 1e-12);
    for ((x, y), bound) in x.chunks(d).zip(y.chunks(d)).zip([1e-6, 2e-5]) {
        let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / d as f64;
        let variance = x.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / d as f64;
        for (x, y) in x.iter().zip(y) {
            let want = (f64::from(*x) - mean) / variance.sqrt();
            assert!((f64::from(*y) - want).abs() < bound, "{y} is not {want}");
        }
    }
}
