//! Turns mentions into entities: the mentions that name one person, place or organization within an
//! article.
//!
//! Takes a document and its mentions and returns groups of them. Names are compared by their words
//! only, after titles, possessives, legal forms, accents and case are set aside; the rules for each
//! kind of name stand at the head of its file. Mentions with different labels are one entity only
//! where the model wavers between two labels for the same words, see [`agreement`]. Nothing is known
//! beyond the article: which Springfield it is, is not decided here.
//!
//! Every step looks keys up in hash maps, so the time grows with the number of mentions and not
//! with its square.

mod acronyms;
mod agreement;
mod candidates;
mod context;
mod cues;
mod mention;
mod names;
mod organizations;
mod others;
mod people;
mod person;
mod places;
#[cfg(test)]
mod reasons;
mod spelling;
mod steps;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use crate::document::{Document, Entity, Mention, Reason, Zone};
use crate::label::{Kind, LabelSet};
use crate::span::Span;

use crate::merge::agreement::Members;
use crate::merge::candidates::Group;
use crate::merge::mention::{Found, KeyedMention, Standing};

pub use crate::merge::names::fold;

/// Groups `mentions`, which stand in the order of the text, into entities in the order of their
/// first mention. Every mention belongs to exactly one.
///
/// An entity's `name` is its longest form, titles and the like not counted; of equally long ones
/// the most frequent, then the first. Forms from page furniture, and words all in capitals, are
/// only taken if there are no others.
///
/// An entity's `salience` is its share of the weight of all mentions: 3 in a headline, ½ in a
/// caption or dateline, in the body 1 at the start of the text falling evenly to ½ at its end, and
/// nothing in bylines and boilerplate. The shares of a document sum to 1, or are all 0 if no
/// mention has weight.
pub fn merge(document: &Document, mentions: &[Mention], labels: &LabelSet) -> Vec<Entity> {
    let mut names: Vec<KeyedMention> = mentions.iter().map(|mention| keyed(document, mention, labels)).collect();
    for (idx, pair) in mentions.windows(2).enumerate() {
        let is_one_kind = pair[0].label == pair[1].label;
        names[idx + 1].is_gloss = is_one_kind && context::is_gloss(document.text(), pair[0].span, pair[1].span);
        names[idx + 1].is_alias = is_one_kind && context::is_alias(document.text(), pair[0].span, pair[1].span);
        if is_one_kind
            && labels.kind(pair[0].label) == Kind::Person
            && let Some(whole) = person::whole(document.text(), pair[0].span, pair[1].span)
        {
            names[idx].key = person::key(&whole);
            names[idx].whole = Some(whole);
        }
    }
    let mut of_label: Vec<Vec<usize>> = vec![Vec::new(); labels.names().len()];
    for (idx, mention) in mentions.iter().enumerate() {
        of_label[mention.label.index()].push(idx);
    }
    let mut members: Vec<Members> = Vec::new();
    let mut reasons: Vec<Option<Reason>> = vec![None; mentions.len()];
    for (label, idxs) in labels.labels().zip(of_label) {
        let (names, idxs): (Vec<&KeyedMention>, Vec<usize>) = idxs.into_iter().map(|idx| (&names[idx], idx)).unzip();
        let groups = match labels.kind(label) {
            Kind::Person => people::group(&names),
            Kind::Organization => organizations::group(&names),
            Kind::Place => others::group(&names, true),
            Kind::Other => others::group(&names, false),
        };
        for (found, idx) in groups.iter().zip(&idxs) {
            reasons[*idx] = found.reason;
        }
        members.extend(collect(&groups, &idxs).into_iter().map(|mentions| Members { label, mentions }));
    }
    members.sort_by_key(|members| members.mentions[0]);
    let members = agreement::join(members, mentions, &names, labels, &mut reasons);

    let naming = Naming::of_names(document, mentions, names);
    let entity = |Members { label, mentions }: Members| {
        let because = because(&naming.names, &reasons, &mentions);
        Entity { label, because, ..naming.entity(mentions) }
    };
    members.into_iter().map(entity).collect()
}

/// What is known of a document's mentions when entities are made of them.
pub struct Naming<'d> {
    mentions: &'d [Mention],
    names: Vec<KeyedMention<'d>>,
    weights: Vec<f64>,
    total: f64,
}

impl<'d> Naming<'d> {
    /// Of `mentions` of `document`, in the order of the text.
    pub fn new(document: &'d Document, mentions: &'d [Mention], labels: &LabelSet) -> Self {
        let names = mentions.iter().map(|mention| keyed(document, mention, labels)).collect();
        Self::of_names(document, mentions, names)
    }

    fn of_names(document: &'d Document, mentions: &'d [Mention], names: Vec<KeyedMention<'d>>) -> Self {
        let weights: Vec<f64> = mentions.iter().map(|mention| weight(document, mention)).collect();
        let total = weights.iter().sum();
        Self { mentions, names, weights, total }
    }

