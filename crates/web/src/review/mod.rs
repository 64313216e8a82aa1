//! The analyst's room: a page over one corpus, on which to look and to decide.
//!
//! [`Review`] answers requests from the index and the records; what was decided stands in the logs of
//! `dateline::verdicts` and in none of them. One file an endpoint, each a function from what is asked
//! to an answer.

mod api;
mod article;
mod articles;
mod assets;
mod corpus;
mod names;
mod opened;
mod overview;
mod places;
mod queue;
mod refusals;

pub use api::Review;
pub use assets::Source as Assets;
pub use corpus::{Corpus, State};

use std::path::PathBuf;

/// What is reviewed, and by whom.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The output of `dateline tag`.
    pub records: PathBuf,
    /// Its index, which is made if it is missing.
    pub index: PathBuf,
    /// Nothing is written, and nobody can decide.
    pub read_only: bool,
    /// Whose decisions these are, where there is one token for all.
    pub analyst: String,
    /// Decides where others differ.
    pub judge: bool,
    /// Rules that hold for the corpus.
    pub rules: Option<PathBuf>,
    /// Where the page comes from.
    pub assets: Assets,
}
