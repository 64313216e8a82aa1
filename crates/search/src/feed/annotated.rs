//! Text in the form of the plugin mapper-annotated-text, of Elasticsearch and OpenSearch:
//! `[Dunford](person%3AJoseph+Dunford&person)`.
//!
//! The names of an article become annotations of its text, each with the name to show behind its
//! kind, and with the kind alone. What the plugin would take for an annotation and is none, the
//! author's own `[x](y)`, gets a blank in the middle, since the form has no escape.

use dateline::Span;
use dateline::record::{Offsets, Record};

use crate::entry::{Entry, Name};

/// The text of `entry`, which was made of `record`, without its headline, with a blank line between
/// two fields.
pub fn text(entry: &Entry, record: &Record<'_>) -> String {
    let fields = entry.texts.iter().filter(|text| !text.is_title);
    let fields = fields.map(|text| annotate(&text.text, &spans(&text.text, &text.field, entry, record)));
    fields.collect::<Vec<_>>().join("\n\n")
}

/// Where `field`, whose text is `text`, has which name, in the order of the text. Of two that
/// overlap the longer one stays.
fn spans<'e>(text: &str, field: &str, entry: &'e Entry, record: &Record<'_>) -> Vec<(Span, &'e Name)> {
    let offsets = Offsets::new(text);
    let mut found: Vec<(Span, &Name)> = Vec::new();
    for name in entry.names.iter().filter(|name| name.is_named()) {
        let mentions = name.mentions.iter().filter_map(|&at| record.mentions.get(at));
        let spans = mentions.filter(|mention| mention.field == field).filter_map(|mention| mention.span_in(&offsets));
        // Brackets would end the annotation, and cannot be escaped.
        let spans = spans.filter(|span| !span.is_empty() && !span.of(text).contains(['[', ']']));
        found.extend(spans.map(|span| (span, name)));
    }
    found.sort_by_key(|(span, _)| (span.start(), std::cmp::Reverse(span.end())));
    let mut kept: Vec<(Span, &Name)> = Vec::new();
    for (span, name) in found {
        match kept.last_mut() {
            Some((last, _)) if last.overlaps(span) && last.len() >= span.len() => {}
            Some(last) if last.0.overlaps(span) => *last = (span, name),
            _ => kept.push((span, name)),
        }
    }
    kept
}

fn annotate(text: &str, spans: &[(Span, &Name)]) -> String {
    let mut annotated = String::with_capacity(text.len() + 48 * spans.len());
    let mut at = 0;
    for (span, name) in spans {
        annotated.push_str(&text[at..span.start()].replace("](", "] ("));
        annotated.push('[');
        annotated.push_str(span.of(text));
        annotated.push_str("](");
        encode(&format!("{}:{}", name.kind, name.name), &mut annotated);
        annotated.push('&');
        encode(&name.kind, &mut annotated);
        annotated.push(')');
        at = span.end();
    }
    annotated.push_str(&text[at..].replace("](", "] ("));
    annotated
}

/// As the plugin decodes it: everything but letters, digits and `-_.~` by its bytes, a blank as `+`.
fn encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The plugin's parser, after `AnnotatedText.parse`: the text without its markup, and each
    /// annotation with the text that it is of. Its pattern is `\[([^\]\[]*)\]\(([^\)\(]*)\)`.
    fn parse(annotated: &str) -> (String, Vec<(String, Vec<String>)>) {
        let (mut plain, mut found, mut rest) = (String::new(), Vec::new(), annotated);
        while let Some(middle) = next_annotation(rest) {
            let (open, close, end) = middle;
            plain.push_str(&rest[..open]);
            let of = &rest[open + 1..close];
            let values: Vec<String> =
                rest[close + 2..end].split('&').filter(|pair| !pair.is_empty()).map(decode).collect();
            assert!(values.iter().all(|_| !rest[close + 2..end].contains('=')), "key=value is refused: {annotated}");
            found.push((of.to_owned(), values));
            plain.push_str(of);
            rest = &rest[end + 1..];
        }
        plain.push_str(rest);
        (plain, found)
    }

    /// Where the first match begins, where its text ends, where it ends.
    fn next_annotation(text: &str) -> Option<(usize, usize, usize)> {
        for (close, _) in text.match_indices("](") {
            let open = text[..close].rfind(['[', ']']).filter(|&open| text[open..].starts_with('['));
            let end = text[close + 2..].find(['(', ')']).map(|end| close + 2 + end);
            let end = end.filter(|&end| text[end..].starts_with(')'));
            if let (Some(open), Some(end)) = (open, end) {
                return Some((open, close, end));
            }
        }
        None
    }

    fn decode(value: &str) -> String {
        let (mut bytes, mut rest) = (Vec::new(), value.bytes());
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits = [rest.next(), rest.next()].map(|digit| digit.map(char::from).unwrap_or('?'));
                    u8::from_str_radix(&String::from_iter(digits), 16).expect("two hexadecimal digits")
                }
                byte => byte,
            });
        }
        String::from_utf8(bytes).expect("what was encoded was UTF-8")
    }

    fn name(kind: &str, name: &str) -> Name {
        let (kind, name) = (kind.to_owned(), name.to_owned());
        Name { kind, label: "PER".to_owned(), name, aliases: Vec::new(), salience: 1.0, mentions: Vec::new() }
    }

    #[test]
    fn the_authors_own_brackets_are_no_annotation() {
        let ada = name("person", "Ada (the elder) = Moth & Co");
        let text = "See [here](http://x.example) and [[Ada]](y): Ada(z) [1](";
        let at = text.rfind("Ada").expect("it is there");
        let span = Span::new(text, at, at + 3).expect("on characters");
        let annotated = annotate(text, &[(span, &ada)]);
        let values = vec!["person:Ada (the elder) = Moth & Co".to_owned(), "person".to_owned()];
        assert_eq!(parse(&annotated), (text.replace("](", "] ("), vec![("Ada".to_owned(), values)]));
    }

    proptest! {
        /// Whatever an article says and however its people are called, what went in comes back.
        #[test]
        fn annotated_text_parses_back(
            parts in prop::collection::vec(("[\\[\\]()a-c =&%+é😀]{0,8}", "[()a-c =&%+é😀]{1,6}", "[\\[\\]()a-c =&%+:é😀]{0,8}"), 0..6),
            tail in "[\\[\\]()a-c =&%+é😀]{0,8}",
        ) {
            let names: Vec<Name> = parts.iter().map(|(_, _, shown)| name("person", shown)).collect();
            let (mut text, mut plain, mut spans, mut wanted) = (String::new(), String::new(), Vec::new(), Vec::new());
            for ((before, mention, shown), name) in parts.iter().zip(&names) {
                text.push_str(before);
                plain.push_str(&before.replace("](", "] ("));
                let start = text.len();
                text.push_str(mention);
                plain.push_str(mention);
                spans.push((start, text.len(), name));
                wanted.push((mention.clone(), vec![format!("person:{shown}"), "person".to_owned()]));
            }
            text.push_str(&tail);
            plain.push_str(&tail.replace("](", "] ("));
            let spans: Vec<_> = spans
                .into_iter()
                .map(|(start, end, name)| (Span::new(&text, start, end).expect("on characters"), name))
                .collect();
            prop_assert_eq!(parse(&annotate(&text, &spans)), (plain, wanted));
        }
    }
}
