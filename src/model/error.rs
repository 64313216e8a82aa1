//! Why a model was refused, and what the user can do about it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::error::UserError;
use crate::infer::libtorch::{self, LibtorchError};
use crate::infer::{ConfigError, ModelPart, TensorError};
use crate::label::LabelError;
use crate::tokenize::TokenizerError;

/// A file that a model directory has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelFile {
    /// `config.json`: the family, sizes and labels.
    Config,
    /// `tokenizer.json`.
    Tokenizer,
    /// `model.safetensors`: the weights.
    Tensors,
    /// `MODEL_CARD.md`, which says, for people, where a model comes from and what it gets wrong.
    Card,
}

impl ModelFile {
    /// Its name in the directory.
    pub fn name(self) -> &'static str {
        match self {
            Self::Config => "config.json",
            Self::Tokenizer => "tokenizer.json",
            Self::Tensors => "model.safetensors",
            Self::Card => "MODEL_CARD.md",
        }
    }
}

/// Why a model was refused.
#[derive(Debug, Error)]
pub enum ModelError {
    /// A file that cannot be read.
    #[error("{path}: cannot be read")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The binary is not what it was when it was built.
    #[error("the model {name} inside this program is damaged: expected the digest {expected}, found {found}")]
    Corrupt {
        /// The model.
        name: &'static str,
        /// The digest of its files.
        expected: &'static str,
        /// The digest of what is there.
        found: String,
    },
    /// Not a directory.
    #[error("{path}: not a model directory")]
    NotADirectory {
        /// What was named.
        path: PathBuf,
    },
    /// Neither a model inside this library nor a directory.
    #[error("{path}: neither a built-in model nor a model directory")]
    Unknown {
        /// What was named.
        path: PathBuf,
        /// The names of the built-in models.
        built_in: Vec<&'static str>,
    },
    /// The model that is to lend its word embeddings.
    #[error("{path}: word_embeddings: expected a model called {name:?} beside this one, found {found}")]
    Lender {
        /// The recipe.
        path: PathBuf,
        /// What the recipe says.
        name: String,
        /// What is there.
        found: &'static str,
    },
    /// A directory without a file that models have.
    #[error("{path}: no {} in this model directory{}", file.name(), found_instead(.instead))]
    NoFile {
        /// The directory.
        path: PathBuf,
        /// The file.
        file: ModelFile,
        /// A file of another format that is there.
        instead: Option<&'static str>,
    },
    /// `config.json`.
    #[error("{path}: {reason}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: ConfigError,
    },
    /// `id2label` in `config.json`.
    #[error("{path}: id2label: {reason}")]
    Labels {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: LabelError,
    },
    /// A model that does not classify tokens.
    #[error("{path}: id2label: missing, expected the tags of a token-classification head")]
    NoTags {
        /// The file.
        path: PathBuf,
    },
    /// `tokenizer.json`.
    #[error("{path}: {reason}")]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: TokenizerError,
    },
    /// A tokenizer with more ids than the embedding has rows.
    #[error("{path}: the largest token id is {largest}, expected less than vocab_size {vocab}")]
    Vocabulary {
        /// The tokenizer's file.
        path: PathBuf,
        /// Its largest id.
        largest: usize,
        /// Rows of the embedding.
        vocab: usize,
    },
    /// `recipe.json`.
    #[error("{path}: {message}")]
    Recipe {
        /// The file.
        path: PathBuf,
        /// What was found and what was wanted.
        message: String,
    },
    /// `topics` in `recipe.json`, against the topic head.
    #[error("{path}: topics: expected {}, found {found}", topics_wanted(*.rows, *.no_article))]
    Topics {
        /// The file.
        path: PathBuf,
        /// Rows of the topic head; 0 if there is none.
        rows: usize,
        /// Whether the recipe gives the last of them to the class of text that is no article.
        no_article: bool,
        /// Entries in the recipe.
        found: usize,
    },
    /// `model.safetensors.index.json`.
    #[error("{path}: expected an object \"weight_map\" from tensor names to file names beside it{at}")]
    Index {
        /// The file.
        path: PathBuf,
        /// The entry that is wrong, if it is one.
        at: String,
    },
    /// A tensor file.
    #[error("{path}: {reason}")]
    Tensors {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: TensorError,
        /// Labels in `config.json`, for a hint where the head is concerned.
        n_tags: usize,
    },
    /// What libtorch could not do.
    #[error(transparent)]
    Libtorch(LibtorchError),
    /// A build without the feature `embedded-model`.
    #[error("this build has no model inside")]
    NotEmbedded,
}

