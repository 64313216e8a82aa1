//! Groups the names of places and of other things.
//!
//! They are one if their words are, or if one is the initials of the other. An adjective and its
//! people are one: `Syrian` and `Syrians`, `Sino` and `Chinese`. A place answers to its name without
//! what it lies in, `Nain, N.L.`, and without what kind of place it is, `Holbox Island`. Long names
//! may be spelt in several ways.

use std::collections::HashMap;

use crate::document::Reason;
use crate::merge::acronyms::{acronym, initials, is_blend};
use crate::merge::candidates::{Candidate, Candidates};
use crate::merge::mention::{Found, KeyedMention};
use crate::merge::names::{self, NameWord, Stops};
use crate::merge::{places, spelling};

/// People whose adjective is another word.
const PEOPLES: &[(&str, &str)] = &[
    ("sino", "chinese"),
    ("inuk", "inuit"),
    ("briton", "british"),
    ("spaniard", "spanish"),
    ("swede", "swedish"),
    ("dane", "danish"),
    ("finn", "finnish"),
    ("pole", "polish"),
    ("turk", "turkish"),
    ("scot", "scottish"),
    ("serb", "serbian"),
    ("croat", "croatian"),
    ("kurd", "kurdish"),
    ("jew", "jewish"),
    ("frenchman", "french"),
    ("frenchmen", "french"),
    ("englishman", "english"),
    ("englishmen", "english"),
    ("irishman", "irish"),
    ("irishmen", "irish"),
    ("dutchman", "dutch"),
    ("dutchmen", "dutch"),
    ("welshman", "welsh"),
    ("filipina", "filipino"),
    ("uighur", "uyghur"),
    ("icelander", "icelandic"),
];
/// Names kept for each two letters: what a short name is a blend of is hardly the hundredth.
const KEPT: usize = 16;
/// What a country is called in full.
const STATES: &[&str] = &[
    "republic of ",
    "kingdom of ",
    "state of ",
    "islamic republic of ",
    "peoples republic of ",
    "commonwealth of ",
    "city of ",
];
/// What kind of place it is that news leaves out.
const KINDS: &[&str] = &["island", "islands", "sea", "ocean", "dc"];

/// The key of what is no place: an adjective for its people, in the singular.
pub(super) fn key(surface: &str) -> String {
    let key = places::plain_key(surface);
    if key.contains(' ') {
        return key;
    }
    let is_plural = key.len() > 4 && key.ends_with('s') && !key.ends_with("ss") && acronym(surface).is_none();
    let one = if is_plural { &key[..key.len() - 1] } else { &key[..] };
    PEOPLES.iter().find(|(people, _)| *people == one).map_or(one, |(_, adjective)| adjective).to_owned()
}

/// Gives every mention, in the order of the text, its group.
pub(super) fn group(names: &[&KeyedMention], are_places: bool) -> Vec<Found> {
    let mut variants: Vec<(&str, &KeyedMention)> = Vec::new();
    let mut variant_of: HashMap<&str, usize> = HashMap::new();
    for &name in names {
        variant_of.entry(&name.key).or_insert_with(|| {
            variants.push((&name.key, name));
            variants.len() - 1
        });
    }
    let mut order: Vec<usize> = (0..variants.len()).collect();
    order.sort_by_key(|&idx| (std::cmp::Reverse(variants[idx].0.split(' ').count()), idx));
    let mut candidates = Candidates::default();
    let mut spelt: HashMap<String, (&str, usize)> = HashMap::new();
    let mut found = vec![Found { group: usize::MAX, reason: None }; variants.len()];
    let mut blended: HashMap<String, Vec<(Vec<NameWord>, usize)>> = HashMap::new();
    // What the text calls by another name; the first that it says counts.
    let mut alias_of: HashMap<&str, &str> = HashMap::new();
    for pair in names.windows(2).filter(|pair| pair[1].is_alias) {
        alias_of.entry(&pair[0].key).or_insert(&pair[1].key);
        alias_of.entry(&pair[1].key).or_insert(&pair[0].key);
    }
    for idx in order {
        let (key, name) = variants[idx];
        let letters = acronym(name.surface);
        let by_letters = letters.as_ref().and_then(|letters| candidates.only(&format!("initials {letters}")));
        let by_spelling = || {
            let (other, group) = spelt.get(&spelling::skeleton(key))?;
            (letters.is_none() && spelling::alike(other, key)).then_some((*group, Reason::Spelling))
        };
        let by_letters = by_letters.or_else(|| {
            let [word] = &names::words(name.surface, Stops::Join)[..] else { return None };
            let alike = blended.get(word.folded.get(..2)?)?.iter();
            let mut blends = alike.filter(|(full, _)| is_blend(&word.folded, full)).map(|(_, group)| *group);
            let group = blends.next()?;
            blends.all(|other| other == group).then_some(group)
        });
        let by_alias = || {
            let other: &str = alias_of.get(key)?;
            let group = found[variant_of[other]].group;
            (group != usize::MAX).then_some((group, Reason::Alias))
        };
        let known = by_letters.map(|group| (group, Reason::Acronym));
        // `Lagos Island` is a part of the Lagos that is named before it.
        let is_short = |found: &Candidate| !found.ambiguous && (found.first < idx || name.in_headline);
        let by_kind = || candidates.find(&format!("kind {key}")).filter(is_short).map(|found| found.group);
        let short = candidates.only(&format!("short {key}"));
        let known = known.or_else(|| short.or_else(by_kind).map(|group| (group, Reason::ShortForm)));
        let known = known.or_else(by_spelling).or_else(by_alias);
        let group = known.map_or(idx, |(group, _)| group);
        found[idx] = Found { group, reason: known.map(|(_, reason)| reason) };
        spelt.entry(spelling::skeleton(key)).or_insert((key, group));
        let words = names::words(name.surface, Stops::Join);
        if (2..=8).contains(&words.len()) {
            for letters in initials(&words) {
                candidates.register(format!("initials {letters}"), group, idx);
            }
            let kept = words[0].folded.get(..2).map(|start| blended.entry(start.to_owned()).or_default());
            if let Some(kept) = kept.filter(|kept| kept.len() < KEPT) {
                kept.push((words, group));
            }
        }
        if are_places {
            for short in short_forms(name.surface, key) {
                candidates.register(format!("short {short}"), group, idx);
            }
            if let Some((short, _)) = key.rsplit_once(' ').filter(|(_, kind)| KINDS.contains(kind)) {
                candidates.register(format!("kind {short}"), group, idx);
            }
        }
    }
    names.iter().map(|name| found[variant_of[name.key.as_str()]]).collect()
}

/// What else a place is called: without what it lies in, and without what kind of state it is.
fn short_forms(surface: &str, key: &str) -> Vec<String> {
    let before_comma =
        [",", " in ", " ("].iter().find_map(|mark| surface.split_once(mark)).map(|(name, _)| places::plain_key(name));
    let state = STATES
        .iter()
        .find_map(|state| key.strip_prefix(state))
        .map(|name| name.strip_prefix("the ").unwrap_or(name).to_owned());
    before_comma.into_iter().chain(state).filter(|short| short != key && !short.is_empty()).collect()
}
