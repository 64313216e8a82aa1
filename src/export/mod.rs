//! Records as other tools read them.
//!
//! Records go in one after another, as rules and verdicts leave them; lines, a table or a directory
//! of files come out, in one of the [`Format`]s. Each writes what it can say; what it cannot is a
//! [`Loss`], which names the article and the words, so that nothing is dropped silently. Nothing is
//! decided here: see [`verdicts`](crate::verdicts).

mod annotated;
mod brat;
mod conll;
mod csv;
mod exporter;
mod format;
mod json;
mod label_studio;
mod loss;
#[cfg(test)]
mod tests;
mod tokens;
mod web;
mod xmi;

pub use csv::cell;
pub use exporter::{ExportError, Exporter, Totals};
pub use format::Format;
pub use loss::Loss;
