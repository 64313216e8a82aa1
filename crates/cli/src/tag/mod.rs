//! `dateline tag`: the main job.

mod incoming;
mod output;
mod rules;
mod shape;
mod watch;

use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dateline::internals::error::{UserError as _, chain};
use dateline::internals::sink::{CHECKPOINT_BYTES, Files, Sink, SinkError};
use dateline::record::RecordWriter;
use dateline::run::{self, End, Event, Settings};
use dateline::source::{self, AddedKeys, Shard, Source};
use dateline::tagger::{TagOptions, Tagger};

use crate::arguments::{ModelArguments, ThreadArguments, TopicArguments, TopicModelArgument, ZeroShotArguments};
use crate::input::{InputArguments, PageArgument};
use crate::report::report;
use crate::signals::{self, Signals};
use crate::stop::Stop;
use crate::terminal::counted;
use crate::{parse, shard, terminal};

use incoming::{Incoming, Old};
use watch::Watch;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:
  dateline tag articles/                          records on standard output, a summary on standard error
  dateline tag corpus/ -o out.jsonl               in bulk; run the same command again to resume
  dateline tag news.csv --field lead --field body --min-score 0.8 -o out.jsonl.zst",
    after_long_help = AFTER_LONG_HELP,
)]
pub struct Arguments {
    /// Files or directories with articles, or - for standard input
    #[arg(value_name = "INPUT", required_unless_present = "files_from")]
    inputs: Vec<PathBuf>,

    /// Also read the files that are named in this one, each on a line or before a NUL byte; - is
    /// standard input. One that cannot be read is reported and passed over
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    files_from: Option<PathBuf>,

    #[command(flatten, next_help_heading = "Input")]
    input: InputArguments,

    /// Tag dateline's own records again: the keys that it added are replaced
    #[arg(long, help_heading = "Input")]
    replace: bool,

    /// Tag only what this output of an earlier run does not have, told by the id or, without one,
    /// by the article itself
    #[arg(long, value_name = "OLD", help_heading = "Input")]
    new_only: Option<PathBuf>,

    /// Do part I of N of the corpus, counted from 0; `dateline merge` puts the parts together
    /// [default: what a scheduler says, if there is an --output]
    ///
    /// That is SLURM_ARRAY_TASK_ID and _COUNT, JOB_COMPLETION_INDEX and SHARD_COUNT, or
    /// AWS_BATCH_JOB_ARRAY_INDEX and SHARD_COUNT.
    #[arg(long, value_name = "I/N", value_parser = shard::parse, help_heading = "Input")]
    shard: Option<Shard>,

    /// Write to this file, compressed if it ends in .gz or .zst; run the same command again to
    /// resume an interrupted run
    ///
    /// The file gets its name when it is complete. With --shard this may be a directory, in which
    /// each part has a name of its own.
    #[arg(short, long, value_name = "OUT", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Put the added keys into an object under this key instead of beside the article's own fields
    #[arg(long, value_name = "KEY", value_parser = key, help_heading = "Output")]
    under: Option<String>,

    /// Also give offsets in bytes (start_byte, end_byte) and in UTF-16 units (start_utf16,
    /// end_utf16)
    #[arg(long, help_heading = "Output")]
    offsets: bool,

    /// Also say where in the file the bytes of each name in a web page stand (source), half-open:
    /// [[4012, 4016], [4020, 4025]]
    #[arg(long, help_heading = "Output")]
    source_offsets: bool,

    /// Leave out what can be computed again from the rest: sentence numbers, aliases, lists of an
    /// entity's mentions
    #[arg(long, conflicts_with = "offsets", help_heading = "Output")]
    compact: bool,

    /// Also give each article's embedding, a vector of length 1 that lies near those of articles on
    /// like matters
    #[arg(long, help_heading = "Output")]
    embedding: bool,

    /// Correct what the model finds by the rules in this file: which words are what, or no name, and
    /// which names are one
    ///
    /// One JSON object a line, e.g. {"id":"r7","words":"Dateline Samples","label":"ORG"}; see GUIDE.md.
    /// Or a directory of verdicts, for the rules that analysts made. A run that resumes needs the
    /// same rules.
    #[arg(long, value_name = "FILE", help_heading = "What to find")]
    rules: Option<PathBuf>,

    /// What to do about an article that cannot be tagged: write it down with the reason and carry
    /// on, or end
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = OnError::DeadLetter, help_heading = "Output")]
    on_error: OnError,

    /// End when more than this percentage of the articles cannot be tagged, of the first 1,000 or
    /// of more [default: 5, and 100 where - alone is the input and each line is answered]
    ///
    /// A wrong field name does not burn a night.
    #[arg(long, value_name = "PERCENT", value_parser = parse::percent, help_heading = "Output")]
    max_dead: Option<f64>,

    /// Bytes of records between two checkpoints
    #[arg(long, value_name = "N", default_value_t = CHECKPOINT_BYTES, hide = true)]
    checkpoint_bytes: u64,

    /// No progress, notes or summary; errors only
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,

    #[command(flatten, next_help_heading = "What to find")]
    model: ModelArguments,

    #[command(flatten, next_help_heading = "Topics")]
    topics: TopicArguments,

    #[command(flatten)]
    topic_model: TopicModelArgument,

    #[command(flatten)]
    zero_shot: ZeroShotArguments,

    #[command(flatten, next_help_heading = "Speed")]
    threads: ThreadArguments,
}

