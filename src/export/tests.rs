//! An article goes in with an emoji before its first name, and with all that is hard to say; each
//! format's own bytes come out.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::eval::parse_gold;
use crate::export::{Exporter, Format, Loss};
use crate::record::{Offsets, Record};
use crate::verdicts::{ArticleState, Entry, Op, Opened, Reach, RuleSet, Verdicts, stand};

/// Two names in a title with an emoji, one over two lines, one that cuts a token.
fn line() -> String {
    let (title, text) = ("🙂 Zoë Öberg's trip", "In New\nYork she said \"5 < 6 & a Bonnfire\".");
    let mention = |field: &str, of: &str, words: &str, label: &str, entity: usize| {
        let start = of[..of.find(words).expect("it is there")].chars().count();
        json!({"start": start, "end": start + words.chars().count(), "label": label, "text": words, "score": 0.9,
            "field": field, "zone": if field == "title" { "headline" } else { "body" }, "sentence": 0, "entity": entity})
    };
    let mentions = [
        mention("title", title, "Zoë Öberg", "PER", 0),
        mention("text", text, "New\nYork", "LOC", 1),
        mention("text", text, "Bonn", "LOC", 2),
    ];
    let entity = |id: usize, name: &str, label: &str| json!({"id": id, "label": label, "name": name, "aliases": [], "mentions": [id], "salience": 0.3});
    json!({"id": "=a1", "title": title, "text": text, "mentions": mentions,
        "entities": [entity(0, "Zoë Öberg", "PER"), entity(1, "New\nYork", "LOC"), entity(2, "Bonn", "LOC")],
        "topics": [{"code": "t:1", "label": "trips", "score": 0.8}],
        "coverage": {"chars": title.chars().count() + text.chars().count(), "read": 0, "windows": 1},
        "warnings": [], "tagger": {"version": "1", "model": "m", "recipe": "r"}})
    .to_string()
}

/// Öberg alone is decided too, inside the longer name; and the article is done.
fn decided(opened: &Opened<'_>) -> Verdicts {
    let mut verdicts = Verdicts::default();
    let place = |start: usize, end: usize| opened.place("title", [start, end]).expect("in the title");
    let ops = [
        Op::Add { place: place(2, 11), label: "PER".to_owned(), reach: Reach::Here },
        Op::Add { place: place(6, 11), label: "PER".to_owned(), reach: Reach::Here },
        Op::Article { article: opened.key, state: ArticleState::Done, within: None },
    ];
    for (n, op) in (1..).zip(ops) {
        let entry = Entry { v: 1, n, at: String::new(), decision: op.into(), together: None, prev: String::new() };
        verdicts.add("ana", entry);
    }
    verdicts
}

fn export(format: Format, is_decided: bool) -> (String, Vec<Loss>) {
    let line = line();
    let opened = Opened::new(Record::parse(&line, None).expect("a record"), &[]).expect("good");
    let verdicts = if is_decided { decided(&opened) } else { Verdicts::default() };
    let standing = stand(&opened, &RuleSet::default(), &verdicts);
    let mut out = Vec::new();
    let dir = tempfile::tempdir().expect("a directory");
    let mut exporter = if format.is_directory() {
        Exporter::to_directory(format, dir.path()).expect("writable")
    } else {
        Exporter::to_stream(format, &mut out).expect("writable")
    };
    let losses = exporter.add(&opened, &standing).expect("written");
    let totals = exporter.finish().expect("written");
    assert_eq!(totals.articles + totals.left_out, 1);
    if format.is_directory() {
        let mut names: Vec<_> =
            std::fs::read_dir(dir.path()).expect("readable").map(|f| f.expect("a file").path()).collect();
        names.sort();
        for path in names.iter().filter(|path| !path.ends_with("TypeSystem.xml")) {
            out.extend_from_slice(&std::fs::read(path).expect("readable"));
        }
    }
    (String::from_utf8(out).expect("UTF-8"), losses)
}

fn check(format: Format, expected: Expect) {
    let (out, losses) = export(format, true);
    let lost: Vec<String> = losses.iter().map(|loss| format!("lost {:?}: {}\n", loss.words, loss.why)).collect();
    expected.assert_eq(&format!("{out}{}", lost.concat()));
}

