//! Which request is answered by whom.

use serde_json::{Value, json};

use crate::http::{Ask, Method, Reply, Room};
use crate::review::corpus::Corpus;
use crate::review::{Options, article, articles, names, overview, queue};

/// The analyst's room.
pub struct Review {
    /// What is reviewed.
    pub corpus: Corpus,
    options: Options,
}

impl Review {
    /// The room for `options`.
    pub fn new(options: Options) -> Self {
        Self { corpus: Corpus::new(options.records.clone(), options.index.clone()), options }
    }

    fn api(&self, ask: &Ask) -> Result<Reply, Reply> {
        let path: Vec<&str> = ask.path.trim_start_matches("/api/").split('/').collect();
        let corpus = &self.corpus;
        let value = match (ask.method, path.as_slice()) {
            (Method::Get, ["corpus"]) => self.about(ask)?,
            (Method::Get, ["overview"]) => overview::overview(corpus)?,
            (Method::Get, ["names"]) => names::names(corpus, ask)?,
            (Method::Get, ["name"]) => names::called(corpus, ask)?,
            (Method::Get, ["name", id]) => names::name(corpus, row(id)?)?,
            (Method::Get, ["name", id, "contexts"]) => names::contexts(corpus, row(id)?, ask)?,
            (Method::Get, ["same"]) => names::same(corpus, ask)?,
            (Method::Get, ["articles"]) => articles::articles(corpus, ask)?,
            (Method::Get, ["article", id]) => article::article(corpus, row(id)?)?,
            (Method::Get, ["queue"]) => queue::queue(corpus, ask)?,
            _ => return Err(Reply::not_found()),
        };
        Ok(Reply::json(&value))
    }

    /// What is reviewed, by whom, and how far the index is.
    fn about(&self, ask: &Ask) -> Result<Value, Reply> {
        let mut about = json!({
            "name": self.corpus.name(), "index": self.corpus.state(), "read_only": self.options.read_only,
            "analyst": ask.who.as_ref().map(|who| &who.analyst), "judge": self.options.judge,
            "version": env!("CARGO_PKG_VERSION"),
        });
        if let Ok(overview) = self.corpus.overview() {
            about["unsure"] = json!(overview.unsure);
            about["articles"] = json!(overview.articles);
            about["mentions"] = json!(overview.mentions);
            about["half"] = json!(overview.half);
            let mut labels: Vec<&String> = overview.labels.keys().collect();
            // As people know them, then by name.
            let known = ["PER", "ORG", "LOC", "MISC"];
            labels.sort_by_key(|label| (known.iter().position(|known| label == known).unwrap_or(known.len()), *label));
            about["labels"] = json!(labels);
        }
        Ok(about)
    }
}

/// The number of a row.
fn row(text: &str) -> Result<u32, Reply> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number).ok_or_else(Reply::not_found)
}

impl Room for Review {
    fn answer(&self, ask: &Ask) -> Reply {
        if let Some(reply) = self.options.assets.answer(&ask.path) {
            return reply;
        }
        if !ask.path.starts_with("/api/") {
            return Reply::not_found();
        }
        self.api(ask).unwrap_or_else(|refused| refused)
    }
}
