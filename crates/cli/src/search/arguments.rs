//! What `dateline search` is told.

use std::path::PathBuf;

use dateline_search::search::{FacetOptions, Page, Sort};

use crate::search::facets;

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// What `dateline index` has made
    #[arg(value_name = "INDEX")]
    pub index: PathBuf,

    /// What to look for; see below
    #[arg(value_name = "QUERY", required_unless_present = "like", allow_hyphen_values = true)]
    pub query: Option<String>,

    /// Hits that are shown [default: 10; all with --records or --ids]
    #[arg(short, value_name = "N", value_parser = crate::parse::count)]
    n: Option<usize>,

    /// Hits that are passed over
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = crate::parse::count)]
    pub from: usize,

    /// Order of hits: by relevance, by the share of the article that the names have, the oldest
    /// first or (-date) the newest first
    #[arg(long, value_enum, default_value_t = SortArgument::Relevance, allow_hyphen_values = true)]
    sort: SortArgument,

    /// Count what is in the hits: person, place, org, misc, topic, source, date:year, date:month,
    /// date:day; person=20 for twenty of them, person~gonz for those with a word that begins so
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', value_parser = facets::parse)]
    pub facet: Vec<FacetOptions>,

    /// Count each facet as if the query did not ask for anything of its kind
    #[arg(long)]
    pub all_facets: bool,

    /// Print JSON lines: hits, facets, and a summary at the end
    #[arg(long, group = "form")]
    pub json: bool,

    /// Print the records themselves, as they stand in their file
    #[arg(long, group = "form")]
    pub records: bool,

    /// Print ids, one a line
    #[arg(long, group = "form")]
    pub ids: bool,

    /// Print how many articles there are
    #[arg(long, group = "form")]
    pub count: bool,

    /// Articles like the one with this id, by their embeddings; a query narrows them
    #[arg(long, value_name = "ID", conflicts_with_all = ["sort", "names"])]
    pub like: Option<String>,

    /// List names instead of articles: those that the query asks for, or else all in the hits; how
    /// often, when, with whom, known as what
    #[arg(long, conflicts_with_all = ["records", "ids"])]
    pub names: bool,

    /// Say how the query was understood, and which mentions matched
    #[arg(long)]
    pub explain: bool,

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
    /// The hits that are shown.
    pub fn page(&self) -> Page {
        let sort = match self.sort {
            SortArgument::Relevance => Sort::Relevance,
            SortArgument::Salience => Sort::Salience,
            SortArgument::Date => Sort::Oldest,
            SortArgument::DateDescending => Sort::Newest,
        };
        Page { sort, from: self.from, n: self.n(), snippet: self.snippet }
    }

    /// Hits that are shown.
    pub fn n(&self) -> usize {
        let all = self.records || self.ids;
        self.n.unwrap_or(if all { usize::MAX } else { 10 })
    }
}
