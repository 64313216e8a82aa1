//! Which of the places that have a name is meant.
//!
//! What is known of a place before the article is read is how many people live there: of cities of
//! one name the largest is meant as many times more often as it is larger. The article changes that:
//! by what it says the place lies in (`Paris, Texas`), and by the countries that its other names lie
//! in. Each is a factor; the score of a place is its share of the sum over all that bear the name and
//! over what the gazetteer does not have, so that a village alone is not sure either. All mentions of
//! an entity are one place, and what is near the best counts for it: a capital and the state it is
//! are not two answers.

use std::collections::HashMap;

use crate::label::Kind;
use crate::link::gazetteer::{Gazetteer, Place, PlaceKind};
use crate::merge::fold;

/// A name of an article, as linking sees it.
#[derive(Clone, Debug)]
pub struct Named<'a> {
    /// What kind of thing it is.
    pub kind: Kind,
    /// Its forms, the fullest first.
    pub forms: Vec<&'a str>,
    /// What stands after each of its mentions, a few words.
    pub after: Vec<&'a str>,
}

/// The place that a name means.
#[derive(Clone, PartialEq, Debug)]
pub struct Link<'g> {
    /// Which one.
    pub place: Place<'g>,
    /// Probability, 0 to 1, that it is this one, or within [`NEAR`] kilometres of it.
    pub score: f64,
    /// How many others have the name.
    pub others: usize,
}

/// Kilometres within which two places are one answer (a hundred miles, as in the literature).
pub const NEAR: f64 = 161.0;

/// People in all places of a name that the gazetteer does not have, rivers and quarters of towns
/// among them: in the country of the article, and in the very region that it says.
const UNKNOWN: f64 = 5_000.0;
const UNKNOWN_HERE: f64 = 300.0;
/// How much likelier a place is if all other names of the article lie in its country.
const SAME_COUNTRY: f64 = 40.0;
/// How much likelier a place is if all other names of the article that are regions are its region.
const SAME_REGION: f64 = 10.0;
/// How much likelier a place is if the article says that it lies in what it does.
const INSIDE: f64 = 1000.0;
/// How much likelier a capital is in the news than another city of its size, and a country than so
/// many people in a city.
const CAPITAL: f64 = 60.0;
const COUNTRY: f64 = 3.0;
/// The score from which a name tells something of what the article is about.
const TELLING: f64 = 0.8;

/// For each of the `names` of an article the place that it most likely is, if it is the name of one;
/// whether that is likely enough is for the caller to say.
pub fn link<'g>(gazetteer: &'g Gazetteer, names: &[Named<'_>]) -> Vec<Option<Link<'g>>> {
    let mut inside_of: HashMap<String, Vec<Place<'g>>> = HashMap::new();
    let candidates: Vec<Candidates<'g>> =
        names.iter().map(|name| Candidates::new(gazetteer, name, &mut inside_of)).collect();
    let adjectives: Vec<Option<&str>> = names.iter().map(|name| country(gazetteer, name)).collect();
    let alone = |candidates: &Candidates<'g>| candidates.best(&|_| 1.0, 1.0);
    let first: Vec<Option<Link<'g>>> = candidates.iter().map(alone).collect();
    // Votes for countries and regions: each name one, and one more each time that it is said twice as
    // often.
    let weight = |idx: usize| 1.0 + (names[idx].after.len().max(1) as f64).log2();
    let sure = |idx: usize| first[idx].as_ref().filter(|link| link.score >= TELLING).map(|link| link.place);
    let country_of = |idx: usize| adjectives[idx].or_else(|| sure(idx)?.country);
    let region = |idx: usize| sure(idx).filter(|place| place.kind == PlaceKind::Region).and_then(|place| place.region);
    let countries = Votes::new((0..names.len()).map(|idx| (country_of(idx), weight(idx))));
    let regions = Votes::new((0..names.len()).map(|idx| (region(idx), weight(idx))));
    let linked = candidates.iter().enumerate().map(|(idx, candidates)| {
        let context = |place: &Place<'g>| {
            let share = |votes: &Votes<'g>, of: Option<&'g str>| of.map_or(0.0, |of| votes.share(of, idx));
            (1.0 + SAME_COUNTRY * share(&countries, place.country))
                * (1.0 + SAME_REGION * share(&regions, place.region))
        };
        candidates.best(&context, 1.0 + SAME_COUNTRY * countries.largest(idx))
    });
    linked.collect()
}

/// The country whose adjective or people `name` is, if it is one.
pub fn country<'g>(gazetteer: &'g Gazetteer, name: &Named<'_>) -> Option<&'g str> {
    let is_other = name.kind == Kind::Other;
    name.forms.iter().filter(|_| is_other).find_map(|form| gazetteer.country_of(&key(form)))
}

/// What the names of an article say of where it plays.
struct Votes<'g> {
    /// Of each name.
    cast: Vec<(Option<&'g str>, f64)>,
    sums: HashMap<&'g str, f64>,
    total: f64,
}

