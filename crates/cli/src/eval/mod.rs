//! `dateline eval`: how well what the model finds agrees with gold annotations.

mod embedding;
mod entities;
mod names;
mod topics;
mod verdicts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ArgGroup;
use serde::Serialize;

use dateline::eval::{EmbeddingReport, EntityReport, MentionCalibration, MentionReport, TopicReport};
use dateline::internals::sink::{Plain, SinkError};
use dateline::tagger::TagOptions;

use crate::arguments::{ModelArguments, ThreadArguments, TopicModelArgument};
use crate::stop::Stop;
use crate::{parse, terminal};

#[derive(clap::Args)]
#[command(
    group = ArgGroup::new("what").args(["gold", "topics", "entities", "embedding", "verdicts"]).required(true).multiple(true),
    after_help = "Gold is CoNLL columns (first the token, last the tag; IOB1, BIO2 or BIOES) or records (JSON lines with \
\"mentions\", or with \"text\" and \"entities\"). Columns are joined into running text, which is tagged like any article, and \
the mentions found are projected back onto the columns' tokens.\n\n\
Articles with topics are JSON lines with \"text\", perhaps \"title\", and \"labels\", the names of topics; or our own records. All \
topics that reach their threshold count as given.\n\n\
Entities are compared by pairs, MUC, B³, CEAF-e and LEA, by half and by what articles were taken for, as the gold says; then come \
the pairs that are wrong.\n\n\
Calibration is the expected calibration error over ten bins of scores (Naeini et al. 2015, Guo et al. 2017): 0 if of what \
scores 0.9 nine in ten are right, and so for all scores."
)]
pub struct Arguments {
    /// File with gold annotations of names; may be given several times
    #[arg(long, value_name = "FILE")]
    gold: Vec<PathBuf>,

    /// File with articles and their topics, JSON lines; may be given several times
    #[arg(long, value_name = "FILE")]
    topics: Vec<PathBuf>,

    /// Give topics from this score on, 0 to 1 [default: for each topic the threshold in the model's
    /// recipe]
    #[arg(long, value_name = "SCORE", value_parser = parse::score, requires = "topics")]
    min_topic_score: Option<f32>,

    /// Directory with verdicts on a sample, OUT.verdicts beside an output: how good that run is,
    /// with intervals. The output is read, nothing is tagged
    #[arg(long, value_name = "OUT.verdicts", conflicts_with_all = ["gold", "topics", "embedding"])]
    verdicts: Option<PathBuf>,

    /// Also say how good it is when the rules in this file have corrected it
    #[arg(long, value_name = "FILE", requires = "verdicts")]
    rules: Option<PathBuf>,

    #[command(flatten)]
    topic_model: TopicModelArgument,

    /// File with gold entities, JSON lines of spans without text: how mentions are joined, given
    /// the gold mentions; no model is asked
    #[arg(long, value_name = "FILE", requires = "corpora")]
    entities: Option<PathBuf>,

    /// Directory whose ner_docs has the articles of the gold entities
    #[arg(long, value_name = "DIR", requires = "entities")]
    corpora: Option<PathBuf>,

    /// Articles (as for `dateline tag`) on which to compare the embedding with the original model's
    #[arg(long, value_name = "ARTICLES", requires = "original")]
    embedding: Option<PathBuf>,

    /// Directory of the encoder that the embedding is to be like, e.g. all-MiniLM-L6-v2's
    #[arg(long, value_name = "DIR", requires = "embedding")]
    original: Option<PathBuf>,

    /// Write what was scored, and whether it is right, to this file: a JSON line for each mention
    /// found and each article with topics, from which scores can be calibrated
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    threads: ThreadArguments,

    #[command(flatten)]
    model: ModelArguments,
}

