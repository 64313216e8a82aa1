//! Why nothing could be learnt.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::error::UserError;
use crate::run::WorkersError;

/// Why nothing could be learnt.
#[derive(Debug, Error)]
pub enum LearnError {
    /// A file that cannot be read.
    #[error("{path}: cannot be read")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An article without labels.
    #[error("{at}: no field {wanted}; found {}", if found.is_empty() { "plain text" } else { found })]
    NoLabels {
        /// File and line.
        at: String,
        /// The fields that were looked for.
        wanted: String,
        /// The fields that it has.
        found: String,
    },
    /// Labels of another type.
    #[error("{at}: {field}: expected a list of strings, found {found}")]
    WrongLabels {
        /// File and line.
        at: String,
        /// The field.
        field: String,
        /// What is in it.
        found: String,
    },
    /// An article without a word.
    #[error("{at}: no text to learn from")]
    NoText {
        /// File and line.
        at: String,
    },
    /// Neither articles nor definitions.
    #[error("no article has a label, and no topic a definition")]
    Nothing,
    /// Nothing to tell a topic from.
    #[error("{label}: every article has this label, expected some without it")]
    OneLabel {
        /// The label.
        label: String,
    },
    /// Articles that do not suffice.
    #[error("{label}: expected at least {least} articles with this label, found {found}{rest}")]
    TooFew {
        /// The first of the labels.
        label: String,
        /// Articles with it.
        found: usize,
        /// How many there have to be.
        least: usize,
        /// What else is so.
        rest: String,
    },
    /// The file with definitions.
    #[error("{path}: {message}")]
    Definitions {
        /// The file.
        path: PathBuf,
        /// What was found and what was wanted.
        message: String,
    },
    /// The model says nothing of a text, or not in numbers.
    #[error("{at}: the model's embedding is not of finite numbers")]
    NotFinite {
        /// File and line, or the topic.
        at: String,
    },
    /// No threads.
    #[error(transparent)]
    Workers(#[from] WorkersError),
}

impl UserError for LearnError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoLabels { .. } => {
                "labels are a list of strings in each article, \"labels\": [\"sport\"]; name another field with --labels FIELD"
                    .to_owned()
            }
            Self::WrongLabels { .. } => "an article on none of the topics has an empty list".to_owned(),
            Self::NoText { .. } => "name the fields with text by --field, or leave the article out".to_owned(),
            Self::Nothing => "give articles with \"labels\", or topics with \"definition\" or \"keywords\" by --topics".to_owned(),
            Self::OneLabel { .. } => {
                "add articles on other matters, with an empty list of labels if need be; or define the topic with --topics"
                    .to_owned()
            }
            Self::TooFew { .. } => {
                "label more articles, leave the label out, or define the topic in a file given with --topics".to_owned()
            }
            Self::Definitions { .. } => {
                "it is a JSON list of topics: [{\"label\": …, \"definition\": …, \"keywords\": […]}, …]; \"code\" is optional"
                    .to_owned()
            }
            Self::Io { .. } | Self::NotFinite { .. } | Self::Workers(_) => return None,
        })
    }
}
