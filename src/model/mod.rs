//! A model directory, or one of the embedded ones → checked parts.
//!
//! A directory holds `config.json` (the encoder's family and sizes, and the tags),
//! `tokenizer.json`, `model.safetensors` (or an index and shards), and perhaps `recipe.json`
//! (windows, calibration, topics, which model it shares its word embeddings with) and
//! `MODEL_CARD.md`. Everything that can be wrong with a model is
//! found here, once, and named: after [`Model::open`] has returned, tokens fit the embedding, tags
//! fit the head, windows fit the positions, and the steps have nothing left to check.

mod embedded;
mod error;
mod files;
mod place;
mod topic_model;

use std::collections::HashSet;
use std::path::Path;

use crate::document::TopicName;
use crate::infer::libtorch::{self, Device, Entailment, Libtorch, LibtorchError};
use crate::infer::{Architecture, Encoder, NAME_HEAD, Precision, Projection, Shape};
use crate::kernels::Kernels;
use crate::label::LabelSet;
use crate::language;
use crate::recipe::{EmbeddingRule, TokenTypes};
use crate::tokenize::{PairTokenizer, TokenizerError};
use crate::topics::{LinearHead, TopicRule};
use crate::zero_shot::ZeroShot;

use crate::model::embedded::Embedded;
use crate::model::files::{ModelFiles, parse_recipe, read_if_there};

pub use error::{ModelError, ModelFile};
pub use place::{BuiltIn, Place, built_in};
pub use topic_model::{CrossValidation, KnownBy, OwnTopic, TopicFit, TopicModel, TopicModelError};

// What a model is made of, for whoever asks one.
pub use crate::infer::{Backend, Batch, Output, TopicHead};
pub use crate::recipe::Recipe;
pub use crate::tokenize::{Limit, Tokenizer};

/// A model ready to run: tokenizer, encoder, heads and recipe, checked against each other.
///
/// It does not change after it was opened, and many threads may use it at once.
pub struct Model {
    /// Its name and the digest of its files: `news-en@sha256:…`.
    id: String,
    /// What it predicts.
    labels: LabelSet,
    /// Its tokenizer.
    tokenizer: Tokenizer,
    /// Its recipe, with the defaults filled in.
    recipe: Recipe,
    /// How long its windows are, special tokens not counted.
    limit: Limit,
    /// What runs it.
    backend: Box<dyn Backend>,
    /// The arithmetic of its layers' products.
    precision: Precision,
    /// What makes the embedding of the mean hidden state, if it is not that itself.
    projection: Option<Projection>,
    /// What tells topics from the mean hidden state, if the model can; `recipe.topics` has a rule
    /// for each of its rows.
    topic_head: Option<TopicHead>,
    /// Topics of the user's own, instead; `recipe.topics` has their rules.
    own_topics: Option<LinearHead>,
    /// What tells topics by their names alone, instead; `recipe.topics` has a rule for each of its
    /// labels.
    zero_shot: Option<ZeroShot>,
}

/// What runs a model.
#[derive(Clone, Copy)]
pub enum Engine {
    /// Our own, on the CPU, with these kernels and in this precision. `None` is int8 if the recipe
    /// says that int8 costs no accuracy, and f32 otherwise.
    Ours(Kernels, Option<Precision>),
    /// rust-bert on libtorch, in f32. Only a build with the feature `libtorch` has devices.
    Libtorch(Device),
}

impl Model {
    /// Opens the default model inside this library, on our own engine: see [`Engine::Ours`].
    ///
    /// # Errors
    /// [`ModelError::NotEmbedded`] in a build without the feature `embedded-model`;
    /// [`ModelError::Corrupt`] if the library is not what it was when it was built.
    pub fn embedded(kernels: Kernels, precision: Option<Precision>) -> Result<Self, ModelError> {
        Self::open_at(&Place::default_model()?, Engine::Ours(kernels, precision))
    }

    /// Opens the model at `place`, on `engine`.
    ///
    /// # Errors
    /// As [`Model::embedded`] and [`Model::open_on`].
    pub fn open_at(place: &Place, engine: Engine) -> Result<Self, ModelError> {
        let embedded = match place {
            Place::Directory(dir) => return Self::open_on(dir, engine),
            Place::BuiltIn(name) => find(name)?,
        };
        let files = ModelFiles::embedded(embedded)?;
        let model = Self::from_files(&files, engine);
        // Damage may have any consequence, or none that shows; what is wrong is that there is
        // damage.
        let found = match &model {
            Ok(model) => model.id.rsplit(':').next().unwrap_or_default().to_owned(),
            Err(_) => files.digest(),
        };
        let (name, expected) = (embedded.name, embedded.digest.trim());
        if found == expected { model } else { Err(ModelError::Corrupt { name, expected, found }) }
    }

