//! `dateline models`: which models are inside, and what the card of one says; `dateline models
//! pull`: fetches one.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use dateline::internals::hub::{self, ENDPOINT, Fetched, Repository};
use dateline::internals::kernels::Kernels;
use dateline::model::{Engine, Model, Place, built_in, read_card};

use crate::arguments::WhichModel;
use crate::stop::Stop;
use crate::terminal::{self, counted, visible};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    which: WhichModel,
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
    let place = arguments.which.place()?;
    let engine = Engine::Ours(Kernels::best(), None);
    let mut shown = String::new();
    if !arguments.which.is_given() {
        let models = built_in();
        let width = models.iter().map(|model| model.name.len()).max().unwrap_or_default();
        for model in models {
            let opened = Model::open_at(&Place::BuiltIn(model.name), engine)?;
            let size = model.size as f64 / 1e6;
            let _ = writeln!(shown, "{:width$}  {size:>5.1} MB  {}", model.name, abilities(&opened));
        }
        shown.push('\n');
    }
    let model = Model::open_at(&place, engine)?;
    let card = read_card(&place)?;
    let whereabouts = match &place {
        Place::BuiltIn(_) => "built in".to_owned(),
        Place::Directory(dir) => dir.display().to_string(),
    };
    let _ = write!(shown, "{}  {whereabouts}\n{}\n\n{}\n", model.id(), abilities(&model), card.trim());
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
