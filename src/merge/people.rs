//! Groups the names of people.
//!
//! - Titles do not count: `Gen. Joseph Dunford` is `Joseph Dunford`. Particles of surnames do not
//!   count either: `von der Leyen` is `Leyen`. `Jr.` and `Sr.` do: `Donald Trump Jr.` is not
//!   `Donald Trump`.
//! - Two full names are one if first and last word agree and no middle name speaks against it:
//!   `Joseph F. Dunford`, but not `George W. Bush` and `George H. W. Bush`. A part of at least two
//!   words of a longer name is that name: `García Márquez`. An initial stands for a given name: `J.
//!   Dunford`.
//! - One word is a surname if someone has it (the first word of names like `Chen Shui-bian`, the
//!   last of others), and else a given name if only one person has it.
//! - Where a short form fits several people it is the one mentioned last before it, or first of all
//!   if none was. It never makes one of two people.
//!
//! A person who is named only in bylines and page furniture does not answer to a single word in the
//! story.

use std::collections::HashMap;

use crate::merge::candidates::{Candidates, Group};
use crate::merge::mention::{KeyedMention, Standing};
use crate::merge::names::{self, NameWord, Stops};

/// Words before a name that are not part of it.
#[rustfmt::skip]
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "sir", "dame", "lord", "lady", "madam", "dr", "doctor", "prof", "professor", "rev", "reverend", "father", "sister", "pope",
    "president", "vice", "prime", "minister", "premier", "chancellor", "secretary", "elect", "former", "ex", "acting", "deputy", "chief", "justice", "judge",
    "senator", "sen", "representative", "rep", "congressman", "congresswoman", "governor", "gov", "mayor", "ambassador", "speaker", "attorney", "chairman",
    "gen", "general", "lt", "lieutenant", "col", "colonel", "maj", "major", "capt", "captain", "sgt", "sergeant", "cpl", "adm", "admiral", "cmdr", "commander",
    "brig", "brigadier", "king", "queen", "prince", "princess", "emperor", "imam", "sheikh", "sheik", "ayatollah", "rabbi", "bishop", "archbishop", "cardinal",
    "officer", "detective", "sheriff", "coach", "hon",
];
/// Words after a name that are not part of it.
const DEGREES: &[&str] = &["phd", "ph", "d", "md", "m", "esq", "mp", "cbe", "obe", "mbe", "kc", "qc"];
/// Words after a name that tell a parent from a child.
const GENERATIONS: &[&str] = &["jr", "junior", "sr", "ii", "iii", "iv"];
/// Words before a surname that bare uses may leave out or capitalise.
const PARTICLES: &[&str] = &[
    "von", "van", "der", "den", "ter", "de", "la", "le", "du", "del", "della", "di", "da", "dos", "al", "el", "bin",
    "ibn", "zu",
];

/// Longest name of which parts are registered; longer ones are lists that a model took for a name.
const MAX_WORDS: usize = 6;

/// A person's name without titles.
struct Person {
    words: Vec<String>,
    /// `Jr.`
    generation: String,
    /// Whether the family name comes first, as in `Chen Shui-bian`.
    family_first: bool,
}

/// The name as it is compared.
pub(super) fn key(surface: &str) -> String {
    let person = Person::new(surface);
    let generation = if person.generation.is_empty() { String::new() } else { format!(" {}", person.generation) };
    person.words.join(" ") + &generation
}

impl Person {
    fn new(surface: &str) -> Self {
        let words = names::words(surface, Stops::Split);
        let mut name = &words[..];
        let is = |word: &NameWord, list: &[&str]| list.contains(&word.folded.as_str());
        // Something has to be left: Prince, Judge and Major are names as well.
        while let [first, rest @ ..] = name
            && !rest.is_empty()
            && is(first, TITLES)
            && !is(&rest[0], GENERATIONS)
        {
            name = rest;
        }
        while let [rest @ .., last] = name
            && rest.len() >= 2
            && is(last, DEGREES)
        {
            name = rest;
        }
        let mut generation = String::new();
        if let [rest @ .., last] = name
            && rest.len() >= 2
            && is(last, GENERATIONS)
        {
            generation = last.folded.replace("junior", "jr");
            name = rest;
        }
        // `Al Gore` has a given name where `al-Assad` and `Al-Assad` have a particle.
        let is_particle = |idx: usize, word: &NameWord| {
            let arabic = matches!(&*word.folded, "al" | "el");
            is(word, PARTICLES) && (!word.capital || arabic && word.hyphenated || !arabic && idx == 0)
        };
        let mut kept: Vec<String> = Vec::with_capacity(name.len());
        for (idx, word) in name.iter().enumerate() {
            let last = idx + 1 == name.len();
            if last || !is_particle(idx, word) {
                kept.push(word.folded.clone());
            }
        }
        let family_first = matches!(name, [_, given, more] if given.hyphenated && !more.capital);
        Self { words: kept, generation, family_first }
    }

