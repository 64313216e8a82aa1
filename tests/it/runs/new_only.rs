//! A corpus that grew: only what an earlier output does not have is tagged.

use crate::common::Dir;

const TAG: &str = "tag in --model model -q";

/// Text files, which have ids, and lines of which only some do.
fn grown() -> Dir {
    let dir = Dir::with_model("bert");
    for i in 0..5 {
        dir.write(&format!("in/{i}.txt"), format!("Captain Zoë No. {i} left Bonn for Turku."));
    }
    let lines = "{\"text\":\"Ann Lee slept in Bonn.\"}\n{\"id\":\"x\",\"text\":\"Boats left.\"}\n{\"text\":null}\n";
    dir.write("in/lines.jsonl", lines);
    assert_eq!(dir.run(&format!("{TAG} -o old.jsonl")).code, Some(3));
    // Before, between and after what was there; the same id, and the same article without one, are
    // not new.
    dir.write("in/0-new.txt", "Turku slept.");
    let more = "{\"id\":\"y\",\"text\":\"Bonn woke.\"}\n{\"id\":\"x\",\"text\":\"Boats came.\"}\n";
    dir.write("in/lines.jsonl", format!("{more}{lines}{{\"text\":\"Zoë slept.\"}}\n"));
    dir
}

fn texts(dir: &Dir, name: &str) -> Vec<String> {
    dir.objects(name).iter().map(|record| record["text"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn only_what_is_new_is_tagged_and_the_rest_is_counted() {
    let dir = grown();
    let ran = dir.run(&format!("{TAG} --new-only old.jsonl -o new.jsonl"));
    // What could not be tagged then is tried again.
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(3), ""));
    assert_eq!(texts(&dir, "new.jsonl"), ["Turku slept.", "Bonn woke.", "Zoë slept."]);
    assert_eq!(dir.objects("new.dead.jsonl").len(), 1);
    let manifest: serde_json::Value = serde_json::from_slice(&dir.read("new.manifest.json")).expect("JSON");
    let numbers = ["read", "tagged", "dead", "known"].map(|name| manifest[name].as_u64());
    assert_eq!(numbers, [Some(12), Some(3), Some(1), Some(8)]);
    assert_eq!(dir.run("verify old.jsonl new.jsonl").code, Some(0));
    // Both together are the corpus.
    let both = [dir.read("old.jsonl"), dir.read("new.jsonl")].concat();
    dir.write("both.jsonl", both);
    let ran = dir.run(&format!("{TAG} --new-only both.jsonl"));
    assert_eq!(ran.stdout.lines().filter(|line| !line.starts_with("{\"error\"")).count(), 0, "{}", ran.stdout);
    // The same command finds it complete, and with another earlier output it is another output.
    assert_eq!(dir.run(&format!("{TAG} --new-only old.jsonl -o new.jsonl")).code, Some(0));
    let other = dir.run(&format!("{TAG} --new-only both.jsonl -o new.jsonl"));
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("option --new-only was "), "{}", other.stderr);
}

#[test]
fn it_is_resumed_like_any_run() {
    let dir = grown();
    let command = format!("{TAG} --new-only old.jsonl --threads 1 --checkpoint-bytes 1 -o");
    assert_eq!(dir.run(&format!("{command} whole.jsonl")).code, Some(3));
    let ran = dir.run(&format!("{command} new.jsonl --on-error fail"));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(dir.path("new.ckpt").exists());
    assert_eq!(dir.run(&format!("{command} new.jsonl")).code, Some(3));
    for kind in ["jsonl", "dead.jsonl", "manifest.json"] {
        assert!(dir.read(&format!("new.{kind}")) == dir.read(&format!("whole.{kind}")), "{kind}");
    }
}

#[test]
fn what_is_no_earlier_output_is_named() {
    let dir = Dir::with_model("bert");
    dir.write("in/a.txt", "Turku slept.").write("other.jsonl", "{\"text\":\"Turku slept.\"}\n");
    let ran = dir.run(&format!("{TAG} --new-only other.jsonl"));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.starts_with("error: other.jsonl:1: "), "{}", ran.stderr);
    let ran = dir.run(&format!("{TAG} --new-only none.jsonl"));
    assert!(ran.code != Some(0) && ran.stderr.contains("none.jsonl"), "{}", ran.stderr);
    let ran = dir.run(&format!("{TAG} --new-only other.jsonl --shard 0/2 -o parts/"));
    assert!(ran.code == Some(2) && ran.stderr.contains("--shard"), "{}", ran.stderr);
}

/// Compact records are shorter, and everything that can be read off a record can be read off them.
#[test]
fn compact_records_say_the_same() {
    let dir = grown();
    assert_eq!(dir.run(&format!("{TAG} --compact -o compact.jsonl")).code, Some(3));
    assert_eq!(dir.run(&format!("{TAG} -o full.jsonl")).code, Some(3));
    assert_eq!(dir.run("verify compact.jsonl full.jsonl").code, Some(0));
    assert!(dir.read("compact.jsonl").len() < dir.read("full.jsonl").len());
    let [compact, full] = ["compact", "full"].map(|name| dir.run(&format!("summary {name}.jsonl --json")).stdout);
    assert_eq!(compact, full);
}
