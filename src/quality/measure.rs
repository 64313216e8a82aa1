//! All that is known of a run's quality, by reading its records.

use std::collections::{HashMap, HashSet};

use crate::quality::agreement::agreement;
use crate::quality::bars::bars;
use crate::quality::passages::{Passage, Passages, Recall, recall};
use crate::quality::population::{Population, Sample};
use crate::quality::precision::{judged, precision, precision_after};
use crate::quality::report::{Quality, Sampled};
use crate::verdicts::{ArticleKey, Opened, RuleSet, SampleDraw, Verdicts, stand};

/// Measures the run whose records `read` hands, one after another, to the function that it is given;
/// it is called twice if anything was drawn. Samples are drawn again as the log says, so that the
/// log need not list them. With `rules`, what they leave is measured too.
///
/// # Errors
/// What `read` returns.
pub fn measure<E>(
    verdicts: &Verdicts,
    rules: &RuleSet,
    mut read: impl FnMut(&mut dyn FnMut(&Opened<'_>)) -> Result<(), E>,
) -> Result<Quality, E> {
    let samples: Vec<(String, u64, SampleDraw)> =
        verdicts.samples().into_iter().map(|(analyst, n, draw)| (analyst.name.clone(), n, draw.clone())).collect();
    let is_of = |of: &'static str| move |draw: &&SampleDraw| draw.of == of;
    let draws = || samples.iter().map(|(.., draw)| draw);
    let mut all = Population::new(0, 0);
    let mut populations: Vec<Population> =
        draws().filter(is_of("mentions")).map(|draw| Population::new(draw.seed, draw.size)).collect();
    let mut passages: Vec<Passages> =
        draws().filter(is_of("passages")).map(|draw| Passages::new(draw.seed, draw.size)).collect();
    read(&mut |opened| {
        all.add(opened);
        populations.iter_mut().for_each(|population| population.add(opened));
        passages.iter_mut().for_each(|passages| passages.add(opened));
    })?;

    let drawn: Vec<(SampleDraw, Vec<Passage>)> = passages
        .iter()
        .zip(draws().filter(is_of("passages")))
        .map(|(passages, draw)| passages.draw(draw.size))
        .collect();
    let of_mentions: Vec<Sample> = populations
        .iter()
        .zip(draws().filter(is_of("mentions")))
        .map(|(population, draw)| population.draw(draw.size))
        .collect();
    let looked_at: HashSet<ArticleKey> =
        of_mentions.iter().flat_map(|s| &s.mentions).map(|drawn| drawn.article).collect();
    let mut found: Vec<Vec<Recall>> = vec![Vec::new(); drawn.len()];
    // Labels that stand by the rules, at each place of an article that a mention was drawn from.
    let mut ruled: HashMap<ArticleKey, HashMap<(String, [usize; 2]), String>> = HashMap::new();
    if !drawn.is_empty() || !of_mentions.is_empty() && !rules.is_empty() {
        let mut seen = HashSet::new();
        read(&mut |opened| {
            if !seen.insert(opened.key) {
                return;
            }
            if !rules.is_empty() && looked_at.contains(&opened.key) {
                let record = stand(opened, rules, &Verdicts::default()).record;
                let mentions = record.mentions.iter();
                let places = mentions.map(|m| ((m.field.to_string(), [m.start, m.end]), m.label.to_string()));
                ruled.insert(opened.key, places.collect());
            }
            for ((_, passages), found) in drawn.iter().zip(&mut found) {
                let here = passages.iter().filter(|passage| passage.article == opened.key);
                found.extend(here.filter_map(|passage| Recall::of(passage, opened, verdicts)));
            }
        })?;
    }

    let mut populations = populations.into_iter().zip(of_mentions);
    let mut drawn = drawn.into_iter().zip(found);
    let samples = samples.into_iter().map(|(analyst, n, draw)| {
        let mut sampled = Sampled {
            analyst,
            n,
            is_current: false,
            decided: 0,
            estimate: None,
            after_rules: None,
            parts: Vec::new(),
            bars: Vec::new(),
            draw: draw.clone(),
        };
        match draw.of.as_str() {
            "mentions" => {
                let (population, sample) = populations.next().expect("one for each draw");
                sampled.is_current = sample.draw.digest == draw.digest;
                let judged = judged(&sample, verdicts);
                sampled.decided = judged.len();
                if sampled.is_current {
                    if let Some((estimate, parts)) = precision(&population, &judged) {
                        (sampled.estimate, sampled.parts) = (Some(estimate), parts);
                    }
                    sampled.bars = bars(&population, &judged);
                    if !rules.is_empty() {
                        let label_of = |judged: &crate::quality::precision::Judged<'_>| {
                            let place = (judged.drawn.field.clone(), judged.drawn.span);
                            ruled.get(&judged.drawn.article)?.get(&place).cloned()
                        };
                        let after: Vec<Option<String>> = judged.iter().map(label_of).collect();
                        sampled.after_rules = precision_after(&population, &judged, &after);
                    }
                }
            }
            "passages" => {
                let ((again, _), found) = drawn.next().expect("one for each draw");
                sampled.is_current = again.digest == draw.digest;
                sampled.decided = found.len();
                sampled.estimate = recall(&found).filter(|_| sampled.is_current);
            }
            // A newer version draws something else.
            _ => {}
        }
        sampled
    });
    let samples = samples.collect();
    let analysts = verdicts.analysts();
    let pairs =
        analysts.iter().enumerate().flat_map(|(i, a)| analysts[i + 1..].iter().map(move |b| [&a.name, &b.name]));
    let agreement = pairs.filter_map(|[a, b]| agreement(verdicts, [a, b])).collect();
    Ok(Quality { expected: all.expected(), samples, agreement })
}
