//! The steps composed: articles in, outcomes out.
//!
//! [`Tagger::tag`] is the whole pipeline as one plain function, without threads and without input or output. Its parts are
//! public too, so that a program can show what each step saw: [`Tagger::read`], [`Tagger::score`], [`Tagger::conclude`].

use std::ops::Range;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::decode::Decoder;
use crate::document::{Article, Coverage, Document, Failure, Mention, Outcome, Stamp, TaggedArticle};
use crate::infer::{Batch, Scratch};
use crate::label::Label;
use crate::merge::merge;
use crate::model::Model;
use crate::recipe::TokenTypes;
use crate::segment::segment;
use crate::span::Span;
use crate::tokenize::{Casing, Encoding, Window, windows};

/// Tokens of a batch where nothing speaks for another number: enough for the products to run at full speed, few enough for
/// their results to stay in the cache.
pub const BATCH_TOKENS: usize = 1024;

/// What to keep of what the model finds.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Keep {
    /// Labels to report, by name; empty means all.
    pub labels: Vec<String>,
    /// Mentions that score less are dropped.
    pub min_score: f32,
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

/// A model and everything that is worked out from it once.
pub struct Tagger {
    model: Model,
    decoder: Decoder,
    /// By label index: whether to report it.
    reported: Vec<bool>,
    min_score: f32,
    batch_tokens: usize,
}

/// An article as the model will see it.
pub struct Reading {
    /// Zones and sentences.
    pub document: Document,
    /// Tokens.
    pub encoding: Encoding,
    /// The first token of every word.
    pub words: Vec<usize>,
    /// What is read at once.
    pub windows: Vec<Window>,
}

/// Logits of a document's words, `(words, tags)`, row by row.
pub struct Scores(pub Vec<f32>);

