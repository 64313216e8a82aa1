//! A query that cannot be understood: what is wrong with it, and where.

use std::fmt;
use std::ops::Range;

use dateline::internals::error::UserError;

/// Why a query cannot be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryError {
    message: String,
    hint: Option<String>,
    /// The part of the query around the place, and the place in it, in characters.
    excerpt: String,
    start: usize,
    width: usize,
}

impl QueryError {
    /// Characters shown before and behind the place.
    const AROUND: usize = 60;

    /// `message` is about the bytes `span` of `query`.
    pub(crate) fn new(query: &str, span: Range<usize>, message: impl Into<String>, hint: Option<String>) -> Self {
        let (start, end) = (span.start.min(query.len()), span.end.min(query.len()));
        let before: Vec<char> = query[..start].chars().rev().take(Self::AROUND).collect();
        let inside: Vec<char> = query[start..end].chars().take(Self::AROUND).collect();
        let behind: Vec<char> = query[end..].chars().take(Self::AROUND).collect();
        let is_cut = query[..start].chars().count() > before.len();
        let plain = |c: &char| if c.is_control() || c.is_whitespace() { ' ' } else { *c };
        let mut excerpt: String = if is_cut { "…" } else { "" }.to_owned();
        excerpt.extend(before.iter().rev().map(plain));
        excerpt.extend(inside.iter().map(plain));
        excerpt.extend(behind.iter().map(plain));
        Self {
            message: message.into(),
            hint,
            start: before.len() + usize::from(is_cut),
            width: inside.len().max(1),
            excerpt: excerpt.trim_end().to_owned(),
        }
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The place: characters before the caret in what is shown, and carets.
    pub fn place(&self) -> (usize, usize) {
        (self.start, self.width)
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carets = "^".repeat(self.width);
        write!(f, "{}\n  {}\n  {:start$}{carets}", self.message, self.excerpt, "", start = self.start)
    }
}

impl std::error::Error for QueryError {}

impl UserError for QueryError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}
