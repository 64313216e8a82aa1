//! The logs of all analysts, as they stand.

use std::collections::{BTreeSet, HashMap, HashSet};

use thiserror::Error;

use crate::error::UserError;
use crate::rules::{Rule, RuleSet};
use crate::verdicts::entry::{ArticleState, Decision, Entry, Op, SampleDraw};
use crate::verdicts::key::ArticleKey;

/// What all analysts have decided, and which of it holds.
#[derive(Clone, Default, Debug)]
pub struct Verdicts {
    analysts: Vec<Analyst>,
    /// Of each article its entries, as positions of analyst and entry, in the order in which they
    /// came.
    of_article: HashMap<ArticleKey, Vec<(usize, usize)>>,
    /// Of each article the entries on an earlier text of it, as they are on this one.
    carried: HashMap<ArticleKey, Vec<(usize, usize, Entry)>>,
}

/// The log of one analyst.
#[derive(Clone, Default, Debug)]
pub struct Analyst {
    /// The analyst's name.
    pub name: String,
    entries: Vec<Entry>,
    /// Of each entry whether it holds: nobody has undone it.
    holds: Vec<bool>,
    /// Of an entry that undoes: the decision that it is about, and whether that holds after it.
    undoes: Vec<Option<(usize, bool)>>,
    /// Decisions that can be undone, the last one first in turn.
    done: Vec<usize>,
    /// Entries that have undone something since the last decision, the last one first in turn.
    undone: Vec<usize>,
    requests: HashMap<String, u64>,
}

/// How far the analysts are.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Progress {
    /// Decisions that hold.
    pub decisions: usize,
    /// Mentions that were decided, each counted once for each analyst.
    pub mentions: usize,
    /// Articles that someone has done.
    pub done: usize,
    /// Articles that someone has said something about.
    pub articles: usize,
    /// What a decision on a mention took, in milliseconds: as many took less as more.
    pub median_ms: Option<u64>,
}

/// Why a decision makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what}: found {found}, wanted {wanted}")]
pub struct Refused {
    /// The part that makes none.
    pub what: &'static str,
    /// What it is.
    pub found: String,
    /// What it could be.
    pub wanted: String,
}

impl UserError for Refused {}

impl Verdicts {
    /// Adds an entry of the log of `analyst`, behind those that are there.
    pub fn add(&mut self, analyst: &str, entry: Entry) {
        let whose = self.analysts.iter().position(|other| other.name == analyst).unwrap_or_else(|| {
            self.analysts.push(Analyst { name: analyst.to_owned(), ..Analyst::default() });
            self.analysts.len() - 1
        });
        if let Some(article) = entry.decision.op.article() {
            self.of_article.entry(article).or_default().push((whose, self.analysts[whose].entries.len()));
        }
        self.analysts[whose].add(entry);
    }

    /// The analysts, in the order in which they came.
    pub fn analysts(&self) -> &[Analyst] {
        &self.analysts
    }

    /// The analyst called `name`.
    pub fn analyst(&self, name: &str) -> Option<&Analyst> {
        self.analysts.iter().find(|analyst| analyst.name == name)
    }

    /// Whether nobody has said anything.
    pub fn is_empty(&self) -> bool {
        self.analysts.iter().all(|analyst| analyst.entries.is_empty())
    }

    /// What holds of what was said about `article`, in the order in which it came.
    pub fn on(&self, article: ArticleKey) -> impl Iterator<Item = (&Analyst, &Entry)> {
        let carried = self.carried.get(&article).map_or(&[][..], Vec::as_slice).iter();
        let carried = carried.map(|(whose, at, entry)| (*whose, *at, Some(entry)));
        let own = self.of_article.get(&article).map_or(&[][..], Vec::as_slice).iter();
        carried.chain(own.map(|&(whose, at)| (whose, at, None))).filter_map(|(whose, at, entry)| {
            let analyst = &self.analysts[whose];
            analyst.holds[at].then(|| (analyst, entry.unwrap_or(&analyst.entries[at])))
        })
    }

