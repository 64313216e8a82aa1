//! Records that this program has written, given back to be tagged again: the articles that they
//! were made from.
//!
//! OwnMember keys are cut out of the record, and all other bytes stay. Where they stand as they
//! were written, one after another behind the article's own, exactly those go, so that what is left
//! is the object that was read, even if it has a field with the name of one of ours. In a record
//! whose keys somebody has sorted all of our names go.

use std::ops::Range;

use encoding_rs::Encoding;
use serde::Deserialize;

use crate::record::{KEYS, RecordWriter};
use crate::source::added::AddedKeys;
use crate::source::fields::{Member, MemberValue};
use crate::source::formats::json_object::members;
use crate::source::refusal::Refusal;

/// What of a record is the article's.
#[derive(PartialEq, Eq, Debug)]
pub struct OwnRecord {
    /// The article's object, as it was when the article was read.
    pub object: String,
    /// What the record says of the encoding that the article was read in, which this record is no
    /// longer in.
    pub warnings: Vec<String>,
    /// Where the values that were cut out begin in the record, in bytes.
    cut: Vec<usize>,
}

impl OwnRecord {
    /// Reads `record`; `None` if it is not one of ours. `cut` says that the input ended with it.
    ///
    /// # Errors
    /// If it is no object.
    pub fn read(record: &str, cut: bool, added: &AddedKeys) -> Result<Option<Self>, Refusal> {
        let mut found =
            OwnKeys { added, ours: Vec::new(), n_members: 0, end: record.find('{').map_or(0, |brace| brace + 1) };
        members(record, cut, |member| found.add(record, &member))?;
        let Some((ours, warnings)) = found.ours(record) else { return Ok(None) };
        let mut object = String::with_capacity(record.len());
        let mut at = 0;
        for (n_before, our) in ours.iter().enumerate() {
            // Where all members before it go, what separates it from the next one goes with it;
            // else what separates it from the one before.
            let is_leading = our.index == n_before;
            let (from, to) = match our.comma {
                Some(comma) if !is_leading => (comma, our.value.end),
                _ => (our.key_at.max(at), our.next_key.unwrap_or(our.value.end)),
            };
            object.push_str(&record[at..from.max(at)]);
            at = to;
        }
        object.push_str(&record[at..]);
        let is_encoding = |warning: &String| {
            Encoding::for_label(warning.as_bytes()).is_some_and(|known| known.name().eq_ignore_ascii_case(warning))
        };
        Ok(Some(Self {
            object,
            warnings: warnings.into_iter().filter(is_encoding).collect(),
            cut: ours.iter().map(|our| our.value.start).collect(),
        }))
    }

    /// Whether `member` of the record is the article's.
    pub fn keeps(&self, member: &Member) -> bool {
        !self.cut.contains(&member.at)
    }
}

/// What is found in a record, member by member.
struct OwnKeys<'k> {
    added: &'k AddedKeys,
    /// Members with the name of one of our keys, in their order.
    ours: Vec<OwnMember>,
    n_members: usize,
    /// Where the last member ended.
    end: usize,
}

/// A member with the name of one of our keys.
#[derive(Clone)]
struct OwnMember {
    /// Which of our keys.
    key: usize,
    /// Which member of the record.
    index: usize,
    /// Where the comma before it is, if it is not the first one.
    comma: Option<usize>,
    key_at: usize,
    value: Range<usize>,
    /// Where the key of the next member is.
    next_key: Option<usize>,
}

/// The value of `tagger`, as far as it shows that we have written it.
#[derive(Deserialize)]
#[allow(dead_code, reason = "it is enough that they are there")]
struct OwnStamp {
    version: String,
    model: String,
    recipe: String,
}

/// OwnMember keys where they are all under one.
#[derive(Deserialize)]
struct OwnObject {
    #[allow(dead_code, reason = "it is enough that it is there")]
    tagger: OwnStamp,
    #[serde(default)]
    warnings: Vec<String>,
}

