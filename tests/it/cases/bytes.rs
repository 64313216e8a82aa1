//! Cases 1 to 22: bytes and files.

use std::io::Write as _;
use std::process::Stdio;

use crate::cases::{tag, tag_in};
use crate::common::Dir;

#[test]
fn case_01_a_mark_at_the_start_is_no_text() {
    let found = tag("01-mark.jsonl", "-q").finished(2, &[]);
    assert_eq!(found.records[0]["id"], "a1");
}

#[test]
fn case_02_a_mark_inside_is_a_character() {
    let found = tag("02-mark-inside.jsonl", "-q").finished(1, &[]);
    assert_eq!(found.records[0]["text"], "\u{feff}Boats left \u{feff}Bonn.");
    assert_eq!(found.records[0]["coverage"]["chars"], 18);
}

#[test]
fn case_03_utf16_is_read_if_it_is_marked() {
    let found = tag("03-utf16.txt", "-q").finished(1, &[]);
    assert_eq!(
        (found.records[0]["text"].as_str(), found.warnings()),
        (Some("Boats left Zoë in Bonn."), vec!["utf-16le"])
    );
    tag("03-utf16-unmarked.txt", "").refused(&[
        "03-utf16-unmarked.txt",
        "looks like utf-16le",
        "hint: if so, say --encoding utf-16le",
    ]);
    tag("03-utf16-unmarked.txt", "-q --encoding utf-16le").finished(1, &[]);
}

#[test]
fn case_04_one_record_that_is_not_utf8() {
    let found = tag("04-not-utf8.jsonl", "-q").finished(2, &["invalid_utf8"]);
    assert_eq!(found.letters[0]["message"], "04-not-utf8.jsonl:2:13: byte 0xe9 is not UTF-8");
    assert!(found.letters[0]["raw_b64"].is_string());
}

#[test]
fn case_05_older_encodings_are_named_not_guessed() {
    tag("05-windows-1252.txt", "").finished(0, &["invalid_utf8"]).says("hint: name the encoding");
    let found = tag("05-windows-1252.txt", "-q --encoding windows-1252").finished(1, &[]);
    assert_eq!(found.records[0]["text"], "Café in Bonn – “Zoë”");
    assert_eq!(found.warnings(), ["windows-1252"]);
}

#[test]
fn case_06_surrogates_and_overlong_forms_are_not_utf8() {
    tag("06-surrogates-and-overlong.jsonl", "-q").finished(1, &["invalid_utf8", "invalid_utf8"]);
}

#[test]
fn case_07_nul_is_a_character_only_in_an_escape() {
    let found = tag("07-nul.jsonl", "-q --offsets").finished(1, &["invalid_json", "invalid_json"]);
    assert_eq!(found.records[0]["text"], "Boats\0left Bonn.");
}

#[test]
fn case_08_line_ends_of_all_kinds() {
    let found = tag("08-line-ends.jsonl", "").finished(3, &[]).says("blank lines: 1");
    assert!(!String::from_utf8(found.dir.read("out.jsonl")).expect("UTF-8").contains('\r'));
}

#[test]
fn case_09_separators_of_unicode_end_no_record() {
    tag("09-separators.jsonl", "-q --offsets").finished(1, &[]);
}

#[test]
fn case_10_the_last_line_may_have_no_end_but_must_be_whole() {
    tag("10-no-line-end.jsonl", "-q").finished(2, &[]);
    tag("10-torn.jsonl", "-q").finished(1, &["truncated_json"]);
}

#[test]
fn case_11_blank_lines_are_counted_and_empty_files_are_empty_outputs() {
    let found = tag("11-blank.jsonl", "").finished(2, &[]).says("blank lines: 5");
    let manifest = String::from_utf8(found.dir.read("out.manifest.json")).expect("UTF-8");
    assert!(manifest.contains("\"read\": 7,") && manifest.contains("\"blank\": 5,"), "{manifest}");
    let found = tag("11-empty.jsonl", "-q").finished(0, &[]);
    assert_eq!(found.dir.read("out.jsonl"), b"");
}