    /// Lets the entry number `n` of `analyst` count for another text too, as `op`, as long as it
    /// holds.
    pub(super) fn carry(&mut self, analyst: &str, n: u64, op: Op) {
        let Some(whose) = self.analysts.iter().position(|other| other.name == analyst) else { return };
        let (Some(at), Some(article)) = (self.analysts[whose].place(n), op.article()) else { return };
        let mut entry = self.analysts[whose].entries[at].clone();
        entry.decision.op = op;
        let carried = self.carried.entry(article).or_default();
        carried.retain(|(other, place, _)| (*other, *place) != (whose, at));
        carried.push((whose, at, entry));
    }

    /// Articles that something was said about, in no order.
    pub fn articles(&self) -> impl Iterator<Item = ArticleKey> {
        self.of_article.keys().copied()
    }

    /// Whether `analyst` has said anything about `article`, undone or not: then its sketch is known.
    pub fn knows(&self, analyst: &str, article: ArticleKey) -> bool {
        let all = self.of_article.get(&article).map_or(&[][..], Vec::as_slice);
        all.iter().any(|&(whose, _)| self.analysts[whose].name == analyst)
    }

    /// What holds, of all analysts, in the order of time.
    pub fn holding(&self) -> Vec<(&Analyst, &Entry)> {
        let mut all: Vec<_> = self.analysts.iter().flat_map(|a| a.holding().map(move |entry| (a, entry))).collect();
        all.sort_by(|(a, x), (b, y)| (&x.at, &a.name, x.n).cmp(&(&y.at, &b.name, y.n)));
        all
    }

    /// The rules that were made and hold, in the order of time; names that are one or several in
    /// all of the corpus are among them, with the analyst and the number of the entry as their id.
    pub fn rules(&self) -> Vec<Rule> {
        let off = self.unruled();
        let rules = self.holding().into_iter().filter_map(|(analyst, entry)| {
            let made = |rule: Rule| Rule {
                by: analyst.name.clone(),
                at: entry.at.clone(),
                why: entry.decision.why.clone(),
                ..rule
            };
            let id = format!("{}-{}", analyst.name, entry.n);
            match &entry.decision.op {
                Op::Rule { rule } => {
                    let why = if rule.why.is_empty() { entry.decision.why.clone() } else { rule.why.clone() };
                    Some(Rule { why, ..made(rule.clone()) })
                }
                Op::Same { names, label, name, article: None } => Some(made(Rule {
                    id,
                    same: names.clone(),
                    label: label.clone(),
                    name: name.clone(),
                    ..Rule::default()
                })),
                Op::Different { names, label, article: None } => {
                    Some(made(Rule { id, different: names.clone(), label: label.clone(), ..Rule::default() }))
                }
                _ => None,
            }
        });
        rules.filter(|rule| !off.contains(rule.id.as_str())).collect()
    }

    /// Ids of rules that hold no longer.
    pub fn unruled(&self) -> HashSet<&str> {
        let all = self.analysts.iter().flat_map(Analyst::holding);
        all.filter_map(|entry| match &entry.decision.op {
            Op::Unrule { rule } => Some(rule.as_str()),
            _ => None,
        })
        .collect()
    }

    /// The rules of a file and those that were made here, as they are applied together.
    pub fn rule_set(&self, from_file: &[Rule]) -> RuleSet {
        let off = self.unruled();
        let kept = from_file.iter().filter(|rule| !off.contains(rule.id.as_str())).cloned();
        RuleSet::new(kept.chain(self.rules()).collect())
    }

    /// The samples that were drawn, with the analyst and the number of the entry, in the order of
    /// time.
    pub fn samples(&self) -> Vec<(&Analyst, u64, &SampleDraw)> {
        let all = self.holding().into_iter();
        all.filter_map(|(analyst, entry)| match &entry.decision.op {
            Op::Sample { sample } => Some((analyst, entry.n, sample)),
            _ => None,
        })
        .collect()
    }

