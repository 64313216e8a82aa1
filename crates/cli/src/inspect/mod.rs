//! `dateline inspect`: one article as an analyst looks at it, or what one step saw of it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anstyle::Style;
use clap::ValueEnum;

use dateline::document::{Article, Outcome, TaggedArticle, Topic, Zone};
use dateline::internals::infer::Scratch;
use dateline::internals::label::LabelSet;
use dateline::internals::span::Span;
use dateline::source::{self, Item};
use dateline::tagger::{EncodedArticle, Scores, Tagger};

use crate::arguments::{ModelArguments, TopicArguments};
use crate::input::InputArguments;
use crate::stop::Stop;
use crate::terminal::{self, counted, label_style, one_line, visible};

#[derive(clap::Args)]
pub struct Arguments {
    /// File with the article, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Which article of a file that has several, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    record: u64,

    /// Show what this step saw instead
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
    let tagger = arguments.model.tagger(&arguments.topics.options())?;
    arguments.topics.note_if_in_vain(tagger.model());
    let article = find(arguments)?;
    let reading = tagger.read(article);
    let scores = tagger.score(std::slice::from_ref(&reading), &mut Scratch::default()).swap_remove(0);
    let shown = match arguments.stage {
        Some(Stage::Sentences) => sentences(&reading),
        Some(Stage::Tokens) => tokens(&reading, &tagger),
        Some(Stage::Windows) => windows(&reading),
        Some(Stage::Logits) => logits(&reading, &scores, &tagger),
        Some(Stage::Topics) => topics(&scores, &tagger),
        Some(Stage::Mentions) | None => match tagger.conclude(reading, &scores) {
            Outcome::Failed(failure) => return Err((*failure).into()),
            Outcome::Tagged(tagged) if arguments.stage.is_some() => mentions(&tagged, tagger.model().labels()),
            Outcome::Tagged(tagged) => page(&tagged, tagger.model().labels()) + &subjects(&tagged, &scores, &tagger),
        },
    };
    terminal::page(&shown);
    Ok(ExitCode::SUCCESS)
}

fn find(arguments: &Arguments) -> Result<Article, Stop> {
    let source = source::open(std::slice::from_ref(&arguments.file), arguments.input.options(Vec::new())?)?;
    let mut n_seen = 0;
    for item in source {
        match item? {
            Item::Article(article) if article.origin.record == arguments.record => return Ok(article),
            Item::Failed(failure) if failure.origin.record == arguments.record => {
                return Err(failure.into());
            }
            _ => n_seen += 1,
        }
    }
    Err(Stop::usage(
        format!("{}: no record {}: it has {}", arguments.file.display(), arguments.record, counted(n_seen, "record")),
        Some("records are counted from 0".to_owned()),
    ))
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
    for label in labels.labels() {
        let mut entities: Vec<_> = tagged.entities.iter().filter(|entity| entity.label == label).collect();
        if entities.is_empty() {
            continue;
        }
        entities.sort_by(|a, b| b.salience.total_cmp(&a.salience));
        let style = label_style(labels.name(label));
        let _ = writeln!(out, "\n{style}{}{style:#}", labels.name(label));
        for entity in entities {
            let name = one_line(entity.name.of(text));
            let mut aliases: Vec<String> = Vec::new();
            for &mention in &entity.mentions {
                let surface = one_line(tagged.mentions[mention].span.of(text));
                if surface != name && !aliases.contains(&surface) {
                    aliases.push(surface);
                }
            }
            let aliases = if aliases.is_empty() { String::new() } else { format!("  also {}", aliases.join(", ")) };
            let times = format!("×{}", entity.mentions.len());
            let _ = writeln!(out, "  {name:<32} {times:<4} {:.2}{dim}{aliases}{dim:#}", entity.salience);
        }
    }
    out
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
    let bold = Style::new().bold();
    let dim = Style::new().dimmed();
    let _ = writeln!(out, "\n{bold}topics{bold:#}");
    let rules = &tagger.model().recipe().topics;
    let name = |topic: &Topic| one_line(&rules[topic.topic].label);
    for topic in topics {
        let code = one_line(&rules[topic.topic].code);
        let _ = writeln!(out, "  {:<42} {:.2}  {dim}{code}{dim:#}", name(topic), topic.score);
    }
    if topics.is_empty() {
        let _ = writeln!(out, "  {dim}none that the model is sure of{dim:#}");
    }
    for topic in unsure {
        let _ = writeln!(out, "  {dim}{:<42} {:.2}  not given{dim:#}", name(topic), topic.score);
    }
    out
}

