//! What happens as a run goes on: results are written and counted, and some of them, or a signal, end it.

use std::time::Duration;

use dateline::internals::sink::{Lines, Sink};
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
    sink: Option<Sink>,
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
        Self { sink: Some(sink), signals, max_dead, progress, tally: Tally::default() }
    }

    fn sink(&mut self) -> &mut Sink {
        self.sink.as_mut().expect("it is only taken to end the process")
    }

    /// Writes what is done. Does not return if that ends the run.
    pub fn write(&mut self, done: Done) {
        let n_tagged = done.tally.articles - done.tally.n_failed();
        let lines = Lines {
            records: &done.records,
            dead: &done.dead,
            n_tagged,
            failed: done.tally.failed.iter().map(|(code, n)| (code.name(), *n)).collect(),
        };
        if let Err(error) = self.sink().write(&lines) {
            // Nothing more can come of this run, and its reader may be waiting for input that never ends.
            self.progress.clear();
            exit(&Stop::from(error));
        }
        self.tally.add(done.tally);
        self.progress.update(self.tally.articles, done.bytes_read);
        if let Some(failure) = done.stopped_by {
            let hint = failure.code.hint().map(str::to_owned);
            self.end(|_| Stop::fatal(failure.message, hint));
        }
        self.heed_failures();
        self.heed_signals();
    }

    /// Ends the run if too many articles have failed.
    fn heed_failures(&mut self) {
        let sink = self.sink();
        let (mut n, mut n_failed) = (sink.n_done(), sink.n_failed());
        if n == 0 {
            (n, n_failed) = (self.tally.articles, self.tally.n_failed());
        }
        if n < FEW || n_failed as f64 * 100.0 <= self.max_dead * n as f64 {
            return;
        }
        let codes: Vec<String> = self.tally.failed.iter().map(|(code, n)| format!("{code} {}", grouped(*n))).collect();
        let first = self.tally.failures.first().cloned().unwrap_or_default();
        let message = format!(
            "{} of {} could not be tagged, more than {} %: {}; the first: {first}",
            grouped(n_failed),
            counted(n, "article"),
            self.max_dead,
            codes.join(", "),
        );
        let way_out = self.tally.failed.keys().find_map(|code| code.hint());
        let go_on = "--max-dead 100 goes on whatever fails";
        let hint = way_out.map_or_else(|| go_on.to_owned(), |way_out| format!("{way_out}; {go_on}"));
        self.end(|_| Stop::fatal(message, Some(hint)));
    }

    /// Ends the run if a signal has come.
    pub fn heed_signals(&mut self) {
        let Some(code) = self.signals.exit_code() else { return };
        self.end(|safe| match safe {
            0 => Stop::interrupted(code, "interrupted"),
            safe => Stop::interrupted(
                code,
                format!("interrupted; {} safe, and the same command goes on after them", counted(safe, "article")),
            ),
        });
    }

    /// Leaves the output so that another run can go on, and ends the process: workers need not finish what nobody will read.
    fn end(&mut self, stop: impl FnOnce(u64) -> Stop) {
        self.progress.clear();
        let safe = self.sink.take().map_or(Ok(0), Sink::suspend);
        match safe {
            Ok(safe) => exit(&stop(safe)),
            Err(error) => exit(&Stop::from(error)),
        }
    }

    /// What there is at the end of the corpus.
    pub fn finish(self) -> (Sink, Tally, Duration) {
        let elapsed = self.progress.finish();
        (self.sink.expect("it is only taken to end the process"), self.tally, elapsed)
    }
}

fn exit(stop: &Stop) -> ! {
    stop.report();
    std::process::exit(1)
}
