//! `dateline tag` where all is well: what comes out, and that nothing of what went in is changed.

use expect_test::expect;
use serde_json::Value;

use crate::cli::check;
use crate::common::Dir;

/// Two records with everything that a parser and a printer in a row would change.
const WIRE: &str = concat!(
    r#"{"z":1.0,"id":12345678901234567890,"a":[1e5,-0,1E+2],"text":"Boats left B\u006fnn \ud83d\udea2.","u":"\u00e9\/é"}"#,
    "\r\n",
    r#"{ "text" : "" , "z":{"b":null, "a":0.10} }"#,
    "\n",
);

#[test]
fn the_article_stands_first_byte_for_byte() {
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", WIRE);
    check(
        &dir.run("tag wire.jsonl --model model --threads 1 --min-score 0.25"),
        expect![[r#"
        note: wire.jsonl: JSON lines with text in text
        2 articles, 4 words in …
          mentions      PER 1
          people        . 1
        > {"z":1.0,"id":12345678901234567890,"a":[1e5,-0,1E+2],"text":"Boats left B\u006fnn \ud83d\udea2.","u":"\u00e9\/é","mentions":[{"start":17,"end":18,"label":"PER","text":".","score":0.2695,"field":"text","zone":"body","sentence":0,"entity":0}],"entities":[{"id":0,"label":"PER","name":".","aliases":[],"mentions":[0],"salience":1.0}],"coverage":{"chars":18,"read":18,"windows":1},"warnings":[],"tagger":{…}}
        > { "text" : "" , "z":{"b":null, "a":0.10} ,"mentions":[],"entities":[],"coverage":{"chars":0,"read":0,"windows":0},"warnings":[],"tagger":{…}}
        exit 0"#]],
    );
    check(
        &dir.run("tag wire.jsonl --model model --threads 1 --min-score 0.25 --under ner --quiet"),
        expect![[r#"
        > {"z":1.0,"id":12345678901234567890,"a":[1e5,-0,1E+2],"text":"Boats left B\u006fnn \ud83d\udea2.","u":"\u00e9\/é","ner":{"mentions":[{"start":17,"end":18,"label":"PER","text":".","score":0.2695,"field":"text","zone":"body","sentence":0,"entity":0}],"entities":[{"id":0,"label":"PER","name":".","aliases":[],"mentions":[0],"salience":1.0}],"coverage":{"chars":18,"read":18,"windows":1},"warnings":[],"tagger":{…}}}
        > { "text" : "" , "z":{"b":null, "a":0.10} ,"ner":{"mentions":[],"entities":[],"coverage":{"chars":0,"read":0,"windows":0},"warnings":[],"tagger":{…}}}
        exit 0"#]],
    );
}

#[test]
fn a_text_file_becomes_a_record_with_its_text() {
    let dir = Dir::new();
    dir.write("news/bonn.txt", "Angela Merkel met Sauli Niinistö in Bonn.\n");
    check(
        &dir.run("tag news --threads 1"),
        expect![[r#"
            1 article, 7 words in …
              mentions      PER 2, LOC 1
              people        Angela Merkel 1, Sauli Niinistö 1
              places        Bonn 1
              topics        arts, culture, entertainment and media 1; politics 1
            > {"id":"bonn.txt","source":"news/bonn.txt","text":"Angela Merkel met Sauli Niinistö in Bonn.\n","mentions":[{"start":0,"end":13,"label":"PER","text":"Angela Merkel","score":0.9487,"field":"text","zone":"body","sentence":0,"entity":0},{"start":18,"end":32,"label":"PER","text":"Sauli Niinistö","score":0.8468,"field":"text","zone":"body","sentence":0,"entity":1},{"start":36,"end":40,"label":"LOC","text":"Bonn","score":0.9433,"field":"text","zone":"body","sentence":0,"entity":2}],"entities":[{"id":0,"label":"PER","name":"Angela Merkel","aliases":[],"mentions":[0],"salience":0.4236},{"id":1,"label":"PER","name":"Sauli Niinistö","aliases":[],"mentions":[1],"salience":0.335},{"id":2,"label":"LOC","name":"Bonn","aliases":[],"mentions":[2],"salience":0.2414}],"topics":[{"code":"medtop:01000000","label":"arts, culture, entertainment and media","score":0.7798},{"code":"medtop:11000000","label":"politics","score":0.7669}],"coverage":{"chars":42,"read":42,"windows":1},"warnings":[],"tagger":{…}}
            exit 0"#]],
    );
    check(
        &dir.run("tag news --threads 1 --labels LOC"),
        expect![[r#"
            1 article, 7 words in …
              mentions      LOC 1
              places        Bonn 1
              topics        arts, culture, entertainment and media 1; politics 1
            > {"id":"bonn.txt","source":"news/bonn.txt","text":"Angela Merkel met Sauli Niinistö in Bonn.\n","mentions":[{"start":36,"end":40,"label":"LOC","text":"Bonn","score":0.9433,"field":"text","zone":"body","sentence":0,"entity":0}],"entities":[{"id":0,"label":"LOC","name":"Bonn","aliases":[],"mentions":[0],"salience":1.0}],"topics":[{"code":"medtop:01000000","label":"arts, culture, entertainment and media","score":0.7798},{"code":"medtop:11000000","label":"politics","score":0.7669}],"coverage":{"chars":42,"read":42,"windows":1},"warnings":[],"tagger":{…}}
            exit 0"#]],
    );
}

/// The text between two offsets counted in bytes, code points and UTF-16 units.
fn slices(text: &str, mention: &Value) -> [String; 3] {
    let at = |key: &str| mention[key].as_u64().unwrap_or_else(|| panic!("no {key} in {mention}")) as usize;
    let units: Vec<u16> = text.encode_utf16().collect();
    [
        text[at("start_byte")..at("end_byte")].to_owned(),
        text.chars().skip(at("start")).take(at("end") - at("start")).collect(),
        String::from_utf16(&units[at("start_utf16")..at("end_utf16")]).expect("no half pairs"),
    ]
}

#[test]
fn offsets_in_all_units() {
    let dir = Dir::new();
    let text = "👩‍👩‍👧 «Zoë Müller» 🇫🇮 met Sauli Niinistö 🚢 in Bonn. 🎉🎉 Then Niinistö left Cologne.";
    dir.write("wire.jsonl", serde_json::json!({"title": "🎉 Bonn", "text": text}).to_string());
    let ran = dir.run("tag wire.jsonl --offsets --quiet");
    let record = &ran.records()[0];
    let mentions = record["mentions"].as_array().expect("a list");
    assert!(mentions.len() >= 4, "{record}");
    for mention in mentions {
        let of = record[mention["field"].as_str().expect("a field's name")].as_str().expect("a text");
        for slice in slices(of, mention) {
            assert_eq!(mention["text"], slice, "{mention}");
        }
    }
    let bonn = mentions.iter().find(|mention| mention["field"] == "text" && mention["text"] == "Bonn");
    let bonn = bonn.unwrap_or_else(|| panic!("no Bonn in the text: {record}"));
    // The family alone is 5 code points, 18 bytes and 8 units.
    assert_eq!([&bonn["start"], &bonn["start_byte"], &bonn["start_utf16"]], [46, 73, 52]);
}

#[test]
fn offsets_are_code_points_alone_unless_asked_for() {
    let dir = Dir::with_model("bert");
    dir.write("a.txt", "Boats left Bonn.");
    let ran = dir.run("tag a.txt --model model --quiet");
    let keys = |record: &Value| -> Vec<String> {
        record["mentions"][0].as_object().expect("a mention").keys().cloned().collect()
    };
    assert!(keys(&ran.records()[0]).iter().all(|key| !key.contains('_')));
    let all = dir.run("tag a.txt --model model --quiet --offsets");
    assert_eq!(keys(&all.records()[0]).iter().filter(|key| key.contains('_')).count(), 4);
}

#[test]
fn standard_input() {
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", "{\"id\":\"w1\",\"text\":\"\"}\n");
    dir.write("plain", "Boats left Bonn.");
    check(
        &dir.run_on("wire.jsonl", "tag - --model model --threads 1"),
        expect![[r#"
            1 article, 0 words in …
              mentions      none
            > {"id":"w1","text":"","mentions":[],"entities":[],"coverage":{"chars":0,"read":0,"windows":0},"warnings":[],"tagger":{…}}
            exit 0"#]],
    );
    let ran = dir.run_on("plain", "tag - --model model --quiet");
    assert_eq!(ran.records()[0]["text"], "Boats left Bonn.");
    assert_eq!(ran.records()[0]["source"], "-");
}

#[test]
fn quiet_says_nothing_and_otherwise_stdout_has_records_alone() {
    let dir = Dir::with_model("bert");
    dir.write("in/wire.jsonl", "{\"text\":\"Boats left Bonn.\"}\n\n{\"text\":\"Rhine\"}\n");
    dir.write("in/bonn.txt", "Bonn.").write("in/empty.jsonl", "").write("in/rows.csv", "headline,body\nBonn,Rhine\n");
    let quiet = dir.run("tag in --model model --quiet");
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
    let loud = dir.run("tag in --model model --threads 1");
    assert_eq!(loud.stdout, quiet.stdout);
    assert_eq!(loud.records().len(), 4);
    let said = crate::common::Ran { stdout: String::new(), ..loud };
    check(
        &said,
        expect![[r#"
        note: in/rows.csv: CSV with text in headline, body
        note: in/wire.jsonl: JSON lines with text in text
        note: blank lines: 1
        note: files without any record: 1
        4 articles, 7 words in …
          mentions      PER 1, ORG 1, LOC 1, MISC 1
          people        left 1
          places        Rhine 1
          organizations Rhine 1
        exit 0"#]],
    );
}

#[test]
fn a_bad_record_under_quiet_is_still_told_by_the_exit_code() {
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", "{\"text\":\"Bonn\"}\n{\"text\":17}\n");
    let ran = dir.run("tag wire.jsonl --model model --quiet");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(3), ""));
    assert_eq!(ran.records().len(), 2);
}

#[test]
fn an_empty_file_is_no_error() {
    let dir = Dir::with_model("bert");
    dir.write("wire.jsonl", "");
    check(
        &dir.run("tag wire.jsonl --model model --threads 1 -o out.jsonl"),
        expect![[r#"
        note: files without any record: 1
        0 articles, 0 words in …
          mentions      none
        exit 0"#]],
    );
    assert_eq!(dir.read("out.jsonl"), b"");
}
