//! Cases 69 to 82: the operating system. Full and broken disks, short writes and kills are in
//! `tests/crash.rs`, signals in `tests/runs/`.

use std::fs;

use crate::cases::tag_in;
use crate::common::{Dir, checkout};

fn dir() -> Dir {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n{\"text\":\"Turku slept.\"}\n");
    dir
}

#[cfg(target_os = "linux")]
#[test]
fn case_70_a_device_that_is_always_full() {
    let full = fs::File::create("/dev/full").expect("Linux has it");
    let output = dir().command("tag in.jsonl --model model -q").stdout(full).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output: cannot be written: No space left"));
}

#[test]
fn case_77_outputs_that_cannot_be_are_refused_before_any_work() {
    let refused = |options: &str, words: &str| {
        let dir = dir();
        dir.write("there.jsonl", "precious").write("dir/x", "");
        let ran = dir.run(&format!("tag in.jsonl --model model {options}"));
        assert_eq!(ran.code, Some(2), "{options}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{options}: {}", ran.stderr);
        assert_eq!(dir.read("there.jsonl"), b"precious");
    };
    refused("-o missing/out.jsonl", "cannot be created");
    refused("-o in.jsonl", "is also an input");
    refused("-o there.jsonl", "exists already");
    refused("-o dir", "is a directory");
    refused("-o dir/", "is a directory");
    #[cfg(unix)]
    refused("-o /dev/null", "is not an ordinary file");
}

/// What is written never depends on what time it is: the only clocks are those that people look at,
/// the one that says when an analyst decided, those that end a preview or a request which nobody
/// would wait for, and those by which a feed waits for an engine and names the index it fills anew.
#[test]
fn case_78_no_clock_in_any_decision() {
    let allowed = [
        "cli/src/progress.rs",
        "cli/src/bench/measure.rs",
        "cli/src/search/mod.rs",
        "src/kernels/probe.rs",
        "cli/src/doctor.rs",
        "web/src/review/rules.rs",
        "web/src/review/desk.rs",
        "web/src/http/serve.rs",
    ];
    let feed = checkout("crates/search/src/feed");
    let mut todo = vec![checkout("src"), checkout("crates")];
    while let Some(path) = todo.pop() {
        if path == feed {
            continue;
        }
        if path.is_dir() {
            todo.extend(fs::read_dir(&path).expect("the checkout").map(|entry| entry.expect("an entry").path()));
        } else if !allowed.iter().any(|file| path.ends_with(file)) {
            let code = fs::read_to_string(&path).expect("a source file is text");
            for clock in ["Instant::now", "SystemTime::now"] {
                assert!(!code.contains(clock), "{}: {clock}", path.display());
            }
        }
    }
}

#[test]
fn case_79_nothing_in_the_environment() {
    let dir = dir();
    let expected = dir.run("tag in.jsonl --model model -q").stdout;
    for columns in ["10", "0", "x"] {
        let mut command = dir.command("tag in.jsonl --model model");
        command.env_clear().env("LC_ALL", "C").env("COLUMNS", columns).env("TERM", "dumb");
        let output = command.output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        let help = dir.command("tag --help").env_clear().env("COLUMNS", columns).output().expect("the program starts");
        assert_eq!(help.status.code(), Some(0));
    }
}

#[test]
fn case_81_another_model_or_configuration_is_not_resumed() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n{\"text\":7}\n");
    let found = tag_in(dir, "in.jsonl", "-q --on-error fail").refused(&["in.jsonl:2:9"]);
    let refused = |options: &str, what: &str| {
        let ran = found.dir.run(&format!("tag in.jsonl --model model -o out.jsonl -q {options}"));
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        let wanted = format!("error: out.ckpt: belongs to another run: {what}");
        assert!(ran.stderr.contains(&wanted), "{options}: {}", ran.stderr);
    };
    refused("--under ner", "option --under was not given, is ner\n");
    refused("--max-record-bytes 1000", "option --max-record-bytes was 67108864, is 1000\n");
    refused("--min-score 0.1", "option --min-score was 0.0, is 0.1\n");
    refused("--field text", "option --field was not given, is text\n");
    refused("--shard 0/2", "the part was all, is 0/2\n");
    let recipe = "{\"window\":32}";
    found.dir.write("model/recipe.json", recipe);
    refused("", "the model was model@sha256:");
    fs::remove_file(found.dir.path("model/recipe.json")).expect("it is ours");
    // How it is computed and what is done about failures makes no difference.
    let ran = found.dir.run("tag in.jsonl --model model -o out.jsonl -q --threads 1 --batch-tokens 64 --max-dead 50");
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
}

#[test]
fn case_82_a_checkpoint_that_is_damaged_or_left_over() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n{\"text\":7}\n");
    let found = tag_in(dir, "in.jsonl", "-q --on-error fail").refused(&["in.jsonl:2:9"]);
    let checkpoint = found.dir.read("out.ckpt");
    let choices =
        "hint: run the command of that run to resume it, or remove its .ckpt and .partial files to start again";
    for damaged in [&checkpoint[..20], b"", b"{}\n", &[checkpoint.as_slice(), b"x"].concat()] {
        found.dir.write("out.ckpt", damaged);
        let ran = found.dir.run("tag in.jsonl --model model -o out.jsonl -q");
        assert_eq!(ran.code, Some(1), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("out.ckpt: expected a checkpoint and its checksum") && ran.stderr.contains(choices),
            "{}",
            ran.stderr
        );
    }
    // Begin again.
    for name in ["out.ckpt", "out.jsonl.partial", "out.dead.jsonl.partial"] {
        fs::remove_file(found.dir.path(name)).expect("it is ours");
    }
    assert_eq!(found.dir.run("tag in.jsonl --model model -o out.jsonl -q").code, Some(3));
    // A checkpoint whose files are gone.
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n{\"text\":7}\n");
    let found = tag_in(dir, "in.jsonl", "-q --on-error fail").refused(&["in.jsonl:2:9"]);
    fs::remove_file(found.dir.path("out.jsonl.partial")).expect("it is ours");
    let ran = found.dir.run("tag in.jsonl --model model -o out.jsonl -q");
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("expected at least") && ran.stderr.contains(choices), "{}", ran.stderr);
}

/// A library before the program ends it where it opens a socket.
#[cfg(target_os = "linux")]
#[test]
fn nothing_opens_the_network() {
    let dir = dir();
    dir.write("shim.c", "#include <stdlib.h>\nint socket(int a, int b, int c) { abort(); }\n");
    let compiled = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-o", "shim.so", "shim.c"])
        .current_dir(dir.path(""))
        .status();
    let Ok(compiled) = compiled else {
        crate::common::skipped("there is no C compiler");
        return;
    };
    assert!(compiled.success());
    for arguments in [
        "tag in.jsonl --model model -o out.jsonl",
        "inspect in.jsonl --model model",
        "verify out.jsonl",
        "index out.jsonl -o news.db",
        "search news.db * --facet person,place",
        "verify news.db",
        "feed out.jsonl --dry-run --to http://localhost:9200/news",
        "status .",
    ] {
        let status = dir.command(arguments).env("LD_PRELOAD", dir.path("shim.so")).output().expect("it starts").status;
        assert_eq!(status.code(), Some(0), "{arguments}");
    }
}
