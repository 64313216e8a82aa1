//! From an article to the numbers that a model has for it: segment, tokenize, windows, batches, one
//! pass of the encoder.

use crate::document::{Article, Document, Zone};
use crate::infer::{Backend, Batch, Input, Scratch};
use crate::recipe::TokenTypes;
use crate::segment::segment;
use crate::tokenize::{Casing, Encoding, Limit, Tokenizer, Window, windows};

/// What reads articles: a tokenizer, an encoder with or without a head for names, and how to use
/// them.
#[derive(Clone, Copy)]
pub struct Reader<'m> {
    /// The tokenizer.
    pub tokenizer: &'m Tokenizer,
    /// What the token types tell the encoder.
    pub token_types: TokenTypes,
    /// How long its windows are.
    pub limit: Limit,
    /// The encoder.
    pub backend: &'m dyn Backend,
    /// Columns of its logits; 0 if there is no head.
    pub n_tags: usize,
    /// Tokens in a batch, about.
    pub batch_tokens: usize,
}

/// An article as the model will see it.
pub struct EncodedArticle {
    /// Zones and sentences.
    pub document: Document,
    /// Tokens.
    pub encoding: Encoding,
    /// The first token of every word.
    pub words: Vec<usize>,
    /// What is read at once.
    pub windows: Vec<Window>,
    /// By token: whether it counts in the pooled vector. Author boxes, pleas for a newsletter and
    /// bylines do not say what an article is about; only where there is nothing else do they count.
    pub pooled: Vec<bool>,
}

/// What the model says of a document.
pub struct Scores {
    /// Logits of its words, `(words, tags)`, row by row.
    pub logits: Vec<f32>,
    /// The pooled vector, (D,): the mean of the last hidden states, or of those after the layer that
    /// the recipe names, over all windows, special tokens and the tokens that count. A token in the overlap of two windows counts twice. Empty if the
    /// model read nothing.
    pub pooled: Vec<f32>,
    /// Logits of topics that are not told from the pooled vector, one a topic; normally none.
    pub topics: Vec<f32>,
}

