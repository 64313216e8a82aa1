//! Text → tokens, and tokens → windows that fit the model.
//!
//! The `tokenizers` crate does the tokenization, exactly as the model's `tokenizer.json` says. What
//! is added here is what news needs: bytes of the document for every token, the words that tokens
//! belong to, the casing of those words for models that are told it, and linear time and memory on
//! articles of any length, because the text is encoded sentence by sentence. Windows are cut in
//! [`windows()`].

mod encoding;
mod error;
pub mod legacy;
mod pair;
mod steps;
#[cfg(test)]
mod tests;
mod tokenizer;
mod windows;

pub use encoding::{Casing, Encoding};
pub use error::TokenizerError;
pub use pair::PairTokenizer;
pub use tokenizer::Tokenizer;
pub use windows::{Limit, Window, windows};
