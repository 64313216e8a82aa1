//! `dateline tag -`: every line is answered by a line, in order, as soon as it comes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::Value;

use crate::common::Dir;

fn error_code(line: &str) -> Option<String> {
    let record: Value = serde_json::from_str(line).ok()?;
    record["error"]["code"].as_str().map(str::to_owned)
}

#[test]
fn one_line_in_one_line_out() {
    let dir = Dir::with_model("bert");
    let lines: [(&[u8], &str); 9] = [
        (b"{broken", "invalid_json"),
        (b"{\"text\":\"Boats left Bonn.\"}", ""),
        (b"", "blank"),
        (b"{\"title\":\"No text yet\",\"mentions\":[]}", "reserved_key"),
        (b"{\"story\":\"Turku\"}", "missing_text"),
        (b"[1,2]", "not_object"),
        (b"{\"headline\":\"Rhine rises\",\"body\":\"Quays closed.\"}", ""),
        (b"{\"text\":\"caf\xe9\"}", "invalid_utf8"),
        (b"{\"text\":\"Zo\\u00eb\"}\r", ""),
    ];
    dir.write("in", lines.map(|(line, _)| line).join(&b"\n"[..]));
    let ran = dir.run_on("in", "tag - --model model --quiet --input-format jsonl");
    assert_eq!(ran.code, Some(3));
    let answers: Vec<&str> = ran.stdout.split_terminator('\n').collect();
    assert_eq!(answers.len(), lines.len());
    for ((line, expected), answer) in lines.iter().zip(answers) {
        let found = if answer.is_empty() { "blank".to_owned() } else { error_code(answer).unwrap_or_default() };
        assert_eq!(found, *expected, "{}", String::from_utf8_lossy(line));
    }
}

/// What a line says does not depend on the lines before it: the first has no body, and the second
/// has.
#[test]
fn fields_are_chosen_line_by_line() {
    let dir = Dir::with_model("bert");
    dir.write(
        "in",
        "{\"title\":\"Bonn calls\"}\n{\"title\":\"Turku\",\"text\":\"Zoë left.\"}\n{\"content\":\"Rhine\"}\n",
    );
    let ran = dir.run_on("in", "tag - --model model --quiet");
    let chars: Vec<u64> = ran.records().iter().filter_map(|record| record["coverage"]["chars"].as_u64()).collect();
    assert_eq!(chars, [10, 14, 5]);
}

/// Who writes a line and then waits for the answer gets it.
#[test]
fn nobody_waits_for_ever() {
    let dir = Dir::with_model("bert");
    let mut command = dir.command("tag - --model model --quiet");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut answers = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    // Two bytes and a line feed are not enough to tell a compressed file by.
    for line in ["{}", "", "{\"text\":\"Boats left Bonn.\"}", "null", "{\"text\":\"Zoë\"}"] {
        stdin.write_all(format!("{line}\n").as_bytes()).expect("the program reads");
        let answer = answers.next().expect("an answer").expect("UTF-8");
        assert_eq!(answer.is_empty(), line.is_empty(), "{line}");
        assert_eq!(error_code(&answer).is_some(), !line.contains("text") && !line.is_empty(), "{line}: {answer}");
    }
    // Many at once are answered too.
    stdin.write_all("{\"text\":\"Boats left Bonn.\"}\n".repeat(500).as_bytes()).expect("the program reads");
    for _ in 0..500 {
        let answer = answers.next().expect("an answer").expect("UTF-8");
        assert_eq!(error_code(&answer), None);
    }
    drop(stdin);
    assert_eq!(answers.count(), 0);
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
}

/// The same records as from a file, whatever is at hand together.
#[test]
fn answers_are_the_records_of_a_file() {
    let dir = Dir::with_model("bert");
    let lines: String =
        (0..300).map(|i| format!("{{\"id\":{i},\"text\":\"Captain Zoë No. {i} left Bonn.\"}}\n")).collect();
    dir.write("in.jsonl", &lines);
    let from_file = dir.run("tag in.jsonl --model model --quiet");
    let filtered = dir.run_on("in.jsonl", "tag - --model model --quiet --threads 3");
    assert_eq!(filtered.stdout, from_file.stdout);
}

#[test]
fn text_is_still_text() {
    let dir = Dir::with_model("bert");
    dir.write("in", "Boats left Bonn.\n\nThe Rhine rises {sic}.\n");
    let ran = dir.run_on("in", "tag - --model model --quiet");
    assert_eq!((ran.code, ran.records().len()), (Some(0), 1));
    // Unless the user knows better.
    let ran = dir.run_on("in", "tag - --model model --quiet --input-format jsonl");
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(3), 3));
}
