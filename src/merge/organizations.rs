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

use crate::document::Reason;
use crate::merge::acronyms::{acronym, initials, is_blend, one_word};
use crate::merge::candidates::{Candidate, Candidates, Group};
use crate::merge::mention::{Found, KeyedMention, Standing};
use crate::merge::names::{self, NameWord, Stops};
use crate::merge::spelling;

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
/// What ministries and committees of many places are for.
#[rustfmt::skip]
const PORTFOLIOS: &[&str] = &[
    "foreign", "finance", "defense", "defence", "interior", "home", "health", "justice", "trade", "commerce", "education", "labor", "labour", "energy",
    "environment", "agriculture", "transport", "culture", "security", "information", "football", "olympic", "communist", "socialist", "liberal", "conservative",
    "labour", "green", "stock", "exchange", "reserve", "development", "election", "human", "rights", "city", "town", "district", "high", "appeals", "criminal",
];
/// What places have, and what bears another's name without being it.
#[rustfmt::skip]
const OWNED: &[&str] = &[
    "police", "department", "court", "council", "government", "army", "navy", "ministry", "parliament", "authority", "county", "district", "airport",
    "times", "post", "foundation", "records", "music", "award", "awards", "center", "centre", "hospital", "fire",
    "fund", "office", "agency", "bureau", "commission", "committee", "programme", "program", "division", "unit", "branch", "chapter", "pictures", "ventures",
    "studios", "faculty", "academy", "league", "embassy", "consulate", "port", "exim", "women", "youth",
];
/// Plurals that name no team.
const PLURALS: &[&str] = &[
    "nations",
    "states",
    "affairs",
    "sciences",
    "services",
    "systems",
    "industries",
    "sports",
    "partners",
    "securities",
    "resources",
    "holdings",
    "airlines",
    "airways",
    "enterprises",
    "technologies",
    "arts",
    "studies",
    "rights",
    "brothers",
    "motors",
    "news",
    "press",
];
const SMALL: &[&str] =
    &["of", "for", "the", "and", "in", "on", "at", "to", "a", "de", "la", "des", "du", "del", "der", "und", "et", "y"];

/// Longest name of which parts are registered.
const MAX_WORDS: usize = 8;

/// The name as it is compared.
pub(super) fn key(surface: &str) -> String {
    let key = names::key(&words(surface));
    // `G-20`, `Group of 20` and `Group of Twenty` are the G20.
    let number = key.strip_prefix("g ").or_else(|| key.strip_prefix("group of "));
    let number =
        number.map(|number| NUMBERS.iter().find(|(word, _)| *word == number).map_or(number, |(_, digits)| digits));
    match number.filter(|number| number.parse::<u8>().is_ok()) {
        Some(number) => format!("g{number}"),
        None => key,
    }
}

/// Numbers of states that meet.
const NUMBERS: &[(&str, &str)] = &[
    ("five", "5"),
    ("seven", "7"),
    ("eight", "8"),
    ("ten", "10"),
    ("twenty", "20"),
    ("twenty four", "24"),
    ("seventy seven", "77"),
];

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
#[derive(Clone)]
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
pub(super) fn group(names: &[&KeyedMention]) -> Vec<Found> {
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
        // `GAM (Free Aceh Movement)` is as good.
        let (full, short) = if variants[full].acronym.is_some() { (short, full) } else { (full, short) };
        if (variants[short].acronym.is_some() || is_blend(&variants[short].letters(), &variants[full].words))
            && variants[full].acronym.is_none()
        {
            explained.entry(short).or_insert(full);
        }
    }
    // What the text calls by another name; the first that it says counts.
    let mut alias_of: HashMap<usize, usize> = HashMap::new();
    for pair in names.windows(2).filter(|pair| pair[1].is_alias) {
        let (one, other) = (variant_of[pair[0].key.as_str()], variant_of[pair[1].key.as_str()]);
        alias_of.entry(one).or_insert(other);
        alias_of.entry(other).or_insert(one);
    }
    // Initials and short forms come after the names that they may stand for.
    let mut order: Vec<usize> = (0..variants.len()).collect();
    order
        .sort_by_key(|&idx| (variants[idx].acronym.is_some(), Reverse(variants[idx].words.len()), variants[idx].first));
    let mut index = Index::default();
    let mut found: Vec<Found> = vec![Found { group: usize::MAX, reason: None }; variants.len()];
    for (new_group, idx) in order.into_iter().enumerate() {
        let variant = &variants[idx];
        let by_explanation = explained.get(&idx).map(|&full| (found[full].group, Reason::Acronym));
        let by_alias = || {
            let group = found[*alias_of.get(&idx)?].group;
            (group != usize::MAX).then_some((group, Reason::Alias))
        };
        let known = by_explanation.or_else(|| index.find(variant)).or_else(by_alias);
        found[idx] =
            Found { group: known.map_or(new_group, |(group, _)| group), reason: known.map(|(_, reason)| reason) };
        index.register(variant, found[idx].group);
    }
    names.iter().map(|name| found[variant_of[name.key.as_str()]]).collect()
}

