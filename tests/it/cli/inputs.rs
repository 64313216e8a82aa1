//! Inputs that are missing, damaged, or not what they seem.

use expect_test::expect;

use crate::cli::check;
use crate::common::Dir;

#[test]
fn a_missing_file() {
    check(
        &Dir::new().run("tag missing.jsonl"),
        expect![[r#"
        error: missing.jsonl: cannot be opened: No such file or directory (os error 2)
        exit 2"#]],
    );
}

#[test]
fn a_directory_without_articles() {
    let dir = Dir::new();
    dir.write("scans/page-1.pdf", "%PDF-1.7").write("scans/page-2.pdf", "%PDF-1.7");
    check(
        &dir.run("tag scans"),
        expect![[r#"
            error: scans: no articles in this directory (2 other files)
            hint: files count by their ending: .txt .text .md .html .htm .xhtml .xml .rss .atom .rdf .nitf .newsml .eml .mbox .jsonl .ndjson .json .csv .tsv, each also with .gz or .zst
            exit 2"#]],
    );
}

#[test]
fn a_field_that_is_not_there_lists_those_that_are() {
    let dir = Dir::new();
    dir.write("wire.jsonl", r#"{"id":"w1","headline":"Rhine rises","story":"Bonn closed its quay.","meta":{}}"#);
    check(
        &dir.run("tag wire.jsonl --field txet"),
        expect![[r#"
        error: wire.jsonl: field "txet" is in none of the first records, which have id, headline, story, meta
        hint: name the fields that hold text with --field
        exit 2"#]],
    );
}

#[test]
fn articles_without_a_field_that_is_known() {
    let dir = Dir::new();
    dir.write("wire.jsonl", r#"{"id":"w1","story":"Bonn closed its quay.","meta":{}}"#);
    check(
        &dir.run("tag wire.jsonl"),
        expect![[r#"
        error: wire.jsonl: found no title, headline, text, body or content in the first records, which have id, story, meta
        hint: name the fields that hold text with --field
        exit 2"#]],
    );
}

#[test]
fn articles_wrapped_up_in_one_object() {
    let dir = Dir::new();
    dir.write("week.json", r#"{"status":"ok","articles":[{"text":"Bonn closed its quay."}]}"#);
    check(
        &dir.run("tag week.json"),
        expect![[r#"
        error: week.json: found no title, headline, text, body or content in the first records, which have status, articles
        hint: if the articles are in an array under "articles", take them out: jq -c '.articles[]' week.json
        exit 2"#]],
    );
}

#[test]
fn a_line_that_is_not_json_costs_only_itself() {
    let dir = Dir::with_model("bert");
    dir.write(
        "wire.jsonl",
        "{\"id\":1,\"text\":\"\"}\n{\"id\":2,\"text\":\"Bonn\" \"Rhine\"}\n\n{\"id\":3,\"text\":\"\"}\n",
    );
    let ran = dir.run("tag wire.jsonl --model model --threads 1");
    let raw = &ran.records()[1]["error"]["raw"];
    assert_eq!(raw, r#"{"id":2,"text":"Bonn" "Rhine"}"#, "nothing of the record is lost");
    check(
        &ran,
        expect![[r#"
            note: wire.jsonl: JSON lines with text in text
            note: blank lines: 1
            2 articles, 0 words in …
              mentions      none
              not tagged    1 article: invalid_json 1
                            wire.jsonl:2:23: expected `,` or `}`
                            each has a line with "error" in the output
            > {"id":1,"text":"","mentions":[],"entities":[],"coverage":{"chars":0,"read":0,"windows":0},"warnings":[],"tagger":{…}}
            > {"error":{"source":"wire.jsonl","record":1,"byte_offset":19,"byte_len":30,"sha256":"176d5da6f21f852e785f4a5753990cb294bfd79929822e6645c48cdbee4aa839","code":"invalid_json","stage":"parse","message":"wire.jsonl:2:23: expected `,` or `}`","raw":"{\"id\":2,\"text\":\"Bonn\" \"Rhine\"}","line":2,"item":1,"id":"wire.jsonl:2"}}
            > {"id":3,"text":"","mentions":[],"entities":[],"coverage":{"chars":0,"read":0,"windows":0},"warnings":[],"tagger":{…}}
            exit 3"#]],
    );
}

#[test]
fn the_ways_in_which_a_record_fails() {
    let lines = [
        r#"{"id":1,"text":""}"#,
        r#"{"id":2,"title":"Rhine rises"}"#,
        r#"{"id":3,"text":17}"#,
        r#"{"id":4,"text":null}"#,
        r#"{"id":5,"text":"","text":""}"#,
        r#"{"id":6,"text":"\ud83d"}"#,
        r#"["Bonn"]"#,
        r#"{"id":8,"text":NaN}"#,
        r#"{"id":9,"text":"Bonn"#,
    ];
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", lines.join("\n"));
    let ran = dir.run("tag wire.jsonl --model model --threads 1");
    let messages: Vec<String> = ran.records().iter().map(|r| r["error"]["message"].to_string()).collect();
    expect![[r#"
        null
        "wire.jsonl:2:1: the record has \"id\", \"title\": expected text"
        "wire.jsonl:3:16: field \"text\" is a number: expected a string or a list of strings"
        "wire.jsonl:4:1: text is null: expected text in text"
        "wire.jsonl:5:26: key \"text\" stands twice: expected it once"
        "wire.jsonl:6:23: field \"text\" has half a surrogate pair in an escape (\\ud83d), which is no character: expected both halves"
        "wire.jsonl:7:1: not an object: expected { and the article's fields"
        "wire.jsonl:8:16: NaN is a number to Python and not to JSON: expected a number or null"
        "wire.jsonl:9:20: the input ends inside a record: expected the rest of it""#]].assert_eq(&messages.join("\n"));
    check(
        &dir.run("inspect wire.jsonl --model model --record 2"),
        expect![[r#"
            error: wire.jsonl:3:16: field "text" is a number: expected a string or a list of strings
            exit 2"#]],
    );
}

#[test]
fn text_that_is_not_utf_8() {
    let dir = Dir::with_model("bert");
    dir.write("cafe.txt", b"The caf\xe9 in Bonn.");
    check(
        &dir.run("tag cafe.txt --model model --threads 1"),
        expect![[r#"
            0 articles, 0 words in …
              mentions      none
              not tagged    1 article: invalid_utf8 1
                            cafe.txt:1:8: byte 0xe9 is not UTF-8
                            each has a line with "error" in the output
            hint: name the encoding of files that are not UTF-8 with --encoding, e.g. windows-1252
            > {"error":{"source":"cafe.txt","record":0,"byte_offset":0,"byte_len":17,"sha256":"7d71865e91e891f29500a3fc384ab57186b3adfee54f208e501b3e860d258eba","code":"invalid_utf8","stage":"decode","message":"cafe.txt:1:8: byte 0xe9 is not UTF-8","raw_b64":"VGhlIGNhZukgaW4gQm9ubi4=","line":1,"item":0,"id":"cafe.txt","syntax":"text"}}
            exit 3"#]],
    );
    let named = dir.run("tag cafe.txt --model model --quiet --encoding windows-1252");
    assert_eq!(named.records()[0]["text"], "The café in Bonn.");
    assert_eq!((named.code, named.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_line_that_is_not_utf_8() {
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", b"{\"text\":\"\"}\n{\"text\":\"The caf\xe9 in Bonn.\"}\n");
    check(
        &dir.run("tag wire.jsonl --model model --threads 1"),
        expect![[r#"
            note: wire.jsonl: JSON lines with text in text
            1 article, 0 words in …
              mentions      none
              not tagged    1 article: invalid_utf8 1
                            wire.jsonl:2:17: byte 0xe9 is not UTF-8
                            each has a line with "error" in the output
            hint: name the encoding of files that are not UTF-8 with --encoding, e.g. windows-1252
            > {"text":"","mentions":[],"entities":[],"coverage":{"chars":0,"read":0,"windows":0},"warnings":[],"tagger":{…}}
            > {"error":{"source":"wire.jsonl","record":1,"byte_offset":12,"byte_len":28,"sha256":"84da0e6ba997890b8d312af16445ed09cdc91d91f0026077350284b178dbfe0b","code":"invalid_utf8","stage":"decode","message":"wire.jsonl:2:17: byte 0xe9 is not UTF-8","raw_b64":"eyJ0ZXh0IjoiVGhlIGNhZukgaW4gQm9ubi4ifQ==","line":2,"item":1,"id":"wire.jsonl:2"}}
            exit 3"#]],
    );
}

#[test]
fn utf_16_without_its_mark() {
    let dir = Dir::new();
    let bytes: Vec<u8> = "Boats left Bonn.".encode_utf16().flat_map(u16::to_le_bytes).collect();
    dir.write("boats.txt", bytes);
    check(
        &dir.run("tag boats.txt"),
        expect![[r#"
        error: boats.txt: this looks like utf-16le without a byte order mark: expected UTF-8
        hint: if so, say --encoding utf-16le
        exit 2"#]],
    );
}

#[test]
fn gzip_that_was_cut_short_leaves_no_output() {
    use std::io::Write as _;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for i in 0..2000 {
        writeln!(gzip, "{{\"id\":{},\"text\":\"\"}}", i * 7919 % 10007).expect("a Vec takes every byte");
    }
    let whole = gzip.finish().expect("a Vec takes every byte");
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl.gz", &whole[..whole.len() / 2]);
    let ran = dir.run("tag wire.jsonl.gz --model model -o out.jsonl");
    check(
        &ran,
        expect![[r#"
        note: wire.jsonl.gz: JSON lines with text in text
        error: wire.jsonl.gz: gzip data are damaged or cut short at byte 2725: incomplete deflate stream
        hint: fetch or compress the file again; what was read before is good
        exit 1"#]],
    );
    assert!(!dir.path("out.jsonl").exists(), "an output that is not complete does not exist");
}

#[test]
fn a_key_that_the_output_would_add() {
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", r#"{"text":"","entities":["Bonn"]}"#);
    check(
        &dir.run("tag wire.jsonl --model model"),
        expect![[r#"
            error: wire.jsonl: a record on line 1 already has a field "entities", which the output would add
            hint: --under KEY puts everything the output adds under one key of your choice; --replace tags dateline's own records again
            exit 2"#]],
    );
    let under = dir.run("tag wire.jsonl --model model --under dateline --quiet");
    assert_eq!(under.code, Some(0), "{}", under.stderr);
    assert_eq!(under.records()[0]["entities"][0], "Bonn");
}

#[test]
fn a_record_beyond_the_end() {
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", "{\"text\":\"Bonn\"}\n{\"text\":\"Rhine\"}\n");
    check(
        &dir.run("inspect wire.jsonl --model model --record 2"),
        expect![[r#"
        error: wire.jsonl: no record 2: it has 2 records
        hint: records are counted from 0
        exit 2"#]],
    );
}

#[test]
fn a_directory_with_stray_files() {
    let dir = Dir::with_model("bert");
    dir.write("news/a.txt", "Bonn.").write("news/photo.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    dir.write("news/lookup.csv", "code,country\n49,Germany\n").write("news/info.json", "{\"foo\":1}");
    let ran = dir.run("tag news --model model");
    assert_eq!((ran.records().len(), ran.code), (1, Some(3)));
    expect![[r#"
        note: news/info.json: found no title, headline, text, body or content in the first records, which have foo; skipped
        note: news/lookup.csv: found no title, headline, text, body or content in the first records, which have code, country; skipped
        note: news/photo.txt: this is a PNG picture: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd; skipped"#]].assert_eq(&notes(&ran.stderr));
    // One that was named is meant.
    check(
        &dir.run("tag news/a.txt news/lookup.csv --model model"),
        expect![[r#"
        error: news/lookup.csv: found no title, headline, text, body or content in the first records, which have code, country
        hint: name the fields that hold text with --field
        exit 2"#]],
    );
}

fn notes(stderr: &str) -> String {
    stderr.lines().filter(|line| line.starts_with("note: ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn patterns_for_the_files_of_a_directory() {
    let dir = Dir::with_model("bert");
    dir.write("news/a.txt", "Bonn.").write("news/drafts/b.txt", "Turku.").write("news/c.jsonl", "{}");
    let ran = dir.run("tag news --model model --include *.txt --exclude drafts/");
    assert_eq!((ran.records().len(), ran.code), (1, Some(0)));
    expect!["note: news: files left out by --include and --exclude: 2"].assert_eq(&notes(&ran.stderr));
    check(
        &dir.run("tag news --model model --exclude *"),
        expect![[r#"
        error: news: --include and --exclude leave nothing to read in this directory: they leave out 3 files
        hint: patterns are matched against the path below the directory; one without / matches a name at any depth
        exit 2"#]],
    );
    check(
        &dir.run("tag news --model model --exclude a[b"),
        expect![[r#"
        error: "a[b" is no pattern for files: unclosed character class; missing ']'
        hint: * stands for any part of a name, ** for any directories, {a,b} for either; \ takes a character as it is
        exit 2"#]],
    );
}

#[test]
fn a_picture_is_refused_by_name_and_not_for_its_encoding() {
    let dir = Dir::new();
    dir.write("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        .write("story.docx", b"PK\x03\x04\x14\0[Content_Types].xml word/document.xml");
    check(
        &dir.run("tag photo.png"),
        expect![[r#"
        error: photo.png: this is a PNG picture: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd
        hint: there is no text in a picture until it is recognized, as by tesseract
        exit 2"#]],
    );
    check(
        &dir.run("tag story.docx"),
        expect![[r#"
        error: story.docx: this is a Word document: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd
        hint: take its text out first: pandoc -t plain story.docx
        exit 2"#]],
    );
    check(
        &dir.run_on("photo.png", "tag -"),
        expect![[r#"
        error: -: this is a PNG picture: expected text, HTML, XML, mail, JSON, CSV or TSV, as it is or in gzip or zstd
        hint: there is no text in a picture until it is recognized, as by tesseract
        exit 2"#]],
    );
}

#[test]
fn a_value_that_is_no_format() {
    let dir = Dir::new();
    dir.write("a.txt", "Bonn.");
    check(
        &dir.run("tag a.txt --input-format yaml"),
        expect![[r#"
            error: invalid value 'yaml' for '--input-format <FORMAT>'
              [possible values: text, html, xml, mail, jsonfeed, bulk, jsonl, json, csv, tsv]

              tip: a similar value exists: 'xml'

            For more information, try '--help'.
            exit 2"#]],
    );
}
