//! Web pages, markup in fields, and lists of files, through the program.

use std::fs;

use serde_json::Value;

use crate::common::{Dir, checkout};

/// Letters and digits: what is left of a text whatever its white space.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[test]
fn names_in_pages_lead_to_their_bytes() {
    let dir = Dir::with_model("bert");
    for name in ["page-news", "page-2003", "page-cjk-utf16", "page-ru-1251"] {
        dir.write(
            &format!("pages/{name}.html"),
            fs::read(checkout(format!("tests/documents/pages/{name}.html"))).expect("it is there"),
        );
    }
    let ran = dir.run("tag pages -o out.jsonl --model model --source-offsets -q");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(dir.run("verify out.jsonl").code, Some(0));
    let mut n_checked = 0;
    for record in dir.objects("out.jsonl") {
        assert!(record["title"].is_string() && record["text"].is_string(), "{record}");
        let source = record["source"].as_str().expect("a source");
        let bytes = dir.read(source);
        // What was in UTF-8 or ASCII can be compared here.
        for mention in
            record["mentions"].as_array().expect("a list").iter().filter(|_| source.ends_with("page-news.html"))
        {
            let ranges: Vec<[usize; 2]> = serde_json::from_value(mention["source"].clone()).expect("ranges");
            let piece: Vec<u8> = ranges.iter().flat_map(|&[from, to]| bytes[from..to].to_vec()).collect();
            let piece = String::from_utf8(piece).expect("the page is UTF-8");
            if !piece.contains('&') {
                assert_eq!(bare(&piece), bare(mention["text"].as_str().expect("a text")), "{mention}");
                n_checked += 1;
            }
        }
    }
    assert!(n_checked > 0);
}

#[test]
fn a_page_that_is_no_article_is_a_record_without_text() {
    let dir = Dir::with_model("bert");
    dir.write("login.html", fs::read(checkout("tests/documents/pages/page-login.html")).expect("it is there"));
    let ran = dir.run("tag login.html --model model");
    let records = ran.records();
    assert_eq!((ran.code, records.len()), (Some(0), 1), "{}", ran.stderr);
    assert_eq!((&records[0]["text"], &records[0]["warnings"]), (&Value::from(""), &serde_json::json!(["no_article"])));
    assert!(ran.stderr.contains("login.html: a web page"), "{}", ran.stderr);
    let whole = dir.run("tag login.html --page all --model model -q").records();
    assert!(whole[0]["text"].as_str().is_some_and(|text| text.len() > 20), "{}", whole[0]);
}

#[test]
fn names_in_markup_are_told_in_its_positions() {
    let dir = Dir::with_model("bert");
    dir.write(
        "a.jsonl",
        concat!(
            r#"{"id":"1","text":"<p>Sinead O&#39;Malley of <b>AT&amp;T</b> flew to Cork.</p><p>It rained in Bonn.</p>"}"#,
            "\n",
            r#"{"id":"2","text":"Boats left Bonn."}"#,
            "\n"
        ),
    );
    for (options, warned) in [("", true), ("--html text", false)] {
        let ran = dir.run(&format!("tag a.jsonl -o out.jsonl --model model -q --offsets {options}"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(dir.run("verify out.jsonl").code, Some(0), "every offset is right in the text that was given");
        let records = dir.objects("out.jsonl");
        let has_warning = records[0]["warnings"].as_array().expect("a list").contains(&Value::from("markup"));
        assert_eq!(has_warning, warned, "{}", records[0]);
        assert_eq!(records[1]["warnings"], serde_json::json!([]));
        for name in ["out.jsonl", "out.manifest.json"] {
            fs::remove_file(dir.path(name)).expect("it was written");
        }
    }
}

#[test]
fn files_are_named_in_a_list() {
    let dir = Dir::with_model("bert");
    dir.write("a b.txt", "Boats left Bonn.").write("sub/c.txt", "Rain in Kiel.");
    dir.write("lines.txt", "a b.txt\r\nsub\n\nnowhere.txt\n")
        .write("nul.txt", "a b.txt\0sub/c.txt\0")
        .write("none.txt", "\n");
    let ran = dir.run("tag --files-from lines.txt --model model");
    assert_eq!((ran.code, ran.records().len()), (Some(3), 2), "{}", ran.stderr);
    assert!(ran.stderr.contains("nowhere.txt: cannot be opened"), "{}", ran.stderr);
    let ran = dir.run("tag --files-from nul.txt --model model -q");
    assert_eq!((ran.code, ran.records().len()), (Some(0), 2), "{}", ran.stderr);
    let ran = dir.run_on("lines.txt", "tag --files-from - --model model -q");
    assert_eq!((ran.code, ran.records().len()), (Some(3), 2), "{}", ran.stderr);
    let ran = dir.run("tag --files-from none.txt --model model -q");
    assert!(ran.code == Some(2) && ran.stderr.contains("no file is named in it"), "{}", ran.stderr);
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    let dir = Dir::with_model("bert");
    dir.write("a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n").write("a.xml", "<urlset><url/></urlset>");
    dir.write("a.docx", b"PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml word/document.xml");
    dir.write("a.epub", b"PK\x03\x04\x0a\0\0\0\0\0mimetypeapplication/epub+zip");
    for (name, word) in
        [("a.pdf", "pdftotext"), ("a.docx", "pandoc -t plain"), ("a.epub", "pandoc -t plain"), ("a.xml", "<urlset>")]
    {
        let ran = dir.run(&format!("tag {name} --model model"));
        assert!(ran.code != Some(0) && ran.stderr.contains(word) && ran.stdout.is_empty(), "{name}: {}", ran.stderr);
    }
}

#[test]
fn editors_subjects_are_gold() {
    let dir = Dir::with_model("topics");
    for name in ["story.nitf.xml", "ninjs-2.1-html.json"] {
        dir.write(
            &format!("in/{name}"),
            fs::read(checkout(format!("tests/documents/formats/formats/{name}"))).expect("it is there"),
        );
    }
    let ran = dir.run("tag in -o out.jsonl --model model");
    assert_eq!((ran.code, dir.objects("out.jsonl").len()), (Some(0), 2), "{}", ran.stderr);
    let ran = dir.run("eval --topics out.jsonl --model model");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}
