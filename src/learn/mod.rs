//! Labelled articles and definitions → topics of the user's own.
//!
//! Each topic is a plane in the space of the model's embeddings: fitted on labelled articles, or,
//! where these are few, put where the topic's definition and keywords lie. Scores are calibrated and
//! thresholds chosen by cross-validation inside the articles that are given; nothing here sees
//! others. The same articles give the same file, to the byte.

mod error;
mod fit;
mod judge;
mod labelled;
mod prototype;

use sha2::{Digest, Sha256};

use crate::calibrate::Calibration;
use crate::document::Article;
use crate::model::{CrossValidation, KnownBy, OwnTopic, TopicFit, TopicModel};
use crate::run;
use crate::tagger::Tagger;
use crate::topics::TopicRule;

use fit::{Examples, Plane};
use judge::{Scored, calibration, cross_validated, rounded, thresholds};
use prototype::{BACKGROUND, BAR, planes};

pub use error::LearnError;
pub use labelled::{Definition, Labelled, read_definitions};

/// Articles that a topic needs to be fitted on, and parts of the articles that are left out in turn:
/// there is at least one in each.
pub const LEAST: usize = 5;

/// Learns the topics of `articles`, and those of `definitions`, for the model of `tagger`.
///
/// A topic with [`LEAST`] articles or more is fitted on them, another one is known by its definition
/// and keywords.
///
/// # Errors
/// If an article has no text, a label has too few articles and no definition, or no article is
/// without it.
pub fn learn(
    tagger: &Tagger,
    articles: Vec<Labelled>,
    definitions: &[Definition],
    threads: usize,
) -> Result<TopicModel, LearnError> {
    let topics = topics(&articles, definitions)?;
    let articles = in_order(articles);
    let at: Vec<String> = articles.iter().map(Labelled::at).collect();
    let (articles, labels): (Vec<Article>, Vec<Vec<String>>) =
        articles.into_iter().map(|labelled| (labelled.article, labelled.labels)).unzip();
    let embeddings = embed(tagger, articles, &at, threads)?;

    let (fitted, defined): (Vec<&Topic>, Vec<&Topic>) = topics.iter().partition(|topic| topic.n_articles >= LEAST);
    let fits = fit(&fitted, &embeddings, &labels);
    let texts: Vec<Article> = defined.iter().map(|topic| Article::plain(&*topic.label, topic.text())).collect();
    let names: Vec<String> = defined.iter().map(|topic| topic.label.clone()).collect();
    let prototypes = match texts.len() {
        0 => Vec::new(),
        _ => {
            let background: Vec<Article> = BACKGROUND.lines().map(|line| Article::plain("background", line)).collect();
            let whose = vec!["background".to_owned(); background.len()];
            planes(&embed(tagger, texts, &names, threads)?, &embed(tagger, background, &whose, threads)?)
        }
    };
    let model = tagger.model();
    let code = |topic: &Topic| {
        let same = model.topic_names().into_iter().find(|name| name.label == topic.label);
        topic.code.clone().or(same.map(|name| name.code)).unwrap_or_else(|| format!("own:{}", topic.label))
    };
    let (mut fits_left, mut planes_left) = (fits.into_iter(), prototypes.into_iter());
    let mut f1s = Vec::new();
    let mut own = Vec::new();
    let mut pairs: Scored = Vec::new();
    for topic in &topics {
        let (plane, rule, found) = if topic.n_articles >= LEAST {
            let fit = fits_left.next().expect("there is one for each topic with articles");
            f1s.push(fit.found.f1);
            pairs.extend(fit.scored.iter().map(|&(score, on)| (f64::from(u8::from(score >= fit.threshold)), on)));
            let rule = TopicRule {
                code: code(topic),
                label: topic.label.clone(),
                scale: fit.calibration.scale,
                shift: fit.calibration.shift,
                threshold: fit.threshold,
            };
            (fit.plane, rule, Some(fit.found))
        } else {
            let plane = planes_left.next().expect("there is one for each other topic");
            (plane, TopicRule { shift: -BAR, ..TopicRule::named(code(topic), &topic.label) }, None)
        };
        own.push(OwnTopic {
            rule,
            known_by: if found.is_some() { KnownBy::Articles } else { KnownBy::Definition },
            articles: topic.n_articles,
            cross_validated: found,
            bias: plane.bias as f32,
            weights: plane.direction.iter().map(|&w| w as f32).collect(),
        });
    }
    let together = (!f1s.is_empty()).then(|| CrossValidation {
        folds: LEAST,
        micro_f1: cross_validated(&pairs, 0.5).f1,
        macro_f1: rounded(f1s.iter().sum::<f64>() / f1s.len() as f64),
    });
    Ok(TopicModel::new(model.id(), labels.len(), together, own))
}

/// A topic to learn.
struct Topic {
    label: String,
    code: Option<String>,
    definition: Option<String>,
    n_articles: usize,
}

impl Topic {
    fn text(&self) -> String {
        self.definition.clone().expect("a topic without articles has a definition")
    }
}

