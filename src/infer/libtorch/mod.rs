//! The optional backend: rust-bert's encoders on libtorch, on the CPU or on a GPU.
//!
//! It runs the model directories that our own engine runs, and families that ours does not. Of rust-bert only the encoders are
//! used: batches, windows and decoding are the same as for [`Encoder`](crate::infer::Encoder), which makes it a second opinion
//! on ours. Here windows are padded to the longest of their batch, and a mask says which tokens are real; a row may therefore
//! differ in its last digits from one batch to another.

mod classifier;
mod deberta;
mod entailment;

use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use tch::{Kind, Tensor, nn};
use thiserror::Error;

use crate::infer::{Backend, Batch, ConfigError, Output, Scratch, Shape, TensorError, Tensors};

use classifier::Classifier;

pub use classifier::shape;
pub use entailment::{Entailment, Pair};

/// The version that the crate `tch` was made for, and that a build insists on.
pub const VERSION: &str = "2.4.0";

/// Where libtorch computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Device {
    /// The CPU, all cores together.
    Cpu,
    /// A CUDA device by its number.
    Cuda(usize),
}

impl FromStr for Device {
    type Err = String;

    /// `cpu`, `cuda`, which is `cuda:0`, or `cuda:N`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = match text {
            "cpu" => return Ok(Self::Cpu),
            "cuda" => "0",
            _ => text.strip_prefix("cuda:").unwrap_or_default(),
        };
        number.parse().map(Self::Cuda).map_err(|_| "expected cpu, cuda or cuda:N".to_owned())
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(n) => write!(f, "cuda:{n}"),
        }
    }
}

impl Device {
    /// Every device that there is here.
    pub fn all() -> Vec<Self> {
        std::iter::once(Self::Cpu).chain((0..n_cuda()).map(Self::Cuda)).collect()
    }

    /// Refuses a device that is not there.
    fn check(self) -> Result<(), LibtorchError> {
        let found = Self::all();
        if found.contains(&self) { Ok(()) } else { Err(LibtorchError::NoDevice { wanted: self, found }) }
    }

    fn of_torch(self) -> tch::Device {
        match self {
            Self::Cpu => tch::Device::Cpu,
            Self::Cuda(n) => tch::Device::Cuda(n),
        }
    }
}

fn n_cuda() -> usize {
    if tch::Cuda::is_available() { usize::try_from(tch::Cuda::device_count()).unwrap_or(0) } else { 0 }
}

/// Why a model was refused.
#[derive(Debug, Error)]
pub enum LibtorchError {
    /// `config.json`.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The weights.
    #[error(transparent)]
    Tensors(#[from] TensorError),
    /// A device that is not there.
    #[error("--device {wanted}: no such device, expected one of {}", list(.found))]
    NoDevice {
        /// What was asked for.
        wanted: Device,
        /// What there is.
        found: Vec<Device>,
    },
    /// libtorch itself, e.g. for want of memory.
    #[error("libtorch: {0}")]
    Torch(String),
}

fn list(devices: &[Device]) -> String {
    devices.iter().map(Device::to_string).collect::<Vec<_>>().join(", ")
}

impl From<tch::TchError> for LibtorchError {
    fn from(error: tch::TchError) -> Self {
        // What follows the first line is a trace of C++ calls.
        Self::Torch(error.to_string().lines().next().unwrap_or_default().to_owned())
    }
}

/// A token classifier on libtorch.
pub struct Libtorch {
    /// One pass at a time: libtorch spreads each over its own threads or over the GPU, and its tensors cannot be shared.
    classifier: Mutex<Classifier>,
    shape: Shape,
    device: Device,
}

/// What a pass leaves behind.
#[derive(Default)]
pub struct Buffers {
    logits: Vec<f32>, /* (T, C) */
    sums: Vec<f32>,   /* (W, D) */
}

impl Libtorch {
    /// Builds the model that `config` describes from its tensors, which may carry the family's prefix or none.
    ///
    /// # Errors
    /// If the device is not there, rust-bert cannot build such a model, or the tensors are not those of such a model.
    pub fn new(config: &[u8], mut tensors: Tensors<'_>, device: Device) -> Result<Self, LibtorchError> {
        device.check()?;
        let shape = shape(config)?;
        let mut store = nn::VarStore::new(device.of_torch());
        let classifier = Classifier::new(config, &shape, &store.root())?;
        fill(&store, &mut tensors, classifier.prefix(), false)?;
        tensors.finish()?;
        store.freeze();
        Ok(Self { classifier: Mutex::new(classifier), shape, device })
    }
}

/// Gives every variable of the model the tensor of its name.
fn fill(store: &nn::VarStore, tensors: &mut Tensors<'_>, prefix: &str, pooler: bool) -> Result<(), LibtorchError> {
    let mut variables: Vec<(String, Tensor)> = store.variables().into_iter().collect();
    variables.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, mut variable) in variables {
        // Poolers serve the classification of texts; rust-bert makes some of them for that of tokens all the same.
        let bare = name.strip_prefix(prefix).unwrap_or(&name);
        if !pooler && bare.starts_with("pooler") {
            continue;
        }
        let name = if tensors.has(&name) { name.as_str() } else { bare };
        let dimensions = variable.size();
        let expected: Vec<usize> = dimensions.iter().map(|&n| usize::try_from(n).unwrap_or_default()).collect();
        let values = tensors.take(name, &expected)?;
        tch::no_grad(|| variable.f_copy_(&Tensor::f_from_slice(&values)?.f_view(dimensions.as_slice())?))?;
    }
    for unused in ["pooler.dense.weight", "pooler.dense.bias", "pooler.weight", "pooler.bias", "mask_emb"] {
        tensors.ignore(&[&format!("{prefix}{unused}"), unused]);
    }
    for ids in ["embeddings.position_ids", "embeddings.token_type_ids"] {
        tensors.ignore(&[&format!("{prefix}{ids}"), ids]);
    }
    Ok(())
}

