//! What became of verdicts when the records are new: another model, another run, another text.
//!
//! The records of the corpus go in one after another. A verdict on a text that is there is compared
//! with what the model says now. One on a text that is not there is looked for in the article with
//! the same id, if most of the text is left: its words and what stands around them are found once,
//! or it is listed and never guessed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use crate::verdicts::entry::{Entry, Op, Say};
use crate::verdicts::key::ArticleKey;
use crate::verdicts::opened::Opened;
use crate::verdicts::place::Place;
use crate::verdicts::sketch::Sketch;
use crate::verdicts::state::Verdicts;

/// What became of a verdict.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChangeKind {
    /// The model was right, and is.
    Holds,
    /// The model was wrong, and is not right now.
    StillNeeded,
    /// The model was wrong, and says the same now.
    NoLongerNeeded,
    /// The model was right, and says something else now.
    Broken,
    /// Its text has changed, and its place was found in the new one.
    Moved,
    /// Its text has changed or is gone, and its place was not found.
    Orphaned,
}

impl ChangeKind {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::StillNeeded => "still needed",
            Self::NoLongerNeeded => "no longer needed",
            Self::Broken => "broken",
            Self::Moved => "moved",
            Self::Orphaned => "orphaned",
        }
    }
}

/// A verdict, and what became of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Whose verdict it is.
    pub analyst: String,
    /// Its number.
    pub n: u64,
    /// Where it is about: in the new text if it moved there.
    pub place: Place,
    /// What it says: a label, or none for no name.
    pub say: Option<String>,
    /// What became of it.
    pub kind: ChangeKind,
}

/// A verdict on a text that has changed, as it is on the new one.
#[derive(Clone, PartialEq, Debug)]
pub struct Moved {
    analyst: String,
    n: u64,
    op: Op,
}

/// What became of all verdicts.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Changes {
    /// Each verdict on a mention, in the order of analysts and numbers.
    pub all: Vec<Change>,
    moved: Vec<Moved>,
}

/// The corpus as far as it was read.
pub struct Corpus<'v> {
    verdicts: &'v Verdicts,
    seen: HashSet<ArticleKey>,
    changes: BTreeMap<(String, u64), Change>,
    /// Of each id the articles with verdicts that had it, and their sketches.
    of_id: HashMap<String, Vec<(ArticleKey, Sketch)>>,
    /// Of articles with verdicts: what they would be in the text that has their id now.
    elsewhere: HashMap<ArticleKey, Vec<(Moved, Place)>>,
}

impl<'v> Corpus<'v> {
    /// Nothing was read yet.
    pub fn new(verdicts: &'v Verdicts) -> Self {
        let mut of_id: HashMap<String, Vec<(ArticleKey, Sketch)>> = HashMap::new();
        for entry in verdicts.analysts().iter().flat_map(|analyst| analyst.entries()) {
            let decision = &entry.decision;
            if let (Some(id), Some(sketch), Some(article)) = (&decision.id, &decision.sketch, decision.op.article()) {
                let articles = of_id.entry(id.clone()).or_default();
                if articles.iter().all(|(other, _)| *other != article) {
                    articles.push((article, sketch.clone()));
                }
            }
        }
        Self { verdicts, seen: HashSet::new(), changes: BTreeMap::new(), of_id, elsewhere: HashMap::new() }
    }

    /// Whether the record of the article `key`, with this `id`, matters: if not, it need not be
    /// added.
    pub fn concerns(&self, key: ArticleKey, id: Option<&str>) -> bool {
        self.verdicts.on(key).next().is_some() || id.is_some_and(|id| self.of_id.contains_key(id))
    }

    /// Here is a record.
    pub fn add(&mut self, opened: &Opened<'_>) {
        if !self.seen.insert(opened.key) {
            return;
        }
        for (analyst, entry) in last(self.verdicts, opened.key) {
            let Some((place, say)) = said(&entry.decision.op) else { continue };
            let kind = compare(opened, &entry.decision.op, place, say.as_ref());
            let label = say.and_then(|say| say.label);
            let change = Change { analyst: analyst.to_owned(), n: entry.n, place: place.clone(), say: label, kind };
            self.changes.insert((analyst.to_owned(), entry.n), change);
        }
        let id = opened.record.id();
        let before = id.and_then(|id| self.of_id.get(&*id)).map_or(&[][..], Vec::as_slice);
        for (article, sketch) in before.iter().filter(|(article, _)| *article != opened.key) {
            if self.elsewhere.contains_key(article) || sketch.part_in(&opened.document.article) < Sketch::ENOUGH {
                continue;
            }
            let found = last(self.verdicts, *article).into_iter().filter_map(|(analyst, entry)| {
                let op = moved(opened, &entry.decision.op)?;
                let place = said(&op)?.0.clone();
                Some((Moved { analyst: analyst.to_owned(), n: entry.n, op }, place))
            });
            self.elsewhere.insert(*article, found.collect());
        }
    }

