//! Each kernel beside its own limit.
//!
//! Products are compared with a loop of multiply-adds on registers alone, the kernels that mostly
//! move numbers with copying as many bytes from and to the same caches. Both limits are timed
//! beside each kernel, on its own path. Every answer is compared with `kernels::naive` before it is
//! timed. One thread.
//!
//! `cargo bench --bench kernels` prints a table of shares of the limit for every path and then has
//! criterion measure the same calls on the best one; `-- --table` stops after the table, and `--
//! attention` has criterion measure attention alone.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use dateline::internals::kernels::{
    Activation, AttentionInt8Scratch, AttentionScratch, Bf16Scratch, Int8Scratch, Kernels, Packed, PackedBf16,
    PackedInt8, naive,
};
use half::f16;

/// Rows of a batch: the token budget.
const ROWS: usize = 1024;
/// Rows measured at a time, about a millisecond's work, so that few measurements are interrupted on
/// a busy machine.
const PIECE: usize = 256;

/// A call to measure, and the work in it.
struct Case {
    name: String,
    /// Rows of a piece.
    rows: usize,
    work: Work,
    /// Does one of the `ROWS / PIECE` pieces.
    run: Box<dyn FnMut(usize)>,
}

/// What a piece is limited by.
enum Work {
    MultiplyAdds(usize),
    /// The same in bfloat16.
    MultiplyAddsBf16(usize),
    /// The same in bytes.
    MultiplyAddsInt8(usize),
    /// Bytes read and bytes written, together.
    Bytes(usize),
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
    Case { name, rows: PIECE, work: Work::MultiplyAdds(PIECE * n * k), run: Box::new(run) }
}

fn linear_bf16(kernels: Kernels, n: usize, k: usize, activation: Activation) -> Case {
    let (x, bias) = (numbers(ROWS * k, 1), numbers(n, 2));
    let weight: Vec<f32> = numbers(n * k, 3).iter().map(|w| w * 0.05).collect();
    let w = PackedBf16::new(&weight, n, k);
    let mut scratch = Bf16Scratch::new();
    let mut y = vec![0.0; ROWS * n];
    let name = format!("linear_bf16 {k}→{n} {activation:?}");
    kernels.linear_bf16(&x, &w, &bias, activation, &mut y, &mut scratch);
    for row in [0, 101, ROWS - 1] {
        let mut expected = vec![0.0; n];
        naive::linear_bf16(&x[row * k..][..k], &weight, &bias, activation, &mut expected);
        assert_same(kernels, &name, &y[row * n..][..n], &expected);
    }
    let run = move |piece| {
        let (x, y) = (&x[piece * PIECE * k..][..PIECE * k], &mut y[piece * PIECE * n..][..PIECE * n]);
        kernels.linear_bf16(black_box(x), &w, &bias, activation, black_box(y), &mut scratch);
    };
    Case { name, rows: PIECE, work: Work::MultiplyAddsBf16(PIECE * n * k), run: Box::new(run) }
}

fn linear_int8(kernels: Kernels, n: usize, k: usize, activation: Activation) -> Case {
    let (x, bias) = (numbers(ROWS * k, 1), numbers(n, 2));
    let weight: Vec<f32> = numbers(n * k, 3).iter().map(|w| w * 0.05).collect();
    let w = PackedInt8::new(&weight, n, k);
    let mut scratch = Int8Scratch::new();
    let mut y = vec![0.0; ROWS * n];
    let name = format!("linear_int8 {k}→{n} {activation:?}");
    kernels.linear_int8(&x, &w, &bias, activation, &mut y, &mut scratch);
    for row in [0, 101, ROWS - 1] {
        let mut expected = vec![0.0; n];
        naive::linear_int8(&x[row * k..][..k], &weight, &bias, activation, &mut expected);
        assert_same(kernels, &name, &y[row * n..][..n], &expected);
    }
    let run = move |piece| {
        let (x, y) = (&x[piece * PIECE * k..][..PIECE * k], &mut y[piece * PIECE * n..][..PIECE * n]);
        kernels.linear_int8(black_box(x), &w, &bias, activation, black_box(y), &mut scratch);
    };
    Case { name, rows: PIECE, work: Work::MultiplyAddsInt8(PIECE * n * k), run: Box::new(run) }
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
    Case { name, rows, work: Work::MultiplyAdds(2 * rows * d_model * t), run: Box::new(run) }
}

