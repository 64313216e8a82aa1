//! `dateline summary`: who, where and what an output is about.

use expect_test::expect;
use serde_json::{Value, json};

use crate::cli::check;
use crate::common::Dir;

/// A record that names these: label, name, mentions, salience.
fn record(id: &str, entities: &[(&str, &str, usize, f64)], topics: Option<&[&str]>) -> Value {
    let (mut text, mut mentions, mut all) = (String::new(), Vec::new(), Vec::new());
    for (entity, (label, name, n, salience)) in entities.iter().enumerate() {
        let first = mentions.len();
        for _ in 0..*n {
            let start = text.chars().count();
            text.push_str(name);
            mentions.push(json!({
                "start": start, "end": text.chars().count(), "label": label, "text": name, "score": 0.9, "field": "text",
                "zone": "body", "sentence": 0, "entity": entity,
            }));
            text.push(' ');
        }
        all.push(json!({
            "id": entity, "label": label, "name": name, "aliases": [], "salience": salience,
            "mentions": (first..mentions.len()).collect::<Vec<_>>(),
        }));
    }
    let n = text.chars().count();
    let mut record = json!({
        "id": id, "text": text, "mentions": mentions, "entities": all, "coverage": { "chars": n, "read": n, "windows": 1 },
        "warnings": ["language:fin"], "tagger": { "version": "1", "model": "m", "recipe": "r" },
    });
    if let Some(topics) = topics {
        record["topics"] =
            topics.iter().map(|topic| json!({ "code": format!("t:{topic}"), "label": topic, "score": 0.9 })).collect();
    }
    record
}

/// Two records and a dead letter, as they stand on standard output.
fn dir() -> Dir {
    let dir = Dir::new();
    let first = [
        ("PERSON", "Zoë Kovač", 2, 0.5),
        ("GPE", "BONN", 1, 0.3),
        ("ORGANIZATION", "=1+1", 1, 0.1),
        ("DATE", "May", 1, 0.1),
    ];
    let second = [("PERSON", "Zoe Kovac", 1, 0.5), ("LOCATION", "Bonn", 1, 0.5), ("PERSON", "Author, The", 3, 0.0)];
    let letter = json!({
        "source": "in.jsonl", "record": 2, "byte_offset": 9, "byte_len": 1, "sha256": "", "code": "invalid_json", "stage": "parse",
        "message": "m", "raw": "{", "line": 3, "item": 2, "id": "in.jsonl:3",
    });
    let (first, second) = (record("a", &first, Some(&["politics", "sport"])), record("b", &second, Some(&["sport"])));
    let third = record("c", &[], Some(&[]));
    dir.write("out.jsonl", format!("{first}\n{second}\n\n{{\"error\":{letter}}}\n{third}\n"));
    dir
}

