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
fn why_mentions_are_one_name() {
    let dir = Dir::new();
    dir.write("meeting.txt", ARTICLE);
    dir.run("tag meeting.txt -o out.jsonl");
    let after_why = |shown: &str| format!("why\n{}", shown.split_once("\nwhy\n").expect("a list of reasons").1);
    let of_article = after_why(&dir.run("inspect meeting.txt --why").stdout);
    let of_record = after_why(&dir.run("inspect out.jsonl --why").stdout);
    let list = |shown: &str| shown.split("\n\n").next().expect("a list").to_owned();
    expect![[r#"
        why
          Angela Merkel
            Merkel                         headline     first
            Angela Merkel                  body         surname
          Sauli Niinistö
            Niinistö                       headline     first
            Sauli Niinistö                 body         surname
            Niinistö                       body         surname
          Helsinki
            Helsinki                       headline     first
            HELSINKI                       dateline     same_words"#]]
    .assert_eq(list(&of_record).trim_end());
    assert_eq!(list(&of_article), list(&of_record), "the article and its record give the same reasons");
    dir.run("tag meeting.txt -o compact.jsonl --compact");
    let compact = dir.run("inspect compact.jsonl --why");
    assert!(compact.stdout.contains("not said in this record"), "{}", compact.stdout);
    assert_eq!(dir.run("inspect meeting.txt --why --stage mentions").code, Some(2));
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

/// An output with a record, a dead letter beside it, and a record under a key in another.
fn tagged() -> Dir {
    let dir = Dir::new();
    let text = serde_json::json!({ "id": "m1", "title": "Merkel to meet Niinistö", "text": ARTICLE });
    dir.write("in.jsonl", format!("{text}\n{{\"id\":\"m2\",\"text\":\"Bonn.\"}}\n{{\"id\":\"m3\",\"text\":7}}\n"));
    for more in ["-o out.jsonl", "-o under.jsonl.gz --under ner --offsets --embedding"] {
        assert_eq!(dir.run(&format!("tag in.jsonl -q --precision f32 {more}")).code, Some(3));
    }
    assert_eq!(dir.run("tag in.jsonl -q --precision f32").stdout.lines().count(), 3);
    dir
}

/// The stamp says which build of which model it was.
fn without_stamp(mut ran: crate::common::Ran) -> crate::common::Ran {
    let lines = ran.stdout.lines().map(|line| if line.starts_with("tagged by") { "tagged by  …" } else { line });
    ran.stdout = lines.map(|line| format!("{line}\n")).collect();
    ran
}

/// `--model nowhere` would be refused if a model were opened.
#[test]
fn a_record_is_shown_as_it_stands() {
    let dir = tagged();
    check(
        &without_stamp(dir.run("inspect out.jsonl --model nowhere")),
        expect![[r#"
        > m1  262 characters, 13 mentions, 7 names, 1 window
        >
        > text
        > [Merkel]PER to meet [Niinistö]PER in [Helsinki]LOC
        >
        > By [Anna Kowalska]PER
        >
        > [HELSINKI]LOC, March 3 ([Reuters]ORG) - Chancellor [Angela Merkel]PER will meet President [Sauli Niinistö]PER on Friday, the [Finnish Ministry for Foreign Affairs]ORG said.
        >
        > "[Finland]LOC is ready," [Niinistö]PER said.
        >
        > title
        > [Merkel]PER to meet [Niinistö]PER
        >
        > PER
        >   Sauli Niinistö                   ×4   0.38  also Niinistö
        >   Angela Merkel                    ×3   0.35  also Merkel
        >   Anna Kowalska                    ×1   0.00
        >
        > ORG
        >   Finnish Ministry for Foreign Affairs ×1   0.03
        >   Reuters                          ×1   0.03
        >
        > LOC
        >   Helsinki                         ×2   0.18  also HELSINKI
        >   Finland                          ×1   0.03
        >
        > topics
        >   politics                                   0.98  medtop:11000000
        >
        > coverage   262 of 262 characters read
        > tagged by  …
        exit 0"#]],
    );
    check(
        &without_stamp(dir.run("inspect under.jsonl.gz --record 1 --model nowhere")),
        expect![[r#"
        > m2  5 characters, 1 mention, 1 name, 1 window
        >
        > text
        > [Bonn]LOC.
        >
        > LOC
        >   Bonn                             ×1   1.00
        >
        > topics
        >   arts, culture, entertainment and media     0.67  medtop:01000000
        >   environment                                0.37  medtop:06000000
        >
        > coverage   5 of 5 characters read
        > embedding  384 numbers
        > tagged by  …
        exit 0"#]],
    );
    let by_id = dir.run("inspect under.jsonl.gz --id m2 --model nowhere");
    assert_eq!(by_id.stdout, dir.run("inspect under.jsonl.gz --record 1").stdout);
    check(
        &dir.run("inspect out.dead.jsonl --id m3 --model nowhere"),
        expect![[r#"
            > in.jsonl:3  a dead letter: record 2 of in.jsonl, 20 bytes
            >
            > wrong_type  in.jsonl:3:19: field "text" is a number: expected a string or a list of strings
            >
            > input
            > {"id":"m3","text":7}
            exit 0"#]],
    );
    check(
        &dir.run("inspect out.dead.jsonl --model nowhere"),
        expect![[r#"
            > in.jsonl:3  a dead letter: record 2 of in.jsonl, 20 bytes
            >
            > wrong_type  in.jsonl:3:19: field "text" is a number: expected a string or a list of strings
            >
            > input
            > {"id":"m3","text":7}
            exit 0"#]],
    );
    let piped = dir.run_on("out.jsonl", "inspect - --record 1 --model nowhere");
    assert_eq!((piped.code, piped.stdout), (Some(0), dir.run("inspect out.jsonl --record 1").stdout));
}

#[test]
fn a_record_that_is_not_there() {
    let dir = tagged();
    check(
        &dir.run("inspect out.jsonl --record 2"),
        expect![[r#"
        error: out.jsonl: no record 2: it has 2 records
        hint: records are counted from 0
        exit 2"#]],
    );
    check(
        &dir.run("inspect out.jsonl --id m9"),
        expect![[r#"
        error: out.jsonl: no record with the id "m9": it has 2 records
        exit 2"#]],
    );
    check(
        &dir.run("inspect in.jsonl --id m9"),
        expect![[r#"
        error: in.jsonl: no record with the id "m9": it has 3 records
        exit 2"#]],
    );
    let record = String::from_utf8(dir.read("out.jsonl")).expect("UTF-8");
    dir.write("broken.jsonl", record.replacen("\"start\":0", "\"start\":\"0\"", 1));
    check(
        &dir.run("inspect broken.jsonl"),
        expect![[r#"
        error: broken.jsonl:1: mentions[0].start: found string "0", wanted a whole number
        exit 2"#]],
    );
}

#[test]
fn an_article_of_a_record_can_be_tagged_again() {
    let dir = tagged();
    let fresh = dir.run("inspect in.jsonl --record 1 --precision f32").stdout;
    assert_eq!(dir.run("inspect in.jsonl --id m2 --precision f32").stdout, fresh);
    assert_eq!(dir.run("inspect out.jsonl --record 1 --precision f32 --tag").stdout, fresh);
    // These are no records, whatever is in them.
    dir.write("mine.jsonl", "\n{\"id\":\"m2\",\"text\":\"Bonn.\",\"mentions\":[],\"entities\":3}\n");
    assert_eq!(dir.run("inspect mine.jsonl --precision f32").stdout, fresh);
    assert_eq!(dir.run_on("mine.jsonl", "inspect - --precision f32").stdout, fresh);
    let stage = dir.run("inspect under.jsonl.gz --record 1 --stage sentences");
    assert_eq!(stage.stdout, dir.run("inspect in.jsonl --record 1 --stage sentences").stdout);
    assert!(stage.stdout.contains("Bonn."), "{}", stage.stdout);
}

#[test]
fn a_record_cannot_command_the_terminal() {
    let dir = Dir::with_model("bert");
    let text = "Zoë \\u001b[31m \\u202e left Bonn\\u0007. ".repeat(20);
    dir.write("in.jsonl", format!("{{\"id\":\"\\u001bx\",\"text\":\"{text}\"}}\n{{\"id\":\"\\u001b\",\"text\":\n"));
    assert_eq!(dir.run("tag in.jsonl --model model -q -o out.jsonl").code, Some(3));
    for command in ["inspect out.jsonl", "inspect out.dead.jsonl", "summary out.jsonl"] {
        let ran = dir.run(command);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{command}: {:?}", ran.stdout);
    }
}
