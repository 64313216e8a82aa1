//! A token classifier of rust-bert as a [`Backend`].

use std::sync::{Mutex, PoisonError};

use tch::{Kind, nn};

use crate::infer::architecture::Shape;
use crate::infer::backend::{Backend, Output};
use crate::infer::batch::Batch;
use crate::infer::libtorch::enabled::classifier::{Classifier, shape};
use crate::infer::libtorch::enabled::device::Device;
use crate::infer::libtorch::enabled::variables::{fill, numbers, padded};
use crate::infer::libtorch::error::LibtorchError;
use crate::infer::scratch::Scratch;
use crate::infer::tensors::Tensors;

/// The version that the crate `tch` was made for, and that a build insists on.
const TORCH: &str = "2.4.0";

/// The version of libtorch in this build; `None` if there is none.
pub const VERSION: Option<&str> = Some(TORCH);

/// A token classifier on libtorch.
pub struct Libtorch {
    /// One pass at a time: libtorch spreads each over its own threads or over the GPU, and its
    /// tensors cannot be shared.
    classifier: Mutex<Classifier>,
    shape: Shape,
    device: Device,
}

impl Libtorch {
    /// Builds the model that `config` describes from its tensors, which may carry the family's
    /// prefix or none. Hidden states are summed after the layer `summed_after`, as in our engine.
    ///
    /// # Errors
    /// If the device is not there, rust-bert cannot build such a model, or the tensors are not
    /// those of such a model.
    pub fn new(
        config: &[u8],
        mut tensors: Tensors<'_>,
        device: Device,
        summed_after: Option<usize>,
    ) -> Result<Self, LibtorchError> {
        device.check()?;
        let shape = shape(config, device)?;
        let mut store = nn::VarStore::new(device.of_torch());
        let classifier = Classifier::new(config, &shape, &store.root(), summed_after)?;
        fill(&store, &mut tensors, classifier.prefix(), false)?;
        tensors.finish()?;
        store.freeze();
        Ok(Self { classifier: Mutex::new(classifier), shape, device })
    }
}

impl Backend for Libtorch {
    /// # Panics
    /// If libtorch fails, for example because there is too little memory.
    fn infer<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> Output<'s> {
        let Scratch { logits, sums, .. } = scratch;
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
        // The limit of the device is not known.
        0
    }

    fn likes_large_batches(&self) -> bool {
        // A GPU is idle while it is told what to do next.
        self.device.is_gpu()
    }

    fn name(&self) -> String {
        format!("f32 on libtorch {TORCH}, {}", self.device)
    }
}