    /// Opens the model in `dir`, on our own engine: see [`Engine::Ours`].
    ///
    /// # Errors
    /// A [`ModelError`] that names the file, and the key, tensor or tokenizer step in it, that is
    /// not fully supported.
    pub fn open(dir: &Path, kernels: Kernels, precision: Option<Precision>) -> Result<Self, ModelError> {
        Self::open_on(dir, Engine::Ours(kernels, precision))
    }

    /// Opens the model in `dir`, on `engine`.
    ///
    /// # Errors
    /// As [`Model::open`], and [`ModelError::Libtorch`] if libtorch or its device refuses.
    pub fn open_on(dir: &Path, engine: Engine) -> Result<Self, ModelError> {
        Self::from_files(&ModelFiles::read(dir)?, engine)
    }

    fn from_files(files: &ModelFiles<'_>, engine: Engine) -> Result<Self, ModelError> {
        let at = |file: &str| files.dir.join(file);
        let recipe = parse_recipe(&files.dir, files.recipe.as_deref())?;
        let plan = Plan::new(files, engine, recipe.int8)?;
        let shape = plan.shape()?;
        if shape.tags.is_empty() {
            return Err(ModelError::NoTags { path: at("config.json") });
        }
        let layer = embedding_layer(&recipe, &shape)
            .map_err(|message| ModelError::Recipe { path: at("recipe.json"), message })?;
        let labels = LabelSet::new(&shape.tags, recipe.scheme)
            .map_err(|reason| ModelError::Labels { path: at("config.json"), reason })?;
        // The three that take time, the weights beside the other two; one after another where no
        // thread can be had.
        let aside = || (tokenizer(files, &shape), files.digest());
        let (weights, (tokenizer, digest)) = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().spawn_scoped(scope, aside);
            let weights = plan.weights(layer);
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
        let Parts { backend, projection, topic_head } = weights?;
        let n_topics = topic_head.as_ref().map_or(0, TopicHead::n_topics);
        let (found, no_article) = (recipe.topics.len(), recipe.no_article.is_some());
        if found + usize::from(no_article) != n_topics {
            return Err(ModelError::Topics { path: at("recipe.json"), rows: n_topics, no_article, found });
        }
        Ok(Self {
            id: format!("{}@sha256:{}", files.name, digest),
            labels,
            tokenizer,
            recipe,
            limit,
            backend,
            precision: plan.precision(),
            projection,
            topic_head,
            own_topics: None,
            zero_shot: None,
        })
    }

    /// Replaces the model's topics by `labels`: a model of natural language inference, opened from
    /// `dir` on `device`, says whether an article entails `hypothesis`, in which `{}` stands for a
    /// label.
    ///
    /// # Errors
    /// As [`Model::open_on`], of that directory.
    pub fn with_zero_shot(
        mut self,
        dir: &Path,
        device: Device,
        labels: &[String],
        hypothesis: &str,
    ) -> Result<Self, ModelError> {
        let files = ModelFiles::read(dir)?;
        let path = files.tensor_path();
        let wrong = |reason| ModelError::Tensors { path: path.clone(), reason, n_tags: 0 };
        let tensors = files.tensors().map_err(wrong)?;
        let model = Entailment::new(&files.config, tensors, device).map_err(|error| match error {
            LibtorchError::Tensors(reason) => wrong(reason),
            LibtorchError::Config(reason) => ModelError::Config { path: dir.join("config.json"), reason },
            error => ModelError::Libtorch(error),
        })?;
        let tokenizer = PairTokenizer::from_json(&files.tokenizer, model.max_tokens())
            .map_err(|reason| ModelError::Tokenizer { path: dir.join("tokenizer.json"), reason })?;
        self.recipe.topics = labels.iter().map(|label| TopicRule::named(format!("zero-shot:{label}"), label)).collect();
        self.recipe.no_article = None;
        self.topic_head = None;
        self.zero_shot = Some(ZeroShot::new(model, tokenizer, labels, hypothesis));
        // Records say which models they come from.
        self.id = format!("{}+{}@sha256:{}", self.id, files.name, files.digest());
        Ok(self)
    }

    /// Replaces the model's topics by those in the file `path`, which were learnt for it.
    ///
    /// # Errors
    /// A [`TopicModelError`] if that is no topic model, or one of another model.
    pub fn with_topic_model(mut self, path: &Path) -> Result<Self, TopicModelError> {
        let (id, topics) = TopicModel::read(path)?;
        if topics.model != self.id || topics.head().width() != self.backend.hidden_size() {
            let (fitted, opened) = (topics.model, self.id);
            return Err(TopicModelError::OtherModel { path: path.to_owned(), fitted, opened });
        }
        self.own_topics = Some(topics.head());
        self.topic_head = None;
        self.recipe.no_article = None;
        self.recipe.topics = topics.topics.into_iter().map(|topic| topic.rule).collect();
        // Records say which models they come from.
        self.id = format!("{}+{id}", self.id);
        Ok(self)
    }

