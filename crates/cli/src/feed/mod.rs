//! `dateline feed`: fills search engines with records, or writes files for them.

mod arguments;

use std::env;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use dateline::internals::sink::{Plain, SinkError};
use dateline_search::entry::Options;
use dateline_search::feed::{
    self, Address, Counts, Credentials, Event, FeedError, Kind, Manner, Pace, Plan, Reading, Secret, Shape, Summary,
    Target, Trust,
};
use dateline_search::{Aliases, feed::Code};

use crate::progress::Progress;
use crate::records;
use crate::signals::Signals;
use crate::stop::Stop;
use crate::terminal::{self, counted, grouped};

pub use arguments::Arguments;
use arguments::{AccessArguments, OnError};

/// What the index is called where no address says it.
const NAME: &str = "news";

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let address = arguments.to.as_deref().map(Address::parse).transpose()?;
    let reading = reading(arguments, address.as_ref())?;
    if arguments.index.template {
        return print_template(arguments, &reading);
    }
    if arguments.documents.annotated && !matches!(reading.kind, Kind::Elasticsearch | Kind::Opensearch) {
        let message = format!("--annotated: {} has no annotated text", reading.kind.title());
        return Err(Stop::usage(message, Some("only Elasticsearch and OpenSearch do, with a plugin".to_owned())));
    }
    let Some(address) = address.filter(|_| !arguments.dry_run && arguments.output.is_none()) else {
        return write(arguments, &reading);
    };
    if let Some(stdin) = reading.paths.iter().find(|path| path.as_os_str() == "-") {
        let message = format!("{}: standard input cannot be fed: a feed could not go on from there", stdin.display());
        return Err(Stop::usage(message, Some("write the records to a file first".to_owned())));
    }
    let plan = plan(arguments, address, reading)?;
    let note = |text: &str| {
        if !arguments.quiet {
            terminal::note(text);
        }
    };
    if arguments.access.insecure {
        // Whoever asks for this is told each time.
        terminal::note("--insecure: whoever answers is believed, and gets the records and the credentials");
    }
    let Target { address, manner, .. } = &plan.target;
    if !address.is_encrypted && !address.is_here() && !matches!(manner.credentials, Credentials::None) {
        note("the address begins with http://: credentials and records can be read on the way");
    }
    if arguments.documents.embedding && feed::fields(&plan.reading, false)?.dims.is_none() {
        note("--embedding: the records have no vectors; dateline tag --embedding gives them");
    }
    let signals = Signals::catch().map_err(|error| Stop::fatal(format!("signals cannot be caught: {error}"), None))?;
    let total = plan.reading.paths.iter().map(|path| std::fs::metadata(path).map(|found| found.len()).ok()).sum();
    let mut progress = Progress::new(arguments.quiet, total);
    let fed = feed::feed(&plan, &mut |event| {
        match event {
            Event::Note(text) => note(text),
            Event::Progress { records, bytes } => progress.update(records, bytes),
            Event::Waiting => {}
        }
        signals.exit_code().map_or(ControlFlow::Continue(()), ControlFlow::Break)
    });
    let elapsed = progress.finish();
    match fed {
        Err(error @ FeedError::AlreadyComplete { .. }) => {
            note(&format!("{error}; remove this file to feed everything again"));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(error.into()),
        Ok(summary) => end(&summary, elapsed, arguments.quiet),
    }
}

/// What to read, and what to make of it. Where no engine is named documents are those of
/// Elasticsearch, which are OpenSearch's too.
fn reading(arguments: &Arguments, address: Option<&Address>) -> Result<Reading, Stop> {
    let documents = &arguments.documents;
    let aliases = documents.aliases.as_deref().map(Aliases::open).transpose()?.unwrap_or_default();
    Ok(Reading {
        paths: records::files(&arguments.records, "fed")?,
        under: documents.under.clone(),
        entry: Options { id: documents.id.clone(), date: documents.date.clone(), aliases, ..Options::default() },
        shape: Shape {
            nested: documents.nested,
            annotated: documents.annotated,
            embedding: documents.embedding,
            no_text: documents.no_text,
        },
        kind: arguments.kind.unwrap_or(Kind::Elasticsearch),
        index: address.map_or(NAME, |address| &address.index).to_owned(),
    })
}

fn print_template(arguments: &Arguments, reading: &Reading) -> Result<ExitCode, Stop> {
    let fields = feed::fields(reading, arguments.index.strict)?;
    let Some(template) = feed::template(reading.kind, &reading.index, &fields) else {
        let message = format!("--template: {} is told in its own configuration files", reading.kind.title());
        return Err(Stop::usage(message, None));
    };
    terminal::page(&format!("{template:#}\n"));
    Ok(ExitCode::SUCCESS)
}

fn plan(arguments: &Arguments, address: Address, reading: Reading) -> Result<Plan, Stop> {
    let (index, pace) = (&arguments.index, &arguments.pace);
    let manner = Manner {
        credentials: credentials(&arguments.access)?,
        trust: trust(&arguments.access),
        timeout: pace.timeout,
        retries: pace.retries,
        gzip: pace.gzip,
    };
    let target = Target {
        address,
        kind: arguments.kind,
        manner,
        create: index.create,
        strict: index.strict,
        swap: index.swap,
        refresh: index.refresh.into(),
    };
    Ok(Plan {
        reading,
        target,
        pace: Pace { batch_bytes: pace.batch, in_flight: pace.in_flight },
        max_dead: arguments.max_dead,
        stop_at_failure: arguments.on_error == OnError::Fail,
    })
}

