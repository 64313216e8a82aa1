//! `dateline inspect`: one article as an analyst looks at it, or what one step saw of it.
//!
//! A record of an output is shown as it stands, see [`record`]; what is no record yet is tagged.

mod record;
mod stages;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::Style;
use clap::ValueEnum;

use dateline::document::{Article, Outcome, TaggedArticle, Topic, Zone};
use dateline::internals::infer::Scratch;
use dateline::internals::label::LabelSet;
use dateline::source::{self, Item};
use dateline::tagger::{Scores, Tagger};

use crate::arguments::{ModelArguments, TopicArguments};
use crate::input::InputArguments;
use crate::stop::Stop;
use crate::terminal::{self, counted, label_style, one_line, visible};

use record::Look;

#[derive(clap::Args)]
#[command(
    after_help = "A record of an output of `dateline tag` is shown as it stands, without a model; --tag tags its article again. What is no \
record yet is tagged."
)]
pub struct Arguments {
    /// Output of `dateline tag`, or file with the article, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Which article of a file that has several, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    record: u64,

    /// The article with this id instead
    #[arg(long, value_name = "ID", conflicts_with = "record")]
    id: Option<String>,

    /// Key that the added keys of records are under [default: what the manifest beside the file says]
    #[arg(long, value_name = "KEY")]
    under: Option<String>,

    /// Tag the article of a record again, instead of showing what the record says
    #[arg(long)]
    tag: bool,

    /// Show what this step saw instead; of a record, when its article is tagged again
    #[arg(long, value_enum)]
    stage: Option<Stage>,

    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    model: ModelArguments,

    #[command(flatten)]
    topics: TopicArguments,
}

#[derive(Clone, Copy, ValueEnum)]
enum Stage {
    /// Zones and sentences
    Sentences,
    /// Tokens with their casing and the words they begin
    Tokens,
    /// What the model reads at once, and which part of it counts
    Windows,
    /// The model's probabilities for each word
    Logits,
    /// Mentions with their scores
    Mentions,
    /// All topics with their scores
    Topics,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let look = if arguments.tag || arguments.stage.is_some() { Look::Articles(None) } else { record::look(arguments)? };
    let shown = match look {
        Look::Record(shown) => shown,
        Look::Articles(reader) => tag(arguments, reader)?,
    };
    terminal::page(&shown);
    Ok(ExitCode::SUCCESS)
}

/// Tags the article and shows it, or what a step saw of it.
fn tag(arguments: &Arguments, reader: Option<record::Reader>) -> Result<String, Stop> {
    let tagger = arguments.model.tagger(&arguments.topics.options())?;
    arguments.topics.note_if_in_vain(tagger.model());
    let reading = tagger.read(find(arguments, reader)?);
    let scores = tagger.score(std::slice::from_ref(&reading), &mut Scratch::default()).swap_remove(0);
    Ok(match arguments.stage {
        Some(Stage::Sentences) => stages::sentences(&reading),
        Some(Stage::Tokens) => stages::tokens(&reading, &tagger),
        Some(Stage::Windows) => stages::windows(&reading),
        Some(Stage::Logits) => stages::logits(&reading, &scores, &tagger),
        Some(Stage::Topics) => stages::topics(&scores, &tagger),
        Some(Stage::Mentions) | None => match tagger.conclude(reading, &scores) {
            Outcome::Failed(failure) => return Err((*failure).into()),
            Outcome::Tagged(tagged) if arguments.stage.is_some() => stages::mentions(&tagged, tagger.model().labels()),
            Outcome::Tagged(tagged) => page(&tagged, tagger.model().labels()) + &subjects(&tagged, &scores, &tagger),
        },
    })
}

/// The article that is meant, in the file or in what is left of standard input.
fn find(arguments: &Arguments, reader: Option<record::Reader>) -> Result<Article, Stop> {
    let options = arguments.input.options(Vec::new())?;
    let source = match reader {
        Some(reader) => source::open_reader("-", reader, options)?,
        None => source::open(std::slice::from_ref(&arguments.file), options)?,
    };
    let is_meant =
        |record: u64, id: &str| arguments.id.as_ref().map_or(record == arguments.record, |wanted| wanted == id);
    let mut n_seen = 0;
    for item in source {
        match item? {
            Item::Article(article) if is_meant(article.origin.record, &article.id) => return Ok(article),
            Item::Failed(failure) if is_meant(failure.origin.record, &failure.id) => return Err(failure.into()),
            _ => n_seen += 1,
        }
    }
    Err(arguments.not_found(n_seen))
}

impl Arguments {
    /// The article that is meant is not there, but `n` others are.
    fn not_found(&self, n: u64) -> Stop {
        let (file, n) = (self.file.display(), counted(n, "record"));
        match &self.id {
            Some(id) => Stop::usage(format!("{file}: no record with the id {id:?}: it has {n}"), None),
            None => Stop::usage(
                format!("{file}: no record {}: it has {n}", self.record),
                Some("records are counted from 0".to_owned()),
            ),
        }
    }
}

