//! A record opened for review: with the article that it was made from, cut into zones and sentences
//! as the run has read it.

use std::collections::BTreeSet;

use crate::document::{Article, Document, Field, Form, Mention, Origin};
use crate::label::LabelSet;
use crate::record::{Offsets, Record, RecordError};
use crate::segment::segment;
use crate::source::Fields;
use crate::span::Span;
use crate::verdicts::entry::{Decision, Op};
use crate::verdicts::key::ArticleKey;
use crate::verdicts::place::Place;
use crate::verdicts::sketch::Sketch;

/// A record and the article in it.
#[derive(Clone, Debug)]
pub struct Opened<'l> {
    /// The record as it was written.
    pub record: Record<'l>,
    /// Its article.
    pub document: Document,
    /// What verdicts on it hang on.
    pub key: ArticleKey,
    /// The labels of its mentions.
    labels: LabelSet,
    /// Its mentions, in the article's text, in their order.
    mentions: Vec<Mention>,
}

impl<'l> Opened<'l> {
    /// Opens `record`, of a run in which the user named `fields` as those that hold text; none if
    /// there were none to name.
    ///
    /// # Errors
    /// If a mention is not where it says.
    pub fn new(record: Record<'l>, fields: &[String]) -> Result<Self, RecordError> {
        let document = segment(article(&record, fields));
        let names: BTreeSet<&str> = record.mentions.iter().map(|mention| &*mention.label).collect();
        let labels = LabelSet::of_names(&names.into_iter().collect::<Vec<_>>());
        let key = ArticleKey::of(&document.article);
        let mut opened = Self { record, document, key, labels, mentions: Vec::new() };
        let offsets: Vec<Offsets<'_>> = opened
            .document
            .article
            .fields
            .iter()
            .map(|field| Offsets::new(field.span.of(opened.document.text())))
            .collect();
        let mut mentions = Vec::with_capacity(opened.record.mentions.len());
        for (i, mention) in opened.record.mentions.iter().enumerate() {
            let wrong = |wanted: &str| RecordError::Value {
                at: format!("mentions[{i}]"),
                found: format!("{}..{} of {:?}", mention.start, mention.end, mention.field),
                wanted: wanted.to_owned(),
            };
            let fields = opened.document.article.fields.iter().zip(&offsets);
            let (field, offsets) = fields
                .into_iter()
                .find(|(field, _)| field.name == mention.field)
                .ok_or_else(|| wrong("a field with text"))?;
            let within = mention.span_in(offsets).ok_or_else(|| wrong("offsets in the text"))?;
            if within.of(offsets.text()) != mention.text {
                return Err(wrong(&format!("{:?} there", mention.text)));
            }
            let span = moved(opened.document.text(), within, field.span.start());
            mentions.push(Mention {
                span,
                label: opened.labels.find(&mention.label).expect("the set was made of these labels"),
                score: mention.score as f32,
                raw_score: mention.score as f32,
                sentence: opened.document.sentence(span).unwrap_or_default(),
                rule: None,
            });
        }
        drop(offsets);
        opened.mentions = mentions;
        Ok(opened)
    }

    /// The labels of the record's mentions.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// The record's mentions in the article's text, in their order; labels are of
    /// [`labels`](Self::labels).
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// The text of the field called `name`, if it was read.
    pub fn field(&self, name: &str) -> Option<&str> {
        Some(self.field_named(name)?.span.of(self.document.text()))
    }

    fn field_named(&self, name: &str) -> Option<&Field> {
        self.document.article.fields.iter().find(|field| field.name == name)
    }

    /// Where `start..end` of a field stand in the article, counted in code points of the field; none
    /// if they are not in it, or hold nothing.
    pub fn span(&self, field: &str, [start, end]: [usize; 2]) -> Option<Span> {
        let field = self.field_named(field)?;
        let offsets = Offsets::new(field.span.of(self.document.text()));
        let (start, end) = (offsets.of_char(start)?, offsets.of_char(end)?);
        let within = Span::new(offsets.text(), start.byte, end.byte).filter(|span| !span.is_empty())?;
        Some(moved(self.document.text(), within, field.span.start()))
    }

    /// `start..end` of a field in code points, given in UTF-16 units as a browser counts them.
    pub fn from_utf16(&self, field: &str, [start, end]: [usize; 2]) -> Option<[usize; 2]> {
        let offsets = Offsets::new(self.field(field)?);
        Some([offsets.of_utf16(start)?.char, offsets.of_utf16(end)?.char])
    }

