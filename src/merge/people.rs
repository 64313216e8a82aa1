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
//!   last of others), and else a given name if only one person has it, and else another spelling of
//!   a long surname. The end of a double-barrelled surname counts if nobody has it whole.
//! - A surname that several people have is the one whose title or sex fits (`Mrs. Penn`), else the
//!   one with the role before it (`President Brandt`), else the one the article is about: named
//!   more often, in full or before this by the surname, headlines thrice, and not counting where
//!   somebody is there for another's sake (`son of`, `his wife`); of equals the one mentioned last.
//!   One whom no title fits is nobody known.
//! - Several people of one surname are their own entity: `the Gupta brothers`, `the Guptas`.
//! - `Martin` of `Martin and Ruth Penn` has her surname, and whom the text calls by two names (`known
//!   as`, `née`) is one.
//!
//! A person who is named only in bylines and page furniture does not answer to a single word in the
//! story.

use std::collections::{HashMap, HashSet};

use crate::document::Reason;
use crate::merge::candidates::{Candidates, Group};
use crate::merge::cues::{self, Cue, Sex, full_given};
use crate::merge::mention::{Found, KeyedMention, Standing};
use crate::merge::person::{Person, is_initial};
use crate::merge::spelling;

/// Words of a name that are registered by themselves.
const MAX_PARTS: usize = 6;

/// How the mentions of a name find their group.
enum Resolution {
    /// All the same.
    Group(Group, Option<Reason>),
    /// Each by whom this key was used for last.
    Latest(String),
    /// As one word.
    NameWord,
    /// As several people of one surname.
    Family(String),
}

/// A distinct name with its mentions.
struct PersonVariant {
    person: Person,
    /// Index of the first mention.
    first: usize,
    /// Whether the story, and not only its furniture, uses it.
    in_story: bool,
    /// How much the article is about who is named so: mentions in full, those in headlines thrice.
    weight: usize,
    /// As the words before the mentions tell it, or the given name.
    sex: Option<Sex>,
    /// Whether it is called a first lady.
    is_lady: bool,
    /// The surname, if it may stand for several people who have it.
    family: Option<String>,
    /// The name that the text says is another one of the same person.
    alias_of: Option<usize>,
}

/// Gives every mention, in the order of the text, its group.
pub(super) fn group(names: &[&KeyedMention]) -> Vec<Found> {
    let mut variant_of: HashMap<&str, usize> = HashMap::new();
    let mut variants: Vec<PersonVariant> = Vec::new();
    let mut mention_cues: Vec<Cue> = Vec::with_capacity(names.len());
    for (idx, name) in names.iter().enumerate() {
        let variant_idx = *variant_of.entry(&name.key).or_insert_with(|| {
            let person = Person::new(name.whole.as_deref().unwrap_or(name.surface));
            let family = family(name, &person);
            variants.push(PersonVariant {
                person,
                first: idx,
                in_story: false,
                weight: 0,
                sex: None,
                is_lady: false,
                family,
                alias_of: None,
            });
            variants.len() - 1
        });
        let titles = Person::new(name.surface).titles;
        let cue = cues::cue(name.before, &titles);
        let variant = &mut variants[variant_idx];
        variant.in_story |= name.standing != Standing::Furniture;
        // `His wife, Akie Abe` is there for somebody else's sake.
        variant.weight += match cue.is_kin {
            true => 0,
            false if name.in_headline => 3,
            false => 1,
        };
        variant.sex = variant.sex.or(cue.sex);
        variant.is_lady |= cue.is_lady;
        mention_cues.push(cue);
        if name.is_alias && idx > 0 {
            let other = variant_of[names[idx - 1].key.as_str()];
            variants[variant_idx].alias_of.get_or_insert(other);
            variants[other].alias_of.get_or_insert(variant_idx);
        }
    }
    for variant in &mut variants {
        variant.sex = variant.sex.or_else(|| cues::sex_of_name(variant.person.first()));
    }
    let mut groups = Groups::default();
    let resolutions = groups.resolve(&variants);

    let mut latest: HashMap<String, Group> = HashMap::new();
    let mut group_of = |name: &KeyedMention, cue: &Cue| {
        let variant_idx = variant_of[name.key.as_str()];
        let person = &variants[variant_idx].person;
        let surname = person.surname();
        let found = match &resolutions[variant_idx] {
            Resolution::Group(group, reason) => Found { group: *group, reason: *reason },
            Resolution::Latest(key) => {
                let group = latest.get(key).copied().unwrap_or_else(|| groups.first_of(key));
                Found { group, reason: Some(Reason::FullName) }
            }
            Resolution::NameWord => groups.of_word(name, person, cue, &latest),
            Resolution::Family(surname) => groups.own(&format!("{surname} family")),
        };
        let group = found.group;
        if name.standing != Standing::Furniture {
            let sex = groups.sex_of.get(&group).copied().or(cue.sex);
            latest.insert(last_of(&surname, sex), group);
            // A bare surname's role says nothing new of whom it was taken for.
            if let Some(role) = cue.role.filter(|_| person.words.len() > 1) {
                latest.insert(format!("role {role} {surname}"), group);
            }
            latest.insert(format!("last {surname}"), group);
            if person.words.len() > 1 {
                latest.insert(person.pair(), group);
                latest.insert(person.initial_and_last(), group);
                latest.extend(person.parts().map(|part| (format!("part {part}"), group)));
            }
        }
        found
    };
    names.iter().zip(&mention_cues).map(|(name, cue)| group_of(name, cue)).collect()
}

