//! Times dateline's encoder beside rten's f32 on the same sentences: who is faster, by how much, one thread and two.
//!
//! Both get the same token ids in the same batches, of sentences sorted by length, made before any clock runs; rten's are
//! padded, ours are not. Their hidden states are compared before they are timed. The contestants take turns, one thread
//! after every batch and two threads after all of them, so that the machine's moods fall on all alike. Only real tokens
//! count.

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use dateline::infer::{Backend, Batch, Encoder, Precision};
use dateline::kernels::Kernels;
use dateline::model::open_encoder;
use dateline::segment::segment;
use dateline::source::{self, Item};
use dateline::tokenize::Tokenizer;
use dateline::{Scratch, Span};
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

const USAGE: &str = "usage: dateline-peers MODEL_DIR [TEXT] [--sentences N] [--batch N] [--rounds N]";

/// What to measure.
struct Settings {
    /// The checkpoint, and `model.onnx` beside it: see export.py.
    model: PathBuf,
    /// A file or directory with articles, in any form that dateline reads.
    text: PathBuf,
    sentences: usize,
    /// Sentences in a batch.
    batch: usize,
    rounds: usize,
}

/// Several sentences, as each of the two wants them.
struct Work {
    ragged: Batch,
    /// (sentences, longest): ids, the attention mask, token types.
    padded: [NdTensor<i32, 2>; 3],
}

struct Rten {
    model: Model,
    inputs: [NodeId; 3],
    output: NodeId,
}

/// Does some work, and returns how many numbers came out.
type Run<'a> = Box<dyn Fn(&[Work]) -> usize + 'a>;

/// Someone who can do the work, and how long it took.
struct Contestant<'a> {
    name: &'static str,
    threads: usize,
    run: Run<'a>,
    /// Seconds of each round.
    rounds: Vec<f64>,
    /// The shortest time of each piece of the work.
    pieces: Vec<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let settings = settings(std::env::args().skip(1))?;
    let (tokenizer, encoder) = open_encoder(&settings.model, Kernels::best(), Precision::F32)?;
    let rten = Rten::open(&settings.model.join("model.onnx"))?;
    let sentences = sentences(&settings, &tokenizer, encoder.architecture().max_tokens())?;
    let work: Vec<Work> = sentences.chunks(settings.batch).map(Work::new).collect();
    let n_tokens: usize = work.iter().map(|work| work.ragged.len()).sum();
    let n_padded: usize = work.iter().map(|work| work.padded[0].len()).sum();
    println!(
        "{} sentences of {:.1} tokens, batches of {} ({:.1} % more with padding), {} rounds",
        sentences.len(),
        n_tokens as f64 / sentences.len() as f64,
        settings.batch,
        100.0 * (n_padded as f64 / n_tokens as f64 - 1.0),
        settings.rounds
    );
    let difference = work.iter().map(|work| difference(&rten, &encoder, work)).fold(0.0, f32::max);
    println!("dateline {}; hidden states differ by {difference:.1e} at most\n", encoder.name());
    assert!(difference < 1e-3, "the answers have to be the same before their speed is compared");

    let (mut alone, mut in_pairs) = contestants(&rten, &encoder);
    for _ in 0..settings.rounds {
        round(&mut alone, &work, 1);
        round(&mut in_pairs, &work, work.len());
    }
    report(&alone, n_tokens);
    report(&in_pairs, n_tokens);
    Ok(())
}

/// Those with one thread, and those with two.
fn contestants<'a>(rten: &'a Rten, encoder: &'a Encoder) -> (Vec<Contestant<'a>>, Vec<Contestant<'a>>) {
    let contestant = |name, threads, run| Contestant { name, threads, run, rounds: vec![], pieces: vec![] };
    // Scratch memory and pools are made once: both keep what they have grown to.
    let dateline = |threads| -> Run {
        let scratches: Vec<_> = (0..threads).map(|_| Mutex::new(Scratch::default())).collect();
        Box::new(move |work| {
            share(work, threads, |worker, work| {
                let mut scratch = scratches[worker].lock().expect("a worker has its own");
                encoder.hidden(&work.ragged, &mut scratch).len()
            })
        })
    };
    let rten = |callers, threads| -> Run {
        let pools: Vec<_> = (0..callers).map(|_| Arc::new(ThreadPool::with_num_threads(threads))).collect();
        Box::new(move |work| share(work, callers, |worker, work| rten.hidden(work, &pools[worker]).len()))
    };
    let alone = vec![contestant("rten", 1, rten(1, 1)), contestant("dateline", 1, dateline(1))];
    let in_pairs = vec![
        contestant("rten, both on one batch", 2, rten(1, 2)),
        contestant("rten, a batch each", 2, rten(2, 1)),
        contestant("dateline, a batch each", 2, dateline(2)),
    ];
    (alone, in_pairs)
}

/// Lets every contestant do all work once, in turns of `piece` batches.
fn round(contestants: &mut [Contestant], work: &[Work], piece: usize) {
    for contestant in &mut *contestants {
        contestant.rounds.push(0.0);
        contestant.pieces.resize(work.len().div_ceil(piece), f64::INFINITY);
    }
    for (i, work) in work.chunks(piece).enumerate() {
        for contestant in &mut *contestants {
            let start = Instant::now();
            black_box((contestant.run)(work));
            let seconds = start.elapsed().as_secs_f64();
            *contestant.rounds.last_mut().expect("pushed above") += seconds;
            contestant.pieces[i] = contestant.pieces[i].min(seconds);
        }
    }
}

