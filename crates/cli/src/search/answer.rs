//! An answered query, to be printed in one form or another.

use dateline_search::Index;
use dateline_search::index::TextError;
use dateline_search::search::{FacetOptions, Found};

use crate::search::arguments::Arguments;
use crate::stop::Stop;
use crate::terminal;

/// What there is to print, and how.
pub struct Answer<'a> {
    pub arguments: &'a Arguments,
    pub index: &'a Index,
    pub found: &'a Found<'a>,
    pub facets: &'a [FacetOptions],
    pub start: std::time::Instant,
}

impl Answer<'_> {
    /// Ids or records, a line each.
    pub fn lines(&self) -> Result<(), Stop> {
        let arguments = self.arguments;
        for (article, _) in self.found.articles(&arguments.page())? {
            let line = if arguments.ids {
                terminal::visible(&article.key)
            } else {
                self.found.record(&article).map_err(unreadable)?
            };
            // A pipe that is closed ends quietly.
            if std::io::Write::write_all(&mut std::io::stdout().lock(), (line + "\n").as_bytes()).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Says once that the records are not what was indexed.
    pub fn complain(&self) -> impl FnMut(&TextError) + use<> {
        let mut has_complained = false;
        move |error| {
            if !std::mem::replace(&mut has_complained, true) {
                terminal::note(&format!("{}; dateline index brings the index up to date", chain(error)));
            }
        }
    }
}

fn unreadable(error: TextError) -> Stop {
    let hint = "dateline index brings the index up to date with its records";
    Stop::usage(chain(&error), Some(hint.to_owned()))
}

fn chain(error: &TextError) -> String {
    dateline::internals::error::chain(error)
}
