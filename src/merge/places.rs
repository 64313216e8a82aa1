//! Groups the names of places.
//!
//! Places are one if their names are, but for some countries and cities that news calls in several ways. A
//! part of a longer name is another place: `Ossetia` and `South Ossetia`.

use crate::merge::names::{self, NameWord, Stops};

/// Names of the few countries whose short forms are no shorter spellings of the long ones.
const ALIASES: &[(&str, &[&str])] = &[
    ("united states", &["us", "usa", "united states of america", "america"]),
    ("united kingdom", &["uk", "britain", "great britain"]),
    ("united arab emirates", &["uae"]),
    ("myanmar", &["burma"]),
    ("turkey", &["turkiye"]),
    ("ivory coast", &["cote divoire"]),
    ("czech republic", &["czechia"]),
    ("netherlands", &["holland"]),
    ("eswatini", &["swaziland"]),
    ("east timor", &["timor leste"]),
    ("north macedonia", &["macedonia"]),
    ("cabo verde", &["cape verde"]),
    ("bosnia and herzegovina", &["bosnia", "bosnia herzegovina"]),
    ("democratic republic of the congo", &["democratic republic of congo", "drc", "dr congo"]),
    ("kyiv", &["kiev"]),
    ("mumbai", &["bombay"]),
    ("kolkata", &["calcutta"]),
    ("beijing", &["peking"]),
    ("yangon", &["rangoon"]),
    ("ho chi minh city", &["saigon"]),
    ("vatican", &["vatican city"]),
];
/// Abbreviations of the states of the United States, which end with a full stop, as news agencies
/// write them.
#[rustfmt::skip]
const STATES: &[(&str, &str)] = &[
    ("ala", "alabama"), ("ariz", "arizona"), ("ark", "arkansas"), ("calif", "california"), ("colo", "colorado"), ("conn", "connecticut"),
    ("del", "delaware"), ("fla", "florida"), ("ill", "illinois"), ("ind", "indiana"), ("kan", "kansas"), ("ky", "kentucky"), ("md", "maryland"),
    ("mass", "massachusetts"), ("mich", "michigan"), ("minn", "minnesota"), ("miss", "mississippi"), ("mo", "missouri"), ("mont", "montana"),
    ("neb", "nebraska"), ("nev", "nevada"), ("nh", "new hampshire"), ("nj", "new jersey"), ("nm", "new mexico"), ("ny", "new york"),
    ("nc", "north carolina"), ("nd", "north dakota"), ("okla", "oklahoma"), ("ore", "oregon"), ("penn", "pennsylvania"), ("ri", "rhode island"),
    ("sc", "south carolina"), ("sd", "south dakota"), ("tenn", "tennessee"), ("tex", "texas"), ("vt", "vermont"), ("va", "virginia"),
    ("wash", "washington"), ("wva", "west virginia"), ("wis", "wisconsin"), ("wyo", "wyoming"),
];

/// The name as it is compared.
pub(super) fn key(surface: &str) -> String {
    let key = plain_key(surface);
    if surface.ends_with('.')
        && let Some((_, state)) = STATES.iter().find(|(short, _)| *short == key)
    {
        return (*state).to_owned();
    }
    let country = ALIASES.iter().find(|(_, aliases)| aliases.contains(&key.as_str()));
    country.map_or(key, |(country, _)| (*country).to_owned())
}

/// The name without `the`.
pub(super) fn plain_key(surface: &str) -> String {
    let words = names::words(surface, Stops::Join);
    let is_article = |word: &NameWord| word.folded == "the";
    names::key(if words.len() > 1 && is_article(&words[0]) { &words[1..] } else { &words[..] })
}
