//! Articles that could not be tagged: what is known of them, and the codes of the reasons.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::origin::Origin;
use crate::error::UserError;

/// An article that could not be tagged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Where it is.
    pub origin: Origin,
    /// The reason.
    pub code: FailureCode,
    /// What was found and what was wanted, with line and column where they help.
    pub message: String,
    /// What the article is called if it has no id of its own: derived from its place.
    pub id: String,
    /// The input as received, so that nothing is lost.
    pub raw: Raw,
}

/// A record as received, or as near to it as matters for reading it again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raw {
    /// Its bytes; only the first ones of a record that is longer than the limit.
    pub bytes: Vec<u8>,
    /// If these are only the first ones: the SHA-256 of all.
    pub digest_of_all: Option<[u8; 32]>,
    /// How it is written.
    pub syntax: Syntax,
}

/// How a record is written.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Syntax {
    /// JSON, or meant to be.
    #[default]
    Json,
    /// Plain text.
    Text,
    /// A web page.
    Html,
    /// An element of a feed or of an agency's XML.
    Xml,
    /// A letter.
    Mail,
    /// An action and a document, as search engines take them in bulk.
    Bulk,
    /// A row of a table.
    Row {
        /// What separates two cells.
        separator: char,
        /// Whether cells may stand in quotes.
        #[serde(default = "yes", skip_serializing_if = "is_true")]
        quoted: bool,
        /// The row that names the columns.
        header: String,
    },
}

fn yes() -> bool {
    true
}

fn is_true(quoted: &bool) -> bool {
    *quoted
}

/// Why an article was not tagged. The names are stable: scripts may rely on them. They are in the
/// order of the names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FailureCode {
    /// A text or id key stands twice.
    DuplicateKey,
    /// The program has a mistake that this article brings out.
    InternalPanic,
    /// A row that does not fit its header, or a quote without its end.
    InvalidCsv,
    /// A line without the keys of a dead letter in a file of dead letters.
    InvalidDeadLetter,
    /// Not in the encoding that the file is said to be in.
    InvalidEncoding,
    /// Not JSON.
    InvalidJson,
    /// No letter.
    InvalidMail,
    /// Not UTF-8.
    InvalidUtf8,
    /// Not well-formed XML, or none of the kinds that are read.
    InvalidXml,
    /// None of the text fields is there.
    MissingText,
    /// The model's scores are not finite numbers.
    ModelNonfinite,
    /// JSON, and not an object.
    NotObject,
    /// Longer than the limit.
    RecordTooLarge,
    /// The record has a key that the output would add.
    ReservedKey,
    /// Arrays and objects nested beyond the limit.
    TooDeep,
    /// The input ends inside the record.
    TruncatedJson,
    /// A text field is not a string.
    WrongType,
}

impl FailureCode {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::DuplicateKey,
        Self::InternalPanic,
        Self::InvalidCsv,
        Self::InvalidDeadLetter,
        Self::InvalidEncoding,
        Self::InvalidJson,
        Self::InvalidMail,
        Self::InvalidUtf8,
        Self::InvalidXml,
        Self::MissingText,
        Self::ModelNonfinite,
        Self::NotObject,
        Self::RecordTooLarge,
        Self::ReservedKey,
        Self::TooDeep,
        Self::TruncatedJson,
        Self::WrongType,
    ];

    /// Its name in dead letters, manifests and messages: `invalid_json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::DuplicateKey => "duplicate_key",
            Self::InternalPanic => "internal_panic",
            Self::InvalidCsv => "invalid_csv",
            Self::InvalidDeadLetter => "invalid_dead_letter",
            Self::InvalidEncoding => "invalid_encoding",
            Self::InvalidJson => "invalid_json",
            Self::InvalidMail => "invalid_mail",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::InvalidXml => "invalid_xml",
            Self::MissingText => "missing_text",
            Self::ModelNonfinite => "model_nonfinite",
            Self::NotObject => "not_object",
            Self::RecordTooLarge => "record_too_large",
            Self::ReservedKey => "reserved_key",
            Self::TooDeep => "too_deep",
            Self::TruncatedJson => "truncated_json",
            Self::WrongType => "wrong_type",
        }
    }

    /// The code called `name`; none if this version has no such code.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// The step in which it came out: `decode` bytes to characters, `split` the input into records,
    /// `parse` one of them, pick its `fields`, `infer`, or `tag` in general.
    pub fn stage(self) -> &'static str {
        match self {
            Self::InvalidUtf8 | Self::InvalidEncoding => "decode",
            Self::RecordTooLarge => "split",
            Self::DuplicateKey | Self::MissingText | Self::WrongType | Self::ReservedKey => "fields",
            Self::ModelNonfinite => "infer",
            Self::InternalPanic => "tag",
            Self::InvalidJson
            | Self::TruncatedJson
            | Self::NotObject
            | Self::TooDeep
            | Self::InvalidCsv
            | Self::InvalidMail
            | Self::InvalidXml
            | Self::InvalidDeadLetter => "parse",
        }
    }

    /// What the user can do about articles that fail with it.
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Self::InvalidUtf8 => {
                Some("name the encoding of files that are not UTF-8 with --encoding, e.g. windows-1252")
            }
            Self::InvalidEncoding => Some("is it the encoding that --encoding, or the mark at its start, says?"),
            Self::MissingText => Some("name the fields that hold text with --field"),
            Self::ReservedKey => Some(
                "--under KEY puts everything the output adds under one key of your choice; --replace tags records again",
            ),
            Self::RecordTooLarge => Some(
                "raise --max-record-bytes and tag the source again; dead letters of too large records hold only their first bytes",
            ),
            _ => None,
        }
    }
}

impl fmt::Display for FailureCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl UserError for Failure {
    fn hint(&self) -> Option<String> {
        self.code.hint().map(str::to_owned)
    }
}
