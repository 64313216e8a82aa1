//! What the rules for names look at, and what they find.

use crate::document::Reason;
use crate::merge::candidates::Group;

/// A mention as the rules for its kind see it.
pub(super) struct KeyedMention<'t> {
    /// The text under its span.
    pub surface: &'t str,
    /// The text before it, a few words of it.
    pub before: &'t str,
    /// Whether it stands in a headline.
    pub in_headline: bool,
    /// The words that are compared; equal for mentions that differ only in spelling.
    pub key: String,
    /// Number of characters in those words.
    pub length: usize,
    pub standing: Standing,
    /// The whole name, where the surface leaves its end to the next mention: `Martin` of `Martin and
    /// Ruth Penn`.
    pub whole: Option<String>,
    /// Whether the text says that it is another name of the mention before, which has its label:
    /// `Novonor, formerly Odebrecht`.
    pub is_alias: bool,
    /// Whether it stands for several people of one name, by the word after it.
    pub is_family: bool,
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

/// Which group a mention is in, and what brought it there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub group: Group,
    /// Why its name stands for the group; none if the group is named by it.
    pub reason: Option<Reason>,
}