impl Backend for Libtorch {
    /// # Panics
    /// If libtorch cannot go on, as for want of memory.
    fn infer<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> Output<'s> {
        let Buffers { logits, sums } = &mut scratch.libtorch;
        logits.clear();
        sums.clear();
        let classifier = self.classifier.lock().unwrap_or_else(PoisonError::into_inner);
        let windows: Vec<_> = batch.windows().collect();
        // Where padding would show, windows of one length go together.
        let together = windows.chunk_by(|a, b| classifier.batches() && (classifier.pads() || a.len() == b.len()));
        for windows in together {
            let longest = windows.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
            let padded = |fill: i64, value: &dyn Fn(usize) -> i64| {
                let rows: Vec<Vec<i64>> = windows.iter().map(|window| window.clone().map(value).collect()).collect();
                padded(&rows, longest, fill, self.device)
            };
            let ids = padded(classifier.padding(), &|token| i64::from(batch.ids[token]));
            let types = padded(0, &|token| i64::from(batch.types[token]));
            let mask = padded(0, &|_| 1);
            let summed = padded(0, &|token| i64::from(batch.summed[token]));
            let (rows, hidden) = tch::no_grad(|| classifier.forward(&ids, &types, &mask))
                .unwrap_or_else(|error| panic!("rust-bert: {error}"));
            let rows = numbers(&rows);
            let n_tags = self.shape.tags.len();
            for (i, window) in windows.iter().enumerate() {
                logits.extend_from_slice(&rows[i * longest * n_tags..][..window.len() * n_tags]);
            }
            let summed = summed.to_kind(Kind::Float).unsqueeze(-1);
            sums.extend(numbers(&(hidden * summed).sum_dim_intlist([1].as_slice(), false, Kind::Float)));
        }
        Output { logits, sums }
    }

    fn hidden_size(&self) -> usize {
        self.shape.hidden
    }

    fn multiply_adds(&self) -> usize {
        // There is no telling what the device could do at most.
        0
    }

    fn likes_large_batches(&self) -> bool {
        // A GPU is idle while it is told what to do next.
        matches!(self.device, Device::Cuda(_))
    }

    fn name(&self) -> String {
        format!("f32 on libtorch {VERSION}, {}", self.device)
    }
}

/// Rows of whole numbers, filled up to `longest`.
fn padded(rows: &[Vec<i64>], longest: usize, fill: i64, device: Device) -> Tensor {
    let mut numbers = vec![fill; rows.len() * longest];
    for (padded, row) in numbers.chunks_mut(longest.max(1)).zip(rows) {
        padded[..row.len()].copy_from_slice(row);
    }
    Tensor::from_slice(&numbers).view([rows.len() as i64, longest as i64]).to_device(device.of_torch())
}

/// All numbers of a tensor, row by row.
fn numbers(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.to_device(tch::Device::Cpu).to_kind(Kind::Float).contiguous().view([-1]);
    Vec::try_from(flat).unwrap_or_else(|error| panic!("libtorch: {error}"))
}