    /// The same model with the backend that `wrap` makes of its own, to watch or to replace it.
    pub fn with_backend(self, wrap: impl FnOnce(Box<dyn Backend>) -> Box<dyn Backend>) -> Self {
        Self { backend: wrap(self.backend), ..self }
    }

    /// Its name and the digest of its files, the first 128 bits of a SHA-256 in hexadecimal:
    /// `news-en@sha256:…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name alone: `news-en`.
    pub fn name(&self) -> &str {
        self.id.split('@').next().unwrap_or_default()
    }

    /// The labels and tags that it predicts.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// Its tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Its recipe, with the defaults filled in.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The length and the overlap of its windows, in tokens; special tokens are not counted.
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// What runs it.
    pub fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// The arithmetic of its layers' products.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// What makes the embedding of an article's pooled vector, before it is brought to length 1;
    /// `None` if nothing is to be done.
    pub fn projection(&self) -> Option<&Projection> {
        self.projection.as_ref()
    }

    /// What gives a logit for each topic from an article's embedding; `None` if the model has no
    /// topic head.
    pub fn topic_head(&self) -> Option<&TopicHead> {
        self.topic_head.as_ref()
    }

    /// What gives them for topics of the user's own; `None` without such.
    pub fn own_topics(&self) -> Option<&LinearHead> {
        self.own_topics.as_ref()
    }

    /// Whether it can give topics: it has a topic head, topics of the user's own, or labels given
    /// to [`Model::with_zero_shot`].
    pub fn has_topics(&self) -> bool {
        self.zero_shot.is_some() || self.topic_head.is_some() || self.own_topics.is_some()
    }

    /// What tells topics by their names alone, if the model was given some.
    pub(crate) fn zero_shot(&self) -> Option<&ZeroShot> {
        self.zero_shot.as_ref()
    }

    /// The topics that the model knows, in the order of its topic head; empty without one.
    pub fn topic_names(&self) -> Vec<TopicName> {
        let name = |rule: &TopicRule| TopicName { code: rule.code.clone(), label: rule.label.clone() };
        self.recipe.topics.iter().map(name).collect()
    }
}

/// Reads only the recipe of the model at `place`. Whether it fits the model is checked when that is
/// opened.
///
/// # Errors
/// As [`Model::open_at`].
pub fn read_recipe(place: &Place) -> Result<Recipe, ModelError> {
    match place {
        Place::Directory(dir) => parse_recipe(dir, read_if_there(&dir.join("recipe.json"))?.as_deref()),
        Place::BuiltIn(name) => parse_recipe(&Path::new("models").join(name), Some(find(name)?.recipe)),
    }
}

/// Reads the card of the model at `place`: Markdown from whoever made the model, so a terminal
/// should not be given it as it is.
///
/// # Errors
/// [`ModelError::NoFile`] if there is no card, [`ModelError::Io`] if it cannot be read.
pub fn read_card(place: &Place) -> Result<String, ModelError> {
    match place {
        Place::Directory(dir) => match read_if_there(&dir.join(ModelFile::Card.name()))? {
            Some(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            None => Err(ModelError::NoFile { path: dir.clone(), file: ModelFile::Card, instead: None }),
        },
        Place::BuiltIn(name) => Ok(find(name)?.card.to_owned()),
    }
}

fn find(built_in: &str) -> Result<&'static Embedded, ModelError> {
    Embedded::find(built_in).ok_or(ModelError::NotEmbedded)
}

/// Opens only the tokenizer and the encoder in `dir`, on our own engine. The checkpoint needs no
/// head, and heads for names and topics are ignored.
///
/// # Errors
/// As [`Model::open`].
pub fn open_encoder(dir: &Path, kernels: Kernels, precision: Precision) -> Result<(Tokenizer, Encoder), ModelError> {
    let files = ModelFiles::read(dir)?;
    let architecture = Architecture::from_json(&files.config)
        .map_err(|reason| ModelError::Config { path: dir.join("config.json"), reason })?;
    let architecture = architecture.without_head();
    let shape = architecture.shape();
    let tokenizer = tokenizer(&files, &shape)?;
    // Whatever the windows will be, there must be room for some.
    limit(&Recipe { stride: Some(0), ..Recipe::default() }, &shape, &tokenizer)
        .map_err(|message| ModelError::Recipe { path: dir.join("config.json"), message })?;
    let (encoder, _, _) = weights(&files, architecture, kernels, precision, None, &NAME_HEAD)?;
    Ok((tokenizer, encoder))
}

