//! The steps composed: articles in, outcomes out.
//!
//! [`Tagger::tag`] is the whole pipeline as one plain function, without threads and without input
//! or output. Its parts are public too, so that a program can show what each step saw:
//! [`Tagger::read`], [`Tagger::score`], [`Tagger::conclude`].

mod reader;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::agree::{Words, agree};
use crate::calibrate::Calibration;
use crate::decode::{DecodedMention, Decoder};
use crate::digest::hex;
use crate::document::{Article, Coverage, Document, FailureCode, Mention, Origin, Outcome, Stamp, TaggedArticle};
use crate::error::UserError;
use crate::infer::{Precision, Scratch};
use crate::kernels::Kernels;
use crate::label::{Label, LabelSet};
use crate::language;
use crate::merge::merge;
use crate::model::{Model, ModelError};
use crate::record::RecordWriter;
use crate::rules::RuleSet;
use crate::span::Span;
use crate::tokenize::Encoding;
use crate::topics;

pub use crate::topics::TopicScores;
pub use reader::{EncodedArticle, Reader, Scores};

/// Tokens of a batch where nothing speaks for another number: enough for the products to run at
/// full speed, few enough for their results to stay in the cache.
pub const BATCH_TOKENS: usize = 1024;

/// What to keep of what the model finds.
#[derive(Clone, PartialEq, Debug)]
pub struct TagOptions {
    /// Labels to report, by name; empty means all.
    pub labels: Vec<String>,
    /// Mentions whose score, 0 to 1, is less are dropped; `None` for the bar in the model's recipe.
    pub min_score: Option<f32>,
    /// Topics of an article at most; with 0 topics are not computed.
    pub max_topics: usize,
    /// The lowest score, 0 to 1, at which a topic is listed; `None` for the threshold of each topic
    /// in the model's recipe.
    pub min_topic_score: Option<f32>,
    /// Whether to add each article's embedding, a vector of length 1.
    pub embedding: bool,
}

/// Topics of an article at most, where nothing else is asked for.
pub const MAX_TOPICS: usize = 3;

impl Default for TagOptions {
    fn default() -> Self {
        Self { labels: Vec::new(), min_score: None, max_topics: MAX_TOPICS, min_topic_score: None, embedding: false }
    }
}

/// A label was asked for that the model does not give.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("unknown label {wanted:?}: the model's labels are {known}")]
pub struct UnknownLabel {
    /// What was asked for.
    pub wanted: String,
    /// What there is.
    pub known: String,
}

impl UserError for UnknownLabel {}

/// A model and everything that is worked out from it once. A clone shares the model.
#[derive(Clone)]
pub struct Tagger {
    model: Arc<Model>,
    decoder: Arc<Decoder>,
    /// By label index: whether to report it.
    reported: Vec<bool>,
    /// By label index: the recipe's correction of scores.
    confidence: Vec<Option<Calibration>>,
    min_score: f32,
    max_topics: usize,
    min_topic_score: Option<f32>,
    embedding: bool,
    batch_tokens: usize,
    /// The model's labels, and behind them those that only rules give.
    labels: Arc<LabelSet>,
    rules: Arc<RuleSet>,
}

impl Tagger {
    /// Prepares `model` to report what `keep` says, in batches of about `batch_tokens` tokens.
    ///
    /// # Errors
    /// If a label in `keep` is not one of the model's.
    pub fn new(model: Model, keep: &TagOptions, batch_tokens: usize) -> Result<Self, UnknownLabel> {
        let mut reported = vec![keep.labels.is_empty(); model.labels().names().len()];
        for wanted in &keep.labels {
            let label = model
                .labels()
                .find(wanted)
                .ok_or_else(|| UnknownLabel { wanted: wanted.clone(), known: model.labels().names().join(", ") })?;
            reported[label.index()] = true;
        }
        let decoder = Decoder::new(model.labels());
        let confidence =
            model.labels().names().iter().map(|name| model.recipe().confidence.get(name).copied()).collect();
        let min_score = keep.min_score.unwrap_or(model.recipe().min_score as f32);
        let &TagOptions { max_topics, min_topic_score, embedding, .. } = keep;
        let labels = Arc::new(model.labels().clone());
        Ok(Self {
            model: Arc::new(model),
            decoder: Arc::new(decoder),
            reported,
            confidence,
            min_score,
            max_topics,
            min_topic_score,
            embedding,
            batch_tokens,
            labels,
            rules: Arc::default(),
        })
    }

