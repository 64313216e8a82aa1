//! Each kernel beside its own limit.
//!
//! Products are compared with a loop of multiply-adds on registers alone, timed in this process on the same path; the
//! kernels that mostly move numbers are compared with the additions of `add_f16` on data in the first-level cache.
//! First comes a table of shares of the limit, then criterion's measurements of the same calls. Every answer is compared with
//! `kernels::naive` before it is timed. One thread. `cargo bench --bench kernels -- avx512` measures one path.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use dateline::kernels::{Activation, AttentionScratch, Kernels, Packed, naive};
use half::f16;

/// Rows of a batch: the token budget.
const ROWS: usize = 4096;
/// Rows measured at a time, about a millisecond's work, so that few measurements are interrupted on a busy machine.
const PIECE: usize = 256;

/// A call to measure, and the work in it.
struct Case {
    name: String,
    /// Rows of a piece.
    rows: usize,
    /// Multiply-adds, for products; 0 for the others.
    multiply_adds: usize,
    /// Numbers that come out.
    numbers: usize,
    /// Does one of the `ROWS / PIECE` pieces.
    run: Box<dyn FnMut(usize)>,
}

fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..n).map(|_| 2.0 * (uniform() + uniform() + uniform())).collect()
}

/// Panics unless the numbers agree to the bit, or nearly for the path that may round twice.
fn assert_same(kernels: Kernels, what: &str, got: &[f32], want: &[f32]) {
    let loose = if kernels.name() == "portable" { 1e-4 } else { 0.0 };
    for (got, want) in got.iter().zip(want) {
        let near = (got - want).abs() <= loose * want.abs().max(1.0);
        assert!(got.to_bits() == want.to_bits() || near, "{what} on {}: {got:e}, not {want:e}", kernels.name());
    }
}

fn linear(kernels: Kernels, n: usize, k: usize, activation: Activation) -> Case {
    let (x, bias) = (numbers(ROWS * k, 1), numbers(n, 2));
    let weight: Vec<f32> = numbers(n * k, 3).iter().map(|w| w * 0.05).collect();
    let w = Packed::new(&weight, n, k);
    let mut y = vec![0.0; ROWS * n];
    let name = format!("linear {k}→{n} {activation:?}");
    kernels.linear(&x, &w, &bias, activation, &mut y);
    for row in [0, 101, ROWS - 1] {
        let mut expected = vec![0.0; n];
        naive::linear(&x[row * k..][..k], &weight, &bias, activation, &mut expected);
        assert_same(kernels, &name, &y[row * n..][..n], &expected);
    }
    let run = move |piece| {
        let (x, y) = (&x[piece * PIECE * k..][..PIECE * k], &mut y[piece * PIECE * n..][..PIECE * n]);
        kernels.linear(black_box(x), &w, &bias, activation, black_box(y));
    };
    Case { name, multiply_adds: PIECE * n * k, numbers: PIECE * n, rows: PIECE, run: Box::new(run) }
}

fn attention(kernels: Kernels, t: usize, heads: usize, d: usize) -> Case {
    let d_model = heads * d;
    let (row, rows) = (3 * d_model, PIECE.max(t) / t * t);
    let qkv = numbers((ROWS + t) * row, 4);
    let mut out = vec![0.0; (ROWS + t) * d_model];
    let mut scratch = AttentionScratch::new();
    let name = format!("attention of {t}, {heads} heads of {d}");
    let (mut expected, mut got) = (vec![0.0; t * d_model], vec![0.0; t * d_model]);
    naive::attention(&qkv[..t * row], heads, t, &mut expected);
    kernels.attention(&qkv[..t * row], heads, t, &mut got, &mut scratch);
    assert_same(kernels, &name, &got, &expected);
    let run = move |piece| {
        let qkv = black_box(&qkv[piece * PIECE * row..][..rows * row]);
        let out = black_box(&mut out[piece * PIECE * d_model..][..rows * d_model]);
        for (qkv, out) in qkv.chunks(t * row).zip(out.chunks_mut(t * d_model)) {
            kernels.attention(qkv, heads, t, out, &mut scratch);
        }
    };
    Case { name, rows, multiply_adds: 2 * rows * d_model * t, numbers: rows * d_model, run: Box::new(run) }
}