#[test]
fn case_12_a_line_over_the_limit_costs_itself() {
    let found = tag("12-too-long.jsonl", "-q --max-record-bytes 200").finished(2, &["record_too_large"]);
    assert_eq!((&found.letters[0]["byte_len"], &found.letters[0]["byte_offset"]), (&1011.into(), &38.into()));
    assert_eq!(found.letters[0]["raw"].as_str().map(str::len), Some(200));
}

/// A line of 300 MB in a pipe takes no more memory than the longest that is allowed.
#[cfg(target_os = "linux")]
#[test]
fn case_12_memory_is_flat_whatever_the_line() {
    let dir = Dir::with_model("bert");
    let mut command = dir.command("tag - --model model --quiet --input-format jsonl --max-record-bytes 8MiB");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    let megabyte = vec![b'x'; 1 << 20];
    stdin.write_all(b"{\"text\":\"").expect("the program reads");
    for _ in 0..300 {
        stdin.write_all(&megabyte).expect("the program reads");
    }
    stdin.write_all(b"\"}\n").expect("the program reads");
    let mut answers = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().expect("it is piped")));
    let answer = answers.next().expect("an answer").expect("UTF-8");
    assert!(answer.contains("record_too_large") && answer.contains("\"byte_len\":314572811"), "{:.300}", answer);
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it is still there");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux counts it");
    let peak: f64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak < 120e3, "{peak} kB for a line of 300 MB");
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
}

#[test]
fn case_13_an_array_is_read_as_one() {
    tag("13-array.json", "-q").finished(2, &[]);
    tag("13-array.jsonl", "").finished(2, &[]).says("the ending says JSON lines and it is JSON; read as it is");
}

#[test]
fn case_14_all_members_and_frames_are_read() {
    tag("14-members.jsonl.gz", "-q").finished(2, &[]);
    tag("14-frames.jsonl.zst", "-q").finished(2, &[]);
}

#[test]
fn case_15_damaged_gzip_is_no_success() {
    tag("15-truncated.jsonl.gz", "").refused(&["15-truncated.jsonl.gz: gzip data are damaged or cut short at byte"]);
    tag("15-wrong-checksum.jsonl.gz", "")
        .refused(&["15-wrong-checksum.jsonl.gz: gzip data are damaged or cut short at byte"]);
}

#[test]
fn case_16_what_follows_gzip_is_told() {
    tag("16-trailing.jsonl.gz", "").finished(2, &[]).says("what follows the compressed data, from byte");
}

#[test]
fn case_17_a_decompression_bomb_is_seen() {
    tag("17-bomb.txt.zst", "--max-record-bytes 1MiB").refused(&[
        "17-bomb.txt.zst",
        "looks like a decompression bomb",
        "hint: ",
    ]);
}

#[test]
fn case_18_the_first_bytes_decide_not_the_ending() {
    tag("18-not-compressed.jsonl.gz", "")
        .finished(2, &[])
        .says("the ending says gzip and it is not compressed; read as it is");
    tag("18-compressed.jsonl", "").finished(2, &[]).says("the ending does not say so, and it is gzip; decompressed");
}

#[test]
fn case_19_a_directory_is_its_files_in_order() {
    let dir = Dir::with_model("bert");
    for name in ["in/b.txt", "in/a/z.txt", "in/a.txt", "in/B.txt"] {
        dir.write(name, "Boats left Bonn.");
    }
    let found = tag_in(dir, "in", "-q").finished(4, &[]);
    let ids: Vec<&str> = found.records.iter().filter_map(|record| record["id"].as_str()).collect();
    assert_eq!(ids, ["B.txt", "a.txt", "a/z.txt", "b.txt"]);
}

/// A directory with a named pipe in it, called `pipe`.
#[cfg(unix)]
fn with_pipe() -> Dir {
    let dir = Dir::with_model("bert");
    let made = std::process::Command::new("mkfifo").arg(dir.path("pipe")).status();
    assert!(made.expect("there is mkfifo").success());
    dir
}

