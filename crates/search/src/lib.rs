//! Searching in what dateline has found: an index beside the records, and what is fed to the search
//! engines that people run.
//!
//! A record becomes an [`Entry`], the same for every target. [`index`] puts entries into one SQLite
//! file; [`query`] reads questions, and [`search`] answers them. [`browse`] lists what is in an index
//! without a question, for a page to look through. [`feed`](mod@feed) sends entries to the engines
//! that people run. Nothing here prints or exits, and nothing but feeds reads a clock or
//! uses the network.

#![warn(missing_docs)]

pub mod aliases;
pub mod browse;
pub mod date;
pub mod entry;
pub mod feed;
pub mod fold;
pub mod index;
pub mod query;
pub mod search;
mod vector;

pub use aliases::Aliases;
pub use entry::{Entry, Keys};
pub use index::Index;
