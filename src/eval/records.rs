//! Tagged JSON lines → gold documents.
//!
//! Two shapes are read: our own record, whose `mentions` each name the field they count in, and the plain
//! `{"id", "text", "entities": [{"start", "end", "type"}]}` of annotation tools. Both count code points, half-open.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::eval::gold::{Gold, GoldDocument, GoldError, Named, Unit};
use crate::span::Span;

/// A JSON object with its keys in the order of the file.
struct Object<'t>(Vec<(String, &'t RawValue)>);

/// An annotated span, in either shape.
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

/// Reads a whole file.
///
/// The compared text of a record is its `text` and every field that some mention of the file stands in. A title in which
/// no record marks anything was most likely not annotated, and predictions in it would all count as wrong.
pub(super) fn parse(path: &Path, text: &str) -> Result<Gold, GoldError> {
    let at_line =
        |line: usize| move |Mismatch { found, wanted }| GoldError::Line { path: path.to_owned(), line, found, wanted };
    let mut field_names = BTreeSet::from([text_field()]);
    let mut records = Vec::new();
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.trim().is_empty()) {
        let object: Object = serde_json::from_str(row)
            .map_err(|error| Mismatch {
                found: format!("{} at column {}", complaint(&error), error.column()),
                wanted: "a JSON object on one line".to_owned(),
            })
            .map_err(at_line(line))?;
        let marks = object.marks().map_err(at_line(line))?;
        field_names.extend(marks.iter().map(|mark| mark.field.clone()));
        records.push((line, object, marks));
    }
    let documents = records
        .into_iter()
        .map(|(line, object, marks)| {
            let id = object.id().unwrap_or_else(|| format!("{}:{line}", path.display()));
            document(id, &object, marks, &field_names).map_err(at_line(line))
        })
        .collect::<Result<_, _>>()?;
    Ok(Gold { documents, unit: Unit::Chars, scheme: None, has_boundaries: true })
}

/// What serde_json complains of, without its line: that counts from the start of what it was given.
fn complaint(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or_default().to_owned()
}

impl Object<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value.get())
    }

    fn marks(&self) -> Result<Vec<Mark>, Mismatch> {
        let Some((key, marks)) = ["mentions", "entities"].into_iter().find_map(|key| Some((key, self.get(key)?)))
        else {
            let wanted = "\"mentions\" or \"entities\"".to_owned();
            return Err(Mismatch { found: format!("only the keys {}", self.keys()), wanted });
        };
        serde_json::from_str(marks).map_err(|error| Mismatch {
            found: format!("{key}: {}", complaint(&error)),
            wanted: "a list of objects with start, end and a label or type".to_owned(),
        })
    }

    fn id(&self) -> Option<String> {
        let id = self.get("id").filter(|id| *id != "null")?;
        Some(serde_json::from_str(id).unwrap_or_else(|_| id.to_owned()))
    }

    fn keys(&self) -> String {
        self.0.iter().map(|(key, _)| format!("{key:?}")).collect::<Vec<_>>().join(", ")
    }
}

fn document(
    id: String,
    object: &Object,
    marks: Vec<Mark>,
    field_names: &BTreeSet<String>,
) -> Result<GoldDocument, Mismatch> {
    let mut text = String::new();
    let mut ranges = Vec::new();
    for (key, value) in &object.0 {
        // Whatever is no string (null, a list) is no text either; a mention in it is refused below.
        let Ok(value) = serde_json::from_str::<String>(value.get()) else { continue };
        if field_names.contains(key) {
            if !ranges.is_empty() {
                text.push_str("\n\n");
            }
            ranges.push((key.clone(), text.len()..text.len() + value.len()));
            text.push_str(&value);
        }
    }
    if ranges.is_empty() {
        let names = field_names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ");
        return Err(Mismatch {
            found: format!("only the keys {}", object.keys()),
            wanted: format!("a string in {names}"),
        });
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
                wanted: format!("a field with text; the keys are {}", object.keys()),
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

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    entries.push((key, map.next_value()?));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
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