/// Everything that was asked for.
#[derive(Serialize)]
struct Reports {
    #[serde(flatten)]
    names: Option<MentionReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calibration: Option<MentionCalibration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topics: Option<TopicReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entities: Option<EntityReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<EmbeddingReport>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    if let Some(dir) = &arguments.verdicts {
        let rules = arguments.rules.as_deref().map(dateline::verdicts::read_rules).transpose()?.unwrap_or_default();
        let quality = verdicts::evaluate(dir, &rules)?;
        let shown = if arguments.json {
            serde_json::to_string_pretty(&quality).expect("strings, integers and finite numbers")
        } else {
            quality.to_string()
        };
        terminal::page(&format!("{}\n", shown.trim_end()));
        return Ok(ExitCode::SUCCESS);
    }
    let entities = match (&arguments.entities, &arguments.corpora) {
        (Some(gold), Some(corpora)) => Some(entities::evaluate(gold, corpora)?),
        _ => None,
    };
    let mut reports = Reports { names: None, calibration: None, topics: None, entities, embedding: None };
    if !arguments.gold.is_empty() || !arguments.topics.is_empty() || arguments.embedding.is_some() {
        with_model(arguments, &mut reports)?;
    }
    let shown = if arguments.json {
        serde_json::to_string_pretty(&reports).expect("strings, integers and finite numbers")
    } else {
        reports.to_string()
    };
    terminal::page(&format!("{}\n", shown.trim_end()));
    Ok(ExitCode::SUCCESS)
}

/// Evaluates what takes a model.
fn with_model(arguments: &Arguments, reports: &mut Reports) -> Result<(), Stop> {
    let golds = names::read(&arguments.gold)?;
    let keep =
        TagOptions { min_topic_score: arguments.min_topic_score, max_topics: usize::MAX, ..TagOptions::default() };
    let tagger = arguments.model.tagger_of(arguments.topic_model.apply(arguments.model.open()?)?, &keep)?;
    let topic_gold = topics::read(&arguments.topics, tagger.model())?;
    let embedding = match (&arguments.embedding, &arguments.original) {
        (Some(articles), Some(original)) => Some(embedding::read(articles, original)?),
        _ => None,
    };
    let mut scores = Lines::create(arguments.scores.as_deref())?;

    let threads = arguments.threads.count();
    let labels = Some(arguments.model.labels.as_slice()).filter(|labels| !labels.is_empty());
    if !golds.is_empty() {
        let (report, mentions) = names::evaluate(&golds, labels, &tagger, threads)?;
        mentions.iter().try_for_each(|mention| scores.write(&Line::Mention(mention)))?;
        reports.names = Some(report);
        reports.calibration = Some(MentionCalibration::new(&mentions));
    }
    if !topic_gold.is_empty() {
        let (report, predictions) = topics::evaluate(&topic_gold, &tagger, threads)?;
        for (article, prediction) in topic_gold.iter().zip(&predictions) {
            scores.write(&Line::Topics { logits: &prediction.logits, gold: &article.gold })?;
        }
        reports.topics = Some(report);
    }
    if let Some(pair) = embedding {
        reports.embedding = Some(pair.evaluate(&tagger, threads)?);
    }
    scores.finish()
}

/// One report after another.
impl std::fmt::Display for Reports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { names, calibration, topics, entities, embedding } = self;
        let reports = [
            names.as_ref().map(ToString::to_string),
            calibration.as_ref().map(ToString::to_string),
            topics.as_ref().map(ToString::to_string),
            entities.as_ref().map(ToString::to_string),
            embedding.as_ref().map(ToString::to_string),
        ];
        let reports: Vec<String> = reports.into_iter().flatten().collect();
        f.write_str(&reports.join("\n"))
    }
}

/// A line of `--scores`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line<'a> {
    Mention(&'a dateline::eval::ScoredMention),
    Topics { logits: &'a [f32], gold: &'a [usize] },
}

/// The file for `--scores`, if one is wanted.
struct Lines(Option<Plain>);

impl Lines {
    fn create(path: Option<&Path>) -> Result<Self, Stop> {
        Ok(Self(path.map(Plain::create).transpose().map_err(refused)?))
    }

    fn write(&mut self, line: &Line) -> Result<(), Stop> {
        let Some(sink) = &mut self.0 else { return Ok(()) };
        let mut bytes = serde_json::to_vec(line).expect("strings and finite numbers");
        bytes.push(b'\n');
        sink.write(&bytes).map_err(refused)
    }

    fn finish(self) -> Result<(), Stop> {
        self.0.map_or(Ok(()), |sink| sink.finish().map_err(refused))
    }
}

/// The sink speaks of `--output`.
fn refused(error: SinkError) -> Stop {
    Stop::from(error).with_hint(|hint| hint.replace("--output", "--scores"))
}
