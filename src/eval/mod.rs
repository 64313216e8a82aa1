//! Gold and predicted names and topics → precision, recall and F1; scores → calibration errors;
//! vectors → how alike they rank.
//!
//! [`read_gold`] reads a file of CoNLL columns or of tagged records into [`GoldDocument`]s. A
//! driver tags each document's [`text`](GoldDocument::text) like any article and hands the mentions
//! to [`GoldDocument::score_against`], which counts sentence by sentence; [`MentionReport::new`]
//! turns all counts into numbers for people and for machines. Nothing is tagged here, and no model
//! is known here: labels are names.
//!
//! CoNLL gold is compared by tokens, as conlleval and seqeval do; records are compared by
//! characters, because they have no tokens.
//!
//! Topics are simpler: [`read_topics`] reads articles with their gold topics, [`TopicReport::new`]
//! compares. [`read_entities`] and [`EntityReport`] do the same for how mentions were joined into
//! entities, given the gold mentions. [`MentionCalibration`] says how far scores can be taken at their word, and
//! [`EmbeddingReport`] how well an embedding is kept.

mod bootstrap;
mod calibration;
mod compare;
mod conll;
mod coreference;
mod draws;
mod embedding;
mod entities;
mod entity_report;
mod gold;
mod join;
mod project;
mod read;
mod records;
mod report;
mod score;
mod topics;

pub use bootstrap::Interval;
pub(crate) use bootstrap::{bootstrap_of, middle};
pub use calibration::{BINS, Bins, CalibrationError, MentionCalibration, ScoredMention};
pub use coreference::{Fractions, Partition, b_cubed, ceaf_e, lea, muc, pairs};
pub use embedding::{EmbeddingReport, PAIRS};
pub use entities::{EntityArticle, read_entities};
pub use entity_report::{EntityPart, EntityReport, EntityScore, Joined, Mistakes};
pub use gold::{Gold, GoldDocument, GoldError, Unit};
pub use read::{parse_gold, read_gold};
pub use report::{
    Bootstrap, Compared, ExactScore, ExactScores, Mean, MentionReport, RelaxedScore, RelaxedScores, RelaxedTable,
};
pub use score::{Exact, LabelCounts, Matching, MentionCounts, Outcomes};
pub use topics::{
    FirstTopic, MIN_GOLD, NoArticleReport, TopicArticle, TopicCalibration, TopicMean, TopicPrediction, TopicReport,
    TopicRow, TopicScore, parse_topics, read_topics,
};
