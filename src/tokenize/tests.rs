use std::fs;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::span::Span;

fn tokenizer(model: &str) -> Tokenizer {
    let json = fs::read(format!("models/{model}/tokenizer.json")).expect("the checkout has this model");
    Tokenizer::from_json(&json).expect("the model's tokenizer is supported")
}

fn check(model: &str, text: &str, expected: Expect) {
    let encoding = tokenizer(model).encode(text, &[Span::whole(text)]);
    let mut shown = String::new();
    for token in 0..encoding.len() {
        if token > 0 {
            shown.push_str(if encoding.begins_word[token] { " " } else { "·" });
        }
        shown.push_str(encoding.spans[token].of(text));
        if encoding.begins_word[token] {
            shown.push_str(["", "/C", "/A", "/M"][encoding.casing[token] as usize]);
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn words_end_at_white_space_and_punctuation_and_carry_their_casing() {
    check(
        "news-en",
        "Gen. Zoë Kovač of U.S. NATO met iPhone maker's McDonald in 1999 — x",
        expect!["Gen/C . Zoë/C Ko/C·vač of U/C . S/C . NATO/A met iPhone/M maker ' s McDonald/M in 1999 — x"],
    );
    // A byte-level tokenizer and a sentence-piece one keep "U.S.," together; the words are the
    // same.
    check("tiny/roberta", "the U.S., said", expect!["t·he /C·U . S/C . , said"]);
    check("tiny/xlm-roberta", "the U.S., said", expect!["the U/C . S/C . , said"]);
}

#[test]
fn control_words_in_an_article_are_text() {
    check("news-en", "[CLS] said", expect!["[ CL/A·S ] said"]);
}

#[test]
fn characters_that_the_tokenizer_drops_or_changes_keep_the_offsets_right() {
    check("news-en", "soft\u{ad}hyphen İstanbul ﬁve Ångström", expect!["soft·hy·ph·en İstanbul/C ﬁ·ve Ång/C·ström"]);
}

/// Sentences as cut at full stops, so that the parts can be compared with the whole.
fn sentences(text: &str) -> Vec<Span> {
    let mut from = 0;
    let mut found = Vec::new();
    for (at, _) in text.match_indices(". ") {
        found.push(Span::new(text, from, at + 1).expect("a full stop is one byte"));
        from = at + 1;
    }
    found.push(Span::new(text, from, text.len()).expect("the rest of the text"));
    found
}

proptest! {
    #[test]
    fn encoding_sentence_by_sentence_equals_encoding_the_whole(
        words in proptest::collection::vec("[A-Za-zéČ0-9,'’]{1,7}[.]?", 1..30),
        model in prop_oneof![Just("tiny/bert"), Just("tiny/roberta"), Just("tiny/xlm-roberta")],
    ) {
        let text = words.join(" ");
        let tokenizer = tokenizer(model);
        let whole = tokenizer.encode(&text, &[Span::whole(&text)]);
        let parts = tokenizer.encode(&text, &sentences(&text));
        prop_assert_eq!(&whole.ids, &parts.ids);
        prop_assert_eq!(&whole.spans, &parts.spans);
        prop_assert_eq!(&whole.begins_word, &parts.begins_word);
        prop_assert_eq!(&whole.casing, &parts.casing);
    }

    #[test]
    fn tokens_of_any_text_lie_in_order_inside_it(
        text in "\\PC{0,200}",
        model in prop_oneof![Just("news-en"), Just("tiny/roberta"), Just("tiny/xlm-roberta")],
    ) {
        let encoding = tokenizer(model).encode(&text, &[Span::whole(&text)]);
        prop_assert!(encoding.unread.is_empty());
        for span in &encoding.spans {
            prop_assert!(text.get(span.range()).is_some());
        }
        for pair in encoding.spans.windows(2) {
            prop_assert!(pair[0].start() <= pair[1].start(), "{:?}", pair);
        }
    }

    #[test]
    fn windows_fit_cover_everything_and_decide_each_token_once(
        lengths in proptest::collection::vec(1_usize..60, 1..20),
        word_length in 1_usize..5,
        max_tokens in 4_usize..50,
        stride in 0_usize..25,
    ) {
        let stride = stride.min(max_tokens / 2);
        let n: usize = lengths.iter().sum();
        let mut encoding = Encoding { ids: vec![0; n], begins_word: vec![false; n], ..Encoding::default() };
        let mut at = 0;
        for length in lengths {
            encoding.sentences.push(at);
            (0..length).step_by(word_length).for_each(|i| encoding.begins_word[at + i] = true);
            at += length;
        }
        encoding.sentences.push(n);
        let windows = windows(&encoding, Limit { max_tokens, stride });
        let mut decided = 0;
        for window in &windows {
            prop_assert!(window.tokens.len() <= max_tokens);
            prop_assert!(window.tokens.start <= window.decides.start && window.decides.end <= window.tokens.end);
            prop_assert_eq!(window.decides.start, decided);
            prop_assert!(!window.decides.is_empty());
            decided = window.decides.end;
        }
        prop_assert_eq!(decided, n);
        // Overlap as asked for, so no window repeats another.
        for pair in windows.windows(2) {
            prop_assert!(pair[0].tokens.end.saturating_sub(pair[1].tokens.start) >= stride);
            prop_assert!(pair[0].tokens.start < pair[1].tokens.start && pair[0].tokens.end < pair[1].tokens.end);
            // And none that was not: words here are short, so windows end between them.
            prop_assert!(stride > 0 || pair[0].tokens.end == pair[1].tokens.start);
        }
    }
}

#[test]
fn a_megabyte_without_a_space_is_encoded_in_linear_time_and_whole() {
    let text = "x".repeat(1 << 20);
    let encoding = tokenizer("news-en").encode(&text, &[Span::whole(&text)]);
    assert!(encoding.unread.is_empty());
    assert_eq!(encoding.spans.iter().map(|span| span.len()).sum::<usize>(), text.len());
}

fn refuse(change: impl Fn(&mut serde_json::Value), expected: Expect) {
    let json = fs::read("models/tiny/bert/tokenizer.json").expect("the checkout has this model");
    let mut file: serde_json::Value = serde_json::from_slice(&json).expect("it is JSON");
    change(&mut file);
    let error = Tokenizer::from_json(file.to_string().as_bytes()).err().expect("the change is refused");
    expected.assert_eq(&error.to_string());
}

fn changed_roberta(change: impl Fn(&mut serde_json::Value)) -> Result<Tokenizer, TokenizerError> {
    let json = fs::read("models/tiny/roberta/tokenizer.json").expect("the checkout has this model");
    let mut file: serde_json::Value = serde_json::from_slice(&json).expect("it is JSON");
    change(&mut file);
    Tokenizer::from_json(file.to_string().as_bytes())
}

#[test]
fn a_space_is_put_before_the_text_and_not_before_each_sentence() {
    let tokenizer = changed_roberta(|file| file["pre_tokenizer"]["add_prefix_space"] = true.into()).expect("supported");
    for text in ["Paris fell.\n\nBerlin won.", " Paris fell. Berlin won.", "巴黎。柏林。"] {
        let cut =
            text.find(['.', '。']).map(|at| at + text[at..].chars().next().map_or(0, char::len_utf8)).expect("a stop");
        let parts =
            [(0, cut), (cut, text.len())].map(|(from, to)| Span::new(text, from, to).expect("whole characters"));
        let whole = tokenizer.encode(text, &[Span::whole(text)]);
        assert_eq!(tokenizer.encode(text, &parts).ids, whole.ids, "{text}");
    }
}

#[test]
fn a_tokenizer_that_plays_dice_or_cannot_spell_is_refused() {
    let error = changed_roberta(|file| file["model"]["dropout"] = 0.5.into()).err().expect("refused");
    expect!["model: unsupported setting dropout = 0.5"].assert_eq(&error.to_string());
    let error = changed_roberta(|file| file["model"]["unk_token"] = "<nope>".into()).err().expect("refused");
    expect!["model: BPE has no unknown token, so some texts could not be encoded"].assert_eq(&error.to_string());
}

#[test]
fn unsupported_steps_are_refused_by_name() {
    refuse(
        |file| {
            file["normalizer"] =
                serde_json::json!({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "_"}]})
        },
        expect![[r#"normalizer.normalizers[0]: unsupported step "Prepend""#]],
    );
    refuse(
        |file| {
            file["pre_tokenizer"] =
                serde_json::json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true});
        },
        expect![[r#"pre_tokenizer: unsupported setting prepend_scheme = "first""#]],
    );
    refuse(|file| file["model"]["type"] = "Markov".into(), expect![[r#"model: unsupported step "Markov""#]]);
    refuse(
        |file| {
            file["post_processor"] = serde_json::json!({
                "type": "TemplateProcessing",
                "single": [{"Sequence": {"id": "A", "type_id": 1}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {},
            });
        },
        expect![
            "post_processor: expected special tokens before and after the text, and the text once, of a type that the model has"
        ],
    );
    refuse(
        |file| file["model"]["unk_token"] = "[GONE]".into(),
        expect!["model: WordPiece has no unknown token, so some texts could not be encoded"],
    );
}
