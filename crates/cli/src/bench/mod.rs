//! `dateline bench`: how fast this machine tags, where the time goes, and how near that is to what
//! the CPU can do; of one model, or of the built-in ones beside each other.

mod measure;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use dateline::document::Article;
use dateline::model::{BuiltIn, Model, Place, built_in};
use dateline::run;
use dateline::source::{self, Item};
use dateline::tagger::{TagOptions, Tagger};

use crate::arguments::{DeviceArgument, PrecisionArgument, ThreadArguments, WhichModel};
use crate::input::InputArguments;
use crate::parse;
use crate::stop::Stop;
use crate::terminal::{self, counted};

use measure::Bench;
use report::Report;

#[derive(clap::Args)]
#[command(
    after_help = "Inputs are those of dateline tag. Articles are read into memory first, as many as --megabytes allows, and \
tagged over and over; what is found is thrown away. Without --model and --fast all built-in models are measured. Run it on an \
otherwise idle machine."
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

    #[command(flatten)]
    which: WhichModel,

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
const SAMPLE: &str = include_str!("../../../../data/samples/chandrayaan.txt");
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

    let articles: Arc<[Article]> = articles.into();
    let engine = arguments.device.engine(arguments.precision)?;
    let mut models = Vec::new();
    for place in places(arguments)? {
        let model = Model::open_at(&place, engine)?;
        let least = Duration::from_secs(arguments.seconds as u64);
        let tagger = |model| Tagger::new(model, &TagOptions::default(), arguments.device.batch_tokens());
        models.push(Bench::new(model, tagger, articles.clone(), least)?.figures(n_threads)?);
    }
    let report = Report { n_articles, repeats, models };
    terminal::page(&if arguments.json { format!("{:#}\n", report.json()) } else { format!("{}\n", report.table()) });
    Ok(ExitCode::SUCCESS)
}

/// The model that is named, or else all that are built in.
fn places(arguments: &Arguments) -> Result<Vec<Place>, Stop> {
    if arguments.which.is_given() || built_in().is_empty() {
        return Ok(vec![arguments.which.place()?]);
    }
    Ok(built_in().iter().map(|BuiltIn { name, .. }| Place::BuiltIn(name)).collect())
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
