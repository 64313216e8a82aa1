//! Articles that cannot be tagged: where they are, why, and how they come back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::common::Dir;

fn letters(dir: &Dir, name: &str) -> Vec<Value> {
    let text = String::from_utf8(dir.read(name)).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a dead letter is JSON")).collect()
}

fn ids(dir: &Dir, name: &str) -> Vec<String> {
    letters(dir, name).iter().map(|record| record["id"].to_string()).collect()
}

#[test]
fn a_dead_letter_says_where_the_record_is_and_has_its_bytes() {
    let dir = Dir::with_model("bert");
    let file = b"{\"text\":\"Boats left Bonn.\"}\n{\"text\":7}\r\n{\"text\":\"caf\xe9\"}\n".as_slice();
    dir.write("in.jsonl", file);
    let ran = dir.run("tag in.jsonl --model model -o out.jsonl --quiet");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(3), "", ""));
    assert_eq!(dir.read("out.jsonl").iter().filter(|&&byte| byte == b'\n').count(), 1);
    let letters = letters(&dir, "out.dead.jsonl");
    assert_eq!(
        letters.iter().map(|letter| letter["code"].as_str()).collect::<Vec<_>>(),
        [Some("wrong_type"), Some("invalid_utf8")]
    );
    for letter in &letters {
        let keys: Vec<&str> = letter.as_object().expect("an object").keys().map(String::as_str).collect();
        for key in ["source", "record", "byte_offset", "byte_len", "sha256", "code", "stage", "message"] {
            assert!(keys.contains(&key), "{keys:?}");
        }
        let raw = match &letter["raw"] {
            Value::String(raw) => raw.clone().into_bytes(),
            _ => STANDARD.decode(letter["raw_b64"].as_str().expect("one of the two")).expect("base64"),
        };
        let number = |key: &str| letter[key].as_u64().expect("a number") as usize;
        assert_eq!(&file[number("byte_offset")..][..number("byte_len")], raw);
        let digest: String = Sha256::digest(&raw).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(letter["sha256"], digest);
        assert_eq!(letter["source"], "in.jsonl");
    }
}

#[test]
fn given_back_with_what_was_missing_they_are_tagged() {
    let dir = Dir::with_model("bert");
    // The third and the fourth have their text in another field.
    dir.write(
        "in.jsonl",
        "{\"text\":\"Boats left Bonn.\"}\n{\"id\":\"b\",\"text\":\"Rhine\"}\n{\"story\":\"Turku slept.\"}\n{\"id\":\"d\",\"story\":\"Zoë\"}\n",
    );
    assert_eq!(dir.run("tag in.jsonl --model model -o out.jsonl --quiet").code, Some(3));
    assert_eq!(ids(&dir, "out.dead.jsonl"), [r#""in.jsonl:3""#, r#""in.jsonl:4""#]);
    let ran = dir.run("tag out.dead.jsonl --model model -o more.jsonl --field story --quiet");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let records = letters(&dir, "more.jsonl");
    assert_eq!(records[0]["story"], "Turku slept.");
    assert_eq!(records[1]["id"], "d");
    assert!(!dir.path("more.dead.jsonl").exists());
    // Without it they fail for the same reason, at the same place.
    assert_eq!(dir.run("tag out.dead.jsonl --model model -o again.jsonl --quiet").code, Some(3));
    let again = letters(&dir, "again.dead.jsonl");
    for (old, new) in letters(&dir, "out.dead.jsonl").iter().zip(&again) {
        for key in ["source", "record", "line", "byte_offset", "byte_len", "sha256", "code", "raw", "id"] {
            assert_eq!(old[key], new[key], "{key}");
        }
    }
}

/// What a broken record was in, JSON, text, or a table with a header, and in which encoding, is not
/// forgotten.
#[test]
fn text_and_tables_come_back_as_what_they_were() {
    let dir = Dir::with_model("bert");
    dir.write("in/a.txt", b"Caf\xe9 in Bonn".as_slice());
    dir.write("in/b.csv", b"id,text\nx1,Caf\xe9\nx2,Turku\nx3,a,b\n".as_slice());
    assert_eq!(dir.run("tag in --model model -o out.jsonl --quiet --max-dead 100").code, Some(3));
    assert_eq!(letters(&dir, "out.dead.jsonl").len(), 3);
    let ran = dir.run("tag out.dead.jsonl --model model -o more.jsonl --encoding windows-1252 --quiet");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(3), ""));
    let records = letters(&dir, "more.jsonl");
    assert_eq!(records.len(), 2);
    assert_eq!((&records[0]["id"], &records[0]["text"]), (&"a.txt".into(), &"Café in Bonn".into()));
    assert_eq!((&records[1]["id"], &records[1]["text"]), (&"x1".into(), &"Café".into()));
    assert_eq!(letters(&dir, "more.dead.jsonl")[0]["code"], "invalid_csv");
}

