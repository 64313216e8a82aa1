use proptest::prelude::*;

use crate::query::{KINDS, Query, parse};
use dateline::internals::error::UserError as _;

fn kinds() -> Vec<String> {
    KINDS.iter().map(|&kind| kind.to_owned()).collect()
}

fn read(query: &str) -> Query {
    parse(query, &kinds()).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// What a query is understood as.
fn check(query: &str, expected: &str) {
    assert_eq!(read(query).to_string(), expected, "{query}");
}

/// Message, place and hint of a query that is not understood.
fn refused(query: &str, message: &str, place: (usize, usize), hint: &str) {
    let error = parse(query, &kinds()).expect_err(query);
    assert_eq!((error.message(), error.place()), (message, place), "{query}");
    assert_eq!(error.hint().unwrap_or_default(), hint, "{query}");
}

#[test]
fn queries_are_understood() {
    check("person:Dunford place:Helsinki topic:politics", "person:Dunford place:Helsinki topic:politics");
    check("place:Helsinki  AND\tperson:Dunford", "person:Dunford place:Helsinki");
    check("a b OR c", "(a b) OR c");
    check("a (b OR c)", "(b OR c) a");
    check("a -b NOT c --d", "-b -c a d");
    check("-(a b)", "-(a b)");
    check("((a)) a", "a");
    check("\"peace deal\" “peace deal”", "\"peace deal\"");
    check("gonz* \"joe dun\"*", "gonz* \"joe dun\"*");
    check("person:\"Joe Dunford\" PERSON:Dunf*", "person:\"Joe Dunford\" person:Dunf*");
    check("person:(Hugo Adams) person:(Hugo OR Victor -Adams)", "person:(Adams Hugo) person:((-Adams Victor) OR Hugo)");
    check("[place:B person:A]", "[person:A place:B]");
    check("-[person:A OR -place:B]", "-[-place:B OR person:A]");
    check("topic:medtop:11000000 topic:\"crime, law\"", "topic:\"crime, law\" topic:\"medtop:11000000\"");
    check("topic:(politics OR sport)", "topic:politics OR topic:sport");
    check("source:data/samples/* id:wire-0001 id:\"a (1)\"", "source:data/samples/* id:\"a (1)\" id:wire-0001");
    check("title:volcano text:(ash OR \"black ash\")", "(text:ash OR text:\"black ash\") title:volcano");
    check("date:2024", "date:2024");
    check("date:2024-03..2024-06", "date:2024-03..2024-06");
    check("date:>=2024-03-05 date:<2025", "date:<2025 date:>=2024-03-05");
    check("date:>2024-03 date:<=2025 date:..2026", "date:<=2025 date:<=2026 date:>2024-03");
    check("*", "*");
    check("* a", "a");
    check("12:30 o'clock U.S. Akufo-Addo", "\"12:30\" Akufo-Addo U.S. o'clock");
    check("\"OR\"", "\"OR\"");
    check("name:Oslo about:Oslo org:AT&T", "org:AT&T name:Oslo about:Oslo");
}

#[test]
fn what_cannot_be_understood_is_shown() {
    refused("persn:Dunford", "unknown qualifier persn:", (0, 6), "did you mean person: ?");
    refused("a tpoic:b", "unknown qualifier tpoic:", (2, 6), "did you mean topic: ?");
    refused(
        "http://example.org",
        "unknown qualifier http:",
        (0, 5),
        "there are about: date: id: misc: name: org: person: place: source: text: title: topic:; \
         or put it between quotes, if it is to be found as it stands",
    );
    refused(
        "ä \"peace deal",
        "a quote is opened and not closed",
        (2, 1),
        "put a \" where the phrase ends, or leave this one out",
    );
    refused("a (b OR c", "a bracket is opened and not closed", (2, 1), "add a )");
    refused("[person:a", "a bracket is opened and not closed", (0, 1), "add a ]");
    refused("person:(a", "a bracket is opened and not closed", (7, 1), "add a )");
    refused("a) b", "no ( stands before this )", (1, 1), "");
    refused("a ]", "no [ stands before this ]", (2, 1), "");
    refused("a ()", "nothing stands between these", (2, 2), "");
    refused("[]", "nothing stands between these", (0, 2), "");
    let empty = "the value stands right behind the colon: person:Dunford, person:\"Joe Dunford\"";
    refused("person:", "nothing stands behind this", (0, 7), empty);
    refused("person: Dunford", "nothing stands behind this", (0, 7), empty);
    refused("person:)", "nothing stands behind this", (0, 7), empty);
    refused("a person:\"\"", "nothing stands in this", (9, 2), "");
    refused("", "nothing is asked for", (0, 1), "* finds every article");
    refused("  ", "nothing is asked for", (2, 1), "* finds every article");
    let or = "put the word OR between quotes to look for it";
    refused("OR a", "nothing stands before OR", (0, 2), or);
    refused("a OR", "nothing stands behind OR", (3, 1), or);
    refused("a AND", "nothing stands behind AND", (2, 3), "put the word AND between quotes to look for it");
    let minus = "-word leaves out articles with that word; quotes make a dash a dash";
    refused("a - b", "nothing stands right behind this", (2, 1), minus);
    refused("a -", "nothing stands right behind this", (2, 1), minus);
    refused("a NOT", "nothing stands right behind this", (2, 3), minus);
    refused("a*b", "a star can only stand at the end of a word", (0, 3), "gonz* finds every word that begins so");
    refused("a &&", "found no letter or digit in this", (2, 2), "");
    refused("🎉", "found no letter or digit in this", (0, 1), "");
    refused("person:*", "nothing stands in this", (7, 1), "");
    let dates = "dates look like 2024, 2024-03, 2024-03-05, 2024-03..2024-06, >=2024-03-05";
    refused("date:yesterday", "yesterday is no date", (5, 9), dates);
    refused("date:2024-13", "2024-13 is no date", (5, 7), dates);
    refused("date:..", ".. is no date", (5, 2), dates);
    refused("date:202*", "a date has no star", (5, 4), "date:2024 finds all of 2024");
    let sentence = "[person:Dunford place:Helsinki] finds both names in one sentence";
    refused("[person:a peace]", "only names can be asked for within one sentence", (10, 5), sentence);
    refused("[topic:a]", "only names can be asked for within one sentence", (1, 6), sentence);
    refused("person:(place:a)", "a qualifier cannot stand within the value of another", (8, 6), "");
}

#[test]
fn an_error_is_shown_below_its_place() {
    let error = parse("Zürich\tpersn:x\u{1b}", &kinds()).expect_err("there is no such qualifier");
    assert_eq!(error.to_string(), "unknown qualifier persn:\n  Zürich persn:x\n         ^^^^^^");
    let long = format!("{} persn:x {}", "a".repeat(500), "b".repeat(500));
    let error = parse(&long, &kinds()).expect_err("there is no such qualifier");
    assert!(error.to_string().len() < 400, "{error}");
}

/// A megabyte and ten thousand brackets are read or refused in a moment: a step that looks at all of
/// it for each character would not come to an end here.
#[test]
fn no_query_takes_long() {
    for query in [
        "a ".repeat(500_000),
        "(".repeat(10_000),
        format!("{}a{}", "(".repeat(10_000), ")".repeat(10_000)),
        "[".repeat(10_000),
        "-".repeat(1_000_000),
        "person:(".repeat(100_000),
        "\"".repeat(1_000_001),
        "a".repeat(1_000_000),
        "OR ".repeat(300_000),
        "🎉".repeat(250_000),
        "\0".repeat(1_000_000),
    ] {
        let _ = parse(&query, &kinds());
    }
    assert!(parse(&format!("{}a{}", "(".repeat(100), ")".repeat(100)), &kinds()).is_ok());
    refused(&format!("{}a", "(".repeat(101)), "more than 100 brackets stand in one another", (61, 1), "");
}

proptest! {
    /// What is shown means what was typed, and the order of terms never matters.
    #[test]
    fn a_query_can_be_typed_again(terms in proptest::collection::vec(term(), 1..6)) {
        let query = read(&terms.join(" "));
        prop_assert_eq!(&read(&query.to_string()), &query);
        let reversed: Vec<String> = terms.iter().rev().cloned().collect();
        prop_assert_eq!(&read(&reversed.join(" ")), &query);
        let choices = read(&terms.iter().map(|term| format!("({term})")).collect::<Vec<_>>().join(" OR "));
        let reversed = terms.iter().rev().map(|term| format!("({term})")).collect::<Vec<_>>().join(" OR ");
        prop_assert_eq!(read(&reversed), choices);
    }

    /// Nothing that is typed makes it panic.
    #[test]
    fn anything_is_read_or_refused(query in "[a-c:()\\[\\]\"*\\- ORäé🎉\u{301}.0-9]{0,40}") {
        if let Err(error) = parse(&query, &kinds()) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

fn term() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(
        &[
            "a",
            "b*",
            "\"a b\"",
            "person:A",
            "person:(A B)",
            "-c",
            "(a OR -b)",
            "[person:A place:B]",
            "topic:x",
            "date:2024",
            "date:..2024-03",
            "date:>2023",
            "-[name:A -place:B]",
            "title:\"x y\"*",
            "id:a:b",
        ][..],
    );
    plain.prop_map(str::to_owned)
}
