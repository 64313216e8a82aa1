//! Says which place of the world a place of an article is, or that it is not known.
//!
//! Takes the places of one article with what the text says around them, and a gazetteer; gives each
//! at most one of its places, with the probability that it is the one. A place that could be several
//! gets none rather than a wrong one. People and organizations are not linked here.

mod gazetteer;
mod places;

pub use gazetteer::{Gazetteer, GazetteerError, Place, PlaceKind};
pub use places::{Link, NEAR, Named, country, link};
