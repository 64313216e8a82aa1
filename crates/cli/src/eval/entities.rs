//! `--entities`: how mentions are joined against gold entities, given the gold mentions. No model
//! is asked.

use std::collections::BTreeSet;
use std::path::Path;

use dateline::LabelSet;
use dateline::document::{Entity, Mention};
use dateline::eval::{EntityArticle, EntityReport, Joined, read_entities};
use dateline::internals::merge::merge;
use dateline::internals::segment::segment;

use crate::stop::Stop;

pub fn evaluate(gold: &Path, corpora: &Path) -> Result<EntityReport, Stop> {
    let articles = read_entities(gold, corpora)?;
    let names: BTreeSet<&str> =
        articles.iter().flat_map(|article| &article.mentions).map(|(_, label)| label.as_str()).collect();
    let of_name = |name: &str| [format!("B-{name}"), format!("I-{name}")];
    let tags: Vec<String> = std::iter::once("O".to_owned()).chain(names.into_iter().flat_map(of_name)).collect();
    let labels = LabelSet::new(&tags, None)
        .map_err(|error| Stop::usage(format!("{}: the labels of its mentions: {error}", gold.display()), None))?;
    let joined: Vec<Joined> = articles.iter().map(|article| join(article, &labels)).collect();
    Ok(EntityReport::new(&articles, &joined))
}

/// Joins the gold mentions of an article.
fn join(gold: &EntityArticle, labels: &LabelSet) -> Joined {
    let document = segment(gold.article.clone());
    let mention = |(span, label): &(dateline::Span, String)| Mention {
        span: *span,
        label: labels.find(label).expect("the set is made of the labels that occur"),
        score: 1.0,
        raw_score: 1.0,
        sentence: document.sentence(*span).unwrap_or_default(),
        rule: None,
    };
    let mentions: Vec<Mention> = gold.mentions.iter().map(mention).collect();
    let mut joined = Joined { entity_of: vec![0; mentions.len()], because: vec![None; mentions.len()] };
    for (id, entity) in merge(&document, &mentions, labels).iter().enumerate() {
        let Entity { mentions, because, .. } = entity;
        for (&mention, reason) in mentions.iter().zip(because) {
            joined.entity_of[mention] = id;
            joined.because[mention] = reason.map(|reason| reason.name());
        }
    }
    joined
}
