//! SIGINT and SIGTERM leave what the same command resumes; a file that grows too long is an
//! error like any other.
#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::Dir;

fn corpus(n: usize) -> String {
    (0..n).map(|i| format!("{{\"id\":{i},\"text\":\"Captain Zoë No. {i} left Bonn for Turku.\"}}\n")).collect()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status();
    assert!(sent.expect("there is kill").success());
}

fn ended(child: &mut Child) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return status.code();
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "it has not ended after ten seconds");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Starts the command and waits until something of it is there.
fn begun(dir: &Dir, arguments: &str) -> Child {
    let child = dir.command(arguments).stderr(Stdio::null()).spawn().expect("the program starts");
    let begun = Instant::now();
    while std::fs::metadata(dir.path("out.jsonl.partial")).map_or(0, |found| found.len()) < 100_000 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing has been written");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

#[test]
fn case_76_a_signal_leaves_a_checkpoint() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", corpus(20_000));
    assert_eq!(dir.run("tag in.jsonl --model model -o whole.jsonl --quiet").code, Some(0));
    let command = "tag in.jsonl --model model -o out.jsonl --quiet";
    let mut n_interrupted = 0;
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = begun(&dir, command);
        signal(&child, name);
        let found = ended(&mut child);
        n_interrupted += u8::from(found == Some(code));
        if found == Some(code) {
            assert!(dir.path("out.ckpt").exists(), "long before the first eight megabytes");
        }
    }
    assert!(n_interrupted > 0, "it was too fast to be interrupted");
    let ran = dir.run("tag in.jsonl --model model -o out.jsonl");
    assert_eq!(ran.code, Some(0));
    assert!(ran.stderr.contains("resuming after"), "{}", ran.stderr);
    assert!(dir.read("out.jsonl") == dir.read("whole.jsonl"));
}

/// Not one more line is coming, so only the signal can end it.
#[test]
fn case_76_a_signal_ends_a_run_that_waits_for_input() {
    let dir = Dir::with_model("bert");
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut command = dir.command("tag - --model model --quiet --input-format jsonl");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        std::io::Write::write_all(&mut stdin, b"{\"text\":\"Bonn\"}\n").expect("the program reads");
        let mut answer = String::new();
        let mut stdout = std::io::BufReader::new(child.stdout.take().expect("it is piped"));
        std::io::BufRead::read_line(&mut stdout, &mut answer).expect("an answer comes");
        signal(&child, name);
        assert_eq!(ended(&mut child), Some(code));
        drop(stdin);
    }
}

/// SIGXFSZ, sent to who writes a file longer than it may, is an error.
#[test]
fn case_72_a_file_longer_than_allowed_is_an_error() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", corpus(2000));
    let program = env!("CARGO_BIN_EXE_dateline");
    let limited = format!("ulimit -f 100; exec {program} tag in.jsonl --model model -o out.jsonl --quiet");
    let output = Command::new("sh").arg("-c").arg(limited).current_dir(dir.path("")).output().expect("there is sh");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: out.jsonl: cannot be written: File too large"), "{stderr}");
    assert_eq!(dir.run("tag in.jsonl --model model -o out.jsonl --quiet").code, Some(0));
}
