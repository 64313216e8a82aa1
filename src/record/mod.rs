//! The JSONL record, version 1: the only form in which results leave the program, and the way back.
//!
//! The input object comes back with its fields, their order and their bytes untouched, and these
//! keys after them: `mentions`, `entities`, `topics` from a model that gives them, `embedding`
//! where one was asked for, `coverage`, `warnings`, `tagger`. `start` and `end` of a mention are
//! half-open code-point offsets into the named field. An article that could not be tagged is a dead
//! letter, see [`dead`]: a line in a file of its own, or, among records, the value of the one key
//! `error`.
//!
//! [`RecordWriter`] makes lines of outcomes; [`Record::parse`] and [`Line::parse`] read them. Both
//! go through the structs of `data`, so what is written can be read: `parse(write(x)) = x`, and
//! writing that again gives the same bytes. Version 1 grows by keys: a reader passes over those
//! that it does not know.

mod data;
pub mod dead;
mod json;
pub(crate) mod path;
pub(crate) mod read;
#[cfg(test)]
mod tests;
mod write;

pub use crate::span::{Offsets, Position};
pub use data::{Record, RecordEntity, RecordField, RecordLink, RecordMention, RecordStamp, RecordTopic};
pub use read::{Line, RecordError};
pub use write::RecordWriter;

/// The keys that a record may add to its article's, in their order.
pub const KEYS: &[&str] = &["mentions", "entities", "topics", "embedding", "coverage", "warnings", "tagger"];
