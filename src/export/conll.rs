//! Columns as in CoNLL-2003: token, part of speech, chunk and tag, of which the middle two are not
//! known.

use crate::export::annotated::Annotated;
use crate::export::json::{CUTS, within};
use crate::export::loss::Loss;
use crate::export::tokens;
use crate::span::Span;

/// The sentences of an article behind its `-DOCSTART-`; mentions that do not fit the tokens are
/// lost.
pub(super) fn document(article: &Annotated<'_>, out: &mut Vec<u8>, losses: &mut Vec<Loss>) {
    out.extend_from_slice(b"-DOCSTART- -X- -X- O\n\n");
    let mut fits = vec![false; article.spans.len()];
    for sentence in tokens::sentences(&article.opened.document) {
        let within = within(article, &sentence);
        let spans: Vec<(Span, &str)> =
            article.spans[within.clone()].iter().map(|a| (a.span, a.label.as_str())).collect();
        let (tags, fitting) = tokens::tags(&sentence, &spans);
        within.zip(fitting).for_each(|(i, fit)| fits[i] = fit);
        for (token, tag) in sentence.iter().zip(tags) {
            out.extend_from_slice(token.of(article.text).as_bytes());
            out.extend_from_slice(b" -X- -X- ");
            out.extend_from_slice(tokens::tag_name(tag).as_bytes());
            out.push(b'\n');
        }
        out.push(b'\n');
    }
    let lost = article.spans.iter().zip(fits).filter(|(_, fits)| !fits);
    losses.extend(lost.map(|(annotation, _)| article.loss(annotation, CUTS)));
}
