//! Arguments that several commands share, and what they become.

use std::path::{Path, PathBuf};

use dateline::internals::infer::Precision;
use dateline::internals::infer::libtorch::{LibtorchError, VERSION};
use dateline::internals::kernels::Kernels;
use dateline::internals::zero_shot::HYPOTHESIS;
use dateline::model::{Engine, Model, Place, read_recipe};
use dateline::tagger::{BATCH_TOKENS, MAX_TOPICS, TagOptions, Tagger};

use crate::stop::Stop;
use crate::{parse, terminal};

/// What to tag with; the same for every command.
#[derive(clap::Args)]
pub struct ModelArguments {
    #[command(flatten)]
    pub which: WhichModel,

    /// Report only these labels, e.g. PER,ORG [default: all of the model's]
    #[arg(long, value_name = "LABELS", value_delimiter = ',')]
    pub labels: Vec<String>,

    /// Drop mentions that score less, 0 to 1 [default: what the model's recipe says]. Higher is
    /// surer and finds less; 0 drops none
    #[arg(long, value_name = "SCORE", value_parser = parse::score)]
    pub min_score: Option<f32>,

    /// In what numbers to compute: auto is int8 if the model's recipe says that this costs it no
    /// accuracy, and f32 otherwise
    #[arg(long, value_enum, default_value_t = PrecisionArgument::Auto)]
    pub precision: PrecisionArgument,

    #[command(flatten)]
    pub device: DeviceArgument,

    /// Tokens per inference batch [default: 1024, and 16384 on a GPU]. Larger needs more memory and
    /// is hardly faster; it never changes the result
    #[arg(long, value_name = "N", value_parser = parse::at_least_one)]
    pub batch_tokens: Option<usize>,
}

/// Which model; the same for every command that opens one.
#[derive(clap::Args)]
pub struct WhichModel {
    /// Built-in model, by its name (`dateline models` lists them), or model directory (config.json,
    /// tokenizer.json, model.safetensors) [default: news-en]
    #[arg(long, value_name = "MODEL")]
    pub model: Option<PathBuf>,

    /// Short for --model news-en-fast: about twice as fast, and wrong more often
    #[arg(long, conflicts_with = "model")]
    pub fast: bool,
}

/// The model that `--fast` means.
const FAST: &str = "news-en-fast";

impl WhichModel {
    /// Where it is.
    pub fn place(&self) -> Result<Place, Stop> {
        let named = self.model.as_deref().or(self.fast.then_some(Path::new(FAST)));
        Ok(match named {
            Some(named) => Place::of(named)?,
            None => Place::default_model()?,
        })
    }

    /// Whether the user says which.
    pub fn is_given(&self) -> bool {
        self.fast || self.model.is_some()
    }

    /// The model, on `engine`.
    pub fn open(&self, engine: Engine) -> Result<Model, Stop> {
        Ok(Model::open_at(&self.place()?, engine)?)
    }
}

/// `--device`.
#[derive(clap::Args)]
pub struct DeviceArgument {
    /// Run the model with libtorch on this device, cpu, cuda or cuda:N [default: our own engine, on
    /// the CPU]
    #[arg(long, value_name = "DEVICE", hide = VERSION.is_none())]
    pub device: Option<String>,
}

impl DeviceArgument {
    /// Tokens in a batch, where the user does not say.
    pub fn batch_tokens(&self) -> usize {
        // A GPU is idle while it is told what to do next.
        if self.device.as_ref().is_some_and(|device| device != "cpu") { 16 * BATCH_TOKENS } else { BATCH_TOKENS }
    }

    /// What is to run the model.
    pub fn engine(&self, precision: PrecisionArgument) -> Result<Engine, Stop> {
        let Some(device) = &self.device else { return Ok(Engine::Ours(Kernels::best(), precision.chosen())) };
        let device = device.parse().map_err(|error: LibtorchError| {
            let hint = error.hint().map(|hint| format!("leave it out, and our own engine runs on the CPU; {hint}"));
            Stop::usage(format!("--device {device}: {error}"), hint)
        })?;
        if !matches!(precision, PrecisionArgument::Auto | PrecisionArgument::F32) {
            let hint = "leave out --precision, or leave out --device for our own engine".to_owned();
            return Err(Stop::usage("--precision: libtorch runs models in f32 only", Some(hint)));
        }
        Ok(Engine::Libtorch(device))
    }
}

/// `--precision`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum PrecisionArgument {
    Auto,
    Int8,
    Bf16,
    F32,
}

impl PrecisionArgument {
    /// None leaves it to the recipe.
    pub fn chosen(self) -> Option<Precision> {
        match self {
            Self::Auto => None,
            Self::Int8 => Some(Precision::Int8),
            Self::Bf16 => Some(Precision::Bf16),
            Self::F32 => Some(Precision::F32),
        }
    }
}

impl ModelArguments {
    /// The model.
    pub fn open(&self) -> Result<Model, Stop> {
        self.which.open(self.device.engine(self.precision)?)
    }

