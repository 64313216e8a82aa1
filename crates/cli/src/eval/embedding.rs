//! `--embedding`: pooled vectors against those of the encoder that the model was made from.

use std::path::Path;

use dateline::document::Article;
use dateline::eval::EmbeddingReport;
use dateline::internals::infer::{Encoder, Precision};
use dateline::internals::kernels::Kernels;
use dateline::internals::recipe::TokenTypes;
use dateline::internals::tokenize::{Limit, Tokenizer};
use dateline::model::open_encoder;
use dateline::run;
use dateline::source::{self, Item};
use dateline::tagger::{Reader, Tagger};

use crate::stop::Stop;

/// What is to be compared.
pub struct Comparison {
    articles: Vec<Article>,
    tokenizer: Tokenizer,
    encoder: Encoder,
}

/// Reads all articles and opens the original encoder.
pub fn read(articles: &Path, original: &Path) -> Result<Comparison, Stop> {
    let mut read = Vec::new();
    for item in source::open(&[articles], source::Options::default())? {
        match item? {
            Item::Article(article) => read.push(article),
            Item::Failed(failure) => return Err(failure.into()),
            Item::Blank => {}
        }
    }
    let (tokenizer, encoder) = open_encoder(original, Kernels::best(), Precision::F32)?;
    Ok(Comparison { articles: read, tokenizer, encoder })
}

impl Comparison {
    /// Both models read all articles, in windows of the same length and with the same tokens left
    /// out; the original has token types of 0. Articles of which one of them reads nothing are left
    /// out.
    pub fn evaluate(self, tagger: &Tagger, threads: usize) -> Result<EmbeddingReport, Stop> {
        let ours = tagger.reader();
        let n_special = self.tokenizer.prefix().len() + self.tokenizer.suffix().len();
        let room = self.encoder.shape().max_tokens.saturating_sub(n_special);
        let max_tokens = ours.limit.max_tokens.min(room);
        let original = Reader {
            tokenizer: &self.tokenizer,
            token_types: TokenTypes::Zero,
            limit: Limit { max_tokens, stride: ours.limit.stride.min(max_tokens / 2) },
            backend: &self.encoder,
            n_tags: 0,
            ..ours
        };
        let theirs = run::read_all(self.articles.clone(), original, threads, |_, scores| scores.pooled)?;
        let ours = run::read_all(self.articles, ours, threads, |_, scores| tagger.embedding(&scores))?;
        let (ours, theirs): (Vec<_>, Vec<_>) =
            ours.into_iter().zip(theirs).filter(|(ours, theirs)| !ours.is_empty() && !theirs.is_empty()).unzip();
        Ok(EmbeddingReport::new(&ours, &theirs))
    }
}
