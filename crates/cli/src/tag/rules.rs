//! `--rules`: where they are, and what a user should know before a night's run.

use std::path::Path;

use dateline::Model;
use dateline::verdicts::{self, RuleSet, conflicts};

use crate::stop::Stop;

/// The rules in the file `path`, or those that hold in a directory of verdicts.
pub fn read(path: &Path) -> Result<RuleSet, Stop> {
    if path.is_dir() {
        let (verdicts, _) = verdicts::read_all(path)?;
        return Ok(verdicts.rule_set(&[]));
    }
    Ok(RuleSet::new(verdicts::read_rules(path)?))
}

/// Labels that only rules give, and rules that contradict each other.
pub fn notes(rules: &RuleSet, model: &Model) -> Vec<String> {
    let mut notes = Vec::new();
    if rules.is_empty() {
        notes.push("there are no rules in --rules".to_owned());
    }
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
