//! A model directory, or the embedded one → checked parts.
//!
//! Everything that can be wrong with a model is found here, once, and named: after [`Model::open`] has returned, tokens
//! fit the embedding, tags fit the head, windows fit the positions, and the steps have nothing left to check.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::document::TopicName;
#[cfg(feature = "libtorch")]
use crate::infer::libtorch::{self, Device, Entailment, Libtorch, LibtorchError};
use crate::infer::{Architecture, Backend, ConfigError, Encoder, Precision, Shape, TensorError, Tensors, TopicHead};
use crate::kernels::Kernels;
use crate::label::{LabelError, LabelSet};
use crate::recipe::{Recipe, TokenTypes};
#[cfg(feature = "libtorch")]
use crate::tokenize::PairTokenizer;
use crate::tokenize::{Limit, Tokenizer, TokenizerError, legacy};
use crate::topics::TopicRule;
#[cfg(feature = "libtorch")]
use crate::zero_shot::ZeroShot;

/// A model ready to run.
pub struct Model {
    /// Its name and the digest of its files: `news-en@sha256:…`.
    pub id: String,
    /// What it predicts.
    pub labels: LabelSet,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// Its recipe, with the defaults filled in.
    pub recipe: Recipe,
    /// How long its windows are, special tokens not counted.
    pub limit: Limit,
    /// What runs it.
    pub backend: Box<dyn Backend>,
    /// In what numbers.
    pub precision: Precision,
    /// What tells topics from the mean hidden state, if the model can; `recipe.topics` has a rule for each of its rows.
    pub topic_head: Option<TopicHead>,
    /// What tells topics by their names alone, instead; `recipe.topics` has a rule for each of its labels.
    #[cfg(feature = "libtorch")]
    pub zero_shot: Option<ZeroShot>,
}

