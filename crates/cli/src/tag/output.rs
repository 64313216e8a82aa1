//! The file that records go to: where it may be, and everything that it depends on.

use std::path::{Path, PathBuf};

use dateline::internals::sink::{Files, Fingerprint, Plan, Sink, SinkError};
use dateline::source::{Shard, Source};
use dateline::tagger::Tagger;

use super::shape::Shape;
use crate::stop::Stop;
use crate::terminal;

/// The file for the records, perhaps one that an interrupted run has left.
pub fn create(
    path: &Path,
    shape: &Shape,
    shard: Option<Shard>,
    tagger: &Tagger,
    source: &Source,
    quiet: bool,
) -> Result<Sink, SinkError> {
    let stamp = tagger.stamp();
    let fingerprint = Fingerprint {
        dateline: stamp.version.to_owned(),
        model: stamp.model,
        recipe: stamp.recipe,
        options: shape.to_object(),
        input: None,
        shard: shard.map(|Shard { index, count }| format!("{index}/{count}")),
    };
    // There is no total where something is a pipe.
    let resumable = source.total_bytes().is_some();
    if !resumable && !quiet {
        terminal::note("not all of the input can be read twice: if this run is interrupted, it cannot be resumed");
    }
    let mut inputs = source.inputs().map(|file| (file.name, file.path));
    let inputs = resumable.then_some(&mut inputs as &mut dyn Iterator<Item = (String, PathBuf)>);
    Sink::create(path, Plan { fingerprint, resumable, inputs, listed: None, checkpoint_bytes: shape.checkpoint_bytes })
}

/// Refuses an output whose name promises a format that it would not have.
pub fn refuse_other_format(output: &Path) -> Result<(), Stop> {
    let name = output.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let hint = match ending {
        "xz" | "bz2" | "lz4" | "br" | "zip" | "7z" | "lzma" | "lzo" => {
            "records are compressed as the name says: .jsonl.gz or .jsonl.zst"
        }
        "csv" | "tsv" | "xlsx" | "xls" | "ods" => {
            "records are JSON lines, so call it .jsonl; dateline summary --csv makes a table of names from it"
        }
        "parquet" | "arrow" | "feather" | "avro" | "orc" | "db" | "sqlite" | "html" | "xml" | "txt" | "md" => {
            "records are JSON lines, so call it .jsonl, .jsonl.gz or .jsonl.zst"
        }
        _ => return Ok(()),
    };
    Err(Stop::usage(format!("{}: records cannot be written as .{ending}", output.display()), Some(hint.to_owned())))
}

/// Refuses an output that is one of the input files, under whatever name, or one of whose other files is.
pub fn refuse_own_input(output: &Path, source: &Source) -> Result<(), Stop> {
    let files = Files::of(output);
    for path in [&files.records, &files.records_partial, &files.dead, &files.dead_partial] {
        // What does not exist yet is nobody's input.
        let Ok(itself) = path.canonicalize() else {
            continue;
        };
        let is_output = |input: &PathBuf| input.canonicalize().is_ok_and(|input| input == itself);
        if let Some(input) = source.inputs().map(|file| file.path).find(is_output) {
            return Err(Stop::usage(
                format!("{}: is also an input ({})", path.display(), input.display()),
                Some("name another file with --output".to_owned()),
            ));
        }
    }
    Ok(())
}
