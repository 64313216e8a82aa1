//! Words of a sentence, for formats that are made of tokens.
//!
//! White space and the word boundaries of UAX #29 part tokens, and besides an English clitic stands
//! alone, so that `Dunford's` is two. Spans take no part in it: the tokens of an article are the
//! same whatever is annotated in it.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::document::Document;
use crate::span::Span;

/// The tokens of each sentence of `document`, in order; sentences without any are left out.
pub(super) fn sentences(document: &Document) -> Vec<Vec<Span>> {
    let text = document.text();
    let sentences = document.sentences.iter().map(|sentence| {
        let mut tokens = Vec::new();
        for (at, word) in sentence.of(text).split_word_bound_indices() {
            if word.trim().is_empty() {
                continue;
            }
            let (start, end) = (sentence.start() + at, sentence.start() + at + word.len());
            let clitic =
                ["'s", "’s", "'S", "’S"].iter().find(|clitic| word.len() > clitic.len() && word.ends_with(**clitic));
            let cut = end - clitic.map_or(0, |clitic| clitic.len());
            let parts = [(start, cut), (cut, end)].into_iter().filter(|(start, end)| start < end);
            tokens.extend(parts.map(|(start, end)| Span::new(text, start, end).expect("words end between characters")));
        }
        tokens
    });
    sentences.filter(|tokens| !tokens.is_empty()).collect()
}

/// Whether a token is the first of a name, and the name's label; none if it is in no name.
pub(super) type Tag<'l> = Option<(bool, &'l str)>;

/// The tags of `tokens` in BIO2, and of each of `spans` that are in them whether it fits: it begins
/// and ends with a token. `spans` are in order and do not overlap.
pub(super) fn tags<'l>(tokens: &[Span], spans: &[(Span, &'l str)]) -> (Vec<Tag<'l>>, Vec<bool>) {
    let mut tags = vec![None; tokens.len()];
    let fits = spans.iter().map(|&(span, label)| {
        let first = tokens.partition_point(|token| token.start() < span.start());
        let last = tokens.partition_point(|token| token.end() <= span.end());
        let fits = first < last && tokens[first].start() == span.start() && tokens[last - 1].end() == span.end();
        if fits {
            tags[first..last].iter_mut().enumerate().for_each(|(i, tag)| *tag = Some((i == 0, label)));
        }
        fits
    });
    let fits = fits.collect();
    (tags, fits)
}

/// `B-PER`, `I-PER`, `O`.
pub(super) fn tag_name(tag: Tag<'_>) -> String {
    match tag {
        Some((true, label)) => format!("B-{label}"),
        Some((false, label)) => format!("I-{label}"),
        None => "O".to_owned(),
    }
}
