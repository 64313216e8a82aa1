//! What differs from engine to engine: how a document is written, how answers are read, how an index
//! is made.

mod elastic;
mod files;
mod template;
mod typesense;

use serde_json::Value;

use crate::feed::client::Client;
use crate::feed::document::Document;
use crate::feed::error::FeedError;
use crate::feed::kind::Kind;
use crate::feed::verdict::{Refusal, Verdict, Whole};

use elastic::Elastic;
use typesense::Typesense;

pub use template::{Fields, template};

/// What is said to an engine that documents are sent to.
pub trait Engine: Send + Sync {
    /// Where batches for `index` go, below the address. With `wait` the engine answers when the
    /// documents can be searched.
    fn bulk(&self, index: &str, wait: bool) -> String;

    /// What batches are.
    fn content_type(&self) -> &'static str;

    /// Why a document with this key cannot be sent at all.
    fn refuses(&self, key: &str) -> Option<Refusal>;

    /// What the engine says of each of `n` documents, from the body of an answer with status 200.
    ///
    /// # Errors
    /// In words, if the body is not such an answer, or speaks of more or fewer documents. Then
    /// nothing is known of any of them.
    fn verdicts(&self, body: &[u8], n: usize) -> Result<Vec<Verdict>, String>;

    /// What an answer with this other status, and this body, means.
    fn whole(&self, status: u16, body: &[u8]) -> Whole;

    /// What tells the index called `index` from another one of that name, and how it is called
    /// itself if that is an alias; none if there is none.
    ///
    /// # Errors
    /// If there is no answer that says so.
    fn identify(&self, client: &Client, index: &str) -> Result<Option<Index>, FeedError>;

    /// Puts what an index called `name` is to be like.
    ///
    /// # Errors
    /// If the engine refuses.
    fn put_template(&self, client: &Client, name: &str, template: &Value) -> Result<(), FeedError>;

    /// Makes the empty index `index`, which is one of `name`.
    ///
    /// # Errors
    /// If the engine refuses.
    fn create(&self, client: &Client, index: &str, template: &Value) -> Result<(), FeedError>;

    /// Makes everything that was sent searchable.
    ///
    /// # Errors
    /// If the engine refuses.
    fn refresh(&self, client: &Client, index: &str) -> Result<(), FeedError>;

    /// How many documents `index` has.
    ///
    /// # Errors
    /// If there is no answer that says so.
    fn count(&self, client: &Client, index: &str) -> Result<u64, FeedError>;

    /// Moves the alias `alias` onto `index`, in one request, and says what it was on.
    ///
    /// # Errors
    /// If the engine refuses.
    fn swap(&self, client: &Client, alias: &str, index: &str) -> Result<Vec<String>, FeedError>;
}

/// An index that is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Index {
    /// What tells it from another one of the same name.
    pub id: String,
    /// Whether the name that was asked for is an alias of it.
    pub is_alias: bool,
}

/// What to say to engines of this kind; none if nothing is sent to them.
pub fn engine(kind: Kind) -> Option<Box<dyn Engine>> {
    match kind {
        Kind::Elasticsearch => Some(Box::new(Elastic)),
        Kind::Opensearch => Some(Box::new(Elastic)),
        Kind::Typesense => Some(Box::new(Typesense)),
        Kind::Solr | Kind::Meilisearch | Kind::Vespa | Kind::Quickwit => None,
    }
}

/// Appends the lines of a document as an engine of this `kind` gets them, for the index `index`.
pub fn write(kind: Kind, index: &str, key: &str, document: &Document, out: &mut Vec<u8>) {
    match kind {
        Kind::Elasticsearch | Kind::Opensearch => elastic::write(key, document, out),
        Kind::Typesense => typesense::write(key, document, out),
        Kind::Solr => files::solr(key, document, out),
        Kind::Meilisearch => files::meilisearch(key, document, out),
        Kind::Vespa => files::vespa(index, key, document, out),
        Kind::Quickwit => files::quickwit(key, document, out),
    }
}

/// Which engine answers at the address.
///
/// # Errors
/// If none does, or one that is not known.
pub fn detect(client: &Client) -> Result<Kind, FeedError> {
    let root = client.ask("GET", "/", None)?;
    if let Ok(value) = serde_json::from_slice::<Value>(&root.body)
        && root.status == 200
        && value["version"]["number"].is_string()
    {
        let is_opensearch = value["version"]["distribution"] == "opensearch";
        return Ok(if is_opensearch { Kind::Opensearch } else { Kind::Elasticsearch });
    }
    if matches!(root.status, 401 | 403) {
        return Err(client.refused("GET", "/", &root));
    }
    let health = client.ask("GET", "/health", None)?;
    if let Ok(value) = serde_json::from_slice::<Value>(&health.body)
        && health.status == 200
    {
        if value["ok"].is_boolean() {
            return Ok(Kind::Typesense);
        }
        if value["status"] == "available" {
            return Err(FeedError::FileOnly { kind: Kind::Meilisearch });
        }
    }
    Err(FeedError::Unknown { url: client.url("/"), status: root.status })
}

/// `value` as JSON and a line feed.
fn line(value: &impl serde::Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, value).expect("plain data has a JSON form, and a Vec takes every byte");
    out.push(b'\n');
}
