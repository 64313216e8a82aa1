//! dateline
pub mod document;
pub mod kernels;
pub mod label;
pub mod span;
