//! `dateline review`: what its server refuses, what is on the disk when it answers, and the page in a
//! real browser.
//!
//! `cargo test --test review hostile` runs what has `hostile` in its name. The browser is Debian's
//! chromium with chromedriver; axe-core is found by `DATELINE_AXE`, which `.ci/run` sets. Tests
//! without them count as skipped. Pictures of every screen are left in `target/review-shots`.

mod common;

#[path = "review/server.rs"]
mod server;

#[path = "review/browser.rs"]
mod browser;

#[path = "review/hostile.rs"]
mod hostile;

#[path = "review/decisions.rs"]
mod decisions;

#[path = "review/corpora.rs"]
mod corpora;

#[path = "review/keys.rs"]
mod keys;

#[path = "review/screens.rs"]
mod screens;
