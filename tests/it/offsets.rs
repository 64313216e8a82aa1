//! Offsets are exact in any text: the characters at a mention's offsets are its surface, in every
//! unit that a record gives.
//!
//! The tiny models have random weights, so they find names everywhere: in emoji, between combining
//! marks, around controls.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use dateline::source::{Item, Options, open_reader};
use dateline::{Article, Outcome, Scratch, Tagger};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation as _;

/// Tokenizers that normalise and strip accents, that work on bytes, and that work on a normalised
/// whole.
const MODELS: [&str; 4] = ["bert", "roberta", "xlm-roberta", "bert-casing"];

static TAGGERS: LazyLock<Vec<Tagger>> = LazyLock::new(|| MODELS.iter().map(|name| crate::common::tiny(name)).collect());

/// What breaks programs that count characters in only one way.
const NASTY: &[&str] = &[
    "Bonn",
    "Zoë Müller",
    " ",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    ".",
    ". ",
    "\"",
    "’s",
    "-",
    " – ",
    "(",
    ")",
    "U.S.",
    "1e5",
    // Emoji: a family of five code points, flags of two, a skin tone, a keycap.
    "👩‍👩‍👧",
    "🇫🇮🇩🇪",
    "🇫",
    "👍🏽",
    "1\u{fe0f}\u{20e3}",
    "🎉",
    "\u{200d}",
    "\u{fe0f}",
    // Combining marks, alone and piled up; a letter in two forms.
    "e\u{301}",
    "é",
    "\u{301}",
    "a\u{308}\u{304}\u{323}",
    "Z\u{335}\u{336}\u{337}a\u{338}lgo",
    // Hangul as syllables and as jamo; Devanagari and Thai clusters.
    "한국",
    "\u{1112}\u{1161}\u{11ab}",
    "\u{11ab}",
    "क्षि",
    "नेपाल",
    "กำ",
    "\u{e33}",
    // Right to left, and the characters that turn it round.
    "ירושלים",
    "القاهرة",
    "\u{202e}",
    "\u{202c}",
    "\u{2066}",
    "\u{2069}",
    "\u{200f}",
    "\u{61c}",
    // Letters that change their length when they are normalised or lower-cased.
    "ﬁ",
    "ﬃ",
    "İ",
    "ı",
    "ß",
    "ẞ",
    "Å",
    "K",
    "½",
    "①",
    "ǆ",
    "㍿",
    "ﷺ",
    "Ⅷ",
    "\u{1d5d4}",
    // Nothing to see.
    "\u{200b}",
    "\u{ad}",
    "\u{feff}",
    "\u{2060}",
    "\u{a0}",
    "\u{3000}",
    "\u{180e}",
    "\u{e0041}",
    // Controls and separators that are no line breaks in JSON lines.
    "\0",
    "\u{1}",
    "\u{1b}[31m",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{b}",
    "\u{c}",
    // Characters that models mark their own pieces with.
    "[CLS]",
    "[SEP]",
    "[UNK]",
    "<s>",
    "</s>",
    "<mask>",
    "##ing",
    "▁",
    "Ġ",
    "\u{fffd}",
    "\u{ffff}",
    "\u{10ffff}",
    "東京",
    "北京の",
    "Москва",
    "Ελλάς",
    "ⴰⵣⵓⵍ",
    "𓀀",
    "𝒳",
];

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => prop::sample::select(NASTY).prop_map(str::to_owned), 1 => "\\PC{1,3}"];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn any_chars() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..60).prop_map(String::from_iter)
}

/// Any text at all, or text made of nasty pieces.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![2 => nasty(), 1 => "\\PC*", 1 => any_chars()]
}

fn tag(object: &str, tagger: &Tagger) -> Outcome {
    let source = open_reader("any.jsonl", std::io::Cursor::new(object.to_owned()), Options::default());
    let items: Vec<Item> = source.expect("bytes can be read").map(|item| item.expect("bytes can be read")).collect();
    let [Item::Article(article)] = items.as_slice() else { panic!("one article in, {items:?} out") };
    let article: Article = article.clone();
    tagger.tag(vec![article], &mut Scratch::default()).pop().expect("one outcome an article")
}

/// The part of `text` between two offsets that `mention` gives in one unit.
fn slice<T: Clone>(units: &[T], mention: &Value, start: &str, end: &str) -> Vec<T> {
    let at = |key: &str| mention[key].as_u64().unwrap_or_else(|| panic!("{key} in {mention}")) as usize;
    assert!(at(start) < at(end), "{mention}");
    units.get(at(start)..at(end)).unwrap_or_else(|| panic!("{mention} in {} units", units.len())).to_vec()
}