    /// How far `article` is for each analyst who has said so.
    pub fn states(&self, article: ArticleKey) -> Vec<(&str, ArticleState)> {
        let mut states: Vec<(&str, ArticleState)> = Vec::new();
        for (analyst, entry) in self.on(article) {
            let Op::Article { state, within: None, .. } = entry.decision.op else { continue };
            states.retain(|(name, _)| *name != analyst.name);
            states.push((&analyst.name, state));
        }
        states
    }

    /// Whether someone has said that everything in `article` is right and nothing is missing.
    pub fn is_done(&self, article: ArticleKey) -> bool {
        self.states(article).iter().any(|(_, state)| *state == ArticleState::Done)
    }

    /// How far the analysts are.
    pub fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        let mut mentions: HashSet<(&str, ArticleKey, &str, [usize; 2])> = HashSet::new();
        let mut articles = BTreeSet::new();
        let mut times: Vec<u64> = Vec::new();
        for analyst in &self.analysts {
            for entry in analyst.holding().filter(|entry| entry.decision.op.is_decision()) {
                progress.decisions += 1;
                articles.extend(entry.decision.op.article());
                if let Op::Mention { place, .. } | Op::Add { place, .. } = &entry.decision.op {
                    mentions.insert((&analyst.name, place.article, &place.field, place.span));
                    times.extend(entry.decision.ms);
                }
            }
        }
        progress.mentions = mentions.len();
        progress.done = articles.iter().filter(|&&article| self.is_done(article)).count();
        progress.articles = articles.len();
        times.sort_unstable();
        progress.median_ms = times.get(times.len() / 2).copied();
        progress
    }

    /// Whether `decision` makes sense as the next one of `analyst`.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self, analyst: &str, decision: &Decision) -> Result<(), Refused> {
        let refused = |what, found: String, wanted: &str| Err(Refused { what, found, wanted: wanted.to_owned() });
        let known = |n: u64| self.analyst(analyst).and_then(|analyst| analyst.entry(n));
        let span = |[start, end]: [usize; 2]| {
            if start < end {
                return Ok(());
            }
            Err(Refused { what: "span", found: format!("{start}..{end}"), wanted: "start before end".to_owned() })
        };
        let label = |label: &str| {
            let wanted = "a label".to_owned();
            if label.is_empty() { Err(Refused { what: "label", found: "\"\"".to_owned(), wanted }) } else { Ok(()) }
        };
        match &decision.op {
            Op::Mention { place, say, .. } => {
                span(place.span)?;
                say.span.map_or(Ok(()), span)?;
                say.label.as_deref().map_or(Ok(()), label)
            }
            Op::Add { place, label: name, .. } => span(place.span).and_then(|()| label(name)),
            Op::Later { place } => span(place.span),
            Op::Same { names, .. } | Op::Different { names, .. } if names.len() < 2 => {
                refused("names", names.join(", "), "at least two")
            }
            Op::Rule { rule } => {
                rule.check().map_err(|(found, wanted)| Refused { what: "rule", found, wanted })?;
                let is_taken = |other: &Rule| other.id == rule.id;
                if self.rules().iter().any(is_taken) || self.unruled().contains(rule.id.as_str()) {
                    return refused("id", format!("{:?}, which another rule has", rule.id), "an id of its own");
                }
                Ok(())
            }
            Op::Undo { of } => match known(*of) {
                Some(entry) if entry.decision.op.is_decision() || matches!(entry.decision.op, Op::Undo { .. }) => {
                    Ok(())
                }
                Some(_) => refused("of", of.to_string(), "the number of a decision"),
                None => refused("of", of.to_string(), "the number of an entry of the same log"),
            },
            Op::Note { of, .. } if known(*of).is_none() => {
                refused("of", of.to_string(), "the number of an entry of the same log")
            }
            _ => Ok(()),
        }
    }
}

