//! `dateline bench`: how fast this machine tags, where the time goes, and how near that is to what
//! the CPU can do.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use dateline::document::Article;
use dateline::internals::infer::{Backend, Batch, Output, Precision, Scratch};
use dateline::internals::kernels::Kernels;
use dateline::internals::tally::Tally;
use dateline::record::RecordWriter;
use dateline::run::{self, Event, Settings};
use dateline::source::{self, Item};
use dateline::tagger::{EncodedArticle, TagOptions, Tagger};

use crate::arguments::{DeviceArgument, PrecisionArgument, ThreadArguments, open_model};
use crate::input::InputArguments;
use crate::parse;
use crate::stop::Stop;
use crate::terminal::{self, counted, grouped};

#[derive(clap::Args)]
#[command(
    after_help = "Inputs are those of dateline tag. Articles are read into memory first, as many as --megabytes allows, and \
tagged over and over; what is found is thrown away. Run it on an otherwise idle machine."
)]
pub struct Arguments {
    /// Files or directories with articles, or - for standard input [default: an article that comes
    /// with the program]
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,

    /// Write one JSON object instead of tables
    #[arg(long)]
    json: bool,

    /// Measure each number of threads for at least this many seconds
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = parse::at_least_one)]
    seconds: usize,

    /// Read this much text at most
    #[arg(long, value_name = "MB", default_value_t = 8, value_parser = parse::at_least_one)]
    megabytes: usize,

    /// Model directory to use instead of the built-in model
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,

    /// In what numbers to compute, as for dateline tag
    #[arg(long, value_enum, default_value_t = PrecisionArgument::Auto)]
    precision: PrecisionArgument,

    #[command(flatten)]
    device: DeviceArgument,

    #[command(flatten)]
    threads: ThreadArguments,

    #[command(flatten)]
    input: InputArguments,
}

/// What there is to tag where no input is named.
const SAMPLE: &str = include_str!("../../../data/samples/chandrayaan.txt");
/// Bytes of text a round must have for each thread, so that all of them are busy most of the time;
/// less is repeated.
const ROUND_BYTES: usize = 8 * run::CHUNK_BYTES;

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let n_threads = arguments.threads.count();
    let mut articles = articles(arguments)?;
    let n_articles = articles.len();
    let bytes: usize = articles.iter().map(|article| article.text.len()).sum();
    let repeats = (n_threads * ROUND_BYTES).div_ceil(bytes.max(1));
    articles = articles.iter().cycle().take(n_articles * repeats).cloned().collect();

    let model = open_model(arguments.model.as_deref(), arguments.device.engine(arguments.precision)?)?;
    let clock = Arc::new(Clock::default());
    let model = model.with_backend(|inner| Box::new(Timed { inner, clock: clock.clone() }));
    let tagger = Tagger::new(model, &TagOptions::default(), arguments.device.batch_tokens())?;
    let format = RecordWriter::of(&tagger);

    let bench = Bench {
        tagger,
        format,
        clock,
        articles: articles.into(),
        least: Duration::from_secs(arguments.seconds as u64),
    };
    let stages = bench.stages();
    let rows = (1..=n_threads).map(|threads| bench.row(threads)).collect::<Result<Vec<_>, _>>()?;
    let said = if arguments.json {
        format!("{:#}", bench.json(n_articles, repeats, &stages, &rows))
    } else {
        bench.table(n_articles, repeats, &stages, &rows)
    };
    terminal::page(&format!("{said}\n"));
    Ok(ExitCode::SUCCESS)
}

/// Articles from the inputs, up to the size that is wanted; those that cannot be read are passed
/// over with a note.
fn articles(arguments: &Arguments) -> Result<Vec<Article>, Stop> {
    if arguments.inputs.is_empty() {
        return Ok(vec![Article::plain("sample", SAMPLE)]);
    }
    let mut articles = Vec::new();
    let (mut bytes, mut n_failed) = (0, 0);
    for item in source::open(&arguments.inputs, arguments.input.options(Vec::new())?)? {
        match item? {
            Item::Article(article) if article.text.is_empty() => {}
            Item::Article(article) => {
                bytes += article.text.len();
                articles.push(article);
            }
            Item::Failed(_) => n_failed += 1,
            Item::Blank => {}
        }
        if bytes >= arguments.megabytes << 20 {
            break;
        }
    }
    if n_failed > 0 {
        terminal::note(&format!("{} could not be read and took no part", counted(n_failed, "article")));
    }
    if articles.is_empty() {
        let hint = "name files or directories that dateline tag can read, or none for the built-in sample";
        return Err(Stop::fatal("no text to measure with".to_owned(), Some(hint.to_owned())));
    }
    Ok(articles)
}

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

