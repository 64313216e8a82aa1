//! Queries and the articles that they find, on the records of the checkout.

use crate::common::Place;

/// Each a query, and its hits in the order of relevance.
const TABLE: &[(&str, &str)] = &[
    // Words.
    ("volcano", "eyjafjallajokull.txt"),
    ("tortoise", ""),
];

#[test]
fn queries_find_what_they_say() {
    let place = Place::of_samples();
    let mut wrong = Vec::new();
    for (query, expected) in TABLE {
        let hits = place.hits(query);
        if hits != *expected {
            wrong.push(format!("    ({query:?}, {hits:?}),"));
        }
    }
    assert!(wrong.is_empty(), "expected otherwise:\n{}", wrong.join("\n"));
    assert!(TABLE.len() >= 40);
}