/// What is to run a model.
#[derive(Clone, Copy)]
pub enum Engine {
    /// Our own, in this precision; without one in int8 if the recipe says that this costs no accuracy, else in f32.
    Ours(Kernels, Option<Precision>),
    /// rust-bert, in f32.
    #[cfg(feature = "libtorch")]
    Libtorch(Device),
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
    /// Not a directory.
    #[error("{path}: not a model directory")]
    NotADirectory {
        /// What was named.
        path: PathBuf,
    },
    /// A directory without a file that models have.
    #[error("{path}: no {file} in this model directory{}", found_instead(.instead))]
    NoFile {
        /// The directory.
        path: PathBuf,
        /// The file.
        file: &'static str,
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
    #[error("{path}: topics: expected {}, found {found}", topics_wanted(*.wanted))]
    Topics {
        /// The file.
        path: PathBuf,
        /// Rows of the topic head; 0 if there is none.
        wanted: usize,
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
    #[cfg(feature = "libtorch")]
    #[error(transparent)]
    Libtorch(LibtorchError),
    /// A build without the feature `embedded-model`.
    #[error("this build has no model inside")]
    NotEmbedded,
}

fn found_instead(instead: &Option<&'static str>) -> String {
    instead.map(|file| format!(" (there is {file})")).unwrap_or_default()
}

fn topics_wanted(n: usize) -> String {
    match n {
        0 => "no entries, since the weights have no topic head".to_owned(),
        1 => "1 entry, for the row of topics.out.weight".to_owned(),
        n => format!("{n} entries, one for each row of topics.out.weight"),
    }
}

impl ModelError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoFile { file: "model.safetensors", instead: Some(_), .. } => {
                "only safetensors are read; save the model again with transformers' save_pretrained()".to_owned()
            }
            Self::NoFile { file: CARD, .. } => {
                "a model card says what a model was made from and what it gets wrong; ask whoever made this one".to_owned()
            }
            Self::NoFile { file: "tokenizer.json", .. } => {
                "save the fast tokenizer again with transformers' AutoTokenizer.from_pretrained(…).save_pretrained(…)"
                    .to_owned()
            }
            Self::NoFile { .. } | Self::NotADirectory { .. } => {
                "a model directory holds config.json, tokenizer.json (or vocab.txt, or sentencepiece.bpe.model) and model.safetensors"
                    .to_owned()
            }
            Self::Tensors { reason: TensorError::WrongShape { name, .. }, n_tags, .. }
                if name.starts_with("classifier") =>
            {
                format!("config.json lists {n_tags} labels; were the weights and the config exported together?")
            }
            Self::Tensors { reason: TensorError::Missing { name, .. }, .. } if name.starts_with("classifier") => {
                "the model has no token-classification head; was it fine-tuned for names?".to_owned()
            }
            Self::Tensors { reason: TensorError::Missing { name, .. } | TensorError::WrongShape { name, .. }, .. }
                if name.starts_with("topics.") =>
            {
                "a topic head is topics.dense.weight (K, hidden size), topics.dense.bias (K), topics.out.weight (N, K) and \
                 topics.out.bias (N), or none of them"
                    .to_owned()
            }
            Self::Topics { .. } => {
                "the recipe names the head's topics in order: \"topics\": [{\"code\": …, \"label\": …}, …]; were the \
                 weights and the recipe exported together?"
                    .to_owned()
            }
            Self::Tensors { reason: TensorError::Unreadable(_), .. } => {
                "fetch it again: it is incomplete, or something else (a web page, a Git LFS pointer) was saved in its place"
                    .to_owned()
            }
            Self::Config { reason: ConfigError::UnknownKey { .. }, .. } => {
                "a key that could change what the model computes is not passed over; if this one cannot, remove it"
                    .to_owned()
            }
            Self::Config { reason: ConfigError::UnsupportedFamily { .. }, .. } if cfg!(feature = "libtorch") => {
                "rust-bert has more families: --device cpu, or cuda, runs the model with it".to_owned()
            }
            Self::Config { reason: ConfigError::UnsupportedFamily { .. }, .. } => {
                "a build with the feature libtorch runs DeBERTa, Longformer, MobileBERT, ALBERT, XLNet and FNet too: see the README"
                    .to_owned()
            }
            #[cfg(feature = "libtorch")]
            Self::Libtorch(LibtorchError::NoDevice { .. }) => {
                "a build for CUDA (src/infer/libtorch/with.sh cuda …) on a machine with a driver sees its GPUs; dateline doctor \
                 lists the devices"
                    .to_owned()
            }
            Self::Labels { .. } => {
                "id2label names the tags that the model was trained on, such as O, B-PER, I-PER; write them in".to_owned()
            }
            Self::NotEmbedded => "name a model directory with --model DIR".to_owned(),
            _ => return None,
        })
    }
}

/// The files of a model, read whole.
struct Files<'a> {
    name: String,
    dir: PathBuf,
    config: Cow<'a, [u8]>,
    tokenizer: Cow<'a, [u8]>,
    recipe: Option<Cow<'a, [u8]>>,
    /// One file, or all shards in order of their names.
    tensors: Vec<TensorFile<'a>>,
}

/// A file and its bytes.
type TensorFile<'a> = (PathBuf, Cow<'a, [u8]>);

#[cfg(feature = "embedded-model")]
mod embedded {
    pub const CONFIG: &[u8] = include_bytes!("../models/news-en/config.json");
    pub const TOKENIZER: &[u8] = include_bytes!("../models/news-en/tokenizer.json");
    pub const RECIPE: &[u8] = include_bytes!("../models/news-en/recipe.json");
    pub const TENSORS: &[u8] = include_bytes!("../models/news-en/model.safetensors");
    pub const CARD: &str = include_str!("../models/news-en/MODEL_CARD.md");
}

impl Model {
    /// The model inside this binary.
    ///
    /// # Errors
    /// [`ModelError::NotEmbedded`] in a build without the feature `embedded-model`.
    pub fn embedded(kernels: Kernels, precision: Option<Precision>) -> Result<Self, ModelError> {
        Self::embedded_on(Engine::Ours(kernels, precision))
    }

