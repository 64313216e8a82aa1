//! What must hold for any bytes at all. A fuzzer calls these functions with what it makes up;
//! `tests/it/fuzz.rs` calls them with what was found that way, and with the seeds.
//!
//!     mkdir -p fuzz/corpus/records
//!     cargo +nightly fuzz run records fuzz/corpus/records fuzz/seeds/records -- -max_total_time=600
//!
//! A finding goes to `fuzz/regressions/records/` when it has been mended.

use std::cell::OnceCell;
use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;

use dateline::document::Failure;
use dateline::internals::decode::Decoder;
use dateline::internals::digest::hex;
use dateline::internals::label::LabelSet;
use dateline::internals::page::{self, Reading, charset, markup};
use dateline::internals::segment::segment;
use dateline::internals::sink::checkpoint::{self, Manifest};
use dateline::internals::tokenize::{Limit, Tokenizer, windows};
use dateline::record::dead;
use dateline::source::{AddedKeys, Item, Options, Source, SourceError, encoding, format, open_reader};
use dateline::{Article, Kernels, Model};
use dateline_search::Index;
use dateline_search::index::{self, BuildOptions};
use dateline_search::query;
use dateline_search::search::{Page, Sort};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// A name, and what is done with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const ALL: [Target; 9] = [
    ("records", records),
    ("splitting", splitting),
    ("encodings", encodings),
    ("tokens", tokens),
    ("logits", logits),
    ("models", models),
    ("checkpoints", checkpoints),
    ("queries", queries),
    ("pages", pages),
];

/// The first bytes of `data` as choices, and the rest.
fn choices<const N: usize>(data: &[u8]) -> Option<([u8; N], &[u8])> {
    let (first, rest) = data.split_at_checked(N)?;
    Some((first.try_into().ok()?, rest))
}

fn options(choice: u8) -> Options {
    let formats = ["", "jsonl", "json", "csv", "tsv", "text"];
    Options {
        format: format(formats[usize::from(choice % 6)]),
        replace: (choice & 0x20 != 0).then_some(AddedKeys::Beside),
        each_alone: choice & 0x40 != 0,
        max_record_bytes: if choice & 0x80 != 0 { 24 } else { 1 << 20 },
        reserved: vec!["mentions".to_owned(), "tagger".to_owned()],
        ..Options::default()
    }
}

/// Everything that comes out of `bytes`.
fn items(name: &str, bytes: impl Read + Send + 'static, options: Options) -> Result<(Vec<Item>, Source), SourceError> {
    let mut source = open_reader(name, bytes, options)?;
    let items = source.by_ref().collect::<Result<Vec<Item>, SourceError>>()?;
    Ok((items, source))
}

