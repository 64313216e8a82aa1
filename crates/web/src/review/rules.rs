//! `GET /api/rules` and `POST /api/preview`: rules for the corpus, and what one would do.

use std::time::{Duration, Instant};

use dateline::internals::outputs::{self, Lines};
use dateline::internals::rules::{EffectKind, Rule, RuleSet};
use dateline::record::Line;
use dateline::verdicts::{Opened, Preview, conflicts};
use serde_json::{Value, json};

use crate::http::{Ask, Reply};
use crate::review::corpus::Corpus;
use crate::review::decide;
use crate::review::desk::Desk;
use crate::review::stored::one_line;

/// How long a preview counts. What it has by then is what there is at least.
const PATIENCE: Duration = Duration::from_secs(2);

/// Rules that hold, each with what it contradicts.
pub fn list(desk: &Desk) -> Value {
    let now = desk.now();
    let rules = now.rules.rules();
    let all = conflicts(rules);
    let is_from_file = |rule: &Rule| desk.from_file().iter().any(|other| other.id == rule.id);
    let shown: Vec<Value> = rules
        .iter()
        .enumerate()
        .map(|(i, rule)| {
            let about = all.iter().filter(|one| one.older == i || one.newer == i);
            let about: Vec<String> = about
                .map(|one| {
                    let other = &rules[if one.older == i { one.newer } else { one.older }].id;
                    format!("with {other}: {}", one.about)
                })
                .collect();
            json!({"rule": rule, "from": if is_from_file(rule) { "file" } else { "log" }, "conflicts": about})
        })
        .collect();
    json!({"rules": shown})
}

/// What a rule would do, counted over the records as they stand.
pub fn preview(corpus: &Corpus, desk: &Desk, ask: &Ask) -> Result<Value, Reply> {
    let wrong = |found: String| Reply::refused(400, "rule", &found, None);
    let body: Value = serde_json::from_slice(&ask.body).map_err(|error| wrong(error.to_string()))?;
    let rule = decide::named(body["rule"].clone(), "new")?;
    rule.check().map_err(|(found, wanted)| wrong(format!("found {found}, wanted {wanted}")))?;
    let now = desk.now();
    let mut preview = Preview::new(&now.rules, rule.clone());
    let is_complete = count(corpus, &now.verdicts, &mut preview)?;
    let with = RuleSet::new(now.rules.rules().iter().cloned().chain([rule]).collect());
    let newest = with.rules().len() - 1;
    let against: Vec<String> = conflicts(with.rules())
        .into_iter()
        .filter(|one| one.newer == newest)
        .map(|one| format!("{} (rule {})", one.about, with.rules()[one.older].id))
        .collect();
    let examples: Vec<Value> = preview.examples.iter().map(|example| json!({
        "title": example.id, "field": example.field, "before": spaced(&example.context[0]), "words": one_line(&example.context[1]),
        "after": spaced(&example.context[2]), "from": example.was.as_ref().map(|(label, _)| label), "to": example.would_be,
        "kind": match example.kind { EffectKind::Agree => "agree", EffectKind::Change => "change", EffectKind::Against => "against" },
    })).collect();
    Ok(json!({
        "agree": preview.agree, "change": preview.change, "against": preview.against + preview.decided_otherwise,
        "articles": preview.changed_records, "records": preview.records, "complete": is_complete,
        "examples": examples, "conflicts": against,
    }))
}

/// Counts the records, and says whether that were all.
fn count(corpus: &Corpus, verdicts: &dateline::verdicts::Verdicts, preview: &mut Preview) -> Result<bool, Reply> {
    let failed =
        |error: &dyn std::error::Error| Reply::refused(500, "records", &dateline::internals::error::chain(error), None);
    let under = outputs::under_of(&corpus.records);
    let fields = corpus.fields();
    let begun = Instant::now();
    let mut lines = Lines::open(&corpus.records).map_err(|error| failed(&error))?;
    while let Some(line) = lines.next_line().map_err(|error| failed(&error))? {
        let text = std::str::from_utf8(line).map_err(|error| failed(&error))?;
        if !preview.may_concern(text) {
            preview.pass();
        } else if let Ok(Line::Record(record)) = Line::parse(text, under.as_deref())
            && let Ok(opened) = Opened::new(*record, &fields)
        {
            preview.add(&opened, verdicts);
        }
        if begun.elapsed() > PATIENCE {
            return Ok(false);
        }
    }
    Ok(true)
}

fn spaced(text: &str) -> String {
    text.replace(char::is_whitespace, " ")
}
