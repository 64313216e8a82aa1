//! `dateline eval`: names found against names annotated.

use expect_test::expect;
use serde_json::Value;

use crate::cli::check;
use crate::common::Dir;

/// Two documents. The model finds what is marked; "Rhine" is marked wrongly, so that not everything
/// is right.
const GOLD: &str = "-DOCSTART- O

Angela\tB-PER
Merkel\tI-PER
met\tO
Sauli\tB-PER
Niinistö\tI-PER
in\tO
Helsinki\tB-LOC
.\tO

Merkel\tB-PER
thanked\tO
Finland\tB-LOC
.\tO

-DOCSTART- O

Boats\tO
left\tO
Bonn\tB-LOC
on\tO
the\tO
Rhine\tB-ORG
,\tO
said\tO
the\tO
United\tB-ORG
Nations\tI-ORG
.\tO
";

#[test]
fn a_table() {
    let dir = Dir::new();
    dir.write("gold.conll", GOLD);
    check(
        &dir.run("eval --gold gold.conll"),
        expect![[r#"
            > 1 file, 2 documents, 3 sentences, 24 tokens in bio2; 8 gold and 8 predicted mentions compared by tokens
            >
            > exact (conlleval)     precision  recall      F1    95 % interval    correct  predicted       gold
            > LOC                       75.00  100.00   85.71   66.67 - 100.00          3          4          3
            > ORG                      100.00   50.00   66.67    66.67 - 66.67          1          1          2
            > PER                      100.00  100.00  100.00  100.00 - 100.00          3          3          3
            > micro                     87.50   87.50   87.50   66.67 - 100.00          7          8          8
            > macro                     91.67   83.33   84.13
            >
            > relaxed (nervaluate)  precision  recall      F1    correct  incorrect    partial     missed   spurious
            > strict                    87.50   87.50   87.50          7          1          0          0          0
            >   LOC                    100.00  100.00  100.00          3          0          0          0          0
            >   ORG                     50.00   50.00   50.00          1          1          0          0          0
            >   PER                    100.00  100.00  100.00          3          0          0          0          0
            > exact                    100.00  100.00  100.00          8          0          0          0          0
            >   LOC                    100.00  100.00  100.00          3          0          0          0          0
            >   ORG                    100.00  100.00  100.00          2          0          0          0          0
            >   PER                    100.00  100.00  100.00          3          0          0          0          0
            > partial                  100.00  100.00  100.00          8          0          0          0          0
            >   LOC                    100.00  100.00  100.00          3          0          0          0          0
            >   ORG                    100.00  100.00  100.00          2          0          0          0          0
            >   PER                    100.00  100.00  100.00          3          0          0          0          0
            > type                      87.50   87.50   87.50          7          1          0          0          0
            >   LOC                    100.00  100.00  100.00          3          0          0          0          0
            >   ORG                     50.00   50.00   50.00          1          1          0          0          0
            >   PER                    100.00  100.00  100.00          3          0          0          0          0
            >
            > Interval: 1000 times 2 documents drawn with repetition.
            >
            > calibration           ECE before   after   mentions
            > LOC                       0.2462  0.2485          4
            > ORG                       0.0004  0.0182          1
            > PER                       0.0072  0.0579          3
            > all                       0.1204  0.1482          8
            >
            > ECE: expected calibration error, 10 bins; before and after the recipe's calibration.
            exit 0"#]],
    );
}

#[test]
fn json() {
    let dir = Dir::new();
    dir.write("gold.conll", GOLD);
    let ran = dir.run("eval --gold gold.conll --json");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let report: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    expect![[r#"{"documents":2,"files":1,"gold":8,"labels":null,"predicted":8,"schemes":["bio2"],"sentences":3,"sentences_read_alone":false,"tokens":24,"units":["tokens"]}"#]].assert_eq(&report["compared"].to_string());
    let f1 = report["exact"]["micro"]["f1"].as_f64().expect("a number");
    assert!((0.5..1.0).contains(&f1), "{f1}: nearly all is right, and the Rhine is no organization");
}

#[test]
fn labels_limit_both_sides() {
    let dir = Dir::new();
    dir.write("gold.conll", GOLD);
    let ran = dir.run("eval --gold gold.conll --json --labels PER");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    assert_eq!(report["compared"]["gold"], 3);
    assert_eq!(report["compared"]["predicted"], 3);
    assert_eq!(report["exact"]["micro"]["f1"], 1.0);
    let names: Vec<&String> = report["exact"]["labels"].as_object().expect("an object").keys().collect();
    assert_eq!(names, ["PER"]);
}

#[test]
fn a_line_that_is_neither_token_nor_record() {
    let dir = Dir::with_model("bert");
    dir.write("lone.conll", "Angela\tB-PER\nMerkel\n").write("tag.conll", "Angela B-PER\nMerkel PER\n");
    dir.write("mention.jsonl", "{\"text\":\"Bonn\",\"mentions\":[{\"start\":2,\"end\":9,\"label\":\"LOC\"}]}\n");
    dir.write("empty.conll", "\n\n").write("latin.conll", b"Bonn B-LOC\nK\xf6ln B-LOC\n");
    for (name, expected) in [
        (
            "lone.conll",
            expect![[r#"
            error: lone.conll:2: found "Merkel" alone, wanted a token, a tab or space, and a tag
            exit 2"#]],
        ),
        (
            "tag.conll",
            expect![[r#"
            error: tag.conll:2: found "PER" in the last column, wanted a tag: O, or a label after B-, I-, E- or S- (in BILOU, L- or U-)
            exit 2"#]],
        ),
        (
            "mention.jsonl",
            expect![[r#"
            error: mention.jsonl:1: found a mention from 2 to 9, wanted start < end <= 4, the code points of "text"
            exit 2"#]],
        ),
        (
            "empty.conll",
            expect![[r#"
            error: empty.conll: found no sentence and no record, wanted CoNLL columns or JSON lines
            exit 2"#]],
        ),
        (
            "latin.conll",
            expect![[r#"
            error: latin.conll:2: found bytes that are not UTF-8, wanted UTF-8
            exit 2"#]],
        ),
        (
            "missing.conll",
            expect![[r#"
            error: missing.conll: cannot read the gold file: No such file or directory (os error 2)
            exit 2"#]],
        ),
    ] {
        check(&dir.run(&format!("eval --model model --gold {name}")), expected);
    }
}

#[test]
fn our_own_records_are_gold_for_the_model_that_made_them() {
    let dir = Dir::new();
    let line = r#"{"id":"w1","title":"Merkel in Helsinki","text":"Angela Merkel met Sauli Niinistö in Helsinki."}"#;
    dir.write("wire.jsonl", line);
    assert_eq!(dir.run("tag wire.jsonl -o gold.jsonl --quiet").code, Some(0));
    let ran = dir.run("eval --gold gold.jsonl --json");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    assert!(report["compared"]["gold"].as_u64().is_some_and(|n| n >= 4), "{}", report["compared"]);
    assert_eq!(report["exact"]["micro"]["f1"], 1.0);
}
