//! `dateline bench`.

use serde_json::Value;

use crate::common::Dir;

/// How fast it is depends on the machine; what is told, and that the figures fit together, does
/// not.
#[test]
fn figures_are_told_for_every_number_of_threads() {
    let dir = Dir::with_model("bert");
    dir.write("a.txt", "Joseph Dunford met Valery Gerasimov in Helsinki. They spoke about Syria.");
    let ran = dir.run("bench a.txt --model model --threads 2 --seconds 1 --json");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let told: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((&told["articles"], told["models"].as_array().map(Vec::len)), (&1.into(), Some(1)));
    let told = &told["models"][0];
    assert_eq!(told["precision"], "f32");
    let rows = told["rows"].as_array().expect("rows");
    assert_eq!(rows.iter().map(|row| row["threads"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
    for row in rows {
        let number = |key: &str| row[key].as_f64().unwrap_or_else(|| panic!("{key} of {row}"));
        // The article has eleven words.
        let words = number("words_per_second") / number("articles_per_second");
        assert!((words - 11.0).abs() < 0.01, "{row}");
        assert!(number("encoder_tokens_per_second") > 0.0 && number("share_of_limit") > 0.0, "{row}");
    }
    let stages = told["stages"].as_array().expect("stages");
    assert!(stages.len() == 4 && stages.iter().all(|stage| stage["seconds"].as_f64() >= Some(0.0)), "{told}");
}

/// The model that is inside takes its time; which numbers of threads are told is said above.
#[test]
fn without_a_name_the_built_in_models_stand_beside_each_other() {
    let names: Vec<&str> = dateline::model::built_in().iter().map(|model| model.name).collect();
    if names.is_empty() {
        return crate::common::skipped("this build has no model inside");
    }
    let dir = Dir::new();
    dir.write("a.txt", "Joseph Dunford met Valery Gerasimov in Helsinki.");
    let ran = dir.run("bench a.txt --threads 1 --seconds 1");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    for name in names {
        assert!(ran.stdout.contains(&format!("\n{name}@sha256:")), "{}", ran.stdout);
        assert_eq!(
            ran.stdout.lines().filter(|line| line.starts_with(&format!("{name} "))).count(),
            1,
            "{}",
            ran.stdout
        );
        assert!(ran.stdout.contains(&format!("{name} ms")), "{}", ran.stdout);
    }
}

#[test]
fn nothing_to_measure_with_is_an_error() {
    let dir = Dir::with_model("bert");
    dir.write("empty.jsonl", "");
    let ran = dir.run("bench empty.jsonl --model model --threads 1 --seconds 1");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("no text to measure with") && ran.stderr.contains("hint: "), "{}", ran.stderr);
}
