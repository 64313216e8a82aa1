//! Records go in with rules and verdicts, and come out as those leave them.

use std::path::Path;

use expect_test::{Expect, expect};
use serde_json::Value;

use crate::outputs::check_record;
use crate::verdicts::tests::{add, is, line, open, verdicts};
use crate::verdicts::{
    ArticleState, Decision, Op, Opened, Reach, RuleSet, Say, Topic, Verdicts, apply, parse_rules, stand,
};

const NONE: &[&str] = &[];

fn rules(lines: &[&str]) -> RuleSet {
    RuleSet::new(parse_rules(Path::new("r"), &lines.join("\n")).expect("good rules"))
}

/// The mentions and entities of a record, and where analysts differ.
fn shown(opened: &Opened<'_>, rules: &RuleSet, verdicts: &Verdicts) -> String {
    let record = apply(opened, rules, verdicts);
    let mut bytes = Vec::new();
    record.write(&mut bytes);
    assert_eq!(check_record(&bytes, None).expect("a record that agrees with itself"), record.mentions.len() as u64);
    let mentions: Vec<String> = record
        .mentions
        .iter()
        .map(|m| format!("{} {} {} {}", m.label, m.text, m.score, m.by.as_deref().unwrap_or("?")))
        .collect();
    let entities: Vec<String> = record.entities.iter().map(|e| format!("{} ×{}", e.name, e.mentions.len())).collect();
    let standing = stand(opened, rules, verdicts);
    let text = opened.document.text();
    let differences: Vec<String> = standing
        .differences
        .iter()
        .map(|d| {
            let says: Vec<String> =
                d.says.iter().map(|(who, what)| format!("{who}: {}", what.as_deref().unwrap_or("none"))).collect();
            format!("{}? {}", d.span.of(text), says.join(", "))
        })
        .collect();
    let fallen: Vec<String> =
        standing.fallen.iter().map(|mark| format!("-{} {}", mark.span.of(text), mark.by)).collect();
    [mentions.join(" | "), entities.join(", "), fallen.join(", "), differences.join("; ")].join("\n")
}

fn check(
    text: &str,
    lines: &[&str],
    decide: impl Fn(&Opened<'_>) -> Vec<(&'static str, Vec<Decision>)>,
    expected: Expect,
) {
    let line = line("a", &[("title", "A headline with 🙂 [PER Ana] in it"), ("text", text)], Value::Null);
    let opened = open(&line);
    expected.assert_eq(&shown(&opened, &rules(lines), &verdicts(&decide(&opened))));
}

