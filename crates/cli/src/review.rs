//! `dateline review`: the page on which analysts look at an output and decide about it.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::thread;

use dateline::verdicts;
use dateline_web::http::{self, Guard, Listeners, Token, Tokens};
use dateline_web::review::{Assets, Options, Review};

use crate::progress::Progress;
use crate::signals::{self, Signals};
use crate::stop::Stop;
use crate::terminal;

#[derive(clap::Args)]
#[command(
    after_help = "Open the address that it prints. The page, its scripts and its map are inside the program: nothing comes from elsewhere, and \
nothing is sent elsewhere. The part behind # is the key to the page, which browsers do not send; whoever has it can read and decide.\n\n\
An index is made beside the records if there is none; that takes about 20 seconds for a million articles, once.\n\n  \
dateline tag corpus/ -o out.jsonl && dateline review out.jsonl\n  \
dateline review out.jsonl --port 8017 --read-only          # to be looked at; links hold, as the port does\n\n\
Exit code: 0 ended by SIGINT or SIGTERM, or by closing the terminal · 1 a fatal error · 2 wrong usage."
)]
pub struct Arguments {
    /// An output of `dateline tag`
    #[arg(value_name = "RECORDS")]
    records: PathBuf,

    /// The index to read, which is made or brought up to date if need be [default: RECORDS with .db
    /// in place of .jsonl]
    #[arg(long, value_name = "INDEX")]
    index: Option<PathBuf>,

    /// Port to listen on; 0 takes a free one. With one of your own links to a mention stay good
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,

    /// Open the page in your browser
    #[arg(long)]
    open: bool,

    /// Nobody can decide anything
    #[arg(long)]
    read_only: bool,

    /// Whose decisions these are [default: the user's name]
    #[arg(long, value_name = "NAME", conflicts_with = "tokens", value_parser = analyst)]
    analyst: Option<String>,

    /// Decide where others differ
    #[arg(long = "as", value_name = "ROLE", value_parser = ["judge"])]
    role: Option<String>,

    /// Rules that hold for the corpus, as `dateline tag --rules` reads them
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// Listen on this address of this machine, for other machines, e.g. 10.0.0.5:8017. Encryption is
    /// for a proxy in front of it
    #[arg(long, value_name = "ADDRESS", requires = "tokens", requires = "host", conflicts_with = "port")]
    listen: Option<SocketAddr>,

    /// Analysts and their tokens, a line each: a name, a space, at least 32 letters and digits
    #[arg(long, value_name = "FILE", requires = "listen")]
    tokens: Option<PathBuf>,

    /// A name under which browsers reach the page, with its port if it is not the usual one; can be
    /// given several times
    #[arg(long, value_name = "NAME", requires = "listen")]
    host: Vec<String>,

    /// No progress or notes; the address and errors only
    #[arg(short, long)]
    quiet: bool,

    /// Read the page from this directory, to work on it
    #[cfg(debug_assertions)]
    #[arg(long, value_name = "DIR", hide = true)]
    assets: Option<PathBuf>,
}

fn analyst(name: &str) -> Result<String, String> {
    if http::is_analyst(name) {
        return Ok(name.to_owned());
    }
    Err("wanted letters, digits, - and _: it becomes the name of a file".to_owned())
}

impl Arguments {
    fn assets(&self) -> Assets {
        #[cfg(debug_assertions)]
        if let Some(dir) = &self.assets {
            return Assets::Directory(dir.clone());
        }
        Assets::BuiltIn
    }

    fn options(&self) -> Options {
        Options {
            records: self.records.clone(),
            index: self.index.clone().unwrap_or_else(|| beside(&self.records)),
            read_only: self.read_only,
            judge: self.role.is_some(),
            assets: self.assets(),
        }
    }
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let found = std::fs::metadata(&arguments.records);
    let found = found.map_err(|error| Stop::usage(format!("{}: {error}", arguments.records.display()), None))?;
    if found.is_dir() {
        let hint = "name one output in it; dateline merge makes one of several".to_owned();
        return Err(Stop::usage(format!("{}: is a directory", arguments.records.display()), Some(hint)));
    }
    let options = arguments.options();
    let (tokens, listeners) = match (&arguments.tokens, arguments.listen) {
        (Some(tokens), Some(address)) => (Tokens::open(tokens)?, Listeners::at(address)?),
        _ => {
            let token = Token::new().map_err(|error| Stop::fatal(format!("no token can be made: {error}"), None))?;
            let analyst = arguments.analyst.clone().unwrap_or_else(user);
            (Tokens::one(token, &analyst), Listeners::local(arguments.port)?)
        }
    };
    let signals = Signals::catch().and_then(|signals| signals::survive_long_files().map(|()| signals));
    let signals = Arc::new(signals.map_err(|error| Stop::fatal(format!("signals cannot be caught: {error}"), None))?);