fn tokenizer(files: &ModelFiles<'_>, shape: &Shape) -> Result<Tokenizer, ModelError> {
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

/// What a model's files are made into.
enum Plan<'f> {
    Ours { files: &'f ModelFiles<'f>, architecture: Architecture, kernels: Kernels, precision: Precision },
    Libtorch { files: &'f ModelFiles<'f>, device: Device },
}

impl<'f> Plan<'f> {
    fn new(files: &'f ModelFiles<'f>, engine: Engine, int8: bool) -> Result<Self, ModelError> {
        match engine {
            Engine::Ours(kernels, precision) => {
                let architecture = Architecture::from_json(&files.config)
                    .map_err(|reason| ModelError::Config { path: files.dir.join("config.json"), reason })?;
                let precision = precision.unwrap_or(if int8 { Precision::Int8 } else { Precision::F32 });
                Ok(Self::Ours { files, architecture, kernels, precision })
            }
            Engine::Libtorch(device) => Ok(Self::Libtorch { files, device }),
        }
    }

    fn shape(&self) -> Result<Shape, ModelError> {
        match self {
            Self::Ours { architecture, .. } => Ok(architecture.shape()),
            Self::Libtorch { files, device } => libtorch::shape(&files.config, *device)
                .map_err(|reason| ModelError::Config { path: files.dir.join("config.json"), reason }),
        }
    }

    fn precision(&self) -> Precision {
        match self {
            Self::Ours { precision, .. } => *precision,
            Self::Libtorch { .. } => Precision::F32,
        }
    }

    /// The parts that are made of tensors; sums are of hidden states after `layer`.
    fn weights(&self, layer: Option<usize>) -> Result<Parts, ModelError> {
        match self {
            Self::Ours { files, architecture, kernels, precision } => {
                let (encoder, projection, topic_head) =
                    weights(files, architecture.clone(), *kernels, *precision, layer, &[])?;
                Ok(Parts { backend: Box::new(encoder), projection, topic_head })
            }
            Self::Libtorch { files, device } => {
                let shape = self.shape()?;
                let (path, n_tags) = (files.tensor_path(), shape.tags.len());
                let wrong = |reason| ModelError::Tensors { path: path.clone(), reason, n_tags };
                let mut tensors = files.tensors().map_err(wrong)?;
                let projection = Projection::take(&mut tensors, shape.hidden, Kernels::best()).map_err(wrong)?;
                let topic_head = TopicHead::take(&mut tensors, shape.hidden, Kernels::best()).map_err(wrong)?;
                match Libtorch::new(&files.config, tensors, *device, layer) {
                    Ok(model) => Ok(Parts { backend: Box::new(model), projection, topic_head }),
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

/// What is made of a model's tensors.
struct Parts {
    backend: Box<dyn Backend>,
    projection: Option<Projection>,
    topic_head: Option<TopicHead>,
}

/// The parts that are made of tensors, for our own engine; the tensors in `ignored` are left out.
fn weights(
    files: &ModelFiles<'_>,
    architecture: Architecture,
    kernels: Kernels,
    precision: Precision,
    layer: Option<usize>,
    ignored: &[&str],
) -> Result<(Encoder, Option<Projection>, Option<TopicHead>), ModelError> {
    let shape = architecture.shape();
    files
        .tensors()
        .and_then(|mut tensors| {
            tensors.ignore(ignored);
            let projection = Projection::take(&mut tensors, shape.hidden, kernels)?;
            let topic_head = TopicHead::take(&mut tensors, shape.hidden, kernels)?;
            Ok((Encoder::new(architecture, tensors, kernels, precision, layer)?, projection, topic_head))
        })
        .map_err(|reason| ModelError::Tensors { path: files.tensor_path(), reason, n_tags: shape.tags.len() })
}

/// Topics must be told apart by code and by name, and confidence is about labels that the model
/// has.
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
    if let Some(code) = recipe.languages.iter().find(|code| !language::is_known(code)) {
        return Err(format!("languages: expected codes of ISO 639-3, e.g. \"eng\", found {code:?}"));
    }
    match recipe.confidence.keys().find(|label| labels.find(label).is_none()) {
        Some(label) => Err(format!("confidence: expected labels among {}, found {label:?}", labels.names().join(", "))),
        None => Ok(()),
    }
}

/// The layer whose hidden states are pooled; `None` for the last, or what is wrong with it.
fn embedding_layer(recipe: &Recipe, shape: &Shape) -> Result<Option<usize>, String> {
    let Some(EmbeddingRule { layer }) = recipe.embedding else { return Ok(None) };
    match shape.layers {
        0 => Err(format!("embedding.layer {layer}: expected a model of a family that our own engine runs")),
        layers if (1..=layers).contains(&layer) => Ok((layer < layers).then_some(layer)),
        layers => Err(format!("embedding.layer {layer}: expected one of the model's layers, 1 to {layers}")),
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
