//! Where the time of a run goes: each step alone, and `Tagger::tag` whole.
//!
//! The articles are those of `data/samples`, over and over, in chunks as `run` makes them, tagged
//! by the committed model on one thread. Every step gets the real output of the steps before it,
//! made before its clock starts, and its answers are compared with the first ones. A step's time is
//! the sum over all chunks of the shortest of all rounds, since other work on the machine only ever
//! adds to it.
//!
//! Then comes the encoder under several token budgets (`--batch-tokens`), on single sentences and
//! on the model's windows.
//!
//! Between the two stands how fast the web pages of `tests/documents/pages` become articles, without
//! and with their places, in the best round.
//!
//! `cargo bench --bench pipeline -- 9` does nine rounds instead of five.

use std::hint::black_box;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use dateline::document::{Article, Document, Outcome};
use dateline::internals::infer::{Backend, Batch, Output, Scratch};
use dateline::internals::kernels::Kernels;
use dateline::internals::page::{self, Reading, charset};
use dateline::internals::segment::segment;
use dateline::internals::tokenize::{Encoding, Tokenizer, windows};
use dateline::model::Model;
use dateline::record::RecordWriter;
use dateline::run::CHUNK_BYTES;
use dateline::source::{self, Item};
use dateline::tagger::{BATCH_TOKENS, EncodedArticle, Scores, TagOptions, Tagger};

/// Bytes to tag, about.
const BYTES: usize = 192 * 1024;
/// Tokens for the encoder under each budget: two of the largest batches.
const BUDGET_TOKENS: usize = 16 * 1024;

/// In the order in which `round` times them.
const STEPS: [&str; 8] = [
    "segment",
    "tokenize",
    "words and windows",
    "batches, without encoder",
    "encoder",
    "decode and merge",
    "record",
    "Tagger::tag and record",
];
const ENCODER: usize = 4;
const WHOLE: usize = 7;

/// The shortest time of each step so far, in seconds.
type Best = [f64; STEPS.len()];

/// A chunk of articles, and what must come of it.
struct Chunk {
    articles: Vec<Article>,
    batches: Vec<Batch>,
    logits: Vec<Vec<f32>>,
    scores: Vec<Scores>,
    outcomes: Vec<Outcome>,
    best: Best,
}

/// A tagger, another one that never computes, and how to write what they find.
struct Pipeline {
    tagger: Tagger,
    idle: Tagger,
    recorder: Recorder,
    format: RecordWriter,
}

/// Stands in for the encoder: keeps the batches it is given, and answers zeros.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Batch>>>);

impl Recorder {
    fn take(&self) -> Vec<Batch> {
        std::mem::take(&mut self.0.lock().expect("nothing panics while it holds this"))
    }
}

impl Backend for Recorder {
    fn infer<'s>(&self, batch: &Batch, _: &'s mut Scratch) -> Output<'s> {
        /// Room for two budgets' tokens and sixteen tags.
        static ZEROS: [f32; 2 * BATCH_TOKENS * 16] = [0.0; _];
        self.0.lock().expect("nothing panics while it holds this").push(batch.clone());
        Output { logits: &ZEROS, sums: &ZEROS[..batch.windows().count() * self.hidden_size()] }
    }

    fn hidden_size(&self) -> usize {
        1
    }

    fn multiply_adds(&self) -> usize {
        0
    }

    fn name(&self) -> String {
        "recorder".to_owned()
    }
}

