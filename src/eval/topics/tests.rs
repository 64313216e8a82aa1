use super::*;
use expect_test::{Expect, expect};

fn names() -> Vec<TopicName> {
    let name = |code: &str, label: &str| TopicName { code: code.to_owned(), label: label.to_owned() };
    vec![name("t:1", "sport"), name("t:2", "war, peace"), name("t:3", "weather")]
}

/// What is read of `lines`.
fn check(lines: &str, expected: Expect) {
    let shown = match parse_topics(Path::new("gold.jsonl"), lines, &names()) {
        Ok(articles) => {
            let show = |article: &TopicArticle| {
                format!("{} {:?} {:?} {:?}", article.id, article.title, article.text, article.gold)
            };
            articles.iter().map(show).collect::<Vec<_>>().join("\n")
        }
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn labels_and_our_own_records() {
    check(
        concat!(
            r#"{"text":"Rain.","title":"","labels":["weather","sport","weather"],"native":"x"}"#,
            "\n\n",
            r#"{"title":"War","text":"","topics":[{"code":"t:2","label":"war, peace","score":0.9},{"label":"sport"}]}"#,
            "\n",
            // Gold that was tagged: what the record says beside it is not gold.
            r#"{"text":"a","title":null,"labels":[],"topics":[{"code":"t:2"}]}"#,
        ),
        expect![[r#"
            gold.jsonl:1 "" "Rain." [0, 2]
            gold.jsonl:3 "War" "" [0, 1]
            gold.jsonl:4 "" "a" []"#]],
    );
}

#[test]
fn a_line_that_cannot_be_read_says_what_was_wanted() {
    check("{\"text\":\"a\",\"labels\":[\"sport\"]}\n{\"text\":\"a\",\"labels\":[\"Sport\"]}", expect![]);
    check(r#"{"text":"a","topics":[{"code":"medtop:1"}]}"#, expect![]);
    check(r#"{"text":"a","topics":[{"score":1}]}"#, expect![]);
    check(r#"{"text":"a"}"#, expect![]);
    check(r#"{"text":1,"labels":[]}"#, expect![]);
    check("\n", expect![]);
}

/// Three topics, seven articles: two with nothing given, one of them with nothing read.
fn report() -> TopicReport {
    let prediction = |logits: [f32; 3], given: &[usize]| TopicPrediction {
        logits: logits.to_vec(),
        // σ(2 · logit): the recipe is surer than the model.
        scores: logits.iter().map(|x| 1.0 / (1.0 + (-2.0 * x).exp())).collect(),
        given: given.to_vec(),
    };
    let cases = [
        (vec![0], prediction([3.0, -3.0, -3.0], &[0])),
        (vec![0, 1], prediction([3.0, 1.0, -3.0], &[0, 1])),
        (vec![0], prediction([1.0, 3.0, -3.0], &[1])),
        (vec![0, 2], prediction([3.0, -3.0, -1.0], &[0])),
        (vec![0], prediction([-1.0, -3.0, -3.0], &[])),
        (vec![1], TopicPrediction::default()),
        (vec![], prediction([-3.0, -3.0, 3.0], &[2])),
    ];
    let (gold, predictions): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
    TopicReport::new(&gold, &predictions, &names())
}

#[test]
fn numbers_worked_by_hand() {
    let report = report();
    assert_eq!((report.articles, report.covered), (7, 5));
    // Pairs: gold 5 + 2 + 1, given 3 + 2 + 1, correct 3 + 1 + 0.
    let TopicScore { precision, recall, f1, correct, predicted, gold } = report.micro;
    assert_eq!((correct, predicted, gold), (4, 6, 8));
    assert_eq!((precision, recall), (4.0 / 6.0, 0.5));
    assert!((f1 - 8.0 / 14.0).abs() < 1e-12, "2 · 4 / (6 + 8)");
    // Only sport has five gold articles: P = 3/3, R = 3/5.
    assert_eq!(report.mean.topics, 1);
    assert!((report.mean.f1 - 0.75).abs() < 1e-12);
    // Of six articles with gold the highest score is right in four: not where war is above sport, nor where nothing was read.
    assert_eq!((report.first.correct, report.first.articles), (4, 6));
    // Of the four that were given a topic and have gold, it is right in three.
    assert_eq!((report.first_given.correct, report.first_given.articles), (3, 4));
    // Eighteen pairs in six articles. σ(±3) = 0.952574, 0.047426; σ(±1) = 0.731059, 0.268941. By bins:
    // (0, 0.1]: nine of −3, none right, 0.426833. (0.2, 0.3]: two of −1, both right, so 2 − 0.537882.
    // (0.7, 0.8]: two of 1, both right, so 2 − 1.462117. (0.9, 1]: five of 3 … of which three are right.
    let CalibrationError { n, raw, .. } = report.calibration.error;
    assert_eq!(n, 18);
    let expected =
        (9.0 * 0.047_425_9 + (2.0 - 2.0 * 0.268_941_4) + (2.0 - 2.0 * 0.731_058_6) + (5.0 * 0.952_574_1 - 3.0)) / 18.0;
    assert!((raw.expect("there are scores") - expected).abs() < 1e-6, "{raw:?} for {expected}");
}

#[test]
fn a_table_for_people_and_an_object_for_machines() {
    expect![].assert_eq(&report().to_string());
    let json = serde_json::to_value(report()).expect("plain data");
    expect![].assert_eq(&json["topics"][1].to_string());
    expect![].assert_eq(&json["calibration"].to_string());
}