/// Does all `work` on `threads` threads, each with the next batch that nobody has. The longest batches go first, so that
/// all threads end at about the same time.
fn share(work: &[Work], threads: usize, run: impl Fn(usize, &Work) -> usize + Sync) -> usize {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let worker = |worker| {
        while let Some(i) = work.len().checked_sub(next.fetch_add(1, Ordering::Relaxed) + 1) {
            done.fetch_add(run(worker, &work[i]), Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        let worker = &worker;
        (1..threads).for_each(|i| drop(scope.spawn(move || worker(i))));
        worker(0);
    });
    done.into_inner()
}

fn report(contestants: &[Contestant], n_tokens: usize) {
    let spread = |sorted: Vec<f64>| [sorted[0], sorted[sorted.len() / 2], sorted[sorted.len() - 1]];
    let threads = contestants[0].threads;
    println!(
        "{:<28} {:>8} {:>8} {:>8} {:>10}",
        format!("tokens/s, {threads} thread(s)"),
        "min",
        "median",
        "max",
        "best"
    );
    for Contestant { name, rounds, pieces, .. } in contestants {
        let [min, median, max] = spread(sorted(rounds.iter().map(|seconds| n_tokens as f64 / seconds)));
        let best = n_tokens as f64 / pieces.iter().sum::<f64>();
        println!("{name:<28} {min:>8.0} {median:>8.0} {max:>8.0} {best:>10.0}");
    }
    let (ours, theirs) = contestants.split_last().expect("there are several");
    for Contestant { name, rounds, pieces, .. } in theirs {
        let [min, median, max] = spread(sorted(rounds.iter().zip(&ours.rounds).map(|(theirs, ours)| theirs / ours)));
        let best = pieces.iter().sum::<f64>() / ours.pieces.iter().sum::<f64>();
        let name = format!("times {name}");
        println!("{name:<28} {min:>8.3} {median:>8.3} {max:>8.3} {best:>10.3}");
    }
    println!();
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

/// The largest difference between the two's numbers for a real token.
fn difference(rten: &Rten, encoder: &Encoder, work: &Work) -> f32 {
    let theirs = rten.hidden(work, &Arc::new(ThreadPool::with_num_threads(1)));
    let mut scratch = Scratch::default();
    let ours = encoder.hidden(&work.ragged, &mut scratch);
    let d = encoder.architecture().hidden;
    let mut most: f32 = 0.0;
    for (sentence, tokens) in work.ragged.windows().enumerate() {
        for token in tokens.clone() {
            for i in 0..d {
                let difference = (theirs[[sentence, token - tokens.start, i]] - ours[token * d + i]).abs();
                // Not `max`, which takes a NaN for no difference.
                most = if difference <= most { most } else { difference };
            }
        }
    }
    most
}

impl Work {
    fn new(sentences: &[Vec<u32>]) -> Self {
        let longest = sentences.iter().map(Vec::len).max().unwrap_or(0);
        let mut ragged = Batch::new();
        let mut ids = NdTensor::zeros([sentences.len(), longest]);
        let mut mask = ids.clone();
        for (i, sentence) in sentences.iter().enumerate() {
            ragged.push(sentence.iter().map(|&id| (id, 0)));
            for (j, &id) in sentence.iter().enumerate() {
                ids[[i, j]] = id.cast_signed();
                mask[[i, j]] = 1;
            }
        }
        let types = NdTensor::zeros(ids.shape());
        Self { ragged, padded: [ids, mask, types] }
    }
}

impl Rten {
    fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        // Packed once, as our weights are.
        let model = ModelOptions::with_all_ops().prepack_weights(true).load_file(path)?;
        let node = |name| model.node_id(name);
        let inputs = [node("input_ids")?, node("attention_mask")?, node("token_type_ids")?];
        let output = node("last_hidden_state")?;
        Ok(Self { model, inputs, output })
    }

    /// (sentences, longest, D)
    fn hidden(&self, work: &Work, pool: &Arc<ThreadPool>) -> NdTensor<f32, 3> {
        let inputs = self.inputs.iter().zip(&work.padded).map(|(&id, tensor)| (id, tensor.view().into())).collect();
        let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
        let [hidden] = self.model.run_n(inputs, [self.output], Some(options)).expect("the model takes any shape");
        hidden.try_into().expect("hidden states are f32, of three dimensions")
    }
}

/// The sentences' ids with the special tokens, shortest first; the text is read again until there are enough.
fn sentences(settings: &Settings, tokenizer: &Tokenizer, longest: usize) -> Result<Vec<Vec<u32>>, Box<dyn Error>> {
    let mut sentences = Vec::new();
    for item in source::open(&[&settings.text], source::Options::default())? {
        let Item::Article(article) = item? else { continue };
        let document = segment(article);
        for sentence in &document.sentences {
            let text = sentence.of(document.text());
            let inner = tokenizer.encode(text, &[Span::whole(text)]).ids;
            let mut ids = [tokenizer.prefix(), &inner, tokenizer.suffix()].concat();
            ids.truncate(longest);
            sentences.push(ids);
        }
    }
    if sentences.is_empty() {
        return Err(format!("{}: no sentence", settings.text.display()).into());
    }
    let mut sentences: Vec<_> = sentences.iter().cycle().take(settings.sentences).cloned().collect();
    sentences.sort_by_key(Vec::len);
    Ok(sentences)
}

fn settings(mut arguments: impl Iterator<Item = String>) -> Result<Settings, Box<dyn Error>> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/samples");
    let mut settings = Settings { model: PathBuf::new(), text: samples, sentences: 1920, batch: 32, rounds: 5 };
    let mut paths = Vec::new();
    while let Some(argument) = arguments.next() {
        let number = match argument.as_str() {
            "--sentences" => &mut settings.sentences,
            "--batch" => &mut settings.batch,
            "--rounds" => &mut settings.rounds,
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
