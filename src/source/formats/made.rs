//! Articles that are no JSON objects where they come from, and become some: pages, feeds, agency
//! formats, letters.

use std::ops::Range;

use serde_json::{Value, json};

use crate::document::{Article, Form, Runs, Zone};
use crate::page::{Metadata, Placed};
use crate::span::Span;

/// What was read of such an article.
#[derive(Default)]
pub struct Made {
    /// Its own id; empty if it has none.
    pub id: String,
    /// Its headline; empty if it has none.
    pub title: Placed,
    /// Its text.
    pub text: Placed,
    /// What the stretches of the text are for, in order; none if nobody says.
    pub claims: Vec<(Zone, Range<usize>)>,
    /// Who, when and where.
    pub metadata: Metadata,
    /// The language that it is in.
    pub language: Option<String>,
    /// Subjects that its editors gave it: objects with a code and perhaps a label.
    pub topics_given: Vec<Value>,
    /// Keys beside these, in their order.
    pub others: Vec<(&'static str, Value)>,
    /// Remarks on how it was read.
    pub warnings: Vec<String>,
    /// Whether it shall be known where in the file its characters stand.
    pub has_places: bool,
}

impl Made {
    /// The article. Its object has neither id nor source yet.
    pub fn into_article(self) -> Article {
        let Metadata { byline, published, published_from, modified, site, section, url } = self.metadata;
        let mut members: Vec<(&str, Value)> = Vec::new();
        let mut add = |key: &'static str, value: Option<String>| members.extend(value.map(|value| (key, json!(value))));
        add("url", url);
        add("title", Some(self.title.text.clone()).filter(|title| !title.is_empty()));
        add("text", Some(self.text.text.clone()));
        if !byline.is_empty() {
            members.push(("byline", json!(byline)));
        }
        let mut add = |key: &'static str, value: Option<String>| members.extend(value.map(|value| (key, json!(value))));
        add("published", published);
        add("published_from", published_from.map(str::to_owned));
        add("modified", modified);
        add("language", self.language);
        add("site", site);
        add("section", section);
        if !self.topics_given.is_empty() {
            members.push(("topics_given", json!(self.topics_given)));
        }
        members.extend(self.others);
        let members: Vec<String> = members.iter().map(|(key, value)| format!("{}:{value}", json!(key))).collect();

        let mut article = Article::of_fields(self.id, []);
        let mut places = Runs::default();
        if !self.title.text.is_empty() {
            article.push("title", &self.title.text, true);
            places.copy(&self.title.runs, 0..self.title.text.len(), 0);
        }
        article.push("text", &self.text.text, false);
        let start = article.text.len() - self.text.text.len();
        places.copy(&self.text.runs, 0..self.text.text.len(), start);
        let claim = |(zone, range): (Zone, Range<usize>)| {
            Some((zone, Span::new(&article.text, start + range.start, start + range.end)?))
        };
        article.claims = self.claims.into_iter().filter_map(claim).collect();
        article.places = self.has_places.then_some(places);
        article.warnings = self.warnings;
        article.form = Form::Object(format!("{{{}}}", members.join(",")));
        article
    }
}

/// `object`, which was made here, with the id and the source of its article in front.
pub fn with_place(object: &str, id: &str, source: &str) -> String {
    let rest = object.strip_prefix('{').unwrap_or(object);
    format!("{{\"id\":{},\"source\":{},{rest}", json!(id), json!(source))
}
