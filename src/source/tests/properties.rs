//! What holds for every input.

use std::io;

use proptest::prelude::*;

use super::{Trickle, forms, gzip, items_with, options};
use crate::document::Form;
use crate::source::formats::{TableDialect, TableParser, row_end};
use crate::source::{Item, Options};

/// Records, good ones and bad ones, as they may follow one another in a file.
fn record() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-zü\u{2028}😀 {}\\[\\],:]{0,20}".prop_map(|text| serde_json::json!({ "text": text }).to_string().into_bytes()),
        1 => "[{}\\[\\]\",:\\\\a ]{0,12}".prop_map(String::into_bytes),
        1 => Just(b"{\"text\":\"caf\xe9\"}".to_vec()),
        1 => Just(b"{\"text\":\n{\"text\":\"nested\"\n},\"x\":[\n{}]}".to_vec()),
        1 => Just(Vec::new()),
    ]
}

fn corpus() -> impl Strategy<Value = Vec<u8>> {
    let end = prop::sample::select(vec!["\n", "\r\n", ",\n", ""]);
    prop::collection::vec((record(), end), 0..12).prop_map(|records| {
        // The first record decides about the fields, so it is a good one.
        let mut file = b"{\"text\":\"Boats left Bonn.\"}\n".to_vec();
        for (record, end) in records {
            file.extend(record);
            file.extend(end.bytes());
        }
        file
    })
}

fn small() -> Options {
    Options { max_record_bytes: 32, ..options() }
}

/// As most tables are written.
const COMMAS: TableDialect = TableDialect { separator: b',', quoted: true };

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn read_sizes_do_not_show(file in corpus(), sizes in prop::collection::vec(1usize..9, 1..5)) {
        for name in ["a.jsonl", "a.json", "a.txt", "-"] {
            let whole = items_with(small(), name, io::Cursor::new(file.clone()));
            let pieces = items_with(small(), name, Trickle::new(file.clone(), sizes.clone()));
            prop_assert_eq!(whole, pieces);
        }
        let table = [b"text\tx\n".as_slice(), &file].concat();
        let whole = items_with(small(), "a.tsv", io::Cursor::new(table.clone()));
        let pieces = items_with(small(), "a.tsv", Trickle::new(table, sizes));
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn gzip_members_do_not_show(file in corpus(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(file.len() + 1)).collect();
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([file.len()]);
        let mut start = 0;
        let members: Vec<u8> = ends.flat_map(|end| gzip(&file[std::mem::replace(&mut start, end)..end])).collect();
        let plain = items_with(options(), "a.jsonl", io::Cursor::new(file));
        let zipped = items_with(options(), "a.jsonl", Trickle::new(members, vec![1, 7]));
        prop_assert_eq!(plain, zipped);
    }

    #[test]
    fn lines_are_all_accounted_for(file in corpus()) {
        let lines = file.split(|&byte| byte == b'\n').count() - usize::from(file.ends_with(b"\n"));
        let mut source = crate::source::open_reader("a.jsonl", io::Cursor::new(file), small()).expect("it can be opened");
        let n_items = source.by_ref().count() as u64;
        let counts = source.counts();
        prop_assert_eq!(counts.articles + counts.failed, n_items);
        prop_assert_eq!(n_items + counts.blank, lines as u64);
    }

    #[test]
    fn objects_come_back_byte_for_byte(
        texts in prop::collection::vec(("[^\u{0}-\u{1f}\"\\\\]{0,9}", "[ \t]{0,2}", "-?[1-9][0-9]{0,30}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"), 1..6),
    ) {
        let objects: Vec<String> = texts
            .iter()
            .map(|(text, white, number)| format!("{{{white}\"n\"{white}:{number},\"text\":\"{text}\"{white},\"n\":{number}}}"))
            .collect();
        prop_assert_eq!(&forms("a.jsonl", objects.join("\n").as_bytes()), &objects);
        prop_assert_eq!(&forms("a.json", objects.join("\n").as_bytes()), &objects);
        prop_assert_eq!(&forms("a.json", format!("[{}]", objects.join(" , ")).as_bytes()), &objects);
    }

    #[test]
    fn text_and_its_fields_agree(title in "\\PC{0,20}", body in "\\PC{0,40}") {
        let object = serde_json::json!({ "title": title, "body": body }).to_string();
        let items = items_with(options(), "a.jsonl", io::Cursor::new(object));
        let [Item::Article(article)] = items.as_slice() else { panic!("one article: {items:?}") };
        prop_assert_eq!(&article.text, &format!("{title}\n\n{body}"));
        let fields: Vec<&str> = article.fields.iter().map(|field| field.span.of(&article.text)).collect();
        prop_assert_eq!(fields, [title.as_str(), body.as_str()]);
    }

    #[test]
    fn rows_end_where_the_cells_say(cells in prop::collection::vec("[a\",\n\r ]{0,6}", 1..5)) {
        // As a spreadsheet would write them: quoted if they need it.
        let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        let row = quoted.join(",");
        let end = row_end(format!("{row}\nnext,row\n").as_bytes(), COMMAS);
        prop_assert_eq!(end, Some(row.len() + 1));
        let header: Vec<String> = (0..cells.len()).map(|i| i.to_string()).collect();
        let table = TableParser::new(COMMAS, &header.join(",")).expect("all are plain");
        prop_assert_eq!(table.read(&row).expect("as many as the header"), cells);
    }

    #[test]
    fn rows_read_as_csv_core_reads_them(file in "[a\",\n ]{0,12}") {
        let Some(n) = row_end(file.as_bytes(), COMMAS) else { return Ok(()) };
        // Empty lines are passed over before, and rows with a stray quote are refused here and
        // guessed at there.
        let Ok(table) = TableParser::new(COMMAS, &file[..n - 1]) else { return Ok(()) };
        if n > 1 {
            let (mut text, mut ends) = ([0; 32], [0; 32]);
            let (result, used, _, n_cells) = csv_core::Reader::new().read_record(file.as_bytes(), &mut text, &mut ends);
            prop_assert_eq!((result, used), (csv_core::ReadRecordResult::Record, n));
            let mut start = 0;
            let cells = ends[..n_cells].iter().map(|&end| &text[std::mem::replace(&mut start, end)..end]);
            prop_assert_eq!(cells.collect::<Vec<_>>(), table.columns().iter().map(String::as_bytes).collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for name in ["a.jsonl", "a.json", "a.txt", "-", "a.csv"] {
            let Ok(source) = crate::source::open_reader(name, io::Cursor::new(bytes.clone()), small()) else { continue };
            for item in source {
                if let Ok(Item::Article(article)) = item {
                    prop_assert!(matches!(article.form, Form::Text | Form::Object(_)));
                }
            }
        }
    }
}
