//! Two texts → the tokens of both, as models that compare texts read them.

use tokenizers::{TruncationDirection, TruncationParams, TruncationStrategy};

use crate::tokenize::error::{TokenizerError, unreadable};
use crate::tokenize::steps;
use crate::tokenize::tokenizer::open;

/// A tokenizer for pairs of texts.
pub struct PairTokenizer(tokenizers::Tokenizer);

impl PairTokenizer {
    /// Reads a `tokenizer.json`. Pairs will have `max_tokens` at most: the end of the first text is
    /// cut off.
    ///
    /// # Errors
    /// If it cannot be read, or has a step that is not supported.
    pub fn from_json(json: &[u8], max_tokens: usize) -> Result<Self, TokenizerError> {
        steps::check(json)?;
        let mut inner = open(json)?;
        let truncation = TruncationParams {
            direction: TruncationDirection::Right,
            max_length: max_tokens,
            strategy: TruncationStrategy::OnlyFirst,
            stride: 0,
        };
        inner.with_truncation(Some(truncation)).map_err(unreadable)?;
        inner.encode(("a", "a"), true).map_err(unreadable)?;
        Ok(Self(inner))
    }

    /// The ids and token types of two texts, with special tokens around them; empty if the second
    /// alone is too long.
    pub fn encode(&self, first: &str, second: &str) -> (Vec<u32>, Vec<u8>) {
        let Ok(tokens) = self.0.encode((first, second), true) else { return (Vec::new(), Vec::new()) };
        let types = tokens.get_type_ids().iter().map(|&token_type| u8::try_from(token_type).unwrap_or(0));
        (tokens.get_ids().to_vec(), types.collect())
    }
}
