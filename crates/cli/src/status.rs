//! `dateline status`: how far the outputs in a directory are, and their feeds.

use std::path::PathBuf;
use std::process::ExitCode;

use dateline::internals::outputs::{self, Found, OutputError, Progress};
use dateline_search::feed;

use crate::stop::Stop;
use crate::terminal::{self, counted, visible};

#[derive(clap::Args)]
#[command(
    after_help = "Exit code: 0 if all outputs and feeds are complete and no part is missing, 1 if not, 2 wrong usage."
)]
pub struct Arguments {
    /// Directory with outputs
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
    let feeds =
        feed::find(&arguments.dir).map_err(|source| OutputError::Directory { path: arguments.dir.clone(), source })?;
    if arguments.json {
        let shown = serde_json::json!({ "outputs": found, "missing": missing, "feeds": feeds });
        terminal::page(&format!("{shown}\n"));
    } else {
        let mut shown: Vec<String> = found.iter().map(line).collect();
        if found.is_empty() {
            shown.push("no outputs".to_owned());
        }
        shown.extend(missing.iter().map(|(index, count)| format!("part {index}/{count}: missing")));
        shown.extend(feeds.iter().map(line_of_feed));
        terminal::page(&(shown.join("\n") + "\n"));
    }
    let is_complete = missing.is_empty()
        && found.iter().all(|found| found.progress == Progress::Complete)
        && feeds.iter().all(|feed| feed.progress == "complete");
    Ok(ExitCode::from(u8::from(!is_complete || found.is_empty())))
}

fn line(found: &Found) -> String {
    let part = found.shard.map_or_else(String::new, |(index, count)| format!(", part {index}/{count}"));
    let dead = if found.dead > 0 { format!(", {}", counted(found.dead, "dead letter")) } else { String::new() };
    let (path, progress) = (visible(&found.path.display().to_string()), found.progress.name());
    format!("{path}: {progress}{part}, {}{dead}", counted(found.tagged, "record"))
}

fn line_of_feed(found: &feed::Found) -> String {
    let path = visible(&found.path.display().to_string());
    if found.progress == "damaged" {
        return format!("{path}: damaged");
    }
    let to = visible(&found.to);
    // Where an alias is to be moved, the index that is filled has another name.
    let index = if to.ends_with(&format!("/{}", found.index)) {
        String::new()
    } else {
        format!(" ({})", visible(&found.index))
    };
    let dead = if found.dead > 0 { format!(", {}", counted(found.dead, "dead letter")) } else { String::new() };
    format!("{path}: feed to {to}{index} {}, {}{dead}", found.progress, counted(found.fed, "record"))
}