#[test]
fn names_are_counted_by_kind_whatever_the_label_set() {
    let dir = dir();
    check(
        &dir.run("summary out.jsonl"),
        expect![[r#"
        > 3 articles, 1 dead letter; mentions: PERSON 6, GPE 1, ORGANIZATION 1, DATE 1, LOCATION 1
        >
        > people                                          mentions  articles
        >   Zoë Kovač                                            3         2
        >
        > places                                          mentions  articles
        >   Bonn                                                 2         2
        >
        > organizations                                   mentions  articles
        >   =1+1                                                 1         1
        >
        > topics                                          articles
        >   sport                                                2
        >   politics                                             1
        >   (no topic)                                           1
        >
        > warnings                                        articles
        >   language:fin                                         3
        >
        > dead letters                                    articles
        >   invalid_json                                         1
        exit 0"#]],
    );
    // The label set of the built-in model, and no dead letter.
    dir.write("per.jsonl", record("a", &[("PER", "Zoë", 1, 1.0)], None).to_string());
    check(
        &dir.run("summary per.jsonl out.jsonl --top 1"),
        expect![[r#"
        > 4 articles, 1 dead letter; mentions: PERSON 6, PER 1, GPE 1, ORGANIZATION 1, DATE 1, LOCATION 1
        >
        > people                                          mentions  articles
        >   Zoë Kovač                                            3         2
        >   … 1 more
        >
        > places                                          mentions  articles
        >   Bonn                                                 2         2
        >
        > organizations                                   mentions  articles
        >   =1+1                                                 1         1
        >
        > topics                                          articles
        >   sport                                                2
        >   … 1 more
        >   (no topic)                                           1
        >
        > warnings                                        articles
        >   language:fin                                         4
        >
        > dead letters                                    articles
        >   invalid_json                                         1
        exit 0"#]],
    );
    assert_eq!(dir.run_on("out.jsonl", "summary -").stdout, dir.run("summary out.jsonl").stdout);
}

#[test]
fn programs_read_json_and_spreadsheets_csv() {
    let dir = dir();
    check(
        &dir.run("summary out.jsonl --json --top 1"),
        expect![[r#"
            > {
            >   "articles": 3,
            >   "dead_letters": {
            >     "invalid_json": 1
            >   },
            >   "distinct_names": {
            >     "organizations": 1,
            >     "other": 1,
            >     "people": 1,
            >     "places": 1
            >   },
            >   "mentions": {
            >     "DATE": 1,
            >     "GPE": 1,
            >     "LOCATION": 1,
            >     "ORGANIZATION": 1,
            >     "PERSON": 6
            >   },
            >   "organizations": [
            >     {
            >       "articles": 1,
            >       "label": "ORGANIZATION",
            >       "mentions": 1,
            >       "name": "=1+1"
            >     }
            >   ],
            >   "other": [
            >     {
            >       "articles": 1,
            >       "label": "DATE",
            >       "mentions": 1,
            >       "name": "May"
            >     }
            >   ],
            >   "people": [
            >     {
            >       "articles": 2,
            >       "label": "PERSON",
            >       "mentions": 3,
            >       "name": "Zoë Kovač"
            >     }
            >   ],
            >   "places": [
            >     {
            >       "articles": 2,
            >       "label": "LOCATION",
            >       "mentions": 2,
            >       "name": "Bonn"
            >     }
            >   ],
            >   "topics": [
            >     {
            >       "articles": 2,
            >       "code": "t:sport",
            >       "label": "sport"
            >     }
            >   ],
            >   "warnings": {
            >     "language:fin": 3
            >   },
            >   "without_topic": 1
            > }
            exit 0"#]],
    );
    check(
        &dir.run("summary out.jsonl --csv -"),
        expect![[r#"
        > kind,label,name,mentions,articles
        > person,PERSON,Zoë Kovač,3,2
        > place,LOCATION,Bonn,2,2
        > organization,ORGANIZATION,'=1+1,1,1
        > other,DATE,May,1,1
        exit 0"#]],
    );
    check(&dir.run("summary out.jsonl --csv names.csv"), expect!["exit 0"]);
    assert_eq!(String::from_utf8(dir.read("names.csv")).expect("UTF-8"), dir.run("summary out.jsonl --csv -").stdout);
    check(
        &dir.run("summary out.jsonl --csv names.csv"),
        expect![[r#"
        error: names.csv: exists already
        hint: remove it, or name another with --csv; names.csv is never overwritten
        exit 2"#]],
    );
}

#[test]
fn what_is_no_output_is_refused_with_its_line() {
    let dir = dir();
    dir.write("in.jsonl", "{\"id\":1,\"text\":\"Bonn\"}\n");
    check(
        &dir.run("summary out.jsonl in.jsonl"),
        expect![[r#"
        error: in.jsonl:1: found only the keys "id", "text", wanted a record, which has "mentions", "entities", "coverage", "warnings", "tagger"
        hint: records are what dateline tag writes; --under KEY names the key that their added keys are under
        exit 2"#]],
    );
    dir.write("notes.txt", "Bonn\n");
    check(
        &dir.run("summary notes.txt"),
        expect![[r#"
        error: notes.txt:1: found expected value at column 1, wanted a JSON object on one line
        hint: records are what dateline tag writes, one on each line
        exit 2"#]],
    );
    check(
        &dir.run("summary nowhere.jsonl"),
        expect![[r#"
            error: nowhere.jsonl: cannot be opened: No such file or directory (os error 2)
            exit 2"#]],
    );
    dir.write("empty/x", "");
    check(
        &dir.run("summary empty"),
        expect![[r#"
        error: empty: no complete output in this directory
        hint: name the files, or see dateline status for how far each output is
        exit 2"#]],
    );
    dir.write("bytes.jsonl", b"{\"text\":\"\xff\"}\n");
    check(
        &dir.run("summary bytes.jsonl"),
        expect![[r#"
        error: bytes.jsonl:1: found bytes that are not UTF-8, wanted a tagged article
        exit 2"#]],
    );
}

/// What is beside an output tells how it was written, and what is missing in it.
#[test]
fn complete_outputs_and_parts_know_their_key_and_their_dead_letters() {
    let dir = Dir::with_model("bert");
    let line = |i: usize| match i % 5 {
        3 => format!("broken {i}\n"),
        _ => format!("{{\"text\":\"Captain Zoë No. {i} left Bonn for Turku.\"}}\n"),
    };
    dir.write("in.jsonl", (0..40).map(line).collect::<String>());
    let tag = "tag in.jsonl --model model -q --under ner";
    for name in ["whole.jsonl.gz", "whole.jsonl.zst", "whole.jsonl"] {
        assert_eq!(dir.run(&format!("{tag} -o {name}")).code, Some(3));
    }
    for part in ["0/3", "1/3", "2/3"] {
        assert_eq!(dir.run(&format!("{tag} -o parts/ --shard {part}")).code, Some(3));
    }
    let whole = dir.run("summary whole.jsonl");
    assert_eq!((whole.code, whole.stderr.as_str()), (Some(0), ""));
    assert!(whole.stdout.starts_with("32 articles, 8 dead letters; mentions: "), "{}", whole.stdout);
    for other in ["whole.jsonl.gz", "whole.jsonl.zst", "parts", "whole.jsonl whole.dead.jsonl"] {
        assert_eq!(dir.run(&format!("summary {other}")).stdout, whole.stdout, "{other}");
    }
    // Without its manifest it has to be told.
    std::fs::remove_file(dir.path("whole.manifest.json")).expect("it is there");
    assert_eq!(dir.run("summary whole.jsonl").code, Some(2));
    assert_eq!(dir.run("summary whole.jsonl whole.dead.jsonl --under ner").stdout, whole.stdout);
    dir.write("parts/part-00001-of-00003.jsonl", "");
    let damaged = dir.run("summary parts");
    assert_eq!(damaged.stderr, "note: parts/part-00001-of-00003.jsonl: damaged, not counted\n");
}

/// As `head -1` does.
#[cfg(unix)]
#[test]
fn a_pager_may_leave_early() {
    use std::process::Stdio;
    let dir = dir();
    for command in ["summary out.jsonl", "summary out.jsonl --csv -", "inspect out.jsonl", "status ."] {
        let mut child =
            dir.command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it can be waited for");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command}");
        assert_ne!(output.status.code(), Some(101), "{command}");
    }
}
