//! The file that records go to: where it may be, and everything that it depends on.

use std::path::{Path, PathBuf};

use dateline::internals::compression::Compression;
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

/// Refuses an output whose name promises a format or a compression that it would not have.
pub fn refuse_other_format(output: &Path) -> Result<(), Stop> {
    let refused = |what: &str, hint: &str| {
        let message = format!("{}: records cannot be written as {what}", output.display());
        Err(Stop::usage(message, Some(hint.to_owned())))
    };
    if let Some(name) = Compression::unsupported_name(output) {
        return refused(name, "an output is compressed as its name says: .jsonl.gz or .jsonl.zst");
    }
    let is_compressed = Compression::of_name(output).is_some();
    let stem = output.file_stem().map(Path::new).filter(|_| is_compressed).unwrap_or(output);
    let ending = stem.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        "csv" | "tsv" | "xlsx" | "xls" | "ods" => {
            let hint =
                "records are JSON lines, so call it .jsonl; dateline summary --csv makes a table of names from it";
            refused(&ending, hint)
        }
        "parquet" | "arrow" | "feather" | "avro" | "orc" | "db" | "sqlite" | "html" | "xml" => {
            refused(&ending, "records are JSON lines, so call it .jsonl, .jsonl.gz or .jsonl.zst")
        }
        _ => Ok(()),
    }
}

/// Refuses an output that is one of the input files, under whatever name, or one of whose other
/// files is.
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