    /// The entity that the mentions at `idxs` are, at least one and in order, with the name and the
    /// salience that [`merge`] would give it.
    pub fn entity(&self, idxs: Vec<usize>) -> Entity {
        let weight: f64 = idxs.iter().map(|&idx| self.weights[idx]).sum();
        let salience = if self.total > 0.0 { (weight / self.total) as f32 } else { 0.0 };
        let (label, name) = (self.mentions[idxs[0]].label, best_name(self.mentions, &self.names, &idxs));
        // Whoever asks for an entity has a rule for it, but the same words need none.
        let mut known: HashSet<&str> = HashSet::new();
        let why = |(place, &idx): (usize, &usize)| {
            let is_known = !known.insert(&self.names[idx].key);
            (place > 0).then_some(if is_known { Reason::SameWords } else { Reason::Rule })
        };
        let because = idxs.iter().enumerate().map(why).collect();
        Entity { label, name, called: None, mentions: idxs, because, salience }
    }
}

fn keyed<'t>(document: &'t Document, mention: &Mention, labels: &LabelSet) -> KeyedMention<'t> {
    let surface = mention.span.of(document.text());
    let kind = labels.kind(mention.label);
    let after = context::after(document.text(), mention.span.end());
    let is_family = kind == Kind::Person && context::is_family(after);
    let key = match kind {
        Kind::Person if is_family => person::key(surface) + " family",
        Kind::Person => person::key(surface),
        Kind::Organization => organizations::key(surface),
        Kind::Place => places::key(surface),
        Kind::Other => others::key(surface),
    };
    let zone = document.zone(mention.span);
    let standing = match zone {
        Zone::Body => Standing::Body,
        Zone::Headline | Zone::Caption | Zone::Dateline => Standing::Announcement,
        Zone::Byline | Zone::Boilerplate => Standing::Furniture,
    };
    // `US` is the key of no place, but it is shorter than `United States`.
    let length = if kind == Kind::Place { places::plain_key(surface).chars().count() } else { key.chars().count() };
    let before = context::before(document.text(), mention.span.start());
    KeyedMention {
        surface,
        before,
        in_headline: zone == Zone::Headline,
        key,
        length,
        standing,
        whole: None,
        is_alias: false,
        is_family,
        is_gloss: false,
    }
}

/// Why each of the mentions `idxs` of one entity is one with those before it.
fn because(names: &[KeyedMention], reasons: &[Option<Reason>], idxs: &[usize]) -> Vec<Option<Reason>> {
    // A full name that comes after its short form is joined for the reason of that.
    let first = idxs.iter().find_map(|&idx| reasons[idx]);
    let mut known: HashSet<&str> = HashSet::new();
    let why = |(place, &idx): (usize, &usize)| {
        let is_known = !known.insert(&names[idx].key);
        let decided = reasons[idx].filter(|reason| matches!(reason, Reason::Title | Reason::Surname));
        let reason = decided.or(if is_known { Some(Reason::SameWords) } else { reasons[idx].or(first) });
        (place > 0).then(|| reason.unwrap_or(Reason::SameWords))
    };
    idxs.iter().enumerate().map(why).collect()
}

/// The `mentions` of each group, `groups` telling the group of each.
fn collect(groups: &[Found], mentions: &[usize]) -> Vec<Vec<usize>> {
    let mut members: Vec<Vec<usize>> = Vec::new();
    let mut position: HashMap<Group, usize> = HashMap::new();
    for (&Found { group, .. }, &mention) in groups.iter().zip(mentions) {
        let at = *position.entry(group).or_insert_with(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        members[at].push(mention);
    }
    members
}

/// The span of the form that names the entity best; see [`merge`].
fn best_name(mentions: &[Mention], names: &[KeyedMention], idxs: &[usize]) -> Span {
    let mut n_uses: HashMap<&str, usize> = HashMap::new();
    for &idx in idxs {
        *n_uses.entry(names[idx].surface).or_default() += 1;
    }
    let rank = |&&idx: &&usize| {
        let name = &names[idx];
        let in_capitals = !name.surface.contains(char::is_lowercase) && name.surface.contains(char::is_uppercase);
        let possessive = names::without_possessive(name.surface).len() < name.surface.trim().len();
        let in_story = name.standing != Standing::Furniture;
        (in_story, !in_capitals, name.length, !possessive, n_uses[name.surface], Reverse(idx))
    };
    let best = idxs.iter().max_by_key(rank).expect("an entity has at least one mention");
    mentions[*best].span
}

/// What a mention adds to the salience of its entity; see [`merge`].
fn weight(document: &Document, mention: &Mention) -> f64 {
    match document.zone(mention.span) {
        Zone::Headline => 3.0,
        Zone::Caption | Zone::Dateline => 0.5,
        Zone::Body => 1.0 - 0.5 * mention.span.start() as f64 / document.text().len() as f64,
        Zone::Byline | Zone::Boilerplate => 0.0,
    }
}
