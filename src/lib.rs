//! dateline
pub mod document;
pub mod label;
pub mod merge;
pub mod segment;
pub mod span;
