//! Rules that are applied together.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::document::Document;
use crate::rules::matcher::{Match, Matcher};
use crate::rules::normal::normal;
use crate::rules::rule::Rule;

/// Rules in the order in which they were made; of two that speak of the same words the later one
/// holds.
#[derive(Clone, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
    matcher: Option<Matcher>,
    /// Of each name that a rule is about, as it is compared: the rules.
    of_name: HashMap<String, Vec<usize>>,
}

impl RuleSet {
    /// These rules.
    pub fn new(rules: Vec<Rule>) -> Self {
        let matcher = Matcher::new(&rules);
        let mut of_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, rule) in rules.iter().enumerate() {
            for name in rule.same.iter().chain(&rule.different).chain(&rule.name) {
                of_name.entry(normal(name)).or_default().push(i);
            }
        }
        Self { rules, matcher, of_name }
    }

    /// The rules about names that speak of one of `forms`, in their order.
    pub(super) fn about<'f>(&self, forms: impl IntoIterator<Item = &'f String>) -> BTreeSet<usize> {
        forms.into_iter().filter_map(|form| self.of_name.get(form)).flatten().copied().collect()
    }

    /// Whether any rule is about names.
    pub(super) fn knows_names(&self) -> bool {
        !self.of_name.is_empty()
    }

    /// The rules, in their order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The labels that they give, each once.
    pub fn labels(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = self.rules.iter().filter_map(|rule| rule.label.as_deref()).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    /// A digest of everything in them that changes a record; who made them, when and why does not.
    pub fn digest(&self) -> String {
        let mut sha = Sha256::new();
        for rule in &self.rules {
            let mut value = serde_json::to_value(rule).expect("strings, numbers and lists of these");
            if let Value::Object(members) = &mut value {
                ["why", "by", "at"].iter().for_each(|key| drop(members.remove(*key)));
            }
            sha.update(value.to_string());
            sha.update("\n");
        }
        hex(&sha.finalize())
    }

    /// Where their words stand in `document`, in order and without overlap.
    pub fn find(&self, document: &Document) -> Vec<Match> {
        self.matcher.as_ref().map_or_else(Vec::new, |matcher| matcher.find(&self.rules, document))
    }
}
