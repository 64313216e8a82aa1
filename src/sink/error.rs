//! What can go wrong with an output.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::error::{Severity, UserError};

/// What went wrong with the output.
#[derive(Debug, Error)]
pub enum SinkError {
    /// The output stands there already.
    #[error("{path}: exists already{}", because(.differences))]
    Exists {
        /// The output.
        path: PathBuf,
        /// What differs between the run that made it and this one, where that is known.
        differences: Vec<String>,
    },
    /// The list of the input's files cannot be written.
    #[error("the list of the input's files cannot be written")]
    Input(#[source] io::Error),
    /// The output stands there already, and is what this run would make.
    #[error("{path}: is already complete")]
    AlreadyComplete {
        /// The output.
        path: PathBuf,
    },
    /// An interrupted run of something else has left its output.
    #[error("{path}: belongs to another run: {}", .differences.join("; "))]
    Changed {
        /// The checkpoint.
        path: PathBuf,
        /// What differs between that run and this one.
        differences: Vec<String>,
    },
    /// What an interrupted run has left is not whole.
    #[error("{path}: {message}")]
    Damaged {
        /// The checkpoint or a partial file.
        path: PathBuf,
        /// What was found.
        message: String,
    },
    /// What was read and what was written do not add up.
    #[error("{path}: {message}: something was lost, and the output does not get its name; please report it")]
    Account {
        /// The output.
        path: PathBuf,
        /// The two numbers.
        message: String,
    },
    /// Something that is not a file stands there: a device, a pipe, a link.
    #[error("{path}: is not an ordinary file")]
    NotAFile {
        /// What was named, or its partial file.
        path: PathBuf,
    },
    /// Another run is writing it.
    #[error("{path}: another run is writing it")]
    InUse {
        /// The partial file.
        path: PathBuf,
    },
    /// It cannot be created.
    #[error("{path}: cannot be created")]
    Create {
        /// The file that was to be made.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk is full.
    #[error("disk full writing {path}; {safe} records safe")]
    Full {
        /// The output.
        path: PathBuf,
        /// Records up to the last checkpoint.
        safe: u64,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be written on.
    #[error("{path}: cannot be written")]
    Write {
        /// The output.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The reader of standard output has gone; nobody wants the rest.
    #[error("standard output was closed")]
    Closed,
}

impl UserError for SinkError {
    fn severity(&self) -> Severity {
        match self {
            // Whoever closes the pipe has enough.
            Self::Closed | Self::AlreadyComplete { .. } => Severity::Done,
            Self::Exists { .. } | Self::Input(_) | Self::NotAFile { .. } | Self::InUse { .. } | Self::Create { .. } => {
                Severity::Usage
            }
            Self::Changed { .. }
            | Self::Damaged { .. }
            | Self::Full { .. }
            | Self::Account { .. }
            | Self::Write { .. } => Severity::Fatal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotAFile { .. } => Some("leave out --output and redirect standard output instead".to_owned()),
            Self::InUse { .. } => Some("wait for it, or name another file with --output".to_owned()),
            Self::Exists { path, .. } => {
                Some(format!("remove it, or name another with --output; {} is never overwritten", path.display()))
            }
            Self::Full { .. } => Some("free space and run the same command again".to_owned()),
            Self::Create { source, .. } | Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => Some("create its directory first".to_owned()),
                io::ErrorKind::StorageFull => Some("free space and run the same command again".to_owned()),
                _ => None,
            },
            Self::Changed { .. } | Self::Damaged { .. } => Some(
                "run the command of that run to resume it, or remove its .ckpt and .partial files to start again"
                    .to_owned(),
            ),
            Self::AlreadyComplete { .. } | Self::Account { .. } | Self::Input(_) | Self::Closed => None,
        }
    }
}

/// What makes an output that is there already another one than is wanted.
fn because(differences: &[String]) -> String {
    if differences.is_empty() { String::new() } else { format!(", made by another run: {}", differences.join("; ")) }
}
