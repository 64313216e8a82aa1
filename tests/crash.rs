//! A run is broken off at every one of the system calls with which it changes its output, in every
//! way that there is: killed before and after it, in the middle of a write, with a full disk, with
//! a broken disk, and by a power cut that loses what was not synced. Run again by the same command
//! it gives the same bytes each time. `tests/crash/shim.c` does the breaking.
//!
//! And the test is tested: with one of the calls left out that make it so, some of these bytes are
//! others.
#![cfg(target_os = "linux")]

mod common;
#[path = "crash/index.rs"]
mod index;
#[path = "crash/verdicts.rs"]
mod verdicts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Dir, checkout};

const WAYS: [&str; 7] = ["before", "after", "short", "nospace", "io", "power", "names"];
const COMMAND: &str = "tag in.jsonl --model model -o out.jsonl --quiet --threads 1 --checkpoint-bytes 3000";

/// The shim, compiled; none where there is no C compiler.
fn shim(dir: &Dir) -> Option<PathBuf> {
    let library = dir.path("shim.so");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-D_FORTIFY_SOURCE=0", "-o"])
        .arg(&library)
        .arg(checkout("tests/crash/shim.c"))
        .arg("-ldl")
        .output();
    let Ok(compiled) = compiled else {
        common::skipped("there is no C compiler, so nothing is broken off");
        return None;
    };
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    Some(library)
}

/// One article in thirty cannot be tagged.
fn corpus() -> String {
    let line = |i: usize| match i % 30 {
        7 => format!("{{\"id\":\"a{i}\",\"text\":{i}}}\n"),
        _ => format!("{{\"id\":\"a{i}\",\"text\":\"Captain Zoë No. {i} left Bonn for Turku.\"}}\n"),
    };
    (0..450).map(line).collect()
}

/// The command with the shim before it: whether it came to its end, and how many calls it made.
fn break_off(dir: &Dir, shim: &Path, at: u64, how: &str, without: &str) -> (bool, u64) {
    let _ = fs::remove_file(dir.path("count"));
    let status = dir
        .command(COMMAND)
        .env("LD_PRELOAD", shim)
        .env("CRASH_AT", at.to_string())
        .env("CRASH_HOW", how)
        .env("CRASH_WITHOUT", without)
        .env("CRASH_COUNT", dir.path("count"))
        .stderr(Stdio::null())
        .status()
        .expect("it starts");
    let count = fs::read_to_string(dir.path("count")).ok().and_then(|count| count.parse().ok());
    (matches!(status.code(), Some(0 | 3)), count.unwrap_or(0))
}

/// Removes what a run leaves, so that another can begin in the same directory.
fn clear(dir: &Dir) {
    for name in dir.names().iter().filter(|name| name.starts_with("out.") || name.starts_with(".backup")) {
        fs::remove_file(dir.path(name)).expect("the directory is ours");
    }
}

/// Everything that a complete output is.
type Whole = [Option<Vec<u8>>; 3];

fn found(dir: &Dir) -> Whole {
    ["out.jsonl", "out.dead.jsonl", "out.manifest.json"].map(|name| fs::read(dir.path(name)).ok())
}

/// What is there after the command has been given again: the output, and the names of all files of
/// the run.
fn after_another_run(dir: &Dir, shim: &Path, without: &str) -> (Whole, Vec<String>) {
    // Some ways leave a run that refuses, or a complete one.
    let _ = break_off(dir, shim, 0, "after", without);
    (found(dir), dir.names().into_iter().filter(|name| name.starts_with("out.")).collect())
}

/// A directory with a corpus, and the shim; what an undisturbed run makes, and how many calls it
/// takes. None where there is no compiler.
fn undisturbed() -> Option<(Dir, PathBuf, Whole, u64)> {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", corpus());
    let shim = shim(&dir)?;
    let (finished, n_calls) = break_off(&dir, &shim, 0, "after", "");
    assert!(finished && n_calls > 60, "{n_calls} calls: too few checkpoints to break off at");
    let whole = found(&dir);
    assert!(whole.iter().all(Option::is_some), "records, dead letters and a manifest: {:?}", dir.names());
    Some((dir, shim, whole, n_calls))
}

#[test]
fn wherever_it_is_broken_off_the_same_bytes_come_in_the_end() {
    let Some((dir, shim, whole, n_calls)) = undisturbed() else { return };
    let mut n_broken = 0;
    for how in WAYS {
        for at in 1..=n_calls {
            clear(&dir);
            let (finished, _) = break_off(&dir, &shim, at, how, "");
            n_broken += u64::from(!finished);
            // Under its name it is complete, with all that belongs to it, or it is not there.
            if dir.path("out.jsonl").exists() {
                assert!(found(&dir) == whole, "{how} call {at}: an incomplete output has its name");
            }
            let (bytes, names) = after_another_run(&dir, &shim, "");
            assert!(bytes == whole, "{how} call {at}: other bytes, or none");
            assert_eq!(names, ["out.dead.jsonl", "out.jsonl", "out.manifest.json"], "{how} call {at}");
        }
    }
    assert!(n_broken > 5 * n_calls, "{n_broken} of {} runs were broken off", WAYS.len() as u64 * n_calls);
}

