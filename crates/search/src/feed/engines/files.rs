//! Engines that get a file: what a document looks like in it.

use dateline::internals::digest::hex;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::feed::document::Document;
use crate::feed::engines::interface::line;
use crate::feed::time;

/// Longest primary key of Meilisearch.
const LONGEST_PRIMARY_KEY: usize = 511;

/// A document that has its id in it.
#[derive(Serialize)]
struct WithId<'d> {
    id: &'d str,
    /// The record's key, where it cannot be the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'d str>,
    /// Seconds since 1970, for engines that compare numbers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    #[serde(flatten)]
    document: &'d Document,
}

/// One line; a date in full, and none rather than one that Solr would refuse.
pub fn solr(key: &str, document: &Document, out: &mut Vec<u8>) {
    let date = document.date.as_deref().and_then(time::in_full);
    let document = &Document { date, ..document.clone() };
    line(&WithId { id: key, key: None, timestamp: None, document }, out);
}

/// One line; a key that Meilisearch would refuse becomes its digest, and stays beside it.
pub fn meilisearch(key: &str, document: &Document, out: &mut Vec<u8>) {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let fits = key.len() <= LONGEST_PRIMARY_KEY && key.bytes().all(is_plain);
    let digest = hex(&Sha256::digest(key)[..16]);
    let (id, key) = if fits { (key, None) } else { (digest.as_str(), Some(key)) };
    let timestamp = document.date.as_deref().and_then(time::seconds);
    line(&WithId { id, key, timestamp, document }, out);
}

/// What `vespa feed` reads.
#[derive(Serialize)]
struct Put<'d> {
    put: String,
    fields: VespaFields<'d>,
}

#[derive(Serialize)]
struct VespaFields<'d> {
    #[serde(flatten)]
    document: &'d Document,
    /// A tensor is an object; everything else is as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding: Option<Tensor<'d>>,
}

#[derive(Serialize)]
struct Tensor<'d> {
    values: &'d [f32],
}

/// One line, as `vespa feed` reads it; `index` is the namespace and the document type.
pub fn vespa(index: &str, key: &str, document: &Document, out: &mut Vec<u8>) {
    let embedding = document.embedding.as_deref().map(|values| Tensor { values });
    let document = &Document { embedding: None, ..document.clone() };
    let put = format!("id:{index}:{index}::{key}");
    line(&Put { put, fields: VespaFields { document, embedding } }, out);
}

/// Two lines; the one action that Quickwit knows, and it has no ids.
pub fn quickwit(key: &str, document: &Document, out: &mut Vec<u8>) {
    line(&json!({ "create": {} }), out);
    line(&WithId { id: key, key: None, timestamp: None, document }, out);
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(write: impl Fn(&str, &Document, &mut Vec<u8>), key: &str, expected: Expect) {
        let document = Document {
            date: Some("2025-03".to_owned()),
            text: Some("Moth".to_owned()),
            embedding: Some(vec![0.5]),
            ..Document::default()
        };
        let mut out = Vec::new();
        write(key, &document, &mut out);
        expected.assert_eq(&String::from_utf8(out).expect("JSON is UTF-8"));
    }

    #[test]
    fn a_document_in_each_form() {
        check(
            solr,
            "a b",
            expect![[r#"
            {"id":"a b","date":"2025-03-01T00:00:00Z","text":"Moth","embedding":[0.5]}
        "#]],
        );
        check(
            meilisearch,
            "a-b",
            expect![[r#"
            {"id":"a-b","timestamp":1740787200,"date":"2025-03","text":"Moth","embedding":[0.5]}
        "#]],
        );
        check(
            meilisearch,
            "a b",
            expect![[r#"
            {"id":"c8687a08aa5d6ed2044328fa6a697ab8","key":"a b","timestamp":1740787200,"date":"2025-03","text":"Moth","embedding":[0.5]}
        "#]],
        );
        check(
            |key, document, out| vespa("news", key, document, out),
            "a:b",
            expect![[r#"
                {"put":"id:news:news::a:b","fields":{"date":"2025-03","text":"Moth","embedding":{"values":[0.5]}}}
            "#]],
        );
        check(
            quickwit,
            "a",
            expect![[r#"
            {"create":{}}
            {"id":"a","date":"2025-03","text":"Moth","embedding":[0.5]}
        "#]],
        );
    }
}
