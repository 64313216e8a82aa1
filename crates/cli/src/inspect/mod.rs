//! `dateline inspect`: one article as an analyst looks at it, or what one step saw of it.
//!
//! A record of an output is shown as it stands, see [`record`]; what is no record yet is tagged.

mod arguments;
mod page;
mod record;
mod stages;

use std::process::ExitCode;

use dateline::document::{Article, Outcome};
use dateline::internals::infer::Scratch;
use dateline::source::{self, Item};

use crate::stop::Stop;
use crate::terminal;

use arguments::Stage;
use page::{list_reasons, page, reasons, subjects};
use record::Look;

pub use arguments::Arguments;

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
    let model = arguments.topic_model.apply(arguments.model.open()?)?;
    let tagger = arguments.model.tagger_of(model, &arguments.topics.options())?;
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
            Outcome::Tagged(tagged) => {
                let mut shown = page(&tagged, tagger.model().labels());
                if arguments.why {
                    list_reasons(reasons(&tagged), &mut shown);
                }
                shown + &subjects(&tagged, &scores, &tagger)
            }
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
