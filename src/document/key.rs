//! What tells one article of a corpus from another.

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::digest::hex;

/// The key of the article in `object`: its own id, a string or a number's digits, or else a digest
/// of the object itself.
pub fn key(object: &str) -> String {
    id(object).unwrap_or_else(|| format!("sha256:{}", hex(&Sha256::digest(object))))
}

/// The id in `object`; none if it has none, or one that is empty or neither a string nor a number.
pub fn id(object: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct HasId<'o> {
        #[serde(borrow)]
        id: Option<&'o RawValue>,
        #[serde(borrow)]
        _id: Option<&'o RawValue>,
        #[serde(borrow)]
        _source: Option<&'o RawValue>,
    }
    let has = serde_json::from_str::<HasId<'_>>(object).ok()?;
    // Hits of search engines have it elsewhere.
    let id = has.id.or_else(|| has._source.and(has._id))?.get();
    match id.as_bytes().first()? {
        b'"' => serde_json::from_str(id).ok().filter(|id: &String| !id.is_empty()),
        b'-' | b'0'..=b'9' => Some(id.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_without_an_id_are_told_by_their_bytes() {
        for (object, expected) in [
            (r#"{"id":"a\u0062","text":"x"}"#, "ab"),
            (r#"{"text":"x","id":17.50}"#, "17.50"),
            (r#"{"id":"","text":"x"}"#, "sha256:"),
            (r#"{"id":null}"#, "sha256:"),
            (r#"{"id":["a"]}"#, "sha256:"),
            (r#"{"_id":"a","_source":{"text":"x"}}"#, "a"),
            (r#"{"_id":"a","text":"x"}"#, "sha256:"),
            ("{}", "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
        ] {
            assert!(key(object).starts_with(expected), "{object}: {}", key(object));
        }
        assert_ne!(key(r#"{"text":"x"}"#), key(r#"{"text":"y"}"#));
    }
}
