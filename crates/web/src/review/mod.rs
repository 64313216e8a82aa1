//! The analyst's room: a page over one corpus, on which to look and to decide.
//!
//! [`Review`] answers requests from the index and the records; what was decided stands in the logs of
//! `dateline::verdicts` and in none of them. One file an endpoint, each a function from what is asked
//! to an answer.

mod api;
mod article;
mod articles;
mod assets;
mod changes;
mod corpus;
mod decide;
mod desk;
mod export;
mod history;
mod names;
mod overview;
mod places;
mod quality;
mod queue;
mod refusals;
mod rules;
mod sample;
mod standing;
mod still;
mod stored;

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
    /// Decides where others differ.
    pub judge: bool,
    /// Where the page comes from.
    pub assets: Assets,
}