    /// The model inside this binary, run by `engine`.
    ///
    /// # Errors
    /// As [`Model::embedded`], and what libtorch cannot do.
    pub fn embedded_on(engine: Engine) -> Result<Self, ModelError> {
        #[cfg(feature = "embedded-model")]
        {
            Self::from_files(
                &Files {
                    name: "news-en".to_owned(),
                    dir: PathBuf::from("models/news-en"),
                    config: embedded::CONFIG.into(),
                    tokenizer: embedded::TOKENIZER.into(),
                    recipe: Some(embedded::RECIPE.into()),
                    tensors: vec![(PathBuf::from("models/news-en/model.safetensors"), embedded::TENSORS.into())],
                },
                engine,
            )
        }
        #[cfg(not(feature = "embedded-model"))]
        {
            let _ = engine;
            Err(ModelError::NotEmbedded)
        }
    }

    /// The model in `dir`: `config.json`, `tokenizer.json`, `model.safetensors` (or its index and shards), and perhaps
    /// `recipe.json`.
    ///
    /// Without a `precision` it is int8 if the recipe says that this costs no accuracy, else f32.
    ///
    /// # Errors
    /// A [`ModelError`] that names the file, and the key, tensor or tokenizer step in it, that is not fully supported.
    pub fn open(dir: &Path, kernels: Kernels, precision: Option<Precision>) -> Result<Self, ModelError> {
        Self::open_on(dir, Engine::Ours(kernels, precision))
    }

    /// The model in `dir`, run by `engine`.
    ///
    /// # Errors
    /// As [`Model::open`], and what libtorch cannot do.
    pub fn open_on(dir: &Path, engine: Engine) -> Result<Self, ModelError> {
        Self::from_files(&read_files(dir)?, engine)
    }

    fn from_files(files: &Files<'_>, engine: Engine) -> Result<Self, ModelError> {
        let at = |file: &str| files.dir.join(file);
        let recipe = parse_recipe(&files.dir, files.recipe.as_deref())?;
        let plan = Plan::new(files, engine, recipe.int8)?;
        let shape = plan.shape()?;
        if shape.tags.is_empty() {
            return Err(ModelError::NoTags { path: at("config.json") });
        }
        let labels = LabelSet::new(&shape.tags, recipe.scheme.map(Into::into))
            .map_err(|reason| ModelError::Labels { path: at("config.json"), reason })?;
        // The three that take time, the weights beside the other two; one after another where no thread can be had.
        let aside = || (tokenizer(files, &shape), digest(files));
        let (weights, (tokenizer, digest)) = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().spawn_scoped(scope, aside);
            let weights = plan.weights();
            let rest = match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(_) => aside(),
            };
            (weights, rest)
        });
        let tokenizer = tokenizer?;
        // Without a recipe it is the configuration that leaves too little room.
        let recipe_file = if files.recipe.is_some() { "recipe.json" } else { "config.json" };
        let limit = limit(&recipe, &shape, &tokenizer)
            .map_err(|message| ModelError::Recipe { path: at(recipe_file), message })?;
        check_names(&recipe, &labels).map_err(|message| ModelError::Recipe { path: at("recipe.json"), message })?;
        let (backend, topic_head) = weights?;
        let n_topics = topic_head.as_ref().map_or(0, TopicHead::n_topics);
        if recipe.topics.len() != n_topics {
            return Err(ModelError::Topics { path: at("recipe.json"), wanted: n_topics, found: recipe.topics.len() });
        }
        Ok(Self {
            id: format!("{}@sha256:{}", files.name, digest),
            labels,
            tokenizer,
            recipe,
            limit,
            backend,
            precision: plan.precision(),
            topic_head,
            #[cfg(feature = "libtorch")]
            zero_shot: None,
        })
    }

    /// Replaces the model's topics by `labels`, told by the model of natural language inference in `dir`. `hypothesis` has `{}` where a
    /// label goes.
    ///
    /// # Errors
    /// As [`Model::open_on`], of that directory.
    #[cfg(feature = "libtorch")]
    pub fn with_zero_shot(
        mut self,
        dir: &Path,
        device: Device,
        labels: &[String],
        hypothesis: &str,
    ) -> Result<Self, ModelError> {
        let files = read_files(dir)?;
        let path = tensor_path(&files);
        let wrong = |reason| ModelError::Tensors { path: path.clone(), reason, n_tags: 0 };
        let tensors = Tensors::new(files.tensors.iter().map(|(_, bytes)| &**bytes)).map_err(wrong)?;
        let model = Entailment::new(&files.config, tensors, device).map_err(|error| match error {
            LibtorchError::Tensors(reason) => wrong(reason),
            LibtorchError::Config(reason) => ModelError::Config { path: dir.join("config.json"), reason },
            error => ModelError::Libtorch(error),
        })?;
        let tokenizer = PairTokenizer::from_json(&files.tokenizer, model.max_tokens())
            .map_err(|reason| ModelError::Tokenizer { path: dir.join("tokenizer.json"), reason })?;
        self.recipe.topics = labels.iter().map(|label| TopicRule::named(format!("zero-shot:{label}"), label)).collect();
        self.topic_head = None;
        self.zero_shot = Some(ZeroShot::new(model, tokenizer, labels, hypothesis));
        // Records say which models they come from.
        self.id = format!("{}+{}@sha256:{}", self.id, files.name, digest(&files));
        Ok(self)
    }

    /// Whether it can give topics.
    pub fn has_topics(&self) -> bool {
        #[cfg(feature = "libtorch")]
        if self.zero_shot.is_some() {
            return true;
        }
        self.topic_head.is_some()
    }

    /// The topics that the model knows, in the order of its topic head; none without one.
    pub fn topic_names(&self) -> Vec<TopicName> {
        let name = |rule: &TopicRule| TopicName { code: rule.code.clone(), label: rule.label.clone() };
        self.recipe.topics.iter().map(name).collect()
    }
}

