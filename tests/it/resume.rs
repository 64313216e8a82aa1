//! Runs that are killed and started again by the same command: the output is byte for byte that of
//! a run that nobody disturbed.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::time::{Duration, Instant};

use crate::common::Dir;
use serde_json::Value;

/// Articles with much beside their text, so that there are several checkpoints after little work.
fn corpus(n_articles: usize) -> String {
    let mut lines = String::new();
    for i in 0..n_articles {
        // No two alike, and not to be compressed to nothing.
        let mut state = i as u64 + 1;
        let mut noise = String::new();
        while noise.len() < 64 << 10 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let _ = write!(noise, "{:x}", state >> 16);
        }
        // One in fifty cannot be read.
        let text =
            if i % 50 == 7 { "null".to_owned() } else { format!("\"Captain Zoë No. {i} left Bonn for Turku.\"") };
        let _ = writeln!(lines, "{{\"id\":\"a{i}\",\"text\":{text},\"noise\":\"{noise}\"}}");
    }
    lines
}

fn with_corpus(n_articles: usize) -> Dir {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", corpus(n_articles));
    dir
}

/// Starts the command, waits until the output is `bytes` long, kills it, and says whether it was
/// still running.
fn kill_at(dir: &Dir, arguments: &str, output: &str, bytes: u64) -> bool {
    let mut child = dir.command(arguments).stderr(std::process::Stdio::null()).spawn().expect("it starts");
    let partial = dir.path(&format!("{output}.partial"));
    let begun = Instant::now();
    loop {
        let length = fs::metadata(&partial).map_or(0, |metadata| metadata.len());
        if child.try_wait().expect("it is ours").is_some() {
            return false;
        }
        if length >= bytes {
            child.kill().expect("it is ours");
            child.wait().expect("it is ours");
            return true;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{length} bytes after two minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_run_that_was_killed_again_and_again_gives_the_same_bytes() {
    for output in ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"] {
        let dir = with_corpus(700);
        let whole = dir.run(&format!("tag in.jsonl --model model -o whole/{output} --quiet"));
        assert_eq!(whole.code, Some(2), "the directory is not made");
        fs::create_dir(dir.path("whole")).expect("the directory is ours");
        let whole = dir.run(&format!("tag in.jsonl --model model -o whole/{output} --quiet"));
        assert_eq!(whole.code, Some(3), "{}", whole.stderr);
        let length = dir.read(&format!("whole/{output}")).len() as u64;

        let command = format!("tag in.jsonl --model model -o {output} --quiet");
        let n_killed = (1..10).filter(|tenths| kill_at(&dir, &command, output, length * tenths / 10)).count();
        assert!(n_killed >= 5, "{output}: killed {n_killed} times only");
        let last = dir.run(&command);
        assert_eq!((last.code, last.stderr.as_str()), (Some(3), ""), "{output}");
        assert!(dir.read(output) == dir.read(&format!("whole/{output}")), "{output}: other bytes");
        let manifest = |path: &str| -> Value {
            let text = String::from_utf8(dir.read(path)).expect("UTF-8");
            serde_json::from_str(&text).expect("JSON")
        };
        let name = format!("{}.manifest.json", output.strip_suffix(".jsonl").unwrap_or(output));
        let (resumed, undisturbed) = (manifest(&name), manifest(&format!("whole/{name}")));
        assert_eq!(resumed, undisturbed, "{output}");
        let numbers = ["read", "tagged", "dead", "blank"].map(|name| resumed[name].as_u64());
        assert_eq!(numbers, [Some(700), Some(686), Some(14), Some(0)]);
        assert_eq!(resumed["failed"], serde_json::json!({ "missing_text": 14 }));
        let dead = name.replace("manifest.json", "dead.jsonl");
        assert!(dir.read(&dead) == dir.read(&format!("whole/{dead}")), "{output}: other dead letters");
        assert_eq!(resumed["dead_bytes"], dir.read(&dead).len());
        assert_eq!(resumed["bytes"], length);
        let names = dir.names();
        assert!(!names.iter().any(|name| name.contains("ckpt") || name.contains("partial")), "{names:?}");
    }
}

/// Interrupts a run after a checkpoint.
fn interrupted() -> Dir {
    let dir = with_corpus(500);
    assert!(kill_at(&dir, "tag in.jsonl --model model -o out.jsonl --quiet", "out.jsonl", 10 << 20));
    assert!(dir.path("out.ckpt").exists());
    dir
}

#[test]
fn what_has_changed_meanwhile_is_named() {
    let dir = interrupted();
    let refused = |arguments: &str, wanted: &str| {
        let ran = dir.run(&format!("tag {arguments} -o out.jsonl"));
        assert_eq!(ran.code, Some(1), "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains(wanted), "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains("hint: run the command of that run to resume it, or remove"), "{}", ran.stderr);
    };
    refused("in.jsonl --model model --offsets", "belongs to another run: option --offsets was not given, is given");
    refused("in.jsonl --model model --min-score 0.5", "option --min-score was 0.0, is 0.5");
    let partial = dir.read("out.jsonl.partial");
    dir.write("out.jsonl.partial", &partial[..1000]);
    refused("in.jsonl --model model", "out.jsonl.partial: expected at least");
    dir.write("out.jsonl.partial", partial);
    let checkpoint = dir.read("out.ckpt");
    dir.write("out.ckpt", &checkpoint[..checkpoint.len() / 2]);
    refused("in.jsonl --model model", "out.ckpt: expected a checkpoint and its checksum");
    dir.write("out.ckpt", checkpoint);
    let mut input = dir.read("in.jsonl");
    input.push(b'\n');
    dir.write("in.jsonl", input);
    refused("in.jsonl --model model", "the input has changed: in.jsonl has changed");
}

#[test]
fn a_complete_output_is_left_alone() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n");
    let command = "tag in.jsonl --model model -o out.jsonl";
    assert_eq!(dir.run(command).code, Some(0));
    let before = dir.read("out.jsonl");
    let again = dir.run(command);
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), "note: out.jsonl: already complete\n"));
    assert_eq!(dir.read("out.jsonl"), before);
    // Not by another command.
    let other = dir.run(&format!("{command} --offsets"));
    assert_eq!(other.code, Some(2));
    let said = "error: out.jsonl: exists already, made by another run: option --offsets was not given, is given\n";
    assert!(other.stderr.starts_with(said), "{}", other.stderr);
    // Nor from other input, though it is as long.
    dir.write("in.jsonl", "{\"text\":\"Boats left Turku\"}\n");
    let other = dir.run(command);
    assert_eq!(other.code, Some(2));
    let said = "exists already, made by another run: the input has changed: in.jsonl has changed\n";
    assert!(other.stderr.contains(said), "{}", other.stderr);
    // The same bytes, written later, are the same input.
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n");
    assert_eq!(dir.run(command).stderr, "note: out.jsonl: already complete\n");
}

