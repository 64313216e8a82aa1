//! An index is made, brought up to date, refused and checked.

use std::fs;
use std::ops::ControlFlow;

use dateline::internals::error::UserError as _;
use dateline::internals::outputs::Progress;
use dateline_search::entry::Options;
use dateline_search::index::{self, BuildOptions, IndexError, build, verify};
use dateline_search::{Aliases, Index};
use serde_json::{Value, json};

use crate::common::{Place, SAMPLES, article, article_with, lines};

fn articles() -> Vec<Value> {
    (0..40)
        .map(|i| article(&format!("a{i}"), &format!("[PER Ana No{i}|Ana] left [LOC Bonn] in the year {i}.")))
        .collect()
}

/// What is in an index depends on its records alone, not on how it came to be.
#[test]
fn brought_up_to_date_it_is_as_if_made_anew() {
    let before = articles();
    let mut after = articles();
    after[3] = article("a3", "[PER Bo] met [LOC BONN] in the rain.");
    after.remove(5);
    after.push(article("new", "[ORG NATO] met in [LOC Turku], the city."));
    after.swap(0, 20);
    let place = Place::of(&before);
    assert_eq!(place.hits("person:Bo"), "");
    place.write("out.jsonl", &lines(&after));
    let built = place.index(&["out.jsonl"]);
    assert_eq!((built.read, built.added, built.changed, built.unchanged, built.removed), (40, 1, 1, 38, 1));
    assert_eq!(place.dump(), Place::of(&after).dump());
    assert_eq!(
        (place.hits("person:Bo"), place.hits("person:No5"), place.hits("id:new")),
        ("a3".into(), "".into(), "new".into())
    );
    // And again, which changes nothing.
    let built = place.index(&["out.jsonl"]);
    assert_eq!((built.unchanged, built.added + built.changed + built.removed), (40, 0));
    assert_eq!(place.dump(), Place::of(&after).dump());
    assert!(verify(&place.path("news.db")).expect("it opens").problems.is_empty());
}

