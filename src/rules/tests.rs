//! Rules go in with a text and what a model found in it; what stands comes out.

use std::path::Path;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::document::{Article, Document, Mention};
use crate::label::LabelSet;
use crate::rules::{EffectKind, RuleSet, conflicts, parse};
use crate::segment::segment;
use crate::span::Span;

/// A text with names marked as `[PER Ana]`, or with a score as `[PER 0.97 Ana]`; its mentions.
fn marked(text: &str, labels: &LabelSet) -> (Document, Vec<Mention>) {
    let (mut plain, mut found) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        plain.push_str(&rest[..at]);
        let end = rest.find(']').expect("a mark ends");
        let (label, mut words) = rest[at + 1..end].split_once(' ').expect("a label and words");
        let mut score = 0.9;
        if let Some((first, more)) = words.split_once(' ')
            && let Ok(number) = first.parse()
        {
            (score, words) = (number, more);
        }
        let start = plain.len();
        plain.push_str(words);
        found.push((start, plain.len(), label.to_owned(), score));
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    let document = segment(Article::plain("a", plain));
    let mention = |(start, end, label, score): (usize, usize, String, f32)| {
        let span = Span::new(document.text(), start, end).expect("a span");
        let (label, sentence) = (labels.find(&label).expect("a label"), document.sentence(span).unwrap_or_default());
        Mention { span, label, score, raw_score: score, sentence, rule: None }
    };
    let mentions = found.into_iter().map(mention).collect();
    (document, mentions)
}

fn labels() -> LabelSet {
    LabelSet::of_names(&["PER", "ORG", "LOC", "MISC"])
}

fn set(rules: &[&str]) -> RuleSet {
    RuleSet::new(parse(Path::new("rules.jsonl"), &rules.join("\n")).expect("good rules"))
}

/// What stands, with the rule that says so, and what each match did.
fn shown(text: &str, rules: &RuleSet) -> String {
    let labels = labels().with(&rules.labels());
    let (document, mentions) = marked(text, &labels);
    let corrected = rules.correct(&document, &mentions, &labels);
    let mentions: Vec<Mention> = corrected.mentions.iter().map(|found| found.mention).collect();
    let stands = mentions.iter().map(|mention| {
        let by = mention.rule.map(|rule| format!(" by {}", rules.rules()[rule as usize].id)).unwrap_or_default();
        format!("{} {}{by}", labels.name(mention.label), mention.span.of(document.text()))
    });
    let effects = corrected.effects.iter().map(|effect| match effect.kind {
        EffectKind::Agree => "=",
        EffectKind::Change => "!",
        EffectKind::Against => "-",
    });
    format!("{} {}", stands.collect::<Vec<_>>().join(" | "), effects.collect::<Vec<_>>().join(""))
}

fn check(text: &str, rules: &[&str], expected: Expect) {
    expected.assert_eq(&shown(text, &set(rules)));
}

const SAMPLES: &str = r#"{"id":"r7","words":"Dateline Samples","label":"ORG"}"#;

