//! What was acknowledged is there, and what was changed shows.

use std::fs;
use std::path::Path;

use expect_test::expect;

use crate::error::UserError as _;
use crate::verdicts::tests::{at, is, line, open};
use crate::verdicts::{Decision, Log, LogError, Op, Reach, Rule, directory, read_all, verify};

fn some(n: usize) -> Vec<Decision> {
    let line = line("a", &[("text", "In [LOC 0.5 Bonn].")], serde_json::Value::Null);
    let opened = open(&line);
    (0..n).map(|i| is(&opened, 0, Some(if i % 2 == 0 { "PER" } else { "ORG" }), Reach::Here)).collect()
}

fn write(dir: &Path, n: usize) {
    let (mut log, _) = Log::open(dir, "ana", "process 1").expect("a log");
    for (i, decision) in some(n).into_iter().enumerate() {
        log.append(vec![decision], at(i as u64)).expect("written");
    }
}

#[test]
fn a_line_is_as_the_page_says() {
    let dir = tempfile::tempdir().expect("a directory");
    assert_eq!(directory(Path::new("a/out.jsonl")), Path::new("a/out.verdicts"));
    write(dir.path(), 2);
    let text = fs::read_to_string(dir.path().join("ana.jsonl")).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    expect![[r#"{"v":1,"n":1,"at":"2026-11-28T05:46:12.000Z","op":"mention","article":"9d3a2a9b98353a265aa3129efe68e3e4","field":"text","span":[3,7],"words":"Bonn","around":["In ","."],"saw":{"label":"LOC","score":0.5,"model":"m"},"say":{"label":"PER"},"id":"a","sketch":"d5a2c7c1","prev":"0000000000000000","sum":"9e028178dd2fa3cf"}"#]].assert_eq(lines[0]);
    let prev = format!("\"prev\":\"{}\"", super::super::read::digest(lines[0].as_bytes()));
    assert!(lines[1].contains(&prev) && lines[1].contains("\"n\":2"), "{}", lines[1]);
}

#[test]
fn what_was_not_finished_is_put_aside() {
    let dir = tempfile::tempdir().expect("a directory");
    write(dir.path(), 3);
    let path = dir.path().join("ana.jsonl");
    let whole = fs::read(&path).expect("bytes");
    let third = whole[..whole.len() - 1].iter().rposition(|&byte| byte == b'\n').expect("three lines") + 1;
    for cut in (third + 1..whole.len()).step_by(5) {
        fs::write(&path, &whole[..cut]).expect("written");
        let (log, replayed) = Log::open(dir.path(), "ana", "process 1").expect("a log");
        assert_eq!((replayed.entries.len(), log.next()), (2, 3), "{cut}");
        let torn = replayed.torn.expect("something was torn");
        assert_eq!(fs::read(&torn).expect("kept"), [&whole[third..cut], b"\n"].concat());
        assert_eq!(fs::read(&path).expect("bytes"), whole[..third]);
        fs::remove_file(torn).expect("ours");
    }
    // Nothing that was whole is torn.
    fs::write(&path, &whole).expect("written");
    let (mut log, replayed) = Log::open(dir.path(), "ana", "process 1").expect("a log");
    assert!(replayed.torn.is_none() && replayed.remarks.is_empty());
    log.append(some(1), at(9)).expect("written");
    drop(log);
    assert_eq!(verify(dir.path()).expect("readable").problems, Vec::<String>::new());
}

#[test]
fn several_come_together_or_not_at_all() {
    let dir = tempfile::tempdir().expect("a directory");
    let (mut log, _) = Log::open(dir.path(), "ana", "process 1").expect("a log");
    log.append(some(1), at(0)).expect("written");
    log.append(some(3), at(1)).expect("written");
    drop(log);
    let path = dir.path().join("ana.jsonl");
    let whole = fs::read(&path).expect("bytes");
    let ends: Vec<usize> = (0..whole.len()).filter(|&i| whole[i] == b'\n').map(|i| i + 1).collect();
    for cut in (ends[0] + 1..whole.len()).step_by(7).chain([ends[1], ends[2], whole.len() - 1]) {
        fs::write(&path, &whole[..cut]).expect("written");
        let (log, replayed) = Log::open(dir.path(), "ana", "process 1").expect("a log");
        assert_eq!((replayed.entries.len(), log.next()), (1, 2), "{cut} of {ends:?}");
        fs::remove_file(replayed.torn.expect("torn")).expect("ours");
        drop(log);
        assert_eq!(verify(dir.path()).expect("readable").problems, Vec::<String>::new());
    }
}

#[test]
fn every_changed_byte_is_found() {
    let dir = tempfile::tempdir().expect("a directory");
    write(dir.path(), 3);
    let path = dir.path().join("ana.jsonl");
    let whole = fs::read(&path).expect("bytes");
    assert!(verify(dir.path()).expect("readable").problems.is_empty());
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] = if changed[at] == b'7' { b'8' } else { b'7' };
        fs::write(&path, changed).expect("written");
        assert!(!verify(dir.path()).expect("readable").problems.is_empty(), "byte {at}");
    }
    let lines: Vec<&[u8]> = whole.split_inclusive(|&byte| byte == b'\n').collect();
    for changed in
        [[lines[0], lines[2]].concat(), [lines[1], lines[2]].concat(), [lines[0], lines[2], lines[1]].concat()]
    {
        fs::write(&path, changed).expect("written");
        assert!(!verify(dir.path()).expect("readable").problems.is_empty());
    }
    fs::write(&path, [lines[0], b"{\"v\":2,\"op\":\"new\"}\n"].concat()).expect("written");
    let problems = verify(dir.path()).expect("readable").problems.join("; ");
    assert!(problems.contains(":2: found version 2, wanted an entry"), "{problems}");
}

