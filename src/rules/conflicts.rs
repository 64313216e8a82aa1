//! Rules that contradict each other.

use std::collections::HashMap;

use crate::rules::normal::normal;
use crate::rules::rule::{Case, Rule};

/// Two rules that cannot both hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// The earlier one: its position.
    pub older: usize,
    /// The later one, which holds.
    pub newer: usize,
    /// What about, in words.
    pub about: String,
}

/// Pairs of `rules` that contradict each other, in the order of the later one: the same words with
/// two labels in one zone, or names that are both one and several.
pub fn conflicts(rules: &[Rule]) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    let mut by_words: HashMap<String, Vec<usize>> = HashMap::new();
    let mut by_pair: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for (newer, rule) in rules.iter().enumerate() {
        if let Some(words) = &rule.words {
            let others = by_words.entry(rule.pattern()).or_default();
            for &older in others.iter() {
                let other = &rules[older];
                if other.label != rule.label && share_zone(other, rule) && share_spelling(other, rule) {
                    let [was, is] = [other, rule].map(|rule| rule.label.as_deref().unwrap_or("no name"));
                    conflicts.push(Conflict { older, newer, about: format!("{words:?} is {was}, and {is}") });
                }
            }
            others.push(newer);
        }
        let names = if rule.same.is_empty() { &rule.different } else { &rule.same };
        for (i, a) in names.iter().enumerate() {
            for b in &names[i + 1..] {
                let (x, y) = (normal(a), normal(b));
                let others = by_pair.entry(if x <= y { (x, y) } else { (y, x) }).or_default();
                for &older in others.iter() {
                    let other = &rules[older];
                    let labels_meet = other.label.is_none() || rule.label.is_none() || other.label == rule.label;
                    if other.same.is_empty() != rule.same.is_empty() && labels_meet {
                        conflicts.push(Conflict { older, newer, about: format!("{a:?} and {b:?} are one, and two") });
                    }
                }
                others.push(newer);
            }
        }
    }
    conflicts
}

fn share_zone(a: &Rule, b: &Rule) -> bool {
    match (&a.zones, &b.zones) {
        (Some(zones), Some(others)) => zones.iter().any(|zone| others.contains(zone)),
        _ => true,
    }
}

/// Whether some spelling is both of them: two that are compared letter by letter must be the same.
fn share_spelling(a: &Rule, b: &Rule) -> bool {
    let words = |rule: &Rule| -> Vec<String> {
        rule.words.as_deref().unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    };
    a.case() == Case::Fold || b.case() == Case::Fold || words(a) == words(b)
}