impl<'g> Votes<'g> {
    fn new(cast: impl Iterator<Item = (Option<&'g str>, f64)>) -> Self {
        let cast: Vec<(Option<&'g str>, f64)> = cast.collect();
        let mut sums: HashMap<&'g str, f64> = HashMap::new();
        let mut total = 0.0;
        for (voted, weight) in &cast {
            if let Some(voted) = voted {
                *sums.entry(voted).or_default() += weight;
                total += weight;
            }
        }
        Self { cast, sums, total }
    }

    /// The largest share that any area has.
    fn largest(&self, but: usize) -> f64 {
        self.sums.keys().map(|area| self.share(area, but)).fold(0.0, f64::max)
    }

    /// The share of `area` in the votes of all names but one. One vote alone is not the whole truth.
    fn share(&self, area: &str, but: usize) -> f64 {
        let (own, weight) = self.cast[but];
        let sum = self.sums.get(area).copied().unwrap_or_default() - if own == Some(area) { weight } else { 0.0 };
        let others = self.total - if own.is_some() { weight } else { 0.0 };
        sum.max(0.0) / (others + 1.0)
    }
}

/// The places that a name may be.
struct Candidates<'g> {
    places: Vec<Place<'g>>,
    /// Countries and regions that the text says it lies in.
    inside: Vec<Place<'g>>,
}

impl<'g> Candidates<'g> {
    fn new(gazetteer: &'g Gazetteer, name: &Named<'_>, known: &mut HashMap<String, Vec<Place<'g>>>) -> Self {
        let mut found = Self { places: Vec::new(), inside: Vec::new() };
        if name.kind != Kind::Place {
            return found;
        }
        for form in &name.forms {
            let (before, rest) = form.split_once(',').map_or((*form, None), |(before, rest)| (before, Some(rest)));
            if found.places.is_empty() {
                found.places = called(gazetteer, before);
            }
            if let Some(rest) = rest {
                found.lies_in(gazetteer, rest, known);
            }
        }
        for after in &name.after {
            let rest = [", ", " ("].iter().find_map(|mark| after.strip_prefix(mark));
            if let Some(rest) = rest {
                found.lies_in(gazetteer, rest, known);
            }
        }
        found
    }

    /// The text goes on with `rest`, which may begin with what the place lies in.
    fn lies_in(&mut self, gazetteer: &'g Gazetteer, rest: &str, known: &mut HashMap<String, Vec<Place<'g>>>) {
        /// Words in the name of a region.
        const MAX_WORDS: usize = 3;
        let clause = rest.split([',', ';', ')', '(', ':', '\n', '—', '–']).next().unwrap_or_default().trim();
        let words: Vec<&str> = clause.split_whitespace().take(MAX_WORDS).collect();
        for n_words in (1..=words.len()).rev() {
            let name = key(&words[..n_words].join(" "));
            let places = known.entry(name).or_insert_with_key(|name| {
                let is_area = |place: &Place<'_>| matches!(place.kind, PlaceKind::Region | PlaceKind::Country);
                gazetteer.find(name).into_iter().filter(is_area).collect()
            });
            // `Nice, in other words` lies in nothing.
            if words[0].starts_with(char::is_uppercase) && !places.is_empty() {
                self.inside.extend(places.iter().copied());
                return;
            }
        }
    }

    /// The likeliest place, where `context` is the factor by which the article's other names make each likelier, and `here` that for what lies where the article plays.
    fn best(&self, context: &dyn Fn(&Place<'g>) -> f64, here: f64) -> Option<Link<'g>> {
        let lies_inside = |place: &Place<'g>| {
            self.inside.iter().any(|area| match area.kind {
                PlaceKind::Region => place.region == area.region && place.kind != PlaceKind::Region,
                _ => place.country == area.country && place.kind != PlaceKind::Country,
            })
        };
        let is_said = self.places.iter().any(&lies_inside);
        let weight = |place: &Place<'g>| {
            let kind = match place.kind {
                PlaceKind::City | PlaceKind::Region => 1.0,
                PlaceKind::Capital => CAPITAL,
                PlaceKind::Country | PlaceKind::Continent => COUNTRY,
            };
            let inside = match (is_said, lies_inside(place)) {
                (true, true) => INSIDE,
                (true, false) => 1.0 / INSIDE,
                (false, _) => 1.0,
            };
            (place.population + 100.0) * kind * context(place) * inside
        };
        let weights: Vec<f64> = self.places.iter().map(weight).collect();
        let best = (0..weights.len()).reduce(|best, idx| if weights[idx] > weights[best] { idx } else { best })?;
        let place = self.places[best];
        let (mut near, mut others) = (0.0, 0);
        for (other, weight) in self.places.iter().zip(&weights) {
            if place.distance(other) <= NEAR {
                near += weight;
            } else {
                others += 1;
            }
        }
        let inside = if is_said && lies_inside(&place) { INSIDE } else { 1.0 };
        let unknown = UNKNOWN * here + UNKNOWN_HERE * context(&place) * inside;
        let total: f64 = weights.iter().sum::<f64>() + unknown;
        Some(Link { place, score: near / total, others })
    }
}

/// The places called `name`; without what kind of place it is, if there are none with it.
fn called<'g>(gazetteer: &'g Gazetteer, name: &str) -> Vec<Place<'g>> {
    #[rustfmt::skip]
    const KINDS: &[&str] = &[
        "city", "province", "state", "region", "prefecture", "oblast", "governorate", "town", "county", "district", "municipality", "republic",
    ];
    /// Parts of a country, and not the village somewhere that is called so.
    #[rustfmt::skip]
    const DIRECTIONS: &[&str] = &["north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "central", "center", "centre"];
    let key = key(name);
    if DIRECTIONS.contains(&key.as_str()) {
        return Vec::new();
    }
    let found = gazetteer.find(&key);
    if !found.is_empty() {
        return found;
    }
    let bare = KINDS.iter().find_map(|kind| {
        let before = key.strip_prefix(kind).and_then(|rest| rest.strip_prefix(" of "));
        before.or_else(|| key.strip_suffix(kind).and_then(|rest| rest.strip_suffix(' ')))
    });
    bare.map(|bare| gazetteer.find(bare)).unwrap_or_default()
}