fn main() {
    let n_rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(5);
    let open = || {
        Model::open(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/news-en")), Kernels::best(), None)
            .expect("the checkout has the model")
    };
    let recorder = Recorder::default();
    let idle = open().with_backend(|_| Box::new(recorder.clone()));
    let tagger = |model| Tagger::new(model, &TagOptions::default(), BATCH_TOKENS).expect("no label was asked for");
    let (tagger, idle) = (tagger(open()), tagger(idle));
    let format = RecordWriter::of(&tagger);
    let pipeline = Pipeline { tagger, idle, recorder, format };

    let scratch = &mut Scratch::default();
    let mut chunks: Vec<Chunk> = chunks().into_iter().map(|articles| pipeline.chunk(articles, scratch)).collect();
    for _ in 0..n_rounds {
        for chunk in &mut chunks {
            pipeline.round(chunk, scratch);
        }
    }
    let model = pipeline.tagger.model();
    let readings: Vec<EncodedArticle> =
        chunks.iter().flat_map(|chunk| &chunk.articles).map(|a| pipeline.tagger.read(a.clone())).collect();
    println!("{}, {n_rounds} rounds, one thread", model.backend().name());
    shares(&chunks, &readings);
    pages(n_rounds);

    let windows = chunks.iter().flat_map(|chunk| chunk.batches.iter().flat_map(each)).collect();
    for (name, windows) in [("sentences", sentences(&readings, model.tokenizer())), ("the model's windows", windows)] {
        budgets(name, windows, model.backend(), n_rounds, scratch);
    }
}

impl Pipeline {
    /// Finds out what must come of `articles`.
    fn chunk(&self, articles: Vec<Article>, scratch: &mut Scratch) -> Chunk {
        let readings = self.readings(&articles);
        self.idle.score(&readings, scratch);
        let batches = self.recorder.take();
        let backend = &self.tagger.model().backend();
        let logits = batches.iter().map(|batch| backend.infer(batch, scratch).logits.to_vec()).collect();
        let scores = self.tagger.score(&readings, scratch);
        let outcomes = self.tagger.tag(articles.clone(), scratch);
        Chunk { articles, batches, logits, scores, outcomes, best: [f64::INFINITY; STEPS.len()] }
    }

    /// Times every step once.
    fn round(&self, chunk: &mut Chunk, scratch: &mut Scratch) {
        let Chunk { articles, batches, logits, scores, outcomes, best } = chunk;
        let model = self.tagger.model();
        let (tokenizer, backend, limit) = (model.tokenizer(), model.backend(), model.limit());
        let mut step = 0;
        let mut seconds = |time: f64| {
            best[step] = best[step].min(time);
            step += 1;
        };

        let copies = articles.clone();
        let documents: Vec<Document> = timed(&mut seconds, || copies.into_iter().map(segment).collect());

        let encode = |document: &Document| tokenizer.encode(document.text(), &document.sentences);
        let encodings: Vec<Encoding> = timed(&mut seconds, || documents.iter().map(encode).collect());

        let cut = |encoding: &Encoding| {
            let words: Vec<usize> = (0..encoding.len()).filter(|&token| encoding.begins_word[token]).collect();
            (words, windows(encoding, limit))
        };
        let cuts: Vec<_> = timed(&mut seconds, || encodings.iter().map(cut).collect());
        let readings = self.readings(articles);
        assert!(
            readings.iter().map(|r| (&r.words, &r.windows)).eq(cuts.iter().map(|(words, windows)| (words, windows)))
        );

        timed(&mut seconds, || self.idle.score(&readings, scratch));
        assert_eq!(self.recorder.take(), *batches);

        let mut time = 0.0;
        for (batch, expected) in batches.iter().zip(logits) {
            let got = timed(|seconds| time += seconds, || backend.infer(batch, scratch).logits);
            assert_eq!(got, expected);
        }
        seconds(time);

        let pairs = readings.into_iter().zip(&*scores);
        let got: Vec<Outcome> =
            timed(&mut seconds, || pairs.map(|(r, scores)| self.tagger.conclude(r, scores)).collect());
        assert_eq!(got, *outcomes);

        let expected = timed(&mut seconds, || self.records(outcomes));

        let copies = articles.clone();
        let got = timed(&mut seconds, || self.records(&self.tagger.tag(copies, scratch)));
        assert_eq!(got, expected);
    }

    fn readings(&self, articles: &[Article]) -> Vec<EncodedArticle> {
        articles.iter().map(|article| self.tagger.read(article.clone())).collect()
    }

    fn records(&self, outcomes: &[Outcome]) -> Vec<u8> {
        let mut records = Vec::new();
        for outcome in outcomes {
            self.format.write(outcome, &mut records);
        }
        records
    }
}

/// Does `work`, and tells `seconds` how long it took.
fn timed<T>(mut seconds: impl FnMut(f64), work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = black_box(work());
    seconds(start.elapsed().as_secs_f64());
    result
}

/// The sample articles, again and again.
fn chunks() -> Vec<Vec<Article>> {
    let samples = source::open(&["data/samples"], source::Options::default()).expect("the checkout has samples");
    let samples: Vec<Article> = samples
        .map(|item| match item.expect("the samples can be read") {
            Item::Article(article) => article,
            Item::Failed(failure) => panic!("{}", failure.message),
            Item::Blank => unreachable!("only where each line is answered"),
        })
        .collect();
    let mut chunks = vec![Vec::new()];
    let (mut in_chunk, mut total) = (0, 0);
    for article in samples.iter().cycle() {
        if in_chunk >= CHUNK_BYTES {
            chunks.push(Vec::new());
            in_chunk = 0;
        }
        if total >= BYTES {
            break;
        }
        in_chunk += article.text.len();
        total += article.text.len();
        chunks.last_mut().expect("there is always one").push(article.clone());
    }
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

fn shares(chunks: &[Chunk], readings: &[EncodedArticle]) {
    let count = |of: fn(&EncodedArticle) -> usize| readings.iter().map(of).sum::<usize>() as f64;
    let chars = count(|reading| reading.document.text().chars().count());
    let tokens = count(|reading| reading.encoding.len());
    let words = count(|reading| reading.words.len());
    let in_batches: usize = chunks.iter().flat_map(|chunk| &chunk.batches).map(Batch::len).sum();
    println!(
        "{} articles, {chars} characters, {words} words, {tokens} tokens; in windows {in_batches} (overlaps, special tokens)\n",
        readings.len(),
    );
    println!("{:<26} {:>9} {:>8} {:>12} {:>12}", "", "ms", "share", "tokens/s", "words/s");
    let seconds = |step: usize| chunks.iter().map(|chunk| chunk.best[step]).sum::<f64>();
    let whole = seconds(WHOLE);
    for (step, name) in STEPS.iter().enumerate() {
        let time = seconds(step);
        let (ms, share) = (1e3 * time, 100.0 * time / whole);
        println!("{name:<26} {ms:>9.2} {share:>7.2}% {:>12.0} {:>12.0}", tokens / time, words / time);
    }
    println!("the encoder reads {:.0} tokens/s of its windows\n", in_batches as f64 / seconds(ENCODER));
}

/// Reads the web pages of the tests, over and over.
fn pages(n_rounds: usize) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/documents/pages"));
    let paths =
        std::fs::read_dir(folder).expect("the checkout has the pages").map(|entry| entry.expect("an entry").path());
    let bytes: Vec<Vec<u8>> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "html"))
        .map(|path| std::fs::read(path).expect("it can be read"))
        .collect();
    let n_bytes: usize = bytes.iter().map(Vec::len).sum();
    for places in [false, true] {
        let mut best = f64::INFINITY;
        for _ in 0..n_rounds {
            let start = Instant::now();
            for page in &bytes {
                let decoded = charset::decode(page, None, places);
                black_box(page::read(&decoded.text, None, Reading { places, whole: false }));
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        let what = if places { "web pages with places" } else { "web pages" };
        println!("{what}: {:.0} pages/s, {:.1} MB/s", bytes.len() as f64 / best, n_bytes as f64 / best / 1e6);
    }
    println!();
}

/// Prints how fast the encoder is under each budget.
fn budgets(name: &str, mut all: Vec<Batch>, backend: &dyn Backend, n_rounds: usize, scratch: &mut Scratch) {
    all.truncate(
        all.iter()
            .scan(0, |sum, window| {
                *sum += window.len();
                Some(*sum)
            })
            .take_while(|&sum| sum <= BUDGET_TOKENS)
            .count(),
    );
    all.sort_by_key(Batch::len);
    let n_tokens: usize = all.iter().map(Batch::len).sum();
    println!("{}: {} of {:.1} tokens", name, all.len(), n_tokens as f64 / all.len() as f64);
    let limits = [256, 512, 1024, 2048, 4096, 8192].map(|tokens| (format!("{tokens} tokens"), tokens, usize::MAX));
    let limits = limits.into_iter().chain([("32 windows".to_owned(), usize::MAX, 32)]);
    let mut cases: Vec<(String, Vec<Batch>, Vec<f64>)> =
        limits.map(|(name, max_tokens, max_windows)| (name, batches(&all, max_tokens, max_windows), vec![])).collect();
    let expected: Vec<f32> = all.iter().flat_map(|window| backend.infer(window, scratch).logits.to_vec()).collect();
    for round in 0..=n_rounds {
        for (_, batches, times) in &mut cases {
            let mut time = 0.0;
            let mut rest = expected.as_slice();
            for batch in batches {
                let got = timed(|seconds| time += seconds, || backend.infer(batch, scratch).logits);
                let (expected, after) = rest.split_at(got.len());
                assert_eq!(got, expected);
                rest = after;
            }
            // The first round makes the buffers grow.
            if round > 0 {
                times.push(time);
            }
        }
    }
    println!("{:<26} {:>9} {:>12} {:>12}", "batches of at most", "batches", "median t/s", "best t/s");
    for (name, batches, times) in &mut cases {
        times.sort_by(f64::total_cmp);
        let [median, best] = [times[times.len() / 2], times[0]].map(|time| n_tokens as f64 / time);
        println!("{name:<26} {:>9} {median:>12.0} {best:>12.0}", batches.len());
    }
    println!();
}

/// Puts windows together, in their order.
fn batches(windows: &[Batch], max_tokens: usize, max_windows: usize) -> Vec<Batch> {
    let mut batches = vec![Batch::new()];
    for window in windows {
        let last = batches.last().expect("there is always one");
        let full = last.len() + window.len() > max_tokens || last.windows().count() == max_windows;
        if full && !last.is_empty() {
            batches.push(Batch::new());
        }
        batches.last_mut().expect("there is always one").push(ids_and_types(window));
    }
    batches
}

/// Each window of `batch` alone.
fn each(batch: &Batch) -> impl Iterator<Item = Batch> {
    batch.windows().map(|tokens| {
        let mut window = Batch::new();
        window.push(ids_and_types(batch).skip(tokens.start).take(tokens.len()));
        window
    })
}

fn ids_and_types(batch: &Batch) -> impl Iterator<Item = (u32, u8)> {
    batch.ids().iter().copied().zip(batch.types().iter().copied())
}

/// Each sentence of `readings` alone.
fn sentences(readings: &[EncodedArticle], tokenizer: &Tokenizer) -> Vec<Batch> {
    let mut sentences = Vec::new();
    for EncodedArticle { encoding, .. } in readings {
        for tokens in encoding.sentences.windows(2) {
            let mut sentence = Batch::new();
            let inner = &encoding.ids[tokens[0]..tokens[1]];
            sentence.push([tokenizer.prefix(), inner, tokenizer.suffix()].concat().into_iter().map(|id| (id, 0)));
            sentences.push(sentence);
        }
    }
    sentences
}
