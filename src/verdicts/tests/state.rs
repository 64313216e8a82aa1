//! Undo and redo, against a model of them that is a list.

use proptest::prelude::*;

use crate::verdicts::tests::{is, line, open, verdicts};
use crate::verdicts::{Decision, Entry, Op, Reach, Rule, Verdicts};

fn entry(n: u64, op: Op, together: Option<[u64; 2]>) -> Entry {
    Entry { v: 1, n, at: String::new(), decision: Decision::from(op), together, prev: String::new() }
}

fn rule(n: u64) -> Op {
    Op::Rule { rule: Rule::words(format!("r{n}"), "Bonn", Some("LOC")) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// 0 undoes, 1 undoes an undo, 2 undoes any decision that holds; everything else decides.
    #[test]
    fn undo_and_redo_without_limit(steps in prop::collection::vec((0..6_u8, any::<prop::sample::Index>(), 1..4_u64), 1..60)) {
        let mut state = Verdicts::default();
        // Decisions that hold, by their first numbers, and those that can be redone.
        let (mut holds, mut redo): (Vec<u64>, Vec<u64>) = (Vec::new(), Vec::new());
        let mut sizes = std::collections::HashMap::new();
        let mut n = 1;
        for (what, which, size) in steps {
            let analyst = || state.analyst("ana");
            let undo = match what {
                0 => analyst().and_then(|a| a.next_undo()),
                1 => analyst().and_then(|a| a.next_redo()),
                2 if !holds.is_empty() => Some(holds[which.index(holds.len())]),
                _ => None,
            };
            match (what, undo) {
                (0..=2, None) => {}
                (1, Some(of)) => {
                    let back = redo.pop().expect("the model can redo as well");
                    holds.push(back);
                    state.add("ana", entry(n, Op::Undo { of }, None));
                    n += 1;
                }
                (_, Some(of)) => {
                    if what == 0 {
                        prop_assert_eq!(Some(&of), holds.last());
                    }
                    holds.retain(|&other| other != of);
                    redo.push(of);
                    state.add("ana", entry(n, Op::Undo { of }, None));
                    n += 1;
                }
                _ => {
                    let together = (size > 1).then_some([n, n + size - 1]);
                    holds.push(n);
                    redo.clear();
                    sizes.insert(n, size);
                    for _ in 0..size {
                        state.add("ana", entry(n, rule(n), together));
                        n += 1;
                    }
                }
            }
            let mut expected: Vec<String> =
                holds.iter().flat_map(|&first| (first..first + sizes[&first]).map(|n| format!("r{n}"))).collect();
            let mut found: Vec<String> = state.rules().into_iter().map(|rule| rule.id).collect();
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected);
            // Read again, it is the same.
            let mut again = Verdicts::default();
            state.analysts().iter().for_each(|a| a.entries().iter().for_each(|e| again.add("ana", e.clone())));
            let next = |v: &Verdicts| v.analyst("ana").map(|a| (a.next_undo(), a.next_redo()));
            prop_assert_eq!(next(&again), next(&state));
        }
    }
}

/// Logs that somebody has edited, or joined, are read all the same.
#[test]
fn strange_numbers_do_no_harm() {
    let mut state = Verdicts::default();
    for (n, op, together) in [
        (5, rule(1), Some([9, 2])),
        (u64::MAX, rule(2), Some([0, u64::MAX])),
        (5, rule(3), Some([1, 7])),
        (0, Op::Undo { of: 5 }, None),
        (1, Op::Undo { of: u64::MAX }, Some([3, 1])),
        (1, Op::Undo { of: 0 }, None),
        (1, Op::Undo { of: 1 }, None),
    ] {
        state.add("ana", entry(n, op, together));
    }
    assert!(state.rules().len() <= 3 && state.progress().decisions <= 3);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let line = line("a", &[("text", "In [LOC Bonn].")], serde_json::Value::Null);
    let opened = open(&line);
    let state = verdicts(&[("ana", vec![is(&opened, 0, Some("PER"), Reach::Here), rule(1).into()])]);
    let said = |op: Op| state.check("ana", &op.into()).map_err(|refused| refused.to_string());
    assert_eq!(said(Op::Undo { of: 1 }), Ok(()));
    assert_eq!(said(Op::Undo { of: 9 }), Err("of: found 9, wanted the number of an entry of the same log".to_owned()));
    assert_eq!(said(rule(1)), Err("id: found \"r1\", which another rule has, wanted an id of its own".to_owned()));
    assert_eq!(said(rule(2)), Ok(()));
    assert!(said(Op::Note { of: 9, text: String::new() }).is_err());
    assert!(said(Op::Same { names: vec!["a".to_owned()], label: None, name: None, article: None }).is_err());
    assert!(said(is(&opened, 0, Some(""), Reach::Here).op).is_err());
}

#[test]
fn progress_is_counted() {
    let line = line("a", &[("text", "In [LOC Bonn] and [LOC Ulm].")], serde_json::Value::Null);
    let opened = open(&line);
    let timed = |ms: u64, mut decision: Decision| {
        decision.ms = Some(ms);
        decision
    };
    let mut state = verdicts(&[(
        "ana",
        vec![
            timed(100, is(&opened, 0, Some("LOC"), Reach::Here)),
            timed(300, is(&opened, 0, Some("PER"), Reach::Here)),
            timed(900, is(&opened, 1, Some("LOC"), Reach::Here)),
            opened.decide(
                Op::Article { article: opened.key, state: crate::verdicts::ArticleState::Done, within: None },
                false,
            ),
        ],
    )]);
    let progress = state.progress();
    assert_eq!((progress.decisions, progress.mentions, progress.done, progress.articles), (4, 2, 1, 1));
    assert_eq!(progress.median_ms, Some(300));
    assert!(state.is_done(opened.key));
    state.add("ana", entry(5, Op::Undo { of: 4 }, None));
    assert!(!state.is_done(opened.key));
}
