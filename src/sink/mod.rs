//! Where records go: standard output, or a file that appears under its name only when it is
//! complete, and that a later run resumes if this one is killed.
//!
//! While it is written the file is called `OUT.partial`, beside it the dead letters
//! `OUT.dead.jsonl.partial`. Every [`CHECKPOINT_BYTES`] of records, or as many as it is told, both
//! are brought to the disk, and then how far they go is written to `OUT.ckpt`, see [`checkpoint`].
//! A run that finds these cuts the files off there and resumes; where the cuts are depends on the
//! records alone, so that the bytes are those of a run that nobody disturbed. At the end there is a
//! last checkpoint; then the dead letters get their name, if there are any, then the manifest is
//! written, then the records get theirs, then the checkpoint goes. `OUT.inputs` lists the files
//! that it was made from, see [`inputs`].

pub mod checkpoint;
mod error;
mod files;
mod fingerprint;
pub mod inputs;
mod output;
mod plain;
mod stream;
#[cfg(test)]
mod tests;

pub use checkpoint::Account;
pub use error::SinkError;
pub use files::{Files, beside, output_of, replace, sync_directory, with_suffix};
pub use fingerprint::Fingerprint;
pub use inputs::InputIdentity;
pub use output::{CHECKPOINT_BYTES, Lines, Plan, Sink};
pub use plain::Plain;
