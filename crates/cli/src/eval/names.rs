//! `--gold`: names found against names annotated.

use std::path::PathBuf;

use dateline::document::{Article, Field, Mention, Outcome};
use dateline::eval::{Gold, GoldError, MentionCounts, MentionReport, ScoredMention, read_gold};
use dateline::internals::span::Span;
use dateline::run;
use dateline::tagger::Tagger;

use crate::stop::Stop;

pub fn read(paths: &[PathBuf]) -> Result<Vec<Gold>, GoldError> {
    paths.iter().map(|path| read_gold(path)).collect()
}

/// The report, and every mention found.
pub fn evaluate(
    golds: &[Gold],
    labels: Option<&[String]>,
    tagger: &Tagger,
    threads: usize,
) -> Result<(MentionReport, Vec<ScoredMention>), Stop> {
    let mut counts: Vec<Vec<MentionCounts>> = Vec::new();
    let mut scored: Vec<ScoredMention> = Vec::new();
    for gold in golds {
        let article =
            |gold: &dateline::eval::GoldDocument| article(&gold.id, gold.text().to_owned(), gold.fields().to_vec());
        let outcomes = run::tag_all(gold.documents.iter().map(article).collect(), tagger, threads)?;
        for (document, outcome) in gold.documents.iter().zip(outcomes) {
            let mentions = mentions(outcome)?;
            let name = |mention: &Mention| tagger.model().labels().name(mention.label);
            let predicted: Vec<(Span, &str)> = mentions.iter().map(|mention| (mention.span, name(mention))).collect();
            counts.push(document.score_against(&predicted, labels));
            let are_correct = document.are_correct(&predicted);
            scored.extend(mentions.iter().zip(are_correct).map(|(mention, correct)| ScoredMention {
                label: name(mention).to_owned(),
                raw: mention.raw_score,
                score: mention.score,
                correct,
            }));
        }
    }
    Ok((MentionReport::new(golds, &counts, labels), scored))
}

fn mentions(outcome: Outcome) -> Result<Vec<Mention>, Stop> {
    match outcome {
        Outcome::Failed(failure) => Err((*failure).into()),
        Outcome::Tagged(tagged) => Ok(tagged.mentions),
    }
}

/// An article that is no file's: from gold.
fn article(id: &str, text: String, fields: Vec<(String, Span)>) -> Article {
    let fields = fields.into_iter().map(|(name, span)| {
        let headline = matches!(name.as_str(), "title" | "headline");
        Field { name, span, headline }
    });
    Article { text, fields: fields.collect(), ..Article::plain(id, "") }
}
