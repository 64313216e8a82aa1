//! JSON lines: spaCy, Prodigy, doccano, Hugging Face `datasets`.

use serde_json::{Value, json};

use crate::export::annotated::Annotated;
use crate::export::loss::Loss;
use crate::export::tokens;
use crate::span::Span;

/// `{"text","entities":[[start,end,label]]}`: what spaCy's examples have, offsets in code points.
pub(super) fn spacy(article: &Annotated<'_>) -> Value {
    let entities: Vec<Value> = article
        .spans
        .iter()
        .map(|annotation| {
            let [start, end] = article.chars(annotation.span);
            json!([start, end, annotation.label])
        })
        .collect();
    let cats: serde_json::Map<String, Value> =
        article.topics().into_iter().map(|code| (code.to_owned(), 1.0.into())).collect();
    json!({"text": article.text, "entities": entities, "cats": cats, "meta": meta(article)})
}

/// A task of Prodigy; `answer` only where someone has answered.
pub(super) fn prodigy(article: &Annotated<'_>) -> Value {
    let spans: Vec<Value> = article
        .spans
        .iter()
        .map(|annotation| {
            let [start, end] = article.chars(annotation.span);
            let (text, by) = (annotation.span.of(article.text), annotation.by.to_string());
            json!({"start": start, "end": end, "label": annotation.label, "text": text, "score": annotation.score, "source": by})
        })
        .collect();
    let mut task = json!({"text": article.text, "spans": spans, "meta": meta(article)});
    if article.is_complete {
        task["answer"] = "accept".into();
    }
    task
}

/// A document of doccano's sequence labelling, offsets in code points.
pub(super) fn doccano(article: &Annotated<'_>) -> Value {
    let label: Vec<Value> = article
        .spans
        .iter()
        .map(|annotation| {
            let [start, end] = article.chars(annotation.span);
            json!([start, end, annotation.label])
        })
        .collect();
    json!({"text": article.text, "label": label, "article": article.name, "complete": article.is_complete})
}

/// A line a sentence, tokens and tags in BIO2; mentions that do not fit the tokens are lost.
pub(super) fn hugging_face(article: &Annotated<'_>, losses: &mut Vec<Loss>) -> Vec<Value> {
    let sentences = tokens::sentences(&article.opened.document);
    let mut fits = vec![false; article.spans.len()];
    let mut lines = Vec::with_capacity(sentences.len());
    for (number, sentence) in sentences.iter().enumerate() {
        let within = within(article, sentence);
        let spans: Vec<(Span, &str)> =
            article.spans[within.clone()].iter().map(|a| (a.span, a.label.as_str())).collect();
        let (tags, fitting) = tokens::tags(sentence, &spans);
        within.zip(fitting).for_each(|(i, fit)| fits[i] = fit);
        let words: Vec<&str> = sentence.iter().map(|token| token.of(article.text)).collect();
        let tags: Vec<String> = tags.into_iter().map(tokens::tag_name).collect();
        lines.push(json!({"id": format!("{}:{number}", article.name), "tokens": words, "ner_tags": tags, "complete": article.is_complete}));
    }
    let lost = article.spans.iter().zip(fits).filter(|(_, fits)| !fits);
    losses.extend(lost.map(|(annotation, _)| article.loss(annotation, CUTS)));
    lines
}

/// Why a mention is not among tokens.
pub(super) const CUTS: &str = "it cuts a token, or goes on in another sentence";

/// Which spans begin in a sentence with these tokens.
pub(super) fn within(article: &Annotated<'_>, tokens: &[Span]) -> std::ops::Range<usize> {
    let (start, end) = (tokens[0].start(), tokens[tokens.len() - 1].end());
    let at = |byte| article.spans.partition_point(|annotation| annotation.span.start() < byte);
    at(start)..at(end)
}

/// Where it came from.
fn meta(article: &Annotated<'_>) -> Value {
    let record = &article.opened.record;
    let mut meta = json!({"article": article.name, "key": article.opened.key, "complete": article.is_complete, "model": record.tagger.model});
    for name in ["source", "url", "date", "published"] {
        if let Some(text) = record.text(name) {
            meta[name] = text.into();
        }
    }
    meta
}