impl Tagger {
    /// Prepares `model` to report what `keep` says, in batches of about `batch_tokens` tokens.
    ///
    /// # Errors
    /// If a label in `keep` is not one of the model's.
    pub fn new(model: Model, keep: &Keep, batch_tokens: usize) -> Result<Self, UnknownLabel> {
        let mut reported = vec![keep.labels.is_empty(); model.labels.names().len()];
        for wanted in &keep.labels {
            let label = model
                .labels
                .find(wanted)
                .ok_or_else(|| UnknownLabel { wanted: wanted.clone(), known: model.labels.names().join(", ") })?;
            reported[label.index()] = true;
        }
        let decoder = Decoder::new(&model.labels);
        Ok(Self { model, decoder, reported, min_score: keep.min_score, batch_tokens })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What records say of how they were made: the model, and a digest of every choice that changes what is found.
    pub fn stamp(&self) -> Stamp {
        let reported: Vec<&str> = self
            .model
            .labels
            .labels()
            .filter(|l| self.reported[l.index()])
            .map(|l| self.model.labels.name(l))
            .collect();
        let choices = serde_json::json!({
            "model": self.model.recipe,
            "max_tokens": self.model.limit.max_tokens,
            "stride": self.model.limit.stride,
            "labels": reported,
            "min_score": self.min_score,
        });
        let digest = Sha256::digest(choices.to_string());
        let recipe = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Stamp { version: env!("CARGO_PKG_VERSION"), model: self.model.id.clone(), recipe }
    }

    /// Tags `articles`; outcome `i` is of article `i`, and depends on nothing else.
    pub fn tag(&self, articles: Vec<Article>, scratch: &mut Scratch) -> Vec<Outcome> {
        let readings: Vec<Reading> = articles.into_iter().map(|article| self.read(article)).collect();
        let scores = self.score(&readings, scratch);
        readings.into_iter().zip(scores).map(|(reading, scores)| self.conclude(reading, &scores)).collect()
    }

    /// Segments and tokenizes one article and cuts it into windows.
    pub fn read(&self, article: Article) -> Reading {
        let document = segment(article);
        let encoding = self.model.tokenizer.encode(document.text(), &document.sentences);
        let words = (0..encoding.len()).filter(|&token| encoding.begins_word[token]).collect();
        let windows = windows(&encoding, self.model.limit);
        Reading { document, encoding, words, windows }
    }

    /// Runs the model over all windows of all readings.
    ///
    /// Windows of similar length go into one batch, since a batch is done when its longest window is; the scores do not
    /// depend on it.
    pub fn score(&self, readings: &[Reading], scratch: &mut Scratch) -> Vec<Scores> {
        let n_tags = self.model.labels.tags().len();
        let mut scores: Vec<Scores> =
            readings.iter().map(|reading| Scores(vec![0.0; reading.words.len() * n_tags])).collect();
        let mut todo: Vec<(usize, &Window)> =
            readings.iter().enumerate().flat_map(|(i, r)| r.windows.iter().map(move |window| (i, window))).collect();
        todo.sort_by_key(|(_, window)| window.tokens.len());
        let mut batch = Batch::new();
        let mut in_batch: Vec<(usize, &Window)> = Vec::new();
        let n_prefix = self.model.tokenizer.prefix().len();
        let mut todo = todo.into_iter().peekable();
        while let Some((reading, window)) = todo.next() {
            self.push(&readings[reading].encoding, window.tokens.clone(), &mut batch);
            in_batch.push((reading, window));
            let fits = |next: &Window| batch.len() + next.tokens.len() <= self.batch_tokens;
            if todo.peek().is_some_and(|(_, next)| fits(next)) {
                continue;
            }
            let logits = self.model.backend.infer(&batch, scratch);
            for ((reading, window), rows) in in_batch.drain(..).zip(batch.windows()) {
                let words = &readings[reading].words;
                let first = words.partition_point(|&token| token < window.decides.start);
                let last = words.partition_point(|&token| token < window.decides.end);
                let of_words = scores[reading].0[first * n_tags..last * n_tags].chunks_mut(n_tags);
                for (of_word, token) in of_words.zip(&words[first..last]) {
                    let row = rows.start + n_prefix + token - window.tokens.start;
                    of_word.copy_from_slice(&logits[row * n_tags..][..n_tags]);
                }
            }
            batch.clear();
        }
        scores
    }

    /// Decodes the scores of one document into mentions, and merges these into entities.
    pub fn conclude(&self, reading: Reading, scores: &Scores) -> Outcome {
        let Reading { mut document, encoding, words, windows } = reading;
        if scores.0.iter().any(|logit| !logit.is_finite()) {
            let article = document.article;
            return Outcome::Failed(Box::new(Failure {
                message: format!("{}: the model's scores are not finite numbers", article.origin.source),
                code: "model_nonfinite",
                raw: article.form.into_raw(article.text),
                origin: article.origin,
            }));
        }
        let mentions = self.mentions(&document, &encoding, &words, &scores.0);
        let entities = merge(&document, &mentions, &self.model.labels);
        let text = document.text();
        let count = |span: Span| span.of(text).chars().count();
        let chars = document.article.fields.iter().map(|field| count(field.span)).sum();
        let unread: usize = encoding.unread.iter().map(|&span| count(span.trimmed(text))).sum();
        if unread > 0 {
            document.article.warnings.push("partly_unread".to_owned());
        }
        let coverage = Coverage { chars, read: chars - unread, windows: windows.len() };
        Outcome::Tagged(Box::new(TaggedArticle { document, mentions, entities, coverage }))
    }

    fn mentions(&self, document: &Document, encoding: &Encoding, words: &[usize], logits: &[f32]) -> Vec<Mention> {
        let n_tags = self.model.labels.tags().len();
        let text = document.text();
        let mut mentions: Vec<Mention> = Vec::new();
        let mut taken_to = 0;
        let mut first = 0;
        for (sentence, tokens) in encoding.sentences.windows(2).enumerate() {
            let n_words = words[first..].partition_point(|&token| token < tokens[1]);
            let rows = &logits[first * n_tags..][..n_words * n_tags];
            for name in self.decoder.decode(rows) {
                let last_token = words.get(first + name.last + 1).map_or(encoding.len(), |&next| next) - 1;
                let (from, to) = (encoding.spans[words[first + name.first]], encoding.spans[last_token]);
                let words = Span::snapped_outward(text, from.start(), to.end().max(from.end())).trimmed(text);
                // Byte-level tokenizers have tokens for white space, also for that before the sentence: no name is in them.
                if words.is_empty() {
                    continue;
                }
                let span = on_graphemes(text, document.sentences[sentence], words);
                // Widening may make neighbours overlap; the first keeps its place, reported or not.
                let taken = span.start() < taken_to;
                taken_to = taken_to.max(span.end());
                if !taken && self.reports(name.label, name.score) {
                    mentions.push(Mention { span, label: name.label, score: name.score, sentence });
                }
            }
            first += n_words;
        }
        mentions
    }

    fn reports(&self, label: Label, score: f32) -> bool {
        self.reported[label.index()] && score >= self.min_score
    }

    fn push(&self, encoding: &Encoding, tokens: Range<usize>, batch: &mut Batch) {
        let special = |id: &u32| (*id, 0);
        let token_type = |casing: Casing| match self.model.recipe.token_types {
            TokenTypes::Zero => 0,
            TokenTypes::Casing => casing as u8,
        };
        let inner = tokens.map(|token| (encoding.ids[token], token_type(encoding.casing[token])));
        let prefix = self.model.tokenizer.prefix().iter().map(special);
        let suffix = self.model.tokenizer.suffix().iter().map(special);
        batch.push(prefix.chain(inner).chain(suffix));
    }
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
