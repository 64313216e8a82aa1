//! `dateline tag`: the main job.

mod output;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use dateline::internals::error::{UserError as _, chain};
use dateline::internals::sink::{Account, CHECKPOINT_BYTES, Files, Sink, SinkError};
use dateline::record::RecordWriter;
use dateline::run::{self, End, Event, Settings};
use dateline::source::{self, Shard, Source};
use dateline::tagger::TagOptions;

use crate::arguments::{ModelArguments, ThreadArguments, TopicArguments, ZeroShotArguments};
use crate::input::InputArguments;
use crate::signals::{self, Signals};
use crate::stop::Stop;
use crate::summary::summary;
use crate::terminal::counted;
use crate::{parse, shard, terminal};

use watch::Watch;

#[derive(clap::Args)]
#[command(
    after_help = "Inputs are text files (one article each), directories (read recursively, in sorted order), JSON lines, a JSON \
array, CSV or TSV with a header, or - for standard input; gzip and zstd are recognised by content.\n\n\
Records go to standard output, everything else to standard error. What cannot be tagged goes to OUT.dead.jsonl, a line each with the reason \
and the input, or, on standard output, among the records as {\"error\": …}; either can be given back as input. With - alone as \
input and JSON lines in it every line gets one line, as soon as it comes.\n\n\
Exit code: 0 all tagged, 1 could not go on (the same command goes on where it was), 2 wrong usage, 3 done, but some articles could \
not be tagged, 130 or 143 interrupted by SIGINT or SIGTERM (the same command goes on)."
)]
pub struct Arguments {
    /// Files or directories with articles, or - for standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,

    /// Write to this file (compressed if it ends in .gz or .zst); it appears when it is complete, and the same command goes on with
    /// it after an interruption. With --shard it may be a directory
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// What to do about an article that cannot be tagged: write it down with the reason and go on, or end
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = OnError::DeadLetter)]
    on_error: OnError,

    /// End when more than this percentage of the articles cannot be tagged, of the first 1,000 or of more [default: 5, and 100 where
    /// - alone is the input and each line is answered]. A wrong field name does not burn a night
    #[arg(long, value_name = "PERCENT", value_parser = parse::percent)]
    max_dead: Option<f64>,

    /// Do part I of N of the corpus, counted from 0; `dateline merge` puts the parts together [default: what SLURM_ARRAY_TASK_ID
    /// and _COUNT, JOB_COMPLETION_INDEX and SHARD_COUNT, or AWS_BATCH_JOB_ARRAY_INDEX and SHARD_COUNT say, if there is an --output]
    #[arg(long, value_name = "I/N", value_parser = shard::parse)]
    shard: Option<Shard>,

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

