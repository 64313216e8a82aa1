//! Names that several people or companies could have: who is meant, in articles of two sentences,
//! from the text to the entities.

use serde_json::Value;

use crate::common::Dir;

/// A name, and which of its occurrences in a text.
type Occurrence = (&'static str, i32);

/// The texts of one case.
struct Case {
    texts: &'static [&'static str],
    /// Number of the text, a name and which of its occurrences, and another name and occurrence
    /// that is the same entity; -1 is the last.
    same: &'static [(usize, Occurrence, Occurrence)],
}

/// Tags the texts and looks up the entity of the mention over each name.
#[track_caller]
fn check(case: &Case) {
    let dir = Dir::new();
    let lines = case.texts.iter().enumerate();
    let lines = lines.map(|(id, text)| serde_json::json!({"id": id.to_string(), "text": text}).to_string() + "\n");
    dir.write("in.jsonl", lines.collect::<String>());
    let ran = dir.run("tag -q in.jsonl");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let records = ran.records();
    let mut wrong = String::new();
    for &(text, (a, nth_a), (b, nth_b)) in case.same {
        let found = [entity(&records[text], a, nth_a), entity(&records[text], b, nth_b)];
        if found[0].is_none() || found[0] != found[1] {
            wrong += &format!(
                "{}: {a} {nth_a} is of entity {:?}, {b} {nth_b} of {:?}\n",
                case.texts[text], found[0], found[1]
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The entity of the mention that covers an occurrence of `name`.
fn entity(record: &Value, name: &str, nth: i32) -> Option<u64> {
    let text = record["text"].as_str().expect("a text");
    let places: Vec<usize> = text.match_indices(name).map(|(at, _)| text[..at].chars().count()).collect();
    let at = if nth < 0 { places.len() - nth.unsigned_abs() as usize } else { nth as usize };
    let (start, end) = (places[at] as u64, (places[at] + name.chars().count()) as u64);
    let covers = |mention: &&Value| {
        mention["start"].as_u64().is_some_and(|at| at <= start) && mention["end"].as_u64().is_some_and(|at| at >= end)
    };
    let mention = record["mentions"].as_array().expect("a list").iter().find(covers)?;
    mention["entity"].as_u64()
}

#[test]
fn mr_and_mrs() {
    check(&Case {
        texts: &[
            "Martin Dalby, 61, and his wife, Ruth Dalby, 58, were found near Kelso. Mr Dalby said they were cold.",
            "Helen Marsh and her brother Paul Marsh run the shop. Ms. Marsh keeps the books. Mr. Marsh drives.",
            "Paul Orwin and Grace Orwin were charged in Salem. Mr. Orwin pleaded guilty. Mrs. Orwin did not.",
            "Martin and Ruth Penn were found safe. Mr Penn said they were cold.",
        ],
        same: &[
            (0, ("Dalby", -1), ("Martin Dalby", 0)),
            (1, ("Marsh", -2), ("Helen Marsh", 0)),
            (1, ("Marsh", -1), ("Paul Marsh", 0)),
            (2, ("Orwin", -2), ("Paul Orwin", 0)),
            (2, ("Orwin", -1), ("Grace Orwin", 0)),
            (3, ("Penn", -1), ("Martin", 0)),
        ],
    });
}

#[test]
fn junior_and_senior() {
    check(&Case {
        texts: &[
            "James Corwin Jr. was elected mayor of Tilden. His father, James Corwin Sr., had held the post. Corwin Jr. thanked \
             his family.",
            "Carl Boone III met his grandfather Carl Boone at the dam. Boone III spoke first.",
        ],
        same: &[(0, ("Corwin Jr", -1), ("James Corwin Jr", 0)), (1, ("Boone III", -1), ("Carl Boone III", 0))],
    });
}

/// Of `Johnson & Marlow said J&M` the built-in model does not find the first name whole; that the two
/// are one where it is found stands among the cases of merging.
#[test]
fn acronyms_with_an_ampersand() {
    check(&Case {
        texts: &["Marks & Tilden (M&T) will close shops. M&T has 40."],
        same: &[(0, ("M&T", -1), ("Marks & Tilden", 0))],
    });
}

#[test]
fn double_barrelled_surnames() {
    check(&Case {
        texts: &[
            "Sarah Lloyd-Jones beat Anna Jones in Cardiff. Lloyd-Jones said it was hard. Jones congratulated her.",
            "Peter Hall sued Tomas Grey-Hall over the farm. Hall said he was sure to win.",
        ],
        same: &[(0, ("Jones", -1), ("Anna Jones", 0)), (1, ("Hall", -1), ("Peter Hall", 0))],
    });
}

#[test]
fn apostrophes_of_all_kinds() {
    check(&Case {
        texts: &[
            "Sinead O'Malley spoke. Sinead O`Malley left.",
            "Brian D\u{2019}Angelo spoke. Brian D\u{b4}Angelo left.",
        ],
        same: &[(0, ("Malley", -1), ("Malley", 0)), (1, ("Angelo", -1), ("Angelo", 0))],
    });
}
