//! What rules make of the mentions of a document.

use crate::document::{Document, Mention};
use crate::label::LabelSet;
use crate::rules::matcher::Match;
use crate::rules::rule::Rule;
use crate::rules::set::RuleSet;

/// A document's mentions as rules leave them, and what each match of a rule did.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Corrected {
    /// In the order of the text, never overlapping.
    pub mentions: Vec<CorrectedMention>,
    /// One a match, in the order of the text.
    pub effects: Vec<Effect>,
}

/// A mention, and where it is from.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CorrectedMention {
    /// The mention.
    pub mention: Mention,
    /// Its position among those that were found, if it stands as it was found.
    pub from: Option<usize>,
}

/// What a match of a rule did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// Where the words stand, and which rule it is.
    pub at: Match,
    /// What it did.
    pub kind: EffectKind,
    /// The mentions that were found there, by their positions.
    pub found: Vec<usize>,
}

/// What a match of a rule did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EffectKind {
    /// Nothing: the model says the same.
    Agree,
    /// Its words now have its label, or none.
    Change,
    /// Nothing: the model is sure of something else, or the words are part of a longer name.
    Against,
}

impl RuleSet {
    /// What the rules make of `mentions`, which stand in the order of the text; labels are of
    /// `labels`.
    ///
    /// A match inside a longer mention changes nothing: `Paris` is no place in `Paris Hilton`.
    /// Otherwise its label takes the place of every mention that it overlaps, and no label that of
    /// those inside it alone.
    pub fn correct(&self, document: &Document, mentions: &[Mention], labels: &LabelSet) -> Corrected {
        let mut effects: Vec<Effect> = Vec::new();
        let mut gone = vec![false; mentions.len()];
        let mut made: Vec<Mention> = Vec::new();
        let mut from = 0;
        for at in self.find(document) {
            // Matches and mentions both stand in order, so neither is looked at twice.
            from += mentions[from..].partition_point(|mention| mention.span.end() <= at.span.start());
            let overlapping = mentions[from..].iter().take_while(|mention| mention.span.start() < at.span.end());
            let found: Vec<usize> = (from..from + overlapping.count()).collect();
            effects.push(Effect { at, kind: EffectKind::Against, found });
        }
        // What was against a rule may have given way to another: then the first one holds after all.
        loop {
            let mut settled = true;
            for effect in effects.iter_mut().filter(|effect| effect.kind == EffectKind::Against) {
                let rule = &self.rules()[effect.at.rule];
                let left: Vec<usize> = effect.found.iter().copied().filter(|&i| !gone[i]).collect();
                if left.iter().any(|&i| is_against(rule, effect.at, &mentions[i], labels)) {
                    continue;
                }
                settled = false;
                let span = effect.at.span;
                // A label that the set does not have cannot be given; whoever made the set knows.
                let label = rule.label.as_deref().and_then(|name| labels.find(name));
                let is_so = |&i: &usize| Some(mentions[i].label) == label && mentions[i].span == span;
                effect.kind = match label {
                    Some(_) if left.iter().any(is_so) => EffectKind::Agree,
                    Some(label) => {
                        left.iter().for_each(|&i| gone[i] = true);
                        let (sentence, rule) =
                            (document.sentence(span).unwrap_or_default(), Some(effect.at.rule as u32));
                        made.push(Mention { span, label, score: 1.0, raw_score: 1.0, sentence, rule });
                        EffectKind::Change
                    }
                    None if rule.label.is_some() => EffectKind::Agree,
                    None => {
                        let inside: Vec<usize> =
                            left.into_iter().filter(|&i| span.contains(mentions[i].span)).collect();
                        inside.iter().for_each(|&i| gone[i] = true);
                        if inside.is_empty() { EffectKind::Agree } else { EffectKind::Change }
                    }
                };
            }
            if settled {
                break;
            }
        }
        let kept = mentions.iter().enumerate().filter(|(i, _)| !gone[*i]);
        let kept = kept.map(|(i, &mention)| CorrectedMention { mention, from: Some(i) });
        let made = made.into_iter().map(|mention| CorrectedMention { mention, from: None });
        let mut mentions: Vec<CorrectedMention> = kept.chain(made).collect();
        mentions.sort_by_key(|found| found.mention.span);
        Corrected { mentions, effects }
    }
}

/// Whether `mention`, which the match overlaps, keeps the rule from holding.
fn is_against(rule: &Rule, at: Match, mention: &Mention, labels: &LabelSet) -> bool {
    let is_longer = mention.span != at.span && mention.span.contains(at.span);
    let is_sure = rule.unless.as_ref().is_some_and(|unless| {
        let label = labels.name(mention.label);
        let is_it = match &unless.label {
            Some(other) => other == label,
            None => rule.label.as_deref() != Some(label),
        };
        // Of scores that differ by less than is written, a record knows nothing.
        is_it && mention.written_score() >= unless.score
    });
    is_longer || is_sure
}
