//! `dateline inspect`: one article for a person to look at.

use expect_test::expect;

use crate::cli::check;
use crate::common::Dir;

const ARTICLE: &str = "Merkel to meet Niinistö in Helsinki

By Anna Kowalska

HELSINKI, March 3 (Reuters) - Chancellor Angela Merkel will meet President Sauli Niinistö on Friday, the Finnish \
Ministry for Foreign Affairs said.

\"Finland is ready,\" Niinistö said.
";

#[test]
fn an_article_as_an_analyst_looks_at_it() {
    let dir = Dir::new();
    dir.write("meeting.txt", ARTICLE);
    check(
        &dir.run("inspect meeting.txt"),
        expect![[r#"
            > meeting.txt  239 characters, 36 words, 5 sentences, 1 window
            >
            > headline
            > [Merkel]PER to meet [Niinistö]PER in [Helsinki]LOC
            >
            > byline
            > By [Anna Kowalska]PER
            >
            > dateline
            > [HELSINKI]LOC, March 3 ([Reuters]ORG) -
            >
            > body
            > Chancellor [Angela Merkel]PER will meet President [Sauli Niinistö]PER on Friday, the [Finnish Ministry for Foreign Affairs]ORG said.
            >
            > "[Finland]LOC is ready," [Niinistö]PER said.
            >
            > PER
            >   Sauli Niinistö                   ×3   0.32  also Niinistö
            >   Angela Merkel                    ×2   0.29  also Merkel
            >   Anna Kowalska                    ×1   0.00
            >
            > ORG
            >   Finnish Ministry for Foreign Affairs ×1   0.05
            >   Reuters                          ×1   0.04
            >
            > LOC
            >   Helsinki                         ×2   0.26  also HELSINKI
            >   Finland                          ×1   0.04
            >
            > topics
            >   politics                                   0.98  medtop:11000000
            >   arts, culture, entertainment and media     0.13  not given
            >   economy, business and finance              0.12  not given
            exit 0"#]],
    );
}

#[test]
fn what_each_step_saw() {
    let dir = Dir::new();
    dir.write("meeting.txt", "Angela Merkel left Bonn. It rained.");
    check(
        &dir.run("inspect meeting.txt --stage sentences"),
        expect![[r#"
        >     0  0..24          body         Angela Merkel left Bonn.
        >     1  25..35         body         It rained.
        exit 0"#]],
    );
    check(
        &dir.run("inspect meeting.txt --stage tokens"),
        expect![[r#"
        > token  bytes          sentence  casing       piece
        >     0  0..6                  0  Capitalised  angela  Angela
        >     1  7..10                 0  Capitalised  mer  Mer
        >     2  10..13                0  Capitalised    ##kel  kel
        >     3  14..18                0  Lower        left
        >     4  19..23                0  Capitalised  bonn  Bonn
        >     5  23..24                0  Lower        .
        >     6  25..27                1  Capitalised  it  It
        >     7  28..34                1  Lower        rained
        >     8  34..35                1  Lower        .
        exit 0"#]],
    );
    check(
        &dir.run("inspect meeting.txt --stage windows"),
        expect![[r#"
        > window  reads          decides        text decided
        >      0  0..9           0..9           Angela Merkel left Bonn. It rained.
        exit 0"#]],
    );
    check(
        &dir.run("inspect meeting.txt --stage mentions"),
        expect![[r#"
            > mention  bytes          label  score   sentence  zone         entity  text
            >       0  0..13          PER    0.9389         0  body              0  Angela Merkel
            >       1  19..23         LOC    0.9149         0  body              1  Bonn
            exit 0"#]],
    );
    // Numbers of the model differ in their last digits from CPU to CPU; what is likeliest does not.
    let logits = dir.run("inspect meeting.txt --stage logits");
    let likeliest: Vec<String> = logits
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(logits.code, Some(0));
    expect![[r#"
        0 Angela B-PER
        1 Merkel I-PER
        2 left O
        3 Bonn B-LOC
        4 . O
        5 It O
        6 rained O
        7 . O"#]]
    .assert_eq(&likeliest.join("\n"));
}

#[test]
fn an_article_cannot_command_the_terminal() {
    let dir = Dir::new();
    dir.write("hostile.txt", "Angela \u{1b}[31mMerkel\u{1b}[0m left \u{202e}nnoB\u{202c} for Bonn\u{7}.\n");
    for stage in ["", "--stage sentences", "--stage tokens", "--stage windows", "--stage logits", "--stage mentions"] {
        let ran = dir.run(&format!("inspect hostile.txt {stage}"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let commands = ['\u{1b}', '\u{202e}', '\u{202c}', '\u{7}'];
        assert!(!ran.stdout.contains(commands), "{stage}: {:?}", ran.stdout);
    }
    check(
        &dir.run("inspect hostile.txt"),
        expect![[r#"
            > hostile.txt  46 characters, 6 words, 1 sentence, 1 window
            >
            > body
            > [Angela]PER \u{1b}[31mMerkel\u{1b}[0m left \u{202e}nnoB\u{202c} for [Bonn]LOC\u{7}.
            >
            > PER
            >   Angela                           ×1   0.64
            >
            > LOC
            >   Bonn                             ×1   0.36
            >
            > topics
            >   science and technology                     0.45  medtop:13000000
            >   arts, culture, entertainment and media     0.44  medtop:01000000
            >   politics                                   0.35  not given
            >   disaster, accident and emergency incident  0.20  not given
            >   religion                                   0.17  not given
            exit 0"#]],
    );
}

#[test]
fn names_of_files_and_ids_cannot_either() {
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", "{\"id\":\"\\u001b[31mw1\\u202e\",\"text\":\"Bonn\"}\n{\"text\\u001b\":\"Bonn\"}\n");
    let ran = dir.run("inspect wire.jsonl --model model");
    assert!(ran.stdout.starts_with("\\u{1b}[31mw1\\u{202e}  "), "{:?}", ran.stdout);
    let ran = dir.run("inspect wire.jsonl --model model --record 1");
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    assert_eq!(ran.code, Some(2));
}

#[test]
fn no_text_at_all() {
    let dir = Dir::with_model("bert");
    dir.write("empty.jsonl", "{\"id\":\"w1\",\"text\":\"\"}\n");
    for stage in ["", "--stage sentences", "--stage tokens", "--stage windows", "--stage logits", "--stage mentions"] {
        let ran = dir.run(&format!("inspect empty.jsonl --model model {stage}"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{stage}");
    }
    check(
        &dir.run("inspect empty.jsonl --model model"),
        expect![[r#"
        > w1  0 characters, 0 words, 0 sentences, 0 windows
        exit 0"#]],
    );
}