impl OrganizationVariant {
    /// Its letters without spaces.
    fn letters(&self) -> String {
        self.words.iter().map(|word| word.folded.as_str()).collect()
    }
}

/// Names found so far, and what they answer to.
#[derive(Default)]
struct Index<'v> {
    candidates: Candidates,
    /// Names of several words by their first two letters, a few of each.
    blended: HashMap<String, Vec<(&'v OrganizationVariant, Group)>>,
    /// Names by the skeleton of their spelling, the first of each.
    spelt: HashMap<String, (String, Group)>,
}

impl<'v> Index<'v> {
    /// Names kept for each two letters: what a short name is a blend of is hardly the hundredth.
    const KEPT: usize = 16;

    /// The group of a longer name that `variant` stands for, and why.
    fn find(&self, variant: &OrganizationVariant) -> Option<(Group, Reason)> {
        if let Some(letters) = &variant.acronym
            && let Some(group) = self.candidates.only(&format!("initials {letters}"))
        {
            return Some((group, Reason::Acronym));
        }
        let key = names::key(&variant.words);
        let is_short_form =
            |found: &Candidate| !found.ambiguous && !variant.full && found.first <= variant.first_in_body;
        let short_form = |key: &str| {
            let beginning =
                self.candidates.find(&format!("beginning {key}")).filter(is_short_form).map(|found| found.group);
            beginning.or_else(|| self.candidates.only(&format!("ending {key}"))).or_else(|| {
                self.candidates.find(&format!("nickname {key}")).filter(is_short_form).map(|found| found.group)
            })
        };
        if let Some(group) = short_form(&key) {
            return Some((group, Reason::ShortForm));
        }
        if let Some(word) = one_word(&variant.words) {
            // `Marines` of the `U.S. Marine Corps`.
            if let Some(group) = word.strip_suffix('s').and_then(short_form) {
                return Some((group, Reason::ShortForm));
            }
            let alike = word.get(..2).and_then(|start| self.blended.get(start)).into_iter().flatten();
            let mut blends = alike.filter(|(full, _)| is_blend(word, &full.words)).map(|(_, group)| *group);
            if let Some(group) = blends.next()
                && blends.all(|other| other == group)
            {
                return Some((group, Reason::Acronym));
            }
        }
        let (other, group) = self.spelt.get(&spelling::skeleton(&key))?;
        (variant.acronym.is_none() && spelling::alike(other, &key)).then_some((*group, Reason::Spelling))
    }

    fn register(&mut self, variant: &'v OrganizationVariant, group: Group) {
        let key = names::key(&variant.words);
        self.spelt.entry(spelling::skeleton(&key)).or_insert((key, group));
        if let (Some(start), 2..) = (variant.words.first().and_then(|word| word.folded.get(..2)), variant.words.len()) {
            let kept = self.blended.entry(start.to_owned()).or_default();
            if kept.len() < Self::KEPT {
                kept.push((variant, group));
            }
        }
        register(&mut self.candidates, variant, group);
    }
}

fn register(candidates: &mut Candidates, variant: &OrganizationVariant, group: Group) {
    let words = match &variant.words[..] {
        [country, rest @ ..] if matches!(&*country.folded, "us" | "uk") && rest.len() >= 2 => {
            let without = OrganizationVariant { words: rest.to_vec(), all_words: rest.to_vec(), ..variant.clone() };
            register(candidates, &without, group);
            &variant.words[..]
        }
        words => words,
    };
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
        // `Ben-Gurion University` of the Negev, but not `University` of Oslo.
        let is_whole = beginning.len() >= 2
            && beginning.iter().any(|word| !is(word, GENERIC) && !is(word, SMALL) && !is(word, PORTFOLIOS));
        if says_something && (is_whole || !is(&ending[0], SMALL)) && !ending.iter().any(|word| is(word, OWNED)) {
            candidates.register(format!("beginning {}", names::key(beginning)), group, variant.first);
        }
        let starts_anew = !is(&beginning[at - 1], SMALL) && !is(&ending[0], SMALL) && !beginning[at - 1].hyphenated;
        // `Bank of China` is no part of the name `Agricultural Bank of China`, as `Ministry of
        // Culture` is of others.
        let is_whole = is(&ending[0], &["bank", "university"]);
        // `Celtics` of the `Boston Celtics`: a plural that is no common noun of organizations.
        if let [last] = ending
            && last.folded.ends_with('s')
            && last.folded.len() >= 5
            && last.capital
            && !is(last, GENERIC)
            && !is(last, OWNED)
            && !is(last, PLURALS)
        {
            candidates.register(format!("nickname {}", last.folded), group, variant.first);
        }
        if ending.len() >= 2 && starts_anew && !is_whole {
            candidates.register(format!("ending {}", names::key(ending)), group, variant.first);
        }
    }
}