/// Reads only the recipe of the model in `dir`, or of the one inside this binary: what it says of the model is checked when
/// that is opened.
///
/// # Errors
/// As [`Model::open`].
pub fn read_recipe(dir: Option<&Path>) -> Result<Recipe, ModelError> {
    match dir {
        Some(dir) => parse_recipe(dir, read_if_there(&dir.join("recipe.json"))?.as_deref()),
        #[cfg(feature = "embedded-model")]
        None => parse_recipe(Path::new("models/news-en"), Some(embedded::RECIPE)),
        #[cfg(not(feature = "embedded-model"))]
        None => Err(ModelError::NotEmbedded),
    }
}

/// The file that says, for people, where a model comes from and what it gets wrong.
const CARD: &str = "MODEL_CARD.md";

/// The card of the model in `dir`, or of the one inside this binary. It is Markdown, and need not be trusted.
///
/// # Errors
/// If there is none or it cannot be read.
pub fn read_card(dir: Option<&Path>) -> Result<String, ModelError> {
    match dir {
        Some(dir) => match read_if_there(&dir.join(CARD))? {
            Some(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            None => Err(ModelError::NoFile { path: dir.to_owned(), file: CARD, instead: None }),
        },
        #[cfg(feature = "embedded-model")]
        None => Ok(embedded::CARD.to_owned()),
        #[cfg(not(feature = "embedded-model"))]
        None => Err(ModelError::NotEmbedded),
    }
}

/// Opens only the encoder in `dir`, also of a checkpoint that has no head; heads for names and topics are passed over.
///
/// # Errors
/// As [`Model::open`].
pub fn open_encoder(dir: &Path, kernels: Kernels, precision: Precision) -> Result<(Tokenizer, Encoder), ModelError> {
    let files = read_files(dir)?;
    let mut architecture = Architecture::from_json(&files.config)
        .map_err(|reason| ModelError::Config { path: dir.join("config.json"), reason })?;
    architecture.tags.clear();
    let shape = architecture.shape();
    let tokenizer = tokenizer(&files, &shape)?;
    // Whatever the windows will be, there must be room for some.
    limit(&Recipe { stride: Some(0), ..Recipe::default() }, &shape, &tokenizer)
        .map_err(|message| ModelError::Recipe { path: dir.join("config.json"), message })?;
    let (encoder, _) = weights(&files, architecture, kernels, precision, &["classifier.weight", "classifier.bias"])?;
    Ok((tokenizer, encoder))
}

fn tokenizer(files: &Files<'_>, shape: &Shape) -> Result<Tokenizer, ModelError> {
    let path = || files.dir.join("tokenizer.json");
    let tokenizer =
        Tokenizer::from_json(&files.tokenizer).map_err(|reason| ModelError::Tokenizer { path: path(), reason })?;
    match tokenizer.n_ids() {
        n_ids if n_ids > shape.vocab => {
            Err(ModelError::Vocabulary { path: path(), largest: n_ids - 1, vocab: shape.vocab })
        }
        _ if usize::from(tokenizer.largest_type()) >= shape.token_types.max(1) => {
            Err(ModelError::Tokenizer { path: path(), reason: TokenizerError::UnsupportedTemplate })
        }
        _ => Ok(tokenizer),
    }
}

/// What a model's files are to become.
enum Plan<'f> {
    Ours {
        files: &'f Files<'f>,
        architecture: Architecture,
        kernels: Kernels,
        precision: Precision,
    },
    #[cfg(feature = "libtorch")]
    Libtorch {
        files: &'f Files<'f>,
        device: Device,
    },
}

