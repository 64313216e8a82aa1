//! `GET /api/quality`: how right this run is, as far as can be said.

use dateline::internals::quality::{Agreement, Estimate, Recall, agreement, bars, judged, precision, recall};
use serde_json::{Value, json};

use crate::http::Reply;
use crate::review::corpus::Corpus;
use crate::review::desk::Now;
use crate::review::sample::{Drawn, Samples};
use crate::review::stored::Stored;
use crate::review::{changes, history, overview};

/// Everything on that screen.
pub fn quality(corpus: &Corpus, now: &Now, samples: &Samples) -> Result<Value, Reply> {
    let numbers = corpus.overview()?;
    let changed = corpus.read(|index| changes::of(index, now))?;
    let mut sampled = Vec::new();
    for (analyst, n, draw) in now.verdicts.samples() {
        let drawn = samples.get(corpus, &draw.of, draw.seed, draw.size)?;
        let mut value = match &drawn {
            Drawn::Mentions(drawn) => {
                let (population, sample) = &**drawn;
                let judged = judged(sample, &now.verdicts);
                let estimates = precision(population, &judged).filter(|_| sample.draw.digest == draw.digest);
                let parts: Vec<Value> = estimates
                    .iter()
                    .flat_map(|(_, parts)| parts)
                    .filter(|part| part.of == "label")
                    .map(|part| json!({"label": part.name, "n": part.n, "estimate": part.estimate.map(shown)}))
                    .collect();
                let bars: Vec<Value> = bars(population, &judged).iter().map(|bar| {
                    json!({"said": bar.said, "was": bar.was, "low": bar.interval.low, "high": bar.interval.high, "n": bar.n})
                }).collect();
                json!({"decided": judged.len(), "estimate": estimates.map(|(all, _)| shown(all)), "by_label": parts, "bars": bars,
                    "is_current": sample.draw.digest == draw.digest})
            }
            Drawn::Passages(drawn) => {
                let (again, passages) = &**drawn;
                let read = corpus.read(|index| {
                    let mut read = Vec::new();
                    for passage in passages {
                        let Some(&row) = index.articles_with_text(&passage.article.bytes())?.first() else { continue };
                        read.extend(Recall::of(passage, &Stored::open(index, row)?.opened()?, &now.verdicts));
                    }
                    Ok(read)
                })?;
                let estimate = recall(&read).filter(|_| again.digest == draw.digest);
                json!({"decided": read.len(), "estimate": estimate.map(shown), "is_current": again.digest == draw.digest})
            }
        };
        value["sample"] = json!(format!("{}-{n}", analyst.name));
        value["of"] = json!(draw.of);
        value["size"] = json!(draw.size);
        sampled.push(value);
    }
    Ok(json!({
        "mentions": numbers.mentions, "wrong": numbers.wrong, "curve": numbers.curve, "half": numbers.half,
        "unsure": numbers.unsure, "decided": history::count(now), "samples": sampled, "agreement": agreements(now),
        "wrong_left": overview::wrong_left(numbers.wrong, now), "changes": changes::counts(&changed),
    }))
}

fn shown(estimate: Estimate) -> Value {
    json!({"value": estimate.value, "low": estimate.interval.low, "high": estimate.interval.high})
}

/// Of each two analysts.
fn agreements(now: &Now) -> Vec<Value> {
    let analysts = now.verdicts.analysts();
    let mut all = Vec::new();
    for (i, a) in analysts.iter().enumerate() {
        for b in &analysts[i + 1..] {
            let Some(Agreement { places, f1, f1_interval, shared, kappa, kappa_interval, .. }) =
                agreement(&now.verdicts, [&a.name, &b.name])
            else {
                continue;
            };
            let number = |value: Option<f64>, interval: Option<dateline::eval::Interval>| {
                let value = value?;
                let (low, high) = interval.map_or((value, value), |interval| (interval.low, interval.high));
                Some(json!({"value": value, "low": low, "high": high}))
            };
            all.push(json!({
                "analysts": [a.name, b.name], "n": places, "shared": shared, "f1": number(f1, f1_interval), "kappa": number(kappa, kappa_interval),
                "differ": f1.is_some_and(|f1| f1 < 1.0),
            }));
        }
    }
    all
}
