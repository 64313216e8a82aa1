//! The clock: a model tags articles that are in memory, in rounds, until enough time has gone by.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dateline::document::Article;
use dateline::internals::infer::{Backend, Batch, Output, Precision, Scratch};
use dateline::internals::kernels::Kernels;
use dateline::internals::tally::Tally;
use dateline::model::Model;
use dateline::record::RecordWriter;
use dateline::run::{self, Event, Settings};
use dateline::source::Item;
use dateline::tagger::{EncodedArticle, Tagger, UnknownLabel};

use crate::stop::Stop;

/// What the encoder has done so far, on all threads together.
#[derive(Default)]
struct Clock {
    nanoseconds: AtomicU64,
    tokens: AtomicU64,
}

impl Clock {
    /// Seconds and tokens since the last call.
    fn take(&self) -> (f64, u64) {
        let nanoseconds = self.nanoseconds.swap(0, Ordering::Relaxed);
        (nanoseconds as f64 / 1e9, self.tokens.swap(0, Ordering::Relaxed))
    }
}

/// A backend whose time is taken.
struct Timed {
    inner: Box<dyn Backend>,
    clock: Arc<Clock>,
}

impl Backend for Timed {
    fn infer<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> Output<'s> {
        let start = Instant::now();
        let output = self.inner.infer(batch, scratch);
        self.clock.nanoseconds.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        self.clock.tokens.fetch_add(batch.len() as u64, Ordering::Relaxed);
        output
    }

    fn hidden_size(&self) -> usize {
        self.inner.hidden_size()
    }

    fn multiply_adds(&self) -> usize {
        self.inner.multiply_adds()
    }

    fn likes_large_batches(&self) -> bool {
        self.inner.likes_large_batches()
    }

    fn name(&self) -> String {
        self.inner.name()
    }
}

/// One model, and what to measure it with.
pub struct Bench {
    tagger: Tagger,
    format: RecordWriter,
    clock: Arc<Clock>,
    articles: Arc<[Article]>,
    /// How long to measure.
    least: Duration,
}