fn attention_int8(kernels: Kernels, t: usize, heads: usize, d: usize) -> Case {
    let d_model = heads * d;
    let (row, rows) = (3 * d_model, PIECE.max(t) / t * t);
    let qkv = numbers((ROWS + t) * row, 4);
    let mut out = vec![0.0; (ROWS + t) * d_model];
    let mut scratch = AttentionInt8Scratch::new();
    let name = format!("attention_int8 of {t}, {heads} heads of {d}");
    let (mut expected, mut got) = (vec![0.0; t * d_model], vec![0.0; t * d_model]);
    naive::attention_int8(&qkv[..t * row], heads, t, &mut expected);
    kernels.attention_int8(&qkv[..t * row], heads, t, &mut got, &mut scratch);
    assert_same(kernels, &name, &got, &expected);
    let run = move |piece| {
        let qkv = black_box(&qkv[piece * PIECE * row..][..rows * row]);
        let out = black_box(&mut out[piece * PIECE * d_model..][..rows * d_model]);
        for (qkv, out) in qkv.chunks(t * row).zip(out.chunks_mut(t * d_model)) {
            kernels.attention_int8(qkv, heads, t, out, &mut scratch);
        }
    };
    Case { name, rows, work: Work::MultiplyAddsInt8(2 * rows * d_model * t), run: Box::new(run) }
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
    // Two rows are read and one is written.
    Case { name, rows: PIECE, work: Work::Bytes(PIECE * d * 12), run: Box::new(run) }
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
    Case { name: format!("add_f16 of {d}"), rows: PIECE, work: Work::Bytes(PIECE * d * 10), run: Box::new(run) }
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
        linear_bf16(kernels, 3 * 384, 384, Activation::None),
        linear_bf16(kernels, 384, 384, Activation::None),
        linear_bf16(kernels, 1536, 384, Activation::Gelu),
        linear_bf16(kernels, 384, 1536, Activation::None),
        linear_int8(kernels, 3 * 384, 384, Activation::None),
        linear_int8(kernels, 384, 384, Activation::None),
        linear_int8(kernels, 1536, 384, Activation::None),
        linear_int8(kernels, 1536, 384, Activation::Gelu),
        linear_int8(kernels, 384, 1536, Activation::None),
        attention(kernels, 10, 12, 32),
        attention(kernels, 27, 12, 32),
        attention(kernels, 128, 12, 32),
        attention(kernels, 512, 12, 32),
        attention(kernels, 128, 12, 64),
        attention_int8(kernels, 27, 12, 32),
        attention_int8(kernels, 128, 12, 32),
        attention_int8(kernels, 512, 12, 32),
        attention_int8(kernels, 128, 12, 64),
        add_norm(kernels, 384),
        add_norm(kernels, 1024),
        add_f16(kernels, 384),
    ]
}

/// Seconds that a call takes when it is not interrupted: the shortest over every piece of the
/// batch, ten times.
fn seconds(mut run: impl FnMut(usize)) -> f64 {
    let time = |piece| {
        let start = Instant::now();
        run(piece);
        start.elapsed()
    };
    let times = (0..ROWS / PIECE).cycle().take(10 * ROWS / PIECE).map(time);
    times.min().expect("a batch has pieces").as_secs_f64()
}

