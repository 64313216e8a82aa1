//! Files of records: arguments of every command that reads what `dateline tag` has written.

use std::path::PathBuf;

use dateline::internals::outputs::{self, Progress};

use crate::stop::Stop;
use crate::terminal;

/// The files that are meant: of a directory the outputs in it that are complete. A note says of the
/// others that they are not `read`.
pub fn files(named: &[PathBuf], read: &str) -> Result<Vec<PathBuf>, Stop> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let (complete, others): (Vec<_>, Vec<_>) =
            outputs::find(path)?.into_iter().partition(|found| found.progress == Progress::Complete);
        for found in others {
            terminal::note(&format!("{}: {}, not {read}", found.path.display(), found.progress.name()));
        }
        if complete.is_empty() {
            return Err(Stop::usage(
                format!("{}: no complete output in this directory", path.display()),
                Some("name the files, or see dateline status for how far each output is".to_owned()),
            ));
        }
        files.extend(complete.into_iter().map(|found| found.path));
    }
    Ok(files)
}