/// Steps in their order, and the seconds that a round over all articles spends in each, on one
/// thread.
pub type Stages = Vec<(&'static str, f64)>;

/// Figures for a number of threads. Rates are those of the fastest round: other work on the machine
/// only ever slows it down.
pub struct Row {
    pub threads: usize,
    pub articles: f64,
    pub words: f64,
    /// Tokens in windows, special tokens and overlaps included.
    pub tokens: f64,
    /// The same by the time spent in the encoder alone, added over threads.
    pub encoder_tokens: f64,
    /// Of the multiply-adds that the threads could do, the share that the encoder's products did
    /// while it ran; none where the limit is not known.
    pub share: Option<f64>,
    /// The most memory that the process has had so far, in bytes, where the system says.
    pub peak: Option<u64>,
}

/// What was measured of a model.
pub struct Figures {
    /// Name and digest.
    pub model: String,
    /// What runs it.
    pub backend: String,
    pub precision: &'static str,
    pub stages: Stages,
    /// From one thread to as many as were asked for.
    pub rows: Vec<Row>,
}

impl Bench {
    /// `tagger` makes one of the model, whose encoder is watched; each measurement takes at `least`
    /// so long.
    pub fn new(
        model: Model,
        tagger: impl FnOnce(Model) -> Result<Tagger, UnknownLabel>,
        articles: Arc<[Article]>,
        least: Duration,
    ) -> Result<Self, Stop> {
        let clock = Arc::new(Clock::default());
        let model = model.with_backend(|inner| Box::new(Timed { inner, clock: clock.clone() }));
        let tagger = tagger(model)?;
        let format = RecordWriter::of(&tagger);
        Ok(Self { tagger, format, clock, articles, least })
    }

    /// All figures, up to so many threads.
    pub fn figures(&self, n_threads: usize) -> Result<Figures, Stop> {
        let model = self.tagger.model();
        Ok(Figures {
            model: model.id().to_owned(),
            backend: model.backend().name(),
            precision: model.precision().name(),
            stages: self.stages(),
            rows: (1..=n_threads).map(|threads| self.row(threads)).collect::<Result<_, _>>()?,
        })
    }

    fn stages(&self) -> Stages {
        let mut best = [f64::INFINITY; 4];
        let mut scratch = Scratch::default();
        let begun = Instant::now();
        while begun.elapsed() < self.least || best[0].is_infinite() {
            let mut seconds = [0.0; 4];
            self.clock.take();
            for chunk in self.articles.chunks(8) {
                let copies = chunk.to_vec();
                let start = Instant::now();
                let readings: Vec<EncodedArticle> =
                    copies.into_iter().map(|article| self.tagger.read(article)).collect();
                let read = Instant::now();
                let scores = self.tagger.score(&readings, &mut scratch);
                let scored = Instant::now();
                let mut records = Vec::new();
                for (reading, scores) in readings.into_iter().zip(&scores) {
                    self.format.write(&self.tagger.conclude(reading, scores), &mut records);
                }
                black_box(records);
                let written = Instant::now();
                seconds[0] += (read - start).as_secs_f64();
                seconds[1] += (scored - read).as_secs_f64();
                seconds[3] += (written - scored).as_secs_f64();
            }
            seconds[2] = self.clock.take().0;
            seconds[1] -= seconds[2];
            best = [0, 1, 2, 3].map(|i: usize| best[i].min(seconds[i]));
        }
        let names =
            ["segment and tokenize", "make batches, gather scores", "encoder", "decode, merge, topics and write"];
        names.into_iter().zip(best).collect()
    }

    fn row(&self, threads: usize) -> Result<Row, Stop> {
        let mut row =
            Row { threads, articles: 0.0, words: 0.0, tokens: 0.0, encoder_tokens: 0.0, share: None, peak: None };
        let begun = Instant::now();
        while begun.elapsed() < self.least || row.articles == 0.0 {
            let articles = Arc::clone(&self.articles);
            let items = (0..articles.len()).map(move |i| Ok(Item::Article(articles[i].clone())));
            let mut tally = Tally::default();
            self.clock.take();
            let start = Instant::now();
            run::run(items, Arc::default(), &self.tagger, &self.format, Settings::bulk(threads), |event| {
                if let Event::Done(done) = event {
                    black_box(&done.records);
                    tally.add(done.tally);
                }
                ControlFlow::<()>::Continue(())
            })?;
            let seconds = start.elapsed().as_secs_f64();
            let (in_encoder, tokens) = self.clock.take();
            row.articles = row.articles.max(tally.articles as f64 / seconds);
            row.words = row.words.max(tally.words as f64 / seconds);
            row.tokens = row.tokens.max(tokens as f64 / seconds);
            row.encoder_tokens = row.encoder_tokens.max(tokens as f64 * threads as f64 / in_encoder);
        }
        // Only now: that there are so many threads to be had has been shown.
        let multiply_adds = self.tagger.model().backend().multiply_adds() as f64;
        row.share = (multiply_adds > 0.0).then(|| row.encoder_tokens * multiply_adds / self.limit(threads));
        row.peak = peak_memory();
        Ok(row)
    }

    /// Multiply-adds a second that so many threads can do in the model's precision, with nothing
    /// else to do.
    fn limit(&self, threads: usize) -> f64 {
        let kernels = Kernels::best();
        let precision = self.tagger.model().precision();
        let rounds = 200_000;
        let once = || {
            let start = Instant::now();
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| match precision {
                        Precision::Int8 => black_box(kernels.multiply_adds_int8(black_box(rounds), black_box(1))),
                        Precision::Bf16 => black_box(kernels.multiply_adds_bf16(black_box(rounds), black_box(1.0))),
                        Precision::F32 => black_box(kernels.multiply_adds(black_box(rounds), black_box(1.0))),
                    });
                }
            });
            start.elapsed().as_secs_f64()
        };
        let each = match precision {
            Precision::Int8 => Kernels::MULTIPLY_ADDS_INT8,
            Precision::Bf16 => Kernels::MULTIPLY_ADDS_BF16,
            Precision::F32 => Kernels::MULTIPLY_ADDS,
        };
        let seconds = (0..10).map(|_| once()).fold(f64::INFINITY, f64::min);
        (threads * rounds * each) as f64 / seconds
    }
}

/// The most memory that this process has had, in bytes; none where the system does not tell.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
