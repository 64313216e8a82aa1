//! Searching in what dateline has found: an index beside the records, and what is fed to the search
//! engines that people run.
//!
//! A record becomes an [`Entry`], the same for every target.

#![warn(missing_docs)]

pub mod aliases;
pub mod date;
pub mod entry;
pub mod feed;
pub mod fold;

pub use aliases::Aliases;
pub use entry::{Entry, Keys};
