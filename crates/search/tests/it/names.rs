//! Who is found under which name, and what stands in one sentence.

use serde_json::{Value, json};

use crate::common::{Place, article, article_with};

fn check(articles: &[Value], queries: &[(&str, &str)]) {
    let sorted = |keys: &str| {
        let mut keys: Vec<String> = keys.split_whitespace().map(str::to_owned).collect();
        keys.sort();
        keys
    };
    let place = Place::of(articles);
    for (query, expected) in queries {
        assert_eq!(sorted(&place.hits(query)), sorted(expected), "{query}");
    }
}

#[test]
fn words_of_a_name_are_words_of_one_name() {
    check(
        &[
            article("one", "[PER Hugo Adams] left."),
            article("two", "[PER Hugo Meyer] met [PER Ann Adams]."),
            article("three", "[PER John Smith] met [PER Ann Smith John]."),
        ],
        &[
            ("person:(Hugo Adams)", "one"),
            ("person:\"Hugo Adams\"", "one"),
            ("person:Hugo person:Adams", "one two"),
            ("person:\"Smith John\"", "three"),
            ("person:\"Meyer Ann\"", ""),
            ("person:(Adams -Hugo)", "two"),
            ("person:(Hugo OR Ann)", "one three two"),
            ("person:(Hugo -Adams) person:(Adams -Hugo)", "two"),
            ("person:(-Smith)", "one two"),
            ("person:hug*", "one two"),
            ("person:\"Hugo A\"*", "one"),
            ("place:Hugo", ""),
            ("name:Hugo", "one two"),
        ],
    );
}

#[test]
fn aliases_lead_to_the_name_and_the_words_of_all_forms_are_its_words() {
    check(
        &[
            article("a", "[PER Joe Dunford] spoke. [PER Joe Dunford|General Dunford] left."),
            article("b", "[PER Joe Dunford] spoke."),
        ],
        &[
            ("person:General", "a"),
            // Within one name, not within one form of it.
            ("person:(General Joe)", "a"),
            ("person:\"General Joe\"", ""),
            ("person:Dunford", "a b"),
        ],
    );
}

#[test]
fn in_one_sentence() {
    check(
        &[
            article("same", "[PER Ana] left [LOC Bonn]. It rained."),
            article("apart", "[PER Ana] left. It rained. In [LOC Bonn] all was well."),
            article("later", "[PER Ana] left. [PER Bo] met [PER Ana] in [LOC Bonn]. In [LOC Turku] all was well."),
        ],
        &[
            ("person:Ana place:Bonn", "same apart later"),
            ("[person:Ana place:Bonn]", "same later"),
            ("[place:Bonn person:Ana]", "same later"),
            ("[person:Ana place:Bonn person:Bo]", "later"),
            ("[person:Ana place:Turku]", ""),
            ("[person:Ana -place:Bonn]", "apart later"),
            ("[place:Bonn -person:Ana]", "apart"),
            ("[person:Bo OR place:Turku]", "later"),
            ("-[person:Ana place:Bonn]", "apart"),
            ("person:Ana -[person:Ana place:Bonn]", "apart"),
            ("[person:(Ana OR Bo) place:Bonn]", "same later"),
            ("[-person:Ana]", "apart later"),
        ],
    );
}

#[test]
fn what_has_no_salience_is_not_found_by_name() {
    let articles =
        [article("byline", "By [PER !Ana Lind]. In [LOC Bonn] it rained."), article("story", "[PER Ana Lind] left.")];
    check(
        &articles,
        &[
            ("person:Lind", "story"),
            ("name:Lind", "story"),
            ("[person:Lind place:Bonn]", ""),
            ("person:(-Bo)", "story"),
            ("text:Lind", "byline story"),
        ],
    );
    let place = Place::of(&articles);
    let connection = rusqlite::Connection::open(place.path("news.db")).expect("it opens");
    let mentions: i64 = connection
        .query_row(
            "SELECT count(*) FROM mention JOIN name ON name.id = mention.name WHERE name.name = 'Ana Lind'",
            [],
            |row| row.get(0),
        )
        .expect("a row");
    assert_eq!(mentions, 2, "the mentions are stored");
}

