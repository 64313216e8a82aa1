//! The program and the library from outside, in one binary: each has the model inside, and one is
//! enough.
//!
//! `cargo test --test it resume` runs what has `resume` in its name.

#[path = "../common/mod.rs"]
mod common;

// What users rely on.
mod cases;
mod cli;
mod documents;
mod invariance;
mod offsets;
mod readers;
mod record;
mod replace;
mod resume;
mod runs;
mod scale;
mod search;

// What the model and the engine give.
mod eval_parity;
mod gold;
mod golden;
mod lookalikes;
mod parity;
mod seed;

#[cfg(feature = "hub")]
mod hub;

// What a fuzzer looks for, what pages say, and what the house looks like.
mod commands;
mod fuzz;
mod layers;