    /// The same, with what it finds corrected by `rules`. They may give labels that the model does
    /// not have, and hold whatever labels are reported of the model.
    pub fn with_rules(self, rules: RuleSet) -> Self {
        let labels = Arc::new(self.model.labels().with(&rules.labels()));
        Self { labels, rules: Arc::new(rules), ..self }
    }

    /// The labels that mentions can have: the model's, and behind them those that only rules give.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// The rules by which what is found is corrected.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The model inside this library, with [`TagOptions::default`], on the fastest kernels that
    /// this CPU has.
    ///
    /// # Errors
    /// [`ModelError::NotEmbedded`] in a build without the feature `embedded-model`;
    /// [`ModelError::Corrupt`] if the library is damaged.
    pub fn built_in() -> Result<Self, ModelError> {
        let model = Model::embedded(Kernels::best(), None)?;
        Ok(Self::new(model, &TagOptions::default(), BATCH_TOKENS).expect("no label was asked for"))
    }

    /// Tokens of a batch, about.
    pub fn batch_tokens(&self) -> usize {
        self.batch_tokens
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The score that a mention has at least.
    pub fn min_score(&self) -> f32 {
        self.min_score
    }

    /// What records say of how they were made: the model, and a digest of every choice that changes
    /// what is found.
    pub fn stamp(&self) -> Stamp {
        let reported: Vec<&str> = self
            .model
            .labels()
            .labels()
            .filter(|l| self.reported[l.index()])
            .map(|l| self.model.labels().name(l))
            .collect();
        let mut choices = serde_json::json!({
            "model": self.model.recipe(),
            "max_tokens": self.model.limit().max_tokens,
            "stride": self.model.limit().stride,
            "labels": reported,
            "min_score": self.min_score,
        });
        // What a model cannot give, or nobody asked for, is no choice.
        if self.model.has_topics() {
            choices["topics"] = self.max_topics.into();
            choices["min_topic_score"] = self.min_topic_score.into();
        }
        if self.embedding {
            choices["embedding"] = true.into();
        }
        if self.model.precision() != Precision::F32 {
            choices["precision"] = self.model.precision().name().into();
        }
        if !self.rules.is_empty() {
            choices["rules"] = self.rules.digest().into();
        }
        let digest = Sha256::digest(choices.to_string());
        let recipe = hex(&digest[..8]);
        Stamp { version: env!("CARGO_PKG_VERSION"), model: self.model.id().to_owned(), recipe }
    }

    /// Tags `articles`; outcome `i` is of article `i`, and depends on nothing else.
    pub fn tag(&self, articles: Vec<Article>, scratch: &mut Scratch) -> Vec<Outcome> {
        let readings: Vec<EncodedArticle> = articles.into_iter().map(|article| self.read(article)).collect();
        let scores = self.score(&readings, scratch);
        readings.into_iter().zip(scores).map(|(reading, scores)| self.conclude(reading, &scores)).collect()
    }

    /// What reads articles for it.
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            tokenizer: self.model.tokenizer(),
            token_types: self.model.recipe().token_types,
            limit: self.model.limit(),
            backend: self.model.backend(),
            n_tags: self.model.labels().tags().len(),
            batch_tokens: self.batch_tokens,
        }
    }

    /// Segments and tokenizes one article and cuts it into windows.
    pub fn read(&self, article: Article) -> EncodedArticle {
        self.reader().read(article)
    }

    /// Runs the model over all windows of all readings: see [`Reader::score`].
    pub fn score(&self, readings: &[EncodedArticle], scratch: &mut Scratch) -> Vec<Scores> {
        let mut scores = self.reader().score(readings, scratch);
        if let Some(zero_shot) = self.model.zero_shot().filter(|_| self.max_topics > 0) {
            let documents: Vec<&Document> = readings.iter().map(|reading| &reading.document).collect();
            for (scores, logits) in scores.iter_mut().zip(zero_shot.logits(&documents)) {
                scores.topics = logits;
            }
        }
        scores
    }

    /// The model's logits for its topics, and for the class of text that is no article; none if it has no topic head, or read nothing. They are
    /// read from the article's embedding as it stands in a record, so that who has kept that can
    /// ask for topics again.
    pub fn topic_logits(&self, scores: &Scores) -> Vec<f32> {
        if scores.pooled.is_empty() {
            return Vec::new();
        }
        match (self.model.topic_head(), self.model.own_topics()) {
            (Some(head), _) => head.logits(&self.embedding(scores)),
            (None, Some(own)) => own.logits(&self.embedding(scores)),
            (None, None) => scores.topics.clone(),
        }
    }

    /// The article's embedding, as it stands in a record: the pooled vector, through the model's
    /// matrix if it has one, at length 1. Empty if the model read nothing.
    pub fn embedding(&self, scores: &Scores) -> Vec<f32> {
        match self.model.projection().filter(|_| !scores.pooled.is_empty()) {
            Some(projection) => unit(&projection.apply(&scores.pooled)),
            None => unit(&scores.pooled),
        }
    }

    /// What the model says of the topics of an article, and which of them to report.
    pub fn topics(&self, scores: &Scores) -> TopicScores {
        let recipe = self.model.recipe();
        topics::score(
            self.topic_logits(scores),
            &recipe.topics,
            recipe.no_article,
            self.min_topic_score,
            self.max_topics,
        )
    }

    /// Whether articles get topics: the model knows some, and some are wanted.
    pub fn gives_topics(&self) -> bool {
        self.model.has_topics() && self.max_topics > 0
    }

    /// Decodes the scores of one document into mentions, merges these into entities, and chooses
    /// topics.
    pub fn conclude(&self, reading: EncodedArticle, scores: &Scores) -> Outcome {
        let EncodedArticle { mut document, encoding, words, windows, .. } = reading;
        if scores.logits.iter().chain(&scores.pooled).any(|logit| !logit.is_finite()) {
            let article = document.article;
            let Origin { source, line, .. } = &article.origin;
            let message = format!("{source}:{line}: the model's scores are not finite numbers");
            return Outcome::Failed(Box::new(article.failed(FailureCode::ModelNonfinite, message)));
        }
        let mentions = self.mentions(&document, &encoding, &words, &scores.logits);
        let (mentions, entities) = if self.rules.is_empty() {
            let entities = merge(&document, &mentions, &self.labels);
            (mentions, entities)
        } else {
            let corrected = self.rules.correct(&document, &mentions, &self.labels).mentions;
            let mentions: Vec<Mention> = corrected.into_iter().map(|found| found.mention).collect();
            let entities = self.rules.regroup(&document, &mentions, &self.labels);
            (mentions, entities)
        };
        let text = document.text();
        let count = |span: Span| span.of(text).chars().count();
        // Characters are those that the user gave, as offsets are.
        let chars: usize = match &document.article.given {
            Some(given) => given.fields.iter().map(|field| field.of(&given.text).chars().count()).sum(),
            None => document.article.fields.iter().map(|field| count(field.span)).sum(),
        };
        let unread: usize = encoding.unread.iter().map(|&span| count(span.trimmed(text))).sum();
        if unread > 0 {
            document.article.warnings.push("partly_unread".to_owned());
        }
        let known = &self.model.recipe().languages;
        if !known.is_empty()
            && let Some(code) = language::other_than(known, document.text())
        {
            document.article.warnings.push(format!("language:{code}"));
        }
        let coverage = Coverage { chars, read: chars - unread, windows: windows.len() };
        let topics = self.gives_topics().then(|| self.topics(scores).given);
        let embedding = self.embedding.then(|| self.embedding(scores));
        let tagged = TaggedArticle { document, mentions, entities, topics, embedding, coverage };
        Outcome::Tagged(Box::new(tagged.told_in_given()))
    }

    fn mentions(&self, document: &Document, encoding: &Encoding, words: &[usize], logits: &[f32]) -> Vec<Mention> {
        let mut names = self.names(encoding, words, logits);
        let labels = self.model.labels();
        let starts = words;
        let words = Words::new(encoding, starts);
        agree(&mut names, words, labels, self.model.recipe().agreement);
        let text = document.text();
        let mut mentions: Vec<Mention> = Vec::new();
        let mut taken_to = 0;
        for DecodedMention { first, last, label, score: raw_score, .. } in names {
            let (from, to) = (encoding.spans[starts[first]], encoding.spans[words.end(last) - 1]);
            let span = Span::snapped_outward(text, from.start(), to.end().max(from.end())).trimmed(text);
            // Byte-level tokenizers have tokens for white space, also for that before the sentence:
            // no name is in them.
            if span.is_empty() {
                continue;
            }
            let sentence = words.sentence(first);
            let span = on_graphemes(text, document.sentences[sentence], span);
            // Widening may make neighbours overlap; the first keeps its place, reported or not.
            let taken = span.start() < taken_to;
            taken_to = taken_to.max(span.end());
            let score = self.confidence[label.index()].map_or(raw_score, |c| c.of_probability(raw_score));
            if !taken && self.reports(label, score) {
                mentions.push(Mention { span, label, score, raw_score, sentence, rule: None });
            }
        }
        mentions
    }

    /// What each sentence decodes to, counted in words of the document.
    fn names(&self, encoding: &Encoding, words: &[usize], logits: &[f32]) -> Vec<DecodedMention> {
        let n_tags = self.model.labels().tags().len();
        let mut names = Vec::new();
        let mut first = 0;
        for &end in encoding.sentences.iter().skip(1) {
            let n_words = words[first..].partition_point(|&token| token < end);
            let of_sentence = self.decoder.decode(&logits[first * n_tags..][..n_words * n_tags]);
            names.extend(of_sentence.into_iter().map(|name| DecodedMention {
                first: first + name.first,
                last: first + name.last,
                ..name
            }));
            first += n_words;
        }
        names
    }

    fn reports(&self, label: Label, score: f32) -> bool {
        self.reported[label.index()] && score >= self.min_score
    }
}

