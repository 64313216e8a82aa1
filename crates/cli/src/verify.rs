//! `dateline verify`: whether outputs are what their manifests say, and indexes what their records
//! say.

use std::path::PathBuf;
use std::process::ExitCode;

use dateline::internals::outputs::{self, Report};
use dateline_search::index;

use crate::stop::Stop;
use crate::terminal::{self, counted, grouped, visible};

#[derive(clap::Args)]
#[command(after_help = "Exit code: 0 if everything is as it should be, 1 if not, 2 wrong usage.")]
pub struct Arguments {
    /// Outputs of `dateline tag -o` or `dateline merge`, and indexes of `dateline index`
    #[arg(value_name = "OUT", required = true)]
    outputs: Vec<PathBuf>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let mut all_well = true;
    for path in &arguments.outputs {
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
    }
    Ok(ExitCode::from(u8::from(!all_well)))
}
