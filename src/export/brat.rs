//! brat's standoff format: the text in one file, the annotations in another.

use std::fmt::Write as _;

use crate::export::annotated::Annotated;
use crate::span::Span;

/// The annotations of an article, offsets in code points. A mention that goes on in another line is
/// in several pieces, as brat wants it.
pub(super) fn annotations(article: &Annotated<'_>) -> String {
    let mut out = String::new();
    let mut note = 0;
    for (number, annotation) in (1..).zip(&article.spans) {
        let pieces = lines_of(article.text, annotation.span);
        let places: Vec<String> = pieces
            .iter()
            .map(|&piece| {
                let [start, end] = article.chars(piece);
                format!("{start} {end}")
            })
            .collect();
        let words: Vec<&str> = pieces.iter().map(|piece| piece.of(article.text)).collect();
        let label = label_of(&annotation.label);
        let _ = writeln!(out, "T{number}\t{label} {}\t{}", places.join(";"), words.join(" "));
        if annotation.is_decided {
            note += 1;
            let _ = writeln!(out, "#{note}\tAnnotatorNotes T{number}\t{}", annotation.by);
        }
    }
    out
}

/// The pieces of `span` on each line, none empty.
fn lines_of(text: &str, span: Span) -> Vec<Span> {
    let mut pieces = Vec::new();
    let mut start = span.start();
    for line in span.of(text).split(['\n', '\r']) {
        let piece = Span::new(text, start, start + line.len()).expect("line breaks are characters");
        if !piece.trimmed(text).is_empty() {
            pieces.push(piece);
        }
        start = piece.end() + 1;
    }
    pieces
}

/// A label as brat's files can name it: letters, digits, dashes and underscores.
pub(super) fn label_of(label: &str) -> String {
    label.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).collect()
}

/// The configuration of a collection with these labels.
pub(super) fn configuration<'l>(labels: impl IntoIterator<Item = &'l String>) -> String {
    let mut out = "[entities]\n".to_owned();
    labels.into_iter().for_each(|label| out.push_str(&format!("{}\n", label_of(label))));
    out.push_str(
        "\n[relations]\n<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>\n\n[events]\n\n[attributes]\n",
    );
    out
}
