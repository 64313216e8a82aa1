//! How good a run is, from scores alone and from what analysts say of a sample.
//!
//! Records go in one after another: their scores say how many mentions are expected to be wrong, see
//! [`Expected`], and mentions and passages are drawn from them, see [`Population::draw`] and
//! [`Passages`]. Verdicts on what was drawn say how good the run is: [`precision()`], [`recall`],
//! [`bars()`]; and verdicts of two analysts how far they agree: [`agreement()`]. Chance comes from a
//! seed, so that the same records give the same sample. Copies of an article count once.

mod agreement;
mod bars;
mod chance;
mod expected;
mod measure;
mod passages;
mod population;
mod precision;
mod report;
#[cfg(test)]
mod tests;

pub use agreement::{Agreement, agreement};
pub use bars::{Bar, bars};
pub use expected::{Expected, Point};
pub use measure::measure;
pub use passages::{Passage, Passages, Recall, recall};
pub use population::{Drawn, N_STRATA, Population, Sample};
pub use precision::{Estimate, Judged, PartEstimate, judged, precision, precision_after};
pub use report::{Quality, Sampled};