#[test]
fn broken_off_again_and_again() {
    let Some((dir, shim, whole, n_calls)) = undisturbed() else { return };
    let mut state = 1_u64;
    for round in 0..25 {
        clear(&dir);
        for _ in 0..5 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (at, how) = (1 + (state >> 33) % n_calls, WAYS[(state >> 20) as usize % WAYS.len()]);
            break_off(&dir, &shim, at, how, "");
        }
        let (bytes, _) = after_another_run(&dir, &shim, "");
        assert!(bytes == whole, "round {round}: other bytes, or none");
    }
}

/// A write that takes half of what it is given, and a call that a signal interrupts, are no errors.
#[test]
fn case_73_short_and_interrupted_writes_are_gone_on_with() {
    let Some((dir, shim, whole, n_calls)) = undisturbed() else { return };
    for how in ["half", "eintr"] {
        for at in 1..=n_calls {
            clear(&dir);
            let (finished, _) = break_off(&dir, &shim, at, how, "");
            assert!(finished && found(&dir) == whole, "{how} call {at}");
        }
    }
}

/// What a run says that is broken off in this way at each of its calls, where it says anything.
fn said(dir: &Dir, shim: &Path, at: u64, how: &str) -> String {
    clear(dir);
    let output = dir
        .command(COMMAND)
        .env("LD_PRELOAD", shim)
        .env("CRASH_AT", at.to_string())
        .env("CRASH_HOW", how)
        .env("CRASH_COUNT", dir.path("count"))
        .output()
        .expect("it starts");
    assert!(matches!(output.status.code(), Some(1 | 2)), "{how} call {at}: {:?}", output.status);
    assert!(!dir.path("out.jsonl").exists() || found(dir).iter().all(Option::is_some));
    String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn case_69_a_full_disk_says_how_much_is_safe() {
    let Some((dir, shim, _, n_calls)) = undisturbed() else { return };
    let said: Vec<String> = (1..=n_calls).map(|at| said(&dir, &shim, at, "nospace")).collect();
    let is_so = |said: &&String| {
        said.starts_with("error: disk full writing out.jsonl; ")
            && said.contains(" records safe: No space left on device")
            && said.ends_with("hint: free space and run the same command again\n")
    };
    let n_so = said.iter().filter(is_so).count() as u64;
    assert!(2 * n_so > n_calls, "{n_so} of {n_calls}: {said:?}");
    assert!(said.iter().filter(is_so).any(|said| !said.contains(" 0 records safe")), "{said:?}");
}

/// After a sync has failed the system may have thrown away what was to be synced, and a second one
/// would succeed.
#[test]
fn case_71_a_sync_that_fails_is_not_tried_again() {
    let Some((dir, shim, _, n_calls)) = undisturbed() else { return };
    for at in 1..=n_calls {
        let said = said(&dir, &shim, at, "io");
        assert!(said.contains("Input/output error"), "call {at}: {said}");
        // At most what is left to do for the other file and its checkpoint, and never the same
        // again.
        let n_more = fs::read_to_string(dir.path("count")).map_or(0, |count| count.parse::<u64>().unwrap_or(0)) - at;
        assert!(n_more <= 8, "call {at}: {n_more} more calls");
    }
}

/// Each of these mistakes shows somewhere, a writer that is not flushed (case 74) among them; if it
/// did not, neither would it in the tests above.
#[test]
fn case_74_mistakes_are_noticed() {
    let Some((dir, shim, whole, n_calls)) = undisturbed() else { return };
    for without in ["data", "temporary", "directory", "truncate", "flush", "order", "place"] {
        let is_noticed = (1..=n_calls).any(|at| {
            ["power", "names", "after", "short"].into_iter().any(|how| {
                clear(&dir);
                break_off(&dir, &shim, at, how, without);
                let too_early = dir.path("out.jsonl").exists() && found(&dir) != whole;
                too_early || after_another_run(&dir, &shim, without).0 != whole
            })
        });
        assert!(is_noticed, "with the mistake {without:?} everything went well");
        // And the mistake is not noticed because nothing works with it.
        clear(&dir);
        assert!(break_off(&dir, &shim, 0, "after", without).0, "{without}");
        assert!(found(&dir) == whole, "{without}: undisturbed, all is well");
    }
}