#[test]
fn words_get_the_label_of_the_rule() {
    check("So [LOC Dateline] Samples said.", &[SAMPLES], expect!["ORG Dateline Samples by r7 !"]);
    check("So [ORG Dateline Samples] said.", &[SAMPLES], expect!["ORG Dateline Samples ="]);
    check("So Dateline\n Samples' editor said.", &[SAMPLES], expect!["ORG Dateline\n Samples by r7 !"]);
    check(
        "So Dateline\n\nSamples, dateline samples, XDateline Samples, Dateline Samplesé.",
        &[SAMPLES],
        expect![[r#" "#]],
    );
    check("[PER Cut] and [PER Cut Rate].", &[r#"{"id":"r8","words":"Cut","label":null}"#], expect!["PER Cut Rate !-"]);
    check("[LOC New Bonn Deal].", &[r#"{"id":"r8","words":"New Bonn Deal","label":null}"#], expect![" !"]);
}

#[test]
fn a_part_of_a_longer_name_is_left_alone() {
    check(
        "[PER Paris Hilton] in Paris.",
        &[r#"{"id":"r","words":"Paris","label":"LOC"}"#],
        expect!["PER Paris Hilton | LOC Paris by r -!"],
    );
}

#[test]
fn case_is_as_written_where_there_is_a_capital() {
    let may = r#"{"id":"r","words":"May","label":"PER"}"#;
    check("May may say so.", &[may], expect!["PER May by r !"]);
    check("MAY may.", &[may], expect![" "]);
    check(
        "MAY may.",
        &[r#"{"id":"r","words":"May","label":"PER","case":"fold"}"#],
        expect!["PER MAY by r | PER may by r !!"],
    );
    check(
        "THE HAGUE, \u{130}ZMIR",
        &[r#"{"id":"r","words":"the hague","label":"LOC"}"#, r#"{"id":"s","words":"i̇zmir","label":"LOC"}"#],
        expect!["LOC THE HAGUE by r | LOC İZMIR by s !!"],
    );
}

#[test]
fn the_leftmost_the_longest_the_newest() {
    let (a, b) =
        (r#"{"id":"a","words":"New York","label":"LOC"}"#, r#"{"id":"b","words":"New York Post","label":"ORG"}"#);
    check("New York Post, New York Posts.", &[a, b], expect!["ORG New York Post by b | LOC New York by a !!"]);
    check(
        "Bonn.",
        &[r#"{"id":"a","words":"Bonn","label":"ORG"}"#, r#"{"id":"b","words":"Bonn","label":"LOC"}"#],
        expect!["LOC Bonn by b !"],
    );
    // Where the newer one does not hold, the older one does.
    check(
        "Bonn.",
        &[
            r#"{"id":"a","words":"Bonn","label":"ORG"}"#,
            r#"{"id":"b","words":"Bonn","label":"LOC","zones":["headline"]}"#,
        ],
        expect!["ORG Bonn by a !"],
    );
}

#[test]
fn a_rule_gives_way_where_the_model_is_sure() {
    let unless = r#"{"id":"r","words":"Jordan","label":"LOC","unless":{"label":"PER","score":0.95}}"#;
    check(
        "[PER 0.97 Jordan], [PER 0.5 Jordan], [ORG 0.99 Jordan].",
        &[unless],
        expect!["PER Jordan | LOC Jordan by r | LOC Jordan by r -!!"],
    );
    check(
        "[PER 0.97 Jordan], [LOC 0.99 Jordan].",
        &[r#"{"id":"r","words":"Jordan","label":"LOC","unless":{"score":0.95}}"#],
        expect!["PER Jordan | LOC Jordan -="],
    );
    // A score that a record rounds up is the rounded one here too.
    check("[PER 0.94996 Jordan].", &[unless], expect!["PER Jordan -"]);
}

#[test]
fn labels_that_the_model_does_not_know() {
    check(
        "An Airbus A320.",
        &[r#"{"id":"r","words":"Airbus A320","label":"PRODUCT"}"#],
        expect!["PRODUCT Airbus A320 by r !"],
    );
}

#[test]
fn scripts_without_spaces_have_no_word_boundaries() {
    check("他在北京工作。", &[r#"{"id":"r","words":"北京","label":"LOC"}"#], expect!["LOC 北京 by r !"]);
    check("Zoe\u{301} left.", &[r#"{"id":"r","words":"Zoe","label":"PER"}"#], expect![" "]);
}

fn check_entities(text: &str, rules: &[&str], expected: Expect) {
    let (rules, labels) = (set(rules), labels());
    let (document, mentions) = marked(text, &labels);
    let entities = rules.regroup(&document, &mentions, &labels);
    let text = document.text();
    let shown: Vec<String> = entities
        .iter()
        .map(|entity| {
            let name = entity.called.as_deref().unwrap_or_else(|| entity.name.of(text));
            let forms: Vec<&str> = entity.mentions.iter().map(|&i| mentions[i].span.of(text)).collect();
            format!("{name}: {}", forms.join(", "))
        })
        .collect();
    expected.assert_eq(&shown.join(" | "));
}

#[test]
fn names_are_one_or_several() {
    let text = "[PER George Bush] met [PER Dubya]. [LOC Paris] and [LOC Paris Washington], [PER Dubya] said.";
    let one = r#"{"id":"r9","same":["George W. Bush","george bush","Dubya"],"label":"PER","name":"George W. Bush"}"#;
    check_entities(
        text,
        &[one],
        expect!["George W. Bush: George Bush, Dubya, Dubya | Paris: Paris | Paris Washington: Paris Washington"],
    );
    let people = "[PER Ana Kovač] and [PER Kovač], who is not [PER Ana Kovač].";
    check_entities(people, &[], expect!["Ana Kovač: Ana Kovač, Kovač, Ana Kovač"]);
    let two = r#"{"id":"r","different":["Kovač","Ana Kovač"]}"#;
    check_entities(people, &[two], expect!["Ana Kovač: Ana Kovač, Ana Kovač | Kovač: Kovač"]);
    // A label says which names are meant.
    check_entities(
        people,
        &[r#"{"id":"r","different":["Kovač","Ana Kovač"],"label":"LOC"}"#],
        expect!["Ana Kovač: Ana Kovač, Kovač, Ana Kovač"],
    );
}

#[test]
fn lines_that_are_no_rules_say_where_and_why() {
    let said = |text: &str| match parse(Path::new("rules.jsonl"), text) {
        Ok(rules) => format!("{} rules", rules.len()),
        Err(error) => error.to_string(),
    };
    let good = r#"{"id":"r7","words":"Bonn","label":"LOC"}"#;
    expect!["1 rules"].assert_eq(&said(&format!("\u{feff}\n{good}\n\n")));
    expect!["rules.jsonl:2: found EOF while parsing an object at column 1, wanted a rule"]
        .assert_eq(&said(&format!("{good}\n{{")));
    expect!["rules.jsonl:1: found unknown field `word`, expected one of `id`, `words`, `same`, `different`, `label`, `name`, `case`, `zones`, `unless`, `why`, `by`, `at` at column 16, wanted a rule"]
        .assert_eq(&said(r#"{"id":"r","word":"Bonn"}"#));
    expect![[r#"rules.jsonl:2: found the id "r7", which line 1 has, wanted an id of its own"#]]
        .assert_eq(&said(&format!("{good}\n{good}")));
    expect![[r#"rules.jsonl:1: found none of "words", "same" and "different", wanted one of them"#]]
        .assert_eq(&said(r#"{"id":"r"}"#));
    expect![[r#"rules.jsonl:1: found no words, wanted at least one letter in "words""#]]
        .assert_eq(&said(r#"{"id":"r","words":" ","label":null}"#));
    expect![[
        r#"rules.jsonl:1: found the zone "title", wanted one of headline, byline, dateline, caption, body, boilerplate"#
    ]]
    .assert_eq(&said(r#"{"id":"r","words":"Bonn","label":null,"zones":["title"]}"#));
    expect![[r#"rules.jsonl:1: found no label for "Bonn", wanted "label", which is null for words that are no name"#]]
        .assert_eq(&said(r#"{"id":"r","words":"Bonn"}"#));
    expect!["rules.jsonl:1: found the score 95, wanted a score from 0 to 1"]
        .assert_eq(&said(r#"{"id":"r","words":"Bonn","label":"LOC","unless":{"score":95}}"#));
    expect![[r#"rules.jsonl:1: found Bonn, bonn in "same", wanted at least two names that differ"#]]
        .assert_eq(&said(r#"{"id":"r","same":["Bonn","bonn"]}"#));
}

#[test]
fn contradictions_are_found() {
    let said = |rules: &[&str]| {
        let set = set(rules);
        let shown = conflicts(set.rules()).into_iter().map(|conflict| {
            format!("{}, {}: {}", set.rules()[conflict.older].id, set.rules()[conflict.newer].id, conflict.about)
        });
        shown.collect::<Vec<_>>().join("; ")
    };
    let (a, b) = (r#"{"id":"a","words":"Bonn","label":"LOC"}"#, r#"{"id":"b","words":"Bonn","label":null}"#);
    expect![[r#"a, b: "Bonn" is LOC, and no name"#]].assert_eq(&said(&[a, b]));
    expect![""].assert_eq(&said(&[
        a,
        r#"{"id":"b","words":"BONN","label":"ORG"}"#,
        r#"{"id":"c","words":"Ulm","label":"ORG"}"#,
    ]));
    expect![[r#"a, b: "Ana" and "Ina" are one, and two"#]]
        .assert_eq(&said(&[r#"{"id":"a","same":["Ina","Ana"]}"#, r#"{"id":"b","different":["Ana","Ina","Una"]}"#]));
}

#[test]
fn a_digest_is_of_what_matters() {
    let digest = |rule: &str| set(&[rule]).digest();
    assert_eq!(
        digest(SAMPLES),
        digest(r#"{"label":"ORG","id":"r7","words":"Dateline Samples","why":"agency","by":"ana"}"#)
    );
    assert_ne!(digest(SAMPLES), digest(r#"{"id":"r7","words":"Dateline Samples","label":"LOC"}"#));
}

proptest! {
    /// Mentions stay in order and apart; what no match touches stays as it is; and a second time
    /// nothing more changes.
    #[test]
    fn what_stands_is_in_order_and_stays(
        words in prop::collection::vec(prop::sample::select(&["Ana", "Bonn", "New", "York", "may", "[LOC New York]", "[PER Ana Bonn]", "[ORG York]", "İx", "\n"][..]), 1..25),
        picks in prop::collection::vec((prop::sample::select(&["Ana", "New York", "York", "may", "Ana Bonn", "Bonn New", "i̇x"][..]), prop::option::of(prop::sample::select(&["PER", "LOC", "NEW"][..])), any::<bool>()), 0..5),
    ) {
        let lines: Vec<String> = picks.iter().enumerate().map(|(i, (words, label, fold))| {
            let case = if *fold { "fold" } else { "as-is" };
            serde_json::json!({"id": i.to_string(), "words": words, "label": label, "case": case}).to_string()
        }).collect();
        let rules = RuleSet::new(parse(Path::new("r"), &lines.join("\n")).expect("good rules"));
        let labels = labels().with(&rules.labels());
        let (document, mentions) = marked(&words.join(" "), &labels);
        let corrected = rules.correct(&document, &mentions, &labels);
        for pair in corrected.mentions.windows(2) {
            prop_assert!(pair[0].mention.span.end() <= pair[1].mention.span.start());
        }
        for (i, mention) in mentions.iter().enumerate() {
            let touched = corrected.effects.iter().any(|effect| effect.found.contains(&i));
            prop_assert!(touched || corrected.mentions.iter().any(|found| found.from == Some(i) && found.mention == *mention));
        }
        let once: Vec<Mention> = corrected.mentions.iter().map(|found| found.mention).collect();
        let twice = rules.correct(&document, &once, &labels);
        prop_assert!(twice.mentions.iter().all(|found| found.from.is_some()) && twice.mentions.len() == once.len());
    }
}
