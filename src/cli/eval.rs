//! `dateline eval`: how well the model's names agree with gold annotations.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::document::{Article, Field, Form, Origin, Outcome};
use crate::eval::{Counts, Gold, GoldDocument, GoldError, Report, read_gold};
use crate::run;
use crate::span::Span;
use crate::tagger::Tagger;

use super::stop::Stop;
use super::{ModelArguments, ThreadArguments};

#[derive(clap::Args)]
#[command(
    after_help = "Gold is CoNLL columns (first the token, last the tag; IOB1, BIO2 or BIOES) or records (JSON lines with \
\"mentions\", or with \"text\" and \"entities\"). Columns are joined into running text, which is tagged like any article, and \
the mentions found are projected back onto the columns' tokens."
)]
pub struct Arguments {
    /// File with gold annotations; may be given several times
    #[arg(long, value_name = "FILE", required = true)]
    gold: Vec<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    threads: ThreadArguments,

    #[command(flatten)]
    model: ModelArguments,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let golds: Vec<Gold> = arguments.gold.iter().map(|path| read_gold(path)).collect::<Result<_, GoldError>>()?;
    let tagger = arguments.model.tagger()?;
    let labels = Some(arguments.model.labels.as_slice()).filter(|labels| !labels.is_empty());
    let mut counts: Vec<Vec<Counts>> = Vec::new();
    for gold in &golds {
        let articles = gold.documents.iter().map(article).collect();
        let outcomes = run::tag_all(articles, &tagger, arguments.threads.count())?;
        for (document, outcome) in gold.documents.iter().zip(outcomes) {
            counts.push(document.score_against(&predicted(outcome, &tagger)?, labels));
        }
    }
    let report = Report::new(&golds, &counts, labels);
    let shown = if arguments.json { report.to_json() } else { report.to_string() };
    // A pager that is left early closes the pipe; that is no error.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), format!("{}\n", shown.trim_end()).as_bytes());
    Ok(ExitCode::SUCCESS)
}

fn article(gold: &GoldDocument) -> Article {
    let fields = gold.fields().iter().map(|(name, span)| Field {
        name: name.clone(),
        span: *span,
        headline: matches!(name.as_str(), "title" | "headline"),
    });
    Article {
        id: gold.id.clone(),
        origin: Origin { source: gold.id.clone(), ..Origin::default() },
        text: gold.text().to_owned(),
        fields: fields.collect(),
        form: Form::Text,
        warnings: Vec::new(),
    }
}

fn predicted(outcome: Outcome, tagger: &Tagger) -> Result<Vec<(Span, String)>, Stop> {
    match outcome {
        Outcome::Failed(failure) => Err((*failure).into()),
        Outcome::Tagged(tagged) => {
            let name = |label| tagger.model().labels.name(label).to_owned();
            Ok(tagged.mentions.iter().map(|mention| (mention.span, name(mention.label))).collect())
        }
    }
}
