//! `dateline status`: how far the outputs and indexes in a directory are.

use std::path::PathBuf;
use std::process::ExitCode;

use dateline::internals::outputs::{self, Found, Progress};
use dateline_search::index::{self, State};

use crate::stop::Stop;
use crate::terminal::{self, counted, visible};

#[derive(clap::Args)]
#[command(
    after_help = "Exit code: 0 if all outputs and indexes are complete and no part is missing, 1 if not, 2 wrong usage."
)]
pub struct Arguments {
    /// Directory with outputs, and indexes of them
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// Print JSON, for a program
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let found = outputs::find(&arguments.dir)?;
    let missing = outputs::missing(&found);
    let indexes = index::find(&arguments.dir)?;
    if arguments.json {
        terminal::page(&format!(
            "{}\n",
            serde_json::json!({ "outputs": found, "missing": missing, "indexes": indexes })
        ));
    } else {
        let mut shown: Vec<String> = found.iter().map(line).collect();
        if found.is_empty() && indexes.is_empty() {
            shown.push("no outputs".to_owned());
        }
        shown.extend(missing.iter().map(|(index, count)| format!("part {index}/{count}: missing")));
        shown.extend(indexes.iter().map(index_line));
        terminal::page(&(shown.join("\n") + "\n"));
    }
    let is_complete = missing.is_empty()
        && found.iter().all(|found| found.progress == Progress::Complete)
        && indexes.iter().all(|found| found.progress == State::Complete);
    Ok(ExitCode::from(u8::from(!is_complete || (found.is_empty() && indexes.is_empty()))))
}

fn index_line(found: &index::Found) -> String {
    let (path, progress) = (visible(&found.path.display().to_string()), found.progress.name());
    match found.progress {
        State::Complete | State::Interrupted => {
            let (articles, names) = (counted(found.articles, "article"), counted(found.names, "name"));
            format!("{path}: index, {progress}, {articles}, {names}")
        }
        State::Running | State::Damaged => format!("{path}: index, {progress}"),
    }
}

fn line(found: &Found) -> String {
    let part = found.shard.map_or_else(String::new, |(index, count)| format!(", part {index}/{count}"));
    let dead = if found.dead > 0 { format!(", {}", counted(found.dead, "dead letter")) } else { String::new() };
    let (path, progress) = (visible(&found.path.display().to_string()), found.progress.name());
    format!("{path}: {progress}{part}, {}{dead}", counted(found.tagged, "record"))
}
