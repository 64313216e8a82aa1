//! All that is known of a run's quality, by reading its records.

use std::collections::HashSet;

use crate::quality::agreement::agreement;
use crate::quality::bars::bars;
use crate::quality::passages::{Passage, Passages, Recall, recall};
use crate::quality::population::Population;
use crate::quality::precision::{judged, precision};
use crate::quality::report::{Quality, Sampled};
use crate::verdicts::{Opened, SampleDraw, Verdicts};

/// Measures the run whose records `read` hands, one after another, to the function that it is given;
/// it is called twice if passages were drawn. Samples are drawn again as the log says, so that the
/// log need not list them.
///
/// # Errors
/// What `read` returns.
pub fn measure<E>(
    verdicts: &Verdicts,
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
    let mut found: Vec<Vec<Recall>> = vec![Vec::new(); drawn.len()];
    if !drawn.is_empty() {
        let mut seen = HashSet::new();
        read(&mut |opened| {
            if !seen.insert(opened.key) {
                return;
            }
            for ((_, passages), found) in drawn.iter().zip(&mut found) {
                let here = passages.iter().filter(|passage| passage.article == opened.key);
                found.extend(here.filter_map(|passage| Recall::of(passage, opened, verdicts)));
            }
        })?;
    }

    let (mut populations, mut drawn) = (populations.into_iter(), drawn.into_iter().zip(found));
    let samples = samples.into_iter().map(|(analyst, n, draw)| {
        let mut sampled = Sampled {
            analyst,
            n,
            is_current: false,
            decided: 0,
            estimate: None,
            parts: Vec::new(),
            bars: Vec::new(),
            draw: draw.clone(),
        };
        match draw.of.as_str() {
            "mentions" => {
                let population = populations.next().expect("one for each draw");
                let sample = population.draw(draw.size);
                sampled.is_current = sample.draw.digest == draw.digest;
                let judged = judged(&sample, verdicts);
                sampled.decided = judged.len();
                if sampled.is_current {
                    if let Some((estimate, parts)) = precision(&population, &judged) {
                        (sampled.estimate, sampled.parts) = (Some(estimate), parts);
                    }
                    sampled.bars = bars(&population, &judged);
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
