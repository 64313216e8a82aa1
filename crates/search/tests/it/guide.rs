//! The questions in SQL that GUIDE.md asks, asked of an index.

use std::fs;

use crate::common::Place;

#[test]
fn every_question_of_the_guide_has_an_answer() {
    let place = Place::of_samples();
    let connection = rusqlite::Connection::open(place.path("news.db")).expect("it opens");
    let guide =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../GUIDE.md")).expect("the checkout has it");
    let questions: Vec<&str> =
        guide.split("```sql\n").skip(1).map(|block| block.split("```").next().unwrap_or_default()).collect();
    assert_eq!(questions.len(), 10);
    for question in questions {
        let mut rows = connection.prepare(question).unwrap_or_else(|error| panic!("{question}: {error}"));
        let rows = rows.query_map([], |_| Ok(())).expect("it can be asked");
        assert!(rows.count() > 0, "no answer: {question}");
    }
}

/// Each column of each table says what it is.
#[test]
fn the_tables_explain_themselves() {
    let place = Place::of_samples();
    let connection = rusqlite::Connection::open(place.path("news.db")).expect("it opens");
    let mut tables = connection
        .prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%--%' ORDER BY name")
        .expect("a query");
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    let n_columns = tables.map(|sql| sql.expect("a table").matches("--").count()).sum::<usize>();
    assert!(n_columns > 40, "{n_columns} comments");
}
