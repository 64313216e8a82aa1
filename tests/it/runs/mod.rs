//! Runs from beginning to end: what becomes of what cannot be tagged, of signals, of lines that are
//! to be answered one by one, and of a corpus in parts.

mod account;
mod dead_letters;
mod filter;
mod new_only;
mod shards;
mod signals;