impl<'f> Plan<'f> {
    fn new(files: &'f Files<'f>, engine: Engine, int8: bool) -> Result<Self, ModelError> {
        match engine {
            Engine::Ours(kernels, precision) => {
                let architecture = Architecture::from_json(&files.config)
                    .map_err(|reason| ModelError::Config { path: files.dir.join("config.json"), reason })?;
                let precision = precision.unwrap_or(if int8 { Precision::Int8 } else { Precision::F32 });
                Ok(Self::Ours { files, architecture, kernels, precision })
            }
            #[cfg(feature = "libtorch")]
            Engine::Libtorch(device) => Ok(Self::Libtorch { files, device }),
        }
    }

    fn shape(&self) -> Result<Shape, ModelError> {
        match self {
            Self::Ours { architecture, .. } => Ok(architecture.shape()),
            #[cfg(feature = "libtorch")]
            Self::Libtorch { files, .. } => libtorch::shape(&files.config)
                .map_err(|reason| ModelError::Config { path: files.dir.join("config.json"), reason }),
        }
    }

    fn precision(&self) -> Precision {
        match self {
            Self::Ours { precision, .. } => *precision,
            #[cfg(feature = "libtorch")]
            Self::Libtorch { .. } => Precision::F32,
        }
    }

    /// The parts that are made of tensors.
    fn weights(&self) -> Result<(Box<dyn Backend>, Option<TopicHead>), ModelError> {
        match self {
            Self::Ours { files, architecture, kernels, precision } => {
                let (encoder, topic_head) = weights(files, architecture.clone(), *kernels, *precision, &[])?;
                Ok((Box::new(encoder), topic_head))
            }
            #[cfg(feature = "libtorch")]
            Self::Libtorch { files, device } => {
                let shape = self.shape()?;
                let (path, n_tags) = (tensor_path(files), shape.tags.len());
                let wrong = |reason| ModelError::Tensors { path: path.clone(), reason, n_tags };
                let mut tensors = Tensors::new(files.tensors.iter().map(|(_, bytes)| &**bytes)).map_err(wrong)?;
                let topic_head = TopicHead::take(&mut tensors, shape.hidden, Kernels::best()).map_err(wrong)?;
                match Libtorch::new(&files.config, tensors, *device) {
                    Ok(model) => Ok((Box::new(model), topic_head)),
                    Err(LibtorchError::Tensors(reason)) => Err(wrong(reason)),
                    Err(LibtorchError::Config(reason)) => {
                        Err(ModelError::Config { path: files.dir.join("config.json"), reason })
                    }
                    Err(error) => Err(ModelError::Libtorch(error)),
                }
            }
        }
    }
}

