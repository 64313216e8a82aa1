//! How far a run is: a bar where there is a terminal, a line now and then where there is none.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::{self, counted, grouped};

/// Time between two plain lines.
const EVERY: Duration = Duration::from_secs(10);

/// Shows progress on standard error.
pub struct Progress {
    display: Display,
    start: Instant,
    total: Option<u64>,
}

enum Display {
    Bar(ProgressBar),
    Lines { last: Instant },
    Nothing,
}

impl Progress {
    /// Progress over `total` bytes of input (`None` if that is unknown).
    pub fn new(quiet: bool, total: Option<u64>) -> Self {
        let start = Instant::now();
        let display = if quiet {
            Display::Nothing
        } else if std::io::stderr().is_terminal() {
            Display::Bar(bar(total))
        } else {
            Display::Lines { last: start }
        };
        Self { display, start, total }
    }

    /// Shows that `articles` are done, which is all there was in the first `bytes` of the input.
    pub fn update(&mut self, articles: u64, bytes: u64) {
        let seconds = self.start.elapsed().as_secs_f64();
        let rate = articles as f64 / seconds.max(1e-3);
        match &mut self.display {
            Display::Nothing => {}
            Display::Bar(bar) => {
                bar.set_position(bytes);
                bar.set_message(format!("{}, {rate:.0}/s", counted(articles, "article")));
            }
            Display::Lines { last } if last.elapsed() < EVERY => {}
            Display::Lines { last } => {
                *last = Instant::now();
                let mut line = format!("{}, {rate:.0} articles/s", counted(articles, "article"));
                if let Some(total) = self.total.filter(|&total| total > 0) {
                    let share = (bytes as f64 / total as f64).min(1.0);
                    line.push_str(&format!(", {:.0} % of {} bytes", 100.0 * share, grouped(total)));
                    if share > 0.0 {
                        line.push_str(&format!(", {:.0} s left", seconds * (1.0 - share) / share));
                    }
                }
                terminal::note(&line);
            }
        }
    }

    /// Takes the bar away, so that what follows is printed on a clean line.
    pub fn clear(&self) {
        if let Display::Bar(bar) = &self.display {
            bar.finish_and_clear();
        }
    }

    /// [`Self::clear`], and how long it all took.
    pub fn finish(self) -> Duration {
        self.clear();
        self.start.elapsed()
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), "{bar:30} {percent}% of {total_bytes}, {msg}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} read, {msg}, {elapsed}"),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
    bar.set_message(counted(0, "article"));
    bar.set_style(ProgressStyle::with_template(template).expect("the template is well-formed"));
    bar
}
