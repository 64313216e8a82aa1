//! What differs from engine to engine: how a document is written, how answers are read, how an index
//! is made.

mod interface;

mod elastic;
mod files;
mod template;
mod typesense;

use serde_json::Value;

use crate::feed::client::Client;
use crate::feed::document::Document;
use crate::feed::error::FeedError;
use crate::feed::kind::Kind;

use elastic::Elastic;
use typesense::Typesense;

pub use interface::Engine;
pub use template::{Fields, template};

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
