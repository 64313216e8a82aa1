//! The command line: arguments as typed, one file a command.
//!
//! Each command settles its arguments (everything that can be refused is refused before any work), runs, and returns an
//! exit code: 0 all done, 1 could not go on, 2 wrong usage, 3 done but some articles could not be tagged, 130 and 143 interrupted.

mod bench;
mod doctor;
mod eval;
mod inspect;
mod merge;
mod models;
mod progress;
mod shard;
mod signals;
mod status;
mod stop;
mod summary;
mod tag;
mod terminal;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use dateline::internals::infer::Precision;
use dateline::internals::kernels::Kernels;
use dateline::model::{self, Engine, Model};
use dateline::tagger::{BATCH_TOKENS, MAX_TOPICS, TagOptions, Tagger};

use stop::Stop;

/// Find the people, places and organizations in news articles, and their topics.
#[derive(Parser)]
#[command(name = "dateline", version, about, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tag articles and write one JSON record a line
    Tag(tag::Arguments),
    /// Say how far the outputs in a directory are, and which parts are missing
    Status(status::Arguments),
    /// Check an output against its manifest, and every offset in it
    Verify(verify::Arguments),
    /// Put the parts of a corpus together
    Merge(merge::Arguments),
    /// Show one article the way an analyst would look at it
    Inspect(inspect::Arguments),
    /// Compare what the model finds with gold annotations
    Eval(eval::Arguments),
    /// Print the card of a model: what it was made from, how well it does, what it gets wrong
    Models(models::Arguments),
    /// Check the kernels on this CPU and say how fast it will be
    Doctor(doctor::Arguments),
    /// Measure how fast this machine tags, and where the time goes
    Bench(bench::Arguments),
}

/// What to tag with; the same for every command.
#[derive(clap::Args)]
struct ModelArguments {
    /// Model directory (config.json, tokenizer.json, model.safetensors) to use instead of the built-in model
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,

    /// Report only these labels, e.g. PER,ORG [default: all of the model's]
    #[arg(long, value_name = "LABELS", value_delimiter = ',')]
    labels: Vec<String>,

    /// Drop mentions that score less, 0 to 1. Higher is surer and finds less
    #[arg(long, value_name = "SCORE", default_value_t = 0.0, value_parser = score)]
    min_score: f32,

    /// In what numbers to compute: auto is int8 if the model's recipe says that this costs it no accuracy, and f32 otherwise
    #[arg(long, value_enum, default_value_t = PrecisionArgument::Auto)]
    precision: PrecisionArgument,

    #[command(flatten)]
    device: DeviceArgument,

    /// Tokens per inference batch [default: 1024, and 16384 on a GPU]. Larger needs more memory and is hardly faster; it never
    /// changes the result
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    batch_tokens: Option<usize>,
}

/// The model in `dir`, or the one inside.
fn open_model(dir: Option<&Path>, engine: Engine) -> Result<Model, Stop> {
    Ok(match dir {
        Some(dir) => Model::open_on(dir, engine)?,
        None => Model::embedded_on(engine)?,
    })
}

/// `--device`.
#[derive(clap::Args)]
struct DeviceArgument {
    /// Run the model with libtorch on this device, cpu, cuda or cuda:N, in a build that has libtorch [default: our own engine,
    /// on the CPU]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
}

impl DeviceArgument {
    /// Tokens in a batch, where the user does not say.
    fn batch_tokens(&self) -> usize {
        // A GPU is idle while it is told what to do next.
        if self.device.as_ref().is_some_and(|device| device != "cpu") { 16 * BATCH_TOKENS } else { BATCH_TOKENS }
    }

    /// What is to run the model.
    fn engine(&self, precision: PrecisionArgument) -> Result<Engine, Stop> {
        let Some(device) = &self.device else { return Ok(Engine::Ours(Kernels::best(), precision.chosen())) };
        #[cfg(feature = "libtorch")]
        {
            let device = device.parse().map_err(|wanted| Stop::usage(format!("--device {device}: {wanted}"), None))?;
            if !matches!(precision, PrecisionArgument::Auto | PrecisionArgument::F32) {
                let hint = "leave out --precision, or leave out --device for our own engine".to_owned();
                return Err(Stop::usage("--precision: libtorch runs models in f32 only", Some(hint)));
            }
            Ok(Engine::Libtorch(device))
        }
        #[cfg(not(feature = "libtorch"))]
        {
            let hint =
                "leave it out, and our own engine runs on the CPU; src/infer/libtorch/with.sh builds with libtorch";
            Err(Stop::usage(format!("--device {device}: this build has no libtorch"), Some(hint.to_owned())))
        }
    }
}

/// `--precision`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum PrecisionArgument {
    Auto,
    Int8,
    Bf16,
    F32,
}

impl PrecisionArgument {
    /// None leaves it to the recipe.
    fn chosen(self) -> Option<Precision> {
        match self {
            Self::Auto => None,
            Self::Int8 => Some(Precision::Int8),
            Self::Bf16 => Some(Precision::Bf16),
            Self::F32 => Some(Precision::F32),
        }
    }
}

impl ModelArguments {
    /// A tagger that keeps what `keep` says, besides these arguments.
    fn tagger(&self, keep: &TagOptions) -> Result<Tagger, Stop> {
        self.tagger_of(self.open()?, keep)
    }

    /// The model.
    fn open(&self) -> Result<Model, Stop> {
        open_model(self.model.as_deref(), self.device.engine(self.precision)?)
    }