struct Bench {
    tagger: Tagger,
    format: RecordWriter,
    clock: Arc<Clock>,
    articles: Arc<[Article]>,
    /// How long to measure.
    least: Duration,
}

/// Steps in their order, and the seconds that a round over all articles spends in each, on one
/// thread.
type Stages = Vec<(&'static str, f64)>;

/// Figures for a number of threads. Rates are those of the fastest round: other work on the machine
/// only ever slows it down.
struct Row {
    threads: usize,
    articles: f64,
    words: f64,
    /// Tokens in windows, special tokens and overlaps included.
    tokens: f64,
    /// The same by the time spent in the encoder alone, added over threads.
    encoder_tokens: f64,
    /// Of the multiply-adds that the threads could do, the share that the encoder's products did
    /// while it ran; none where the limit is not known.
    share: Option<f64>,
    /// The most memory that the process has had so far, in bytes, where the system says.
    peak: Option<u64>,
}

impl Bench {
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

    fn table(&self, n_articles: usize, repeats: usize, stages: &Stages, rows: &[Row]) -> String {
        let model = self.tagger.model();
        let mut lines = vec![
            format!("dateline {}, {}, {}", env!("CARGO_PKG_VERSION"), model.id(), model.backend().name()),
            format!("{}, {repeats} times a round", counted(n_articles as u64, "article")),
            String::new(),
            format!(
                "{:>7} {:>11} {:>10} {:>10} {:>17} {:>9} {:>9}",
                "threads", "articles/s", "words/s", "tokens/s", "encoder tokens/s", "of limit", "peak MB"
            ),
        ];
        for row in rows {
            let whole = |rate: f64| grouped(rate as u64);
            lines.push(format!(
                "{:>7} {:>11.1} {:>10} {:>10} {:>17} {:>9} {:>9}",
                row.threads,
                row.articles,
                whole(row.words),
                whole(row.tokens),
                whole(row.encoder_tokens),
                row.share.map_or("-".to_owned(), |share| format!("{:.0}%", 100.0 * share)),
                row.peak.map_or("-".to_owned(), |bytes| (bytes / 1_000_000).to_string()),
            ));
        }
        lines.push(format!("\n{:<33} {:>9} {:>7}", "a round on one thread", "ms", "share"));
        let total: f64 = stages.iter().map(|(_, seconds)| seconds).sum();
        for (name, seconds) in stages {
            lines.push(format!("{name:<33} {:>9.1} {:>6.1}%", 1e3 * seconds, 100.0 * seconds / total));
        }
        lines.push("\ntokens: pieces of words in the model's windows, overlaps and special tokens included".to_owned());
        lines.push("of limit: of the multiply-adds these threads can do, those of the encoder's products".to_owned());
        lines.join("\n")
    }

    fn json(&self, n_articles: usize, repeats: usize, stages: &Stages, rows: &[Row]) -> Value {
        let model = self.tagger.model();
        let row = |row: &Row| {
            json!({
                "threads": row.threads,
                "articles_per_second": row.articles,
                "words_per_second": row.words,
                "tokens_per_second": row.tokens,
                "encoder_tokens_per_second": row.encoder_tokens,
                "share_of_limit": row.share,
                "peak_memory_bytes": row.peak,
            })
        };
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "model": model.id(),
            "backend": model.backend().name(),
            "precision": model.precision().name(),
            "articles": n_articles,
            "repeats": repeats,
            "rows": rows.iter().map(row).collect::<Vec<_>>(),
            "stages": stages
                .iter()
                .map(|(name, seconds)| json!({ "name": name, "seconds": seconds }))
                .collect::<Vec<_>>(),
        })
    }
}

/// The most memory that this process has had, in bytes; none where the system does not tell.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
