//! Why a command ended before its work was done, as the user sees it.

use std::fmt;
use std::process::ExitCode;

use dateline::internals::error::{Severity, UserError, chain};

use crate::terminal;

/// The end of a command before its work was done.
#[derive(Debug)]
pub struct Stop {
    code: u8,
    /// Nothing where there is nothing to say.
    message: Option<String>,
    hint: Option<String>,
}

impl Stop {
    /// Wrong usage, in words.
    pub fn usage(message: impl fmt::Display, hint: Option<String>) -> Self {
        Self { code: Severity::Usage.exit_code(), message: Some(message.to_string()), hint }
    }

    /// Something that went wrong on the way, in words.
    pub fn fatal(message: impl fmt::Display, hint: Option<String>) -> Self {
        Self { code: Severity::Fatal.exit_code(), message: Some(message.to_string()), hint }
    }

    /// A signal has come, and this is what is left.
    pub fn interrupted(code: u8, message: impl fmt::Display) -> Self {
        Self { code, message: Some(message.to_string()), hint: None }
    }

    /// The same with another hint, if there is one.
    pub fn with_hint(self, change: impl FnOnce(String) -> String) -> Self {
        Self { hint: self.hint.map(change), ..self }
    }

    /// Says on standard error what happened, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        if let Some(message) = &self.message {
            terminal::error(message, self.hint.as_deref());
        }
        ExitCode::from(self.code)
    }
}

impl<E: UserError> From<E> for Stop {
    fn from(error: E) -> Self {
        let severity = error.severity();
        let message = (severity != Severity::Done).then(|| chain(&error));
        Self { code: severity.exit_code(), message, hint: error.hint() }
    }
}
