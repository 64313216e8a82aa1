//! `dateline tag`: the main job.

use std::convert::Infallible;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::record::Format;
use crate::run;
use crate::sink::checkpoint::{Fingerprint, hex};
use crate::sink::{CHECKPOINT_BYTES, Sink, SinkError, partial};
use crate::source::{self, Source};
use crate::tagger::{Keep, Tagger};
use crate::tally::Tally;

use super::progress::Progress;
use super::stop::{Stop, hint_for};
use super::summary::summary;
use super::terminal::counted;
use super::{ModelArguments, ThreadArguments, TopicArguments, ZeroShotArguments, terminal};

#[derive(clap::Args)]
#[command(
    after_help = "Inputs are text files (one article each), directories (read recursively, in sorted order), JSON lines, a JSON \
array, CSV or TSV with a header, or - for standard input; gzip and zstd are recognised by content.\n\n\
Records go to standard output, everything else to standard error. Exit code: 0 all tagged, 1 could not go on, 2 wrong \
usage, 3 done, but some articles could not be tagged (their records have \"error\")."
)]
pub struct Arguments {
    /// Files or directories with articles, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,

    /// Write to this file (compressed if it ends in .gz or .zst); it appears when it is complete
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// Also give offsets in bytes (start_byte, end_byte) and in UTF-16 units (start_utf16, end_utf16)
    #[arg(long)]
    offsets: bool,

    /// Put the added keys into an object under this key instead of beside the article's own fields
    #[arg(long, value_name = "KEY", value_parser = key)]
    under: Option<String>,

    /// Also give each article's embedding, a vector of length 1 that lies near those of articles on like matters
    #[arg(long)]
    embedding: bool,

    /// Bytes of records between two checkpoints
    #[arg(long, value_name = "N", default_value_t = CHECKPOINT_BYTES, hide = true)]
    checkpoint_bytes: u64,

    /// No progress, notes or summary; errors only
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    threads: ThreadArguments,

    #[command(flatten)]
    model: ModelArguments,

    #[command(flatten)]
    topics: TopicArguments,

    #[command(flatten)]
    zero_shot: ZeroShotArguments,
}

/// How to read articles; the same for every command that does.
#[derive(clap::Args)]
pub struct InputArguments {
    /// Field with text to tag, for JSON and CSV; may be given several times [default: whichever of title, headline and
    /// text, body, content there is]
    #[arg(long = "field", value_name = "FIELD")]
    fields: Vec<String>,

    /// Encoding of input that is neither UTF-8 nor UTF-16 with a byte order mark, e.g. windows-1252
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
}

impl InputArguments {
    /// The options for opening a source, whose articles must not have any of the `reserved` keys.
    pub fn options(&self, reserved: Vec<String>) -> Result<source::Options, Stop> {
        let encoding = match &self.encoding {
            None => None,
            Some(name) => Some(encoding_rs::Encoding::for_label(name.as_bytes()).ok_or_else(|| {
                Stop::usage(
                    format!("--encoding {name}: unknown encoding"),
                    Some("names are those of the WHATWG, e.g. windows-1252, iso-8859-2, shift_jis, gb18030".to_owned()),
                )
            })?),
        };
        Ok(source::Options { fields: self.fields.clone(), encoding, reserved, ..source::Options::default() })
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    // Settle. The source comes first: a wrong path should not cost the time to load a model.
    let has_topics = arguments.zero_shot.are_given() || arguments.model.has_topics();
    let topics = arguments.topics.are_wanted() && has_topics;
    let added_keys = Format::added_keys(arguments.under.as_deref(), topics, arguments.embedding);
    let mut source = source::open(&arguments.inputs, arguments.input.options(added_keys)?)?;
    if let Some(output) = &arguments.output {
        refuse_own_input(output, &source)?;
    }
    let model = arguments.zero_shot.apply(arguments.model.open()?, &arguments.model.device)?;
    let keep = Keep { embedding: arguments.embedding, ..arguments.topics.keep() };
    let tagger = arguments.model.tagger_of(model, &keep)?;
    let format = Format {
        labels: tagger.model().labels.clone(),
        topics: tagger.model().topic_names(),
        all_offsets: arguments.offsets,
        under: arguments.under.clone(),
        tagger: tagger.stamp(),
    };
    let mut sink = match &arguments.output {
        Some(path) if path.as_os_str() == "-" => Sink::stdout(),
        Some(path) => match arguments.create(path, &tagger, &source) {
            Ok(sink) => sink,
            Err(SinkError::AlreadyComplete { path }) => {
                if !arguments.quiet {
                    terminal::note(&format!("{}: already complete", path.display()));
                }
                return Ok(ExitCode::SUCCESS);
            }
            Err(error) => return Err(error.into()),
        },
        None => Sink::stdout(),
    };
    pass_over(&mut source, sink.records(), arguments.quiet)?;
    if !arguments.quiet {
        source.notes().iter().for_each(|note| terminal::note(note));
        arguments.topics.note_if_in_vain(tagger.model());
    }

    // Run.
    let threads = arguments.threads.count();
    let bytes_read = source.progress();
    let mut progress = Progress::new(arguments.quiet, source.total_bytes());
    let mut tally = Tally::default();
    let result = run::run(&mut source, &bytes_read, &tagger, &format, threads, |done| {
        let failed = done.tally.failed.iter().map(|(&code, &n)| (code, n));
        if let Err(error) = sink.write(&done.records, done.tally.articles, failed) {
            // Nothing more can come of this run, and its reader may be waiting for input that never ends.
            progress.clear();
            Stop::from(error).exit();
        }
        tally.add(done.tally);
        progress.update(tally.articles, done.bytes_read);
        Ok::<(), Infallible>(())
    });
    let elapsed = progress.finish();
    if !arguments.quiet {
        source.notes().iter().for_each(|note| terminal::note(note));
    }
    result?;
    // Those of an earlier run too, if this one went on where that was interrupted.
    let n_failed = tally.n_failed().max(sink.n_failed());
    sink.finish()?;
    if !arguments.quiet {
        eprintln!("{}", summary(&tally, &format, elapsed, threads));
        tally.failed.keys().filter_map(|code| hint_for(code)).for_each(terminal::hint);
    }
    Ok(ExitCode::from(if n_failed > 0 { 3 } else { 0 }))
}

impl Arguments {
    /// The file for the records, perhaps one that an interrupted run has left.
    fn create(&self, path: &Path, tagger: &Tagger, source: &Source) -> Result<Sink, SinkError> {
        let fingerprint = self.fingerprint(tagger, source);
        if fingerprint.is_none() && !self.quiet {
            terminal::note(
                "not all of the input can be read twice: if this run is interrupted, it cannot be gone on with",
            );
        }
        Sink::create(path, fingerprint, self.checkpoint_bytes)
    }

