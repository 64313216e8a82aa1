//! A record as it stands, for the page: what the model found, what rules and analysts say, and how far
//! each mention is.

use std::collections::HashMap;

use dateline::Span;
use dateline::internals::rules::RuleSet;
use dateline::record::Offsets;
use dateline::verdicts::{ArticleState, By, Mark, Op, Opened, Standing, Verdicts, stand};
use serde_json::{Value, json};

/// Its mentions as the page has them, in the order of the text.
pub fn mentions(opened: &Opened<'_>, standing: &Standing<'_>, verdicts: &Verdicts) -> Vec<Value> {
    let article = &opened.document.article;
    let fields: Vec<Offsets<'_>> =
        article.fields.iter().map(|field| Offsets::new(field.span.of(&article.text))).collect();
    let remarks = Remarks::of(opened, verdicts);
    let is_done = standing.state == ArticleState::Done;
    let mut differs: HashMap<Span, Vec<Value>> = HashMap::new();
    for difference in &standing.differences {
        let says = difference.says.iter().map(|(by, label)| json!({"by": by, "label": label})).collect();
        differs.insert(difference.span, says);
    }
    let mut shown = Vec::new();
    let mut show = |mark: &Mark, entity: Option<usize>, zone: &str, state: Option<&str>| {
        let Some(at) = article.fields.iter().position(|field| field.span.contains(mark.span)) else { return };
        let origin = article.fields[at].span.start();
        let ends = [mark.span.start(), mark.span.end()].map(|byte| fields[at].position(byte - origin));
        let was = mark.from.map(|from| &opened.record.mentions[from]);
        let label = mark.label.clone().or_else(|| was.map(|was| was.label.to_string())).unwrap_or_default();
        let place = (article.fields[at].name.as_str(), [ends[0].char, ends[1].char]);
        let remark = remarks.0.get(&place);
        let key =
            mark.from.map_or_else(|| format!("a{at}-{}-{}", ends[0].utf16, ends[1].utf16), |from| from.to_string());
        let state = state.or_else(|| remark.filter(|remark| remark.later).map(|_| "later"));
        let state = state.or_else(|| is_done.then_some("right"));
        shown.push((mark.span, json!({
            "key": key, "number": mark.from, "field": at, "start": ends[0].utf16, "end": ends[1].utf16, "label": label,
            "score": mark.score, "zone": zone, "entity": entity, "by": mark.by.to_string(), "state": state,
            "was": was.map(|was| json!({"label": was.label, "score": was.score})),
            "flag": remark.is_some_and(|remark| remark.flag), "differs": differs.get(&mark.span),
        })));
    };
    for (mention, mark) in standing.record.mentions.iter().zip(&standing.marks) {
        show(mark, Some(mention.entity), &mention.zone, state(mark, opened));
    }
    for mark in &standing.fallen {
        // What a longer name covers is not there any more.
        let at = standing.marks.partition_point(|other| other.span.end() <= mark.span.start());
        let is_covered = standing.marks.get(at).is_some_and(|other| other.span.overlaps(mark.span));
        if mark.decided && mark.label.is_none() && !is_covered {
            show(mark, None, "body", Some("none"));
        }
    }
    shown.sort_by_key(|(span, _)| *span);
    shown.into_iter().map(|(_, value)| value).collect()
}

/// How far a mention is.
fn state(mark: &Mark, opened: &Opened<'_>) -> Option<&'static str> {
    if !mark.decided || !matches!(mark.by, By::Analyst(_)) {
        return None;
    }
    Some(match mark.from.map(|from| &*opened.record.mentions[from].label) {
        Some(was) if mark.label.as_deref() == Some(was) => "right",
        Some(_) => "changed",
        None => "added",
    })
}

/// What was said of places besides what they are.
struct Remarks<'v>(HashMap<(&'v str, [usize; 2]), Remark>);

#[derive(Default)]
struct Remark {
    later: bool,
    flag: bool,
}

impl<'v> Remarks<'v> {
    fn of(opened: &Opened<'_>, verdicts: &'v Verdicts) -> Self {
        let mut remarks: HashMap<(&str, [usize; 2]), Remark> = HashMap::new();
        for (_, entry) in verdicts.on(opened.key) {
            match &entry.decision.op {
                Op::Later { place } => remarks.entry((&place.field, place.span)).or_default().later = true,
                Op::Mention { place, .. } => remarks.entry((&place.field, place.span)).or_default().later = false,
                Op::Flag { field: Some(field), span: Some(span), on, .. } => {
                    remarks.entry((field, *span)).or_default().flag = *on;
                }
                _ => {}
            }
        }
        Self(remarks)
    }
}

/// States of the record's own mentions, by their numbers; empty if nothing was said of the article.
pub fn states(opened: &Opened<'_>, rules: &RuleSet, verdicts: &Verdicts) -> HashMap<u32, (String, Option<String>)> {
    let standing = stand(opened, rules, verdicts);
    let of = |value: &Value| {
        let label = value["label"].as_str().unwrap_or_default().to_owned();
        Some((value["number"].as_u64()? as u32, (label, value["state"].as_str().map(str::to_owned))))
    };
    mentions(opened, &standing, verdicts).iter().filter_map(of).collect()
}
