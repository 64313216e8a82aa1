//! Cuts an article into zones and sentences.
//!
//! Takes an [`Article`] and returns a [`Document`]; always succeeds, in time linear in the length
//! of the text. It looks at the shape of the text and at a few set phrases only: it knows no names,
//! so what is a person or a place in a sentence is the model's business. `lines` finds the
//! paragraphs, `zones` says what each is for, `sentences` cuts them.

mod dateline;
mod lines;
mod phrases;
mod sentences;
#[cfg(test)]
mod tests;
mod zones;

use crate::document::{Article, Document, Zone};
use crate::span::Span;

use crate::segment::sentences::Capitals;
use crate::segment::zones::Setting;

/// Whether a line before a story says who wrote it.
pub fn is_byline(line: &str) -> bool {
    phrases::is_byline(line)
}

/// Whether a line says when an article was published, and nothing else.
pub fn is_date_line(line: &str) -> bool {
    dateline::is_date_line(line)
}

/// What the source says of the parts of `field`.
fn claims_in(article: &Article, field: Span) -> &[(Zone, Span)] {
    let claims = &article.claims;
    let first = claims.partition_point(|(_, span)| span.start() < field.start());
    let end = claims.partition_point(|(_, span)| span.start() < field.end());
    &claims[first..end]
}

/// Cuts `article` into zones and sentences.
///
/// Sentences come in order and without surrounding white space; together they hold every character
/// of every field that is not white space, and none crosses a field, a zone or a blank line.
pub fn segment(article: Article) -> Document {
    let text = &article.text;
    let headline = article.fields.iter().find(|field| field.headline).map(|field| field.span.trimmed(text).of(text));
    let headline = headline.filter(|headline| !headline.is_empty());
    let mut seen_body = false;

    let mut zones: Vec<(Zone, Span)> = Vec::new();
    let mut sentences = Vec::new();
    for field in &article.fields {
        let claims = claims_in(&article, field.span);
        let paragraphs = if claims.is_empty() { lines::paragraphs(text, field.span) } else { Vec::new() };
        let pieces = if !claims.is_empty() {
            seen_body = true;
            zones::claimed(text, claims)
        } else if field.headline {
            paragraphs.iter().map(|&paragraph| (Zone::Headline, paragraph)).collect()
        } else {
            let setting = Setting { headline, may_begin_with_headline: headline.is_none() && !seen_body };
            seen_body |= !paragraphs.is_empty();
            zones::zones(text, &paragraphs, setting)
        };
        for &(zone, piece) in &pieces {
            match zone {
                Zone::Dateline => sentences.push(piece),
                Zone::Headline => sentences.extend(sentences::sentences(text, piece, Capitals::Title)),
                _ => sentences.extend(sentences::sentences(text, piece, Capitals::Prose)),
            }
        }
        for run in pieces.chunk_by(|(zone, _), (next, _)| zone == next) {
            zones.push((run[0].0, run[0].1.through(run[run.len() - 1].1)));
        }
    }
    Document { article, zones, sentences }
}
