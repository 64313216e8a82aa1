//! `dateline merge`: the parts of a corpus as one output.

use std::path::PathBuf;
use std::process::ExitCode;

use dateline::internals::outputs::{self, MergeError};
use dateline::internals::sink::SinkError;

use crate::stop::Stop;
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
            terminal::page(&format!("{path}: {records} and {}\n", counted(manifest.dead, "dead letter")));
            Ok(ExitCode::SUCCESS)
        }
        Err(MergeError::Sink(SinkError::AlreadyComplete { path })) => {
            terminal::note(&format!("{}: already complete", path.display()));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(error.into()),
    }
}
