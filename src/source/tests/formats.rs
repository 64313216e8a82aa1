//! What a format can be: one that is not ours, with members that are no articles.

use expect_test::expect;

use super::{check, check_with, options};
use crate::document::{Article, FailureCode, Syntax};
use crate::source::decompress::Content;
use crate::source::fields::Wanted;
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Parser, Setup};
use crate::source::refusal::Refusal;
use crate::source::split::{RawRecord, Split, Step, Unclosed};
use crate::source::{Options, SourceError, endings, format, formats, open_reader};

/// A container of parcels: a line with a word and a number of bytes, then so many bytes. Only
/// parcels called `page` are articles.
struct Parcels;

static ABOUT: About =
    About { key: "parcels", name: "parcels", help: "Parcels", endings: &[".parcels"], by_line: false };

impl Format for Parcels {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn open(&self, input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let records = Box::new(setup.records(input, Lid::default()));
        Ok(OpenFile { records, parser: Box::new(PageParser), fields: FieldNames::Unnamed, remark: None })
    }

    fn derived_id(&self, file: &str, record: &RawRecord) -> String {
        format!("{file}@{}", record.start.byte)
    }
}

/// Its head so far, and then how much of a parcel is to come.
#[derive(Default)]
struct Lid {
    head: Vec<u8>,
    rest: usize,
}

impl Split for Lid {
    fn step(&mut self, bytes: &[u8]) -> Step {
        let mut n = 0;
        if !self.head.ends_with(b"\n") {
            n = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |end| end + 1);
            self.head.extend_from_slice(&bytes[..n]);
            if !self.head.ends_with(b"\n") {
                return Step::Take(n);
            }
            let words = String::from_utf8_lossy(&self.head).into_owned();
            self.rest = words.split_whitespace().nth(1).and_then(|size| size.parse().ok()).unwrap_or(0);
        }
        let taken = self.rest.min(bytes.len() - n);
        self.rest -= taken;
        n += taken;
        if self.rest > 0 {
            return Step::Take(n);
        }
        let is_page = std::mem::take(&mut self.head).starts_with(b"page");
        if is_page { Step::End(n) } else { Step::Drop(n) }
    }

    fn unclosed(&mut self) -> Unclosed {
        Unclosed::Record
    }
}

/// The first line of a page is its headline.
struct PageParser;

impl Parser for PageParser {
    fn syntax(&self) -> Syntax {
        Syntax::Text
    }

    fn article(&self, text: &str, cut: bool, _wanted: &Wanted) -> Result<Article, Refusal> {
        if cut {
            return Err(Refusal::new(FailureCode::TruncatedJson, text.len(), "the parcel is torn"));
        }
        let page = text.split_once('\n').map_or("", |(_, page)| page);
        let (title, body) = page.split_once('\n').unwrap_or(("", page));
        Ok(Article::of_fields("", [("title", title), ("text", body)]))
    }
}

#[test]
fn a_container_has_members_that_are_no_articles() {
    let file = "info 5\n12345page 11\nRhine\nBoats\nlink 0\npage 10\nTurku\nZoëmeta 9999\nx";
    let parcels = || Options { format: Some(&Parcels), ..options() };
    check_with(
        parcels(),
        "a",
        file,
        expect![[r#"
            a@12 @2:12 | title*=Rhine | text=Boats
            a@39 @6:39 | title*=Turku | text=Zoë
            truncated_json: a:9:2: the parcel is torn
            note: members of containers that are no articles: 3"#]],
    );
    // In whatever pieces it comes.
    for size in 1..9 {
        let pieces = super::Trickle::new(file.as_bytes().to_vec(), vec![size]);
        let mut source = open_reader("a", pieces, parcels()).expect("it can be opened");
        assert_eq!(source.by_ref().filter(Result::is_ok).count(), 3);
        let counts = source.counts();
        assert_eq!((counts.articles, counts.failed, counts.not_articles, counts.all), (2, 1, 3, 3));
    }
}

#[test]
fn formats_are_known_by_their_keys_and_endings() {
    let keys: Vec<&str> = formats().iter().map(|format| format.about().key).collect();
    assert_eq!(keys, ["text", "html", "xml", "mail", "jsonfeed", "bulk", "jsonl", "json", "csv", "tsv"]);
    for key in keys {
        assert_eq!(format(key).map(|format| format!("{format:?}")).as_deref(), Some(key));
    }
    assert!(format("parcels").is_none() && format("CSV").is_none());
    let mut all = endings();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), endings().len(), "each ending belongs to one format");
    let as_json = Options { format: format("json"), ..options() };
    check_with(
        as_json,
        "a.txt",
        "{\"text\":\n\"Bonn\"}",
        expect![[r#"
        a.txt#0 @1:0 | text=Bonn
        note: a.txt: the ending says text and it is JSON; read as it is
        note: a.txt: JSON with text in text"#]],
    );
    check(
        "A.JSONL",
        "{\"text\":\"Bonn\"}",
        expect![[r#"
        A.JSONL:1 @1:0 | text=Bonn
        note: A.JSONL: JSON lines with text in text"#]],
    );
}
