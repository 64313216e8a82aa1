//! How far two analysts agree on what both have decided without seeing what the model or the other
//! says.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::eval::{Interval, bootstrap_of, middle};
use crate::verdicts::{ArticleKey, Op, Verdicts};

/// How far two analysts agree.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Agreement {
    /// The two.
    pub analysts: [String; 2],
    /// Places that both have decided.
    pub places: usize,
    /// Names that both give the same span and label, against all names that either gives: F1 of the
    /// one if the other is gold. None if neither gives any.
    pub f1: Option<f64>,
    /// Its interval, by the bootstrap over articles.
    pub f1_interval: Option<Interval>,
    /// Places where both say that the same span is a name.
    pub shared: usize,
    /// Cohen's kappa of the labels there (Cohen 1960); none if chance alone would agree always.
    pub kappa: Option<f64>,
    /// Its interval, by the bootstrap over articles.
    pub kappa_interval: Option<Interval>,
}

/// What an analyst says of a place: a span and a label, or that it is no name.
type Said<'v> = Option<([usize; 2], &'v str)>;

/// A place that both have decided.
#[derive(Clone, Copy)]
struct Place<'v> {
    article: ArticleKey,
    said: [Said<'v>; 2],
}

/// How far `analysts` agree on mentions that both have decided blind: from a queue called `sample`.
/// None if there are none.
pub fn agreement(verdicts: &Verdicts, analysts: [&str; 2]) -> Option<Agreement> {
    let [first, second] = analysts.map(|name| blind(verdicts, name));
    let places: Vec<Place<'_>> = first
        .iter()
        .filter_map(|(place, a)| Some(Place { article: place.0, said: [*a, *second.get(place)?] }))
        .collect();
    if places.is_empty() {
        return None;
    }
    let of_article: Vec<&[Place<'_>]> = places.chunk_by(|a, b| a.article == b.article).collect();
    let interval = |score: fn(&mut dyn Iterator<Item = &Place<'_>>) -> Option<f64>| {
        let drawn = bootstrap_of(of_article.len(), |picked| score(&mut picked.iter().flat_map(|&i| of_article[i])));
        drawn.and_then(middle)
    };
    let is_shared = |place: &&Place<'_>| matches!(place.said, [Some((a, _)), Some((b, _))] if a == b);
    Some(Agreement {
        analysts: analysts.map(str::to_owned),
        places: places.len(),
        f1: f1(&mut places.iter()),
        f1_interval: interval(f1),
        shared: places.iter().filter(is_shared).count(),
        kappa: kappa(&mut places.iter()),
        kappa_interval: interval(kappa),
    })
}

/// What `analyst` has said last of each place from a sample.
fn blind<'v>(verdicts: &'v Verdicts, analyst: &str) -> BTreeMap<(ArticleKey, &'v str, [usize; 2]), Said<'v>> {
    let mut said = BTreeMap::new();
    for entry in verdicts.analyst(analyst).into_iter().flat_map(|analyst| analyst.holding()) {
        let is_blind = entry.decision.queue.as_deref().is_some_and(|queue| queue.starts_with("sample"));
        let Op::Mention { place, say, .. } = &entry.decision.op else { continue };
        if is_blind {
            let what = say.label.as_deref().map(|label| (say.span.unwrap_or(place.span), label));
            said.insert((place.article, place.field.as_str(), place.span), what);
        }
    }
    said
}

fn f1(places: &mut dyn Iterator<Item = &Place<'_>>) -> Option<f64> {
    let (mut same, mut all) = (0, 0);
    for Place { said: [a, b], .. } in places {
        all += usize::from(a.is_some()) + usize::from(b.is_some());
        same += usize::from(a.is_some() && a == b);
    }
    (all > 0).then(|| 2.0 * same as f64 / all as f64)
}

/// κ = (p_o − p_e) / (1 − p_e), p_e from the labels that each gives.
fn kappa(places: &mut dyn Iterator<Item = &Place<'_>>) -> Option<f64> {
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let (mut n, mut same) = (0_usize, 0_usize);
    for place in places {
        let [Some((a_span, a)), Some((b_span, b))] = place.said else { continue };
        if a_span == b_span {
            n += 1;
            same += usize::from(a == b);
            counts.entry(a).or_default()[0] += 1;
            counts.entry(b).or_default()[1] += 1;
        }
    }
    let total = n as f64;
    let by_chance: f64 = counts.values().map(|[a, b]| *a as f64 * *b as f64).sum::<f64>() / (total * total);
    (n > 0 && by_chance < 1.0).then(|| (same as f64 / total - by_chance) / (1.0 - by_chance))
}
