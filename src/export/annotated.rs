//! What every format is made from: an article's text, and the spans in it.

use crate::export::loss::Loss;
use crate::record::Offsets;
use crate::span::Span;
use crate::verdicts::{ArticleState, By, Mark, Opened, Standing};

/// An article as it is exported.
pub(super) struct Annotated<'a> {
    pub opened: &'a Opened<'a>,
    pub standing: &'a Standing<'a>,
    /// Its id, or the key of its text.
    pub name: String,
    /// All fields, one after another, with a blank line between two.
    pub text: &'a str,
    pub offsets: Offsets<'a>,
    /// In the order of the text. They overlap only where the format takes that.
    pub spans: Vec<Annotation>,
    /// Someone has said that everything is right and nothing is missing.
    pub is_complete: bool,
}

/// A mention as it is exported.
pub(super) struct Annotation {
    pub span: Span,
    pub label: String,
    pub score: f64,
    pub by: By,
    /// An analyst or a rule says so.
    pub is_decided: bool,
    /// Its position among the record's mentions; none if a longer one covers it there.
    pub mention: Option<usize>,
}

impl<'a> Annotated<'a> {
    pub fn new(opened: &'a Opened<'a>, standing: &'a Standing<'a>, overlaps: bool) -> Self {
        let annotation = |mark: &Mark, mention: Option<usize>| {
            let (label, by) = (mark.label.clone()?, mark.by.clone());
            let is_decided = mark.decided || by != By::Model;
            Some(Annotation { span: mark.span, label, score: mark.score, by, is_decided, mention })
        };
        let mut spans: Vec<Annotation> =
            standing.marks.iter().enumerate().filter_map(|(i, mark)| annotation(mark, Some(i))).collect();
        if overlaps {
            spans.extend(standing.fallen.iter().filter(|mark| mark.decided).filter_map(|mark| annotation(mark, None)));
        }
        spans.sort_by_key(|annotation| (annotation.span.start(), std::cmp::Reverse(annotation.span.end())));
        let text = opened.document.text();
        let name = opened.record.id().map_or_else(|| opened.key.to_string(), |id| id.into_owned());
        let is_complete = standing.state == ArticleState::Done && standing.differences.is_empty();
        Self { opened, standing, name, text, offsets: Offsets::new(text), spans, is_complete }
    }

    /// Start and end of `span` in code points of the text.
    pub fn chars(&self, span: Span) -> [usize; 2] {
        [self.offsets.position(span.start()).char, self.offsets.position(span.end()).char]
    }

    /// The same in UTF-16 units.
    pub fn utf16(&self, span: Span) -> [usize; 2] {
        [self.offsets.position(span.start()).utf16, self.offsets.position(span.end()).utf16]
    }

    /// A span that the format cannot say.
    pub fn loss(&self, annotation: &Annotation, why: &'static str) -> Loss {
        Loss {
            article: self.name.clone(),
            label: Some(annotation.label.clone()),
            words: annotation.span.of(self.text).to_owned(),
            span: self.chars(annotation.span),
            why,
        }
    }

    /// Decided mentions that a longer one covers, where the format takes no overlaps.
    pub fn covered(&self) -> Vec<Loss> {
        let covered = self.standing.fallen.iter().filter(|mark| mark.decided);
        let losses = covered.filter_map(|mark| {
            Some(Loss {
                article: self.name.clone(),
                label: Some(mark.label.clone()?),
                words: mark.span.of(self.text).to_owned(),
                span: self.chars(mark.span),
                why: "a longer mention covers it, and this format takes no overlaps",
            })
        });
        losses.collect()
    }

    /// Codes of its topics.
    pub fn topics(&self) -> Vec<&str> {
        let topics = self.standing.record.topics.as_deref().unwrap_or_default();
        topics.iter().map(|topic| &*topic.code).collect()
    }
}
