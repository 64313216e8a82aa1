//! Why a tokenizer was refused.

use thiserror::Error;

/// Why a `tokenizer.json` was refused.
#[derive(Debug, Error)]
pub enum TokenizerError {
    /// Not JSON, or not a tokenizer.
    #[error("not a tokenizer: {0}")]
    Unreadable(String),
    /// A step whose result on a part of a text may differ from its result on the whole.
    #[error("{at}: unsupported step {step:?}")]
    UnsupportedStep {
        /// Where in the file, e.g. `normalizer.normalizers[1]`.
        at: String,
        /// The step's `type`.
        step: String,
    },
    /// A setting of a step that is not supported.
    #[error("{at}: unsupported setting {key} = {value}")]
    UnsupportedSetting {
        /// Where in the file.
        at: String,
        /// Its key.
        key: &'static str,
        /// Its value, as JSON.
        value: String,
    },
    /// Special tokens somewhere else than once around the text.
    #[error(
        "post_processor: expected special tokens before and after the text, and the text once, of a type that the model has"
    )]
    UnsupportedTemplate,
    /// The model has no token for what it does not know.
    #[error("model: {0} has no unknown token, so some texts could not be encoded")]
    NoUnknownToken(String),
}

/// What the `tokenizers` crate says.
pub(super) fn unreadable(error: tokenizers::Error) -> TokenizerError {
    TokenizerError::Unreadable(error.to_string())
}