#[test]
fn one_writer_a_log_and_the_other_is_told_who() {
    let dir = tempfile::tempdir().expect("a directory");
    let (_log, _) = Log::open(dir.path(), "ana", "process 4711, dateline review").expect("a log");
    let error = Log::open(dir.path(), "ana", "process 2").expect_err("it is locked");
    assert!(error.to_string().ends_with("ana.jsonl: process 4711, dateline review writes it"), "{error}");
    assert!(error.hint().is_some());
    Log::open(dir.path(), "ben", "process 2").expect("another log");
    for name in ["", "../x", "a/b", ".hidden", "a b", "-x"] {
        assert!(matches!(Log::open(dir.path(), name, ""), Err(LogError::Name { .. })), "{name:?}");
    }
}

#[cfg(unix)]
#[test]
fn logs_are_private_and_no_links() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let inner = dir.path().join("out.verdicts");
    write(&inner, 1);
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&inner), mode(&inner.join("ana.jsonl"))), (0o700, 0o600));
    fs::write(dir.path().join("elsewhere"), "").expect("written");
    std::os::unix::fs::symlink(dir.path().join("elsewhere"), inner.join("ben.jsonl")).expect("linked");
    assert!(matches!(Log::open(&inner, "ben", ""), Err(LogError::File { doing: "opened", .. })));
    fs::create_dir(inner.join("eve.jsonl")).expect("made");
    assert!(Log::open(&inner, "eve", "").is_err());
}

#[test]
fn all_logs_of_a_directory_are_read() {
    let dir = tempfile::tempdir().expect("a directory");
    assert!(read_all(&dir.path().join("none")).expect("nothing is no error").0.is_empty());
    write(dir.path(), 2);
    let (mut log, _) = Log::open(dir.path(), "ben", "").expect("a log");
    let rule = Rule::words("r1", "Bonn", Some("LOC"));
    log.append(vec![Op::Rule { rule }.into()], at(5)).expect("written");
    // A line that is being written is not in it.
    let mut bytes = fs::read(dir.path().join("ana.jsonl")).expect("bytes");
    bytes.extend_from_slice(b"{\"v\":1");
    fs::write(dir.path().join("ana.jsonl"), bytes).expect("written");
    let (verdicts, remarks) = read_all(dir.path()).expect("readable");
    assert_eq!(remarks, Vec::<String>::new());
    assert_eq!(
        verdicts.analysts().iter().map(|a| (a.name.as_str(), a.entries().len())).collect::<Vec<_>>(),
        [("ana", 2), ("ben", 1)]
    );
    assert_eq!(verdicts.rules()[0].by, "ben");
}
