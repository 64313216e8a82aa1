//! Groups the names of organizations.
//!
//! - `The`, and legal forms such as `Inc.` and `Ltd.`, do not count.
//! - Capitals that are the initials of one full name are that name: `DoD` of `Department of
//!   Defense`, with or without its small words.
//! - Capitals in brackets right after a full name are that name, whatever their letters: `Free Aceh
//!   Movement (GAM)`.
//! - The first words of one longer name are that name, if the longer one comes first or the short
//!   one stands in a headline: `Goldman Sachs` and then `Goldman`. Words that many names begin with
//!   do not count (`Bank`), nor do those that a small word follows (`University` of), nor places
//!   that own something (`Chicago` Police Department).
//! - The last words, two at least, of one longer name are that name: `State Department` of `U.S.
//!   State Department`.
//!
//! Where a short form fits several names it stays by itself.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::merge::candidates::{Candidate, Candidates, Group};
use crate::merge::mention::{KeyedMention, Standing};
use crate::merge::names::{self, NameWord, Stops};

/// Words after a name that say what kind of company it is.
#[rustfmt::skip]
const LEGAL_FORMS: &[&str] = &[
    "inc", "incorporated", "corp", "corporation", "co", "company", "ltd", "limited", "llc", "llp", "lp", "plc", "ag", "sa", "nv", "bv", "gmbh", "spa", "srl", "ab",
    "asa", "oyj", "pty", "pte", "kk", "se", "group", "holding", "holdings",
];
/// Words that tell no organization from others.
#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "bank", "university", "college", "school", "institute", "department", "ministry", "office", "agency", "bureau", "commission", "committee", "council", "court",
    "house", "senate", "party", "union", "association", "federation", "society", "foundation", "fund", "center", "centre", "club", "team", "company", "group",
    "corporation", "national", "international", "american", "british", "european", "federal", "state", "central", "united", "first", "new", "general", "supreme",
    "royal", "world", "global", "us", "uk", "eu", "un", "north", "south", "east", "west", "high", "public", "people", "democratic", "republican",
];
/// What places have, and what bears another's name without being it.
#[rustfmt::skip]
const OWNED: &[&str] = &[
    "police", "department", "court", "council", "government", "army", "navy", "ministry", "parliament", "authority", "county", "district", "airport",
    "times", "post", "foundation", "records", "music", "award", "awards", "center", "centre", "hospital", "fire",
];
const SMALL: &[&str] =
    &["of", "for", "the", "and", "in", "on", "at", "to", "a", "de", "la", "des", "du", "del", "der", "und", "et", "y"];

/// Longest name of which parts are registered.
const MAX_WORDS: usize = 8;

/// The name as it is compared.
pub(super) fn key(surface: &str) -> String {
    names::key(&words(surface))
}

fn is(word: &NameWord, list: &[&str]) -> bool {
    list.contains(&word.folded.as_str())
}

fn words(surface: &str) -> Vec<NameWord> {
    let mut words = names::words(surface, Stops::Join);
    while words.len() > 1 && words.last().is_some_and(|word| is(word, LEGAL_FORMS) || word.folded == "and") {
        words.pop();
    }
    if words.len() > 1 && words[0].folded == "the" {
        words.remove(0);
    }
    words
}

fn has_legal_form(surface: &str) -> bool {
    let words = names::words(surface, Stops::Join);
    words.len() > 1 && words.last().is_some_and(|word| is(word, LEGAL_FORMS))
}

/// A distinct name.
struct OrganizationVariant {
    words: Vec<NameWord>,
    /// With its legal form and all, which initials may count: `BBC` of `British Broadcasting
    /// Corporation`.
    all_words: Vec<NameWord>,
    /// Letters, if it looks like initials: `DoD`.
    acronym: Option<String>,
    /// Index of the first mention.
    first: usize,
    /// Index of the first mention in the running text.
    first_in_body: usize,
    /// Whether it was seen with its legal form, which makes it a full name: `Alibaba Group` is not
    /// short for `Alibaba Cloud`.
    full: bool,
}