const AFTER_LONG_HELP: &str = "\
Examples:
  dateline tag articles/                          records on standard output, a summary on standard error
  dateline tag corpus/ -o out.jsonl               in bulk; run the same command again to resume
  dateline tag news.csv --field lead --field body --min-score 0.8 -o out.jsonl.zst

Inputs are text files (one article each), saved web pages, directories (read recursively, in sorted order), JSON lines, a JSON array, \
search engines' bulk files, CSV or TSV with a header, or - for standard input; gzip and zstd are recognized by content.

Records go to standard output, everything else to standard error. What cannot be tagged goes to OUT.dead.jsonl, a line each \
with the reason and the input, or, on standard output, among the records as {\"error\": …}: fix the cause and pass the \
file back as input. With - alone as input and JSON lines in it, exactly one line is written per input line, in order, \
without waiting for the next.

Exit code: 0 all tagged · 1 a fatal error; fix it and run the same command again to resume · 2 wrong usage · 3 done, but some \
articles or files could not be read or tagged · 130 or 143 interrupted by SIGINT or SIGTERM; run the same command again to resume.";

/// `--on-error`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum OnError {
    DeadLetter,
    Fail,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    // Settle. The source comes first: a wrong path should not cost the time to load a model.
    let quiet = arguments.quiet;
    let note = |text: &str| {
        if !quiet {
            terminal::note(text);
        }
    };
    let output = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
    let shard = shard::settle(arguments.shard, output.is_some(), quiet)?;
    let output = output.map(|path| shard::path(path, shard)).transpose()?;
    output.as_deref().map_or(Ok(()), output::refuse_other_format)?;
    let is_filter = output.is_none()
        && arguments.files_from.is_none()
        && arguments.inputs.iter().all(|input| input.as_os_str() == "-");
    if is_filter && io::stdin().is_terminal() {
        note("reading articles from the terminal: type or paste, then end with Ctrl-D");
    }
    let mut source = arguments.open_source(shard, is_filter)?;
    if let Some(output) = &output {
        output::refuse_own_input(output, &source)?;
    }
    if arguments.new_only.is_some() && shard.is_some() {
        let hint = "tag what is new in one run: there is less of it".to_owned();
        return Err(Stop::usage("--new-only cannot be combined with --shard", Some(hint)));
    }
    let rules = arguments.rules.as_deref().map(rules::read).transpose()?;
    let old = arguments.new_only.as_deref().map(|path| Old::read(path, arguments.under.as_deref())).transpose()?;
    if arguments.zero_shot.are_given() && arguments.topic_model.topic_model.is_some() {
        let hint = "each of them replaces the model's topics: choose one".to_owned();
        return Err(Stop::usage("--topic-model cannot be combined with --zero-shot", Some(hint)));
    }
    let model = arguments.topic_model.apply(arguments.model.open()?)?;
    let model = arguments.zero_shot.apply(model, &arguments.model.device)?;
    let keep = TagOptions { embedding: arguments.embedding, ..arguments.topics.options() };
    let mut tagger = arguments.model.tagger_of(model, &keep)?;
    if let Some(rules) = rules {
        rules::notes(&rules, tagger.model()).iter().for_each(|text| note(text));
        tagger = tagger.with_rules(rules);
    }
    let writer = RecordWriter::of(&tagger)
        .all_offsets(arguments.offsets)
        .compact(arguments.compact)
        .under(arguments.under.as_deref());
    let signals = Signals::catch().and_then(|signals| signals::survive_long_files().map(|()| signals));
    let signals = signals.map_err(|error| Stop::fatal(format!("signals cannot be caught: {error}"), None))?;
    let sink = match &output {
        Some(path) => {
            let shape = arguments.shape(&tagger, old.as_ref());
            match output::create(path, &shape, shard, &tagger, &source, quiet) {
                Err(SinkError::AlreadyComplete { path }) => {
                    note(&format!("{}: already complete", path.display()));
                    return Ok(ExitCode::SUCCESS);
                }
                sink => sink?,
            }
        }
        None => Sink::stdout(),
    };
    if sink.n_done() > 0 {
        note(&format!("resuming after {}, which an interrupted run has left", counted(sink.n_done(), "article")));
    }
    let mut items = match old {
        Some(old) => Incoming::new_only(source, old, sink.n_done()),
        None => {
            skip(&mut source, sink.n_done(), &signals)?;
            Incoming::all(source)
        }
    };
    items.source().notes().iter().for_each(|text| note(text));
    if !quiet {
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
    let (bytes_read, total_bytes) = (items.source().progress(), items.source().total_bytes());
    let mut watch = Watch::new(sink, signals, max_dead, quiet, total_bytes);
    let end = run::run(items, bytes_read, &tagger, &writer, settings, |event| match event {
        Event::Done(done) => watch.write(*done),
        Event::Waiting => watch.heed_signals(),
    })?;
    let (mut items, unreadable) = match end {
        End::Complete(items) => (items, None),
        End::Unreadable(items, error) => (items, Some(error)),
        End::Stopped(reason) => return Err(watch.stop(reason)),
    };
    let (sink, tally, elapsed) = watch.finish();
    items.source().notes().iter().for_each(|text| note(text));
    if let Some(error) = unreadable {
        // What was written is good; that it cannot be kept is less of a matter than this error.
        let _ = sink.suspend();
        return Err(Stop::fatal(chain(&error), error.hint()));
    }
    // Those of an earlier run too, if this one has resumed it.
    let n_failed = tally.n_failed().max(sink.n_failed());
    // Files of directories that are no articles, or cannot be read.
    let n_refused = items.source().counts().refused_files;
    sink.finish(items.account(shard))?;
    if !quiet {
        let dead_letters = output.as_deref().map(|path| Files::of(path).dead);
        eprintln!("{}", report(&tally, elapsed, settings.threads, dead_letters.as_deref()));
        if items.n_known() > 0 {
            note(&format!("{} in the earlier output already", counted(items.n_known(), "article")));
        }
        tally.failed.keys().filter_map(|code| code.hint()).for_each(terminal::hint);
    }
    Ok(ExitCode::from(if n_failed > 0 || n_refused > 0 { 3 } else { 0 }))
}

impl Arguments {
    fn open_source(&self, shard: Option<Shard>, each_alone: bool) -> Result<Source, Stop> {
        let own = self.zero_shot.are_given() || self.topic_model.topic_model.is_some();
        let has_topics = own || self.model.has_topics();
        let topics = self.topics.are_wanted() && has_topics;
        let added_keys = RecordWriter::added_keys(self.under.as_deref(), topics, self.embedding);
        let replace = self.replace.then(|| AddedKeys::under(self.under.as_deref()));
        let listed = match &self.files_from {
            Some(list) => read_list(list)?,
            None => Vec::new(),
        };
        let places = self.source_offsets;
        let options = source::Options { shard, each_alone, replace, listed, places, ..self.input.options(added_keys)? };
        Ok(source::open(&self.inputs, options)?)
    }

    /// What shapes the records, in full.
    fn shape(&self, tagger: &Tagger, old: Option<&Old>) -> shape::Shape {
        shape::Shape {
            field: self.input.fields.clone(),
            headline: self.input.headline.clone(),
            delimiter: self.input.delimiter.map(char::from),
            html: self.input.html.clone(),
            page: (self.input.page == PageArgument::All).then_some("all"),
            encoding: self.input.encoding.clone(),
            input_format: self.input.input_format.map(|format| format.about().key),
            max_record_bytes: self.input.max_record_bytes,
            replace: self.replace,
            new_only: old.map(Old::digest),
            labels: self.model.labels.clone(),
            min_score: shape::typed(tagger.min_score()),
            precision: tagger.model().precision().name(),
            device: self.model.device.device.clone(),
            topics: self.topics.options().max_topics,
            min_topic_score: self.topics.min_topic_score.map(shape::typed),
            topic_model: self.topic_model.topic_model.as_ref().map(|_| tagger.model().id().to_owned()),
            zero_shot: self.zero_shot.zero_shot.clone(),
            hypothesis: self.zero_shot.hypothesis.clone(),
            embedding: self.embedding,
            rules: self.rules.as_ref().map(|_| tagger.rules().digest()),
            offsets: self.offsets,
            source_offsets: self.source_offsets,
            compact: self.compact,
            under: self.under.clone(),
            checkpoint_bytes: self.checkpoint_bytes,
        }
    }
}

/// The files that are named in `list`: one on each line, or before each NUL byte where there is one.
fn read_list(list: &Path) -> Result<Vec<PathBuf>, Stop> {
    let bytes = match list.as_os_str() == "-" {
        true => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        }
        false => std::fs::read(list),
    };
    let bytes = bytes.map_err(|error| Stop::fatal(format!("--files-from {}: {error}", list.display()), None))?;
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let names = bytes.split(|&byte| byte == separator).map(|name| name.strip_suffix(b"\r").unwrap_or(name));
    let names: Vec<PathBuf> = names.filter(|name| !name.is_empty()).map(parse::path).collect();
    if names.is_empty() {
        let hint = "expected names of files, one on each line or before each NUL byte".to_owned();
        return Err(Stop::usage(format!("--files-from {}: no file is named in it", list.display()), Some(hint)));
    }
    Ok(names)
}

/// Reads past the articles that an earlier run has left.
fn skip(source: &mut Source, n_articles: u64, signals: &Signals) -> Result<(), Stop> {
    /// Between two looks at the signals: hundredths of a second.
    const AT_ONCE: u64 = 10_000;
    let mut n_passed = 0;
    while n_passed < n_articles {
        let n = AT_ONCE.min(n_articles - n_passed);
        let found = source.pass_over(n)?;
        n_passed += found;
        if found < n {
            let message = format!("the input ends after {}, before the output does", counted(n_passed, "article"));
            let hint = "the input has changed: start again, or restore it".to_owned();
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