#[cfg(unix)]
#[test]
fn case_19_a_named_pipe_is_read_and_cannot_be_read_again() {
    let dir = with_pipe();
    let path = dir.path("pipe");
    let writer = std::thread::spawn(move || std::fs::write(path, "{\"text\":\"Boats left Bonn.\"}\n"));
    let found = tag_in(dir, "pipe", "").finished(1, &[]);
    found.says("it cannot be resumed");
    writer.join().expect("it ends").expect("somebody reads");
}

#[test]
fn case_20_what_cannot_be_read_is_named() {
    tag_in(Dir::with_model("bert"), "gone.jsonl", "").refused(&["gone.jsonl: cannot be opened"]);
}

/// In a directory it costs itself.
#[cfg(unix)]
#[test]
fn case_20_what_cannot_be_read_in_a_directory_is_reported_and_skipped() {
    let dir = Dir::with_model("bert");
    dir.write("in/a.txt", "Boats left Bonn.").write("in/c.txt", "Turku slept.");
    std::os::unix::fs::symlink("nowhere", dir.path("in/b.txt")).expect("the directory is ours");
    let ran = dir.run("tag in --model model -o out.jsonl");
    assert!(ran.stderr.contains("note: in/b.txt: cannot be opened: No such file or directory (os error 2); skipped"));
    assert_eq!((dir.objects("out.jsonl").len(), ran.code), (2, Some(3)), "{}", ran.stderr);
    // Where it is all that there is, it is the end.
    std::fs::create_dir(dir.path("other")).expect("the directory is ours");
    std::os::unix::fs::symlink("nowhere", dir.path("other/b.txt")).expect("the directory is ours");
    let ran = dir.run("tag other --model model");
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("error: other/b.txt: cannot be opened"), "{}", ran.stderr);
}

/// It was there when the run began.
#[cfg(unix)]
#[test]
fn case_20_what_vanishes_is_named() {
    let dir = with_pipe();
    dir.write("b.jsonl", "{\"text\":\"Turku slept.\"}\n");
    let (pipe, file) = (dir.path("pipe"), dir.path("b.jsonl"));
    let writer = std::thread::spawn(move || {
        let mut pipe = std::fs::File::options().write(true).open(pipe)?;
        std::fs::remove_file(file)?;
        pipe.write_all(b"{\"text\":\"Boats left Bonn.\"}\n")
    });
    tag_in(dir, "pipe b.jsonl", "").refused(&["b.jsonl: cannot be opened"]);
    writer.join().expect("it ends").expect("somebody reads");
}

#[test]
fn case_21_an_input_that_changed_is_not_resumed() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n{\"text\":7}\n");
    let found = tag_in(dir, "in.jsonl", "-q --on-error fail").refused(&["in.jsonl:2:9"]);
    assert!(found.dir.path("out.ckpt").exists());
    found.dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n{\"text\":\"\"}\n");
    tag_in(found.dir, "in.jsonl", "-q")
        .refused(&["out.ckpt: belongs to another run: the input has changed: in.jsonl has changed", "hint: "]);
}

#[cfg(unix)]
#[test]
fn case_22_file_names_of_any_bytes_work() {
    use std::os::unix::ffi::OsStringExt as _;
    let dir = Dir::with_model("bert");
    for name in [b"line\nfeed.txt".to_vec(), b"caf\xe9.txt".to_vec(), b"-dash.txt".to_vec(), b"\x1b[31m.txt".to_vec()] {
        let name = std::ffi::OsString::from_vec(name);
        std::fs::create_dir_all(dir.path("in")).expect("the directory is ours");
        std::fs::write(dir.path("in").join(name), b"Boats left Bonn. \xff").expect("the directory is ours");
    }
    let found = tag_in(dir, "in", "").finished(0, &["invalid_utf8"; 4]);
    assert!(!found.ran.stderr.contains('\u{1b}') && !found.ran.stderr.contains("line\nfeed"), "{}", found.ran.stderr);
    let ids: Vec<&str> = found.letters.iter().filter_map(|letter| letter["id"].as_str()).collect();
    assert_eq!(ids, ["\u{1b}[31m.txt", "-dash.txt", "caf\\xe9.txt", "line\nfeed.txt"]);
}
