//! Makes one entity of those that have the same words under different labels, where it is the model
//! that wavers and not the text that speaks of two things.
//!
//! An organization and what is neither person, place nor organization are one if their words are:
//! `Douyin` is a company, an app and a platform. Otherwise the label with more evidence takes what
//! has another one, if the model is unsure of all of that. So `Washington` stays a place and a
//! person, if both are plain, and a club is not its town.

use std::collections::HashMap;

use crate::document::{Mention, Reason};
use crate::label::{Kind, Label, LabelSet};
use crate::merge::mention::KeyedMention;
use crate::merge::names::{self, Stops};
use crate::merge::steps;

/// The score from which on a label is believed, whatever label the same words have elsewhere in the
/// article.
const SURE: f32 = 0.9;

/// Mentions that are one entity, in the order of the text.
pub(super) struct Members {
    pub label: Label,
    pub mentions: Vec<usize>,
}

/// An entity under one of its names.
struct Bearer {
    /// Among the entities.
    entity: usize,
    /// Sum of the scores of its mentions with these words.
    evidence: f32,
}

/// Joins `entities` of the same words; `reasons` are those of the mentions.
pub(super) fn join(
    mut entities: Vec<Members>,
    mentions: &[Mention],
    names: &[KeyedMention],
    labels: &LabelSet,
    reasons: &mut [Option<Reason>],
) -> Vec<Members> {
    let mut bearers: HashMap<String, Vec<Bearer>> = HashMap::new();
    let mut words: Vec<String> = Vec::new();
    for (entity, members) in entities.iter().enumerate() {
        for &mention in &members.mentions {
            steps::count();
            let key = names::key(&names::words(names[mention].surface, Stops::Join));
            let bearers = bearers.entry(key.clone()).or_insert_with(|| {
                words.push(key);
                Vec::new()
            });
            // Mentions of an entity follow each other here, so that the last bearer is the one.
            match bearers.last_mut().filter(|bearer| bearer.entity == entity) {
                Some(bearer) => bearer.evidence += mentions[mention].score,
                None => bearers.push(Bearer { entity, evidence: mentions[mention].score }),
            }
        }
    }
    let is_unsure = |members: &Members| members.mentions.iter().all(|&mention| mentions[mention].score < SURE);
    let is_vague = |a: Label, b: Label| {
        let kinds = [labels.kind(a), labels.kind(b)];
        kinds == [Kind::Organization, Kind::Other] || kinds == [Kind::Other, Kind::Organization]
    };
    let mut taken: Vec<Option<usize>> = vec![None; entities.len()];
    for key in &words {
        let mut bearers: Vec<&Bearer> = bearers[key].iter().filter(|bearer| taken[bearer.entity].is_none()).collect();
        bearers.sort_by(|a, b| b.evidence.total_cmp(&a.evidence).then(a.entity.cmp(&b.entity)));
        let Some((main, others)) = bearers.split_first() else { continue };
        for other in others {
            steps::count();
            let (a, b) = (&entities[main.entity], &entities[other.entity]);
            if a.label != b.label && (is_unsure(b) || is_vague(a.label, b.label)) {
                taken[other.entity] = Some(main.entity);
            }
        }
    }
    for entity in (0..entities.len()).filter(|&entity| taken[entity].is_some()) {
        let mut main = entity;
        while let Some(next) = taken[main] {
            main = next;
        }
        let moved = std::mem::take(&mut entities[entity].mentions);
        reasons[moved[0]].get_or_insert(Reason::SameWords);
        entities[main].mentions.extend(moved);
    }
    entities.retain(|members| !members.mentions.is_empty());
    entities.iter_mut().for_each(|members| members.mentions.sort_unstable());
    entities.sort_by_key(|members| members.mentions[0]);
    entities
}