#[test]
fn spellings_are_one_name() {
    let articles = [
        article("1", "[LOC Santa Ana] burned."),
        article("2", "[LOC SANTA ANA] burned."),
        article("3", "[LOC Santa Ana] burned."),
        article("4", "[PER O'Neill] left [LOC Zürich] for the [LOC U.S.]."),
        article("5", "[PER O’Neill] left [LOC Zu\u{308}rich] for the [LOC US]."),
        article("6", "[LOC 서울] and [LOC \u{1109}\u{1165}\u{110b}\u{116e}\u{11af}]."),
    ];
    check(
        &articles,
        &[
            ("place:\"santa ana\"", "1 2 3"),
            ("place:zurich", "4 5"),
            ("place:Zürich", "4 5"),
            ("place:Zu\u{308}rich", "4 5"),
            ("person:O'Neill", "4 5"),
            ("person:O’NEILL", "4 5"),
            ("person:oneill", "4 5"),
            ("place:US", "4 5"),
            ("place:U.S.", "4 5"),
            ("place:\u{1109}\u{1165}\u{110b}\u{116e}\u{11af}", "6"),
            ("place:서*", "6"),
            // Words as well.
            ("text:Zu\u{308}rich", "4 5"),
            ("zurich", "4 5"),
            ("O’Neill", "4 5"),
            ("text:서울", "6"),
        ],
    );
    let place = Place::of(&articles);
    let index = place.open();
    let query = dateline_search::query::parse("*", index.kinds()).expect("it is well-formed");
    let (n, names) = index.search(query).expect("it is read").names(0, 100).expect("they are read");
    let shown: Vec<String> = names.iter().map(|name| format!("{} {}", name.name, name.articles)).collect();
    assert_eq!((n, shown.join(", ").as_str()), (5, "Santa Ana 3, O’Neill 2, Zürich 2, US 2, 서울 1"));
}

#[test]
fn about_is_at_least_a_tenth() {
    let mut small = article("small", "[LOC Bonn] and [LOC Turku].");
    small["entities"][0]["salience"] = json!(0.0999);
    small["entities"][1]["salience"] = json!(0.1);
    check(
        &[small],
        &[("place:Bonn", "small"), ("about:Bonn", ""), ("about:Turku", "small"), ("about:(-Bonn)", "small")],
    );
}

#[test]
fn kinds_of_other_models_are_fields_too() {
    let articles =
        [article("a", "[GPE Oslo] and [DATE May] and [PERSON Ana]."), article("b", "[EVENT May] [ORG Oslo].")];
    check(
        &articles,
        &[("gpe:Oslo", "a"), ("event:may", "b"), ("other_date:May", "a"), ("person:Ana", "a"), ("place:Oslo", "")],
    );
    assert_eq!(Place::of(&articles).open().kinds(), ["event", "gpe", "org", "other_date", "person"]);
}

/// A compact record has no sentences, and is in none.
#[test]
fn without_sentences() {
    let mut compact = article("a", "[PER Ana] left [LOC Bonn].");
    for i in 0..2 {
        compact["mentions"][i].as_object_mut().expect("an object").remove("sentence");
    }
    check(&[compact], &[("person:Ana place:Bonn", "a"), ("[person:Ana place:Bonn]", "")]);
}

#[test]
fn topics_by_label_by_code_and_by_what_they_are_part_of() {
    let with = |id: &str, code: &str, label: &str, score: f64| {
        article_with(json!({ "id": id, "topics": [{ "code": code, "label": label, "score": score }] }), "A text.")
    };
    check(
        &[
            with("top", "medtop:11000000", "politics", 0.7),
            with("below", "medtop:11006001", "local authority", 0.8),
            with("other", "medtop:02000000", "crime, law and justice", 0.9),
        ],
        &[
            ("topic:politics", "below top"),
            ("topic:POLITICS", "below top"),
            ("topic:medtop:11000000", "below top"),
            ("topic:11000000", "below top"),
            ("topic:medtop:11006001", "below"),
            ("topic:\"law and justice\"", "other"),
            ("topic:law", "other"),
            ("topic:poli*", "below top"),
            ("topic:medtop:1100*", "below top"),
            ("topic:(law OR politics)", "other below top"),
            ("topic:la", ""),
        ],
    );
}

#[test]
fn ties_are_broken_by_date_then_key() {
    let dated = |id: &str, date: Value| article_with(json!({ "id": id, "date": date }), "[LOC Bonn] slept.");
    let place = Place::of(&[
        dated("b", json!("2024-03-05")),
        dated("e", json!(null)),
        dated("a", json!("2024-03-05")),
        dated("c", json!("2025")),
        dated("d", json!("2024-03-05T10:00:00Z")),
        dated("f", json!("soon")),
    ]);
    let index = place.open();
    let keys = |query: &str, sort| crate::common::keys(&index, query, sort);
    use dateline_search::search::Sort::{Newest, Oldest, Relevance, Salience};
    assert_eq!(keys("place:Bonn", Relevance), "c d a b e f");
    assert_eq!(keys("place:Bonn", Salience), "c d a b e f");
    assert_eq!(keys("place:Bonn", Newest), "c d a b e f");
    assert_eq!(keys("place:Bonn", Oldest), "a b d c e f");
    for (query, expected) in [
        ("date:2024", "d a b"),
        ("date:2024-03-05", "d a b"),
        ("date:2024-03-06", ""),
        ("date:>2024-03-05", "c"),
        ("date:>=2024-03-05", "c d a b"),
        ("date:<2024-03-05", ""),
        ("date:<=2024-03-05", "d a b"),
        ("date:2024-01..2024-12", "d a b"),
        ("date:..2024-03-04", ""),
        ("-date:2024", "c e f"),
    ] {
        assert_eq!(keys(query, Relevance), expected, "{query}");
    }
}
