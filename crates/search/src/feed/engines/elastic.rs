//! Elasticsearch and OpenSearch: the bulk protocol, whose answer speaks of each document.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::feed::client::Client;
use crate::feed::document::Document;
use crate::feed::engines::interface::{Engine, Index, line};
use crate::feed::error::FeedError;
use crate::feed::verdict::{Code, Refusal, Verdict, Whole};

/// More is refused, and with it the whole request.
const LONGEST_ID: usize = 512;

/// An Elasticsearch or an OpenSearch.
pub struct Elastic;

/// Two lines: what to do, with nothing but the id, since the index is in the address; and the
/// document.
pub fn write(key: &str, document: &Document, out: &mut Vec<u8>) {
    line(&json!({ "index": { "_id": key } }), out);
    line(document, out);
}

#[derive(Deserialize)]
struct Answer {
    errors: bool,
    items: Vec<Item>,
}

/// The one key of an item is the action.
#[derive(Deserialize)]
struct Item {
    index: ItemAnswer,
}

#[derive(Deserialize)]
struct ItemAnswer {
    status: u16,
    #[serde(default)]
    error: Value,
}

impl Engine for Elastic {
    fn bulk(&self, index: &str, wait: bool) -> String {
        // Answers are as long as requests if they are not told to be short.
        let fields = "filter_path=errors,items.*.status,items.*.error,items.*._id";
        format!("/{index}/_bulk?{fields}{}", if wait { "&refresh=wait_for" } else { "" })
    }

    fn content_type(&self) -> &'static str {
        // The type with a version that the official clients send is refused by OpenSearch.
        "application/x-ndjson"
    }

    fn refuses(&self, key: &str) -> Option<Refusal> {
        let message = || format!("the id has {} bytes, the engine takes {LONGEST_ID}", key.len());
        (key.len() > LONGEST_ID).then(|| Refusal { code: Code::IndexIdTooLong, message: message() })
    }

    fn verdicts(&self, body: &[u8], n: usize) -> Result<Vec<Verdict>, String> {
        let answer: Answer = serde_json::from_slice(body).map_err(|error| format!("no answer to a bulk: {error}"))?;
        if answer.items.len() != n {
            return Err(format!("{} documents were sent, and the answer speaks of {}", n, answer.items.len()));
        }
        let verdicts: Vec<Verdict> = answer.items.iter().map(|item| verdict(&item.index)).collect();
        let is_good = |verdict: &Verdict| matches!(verdict, Verdict::Created | Verdict::Updated);
        if answer.errors && verdicts.iter().all(is_good) {
            return Err("the answer says that something went wrong, and not what".to_owned());
        }
        Ok(verdicts)
    }

    fn whole(&self, status: u16, body: &[u8]) -> Whole {
        let error = serde_json::from_slice::<Value>(body).map(|value| value["error"].clone()).unwrap_or_default();
        let message = said(&error).unwrap_or_else(|| format!("HTTP status {status}"));
        match status {
            413 => Whole::TooLarge,
            _ if is_block(&error) => Whole::Full(message),
            408 | 429 | 500..=599 => Whole::Again(message),
            400 => Whole::Bad(message),
            200..=299 => Whole::Again(format!("HTTP status {status}, wanted 200")),
            _ => Whole::Denied(message),
        }
    }

    fn identify(&self, client: &Client, index: &str) -> Result<Option<Index>, FeedError> {
        let path = format!("/{index}/_settings");
        let answer = client.ask("GET", &path, None)?;
        if answer.status == 404 {
            return Ok(None);
        }
        let value: Value = client.expect("GET", &path, &answer)?;
        let found = value.as_object().and_then(|indices| indices.iter().next());
        let id = found.and_then(|(_, it)| it["settings"]["index"]["uuid"].as_str());
        let (Some((name, _)), Some(id)) = (found, id) else {
            return Err(client.nonsense("GET", &path, "no uuid of the index"));
        };
        Ok(Some(Index { id: id.to_owned(), is_alias: name != index }))
    }

    fn put_template(&self, client: &Client, name: &str, template: &Value) -> Result<(), FeedError> {
        client.tell("PUT", &format!("/_index_template/dateline-{name}"), Some(template))
    }

    fn create(&self, client: &Client, index: &str, _: &Value) -> Result<(), FeedError> {
        client.tell("PUT", &format!("/{index}"), None)
    }

    fn refresh(&self, client: &Client, index: &str) -> Result<(), FeedError> {
        client.tell("POST", &format!("/{index}/_refresh"), None)
    }

    fn count(&self, client: &Client, index: &str) -> Result<u64, FeedError> {
        let path = format!("/{index}/_count");
        let answer = client.ask("GET", &path, None)?;
        let value: Value = client.expect("GET", &path, &answer)?;
        value["count"].as_u64().ok_or_else(|| client.nonsense("GET", &path, "no count"))
    }

    fn swap(&self, client: &Client, alias: &str, index: &str) -> Result<Vec<String>, FeedError> {
        let path = format!("/_alias/{alias}");
        let answer = client.ask("GET", &path, None)?;
        let old: Vec<String> = match answer.status {
            404 => Vec::new(),
            _ => {
                let value: Value = client.expect("GET", &path, &answer)?;
                value.as_object().map(|indices| indices.keys().cloned().collect()).unwrap_or_default()
            }
        };
        let old: Vec<String> = old.into_iter().filter(|name| name != index).collect();
        let mut actions: Vec<Value> =
            old.iter().map(|name| json!({ "remove": { "index": name, "alias": alias } })).collect();
        actions.push(json!({ "add": { "index": index, "alias": alias } }));
        client.tell("POST", "/_aliases", Some(&json!({ "actions": actions })))?;
        Ok(old)
    }
}

