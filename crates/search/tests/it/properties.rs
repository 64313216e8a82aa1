//! What holds for every query: terms take away, `-` is the rest, facets add up, order is nothing.

use std::collections::BTreeSet;

use dateline_search::Index;
use dateline_search::query::parse;
use dateline_search::search::{FacetField, FacetOptions, Sort};

use crate::common::{Place, keys};

const TERMS: &[&str] = &[
    "person:Gurnah",
    "place:Norway",
    "place:London",
    "topic:politics",
    "topic:sport",
    "about:Helsinki",
    "org:EU",
    "peace",
    "\"said on\"",
    "title:Norway*",
    "date:2025",
    "date:..2024",
    "source:data/samples/*",
    "id:wire-*",
    "[place:Oslo org:WhatsApp]",
    "name:George",
    "person:(Adams OR Jordan)",
    "the",
    "a*",
    "misc:Swahili",
    "place:(-London)",
    "-place:London",
    "(sport OR place:China)",
];

fn set(index: &Index, query: &str) -> BTreeSet<String> {
    keys(index, query, Sort::Relevance).split(' ').filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

#[test]
fn queries_are_sets() {
    let place = Place::of_samples();
    let index = place.open();
    let all = set(&index, "*");
    assert_eq!(all.len(), 27);
    for a in TERMS {
        let of_a = set(&index, a);
        let not_a = set(&index, &format!("-({a})"));
        assert_eq!(all.difference(&of_a).cloned().collect::<BTreeSet<_>>(), not_a, "{a}");
        for b in TERMS {
            let of_b = set(&index, b);
            let both = set(&index, &format!("{a} {b}"));
            assert_eq!(of_a.intersection(&of_b).cloned().collect::<BTreeSet<_>>(), both, "{a} {b}");
            let either = set(&index, &format!("{a} OR {b}"));
            assert_eq!(of_a.union(&of_b).cloned().collect::<BTreeSet<_>>(), either, "{a} OR {b}");
            let without = set(&index, &format!("{a} -({b})"));
            assert_eq!(of_a.difference(&of_b).cloned().collect::<BTreeSet<_>>(), without, "{a} -({b})");
        }
    }
}

/// Not only the same hits, but in the same order.
#[test]
fn the_order_of_terms_never_matters() {
    let place = Place::of_samples();
    let index = place.open();
    for terms in TERMS.windows(3) {
        let [a, b, c] = terms else { continue };
        for between in [" ", " OR "] {
            let expected = keys(&index, &[*a, b, c].join(between), Sort::Relevance);
            for other in [[b, a, c], [c, b, a], [b, c, a]] {
                assert_eq!(
                    keys(&index, &other.map(|term| *term).join(between), Sort::Relevance),
                    expected,
                    "{terms:?}"
                );
            }
        }
    }
}

#[test]
fn facets_count_what_is_in_the_hits() {
    let place = Place::of_samples();
    let index = place.open();
    let fields = [
        (FacetField::Kind("person".into()), "person"),
        (FacetField::Kind("place".into()), "place"),
        (FacetField::Topic, "topic"),
        (FacetField::Source, "source"),
        (FacetField::Date(4), "date"),
    ];
    for query in ["*", "topic:politics", "place:Norway", "-place:Norway", "nothingatall"] {
        let found = index.search(parse(query, index.kinds()).expect("it is well-formed")).expect("it is read");
        let options = |n| fields.iter().map(move |(field, _)| FacetOptions { field: field.clone(), n, like: None });
        let facets = found.facets(&options(1_000).collect::<Vec<_>>(), false).expect("they are counted");
        for (facet, (_, qualifier)) in facets.iter().zip(&fields) {
            for (value, n) in &facet.values {
                // Each value is a query that finds as many.
                let narrowed = set(&index, &format!("({query}) {qualifier}:\"{value}\""));
                assert!(narrowed.len() as u64 >= *n && *n > 0, "{query} {qualifier} {value}: {n}");
                if *qualifier != "person" && *qualifier != "place" {
                    assert_eq!(narrowed.len() as u64, *n, "{query} {qualifier}:{value}");
                }
            }
        }
        // Those of two halves add up.
        let halves = [format!("({query}) place:London"), format!("({query}) -place:London")].map(|half| {
            let found = index.search(parse(&half, index.kinds()).expect("it is well-formed")).expect("it is read");
            found.facets(&options(1_000).collect::<Vec<_>>(), false).expect("they are counted")
        });
        for (i, facet) in facets.iter().enumerate() {
            for (value, n) in &facet.values {
                let of = |half: usize| {
                    halves[half][i].values.iter().find(|(other, _)| other == value).map_or(0, |(_, n)| *n)
                };
                assert_eq!(of(0) + of(1), *n, "{query} {value}");
            }
        }
        // The first few are the first of all.
        for (few, all) in
            found.facets(&options(3).collect::<Vec<_>>(), false).expect("they are counted").iter().zip(&facets)
        {
            let n_before =
                if matches!(all.field, FacetField::Date(_)) { all.values.len().saturating_sub(3) } else { 0 };
            assert_eq!(few.values, all.values.iter().skip(n_before).take(3).cloned().collect::<Vec<_>>());
        }
    }
}

#[test]
fn facets_without_their_own_filter_and_by_a_part_of_the_value() {
    let place = Place::of_samples();
    let index = place.open();
    let facet = |query: &str, like: Option<&str>, all: bool| {
        let found = index.search(parse(query, index.kinds()).expect("it is well-formed")).expect("it is read");
        let like = like.map(str::to_owned);
        let options = [FacetOptions { field: FacetField::Kind("place".into()), n: 3, like }];
        let values = found.facets(&options, all).expect("they are counted").remove(0).values;
        values.iter().map(|(value, n)| format!("{value} {n}")).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(facet("place:Oslo", Some("oslo"), false), "Oslo 1, Oslo-Gardermoen 1");
    assert_eq!(facet("topic:sport place:Kenya", Some("ken"), false), "Kenya 1");
    assert_eq!(facet("topic:sport place:Kenya", Some("bra"), false), "");
    assert_eq!(facet("topic:sport place:Kenya", Some("bra"), true), "Brazil 1");
    assert_eq!(facet("*", Some("zur"), false), "Zürich 1");
}