    /// What the output depends on, by name; none if a later run could not read the same input again.
    fn fingerprint(&self, tagger: &Tagger, source: &Source) -> Option<Fingerprint> {
        let stamp = tagger.stamp();
        let mut inputs = Sha256::new();
        if self.inputs.iter().any(|input| input.as_os_str() == "-") {
            return None;
        }
        for file in source.files() {
            let found = file.metadata().ok().filter(Metadata::is_file)?;
            let modified = found.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
            for part in
                [file.as_os_str().as_encoded_bytes(), &found.len().to_le_bytes(), &modified.as_nanos().to_le_bytes()]
            {
                inputs.update((part.len() as u64).to_le_bytes());
                inputs.update(part);
            }
        }
        let inputs = hex(&inputs.finalize()[..16]);
        let options = json!({
            "offsets": self.offsets, "under": self.under, "embedding": self.embedding, "fields": self.input.fields,
            "encoding": self.input.encoding, "checkpoint_bytes": self.checkpoint_bytes,
            "device": self.model.device.device, "hypothesis": self.zero_shot.hypothesis,
        });
        let parts = [
            ("dateline", stamp.version.to_owned()),
            ("model", stamp.model),
            ("recipe", stamp.recipe),
            ("options", options.to_string()),
            ("input", inputs),
        ];
        Some(parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// Reads past the articles whose records an earlier run has left.
fn pass_over(source: &mut Source, n_records: u64, quiet: bool) -> Result<(), Stop> {
    if n_records == 0 {
        return Ok(());
    }
    if !quiet {
        terminal::note(&format!("going on after {}, which an interrupted run has left", counted(n_records, "article")));
    }
    for n in 0..n_records {
        match source.next() {
            Some(item) => drop(item?),
            None => {
                let message = format!("the input ends after {}, before the output does", counted(n, "article"));
                return Err(Stop::failed(
                    message,
                    Some("the input has changed: begin again, or restore it".to_owned()),
                ));
            }
        }
    }
    Ok(())
}

/// Refuses an output that is one of the input files, under whatever name, or whose partial file is.
fn refuse_own_input(output: &Path, source: &Source) -> Result<(), Stop> {
    for path in [output, &partial(output)] {
        // What does not exist yet is nobody's input.
        let Ok(itself) = path.canonicalize() else {
            continue;
        };
        let is_output = |input: &PathBuf| input.canonicalize().is_ok_and(|input| input == itself);
        if let Some(input) = source.files().find(is_output) {
            return Err(Stop::usage(
                format!("{}: is also an input ({})", path.display(), input.display()),
                Some("name another file with --output".to_owned()),
            ));
        }
    }
    Ok(())
}

/// A key for `--under`. The keys of a plain text's record are taken.
fn key(text: &str) -> Result<String, String> {
    match text {
        "" => Err("expected a key".to_owned()),
        "id" | "source" | "text" => Err("records of plain text have this key already".to_owned()),
        _ => Ok(text.to_owned()),
    }
}