#[test]
fn standard_input_cannot_be_resumed() {
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n");
    let ran = dir.run_on("in.jsonl", "tag - --model model -o out.jsonl");
    assert_eq!(ran.code, Some(0));
    let said = "note: not all of the input can be read twice: if this run is interrupted, it cannot be resumed";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let again = dir.run_on("in.jsonl", "tag - --model model -o out.jsonl --quiet");
    assert_eq!(again.code, Some(2), "nobody knows whether it is the same input");
}

/// Each member of a compressed output can be read by itself, and all of them are the whole.
#[test]
fn compressed_outputs_are_whole() {
    let dir = with_corpus(300);
    for output in ["a.jsonl", "b.jsonl.gz", "c.jsonl.zst"] {
        let ran = dir.run(&format!("tag in.jsonl --model model -o {output} --quiet"));
        assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    }
    let plain = dir.read("a.jsonl");
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(dir.read("b.jsonl.gz").as_slice()).read_to_end(&mut text).expect("gzip");
    assert!(text == plain);
    assert!(zstd::decode_all(dir.read("c.jsonl.zst").as_slice()).expect("zstd") == plain);
}

#[test]
fn what_failed_before_the_interruption_counts_in_the_exit_code() {
    let dir = Dir::with_model("bert");
    // Only the first article cannot be read, and that is in the checkpoint.
    let whole = corpus(500).replacen("\"text\":\"", "\"text\":null,\"was\":\"", 1);
    let lines: Vec<&str> =
        whole.lines().enumerate().filter(|(i, _)| *i == 0 || i % 50 != 7).map(|(_, line)| line).collect();
    dir.write("in.jsonl", lines.join("\n"));
    let command = "tag in.jsonl --model model -o out.jsonl --quiet";
    assert!(kill_at(&dir, command, "out.jsonl", 10 << 20));
    let ran = dir.run(command);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(3), ""));
}