/// Wherever a run stops, the same command ends with the same rows.
#[test]
fn an_interrupted_run_goes_on() {
    let whole = Place::of(&articles());
    for stop_after in 0..4 {
        let place = Place::new();
        place.write("out.jsonl", &lines(&articles()));
        let (records, options) =
            ([place.path("out.jsonl")], BuildOptions { commit_bytes: 1, ..BuildOptions::default() });
        let mut n_messages = 0;
        let stop = |_: &index::Built| {
            n_messages += 1;
            if n_messages > stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let built = build(&place.path("news.db"), &records, &options, stop).expect("it is built");
        if built.interrupted {
            let found = index::find(&place.path("")).expect("it can be listed");
            assert_eq!(found.iter().map(|found| found.progress).collect::<Vec<_>>(), [Progress::Interrupted]);
            assert!(!verify(&place.path("news.db")).expect("it opens").problems.is_empty());
            Index::open(&place.path("news.db")).expect("what is there can be searched");
        }
        place.index(&["out.jsonl"]);
        assert_eq!(place.dump(), whole.dump(), "{stop_after}");
    }
}

#[test]
fn several_files_and_keys_that_stand_twice() {
    let place = Place::new();
    place.write("a.jsonl", &lines(&[article("x", "[PER Ana] left."), article("x", "[PER Bo] left.")]));
    place.write("b.jsonl", &lines(&[article("x", "[PER Cy] left."), article("y", "[PER Di] left.")]));
    let built = place.index(&["a.jsonl", "b.jsonl"]);
    assert_eq!((built.added, built.repeated), (4, 2));
    assert_eq!(place.hits("person:(Ana OR Bo OR Cy)"), "x x~2 x~3");
    assert_eq!(place.hits("person:Cy"), "x~3");
    // A file alone is brought up to date without the other.
    place.write("a.jsonl", &lines(&[article("x", "[PER Eve] left.")]));
    let built = place.index(&["a.jsonl"]);
    assert_eq!((built.changed, built.removed, built.articles), (1, 1, 3));
    assert_eq!(place.hits("person:(Ana OR Bo)"), "");
    assert_eq!(place.hits("person:(Eve OR Cy OR Di)"), "x x~3 y");
}

#[test]
fn ids_dates_and_aliases_of_the_house() {
    let place = Place::new();
    place.write("list.tsv", "place\tUnited States\tUS\nplace\tUnited States\tAmerica\n");
    let with = |url: &str, when: &str, text: &str| article_with(json!({ "url": url, "when": when }), text);
    place.write(
        "out.jsonl",
        &lines(&[with("u1", "2024-05-01", "[LOC US] won."), with("u2", "2023-05-01", "[LOC America] lost.")]),
    );
    let entry = Options {
        id: Some("url".into()),
        date: Some("when".into()),
        aliases: Aliases::open(&place.path("list.tsv")).expect("it is well-formed"),
        ..Options::default()
    };
    let options = BuildOptions { entry, ..BuildOptions::default() };
    place.try_index(&["out.jsonl"], &options).expect("it is built");
    assert_eq!(place.hits("place:\"United States\""), "u1 u2");
    assert_eq!(place.hits("place:America"), "u2");
    assert_eq!(place.hits("date:2024"), "u1");
    let error = place.try_index(&["out.jsonl"], &BuildOptions::default()).expect_err("other options");
    assert!(error.to_string().contains("--date was when, is not given; --aliases was"), "{error}");
    assert!(error.hint().expect("a hint").contains("derived data"));
}

#[test]
fn articles_are_taken_out_by_id() {
    let place = Place::of(&articles());
    let options = BuildOptions {
        delete: ["a1".to_owned(), "a7".to_owned(), "none".to_owned()].into(),
        ..BuildOptions::default()
    };
    let built = place.try_index(&[], &options).expect("it is built");
    assert_eq!((built.removed, built.articles), (2, 38));
    assert_eq!(place.hits("id:a1 OR id:a7 OR person:No7 OR person:No8"), "a8");
    // Left out of a run that has them, too.
    let built = place.try_index(&["out.jsonl"], &options).expect("it is built");
    assert_eq!((built.articles, built.added), (38, 0));
}

#[test]
fn one_model_at_a_time() {
    let mut other = articles();
    other[20]["tagger"]["model"] = json!("m2");
    let place = Place::new();
    place.write("out.jsonl", &lines(&other));
    let error = place.try_index(&["out.jsonl"], &BuildOptions::default()).expect_err("they are mixed");
    assert!(
        error
            .to_string()
            .ends_with("out.jsonl:21: found a record of m2, recipe r, and the index has those of m, recipe r")
    );
    assert!(error.hint().expect("a hint").contains("--mixed"));
    place.try_index(&["out.jsonl"], &BuildOptions { mixed: true, ..BuildOptions::default() }).expect("it is built");
    assert_eq!(place.open().about().get("model"), Some("m, recipe r\nm2, recipe r"));
}

#[test]
fn text_stands_in_the_records_or_inside() {
    let place = Place::of_samples();
    let query = || dateline_search::query::parse("id:gurnah.txt", place.open().kinds()).expect("it is well-formed");
    let page = dateline_search::search::Page { sort: Default::default(), from: 0, n: 1, snippet: 100 };
    let hits = |place: &Place| {
        let index = place.open();
        let mut complaints = Vec::new();
        let hits = index.search(query()).expect("it is read").hits(&page, |error| complaints.push(error.to_string()));
        (hits.expect("it is read")[0].snippet.is_some(), complaints)
    };
    assert_eq!(hits(&place), (true, Vec::new()));
    // Moved with its index it is still found; changed it is said to be changed.
    let moved = Place::new();
    fs::copy(place.path("news.db"), moved.path("news.db")).expect("the directory is ours");
    fs::copy(place.path("out.jsonl"), moved.path("out.jsonl")).expect("the directory is ours");
    assert_eq!(hits(&moved), (true, Vec::new()));
    let text = fs::read_to_string(SAMPLES).expect("the checkout has it");
    moved.write("out.jsonl", &text.replace("Gurnah", "Gurney"));
    let (has_text, complaints) = hits(&moved);
    assert!(!has_text && complaints[0].ends_with("out.jsonl:12: is not what was indexed"), "{complaints:?}");
    fs::remove_file(moved.path("out.jsonl")).expect("the directory is ours");
    assert!(hits(&moved).1[0].ends_with("out.jsonl: cannot be read"));
    assert!(!verify(&moved.path("news.db")).expect("it opens").problems.is_empty());
    // Inside the index nothing else is needed.
    let stored = Place::new();
    stored.write("out.jsonl", &text);
    stored.try_index(&["out.jsonl"], &BuildOptions { store: true, ..BuildOptions::default() }).expect("it is built");
    fs::remove_file(stored.path("out.jsonl")).expect("the directory is ours");
    assert_eq!(hits(&stored), (true, Vec::new()));
    assert_eq!(verify(&stored.path("news.db")).expect("it opens").problems, Vec::<String>::new());
}

#[test]
fn what_cannot_be_indexed_is_refused() {
    let place = Place::new();
    let refused = |records: &str, message: &str, hint: &str| {
        let error = place.try_index(&[records], &BuildOptions::default()).expect_err(records);
        let shown = error.to_string().replace(&place.path("").display().to_string(), "");
        assert_eq!((shown.as_str(), error.hint().unwrap_or_default().as_str()), (message, hint));
    };
    fs::write(place.path("out.jsonl.gz"), b"\x1f\x8b\x08\0").expect("the directory is ours");
    refused(
        "out.jsonl.gz",
        "out.jsonl.gz: found a compressed file, in which text cannot be read from where it stands",
        "--store keeps the records inside the index; or decompress the file",
    );
    place.write("raw.jsonl", "{\"text\":\"x\"}\n");
    refused(
        "raw.jsonl",
        "raw.jsonl:1: found only the keys \"text\", wanted a record, which has \"mentions\", \"entities\", \"coverage\", \"warnings\", \"tagger\"",
        "records are what dateline tag writes; --under KEY names the key that their added keys are under",
    );
    refused("none.jsonl", "none.jsonl: cannot be opened", "");
    // Dead letters and empty lines are passed over.
    let letter = concat!(
        r#"{"error":{"source":"a.jsonl","record":3,"byte_offset":90,"byte_len":2,"#,
        r#""sha256":"e2da7787d8252df7b19ca247c901d29c6c1de28b2694f23202a198b2515d7382","code":"invalid_utf8","#,
        r#""stage":"decode","message":"m","raw_b64":"e/8=","line":4,"item":7,"id":"a.jsonl:4"}}"#
    );
    place.write("more.jsonl", &format!("\n{letter}\n{}", lines(&[article("a", "[PER Ana] left.")])));
    let built = place.index(&["more.jsonl"]);
    assert_eq!((built.read, built.dead, built.articles), (1, 1, 1));
    assert_eq!(place.hits("person:Ana"), "a");
}

#[test]
fn case_68_two_writers_are_one_too_many() {
    let place = Place::of(&articles());
    let records = [place.path("out.jsonl")];
    let mut seen = None;
    build(&place.path("news.db"), &records, &BuildOptions::default(), |_| {
        let found = index::find(&place.path("")).expect("it can be listed");
        assert_eq!(found[0].progress, Progress::Running);
        seen = Some(place.try_index(&["out.jsonl"], &BuildOptions::default()).expect_err("it is being written"));
        ControlFlow::Continue(())
    })
    .expect("the first one is not disturbed");
    assert!(matches!(seen, Some(IndexError::Locked { .. })), "{seen:?}");
    place.index(&["out.jsonl"]);
    assert!(!place.path("news.db.lock").exists());
}

#[test]
fn case_67_other_files_other_versions_and_damage_are_told_apart() {
    let place = Place::new();
    place.write("text", "not a database, but long enough to be taken for one at first sight");
    assert!(matches!(Index::open(&place.path("text")), Err(IndexError::NotAnIndex { .. })));
    assert!(matches!(Index::open(&place.path("none")), Err(IndexError::Open { .. })));
    assert!(matches!(Index::open(&place.path("")), Err(IndexError::NotAnIndex { .. })));
    rusqlite::Connection::open(place.path("other.db"))
        .and_then(|other| other.execute_batch("CREATE TABLE t (x)"))
        .expect("the directory is ours");
    for refused in [Index::open(&place.path("other.db")).map(|_| ()), {
        place.write("out.jsonl", &lines(&articles()));
        build(&place.path("other.db"), &[place.path("out.jsonl")], &BuildOptions::default(), |_| {
            ControlFlow::Continue(())
        })
        .map(|_| ())
    }] {
        assert!(matches!(refused, Err(IndexError::NotAnIndex { .. })), "{refused:?}");
    }
    let place = Place::of(&articles());
    let path = place.path("news.db");
    rusqlite::Connection::open(&path)
        .and_then(|index| index.pragma_update(None, "user_version", 99))
        .expect("it opens");
    let error = Index::open(&path).map(|_| ()).expect_err("it is of another version");
    assert!(error.to_string().ends_with("news.db: found schema 99, wanted schema 2"), "{error}");
    assert!(error.hint().expect("a hint").starts_with("an index is derived data"));
    assert!(matches!(place.try_index(&["out.jsonl"], &BuildOptions::default()), Err(IndexError::OtherSchema { .. })));
    // A page in the middle is overwritten: whatever else happens, verify finds it.
    let place = Place::of(&articles());
    let path = place.path("news.db");
    let whole = fs::read(&path).expect("the directory is ours");
    assert_eq!(verify(&path).expect("it opens").problems, Vec::<String>::new());
    for page in 1..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..page * 4096 + 64].fill(0xa5);
        fs::write(&path, &damaged).expect("the directory is ours");
        let is_found = match verify(&path) {
            Ok(report) => report.n_problems > 0,
            Err(error) => matches!(error, IndexError::Damaged { .. } | IndexError::Sql { .. }),
        };
        assert!(is_found, "page {page} of {}", whole.len() / 4096);
    }
    // Cut off, too.
    fs::write(&path, &whole[..whole.len() / 2]).expect("the directory is ours");
    assert!(verify(&path).map_or(true, |report| report.n_problems > 0));
}

#[test]
fn rows_that_disagree_are_found() {
    for (sql, expected) in [
        ("DELETE FROM appears WHERE article = 3", "names in articles: expected"),
        ("UPDATE article SET offset = offset + 1 WHERE id = 4", "article a3: "),
        ("DELETE FROM mention WHERE article = 5", "mentions: expected"),
        ("DELETE FROM article WHERE id = 6", "articles: expected"),
        ("DELETE FROM words WHERE rowid = 7", "articles with words: expected"),
    ] {
        let place = Place::of(&articles());
        rusqlite::Connection::open(place.path("news.db"))
            .and_then(|index| index.execute_batch(&format!("PRAGMA foreign_keys = off; {sql}")))
            .expect("it opens");
        let problems = verify(&place.path("news.db")).expect("it opens").problems;
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{sql}: {problems:?}");
    }
}