impl RecordWriter {
    /// Writes what `tagger` finds: with its labels, topics and stamp, offsets in code points alone,
    /// and the added keys beside the article's own.
    pub fn of(tagger: &Tagger) -> Self {
        let model = tagger.model();
        Self {
            labels: tagger.labels().clone(),
            topics: model.topic_names(),
            all_offsets: false,
            compact: false,
            under: None,
            tagger: tagger.stamp(),
            by_rule: tagger.rules().rules().iter().map(|rule| format!("rule:{}", rule.id)).collect(),
        }
    }
}

/// `pooled` at length 1, so that a scalar product of two is their cosine. Six significant digits
/// are kept: more would only fill disks.
fn unit(pooled: &[f32]) -> Vec<f32> {
    let length = pooled.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    let shortened = |x: f64| format!("{x:.5e}").parse().expect("a number was written");
    pooled.iter().map(|&x| if length > 0.0 { shortened(f64::from(x) / length) } else { 0.0 }).collect()
}

/// Widens `span` so that it cuts no user-perceived character of the sentence it stands in.
fn on_graphemes(text: &str, sentence: Span, span: Span) -> Span {
    use unicode_segmentation::GraphemeCursor;
    // Plain letters on both sides of both ends: nothing to widen, and nearly always so.
    let plain = |at: usize| {
        let bytes = text.as_bytes();
        let is_ascii = |i: usize| bytes.get(i).is_none_or(u8::is_ascii);
        is_ascii(at.wrapping_sub(1)) && is_ascii(at)
    };
    if plain(span.start()) && plain(span.end()) {
        return span;
    }
    let sentence_text = sentence.of(text);
    let is_boundary = |at: usize| {
        let mut cursor = GraphemeCursor::new(at - sentence.start(), sentence_text.len(), true);
        cursor.is_boundary(sentence_text, 0).unwrap_or(true)
    };
    let (mut start, mut end) = (span.start(), span.end());
    while start > sentence.start() && !(text.is_char_boundary(start) && is_boundary(start)) {
        start -= 1;
    }
    while end < sentence.end() && !(text.is_char_boundary(end) && is_boundary(end)) {
        end += 1;
    }
    Span::snapped_outward(text, start, end)
}