#[test]
fn tables_and_lines() {
    check(
        Format::Csv,
        expect![[r#"
        article,field,start,end,label,text,entity,zone,score,by,complete
        '=a1,title,2,11,PER,Zoë Öberg,Zoë Öberg,headline,1,ana,true
        '=a1,title,6,11,PER,Öberg,,headline,1,ana,true
        '=a1,text,3,11,LOC,"New
        York","New
        York",body,0.9,model,true
        '=a1,text,32,36,LOC,Bonn,Bonn,body,0.9,model,true
    "#]],
    );
    check(
        Format::Spacy,
        expect![[r#"
        {"cats":{"t:1":1.0},"entities":[[2,11,"PER"],[23,31,"LOC"],[52,56,"LOC"]],"meta":{"article":"=a1","complete":true,"key":"5e20256b27cf35145f42fca29ffba296","model":"m"},"text":"🙂 Zoë Öberg's trip\n\nIn New\nYork she said \"5 < 6 & a Bonnfire\"."}
        lost "Öberg": a longer mention covers it, and this format takes no overlaps
    "#]],
    );
    check(
        Format::Prodigy,
        expect![[r#"
        {"answer":"accept","meta":{"article":"=a1","complete":true,"key":"5e20256b27cf35145f42fca29ffba296","model":"m"},"spans":[{"end":11,"label":"PER","score":1.0,"source":"ana","start":2,"text":"Zoë Öberg"},{"end":31,"label":"LOC","score":0.9,"source":"model","start":23,"text":"New\nYork"},{"end":56,"label":"LOC","score":0.9,"source":"model","start":52,"text":"Bonn"}],"text":"🙂 Zoë Öberg's trip\n\nIn New\nYork she said \"5 < 6 & a Bonnfire\"."}
        lost "Öberg": a longer mention covers it, and this format takes no overlaps
    "#]],
    );
    check(
        Format::Doccano,
        expect![[r#"
        {"article":"=a1","complete":true,"label":[[2,11,"PER"],[6,11,"PER"],[23,31,"LOC"],[52,56,"LOC"]],"text":"🙂 Zoë Öberg's trip\n\nIn New\nYork she said \"5 < 6 & a Bonnfire\"."}
    "#]],
    );
    check(
        Format::LabelStudio,
        expect![[r#"
        [
        {"annotations":[{"ground_truth":true,"result":[{"from_name":"label","id":"m0","meta":{"text":["ana"]},"score":1.0,"to_name":"text","type":"labels","value":{"end":11,"labels":["PER"],"start":2,"text":"Zoë Öberg"}},{"from_name":"label","id":"m1","meta":{"text":["ana"]},"score":1.0,"to_name":"text","type":"labels","value":{"end":11,"labels":["PER"],"start":6,"text":"Öberg"}},{"from_name":"label","id":"m2","meta":{"text":["model"]},"score":0.9,"to_name":"text","type":"labels","value":{"end":31,"labels":["LOC"],"start":23,"text":"New\nYork"}},{"from_name":"label","id":"m3","meta":{"text":["model"]},"score":0.9,"to_name":"text","type":"labels","value":{"end":56,"labels":["LOC"],"start":52,"text":"Bonn"}}],"was_cancelled":false}],"data":{"article":"=a1","key":"5e20256b27cf35145f42fca29ffba296","text":"🙂 Zoë Öberg's trip\n\nIn New\nYork she said \"5 < 6 & a Bonnfire\"."},"predictions":[]}
        ]
    "#]],
    );
}

#[test]
fn tokens_and_tags() {
    check(
        Format::Conll,
        expect![[r#"
        -DOCSTART- -X- -X- O

        🙂 -X- -X- O
        Zoë -X- -X- B-PER
        Öberg -X- -X- I-PER
        's -X- -X- O
        trip -X- -X- O

        In -X- -X- O
        New -X- -X- O

        York -X- -X- O
        she -X- -X- O
        said -X- -X- O
        " -X- -X- O
        5 -X- -X- O
        < -X- -X- O
        6 -X- -X- O
        & -X- -X- O
        a -X- -X- O
        Bonnfire -X- -X- O
        " -X- -X- O
        . -X- -X- O

        lost "Öberg": a longer mention covers it, and this format takes no overlaps
        lost "New\nYork": it cuts a token, or goes on in another sentence
        lost "Bonn": it cuts a token, or goes on in another sentence
    "#]],
    );
    check(
        Format::Hf,
        expect![[r#"
        {"complete":true,"id":"=a1:0","ner_tags":["O","B-PER","I-PER","O","O"],"tokens":["🙂","Zoë","Öberg","'s","trip"]}
        {"complete":true,"id":"=a1:1","ner_tags":["O","O"],"tokens":["In","New"]}
        {"complete":true,"id":"=a1:2","ner_tags":["O","O","O","O","O","O","O","O","O","O","O","O"],"tokens":["York","she","said","\"","5","<","6","&","a","Bonnfire","\"","."]}
        lost "Öberg": a longer mention covers it, and this format takes no overlaps
        lost "New\nYork": it cuts a token, or goes on in another sentence
        lost "Bonn": it cuts a token, or goes on in another sentence
    "#]],
    );
}

#[test]
fn files_and_annotations() {
    check(
        Format::Brat,
        expect![[r#"
        T1	PER 2 11	Zoë Öberg
        #1	AnnotatorNotes T1	ana
        T2	PER 6 11	Öberg
        #2	AnnotatorNotes T2	ana
        T3	LOC 23 26;27 31	New York
        T4	LOC 52 56	Bonn
        🙂 Zoë Öberg's trip

        In New
        York she said "5 < 6 & a Bonnfire".[entities]
        LOC
        PER

        [relations]
        <OVERLAP>	Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>

        [events]

        [attributes]
    "#]],
    );
    check(
        Format::W3c,
        expect![[r#"
        {"@context":"http://www.w3.org/ns/anno.jsonld","body":{"purpose":"tagging","type":"TextualBody","value":"PER"},"creator":{"name":"ana","type":"Person"},"id":"urn:dateline:5e20256b27cf35145f42fca29ffba296:0","motivation":"tagging","target":{"selector":[{"exact":"Zoë Öberg","prefix":"🙂 ","suffix":"'s trip\n\nIn New\nYork she said \"5","type":"TextQuoteSelector"},{"end":11,"start":2,"type":"TextPositionSelector"}],"source":"urn:dateline:5e20256b27cf35145f42fca29ffba296"},"type":"Annotation"}
        {"@context":"http://www.w3.org/ns/anno.jsonld","body":{"purpose":"tagging","type":"TextualBody","value":"PER"},"creator":{"name":"ana","type":"Person"},"id":"urn:dateline:5e20256b27cf35145f42fca29ffba296:1","motivation":"tagging","target":{"selector":[{"exact":"Öberg","prefix":"🙂 Zoë ","suffix":"'s trip\n\nIn New\nYork she said \"5","type":"TextQuoteSelector"},{"end":11,"start":6,"type":"TextPositionSelector"}],"source":"urn:dateline:5e20256b27cf35145f42fca29ffba296"},"type":"Annotation"}
        {"@context":"http://www.w3.org/ns/anno.jsonld","body":{"purpose":"tagging","type":"TextualBody","value":"LOC"},"creator":{"name":"m","type":"Software"},"id":"urn:dateline:5e20256b27cf35145f42fca29ffba296:2","motivation":"tagging","target":{"selector":[{"exact":"New\nYork","prefix":"🙂 Zoë Öberg's trip\n\nIn ","suffix":" she said \"5 < 6 & a Bonnfire\".","type":"TextQuoteSelector"},{"end":31,"start":23,"type":"TextPositionSelector"}],"source":"urn:dateline:5e20256b27cf35145f42fca29ffba296"},"type":"Annotation"}
        {"@context":"http://www.w3.org/ns/anno.jsonld","body":{"purpose":"tagging","type":"TextualBody","value":"LOC"},"creator":{"name":"m","type":"Software"},"id":"urn:dateline:5e20256b27cf35145f42fca29ffba296:3","motivation":"tagging","target":{"selector":[{"exact":"Bonn","prefix":"In New\nYork she said \"5 < 6 & a ","suffix":"fire\".","type":"TextQuoteSelector"},{"end":56,"start":52,"type":"TextPositionSelector"}],"source":"urn:dateline:5e20256b27cf35145f42fca29ffba296"},"type":"Annotation"}
    "#]],
    );
    check(
        Format::Xmi,
        expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" xmlns:type2="http:///de/tudarmstadt/ukp/dkpro/core/api/metadata/type.ecore" xmlns:type3="http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore" xmlns:type4="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore" xmi:version="2.0">
        <cas:NULL xmi:id="0"/>
        <type2:DocumentMetaData xmi:id="2" sofa="1" begin="0" end="63" language="x-unspecified" documentTitle="=a1" documentId="=a1" isLastSegment="false"/>
        <type4:Sentence xmi:id="3" sofa="1" begin="0" end="19"/>
        <type4:Token xmi:id="4" sofa="1" begin="0" end="2"/>
        <type4:Token xmi:id="5" sofa="1" begin="3" end="6"/>
        <type4:Token xmi:id="6" sofa="1" begin="7" end="12"/>
        <type4:Token xmi:id="7" sofa="1" begin="12" end="14"/>
        <type4:Token xmi:id="8" sofa="1" begin="15" end="19"/>
        <type4:Sentence xmi:id="9" sofa="1" begin="21" end="27"/>
        <type4:Token xmi:id="10" sofa="1" begin="21" end="23"/>
        <type4:Token xmi:id="11" sofa="1" begin="24" end="27"/>
        <type4:Sentence xmi:id="12" sofa="1" begin="28" end="63"/>
        <type4:Token xmi:id="13" sofa="1" begin="28" end="32"/>
        <type4:Token xmi:id="14" sofa="1" begin="33" end="36"/>
        <type4:Token xmi:id="15" sofa="1" begin="37" end="41"/>
        <type4:Token xmi:id="16" sofa="1" begin="42" end="43"/>
        <type4:Token xmi:id="17" sofa="1" begin="43" end="44"/>
        <type4:Token xmi:id="18" sofa="1" begin="45" end="46"/>
        <type4:Token xmi:id="19" sofa="1" begin="47" end="48"/>
        <type4:Token xmi:id="20" sofa="1" begin="49" end="50"/>
        <type4:Token xmi:id="21" sofa="1" begin="51" end="52"/>
        <type4:Token xmi:id="22" sofa="1" begin="53" end="61"/>
        <type4:Token xmi:id="23" sofa="1" begin="61" end="62"/>
        <type4:Token xmi:id="24" sofa="1" begin="62" end="63"/>
        <type3:NamedEntity xmi:id="25" sofa="1" begin="3" end="12" value="PER"/>
        <type3:NamedEntity xmi:id="26" sofa="1" begin="7" end="12" value="PER"/>
        <type3:NamedEntity xmi:id="27" sofa="1" begin="24" end="32" value="LOC"/>
        <type3:NamedEntity xmi:id="28" sofa="1" begin="53" end="57" value="LOC"/>
        <cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString="🙂 Zoë Öberg's trip&#10;&#10;In New&#10;York she said &quot;5 &lt; 6 &amp; a Bonnfire&quot;."/>
        <cas:View sofa="1" members="2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28"/>
        </xmi:XMI>
    "#]],
    );
}

#[test]
fn gold_is_what_is_done_and_eval_reads_it() {
    let (out, losses) = export(Format::Gold, true);
    assert_eq!(losses.len(), 1, "the shorter of two that overlap");
    let gold = parse_gold(std::path::Path::new("gold.jsonl"), &out).expect("gold");
    let text = gold.documents[0].text();
    let found: Vec<String> =
        gold.documents[0].mentions().map(|(span, label)| format!("{label} {}", span.of(text))).collect();
    // In the order of the keys in the record, where the text comes first.
    assert_eq!(found, ["LOC New\nYork", "LOC Bonn", "PER Zoë Öberg"]);
    let by: Value = serde_json::from_str(&out).expect("JSON");
    let by: Vec<&str> = (0..3).map(|i| by["mentions"][i]["by"].as_str().expect("a string")).collect();
    assert_eq!(by, ["ana", "model", "model"]);
    assert_eq!(export(Format::Gold, false).0, "");
}

/// Whatever a format counts in, what stands there is the name.
#[test]
fn offsets_point_at_the_names() {
    let names = ["Zoë Öberg", "New\nYork", "Bonn"];
    for format in [Format::Spacy, Format::Prodigy, Format::Doccano] {
        let (out, _) = export(format, false);
        let value: Value = serde_json::from_str(&out).expect("JSON");
        let text = value["text"].as_str().expect("a text");
        let key = ["entities", "spans", "label"].into_iter().find(|key| value[key].is_array()).expect("spans");
        let chars: Vec<char> = text.chars().collect();
        let found: Vec<String> = value[key]
            .as_array()
            .expect("a list")
            .iter()
            .map(|span| {
                let at = |i: usize, name: &str| {
                    span.get(i).or_else(|| span.get(name)).and_then(Value::as_u64).expect("a number") as usize
                };
                chars[at(0, "start")..at(1, "end")].iter().collect()
            })
            .collect();
        assert_eq!(found, names, "{}", format.name());
    }
    let (out, _) = export(Format::Xmi, false);
    let text = "🙂 Zoë Öberg's trip\n\nIn New\nYork she said \"5 < 6 & a Bonnfire\".";
    let offsets = Offsets::new(text);
    let found: Vec<&str> = out
        .lines()
        .filter(|line| line.starts_with("<type3:NamedEntity"))
        .map(|line| {
            let number = |key: &str| -> usize {
                let from = line.find(key).expect("a key") + key.len();
                line[from..].split('"').next().expect("a value").parse().expect("a number")
            };
            let at = |key: &str| offsets.of_utf16(number(key)).expect("in the text").byte;
            &text[at("begin=\"")..at("end=\"")]
        })
        .collect();
    assert_eq!(found, names);
}
