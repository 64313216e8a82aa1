//! `dateline learn topics`: topics of the user's own, from labelled articles and definitions.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dateline::internals::learn::{Labelled, learn, read_definitions};
use dateline::internals::sink::{Plain, SinkError};
use dateline::model::{KnownBy, OwnTopic, TopicModel};
use dateline::source::{self, Item};
use dateline::tagger::{TagOptions, Tagger};

use crate::arguments::{DeviceArgument, PrecisionArgument, ThreadArguments, WhichModel};
use crate::input::InputArguments;
use crate::stop::Stop;
use crate::terminal::{self, counted, one_line};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Learn topics from labelled articles, or from a definition and keywords
    Topics(TopicsArguments),
}

#[derive(clap::Args)]
#[command(after_help = "Examples:
  dateline learn topics labelled.jsonl -o my-topics.json
  dateline learn topics --topics topics.json -o my-topics.json
  dateline tag corpus/ --topic-model my-topics.json -o out.jsonl

Articles are those of dateline tag, each with a list of its topics: {\"text\": …, \"labels\": [\"sport\"]}; an empty list is an \
article on none of them. A topic needs at least five; some tens are better. Topics with fewer articles, or none, need a \
definition: the file for --topics is a JSON list of {\"label\", \"code\", \"definition\", \"keywords\": […]}, where only the label has \
to be there.

Scores are cross-validated: each fifth of the articles is judged by topics that were learnt from the others. They are a \
little too good, since the threshold was chosen on the same articles.")]
struct TopicsArguments {
    /// Files or directories with labelled articles
    #[arg(value_name = "LABELLED", required_unless_present = "topics")]
    inputs: Vec<PathBuf>,

    /// JSON file with topics that have a definition or keywords
    #[arg(long, value_name = "FILE")]
    topics: Option<PathBuf>,

    /// Field of an article that has its labels [default: labels, or topics]
    #[arg(long, value_name = "FIELD")]
    labels: Option<String>,

    /// Write the topics to this file
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,

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

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let Command::Topics(arguments) = &arguments.command;
    let definitions = arguments.topics.as_deref().map(read_definitions).transpose()?.unwrap_or_default();
    let articles = articles(arguments)?;
    // Refused before any work.
    if arguments.output.symlink_metadata().is_ok() {
        return Err(SinkError::Exists { path: arguments.output.clone(), differences: Vec::new() }.into());
    }
    let model = arguments.which.open(arguments.device.engine(arguments.precision)?)?;
    let tagger = Tagger::new(model, &TagOptions::default(), arguments.device.batch_tokens())?;
    let topics = learn(&tagger, articles, &definitions, arguments.threads.count())?;
    let mut file = Plain::create(&arguments.output)?;
    file.write(topics.to_json().as_bytes())?;
    file.finish()?;
    terminal::page(&table(&topics, &arguments.output));
    Ok(ExitCode::SUCCESS)
}

/// All articles with their labels; one that cannot be read ends the command, since what is learnt
/// would depend on it.
fn articles(arguments: &TopicsArguments) -> Result<Vec<Labelled>, Stop> {
    let mut articles = Vec::new();
    if arguments.inputs.is_empty() {
        return Ok(articles);
    }
    for item in source::open(&arguments.inputs, arguments.input.options(Vec::new())?)? {
        match item? {
            Item::Article(article) => articles.push(Labelled::of(article, arguments.labels.as_deref())?),
            Item::Failed(failure) => return Err(failure.into()),
            Item::Blank => {}
        }
    }
    Ok(articles)
}

/// What was learnt, and how well.
fn table(topics: &TopicModel, path: &Path) -> String {
    let n_topics = counted(topics.topics.len() as u64, "topic");
    let mut out = format!("{n_topics} from {} by {}\n\n", counted(topics.articles as u64, "article"), topics.model);
    let width = topics.topics.iter().map(|topic| one_line(&topic.rule.label).chars().count()).max().unwrap_or(0).max(5);
    let _ = writeln!(out, "{:width$}  articles  precision  recall      F1  threshold", "topic");
    for OwnTopic { rule, known_by, articles, cross_validated, .. } in &topics.topics {
        let label = one_line(&rule.label);
        let _ = match (known_by, cross_validated) {
            (KnownBy::Articles, Some(fit)) => writeln!(
                out,
                "{label:width$}  {articles:>8}  {:>9.2}  {:>6.2}  {:>6.2}  {:>9.2}",
                100.0 * fit.precision,
                100.0 * fit.recall,
                100.0 * fit.f1,
                rule.threshold
            ),
            _ => writeln!(out, "{label:width$}  {articles:>8}  {:>35.2}  by its definition", rule.threshold),
        };
    }
    if let Some(all) = topics.cross_validated {
        let _ = writeln!(out, "\nmicro-F1 {:.2}, macro-F1 {:.2}", 100.0 * all.micro_f1, 100.0 * all.macro_f1);
    }
    let _ = writeln!(out, "\n{}: use it with dateline tag --topic-model", path.display());
    out
}
