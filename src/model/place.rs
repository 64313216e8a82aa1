//! Where a model is.

use std::path::{Path, PathBuf};

use crate::model::embedded::{EMBEDDED, Embedded};
use crate::model::error::ModelError;

/// Where a model is: inside this library, or in a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// Inside, under this name.
    BuiltIn(&'static str),
    /// A directory.
    Directory(PathBuf),
}

/// A model inside this library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BuiltIn {
    /// What it is called.
    pub name: &'static str,
    /// Bytes that it has in the library.
    pub size: usize,
}

/// The models inside this library, the default first; none in a build without the feature
/// `embedded-model`.
pub fn built_in() -> Vec<BuiltIn> {
    EMBEDDED.iter().map(|model| BuiltIn { name: model.name, size: model.size() }).collect()
}

impl Place {
    /// What `named` means: a built-in model's name, or else a directory. A directory that is called
    /// as a built-in model is `./news-en`.
    ///
    /// # Errors
    /// [`ModelError::Unknown`] if it is neither.
    pub fn of(named: &Path) -> Result<Self, ModelError> {
        match named.to_str().and_then(Embedded::find) {
            Some(model) => Ok(Self::BuiltIn(model.name)),
            None if named.is_dir() => Ok(Self::Directory(named.to_owned())),
            None => Err(ModelError::Unknown {
                path: named.to_owned(),
                built_in: EMBEDDED.iter().map(|model| model.name).collect(),
            }),
        }
    }

    /// The built-in model that is taken where nobody names one.
    ///
    /// # Errors
    /// [`ModelError::NotEmbedded`] in a build without the feature `embedded-model`.
    pub fn default_model() -> Result<Self, ModelError> {
        EMBEDDED.first().map(|model| Self::BuiltIn(model.name)).ok_or(ModelError::NotEmbedded)
    }
}
