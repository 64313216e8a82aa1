//! Why a command could not go on, as the user sees it.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use crate::eval::GoldError;
use crate::model::ModelError;
use crate::run::{RunError, WorkersError};
use crate::sink::SinkError;
use crate::source::SourceError;
use crate::tagger::UnknownLabel;

use super::terminal;

/// The end of a command before its work was done.
#[derive(Debug)]
pub struct Stop {
    code: u8,
    message: String,
    hint: Option<String>,
}

impl Stop {
    /// Exit code for what the user has to say differently.
    const USAGE: u8 = 2;
    /// Exit code for what happened on the way.
    const FAILED: u8 = 1;

    /// Wrong usage, in words.
    pub fn usage(message: impl fmt::Display, hint: Option<String>) -> Self {
        Self { code: Self::USAGE, message: message.to_string(), hint }
    }

    /// Says on standard error what happened, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        // A closed pipe is how `head` says that it has enough.
        if !self.message.is_empty() {
            terminal::error(&self.message, self.hint.as_deref());
        }
        ExitCode::from(self.code)
    }
}

fn chain(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    message
}

impl From<ModelError> for Stop {
    fn from(error: ModelError) -> Self {
        Self { code: Self::USAGE, message: chain(&error), hint: error.hint() }
    }
}

impl From<UnknownLabel> for Stop {
    fn from(error: UnknownLabel) -> Self {
        Self { code: Self::USAGE, message: error.to_string(), hint: None }
    }
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Self { code: Self::USAGE, message: chain(&error), hint: error.hint() }
    }
}

impl From<GoldError> for Stop {
    fn from(error: GoldError) -> Self {
        Self { code: Self::USAGE, message: chain(&error), hint: None }
    }
}

impl From<WorkersError> for Stop {
    fn from(error: WorkersError) -> Self {
        Self { code: Self::FAILED, message: error.to_string(), hint: None }
    }
}

impl From<SinkError> for Stop {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Closed => Self { code: 0, message: String::new(), hint: None },
            _ => Self { code: Self::FAILED, message: chain(&error), hint: error.hint() },
        }
    }
}

impl From<RunError<SinkError>> for Stop {
    fn from(error: RunError<SinkError>) -> Self {
        match error {
            RunError::Sink(error) => error.into(),
            RunError::Source(error) => Self { code: Self::FAILED, message: chain(&error), hint: error.hint() },
            other => Self { code: Self::FAILED, message: chain(&other), hint: None },
        }
    }
}
