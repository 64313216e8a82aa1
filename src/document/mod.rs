//! What flows through the pipeline: data only, no behaviour beyond looking itself up.
//!
//! An [`Article`] is what a corpus gave us; a [`Document`] is the same text cut into zones and
//! sentences; a [`TaggedArticle`] is the document with what was found in it. All positions are
//! [`Span`](crate::Span)s of [`Article::text`].

mod article;
mod failure;
pub mod key;
mod origin;
mod runs;
mod tagged;
mod zone;

pub use article::{Article, Field, Form, Given};
pub use failure::{Failure, FailureCode, Raw, Syntax};
pub use origin::Origin;
pub use runs::{Run, Runs};
pub use tagged::{Coverage, Document, Entity, Mention, Outcome, Reason, Stamp, TaggedArticle, Topic, TopicName};
pub use zone::Zone;