    fn first(&self) -> &str {
        &self.words[0]
    }

    fn last(&self) -> &str {
        &self.words[self.words.len() - 1]
    }

    /// The word that stands for the person in short.
    fn surname(&self) -> &str {
        if self.family_first { self.first() } else { self.last() }
    }

    /// The first of the words between the first and the last.
    fn middle(&self) -> Option<&str> {
        (self.words.len() > 2).then(|| self.words[1].as_str())
    }

    /// First and last word, with the generation.
    fn pair(&self) -> String {
        format!("pair {} {} {}", self.first(), self.last(), self.generation)
    }

    fn initial_and_last(&self) -> String {
        let initial: String = self.first().chars().take(1).collect();
        format!("initial {initial} {} {}", self.last(), self.generation)
    }

    /// Whether the given name is only an initial: `J. Dunford`.
    fn is_initialled(&self) -> bool {
        is_initial(self.first())
    }

    /// The runs of at least two words that begin or end the name, but for the whole.
    fn parts(&self) -> impl Iterator<Item = String> {
        let words = &self.words[..];
        let n_words = if self.words.len() <= MAX_WORDS && self.generation.is_empty() { self.words.len() } else { 0 };
        (2..n_words).flat_map(move |len| [words[..len].join(" "), words[n_words - len..].join(" ")])
    }
}

fn is_initial(word: &str) -> bool {
    word.chars().count() == 1
}

/// How the mentions of a name find their group.
enum Resolution {
    /// All the same.
    Group(Group),
    /// Each by whom this key was used for last.
    Latest(String),
    /// As one word.
    NameWord,
}

/// A distinct name with its mentions.
struct PersonVariant {
    person: Person,
    /// Index of the first mention.
    first: usize,
    /// Whether the story, and not only its furniture, uses it.
    in_story: bool,
}

/// Gives every mention, in the order of the text, its group.
pub(super) fn group(names: &[&KeyedMention]) -> Vec<Group> {
    let mut variant_of: HashMap<&str, usize> = HashMap::new();
    let mut variants: Vec<PersonVariant> = Vec::new();
    for (idx, name) in names.iter().enumerate() {
        let variant_idx = *variant_of.entry(&name.key).or_insert_with(|| {
            variants.push(PersonVariant { person: Person::new(name.surface), first: idx, in_story: false });
            variants.len() - 1
        });
        variants[variant_idx].in_story |= name.standing != Standing::Furniture;
    }
    let mut groups = Groups::default();
    let resolutions = groups.resolve(&variants);

    let mut latest: HashMap<String, Group> = HashMap::new();
    let mut group_of = |name: &KeyedMention| {
        let variant_idx = variant_of[name.key.as_str()];
        let person = &variants[variant_idx].person;
        let surname = format!("last {}", person.surname());
        let group = match &resolutions[variant_idx] {
            Resolution::Group(group) => *group,
            Resolution::Latest(key) => latest.get(key).copied().unwrap_or_else(|| groups.first_of(key)),
            Resolution::NameWord => groups.of_word(name, person.surname(), latest.get(&surname).copied()),
        };
        if name.standing != Standing::Furniture {
            latest.insert(surname, group);
            if person.words.len() > 1 {
                latest.insert(person.pair(), group);
                latest.insert(person.initial_and_last(), group);
                latest.extend(person.parts().map(|part| (format!("part {part}"), group)));
            }
        }
        group
    };
    names.iter().map(|name| group_of(name)).collect()
}

