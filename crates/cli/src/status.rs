//! `dateline status`: how far the outputs, indexes and feeds in a directory are.

use std::path::PathBuf;
use std::process::ExitCode;

use dateline::internals::outputs::{self, Found, OutputError, Progress};
use dateline_search::feed;
use dateline_search::index;

use crate::stop::Stop;
use crate::terminal::{self, counted, visible};

#[derive(clap::Args)]
#[command(
    after_help = "Exit code: 0 if all outputs, indexes and feeds are complete and no part is missing, 1 if not, 2 wrong usage."
)]
pub struct Arguments {
    /// Directory with outputs, their indexes and their feeds
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
    let feeds =
        feed::find(&arguments.dir).map_err(|source| OutputError::Directory { path: arguments.dir.clone(), source })?;
    if arguments.json {
        let shown = serde_json::json!({ "outputs": found, "missing": missing, "indexes": indexes, "feeds": feeds });
        terminal::page(&format!("{shown}\n"));
    } else {
        let mut shown: Vec<String> = found.iter().map(line).collect();
        if found.is_empty() && indexes.is_empty() {
            shown.push("no outputs".to_owned());
        }
        shown.extend(missing.iter().map(|(index, count)| format!("part {index}/{count}: missing")));
        shown.extend(indexes.iter().map(index_line));
        shown.extend(feeds.iter().map(feed_line));
        terminal::page(&(shown.join("\n") + "\n"));
    }
    let is_complete = missing.is_empty()
        && found.iter().all(|found| found.progress == Progress::Complete)
        && indexes.iter().all(|found| found.progress == Progress::Complete)
        && feeds.iter().all(|found| found.progress == "complete");
    Ok(ExitCode::from(u8::from(!is_complete || (found.is_empty() && indexes.is_empty()))))
}

fn index_line(found: &index::Found) -> String {
    let (path, progress) = (visible(&found.path.display().to_string()), found.progress.name());
    match found.progress {
        Progress::Complete | Progress::Interrupted => {
            let (articles, names) = (counted(found.articles, "article"), counted(found.names, "name"));
            format!("{path}: index, {progress}, {articles}, {names}")
        }
        Progress::Running | Progress::Damaged => format!("{path}: index, {progress}"),
    }
}

fn line(found: &Found) -> String {
    let part = found.shard.map_or_else(String::new, |(index, count)| format!(", part {index}/{count}"));
    let dead = if found.dead > 0 { format!(", {}", counted(found.dead, "dead letter")) } else { String::new() };
    let (path, progress) = (visible(&found.path.display().to_string()), found.progress.name());
    format!("{path}: {progress}{part}, {}{dead}", counted(found.tagged, "record"))
}

fn feed_line(found: &feed::Found) -> String {
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
