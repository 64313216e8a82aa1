//! JSON: lines, arrays, streams of objects, and what is wrong with them.

use std::io;

use expect_test::expect;

use super::{check, check_with, forms, items_with, options, show, show_item};
use crate::source::{Item, Options, open_reader};

#[test]
fn lines() {
    check(
        "week.jsonl",
        r#"{"id":"a1","title":"Rhine ferries return","text":"Boats left Bonn at dawn."}
{"id":17,"title":"Harbour strike","text":"Crews in Gdańsk walked out."}
"#,
        expect![[r#"
            a1 @1:0 | title*=Rhine ferries return | text=Boats left Bonn at dawn.
            17 @2:77 | title*=Harbour strike | text=Crews in Gdańsk walked out.
            note: week.jsonl: JSON lines with text in title, text"#]],
    );
}

#[test]
fn ids_come_from_the_record_or_its_place() {
    check(
        "ids.jsonl",
        r#"{"text":"none"}
{"id":null,"text":"null"}

{"id":"","text":"empty"}
{"id":{"$oid":"5f1"},"text":"an object"}
{"id":12345678901234567890123,"text":"longer than any integer"}
{"id":1.0,"text":"a decimal"}
{"id":"../etc\npasswd","text":"never a path"}
"#,
        expect![[r#"
            ids.jsonl:1 @1:0 | text=none
            ids.jsonl:2 @2:16 | text=null
            ids.jsonl:4 @4:43 | text=empty
            ids.jsonl:5 @5:68 | text=an object
            12345678901234567890123 @6:109 | text=longer than any integer
            1.0 @7:173 | text=a decimal
            ../etc
            passwd @8:203 | text=never a path
            note: ids.jsonl: JSON lines with text in text
            note: blank lines: 1"#]],
    );
}

#[test]
fn line_ends_of_every_kind() {
    // A line separator, a paragraph separator and a next-line control are characters, not ends of
    // records.
    check(
        "ends.jsonl",
        "{\"text\":\"one\"}\r\n{\"text\":\"two \u{2028} \u{2029} \u{85} parts\"}\n \t\r\n\r\n{\"text\":\"three\"}",
        expect![[r#"
            ends.jsonl:1 @1:0 | text=one
            ends.jsonl:2 @2:16 | text=two \u{2028} \u{2029} \u{85} parts
            ends.jsonl:5 @5:54 | text=three
            note: ends.jsonl: JSON lines with text in text
            note: blank lines: 2"#]],
    );
}

#[test]
fn empty_input_gives_nothing() {
    for name in ["a.jsonl", "a.json", "a.csv", "a.tsv", "a.txt", "-"] {
        check(name, "", expect!["note: files without any record: 1"]);
        check(name, "\u{feff}", expect!["note: files without any record: 1"]);
    }
    check("a.json", " [ ]\n", expect!["note: files without any record: 1"]);
    check(
        "a.jsonl",
        "\n\n",
        expect![[r#"
            note: blank lines: 2
            note: files without any record: 1"#]],
    );
}

#[test]
fn an_array_is_read_as_its_records() {
    check(
        "week.json",
        r#"[
  {"headline": "Snow closes the Brenner", "body": "Trains wait in Innsbruck."},
  {"headline": "Quiet night", "body": "Nothing to report [from Riga]."}, 5, "word, word", [{"body": "x"}], null
]"#,
        expect![[r#"
            week.json#0 @2:4 | headline*=Snow closes the Brenner | body=Trains wait in Innsbruck.
            week.json#1 @3:84 | headline*=Quiet night | body=Nothing to report [from Riga].
            not_object: week.json:3:74: not an object: expected { and the article's fields
            not_object: week.json:3:77: not an object: expected { and the article's fields
            not_object: week.json:3:91: not an object: expected { and the article's fields
            not_object: week.json:3:108: not an object: expected { and the article's fields
            note: week.json: JSON with text in headline, body"#]],
    );
}

#[test]
fn objects_may_be_written_over_many_lines() {
    let file = "{\r\n  \"id\": 1,\r\n  \"text\": \"Votes are counted in Nairobi.\",\r\n  \"seen\": [ 1.50,\r\n {\"x\": {}} ]\r\n}\r\n{\"id\": 2,\n\"text\": \"}{\\\"\"}{\"id\": 3, \"text\": \"\"}";
    check(
        "pretty.json",
        file,
        expect![[r#"
            1 @1:0 | text=Votes are counted in Nairobi.
            2 @7:95 | text=}{\"
            3 @8:120 | text=
            note: pretty.json: JSON with text in text"#]],
    );
    expect![[r#"
        {  "id": 1,  "text": "Votes are counted in Nairobi.",  "seen": [ 1.50, {"x": {}} ]}
        {"id": 2,"text": "}{\""}
        {"id": 3, "text": ""}"#]]
    .assert_eq(&forms("pretty.json", file.as_bytes()).join("\n"));
}

#[test]
fn the_first_bytes_tell_what_the_ending_does_not() {
    check(
        "-",
        r#"{"text":"a line"}"#,
        expect![[r#"
        -:1 @1:0 | text=a line
        note: -: JSON lines with text in text"#]],
    );
    check(
        "-",
        "\n {\n\"text\":\"an object\"}",
        expect![[r#"
        -#0 @2:2 | text=an object
        note: -: JSON with text in text"#]],
    );
    check(
        "-",
        r#"[ {"text":"an array"}]"#,
        expect![[r#"
        -#0 @1:2 | text=an array
        note: -: JSON with text in text"#]],
    );
    check("-", "[Lagos] Ministers met.", expect!["- @1:0 | text=[Lagos] Ministers met."]);
    check("wire.log", "{sic} Ministers met.", expect!["wire.log @1:0 | text={sic} Ministers met."]);
    check(
        "a.jsonl",
        r#"[{"text":"an array"}]"#,
        expect![[r#"
            a.jsonl#0 @1:1 | text=an array
            note: a.jsonl: the ending says JSON lines and it is JSON; read as it is
            note: a.jsonl: JSON with text in text"#]],
    );
}

#[test]
fn members_that_are_not_read_keep_their_bytes() {
    let object = r#"{ "z" : 1.50e+3, "big":123456789012345678901234567890,"text":"caf\u00e9 \/ bar", "esc\u0061ped":"\ud83d", "z":-0, "deep":[[[{}]]] ,"n":null}"#;
    assert_eq!(forms("a.jsonl", format!(" \t{object} \r\n").as_bytes()), [object]);
    assert_eq!(forms("a.json", format!("[\n\t{object}\n]").as_bytes()), [object]);
}

#[test]
fn broken_syntax_costs_one_record() {
    check(
        "bad.jsonl",
        r#"{"text":"fine"}
{"text":"Zürich", "n":}
{"text":"no comma" "n":1}
{"text":"not finite","n":NaN}
{"text":"not finite","n":-Infinity}
{"text":"two on a line"} {"text":"second"}
{"text":"bad escape \x"}
{"text":"the quote is missing}
{"text":"control 	 character"}
{"text":12 , "x":1]
plain words
\0{"text":"a zero byte before it"}
"#
        .replace("\\0", "\0"),
        expect![[r#"
            bad.jsonl:1 @1:0 | text=fine
            invalid_json: bad.jsonl:2:23: expected value
            invalid_json: bad.jsonl:3:20: expected `,` or `}`
            invalid_json: bad.jsonl:4:26: NaN is a number to Python and not to JSON: expected a number or null
            invalid_json: bad.jsonl:5:27: Infinity is a number to Python and not to JSON: expected a number or null
            invalid_json: bad.jsonl:6:26: trailing characters
            invalid_json: bad.jsonl:7:22: invalid escape
            invalid_json: bad.jsonl:8:30: the record breaks off: expected the rest of it
            invalid_json: bad.jsonl:9:18: control character (\u0000-\u001F) found while parsing a string
            invalid_json: bad.jsonl:10:19: expected `,` or `}`
            invalid_json: bad.jsonl:11:1: expected value
            invalid_json: bad.jsonl:12:1: expected value
            note: bad.jsonl: JSON lines with text in text"#]],
    );
}

#[test]
fn broken_syntax_in_an_array_costs_one_record() {
    // The quote after "Oslo" is missing; then a brace; then a comma too many; then a bracket, and
    // another too many.
    check(
        "bad.json",
        r#"[{"text":"first"},
{"text":"Oslo, "n":1},
{"text":"second"},
{"text":"the brace is missing",
{"text":"third","list":[
{"of":"records"},
{"of":"more"}
]},,
{"text":"no bracket","list":[1,2},
{"text":"fourth"}]},
{"text":"fifth"}
]"#,
        expect![[r#"
            bad.json#0 @1:1 | text=first
            invalid_json: bad.json:2:17: expected `,` or `}`
            bad.json#2 @3:42 | text=second
            invalid_json: bad.json:5:1: the record breaks off: expected the rest of it
            bad.json#4 @5:93 | text=third
            invalid_json: bad.json:9:33: expected `,` or `]`
            bad.json#6 @10:190 | text=fourth
            invalid_json: bad.json:10:19: expected value
            bad.json#8 @11:211 | text=fifth
            invalid_json: bad.json:12:1: expected value
            note: bad.json: JSON with text in text"#]],
    );
}

#[test]
fn a_torn_end_is_told_from_a_broken_middle() {
    let lines = "{\"text\":\"whole\"}\n{\"text\":\"torn";
    check(
        "torn.jsonl",
        lines,
        expect![[r#"
            torn.jsonl:1 @1:0 | text=whole
            truncated_json: torn.jsonl:2:13: the input ends inside a record: expected the rest of it
            note: torn.jsonl: JSON lines with text in text"#]],
    );
    check(
        "torn.jsonl",
        [lines.as_bytes(), b" \xc3"].concat(),
        expect![[r#"
            torn.jsonl:1 @1:0 | text=whole
            truncated_json: torn.jsonl:2:15: the input ends inside a character
            note: torn.jsonl: JSON lines with text in text"#]],
    );
    check(
        "torn.json",
        r#"[{"text":"whole"}, {"text":"torn","#,
        expect![[r#"
            torn.json#0 @1:1 | text=whole
            truncated_json: torn.json:1:34: the input ends inside a record: expected the rest of it
            note: torn.json: JSON with text in text"#]],
    );
    check(
        "torn.json",
        r#"[{"text":"whole"},"#,
        expect![[r#"
            torn.json#0 @1:1 | text=whole
            truncated_json: torn.json:1:19: the input ends inside an array: expected ]
            note: torn.json: JSON with text in text"#]],
    );
}

#[test]
fn bytes_that_are_not_utf8_cost_one_record() {
    let lines: [&[u8]; 4] = [
        b"{\"text\":\"first\"}",
        b"{\"text\":\"caf\xe9\"}",
        b"{\"text\":\"\xed\xa0\x80 surrogate\"}",
        b"{\"text\":\"\xc0\xaf overlong\"}",
    ];
    check(
        "bytes.jsonl",
        lines.join(&b'\n'),
        expect![[r#"
            bytes.jsonl:1 @1:0 | text=first
            invalid_utf8: bytes.jsonl:2:13: byte 0xe9 is not UTF-8
            invalid_utf8: bytes.jsonl:3:10: byte 0xed is not UTF-8
            invalid_utf8: bytes.jsonl:4:10: byte 0xc0 is not UTF-8
            note: bytes.jsonl: JSON lines with text in text"#]],
    );
}

#[test]
fn half_a_surrogate_pair_is_refused_in_text_and_passed_through_elsewhere() {
    check(
        "half.jsonl",
        r#"{"text":"\ud83d\ude00 whole"}
{"text":"half \ud83d left"}
{"text":"half \ude00 right"}
{"text":"fine \u0000","other":"\ud83d"}
"#,
        expect![[r#"
            half.jsonl:1 @1:0 | text=😀 whole
            invalid_json: half.jsonl:2:21: field "text" has half a surrogate pair in an escape (\ud83d), which is no character: expected both halves
            invalid_json: half.jsonl:3:20: field "text" has half a surrogate pair in an escape (\ud83d), which is no character: expected both halves
            half.jsonl:4 @4:87 | text=fine \0
            note: half.jsonl: JSON lines with text in text"#]],
    );
}

#[test]
fn records_whose_fields_do_not_fit() {
    check(
        "fields.jsonl",
        r#"{"title":"T","text":"t"}
{"title":null,"text":"no title"}
{"text":"nor here"}
{"title":"only a title"}
{"title":"T","text":null}
{"title":3,"text":"t"}
{"text":["one","two"]}
{"text":true}
{"url":"https://news.example/1","lang":"en"}
{}
{"text":"one","te\u0078t":"two"}
{"id":1,"text":"t","id":2}
{"text":"t","lang":"en","lang":"de"}
{"text":"t","entities":[]}
[{"text":"t"}]
"a string"
"#,
        expect![[r#"
            fields.jsonl:1 @1:0 | title*=T | text=t
            fields.jsonl:2 @2:25 | text=no title
            fields.jsonl:3 @3:58 | text=nor here
            fields.jsonl:4 @4:78 | title*=only a title
            fields.jsonl:5 @5:103 | title*=T
            wrong_type: fields.jsonl:6:10: field "title" is a number: expected a string or a list of strings
            fields.jsonl:7 @7:152 | text=one\n\ntwo
            wrong_type: fields.jsonl:8:9: field "text" is true or false: expected a string or a list of strings
            missing_text: fields.jsonl:9:1: the record has "url", "lang": expected title, text
            missing_text: fields.jsonl:10:1: the record is empty: expected title, text
            duplicate_key: fields.jsonl:11:27: key "text" stands twice: expected it once
            duplicate_key: fields.jsonl:12:25: key "id" stands twice: expected it once
            fields.jsonl:13 @13:297 | text=t
            reserved_key: fields.jsonl:14:24: the record already has a field "entities", which the output would add
            not_object: fields.jsonl:15:1: not an object: expected { and the article's fields
            not_object: fields.jsonl:16:1: not an object: expected { and the article's fields
            note: fields.jsonl: JSON lines with text in title, text"#]],
    );
}

#[test]
fn fields_are_read_in_the_order_they_were_named() {
    let lead = |names: &[&str]| Options { fields: names.iter().map(|&name| name.to_owned()).collect(), ..options() };
    let file = r#"{"body":"It rained in Cork.","lead":"Rain","title":"Weather"}"#;
    check_with(
        lead(&["lead", "body"]),
        "a.jsonl",
        file,
        expect![[r#"
            a.jsonl:1 @1:0 | lead=Rain | body=It rained in Cork.
            note: a.jsonl: JSON lines with text in lead, body"#]],
    );
    check_with(
        lead(&["lead", "summary"]),
        "a.jsonl",
        file,
        expect![[r#"
            error: a.jsonl: field "summary" is in none of the first records, which have body, lead, title
            hint: name the fields that hold text with --field"#]],
    );
    let items = items_with(lead(&["title", "body"]), "a.jsonl", io::Cursor::new(file));
    let [Item::Article(article)] = items.as_slice() else { panic!("one article: {items:?}") };
    assert_eq!(article.text, "Weather\n\nIt rained in Cork.");
}

#[test]
fn fields_are_chosen_from_the_first_records_that_have_them() {
    // Two odd records at the head of a corpus do not decide about the rest, and are not lost.
    check(
        "odd.jsonl",
        r#"{"dataset":"weekly","version":3}
{"title":"Only a headline"}
{"headline":"H","title":"Ferry sinks","content":"Two boats met.","text":null}
"#,
        expect![[r#"
            missing_text: odd.jsonl:1:1: the record has "dataset", "version": expected title, text
            odd.jsonl:2 @2:33 | title*=Only a headline
            odd.jsonl:3 @3:61 | title*=Ferry sinks
            note: odd.jsonl: JSON lines with text in title, text"#]],
    );
    check(
        "none.jsonl",
        "{\"url\":\"https://news.example/1\",\"article\":\"It snowed.\"}\n{\"lang\":\"en\"}\n",
        expect![[r#"
            error: none.jsonl: found no title, headline, text, body or content in the first records, which have url, article, lang
            hint: name the fields that hold text with --field"#]],
    );
}

#[test]
fn bad_records_at_the_head_do_not_decide_about_fields() {
    let file = format!("{}{{\"body\":\"It thawed.\"}}\n{{\"body\":\"b\",\"text\":\"t\"}}\n", "{broken\n".repeat(1000));
    let items = items_with(options(), "a.jsonl", io::Cursor::new(file));
    let shown: Vec<String> = items.into_iter().skip(999).map(|item| show_item(&Ok(item))).collect();
    expect![[r#"
        invalid_json: a.jsonl:1000:2: key must be a string
        a.jsonl:1001 @1001:8000 | body=It thawed.
        a.jsonl:1002 @1002:8022 | body=b"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn a_reserved_key_in_the_first_record_is_refused_at_once() {
    check(
        "again.jsonl",
        "\n{\"text\":\"t\",\"mentions\":[]}\n",
        expect![[r#"
            error: again.jsonl: a record on line 2 already has a field "mentions", which the output would add
            hint: --under KEY puts everything the output adds under one key of your choice; --replace tags dateline's own records again"#]],
    );
}

#[test]
fn depth_is_limited_without_a_deep_stack() {
    let nested = |depth: usize, inner: &str| format!("{}{inner}{}", "[".repeat(depth), "]".repeat(depth));
    let file = [
        format!(r#"{{"text":"just fits","x":{}}}"#, nested(127, "")),
        format!(r#"{{"text":"does not","x":{}}}"#, nested(128, "")),
        format!(r#"{{"text":"far from it","x":{}}}"#, nested(100_000, "")),
        format!(r#"{{"text":"brackets in a string","x":"{}"}}"#, nested(1000, "")),
        format!(r#"{{"text":"never closed","x":{}"#, "[{\"a\":".repeat(100_000)),
        nested(100_000, ""),
    ];
    let expected = expect![[r#"
        d.jsonl:1 @1:0 | text=just fits
        too_deep: d.jsonl:2:151: nested deeper than 128 levels
        too_deep: d.jsonl:3:154: nested deeper than 128 levels
        d.jsonl:4 @4:200589 | text=brackets in a string
        too_deep: d.jsonl:5:407: nested deeper than 128 levels
        too_deep: d.jsonl:6:129: nested deeper than 128 levels
        note: d.jsonl: JSON lines with text in text"#]];
    check("d.jsonl", file.join("\n"), expected);
    let array = format!("[{},\n{},\n{{\"text\":\"after\"}}]", file[2], file[1]);
    check(
        "d.json",
        array,
        expect![[r#"
            too_deep: d.json:1:155: nested deeper than 128 levels
            too_deep: d.json:2:151: nested deeper than 128 levels
            d.json#2 @3:200312 | text=after
            note: d.json: JSON with text in text"#]],
    );
}

#[test]
fn a_record_of_very_many_members_costs_no_more_than_its_length() {
    let many: Vec<String> = (0..400_000).map(|i| format!(r#""k{i}":0"#)).collect();
    let twice = vec![r#""text":"t""#; 400_000].join(",");
    let file = format!("{{{}}}\n{{{},\"text\":\"at the end\"}}\n{{{twice}}}\n", many.join(","), many.join(","));
    check(
        "many.jsonl",
        file,
        expect![[r#"
        missing_text: many.jsonl:1:1: the record has "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9" and perhaps more: expected text
        many.jsonl:2 @2:4688892 | text=at the end
        duplicate_key: many.jsonl:3:20: key "text" stands twice: expected it once
        note: many.jsonl: JSON lines with text in text"#]],
    );
}

#[test]
fn a_record_that_is_too_large_is_passed_over() {
    let small = Options { max_record_bytes: 40, ..options() };
    let long = format!(r#"{{"text":"{}"}}"#, "long \\\" } ".repeat(1000));
    let fits = r#"{"text":"exactly as long as is allowed"}"#;
    assert_eq!(fits.len(), 40);
    let expected = expect![[r#"
        record_too_large: l.jsonl:1:1: the record has 10011 bytes: expected at most 40
        l.jsonl:2 @2:10012 | text=exactly as long as is allowed
        record_too_large: l.jsonl:3:1: the record has 41 bytes: expected at most 40
        note: l.jsonl: JSON lines with text in text"#]];
    check_with(small.clone(), "l.jsonl", format!("{long}\n{fits}\r\n{fits} "), expected);
    check_with(
        small.clone(),
        "l.json",
        format!("[{long},\n{long}, {fits}]"),
        expect![[r#"
            record_too_large: l.json:1:2: the record has 10011 bytes: expected at most 40
            record_too_large: l.json:2:1: the record has 10011 bytes: expected at most 40
            l.json#2 @2:20027 | text=exactly as long as is allowed"#]],
    );
    for item in items_with(small, "l.jsonl", io::Cursor::new(format!("{long}\n{long}\n"))) {
        let Item::Failed(failure) = item else { panic!("too long: {item:?}") };
        assert_eq!(failure.raw.bytes, &long.as_bytes()[..40]);
    }
}

#[test]
fn what_failed_is_given_back_as_it_was_received() {
    let mut source = open_reader("raw.jsonl", &b"{\"text\":\"ok\"}\n {\"text\":\"caf\xe9\"} \r\n"[..], options())
        .expect("the corpus can be opened");
    assert_eq!(source.counts().articles, 0);
    let items: Vec<_> = source.by_ref().collect();
    let Ok(Item::Failed(failure)) = &items[1] else { panic!("{}", show_item(&items[1])) };
    assert_eq!(failure.raw.bytes, b" {\"text\":\"caf\xe9\"} ");
    assert_eq!((source.counts().articles, source.counts().failed), (1, 1));
}

#[test]
fn fields_inside_of_objects_are_named_by_paths() {
    let file = concat!(
        r#"{"id": 1, "article": {"headline": "Vote in Bonn", "body": ["Brad won.", "", null, "He thanked Orth."]}}"#,
        "\n",
        r#"{"id": 2, "article.body": "Orth left.", "article": {"headline": null}}"#,
        "\n",
        r#"{"id": 3, "article": {"body": "a", "body": "b"}}"#,
        "\n",
        r#"{"id": 4, "article": {"body": 7}}"#,
        "\n",
        r#"{"id": 5, "article": {"body": null}}"#,
        "\n",
    );
    let fields = ["/article/headline", "article.body"].map(str::to_owned).to_vec();
    check_with(
        Options { fields, ..options() },
        "a.jsonl",
        file,
        expect![[r#"
            1 @1:0 | /article/headline*=Vote in Bonn | article.body=Brad won.\n\nHe thanked Orth.
            2 @2:104 | article.body=Orth left.
            duplicate_key: a.jsonl:3:22: a key on the way to "article.body" stands twice
            wrong_type: a.jsonl:4:31: field "article.body" is a number: expected a string or a list of strings
            missing_text: a.jsonl:5:1: article.body is null: expected text in /article/headline, article.body
            note: a.jsonl: JSON lines with text in /article/headline, article.body"#]],
    );
    expect![[r#"{"id": 1, "text": "One.\n\nTwo’s.", "n": 1.50}"#]]
        .assert_eq(&forms("a.jsonl", r#"{"id": 1, "text": ["One.","Two\u2019s."], "n": 1.50}"#.as_bytes()).join("\n"));
}

#[test]
fn null_is_absent() {
    check(
        "a.jsonl",
        "{\"title\":\"Brad wins\",\"text\":null}\n{\"title\":null,\"text\":\"Orth left.\"}\n{\"title\":null,\"text\":null}\n",
        expect![[r#"
            a.jsonl:1 @1:0 | title*=Brad wins
            a.jsonl:2 @2:34 | text=Orth left.
            missing_text: a.jsonl:3:1: title and text are null: expected text in title, text
            note: a.jsonl: JSON lines with text in title, text"#]],
    );
}

#[test]
fn hits_and_bulk_files_of_search_engines_are_read() {
    check(
        "hits.jsonl",
        "{\"_id\":\"a\",\"_source\":{\"Title\":\"Vote\",\"text\":\"Brad won.\"}}\n",
        expect![[r#"
            a @1:0 | _source.text=Brad won.
            note: hits.jsonl: JSON lines with text in _source.text"#]],
    );
    let bulk = concat!(
        r#"{"index":{"_index":"news","_id":"7"}}"#,
        "\n",
        r#"{"title":"Vote","text":"Brad won."}"#,
        "\n",
        r#"{ "delete" : {"_id":"6"} }"#,
        "\n",
        r#"{"update":{"_id":8}}"#,
        "\r\n",
        r#"{"doc":{"text":"Orth left."}}"#,
        "\r\n\n",
        r#"{"create":{}}"#,
        "\n",
        r#"{"text":"Rain."}"#,
        "\n",
        r#"{"text":"no action"}"#,
        "\n",
        r#"{"index":{"_id":"9"}}"#,
    );
    for name in ["bulk.jsonl", "bulk.json", "-"] {
        let shown = show(open_reader(name, std::io::Cursor::new(bulk.as_bytes()), options())).replace(name, "NAME");
        let is_about_ending = |line: &&str| line.contains("the ending says");
        let shown = shown.lines().filter(|line| !is_about_ending(line)).collect::<Vec<_>>().join("\n");
        expect![[r#"
            7 @1:0 | title*=Vote | text=Brad won.
            8 @4:101 | text=Orth left.
            NAME:7 @7:155 | text=Rain.
            invalid_json: NAME:9:1: a line that is no action: expected an action, as {"index":{"_id":"7"}}, and on the next line its document
            truncated_json: NAME:10:22: an action without a document: expected an action, as {"index":{"_id":"7"}}, and on the next line its document
            note: NAME: a bulk file with text in title, text
            note: blank lines: 1
            note: members of containers that are no articles: 1"#]]
        .assert_eq(&shown);
    }
    let objects = forms("b.jsonl", b"{\"index\":{\"_id\":7}}\n{\"text\":\"Brad won.\"}\n{\"update\":{\"_id\":8}}\n{\"doc\":{\"text\":\"a\",\"id\":1}}\n");
    assert_eq!(objects, [r#"{"id":"7","text":"Brad won."}"#, r#"{"text":"a","id":1}"#]);
}

#[test]
fn a_headline_is_known_by_its_name_or_by_the_users_word() {
    let line = r#"{"ID":1,"Title":"Brad wins","Text":"Brad won.","kicker":"Vote"}"#;
    check(
        "a.jsonl",
        line,
        expect![[r#"
            a.jsonl:1 @1:0 | Title*=Brad wins | Text=Brad won.
            note: a.jsonl: JSON lines with text in Title, Text"#]],
    );
    let kicker = Options { headline: Some("kicker".to_owned()), ..options() };
    check_with(
        kicker,
        "a.jsonl",
        line,
        expect![[r#"
            a.jsonl:1 @1:0 | kicker*=Vote | Text=Brad won.
            note: a.jsonl: JSON lines with text in kicker, Text"#]],
    );
}