/// The groups found so far, and what they answer to.
#[derive(Default)]
struct Groups {
    n_groups: usize,
    /// Every group.
    all: Candidates,
    /// Those of which the story speaks.
    story: Candidates,
    /// Groups of names that are one word and nobody's.
    words: HashMap<String, Group>,
}

impl Groups {
    /// Decides for every variant, the longest first, since shorter ones may stand for them.
    fn resolve(&mut self, variants: &[PersonVariant]) -> Vec<Resolution> {
        let mut order: Vec<usize> = (0..variants.len()).filter(|&idx| variants[idx].person.words.len() > 1).collect();
        order.sort_by_key(|&idx| {
            let person = &variants[idx].person;
            (person.is_initialled(), std::cmp::Reverse(person.words.len()), variants[idx].first)
        });
        let mut resolutions: Vec<Resolution> = variants.iter().map(|_| Resolution::NameWord).collect();
        for idx in order {
            let variant = &variants[idx];
            let person = &variant.person;
            let known = if person.is_initialled() { self.find_initialled(person) } else { self.find_full(person) };
            let resolution = known.unwrap_or_else(|| {
                self.n_groups += 1;
                Resolution::Group(self.n_groups - 1)
            });
            if let Resolution::Group(group) = resolution {
                self.register(variant, group);
            }
            resolutions[idx] = resolution;
        }
        resolutions
    }

    /// Whom `key` stands for: one person, or the one mentioned last.
    fn find(&self, key: String) -> Option<Resolution> {
        let found = self.all.find(&key)?;
        Some(if found.ambiguous { Resolution::Latest(key) } else { Resolution::Group(found.group) })
    }

    fn find_full(&self, person: &Person) -> Option<Resolution> {
        let part = person
            .generation
            .is_empty()
            .then(|| format!("part {}", person.words.join(" ")))
            .and_then(|key| self.find(key));
        let pair = person.pair();
        match person.middle() {
            None => self.find(pair).or(part),
            Some(middle) if is_initial(middle) => self.find(format!("{pair} {middle}")).or(part),
            Some(middle) => {
                let initial: String = middle.chars().take(1).collect();
                let same = self.find(format!("{pair} {middle}"));
                same.or(part).or_else(|| self.find(format!("{pair} {initial} only")))
            }
        }
    }

    fn find_initialled(&self, person: &Person) -> Option<Resolution> {
        let key = person.initial_and_last();
        // `A. J. Smith` may be Adam Smith, but is not A. B. Smith.
        if person.middle().is_some() { self.find(format!("{key} full")) } else { self.find(key) }
    }

    fn register(&mut self, variant: &PersonVariant, group: Group) {
        let person = &variant.person;
        let (pair, initial_and_last) = (person.pair(), person.initial_and_last());
        let mut keys = vec![format!("last {}", person.surname())];
        if !person.is_initialled() {
            keys.push(format!("first {}", if person.family_first { person.last() } else { person.first() }));
            keys.push(format!("{initial_and_last} full"));
        }
        if let Some(middle) = person.middle() {
            let initial: String = middle.chars().take(1).collect();
            keys.push(format!("{pair} {middle}"));
            // A full middle name answers to its initial, and an initial to any full name.
            keys.push(if is_initial(middle) { format!("{pair} {initial} only") } else { format!("{pair} {initial}") });
        }
        keys.extend(person.parts().map(|part| format!("part {part}")));
        keys.extend([pair, initial_and_last]);
        for key in keys {
            if variant.in_story {
                self.story.register(key.clone(), group, variant.first);
            }
            self.all.register(key, group, variant.first);
        }
    }

    fn first_of(&self, key: &str) -> Group {
        self.all.find(key).expect("a key is only kept for later if it was found").group
    }

    /// The group of a name of one word, where `latest` is whom it was used for last as a surname.
    fn of_word(&mut self, name: &KeyedMention, word: &str, latest: Option<Group>) -> Group {
        let candidates = if name.standing == Standing::Furniture { &self.all } else { &self.story };
        if let Some(found) = candidates.find(&format!("last {word}")) {
            return latest.filter(|_| found.ambiguous).unwrap_or(found.group);
        }
        if let Some(group) = candidates.only(&format!("first {word}")) {
            return group;
        }
        *self.words.entry(word.to_owned()).or_insert_with(|| {
            self.n_groups += 1;
            self.n_groups - 1
        })
    }
}
