//! What is to be done: sentences in batches, as each engine wants them.

use std::error::Error;
use std::path::Path;

use dateline::Span;
use dateline::internals::infer::Batch;
use dateline::internals::segment::segment;
use dateline::internals::tokenize::Tokenizer;
use dateline::source::{self, Item};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

/// Several sentences.
pub struct Work {
    /// Where it stands among all.
    pub index: usize,
    /// The sentences' ids, for those who pad themselves.
    pub ids: Vec<Vec<u32>>,
    /// For dateline.
    pub ragged: Batch,
    /// For rten, (sentences, longest): ids, the attention mask, token types.
    pub padded: [NdTensor<i32, 2>; 3],
}

impl Work {
    /// Makes a batch of `sentences`.
    pub fn new(index: usize, sentences: &[Vec<u32>]) -> Self {
        let longest = sentences.iter().map(Vec::len).max().unwrap_or(0);
        let mut ragged = Batch::new();
        let mut ids = NdTensor::zeros([sentences.len(), longest]);
        let mut mask = ids.clone();
        for (i, sentence) in sentences.iter().enumerate() {
            ragged.push(sentence.iter().map(|&id| (id, 0)));
            for (j, &id) in sentence.iter().enumerate() {
                ids[[i, j]] = id.cast_signed();
                mask[[i, j]] = 1;
            }
        }
        let types = NdTensor::zeros(ids.shape());
        Self { index, ids: sentences.to_vec(), ragged, padded: [ids, mask, types] }
    }
}

/// `n` sentences' ids with the special tokens, shortest first; the text is read again until there
/// are enough.
///
/// # Errors
/// If the text cannot be read, or there is no sentence in it.
pub fn sentences(
    text: &Path,
    n: usize,
    tokenizer: &Tokenizer,
    longest: usize,
) -> Result<Vec<Vec<u32>>, Box<dyn Error>> {
    let mut sentences = Vec::new();
    for item in source::open(&[text], source::Options::default())? {
        let Item::Article(article) = item? else { continue };
        let document = segment(article);
        for sentence in &document.sentences {
            let text = sentence.of(document.text());
            let inner = tokenizer.encode(text, &[Span::whole(text)]).ids;
            let mut ids = [tokenizer.prefix(), &inner, tokenizer.suffix()].concat();
            ids.truncate(longest);
            sentences.push(ids);
        }
    }
    if sentences.is_empty() {
        return Err(format!("{}: no sentence", text.display()).into());
    }
    let mut sentences: Vec<_> = sentences.iter().cycle().take(n).cloned().collect();
    sentences.sort_by_key(Vec::len);
    Ok(sentences)
}