/// Records of every format are cut and parsed: each is accounted for, at its place, with its bytes;
/// and dead letters can be read again.
pub fn records(data: &[u8]) {
    let Some(([choice], file)) = choices(data) else { return };
    let options = options(choice);
    let (is_plain, each_alone) = (options.format.is_some(), options.each_alone);
    let is_lines = options.format == format("jsonl");
    let Ok((items, source)) = items("in", Cursor::new(file.to_vec()), options.clone()) else { return };
    let counts = source.counts();
    let blank = items.iter().filter(|item| matches!(item, Item::Blank)).count() as u64;
    assert_eq!(counts.articles + counts.failed + blank, items.len() as u64);
    let is_utf8 = !file.starts_with(b"\xff\xfe") && !file.starts_with(b"\xfe\xff");
    let is_compressed = file.starts_with(b"\x1f\x8b")
        || file.get(1..4) == Some(b"\xb5\x2f\xfd")
        || file.get(1..4) == Some(b"\x2a\x4d\x18");
    if is_lines && is_utf8 && !is_compressed {
        let body = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        let n_lines = body.split(|&byte| byte == b'\n').count() - usize::from(body.is_empty() || body.ends_with(b"\n"));
        assert_eq!(counts.articles + counts.failed + counts.blank, n_lines as u64);
        assert!(!each_alone || items.len() == n_lines);
    }
    let mut letters = Vec::new();
    let mut n_letters = 0;
    for item in items {
        match item {
            Item::Article(article) => {
                for field in &article.fields {
                    assert!(article.text.get(field.span.start()..field.span.end()).is_some());
                }
            }
            Item::Failed(failure) => {
                n_letters += 1;
                // What was in a dead letter has its place elsewhere.
                if is_plain && is_utf8 && !is_compressed && failure.origin.source == "in" {
                    check_place(file, &failure);
                }
                dead::write(&failure, &mut letters);
            }
            Item::Blank => {}
        }
    }
    let again = Options { format: format("jsonl"), each_alone: false, max_record_bytes: 1 << 24, ..options };
    let Ok(source) = open_reader("again", Cursor::new(letters), again) else { panic!("dead letters can be read") };
    let mut n_again = 0;
    for item in source {
        let Ok(item) = item else { panic!("dead letters can be read") };
        assert!(
            !matches!(item, Item::Failed(failure) if failure.code == dateline::document::FailureCode::InvalidDeadLetter)
        );
        n_again += 1;
    }
    assert_eq!(n_again, n_letters);
}

fn check_place(file: &[u8], failure: &Failure) {
    let start = failure.origin.byte_offset as usize;
    let len = failure.origin.byte_len as usize;
    let record = &file[start..start + len];
    assert!(record.starts_with(&failure.raw.bytes));
    match failure.raw.digest_of_all {
        Some(digest) => assert_eq!(digest, <[u8; 32]>::from(Sha256::digest(record))),
        None => assert_eq!(record, failure.raw.bytes),
    }
}

/// Gives a few bytes at a time.
struct Trickle(Cursor<Vec<u8>>, usize);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(self.1);
        self.0.read(&mut buffer[..n])
    }
}

/// The same records come whatever the sizes of reads are, and whatever gzip members or zstd frames
/// a file is cut into; and what claims to be compressed and is not is an error.
pub fn splitting(data: &[u8]) {
    let Some(([choice, size, cut_at], file)) = choices(data) else { return };
    // As a compressed file, which it hardly is.
    let _ = items("in", Trickle(Cursor::new(file.to_vec()), usize::from(size) + 1), options(choice));
    let options = Options { format: options(choice).format.or(format("jsonl")), ..options(choice) };
    // Two bytes that nobody takes for compressed.
    let content = [b"\n\n", file].concat();
    let whole = items("in", Cursor::new(content.clone()), options.clone()).map(|(items, _)| items).ok();
    let trickled = items("in", Trickle(Cursor::new(content.clone()), usize::from(size % 7) + 1), options.clone());
    let cut_at = usize::from(cut_at).min(content.len());
    let mut gzip = Vec::new();
    let mut zstd = Vec::new();
    for part in [&content[..cut_at], &content[cut_at..]] {
        let mut member = GzEncoder::new(Vec::new(), Compression::fast());
        member.write_all(part).expect("a Vec takes every byte");
        gzip.extend_from_slice(&member.finish().expect("a Vec takes every byte"));
        zstd.extend_from_slice(&zstd_frame(part));
    }
    for other in [
        trickled,
        items("in", Trickle(Cursor::new(gzip), usize::from(size) + 1), options.clone()),
        items("in", Trickle(Cursor::new(zstd), usize::from(size) + 1), options),
    ] {
        // A table without a header cannot be read at all.
        assert_eq!(other.map(|(items, _)| items).ok(), whole);
    }
}

/// A frame of raw blocks (RFC 8878, 3.1.1), which needs no compressor.
fn zstd_frame(content: &[u8]) -> Vec<u8> {
    // Single segment, four bytes of content size.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    frame.extend_from_slice(&(content.len() as u32).to_le_bytes());
    let mut blocks = content.chunks(1 << 16).peekable();
    if content.is_empty() {
        frame.extend_from_slice(&[1, 0, 0]);
    }
    while let Some(block) = blocks.next() {
        let header = (block.len() as u32) << 3 | u32::from(blocks.peek().is_none());
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.extend_from_slice(block);
    }
    frame
}

