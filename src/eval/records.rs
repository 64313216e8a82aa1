//! Tagged JSON lines → gold documents.
//!
//! Two shapes are read: our own record, whose `mentions` each name the field they count in, and the
//! plain `{"id", "text", "entities": [{"start", "end", "type"}]}` of annotation tools, or the same
//! with `mentions` as far as somebody has written them by hand. All count code points, half-open.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

use crate::eval::gold::{Gold, GoldDocument, GoldError, Named, Unit};
use crate::record::read::{Member, keys, members};
use crate::record::{Line, Record, RecordError};
use crate::span::Span;

/// An annotated span, in any shape.
#[derive(Deserialize)]
struct Mark {
    start: usize,
    end: usize,
    #[serde(alias = "type")]
    label: String,
    text: Option<String>,
    #[serde(default = "text_field")]
    field: String,
}

fn text_field() -> String {
    "text".to_owned()
}

/// What was found where something else was wanted; the caller knows the line.
struct Mismatch {
    found: String,
    wanted: String,
}

/// An annotated article.
struct Annotated<'t> {
    id: Option<String>,
    /// Its keys, for messages.
    keys: String,
    /// The strings among its fields, by name, in their order.
    texts: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    marks: Vec<Mark>,
}

/// Reads a whole file.
///
/// The compared text of a record is its `text` and every field that some mention of the file stands
/// in. A title in which no record marks anything was most likely not annotated, and predictions in
/// it would all count as wrong.
pub(super) fn parse(path: &Path, text: &str) -> Result<Gold, GoldError> {
    let at_line =
        |line: usize| move |Mismatch { found, wanted }| GoldError::Line { path: path.to_owned(), line, found, wanted };
    let mut field_names = BTreeSet::from([text_field()]);
    let mut all = Vec::new();
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.trim().is_empty()) {
        let annotated = Annotated::parse(row).map_err(at_line(line))?;
        field_names.extend(annotated.marks.iter().map(|mark| mark.field.clone()));
        all.push((line, annotated));
    }
    let documents = all
        .into_iter()
        .map(|(line, annotated)| {
            let id = annotated.id.clone().unwrap_or_else(|| format!("{}:{line}", path.display()));
            document(id, annotated, &field_names).map_err(at_line(line))
        })
        .collect::<Result<_, _>>()?;
    Ok(Gold { documents, unit: Unit::Chars, scheme: None, has_boundaries: true })
}

impl<'t> Annotated<'t> {
    fn parse(row: &'t str) -> Result<Self, Mismatch> {
        match Line::parse(row, None) {
            Ok(Line::Record(record)) => Ok(Self::of_record(&record)),
            Err(RecordError::NotTagged { .. }) => Self::of_object(row),
            Ok(Line::Dead(_) | Line::Blank) => Err(Mismatch {
                found: "a dead letter".to_owned(),
                wanted: "an article with \"mentions\" or \"entities\"".to_owned(),
            }),
            Err(RecordError::NotObject { found, column }) => Err(Mismatch {
                found: format!("{found} at column {column}"),
                wanted: "a JSON object on one line".to_owned(),
            }),
            Err(RecordError::Value { at, found, wanted }) => {
                Err(Mismatch { found: format!("{found} in {at}"), wanted })
            }
            Err(RecordError::NotARecord { found }) => Err(Mismatch { found, wanted: "a record".to_owned() }),
        }
    }

    fn of_record(record: &Record<'t>) -> Self {
        let fields = record.fields();
        // A name may stand in a field inside of another.
        let is_inside = |name: &str| fields.iter().all(|field| field.name != name);
        let marks = record.mentions.iter().map(|mention| Mark {
            start: mention.start,
            end: mention.end,
            label: mention.label.to_string(),
            text: Some(mention.text.to_string()),
            field: mention.field.to_string(),
        });
        Self {
            id: record.id().map(Cow::into_owned),
            keys: fields.iter().map(|field| format!("{:?}", field.name)).collect::<Vec<_>>().join(", "),
            texts: fields
                .iter()
                .filter_map(|field| Some((field.name.clone(), field.text()?)))
                .chain(
                    record
                        .texts()
                        .into_iter()
                        .filter(|(name, _)| is_inside(name))
                        .map(|(name, text)| (Cow::Owned(name.to_owned()), text)),
                )
                .collect(),
            marks: marks.collect(),
        }
    }

    fn of_object(row: &'t str) -> Result<Self, Mismatch> {
        let members: Vec<Member<'_>> = members(row.trim()).expect("it is an object");
        let get = |key: &str| members.iter().find(|(k, _)| k == key).map(|(_, value)| value.get());
        let Some((key, marks)) = ["mentions", "entities"].into_iter().find_map(|key| Some((key, get(key)?))) else {
            let wanted = "\"mentions\" or \"entities\"".to_owned();
            return Err(Mismatch { found: keys(&members), wanted });
        };
        let marks = serde_json::from_str(marks).map_err(|error| Mismatch {
            found: format!("{key}: {}", complaint(&error)),
            wanted: "a list of objects with start, end and a label or type".to_owned(),
        })?;
        let id = get("id").filter(|id| *id != "null");
        // Whatever is no string (null, a list) is no text either; a mention in it is refused below.
        let text = |(name, value): &Member<'t>| {
            Some((name.clone(), Cow::Owned(serde_json::from_str::<String>(value.get()).ok()?)))
        };
        Ok(Self {
            id: id.map(|id| serde_json::from_str(id).unwrap_or_else(|_| id.to_owned())),
            keys: members.iter().map(|(key, _)| format!("{key:?}")).collect::<Vec<_>>().join(", "),
            texts: members.iter().filter_map(text).collect(),
            marks,
        })
    }
}

