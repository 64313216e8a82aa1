//! What a rule would do, and that it does so.

use expect_test::expect;
use proptest::prelude::*;
use serde_json::Value;

use crate::record::Record;
use crate::verdicts::tests::{is, line, open, verdicts};
use crate::verdicts::{EffectKind, Opened, Preview, Reach, Rule, RuleSet, Unless, Verdicts, apply};

#[test]
fn places_are_counted_and_shown() {
    let lines = [
        line("a", &[("text", "[LOC Dateline] Samples and [ORG Dateline Samples].")], Value::Null),
        line("b", &[("text", "The [PER Dateline Samples Trophy] of Dateline Samples.")], Value::Null),
        line("c", &[("text", "Nothing of the kind.")], Value::Null),
    ];
    let rule = Rule::words("r7", "Dateline Samples", Some("ORG"));
    let said = verdicts(&[("ana", vec![is(&open(&lines[0]), 1, Some("MISC"), Reach::Here)])]);
    let mut preview = Preview::new(&RuleSet::default(), rule);
    for line in &lines {
        if preview.may_concern(line) { preview.add(&open(line), &said) } else { preview.pass() }
    }
    let counts = (preview.agree, preview.change, preview.against, preview.decided_otherwise);
    assert_eq!((counts, preview.records, preview.changed_records), ((1, 2, 1, 1), 3, 2));
    let shown: Vec<String> = preview
        .examples
        .iter()
        .map(|e| {
            format!("{:?} {}‹{}›{} {:?} → {:?}", e.kind, e.context[0], e.context[1], e.context[2], e.was, e.would_be)
        })
        .collect();
    expect![[r#"
        Change ‹Dateline Samples› and Dateline Samples. Some(("LOC", 0.9)) → Some("ORG")
        Change The Dateline Samples Trophy of ‹Dateline Samples›. None → Some("ORG")
        Agree Dateline Samples and ‹Dateline Samples›. Some(("ORG", 0.9)) → Some("ORG")
        Against The ‹Dateline Samples› Trophy of Dateline Samples. Some(("PER", 0.9)) → Some("PER")"#]]
    .assert_eq(&shown.join("\n"));
    assert!(matches!(preview.examples[0].kind, EffectKind::Change));
    assert!(!preview.may_concern(&lines[2]) && preview.may_concern("\\u0044ateline"));
}

/// Mentions of one record that are not in another, each place once.
fn places_that_differ(a: &Record<'_>, b: &Record<'_>) -> usize {
    let keys = |record: &Record<'_>| -> Vec<(usize, usize, String)> {
        record.mentions.iter().map(|m| (m.start, m.end, m.label.to_string())).collect()
    };
    let (a, b) = (keys(a), keys(b));
    let new: Vec<_> = b.iter().filter(|key| !a.contains(key)).collect();
    let gone = a.iter().filter(|key| !b.contains(key) && !new.iter().any(|other| other.0 < key.1 && key.0 < other.1));
    new.len() + gone.count()
}

fn a_rule(id: &'static str) -> impl Strategy<Value = Rule> {
    let words = prop::sample::select(&["Ana", "New York", "york", "may", "Ana Bonn", "İx", "Bonn", "k"][..]);
    let label = prop::option::of(prop::sample::select(&["PER", "LOC", "NEW"][..]));
    let unless = prop::option::of(prop::sample::select(&[0.5, 0.9, 0.91][..]));
    (words, label, unless).prop_map(move |(words, label, unless)| Rule {
        unless: unless.map(|score| Unless { label: None, score }),
        ..Rule::words(id, words, label)
    })
}

proptest! {
    /// The count of a preview is what differs between the records without and with the rule, also
    /// where lines are passed over unread.
    #[test]
    fn counts_are_those_of_the_records(
        texts in prop::collection::vec(prop::collection::vec(prop::sample::select(
            &["Ana", "Bonn", "New", "York", "may", "[LOC New York]", "[PER 0.95 Ana Bonn]", "[ORG York]", "[LOC İx]", "\u{212a}", "é"][..]), 1..15), 1..6),
        others in prop::collection::vec(a_rule("o"), 0..3),
        rule in a_rule("new"),
    ) {
        let others: Vec<Rule> = others.into_iter().enumerate().map(|(i, rule)| Rule { id: format!("o{i}"), ..rule }).collect();
        let before = RuleSet::new(others.clone());
        let after = RuleSet::new(others.into_iter().chain([rule.clone()]).collect());
        let mut preview = Preview::new(&before, rule);
        let mut expected = 0;
        for words in &texts {
            let line = line("a", &[("text", &words.join(" "))], Value::Null);
            let opened: Opened<'_> = open(&line);
            let [was, is] = [&before, &after].map(|rules| apply(&opened, rules, &Verdicts::default()));
            expected += places_that_differ(&was, &is);
            if preview.may_concern(&line) { preview.add(&opened, &Verdicts::default()) } else { preview.pass() }
        }
        prop_assert_eq!(preview.change, expected);
        prop_assert_eq!(preview.records, texts.len());
    }
}
