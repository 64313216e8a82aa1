//! Cases 36 to 50: text. That every offset is right, in code points, bytes and UTF-16 units, is
//! checked by `dateline verify`, and that everything was read.

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::cases::{Outcome, tag, tag_in};
use crate::common::Dir;

fn check(name: &str, n_records: usize) -> Outcome {
    let found = tag(name, "-q --offsets").finished(n_records, &[]);
    assert!(mentions(&found).count() > 0, "a model of random weights finds names everywhere");
    found
}

fn mentions(found: &Outcome) -> impl Iterator<Item = (&str, &Value)> {
    found.records.iter().flat_map(|record| {
        let mentions = record["mentions"].as_array().expect("a list");
        mentions.iter().map(|mention| (record["text"].as_str().expect("text"), mention))
    })
}

/// No mention begins or ends inside what a reader takes for one character.
fn on_graphemes(found: &Outcome) {
    for (text, mention) in mentions(found) {
        let boundaries: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
        for key in ["start_byte", "end_byte"] {
            let at = mention[key].as_u64().expect("a number") as usize;
            assert!(boundaries.contains(&at), "{mention} in {text}");
        }
    }
}

#[test]
fn case_36_emoji_are_not_cut() {
    on_graphemes(&check("36-emoji.jsonl", 2));
}

#[test]
fn case_37_combining_marks_are_not_cut() {
    on_graphemes(&check("37-combining.jsonl", 2));
}

#[test]
fn case_38_characters_without_width() {
    check("38-zero-width.jsonl", 1);
}

#[test]
fn case_39_characters_that_the_tokenizer_drops() {
    check("39-dropped.jsonl", 1);
}

#[test]
fn case_40_from_right_to_left() {
    check("40-right-to-left.jsonl", 2);
    // In a terminal what reverses the direction is shown and not obeyed.
    let dir = Dir::with_model("bert");
    dir.with_case("40-right-to-left.jsonl");
    let shown = dir.run("inspect 40-right-to-left.jsonl --model model");
    assert!(shown.stdout.contains("\\u{202e}") && !shown.stdout.contains('\u{202e}'), "{}", shown.stdout);
}

#[test]
fn case_41_characters_that_change_their_length() {
    check("41-normalization.jsonl", 1);
}

#[test]
fn case_42_a_megabyte_without_a_space() {
    tag("42-unbroken.txt.gz", "-q").finished(1, &[]);
}

/// Five megabytes are in `tests/scale.rs`.
#[test]
fn case_43_a_long_article_is_read_to_its_end() {
    let found = tag("43-long.txt.gz", "-q").finished(1, &[]);
    let record = &found.records[0];
    assert_eq!(record["coverage"]["chars"].as_u64(), record["text"].as_str().map(|text| text.chars().count() as u64));
    assert!(record["coverage"]["windows"].as_u64().is_some_and(|windows| windows > 1000), "{}", record["coverage"]);
    let last = record["mentions"].as_array().and_then(|mentions| mentions.last()).expect("a mention");
    let chars = record["coverage"]["chars"].as_u64().unwrap_or(0);
    assert!(last["end"].as_u64().is_some_and(|end| end + 200 > chars), "{last}");
}

/// Sentences of about a window's length: with a window that holds them whole each finds what it
/// finds alone.
#[test]
fn case_44_sentences_around_the_length_of_a_window() {
    let dir = Dir::with_model("bert");
    let words = |n: usize| vec!["boat"; n].join(" ");
    let texts: Vec<String> = (5..55).map(|n| format!("{{\"text\":\"{} Bonn\"}}\n", words(n))).collect();
    dir.write("in.jsonl", texts.concat());
    dir.write("model/recipe.json", "{\"window\":64,\"stride\":16}");
    let found = tag_in(dir, "in.jsonl", "-q --offsets").finished(50, &[]);
    let windows: Vec<u64> = found.records.iter().filter_map(|record| record["coverage"]["windows"].as_u64()).collect();
    assert!(windows.is_sorted() && windows[0] == 1 && windows[49] > 1, "{windows:?}");
    // Those of one window are what they are in a larger one.
    let fitting = windows.iter().filter(|&&n| n == 1).count();
    found.dir.write("model/recipe.json", "{\"window\":128,\"stride\":16}");
    let wider = found.dir.run("tag in.jsonl --model model -q --offsets").records();
    for (narrow, wide) in found.records.iter().zip(&wider).take(fitting) {
        assert_eq!(narrow["mentions"], wide["mentions"]);
    }
}

#[test]
fn case_45_a_hundred_thousand_names_in_one_article() {
    let found = tag("45-names.txt.gz", "-q").finished(1, &[]);
    assert!(mentions(&found).count() > 30_000, "no silent limit");
}

#[test]
fn case_46_tables_and_code() {
    check("46-tables.txt", 1);
}

#[test]
fn case_47_another_language_is_flagged() {
    let dir = Dir::with_model("bert");
    dir.with_case("47-finnish.jsonl").write("model/recipe.json", "{\"languages\":[\"eng\"]}");
    let found = tag_in(dir, "47-finnish.jsonl", "").finished(2, &[]).says("language:fin in 1 article");
    assert_eq!(found.records[0]["warnings"], serde_json::json!(["language:fin"]));
    assert_eq!(found.records[1]["warnings"], serde_json::json!([]));
    // A language that nobody knows is no language.
    found.dir.write("model/recipe.json", "{\"languages\":[\"english\"]}");
    let ran = found.dir.run("tag 47-finnish.jsonl --model model");
    assert!(
        ran.stderr.contains("languages: expected codes of ISO 639-3, e.g. \"eng\", found \"english\""),
        "{}",
        ran.stderr
    );
}

#[test]
fn case_48_names_of_special_tokens_are_text() {
    check("48-special-tokens.jsonl", 1);
}

#[test]
fn case_49_an_article_cannot_command_the_terminal() {
    let found = check("49-escapes.txt", 1);
    for stage in ["", "--stage sentences", "--stage tokens", "--stage mentions"] {
        let shown = found.dir.run(&format!("inspect 49-escapes.txt --model model {stage}"));
        assert!(!shown.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{stage}: {}", shown.stdout);
    }
}

#[test]
fn case_50_units_of_utf16() {
    let found = check("50-utf16.jsonl", 1);
    for (text, mention) in mentions(&found) {
        let units: Vec<u16> = text.encode_utf16().collect();
        let at = |key: &str| mention[key].as_u64().expect("a number") as usize;
        assert_eq!(
            String::from_utf16(&units[at("start_utf16")..at("end_utf16")]).ok().as_deref(),
            mention["text"].as_str()
        );
    }
}
