//! Fetches a model directory from the Hugging Face hub over HTTPS; a fetch that was cut off is
//! resumed.
//!
//! What is asked for: the list of the repository's files at a revision, and of these the
//! configuration, the tokenizer, the safetensors and the card. Every file is written as
//! `NAME.part`, checked against the size and, for large files, the SHA-256 that the hub states, and
//! only then gets its name. Weights in other formats are left where they are.
//!
//! A build without the feature `hub` has the same items, and refuses.

#[cfg(not(feature = "hub"))]
mod disabled;
#[cfg(feature = "hub")]
mod enabled;
mod error;
mod repository;

#[cfg(not(feature = "hub"))]
pub use disabled::pull;
#[cfg(feature = "hub")]
pub use enabled::pull;
pub use error::HubError;
pub use repository::{ENDPOINT, Fetched, Repository};
