//! Outputs that cannot be written, and what is left of them.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use expect_test::expect;

use crate::cli::check;
use crate::common::{Dir, Ran};

fn dir() -> Dir {
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", "{\"text\":\"Boats left Bonn.\"}\n{\"text\":\"Rhine\"}\n");
    dir
}

#[test]
fn a_directory_that_is_missing() {
    check(
        &dir().run("tag wire.jsonl --model model -o tagged/out.jsonl"),
        expect![[r#"
        error: tagged/out.jsonl.partial: cannot be created: No such file or directory (os error 2)
        hint: create its directory first
        exit 2"#]],
    );
}

#[test]
fn an_output_that_exists() {
    let dir = dir();
    dir.write("out.jsonl", "precious");
    check(
        &dir.run("tag wire.jsonl --model model -o out.jsonl"),
        expect![[r#"
        error: out.jsonl: exists already
        hint: remove it, or name another with --output; out.jsonl is never overwritten
        exit 2"#]],
    );
    assert_eq!(dir.read("out.jsonl"), b"precious");
    assert_eq!(dir.names(), ["model", "out.jsonl", "wire.jsonl"]);
}

#[test]
fn an_output_that_is_an_input() {
    let dir = dir();
    check(
        &dir.run("tag wire.jsonl --model model -o ./wire.jsonl"),
        expect![[r#"
        error: ./wire.jsonl: is also an input (wire.jsonl)
        hint: name another file with --output
        exit 2"#]],
    );
    assert!(dir.read("wire.jsonl").starts_with(b"{\"text\":\"Boats"));
}

/// While it is written the output is called `.partial`, and somebody's corpus may be called that
/// too.
#[test]
fn an_input_called_like_the_unfinished_output() {
    let dir = dir();
    dir.write("out.jsonl.partial", "{\"text\":\"Boats left Bonn.\"}\n");
    check(
        &dir.run("tag out.jsonl.partial --model model -o out.jsonl"),
        expect![[r#"
        error: out.jsonl.partial: is also an input (out.jsonl.partial)
        hint: name another file with --output
        exit 2"#]],
    );
    assert_eq!(dir.read("out.jsonl.partial"), b"{\"text\":\"Boats left Bonn.\"}\n");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_way_is_not_followed() {
    let dir = dir();
    dir.write("victim", "precious");
    std::os::unix::fs::symlink(dir.path("victim"), dir.path("out.jsonl.partial")).expect("links can be made");
    check(
        &dir.run("tag wire.jsonl --model model -o out.jsonl"),
        expect![[r#"
        error: out.jsonl.partial: is not an ordinary file
        hint: leave out --output and redirect standard output instead
        exit 2"#]],
    );
    assert_eq!(dir.read("victim"), b"precious");
}

#[test]
fn an_output_that_another_run_is_writing() {
    let dir = dir();
    let partial = File::create(dir.path("out.jsonl.partial")).expect("the directory is ours");
    partial.lock().expect("nobody else has it");
    check(
        &dir.run("tag wire.jsonl --model model -o out.jsonl"),
        expect![[r#"
        error: out.jsonl.partial: another run is writing it
        hint: wait for it, or name another file with --output
        exit 2"#]],
    );
    drop(partial);
    assert!(dir.run("tag wire.jsonl --model model -o out.jsonl -q").shown().ends_with("exit 0"));
    assert_eq!(dir.names(), ["model", "out.jsonl", "out.manifest.json", "wire.jsonl"]);
}

#[test]
fn a_dash_is_standard_output() {
    let dir = dir();
    assert_eq!(dir.run("tag wire.jsonl --model model -q -o -").records().len(), 2);
    assert_eq!(dir.names(), ["model", "wire.jsonl"]);
}

/// The input never ends, so only the closed output can end the run.
#[cfg(unix)]
#[test]
fn a_reader_that_leaves_ends_a_run_whose_input_stays_open() {
    let dir = dir();
    let mut child = dir
        .command("tag - --model model -q")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("it was piped");
    // Enough for several chunks; a write fails once the program has gone.
    let line = format!("{{\"text\":\"{}\"}}\n", "Boats left Bonn. ".repeat(200));
    for _ in 0..1000 {
        if std::io::Write::write_all(&mut stdin, line.as_bytes()).is_err() {
            break;
        }
    }
    assert_eq!(child.wait().expect("it can be waited for").code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_directory_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = dir();
    fs::create_dir(dir.path("locked")).expect("the directory is ours");
    fs::set_permissions(dir.path("locked"), fs::Permissions::from_mode(0o555)).expect("it is ours");
    if File::create(dir.path("locked/probe")).is_ok() {
        crate::common::skipped("this user may write into read-only directories");
        return;
    }
    check(
        &dir.run("tag wire.jsonl --model model -o locked/out.jsonl"),
        expect![[r#"
        error: locked/out.jsonl.partial: cannot be created: Permission denied (os error 13)
        exit 2"#]],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let dir = dir();
    let full = File::create("/dev/full").expect("Linux has it");
    let child = dir.command("tag wire.jsonl --model model").stdout(full).stderr(Stdio::piped()).spawn();
    let output = child.and_then(|child| child.wait_with_output()).expect("the program runs");
    let stderr = String::from_utf8(output.stderr).expect("everything printed is UTF-8");
    check(
        &Ran { code: output.status.code(), stdout: String::new(), stderr },
        expect![[r#"
        note: wire.jsonl: JSON lines with text in text
        error: standard output: cannot be written: No space left on device (os error 28)
        hint: free space and run the same command again
        exit 1"#]],
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let dir = dir();
    let line = "{\"text\":\"Boats left Bonn for Basel, Mainz and Cologne.\"}\n";
    dir.write("long.jsonl", line.repeat(20_000));
    let child = dir.command("tag long.jsonl --model model").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program starts");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut first).expect("a record comes");
    // The reader is dropped here, as `head -1` ends.
    let mut stderr = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut stderr).expect("everything printed is UTF-8");
    let code = child.wait().expect("the program ends").code();
    assert!(first.ends_with("}\n"), "{first}");
    check(
        &Ran { code, stdout: String::new(), stderr },
        expect![[r#"
        note: long.jsonl: JSON lines with text in text
        exit 0"#]],
    );
}

#[test]
fn a_file_appears_when_it_is_complete_and_reads_back_equal() {
    let dir = dir();
    let stdout = dir.run("tag wire.jsonl --model model").stdout;
    assert_eq!(stdout.lines().count(), 2);
    for name in ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"] {
        let ran = dir.run(&format!("tag wire.jsonl --model model -o {name}"));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
    }
    let names =
        ["out.jsonl", "out.jsonl.gz", "out.jsonl.gz.manifest.json", "out.jsonl.zst", "out.jsonl.zst.manifest.json"];
    let names: Vec<&str> = ["model"].into_iter().chain(names).chain(["out.manifest.json", "wire.jsonl"]).collect();
    assert_eq!(dir.names(), names);
    assert_eq!(String::from_utf8(dir.read("out.jsonl")).expect("UTF-8"), stdout);
    let mut unzipped = String::new();
    flate2::read::GzDecoder::new(&*dir.read("out.jsonl.gz")).read_to_string(&mut unzipped).expect("it is gzip");
    assert_eq!(unzipped, stdout);
    let unzipped = zstd::decode_all(&*dir.read("out.jsonl.zst")).expect("it is zstd");
    assert_eq!(String::from_utf8(unzipped).expect("UTF-8"), stdout);
}
