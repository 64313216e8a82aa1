//! `model.safetensors`, single or sharded → tensors by name, checked for type and shape.

use std::collections::HashMap;

use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thiserror::Error;

/// The tensors of a model, borrowed from the bytes of its files. Each may be taken once; what is
/// left at the end was not understood.
pub struct Tensors<'a> {
    by_name: HashMap<String, TensorView<'a>>,
}

/// What is wrong with a tensor file or a tensor in it.
#[derive(Debug, Error)]
pub enum TensorError {
    /// The container is damaged.
    #[error("not a safetensors file: {0}")]
    Unreadable(String),
    /// A tensor in two shards, or in a model and in the one that is to lend it.
    #[error("tensor {name}: stands in two files")]
    Twice {
        /// Its name.
        name: String,
    },
    /// A tensor that the configuration asks for.
    #[error("tensor {name}: missing, expected shape {expected:?}")]
    Missing {
        /// Its name.
        name: String,
        /// The shape that `config.json` implies.
        expected: Vec<usize>,
    },
    /// A tensor whose shape differs from what the configuration implies.
    #[error("tensor {name}: expected shape {expected:?}, got {got:?}")]
    WrongShape {
        /// Its name.
        name: String,
        /// The shape that `config.json` implies.
        expected: Vec<usize>,
        /// The shape in the file.
        got: Vec<usize>,
    },
    /// Not f32, f16 or bf16.
    #[error("tensor {name}: expected F32, F16 or BF16, got {got:?}")]
    WrongType {
        /// Its name.
        name: String,
        /// The type in the file.
        got: Dtype,
    },
    /// A NaN or an infinity among the weights.
    #[error("tensor {name}: value {index} is {value}, expected finite numbers")]
    NotFinite {
        /// Its name.
        name: String,
        /// Index of the first such value.
        index: usize,
        /// The value.
        value: f32,
    },
    /// A tensor that the forward pass has no place for.
    #[error("tensor {name}: unknown, shape {got:?}")]
    Unknown {
        /// Its name.
        name: String,
        /// The shape in the file.
        got: Vec<usize>,
    },
}

/// A part of a model that has tensors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelPart {
    /// Embeddings and layers.
    Encoder,
    /// What scores tags: `classifier.…`.
    NameHead,
    /// What scores topics: `topics.…`.
    TopicHead,
}

/// The tensors of [`ModelPart::NameHead`], as in PyTorch: (C, D) and (C,).
pub const NAME_HEAD: [&str; 2] = ["classifier.weight", "classifier.bias"];

/// What all families call their word embeddings, after the family's prefix.
pub const WORDS: &str = "embeddings.word_embeddings.weight";

impl TensorError {
    /// The part that the tensor belongs to, by its name; `None` if the error is about a whole file.
    pub fn part(&self) -> Option<ModelPart> {
        match self {
            Self::Unreadable(_) => None,
            Self::Twice { name }
            | Self::Missing { name, .. }
            | Self::WrongShape { name, .. }
            | Self::WrongType { name, .. }
            | Self::NotFinite { name, .. }
            | Self::Unknown { name, .. } => Some(match name.split('.').next() {
                Some("classifier") => ModelPart::NameHead,
                Some("topics") => ModelPart::TopicHead,
                _ => ModelPart::Encoder,
            }),
        }
    }
}

impl<'a> Tensors<'a> {
    /// Reads the headers of one file or of all shards.
    ///
    /// # Errors
    /// If a file is not in the safetensors format, or two of them have a tensor of the same name.
    pub fn new(files: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, TensorError> {
        let mut by_name = HashMap::new();
        for file in files {
            let tensors = SafeTensors::deserialize(file).map_err(|error| TensorError::Unreadable(error.to_string()))?;
            for (name, view) in tensors.tensors() {
                if by_name.insert(name.clone(), view).is_some() {
                    return Err(TensorError::Twice { name });
                }
            }
        }
        Ok(Self { by_name })
    }

    /// The type and shape of the word embeddings in words, and their bytes; `None` if there are none.
    pub fn words(&self) -> Option<(String, &'a [u8])> {
        let (_, view) = self.by_name.iter().find(|(name, _)| name.ends_with(WORDS))?;
        Some((format!("{:?} {:?}", view.dtype(), view.shape()), view.data()))
    }

    /// Takes the word embeddings, if there are any, from another model's tensors.
    ///
    /// # Errors
    /// [`TensorError::Twice`] if there are some here too.
    pub fn borrow_words(&mut self, lender: Self) -> Result<(), TensorError> {
        for (name, view) in lender.by_name.into_iter().filter(|(name, _)| name.ends_with(WORDS)) {
            if self.by_name.insert(name.clone(), view).is_some() {
                return Err(TensorError::Twice { name });
            }
        }
        Ok(())
    }

    /// Whether there is a tensor called `name` that has not been taken.
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The shape of a tensor that has not been taken.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.by_name.get(name).map(TensorView::shape)
    }

    /// Takes a tensor as `f32`, row by row.
    ///
    /// # Errors
    /// If it is missing, or has another shape or type, or is not finite.
    pub fn take(&mut self, name: &str, expected: &[usize]) -> Result<Vec<f32>, TensorError> {
        let view = self.view(name, expected)?;
        let data = view.data();
        let values: Vec<f32> = match view.dtype() {
            Dtype::F32 => data.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
            Dtype::F16 => data.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect(),
            Dtype::BF16 => data.as_chunks().0.iter().map(|&bytes| bf16::from_le_bytes(bytes).to_f32()).collect(),
            got => return Err(TensorError::WrongType { name: name.to_owned(), got }),
        };
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(values),
            Some(index) => Err(TensorError::NotFinite { name: name.to_owned(), index, value: values[index] }),
        }
    }

    /// Takes an embedding table in the precision it is stored in: half stays half, since only few
    /// rows are ever read.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn take_table(&mut self, name: &str, expected: &[usize]) -> Result<EmbeddingTable, TensorError> {
        if self.by_name.get(name).is_none_or(|view| view.dtype() != Dtype::F16) {
            return self.take(name, expected).map(EmbeddingTable::F32);
        }
        let view = self.view(name, expected)?;
        let values: Vec<f16> = view.data().as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes)).collect();
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(EmbeddingTable::F16(values)),
            Some(index) => Err(TensorError::NotFinite { name: name.to_owned(), index, value: values[index].to_f32() }),
        }
    }

    /// Forgets tensors that the forward pass does not need, if they are there.
    pub fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.by_name.remove(*name);
        }
    }

    /// Checks that every tensor was taken.
    ///
    /// # Errors
    /// Names the first one (by name) that was not.
    pub fn finish(self) -> Result<(), TensorError> {
        match self.by_name.into_iter().min_by(|a, b| a.0.cmp(&b.0)) {
            None => Ok(()),
            Some((name, view)) => Err(TensorError::Unknown { name, got: view.shape().to_vec() }),
        }
    }

    fn view(&mut self, name: &str, expected: &[usize]) -> Result<TensorView<'a>, TensorError> {
        let view = self
            .by_name
            .remove(name)
            .ok_or_else(|| TensorError::Missing { name: name.to_owned(), expected: expected.to_vec() })?;
        if view.shape() != expected {
            return Err(TensorError::WrongShape {
                name: name.to_owned(),
                expected: expected.to_vec(),
                got: view.shape().to_vec(),
            });
        }
        Ok(view)
    }
}

/// Rows of an embedding.
pub enum EmbeddingTable {
    /// Half precision.
    F16(Vec<f16>),
    /// Single precision.
    F32(Vec<f32>),
}
