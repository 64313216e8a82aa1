//! Records that come in dead letters: each is read as if it still stood in its own source.

use encoding_rs::Encoding;

use crate::document::{FailureCode, Syntax};
use crate::record::dead;
use crate::source::split::{FilePosition, RawRecord};

/// A record, and what the dead letter says of it that it was found in.
pub struct Received {
    /// The record.
    pub record: RawRecord,
    /// None if it was in no letter.
    pub letter: Option<Letter>,
}

/// Where a record was, that now is in a dead letter, and how it is written.
pub struct Letter {
    /// The file that it was in.
    pub source: String,
    /// What it is called if it has no id of its own.
    pub id: String,
    /// How it is written.
    pub syntax: Syntax,
    /// The encoding its bytes are in, if they are not UTF-8.
    pub encoding: Option<&'static Encoding>,
}

impl Received {
    /// What is in `record`, whose text is `text`, if it is a dead letter. What is in there and is
    /// not UTF-8 is in `encoding`.
    pub fn unpacked(record: &RawRecord, text: &str, encoding: Option<&'static Encoding>) -> Option<Self> {
        let letter = dead::read(text)?;
        let raw = letter.raw()?;
        let digest_of_all = letter.digest_of_all(&raw);
        let is_utf8 = letter.raw.is_some();
        let inner = RawRecord {
            start: FilePosition { line: letter.line, column: 1, byte: letter.byte_offset },
            number: letter.record,
            len: if digest_of_all.is_some() { letter.byte_len } else { raw.len() as u64 },
            digest_of_all,
            bytes: raw,
            cut: record.cut || letter.code == FailureCode::TruncatedJson.name(),
        };
        let letter = Letter {
            source: letter.source.into_owned(),
            id: letter.id.into_owned(),
            syntax: letter.syntax.into_owned(),
            encoding: encoding.filter(|_| !is_utf8),
        };
        Some(Self { record: inner, letter: Some(letter) })
    }
}

/// Whether `text` is a dead letter.
pub fn is_letter(text: &str) -> bool {
    dead::read(text).is_some()
}