/// Gives every mention, in the order of the text, its group.
pub(super) fn group(names: &[&KeyedMention]) -> Vec<Group> {
    let mut variant_of: HashMap<&str, usize> = HashMap::new();
    let mut variants: Vec<OrganizationVariant> = Vec::new();
    for (idx, name) in names.iter().enumerate() {
        let variant_idx = *variant_of.entry(&name.key).or_insert_with(|| {
            let acronym = acronym(name.surface);
            variants.push(OrganizationVariant {
                words: words(name.surface),
                all_words: names::words(name.surface, Stops::Join),
                acronym,
                first: idx,
                first_in_body: usize::MAX,
                full: false,
            });
            variants.len() - 1
        });
        variants[variant_idx].full |= has_legal_form(name.surface);
        if name.standing != Standing::Announcement {
            variants[variant_idx].first_in_body = variants[variant_idx].first_in_body.min(idx);
        }
    }
    // The full name of each acronym that was explained; the first explanation counts.
    let mut explained: HashMap<usize, usize> = HashMap::new();
    for pair in names.windows(2).filter(|pair| pair[1].is_gloss) {
        let (full, short) = (variant_of[pair[0].key.as_str()], variant_of[pair[1].key.as_str()]);
        if variants[short].acronym.is_some() && variants[full].acronym.is_none() {
            explained.entry(short).or_insert(full);
        }
    }
    // Initials and short forms come after the names that they may stand for.
    let mut order: Vec<usize> = (0..variants.len()).collect();
    order
        .sort_by_key(|&idx| (variants[idx].acronym.is_some(), Reverse(variants[idx].words.len()), variants[idx].first));
    let mut candidates = Candidates::default();
    let mut groups = vec![0; variants.len()];
    for (new_group, idx) in order.into_iter().enumerate() {
        let variant = &variants[idx];
        let by_explanation = explained.get(&idx).map(|&full| groups[full]);
        groups[idx] = by_explanation.or_else(|| find(&candidates, variant)).unwrap_or(new_group);
        register(&mut candidates, variant, groups[idx]);
    }
    names.iter().map(|name| groups[variant_of[name.key.as_str()]]).collect()
}

/// The group of a longer name that `variant` stands for.
fn find(candidates: &Candidates, variant: &OrganizationVariant) -> Option<Group> {
    if let Some(letters) = &variant.acronym
        && let Some(group) = candidates.only(&format!("initials {letters}"))
    {
        return Some(group);
    }
    let key = names::key(&variant.words);
    let beginning = candidates.find(&format!("beginning {key}"));
    let is_short_form = |found: &Candidate| !found.ambiguous && !variant.full && found.first <= variant.first_in_body;
    beginning.filter(is_short_form).map(|found| found.group).or_else(|| candidates.only(&format!("ending {key}")))
}

fn register(candidates: &mut Candidates, variant: &OrganizationVariant, group: Group) {
    let words = &variant.words[..];
    if words.len() > MAX_WORDS || words.len() < 2 {
        return;
    }
    let mut all_initials = initials(words);
    all_initials.extend(initials(&variant.all_words));
    all_initials.sort_unstable();
    all_initials.dedup();
    for initials in all_initials {
        candidates.register(format!("initials {initials}"), group, variant.first);
    }
    for at in 1..words.len() {
        let (beginning, ending) = words.split_at(at);
        let says_something = beginning.iter().any(|word| !is(word, GENERIC) && !is(word, SMALL));
        if says_something && !is(&ending[0], SMALL) && !ending.iter().any(|word| is(word, OWNED)) {
            candidates.register(format!("beginning {}", names::key(beginning)), group, variant.first);
        }
        let starts_anew = !is(&beginning[at - 1], SMALL) && !is(&ending[0], SMALL) && !beginning[at - 1].hyphenated;
        // `Bank of China` is no part of the name `Agricultural Bank of China`, as `Ministry of
        // Culture` is of others.
        let is_whole = is(&ending[0], &["bank", "university"]);
        if ending.len() >= 2 && starts_anew && !is_whole {
            candidates.register(format!("ending {}", names::key(ending)), group, variant.first);
        }
    }
}

/// The initials of a full name: of all words and of the capitalised ones, with and without a
/// country in front.
fn initials(words: &[NameWord]) -> Vec<String> {
    let starts_word = |idx: usize| idx == 0 || !words[idx - 1].hyphenated;
    let of = |from: usize, all: bool| -> String {
        let picked = (from..words.len())
            .filter(|&idx| starts_word(idx) && (all && words[idx].folded != "the" || words[idx].capital));
        picked.filter_map(|idx| words[idx].folded.chars().next()).collect()
    };
    let skips = if matches!(&*words[0].folded, "us" | "uk" | "un" | "eu") { 0..=1 } else { 0..=0 };
    let mut initials: Vec<String> =
        skips.flat_map(|from| [of(from, true), of(from, false)]).filter(|letters| letters.len() >= 2).collect();
    initials.dedup();
    initials
}

/// The letters of `surface` in lower case, if most of them are capitals and there are few: `DoD`,
/// `E.C.B.`
fn acronym(surface: &str) -> Option<String> {
    let name = names::without_possessive(surface);
    let name = name.strip_prefix("the ").or_else(|| name.strip_prefix("The ")).unwrap_or(name);
    let n_capitals = name.chars().filter(|c| c.is_uppercase()).count();
    let letters: String = name.chars().filter(|c| *c != '.').flat_map(char::to_lowercase).collect();
    let n_letters = letters.chars().count();
    let is_acronym = (2..=8).contains(&n_letters)
        && n_capitals >= 2
        && n_capitals * 2 > n_letters
        && letters.chars().all(char::is_alphanumeric);
    is_acronym.then_some(letters)
}