/// A name as the gazetteer has it: words in lower case, without accents, possessive and `the`.
fn key(name: &str) -> String {
    let name = name.trim();
    let name = ["'s", "’s"].iter().find_map(|possessive| name.strip_suffix(possessive)).unwrap_or(name);
    let mut folded = String::new();
    for c in name.chars() {
        match c {
            '&' => folded.push_str(" and "),
            c if c.is_alphanumeric() => fold(c, &mut folded),
            '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | 'ʻ' | '′' | '\u{ad}' | '\u{200d}' | '.' | '\u{300}'..='\u{36f}' =>
                {}
            _ => folded.push(' '),
        }
    }
    let mut words: Vec<&str> = folded.split_whitespace().collect();
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a text with its names marked, `[LOC Paris], Texas`: the place of each place, with its
    /// country and whether it is sure.
    #[track_caller]
    fn check(cases: &[(&str, &str)]) {
        let gazetteer = Gazetteer::built_in();
        let mut wrong = String::new();
        for (marked, expected) in cases {
            let parts: Vec<&str> = marked.split('[').skip(1).collect();
            let plain = marked.replace("[LOC ", "").replace("[MISC ", "").replace(']', "");
            let mut names: Vec<Named<'_>> = Vec::new();
            for part in parts {
                let (mark, _) = part.split_once(']').expect("a mark ends");
                let (label, form) = mark.split_once(' ').expect("a label and a name");
                let after = plain.split_once(form).map_or("", |(_, after)| after);
                names.push(Named { kind: Kind::of(label), forms: vec![form], after: vec![after] });
            }
            let shown = |(name, link): (&Named<'_>, Option<Link<'_>>)| match (name.kind, link) {
                (Kind::Place, Some(link)) if link.score >= 0.8 => Some(
                    link.place
                        .region
                        .filter(|region| region.starts_with("US"))
                        .or(link.place.country)
                        .unwrap_or("continent")
                        .to_owned(),
                ),
                (Kind::Place, _) => Some("?".to_owned()),
                _ => None,
            };
            let found: Vec<String> = names.iter().zip(link(&gazetteer, &names)).filter_map(shown).collect();
            if found.join(" ") != *expected {
                wrong += &format!("{marked}: expected {expected}, found {}\n", found.join(" "));
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn the_largest_is_meant_unless_the_article_says_otherwise() {
        check(&[
            ("[LOC Paris] was quiet.", "FR"),
            ("[LOC Paris], Texas", "US.TX"),
            ("[LOC Paris, Texas]", "US.TX"),
            ("[LOC Moscow], Idaho, was quiet.", "US.ID"),
            ("[LOC London], Ontario", "CA"),
            ("[LOC Birmingham], Ala.", "US.AL"),
            ("[LOC Nice], in other words", "FR"),
            ("[LOC Springfield] was quiet.", "?"),
            ("[LOC Springfield], Ill.", "US.IL"),
            ("[LOC Middle-earth] was quiet.", "?"),
            ("[LOC North] and [LOC East]", "? ?"),
            ("[LOC Helsinki Region] and [LOC State of Qatar]", "FI QA"),
            ("[LOC Victoria], [LOC Seychelles]", "SC SC"),
            ("[LOC Europe] was quiet.", "continent"),
            ("[LOC U.S.] and [LOC Britain] and [LOC Russia]", "US GB RU"),
        ]);
    }

    #[test]
    fn other_names_of_the_article_tell_its_country() {
        check(&[
            ("[LOC Georgia]", "?"),
            ("[LOC Georgia], [LOC Russia] and [LOC Tbilisi]; [MISC Georgian] forces", "GE RU GE"),
            ("[LOC Birmingham], [LOC Montgomery] and [LOC Alabama]; the [MISC American] South", "US.AL US.AL US.AL"),
            ("[MISC British] police in [LOC Cambridge] and [LOC Norwich], [LOC England]", "GB GB GB"),
            ("[LOC Valencia], [LOC Caracas] and [LOC Venezuela], [MISC Venezuelan] towns", "VE VE VE"),
        ]);
    }
}
