//! `--topics`: topics given against topics annotated.

use std::path::PathBuf;

use dateline::document::{Article, Topic};
use dateline::eval::{TopicArticle, TopicPrediction, TopicReport, read_topics};
use dateline::model::Model;
use dateline::run;
use dateline::tagger::{Scores, Tagger};

use crate::stop::Stop;

pub fn read(paths: &[PathBuf], model: &Model) -> Result<Vec<TopicArticle>, Stop> {
    if !paths.is_empty() && !model.has_topics() {
        return Err(Stop::usage(
            format!("--topics: {} has no topic head", model.id().split('@').next().unwrap_or_default()),
            Some("name a model that gives topics with --model DIR".to_owned()),
        ));
    }
    let names = model.topic_names();
    let mut articles = Vec::new();
    for path in paths {
        articles.extend(read_topics(path, &names)?);
    }
    Ok(articles)
}

/// The report, and what was predicted for each article.
pub fn evaluate(
    gold: &[TopicArticle],
    tagger: &Tagger,
    threads: usize,
) -> Result<(TopicReport, Vec<TopicPrediction>), Stop> {
    let predict = |scores: &Scores| {
        let topics = tagger.topics(scores);
        let rules = &tagger.model().recipe().topics;
        let positions = |topics: &[Topic]| topics.iter().map(|topic| topic.topic).collect();
        TopicPrediction {
            scores: rules.iter().zip(&topics.logits).map(|(rule, &logit)| rule.score(logit)).collect(),
            given: positions(&topics.given),
            taken: positions(&topics.taken),
            logits: topics.logits,
        }
    };
    let articles = gold.iter().map(article).collect();
    let predictions = run::read_all(articles, tagger.reader(), threads, |_, scores| predict(&scores))?;
    for (article, prediction) in gold.iter().zip(&predictions) {
        if prediction.logits.iter().any(|logit| !logit.is_finite()) {
            return Err(Stop::usage(format!("{}: the model's scores are not finite numbers", article.id), None));
        }
    }
    let topics: Vec<Vec<usize>> = gold.iter().map(|article| article.gold.clone()).collect();
    Ok((TopicReport::new(&topics, &predictions, &tagger.model().topic_names()), predictions))
}

/// As `dateline tag` reads a record with a title: the headline, a blank line, the text.
fn article(gold: &TopicArticle) -> Article {
    let titled = !gold.title.trim().is_empty();
    let title = [("title", gold.title.as_str())].into_iter().filter(|_| titled);
    Article::of_fields(&gold.id, title.chain([("text", gold.text.as_str())]))
}
