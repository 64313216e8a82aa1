//! `dateline index`: records → an index beside them.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dateline_search::entry::Options;
use dateline_search::index::{self, BuildOptions, Built};
use dateline_search::{Aliases, entry};

use crate::progress::Progress;
use crate::records;
use crate::signals::{self, Signals};
use crate::stop::Stop;
use crate::terminal::{self, counted};

#[derive(clap::Args)]
#[command(
    after_help = "The index is one SQLite file, in which the text of articles is not: that is read from the records, which stay where they are. \
It is derived data, and can be made again at any time. Run the command again when the records have changed: articles are known by their \
ids, those that have changed are replaced, and those that a file has no longer are taken out.\n\n  \
dateline tag corpus/ -o out.jsonl && dateline index out.jsonl -o news.db\n  \
dateline search news.db 'person:Dunford place:Helsinki'\n  \
sqlite3 news.db .schema\n\n\
Exit code: 0 done · 1 a fatal error; run the same command again · 2 wrong usage · 130 or 143 interrupted by SIGINT or SIGTERM; run the \
same command again, and it goes on."
)]
pub struct Arguments {
    /// Outputs of `dateline tag`, or directories with outputs; with --store compressed ones too, and
    /// - for standard input
    #[arg(value_name = "RECORDS", required_unless_present = "delete")]
    records: Vec<PathBuf>,

    /// The index to make, or to bring up to date
    #[arg(short, long, value_name = "INDEX")]
    output: PathBuf,

    /// Field with the articles' ids [default: id]. An article without one is known by its bytes and
    /// its place
    #[arg(long, value_name = "FIELD")]
    id: Option<String>,

    /// Field with the articles' dates [default: date, or else published]
    #[arg(long, value_name = "FIELD")]
    date: Option<String>,

    /// Key that the added keys are under [default: what the manifest beside the records says]
    #[arg(long, value_name = "KEY")]
    under: Option<String>,

    /// Take the articles out whose ids stand in this file, one a line, or on standard input for -
    #[arg(long, value_name = "IDS")]
    delete: Option<PathBuf>,

    /// Names across articles, a line each with tabs in between: kind, name, another form of it; e.g.
    /// place, United States, US. Names in the index's list are shown by the first form and found by
    /// both
    #[arg(long, value_name = "FILE")]
    aliases: Option<PathBuf>,

    /// Keep the records inside the index, so that it is one file to hand on. About three times as
    /// large
    #[arg(long)]
    store: bool,

    /// Take records that several models or recipes have made; their scores and kinds of names may
    /// not be comparable
    #[arg(long)]
    mixed: bool,

    /// No progress, notes or summary; errors only
    #[arg(short, long)]
    quiet: bool,

    /// Bytes of records between two commits
    #[arg(long, value_name = "BYTES", default_value = "32MiB", value_parser = crate::parse::bytes, hide = true)]
    commit_bytes: usize,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let files = records::files(&arguments.records, "indexed")?;
    let aliases = arguments.aliases.as_deref().map(Aliases::open).transpose()?.unwrap_or_default();
    let options = BuildOptions {
        entry: Options { id: arguments.id.clone(), date: arguments.date.clone(), aliases, ..entry::Options::default() },
        under: arguments.under.clone(),
        delete: arguments.delete.as_deref().map(ids).transpose()?.unwrap_or_default(),
        store: arguments.store,
        mixed: arguments.mixed,
        commit_bytes: arguments.commit_bytes as u64,
    };
    let signals = Signals::catch().and_then(|signals| signals::survive_long_files().map(|()| signals));
    let signals = signals.map_err(|error| Stop::fatal(format!("signals cannot be caught: {error}"), None))?;
    let total = files.iter().map(|path| fs::metadata(path).map(|found| found.len()).ok()).sum();
    let mut progress = Progress::new(arguments.quiet, total);
    let built = index::build(&arguments.output, &files, &options, |built| {
        progress.update(built.read, built.bytes);
        if signals.exit_code().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.clear();
    let built = built?;
    if built.interrupted {
        let code = signals.exit_code().unwrap_or(1);
        let read = counted(built.read, "record");
        return Err(Stop::interrupted(
            code,
            format!("interrupted after {read}, which are safe; run the same command again"),
        ));
    }
    let seconds = progress.finish().as_secs_f64();
    if !arguments.quiet {
        terminal::summary(&report(&arguments.output, &built, seconds));
    }
    Ok(ExitCode::SUCCESS)
}

/// The ids in a file, one a line.
fn ids(path: &Path) -> Result<BTreeSet<String>, Stop> {
    let text =
        if path.as_os_str() == "-" { std::io::read_to_string(std::io::stdin()) } else { fs::read_to_string(path) };
    let text = text.map_err(|error| Stop::usage(format!("--delete {}: {error}", path.display()), None))?;
    Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// The end of a run in a few lines.
fn report(path: &Path, built: &Built, seconds: f64) -> String {
    let (articles, names) = (counted(built.articles, "article"), counted(built.names, "name"));
    let mut report = format!("{}: {articles}, {names}", path.display());
    let rate = built.read as f64 / seconds.max(1e-3);
    report.push_str(&format!(" ({} in {seconds:.1} s, {rate:.0}/s)\n", counted(built.read, "record")));
    let mut row = |name: &str, n: u64, why: &str| {
        if n > 0 {
            report.push_str(format!("  {name:<14}{}{why}\n", crate::terminal::grouped(n)).as_str());
        }
    };
    row("added", built.added, "");
    row("changed", built.changed, "");
    row("as before", built.unchanged, "");
    row("taken out", built.removed, "");
    row("same id", built.repeated, ": further articles with an id are ID~2, ID~3 …");
    row("no date", built.undated, ": what stands there is none; --date FIELD names another field");
    row("dead letters", built.dead, ", passed over");
    report.trim_end().to_owned()
}
