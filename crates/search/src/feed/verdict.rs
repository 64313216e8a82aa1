//! What an engine says of one document, and why one becomes a dead letter.

use serde::{Deserialize, Serialize};

/// The stage in a dead letter of a feed.
pub const STAGE: &str = "feed";

/// What an engine says of one document of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is there, and was not before.
    Created,
    /// It is there, in the place of one with the same key.
    Updated,
    /// It is there; the engine does not say whether it is new.
    Stored,
    /// The engine is too busy for it: later.
    Busy(String),
    /// The engine takes nothing while its disk is nearly full.
    Full(String),
    /// The engine will never take it.
    Refused(Refusal),
    /// The engine takes nothing from us.
    Denied(String),
}

/// Why an engine does not take a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The reason.
    pub code: Code,
    /// The engine's own words.
    pub message: String,
}

/// Why a document becomes a dead letter. The names are stable: scripts may rely on them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Another document stands in its place.
    IndexConflict,
    /// Its key is longer than the engine allows.
    IndexIdTooLong,
    /// It does not fit the mapping.
    IndexMapping,
    /// The engine was busy every time.
    IndexRejected,
    /// It alone is more than the engine takes at once.
    IndexTooLarge,
}

impl Code {
    /// Its name in dead letters, states and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::IndexConflict => "index_conflict",
            Self::IndexIdTooLong => "index_id_too_long",
            Self::IndexMapping => "index_mapping",
            Self::IndexRejected => "index_rejected",
            Self::IndexTooLarge => "index_too_large",
        }
    }

    /// What the user can do about documents that are refused for it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::IndexConflict => "another program writes the same ids: feed the dead letters again when it is done",
            Self::IndexIdTooLong => "--id FIELD names another field to tell records apart by",
            Self::IndexMapping => "the message says which field does not fit; --create makes an index that fits",
            Self::IndexRejected => "the engine was too busy: feed the dead letters again later, or raise --retries",
            Self::IndexTooLarge => "raise the engine's limit (http.max_content_length), or that of the proxy before it",
        }
    }
}

/// Why a whole request brought nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whole {
    /// It has to be sent again: the engine is busy, or what came of it is unknown.
    Again(String),
    /// It is larger than the engine, or what stands before it, takes.
    TooLarge,
    /// The engine takes nothing while its disk is nearly full.
    Full(String),
    /// Something in it makes the engine refuse all of it.
    Bad(String),
    /// The engine takes nothing from us, or is not what it should be.
    Denied(String),
}