/// The article with its mentions marked, then the entities.
fn page(tagged: &TaggedArticle, labels: &LabelSet) -> String {
    let document = &tagged.document;
    let text = document.text();
    let mut out = String::new();
    let coverage = tagged.coverage;
    let dim = Style::new().dimmed();
    let _ = writeln!(
        out,
        "{dim}{}  {}, {}, {}, {}{dim:#}",
        visible(&document.article.id),
        counted(coverage.chars as u64, "character"),
        counted(text.split_whitespace().count() as u64, "word"),
        counted(document.sentences.len() as u64, "sentence"),
        counted(coverage.windows as u64, "window"),
    );
    let mut mentions = tagged.mentions.iter().peekable();
    for &(zone, span) in &document.zones {
        let heading = Style::new().dimmed().underline();
        let _ = writeln!(out, "\n{heading}{}{heading:#}", zone.name());
        let plain = if zone == Zone::Boilerplate { Style::new().dimmed() } else { Style::new() };
        let mut at = span.start();
        while let Some(mention) = mentions.next_if(|mention| mention.span.start() < span.end()) {
            let before = &text[at..mention.span.start().max(at)];
            let style = label_style(labels.name(mention.label));
            let _ = write!(out, "{plain}{}{plain:#}", visible(before));
            let surface = visible(mention.span.of(text));
            let _ = write!(out, "{style}[{surface}]{style:#}{dim}{}{dim:#}", labels.name(mention.label));
            at = mention.span.end();
        }
        let _ = writeln!(out, "{plain}{}{plain:#}", visible(&text[at.min(span.end())..span.end()]));
    }
    let text = |span: dateline::Span| span.of(text);
    let entities = tagged.entities.iter().map(|entity| Named {
        label: labels.name(entity.label),
        name: text(entity.name),
        n_mentions: entity.mentions.len(),
        salience: entity.salience.into(),
        aliases: tagged.aliases(entity),
    });
    list_entities(entities.collect(), labels.names().iter().map(String::as_str), &mut out);
    out
}

/// An entity, as it is listed.
struct Named<'a> {
    label: &'a str,
    name: &'a str,
    n_mentions: usize,
    salience: f64,
    aliases: Vec<&'a str>,
}

/// Lists entities by label, in the order of `labels`, and the most salient first.
fn list_entities<'a>(mut entities: Vec<Named<'_>>, labels: impl Iterator<Item = &'a str>, out: &mut String) {
    let dim = Style::new().dimmed();
    entities.sort_by(|a, b| b.salience.total_cmp(&a.salience));
    for label in labels {
        let style = label_style(label);
        let mut heading = Some(format!("\n{style}{}{style:#}\n", one_line(label)));
        for Named { name, n_mentions, salience, aliases, .. } in entities.iter().filter(|entity| entity.label == label)
        {
            out.push_str(&heading.take().unwrap_or_default());
            let name = one_line(name);
            let mut others: Vec<String> = Vec::new();
            for alias in aliases.iter().map(|alias| one_line(alias)) {
                if alias != name && !others.contains(&alias) {
                    others.push(alias);
                }
            }
            let aliases = if others.is_empty() { String::new() } else { format!("  also {}", others.join(", ")) };
            let times = format!("×{n_mentions}");
            let _ = writeln!(out, "  {name:<32} {times:<4} {salience:.2}{dim}{aliases}{dim:#}");
        }
    }
}

/// Lists the topics of an article, each a name, a code and a score.
fn given<'a>(topics: impl ExactSizeIterator<Item = (&'a str, &'a str, f64)>, out: &mut String) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let _ = writeln!(out, "\n{bold}topics{bold:#}");
    if topics.len() == 0 {
        let _ = writeln!(out, "  {dim}none that the model is sure of{dim:#}");
    }
    for (name, code, score) in topics {
        let _ = writeln!(out, "  {:<42} {score:.2}  {dim}{}{dim:#}", one_line(name), one_line(code));
    }
}

/// The article's topics, and those that came near.
fn subjects(tagged: &TaggedArticle, scores: &Scores, tagger: &Tagger) -> String {
    /// Runners-up shown: they tell how near the model was to another answer.
    const UNSURE: usize = 3;
    /// Nobody would think of a topic that scores less.
    const HARDLY: f32 = 0.1;
    let mut out = String::new();
    let Some(topics) = &tagged.topics else { return out };
    let ranked = tagger.ranked_topics(scores);
    let unsure = ranked.iter().filter(|topic| !topics.contains(topic) && topic.score >= HARDLY).take(UNSURE);
    let dim = Style::new().dimmed();
    let rules = &tagger.model().recipe().topics;
    let name = |topic: &Topic| one_line(&rules[topic.topic].label);
    given(
        topics.iter().map(|topic| (&*rules[topic.topic].label, &*rules[topic.topic].code, topic.score.into())),
        &mut out,
    );
    for topic in unsure {
        let _ = writeln!(out, "  {dim}{:<42} {:.2}  not given{dim:#}", name(topic), topic.score);
    }
    out
}
