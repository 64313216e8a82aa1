//! What parts of an article are for.

/// What a part of an article is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Zone {
    /// The title.
    Headline,
    /// Who wrote it.
    Byline,
    /// Where and when it was written, at the head of the body: `PARIS, May 3 (Reuters) -`.
    Dateline,
    /// The words under a picture.
    Caption,
    /// The story.
    Body,
    /// Page furniture: author boxes, newsletter pleas, "About the company".
    Boilerplate,
}

impl Zone {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Headline, Self::Byline, Self::Dateline, Self::Caption, Self::Body, Self::Boilerplate];

    /// Whether it is no part of the story: what is named there alone counts for nothing.
    pub fn is_furniture(self) -> bool {
        matches!(self, Self::Byline | Self::Boilerplate)
    }

    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            Self::Byline => "byline",
            Self::Dateline => "dateline",
            Self::Caption => "caption",
            Self::Body => "body",
            Self::Boilerplate => "boilerplate",
        }
    }
}