    /// What became of all verdicts, when all records have been added.
    pub fn finish(mut self) -> Changes {
        let mut all_moved = Vec::new();
        let gone: Vec<ArticleKey> = self.verdicts.articles().filter(|article| !self.seen.contains(article)).collect();
        for article in gone {
            let elsewhere = self.elsewhere.remove(&article).unwrap_or_default();
            for (analyst, entry) in last(self.verdicts, article) {
                let Some((place, say)) = said(&entry.decision.op) else { continue };
                let found = elsewhere.iter().find(|(moved, _)| moved.analyst == analyst && moved.n == entry.n);
                let (kind, place) = match found {
                    Some((_, place)) => (ChangeKind::Moved, place.clone()),
                    None => (ChangeKind::Orphaned, place.clone()),
                };
                let say = say.and_then(|say| say.label);
                let change = Change { analyst: analyst.to_owned(), n: entry.n, place, say, kind };
                self.changes.insert((analyst.to_owned(), entry.n), change);
            }
            all_moved.extend(elsewhere.into_iter().map(|(moved, _)| moved));
        }
        Changes { all: self.changes.into_values().collect(), moved: all_moved }
    }
}

impl Changes {
    /// How many verdicts are of this kind.
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.all.iter().filter(|change| change.kind == kind).count()
    }

    /// Lets verdicts whose text has changed count for the new text.
    pub fn carry_over(&self, verdicts: &mut Verdicts) {
        self.moved.iter().for_each(|moved| verdicts.carry(&moved.analyst, moved.n, moved.op.clone()));
    }
}

/// `of 380 corrections 241 are no longer needed; 6 accepted mentions broke`.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |kind| self.count(kind);
        let (needed, unneeded) = (count(ChangeKind::StillNeeded), count(ChangeKind::NoLongerNeeded));
        write!(f, "of {} corrections {unneeded} are no longer needed; ", needed + unneeded)?;
        write!(f, "{} accepted mentions broke", count(ChangeKind::Broken))?;
        for kind in [ChangeKind::Moved, ChangeKind::Orphaned] {
            match count(kind) {
                0 => {}
                n => write!(f, "; {n} {}", kind.name())?,
            }
        }
        Ok(())
    }
}

/// The last verdict of each analyst on each place of `article`.
fn last(verdicts: &Verdicts, article: ArticleKey) -> Vec<(&str, &Entry)> {
    let mut last: BTreeMap<(&str, &str, [usize; 2]), &Entry> = BTreeMap::new();
    for (analyst, entry) in verdicts.on(article) {
        if let Some((place, _)) = said(&entry.decision.op).filter(|(place, _)| place.article == article) {
            last.insert((&analyst.name, &place.field, place.span), entry);
        }
    }
    last.into_iter().map(|((analyst, ..), entry)| (analyst, entry)).collect()
}

/// Where `op` is about, and what it says; none if it is about no mention.
fn said(op: &Op) -> Option<(&Place, Option<Say>)> {
    match op {
        Op::Mention { place, say, .. } => Some((place, Some(say.clone()))),
        Op::Add { place, label, .. } => {
            Some((place, Some(Say { label: Some(label.clone()), span: None, words: None })))
        }
        _ => None,
    }
}

fn compare(opened: &Opened<'_>, op: &Op, place: &Place, say: Option<&Say>) -> ChangeKind {
    let label_at = |span: [usize; 2]| {
        let span = opened.span(&place.field, span)?;
        let at = opened.mentions().binary_search_by_key(&span, |mention| mention.span).ok()?;
        Some(opened.labels().name(opened.mentions()[at].label))
    };
    let Some(say) = say else { return ChangeKind::Holds };
    let span = say.span.unwrap_or(place.span);
    let is_right = label_at(span) == say.label.as_deref() && (span == place.span || label_at(place.span).is_none());
    let was_right = match op {
        Op::Mention { saw, .. } => span == place.span && say.label.as_deref() == Some(&saw.label),
        _ => false,
    };
    match (was_right, is_right) {
        (true, true) => ChangeKind::Holds,
        (true, false) => ChangeKind::Broken,
        (false, true) => ChangeKind::NoLongerNeeded,
        (false, false) => ChangeKind::StillNeeded,
    }
}

/// `op` on the text of `opened`, if its place is found there once.
fn moved(opened: &Opened<'_>, op: &Op) -> Option<Op> {
    let mut op = op.clone();
    match &mut op {
        Op::Mention { place, say, .. } => {
            let old = place.span[0];
            *place = found(opened, place)?;
            if let Some([start, end]) = say.span {
                // The other span keeps its distance, if its words are there.
                let at = |i: usize| (i + place.span[0]).checked_sub(old);
                let span = [at(start)?, at(end)?];
                let there = opened.place(&place.field, span)?;
                if say.words.as_ref().is_some_and(|words| *words != there.words) {
                    return None;
                }
                say.span = Some(span);
            }
        }
        Op::Add { place, .. } => *place = found(opened, place)?,
        _ => return None,
    }
    Some(op)
}

/// `place` in another text: where its words stand between the same as before, or have the same on
/// one side, or stand once at all.
fn found(opened: &Opened<'_>, place: &Place) -> Option<Place> {
    let text = opened.field(&place.field)?;
    let [left, right] = &place.around;
    let all: Vec<usize> = text.match_indices(&place.words).map(|(at, _)| at).collect();
    let fits =
        |at: usize| [text[..at].ends_with(left.as_str()), text[at + place.words.len()..].starts_with(right.as_str())];
    let ways: [&dyn Fn(usize) -> bool; 3] =
        [&|at| fits(at) == [true, true], &|at| fits(at) != [false, false], &|_| true];
    for way in ways {
        let found: Vec<usize> = all.iter().copied().filter(|&at| way(at)).collect();
        match found[..] {
            [] => {}
            [at] => {
                let start = text[..at].chars().count();
                return opened.place(&place.field, [start, start + place.words.chars().count()]);
            }
            _ => return None,
        }
    }
    None
}
