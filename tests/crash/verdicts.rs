//! The same for the log of an analyst's decisions: killed two hundred times between a decision and
//! its answer, and broken off at every call in every way, it has everything that was acknowledged,
//! and nothing but what was decided.
//!
//! Whoever decides is this program itself, started anew with one test.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use dateline::verdicts::{Log, Op, Rule, verify};

use crate::common::Dir;

/// How many decisions there are to make.
const DECISIONS: &str = "DATELINE_DECISIONS";

/// Decides, and says so when it is told that the decision is safe: `ack 7`. Only where it was
/// started by one of the tests below.
#[test]
fn the_analyst() {
    let Some(n) = std::env::var(DECISIONS).ok().and_then(|n| n.parse::<u64>().ok()) else { return };
    let mut out = std::io::stdout().lock();
    let Ok((mut log, _)) = Log::open(Path::new("."), "out", "the analyst") else { return };
    for _ in 0..n {
        let next = log.next();
        let rule = Rule::words(format!("r{next}"), format!("Bonn {next}"), Some("LOC"));
        if log.append(vec![Op::Rule { rule }.into()], UNIX_EPOCH + Duration::from_secs(next)).is_err() {
            return;
        }
        let _ = writeln!(out, "ack {next}").and_then(|()| out.flush());
    }
}

fn analyst(dir: &Dir, n: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program is somewhere"));
    command
        .args(["--exact", "verdicts::the_analyst", "--nocapture", "--test-threads=1"])
        .current_dir(dir.path(""))
        .env(DECISIONS, n.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// The number in a line that acknowledges.
fn acknowledged(line: &str) -> Option<u64> {
    line.rsplit_once("ack ")?.1.trim().parse().ok()
}

/// Opens the log again: how many decisions are in it, each the one that was made.
fn found(dir: &Dir) -> u64 {
    let (log, replayed) = Log::open(&dir.path("."), "out", "the test").expect("whatever was left can be opened");
    for (n, entry) in (1..).zip(&replayed.entries) {
        let Op::Rule { rule } = &entry.decision.op else { panic!("{entry:?}") };
        assert_eq!((entry.n, rule.id.as_str()), (n, format!("r{n}").as_str()));
    }
    assert_eq!(replayed.remarks, Vec::<String>::new());
    assert_eq!(log.next(), replayed.entries.len() as u64 + 1);
    let report = verify(&dir.path(".")).expect("it can be read");
    assert_eq!(report.problems, Vec::<String>::new());
    replayed.entries.len() as u64
}

#[test]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    let dir = Dir::new();
    let (mut safe, mut unanswered) = (0, 0);
    for round in 0..200_u64 {
        let mut child: Child = analyst(&dir, 1_000_000).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        // After so many answers, and then at some moment between two of them.
        let mut left = round % 5;
        while let Some(Ok(line)) = lines.next() {
            safe = acknowledged(&line).unwrap_or(safe);
            if acknowledged(&line).is_some() {
                if left == 0 {
                    break;
                }
                left -= 1;
            }
        }
        std::thread::sleep(Duration::from_micros(round * 37 % 900));
        child.kill().expect("it is ours");
        child.wait().expect("it was killed");
        // What it said before it died counts too.
        safe = lines.map_while(Result::ok).filter_map(|line| acknowledged(&line)).last().unwrap_or(safe);
        let n = found(&dir);
        assert!(n >= safe && n <= safe + 1, "round {round}: {safe} were acknowledged, {n} are there");
        unanswered += n - safe;
        safe = n;
    }
    assert!(safe >= 400, "{safe} decisions, {unanswered} of them without an answer");
}

/// The analyst with the shim: the last number that was acknowledged, and how many calls it made.
fn break_off(dir: &Dir, shim: &Path, at: u64, how: &str, without: &str) -> (u64, u64) {
    let _ = fs::remove_file(dir.path("count"));
    let output = analyst(dir, 5)
        .env("LD_PRELOAD", shim)
        .env("CRASH_AT", at.to_string())
        .env("CRASH_HOW", how)
        .env("CRASH_WITHOUT", without)
        .env("CRASH_COUNT", dir.path("count"))
        .output()
        .expect("it starts");
    let last = String::from_utf8_lossy(&output.stdout).lines().filter_map(acknowledged).next_back().unwrap_or(0);
    let count = fs::read_to_string(dir.path("count")).ok().and_then(|count| count.parse().ok());
    (last, count.unwrap_or(0))
}

fn clear(dir: &Dir) {
    for name in dir.names().iter().filter(|name| name.starts_with("out.") || name.starts_with(".backup")) {
        fs::remove_file(dir.path(name)).expect("the directory is ours");
    }
}

#[test]
fn wherever_it_is_broken_off_what_was_acknowledged_is_there() {
    let dir = Dir::new();
    let Some(shim) = crate::shim(&dir) else { return };
    let (last, n_calls) = break_off(&dir, &shim, 0, "after", "");
    assert_eq!((last, found(&dir)), (5, 5));
    assert!(n_calls >= 10, "{n_calls} calls: a write and a sync for each decision");
    for how in crate::WAYS {
        for at in 1..=n_calls {
            clear(&dir);
            let (safe, _) = break_off(&dir, &shim, at, how, "");
            let n = found(&dir);
            assert!(n >= safe && n <= safe + 1, "{how} call {at}: {safe} were acknowledged, {n} are there");
        }
    }
    // And it is the sync that does it.
    let is_noticed = (1..=n_calls).any(|at| {
        clear(&dir);
        let (safe, _) = break_off(&dir, &shim, at, "power", "data");
        found(&dir) < safe
    });
    assert!(is_noticed, "without the sync nothing was lost either");
}
