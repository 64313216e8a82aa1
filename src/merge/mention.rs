//! What the rules for names look at.

/// A mention as the rules for its kind see it.
pub(super) struct KeyedMention<'t> {
    /// The text under its span.
    pub surface: &'t str,
    /// The words that are compared; equal for mentions that differ only in spelling.
    pub key: String,
    /// Number of characters in those words.
    pub length: usize,
    pub standing: Standing,
    /// Whether it stands in brackets right after another mention with its label: `Free Aceh
    /// Movement (GAM)`.
    pub is_gloss: bool,
}

/// Where a mention stands, as far as naming goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// In the story, which introduces names in full before it shortens them.
    Body,
    /// In a headline or caption, which may be short from the start.
    Announcement,
    /// In a byline or page furniture.
    Furniture,
}
