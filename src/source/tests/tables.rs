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
            invalid_csv: ragged.csv:7:1: a quote is opened and never closed: expected its end before that of the row
            ragged.csv:8 @8:83 | text=last
            note: ragged.csv: CSV with text in text"#]],
    );
}

#[test]
fn tables_with_tabs_know_no_quotes() {
    check(
        "films.tsv",
        "text\tlang\n\"Dune\" star dies\ten\n\"We won\ten\n\"\"\ten\n",
        expect![[r#"
            films.tsv:2 @2:10 | text=\"Dune\" star dies
            films.tsv:3 @3:30 | text=\"We won
            films.tsv:4 @4:41 | text=\"\"
            note: films.tsv: TSV with text in text"#]],
    );
    // Elsewhere they are never dropped in silence.
    check(
        "films.csv",
        "text,lang\n\"Dune\" star dies,en\nStar of \"Dune\" dies,en\n",
        expect![[r#"
            invalid_csv: films.csv:2:7: text after a closing quote: expected quotes around the whole cell, doubled inside
            films.csv:3 @3:30 | text=Star of \"Dune\" dies
            note: films.csv: CSV with text in text"#]],
    );
}

#[test]
fn a_stray_quote_costs_its_row() {
    // It closes in a later row, at a quote that opens there.
    check(
        "stray.csv",
        "id,text\n1,\"Boats left.\n2,Rain fell.\n3,\"Orth, 40, left.\nShe is \"\"well\"\".\"\n4,Fog.\n",
        expect![[r#"
            invalid_csv: stray.csv:2:3: a quote is opened and never closed: expected its end before that of the row
            2 @3:23 | text=Rain fell.
            3 @4:36 | text=Orth, 40, left.\nShe is \"well\".
            4 @6:73 | text=Fog.
            note: stray.csv: CSV with text in text"#]],
    );
    // Lines that are no rows by themselves go with it.
    check(
        "stray.csv",
        "id,text\n1,\"Boats\nleft\nBonn.\n2,Rain.\n",
        expect![[r#"
            invalid_csv: stray.csv:2:3: a quote is opened and never closed: expected its end before that of the row
            2 @5:28 | text=Rain.
            note: stray.csv: CSV with text in text"#]],
    );
}

#[test]
fn a_stray_quote_in_a_large_table_takes_no_more_memory() {
    let rows: String = (0..10_000).map(|i| format!("{i},Rain fell in Bonn on day {i}.\n")).collect();
    let file = format!("id,text\nx,\"Boats left.\n{rows}");
    let few = Options { max_record_bytes: 5_000, ..options() };
    let items = super::items_with(few, "a.csv", std::io::Cursor::new(file.into_bytes()));
    let n_failed = items.iter().filter(|item| matches!(item, crate::source::Item::Failed(_))).count();
    assert_eq!((items.len(), n_failed), (10_001, 1));
}

#[test]
fn separators_are_found_out() {
    let semicolons =
        "id;Title;TEXT\n1;\"Fire, again, in Dunmore\";\"A fire; it\nrained.\"\n2;Vote;Brad, Orth, Venn won.\n";
    check(
        "a.csv",
        semicolons,
        expect![[r#"
            1 @2:14 | Title*=Fire, again, in Dunmore | TEXT=A fire; it\nrained.
            2 @4:63 | Title*=Vote | TEXT=Brad, Orth, Venn won.
            note: a.csv: CSV with text in Title, TEXT
            note: a.csv: cells separated by semicolons"#]],
    );
    // Behind a pipe and under another ending too.
    for name in ["-", "a.out", "a.txt"] {
        let items = super::items(name, std::io::Cursor::new(semicolons.as_bytes().to_vec()));
        assert_eq!(items.len(), 2, "{name}");
    }
    check(
        "a.csv",
        "sep=;\r\nid;text\r\n1;Boats left Bonn, then Ghent.\r\n",
        expect![[r#"
            1 @3:16 | text=Boats left Bonn, then Ghent.
            note: a.csv: CSV with text in text
            note: a.csv: cells separated by semicolons"#]],
    );
    check(
        "a.csv",
        super::utf16("ID|text\n1|Boats, at last, left; it rained.\n", true, true),
        expect![[r#"
            1 @2:8 | text=Boats, at last, left; it rained. | utf-16le
            note: a.csv: read as UTF-16LE
            note: a.csv: CSV with text in text
            note: a.csv: cells separated by bars"#]],
    );
    let colons = Options { delimiter: Some(b':'), ..options() };
    check_with(
        colons,
        "a.dat",
        "id:text\n1:Boats left, they said; it rained.\n",
        expect![[r#"
            1 @2:8 | text=Boats left, they said; it rained.
            note: a.dat: CSV with text in text"#]],
    );
}

#[test]
fn what_may_be_a_table_is_not_guessed_at() {
    check(
        "-",
        "nr\tkind\tplace\n1\tfire\tBonn\n2\tflood\tKiel\n",
        expect![[r#"
            error: -: this looks like a table, and no title, headline, text, body or content is in its first row
            hint: if it is one, say --input-format csv, and name the columns that hold text with --field; if it is text, say --input-format text"#]],
    );
    // A column that the user names shows that it is one.
    let named = Options { fields: vec!["place".to_owned()], ..options() };
    check_with(
        named,
        "-",
        "nr\tkind\tplace\n1\tfire\tBonn\n",
        expect![[r#"
            -:2 @2:14 | place=Bonn
            note: -: TSV with text in place"#]],
    );
    // Texts with commas are texts.
    for text in [
        "Boats left Bonn, Ghent, and Kiel.\nIt rained, they said, all day.\n",
        "Roses are red, violets blue\nSugar is sweet, and so are you\nBonn is wet, Kiel is too\n",
        "Boats left Bonn.\n",
    ] {
        let items = super::items("-", std::io::Cursor::new(text.as_bytes().to_vec()));
        let [crate::source::Item::Article(article)] = items.as_slice() else { panic!("{text}: {items:?}") };
        assert_eq!(article.text, text);
    }
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
            "error: a.csv: the header row cannot be read: a quote is opened and never closed: expected its end before that of the row"
        ],
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
