//! The gold file of the repository says what it is about: the samples, and names that stand where
//! it says.

use std::fs;

use serde_json::Value;

use crate::common::checkout;

#[test]
fn the_gold_articles_are_the_samples_and_each_name_stands_where_gold_says() {
    let gold = fs::read_to_string(checkout("data/gold/samples.jsonl")).expect("the checkout has gold");
    let mut n_entities = 0;
    for line in gold.lines() {
        let article: Value = serde_json::from_str(line).expect("a JSON object a line");
        let [id, text] = ["id", "text"].map(|key| article[key].as_str().expect("a string"));
        let sample = fs::read_to_string(checkout(format!("data/samples/{id}.txt"))).expect("gold is of a sample");
        assert_eq!(text, sample.trim_start_matches('\u{feff}'), "{id}");
        let chars: Vec<char> = text.chars().collect();
        for entity in article["entities"].as_array().expect("a list") {
            let [start, end] =
                ["start", "end"].map(|key| usize::try_from(entity[key].as_u64().expect("a number")).expect("small"));
            assert_eq!(chars[start..end].iter().collect::<String>(), entity["text"], "{id}: {entity}");
            n_entities += 1;
        }
    }
    assert_eq!((gold.lines().count(), n_entities), (12, 581), "data/README.md has these numbers");
}