impl Work {
    /// Seconds that it would take at the limit.
    fn seconds(&self, kernels: Kernels) -> f64 {
        match *self {
            Self::MultiplyAdds(n) => {
                let rounds = 50_000;
                let seconds = seconds(|_| {
                    black_box(kernels.multiply_adds(black_box(rounds), black_box(0.5)));
                });
                seconds * n as f64 / (rounds * Kernels::MULTIPLY_ADDS) as f64
            }
            Self::MultiplyAddsBf16(n) => {
                let rounds = 50_000;
                let seconds = seconds(|_| {
                    black_box(kernels.multiply_adds_bf16(black_box(rounds), black_box(0.5)));
                });
                seconds * n as f64 / (rounds * Kernels::MULTIPLY_ADDS_BF16) as f64
            }
            Self::MultiplyAddsInt8(n) => {
                let rounds = 50_000;
                let seconds = seconds(|_| {
                    black_box(kernels.multiply_adds_int8(black_box(rounds), black_box(1)));
                });
                seconds * n as f64 / (rounds * Kernels::MULTIPLY_ADDS_INT8) as f64
            }
            Self::Bytes(n) => {
                let piece = n / 2;
                let (from, mut to) = (vec![1_u8; piece * ROWS / PIECE], vec![0_u8; piece * ROWS / PIECE]);
                seconds(|i| black_box(&mut to[i * piece..][..piece]).copy_from_slice(&from[i * piece..][..piece]))
            }
        }
    }
}

/// Prints a line for each case: its time for a row of the batch, its speed, and its share of the
/// limit; then what that comes to.
fn table(kernels: Kernels) {
    println!("\n{:<32} {:>8} {:>16} {:>16} {:>6}", kernels.name(), "ns/row", "speed", "limit", "share");
    let mut rows = Vec::new();
    for mut case in cases(kernels) {
        // The limit is measured again each time: other work on the machine changes the clock.
        let limit = case.work.seconds(kernels);
        let seconds = seconds(&mut case.run);
        let (n, unit) = match case.work {
            Work::MultiplyAdds(n) | Work::MultiplyAddsBf16(n) | Work::MultiplyAddsInt8(n) => (n, "G madd/s"),
            Work::Bytes(n) => (n, "GB/s"),
        };
        let speed = |seconds: f64| format!("{:.1} {unit:<8}", n as f64 / seconds / 1e9);
        let row = seconds * 1e9 / case.rows as f64;
        print!("{:<32} {row:>8.0} {:>16}", case.name, speed(seconds));
        // The compiler does not keep an array of arrays in registers, so `portable` has no probe
        // worth the name.
        if kernels.name() == "portable" {
            println!();
        } else {
            println!(" {:>16} {:>5.0}%", speed(limit), 100.0 * limit / seconds);
        }
        rows.push((case.name, row));
    }
    for precision in ["linear", "linear_bf16", "linear_int8"] {
        let parts = MINILM.map(|part| part.replace("linear", precision));
        let layer: f64 = parts.iter().filter_map(|part| rows.iter().find(|row| row.0 == *part)).map(|row| row.1).sum();
        let speed = 1e9 / (6.0 * layer);
        println!("MiniLM (6 layers of 384, sequences of 27), {precision}: {speed:.0} tokens/s by these figures");
    }
}

/// The cases that make up a layer of all-MiniLM-L6-v2.
const MINILM: [&str; 7] = [
    "linear 384→1152 None",
    "attention of 27, 12 heads of 32",
    "linear 384→384 None",
    "add_norm of 384",
    "linear 384→1536 Gelu",
    "linear 1536→384 None",
    "add_norm of 384",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if arguments.iter().all(|a| a == "--table") {
        Kernels::all().into_iter().for_each(table);
    }
    if arguments.iter().any(|a| a == "--table") {
        return;
    }
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group(Kernels::best().name());
    for mut case in cases(Kernels::best()) {
        group.throughput(match case.work {
            Work::MultiplyAdds(n) | Work::MultiplyAddsBf16(n) | Work::MultiplyAddsInt8(n) => {
                Throughput::Elements(n as u64)
            }
            Work::Bytes(n) => Throughput::Bytes(n as u64),
        });
        let mut pieces = (0..ROWS / PIECE).cycle();
        group.bench_function(&case.name, |bencher| bencher.iter(|| (case.run)(pieces.next().expect("a cycle"))));
    }
    group.finish();
    criterion.final_summary();
}
