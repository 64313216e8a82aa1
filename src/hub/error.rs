//! Why a model was not fetched, and what the user can do about it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::error::{Severity, UserError};
use crate::hub::repository::WEIGHTS;

/// Why a model was not fetched.
#[derive(Debug, Error)]
pub enum HubError {
    /// A build without the feature `hub`.
    #[error("models pull: this build cannot use the network")]
    Absent,
    /// No answer, or one that says no.
    #[error("{url}: {message}")]
    Refused {
        /// What was asked for.
        url: String,
        /// What came of it.
        message: String,
    },
    /// A repository without what a model needs.
    #[error("{repository}: no {file} in this repository")]
    NoFile {
        /// The repository.
        repository: String,
        /// What is missing.
        file: &'static str,
    },
    /// A file that is not what the hub says it is.
    #[error("{url}: expected {wanted}, got {got}")]
    Damaged {
        /// The file.
        url: String,
        /// Its size or digest as stated.
        wanted: String,
        /// As received.
        got: String,
    },
    /// A file that cannot be written.
    #[error("{path}: cannot be written")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl UserError for HubError {
    fn severity(&self) -> Severity {
        if matches!(self, Self::Absent) { Severity::Usage } else { Severity::Fatal }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Absent => {
                "build with cargo build --release --features hub, or put the files into a directory for --model yourself"
            }
            Self::Refused { .. } => "run the same command again: it resumes where it was cut off",
            Self::NoFile { file: WEIGHTS, .. } => {
                "only safetensors are read; models/README.md says how to convert a checkpoint"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