/// `--on-error`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum OnError {
    DeadLetter,
    Fail,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    // Settle. The source comes first: a wrong path should not cost the time to load a model.
    let output = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
    let shard = shard::settle(arguments.shard, output.is_some(), arguments.quiet)?;
    let output = output.map(|path| shard::path(path, shard)).transpose()?;
    let is_filter = output.is_none() && arguments.inputs.iter().all(|input| input.as_os_str() == "-");
    let has_topics = arguments.zero_shot.are_given() || arguments.model.has_topics();
    let topics = arguments.topics.are_wanted() && has_topics;
    let added_keys = RecordWriter::added_keys(arguments.under.as_deref(), topics, arguments.embedding);
    let options = source::Options { shard, each_alone: is_filter, ..arguments.input.options(added_keys)? };
    let mut source = source::open(&arguments.inputs, options)?;
    if let Some(output) = &output {
        output::refuse_own_input(output, &source)?;
    }
    let model = arguments.zero_shot.apply(arguments.model.open()?, &arguments.model.device)?;
    let keep = TagOptions { embedding: arguments.embedding, ..arguments.topics.keep() };
    let tagger = arguments.model.tagger_of(model, &keep)?;
    let writer = RecordWriter::of(&tagger).all_offsets(arguments.offsets).under(arguments.under.as_deref());
    let signals = Signals::catch().and_then(|signals| signals::survive_long_files().map(|()| signals));
    let signals = signals.map_err(|error| Stop::fatal(format!("signals cannot be caught: {error}"), None))?;
    let sink = match &output {
        Some(path) => match arguments.create(path, shard, &tagger, &source) {
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
    pass_over(&mut source, sink.n_done(), &signals, arguments.quiet)?;
    if !arguments.quiet {
        source.notes().iter().for_each(|note| terminal::note(note));
        arguments.topics.note_if_in_vain(tagger.model());
    }

    // Run.
    let settings = Settings {
        threads: arguments.threads.count(),
        inline: !sink.takes_dead_letters(),
        stop_at_failure: arguments.on_error == OnError::Fail,
        eager: is_filter,
    };
    let max_dead = arguments.max_dead.unwrap_or(if is_filter { 100.0 } else { 5.0 });
    let (bytes_read, total_bytes) = (source.progress(), source.total_bytes());
    let mut watch = Watch::new(sink, signals, max_dead, arguments.quiet, total_bytes);
    let end = run::run(source, bytes_read, &tagger, &writer, settings, |event| match event {
        Event::Done(done) => watch.write(*done),
        Event::Waiting => watch.heed_signals(),
    })?;
    let (mut source, unreadable) = match end {
        End::Complete(source) => (source, None),
        End::Unreadable(source, error) => (source, Some(error)),
        End::Stopped(reason) => return Err(watch.stop(reason)),
    };
    let (sink, tally, elapsed) = watch.finish();
    if !arguments.quiet {
        source.notes().iter().for_each(|note| terminal::note(note));
    }
    if let Some(error) = unreadable {
        // What was written is good; that it cannot be kept is less of a matter than this error.
        let _ = sink.suspend();
        return Err(Stop::fatal(chain(&error), error.hint()));
    }
    // Those of an earlier run too, if this one went on where that was interrupted.
    let n_failed = tally.n_failed().max(sink.n_failed());
    sink.finish(account(&source, shard))?;
    if !arguments.quiet {
        let dead_letters = output.as_deref().map(|path| Files::of(path).dead);
        eprintln!("{}", summary(&tally, &writer, elapsed, settings.threads, dead_letters.as_deref()));
        tally.failed.keys().filter_map(|code| code.hint()).for_each(terminal::hint);
    }
    Ok(ExitCode::from(if n_failed > 0 { 3 } else { 0 }))
}

/// What was read of the corpus, or of this part of it. Blank lines are in the first.
fn account(source: &Source, shard: Option<Shard>) -> Account {
    let counts = source.counts();
    let blank = if shard.is_none_or(|shard| shard.index == 0) { counts.blank } else { 0 };
    Account {
        read: counts.articles + counts.failed + counts.passed + blank,
        blank,
        corpus: shard.map(|_| counts.all + counts.blank),
    }
}

/// Reads past the articles that an earlier run has left.
fn pass_over(source: &mut Source, n_articles: u64, signals: &Signals, quiet: bool) -> Result<(), Stop> {
    /// Between two looks at the signals: hundredths of a second.
    const AT_ONCE: u64 = 10_000;
    if n_articles > 0 && !quiet {
        terminal::note(&format!(
            "going on after {}, which an interrupted run has left",
            counted(n_articles, "article")
        ));
    }
    let mut n_passed = 0;
    while n_passed < n_articles {
        let n = AT_ONCE.min(n_articles - n_passed);
        let found = source.pass_over(n)?;
        n_passed += found;
        if found < n {
            let message = format!("the input ends after {}, before the output does", counted(n_passed, "article"));
            let hint = "the input has changed: begin again, or restore it".to_owned();
            return Err(Stop::fatal(message, Some(hint)));
        }
        if let Some(code) = signals.exit_code() {
            return Err(Stop::interrupted(code, "interrupted before anything was done"));
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