/// Whatever encoding bytes are said to be in, they become text, or a record that says why not; and
/// what has no error becomes what the encoding's definition says.
pub fn encodings(data: &[u8]) {
    const NAMES: [&str; 8] =
        ["utf-8", "windows-1252", "utf-16le", "utf-16be", "shift_jis", "gb18030", "iso-2022-jp", "euc-kr"];
    let Some(([which], file)) = choices(data) else { return };
    let Ok(encoding) = encoding(NAMES[usize::from(which) % NAMES.len()]) else { panic!("browsers know it") };
    let options = Options { encoding: Some(encoding), format: format("text"), ..Options::default() };
    let Ok((items, _)) = items("in", Cursor::new(file.to_vec()), options) else { return };
    let has_mark = encoding_rs::Encoding::for_bom(file).is_some();
    let is_compressed = matches!(file.first(), Some(0x1f | 0x28 | 0x50..=0x5f));
    let is_refused = file.get(..4).is_some_and(|head| head == [0, 0, 0xfe, 0xff]);
    if has_mark || is_compressed || is_refused {
        return;
    }
    match (encoding.decode_without_bom_handling_and_without_replacement(file), items.as_slice()) {
        (Some(text), [Item::Article(article)]) => assert_eq!(article.text, text),
        (Some(text), []) => assert!(text.is_empty()),
        (None, [Item::Failed(_)]) => {}
        (expected, found) => panic!("{expected:?} became {found:?}"),
    }
}

/// Tokens of every kind of tokenizer lie in their sentence, in order, on the boundaries of
/// characters, and windows miss none of them.
pub fn tokens(data: &[u8]) {
    thread_local! {
        static TOKENIZERS: OnceCell<Vec<Tokenizer>> = const { OnceCell::new() };
    }
    let Some(([which, max_tokens, stride], rest)) = choices(data) else { return };
    let text = String::from_utf8_lossy(rest).into_owned();
    let document = segment(Article::plain("a", text));
    let mut last = 0;
    for sentence in &document.sentences {
        assert!(sentence.start() >= last && !sentence.is_empty());
        last = sentence.end();
    }
    TOKENIZERS.with(|tokenizers| {
        let tokenizers = tokenizers.get_or_init(|| {
            ["bert", "roberta", "xlm-roberta"].map(|name| tokenizer(&format!("{TINY}/{name}/tokenizer.json"))).into()
        });
        let encoding = tokenizers[usize::from(which) % tokenizers.len()].encode(document.text(), &document.sentences);
        assert_eq!(encoding.spans.len(), encoding.ids.len());
        for (sentence, tokens) in document.sentences.iter().zip(encoding.sentences.windows(2)) {
            let mut start = sentence.start();
            // White space before a sentence has tokens too, in some vocabularies; there is nothing
            // in them.
            for span in encoding.spans[tokens[0]..tokens[1]].iter().filter(|span| !span.is_empty()) {
                let is_inside = span.start() >= start && span.start() <= span.end() && span.end() <= sentence.end();
                assert!(is_inside, "{span:?} after {start} in {sentence:?}");
                assert!(document.text().get(span.start()..span.end()).is_some());
                start = span.start();
            }
        }
        let max_tokens = usize::from(max_tokens).max(1);
        let limit = Limit { max_tokens, stride: usize::from(stride) % (max_tokens / 2 + 1) };
        let mut decided = 0;
        for window in windows(&encoding, limit) {
            assert_eq!(window.decides.start, decided);
            assert!(window.tokens.len() <= max_tokens && window.tokens.start <= decided);
            decided = window.decides.end;
            assert!(decided <= window.tokens.end);
        }
        assert_eq!(decided, encoding.len());
    });
}