/// The surname of `the Gupta brothers`; of `the Guptas` it is one only if somebody has it.
fn family(name: &KeyedMention, person: &Person) -> Option<String> {
    let [word] = &person.words[..] else { return None };
    if name.is_family {
        return Some(word.clone());
    }
    let is_article = name.before.trim_end().rsplit(' ').next().is_some_and(|word| word.eq_ignore_ascii_case("the"));
    let plural =
        word.strip_suffix("es").filter(|one| one.ends_with(['s', 'x', 'z', 'h'])).or_else(|| word.strip_suffix('s'));
    plural.filter(|one| is_article && one.len() > 2).map(str::to_owned)
}

/// The key of those with a surname who may be of that sex.
fn last_of(surname: &str, sex: Option<Sex>) -> String {
    format!("last {surname} {sex:?}")
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
    /// Groups whose sex the text tells.
    sex_of: HashMap<Group, Sex>,
    /// Groups that the text calls first ladies.
    ladies: HashSet<Group>,
    /// How much the article is about each group.
    weight_of: HashMap<Group, usize>,
    /// Mentions by surname alone, so far.
    n_bare: HashMap<Group, usize>,
    /// Of each surname: the weight of each bearer's full names, the two heaviest.
    about: HashMap<String, [(usize, Group); 2]>,
    /// Names by the skeleton of their spelling, the first of each.
    spelt: HashMap<String, (Group, String)>,
}

impl Groups {
    /// Decides for every variant, the longest first, since shorter ones may stand for them.
    fn resolve(&mut self, variants: &[PersonVariant]) -> Vec<Resolution> {
        let is_full = |person: &Person| person.words.len() > 1;
        let mut order: Vec<usize> = (0..variants.len()).filter(|&idx| is_full(&variants[idx].person)).collect();
        order.sort_by_key(|&idx| {
            let person = &variants[idx].person;
            (person.is_initialled(), std::cmp::Reverse(person.words.len()), variants[idx].first)
        });
        let mut resolutions: Vec<Resolution> = variants.iter().map(|_| Resolution::NameWord).collect();
        let mut weights: HashMap<Group, (usize, &Person)> = HashMap::new();
        for idx in order {
            let variant = &variants[idx];
            let person = &variant.person;
            let known = if person.is_initialled() { self.find_initialled(person) } else { self.find_full(person) };
            let known = known.or_else(|| self.find_spelt(person)).or_else(|| {
                let Resolution::Group(group, _) = resolutions[variant.alias_of?] else { return None };
                Some(Resolution::Group(group, Some(Reason::Alias)))
            });
            let resolution = known.unwrap_or_else(|| {
                self.n_groups += 1;
                Resolution::Group(self.n_groups - 1, None)
            });
            if let Resolution::Group(group, _) = resolution {
                if let Some(sex) = variant.sex {
                    self.sex_of.entry(group).or_insert(sex);
                }
                self.register(variant, group);
                if variant.is_lady {
                    self.ladies.insert(group);
                }
                weights.entry(group).or_insert((0, person)).0 += variant.weight;
            }
            resolutions[idx] = resolution;
        }
        for idx in 0..variants.len() {
            let variant = &variants[idx];
            if is_full(&variant.person) || self.all.find(&format!("last {}", variant.person.last())).is_some() {
                continue;
            }
            if let Some(Resolution::Group(group, _)) = variant.alias_of.map(|other| &resolutions[other]) {
                resolutions[idx] = Resolution::Group(*group, Some(Reason::Alias));
            }
        }
        let is_surname = |word: &str, all: &Candidates| all.find(&format!("last {word}")).is_some();
        for (variant, resolution) in variants.iter().zip(&mut resolutions) {
            if let Some(surname) = &variant.family
                && matches!(resolution, Resolution::NameWord)
                && (variant.person.last() == surname
                    || is_surname(surname, &self.all) && !is_surname(variant.person.last(), &self.all))
            {
                *resolution = Resolution::Family(surname.clone());
            }
        }
        // What a group answers to depends on its sex, which any of its names may have told.
        for (variant, resolution) in variants.iter().zip(&resolutions) {
            if let Resolution::Group(group, _) = resolution {
                self.register_sex(variant, *group);
            }
        }
        self.weight_of = weights.iter().map(|(group, (weight, _))| (*group, *weight)).collect();
        let mut weights: Vec<(Group, (usize, &Person))> = weights.into_iter().collect();
        weights.sort_unstable_by_key(|(group, _)| *group);
        for (group, (weight, person)) in weights {
            let about = self.about.entry(person.surname()).or_insert([(0, group); 2]);
            if weight > about[0].0 {
                *about = [(weight, group), about[0]];
            } else if weight > about[1].0 {
                about[1] = (weight, group);
            }
        }
        resolutions
    }

