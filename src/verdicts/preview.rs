//! What a rule would do, before it is made.
//!
//! Records go in one after another, and may stop at any time: the counts are those of the records
//! so far. They are counted by applying all rules without the new one and with it, so that they are
//! what `tag --rules` then changes.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;

use crate::document::Mention;
use crate::label::LabelSet;
use crate::rules::{Case, CorrectedMention, EffectKind, Rule, RuleSet};
use crate::span::Span;
use crate::verdicts::apply::{By, stand};
use crate::verdicts::key::ArticleKey;
use crate::verdicts::opened::Opened;
use crate::verdicts::state::Verdicts;

/// What a rule would do.
pub struct Preview {
    before: RuleSet,
    after: RuleSet,
    /// The rule by itself, to see at once whether a record concerns it.
    alone: RuleSet,
    needle: Option<AhoCorasick>,
    /// Records that were looked at.
    pub records: usize,
    /// Records that would change.
    pub changed_records: usize,
    /// Places where the words are what the rule says already.
    pub agree: usize,
    /// Mentions that would appear, change or vanish, each place once; of a rule about names the
    /// entities that would be other ones.
    pub change: usize,
    /// Places where the rule would not hold: the model is sure of something else, or the words are
    /// part of a longer name.
    pub against: usize,
    /// Places that an analyst has decided otherwise, which stay as they are.
    pub decided_otherwise: usize,
    /// Some of these places, those that would change before the others.
    pub examples: Vec<Example>,
}

/// A place where the words of a rule stand.
#[derive(Clone, PartialEq, Debug)]
pub struct Example {
    /// The article.
    pub article: ArticleKey,
    /// The article's id in its record.
    pub id: Option<String>,
    /// The field.
    pub field: String,
    /// Start and end in code points of the field.
    pub span: [usize; 2],
    /// What stands before, the words, and what stands behind.
    pub context: [String; 3],
    /// The label and score that the words have now, if they have one.
    pub was: Option<(String, f64)>,
    /// The label that they would have.
    pub would_be: Option<String>,
    /// What the rule would do.
    pub kind: EffectKind,
}

impl Preview {
    /// Examples that are kept.
    pub const EXAMPLES: usize = 20;

    /// Code points of context on each side of an example.
    const CONTEXT: usize = 40;

    /// Of `rule`, if it is added to `rules`.
    pub fn new(rules: &RuleSet, rule: Rule) -> Self {
        let needle = needle(&rule);
        let mut with: Vec<Rule> = rules.rules().to_vec();
        with.push(rule.clone());
        Self {
            before: rules.clone(),
            after: RuleSet::new(with),
            alone: RuleSet::new(vec![rule]),
            needle,
            records: 0,
            changed_records: 0,
            agree: 0,
            change: 0,
            against: 0,
            decided_otherwise: 0,
            examples: Vec::new(),
        }
    }

    /// Whether the record in `line` has to be looked at: if not, it can be [passed over](Self::pass)
    /// without being read.
    pub fn may_concern(&self, line: &str) -> bool {
        // A letter may be written as \u0041.
        self.needle.as_ref().is_none_or(|needle| needle.is_match(line) || line.contains("\\u00"))
    }

    /// Counts a record that the rule does not concern.
    pub fn pass(&mut self) {
        self.records += 1;
    }

    /// Counts a record.
    pub fn add(&mut self, opened: &Opened<'_>, verdicts: &Verdicts) {
        self.records += 1;
        let is_about_names = self.alone.rules().iter().any(|rule| rule.words.is_none());
        if !is_about_names && self.alone.find(&opened.document).is_empty() {
            return;
        }
        let names: Vec<&str> = self.after.labels();
        let labels = opened.labels().with(&names);
        let [before, after] =
            [&self.before, &self.after].map(|rules| rules.correct(&opened.document, opened.mentions(), &labels));
        let n_before = self.change;
        if is_about_names {
            self.change += self.regrouped(opened, &before.mentions, &after.mentions, &labels);
        } else {
            let keys = |found: &[CorrectedMention]| -> BTreeSet<(Span, usize)> {
                found.iter().map(|found| (found.mention.span, found.mention.label.index())).collect()
            };
            let (was, is) = (keys(&before.mentions), keys(&after.mentions));
            let new: Vec<Span> = is.difference(&was).map(|(span, _)| *span).collect();
            let overlaps_new = |span: Span| {
                let at = new.partition_point(|other| other.end() <= span.start());
                new[at..].first().is_some_and(|other| other.overlaps(span))
            };
            let gone: Vec<Span> =
                was.difference(&is).map(|(span, _)| *span).filter(|span| !overlaps_new(*span)).collect();
            self.change += new.len() + gone.len();
            let is_changed = |span: Span| new.iter().chain(&gone).any(|other| other.overlaps(span));
            let newest = self.after.rules().len() - 1;
            for effect in after.effects.iter().filter(|effect| effect.at.rule == newest) {
                let kind = match effect.kind {
                    EffectKind::Against => EffectKind::Against,
                    _ if is_changed(effect.at.span) => EffectKind::Change,
                    _ => EffectKind::Agree,
                };
                match kind {
                    EffectKind::Against => self.against += 1,
                    EffectKind::Agree => self.agree += 1,
                    // Counted above, with what follows from it.
                    EffectKind::Change => {}
                }
                self.remember(opened, effect.at.span, kind, &before.mentions, &labels);
            }
            self.decided_otherwise += self.otherwise(opened, verdicts);
        }
        self.changed_records += usize::from(self.change > n_before);
    }