#[test]
fn lines_with_an_error_among_records_are_dead_letters_too() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n{\"story\":\"Turku slept.\"}\n");
    let stdout = dir.run("tag in.jsonl --model model --quiet").stdout;
    let errors: Vec<&str> = stdout.lines().filter(|line| line.starts_with("{\"error\"")).collect();
    dir.write("errors.jsonl", errors.join("\n"));
    let ran = dir.run("tag errors.jsonl --model model --field story --quiet");
    assert_eq!(ran.records()[0]["story"], "Turku slept.");
}

#[test]
fn a_record_that_was_too_long_is_not_taken_for_whole() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", format!("{{\"text\":\"Bonn\"}}\n{{\"text\":\"{}\"}}\n", "Bonn ".repeat(50_000)));
    assert_eq!(dir.run("tag in.jsonl --model model -o out.jsonl --quiet --max-record-bytes 200KiB").code, Some(3));
    let letter = &letters(&dir, "out.dead.jsonl")[0];
    assert_eq!((&letter["code"], &letter["byte_len"]), (&"record_too_large".into(), &250_011.into()));
    assert!(letter["raw"].as_str().is_some_and(|raw| raw.len() == 64 << 10));
    let whole = dir.read("in.jsonl");
    let digest: String = Sha256::digest(&whole[16..16 + 250_011]).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(letter["sha256"], digest);
    // Its first bytes are no article, whatever the limit is now.
    assert_eq!(dir.run("tag out.dead.jsonl --model model -o more.jsonl --quiet").code, Some(3));
    let again = &letters(&dir, "more.dead.jsonl")[0];
    assert_eq!(
        (&again["code"], &again["byte_len"], &again["sha256"]),
        (&"record_too_large".into(), &250_011.into(), &letter["sha256"])
    );
}

#[test]
fn a_line_that_is_none_among_dead_letters_is_named() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", "{\"story\":\"Turku slept.\"}\n{\"text\":\"Bonn\"}\n");
    assert_eq!(dir.run("tag in.jsonl --model model -o out.jsonl --quiet").code, Some(3));
    let mut letters_and_more = dir.read("out.dead.jsonl");
    letters_and_more.extend_from_slice(b"{\"text\":\"Bonn\"}\n");
    dir.write("mixed.jsonl", letters_and_more);
    let ran = dir.run("tag mixed.jsonl --model model --field story --quiet");
    let records = ran.records();
    assert_eq!(records[0]["story"], "Turku slept.");
    assert_eq!(records[1]["error"]["code"], "invalid_dead_letter");
}

#[test]
fn on_error_fail_ends_at_the_first() {
    let dir = Dir::with_model("bert");
    let lines: Vec<String> = (0..300)
        .map(|i| if i == 200 { "{\"text\":0}".to_owned() } else { format!("{{\"text\":\"Boat {i}\"}}") })
        .collect();
    dir.write("in.jsonl", lines.join("\n"));
    let ran = dir.run("tag in.jsonl --model model -o out.jsonl --quiet --on-error fail");
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.stderr,
        "error: in.jsonl:201:9: field \"text\" is a number: expected a string or a list of strings\n"
    );
    assert!(!dir.path("out.jsonl").exists());
    // On standard output everything before it is there.
    let ran = dir.run("tag in.jsonl --model model --quiet --on-error fail");
    assert_eq!((ran.code, ran.records().len()), (Some(1), 200));
    // The same command without it resumes.
    let ran = dir.run("tag in.jsonl --model model -o out.jsonl");
    assert_eq!(ran.code, Some(3));
    assert!(ran.stderr.contains("resuming after 200 articles"), "{}", ran.stderr);
    assert_eq!(dir.read("out.jsonl").iter().filter(|&&byte| byte == b'\n').count(), 299);
}

#[test]
fn too_many_end_the_run() {
    let dir = Dir::with_model("bert");
    // A corpus whose later files have their text in another field.
    let line = |i: usize| {
        if i < 900 { format!("{{\"text\":\"Boat {i}\"}}") } else { format!("{{\"story\":\"Boat {i}\"}}") }
    };
    dir.write("in.jsonl", (0..5000).map(line).collect::<Vec<_>>().join("\n"));
    let ran = dir.run("tag in.jsonl --model model -o out.jsonl --quiet");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("articles could not be tagged, more than 5 %: missing_text"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("hint: name the fields that hold text with --field; --max-dead 100 carries on"),
        "{}",
        ran.stderr
    );
    assert!(!dir.path("out.jsonl").exists());
    let ran = dir.run("tag in.jsonl --model model -o out.jsonl --quiet --max-dead 100");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(3), ""));
    assert_eq!(letters(&dir, "out.dead.jsonl").len(), 4100);
    // Where there are few, nothing can be said.
    dir.write("few.jsonl", (800..1100).map(line).collect::<Vec<_>>().join("\n"));
    assert_eq!(dir.run("tag few.jsonl --model model -o few.out.jsonl --quiet").code, Some(3));
}
