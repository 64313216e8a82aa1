//! Rules of the user's own: these words are an organization, those are no name, these names are one.
//!
//! A file of rules goes in, see [`read()`], and a [`RuleSet`] comes out, which corrects what a model
//! has found in a document: [`RuleSet::correct`] its mentions, [`RuleSet::regroup`] its entities.
//! Both are pure functions of the document, so that a run, a preview and an export agree. A rule
//! knows words alone: what one mention is, whatever its words, is for
//! [`verdicts`](crate::verdicts).

mod conflicts;
mod correct;
mod matcher;
mod normal;
mod read;
mod regroup;
mod rule;
mod set;
#[cfg(test)]
mod tests;

pub use conflicts::{Conflict, conflicts};
pub use correct::{Corrected, CorrectedMention, Effect, EffectKind};
pub use matcher::{Match, is_whole_word};
pub use normal::normal;
pub use read::{RuleError, parse, read};
pub use rule::{Case, Rule, Unless};
pub use set::RuleSet;
