//! What a format cannot say.

use serde::Serialize;

/// Something in an article that a format cannot say.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Loss {
    /// The article's id, or the key of its text.
    pub article: String,
    /// The label of the mention, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its words.
    pub words: String,
    /// Start and end in code points of the exported text.
    pub span: [usize; 2],
    /// Why it is not there.
    pub why: &'static str,
}
