//! Where a verdict is about: a span of a field, and words by which it is found again.

use serde::{Deserialize, Serialize};

use crate::verdicts::key::ArticleKey;

/// A span of an article's field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The article.
    pub article: ArticleKey,
    /// The field.
    pub field: String,
    /// Start and end, half-open, in code points of the field.
    pub span: [usize; 2],
    /// The text there.
    pub words: String,
    /// Up to [`Place::AROUND`] code points before it and behind it.
    pub around: [String; 2],
}

impl Place {
    /// Code points on each side by which a place is found again in a text that has changed.
    pub const AROUND: usize = 20;

    /// Whether both are the same span of one article.
    pub fn is_at(&self, field: &str, span: [usize; 2]) -> bool {
        self.field == field && self.span == span
    }
}
