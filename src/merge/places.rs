//! Groups the names of places.
//!
//! Places are one if their names are, but for three countries that news writes in several ways. A
//! part of a longer name is another place: `Ossetia` and `South Ossetia`.

use crate::merge::names::{self, NameWord, Stops};

/// Names of the few countries whose short forms are no shorter spellings of the long ones.
const ALIASES: &[(&str, &[&str])] = &[
    ("united states", &["us", "usa", "united states of america", "america"]),
    ("united kingdom", &["uk", "britain", "great britain"]),
    ("united arab emirates", &["uae"]),
];

/// The name as it is compared.
pub(super) fn key(surface: &str) -> String {
    let key = plain_key(surface);
    let country = ALIASES.iter().find(|(_, aliases)| aliases.contains(&key.as_str()));
    country.map_or(key, |(country, _)| (*country).to_owned())
}

/// The name without `the`.
pub(super) fn plain_key(surface: &str) -> String {
    let words = names::words(surface, Stops::Join);
    let is_article = |word: &NameWord| word.folded == "the";
    names::key(if words.len() > 1 && is_article(&words[0]) { &words[1..] } else { &words[..] })
}