/// Tags the article and checks everything that a record promises. Returns the number of mentions.
fn check(title: &str, body: &str, tagger: &Tagger) -> usize {
    let object = format!("{{\"title\":{},\"x\":[1.0,1e5],\"text\":{}}}", Value::from(title), Value::from(body));
    let outcome = tag(&object, tagger);
    let Outcome::Tagged(tagged) = &outcome else { panic!("{outcome:?}") };
    let format = crate::common::format(tagger).all_offsets(true);
    let mut line = Vec::new();
    format.write(&outcome, &mut line);
    let line = String::from_utf8(line).expect("a record is UTF-8");

    // One line, whose first part is the article as it came.
    let line = line.strip_suffix('\n').expect("a record ends with a line feed");
    assert!(!line.contains(['\n', '\r']));
    assert!(line.starts_with(object.strip_suffix('}').expect("an object")), "{line}");
    let record: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));

    let mentions = record["mentions"].as_array().expect("a list");
    assert_eq!(mentions.len(), tagged.mentions.len());
    for mention in mentions {
        let of = match mention["field"].as_str() {
            Some("title") => title,
            Some("text") => body,
            other => panic!("a mention in {other:?}"),
        };
        let surface = mention["text"].as_str().expect("a surface");
        let bytes = slice(of.as_bytes(), mention, "start_byte", "end_byte");
        assert_eq!(std::str::from_utf8(&bytes), Ok(surface), "{mention}");
        let chars: Vec<char> = of.chars().collect();
        assert_eq!(slice(&chars, mention, "start", "end").iter().collect::<String>(), surface, "{mention}");
        let units: Vec<u16> = of.encode_utf16().collect();
        let units = slice(&units, mention, "start_utf16", "end_utf16");
        assert_eq!(String::from_utf16(&units).as_deref().ok(), Some(surface), "{mention}");
    }

    let text = tagged.document.text();
    for pair in tagged.mentions.windows(2) {
        assert!(pair[0].span.end() <= pair[1].span.start(), "{pair:?} in {text:?}");
    }
    for mention in &tagged.mentions {
        let (start, end) = (mention.span.start(), mention.span.end());
        let sentence = tagged.document.sentences[mention.sentence];
        assert!(sentence.start() <= start && end <= sentence.end(), "{mention:?} in sentence {sentence:?} of {text:?}");
        let in_fields =
            tagged.document.article.fields.iter().filter(|f| f.span.start() <= start && end <= f.span.end());
        assert_eq!(in_fields.count(), 1, "{mention:?} in {text:?}");
        let mut graphemes: BTreeSet<usize> =
            sentence.of(text).grapheme_indices(true).map(|(at, _)| sentence.start() + at).collect();
        graphemes.insert(sentence.end());
        assert!(graphemes.contains(&start) && graphemes.contains(&end), "{mention:?} cuts a character of {text:?}");
    }

    // Every mention belongs to one entity, which has the label of one of its mentions.
    let mut members: Vec<usize> = tagged.entities.iter().flat_map(|entity| entity.mentions.iter().copied()).collect();
    members.sort_unstable();
    assert_eq!(members, (0..tagged.mentions.len()).collect::<Vec<_>>());
    for entity in record["entities"].as_array().expect("a list") {
        let members: Vec<&Value> = entity["mentions"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|member| &mentions[member.as_u64().expect("an index") as usize])
            .collect();
        assert!(members.iter().all(|mention| mention["entity"] == entity["id"]));
        assert!(members.iter().any(|mention| mention["label"] == entity["label"]));
    }

    let coverage = &record["coverage"];
    assert_eq!(coverage["read"], coverage["chars"], "{text:?}");
    assert_eq!(coverage["chars"], title.chars().count() + body.chars().count());
    mentions.len()
}

#[test]
fn offsets_are_exact_in_any_text() {
    let mut runner = TestRunner::new(Config { cases: 1000, failure_persistence: None, ..Config::default() });
    let strategy = (text(), text(), 0..TAGGERS.len());
    let result = runner.run(&strategy, |(title, body, model)| {
        check(&title, &body, &TAGGERS[model]);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn offsets_are_exact_around_every_nasty_piece() {
    for tagger in &*TAGGERS {
        let mut n_mentions = 0;
        for piece in NASTY {
            n_mentions += check(piece, &format!("Zoë{piece}Müller left {piece} {piece}{piece}Bonn{piece}"), tagger);
        }
        // Were there none, nothing would have been checked.
        assert!(n_mentions > 100, "{n_mentions} mentions");
    }
}

#[test]
fn offsets_are_exact_across_windows() {
    // Longer than any window: 64 tokens, and pieces of 16 KiB that the tokenizer takes at once.
    let long: String = NASTY.iter().cycle().take(3 * NASTY.len()).copied().collect();
    let unbroken = "한e\u{301}👩‍👩‍👧ß".repeat(2000);
    let n_mentions: usize = TAGGERS.iter().map(|tagger| check(&long, &unbroken, tagger)).sum();
    assert!(n_mentions > 100, "{n_mentions} mentions");
}