impl OwnKeys<'_> {
    /// More members with our names than this are nobody's record.
    const MOST: usize = 100;

    fn add(&mut self, record: &str, member: &Member) {
        let MemberValue::Json(value) = member.value else { return };
        let before = &record[self.end..member.at];
        let key_at = self.end + before.find('"').unwrap_or_default();
        let comma = record[self.end..key_at].find(',').map(|comma| self.end + comma);
        if let Some(last) = self.ours.last_mut()
            && last.index + 1 == self.n_members
        {
            last.next_key = Some(key_at);
        }
        self.end = member.at + value.get().len();
        let key = match self.added {
            AddedKeys::Beside => KEYS.iter().position(|key| *key == member.key),
            AddedKeys::Under(key) => (*key == member.key).then_some(0),
        };
        if let Some(key) = key
            && self.ours.len() <= Self::MOST
        {
            let value = member.at..self.end;
            self.ours.push(OwnMember { key, index: self.n_members, comma, key_at, value, next_key: None });
        }
        self.n_members += 1;
    }

    /// The members that we have added, and the warnings among them; `None` if we have not.
    fn ours(self, record: &str) -> Option<(Vec<OwnMember>, Vec<String>)> {
        if self.ours.len() > Self::MOST {
            return None;
        }
        if let AddedKeys::Under(_) = self.added {
            let [our] = self.ours.as_slice() else { return None };
            let under: OwnObject = serde_json::from_str(&record[our.value.clone()]).ok()?;
            return Some((self.ours, under.warnings));
        }
        let value = |our: &OwnMember| &record[our.value.clone()];
        let is_tagger =
            |our: &OwnMember| KEYS[our.key] == "tagger" && serde_json::from_str::<OwnStamp>(value(our)).is_ok();
        let last = self.ours.iter().rposition(is_tagger)?;
        let first = (1..=last)
            .rev()
            .take_while(|&i| {
                let (our, after) = (&self.ours[i - 1], &self.ours[i]);
                our.index + 1 == after.index && our.key < after.key
            })
            .last()
            .map_or(last, |i| i - 1);
        let as_written = &self.ours[first..=last];
        let always = RecordWriter::added_keys(None, false, false);
        let has = |ours: &[OwnMember], key: &str| ours.iter().any(|our| KEYS[our.key] == key);
        let ours = if always.iter().all(|key| has(as_written, key)) {
            as_written.to_vec()
        } else {
            let is_once = |our: &OwnMember| self.ours.iter().filter(|other| other.key == our.key).count() == 1;
            self.ours.iter().all(is_once).then_some(self.ours)?
        };
        let warnings = ours.iter().find(|our| KEYS[our.key] == "warnings");
        let warnings = warnings.and_then(|our| serde_json::from_str(&record[our.value.clone()]).ok());
        Some((ours, warnings.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = r#""mentions":[],"entities":[],"coverage":{"chars":0,"read":0,"windows":0},"warnings":["utf-16le","language:fin"],"tagger":{"version":"1","model":"m","recipe":"r"}"#;

    /// The article's object in `record`.
    fn read(record: &str, added: &AddedKeys) -> Option<String> {
        OwnRecord::read(record, false, added).expect("it is an object").map(|own| own.object)
    }

    #[test]
    fn what_was_added_goes_and_nothing_else() {
        for object in [
            "{}",
            "{ }",
            r#"{"text":"Bonn"}"#,
            r#"{ "z" : 1.50e+3, "text":"a, \"b\" {c}" , "n":null }"#,
            // Fields of the article's own that have the name of one of ours, which that run did not
            // add.
            r#"{"topics":["rivers"],"text":"Bonn"}"#,
            r#"{"text":"Bonn","topics":["rivers"]}"#,
            r#"{"text":"Bonn","embedding":0}"#,
        ] {
            let head = object.strip_suffix('}').expect("an object");
            let comma = if head.trim_end() == "{" { "" } else { "," };
            assert_eq!(read(&format!("{head}{comma}{OURS}}}"), &AddedKeys::Beside).as_deref(), Some(object));
            let under = AddedKeys::Under("ner".to_owned());
            let record = format!("{head}{comma}\"ner\":{{{OURS}}}}}");
            assert_eq!(read(&record, &under).as_deref(), Some(object));
            assert_eq!(read(&record, &AddedKeys::Beside), None);
        }
        let with_topics = OURS.replace("\"coverage\"", "\"topics\":[],\"embedding\":null,\"coverage\"");
        assert_eq!(read(&format!("{{\"a\":1 ,{with_topics}}}"), &AddedKeys::Beside).as_deref(), Some("{\"a\":1 }"));
    }

    #[test]
    fn keys_that_were_sorted_are_found() {
        let sorted = r#"{"coverage":{}, "entities":[], "id":1, "mentions":[], "tagger":{"version":"1","model":"m","recipe":"r"}, "text":"Bonn", "topics":[], "warnings":[]}"#;
        assert_eq!(read(sorted, &AddedKeys::Beside).as_deref(), Some(r#"{"id":1, "text":"Bonn"}"#));
        let first = r#"{ "tagger":{"version":"1","model":"m","recipe":"r"} , "mentions":[] , "text":"Bonn" }"#;
        assert_eq!(read(first, &AddedKeys::Beside).as_deref(), Some(r#"{ "text":"Bonn" }"#));
    }

    #[test]
    fn what_others_have_written_is_not_ours() {
        for record in [
            r#"{"text":"Bonn"}"#,
            r#"{"text":"Bonn","mentions":[]}"#,
            r#"{"text":"Bonn","tagger":"me"}"#,
            r#"{"text":"Bonn","tagger":{"version":"1"}}"#,
            // Which of the two is ours is not known.
            r#"{"mentions":[],"text":"Bonn","mentions":[],"tagger":{"version":"1","model":"m","recipe":"r"}}"#,
        ] {
            assert_eq!(read(record, &AddedKeys::Beside), None, "{record}");
        }
        let many = format!("{{{}}}", vec![r#""tagger":{"version":"1","model":"m","recipe":"r"}"#; 1000].join(","));
        assert_eq!(read(&many, &AddedKeys::Beside), None);
    }

    #[test]
    fn the_encoding_that_an_article_was_in_is_remembered() {
        let own = OwnRecord::read(&format!("{{{OURS}}}"), false, &AddedKeys::Beside).expect("it is an object");
        assert_eq!(own.expect("it is ours").warnings, ["utf-16le"]);
    }
}