/// The models of the tests, from the directory in which this is compiled.
const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/tiny");

/// The same for `tests/it/fuzz.rs`, whose manifest is one directory deeper.
fn tiny(path: &str) -> String {
    if Path::new(path).exists() { path.to_owned() } else { path.replace("/../models", "/../../models") }
}

fn tokenizer(path: &str) -> Tokenizer {
    let json = fs::read(tiny(path)).expect("the checkout has the tiny models");
    match Tokenizer::from_json(&json) {
        Ok(tokenizer) => tokenizer,
        Err(error) => panic!("{path}: {error}"),
    }
}

/// Any numbers decode to names that are in order, do not overlap and have probabilities as scores;
/// those that are no numbers do no harm.
pub fn logits(data: &[u8]) {
    let sets: [&[&str]; 4] = [
        &["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
        &["B-ORG", "I-ORG", "O"],
        &["O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y"],
        &["I-MISC", "O", "I-PER", "B-PER", "B-MISC"],
    ];
    let Some(([which], rest)) = choices(data) else { return };
    let tags: Vec<String> = sets[usize::from(which) % sets.len()].iter().map(|&tag| tag.to_owned()).collect();
    let Ok(labels) = LabelSet::new(&tags, None) else { panic!("the tags are consistent") };
    let mut logits: Vec<f32> =
        rest.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes"))).collect();
    logits.truncate(logits.len() / tags.len() * tags.len());
    let n_words = logits.len() / tags.len();
    let is_finite = logits.iter().all(|x| x.is_finite());
    let mut end = 0;
    for name in Decoder::new(&labels).decode(&logits) {
        assert!(name.first >= end && name.first <= name.last && name.last < n_words);
        end = name.last + 1;
        assert!(!is_finite || (0.0..=1.0).contains(&name.score), "{}", name.score);
    }
}

/// No file in a model's directory can do more than be refused.
pub fn models(data: &[u8]) {
    const FILES: [&str; 4] = ["config.json", "model.safetensors", "tokenizer.json", "recipe.json"];
    thread_local! {
        static DIR: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
    }
    let Some(([which], content)) = choices(data) else { return };
    let which = FILES[usize::from(which) % FILES.len()];
    DIR.with(|dir| {
        let dir = dir.get_or_init(|| tempfile::tempdir().expect("there is a place for temporary files"));
        let place = |file: &str| dir.path().join(file);
        for file in FILES {
            let original = fs::read(tiny(&format!("{TINY}/bert/{file}")));
            match (file == which, original) {
                (true, _) => fs::write(place(file), content).expect("the directory is ours"),
                (false, Ok(original)) => fs::write(place(file), original).expect("the directory is ours"),
                (false, Err(_)) => drop(fs::remove_file(place(file))),
            }
        }
        if let Err(error) = Model::open(dir.path(), Kernels::best(), None) {
            assert!(!error.to_string().is_empty());
        }
    });
}

/// Checkpoints, manifests and records that were not written by us are refused, or are what they
/// say.
pub fn checkpoints(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = checkpoint::parse(&text);
    // With the checksum that a fuzzer will not guess.
    let first = text.lines().next().unwrap_or_default();
    let sum = hex(&Sha256::digest(first.as_bytes()));
    if let Ok(state) = checkpoint::parse(&format!("{first}\n{sum}\n")) {
        let _ = state.n_done();
        let _ = state.fingerprint.shard();
    }
    let _ = Manifest::parse(data).map(|manifest| manifest.shard());
    let _ = dateline::internals::outputs::check_record(data, None);
    let _ = dateline::internals::outputs::check_record(data, Some("ner"));
    if let Some(letter) = dead::read(&text) {
        let raw = letter.raw().unwrap_or_default();
        let _ = letter.digest_of_all(&raw);
    }
}

/// Whatever is typed is refused, with its place, or understood: then what is shown of it means the
/// same, an index answers it, and it and its opposite are all articles.
pub fn queries(data: &[u8]) {
    thread_local! {
        static INDEX: OnceCell<(tempfile::TempDir, Index)> = const { OnceCell::new() };
    }
    let text = String::from_utf8_lossy(data);
    INDEX.with(|index| {
        let (_, index) = index.get_or_init(index_of_samples);
        let query = match query::parse(&text, index.kinds()) {
            Ok(query) => query,
            Err(error) => {
                assert!(error.to_string().lines().count() == 3 && error.to_string().len() < 2_000, "{error}");
                return;
            }
        };
        let shown = query.to_string();
        match query::parse(&shown, index.kinds()) {
            Ok(again) => assert_eq!(again, query, "{shown}"),
            Err(error) => panic!("{error}"),
        }
        let Ok(opposite) = query::parse(&format!("-({shown})"), index.kinds()) else {
            // It stands as deep in brackets as there may be.
            return;
        };
        let page = Page { sort: Sort::Relevance, from: 0, n: 30, snippet: 40 };
        let counts = [query, opposite].map(|query| match index.search(query) {
            Ok(found) => match found.hits(&page, |error| panic!("{error}")) {
                Ok(hits) => {
                    assert_eq!(hits.len() as u64, found.count());
                    found.count()
                }
                Err(error) => panic!("{shown}: {error}"),
            },
            Err(error) => panic!("{shown}: {error}"),
        });
        assert_eq!(counts[0] + counts[1], 27, "{shown}");
    });
}

/// The index of the records that the checkout has.
fn index_of_samples() -> (tempfile::TempDir, Index) {
    const RECORDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/records/samples.jsonl");
    let records =
        if Path::new(RECORDS).exists() { RECORDS.to_owned() } else { RECORDS.replace("/../data", "/../../data") };
    let dir = tempfile::tempdir().expect("a directory for temporary files");
    let path = dir.path().join("news.db");
    let built = index::build(&path, &[records.into()], &BuildOptions::default(), |_| ControlFlow::Continue(()));
    match built.and_then(|_| Index::open(&path)) {
        Ok(index) => (dir, index),
        Err(error) => panic!("{error}"),
    }
}

/// Any bytes are read as a page and as a text with markup left in it: claims are in order and inside
/// the text, runs lead to bytes that are there, and whether they are asked for changes nothing.
pub fn pages(data: &[u8]) {
    let Some(([choice], bytes)) = choices(data) else { return };
    let decoded = charset::decode(bytes, None, choice & 1 != 0);
    let whole = choice & 2 != 0;
    let page = page::read(&decoded.text, None, Reading { places: true, whole });
    let without = page::read(&decoded.text, None, Reading { places: false, whole });
    assert_eq!(
        (&page.title.text, &page.text.text, &page.claims),
        (&without.title.text, &without.text.text, &without.claims)
    );
    let mut at = 0;
    for (_, range) in &page.claims {
        assert!(at <= range.start && range.start < range.end, "{range:?}");
        assert!(page.text.text.get(range.clone()).is_some(), "{range:?}");
        at = range.end;
    }
    let check = |text: &str, runs: &dateline::document::Runs, source: &str| {
        let mut at = 0;
        for run in runs.all() {
            assert!(at <= run.at && text.get(run.at..run.at + run.len).is_some(), "{run:?}");
            let bytes = source.get(run.from..run.from + run.source_len).expect("a run is inside its source");
            assert!(
                run.len != run.source_len || text[run.at..run.at + run.len] == *bytes || bytes.contains('&'),
                "{run:?}"
            );
            at = run.at + run.len;
        }
    };
    check(&page.text.text, &page.text.runs, &decoded.text);
    check(&page.title.text, &page.title.runs, &decoded.text);
    if let Some((text, runs)) = markup::readable(&decoded.text) {
        check(&text, &runs, &decoded.text);
    }
}