impl Analyst {
    fn add(&mut self, entry: Entry) {
        let at = self.entries.len();
        if let Some(request) = &entry.decision.request {
            self.requests.entry(request.clone()).or_insert(entry.n);
        }
        let mut undoes = None;
        if let Op::Undo { of } = entry.decision.op {
            if let Some(target) = self.place(of) {
                let (decision, holds) = match self.undoes[target] {
                    Some((decision, holds)) => (decision, !holds),
                    None => (self.first_of(target), false),
                };
                undoes = Some((decision, holds));
                self.set(decision, holds, at);
            }
        } else if entry.decision.op.is_decision() {
            // Of several that came together the first stands for all.
            if entry.together.is_none_or(|[first, _]| first == entry.n) {
                self.done.push(at);
            }
            self.undone.clear();
        }
        self.entries.push(entry);
        self.holds.push(true);
        self.undoes.push(undoes);
    }

    /// Lets the decision at `decision` and those that came with it hold or not, as the entry at `by`
    /// says.
    fn set(&mut self, decision: usize, holds: bool, by: usize) {
        let n_together = match self.entries[decision].together {
            Some([first, last]) => usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX).saturating_add(1),
            None => 1,
        };
        let end = decision.saturating_add(n_together).min(self.holds.len());
        self.holds[decision..end].fill(holds);
        if let Some(place) = self.done.iter().rposition(|&other| other == decision) {
            self.done.remove(place);
        }
        let undoes = &self.undoes;
        self.undone.retain(|&other| undoes[other].is_none_or(|(of, _)| of != decision));
        if holds { self.done.push(decision) } else { self.undone.push(by) }
    }

    /// Where the first of those is that came together with the entry at `at`.
    fn first_of(&self, at: usize) -> usize {
        match self.entries[at].together {
            Some([first, _]) => {
                let before = usize::try_from(self.entries[at].n.saturating_sub(first)).unwrap_or(usize::MAX);
                at - before.min(at)
            }
            None => at,
        }
    }

    /// Where the entry number `n` is; of several, as in logs that were joined, the last.
    fn place(&self, n: u64) -> Option<usize> {
        let usual = (n as usize).wrapping_sub(1);
        match self.entries.get(usual) {
            Some(entry)
                if entry.n == n && self.entries.last().is_none_or(|last| last.n as usize == self.entries.len()) =>
            {
                Some(usual)
            }
            _ => self.entries.iter().rposition(|entry| entry.n == n),
        }
    }

    /// All entries, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries that hold, in order.
    pub fn holding(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().zip(&self.holds).filter(|(_, holds)| **holds).map(|(entry, _)| entry)
    }

    /// The entry number `n`.
    pub fn entry(&self, n: u64) -> Option<&Entry> {
        self.place(n).map(|at| &self.entries[at])
    }

    /// Whether the entry number `n` holds.
    pub fn holds(&self, n: u64) -> bool {
        self.place(n).is_some_and(|at| self.holds[at])
    }

    /// The number of the decision that is to be undone next.
    pub fn next_undo(&self) -> Option<u64> {
        self.done.last().map(|&at| self.entries[at].n)
    }

    /// The number of the `undo` that is to be undone next, so that its decision holds again.
    pub fn next_redo(&self) -> Option<u64> {
        self.undone.last().map(|&at| self.entries[at].n)
    }

    /// The number of the entry that answered the request called `request`.
    pub fn answered(&self, request: &str) -> Option<u64> {
        self.requests.get(request).copied()
    }

    /// The decision that the `undo` number `n` is about.
    pub fn undone_by(&self, n: u64) -> Option<&Entry> {
        let (decision, _) = self.undoes[self.place(n)?]?;
        Some(&self.entries[decision])
    }
}
