//! Why a command could not go on, as the user sees it.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use dateline::document::{Failure, code};
use dateline::eval::GoldError;
use dateline::internals::sink::SinkError;
use dateline::model::ModelError;
use dateline::run::{RunError, WorkersError};
use dateline::source::SourceError;
use dateline::tagger::UnknownLabel;

use crate::terminal;

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

    /// Something that went wrong on the way, in words.
    pub fn failed(message: impl fmt::Display, hint: Option<String>) -> Self {
        Self { code: Self::FAILED, message: message.to_string(), hint }
    }

    /// A signal has come, and this is what is left.
    pub fn interrupted(code: u8, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string(), hint: None }
    }

    /// The same with another way out, if there is one.
    pub fn with_hint(self, change: impl FnOnce(String) -> String) -> Self {
        Self { hint: self.hint.map(change), ..self }
    }

    /// Says on standard error what happened, and gives the exit code.
    pub fn report(&self) -> ExitCode {
        // A closed pipe is how `head` says that it has enough.
        if !self.message.is_empty() {
            terminal::error(&self.message, self.hint.as_deref());
        }
        ExitCode::from(self.code)
    }

    /// [`Self::report`], and ends the process at once, whatever its threads are at.
    pub fn exit(&self) -> ! {
        self.report();
        std::process::exit(i32::from(self.code))
    }
}

/// What went wrong, and why, in one line.
pub fn chain(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    message
}

/// What can be done about articles that could not be read, by the code of their failure.
pub fn hint_for(code: &str) -> Option<&'static str> {
    match code {
        code::INVALID_UTF8 => Some("name the encoding of files that are not UTF-8 with --encoding, e.g. windows-1252"),
        code::INVALID_ENCODING => Some("is it the encoding that --encoding, or the mark at its start, says?"),
        code::MISSING_TEXT => Some("name the fields that hold text with --field"),
        code::RESERVED_KEY => Some("--under KEY puts everything the output adds under one key of your choice"),
        _ => None,
    }
}

impl From<ModelError> for Stop {
    fn from(error: ModelError) -> Self {
        Self { code: Self::USAGE, message: chain(&error), hint: error.hint() }
    }
}

#[cfg(feature = "hub")]
impl From<dateline::internals::hub::HubError> for Stop {
    fn from(error: dateline::internals::hub::HubError) -> Self {
        use dateline::internals::hub::HubError;
        let hint = match &error {
            HubError::Refused { .. } => Some("run the same command again: it goes on where it was cut off"),
            HubError::NoFile { file: "model.safetensors", .. } => {
                Some("only safetensors are read; models/README.md says how to convert a checkpoint")
            }
            _ => None,
        };
        Self::failed(chain(&error), hint.map(str::to_owned))
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::usage(failure.message, hint_for(failure.code).map(str::to_owned))
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
            SinkError::Exists { .. }
            | SinkError::NotAFile { .. }
            | SinkError::InUse { .. }
            | SinkError::AlreadyComplete { .. }
            | SinkError::Create { .. } => Self::usage(chain(&error), error.hint()),
            SinkError::Changed { .. }
            | SinkError::Damaged { .. }
            | SinkError::Full { .. }
            | SinkError::Account { .. }
            | SinkError::Write { .. } => Self { code: Self::FAILED, message: chain(&error), hint: error.hint() },
        }
    }
}

impl From<RunError<Infallible>> for Stop {
    fn from(error: RunError<Infallible>) -> Self {
        match error {
            RunError::Source(error) => Self { code: Self::FAILED, message: chain(&error), hint: error.hint() },
            other => Self { code: Self::FAILED, message: chain(&other), hint: None },
        }
    }
}