fn found_instead(instead: &Option<&'static str>) -> String {
    instead.map(|file| format!(" (there is {file})")).unwrap_or_default()
}

fn topics_wanted(rows: usize, no_article: bool) -> String {
    match (rows, no_article) {
        (0, false) => "no entries, since the weights have no topic head".to_owned(),
        (0, true) => "no entries and no no_article, since the weights have no topic head".to_owned(),
        (1, false) => "1 entry, for the row of topics.out.weight".to_owned(),
        (rows, false) => format!("{rows} entries, one for each row of topics.out.weight"),
        (rows, true) => {
            format!("{} entries, one for each row of topics.out.weight but the last, which is no_article's", rows - 1)
        }
    }
}

impl UserError for ModelError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoFile { file: ModelFile::Tensors, instead: Some(_), .. } => {
                "only safetensors are read; save the model again with transformers' save_pretrained()".to_owned()
            }
            Self::Corrupt { .. } => "install the program again".to_owned(),
            Self::NoFile { file: ModelFile::Card, .. } => {
                "a model card says what a model was made from and what it gets wrong; ask whoever made this one".to_owned()
            }
            Self::NoFile { file: ModelFile::Tokenizer, .. } => {
                "save the fast tokenizer again with transformers' AutoTokenizer.from_pretrained(…).save_pretrained(…)"
                    .to_owned()
            }
            Self::Unknown { built_in, .. } if !built_in.is_empty() => format!(
                "built in: {}; a model directory holds config.json, tokenizer.json (or vocab.txt, or sentencepiece.bpe.model) \
                 and model.safetensors",
                built_in.join(", ")
            ),
            Self::Lender { name, .. } => {
                format!("this model has the word embeddings of {name}: put that model's directory beside its own")
            }
            Self::NoFile { .. } | Self::NotADirectory { .. } | Self::Unknown { .. } => {
                "a model directory holds config.json, tokenizer.json (or vocab.txt, or sentencepiece.bpe.model) and model.safetensors"
                    .to_owned()
            }
            Self::Tensors { reason, n_tags, .. } => match (reason, reason.part()) {
                (TensorError::WrongShape { .. }, Some(ModelPart::NameHead)) => {
                    format!("config.json lists {n_tags} labels; were the weights and the config exported together?")
                }
                (TensorError::Missing { .. }, Some(ModelPart::NameHead)) => {
                    "the model has no token-classification head; was it fine-tuned for names?".to_owned()
                }
                (TensorError::Missing { .. } | TensorError::WrongShape { .. }, Some(ModelPart::TopicHead)) => {
                    "a topic head is topics.dense.weight (K, hidden size), topics.dense.bias (K), topics.out.weight (N, K) and \
                     topics.out.bias (N), or none of them"
                        .to_owned()
                }
                (TensorError::Unreadable(_), _) => {
                    "fetch it again: it is incomplete, or something else (a web page, a Git LFS pointer) was saved in its place"
                        .to_owned()
                }
                _ => return None,
            },
            Self::Topics { .. } => {
                "the recipe names the head's topics in order: \"topics\": [{\"code\": …, \"label\": …}, …]; were the \
                 weights and the recipe exported together?"
                    .to_owned()
            }
            Self::Config { reason: ConfigError::UnknownKey { .. }, .. } => {
                "a key that could change what the model computes is not passed over; if this one cannot, remove it"
                    .to_owned()
            }
            Self::Config { reason: ConfigError::UnsupportedFamily { .. }, .. } if libtorch::VERSION.is_some() => {
                "rust-bert has more families: --device cpu, or cuda, runs the model with it".to_owned()
            }
            Self::Config { reason: ConfigError::UnsupportedFamily { .. }, .. } => {
                "a build with the feature libtorch runs DeBERTa, Longformer, MobileBERT, ALBERT, XLNet and FNet too: see the README"
                    .to_owned()
            }
            Self::Libtorch(error) => return error.hint().map(str::to_owned),
            Self::Labels { .. } => {
                "id2label names the tags that the model was trained on, such as O, B-PER, I-PER; write them in".to_owned()
            }
            Self::NotEmbedded => "name a model directory with --model DIR".to_owned(),
            _ => return None,
        })
    }
}