/// The topics: those that are defined in their order, then labels by name.
fn topics(articles: &[Labelled], definitions: &[Definition]) -> Result<Vec<Topic>, LearnError> {
    let count = |label: &str| articles.iter().filter(|article| article.labels.iter().any(|l| l == label)).count();
    let defined = definitions.iter().map(|topic| Topic {
        label: topic.label.clone(),
        code: topic.code.clone(),
        definition: topic.text(),
        n_articles: count(&topic.label),
    });
    let mut topics: Vec<Topic> = defined.collect();
    let mut labels: Vec<&String> = articles.iter().flat_map(|article| &article.labels).collect();
    labels.sort_unstable();
    labels.dedup();
    for label in labels {
        if !definitions.iter().any(|topic| topic.label == *label) {
            topics.push(Topic { label: label.clone(), code: None, definition: None, n_articles: count(label) });
        }
    }
    if topics.is_empty() {
        return Err(LearnError::Nothing);
    }
    let few: Vec<&Topic> =
        topics.iter().filter(|topic| topic.n_articles < LEAST && topic.definition.is_none()).collect();
    if let [first, others @ ..] = few.as_slice() {
        let rest = match others.len() {
            0 => String::new(),
            1 => "; another label has too few, too".to_owned(),
            n => format!("; {n} other labels have too few, too"),
        };
        let (label, found) = (first.label.clone(), first.n_articles);
        return Err(LearnError::TooFew { label, found, least: LEAST, rest });
    }
    match topics.iter().find(|topic| topic.n_articles >= LEAST && topic.n_articles == articles.len()) {
        Some(topic) => Err(LearnError::OneLabel { label: topic.label.clone() }),
        None => Ok(topics),
    }
}

/// The articles in the order of the digests of their texts: what is learnt does not depend on how a
/// file is sorted.
fn in_order(mut articles: Vec<Labelled>) -> Vec<Labelled> {
    articles.sort_by_cached_key(|labelled| Sha256::digest(labelled.article.text.as_bytes()));
    articles
}

fn embed(tagger: &Tagger, articles: Vec<Article>, at: &[String], threads: usize) -> Result<Vec<Vec<f32>>, LearnError> {
    let embeddings = run::read_all(articles, tagger.reader(), threads, |_, scores| tagger.embedding(&scores))?;
    for (embedding, at) in embeddings.iter().zip(at) {
        if embedding.is_empty() {
            return Err(LearnError::NoText { at: at.clone() });
        }
        if !embedding.iter().all(|x| x.is_finite()) {
            return Err(LearnError::NotFinite { at: at.clone() });
        }
    }
    Ok(embeddings)
}

/// A topic that was fitted on articles.
struct Fit {
    plane: Plane,
    calibration: Calibration,
    scored: Scored,
    threshold: f64,
    found: TopicFit,
}

fn fit(topics: &[&Topic], embeddings: &[Vec<f32>], labels: &[Vec<String>]) -> Vec<Fit> {
    if topics.is_empty() {
        return Vec::new();
    }
    let examples = Examples::new(embeddings);
    let all: Vec<usize> = (0..embeddings.len()).collect();
    let fits: Vec<_> = topics
        .iter()
        .map(|topic| {
            let on_topic: Vec<bool> = labels.iter().map(|labels| labels.contains(&topic.label)).collect();
            let logits = left_out(&examples, embeddings, &on_topic);
            let calibration = calibration(&logits, &on_topic);
            let score = |&logit: &f64| f64::from(calibration.of_logit(logit as f32));
            let scored: Scored = logits.iter().map(score).zip(on_topic.iter().copied()).collect();
            (examples.fit(&all, &on_topic), calibration, scored)
        })
        .collect();
    let scored: Vec<Scored> = fits.iter().map(|(_, _, scored)| scored.clone()).collect();
    let of_topic = |((plane, calibration, scored), threshold): ((Plane, _, Scored), f64)| {
        let found = cross_validated(&scored, threshold);
        Fit { plane, calibration, scored, threshold, found }
    };
    fits.into_iter().zip(thresholds(&scored)).map(of_topic).collect()
}

/// For each article, its logit from a plane fitted on the parts that it is not in. Each part has its
/// share of the articles on the topic, and of the others.
fn left_out(examples: &Examples, embeddings: &[Vec<f32>], on_topic: &[bool]) -> Vec<f64> {
    let (on, off): (Vec<usize>, Vec<usize>) = (0..embeddings.len()).partition(|&i| on_topic[i]);
    let mut part = vec![0; embeddings.len()];
    for class in [on, off] {
        class.iter().enumerate().for_each(|(nth, &i)| part[i] = nth % LEAST);
    }
    let mut logits = vec![0.0; embeddings.len()];
    for left_out in 0..LEAST {
        let among: Vec<usize> = (0..part.len()).filter(|&i| part[i] != left_out).collect();
        // Where all others are in the part that is left out there is nothing to tell the topic from.
        if among.iter().all(|&i| on_topic[i]) {
            continue;
        }
        let plane = examples.fit(&among, on_topic);
        let in_part = (0..part.len()).filter(|&i| part[i] == left_out);
        in_part.for_each(|i| logits[i] = plane.logit(&embeddings[i]));
    }
    logits
}
