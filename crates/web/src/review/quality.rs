//! `GET /api/quality`: how right this run is, as far as can be said.

use serde_json::{Value, json};

use crate::http::Reply;
use crate::review::corpus::Corpus;
use crate::review::desk::Now;
use crate::review::{changes, history, overview};

/// Everything on that screen.
pub fn quality(corpus: &Corpus, now: &Now) -> Result<Value, Reply> {
    let numbers = corpus.overview()?;
    let changed = corpus.read(|index| changes::of(index, now))?;
    Ok(json!({
        "mentions": numbers.mentions, "wrong": numbers.wrong, "curve": numbers.curve, "half": numbers.half,
        "unsure": numbers.unsure, "decided": history::count(now),
        "wrong_left": overview::wrong_left(numbers.wrong, now), "changes": changes::counts(&changed),
    }))
}
