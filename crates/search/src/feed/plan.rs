//! What to feed where, and how.

use crate::feed::address::Address;
use crate::feed::client::Manner;
use crate::feed::kind::Kind;
use crate::feed::records::Reading;

/// What to feed where, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is fed. Its kind and its index are those of the target; they are filled in here.
    pub reading: Reading,
    /// Where it goes.
    pub target: Target,
    /// How fast.
    pub pace: Pace,
    /// Percentage of records that may be refused, of the first 1,000 or of more.
    pub max_dead: f64,
    /// Whether the first record that is refused ends it.
    pub stop_at_failure: bool,
}

/// Where documents go.
#[derive(Clone, Debug)]
pub struct Target {
    /// The address.
    pub address: Address,
    /// The engine; found out where it is not given.
    pub kind: Option<Kind>,
    /// How to speak with it.
    pub manner: Manner,
    /// Make the index if there is none.
    pub create: bool,
    /// Fields that are not in the mapping make the engine refuse a document.
    pub strict: bool,
    /// Fill a new index, and then move the alias onto it.
    pub swap: bool,
    /// When documents can be searched.
    pub refresh: Refresh,
}

/// When documents can be searched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Refresh {
    /// When the engine likes.
    #[default]
    None,
    /// When a batch is answered.
    Wait,
    /// When everything is fed.
    End,
}

/// How fast to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// Bytes of a request.
    pub batch_bytes: usize,
    /// Requests at a time.
    pub in_flight: usize,
}