impl Reader<'_> {
    /// Segments and tokenizes one article and cuts it into windows.
    pub fn read(&self, article: Article) -> EncodedArticle {
        let document = segment(article);
        let encoding = self.tokenizer.encode(document.text(), &document.sentences);
        let words = (0..encoding.len()).filter(|&token| encoding.begins_word[token]).collect();
        let windows = windows(&encoding, self.limit);
        let pooled = pooled(&document, &encoding);
        EncodedArticle { document, encoding, words, windows, pooled }
    }

    /// Runs the model over all windows of all readings.
    ///
    /// Windows of similar length go into one batch, since a batch is done when its longest window
    /// is; the scores do not depend on it: a word's logits come from one window, and windows' sums
    /// are added in the order of the document.
    pub fn score(&self, readings: &[EncodedArticle], scratch: &mut Scratch) -> Vec<Scores> {
        let (n_tags, d) = (self.n_tags, self.backend.hidden_size());
        let mut logits: Vec<Vec<f32>> =
            readings.iter().map(|reading| vec![0.0; reading.words.len() * n_tags]).collect();
        let mut sums: Vec<Vec<f32>> = readings.iter().map(|reading| vec![0.0; reading.windows.len() * d]).collect();
        let of_reading =
            |(i, reading): (usize, &EncodedArticle)| (0..reading.windows.len()).map(move |window| (i, window));
        let mut todo: Vec<(usize, usize)> = readings.iter().enumerate().flat_map(of_reading).collect();
        let window = |&(reading, window): &(usize, usize)| -> &Window { &readings[reading].windows[window] };
        todo.sort_by_key(|at| window(at).tokens.len());
        let mut batch = Batch::new();
        let mut in_batch: Vec<(usize, usize)> = Vec::new();
        let n_prefix = self.tokenizer.prefix().len();
        let mut todo = todo.into_iter().peekable();
        while let Some(at) = todo.next() {
            self.push(&readings[at.0], window(&at), &mut batch);
            in_batch.push(at);
            if todo.peek().is_some_and(|next| batch.len() + window(next).tokens.len() <= self.batch_tokens) {
                continue;
            }
            let output = self.backend.infer(&batch, scratch);
            for ((at, rows), sum) in in_batch.drain(..).zip(batch.windows()).zip(output.sums.chunks(d)) {
                let (reading, window) = (at.0, window(&at));
                sums[reading][at.1 * d..][..d].copy_from_slice(sum);
                let words = &readings[reading].words;
                let first = words.partition_point(|&token| token < window.decides.start);
                let last = words.partition_point(|&token| token < window.decides.end);
                for (word, token) in (first..last).zip(&words[first..last]) {
                    let row = rows.start + n_prefix + token - window.tokens.start;
                    logits[reading][word * n_tags..][..n_tags]
                        .copy_from_slice(&output.logits[row * n_tags..][..n_tags]);
                }
            }
            batch.clear();
        }
        let mean = |(reading, sums): (&EncodedArticle, Vec<f32>)| self.mean(reading, &sums);
        let pooled = readings.iter().zip(sums).map(mean);
        logits.into_iter().zip(pooled).map(|(logits, pooled)| Scores { logits, pooled, topics: Vec::new() }).collect()
    }

    /// The windows' sums (W, D), added up and divided by the number of rows in them.
    fn mean(&self, reading: &EncodedArticle, sums: &[f32]) -> Vec<f32> {
        let mut sums = sums.chunks(self.backend.hidden_size());
        let Some(first) = sums.next() else { return Vec::new() };
        let mut mean = first.to_vec();
        for sum in sums {
            mean.iter_mut().zip(sum).for_each(|(mean, sum)| *mean += sum);
        }
        let n_special = self.tokenizer.prefix().len() + self.tokenizer.suffix().len();
        let n_counting =
            |window: &Window| reading.pooled[window.tokens.clone()].iter().filter(|pooled| **pooled).count();
        let n_rows: usize = reading.windows.iter().map(|window| n_special + n_counting(window)).sum();
        // A tokenizer without special tokens may leave a window without a row, but not all of them:
        // see `pooled`.
        mean.iter_mut().for_each(|x| *x /= n_rows as f32);
        mean
    }

    fn push(&self, reading: &EncodedArticle, window: &Window, batch: &mut Batch) {
        let encoding = &reading.encoding;
        let token_type = |casing: Casing| match self.token_types {
            TokenTypes::Zero => 0,
            TokenTypes::Casing => casing as u8,
        };
        let inner = window.tokens.clone().map(|token| Input {
            id: encoding.ids[token],
            token_type: token_type(encoding.casing[token]),
            summed: reading.pooled[token],
            // A word is tagged by its first token, in the window that decides it.
            asked: encoding.begins_word[token] && window.decides.contains(&token),
        });
        let special = |id: u32, token_type: u8| Input { asked: false, ..Input::from((id, token_type)) };
        let prefix = self.tokenizer.prefix().iter().map(|&id| special(id, 0));
        let suffix = self.tokenizer.suffix().iter().zip(self.tokenizer.suffix_types());
        let suffix = suffix.map(|(&id, &token_type)| special(id, token_type));
        batch.push(prefix.chain(inner).chain(suffix));
    }
}

/// Which tokens count in the pooled vector: those outside of [`Zone::Boilerplate`] and
/// [`Zone::Byline`], or all if there are no others.
fn pooled(document: &Document, encoding: &Encoding) -> Vec<bool> {
    let mut pooled = vec![true; encoding.len()];
    for (&sentence, tokens) in document.sentences.iter().zip(encoding.sentences.windows(2)) {
        // No sentence crosses a zone.
        if matches!(document.zone(sentence), Zone::Boilerplate | Zone::Byline) {
            pooled[tokens[0]..tokens[1]].fill(false);
        }
    }
    if !pooled.contains(&true) {
        pooled.fill(true);
    }
    pooled
}
