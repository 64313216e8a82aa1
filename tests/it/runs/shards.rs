//! A corpus in parts: what each is, how far they are, and that together they are the whole, byte
//! for byte.

use crate::common::Dir;

/// Articles, broken ones and blank lines, in three files.
fn corpus() -> Dir {
    let dir = Dir::with_model("bert");
    let line = |i: usize| match i % 11 {
        3 => format!("{{\"id\":{i},\"text\":{i}}}\n"),
        7 => "\n".to_owned(),
        8 => format!("broken {i}\n"),
        _ => format!("{{\"id\":{i},\"text\":\"Captain Zoë No. {i} left Bonn for Turku.\"}}\n"),
    };
    dir.write("in/a.jsonl", (0..200).map(line).collect::<String>());
    dir.write("in/b.txt", "Boats left Bonn.");
    dir.write("in/c.jsonl", (200..333).map(line).collect::<String>());
    dir
}

const TAG: &str = "tag in --model model --quiet --max-dead 100";

#[test]
fn all_parts_together_are_the_whole() {
    for count in [2_u64, 3, 7] {
        let dir = corpus();
        assert_eq!(dir.run(&format!("{TAG} -o whole.jsonl")).code, Some(3));
        for index in 0..count {
            let ran = dir.run(&format!("{TAG} -o parts/ --shard {index}/{count}"));
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(3), ""));
        }
        let ran = dir.run("status parts");
        assert_eq!(ran.code, Some(0), "{}", ran.stdout);
        assert_eq!(ran.stdout.lines().filter(|line| line.contains("complete")).count() as u64, count);
        let ran = dir.run("merge parts -o merged.jsonl");
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
        for (merged, whole) in [
            ("merged.jsonl", "whole.jsonl"),
            ("merged.dead.jsonl", "whole.dead.jsonl"),
            ("merged.manifest.json", "whole.manifest.json"),
        ] {
            assert!(dir.read(merged) == dir.read(whole), "{count} parts: {merged}");
        }
        assert_eq!(dir.run("verify merged.jsonl parts/none.jsonl").code, Some(1));
        let verified = dir.run(&format!("verify merged.jsonl parts/part-00001-of-{count:05}.jsonl"));
        assert_eq!((verified.code, verified.stderr.as_str()), (Some(0), ""), "{}", verified.stdout);
        assert!(
            verified.stdout.starts_with("merged.jsonl: 244 records and 60 dead letters, as its manifest says"),
            "{}",
            verified.stdout
        );
        // Compressed, and once more.
        assert_eq!(dir.run("merge parts -o merged.jsonl.gz").code, Some(0));
        assert_eq!(dir.run("verify merged.jsonl.gz").code, Some(0));
        let again = dir.run("merge parts -o merged.jsonl");
        assert_eq!((again.code, again.stderr.as_str()), (Some(0), "note: merged.jsonl: already complete\n"));
    }
}

#[test]
fn schedulers_say_which_part() {
    let dir = corpus();
    assert_eq!(dir.run(&format!("{TAG} -o whole.jsonl")).code, Some(3));
    let tasks = [
        [("SLURM_ARRAY_TASK_ID", "1"), ("SLURM_ARRAY_TASK_COUNT", "3"), ("SLURM_ARRAY_TASK_MIN", "1")],
        [("JOB_COMPLETION_INDEX", "1"), ("SHARD_COUNT", "3"), ("IGNORED", "")],
        [("AWS_BATCH_JOB_ARRAY_INDEX", "2"), ("SHARD_COUNT", "3"), ("IGNORED", "")],
    ];
    for task in tasks {
        let status = dir.command(&format!("{TAG} -o parts/")).envs(task).status().expect("the program starts");
        assert_eq!(status.code(), Some(3));
    }
    assert_eq!(dir.run("merge parts -o merged.jsonl").code, Some(0));
    assert!(dir.read("merged.jsonl") == dir.read("whole.jsonl"));
    // On standard output nobody could put them together.
    let output = dir.command(TAG).envs(tasks[0]).output().expect("the program starts");
    assert_eq!(output.stdout.iter().filter(|&&byte| byte == b'\n').count(), 304);
}

