//! Fills the search engines that people run with records, and loses none on the way.
//!
//! Records go in, and are sent to Elasticsearch, OpenSearch or Typesense in batches, see [`feed()`]; or
//! become what would be sent, or a file for an engine that is not fed, see [`documents()`]. Each is
//! taken by the engine or becomes a dead letter; how far the engine has answered stands in a state
//! file, from which the same command goes on after a kill. Nothing is asked of an engine but that.

mod address;
mod annotated;
mod begin;
mod client;
mod delivery;
mod document;
mod engines;
mod error;
mod gate;
mod kind;
mod ledger;
mod letters;
mod patience;
mod plan;
mod records;
mod run;
mod state;
mod time;
mod tls;
mod verdict;

pub use address::{Address, Credentials, Secret};
pub use client::Manner;
pub use document::{Document, DocumentEntity, Shape};
pub use engines::{Fields, template};
pub use error::FeedError;
pub use kind::Kind;
pub use plan::{Pace, Plan, Refresh, Target};
pub use records::{Reading, fields};
pub use run::{Counts, Event, Summary, documents, feed};
pub use state::{Account, Found, files, find};
pub use tls::Trust;
pub use verdict::Code;
