//! The command line: arguments as typed, one file a command.
//!
//! Each command settles its arguments (everything that can be refused is refused before any work), runs, and returns an
//! exit code: 0 all done, 1 could not go on, 2 wrong usage, 3 done but some articles could not be tagged.

mod bench;
mod doctor;
mod eval;
mod inspect;
mod models;
mod progress;
mod stop;
mod summary;
mod tag;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::infer::Precision;
use crate::kernels::Kernels;
use crate::model::{self, Model};
use crate::tagger::{BATCH_TOKENS, Keep, MAX_TOPICS, Tagger};

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

    /// Tokens per inference batch. Larger needs more memory and is hardly faster; it never changes the result
    #[arg(long, value_name = "N", default_value_t = BATCH_TOKENS, value_parser = at_least_one)]
    batch_tokens: usize,
}

/// The model in `dir`, or the one inside; in the precision that its recipe wants, unless one is given.
fn open_model(dir: Option<&Path>, precision: Option<Precision>) -> Result<Model, Stop> {
    let kernels = Kernels::best();
    Ok(match dir {
        Some(dir) => Model::open(dir, kernels, precision)?,
        None => Model::embedded(kernels, precision)?,
    })
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
    fn tagger(&self, keep: &Keep) -> Result<Tagger, Stop> {
        let model = open_model(self.model.as_deref(), self.precision.chosen())?;
        let keep = Keep { labels: self.labels.clone(), min_score: self.min_score, ..keep.clone() };
        Ok(Tagger::new(model, &keep, self.batch_tokens)?)
    }

    /// Whether the model has topics, as far as can be told without opening it.
    fn has_topics(&self) -> bool {
        model::read_recipe(self.model.as_deref()).is_ok_and(|recipe| !recipe.topics.is_empty())
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

    fn keep(&self) -> Keep {
        let max_topics = self.topics.unwrap_or(MAX_TOPICS);
        Keep { max_topics, min_topic_score: self.min_topic_score, ..Keep::default() }
    }

    /// Tells a user who asks for topics that this model has none.
    fn note_if_in_vain(&self, model: &Model) {
        let asks = self.topics.is_some_and(|most| most > 0) || self.min_topic_score.is_some();
        if asks && model.topic_head.is_none() {
            let name = model.id.split('@').next().unwrap_or_default();
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

fn score(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
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
