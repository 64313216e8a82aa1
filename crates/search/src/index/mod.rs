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
mod open;
mod read;
mod verify;
mod write;

pub use about::About;
pub use build::{BuildOptions, Built, build};
pub use error::IndexError;
pub use open::is_index;
pub use read::{Article, Index, Text, TextError};
pub use verify::{Found, State, find, verify};