/// The file to name when something is wrong with a tensor.
fn tensor_path(files: &Files<'_>) -> PathBuf {
    match files.tensors.as_slice() {
        [(path, _)] => path.clone(),
        _ => files.dir.join("model.safetensors.index.json"),
    }
}

/// The parts that are made of tensors, without those that are to be `ignored`, for our own engine.
fn weights(
    files: &Files<'_>,
    architecture: Architecture,
    kernels: Kernels,
    precision: Precision,
    ignored: &[&str],
) -> Result<(Encoder, Option<TopicHead>), ModelError> {
    let n_tags = architecture.tags.len();
    Tensors::new(files.tensors.iter().map(|(_, bytes)| &**bytes))
        .and_then(|mut tensors| {
            tensors.ignore(ignored);
            let topic_head = TopicHead::take(&mut tensors, architecture.hidden, kernels)?;
            Ok((Encoder::new(architecture, tensors, kernels, precision)?, topic_head))
        })
        .map_err(|reason| ModelError::Tensors { path: tensor_path(files), reason, n_tags })
}

fn parse_recipe(dir: &Path, json: Option<&[u8]>) -> Result<Recipe, ModelError> {
    let wrong =
        |error: serde_json::Error| ModelError::Recipe { path: dir.join("recipe.json"), message: error.to_string() };
    json.map_or_else(|| Ok(Recipe::default()), |json| serde_json::from_slice(json).map_err(wrong))
}

/// Topics must be told apart by code and by name, and confidence is about labels that the model has.
fn check_names(recipe: &Recipe, labels: &LabelSet) -> Result<(), String> {
    let (mut codes, mut names) = (HashSet::new(), HashSet::new());
    for (i, rule) in recipe.topics.iter().enumerate() {
        for (key, value, seen) in [("code", &rule.code, &mut codes), ("label", &rule.label, &mut names)] {
            if value.trim().is_empty() {
                return Err(format!("topics[{i}].{key}: expected a name, found {value:?}"));
            }
            if !seen.insert(value.as_str()) {
                return Err(format!("topics[{i}].{key}: expected one that no other topic has, found {value:?} again"));
            }
        }
    }
    match recipe.confidence.keys().find(|label| labels.find(label).is_none()) {
        Some(label) => Err(format!("confidence: expected labels among {}, found {label:?}", labels.names().join(", "))),
        None => Ok(()),
    }
}

/// What the recipe's window means for this model, or what is wrong with it.
fn limit(recipe: &Recipe, shape: &Shape, tokenizer: &Tokenizer) -> Result<Limit, String> {
    let n_special = tokenizer.prefix().len() + tokenizer.suffix().len();
    let max_tokens = recipe.window.min(shape.max_tokens).saturating_sub(n_special);
    if max_tokens == 0 {
        return Err(format!("window {}: expected room beside the {n_special} special tokens", recipe.window));
    }
    let stride = recipe.stride.unwrap_or((max_tokens / 4).min(64));
    if stride > max_tokens / 2 {
        return Err(format!("stride {stride}: expected at most half of the window's {max_tokens} tokens"));
    }
    if recipe.token_types == TokenTypes::Casing && shape.token_types < 4 {
        return Err(format!(
            "token_types casing: expected a model with type_vocab_size 4, found {}",
            shape.token_types
        ));
    }
    Ok(Limit { max_tokens, stride })
}