    /// A tagger of `model` that keeps what `keep` says, besides these arguments.
    pub fn tagger_of(&self, model: Model, keep: &TagOptions) -> Result<Tagger, Stop> {
        let keep = TagOptions { labels: self.labels.clone(), min_score: self.min_score, ..keep.clone() };
        Ok(Tagger::new(model, &keep, self.batch_tokens.unwrap_or_else(|| self.device.batch_tokens()))?)
    }

    /// Whether the model has topics, as far as can be told without opening it.
    pub fn has_topics(&self) -> bool {
        let recipe = self.which.place().map(|place| read_recipe(&place));
        recipe.is_ok_and(|recipe| recipe.is_ok_and(|recipe| !recipe.topics.is_empty()))
    }
}

/// Topics by their names alone.
#[derive(clap::Args)]
pub struct ZeroShotArguments {
    /// Give these topics instead of the model's, e.g. "economy, sport": for each the model in
    /// --zero-shot-model says whether the article entails it
    #[arg(long, value_name = "LABELS", requires = "zero_shot_model", value_delimiter = ',', value_parser = parse::label, hide = VERSION.is_none())]
    pub zero_shot: Vec<String>,

    /// Directory of a model of natural language inference
    #[arg(long, value_name = "DIR", requires = "zero_shot", hide = VERSION.is_none())]
    pub zero_shot_model: Option<PathBuf>,

    /// What the article is held to entail; {} stands for the label [default: "This example is about
    /// {}."]
    #[arg(long, value_name = "TEXT", requires = "zero_shot", value_parser = parse::hypothesis, hide = VERSION.is_none())]
    pub hypothesis: Option<String>,
}

impl ZeroShotArguments {
    /// Whether there are any.
    pub fn are_given(&self) -> bool {
        !self.zero_shot.is_empty()
    }

    /// The same model with these topics, if there are any.
    pub fn apply(&self, model: Model, device: &DeviceArgument) -> Result<Model, Stop> {
        let Some(dir) = &self.zero_shot_model else { return Ok(model) };
        for (i, label) in self.zero_shot.iter().enumerate() {
            if self.zero_shot[..i].contains(label) {
                return Err(Stop::usage(format!("--zero-shot: {label} stands there twice"), None));
            }
        }
        let device = match device.engine(PrecisionArgument::Auto)? {
            Engine::Libtorch(device) => device,
            Engine::Ours(..) => "cpu".parse().map_err(|error: LibtorchError| {
                Stop::usage(format!("--zero-shot: {error}"), error.hint().map(str::to_owned))
            })?,
        };
        let hypothesis = self.hypothesis.as_deref().unwrap_or(HYPOTHESIS);
        Ok(model.with_zero_shot(dir, device, &self.zero_shot, hypothesis)?)
    }
}

/// Topics of the user's own.
#[derive(clap::Args)]
pub struct TopicModelArgument {
    /// Give the topics in this file instead of the model's: what `dateline learn topics` has
    /// written for the same model
    #[arg(long, value_name = "FILE")]
    pub topic_model: Option<PathBuf>,
}

impl TopicModelArgument {
    /// The same model with these topics, if there are any.
    pub fn apply(&self, model: Model) -> Result<Model, Stop> {
        Ok(match &self.topic_model {
            Some(path) => model.with_topic_model(path)?,
            None => model,
        })
    }
}

/// Which topics to give.
#[derive(clap::Args)]
pub struct TopicArguments {
    /// Give an article at most this many topics; 0 for none [default: 3]
    #[arg(long, value_name = "N", value_parser = parse::count)]
    pub topics: Option<usize>,

    /// Give topics from this score on, 0 to 1 [default: for each topic the threshold in the model's
    /// recipe]. Higher gives fewer articles a topic, and is right more often
    #[arg(long, value_name = "SCORE", value_parser = parse::score)]
    pub min_topic_score: Option<f32>,
}

impl TopicArguments {
    pub fn are_wanted(&self) -> bool {
        self.topics != Some(0)
    }

    pub fn options(&self) -> TagOptions {
        let max_topics = self.topics.unwrap_or(MAX_TOPICS);
        TagOptions { max_topics, min_topic_score: self.min_topic_score, ..TagOptions::default() }
    }

    /// Tells a user who asks for topics that this model has none.
    pub fn note_if_in_vain(&self, model: &Model) {
        let asks = self.topics.is_some_and(|most| most > 0) || self.min_topic_score.is_some();
        if asks && !model.has_topics() {
            let name = model.id().split('@').next().unwrap_or_default();
            terminal::note(&format!("{name}: has no topic head, so articles get no topics"));
        }
    }
}

/// How many threads to use.
#[derive(clap::Args)]
pub struct ThreadArguments {
    /// Worker threads [default: one for each CPU that this process may use]. They never change the
    /// result
    #[arg(long, value_name = "N", value_parser = parse::at_least_one)]
    pub threads: Option<usize>,
}

impl ThreadArguments {
    pub fn count(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }
}
