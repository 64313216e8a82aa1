//! Tables and plain text.

use expect_test::expect;

use super::{check, check_with, forms, options};
use crate::source::Options;

#[test]
fn rows_become_objects_of_strings() {
    let file = "\u{feff}id,title,text,price\r\n7,\"Talks, again\",\"Envoys met in Doha.\n\nThey \"\"agreed\"\".\",1.50\r\n\r\n,Rain,\"\",\r\n";
    check(
        "week.csv",
        file,
        expect![[r#"
            7 @2:24 | title*=Talks, again | text=Envoys met in Doha.\n\nThey \"agreed\".
            week.csv:6 @6:89 | title*=Rain | text=
            note: week.csv: CSV with text in title, text
            note: blank lines: 1"#]],
    );
    expect![[r#"
        {"id":"7","title":"Talks, again","text":"Envoys met in Doha.\n\nThey \"agreed\".","price":"1.50"}
        {"id":"","title":"Rain","text":"","price":""}"#]]
    .assert_eq(&forms("week.csv", file.as_bytes()).join("\n"));
    expect![[r#"{"text":"a, b \"c\" d","":"\u0001"}"#]]
        .assert_eq(&forms("week.tsv", b"text\t\na, b \"c\" d\t\x01").join("\n"));
}

#[test]
fn rows_that_do_not_fit_cost_one_record() {
    check(
        "ragged.csv",
        b"text,lang\ntwo cells,en\none cell\nthree,cells,here\ncaf\xe9,fr\nafter,en\n\"never closed,en\nlast,en\n",
        expect![[r#"
            ragged.csv:2 @2:10 | text=two cells
            invalid_csv: ragged.csv:3:1: the row has 1 cells: expected 2, as in the header
            invalid_csv: ragged.csv:4:1: the row has more cells: expected 2, as in the header
            invalid_utf8: ragged.csv:5:4: byte 0xe9 is not UTF-8
            ragged.csv:6 @6:57 | text=after
            invalid_csv: ragged.csv:7:1: a quote is opened and never closed: expected its end before that of the input
            note: ragged.csv: CSV with text in text"#]],
    );
}

#[test]
fn quotes_are_never_dropped_in_silence() {
    // Tables that know no quoting have such rows.
    check(
        "films.tsv",
        "text\tlang\n\"Dune\" star dies\ten\nStar of \"Dune\" dies\ten\n\"Star of \"\"Dune\"\" dies\"\ten\n",
        expect![[r#"
            invalid_csv: films.tsv:2:7: text after a closing quote: expected quotes around the whole cell, doubled inside
            films.tsv:3 @3:30 | text=Star of \"Dune\" dies
            films.tsv:4 @4:53 | text=Star of \"Dune\" dies
            note: films.tsv: TSV with text in text"#]],
    );
}

#[test]
fn a_row_that_is_too_large_is_passed_over() {
    let file = format!("text,lang\n\"{}\",en\nshort,en\n", "long\n".repeat(1000));
    check_with(
        Options { max_record_bytes: 100, ..options() },
        "long.csv",
        file,
        expect![[r#"
            record_too_large: long.csv:2:1: the record has 5005 bytes: expected at most 100
            long.csv:1003 @1003:5016 | text=short
            note: long.csv: CSV with text in text"#]],
    );
}

#[test]
fn headers_that_cannot_be_used_are_refused() {
    check("a.csv", "text,lang,text\n", expect![[r#"error: a.csv: column "text" stands twice in the header"#]]);
    check(
        "a.csv",
        b"text,l\xe9gende\n",
        expect!["error: a.csv: the header row cannot be read: byte 0xe9 is not UTF-8"],
    );
    check(
        "a.csv",
        "\"text,lang\n",
        expect![
            "error: a.csv: the header row cannot be read: a quote is opened and never closed: expected its end before that of the input"
        ],
    );
    check(
        "a.csv",
        "id;title;text\n1;a;b\n",
        expect![[r#"
            error: a.csv: found no title, headline, text, body or content in the first records, which have id;title;text
            hint: columns are separated by commas in .csv and by tabs in .tsv; is the ending right?"#]],
    );
    check(
        "a.tsv",
        "text\tentities\n",
        expect![[r#"
            error: a.tsv: a record on line 1 already has a field "entities", which the output would add
            hint: --under KEY puts everything the output adds under one key of your choice; --replace tags dateline's own records again"#]],
    );
}

#[test]
fn a_text_file_is_an_article() {
    check(
        "wire/0412.txt",
        "OSLO, May 3 - Ministers met.\r\n\r\n\u{feff}They \"agreed\".\n",
        expect![[r#"wire/0412.txt @1:0 | text=OSLO, May 3 - Ministers met.\r\n\r\n\u{feff}They \"agreed\".\n"#]],
    );
    check("bad.txt", b"One line.\ncaf\xe9", expect!["invalid_utf8: bad.txt:2:4: byte 0xe9 is not UTF-8"]);
    check_with(
        Options { max_record_bytes: 10, ..options() },
        "long.txt",
        "Eleven byte",
        expect!["record_too_large: long.txt:1:1: the record has 11 bytes: expected at most 10"],
    );
}
