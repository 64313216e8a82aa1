//! Why one record fails while the run continues.

use crate::document::FailureCode;

/// Why one record fails while the run continues.
#[derive(PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The reason.
    pub code: FailureCode,
    /// Where in the record, in bytes from its start.
    pub at: usize,
    /// What was found and what was wanted.
    pub message: String,
}

impl Refusal {
    /// A refusal at byte `at` of the record.
    pub fn new(code: FailureCode, at: usize, message: impl Into<String>) -> Self {
        Self { code, at, message: message.into() }
    }
}
