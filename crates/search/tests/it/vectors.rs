//! Articles like one.

use dateline_search::query::parse;
use dateline_search::search::{Page, SearchError};

use crate::common::{Place, SAMPLES, article};

#[test]
fn the_nearest_come_first_as_with_exact_vectors() {
    let place = Place::of_samples();
    let index = place.open();
    let text = std::fs::read_to_string(SAMPLES).expect("the checkout has it");
    let vectors: Vec<(String, Vec<f32>)> = text
        .lines()
        .map(|line| {
            let record = dateline::Record::parse(line, None).expect("it is a record");
            (record.id().map(|id| id.into_owned()).unwrap_or_default(), record.embedding.flatten().expect("it has one"))
        })
        .collect();
    for (key, vector) in vectors.iter().filter(|(key, _)| !key.is_empty()) {
        let found = index.search_like(parse("*", index.kinds()).expect("it is well-formed"), key).expect("it is read");
        assert_eq!(found.count(), 26);
        let page = Page { sort: Default::default(), from: 0, n: 26, snippet: 0 };
        let near = found.articles(&page).expect("it is read");
        let exact = |other: &str| {
            let other = vectors.iter().find(|(key, _)| key == other);
            other.map(|(_, other)| vector.iter().zip(other).map(|(a, b)| f64::from(a * b)).sum::<f64>())
        };
        for (article, cosine) in &near {
            if let Some(exact) = exact(&article.key) {
                assert!((cosine - exact).abs() < 0.01, "{key} {}: {cosine} {exact}", article.key);
            }
        }
        assert!(near.windows(2).all(|pair| pair[0].1 >= pair[1].1));
    }
    let query = parse("topic:sport", index.kinds()).expect("it is well-formed");
    let found = index.search_like(query, "kipchoge.txt").expect("it is read");
    assert_eq!(found.count(), 3, "a query narrows them");
}

#[test]
fn what_has_no_embedding_is_like_nothing() {
    let place = Place::of(&[article("a", "[PER Ana] left."), article("b", "[PER Bo] left.")]);
    let index = place.open();
    let like = |key: &str| index.search_like(parse("*", index.kinds()).expect("it is well-formed"), key).map(|_| ());
    assert!(matches!(like("a"), Err(SearchError::NoEmbedding { .. })));
    assert!(matches!(like("c"), Err(SearchError::NoArticle { .. })));
}
