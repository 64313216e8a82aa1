//! dateline
pub mod document;
pub mod eval;
pub mod label;
pub mod span;
