//! How an error reaches the user: one line that says what happened, perhaps a hint, and an exit
//! code.
//!
//! Each edge has an error type of its own, which says what was being done, to what, what was found
//! and what was wanted. [`UserError`] is what a program needs to know besides: it stands beside
//! each of these types.

use std::error::Error;

/// What an error means for whoever started the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// Nothing is wrong: there is only nothing more to do. Exit code 0, and nothing is said.
    Done,
    /// A fatal error on the way: fix it and run the same command again. Exit code 1.
    Fatal,
    /// The command cannot be carried out as given, and nothing was done. Exit code 2.
    Usage,
}

impl Severity {
    /// The exit code of a program that ends for this reason.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Fatal => 1,
            Self::Usage => 2,
        }
    }
}

/// An error that can end a command.
pub trait UserError: Error {
    /// How bad it is; by default the command has to be given differently.
    fn severity(&self) -> Severity {
        Severity::Usage
    }

    /// What the user can do about it, in words that can follow `hint: `.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// The message of `error`, and after colons those of its causes.
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
