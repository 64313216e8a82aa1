//! W3C Web Annotations, one a line.

use serde_json::{Value, json};

use crate::export::annotated::Annotated;
use crate::verdicts::By;

/// Code points on each side of a quotation.
const AROUND: usize = 32;

/// The annotations of an article. A target is found by its words and what stands around them, and by
/// its position in code points of the article's text.
pub(super) fn annotations(article: &Annotated<'_>) -> Vec<Value> {
    let source = article.opened.record.text("url").map(|url| url.into_owned());
    let source = source.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let source = source.unwrap_or_else(|| format!("urn:dateline:{}", article.opened.key));
    let annotation = |(number, annotation): (usize, &crate::export::annotated::Annotation)| {
        let (text, span) = (article.text, annotation.span);
        let [start, end] = article.chars(span);
        let mut before: Vec<char> = text[..span.start()].chars().rev().take(AROUND).collect();
        before.reverse();
        let prefix: String = before.into_iter().collect();
        let suffix: String = text[span.end()..].chars().take(AROUND).collect();
        let creator = match &annotation.by {
            By::Model => json!({"type": "Software", "name": article.opened.record.tagger.model}),
            By::Rule(id) => json!({"type": "Software", "name": format!("rule {id}")}),
            By::Analyst(name) => json!({"type": "Person", "name": name}),
        };
        json!({
            "@context": "http://www.w3.org/ns/anno.jsonld",
            "id": format!("urn:dateline:{}:{number}", article.opened.key),
            "type": "Annotation",
            "motivation": "tagging",
            "creator": creator,
            "body": {"type": "TextualBody", "purpose": "tagging", "value": annotation.label},
            "target": {"source": source, "selector": [
                {"type": "TextQuoteSelector", "exact": span.of(text), "prefix": prefix, "suffix": suffix},
                {"type": "TextPositionSelector", "start": start, "end": end},
            ]},
        })
    };
    article.spans.iter().enumerate().map(annotation).collect()
}
