//! Cases 23 to 35: JSON and its schema.

use crate::cases::tag;

#[test]
fn case_23_a_mistake_in_the_syntax_has_a_line_and_a_column() {
    let found = tag("23-syntax.jsonl", "-q").finished(1, &["invalid_json"; 3]);
    let messages: Vec<&str> = found.letters.iter().filter_map(|letter| letter["message"].as_str()).collect();
    let places: Vec<&str> = messages.iter().filter_map(|message| message.split(": ").next()).collect();
    assert_eq!(places, ["23-syntax.jsonl:2:16", "23-syntax.jsonl:3:2", "23-syntax.jsonl:4:16"]);
}

#[test]
fn case_24_half_a_surrogate_pair_is_no_character_and_not_nul() {
    let found = tag("24-lone-surrogate.jsonl", "-q").finished(1, &["invalid_json"; 2]);
    assert!(found.letters[0]["message"].as_str().is_some_and(|message| message.contains("surrogate")));
    assert!(!String::from_utf8(found.dir.read("out.dead.jsonl")).expect("UTF-8").contains("\\u0000"));
}

#[test]
fn case_25_a_hundred_thousand_brackets_overflow_nothing() {
    tag("25-deep.jsonl.gz", "-q").finished(2, &["too_deep"; 2]);
}

#[test]
fn case_26_keys_that_stand_twice_are_not_guessed_at() {
    let found = tag("26-duplicate-keys.jsonl", "-q").finished(1, &["duplicate_key"; 3]);
    // Those that nobody reads may.
    assert!(String::from_utf8(found.dir.read("out.jsonl")).expect("UTF-8").starts_with(r#"{"n":1,"n":2,"text""#));
}

#[test]
fn case_27_nan_is_explained() {
    let found = tag("27-nan.jsonl", "-q").finished(1, &["invalid_json"; 2]);
    let message = found.letters[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains("NaN is a number to Python and not to JSON: expected a number or null"), "{message}");
}

#[test]
fn case_28_numbers_keep_their_digits() {
    let dir = crate::common::Dir::with_model("bert");
    let ran = dir.with_case("28-numbers.jsonl").run("tag 28-numbers.jsonl --model model -o out.jsonl -q");
    assert_eq!((ran.code, dir.run("verify out.jsonl").code), (Some(0), Some(0)));
    let line = String::from_utf8(dir.read("out.jsonl")).expect("UTF-8");
    let numbers = r#""big":123456789012345678901234567890,"one":1.0,"e":1E400,"d":0.1000,"m":-0,"mentions""#;
    assert!(line.contains(numbers), "{line}");
}

#[test]
fn case_29_order_and_unknown_fields_are_kept_and_ours_refused() {
    let found = tag("29-order.jsonl", "-q").finished(1, &[]);
    let line = String::from_utf8(found.dir.read("out.jsonl")).expect("UTF-8");
    assert!(
        line.starts_with(r#"{ "z" : [1 , 2] ,"text":"Boats left Bonn.", "a":{"y":null,"x":"\u00e9"} ,"mentions""#),
        "{line}"
    );
    // It is the second record, and the first says enough about the fields.
    tag("29-reserved.jsonl", "-q").finished(1, &["reserved_key"]);
    let first = "{\"text\":\"Bonn\",\"entities\":[]}\n";
    let dir = crate::common::Dir::with_model("bert");
    dir.write("in.jsonl", first);
    crate::cases::tag_in(dir, "in.jsonl", "").refused(&["already has a field \"entities\"", "hint: --under KEY"]);
    tag("29-reserved.jsonl", "-q --under dateline").finished(2, &[]);
}

#[test]
fn case_30_a_text_that_is_missing_or_of_another_type() {
    // Null is as good as nothing, and a list of strings is a text.
    tag("30-missing.jsonl", "-q").finished(2, &["missing_text", "missing_text", "wrong_type"]);
    tag("30-all-missing.jsonl", "").refused(&[
        "found no title, headline, text, body or content",
        "id, story, lead",
        "hint: name the fields",
    ]);
}

#[test]
fn case_31_an_empty_text_has_empty_lists() {
    let found = tag("31-empty.jsonl", "-q").finished(3, &[]);
    for record in &found.records {
        assert_eq!((&record["mentions"], &record["entities"]), (&serde_json::json!([]), &serde_json::json!([])));
    }
}

#[test]
fn case_32_an_article_without_an_id_gets_one_from_its_place() {
    let found = tag("32-no-id.jsonl", "-q").finished(1, &["wrong_type"; 2]);
    let ids: Vec<&str> = found.letters.iter().filter_map(|letter| letter["id"].as_str()).collect();
    assert_eq!(ids, ["32-no-id.jsonl:2", "32-no-id.jsonl:4"]);
}

#[test]
fn case_33_ids_that_stand_twice_are_kept_and_counted() {
    tag("33-same-ids.jsonl", "").finished(4, &[]).says("articles with an id that another has too: 2");
}

#[test]
fn case_34_an_id_is_never_a_path() {
    let found = tag("34-strange-ids.jsonl", "-q").finished(3, &["wrong_type"]);
    assert_eq!(found.records[1]["id"], "../../etc/passwd");
    let names = ["34-strange-ids.jsonl", "model", "out.dead.jsonl", "out.jsonl", "out.manifest.json"];
    assert_eq!(found.dir.names(), names);
}

#[test]
fn case_35_what_is_no_object_is_no_article() {
    tag("35-not-objects.jsonl", "-q").finished(1, &["not_object"; 5]);
}
