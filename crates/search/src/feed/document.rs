//! The document that every engine gets: flat fields for the everyday questions, made from an entry.

use std::collections::BTreeMap;

use dateline::record::Record;
use serde::Serialize;

use crate::date;
use crate::entry::Entry;
use crate::feed::annotated;

/// What goes into documents besides what always does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Shape {
    /// Each entity as an object of its own too.
    pub nested: bool,
    /// Names stand in the text as annotations.
    pub annotated: bool,
    /// The vector.
    pub embedding: bool,
    /// Leave the text out, so that it is searched in nowhere else.
    pub no_text: bool,
}

/// A record as an engine gets it, but for its key.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Document {
    /// The file or the wire that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When it was published: `2025-03-03T08:15:00` or shorter; what is no date, as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `person`, `person_main`, `person_name` and so on, for each kind that it names.
    #[serde(flatten)]
    pub names: BTreeMap<String, Vec<String>>,
    /// Labels of its topics and of what they are part of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topic: Vec<String>,
    /// Their codes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topic_code: Vec<String>,
    /// Entities as objects, if they are wanted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<DocumentEntity>,
    /// The vector, if it is wanted and there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedding: Option<Vec<f32>>,
}

/// An entity as an object.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct DocumentEntity {
    /// `person`, `place` and so on.
    pub kind: String,
    /// The label of the model: `PER`.
    pub label: String,
    /// The name to show.
    pub name: String,
    /// The other forms in the article.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Its share of the article's attention.
    pub salience: f64,
    /// How often the article names it.
    pub mentions: usize,
}

impl Document {
    /// What becomes of `entry`, which was made of `record`.
    pub fn of(entry: &Entry, record: &Record<'_>, shape: Shape) -> Self {
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        let text = match shape {
            Shape { no_text: true, .. } => String::new(),
            Shape { annotated: true, .. } => annotated::text(entry, record),
            _ => entry.text(),
        };
        let entities = entry.names.iter().filter(|name| shape.nested && name.is_named());
        let entities = entities.map(|name| DocumentEntity {
            kind: name.kind.clone(),
            label: name.label.clone(),
            name: name.name.clone(),
            aliases: name.aliases.clone(),
            salience: name.salience,
            mentions: name.mentions.len(),
        });
        Self {
            source: entry.source.clone(),
            date: entry.date.as_ref().map(|date| date::normal(date).unwrap_or_else(|| date.clone())),
            title: entry.title.clone(),
            text: Some(text).filter(|text| !text.is_empty()),
            names: names(entry),
            topic: owned(entry.topic_labels()),
            topic_code: owned(entry.topic_codes()),
            entities: entities.collect(),
            embedding: entry.embedding.clone().filter(|_| shape.embedding),
        }
    }
}

/// The fields of each kind of names: all forms, all forms of those that the article is about, and
/// the names to show.
fn names(entry: &Entry) -> BTreeMap<String, Vec<String>> {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in entry.names.iter().filter(|name| name.is_named()) {
        let forms = || std::iter::once(&name.name).chain(&name.aliases).cloned();
        add(&mut fields, name.kind.clone(), forms());
        if name.is_main() {
            add(&mut fields, format!("{}_main", name.kind), forms());
        }
        add(&mut fields, format!("{}_name", name.kind), std::iter::once(name.name.clone()));
    }
    fields
}

/// Puts `values` into the field, each once.
fn add(fields: &mut BTreeMap<String, Vec<String>>, field: String, values: impl Iterator<Item = String>) {
    let field = fields.entry(field).or_default();
    for value in values {
        if !field.contains(&value) {
            field.push(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::entry::Options;

    #[test]
    fn fields_of_a_record() {
        let line = r#"{"id":"a","date":"2025/3/3","source":"wire","title":"Moth in Oslo","text":"Dr Moth [sic](x) met Moth.","mentions":[
            {"start":0,"end":4,"label":"PER","text":"Moth","score":0.9,"field":"title","zone":"headline","sentence":0,"entity":0},
            {"start":8,"end":12,"label":"LOC","text":"Oslo","score":0.9,"field":"title","zone":"headline","sentence":0,"entity":1},
            {"start":3,"end":7,"label":"PER","text":"Moth","score":0.9,"field":"text","zone":"body","sentence":1,"entity":0},
            {"start":21,"end":25,"label":"PER","text":"Moth","score":0.9,"field":"text","zone":"body","sentence":1,"entity":0}],
            "entities":[{"id":0,"label":"PER","name":"Ada Moth","aliases":["Moth"],"mentions":[0,2,3],"salience":0.9},
            {"id":1,"label":"LOC","name":"Oslo","aliases":[],"mentions":[1],"salience":0.0}],
            "topics":[{"code":"medtop:11000000","label":"politics","score":0.9}],"embedding":[0.6,0.8],
            "coverage":{"chars":9,"read":9,"windows":1},"warnings":[],"tagger":{"version":"1","model":"m","recipe":"r"}}"#;
        let record = Record::parse(line, None).expect("it is a record");
        let entry = Entry::of(&record, 0, &Options::default());
        let shown = |shape| serde_json::to_string(&Document::of(&entry, &record, shape)).expect("it has a JSON form");
        expect![[r#"{"source":"wire","date":"2025-03-03","title":"Moth in Oslo","text":"Dr Moth [sic](x) met Moth.","person":["Ada Moth","Moth"],"person_main":["Ada Moth","Moth"],"person_name":["Ada Moth"],"topic":["politics"],"topic_code":["medtop:11000000"]}"#]].assert_eq(&shown(Shape::default()));
        let all = Shape { nested: true, annotated: true, embedding: true, no_text: false };
        expect![[r#"{"source":"wire","date":"2025-03-03","title":"Moth in Oslo","text":"Dr [Moth](person%3AAda+Moth&person) [sic] (x) met [Moth](person%3AAda+Moth&person).","person":["Ada Moth","Moth"],"person_main":["Ada Moth","Moth"],"person_name":["Ada Moth"],"topic":["politics"],"topic_code":["medtop:11000000"],"entities":[{"kind":"person","label":"PER","name":"Ada Moth","aliases":["Moth"],"salience":0.9,"mentions":3}],"embedding":[0.6,0.8]}"#]].assert_eq(&shown(all));
        assert!(!shown(Shape { no_text: true, annotated: true, ..Shape::default() }).contains("\"text\""));
    }
}