fn read_files(dir: &Path) -> Result<Files<'static>, ModelError> {
    if !dir.is_dir() {
        return Err(ModelError::NotADirectory { path: dir.to_owned() });
    }
    let optional = |file: &str| read_if_there(&dir.join(file));
    let required = |file: &'static str, alternatives: &[&'static str]| {
        optional(file)?.ok_or_else(|| ModelError::NoFile {
            path: dir.to_owned(),
            file,
            instead: alternatives.iter().copied().find(|other| dir.join(other).exists()),
        })
    };
    let config = required("config.json", &[])?.into();
    let tokenizer = match optional("tokenizer.json")? {
        Some(json) => json,
        None => match older_tokenizer(dir)? {
            Some(json) => json,
            None => required("tokenizer.json", &["vocab.json", "spiece.model", "spm.model"])?,
        },
    };
    let tensors = match optional("model.safetensors.index.json")? {
        Some(index) if !dir.join("model.safetensors").exists() => read_shards(dir, &index)?,
        _ => {
            let bytes = required("model.safetensors", &["pytorch_model.bin", "tf_model.h5", "model.onnx"])?;
            vec![(dir.join("model.safetensors"), bytes.into())]
        }
    };
    // The name of the directory itself, also for `.` and `models/mine/`.
    let full = dir.canonicalize().map_err(|source| ModelError::Io { path: dir.to_owned(), source })?;
    let name = full.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned());
    let recipe = optional("recipe.json")?.map(Cow::from);
    Ok(Files { name, dir: dir.to_owned(), config, tokenizer: tokenizer.into(), recipe, tensors })
}

/// What `tokenizer.json` would say, from the files that checkpoints had before there was such a file.
fn older_tokenizer(dir: &Path) -> Result<Option<Vec<u8>>, ModelError> {
    let unreadable =
        |path: PathBuf, message: String| ModelError::Tokenizer { path, reason: TokenizerError::Unreadable(message) };
    let path = dir.join("vocab.txt");
    if let Some(vocab) = read_if_there(&path)? {
        let vocab = String::from_utf8(vocab).map_err(|error| unreadable(path.clone(), error.to_string()))?;
        let config_path = dir.join("tokenizer_config.json");
        let config = match read_if_there(&config_path)? {
            Some(json) => serde_json::from_slice(&json).map_err(|error| unreadable(config_path, error.to_string()))?,
            None => Value::Null,
        };
        return legacy::from_vocab(&vocab, &config).map(Some).map_err(|message| unreadable(path, message));
    }
    let path = dir.join("sentencepiece.bpe.model");
    match read_if_there(&path)? {
        Some(model) => legacy::from_sentencepiece(&model).map(Some).map_err(|message| unreadable(path, message)),
        None => Ok(None),
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, ModelError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ModelError::Io { path: path.to_owned(), source }),
    }
}

fn read_shards(dir: &Path, index: &[u8]) -> Result<Vec<TensorFile<'static>>, ModelError> {
    let path = dir.join("model.safetensors.index.json");
    let wrong = |at: String| ModelError::Index { path: path.clone(), at };
    let index: Value = serde_json::from_slice(index).map_err(|error| wrong(format!(": {error}")))?;
    let map = index["weight_map"].as_object().ok_or_else(|| wrong(String::new()))?;
    let mut shards: Vec<&str> = Vec::new();
    for (tensor, file) in map {
        // A file name, not a path: an index must not make us read elsewhere.
        let file = file
            .as_str()
            .filter(|file| Path::new(file).file_name().is_some_and(|name| name == *file))
            .ok_or_else(|| wrong(format!(": {tensor} is in {file}")))?;
        shards.push(file);
    }
    shards.sort_unstable();
    shards.dedup();
    shards
        .into_iter()
        .map(|shard| {
            let path = dir.join(shard);
            match fs::read(&path) {
                Ok(bytes) => Ok((path, bytes.into())),
                Err(source) => Err(ModelError::Io { path, source }),
            }
        })
        .collect()
}

/// The first half of the SHA-256 of all files, each with its length before it.
fn digest(files: &Files<'_>) -> String {
    let mut sha = Sha256::new();
    let recipe = files.recipe.iter();
    let tensors = files.tensors.iter().map(|(_, bytes)| bytes);
    for bytes in [&files.config, &files.tokenizer].into_iter().chain(recipe).chain(tensors) {
        sha.update((bytes.len() as u64).to_le_bytes());
        sha.update(bytes);
    }
    sha.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