    /// Whom `key` stands for: one person, or the one mentioned last.
    fn find(&self, key: String) -> Option<Resolution> {
        let found = self.all.find(&key)?;
        let group = Resolution::Group(found.group, Some(Reason::FullName));
        Some(if found.ambiguous { Resolution::Latest(key) } else { group })
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
        let surname = person.surname();
        let mut keys = vec![format!("last {surname}"), format!("last {surname} generation {}", person.generation)];
        if let Some(tail) = &person.tail {
            keys.push(format!("tail {tail}"));
        }
        if !person.is_initialled() {
            keys.push(format!("first {}", person.given()));
            keys.push(format!("{initial_and_last} full"));
        }
        if let Some(middle) = person.middle() {
            let initial: String = middle.chars().take(1).collect();
            keys.push(format!("{pair} {middle}"));
            // A full middle name answers to its initial, and an initial to any full name.
            keys.push(if is_initial(middle) { format!("{pair} {initial} only") } else { format!("{pair} {initial}") });
        }
        let between = person.words.len().min(MAX_PARTS).saturating_sub(1);
        keys.extend(person.words.get(1..between).into_iter().flatten().map(|word| format!("middle {word}")));
        keys.extend(person.parts().map(|part| format!("part {part}")));
        keys.extend([pair, initial_and_last]);
        let spelt =
            format!("{} {} {}", spelling::skeleton(person.given()), spelling::skeleton(&surname), person.generation);
        self.spelt.entry(spelt).or_insert_with(|| (group, format!("{} {surname}", person.given())));
        if variant.in_story {
            let spelt = format!("last {}", spelling::skeleton(&surname));
            self.spelt.entry(spelt).or_insert((group, surname));
        }
        for key in keys {
            if variant.in_story {
                self.story.register(key.clone(), group, variant.first);
            }
            self.all.register(key, group, variant.first);
        }
    }

    /// Lets the group answer to its surname as the sex that it is, or both if that is unknown.
    fn register_sex(&mut self, variant: &PersonVariant, group: Group) {
        let sex = self.sex_of.get(&group).copied();
        for one in [Sex::Male, Sex::Female].into_iter().filter(|&one| sex.is_none_or(|sex| sex == one)) {
            let key = last_of(&variant.person.surname(), Some(one));
            if variant.in_story {
                self.story.register(key.clone(), group, variant.first);
            }
            self.all.register(key, group, variant.first);
        }
    }

