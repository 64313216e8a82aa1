//! `dateline feed` against search engines: one of ours that breaks every rule of the protocol open,
//! one that is compatible with OpenSearch, Typesense itself, and the official description of
//! Elasticsearch's API.
//!
//! `cargo test --test feed protocol` runs what has `protocol` in its name. The real servers and the
//! description are found by `DATELINE_OSMEM`, `DATELINE_TYPESENSE` and `DATELINE_ELASTIC_SCHEMA`,
//! which `.ci/run` sets; tests without them count as skipped.

mod common;

#[path = "feed/articles.rs"]
mod articles;
#[path = "feed/server.rs"]
mod server;

#[path = "feed/protocol.rs"]
mod protocol;

#[path = "feed/runs.rs"]
mod runs;

#[path = "feed/secrets.rs"]
mod secrets;

#[path = "feed/files.rs"]
mod files;

#[path = "feed/engines.rs"]
mod engines;

#[path = "feed/schema.rs"]
mod schema;
