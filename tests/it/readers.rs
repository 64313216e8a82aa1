//! What `dateline export` writes is read back by the tools that it is for: spaCy, dkpro-cassis,
//! Hugging Face `datasets` and Label Studio's converter.
//!
//! `DATELINE_READERS` names a Python that has them; `.ci/run` makes one. A reader that it does not
//! have counts as skipped.

use std::process::Command;

use crate::common::{Dir, checkout, skipped};

/// An emoji stands before the first name; one name is in the title.
const ARTICLES: &str = r#"{"id":"a1","title":"🙂 Zoë Öberg in Bonn","text":"She left 👩‍👩‍👧 Turku for\n\nNew York. \"5 < 6 & 7 > 3\", Ana said."}
{"id":"a2","text":"Nothing\tis here but Łódź."}
"#;

const RULES: &str = r#"{"id":"1","words":"Zoë Öberg","label":"PER"}
{"id":"2","words":"Bonn","label":"LOC"}
{"id":"3","words":"Turku","label":"LOC"}
{"id":"4","words":"New York","label":"LOC"}
{"id":"5","words":"Ana","label":"PER"}
{"id":"6","words":"Łódź","label":"LOC"}
"#;

#[test]
fn tools_read_what_is_exported_for_them() {
    let Some(python) = std::env::var_os("DATELINE_READERS") else {
        return skipped("DATELINE_READERS names no Python with the tools' readers");
    };
    let dir = Dir::with_model("bert");
    dir.write("in.jsonl", ARTICLES);
    dir.write("rules.jsonl", RULES);
    let tag = "tag in.jsonl --model model --labels PER --min-score 1 --rules rules.jsonl -o out.jsonl -q";
    let ran = dir.run(tag);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for format in ["spacy", "prodigy", "label-studio", "doccano", "conll", "brat", "w3c", "xmi", "hf"] {
        let ran = dir.run(&format!("export out.jsonl --to {format} -o out.{format}"));
        assert_eq!(ran.code, Some(0), "{format}: {}", ran.stderr);
    }
    let output = Command::new(python)
        .arg(checkout("tests/it/readers.py"))
        .current_dir(dir.path(""))
        .output()
        .expect("DATELINE_READERS is a program");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    for line in out.lines() {
        match line.strip_prefix("missing ") {
            Some(reader) => skipped(&format!("the Python has no {reader}")),
            None => assert!(line.starts_with("read "), "{line}"),
        }
    }
    assert_eq!(out.lines().count(), 6, "{out}");
}