    let rules = arguments.rules.as_deref().map(verdicts::read_rules).transpose()?.unwrap_or_default();
    let analysts: Vec<String> = tokens.all().map(|(analyst, _)| analyst.to_owned()).collect();
    let (review, notes) = Review::open(options, &analysts, rules)?;
    notes.iter().for_each(|note| terminal::note(note));
    let review = Arc::new(review);
    let address = address(&listeners, &tokens);
    let guard = Guard::new(listeners.port, &arguments.host, tokens);
    let (preparing, stopped) = (Arc::clone(&review), Arc::clone(&signals));
    let quiet = arguments.quiet;
    let preparation = thread::spawn(move || prepare(&preparing, &stopped, quiet));
    // The address alone, so that a script can read it.
    terminal::page(&format!("{}\n", address.as_deref().unwrap_or("listening")));
    if arguments.open && address.is_some() {
        let ticket = Token::new().map_err(|error| Stop::fatal(format!("no token can be made: {error}"), None))?;
        open(&format!("http://127.0.0.1:{}/#o={}", listeners.port, ticket.as_str()));
        guard.issue(ticket);
    }
    let mut preparation = Some(preparation);
    let mut failed = None;
    let served = http::serve(listeners, guard, review, || {
        if preparation.as_ref().is_some_and(thread::JoinHandle::is_finished) {
            let ended = preparation.take().map(thread::JoinHandle::join);
            if let Some(Ok(Err(stop))) = ended {
                failed = Some(stop);
            }
        }
        failed.is_none() && signals.exit_code().is_none()
    });
    served.map_err(|error| Stop::fatal(format!("cannot listen: {error}"), None))?;
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

/// The overview of `records` as one file that needs no server.
pub fn still(records: &Path, rules: Vec<verdicts::Rule>) -> Result<String, Stop> {
    let options =
        Options { records: records.to_owned(), index: beside(records), read_only: true, ..Options::default() };
    let (review, notes) = Review::open(options, &[], rules)?;
    notes.iter().for_each(|note| terminal::note(note));
    review.corpus.prepare(|_| ControlFlow::Continue(()))?;
    review.page().map_err(|message| Stop::fatal(format!("{}: {message}", records.display()), None))
}

/// Makes the index, or brings it up to date.
fn prepare(review: &Review, signals: &Signals, quiet: bool) -> Result<(), Stop> {
    let total = std::fs::metadata(&review.corpus.records).map(|found| found.len()).ok();
    let mut progress = Progress::new(quiet, total);
    let prepared = review.corpus.prepare(|built| {
        progress.update(built.read, built.bytes);
        if signals.exit_code().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.clear();
    Ok(prepared?)
}

/// What to open: the page with its key. With a file of tokens each analyst has another.
fn address(listeners: &Listeners, tokens: &Tokens) -> Option<String> {
    let mut all = tokens.all();
    let (_, token) = all.next()?;
    let is_local = listeners.addresses().first().is_some_and(|address| address.ip().is_loopback());
    (is_local && all.next().is_none()).then(|| format!("http://127.0.0.1:{}/#t={token}", listeners.port))
}

/// `out.db` for `out.jsonl`, and for `out.jsonl.gz`.
fn beside(records: &Path) -> PathBuf {
    let name = records.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split(".jsonl").next().unwrap_or_default();
    records.with_file_name(format!("{stem}.db"))
}

/// The name of the user, as far as it can be a file's.
fn user() -> String {
    let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME")).unwrap_or_default();
    if http::is_analyst(&name) { name } else { "analyst".to_owned() }
}

/// Asks the desktop to open the page. Where there is none, the address is on the screen.
fn open(address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started =
        Command::new(opener).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if started.is_err() {
        terminal::note(&format!("--open: there is no {opener} here; open the address by hand"));
    }
}
