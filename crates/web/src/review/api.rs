//! Which request is answered by whom.

use std::sync::{Arc, OnceLock};

use dateline::internals::rules::Rule;
use dateline::verdicts::{self, LogError};
use serde_json::{Value, json};

use crate::http::{Ask, Method, Reply, Room};
use crate::review::corpus::Corpus;
use crate::review::desk::Desk;
use crate::review::sample::{self, Samples};
use crate::review::{
    Options, article, articles, changes, decide, export, history, names, overview, quality, queue, rules, still,
};

/// The analyst's room.
pub struct Review {
    /// What is reviewed.
    pub corpus: Arc<Corpus>,
    desk: Desk,
    samples: Samples,
    options: Options,
    /// Verdicts on texts that have changed were looked for.
    carried: OnceLock<()>,
}

impl Review {
    /// The room for `options`, in which `analysts` decide, by `rules` of a file; and what is to be said of
    /// their logs.
    ///
    /// # Errors
    /// If a log cannot be read, or another program writes it.
    pub fn open(options: Options, analysts: &[String], rules: Vec<Rule>) -> Result<(Self, Vec<String>), LogError> {
        let corpus = Arc::new(Corpus::new(options.records.clone(), options.index.clone()));
        let writing: &[String] = if options.read_only { &[] } else { analysts };
        let dir = verdicts::directory(&options.records);
        let (desk, notes) = Desk::open(dir, writing, options.judge, rules)?;
        Ok((Self { corpus, desk, samples: Samples::default(), options, carried: OnceLock::new() }, notes))
    }

    /// The overview as one file that needs no server.
    ///
    /// # Errors
    /// What the page would be told, in words.
    pub fn page(&self) -> Result<String, String> {
        self.carry_over();
        still::page(&self.corpus, &self.desk.now())
            .map_err(|refused| refused.value()["error"]["message"].as_str().unwrap_or("cannot be read").to_owned())
    }

    fn api(&self, ask: &Ask) -> Result<Reply, Reply> {
        self.carry_over();
        let path: Vec<&str> = ask.path.trim_start_matches("/api/").split('/').collect();
        let (corpus, desk) = (&self.corpus, &self.desk);
        let now = || desk.now();
        let value = match (ask.method, path.as_slice()) {
            (Method::Get, ["corpus"]) => self.about(ask)?,
            (Method::Get, ["overview"]) => overview::overview(corpus, &now())?,
            (Method::Get, ["topics"]) => json!({"topics": corpus.overview()?.topics}),
            (Method::Get, ["names"]) => names::names(corpus, ask)?,
            (Method::Get, ["name"]) => names::called(corpus, ask)?,
            (Method::Get, ["name", id]) => names::name(corpus, row(id)?)?,
            (Method::Get, ["name", id, "contexts"]) => names::contexts(corpus, &now(), row(id)?, ask)?,
            (Method::Get, ["same"]) => names::same(corpus, &now(), ask)?,
            (Method::Get, ["articles"]) => articles::articles(corpus, &now(), ask)?,
            (Method::Get, ["article", id]) => article::article(corpus, desk, row(id)?)?,
            (Method::Get, ["queue"]) => queue::queue(corpus, &now(), &self.samples, ask)?,
            (Method::Get, ["verdicts"]) => history::page(corpus, desk, ask)?,
            (Method::Get, ["events"]) => history::events(desk, ask)?,
            (Method::Get, ["rules"]) => rules::list(desk),
            (Method::Get, ["quality"]) => quality::quality(corpus, &now(), &self.samples)?,
            (Method::Post, ["verdicts"]) => decide::decide(corpus, desk, ask)?,
            (Method::Post, ["preview"]) => rules::preview(corpus, desk, ask)?,
            (Method::Post, ["sample"]) => sample::draw(corpus, desk, &self.samples, ask)?,
            (Method::Get, ["formats"]) => export::formats(corpus),
            (Method::Get, ["export", "preview"]) => export::preview(corpus, &now(), ask)?,
            (Method::Get, ["export"]) => return export::export(corpus, now(), ask),
            _ => return Err(Reply::not_found()),
        };
        Ok(Reply::json(&value))
    }

    fn check_writable(&self) -> Result<(), Reply> {
        if !self.options.read_only {
            return Ok(());
        }
        let hint = "dateline review without --read-only lets you decide";
        Err(Reply::refused(403, "read_only", "nothing can be decided here", Some(hint)))
    }

    /// Lets verdicts on texts that have changed since count for the new ones, once the index is there.
    fn carry_over(&self) {
        if self.carried.get().is_some() {
            return;
        }
        let now = self.desk.now();
        let found = self.corpus.read(|index| changes::of(index, &now));
        if let Ok(found) = found
            && self.carried.set(()).is_ok()
        {
            self.desk.carry(|verdicts| found.carry_over(verdicts));
        }
    }

    /// What is reviewed, by whom, and how far the index is.
    fn about(&self, ask: &Ask) -> Result<Value, Reply> {
        let now = self.desk.now();
        let analyst = ask.who.as_ref().map(|who| who.analyst.as_str()).unwrap_or_default();
        let progress = now.verdicts.progress();
        let mut about = json!({
            "name": self.corpus.name(), "index": self.corpus.state(), "read_only": self.options.read_only,
            "analyst": analyst, "judge": self.options.judge, "version": env!("CARGO_PKG_VERSION"),
            "analysts": now.verdicts.analysts().iter().map(|analyst| &analyst.name).collect::<Vec<_>>(),
            "decisions": progress.decisions, "done": progress.done, "rules": now.rules.rules().len(),
            "pace": progress.median_ms.map(|ms| (ms as f64 / 1000.0).clamp(0.5, 60.0)), "events": now.events,
        });
        if let Ok(overview) = self.corpus.overview() {
            about["unsure"] = json!(overview.unsure);
            about["articles"] = json!(overview.articles);
            about["mentions"] = json!(overview.mentions);
            about["half"] = json!(overview.half);
            let mut labels: Vec<&str> = overview.labels.keys().map(String::as_str).collect();
            labels.extend(now.rules.labels());
            // As people know them, then by name.
            let known = ["PER", "ORG", "LOC", "MISC"];
            labels.sort_by_key(|label| (known.iter().position(|known| label == known).unwrap_or(known.len()), *label));
            labels.dedup();
            about["labels"] = json!(labels);
            about["recent"] = json!(self.corpus.read(|index| history::recent(index, &now, analyst))?);
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
        if ask.method == Method::Post
            && let Err(refused) = self.check_writable()
        {
            return refused;
        }
        self.api(ask).unwrap_or_else(|refused| refused)
    }

    fn is_waiting(&self, ask: &Ask) -> bool {
        if ask.path != "/api/events" {
            return false;
        }
        self.desk.look();
        let after: u64 = ask.get("after").and_then(|after| after.parse().ok()).unwrap_or(0);
        self.desk.now().events <= after
    }
}
