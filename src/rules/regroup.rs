//! Which mentions are one entity, where rules or analysts say so.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::document::{Document, Entity, Mention};
use crate::label::{Label, LabelSet};
use crate::merge::{Naming, merge};
use crate::rules::normal::normal;
use crate::rules::rule::Rule;
use crate::rules::set::RuleSet;

impl RuleSet {
    /// The entities of `mentions`: those that [`merge`] makes, put together and taken apart as the
    /// rules about names say, in their order.
    pub fn regroup(&self, document: &Document, mentions: &[Mention], labels: &LabelSet) -> Vec<Entity> {
        self.rearrange(merge(document, mentions, labels), document, mentions, labels)
    }

    /// `entities` of `mentions`, put together and taken apart as the rules about names say.
    pub fn rearrange(
        &self,
        mut entities: Vec<Entity>,
        document: &Document,
        mentions: &[Mention],
        labels: &LabelSet,
    ) -> Vec<Entity> {
        if !self.knows_names() {
            return entities;
        }
        let text = document.text();
        let forms: Vec<String> = mentions.iter().map(|mention| normal(mention.span.of(text))).collect();
        let rules = self.about(&forms);
        if rules.is_empty() {
            return entities;
        }
        let names = Names { naming: Naming::new(document, mentions, labels), forms, labels };
        for rule in rules {
            let rule = &self.rules()[rule];
            entities = if rule.same.is_empty() { names.split(rule, entities) } else { names.join(rule, entities) };
        }
        entities
    }
}

/// The mentions of a document with the forms by which rules know them.
struct Names<'d> {
    naming: Naming<'d>,
    forms: Vec<String>,
    labels: &'d LabelSet,
}

impl Names<'_> {
    /// Whether `rule` is about an entity with this label.
    fn is_about(&self, rule: &Rule, entity: &Entity) -> bool {
        rule.label.as_deref().is_none_or(|label| label == self.labels.name(entity.label))
    }

    /// Makes one entity of those that have one of the rule's names, each label for itself.
    fn join(&self, rule: &Rule, entities: Vec<Entity>) -> Vec<Entity> {
        let names: HashSet<String> = rule.same.iter().chain(&rule.name).map(|name| normal(name)).collect();
        let mut first_of_label: BTreeMap<Label, usize> = BTreeMap::new();
        let mut joined: Vec<Entity> = Vec::with_capacity(entities.len());
        for entity in entities {
            if !self.is_about(rule, &entity) || !entity.mentions.iter().any(|&i| names.contains(&self.forms[i])) {
                joined.push(entity);
            } else if let Some(&first) = first_of_label.get(&entity.label) {
                joined[first].mentions.extend(entity.mentions);
            } else {
                first_of_label.insert(entity.label, joined.len());
                joined.push(entity);
            }
        }
        for first in first_of_label.into_values() {
            let mut of = std::mem::take(&mut joined[first].mentions);
            of.sort_unstable();
            let called = rule.name.as_deref().map(Arc::from);
            joined[first] = Entity { called, ..self.naming.entity(of) };
        }
        joined
    }

    /// Takes entities apart that have several of the rule's names. What has none of them stays with
    /// the longest of these names.
    fn split(&self, rule: &Rule, entities: Vec<Entity>) -> Vec<Entity> {
        let names: Vec<String> = rule.different.iter().map(|name| normal(name)).collect();
        let name_of = |&i: &usize| names.iter().position(|name| *name == self.forms[i]);
        let mut apart: Vec<Entity> = Vec::with_capacity(entities.len());
        for entity in entities {
            let of_mention: Vec<Option<usize>> = entity.mentions.iter().map(name_of).collect();
            let mut present: Vec<usize> = of_mention.iter().flatten().copied().collect();
            present.sort_unstable();
            present.dedup();
            if present.len() < 2 || !self.is_about(rule, &entity) {
                apart.push(entity);
                continue;
            }
            let longest = present.iter().copied().max_by_key(|&name| (names[name].len(), std::cmp::Reverse(name)));
            let rest = longest.expect("there are two");
            for name in present {
                let of = entity.mentions.iter().zip(&of_mention).filter(|(_, other)| other.unwrap_or(rest) == name);
                apart.push(self.naming.entity(of.map(|(&i, _)| i).collect()));
            }
        }
        apart.sort_by_key(|entity| entity.mentions[0]);
        apart
    }
}