    /// As [`Self::tagger`], with a model that has been opened.
    fn tagger_of(&self, model: Model, keep: &TagOptions) -> Result<Tagger, Stop> {
        let keep = TagOptions { labels: self.labels.clone(), min_score: self.min_score, ..keep.clone() };
        Ok(Tagger::new(model, &keep, self.batch_tokens.unwrap_or_else(|| self.device.batch_tokens()))?)
    }

    /// Whether the model has topics, as far as can be told without opening it.
    fn has_topics(&self) -> bool {
        model::read_recipe(self.model.as_deref()).is_ok_and(|recipe| !recipe.topics.is_empty())
    }
}

/// Topics by their names alone.
#[derive(clap::Args)]
struct ZeroShotArguments {
    /// Give these topics instead of the model's, e.g. "economy, sport": for each the model in --zero-shot-model says whether the
    /// article entails it. Needs a build with libtorch
    #[arg(long, value_name = "LABELS", requires = "zero_shot_model", value_delimiter = ',', value_parser = label)]
    zero_shot: Vec<String>,

    /// Directory of a model of natural language inference
    #[arg(long, value_name = "DIR", requires = "zero_shot")]
    zero_shot_model: Option<PathBuf>,

    /// What the article is held to entail; {} stands for the label [default: "This example is about {}."]
    #[arg(long, value_name = "TEXT", requires = "zero_shot", value_parser = hypothesis)]
    hypothesis: Option<String>,
}

impl ZeroShotArguments {
    /// Whether there are any.
    fn are_given(&self) -> bool {
        !self.zero_shot.is_empty()
    }

    /// The same model with these topics, if there are any.
    fn apply(&self, model: Model, device: &DeviceArgument) -> Result<Model, Stop> {
        let Some(dir) = &self.zero_shot_model else { return Ok(model) };
        for (i, label) in self.zero_shot.iter().enumerate() {
            if self.zero_shot[..i].contains(label) {
                return Err(Stop::usage(format!("--zero-shot: {label} stands there twice"), None));
            }
        }
        #[cfg(feature = "libtorch")]
        {
            let device = match device.engine(PrecisionArgument::Auto)? {
                Engine::Libtorch(device) => device,
                Engine::Ours(..) => dateline::internals::infer::libtorch::Device::Cpu,
            };
            let hypothesis = self.hypothesis.as_deref().unwrap_or(dateline::internals::zero_shot::HYPOTHESIS);
            Ok(model.with_zero_shot(dir, device, &self.zero_shot, hypothesis)?)
        }
        #[cfg(not(feature = "libtorch"))]
        {
            let _ = (model, device, dir, &self.hypothesis);
            let hint = "src/infer/libtorch/with.sh builds with it".to_owned();
            Err(Stop::usage("--zero-shot: this build has no libtorch", Some(hint)))
        }
    }
}

/// Which topics to give.
#[derive(clap::Args)]
struct TopicArguments {
    /// Give an article at most this many topics; 0 for none [default: 3]
    #[arg(long, value_name = "N", value_parser = count)]
    topics: Option<usize>,

    /// Give topics from this score on, 0 to 1 [default: for each topic the threshold in the model's recipe]. Higher gives fewer
    /// articles a topic, and is right more often
    #[arg(long, value_name = "SCORE", value_parser = score)]
    min_topic_score: Option<f32>,
}

impl TopicArguments {
    fn are_wanted(&self) -> bool {
        self.topics != Some(0)
    }

    fn keep(&self) -> TagOptions {
        let max_topics = self.topics.unwrap_or(MAX_TOPICS);
        TagOptions { max_topics, min_topic_score: self.min_topic_score, ..TagOptions::default() }
    }

    /// Tells a user who asks for topics that this model has none.
    fn note_if_in_vain(&self, model: &Model) {
        let asks = self.topics.is_some_and(|most| most > 0) || self.min_topic_score.is_some();
        if asks && !model.has_topics() {
            let name = model.id().split('@').next().unwrap_or_default();
            terminal::note(&format!("{name}: has no topic head, so articles get no topics"));
        }
    }
}

/// How many threads to use.
#[derive(clap::Args)]
struct ThreadArguments {
    /// Worker threads [default: one for each CPU that this process may use]. They never change the result
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    threads: Option<usize>,
}

impl ThreadArguments {
    fn count(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Tag(arguments) => tag::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Models(arguments) => models::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(stop) => stop.report(),
    }
}

fn label(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("expected names of topics, separated by commas".to_owned()),
        label => Ok(label.to_owned()),
    }
}

fn hypothesis(text: &str) -> Result<String, String> {
    if text.contains("{}") {
        Ok(text.to_owned())
    } else {
        Err("expected a sentence with {} where the label goes".to_owned())
    }
}

fn score(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim_end().parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("expected a number from 0 to 100".to_owned()),
    }
}

/// `1000`, `64KiB`, `64 MiB`, `2G`.
fn bytes(text: &str) -> Result<usize, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let factor: usize = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => 0,
    };
    let bytes = text[..digits].parse::<usize>().ok().and_then(|n| n.checked_mul(factor)).filter(|&bytes| bytes > 0);
    bytes.ok_or_else(|| "expected a number of bytes, e.g. 1000000 or 64MiB".to_owned())
}

fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number, 0 or more".to_owned())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n >= 1 => Ok(n),
        _ => Err("expected a whole number, 1 or more".to_owned()),
    }
}
