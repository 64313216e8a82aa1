//! `dateline search`: a query → hits, for people, for programs, or as the records that they are.

mod facets;
mod json;
mod page;

use std::path::PathBuf;
use std::process::ExitCode;

use dateline_search::Index;
use dateline_search::index::TextError;
use dateline_search::query::{self, Expr};
use dateline_search::search::{FacetOptions, Found, Page, Sort};

use crate::stop::Stop;
use crate::terminal;

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// What `dateline index` has made
    #[arg(value_name = "INDEX")]
    index: PathBuf,

    /// What to look for; see below
    #[arg(value_name = "QUERY", required_unless_present = "like", allow_hyphen_values = true)]
    query: Option<String>,

    /// Hits that are shown [default: 10; all with --records or --ids]
    #[arg(short, value_name = "N", value_parser = crate::parse::count)]
    n: Option<usize>,

    /// Hits that are passed over
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = crate::parse::count)]
    from: usize,

    /// Order of hits: by relevance, by the share of the article that the names have, the oldest
    /// first or (-date) the newest first
    #[arg(long, value_enum, default_value_t = SortArgument::Relevance, allow_hyphen_values = true)]
    sort: SortArgument,

    /// Count what is in the hits: person, place, org, misc, topic, source, date:year, date:month,
    /// date:day; person=20 for twenty of them, person~gonz for those with a word that begins so
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', value_parser = facets::parse)]
    facet: Vec<FacetOptions>,

    /// Count each facet as if the query did not ask for anything of its kind
    #[arg(long)]
    all_facets: bool,

    /// Print JSON lines: hits, facets, and a summary at the end
    #[arg(long, group = "form")]
    json: bool,

    /// Print the records themselves, as they stand in their file
    #[arg(long, group = "form")]
    records: bool,

    /// Print ids, one a line
    #[arg(long, group = "form")]
    ids: bool,

    /// Print how many articles there are
    #[arg(long, group = "form")]
    count: bool,

    /// Articles like the one with this id, by their embeddings; a query narrows them
    #[arg(long, value_name = "ID", conflicts_with_all = ["sort", "names"])]
    like: Option<String>,

    /// List names instead of articles: those that the query asks for, or else all in the hits; how
    /// often, when, with whom, known as what
    #[arg(long, conflicts_with_all = ["records", "ids"])]
    names: bool,

    /// Say how the query was understood, and which mentions matched
    #[arg(long)]
    explain: bool,

    /// Characters of text that are shown with a hit; 0 for none
    #[arg(long, value_name = "N", default_value_t = 160, value_parser = crate::parse::count)]
    snippet: usize,
}

const HELP: &str = "All terms of a query have to be true:\n  \
peace \"free aceh\" rebel*      words, phrases and beginnings of words in title and text\n  \
person:Dunford place:Helsinki  names, also org: misc:, and name: for any kind; an alias will do\n  \
person:\"Joe Dunford\"           words in this order in one name\n  \
person:(Dunford Joe)           words in any order in one name\n  \
person:dunf*                   names with a word that begins so\n  \
[person:Dunford place:Finland] both in one sentence\n  \
about:NATO                     any kind, and at least a tenth of the article's attention\n  \
topic:politics                 or a code, topic:medtop:11000000\n  \
date:2024  date:2024-03..2024-06  date:>=2024-03-05\n  \
title:volcano  text:ash  source:wire/*  id:wire-0417  *\n  \
a OR b, -a, ( )                \"a b OR c\" is \"(a b) OR c\"\n\n\
Exit code: 0 found · 1 nothing found · 2 a query that cannot be understood, or no index.";

/// `--sort`
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum SortArgument {
    Relevance,
    Salience,
    Date,
    #[value(name = "-date")]
    DateDescending,
}

impl Arguments {
    fn page(&self) -> Page {
        let sort = match self.sort {
            SortArgument::Relevance => Sort::Relevance,
            SortArgument::Salience => Sort::Salience,
            SortArgument::Date => Sort::Oldest,
            SortArgument::DateDescending => Sort::Newest,
        };
        Page { sort, from: self.from, n: self.n(), snippet: self.snippet }
    }

    /// Hits that are shown.
    fn n(&self) -> usize {
        let all = self.records || self.ids;
        self.n.unwrap_or(if all { usize::MAX } else { 10 })
    }
}

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

/// What there is to print, and how.
struct Answer<'a> {
    arguments: &'a Arguments,
    index: &'a Index,
    found: &'a Found<'a>,
    facets: &'a [FacetOptions],
    start: std::time::Instant,
}

impl Answer<'_> {
    /// Ids or records, a line each.
    fn lines(&self) -> Result<(), Stop> {
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
    fn complain(&self) -> impl FnMut(&TextError) + use<> {
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

/// Nothing was found: that is said, and what of the query is true of no article at all.
fn say_nothing(found: &Found<'_>) {
    let without: Vec<String> = found.without().iter().map(|term| terminal::one_line(term)).collect();
    let why = match without.as_slice() {
        [] => "no article has all of it".to_owned(),
        terms => format!("no article has {}", terms.join(", none has ")),
    };
    terminal::note(&format!("nothing found: {why}"));
}
