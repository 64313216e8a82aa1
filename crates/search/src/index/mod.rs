//! The index: one SQLite file beside the records, which `dateline index` makes and
//! `dateline search` reads.
//!
//! It is derived data. What is in it is in `schema.sql`, for people too; the text of articles stays
//! in the records and is read from there.

mod about;
mod build;
mod error;
mod input;
mod lock;
pub(crate) mod open;
mod read;
pub(crate) mod vectors;
mod verify;
mod write;

pub use about::About;
pub use build::{BuildOptions, Built, build};
pub use error::IndexError;
pub(crate) use lock::Lock;
pub use open::is_index;
pub use read::{Article, Index, IndexedFile, Text, TextError};
pub use verify::{Found, find, verify};
