//! Every case that a run must survive, by its number: what is in `tests/cases/corpus/`, or is made
//! here where it has to be, and what comes of it. A dead letter has a code that scripts may rely
//! on; a refusal is one clear message, and nothing half-made is left.

mod bytes;
mod json;
mod model;
mod people;
mod system;
mod text;

use std::fs;

use crate::common::{Dir, Ran, checkout};
use serde_json::Value;

/// What became of a file.
struct Outcome {
    ran: Ran,
    records: Vec<Value>,
    /// Codes of the dead letters.
    dead: Vec<String>,
    letters: Vec<Value>,
    dir: Dir,
}

/// Tags a file of the corpus.
fn tag(name: &str, options: &str) -> Outcome {
    let dir = Dir::with_model("bert");
    dir.with_case(name);
    tag_in(dir, name, options)
}

fn tag_in(dir: Dir, inputs: &str, options: &str) -> Outcome {
    let ran = dir.run(&format!("tag {inputs} --model model -o out.jsonl {options}"));
    assert_eq!(ran.stdout, "", "records go to the file");
    let letters = dir.objects("out.dead.jsonl");
    let dead = letters.iter().map(|letter| letter["code"].as_str().expect("a code").to_owned()).collect();
    Outcome { records: dir.objects("out.jsonl"), ran, dead, letters, dir }
}

impl Outcome {
    /// It was finished, with so many records and these dead letters; and all offsets are right.
    #[track_caller]
    fn finished(self, n_records: usize, dead: &[&str]) -> Self {
        assert_eq!(
            (self.records.len(), self.dead.as_slice()),
            (n_records, dead.map_to_owned().as_slice()),
            "{}",
            self.ran.stderr
        );
        assert_eq!(self.ran.code, Some(if dead.is_empty() { 0 } else { 3 }), "{}", self.ran.stderr);
        let verified = self.dir.run("verify out.jsonl");
        assert_eq!((verified.code, verified.stderr.as_str()), (Some(0), ""));
        for record in &self.records {
            assert_eq!(record["coverage"]["read"], record["coverage"]["chars"], "everything was read");
        }
        self
    }

    /// It was refused, in these words, and nothing that looks finished was left.
    #[track_caller]
    fn refused(self, words: &[&str]) -> Self {
        assert!(matches!(self.ran.code, Some(1 | 2)), "{:?}: {}", self.ran.code, self.ran.stderr);
        for word in words {
            assert!(self.ran.stderr.contains(word), "expected {word:?} in: {}", self.ran.stderr);
        }
        for name in ["out.jsonl", "out.manifest.json", "out.dead.jsonl"] {
            assert!(!self.dir.path(name).exists(), "{name}");
        }
        self
    }

    /// Somebody was told so.
    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.ran.stderr.contains(words), "expected {words:?} in: {}", self.ran.stderr);
        self
    }

    fn warnings(&self) -> Vec<&str> {
        self.records
            .iter()
            .flat_map(|record| record["warnings"].as_array().expect("a list"))
            .filter_map(Value::as_str)
            .collect()
    }
}

trait MapToOwned {
    fn map_to_owned(&self) -> Vec<String>;
}

impl MapToOwned for [&str] {
    fn map_to_owned(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

/// Numbers that no case has, and those of search sinks, which there are none of yet.
const NONE: [u32; 12] = [59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 75, 80];

#[test]
fn every_case_has_a_test() {
    let mut code = String::new();
    let mut todo = vec![checkout("tests")];
    while let Some(path) = todo.pop() {
        let path: std::path::PathBuf = path;
        if path.is_dir() {
            todo.extend(fs::read_dir(&path).expect("the checkout").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            code.push_str(&fs::read_to_string(&path).expect("a source file is text"));
        }
    }
    for case in (1..=82).filter(|case| !NONE.contains(case)) {
        assert!(code.contains(&format!("fn case_{case:02}_")), "case {case}");
    }
    // And every file of the corpus is used.
    for entry in fs::read_dir(checkout("tests/cases/corpus")).expect("the checkout") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        assert!(code.contains(&format!("\"{name}\"")), "{name}");
    }
}
