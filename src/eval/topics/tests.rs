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
    check(
        "{\"text\":\"a\",\"labels\":[\"sport\"]}\n{\"text\":\"a\",\"labels\":[\"Sport\"]}",
        expect![[r#"gold.jsonl:2: found the topic "Sport", wanted one of the model's: sport; war, peace; weather"#]],
    );
    check(
        r#"{"text":"a","topics":[{"code":"medtop:1"}]}"#,
        expect![[r#"gold.jsonl:1: found the topic "medtop:1", wanted one of the model's: t:1; t:2; t:3"#]],
    );
    check(
        r#"{"text":"a","topics":[{"score":1}]}"#,
        expect![[r#"gold.jsonl:1: found a topic without a name, wanted "code" or "label""#]],
    );
    check(
        r#"{"text":"a"}"#,
        expect![[
            r#"gold.jsonl:1: found neither "labels" nor "topics", wanted a JSON object with "text" and "labels" or "topics""#
        ]],
    );
    check(
        r#"{"text":1,"labels":[]}"#,
        expect![[
            r#"gold.jsonl:1: found invalid type: integer `1`, expected a string at column 9, wanted a JSON object with "text" and "labels" or "topics""#
        ]],
    );
    check("\n", expect![[r#"gold.jsonl: found no line, wanted JSON lines with "text" and "labels""#]]);
}

/// Three topics, seven articles: two with nothing given, one of them with nothing read.
fn report() -> TopicReport {
    let prediction = |logits: [f32; 3], given: &[usize]| TopicPrediction {
        logits: logits.to_vec(),
        // σ(2 · logit): the recipe is surer than the model.
        scores: logits.iter().map(|x| 1.0 / (1.0 + (-2.0 * x).exp())).collect(),
        given: given.to_vec(),
        taken: Vec::new(),
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
    // Of six articles with gold the highest score is right in four: not where war is above sport,
    // nor where nothing was read.
    assert_eq!((report.first.correct, report.first.articles), (4, 6));
    // Of the four that were given a topic and have gold, it is right in three.
    assert_eq!((report.first_given.correct, report.first_given.articles), (3, 4));
    // Eighteen pairs in six articles. σ(±3) = 0.952574, 0.047426; σ(±1) = 0.731059, 0.268941. By
    // bins: (0, 0.1]: nine of −3, none right, 0.426833. (0.2, 0.3]: two of −1, both right, so 2 −
    // 0.537882. (0.7, 0.8]: two of 1, both right, so 2 − 1.462117. (0.9, 1]: five of 3 … of which
    // three are right.
    let CalibrationError { n, raw, .. } = report.calibration.error;
    assert_eq!(n, 18);
    let expected =
        (9.0 * 0.047_425_9 + (2.0 - 2.0 * 0.268_941_4) + (2.0 - 2.0 * 0.731_058_6) + (5.0 * 0.952_574_1 - 3.0)) / 18.0;
    assert!((raw.expect("there are scores") - expected).abs() < 1e-6, "{raw:?} for {expected}");
}

#[test]
fn a_table_for_people_and_an_object_for_machines() {
    expect![[r#"
        7 articles, 5 with a topic: coverage 71.43
        highest-scoring topic in gold   66.67  (4 of 6 articles)
        first topic given in gold       75.00  (3 of 4 articles)
        no topic for text without gold   0.00  (0 of 1 texts); 0.00 (0 of 6 articles) lost theirs

        topics                precision  recall      F1    correct  predicted       gold  ECE before   after
        sport                    100.00   60.00   75.00          3          3          5      0.1983  0.1683
        war, peace                50.00   50.00   50.00          1          2          2      0.2352  0.1878
        weather                    0.00    0.00    0.00          0          1          1      0.3122  0.3147
        micro                     66.67   50.00   57.14          4          6          8      0.2328  0.2228
        macro                                     75.00

        Macro: the mean over topics with at least 5 gold articles, of which there are 1.
        ECE: expected calibration error over all articles, 10 bins; before and after the recipe's calibration.
    "#]]
    .assert_eq(&report().to_string());
    let json = serde_json::to_value(report()).expect("plain data");
    expect![[r#"{"calibration":{"calibrated":0.18777014734223485,"n":6,"raw":0.23520317176977792},"code":"t:2","correct":1,"f1":0.5,"gold":2,"label":"war, peace","precision":0.5,"predicted":2,"recall":0.5}"#]].assert_eq(&json["topics"][1].to_string());
    expect![[r#"{"bins":10,"calibrated":0.22277171189327621,"n":18,"raw":0.23276130399770206}"#]]
        .assert_eq(&json["calibration"].to_string());
}

/// One text of two is known for what it is, and one article of two is taken for it.
#[test]
fn text_that_is_no_article_is_counted_apart() {
    let prediction = |given: &[usize], taken: &[usize]| TopicPrediction {
        logits: vec![0.0; 4],
        scores: vec![0.5; 3],
        given: given.to_vec(),
        taken: taken.to_vec(),
    };
    let gold = [vec![], vec![], vec![0], vec![1]];
    let report = |predictions: &[TopicPrediction], n: usize| TopicReport::new(&gold[4 - n..], predictions, &names());
    let all = [prediction(&[], &[2]), prediction(&[0], &[]), prediction(&[0], &[]), prediction(&[], &[1])];
    let found = report(&all, 4);
    let counts = found.no_article.map(|r| (r.texts, r.without_topic, r.share, r.articles, r.lost, r.lost_share));
    assert_eq!(counts, Some((2, 1, 0.5, 2, 1, 0.5)));
    let line = "no topic for text without gold  50.00  (1 of 2 texts); 50.00 (1 of 2 articles) lost theirs";
    assert!(found.to_string().contains(line), "{found}");
    // Without the class and without such text there is nothing to say.
    let plain = TopicPrediction { logits: vec![0.0; 3], ..prediction(&[0], &[]) };
    assert_eq!(report(&[plain.clone(), plain], 2).no_article, None);
    assert_eq!(report(&all[2..], 2).no_article.map(|r| (r.texts, r.share, r.lost)), Some((0, 0.0, 1)));
}
