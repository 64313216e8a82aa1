//! Bulk files of search engines: a line that says what to do with a document, and the document on
//! the next line.
//!
//! `{"index":{"_index":"news","_id":"7"}}` and then `{"title":…}`. The document is the article; its
//! id, which stands in the action, is put into it if it has none of its own. Actions that delete
//! are no articles.

use std::io;

use memchr::memchr;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::document::{Article, FailureCode, Form, Syntax};
use crate::record::path::each_member;
use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::fields::Wanted;
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Parser, Setup};
use crate::source::formats::json::JsonParser;
use crate::source::refusal::Refusal;
use crate::source::split::{RawRecord, Split, Step, Unclosed};

/// Bulk files.
pub struct Bulk;

static ABOUT: About = About {
    key: "bulk",
    name: "a bulk file",
    help: "An action and a document on alternate lines, as search engines take them",
    endings: &[],
    by_line: false,
};

/// Bytes of the longest action that is looked at.
const ACTION: usize = 4096;

impl Format for Bulk {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognizes(&self, input: &mut Content, _is_pipe: bool) -> io::Result<bool> {
        begins(input)
    }

    fn open(&self, input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let records = Box::new(setup.records(input, BulkEnds::default()));
        Ok(OpenFile { records, parser: Box::new(BulkParser), fields: FieldNames::Varying, remark: None })
    }

    fn derived_id(&self, file: &str, record: &RawRecord) -> String {
        format!("{file}:{}", record.start.line)
    }
}

/// Whether `input` begins with an action. No more than its first line is looked at, and no more of
/// that than may belong to one: a pipe may hold two bytes now and the next ones in an hour.
pub fn begins(input: &mut Content) -> io::Result<bool> {
    let may_be = |head: &[u8]| {
        let head: Vec<u8> = head.iter().take(32).copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let starts = ["index", "create", "update", "delete"].map(|name| format!("{{\"{name}\":{{"));
        starts.iter().any(|start| start.as_bytes().starts_with(&head) || head.starts_with(start.as_bytes()))
    };
    let head = input.peek_like(|head| !head.ends_with(b"\n") && may_be(head), ACTION)?;
    Ok(head.ends_with(b"\n") && Action::read(head).is_some())
}

/// What an action says.
struct Action {
    deletes: bool,
    updates: bool,
    id: Option<String>,
}

impl Action {
    /// Reads `line`; none if it is no action: an object with one key whose value is about documents
    /// and has no text in it.
    fn read(line: &[u8]) -> Option<Self> {
        const KEYS: [&str; 12] = [
            "_index",
            "_id",
            "_type",
            "_routing",
            "routing",
            "version",
            "version_type",
            "retry_on_conflict",
            "if_seq_no",
            "if_primary_term",
            "require_alias",
            "pipeline",
        ];
        if line.len() > ACTION {
            return None;
        }
        let Value::Object(action) = serde_json::from_slice(line).ok()? else { return None };
        let (name, about) = action.iter().next().filter(|_| action.len() == 1)?;
        let is_known = |key: &String| KEYS.contains(&key.as_str());
        let about = about.as_object().filter(|about| about.keys().all(is_known))?;
        let is = |known: &str| name == known;
        let id = match about.get("_id") {
            Some(Value::String(id)) if !id.is_empty() => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        (is("index") || is("create") || is("update") || is("delete")).then(|| Self {
            deletes: is("delete"),
            updates: is("update"),
            id,
        })
    }
}

/// Two lines are a record, but where the first one deletes.
#[derive(Default)]
struct BulkEnds {
    /// The action so far, until its line has ended.
    action: Vec<u8>,
    in_document: bool,
}

impl Split for BulkEnds {
    fn step(&mut self, bytes: &[u8]) -> Step {
        let end = memchr(b'\n', bytes);
        if self.in_document {
            self.in_document = end.is_none();
            return end.map_or(Step::Take(bytes.len()), |i| Step::End(i + 1));
        }
        let n = end.map_or(bytes.len(), |i| i + 1);
        // One byte more than an action may have shows that it is none.
        let room = (ACTION + 1).saturating_sub(self.action.len());
        self.action.extend_from_slice(&bytes[..n.min(room)]);
        if end.is_none() {
            return Step::Take(n);
        }
        let action = std::mem::take(&mut self.action);
        match Action::read(&action) {
            Some(action) if action.deletes => Step::Drop(n),
            Some(_) => {
                self.in_document = true;
                Step::Take(n)
            }
            // A blank line, or a document without an action, which fails for itself.
            None => Step::End(n),
        }
    }

    fn unclosed(&mut self) -> Unclosed {
        Unclosed::Record
    }

    fn by_line(&self) -> bool {
        true
    }

    fn is_blank(&self, record: &[u8]) -> bool {
        record.trim_ascii().is_empty()
    }
}

/// Takes an action and its document apart.
pub struct BulkParser;

impl Parser for BulkParser {
    fn syntax(&self) -> Syntax {
        Syntax::Bulk
    }

    fn names(&self, text: &str, cut: bool, wanted: &Wanted, each: &mut dyn FnMut(&str)) -> Result<(), Refusal> {
        let (_, document, at) = parts(text)?;
        JsonParser.names(document, cut, wanted, each).map_err(|refusal| behind(refusal, at))
    }

    fn article(&self, text: &str, cut: bool, wanted: &Wanted) -> Result<Article, Refusal> {
        let (action, document, at) = parts(text)?;
        let mut article = JsonParser.article(document, cut, wanted).map_err(|refusal| behind(refusal, at))?;
        if article.id.is_empty()
            && let Some(id) = action.id
            && let Form::Object(object) = &article.form
        {
            let rest = object.trim_start_matches('{');
            let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
            let name = serde_json::to_string(&id).expect("a string is always JSON");
            article.form = Form::Object(format!("{{\"id\":{name}{comma}{rest}"));
            article.id = id;
        }
        Ok(article)
    }
}

fn behind(refusal: Refusal, at: usize) -> Refusal {
    Refusal { at: refusal.at + at, ..refusal }
}

/// The action and the document in `text`, and where the document begins.
fn parts(text: &str) -> Result<(Action, &str, usize), Refusal> {
    let (line, document) = text.split_once('\n').unwrap_or((text, ""));
    let wanted = "expected an action, as {\"index\":{\"_id\":\"7\"}}, and on the next line its document";
    let Some(action) = Action::read(line.as_bytes()) else {
        return Err(Refusal::new(FailureCode::InvalidJson, 0, format!("a line that is no action: {wanted}")));
    };
    let at = line.len() + 1;
    if document.trim().is_empty() {
        return Err(Refusal::new(
            FailureCode::TruncatedJson,
            line.len(),
            format!("an action without a document: {wanted}"),
        ));
    }
    // An update has the document, or a part of it, under a key.
    let mut inner: Option<&RawValue> = None;
    if action.updates {
        each_member(document, |key, value| {
            if key == "doc" || key == "upsert" {
                inner.get_or_insert(value);
            }
        });
    }
    match inner {
        Some(inner) => Ok((action, inner.get(), at + inner.get().as_ptr().addr() - document.as_ptr().addr())),
        None => Ok((action, document, at)),
    }
}
