//! Typesense: JSON lines in, a line of answer for each, always under status 200.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::feed::client::Client;
use crate::feed::document::Document;
use crate::feed::engines::interface::{Engine, Index, line};
use crate::feed::error::FeedError;
use crate::feed::time;
use crate::feed::verdict::{Code, Refusal, Verdict, Whole};

/// A Typesense.
pub struct Typesense;

#[derive(Serialize)]
struct Line<'d> {
    id: &'d str,
    /// Seconds since 1970: it sorts and filters by numbers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    #[serde(flatten)]
    document: &'d Document,
}

/// One line.
pub fn write(key: &str, document: &Document, out: &mut Vec<u8>) {
    let timestamp = document.date.as_deref().and_then(time::seconds);
    line(&Line { id: key, timestamp, document }, out);
}

#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(default)]
    error: String,
    code: Option<u16>,
}

impl Engine for Typesense {
    fn bulk(&self, index: &str, _: bool) -> String {
        // What is stored can be searched at once, so there is nothing to wait for.
        format!("/collections/{index}/documents/import?action=upsert")
    }

    fn content_type(&self) -> &'static str {
        "text/plain"
    }

    fn refuses(&self, _: &str) -> Option<Refusal> {
        None
    }

    fn verdicts(&self, body: &[u8], n: usize) -> Result<Vec<Verdict>, String> {
        let text = std::str::from_utf8(body).map_err(|_| "the answer is not UTF-8".to_owned())?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if lines.len() != n {
            return Err(format!("{n} documents were sent, and the answer has {} lines", lines.len()));
        }
        let answer = |line: &&str| serde_json::from_str::<Answer>(line).map_err(|error| format!("no answer: {error}"));
        lines.iter().map(|line| answer(line).map(verdict)).collect()
    }

    fn whole(&self, status: u16, body: &[u8]) -> Whole {
        let value = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let message = value["message"].as_str().map_or_else(|| format!("HTTP status {status}"), str::to_owned);
        match status {
            413 => Whole::TooLarge,
            _ if is_full(&message) => Whole::Full(message),
            408 | 429 | 500..=599 => Whole::Again(message),
            400 | 422 => Whole::Bad(message),
            200..=299 => Whole::Again(format!("HTTP status {status}, wanted 200")),
            _ => Whole::Denied(message),
        }
    }

    fn identify(&self, client: &Client, index: &str) -> Result<Option<Index>, FeedError> {
        let path = format!("/collections/{index}");
        let answer = client.ask("GET", &path, None)?;
        if answer.status == 404 {
            return Ok(None);
        }
        let value: Value = client.expect("GET", &path, &answer)?;
        // Collections have no other identity than when they were made.
        match (value["created_at"].as_u64(), value["name"].as_str()) {
            (Some(created), Some(name)) => Ok(Some(Index { id: created.to_string(), is_alias: name != index })),
            _ => Err(client.nonsense("GET", &path, "no created_at of the collection")),
        }
    }

    fn put_template(&self, _: &Client, _: &str, _: &Value) -> Result<(), FeedError> {
        // There are none; a collection is made with its fields.
        Ok(())
    }

    fn create(&self, client: &Client, index: &str, template: &Value) -> Result<(), FeedError> {
        let mut collection = template.clone();
        collection["name"] = json!(index);
        client.tell("POST", "/collections", Some(&collection))
    }

    fn refresh(&self, _: &Client, _: &str) -> Result<(), FeedError> {
        Ok(())
    }

    fn count(&self, client: &Client, index: &str) -> Result<u64, FeedError> {
        let path = format!("/collections/{index}");
        let answer = client.ask("GET", &path, None)?;
        let value: Value = client.expect("GET", &path, &answer)?;
        value["num_documents"].as_u64().ok_or_else(|| client.nonsense("GET", &path, "no num_documents"))
    }

    fn swap(&self, client: &Client, alias: &str, index: &str) -> Result<Vec<String>, FeedError> {
        let path = format!("/aliases/{alias}");
        let answer = client.ask("GET", &path, None)?;
        let old = match answer.status {
            404 => None,
            _ => client.expect::<Value>("GET", &path, &answer)?["collection_name"].as_str().map(str::to_owned),
        };
        client.tell("PUT", &path, Some(&json!({ "collection_name": index })))?;
        Ok(old.into_iter().filter(|name| name != index).collect())
    }
}

fn verdict(answer: Answer) -> Verdict {
    let Answer { success, error, code } = answer;
    let refused = |code| Verdict::Refused(Refusal { code, message: error.clone() });
    match code {
        _ if success => Verdict::Stored,
        _ if is_full(&error) => Verdict::Full(error),
        Some(429 | 500..=599) => Verdict::Busy(error),
        Some(401 | 403) => Verdict::Denied(error),
        Some(409) => refused(Code::IndexConflict),
        Some(413) => refused(Code::IndexTooLarge),
        _ => refused(Code::IndexMapping),
    }
}

/// Whether it takes nothing because disk or memory is nearly used up.
fn is_full(message: &str) -> bool {
    message.contains("OUT_OF_DISK") || message.contains("OUT_OF_MEMORY")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_verdict() {
        let body = [
            r#"{"success":true}"#,
            r#"{"code":400,"document":"{}","error":"Field `date` must be a string.","success":false}"#,
            r#"{"success":false,"error":"Rejecting write: running out of resource type: OUT_OF_DISK","code":422}"#,
            r#"{"success":false,"error":"later","code":503}"#,
        ];
        let body = body.join("\n");
        let refusal = Refusal { code: Code::IndexMapping, message: "Field `date` must be a string.".to_owned() };
        assert_eq!(
            Typesense.verdicts(body.as_bytes(), 4).expect("four answers"),
            [
                Verdict::Stored,
                Verdict::Refused(refusal),
                Verdict::Full("Rejecting write: running out of resource type: OUT_OF_DISK".to_owned()),
                Verdict::Busy("later".to_owned()),
            ]
        );
        assert!(Typesense.verdicts(body.as_bytes(), 5).is_err());
        assert!(Typesense.verdicts(b"{\"message\":\"Not ready\"}", 1).is_err());
    }
}
