//! Records of another model, or of texts that have changed, go in; what became of verdicts comes out.

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::verdicts::tests::{add, is, line, open, verdicts};
use crate::verdicts::{ChangeKind, Corpus, Decision, Opened, Reach, RuleSet, stand};

const LONG: &str = "The ferry to the islands was late again on Monday, passengers said, and [LOC 0.6 Turku] had no other boat. \
    [ORG Baltic Lines] promised refunds to everybody who had waited for more than three hours in the rain.";

fn check(before: &str, after: &str, decide: impl Fn(&Opened<'_>) -> Vec<Decision>, expected: Expect) {
    let [before, after] = [before, after].map(|text| line("a1", &[("text", text)], Value::Null));
    let opened = open(&before);
    let said = verdicts(&[("ana", decide(&opened))]);
    let mut corpus = Corpus::new(&said);
    let new = open(&after);
    assert!(corpus.concerns(new.key, Some("a1")));
    corpus.add(&new);
    corpus.add(&new);
    let changes = corpus.finish();
    let shown: Vec<String> = changes
        .all
        .iter()
        .map(|change| {
            let [start, end] = change.place.span;
            format!("{} {}..{end} {}", change.place.words, start, change.kind.name())
        })
        .collect();
    let mut carried = said.clone();
    changes.carry_over(&mut carried);
    let standing = stand(&new, &RuleSet::default(), &carried);
    let stands: Vec<String> =
        standing.marks.iter().map(|m| format!("{} {}", m.span.of(new.document.text()), m.by)).collect();
    expected.assert_eq(&format!("{}\n{changes}\n{}", shown.join(", "), stands.join(", ")));
    if new.key != opened.key {
        assert_eq!(changes.count(ChangeKind::Holds) + changes.count(ChangeKind::Broken), 0);
    }
}

#[test]
fn another_model() {
    let all = |o: &Opened<'_>| {
        vec![
            is(o, 0, Some("ORG"), Reach::Here),
            is(o, 1, Some("LOC"), Reach::Here),
            is(o, 2, None, Reach::Here),
            add(o, "text", "Zoë", "PER"),
        ]
    };
    check(
        "[LOC Bonn], [LOC Ulm], [LOC Cut], Zoë",
        "[LOC Bonn], [LOC Ulm], [LOC Cut], Zoë",
        all,
        expect![[r#"
        Bonn 0..4 still needed, Ulm 6..9 holds, Cut 11..14 still needed, Zoë 16..19 still needed
        of 3 corrections 0 are no longer needed; 0 accepted mentions broke
        Bonn ana, Ulm ana, Zoë ana"#]],
    );
    check(
        "[LOC Bonn], [LOC Ulm], [LOC Cut], Zoë",
        "[ORG Bonn], [PER Ulm], Cut, [PER Zoë]",
        all,
        expect![[r#"
        Bonn 0..4 no longer needed, Ulm 6..9 broken, Cut 11..14 no longer needed, Zoë 16..19 no longer needed
        of 3 corrections 3 are no longer needed; 1 accepted mentions broke
        Bonn ana, Ulm ana, Zoë ana"#]],
    );
    check(
        "[LOC Bonn], [LOC Ulm], [LOC Cut], Zoë",
        "[MISC Bonn], Ulm, [PER Cut], [PER Zoë]",
        all,
        expect![[r#"
        Bonn 0..4 still needed, Ulm 6..9 broken, Cut 11..14 still needed, Zoë 16..19 no longer needed
        of 3 corrections 1 are no longer needed; 1 accepted mentions broke
        Bonn ana, Ulm ana, Zoë ana"#]],
    );
}

#[test]
fn a_changed_text() {
    let one = |o: &Opened<'_>| vec![is(o, 0, Some("ORG"), Reach::Here), is(o, 1, Some("LOC"), Reach::Here)];
    let inserted = LONG.replace("The ferry", "UPDATE: Zoë 🙂 writes. The ferry");
    check(
        LONG,
        &inserted,
        one,
        expect![[r#"
        Turku 94..99 moved, Baltic Lines 119..131 moved
        of 0 corrections 0 are no longer needed; 0 accepted mentions broke; 2 moved
        Turku ana, Baltic Lines ana"#]],
    );
    // The words are there no longer, or twice with nothing to tell them by.
    let gone = LONG.replace("[LOC 0.6 Turku]", "the town");
    check(
        LONG,
        &gone,
        one,
        expect![[r#"
        Turku 72..77 orphaned, Baltic Lines 100..112 moved
        of 0 corrections 0 are no longer needed; 0 accepted mentions broke; 1 moved; 1 orphaned
        Baltic Lines ana"#]],
    );
    // Another text altogether.
    check(
        LONG,
        "In [LOC Turku] nobody knew.",
        one,
        expect![[r#"
        Turku 72..77 orphaned, Baltic Lines 97..109 orphaned
        of 0 corrections 0 are no longer needed; 0 accepted mentions broke; 2 orphaned
        Turku model"#]],
    );
}
