//! The program as its users meet it: what it prints, where, and with which exit code.
//!
//! Snapshots show standard error as it is, then standard output with `> ` before each line, then
//! the exit code. `UPDATE_EXPECT=1 cargo test --test it cli` writes them anew.

mod arguments;

mod inputs;

mod models;

mod places;

mod outputs;

mod tag;

mod inspect;

mod learn;
mod link;

mod summary;

mod eval;

mod topics;

mod verdicts;

mod bench;
mod doctor;

use crate::common::Ran;
use expect_test::Expect;

/// Holds what a user sees against what was seen when the snapshot was made.
fn check(ran: &Ran, expected: Expect) {
    expected.assert_eq(&ran.shown());
}
