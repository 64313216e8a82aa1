//! A person's name, read: titles, particles, generation, and which word is the family's.

use crate::merge::cues::{self, full_given};
use crate::merge::names::{self, NameWord, Stops};
use crate::span::Span;

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
const GENERATIONS: &[&str] = &[
    "jr", "junior", "sr", "senior", "ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii", "xiii", "xiv", "xv",
    "xvi", "xxiii",
];
/// Words before a surname that bare uses may leave out or capitalise.
const PARTICLES: &[&str] = &[
    "von", "van", "der", "den", "ter", "de", "la", "le", "du", "del", "della", "di", "da", "dos", "al", "el", "bin",
    "ibn", "zu",
];

/// Family names of Chinese, Korean and Vietnamese, which come first there; those that are also
/// common given names or surnames in English are not here.
#[rustfmt::skip]
const FAMILIES: &[&str] = &[
    "wang", "li", "zhang", "liu", "chen", "yang", "huang", "zhao", "wu", "zhou", "xu", "sun", "ma", "zhu", "hu", "guo", "he", "lin", "gao", "luo", "zheng", "liang",
    "xie", "tang", "xi", "deng", "feng", "cao", "peng", "zeng", "xiao", "tian", "dong", "pan", "yuan", "cai", "jiang", "yu", "du", "ye", "cheng", "wei", "lu", "ding",
    "kim", "park", "choi", "jung", "jeong", "kang", "cho", "yoon", "jang", "lim", "han", "shin", "seo", "kwon", "hwang", "ahn", "song", "yoo", "hong", "moon",
    "nguyen", "tran", "pham", "tsai", "hsu", "chiang", "lai", "chan", "wong", "cheung", "leung", "lam",
];

/// Longest name of which parts are registered; longer ones are lists that a model took for a name.
const MAX_WORDS: usize = 6;

/// A person's name without titles.
pub(super) struct Person {
    pub words: Vec<String>,
    /// Titles before it, in lower case.
    pub titles: Vec<String>,
    /// The end of a hyphenated surname, which others may have whole: `jones` of `Lloyd-Jones`.
    pub tail: Option<String>,
    /// `Jr.`
    pub generation: String,
    /// Whether the family name comes first, as in `Chen Shui-bian`.
    pub family_first: bool,
}

/// The name as it is compared.
pub(super) fn key(surface: &str) -> String {
    let person = Person::new(surface);
    let generation = if person.generation.is_empty() { String::new() } else { format!(" {}", person.generation) };
    person.words.join(" ") + &generation
}

/// `Martin Penn`, where the `name` of `text` is the `Martin` of `Martin and Ruth Penn`, and `next` is the rest. Only
/// for common given names: `Obama and Hillary Clinton` are no couple.
pub(super) fn whole(text: &str, name: Span, next: Span) -> Option<String> {
    let (given, between) = (name.of(text), text.get(name.end()..next.start())?);
    let next = Person::new(next.of(text));
    let is_couple = matches!(between.trim(), "and" | "&") && next.words.len() > 1 && !next.family_first;
    let is_given = || {
        let folded = names::key(&names::words(given, Stops::Split));
        cues::is_common(&folded) && cues::is_common(next.first())
    };
    (is_couple && is_given()).then(|| format!("{given} {}", next.surname()))
}

impl Person {
    pub(super) fn new(surface: &str) -> Self {
        // `Dray, John` is John Dray.
        let inverted = surface.split_once(", ").filter(|(last, given)| {
            let word = given.trim_end_matches('.').to_lowercase();
            !last.contains(' ')
                && given.starts_with(char::is_uppercase)
                && !GENERATIONS.contains(&&*word)
                && !DEGREES.contains(&&*word)
        });
        let words = match inverted {
            Some((last, given)) => names::words(&format!("{given} {last}"), Stops::Split),
            None => names::words(surface, Stops::Split),
        };
        let mut titles = Vec::new();
        let mut name = &words[..];
        let is = |word: &NameWord, list: &[&str]| list.contains(&word.folded.as_str());
        // Something has to be left: Prince, Judge and Major are names as well.
        while let [first, rest @ ..] = name
            && !rest.is_empty()
            && is(first, TITLES)
            && !is(&rest[0], GENERATIONS)
        {
            titles.push(first.folded.clone());
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
            && !rest.is_empty()
            && is(last, GENERATIONS)
        {
            generation = last.folded.replace("junior", "jr").replace("senior", "sr");
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
        let family_first = match name {
            [_, given, more] if given.hyphenated && !more.capital => true,
            [family, .., last] => {
                name.len() <= 3 && is(family, FAMILIES) && !is(last, FAMILIES) && !last.folded.is_empty()
            }
            _ => false,
        };
        let tail = match name {
            [.., first, last] if kept.len() > 1 && first.hyphenated && last.capital && !family_first => {
                Some(last.folded.clone())
            }
            _ => None,
        };
        Self { words: kept, titles, tail, generation, family_first }
    }

    pub(super) fn first(&self) -> &str {
        &self.words[0]
    }

    pub(super) fn last(&self) -> &str {
        &self.words[self.words.len() - 1]
    }

    /// The word that stands for the person in short.
    pub(super) fn surname(&self) -> String {
        if self.family_first {
            return self.first().to_owned();
        }
        // `Lloyd-Jones` is found by its whole, as a part of the name.
        self.tail.as_ref().map_or_else(|| self.last().to_owned(), |_| self.words[self.words.len() - 2..].join(" "))
    }

    /// The given name, in full where the one written is short for it.
    pub(super) fn given(&self) -> &str {
        full_given(if self.family_first { self.last() } else { self.first() })
    }

    /// The first of the words between the first and the last.
    pub(super) fn middle(&self) -> Option<&str> {
        (self.words.len() > 2).then(|| self.words[1].as_str())
    }

    /// A name of one word with its generation: `edward vii`.
    pub(super) fn one_word(&self) -> String {
        format!("{} {}", self.last(), self.generation)
    }

    /// First and last word, with the generation.
    pub(super) fn pair(&self) -> String {
        format!("pair {} {} {}", full_given(self.first()), self.last(), self.generation)
    }

    pub(super) fn initial_and_last(&self) -> String {
        let initial: String = self.first().chars().take(1).collect();
        format!("initial {initial} {} {}", self.last(), self.generation)
    }

    /// Whether the given name is only an initial: `J. Dunford`.
    pub(super) fn is_initialled(&self) -> bool {
        is_initial(self.first())
    }

    /// The runs of at least two words that begin or end the name, but for the whole.
    pub(super) fn parts(&self) -> impl Iterator<Item = String> {
        let words = &self.words[..];
        let n_words = if self.words.len() <= MAX_WORDS && self.generation.is_empty() { self.words.len() } else { 0 };
        (2..n_words).flat_map(move |len| [words[..len].join(" "), words[n_words - len..].join(" ")])
    }
}

pub(super) fn is_initial(word: &str) -> bool {
    word.chars().count() == 1
}
