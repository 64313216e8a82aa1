//! A request and its answer, as values.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::http::guard::Who;

/// What is asked for: whatever else a request says does not matter.
#[derive(Clone, PartialEq, Debug)]
pub struct Ask {
    /// How.
    pub method: Method,
    /// The path as it was sent. Nothing in it is decoded: no path that is served needs that.
    pub path: String,
    /// What stands behind the question mark, decoded. Of two values for one key the last counts.
    pub query: BTreeMap<String, String>,
    /// `Idempotency-Key`, if there is one.
    pub once: Option<String>,
    /// Who asks; none where no token is needed.
    pub who: Option<Who>,
    /// The body.
    pub body: Vec<u8>,
}

/// The methods there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// Reads.
    Get,
    /// Writes, or asks for something that is too long for a path.
    Post,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// What kind of bytes it has.
    pub content_type: &'static str,
    /// Whether it is the same for ever, because its path has a digest of it.
    pub immutable: bool,
    /// Name under which a browser stores it.
    pub file_name: Option<String>,
    /// The bytes.
    pub body: Body,
}

/// The bytes of an answer.
pub enum Body {
    /// All of them.
    Whole(Cow<'static, [u8]>),
    /// A function that writes them, on a thread of its own.
    Written(Box<dyn FnOnce(&mut dyn std::io::Write) -> std::io::Result<()> + Send>),
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(bytes) => f.write_str(&String::from_utf8_lossy(bytes)),
            Self::Written(_) => f.write_str("written"),
        }
    }
}

impl Ask {
    /// A value behind the question mark; none if it is not there or empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.query.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A number there, or what is wrong with it.
    ///
    /// # Errors
    /// An answer of status 400 that names the key.
    pub fn number<T: std::str::FromStr>(&self, key: &str) -> Result<Option<T>, Reply> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let wrong = || Reply::refused(400, "number", &format!("{key}: found {value:?}, wanted a number"), None);
        value.parse().map(Some).map_err(|_| wrong())
    }
}

impl Reply {
    /// `value` as JSON.
    pub fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => Self::whole("application/json", bytes),
            Err(error) => Self::refused(500, "internal", &error.to_string(), None),
        }
    }

    /// These bytes.
    pub fn whole(content_type: &'static str, bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { status: 200, content_type, immutable: false, file_name: None, body: Body::Whole(bytes.into()) }
    }

    /// An error: `code` for programs, `message` and `hint` for people.
    pub fn refused(status: u16, code: &str, message: &str, hint: Option<&str>) -> Self {
        let error: Value = json!({"error": {"code": code, "message": message, "hint": hint}});
        Self { status, ..Self::whole("application/json", error.to_string().into_bytes()) }
    }

    /// There is nothing under this path.
    pub fn not_found() -> Self {
        Self::refused(404, "not_found", "there is nothing under this address", None)
    }

    /// The JSON in it, for tests.
    pub fn value(&self) -> Value {
        match &self.body {
            Body::Whole(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
            Body::Written(_) => Value::Null,
        }
    }
}
