//! Gold and predicted names → precision, recall and F1.
//!
//! [`read_gold`] reads a file of CoNLL columns or of tagged records into [`GoldDocument`]s. A driver tags each document's
//! [`text`](GoldDocument::text) like any article and hands the mentions to [`GoldDocument::score_against`], which counts
//! sentence by sentence; [`Report::new`] turns all counts into numbers for people and for machines. Nothing is tagged
//! here, and no model is known here: labels are names.
//!
//! CoNLL gold is compared by tokens, as conlleval and seqeval do; records are compared by characters, because they have
//! no tokens.

mod bootstrap;
mod conll;
mod gold;
mod join;
mod project;
mod records;
mod report;
mod score;

pub use bootstrap::Interval;
pub use gold::{Gold, GoldDocument, GoldError, Unit, parse_gold, read_gold};
pub use report::{
    Bootstrap, Compared, ExactScore, ExactScores, Mean, RelaxedScore, RelaxedScores, RelaxedTable, Report,
};
pub use score::{Counts, Exact, LabelCounts, Matching, Outcomes};
