//! Finds the people, places, organizations and topics in news articles: a library and the program `dateline`.
//!
//! ```text
//! corpus ─▶ Source ─▶ Article ─▶ segment ─▶ Document ─▶ tokenize ─▶ Encoding ─▶ windows ─▶ Batch
//!                                (zones, sentences)     (ids, spans, case)                  │ infer
//! JSONL  ◀─ Sink ◀─ record ◀─ TaggedArticle ◀─┬─ Entity ◀─ merge ◀─ Mention ◀─ decode ◀──── logits
//!                                             └─ Topic ◀─ topics ◀─ topic head ◀─ mean ◀── sums of hidden states
//! ```
//!
//! Data flows one way, and every arrow is a function of what stands before it. Nouns ([`span`], [`label`],
//! [`document`]) are data; steps ([`segment`], [`tokenize`], [`infer`] on [`kernels`], [`mod@decode`], [`mod@merge`],
//! [`calibrate`], [`topics`], [`language`]) return values and cannot fail; edges ([`recipe`], [`model`], [`record`], [`source`], [`sink`], [`outputs`]) are where everything is
//! checked; drivers ([`tagger`], [`run`], [`eval`]) put it together. ARCHITECTURE.md tells more.
//!
//! # Example
//!
//! ```
//! use dateline::{Article, BATCH_TOKENS, Keep, Kernels, Model, Outcome, Scratch, Tagger};
//!
//! # #[cfg(feature = "embedded-model")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = Model::embedded(Kernels::best(), None)?;
//! let tagger = Tagger::new(model, &Keep::default(), BATCH_TOKENS)?;
//!
//! let article = Article::plain("example", "President Sauli Niinistö met Angela Merkel in Helsinki. Merkel thanked Finland.");
//! let outcomes = tagger.tag(vec![article], &mut Scratch::default());
//!
//! let Outcome::Tagged(tagged) = &outcomes[0] else { unreachable!("plain text can be tagged") };
//! let text = tagged.document.text();
//! let people: Vec<&str> = tagged
//!     .entities
//!     .iter()
//!     .filter(|entity| tagger.model().labels.name(entity.label) == "PER")
//!     .map(|entity| entity.name.of(text))
//!     .collect();
//! assert_eq!(people, ["Sauli Niinistö", "Angela Merkel"]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "embedded-model"))]
//! # fn main() {}
//! ```

#![warn(missing_docs)]

pub mod span;

pub mod label;

pub mod document;

pub mod segment;

pub mod tokenize;

pub mod kernels;

pub mod infer;

pub mod decode;

pub mod agree;

pub mod merge;

pub mod calibrate;

pub mod topics;

pub mod language;

#[cfg(feature = "libtorch")]
pub mod zero_shot;

pub mod recipe;

pub mod model;

pub mod record;

#[cfg(feature = "hub")]
pub mod hub;

pub mod source;

pub mod sink;

pub mod outputs;

pub mod tagger;

pub mod tally;

pub mod run;

pub mod eval;

pub mod cli;

pub use document::{Article, Document, Entity, Mention, Outcome, TaggedArticle, Topic};
pub use infer::Scratch;
pub use kernels::Kernels;
pub use model::Model;
pub use span::Span;
pub use tagger::{BATCH_TOKENS, Keep, Tagger};