    /// Entities that are other ones with the rule than without.
    fn regrouped(
        &self,
        opened: &Opened<'_>,
        before: &[CorrectedMention],
        after: &[CorrectedMention],
        labels: &LabelSet,
    ) -> usize {
        let entities = |rules: &RuleSet, found: &[CorrectedMention]| -> BTreeSet<(String, Vec<usize>)> {
            let mentions: Vec<Mention> = found.iter().map(|found| found.mention).collect();
            let entities = rules.regroup(&opened.document, &mentions, labels);
            let text = opened.document.text();
            let name = |entity: &crate::document::Entity| {
                entity.called.as_deref().unwrap_or_else(|| entity.name.of(text)).to_owned()
            };
            entities.iter().map(|entity| (name(entity), entity.mentions.clone())).collect()
        };
        entities(&self.after, after).difference(&entities(&self.before, before)).count()
    }

    /// Places where an analyst has said something else than the rule.
    fn otherwise(&self, opened: &Opened<'_>, verdicts: &Verdicts) -> usize {
        if verdicts.on(opened.key).next().is_none() {
            return 0;
        }
        let standing = stand(opened, &self.after, verdicts);
        let places: Vec<Span> = self.alone.find(&opened.document).iter().map(|hit| hit.span).collect();
        let label = self.alone.rules()[0].label.as_deref();
        let decided = standing.marks.iter().filter(|mark| mark.decided);
        let fallen = standing.fallen.iter().filter(|mark| mark.decided && matches!(mark.by, By::Analyst(_)));
        let differs =
            decided.map(|mark| (mark.span, mark.label.as_deref())).chain(fallen.map(|mark| (mark.span, None)));
        differs.filter(|(span, said)| *said != label && places.contains(span)).count()
    }

    fn remember(
        &mut self,
        opened: &Opened<'_>,
        span: Span,
        kind: EffectKind,
        before: &[CorrectedMention],
        labels: &LabelSet,
    ) {
        if self.examples.len() >= Self::EXAMPLES {
            // One that changes something tells more than one that does not.
            let weakest = self.examples.iter().rposition(|example| example.kind != EffectKind::Change);
            match weakest.filter(|_| kind == EffectKind::Change) {
                Some(weakest) => drop(self.examples.remove(weakest)),
                None => return,
            }
        }
        let at = before.partition_point(|found| found.mention.span.end() <= span.start());
        let was = before[at..].first().filter(|found| found.mention.span.overlaps(span));
        let was = was.map(|found| (labels.name(found.mention.label).to_owned(), found.mention.written_score()));
        let (field, chars) = opened.within(span);
        let of = opened.document.field(span).span;
        let text = opened.document.text();
        let mut left: Vec<char> = text[of.start()..span.start()].chars().rev().take(Self::CONTEXT).collect();
        left.reverse();
        let right = text[span.end()..of.end()].chars().take(Self::CONTEXT).collect();
        let rule = &self.alone.rules()[0];
        let would_be =
            if kind == EffectKind::Against { was.clone().map(|(label, _)| label) } else { rule.label.clone() };
        let example = Example {
            article: opened.key,
            id: opened.record.id().map(|id| id.into_owned()),
            field: field.to_owned(),
            span: chars,
            context: [left.into_iter().collect(), span.of(text).to_owned(), right],
            was,
            would_be,
            kind,
        };
        let n_changes = self.examples.iter().filter(|example| example.kind == EffectKind::Change).count();
        let place = if kind == EffectKind::Change { n_changes } else { self.examples.len() };
        self.examples.insert(place, example);
    }
}

/// Letters that every record has which the rule concerns, whatever their case; none if there are no
/// such letters. Only ASCII is sure to stand in a line as it is; and the Kelvin sign is a `k` in
/// small letters, though not in a line.
fn needle(rule: &Rule) -> Option<AhoCorasick> {
    let words = rule.words.as_deref()?;
    let runs =
        words.split(|c: char| !c.is_ascii_alphanumeric() || rule.case() == Case::Fold && c.eq_ignore_ascii_case(&'k'));
    let longest = runs.max_by_key(|run| run.len()).filter(|run| !run.is_empty())?;
    AhoCorasick::builder().ascii_case_insensitive(true).build([longest]).ok()
}
