//! dateline
pub mod document;
pub mod label;
pub mod span;
