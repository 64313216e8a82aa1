//! dateline
pub mod document;
pub mod label;
pub mod source;
pub mod span;
