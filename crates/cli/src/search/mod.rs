//! `dateline search`: a query → hits, for people, for programs, or as the records that they are.

mod answer;
mod arguments;
mod facets;
mod json;
mod page;

use std::process::ExitCode;

use dateline_search::Index;
use dateline_search::query::{self, Expr};
use dateline_search::search::Found;

use crate::search::answer::Answer;
use crate::stop::Stop;
use crate::terminal;

pub use arguments::Arguments;

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let start = std::time::Instant::now();
    let index = Index::open(&arguments.index)?;
    if !index.about().is_complete() {
        let path = arguments.index.display();
        terminal::note(&format!("{path}: the run that writes it is not at its end; there may be more articles"));
    }
    let query = match &arguments.query {
        Some(query) => query::parse(query, index.kinds())?,
        None => Expr::And(Vec::new()),
    };
    let facets = facets::settle(&arguments.facet, index.kinds())?;
    let found = match &arguments.like {
        Some(key) => index.search_like(query, key)?,
        None => index.search(query)?,
    };
    let n = found.count();
    if n == 0 {
        say_nothing(&found);
    }
    let answer = Answer { arguments, index: &index, found: &found, facets: &facets, start };
    if arguments.count {
        terminal::page(&format!("{n}\n"));
    } else if arguments.ids || arguments.records {
        answer.lines()?;
    } else if arguments.json {
        json::print(&answer)?;
    } else if n > 0 {
        page::print(&answer)?;
    }
    Ok(ExitCode::from(u8::from(n == 0)))
}

/// Nothing was found: that is said, and what of the query is true of no article at all.
fn say_nothing(found: &Found<'_>) {
    let without: Vec<String> = found.without().iter().map(|term| terminal::one_line(term)).collect();
    let why = match without.as_slice() {
        [] => "no article has all of it".to_owned(),
        terms => format!("no article has {}", terms.join(", none has ")),
    };
    terminal::note(&format!("nothing found: {why}"));
}
