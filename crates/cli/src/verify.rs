//! `dateline verify`: whether outputs are what their manifests say, indexes what their records say,
//! and verdicts what analysts have decided.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dateline::internals::outputs::{self, Report};
use dateline::verdicts::{self, ChainReport};
use dateline_search::index;

use crate::stop::Stop;
use crate::terminal::{self, counted, grouped, visible};

#[derive(clap::Args)]
#[command(after_help = "Exit code: 0 if everything is as it should be, 1 if not, 2 wrong usage.")]
pub struct Arguments {
    /// Outputs of `dateline tag -o` or `dateline merge`, indexes of `dateline index`, and directories
    /// of verdicts, which are also looked for beside an output
    #[arg(value_name = "OUT", required = true)]
    outputs: Vec<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let mut all_well = true;
    for path in &arguments.outputs {
        if path.is_dir() {
            all_well &= check_verdicts(path)?;
            continue;
        }
        let is_index = index::is_index(path);
        let report = if is_index { index::verify(path)? } else { outputs::verify(path)? };
        let Report { records, dead, mentions, problems, n_problems } = report;
        problems.iter().for_each(|problem| terminal::error(problem, None));
        if n_problems > problems.len() as u64 {
            terminal::note(&format!("{} problems in all", grouped(n_problems)));
        }
        all_well &= n_problems == 0;
        if n_problems == 0 && is_index {
            terminal::page(&format!(
                "{}: {} and {}, each record where it says\n",
                visible(&path.display().to_string()),
                counted(records, "article"),
                counted(mentions, "mention"),
            ));
        } else if n_problems == 0 {
            terminal::page(&format!(
                "{}: {} and {}, as its manifest says; {} checked\n",
                visible(&path.display().to_string()),
                counted(records, "record"),
                counted(dead, "dead letter"),
                counted(mentions, "mention"),
            ));
        }
        let beside = verdicts::directory(path);
        if !is_index && beside.is_dir() {
            all_well &= check_verdicts(&beside)?;
        }
    }
    Ok(ExitCode::from(u8::from(!all_well)))
}

/// Whether the logs in the directory `dir` are what was written.
fn check_verdicts(dir: &Path) -> Result<bool, Stop> {
    let ChainReport { logs, entries, problems } = verdicts::verify(dir)?;
    if logs == 0 {
        let hint = "verdicts are in the directory OUT.verdicts, one file NAME.jsonl for each analyst".to_owned();
        return Err(Stop::usage(format!("{}: no verdicts in this directory", dir.display()), Some(hint)));
    }
    problems.iter().take(SHOWN).for_each(|problem| terminal::error(problem, None));
    if problems.len() > SHOWN {
        terminal::note(&format!("{} problems in all", grouped(problems.len() as u64)));
    }
    if problems.is_empty() {
        terminal::page(&format!(
            "{}: {} with {}, each as it was written\n",
            visible(&dir.display().to_string()),
            counted(logs, "log"),
            counted(entries, "decision"),
        ));
    }
    Ok(problems.is_empty())
}

/// Problems that are shown.
const SHOWN: usize = 20;