    /// A known person of whom `person` is another spelling: the given names are the same or alike,
    /// and so are the surnames.
    fn find_spelt(&self, person: &Person) -> Option<Resolution> {
        let surname = person.surname();
        let spelt =
            format!("{} {} {}", spelling::skeleton(person.given()), spelling::skeleton(&surname), person.generation);
        let (group, other) = self.spelt.get(&spelt)?;
        let (given, last) = other.split_once(' ')?;
        let same_given = given == person.given();
        let is_one = if same_given {
            last != surname && spelling::alike(last, &surname)
        } else {
            last == surname && spelling::alike(given, person.given())
        };
        is_one.then_some(Resolution::Group(*group, Some(Reason::Spelling)))
    }

    fn first_of(&self, key: &str) -> Group {
        self.all.find(key).expect("a key is only kept for later if it was found").group
    }

    /// The group of a name of one word, where `latest` is whom each key was used for last.
    fn of_word(&mut self, name: &KeyedMention, person: &Person, cue: &Cue, latest: &HashMap<String, Group>) -> Found {
        let candidates = if name.standing == Standing::Furniture { &self.all } else { &self.story };
        let word = person.last();
        let because = |group, reason| Found { group, reason: Some(reason) };
        if !person.generation.is_empty() {
            let key = format!("last {word} generation {}", person.generation);
            if let Some(group) = candidates.only(&key) {
                return because(group, Reason::Surname);
            }
        } else if let Some(found) = candidates.find(&format!("last {word}")) {
            if !found.ambiguous {
                return self.unless_other_sex(found.group, word, cue);
            }
            if let Some(sex) = cue.sex {
                let key = last_of(word, Some(sex));
                if let Some(found) = candidates.find(&key) {
                    let group = latest.get(&key).copied().filter(|_| found.ambiguous).unwrap_or(found.group);
                    return because(group, Reason::Title);
                }
                return self.own(&format!("{word} {sex:?}"));
            }
            if let Some(group) = cue.role.and_then(|role| latest.get(&format!("role {role} {word}"))) {
                return because(*group, Reason::Title);
            }
            let group = self.meant(word, latest.get(&format!("last {word}")).copied(), found.group);
            if cue.is_office() && self.ladies.contains(&group) {
                return self.own(&format!("{word} office"));
            }
            *self.n_bare.entry(group).or_default() += 1;
            return because(group, Reason::Surname);
        } else if let Some(group) = candidates.only(&format!("tail {word}")) {
            return because(group, Reason::Surname);
        } else if let Some(group) = candidates.only(&format!("first {}", full_given(word))) {
            return because(group, Reason::GivenName);
        } else if let Some(group) = candidates.only(&format!("middle {word}")) {
            // `Lacalle` of `Luis Alberto Lacalle Herrera`.
            return because(group, Reason::Surname);
        } else if let Some((group, other)) = self.spelt.get(&format!("last {}", spelling::skeleton(word)))
            && spelling::alike(other, word)
        {
            return because(*group, Reason::Spelling);
        }
        self.own(&person.one_word())
    }

    /// Whom a surname of several people means that nothing else tells: the one the article is about, who was named by it
    /// before, or was named last.
    fn meant(&self, surname: &str, latest: Option<Group>, first: Group) -> Group {
        let about = self.about.get(surname).into_iter().flatten().map(|(_, group)| *group);
        let count = |counts: &HashMap<Group, usize>, group| counts.get(&group).copied().unwrap_or_default();
        let score = |group| count(&self.weight_of, group) + count(&self.n_bare, group);
        let candidates = latest.into_iter().chain(about).chain([first]);
        // Of equals the first, so that the one named last comes before others.
        candidates.reduce(|best, group| if score(group) > score(best) { group } else { best }).unwrap_or(first)
    }

    /// The one bearer of a surname, unless the text calls whom it means by the other sex.
    fn unless_other_sex(&mut self, group: Group, word: &str, cue: &Cue) -> Found {
        match (cue.sex, self.sex_of.get(&group)) {
            (Some(said), Some(known)) if said != *known => self.own(&format!("{word} {said:?}")),
            _ if cue.is_office() && self.ladies.contains(&group) => self.own(&format!("{word} office")),
            _ => Found { group, reason: Some(Reason::Surname) },
        }
    }

    /// A group of its own for a name of one word.
    fn own(&mut self, word: &str) -> Found {
        let group = *self.words.entry(word.to_owned()).or_insert_with(|| {
            self.n_groups += 1;
            self.n_groups - 1
        });
        Found { group, reason: None }
    }
}
