//! The same for `dateline index`: whatever call it is broken off at, when it makes an index and when
//! it brings one up to date, what is there can be searched, and the same command ends with the same
//! answers and no article twice.
//!
//! What SQLite does at a power cut is for SQLite's own tests.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::common::{Dir, Ran};

const COMMAND: &str = "index in.jsonl -o out.db --quiet --commit-bytes 4000";
const WAYS: [&str; 5] = ["before", "after", "short", "nospace", "io"];
/// Calls at which it is broken off in each way, spread over all that there are.
const PLACES: u64 = 24;

/// Forty records; `of` tells two versions apart, in which most are the same.
fn records(of: &str) -> String {
    let record = |i: usize| {
        let name = if i.is_multiple_of(7) { format!("Ana {of}") } else { format!("Bo No{}", i % 5) };
        let n = name.chars().count();
        format!(
            "{{\"id\":\"a{i}\",\"date\":\"2024-01-{:02}\",\"text\":\"{name} left Bonn.\",\"mentions\":[{{\"start\":0,\"end\":{n},\
             \"label\":\"PER\",\"text\":\"{name}\",\"score\":0.9,\"field\":\"text\",\"zone\":\"body\",\"sentence\":0,\"entity\":0}}],\
             \"entities\":[{{\"id\":0,\"label\":\"PER\",\"name\":\"{name}\",\"aliases\":[],\"mentions\":[0],\"salience\":1.0}}],\
             \"coverage\":{{\"chars\":9,\"read\":9,\"windows\":1}},\"warnings\":[],\
             \"tagger\":{{\"version\":\"1\",\"model\":\"m\",\"recipe\":\"r\"}}}}\n",
            1 + i % 28
        )
    };
    (0..40).filter(|i| of == "Lind" || i % 9 != 0).map(record).collect()
}

fn break_off(dir: &Dir, shim: &Path, at: u64, how: &str) -> (Option<i32>, u64, String) {
    let _ = fs::remove_file(dir.path("count"));
    let output = dir
        .command(COMMAND)
        .env("LD_PRELOAD", shim)
        .env("CRASH_AT", at.to_string())
        .env("CRASH_HOW", how)
        .env("CRASH_COUNT", dir.path("count"))
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    let count = fs::read_to_string(dir.path("count")).ok().and_then(|count| count.parse().ok());
    (output.status.code(), count.unwrap_or(0), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn clear(dir: &Dir) {
    for name in dir.names().iter().filter(|name| name.starts_with("out.") || name.starts_with(".backup")) {
        fs::remove_file(dir.path(name)).expect("the directory is ours");
    }
}

/// All that one can ask, and whether the index is what it says.
fn answers(dir: &Dir) -> String {
    let verified = dir.run("verify out.db");
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    let found = dir.run("search out.db * --json -n 1000 --snippet 0 --facet person=1000,place=1000,date:day=1000");
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    found.stdout
}

/// Breaks `COMMAND` off everywhere, each time from what `before` leaves.
fn check(before: impl Fn(&Dir)) {
    let dir = Dir::new();
    let Some(shim) = crate::shim(&dir) else { return };
    before(&dir);
    let (code, n_calls, said) = break_off(&dir, &shim, 0, "after");
    assert_eq!(code, Some(0), "{said}");
    assert!(n_calls > 60, "{n_calls} calls: too few to break off at");
    let whole = answers(&dir);
    let mut n_broken = 0;
    for (i, how) in WAYS.into_iter().enumerate() {
        for place in 0..PLACES.min(n_calls) {
            let at = 1 + (place * n_calls / PLACES.min(n_calls) + i as u64 * 7) % n_calls;
            clear(&dir);
            before(&dir);
            let (code, _, said) = break_off(&dir, &shim, at, how);
            n_broken += u64::from(code != Some(0));
            if code.is_some_and(|code| code != 0) {
                assert!(said.starts_with("error: ") && !said.contains("panicked"), "{how} call {at}: {said}");
            }
            // What was committed can be searched, and each article is there once.
            if dir.path("out.db").metadata().is_ok_and(|file| file.len() > 0) {
                let Ran { stdout, code, stderr } = dir.run("search out.db * --ids -n 1000");
                // Killed while it makes its tables it is put back to nothing.
                let is_nothing = stderr.starts_with("error: out.db: found an empty file, wanted an index");
                assert!(matches!(code, Some(0 | 1)) || is_nothing, "{how} call {at}: {stderr}");
                let mut ids: Vec<&str> = stdout.lines().collect();
                let n = ids.len();
                ids.sort_unstable();
                ids.dedup();
                assert_eq!(ids.len(), n, "{how} call {at}: an article is there twice");
            }
            let again = dir.run(COMMAND);
            assert_eq!(again.code, Some(0), "{how} call {at}: {}", again.stderr);
            assert_eq!(answers(&dir), whole, "{how} call {at}");
            let left: Vec<String> = dir.names().into_iter().filter(|name| name.starts_with("out.")).collect();
            assert_eq!(left, ["out.db"], "{how} call {at}");
        }
    }
    assert!(n_broken > 3 * PLACES.min(n_calls), "{n_broken} runs were broken off");
}

#[test]
fn case_66_an_index_that_is_made_ends_the_same() {
    check(|dir| {
        dir.write("in.jsonl", records("Lind"));
    });
}

#[test]
fn case_66_an_index_that_is_brought_up_to_date_ends_the_same() {
    check(|dir| {
        dir.write("in.jsonl", records("Lind"));
        let made = dir.run(COMMAND);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        dir.write("in.jsonl", records("Berg"));
    });
}