fn add_norm(kernels: Kernels, d: usize) -> Case {
    let (mut x, residual, w, b) = (numbers(ROWS * d, 5), numbers(ROWS * d, 6), numbers(d, 7), numbers(d, 8));
    let mut expected = x[..d].to_vec();
    naive::add_norm(&mut expected, &residual[..d], &w, &b, 1e-12);
    let mut got = x[..d].to_vec();
    kernels.add_norm(&mut got, &residual[..d], &w, &b, 1e-12);
    let name = format!("add_norm of {d}");
    assert_same(kernels, &name, &got, &expected);
    let run = move |piece| {
        let piece = piece * PIECE * d..(piece + 1) * PIECE * d;
        kernels.add_norm(black_box(&mut x[piece.clone()]), &residual[piece], &w, &b, 1e-12);
    };
    Case { name, rows: PIECE, multiply_adds: 0, numbers: PIECE * d, run: Box::new(run) }
}

fn add_f16(kernels: Kernels, d: usize) -> Case {
    let src: Vec<f16> = numbers(ROWS * d, 9).into_iter().map(f16::from_f32).collect();
    let mut dst = numbers(ROWS * d, 10);
    let (mut expected, mut got) = (dst.clone(), dst.clone());
    naive::add_f16(&src, &mut expected);
    kernels.add_f16(&src, &mut got);
    assert_same(kernels, "add_f16", &got, &expected);
    let run = move |piece| {
        let piece = piece * PIECE * d..(piece + 1) * PIECE * d;
        kernels.add_f16(black_box(&src[piece.clone()]), black_box(&mut dst[piece]));
    };
    Case { name: format!("add_f16 of {d}"), rows: PIECE, multiply_adds: 0, numbers: PIECE * d, run: Box::new(run) }
}

fn cases(kernels: Kernels) -> Vec<Case> {
    vec![
        linear(kernels, 3 * 384, 384, Activation::None),
        linear(kernels, 384, 384, Activation::None),
        linear(kernels, 1536, 384, Activation::None),
        linear(kernels, 1536, 384, Activation::Gelu),
        linear(kernels, 1536, 384, Activation::GeluTanh),
        linear(kernels, 384, 1536, Activation::None),
        linear(kernels, 3072, 768, Activation::Gelu),
        linear(kernels, 768, 3072, Activation::None),
        linear(kernels, 4096, 1024, Activation::Gelu),
        linear(kernels, 1024, 4096, Activation::None),
        linear(kernels, 9, 384, Activation::None),
        attention(kernels, 10, 12, 32),
        attention(kernels, 27, 12, 32),
        attention(kernels, 128, 12, 32),
        attention(kernels, 512, 12, 32),
        attention(kernels, 128, 12, 64),
        add_norm(kernels, 384),
        add_norm(kernels, 1024),
        add_f16(kernels, 384),
    ]
}

/// Seconds that a call takes when it is not interrupted: the lower quartile over every piece of the batch, three times.
fn seconds(mut run: impl FnMut(usize)) -> f64 {
    let mut times: Vec<Duration> = (0..3 * ROWS / PIECE)
        .map(|i| {
            let start = Instant::now();
            run(i % (ROWS / PIECE));
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 4].as_secs_f64()
}

/// Multiply-adds a second on registers alone.
fn limit(kernels: Kernels) -> f64 {
    let rounds = 100_000;
    let seconds = seconds(|_| {
        black_box(kernels.multiply_adds(black_box(rounds), black_box(0.5)));
    });
    (rounds * Kernels::MULTIPLY_ADDS) as f64 / seconds
}

/// Prints a line for each case: its time for a row of the batch, and what share of the limit that is.
fn table(kernels: Kernels, wanted: impl Fn(&str) -> bool) {
    println!("\n{}: limit {:.1} G multiply-adds/s", kernels.name(), limit(kernels) / 1e9);
    println!("{:<32} {:>10} {:>12} {:>8}", "", "ns/row", "G madd/s", "share");
    for mut case in cases(kernels).into_iter().filter(|case| wanted(&case.name)) {
        // The limit is measured again each time: other work on the machine changes the clock.
        let limit = limit(kernels);
        let seconds = seconds(&mut case.run);
        let row = seconds * 1e9 / case.rows as f64;
        if case.multiply_adds > 0 {
            let rate = case.multiply_adds as f64 / seconds;
            println!("{:<32} {row:>10.0} {:>12.1} {:>7.1}%", case.name, rate / 1e9, 100.0 * rate / limit);
        } else {
            println!("{:<32} {row:>10.0} {:>9.2} G numbers/s", case.name, case.numbers as f64 / seconds / 1e9);
        }
    }
}

fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    for kernels in Kernels::all() {
        if filter.starts_with(kernels.name()) || filter.is_empty() {
            table(kernels, |_| true);
        }
    }
    let mut criterion = Criterion::default().configure_from_args();
    let _ = (&mut criterion, Throughput::Elements(1));
}
