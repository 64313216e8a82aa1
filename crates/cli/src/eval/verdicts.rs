//! `--verdicts`: how good a run is, from what analysts say of a sample of it.

use std::path::{Path, PathBuf};

use dateline::internals::quality::{Quality, measure};
use dateline::verdicts::{self, Rule};

use crate::opened;
use crate::stop::Stop;
use crate::terminal;

/// Measures the run whose verdicts are in the directory `dir`, and what the rules in it and
/// `from_file` leave of it.
pub fn evaluate(dir: &Path, from_file: &[Rule]) -> Result<Quality, Stop> {
    if !dir.is_dir() {
        let hint = "verdicts are in the directory OUT.verdicts beside an output".to_owned();
        return Err(Stop::usage(format!("{}: is no directory", dir.display()), Some(hint)));
    }
    let output = output_of(dir)?;
    let (verdicts, remarks) = verdicts::read_all(dir)?;
    remarks.iter().for_each(|remark| terminal::note(remark));
    let rules = verdicts.rule_set(from_file);
    measure(&verdicts, &rules, |visit| {
        opened::read(&output, None, |opened| {
            visit(opened);
            Ok(())
        })
    })
}

/// The output that the verdicts in `dir` are about.
fn output_of(dir: &Path) -> Result<PathBuf, Stop> {
    let name = dir.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".verdicts"));
    let named = name.map(|name| [dir.with_file_name(format!("{name}.jsonl")), dir.with_file_name(name)]);
    let found = named.into_iter().flatten().find(|path| path.is_file());
    found.ok_or_else(|| {
        let hint = "out.verdicts belongs to out.jsonl, which has to be beside it".to_owned();
        Stop::usage(format!("{}: the output that these verdicts are about is not there", dir.display()), Some(hint))
    })
}