fn verdict(item: &ItemAnswer) -> Verdict {
    let message = said(&item.error).unwrap_or_else(|| format!("status {}", item.status));
    let refused = |code| Verdict::Refused(Refusal { code, message: message.clone() });
    match item.status {
        201 => Verdict::Created,
        200 => Verdict::Updated,
        _ if is_block(&item.error) => Verdict::Full(message),
        429 | 500..=599 => Verdict::Busy(message),
        401 | 403 | 404 => Verdict::Denied(message),
        409 => refused(Code::IndexConflict),
        413 => refused(Code::IndexTooLarge),
        _ => refused(Code::IndexMapping),
    }
}

/// Whether the index takes nothing because its disk is nearly full: the status was 403 before 7.7 or
/// so, and is 429 since, but waiting a little does not help.
fn is_block(error: &Value) -> bool {
    error["type"] == "cluster_block_exception"
}

/// An error in the engine's words, with its cause.
fn said(error: &Value) -> Option<String> {
    if let Some(text) = error.as_str() {
        return Some(text.to_owned());
    }
    let of = |error: &Value| {
        let (kind, reason) = (error["type"].as_str()?, error["reason"].as_str().unwrap_or("no reason given"));
        Some(format!("{kind}: {reason}"))
    };
    let cause = of(&error["caused_by"]).map_or_else(String::new, |cause| format!(": {cause}"));
    Some(format!("{}{cause}", of(error)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_has_its_verdict() {
        let body = br#"{"errors":true,"items":[{"index":{"_id":"a","status":201}},{"index":{"_id":"b","status":200}},
            {"index":{"_id":"c","status":429,"error":{"type":"es_rejected_execution_exception","reason":"queue full"}}},
            {"index":{"_id":"d","status":429,"error":{"type":"cluster_block_exception","reason":"flood stage"}}},
            {"index":{"_id":"e","status":400,"error":{"type":"mapper_parsing_exception","reason":"bad","caused_by":{"type":"x","reason":"y"}}}},
            {"index":{"_id":"f","status":409,"error":"version conflict"}},{"index":{"_id":"g","status":413}},
            {"index":{"_id":"h","status":403,"error":{"type":"security_exception"}}},
            {"index":{"_id":"i","status":503,"error":{"type":"unavailable_shards_exception","reason":"z"}}}]}"#;
        let refused = |code, message: &str| Verdict::Refused(Refusal { code, message: message.to_owned() });
        assert_eq!(
            Elastic.verdicts(body, 9).expect("it is an answer"),
            [
                Verdict::Created,
                Verdict::Updated,
                Verdict::Busy("es_rejected_execution_exception: queue full".to_owned()),
                Verdict::Full("cluster_block_exception: flood stage".to_owned()),
                refused(Code::IndexMapping, "mapper_parsing_exception: bad: x: y"),
                refused(Code::IndexConflict, "version conflict"),
                refused(Code::IndexTooLarge, "status 413"),
                Verdict::Denied("security_exception: no reason given".to_owned()),
                Verdict::Busy("unavailable_shards_exception: z".to_owned()),
            ]
        );
    }

    #[test]
    fn what_is_no_answer_says_nothing_of_any() {
        for (body, n) in [
            (r#"{"errors":false,"items":[{"index":{"status":201}}]}"#, 2),
            (r#"{"errors":true,"items":[{"index":{"status":201}}]}"#, 1),
            (r#"{"items":[{"index":{"status":201}}]}"#, 1),
            (r#"{"errors":false,"items":[{"index":{}}]}"#, 1),
            (r#"{"errors":false,"items":["#, 0),
            ("<html>ok</html>", 1),
            ("", 0),
        ] {
            assert!(Elastic.verdicts(body.as_bytes(), n).is_err(), "{body}");
        }
    }
}
