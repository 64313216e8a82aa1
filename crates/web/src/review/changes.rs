//! What became of earlier decisions when the records are those of another run.
//!
//! Only the articles that something was said about are looked at, and those with their ids.

use std::collections::BTreeSet;

use dateline::verdicts::{ChangeKind, Changes, Corpus};
use dateline_search::Index;
use serde_json::{Value, json};

use crate::http::Reply;
use crate::review::desk::Now;
use crate::review::stored::Stored;

/// What became of all of them.
pub fn of(index: &Index, now: &Now) -> Result<Changes, Reply> {
    let mut rows = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for analyst in now.verdicts.analysts() {
        for entry in analyst.holding() {
            if let Some(article) = entry.decision.op.article() {
                rows.extend(index.articles_with_text(&article.bytes())?);
            }
            ids.extend(entry.decision.id.as_deref());
        }
    }
    for id in ids {
        rows.extend(index.article_called(id)?);
    }
    let mut corpus = Corpus::new(&now.verdicts);
    for row in rows {
        corpus.add(&Stored::open(index, row)?.opened()?);
    }
    Ok(corpus.finish())
}

/// The same in numbers.
pub fn counts(changes: &Changes) -> Value {
    let count = |kind| changes.count(kind);
    let (needed, no_longer) = (count(ChangeKind::StillNeeded), count(ChangeKind::NoLongerNeeded));
    let (broken, moved, orphaned) = (count(ChangeKind::Broken), count(ChangeKind::Moved), count(ChangeKind::Orphaned));
    // As long as the records are those that were decided on, every correction is needed.
    let is_other = no_longer + broken + moved + orphaned > 0;
    json!({
        "total": if is_other { needed + no_longer + broken + moved + orphaned } else { 0 }, "needed": needed,
        "no_longer": no_longer, "broken": broken, "moved": moved, "orphaned": orphaned,
    })
}
