//! Dead letters: records that were not tagged, each on a line with its reason, its place and its
//! bytes, so that it can be found, corrected and read again.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::document::{Failure, FailureCode, Syntax};
use crate::record::json::write_json;

/// A record that was not tagged, as it is written. There is no time in it: the same input gives the
/// same bytes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeadLetter<'a> {
    /// The file, `-` for standard input.
    pub source: Cow<'a, str>,
    /// Number of the record in it, from 0.
    pub record: u64,
    /// Where the record begins, after decompression and decoding.
    pub byte_offset: u64,
    /// How long it is.
    pub byte_len: u64,
    /// Digest of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// The name of a [`FailureCode`]; of another one in letters of another version.
    pub code: Cow<'a, str>,
    /// Of [`FailureCode::stage`].
    pub stage: Cow<'a, str>,
    /// What was found and what was wanted.
    pub message: Cow<'a, str>,
    /// The record, if it is UTF-8; only its first bytes if it is too long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<Cow<'a, str>>,
    /// The record in base64, if it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_b64: Option<String>,
    /// Line on which it starts, from 1.
    pub line: u64,
    /// Number of the record in the whole corpus, from 0.
    pub item: u64,
    /// What the article is called if it has no id of its own.
    pub id: Cow<'a, str>,
    /// How `raw` is written.
    #[serde(default, skip_serializing_if = "is_json")]
    pub syntax: Cow<'a, Syntax>,
}

fn is_json(syntax: &Syntax) -> bool {
    *syntax == Syntax::Json
}

impl<'a> From<&'a Failure> for DeadLetter<'a> {
    fn from(failure: &'a Failure) -> Self {
        let Failure { origin, code, message, id, raw } = failure;
        let text = std::str::from_utf8(&raw.bytes).ok();
        Self {
            source: (&origin.source).into(),
            record: origin.record,
            byte_offset: origin.byte_offset,
            byte_len: origin.byte_len,
            sha256: hex(&raw.digest_of_all.unwrap_or_else(|| Sha256::digest(&raw.bytes).into())),
            code: code.name().into(),
            stage: code.stage().into(),
            message: message.into(),
            raw: text.map(Cow::Borrowed),
            raw_b64: text.is_none().then(|| STANDARD.encode(&raw.bytes)),
            line: origin.line,
            item: origin.item,
            id: id.into(),
            syntax: Cow::Borrowed(&raw.syntax),
        }
    }
}

impl DeadLetter<'_> {
    /// The record's bytes; none if the letter has none, or not in base64.
    pub fn raw(&self) -> Option<Vec<u8>> {
        match (&self.raw, &self.raw_b64) {
            (Some(raw), None) => Some(raw.as_bytes().to_vec()),
            (None, Some(raw)) => STANDARD.decode(raw).ok(),
            _ => None,
        }
    }

    /// The digest of the whole record, if `raw` holds only the first bytes of one that was too
    /// long.
    pub fn digest_of_all(&self, raw: &[u8]) -> Option<[u8; 32]> {
        let is_cut = self.code == FailureCode::RecordTooLarge.name() && hex(&Sha256::digest(raw)) != self.sha256;
        let digit = |i: usize| u8::from_str_radix(self.sha256.get(2 * i..2 * i + 2)?, 16).ok();
        let mut digest = [0; 32];
        for (i, byte) in digest.iter_mut().enumerate() {
            *byte = digit(i)?;
        }
        is_cut.then_some(digest)
    }
}

/// A line on standard output for a record that was not tagged.
#[derive(Deserialize)]
struct ErrorRecord<'a> {
    error: DeadLetter<'a>,
}

/// Reads a dead letter, as it stands in a file of its own or among records; none if it is something
/// else.
pub fn read(line: &str) -> Option<DeadLetter<'_>> {
    let letter = serde_json::from_str::<DeadLetter<'_>>(line).ok();
    let letter = letter.or_else(|| serde_json::from_str::<ErrorRecord<'_>>(line).ok().map(|record| record.error));
    letter.filter(|letter| letter.raw.is_some() != letter.raw_b64.is_some())
}

/// Appends the dead letter of `failure`, one line with its line feed.
pub fn write(failure: &Failure, out: &mut Vec<u8>) {
    write_json(&DeadLetter::from(failure), out);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Origin, Raw};
    use expect_test::expect;

    fn failure(raw: &[u8], syntax: Syntax) -> Failure {
        let origin = Origin { source: "a.jsonl".to_owned(), record: 3, line: 4, byte_offset: 90, byte_len: 2, item: 7 };
        let raw = Raw { bytes: raw.to_vec(), digest_of_all: None, syntax };
        Failure { origin, code: FailureCode::InvalidUtf8, message: "m".to_owned(), id: "a.jsonl:4".to_owned(), raw }
    }

    #[test]
    fn what_was_not_text_is_kept_in_base64() {
        let mut out = Vec::new();
        write(&failure(b"{\xff", Syntax::Json), &mut out);
        let line = String::from_utf8(out).expect("a letter is UTF-8");
        expect![[r#"
            {"source":"a.jsonl","record":3,"byte_offset":90,"byte_len":2,"sha256":"e2da7787d8252df7b19ca247c901d29c6c1de28b2694f23202a198b2515d7382","code":"invalid_utf8","stage":"decode","message":"m","raw_b64":"e/8=","line":4,"item":7,"id":"a.jsonl:4"}
        "#]]
        .assert_eq(&line);
        assert_eq!(read(&line).and_then(|letter| letter.raw()).as_deref(), Some(&b"{\xff"[..]));
    }

    #[test]
    fn a_letter_is_read_as_it_was_written() {
        let row = Syntax::Row { separator: '\t', quoted: true, header: "id\ttext".to_owned() };
        for (raw, syntax) in [(&b"{\"a\""[..], Syntax::Json), (b"caf\xe9", Syntax::Text), (b"1\t2\t3", row)] {
            let failure = failure(raw, syntax.clone());
            let mut out = Vec::new();
            write(&failure, &mut out);
            let line = String::from_utf8(out).expect("a letter is UTF-8");
            let letter = read(&line).expect("it was just written");
            assert_eq!(letter, DeadLetter::from(&failure));
            assert_eq!((letter.raw().as_deref(), letter.syntax.as_ref()), (Some(raw), &syntax));
            assert_eq!(read(&format!("{{\"error\":{line}}}")), Some(letter));
        }
        for other in ["{}", "{\"id\":1,\"text\":\"Bonn\"}", "[]", "{\"error\":\"x\"}", ""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