/// What serde_json complains of, without its line: that counts from the start of what it was given.
fn complaint(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or_default().to_owned()
}

fn document(id: String, annotated: Annotated, field_names: &BTreeSet<String>) -> Result<GoldDocument, Mismatch> {
    let Annotated { keys, texts, marks, .. } = annotated;
    let mut text = String::new();
    let mut ranges = Vec::new();
    for (name, value) in texts {
        if field_names.contains(&*name) {
            if !ranges.is_empty() {
                text.push_str("\n\n");
            }
            ranges.push((name.into_owned(), text.len()..text.len() + value.len()));
            text.push_str(&value);
        }
    }
    if ranges.is_empty() {
        let names = field_names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ");
        return Err(Mismatch { found: format!("only the keys {keys}"), wanted: format!("a string in {names}") });
    }

    // For each field, the byte at which each of its code points starts, and its end.
    let starts: Vec<Vec<usize>> = ranges
        .iter()
        .map(|(_, range)| {
            let chars = text[range.clone()].char_indices().map(|(at, _)| range.start + at);
            chars.chain([range.end]).collect()
        })
        .collect();
    let mut mentions = Vec::with_capacity(marks.len());
    for mark in marks {
        let Some(field) = ranges.iter().position(|(name, _)| *name == mark.field) else {
            return Err(Mismatch {
                found: format!("a mention in {:?}", mark.field),
                wanted: format!("a field with text; the keys are {keys}"),
            });
        };
        let starts = &starts[field];
        if mark.start >= mark.end || mark.end >= starts.len() {
            return Err(Mismatch {
                found: format!("a mention from {} to {}", mark.start, mark.end),
                wanted: format!("start < end <= {}, the code points of {:?}", starts.len() - 1, mark.field),
            });
        }
        let (start, end) = (starts[mark.start], starts[mark.end]);
        let surface = &text[start..end];
        if mark.text.as_deref().is_some_and(|text| text != surface) {
            return Err(Mismatch {
                found: format!("{surface:?} from {} to {} of {:?}", mark.start, mark.end, mark.field),
                wanted: format!("{:?}, the text of the mention", mark.text.unwrap_or_default()),
            });
        }
        mentions.push(Named { start, end, label: mark.label });
    }
    let span = |range: Range<usize>| Span::new(&text, range.start, range.end).expect("a field's own place");
    let fields = ranges.into_iter().map(|(name, range)| (name, span(range))).collect();
    Ok(GoldDocument::of_chars(id, text, fields, mentions))
}

#[cfg(test)]
mod tests {
    use crate::eval::parse_gold;
    use expect_test::{Expect, expect};
    use std::path::Path;

    fn check(lines: &str, expected: Expect) {
        let shown = match parse_gold(Path::new("gold.jsonl"), lines) {
            Ok(gold) => gold
                .documents
                .iter()
                .map(|document| {
                    let text = document.text();
                    let mentions = document.mentions().map(|(span, label)| format!(" {label} {}", span.of(text)));
                    format!("{}: {text:?}{}", document.id, mentions.collect::<String>())
                })
                .collect::<Vec<_>>()
                .join("\n"),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn our_records_and_plain_entities_are_gold() {
        check(
            r#"{"id":7,"title":"Zoë in Łódź","lead":"x","text":"Zoë left.","mentions":[{"start":0,"end":3,"label":"PER","text":"Zoë","score":0.9,"field":"text"},{"start":7,"end":11,"label":"LOC","field":"title"}],"entities":[]}"#,
            expect![[r#"7: "Zoë in Łódź\n\nZoë left." LOC Łódź PER Zoë"#]],
        );
        check(
            "{\"text\":\"👍 Oslo\",\"entities\":[{\"start\":2,\"end\":6,\"type\":\"LOC\",\"text\":\"Oslo\"}]}\n\n{\"id\":\"b\",\"text\":\"\",\"entities\":[]}\n",
            expect![[r#"
                gold.jsonl:1: "👍 Oslo" LOC Oslo
                b: """#]],
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        check("{\"a\":1}\n", expect![[r#"gold.jsonl:1: found only the keys "a", wanted "mentions" or "entities""#]]);
        check(
            "{\"a\":1,\"mentions\":[]}\n",
            expect![[r#"gold.jsonl:1: found only the keys "a", "mentions", wanted a string in "text""#]],
        );
        check(
            "{\"text\":\"Oslo\",\"entities\":[]}\n{\"text\":\"Oslo\",\"entities\":[{\"start\":0,\"end\":5,\"type\":\"LOC\"}]}",
            expect![[
                r#"gold.jsonl:2: found a mention from 0 to 5, wanted start < end <= 4, the code points of "text""#
            ]],
        );
        check(
            r#"{"text":"In Oslo","mentions":[{"start":2,"end":6,"label":"LOC","text":"Oslo"}]}"#,
            expect![[r#"gold.jsonl:1: found " Osl" from 2 to 6 of "text", wanted "Oslo", the text of the mention"#]],
        );
        check(
            r#"{"text":"Oslo","title":null,"mentions":[{"start":0,"end":4,"label":"LOC","field":"title"}]}"#,
            expect![[
                r#"gold.jsonl:1: found a mention in "title", wanted a field with text; the keys are "text", "title", "mentions""#
            ]],
        );
        check(
            "{\"text\":\"Oslo\",\"entities\":[]}\nOslo O\n",
            expect!["gold.jsonl:2: found expected value at column 1, wanted a JSON object on one line"],
        );
        check(
            r#"{"text":"Oslo","entities":[{"start":0,"end":4}]}"#,
            expect![
                "gold.jsonl:1: found entities: missing field `label`, wanted a list of objects with start, end and a label or type"
            ],
        );
    }
}
