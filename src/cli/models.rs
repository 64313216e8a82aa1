//! `dateline models`: which model is inside, and what its card says.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::model::{Model, read_card};

use super::open_model;
use super::stop::Stop;
use super::terminal::{counted, visible};

#[derive(clap::Args)]
pub struct Arguments {
    /// Model directory whose card (MODEL_CARD.md) to print instead of the built-in model's
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let dir = arguments.model.as_deref();
    let model = open_model(dir, None)?;
    let card = read_card(dir)?;
    let place = dir.map_or_else(|| "built in".to_owned(), |dir| dir.display().to_string());
    let shown = format!("{}  {place}\n{}\n\n{}\n", model.id, abilities(&model), card.trim());
    // A pager that is left early closes the pipe; that is no error.
    let _ = std::io::Write::write_all(&mut anstream::stdout(), visible(&shown).as_bytes());
    Ok(ExitCode::SUCCESS)
}

/// `finds PER, ORG, LOC, MISC; 17 topics; windows of 128 tokens`
fn abilities(model: &Model) -> String {
    let topics = match model.recipe.topics.len() {
        0 => "no topics".to_owned(),
        n => counted(n as u64, "topic"),
    };
    let windows = counted(model.limit.max_tokens as u64, "token");
    format!("finds {}; {topics}; windows of {windows}", model.labels.names().join(", "))
}
