//! What is in an index, listed without a question: names by how often they are, every place where
//! one stands, mentions by how sure the model was, articles in order.
//!
//! Lists come a page at a time, from where the last one ended, and a page takes as long at the end of
//! a million articles as at the start. What would have to be counted is counted once, by [`keep`],
//! and stands in the index from then on.

mod articles;
mod companions;
mod keep;
mod mentions;
mod names;

pub use articles::{Filter, Listed};
pub use companions::{Companion, Together};
pub use keep::{Overview, keep};
pub use mentions::{Place, Spot};
pub use names::{After, Named, Split};
