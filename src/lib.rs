//! Finds the people, places, organizations and topics in news articles.
//!
//! ```text
//! corpus ─▶ Source ─▶ Article ─▶ segment ─▶ Document ─▶ tokenize ─▶ Encoding ─▶ windows ─▶ Batch
//!                                (zones, sentences)     (ids, spans, case)                  │ infer
//! JSONL  ◀─ RecordWriter ◀─ TaggedArticle ◀─┬─ Entity ◀─ merge ◀─ Mention ◀─ decode ◀────── logits
//!                                           └─ Topic ◀─ topics ◀─ topic head ◀─ mean ◀── sums of hidden states
//! ```
//!
//! # Text in
//!
//! ```
//! use dateline::{Article, Outcome, Scratch, Tagger};
//!
//! # #[cfg(feature = "embedded-model")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tagger = Tagger::built_in()?;
//!
//! let article = Article::plain("example", "President Sauli Niinistö met Angela Merkel in Helsinki. Merkel thanked Finland.");
//! let outcomes = tagger.tag(vec![article], &mut Scratch::default());
//!
//! let Outcome::Tagged(tagged) = &outcomes[0] else { unreachable!("plain text can be tagged") };
//! let people: Vec<&str> = tagged
//!     .entities
//!     .iter()
//!     .filter(|entity| tagger.model().labels().kind(entity.label) == dateline::Kind::Person)
//!     .map(|entity| entity.name.of(tagged.document.text()))
//!     .collect();
//! assert_eq!(people, ["Sauli Niinistö", "Angela Merkel"]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "embedded-model"))]
//! # fn main() {}
//! ```
//!
//! # Files in, records out
//!
//! ```
//! use dateline::source::{self, Item};
//! use dateline::{Record, RecordWriter, Scratch, Tagger};
//!
//! # #[cfg(feature = "embedded-model")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tagger = Tagger::built_in()?;
//! let writer = RecordWriter::of(&tagger);
//! let mut records = Vec::new();
//! for item in source::open(&["data/samples/gurnah.txt"], source::Options::default())? {
//!     // A record that cannot be read is an `Item::Failed`, and says where it is and why.
//!     let Item::Article(article) = item? else { continue };
//!     for outcome in tagger.tag(vec![article], &mut Scratch::default()) {
//!         writer.write(&outcome, &mut records);
//!     }
//! }
//!
//! // Each record is a line, and can be read again.
//! let mut most_salient = Vec::new();
//! for line in std::str::from_utf8(&records)?.lines() {
//!     let record = Record::parse(line, None)?;
//!     let entity = record.entities.iter().max_by(|a, b| a.salience.total_cmp(&b.salience));
//!     most_salient.extend(entity.map(|entity| entity.name.clone().into_owned()));
//! }
//! assert_eq!(most_salient, ["Abdulrazak Gurnah"]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "embedded-model"))]
//! # fn main() {}
//! ```
//!
//! # Rooms
//!
//! [`document`] is data: an article, its zones and sentences, and what was found in it. [`source`]
//! reads articles from files. [`model`] opens a model directory, or one of those inside this library,
//! and checks all of it. [`tagger`] puts the steps together, [`run`] does that for a corpus on many
//! threads. [`record`] writes results as JSON lines and reads them again. [`eval`] compares results
//! with gold annotations. [`verdicts`] is what analysts and rules say instead.
//!
//! Positions are [`Span`]s, in bytes of [`Article::text`](document::Article::text); code points and
//! UTF-16 units exist in records alone. Nothing here prints, exits, uses the network (but for the
//! feature `hub`) or reads a clock, and an error is always a value. ARCHITECTURE.md tells what
//! depends on what.

#![warn(missing_docs)]
#![cfg_attr(
    not(feature = "internals"),
    allow(dead_code, unused_imports, reason = "some of it only the program and the benches use")
)]

// Nouns: data that every step knows.
mod compression;
mod digest;
mod error;
mod label;
mod span;

pub mod document;

// Steps: functions of what stands before them, which cannot fail.
mod agree;
mod calibrate;
mod decode;
mod infer;
mod kernels;
mod language;
mod link;
mod merge;
mod page;
mod rules;
mod segment;
mod tokenize;
mod topics;
mod zero_shot;

// Edges: where everything that can be wrong is checked.
mod hub;
pub mod model;
mod outputs;
mod recipe;
pub mod record;
mod sink;
pub mod source;

// Drivers: what puts it together.
pub mod eval;
mod export;
mod learn;
mod quality;
pub mod run;
pub mod tagger;
mod tally;
pub mod verdicts;

pub use document::{Article, Document, Entity, Mention, Outcome, TaggedArticle, Topic};
pub use error::{Severity, UserError};
pub use infer::{Precision, Scratch};
pub use kernels::Kernels;
pub use label::{Kind, Label, LabelSet};
pub use model::Model;
pub use record::{Record, RecordWriter};
pub use span::Span;
pub use tagger::{TagOptions, Tagger};

/// The rooms behind the public ones, for this workspace's own crates. Nothing here is promised.
#[cfg(feature = "internals")]
#[doc(hidden)]
#[rustfmt::skip]
pub mod internals {
    pub mod calibrate { pub use crate::calibrate::*; }
    pub mod compression { pub use crate::compression::*; }
    pub mod digest { pub use crate::digest::*; }
    pub mod decode { pub use crate::decode::*; }
    pub mod error { pub use crate::error::*; }
    pub mod export { pub use crate::export::*; }
    pub mod hub { pub use crate::hub::*; }
    pub mod infer { pub use crate::infer::*; }
    pub mod kernels { pub use crate::kernels::*; }
    pub mod label { pub use crate::label::*; }
    pub mod learn { pub use crate::learn::*; }
    pub mod link { pub use crate::link::*; }
    pub mod merge { pub use crate::merge::*; }
    pub mod page { pub use crate::page::*; }
    pub mod outputs { pub use crate::outputs::*; }
    pub mod quality { pub use crate::quality::*; }
    pub mod recipe { pub use crate::recipe::*; }
    pub mod rules { pub use crate::rules::*; }
    pub mod segment { pub use crate::segment::*; }
    pub mod sink { pub use crate::sink::*; }
    pub mod span { pub use crate::span::*; }
    pub mod tally { pub use crate::tally::*; }
    pub mod tokenize { pub use crate::tokenize::*; }
    pub mod topics { pub use crate::topics::*; }
    pub mod zero_shot { pub use crate::zero_shot::*; }
}