#[test]
fn the_model_is_less_than_a_rule_and_a_rule_less_than_a_verdict() {
    check(
        "In [LOC Bonn].",
        NONE,
        |_| vec![],
        expect![[r#"
        PER Ana 0.9 model | LOC Bonn 0.9 model
        Ana ×1, Bonn ×1

    "#]],
    );
    let rule = r#"{"id":"r7","words":"Bonn","label":"ORG"}"#;
    check(
        "In [LOC Bonn].",
        &[rule],
        |_| vec![],
        expect![[r#"
        PER Ana 0.9 model | ORG Bonn 1 rule:r7
        Ana ×1, Bonn ×1

    "#]],
    );
    check(
        "In [LOC Bonn].",
        &[rule],
        |o| vec![("ana", vec![is(o, 1, Some("MISC"), Reach::Here)])],
        expect![[r#"
        PER Ana 0.9 model | MISC Bonn 1 ana
        Ana ×1, Bonn ×1

    "#]],
    );
    check(
        "In [LOC Bonn].",
        &[rule],
        |o| vec![("ana", vec![is(o, 1, None, Reach::Here)])],
        expect![[r#"
        PER Ana 0.9 model
        Ana ×1
        -Bonn ana
    "#]],
    );
}

#[test]
fn reach_is_the_article_and_not_parts_of_longer_names() {
    check(
        "[LOC Paris] and [PER Paris Hilton], Paris, Parisian, [ORG Paris].",
        NONE,
        |o| vec![("ana", vec![is(o, 1, Some("ORG"), Reach::Article)])],
        expect![[r#"
            PER Ana 0.9 model | ORG Paris 1 ana | PER Paris Hilton 0.9 model | ORG Paris 1 ana | ORG Paris 1 ana
            Ana ×1, Paris ×3, Paris Hilton ×1

        "#]],
    );
    // What is said later of one place holds there.
    check(
        "[LOC Paris] and [LOC Paris].",
        NONE,
        |o| vec![("ana", vec![is(o, 1, None, Reach::Article), is(o, 2, Some("PER"), Reach::Here)])],
        expect![[r#"
            PER Ana 0.9 model | PER Paris 1 ana
            Ana ×1, Paris ×1
            -Paris ana
        "#]],
    );
}

#[test]
fn names_are_added_and_moved_and_the_longer_one_stands() {
    check(
        "The [ORG Free] Aceh Movement.",
        NONE,
        |o| vec![("ana", vec![add(o, "text", "Free Aceh Movement", "ORG")])],
        expect![[r#"
        PER Ana 0.9 model | ORG Free Aceh Movement 1 ana
        Ana ×1, Free Aceh Movement ×1
        -Free ana
    "#]],
    );
    check(
        "The [ORG Free] Aceh Movement.",
        NONE,
        |o| vec![("ana", vec![add(o, "text", "Aceh", "LOC"), add(o, "text", "Free Aceh Movement", "ORG")])],
        expect![[r#"
            PER Ana 0.9 model | ORG Free Aceh Movement 1 ana
            Ana ×1, Free Aceh Movement ×1
            -Free ana, -Aceh ana
        "#]],
    );
    check(
        "The [ORG The Free] Aceh Movement.",
        NONE,
        |o| {
            let mut decision = is(o, 1, Some("ORG"), Reach::Here);
            let Op::Mention { say, .. } = &mut decision.op else { unreachable!("it is a mention") };
            *say = Say {
                label: Some("ORG".to_owned()),
                span: Some([8, 26]),
                words: Some("Free Aceh Movement".to_owned()),
            };
            // Then it is something else there.
            let place = o.place("text", [8, 26]).expect("in the text");
            let saw = crate::verdicts::Saw { label: "ORG".to_owned(), score: 1.0, model: "m".to_owned(), rule: None };
            let later = Say { label: Some("MISC".to_owned()), span: None, words: None };
            let later = o.decide(Op::Mention { place, saw, say: later, reach: Reach::Here }, false);
            vec![("ana", vec![decision, later])]
        },
        expect![[r#"
            PER Ana 0.9 model | MISC Free Aceh Movement 1 ana
            Ana ×1, Free Aceh Movement ×1
            -The Free ana
        "#]],
    );
}

#[test]
fn analysts_differ_until_a_judge_decides() {
    let two = |o: &Opened<'_>| {
        vec![("ana", vec![is(o, 1, Some("ORG"), Reach::Here)]), ("ben", vec![is(o, 1, None, Reach::Here)])]
    };
    check(
        "In [LOC 0.4 Bonn].",
        NONE,
        two,
        expect![[r#"
        PER Ana 0.9 model | LOC Bonn 0.4 model
        Ana ×1, Bonn ×1

        Bonn? ana: ORG, ben: none"#]],
    );
    check(
        "In [LOC 0.4 Bonn].",
        NONE,
        |o| {
            let mut all = two(o);
            all.push(("eve", vec![Decision { judge: true, ..is(o, 1, Some("PER"), Reach::Here) }]));
            all
        },
        expect![[r#"
            PER Ana 0.9 model | PER Bonn 1 eve
            Ana ×1, Bonn ×1

        "#]],
    );
    // One who changes her mind differs no longer.
    check(
        "In [LOC 0.4 Bonn].",
        NONE,
        |o| {
            let mut all = two(o);
            all[0].1.push(is(o, 1, None, Reach::Here));
            all
        },
        expect![[r#"
        PER Ana 0.9 model
        Ana ×1
        -Bonn ana
    "#]],
    );
}

#[test]
fn names_in_the_article_are_one_or_several() {
    let same = |o: &Opened<'_>| {
        let names = vec!["Ana".to_owned(), "Dr Kovač".to_owned()];
        let op = Op::Same { names, label: None, name: Some("Ana Kovač".to_owned()), article: Some(o.key) };
        vec![("ana", vec![o.decide(op, true)])]
    };
    check(
        "[PER Dr Kovač] came.",
        NONE,
        same,
        expect![[r#"
        PER Ana 0.9 model | PER Dr Kovač 0.9 model
        Ana Kovač ×2

    "#]],
    );
}

#[test]
fn topics_are_what_was_said_last() {
    let topics = serde_json::json!({"topics": [{"code": "t:1", "label": "war", "score": 0.7}]});
    let line = line("a", &[("text", "In Bonn.")], topics);
    let opened = open(&line);
    let say = |codes: &[&str]| {
        let say = codes.iter().map(|code| Topic { code: (*code).to_owned(), label: "x".to_owned() }).collect();
        opened.decide(Op::Topics { article: opened.key, saw: vec!["t:1".to_owned()], say }, true)
    };
    let codes = |of: &[(&str, Vec<Decision>)]| {
        let standing = stand(&opened, &RuleSet::default(), &verdicts(of));
        let topics = standing.record.topics.unwrap_or_default();
        (topics.iter().map(|topic| topic.code.to_string()).collect::<Vec<_>>().join(" "), standing.topics_differ)
    };
    assert_eq!(codes(&[]), ("t:1".to_owned(), false));
    assert_eq!(codes(&[("ana", vec![say(&["t:2"]), say(&["t:2", "t:3"])])]), ("t:2 t:3".to_owned(), false));
    assert_eq!(codes(&[("ana", vec![say(&[])])]), (String::new(), false));
    assert_eq!(codes(&[("ana", vec![say(&["t:2"])]), ("ben", vec![say(&["t:3"])])]), ("t:1".to_owned(), true));
}

#[test]
fn where_nothing_was_said_nothing_changes() {
    let line = line("a", &[("text", "[PER Ana Kovač], [PER Kovač].")], Value::Null);
    let opened = open(&line);
    let standing = stand(&opened, &rules(&[r#"{"id":"r","words":"Ulm","label":"LOC"}"#]), &Verdicts::default());
    assert_eq!(standing.record, opened.record);
    assert_eq!(standing.state, ArticleState::Open);
    let mut written = Vec::new();
    standing.record.write(&mut written);
    assert_eq!(String::from_utf8(written).expect("UTF-8").trim_end().len(), line.len());
}

#[test]
fn copies_share_verdicts_whatever_their_ids_and_places() {
    let [a, b] = ["a", ""].map(|id| line(id, &[("text", "In [LOC Bonn].")], serde_json::json!({"url": id})));
    let other = line("a", &[("text", "In [LOC Bonn]!")], Value::Null);
    let said = verdicts(&[("ana", vec![is(&open(&a), 0, Some("ORG"), Reach::Here)])]);
    let label = |line: &str| stand(&open(line), &RuleSet::default(), &said).record.mentions[0].label.to_string();
    assert_eq!([label(&a), label(&b), label(&other)], ["ORG", "ORG", "LOC"]);
}

#[test]
fn the_fields_are_those_that_were_read() {
    // A run that chose `body` alone, since its first records had no title.
    let line = line(
        "a",
        &[("title", "Ana"), ("body", "In [LOC Bonn].")],
        serde_json::json!({"coverage": {"chars": 8, "read": 8, "windows": 1}}),
    );
    assert_eq!(open(&line).document.text(), "In Bonn.");
    let record = crate::Record::parse(&line, None).expect("a record");
    let named = Opened::new(record, &["body".to_owned(), "title".to_owned()]).expect("good");
    assert_eq!(named.document.text(), "In Bonn.\n\nAna");
    assert_eq!(named.from_utf16("body", [3, 7]), Some([3, 7]));
}
