//! Times dateline's encoder beside other engines on the same sentences: who is faster, by how much,
//! one thread and two.
//!
//! All get the same token ids in the same batches, of sentences sorted by length, made before any
//! clock runs; the others' are padded, ours are not. Their hidden states are compared before they
//! are timed. The contestants take turns, one thread after every batch and two threads after all of
//! them, so that the machine's moods fall on all alike. Only real tokens count.

mod engines;
mod work;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use dateline::internals::infer::{Backend, Precision};
use dateline::internals::kernels::Kernels;
use dateline::model::open_encoder;
use rten_tensor::prelude::*;

use crate::engines::{Engine, InPython, Python, Rten, Way};
use crate::work::{Work, sentences};

const USAGE: &str = "usage: dateline-peers MODEL_DIR [TEXT] [--sentences N] [--batch N] [--rounds N] [--ours-only]";

/// What to measure.
struct Settings {
    /// What export.py wrote.
    model: PathBuf,
    /// A file or directory with articles, in any form that dateline reads.
    text: PathBuf,
    sentences: usize,
    /// Sentences in a batch.
    batch: usize,
    rounds: usize,
    /// Whether to leave the peers out: any model directory will do then, without ONNX files and
    /// without Python.
    ours_only: bool,
}

/// An engine, its name, and the least mean cosine of its hidden states with dateline's in f32: each
/// precision has its own.
type Entry = (&'static str, Box<dyn Engine>, f64);

/// How an engine did.
struct Contestant {
    name: &'static str,
    /// Mean cosine of its hidden states with dateline's in f32.
    cosine: f64,
    /// The median seconds of a round on one thread, and on two in the better way.
    seconds: [f64; 2],
}

/// With how many threads, in which ways.
const WAYS: [&[Way]; 2] =
    [&[Way { callers: 1, threads: 1 }], &[Way { callers: 2, threads: 1 }, Way { callers: 1, threads: 2 }]];

fn main() -> Result<(), Box<dyn Error>> {
    let settings = settings(std::env::args().skip(1))?;
    let (tokenizer, ours_f32) = open_encoder(&settings.model, Kernels::best(), Precision::F32)?;
    let (_, ours_int8) = open_encoder(&settings.model, Kernels::best(), Precision::Int8)?;
    let longest = ours_f32.shape().max_tokens;
    let sentences = sentences(&settings.text, settings.sentences, &tokenizer, longest)?;
    let batches = sentences.chunks(settings.batch).enumerate();
    let work: Vec<Work> = batches.map(|(index, sentences)| Work::new(index, sentences)).collect();
    let n_tokens: usize = work.iter().map(|work| work.ragged.len()).sum();
    let n_padded: usize = work.iter().map(|work| work.padded[0].size(0) * work.padded[0].size(1)).sum();
    println!(
        "{} sentences of {:.1} tokens, batches of {} ({:.1} % more with padding), {} rounds; dateline {}, {}\n",
        sentences.len(),
        n_tokens as f64 / sentences.len() as f64,
        settings.batch,
        100.0 * (n_padded as f64 / n_tokens as f64 - 1.0),
        settings.rounds,
        ours_int8.name(),
        ours_f32.name(),
    );
    let reference = Engine::hidden(&ours_f32, &work)?;
    let hidden_size = ours_f32.shape().hidden;
    let mut engines: Vec<Entry> =
        vec![("dateline int8", Box::new(ours_int8), 0.98), ("dateline f32", Box::new(ours_f32), 0.999_999)];
    if !settings.ours_only {
        engines.extend(peers(&settings.model, &work)?);
    }
    let mut contestants = Vec::new();
    for &(name, ref engine, wanted) in &engines {
        let hidden = engine.hidden(&work)?;
        let cosine = cosine(&reference, &hidden, hidden_size);
        if cosine.is_nan() || cosine < wanted {
            return Err(
                format!("{name}: the cosine is {cosine:.6}, and {wanted} is the least for its precision").into()
            );
        }
        contestants.push(Contestant { name, cosine, seconds: [f64::INFINITY; 2] });
    }
    for (i, ways) in WAYS.iter().enumerate() {
        for &way in *ways {
            // One thread takes turns batch by batch; two threads need all work to share.
            let piece = if i == 0 { 1 } else { work.len() };
            for (contestant, seconds) in
                contestants.iter_mut().zip(medians(&engines, way, &work, piece, settings.rounds))
            {
                contestant.seconds[i] = contestant.seconds[i].min(seconds);
            }
        }
    }
    report(&contestants, n_tokens);
    Ok(())
}

/// The other engines, with the files that export.py wrote and with engines.py running.
fn peers(model: &Path, work: &[Work]) -> Result<Vec<Entry>, Box<dyn Error>> {
    let rten = |file| Rten::open(&model.join(file)).map(Box::new);
    let python = Arc::new(Python::start(model, work)?);
    let in_python = |name| Box::new(InPython { python: Arc::clone(&python), name });
    Ok(vec![
        ("rten int8", rten("model.int8.onnx")?, 0.98),
        ("rten f32", rten("model.onnx")?, 0.999_999),
        ("onnxruntime int8", in_python("onnxruntime-int8"), 0.98),
        ("onnxruntime f32", in_python("onnxruntime-f32"), 0.999_999),
        ("Hugging Face bf16", in_python("huggingface-bf16"), 0.999),
        ("Hugging Face f32", in_python("huggingface-f32"), 0.999_999),
    ])
}

/// The median seconds that each engine takes for all work, in turns of `piece` batches; a round
/// before does not count.
fn medians(engines: &[Entry], way: Way, work: &[Work], piece: usize, rounds: usize) -> Vec<f64> {
    let runs: Vec<_> = engines.iter().map(|(_, engine, _)| engine.prepare(way)).collect();
    let mut seconds = vec![vec![0.0; rounds + 1]; runs.len()];
    for round in 0..=rounds {
        for work in work.chunks(piece) {
            for (run, seconds) in runs.iter().zip(&mut seconds) {
                let start = Instant::now();
                run(work);
                seconds[round] += start.elapsed().as_secs_f64();
            }
        }
    }
    let median = |mut seconds: Vec<f64>| {
        seconds.remove(0);
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    seconds.into_iter().map(median).collect()
}

/// The mean cosine of rows of `d` numbers; NaN if there are not as many.
fn cosine(a: &[f32], b: &[f32], d: usize) -> f64 {
    if a.len() != b.len() {
        return f64::NAN;
    }
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let rows = a.chunks(d).zip(b.chunks(d));
    rows.map(|(a, b)| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()).sum::<f64>() / (a.len() / d) as f64
}

fn report(contestants: &[Contestant], n_tokens: usize) {
    println!("| engine | tokens/s, 1 thread | 2 threads | dateline int8 is faster by | dateline f32 by | cosine |");
    println!("|---|---|---|---|---|---|");
    let [int8, f32] = [&contestants[0], &contestants[1]];
    for it in contestants {
        let speed = it.seconds.map(|seconds| format!("{:.0}", n_tokens as f64 / seconds));
        let times = |ours: &Contestant| {
            let [one, two] = [0, 1].map(|i| it.seconds[i] / ours.seconds[i]);
            format!("{one:.2} / {two:.2}")
        };
        println!("| {} | {} | {} | {} | {} | {:.5} |", it.name, speed[0], speed[1], times(int8), times(f32), it.cosine);
    }
}

fn settings(mut arguments: impl Iterator<Item = String>) -> Result<Settings, Box<dyn Error>> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/samples");
    let mut settings =
        Settings { model: PathBuf::new(), text: samples, sentences: 1920, batch: 32, rounds: 5, ours_only: false };
    let mut paths = Vec::new();
    while let Some(argument) = arguments.next() {
        let number = match argument.as_str() {
            "--sentences" => &mut settings.sentences,
            "--batch" => &mut settings.batch,
            "--rounds" => &mut settings.rounds,
            "--ours-only" => {
                settings.ours_only = true;
                continue;
            }
            _ => {
                paths.push(PathBuf::from(argument));
                continue;
            }
        };
        *number = arguments.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0).ok_or(USAGE)?;
    }
    let mut paths = paths.into_iter();
    settings.model = paths.next().ok_or(USAGE)?;
    settings.text = paths.next().unwrap_or(settings.text);
    match paths.next() {
        None => Ok(settings),
        Some(_) => Err(USAGE.into()),
    }
}
