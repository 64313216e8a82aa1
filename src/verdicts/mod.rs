//! What analysts say of a run's records, and what the records are by that.
//!
//! A decision goes into a [`Log`], one file an analyst, and is on the disk before anyone is told so.
//! [`Verdicts`] are the logs of all analysts as they stand, undone decisions aside; [`apply()`] gives
//! a record as rules and verdicts leave it, and [`stand`] says of each mention who says so and who
//! differs. All of it hangs on the text of an article, by its [`ArticleKey`], and not on its place
//! or id, so that it survives another order, another model and another run; [`Changes`] lists what
//! became of it. Nothing here reads a clock: who writes a decision down says when it was made.

mod apply;
mod changes;
mod entry;
mod key;
mod lock;
mod log;
mod opened;
mod place;
mod preview;
mod read;
mod sketch;
mod state;
#[cfg(test)]
mod tests;
mod time;

pub use crate::rules::{
    Case, Conflict, Effect, EffectKind, Rule, RuleError, RuleSet, Unless, conflicts, parse as parse_rules,
    read as read_rules,
};
pub use apply::{By, Difference, Mark, Standing, apply, stand};
pub use changes::{Change, ChangeKind, Changes, Corpus, Moved};
pub use entry::{ArticleState, Decision, Entry, Op, Reach, SampleDraw, Saw, Say, Topic, Within};
pub use key::ArticleKey;
pub use log::{Log, LogError, Replayed, directory, file_of};
pub use opened::Opened;
pub use place::Place;
pub use preview::{Example, Preview};
pub use read::{ChainReport, read_all, verify};
pub use sketch::Sketch;
pub use state::{Analyst, Progress, Refused, Verdicts};
pub use time::stamp;
