//! `dateline merge`: the parts of a corpus as one output.

use std::path::PathBuf;
use std::process::ExitCode;

use dateline::internals::outputs::{self, MergeError};
use dateline::internals::sink::SinkError;

use crate::stop::{Stop, chain};
use crate::terminal::{self, counted, visible};

#[derive(clap::Args)]
#[command(
    after_help = "The parts are what `dateline tag --shard I/N` made. The result has the bytes of a run over the whole corpus, dead letters \
and manifest too; every part is checked against its manifest on the way."
)]
pub struct Arguments {
    /// Directory with all parts of one corpus
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// Write to this file (compressed if it ends in .gz or .zst)
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    match outputs::merge(&arguments.dir, &arguments.output) {
        Ok(manifest) => {
            let (path, records) =
                (visible(&arguments.output.display().to_string()), counted(manifest.tagged, "record"));
            println!("{path}: {records} and {}", counted(manifest.dead, "dead letter"));
            Ok(ExitCode::SUCCESS)
        }
        Err(MergeError::Sink(SinkError::AlreadyComplete { path })) => {
            terminal::note(&format!("{}: already complete", path.display()));
            Ok(ExitCode::SUCCESS)
        }
        Err(MergeError::Sink(error)) => Err(error.into()),
        Err(error) => {
            let hint = match &error {
                MergeError::Incomplete { .. } => Some("dateline status says how far each part is"),
                MergeError::NoParts { .. } => Some("parts are made by dateline tag --shard I/N --output"),
                MergeError::Damaged { .. } => {
                    Some("make that part again: remove it and its manifest, and give its command")
                }
                _ => None,
            };
            Err(Stop::failed(chain(&error), hint.map(str::to_owned)))
        }
    }
}
