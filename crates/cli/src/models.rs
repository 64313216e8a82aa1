//! `dateline models`: which model is inside, and what its card says; `dateline models pull`:
//! fetches one.

use std::path::PathBuf;
use std::process::ExitCode;

use dateline::internals::hub::{self, ENDPOINT, Fetched, Repository};
use dateline::internals::kernels::Kernels;
use dateline::model::{Engine, Model, read_card};

use crate::arguments::open_model;
use crate::stop::Stop;
use crate::terminal::{self, counted, visible};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Model directory whose card (MODEL_CARD.md) to print instead of the built-in model's
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Fetch a model from the Hugging Face hub. This uses the network; nothing else does
    Pull(PullArguments),
}

#[derive(clap::Args)]
struct PullArguments {
    /// The repository, e.g. dslim/bert-base-NER
    #[arg(value_name = "OWNER/NAME")]
    repository: String,

    /// Branch, tag or commit
    #[arg(long, value_name = "REVISION", default_value = "main")]
    revision: String,

    /// Folder of models; the model goes into OWNER/NAME in it
    #[arg(long, value_name = "DIR", default_value = "models")]
    into: PathBuf,

    #[allow(rustdoc::bare_urls, reason = "help text, not Markdown")]
    /// Another hub with the same paths [default: HF_ENDPOINT, or https://huggingface.co]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

fn pull(arguments: &PullArguments) -> Result<ExitCode, Stop> {
    let repository: Repository = arguments
        .repository
        .parse()
        .map_err(|wanted| Stop::usage(format!("{}: {wanted}", arguments.repository), None))?;
    let from_environment = || std::env::var("HF_ENDPOINT").ok().filter(|url| !url.is_empty());
    let endpoint = arguments.endpoint.clone().or_else(from_environment).unwrap_or_else(|| ENDPOINT.to_owned());
    let folder = repository.folder(&arguments.into);
    let say = |line: String| crate::terminal::page(&format!("{line}\n"));
    hub::pull(&endpoint, &repository, &arguments.revision, &folder, |file: &Fetched| {
        let resumed = match file.resumed {
            0 => String::new(),
            n if n == file.size => "  (was there)".to_owned(),
            n => format!("  (from byte {} on)", crate::terminal::grouped(n)),
        };
        say(format!(
            "{:<28} {:>15} bytes  sha256 {}{resumed}",
            file.name,
            crate::terminal::grouped(file.size),
            file.sha256
        ));
    })?;
    say(format!("\n{} is ready: --model {}", arguments.repository, folder.display()));
    Ok(ExitCode::SUCCESS)
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    if let Some(Command::Pull(arguments)) = &arguments.command {
        return pull(arguments);
    }
    let dir = arguments.model.as_deref();
    let model = open_model(dir, Engine::Ours(Kernels::best(), None))?;
    let card = read_card(dir)?;
    let place = dir.map_or_else(|| "built in".to_owned(), |dir| dir.display().to_string());
    let shown = format!("{}  {place}\n{}\n\n{}\n", model.id(), abilities(&model), card.trim());
    terminal::page(&visible(&shown));
    Ok(ExitCode::SUCCESS)
}

/// `finds PER, ORG, LOC, MISC; 17 topics; windows of 128 tokens`
fn abilities(model: &Model) -> String {
    let topics = match model.recipe().topics.len() {
        0 => "no topics".to_owned(),
        n => counted(n as u64, "topic"),
    };
    let windows = counted(model.limit().max_tokens as u64, "token");
    format!("finds {}; {topics}; windows of {windows}", model.labels().names().join(", "))
}
