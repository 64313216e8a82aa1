//! dateline
pub mod document;
pub mod label;
pub mod segment;
pub mod span;