#[test]
fn what_is_missing_or_damaged_is_named() {
    let dir = corpus();
    for index in [0, 2] {
        assert_eq!(dir.run(&format!("{TAG} -o parts/ --shard {index}/3")).code, Some(3));
    }
    let ran = dir.run("status parts");
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.ends_with("part 1/3: missing\n"), "{}", ran.stdout);
    let refused = |wanted: &str| {
        let ran = dir.run("merge parts -o merged.jsonl");
        assert_eq!(ran.code, Some(1), "{}", ran.stdout);
        assert!(ran.stderr.contains(wanted), "{}", ran.stderr);
        assert!(!dir.path("merged.jsonl").exists());
    };
    refused("part 1/3 is missing");
    // One that was made in another way is not of the same corpus.
    assert_eq!(dir.run(&format!("{TAG} -o parts/ --shard 1/3 --offsets")).code, Some(3));
    refused("it was not made as part 0/3 was: option --offsets was not given, is given");
    for name in ["part-00001-of-00003.jsonl", "part-00001-of-00003.dead.jsonl", "part-00001-of-00003.manifest.json"] {
        std::fs::remove_file(dir.path("parts").join(name)).expect("it is ours");
    }
    assert_eq!(dir.run(&format!("{TAG} -o parts/ --shard 1/3")).code, Some(3));
    // One byte, and one that keeps the record whole.
    let name = "parts/part-00002-of-00003.jsonl";
    let good = dir.read(name);
    let damaged = String::from_utf8(good.clone()).expect("UTF-8").replacen("Captain", "Kaptain", 1);
    dir.write(name, damaged);
    refused("have not the digest that its manifest says");
    let ran = dir.run(&format!("verify {name}"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("sha256: the manifest says"), "{}", ran.stderr);
    // A line less is also seen by its length.
    let end = good.iter().rposition(|&byte| byte == b'{').unwrap_or(0);
    dir.write(name, &good[..end]);
    refused("part 2/3 is damaged");
    dir.write(name, good);
    assert_eq!(dir.run("merge parts -o merged.jsonl").code, Some(0));
}

#[test]
fn a_wrong_offset_is_found() {
    let dir = corpus();
    assert_eq!(dir.run(&format!("{TAG} -o out.jsonl --offsets --under ner")).code, Some(3));
    assert_eq!(dir.run("verify out.jsonl").code, Some(0));
    let text = String::from_utf8(dir.read("out.jsonl")).expect("UTF-8");
    let start = text.find("\"start\":").expect("a mention") + "\"start\":".len();
    let end = start + text[start..].find(',').expect("more follows");
    let other = text[start..end].parse::<usize>().expect("a number") + 1;
    dir.write("out.jsonl", format!("{}{other}{}", &text[..start], &text[end..]));
    let ran = dir.run("verify out.jsonl");
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("at its offsets"), "{}", ran.stderr);
}

/// A part that was interrupted goes on, like any output.
#[test]
fn parts_go_on_after_an_interruption() {
    let dir = corpus();
    let command = format!("{TAG} -o parts/ --shard 1/3 --threads 1 --checkpoint-bytes 3000");
    assert_eq!(dir.run(&command.replace("parts/", "whole-1.jsonl")).code, Some(3));
    // The first failure is behind some articles, so there is something to resume.
    let ran = dir.run(&format!("{command} --on-error fail"));
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let ran = dir.run("status parts");
    assert!(ran.stdout.contains("interrupted, part 1/3, "), "{}", ran.stdout);
    assert_eq!(dir.run(&command).code, Some(3));
    assert!(dir.read("parts/part-00001-of-00003.jsonl") == dir.read("whole-1.jsonl"));
}

/// Two machines have copies of the corpus, made at other times and in other places.
#[test]
fn parts_of_two_copies_are_parts_of_one_corpus() {
    let dir = Dir::with_model("bert");
    for copy in ["here", "elsewhere/there"] {
        for i in 0..7 {
            dir.write(&format!("{copy}/week/{i}.txt"), format!("Captain Zoë No. {i} left Bonn for Turku."));
        }
        dir.write(&format!("{copy}/more.jsonl"), "{\"text\":\"Ann Lee slept in Bonn.\"}\n{\"text\":7}\n");
    }
    let tag = |copy: &str, arguments: &str| {
        let place = dir.path(copy);
        let up = "../".repeat(copy.split('/').count());
        let command = format!("tag . --model {up}model -q {}", arguments.replace("UP/", &up));
        let ran = crate::common::Ran::of(crate::common::dateline().current_dir(place).args(command.split_whitespace()));
        assert!(matches!(ran.code, Some(0 | 3)) && ran.stderr.is_empty(), "{command}: {:?} {}", ran.code, ran.stderr);
    };
    tag("here", "-o UP/whole.jsonl");
    tag("here", "-o UP/parts/ --shard 0/2");
    tag("elsewhere/there", "-o UP/parts/ --shard 1/2");
    let merged = dir.run("merge parts -o merged.jsonl");
    assert_eq!((merged.code, merged.stderr.as_str()), (Some(0), ""));
    for kind in ["jsonl", "dead.jsonl", "manifest.json"] {
        assert!(dir.read(&format!("merged.{kind}")) == dir.read(&format!("whole.{kind}")), "{kind}");
    }
    // One byte in one file of a copy is enough to make it another corpus.
    dir.write("elsewhere/there/week/3.txt", "Captain Zoe No. 3 left Bonn for Turku.");
    std::fs::remove_dir_all(dir.path("parts")).expect("it is ours");
    tag("here", "-o UP/parts/ --shard 0/2");
    tag("elsewhere/there", "-o UP/parts/ --shard 1/2");
    let merged = dir.run("merge parts -o other.jsonl");
    assert_eq!(merged.code, Some(1));
    assert!(merged.stderr.contains("it was not made as part 0/2 was: the input has changed"), "{}", merged.stderr);
}
