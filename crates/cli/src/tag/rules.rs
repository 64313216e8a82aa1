//! `--rules`: what a user should know before a night's run.

use dateline::Model;
use dateline::verdicts::{RuleSet, conflicts};

/// Labels that only rules give, and rules that contradict each other.
pub fn notes(rules: &RuleSet, model: &Model) -> Vec<String> {
    let mut notes = Vec::new();
    let unknown: Vec<&str> = rules.labels().into_iter().filter(|label| model.labels().find(label).is_none()).collect();
    if !unknown.is_empty() {
        let known = model.labels().names().join(", ");
        notes.push(format!("labels that only rules give: {}; the model's are {known}", unknown.join(", ")));
    }
    for conflict in conflicts(rules.rules()) {
        let [older, newer] = [conflict.older, conflict.newer].map(|rule| &rules.rules()[rule].id);
        notes.push(format!("rule {newer} holds over rule {older}: {}", conflict.about));
    }
    notes
}