fn topics(scores: &Scores, tagger: &Tagger) -> String {
    let rules = &tagger.model().recipe().topics;
    let logits = tagger.topic_logits(scores);
    let ranked = tagger.ranked_topics(scores);
    let given = tagger.choose_topics(&ranked);
    let mut out = String::new();
    let _ = writeln!(out, "topic  logit    score   threshold  given  code              label");
    for topic in &ranked {
        let rule = &rules[topic.topic];
        let _ = writeln!(
            out,
            "{:>5}  {:>+7.3}  {:.4}  {:>9.4}  {:<5}  {:<16}  {}",
            topic.topic,
            logits[topic.topic],
            topic.score,
            rule.threshold,
            if given.contains(topic) { "yes" } else { "no" },
            one_line(&rule.code),
            one_line(&rule.label),
        );
    }
    out
}

fn sentences(reading: &EncodedArticle) -> String {
    let document = &reading.document;
    let mut out = String::new();
    for (i, &sentence) in document.sentences.iter().enumerate() {
        let zone = document.zone(sentence).name();
        let at = format!("{sentence:?}");
        let _ = writeln!(out, "{i:>5}  {at:<14} {zone:<12} {}", one_line(sentence.of(document.text())));
    }
    out
}

fn tokens(reading: &EncodedArticle, tagger: &Tagger) -> String {
    let EncodedArticle { document, encoding, .. } = reading;
    let mut out = String::new();
    let _ = writeln!(out, "token  bytes          sentence  casing       piece");
    for (sentence, tokens) in encoding.sentences.windows(2).enumerate() {
        for token in tokens[0]..tokens[1] {
            let piece = tagger.model().tokenizer().token(encoding.ids[token]);
            let indent = if encoding.begins_word[token] { "" } else { "  " };
            let casing = format!("{:?}", encoding.casing[token]);
            let span = encoding.spans[token];
            let at = format!("{span:?}");
            let surface = one_line(span.of(document.text()));
            let surface = if surface == piece { String::new() } else { format!("  {surface}") };
            let _ =
                writeln!(out, "{token:>5}  {at:<14} {sentence:>8}  {casing:<12} {indent}{}{surface}", visible(&piece));
        }
    }
    out
}

fn windows(reading: &EncodedArticle) -> String {
    let EncodedArticle { document, encoding, .. } = reading;
    let text = document.text();
    let mut out = String::new();
    let _ = writeln!(out, "window  reads          decides        text decided");
    for (i, window) in reading.windows.iter().enumerate() {
        let (from, to) = (encoding.spans[window.decides.start], encoding.spans[window.decides.end - 1]);
        let decided = one_line(Span::snapped_outward(text, from.start(), to.end()).of(text));
        let reads = format!("{:?}", window.tokens);
        let decides = format!("{:?}", window.decides);
        let _ = writeln!(out, "{i:>6}  {reads:<14} {decides:<14} {}", ends(&decided));
    }
    out
}

/// The first and last words of a text.
fn ends(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    match words.len() {
        0..=12 => text.to_owned(),
        n => format!("{} … {}", words[..6].join(" "), words[n - 6..].join(" ")),
    }
}

fn logits(reading: &EncodedArticle, scores: &Scores, tagger: &Tagger) -> String {
    let EncodedArticle { document, encoding, words, .. } = reading;
    let labels = &tagger.model().labels();
    let n_tags = labels.tags().len();
    let mut out = String::new();
    let _ = writeln!(out, " word  text                     probabilities of the likeliest tags (logits)");
    for (word, &token) in words.iter().enumerate() {
        let last = words.get(word + 1).map_or(encoding.len(), |&next| next) - 1;
        let span = Span::snapped_outward(document.text(), encoding.spans[token].start(), encoding.spans[last].end());
        let row = &scores.logits[word * n_tags..][..n_tags];
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|logit| (logit - max).exp()).sum();
        let mut order: Vec<usize> = (0..n_tags).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        let likeliest: Vec<String> = order
            .iter()
            .take(3)
            .map(|&tag| {
                let name = labels.tag_name(labels.tags()[tag]);
                format!("{name} {:.3} ({:+.2})", (row[tag] - max).exp() / sum, row[tag])
            })
            .collect();
        let _ = writeln!(out, "{word:>5}  {:<24} {}", one_line(span.of(document.text())), likeliest.join("  "));
    }
    out
}

fn mentions(tagged: &TaggedArticle, labels: &LabelSet) -> String {
    let text = tagged.document.text();
    let mut entity_of = vec![0; tagged.mentions.len()];
    for (id, entity) in tagged.entities.iter().enumerate() {
        entity.mentions.iter().for_each(|&mention| entity_of[mention] = id);
    }
    let mut out = String::new();
    let _ = writeln!(out, "mention  bytes          label  score   sentence  zone         entity  text");
    for (i, mention) in tagged.mentions.iter().enumerate() {
        let at = format!("{:?}", mention.span);
        let _ = writeln!(
            out,
            "{i:>7}  {at:<14} {:<6} {:.4} {:>9}  {:<12} {:>6}  {}",
            labels.name(mention.label),
            mention.score,
            mention.sentence,
            tagged.document.zone(mention.span).name(),
            entity_of[i],
            one_line(mention.span.of(text)),
        );
    }
    out
}