fn credentials(access: &AccessArguments) -> Result<Credentials, Stop> {
    let variable = |name: &str| -> Result<Option<Secret>, Stop> {
        let Some(value) = env::var_os(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        let secret = value.to_str().and_then(Secret::new);
        // What it holds is not shown.
        let wrong = || Stop::usage(format!("{name}: expected one line of visible characters"), None);
        secret.map(Some).ok_or_else(wrong)
    };
    if let Some(path) = &access.api_key_file {
        return Ok(Credentials::ApiKey(Secret::read(path)?));
    }
    let Some(user) = &access.user else {
        return Ok(variable("DATELINE_API_KEY")?.map_or(Credentials::None, Credentials::ApiKey));
    };
    match variable("DATELINE_PASSWORD")? {
        Some(password) => Ok(Credentials::User(user.clone(), password)),
        None => Err(Stop::usage(
            format!("--user {user}: there is no password in the variable DATELINE_PASSWORD"),
            Some("export DATELINE_PASSWORD, or use --api-key-file".to_owned()),
        )),
    }
}

fn trust(access: &AccessArguments) -> Trust {
    match access {
        AccessArguments { insecure: true, .. } => Trust::Anybody,
        AccessArguments { ca: Some(path), .. } => Trust::File(path.clone()),
        AccessArguments { ca_fingerprint: Some(digits), .. } => Trust::Fingerprint(digits.clone()),
        _ => Trust::Public,
    }
}

/// Writes what would be sent, or a file for an engine that is not fed.
fn write(arguments: &Arguments, reading: &Reading) -> Result<ExitCode, Stop> {
    let output = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
    if !arguments.dry_run && arguments.output.is_none() {
        return Err(Stop::usage(
            "--to or --output is missing: where to?",
            Some("--to http://localhost:9200/news feeds an engine, --as ENGINE -o FILE writes a file".to_owned()),
        ));
    }
    let counts = match output {
        Some(path) => write_file(path, reading)?,
        None => write_stdout(reading)?,
    };
    if let Some(counts) = counts.filter(|_| !arguments.quiet) {
        let what = output.map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
        terminal::note(&format!("{} for {} in {what}", counted(counts.documents, "document"), reading.kind.title()));
        if let Some(way_in) = reading.kind.way_in() {
            terminal::note(&way_in.replace("NAME", &reading.index));
        }
        notes(counts.repeated, counts.untagged);
    }
    Ok(ExitCode::SUCCESS)
}

fn write_file(path: &Path, reading: &Reading) -> Result<Option<Counts>, Stop> {
    let mut file = Plain::create(path)?;
    let written = feed::documents(reading, |lines| match file.write(lines) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    })?;
    match written {
        ControlFlow::Break(error) => Err(error.into()),
        ControlFlow::Continue(counts) => {
            file.finish()?;
            Ok(Some(counts))
        }
    }
}

/// None where nobody reads it any more.
fn write_stdout(reading: &Reading) -> Result<Option<Counts>, Stop> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let of = |written: io::Result<()>| written.map_or_else(ControlFlow::Break, ControlFlow::Continue);
    let written = feed::documents(reading, |lines| of(out.write_all(lines)))?;
    let written = match written {
        ControlFlow::Continue(counts) => out.flush().map(|()| counts),
        ControlFlow::Break(error) => Err(error),
    };
    match written {
        Ok(counts) => Ok(Some(counts)),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(source) => Err(SinkError::Write { path: "standard output".into(), source }.into()),
    }
}

fn end(summary: &Summary, elapsed: Duration, quiet: bool) -> Result<ExitCode, Stop> {
    let account = &summary.account;
    if let Some(code) = summary.interrupted {
        let safe = counted(account.read, "record");
        return Err(Stop::interrupted(code, format!("interrupted; {safe} safe: run the same command again to go on")));
    }
    if !quiet {
        eprintln!("{}", report(summary, elapsed));
        notes(summary.repeated, summary.untagged);
        account.dead.keys().for_each(|code| terminal::hint(code.hint()));
    }
    Ok(ExitCode::from(if account.n_dead() > 0 { 3 } else { 0 }))
}

/// The end of a feed in a few lines.
fn report(summary: &Summary, elapsed: Duration) -> String {
    let (account, seconds) = (&summary.account, elapsed.as_secs_f64().max(1e-3));
    let n = account.read - summary.resumed;
    let index = terminal::one_line(&summary.index);
    let rate = n as f64 / seconds;
    let mut lines = vec![format!("{} to {index} in {seconds:.1} s ({rate:.0} records/s)", counted(n, "record"))];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<14}{value}"));
    if summary.resumed > 0 {
        row("before", counted(summary.resumed, "record"));
    }
    if account.stored > 0 {
        row("stored", grouped(account.stored));
    } else {
        row("created", grouped(account.created));
        row("updated", grouped(account.updated));
    }
    if account.n_dead() > 0 {
        let codes: Vec<String> =
            account.dead.iter().map(|(code, n)| format!("{} {}", Code::name(*code), grouped(*n))).collect();
        row("refused", codes.join(", "));
        row("", format!("they are in {}: fix the cause and feed that file", summary.letters.display()));
    }
    for old in &summary.old {
        row("old index", format!("{}, which is kept", terminal::one_line(old)));
    }
    lines.join("\n")
}

/// What the user should know of the records.
fn notes(repeated: u64, untagged: u64) {
    if repeated > 0 {
        let records = counted(repeated, "record");
        terminal::note(&format!(
            "{records} had the key of another one, and got key~2 and so on; --id names another field"
        ));
    }
    if untagged > 0 {
        let letters = counted(untagged, "dead letter");
        terminal::note(&format!("{letters} among the records, of articles that were not tagged: nothing to feed"));
    }
}