    /// The field that `span` of the article's text is in, and where, in code points of it.
    pub fn within(&self, span: Span) -> (&str, [usize; 2]) {
        let field = self.document.field(span);
        let before = &self.document.text()[field.span.start()..span.start()];
        let start = before.chars().count();
        (&field.name, [start, start + span.of(self.document.text()).chars().count()])
    }

    /// `start..end` of a field, in code points, as a verdict remembers it.
    pub fn place(&self, field: &str, span: [usize; 2]) -> Option<Place> {
        let at = self.span(field, span)?;
        let text = self.field(field)?;
        let origin = self.field_named(field)?.span.start();
        let (start, end) = (at.start() - origin, at.end() - origin);
        let mut before: Vec<char> = text[..start].chars().rev().take(Place::AROUND).collect();
        before.reverse();
        let around = [before.into_iter().collect(), text[end..].chars().take(Place::AROUND).collect()];
        Some(Place { article: self.key, field: field.to_owned(), span, words: text[start..end].to_owned(), around })
    }

    /// The place of the record's mention number `mention`.
    pub fn place_of(&self, mention: usize) -> Option<Place> {
        let mention = self.record.mentions.get(mention)?;
        self.place(&mention.field, [mention.start, mention.end])
    }

    /// The decision `op` on this article, with what is needed to find it again: its id, and its
    /// sketch if this is the `first` one.
    pub fn decide(&self, op: Op, first: bool) -> Decision {
        let sketch = first.then(|| Sketch::of(&self.document.article));
        let id = self.record.id().map(|id| id.into_owned());
        Decision { id, sketch, ..Decision::from(op) }
    }
}

impl ArticleKey {
    /// Of the article that `record` was made from, in a run in which the user named `fields`: that of
    /// [`Opened::key`], without opening it.
    pub fn of_record(record: &Record<'_>, fields: &[String]) -> Self {
        Self::of(&article(record, fields))
    }
}

/// `within` a field that begins at `origin`, in the whole text.
fn moved(text: &str, within: Span, origin: usize) -> Span {
    Span::new(text, origin + within.start(), origin + within.end()).expect("a span of a field is one of the text")
}

/// The article that `record` was made from. The fields are those that were named; if none were,
/// those that go by the usual names, and of these the ones whose lengths are what the record says
/// was read. A field with a mention was read in any case.
fn article(record: &Record<'_>, named: &[String]) -> Article {
    let own: Vec<String> = record.fields().iter().map(|field| field.name.to_string()).collect();
    let names: Vec<String> =
        if named.is_empty() { usual(record, &own) } else { Fields::named(named, None).names().to_vec() };
    let more = record.mentions.iter().map(|mention| mention.field.as_ref());
    let mut fields: Vec<&str> = names.iter().map(String::as_str).collect();
    for name in more {
        if !fields.contains(&name) {
            fields.push(name);
        }
    }
    let mut article = Article::of_fields(record.id().unwrap_or_default(), []);
    article.origin = Origin::default();
    article.form = Form::Object(String::new());
    for name in fields {
        if let Some(text) = record.text(name) {
            article.push_field(name, &text);
        }
    }
    if article.fields.is_empty() {
        article.push_field("text", "");
    }
    article
}

/// The fields of `own` that a run reads if nobody names any.
fn usual(record: &Record<'_>, own: &[String]) -> Vec<String> {
    let chars = |names: &[String]| -> usize {
        names.iter().filter_map(|name| record.text(name)).map(|text| text.chars().count()).sum()
    };
    let first = Fields::choose(own, None).map(|fields| fields.names().to_vec()).unwrap_or_default();
    if chars(&first) == record.coverage.chars {
        return first;
    }
    // A run chooses by the first records of a file, and this one may have more names than those.
    let any = Fields::any();
    let present: Vec<&String> = any.names().iter().filter(|name| own.contains(name)).collect();
    let subsets = (1..1_usize << present.len()).map(|bits| -> Vec<String> {
        let chosen = present.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1);
        chosen.map(|(_, name)| (*name).clone()).collect()
    });
    let mut fitting: Vec<Vec<String>> = subsets.filter(|names| chars(names) == record.coverage.chars).collect();
    fitting.sort_by_key(Vec::len);
    fitting.into_iter().next().unwrap_or(first)
}
