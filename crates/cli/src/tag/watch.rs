//! What happens while a run is under way: results are written and counted, and some of them, or a
//! signal, end it.

use std::ops::ControlFlow;
use std::time::Duration;

use dateline::document::Failure;
use dateline::internals::sink::{Lines, Sink, SinkError};
use dateline::internals::tally::Tally;
use dateline::run::Done;

use crate::progress::Progress;
use crate::signals::Signals;
use crate::stop::Stop;
use crate::terminal::{counted, grouped};

/// Articles before which nothing can be said about how many fail.
const FEW: u64 = 1000;

/// Watches over a run.
pub struct Watch {
    sink: Sink,
    signals: Signals,
    /// Percentage of articles that may fail.
    max_dead: f64,
    progress: Progress,
    tally: Tally,
}

impl Watch {
    /// Over a run that writes to `sink` and reads `total_bytes`, if that is known.
    pub fn new(sink: Sink, signals: Signals, max_dead: f64, quiet: bool, total_bytes: Option<u64>) -> Self {
        let progress = Progress::new(quiet, total_bytes);
        Self { sink, signals, max_dead, progress, tally: Tally::default() }
    }

    /// Writes what is done, and ends the run if something in it, or how many have failed, or a
    /// signal says so.
    pub fn write(&mut self, done: Done) -> ControlFlow<Reason> {
        let failed = done.tally.failed.iter().map(|(code, n)| (code.name(), *n)).collect();
        let n_tagged = done.tally.articles - done.tally.n_failed();
        let lines = Lines { records: &done.records, dead: &done.dead, n_tagged, failed };
        if let Err(error) = self.sink.write(&lines) {
            return ControlFlow::Break(Reason::Sink(error));
        }
        self.tally.add(done.tally);
        self.progress.update(self.tally.articles, done.bytes_read);
        if let Some(failure) = done.stopped_by {
            return ControlFlow::Break(Reason::Failure(failure));
        }
        self.heed_failures()?;
        self.heed_signals()
    }

    /// Ends the run if too many articles have failed.
    fn heed_failures(&self) -> ControlFlow<Reason> {
        let (mut n, mut n_failed) = (self.sink.n_done(), self.sink.n_failed());
        if n == 0 {
            (n, n_failed) = (self.tally.articles, self.tally.n_failed());
        }
        if n < FEW || n_failed as f64 * 100.0 <= self.max_dead * n as f64 {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(Reason::TooManyFailed { n, n_failed })
    }

    /// Ends the run if a signal has come.
    pub fn heed_signals(&self) -> ControlFlow<Reason> {
        match self.signals.exit_code() {
            None => ControlFlow::Continue(()),
            Some(code) => ControlFlow::Break(Reason::Signal(code)),
        }
    }

    /// Leaves the output so that another run can resume it, and says why this one ended.
    pub fn stop(self, reason: Reason) -> Stop {
        self.progress.clear();
        let Self { sink, max_dead, tally, .. } = self;
        // What cannot be written cannot be brought to a good end either.
        if let Reason::Sink(error) = reason {
            return Stop::from(error);
        }
        let safe = match sink.suspend() {
            Ok(safe) => safe,
            Err(error) => return Stop::from(error),
        };
        match reason {
            Reason::Sink(error) => Stop::from(error),
            Reason::Failure(failure) => {
                let hint = failure.code.hint().map(str::to_owned);
                Stop::fatal(failure.message, hint)
            }
            Reason::TooManyFailed { n, n_failed } => too_many_failed(&tally, max_dead, n, n_failed),
            Reason::Signal(code) if safe == 0 => Stop::interrupted(code, "interrupted"),
            Reason::Signal(code) => {
                let safe = counted(safe, "article");
                Stop::interrupted(code, format!("interrupted; {safe} safe: run the same command again to resume"))
            }
        }
    }

    /// What there is at the end of the corpus.
    pub fn finish(self) -> (Sink, Tally, Duration) {
        let elapsed = self.progress.finish();
        (self.sink, self.tally, elapsed)
    }
}

/// Why a run ends before its corpus does.
pub enum Reason {
    /// Nothing more can be written.
    Sink(SinkError),
    /// The first article that failed, where one is enough.
    Failure(Box<Failure>),
    /// More articles have failed than may.
    TooManyFailed {
        /// Articles.
        n: u64,
        /// Of these, those that failed.
        n_failed: u64,
    },
    /// A signal, by its exit code.
    Signal(u8),
}

fn too_many_failed(tally: &Tally, max_dead: f64, n: u64, n_failed: u64) -> Stop {
    let codes: Vec<String> = tally.failed.iter().map(|(code, n)| format!("{code} {}", grouped(*n))).collect();
    let first = tally.failures.first().cloned().unwrap_or_default();
    let message = format!(
        "{} of {} could not be tagged, more than {max_dead} %: {}; the first: {first}",
        grouped(n_failed),
        counted(n, "article"),
        codes.join(", "),
    );
    let way_out = tally.failed.keys().find_map(|code| code.hint());
    let carry_on = "--max-dead 100 carries on whatever fails";
    let hint = way_out.map_or_else(|| carry_on.to_owned(), |way_out| format!("{way_out}; {carry_on}"));
    Stop::fatal(message, Some(hint))
}
