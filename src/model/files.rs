//! The files of a model directory, read whole, or those inside the binary.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::infer::{TensorError, Tensors};
use crate::model::embedded::EMBEDDED;
use crate::model::error::{ModelError, ModelFile};
use crate::tokenize::{TokenizerError, legacy};

/// The files of a model, read whole.
pub(super) struct ModelFiles<'a> {
    /// The model's.
    pub(super) name: String,
    pub(super) dir: PathBuf,
    pub(super) config: Cow<'a, [u8]>,
    pub(super) tokenizer: Cow<'a, [u8]>,
    pub(super) recipe: Option<Cow<'a, [u8]>>,
    /// One file, or all shards in order of their names.
    tensors: Vec<TensorFile<'a>>,
}

/// A file and its bytes.
type TensorFile<'a> = (PathBuf, Cow<'a, [u8]>);

impl ModelFiles<'_> {
    /// Those in `dir`.
    pub(super) fn read(dir: &Path) -> Result<ModelFiles<'static>, ModelError> {
        if !dir.is_dir() {
            return Err(ModelError::NotADirectory { path: dir.to_owned() });
        }
        let optional = |file: &str| read_if_there(&dir.join(file));
        let required = |file: ModelFile, alternatives: &[&'static str]| {
            optional(file.name())?.ok_or_else(|| ModelError::NoFile {
                path: dir.to_owned(),
                file,
                instead: alternatives.iter().copied().find(|other| dir.join(other).exists()),
            })
        };
        let config = required(ModelFile::Config, &[])?.into();
        let tokenizer = match optional(ModelFile::Tokenizer.name())? {
            Some(json) => json,
            None => match older_tokenizer(dir)? {
                Some(json) => json,
                None => required(ModelFile::Tokenizer, &["vocab.json", "spiece.model", "spm.model"])?,
            },
        };
        let tensors = match optional("model.safetensors.index.json")? {
            Some(index) if !dir.join(ModelFile::Tensors.name()).exists() => read_shards(dir, &index)?,
            _ => {
                let bytes = required(ModelFile::Tensors, &["pytorch_model.bin", "tf_model.h5", "model.onnx"])?;
                vec![(dir.join(ModelFile::Tensors.name()), bytes.into())]
            }
        };
        // The name of the directory itself, also for `.` and `models/mine/`.
        let full = dir.canonicalize().map_err(|source| ModelError::Io { path: dir.to_owned(), source })?;
        let name = full.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned());
        let recipe = optional("recipe.json")?.map(Cow::from);
        Ok(ModelFiles { name, dir: dir.to_owned(), config, tokenizer: tokenizer.into(), recipe, tensors })
    }

    /// Those inside this library.
    ///
    /// # Errors
    /// [`ModelError::NotEmbedded`].
    pub(super) fn embedded() -> Result<ModelFiles<'static>, ModelError> {
        let embedded = EMBEDDED.as_ref().ok_or(ModelError::NotEmbedded)?;
        Ok(ModelFiles {
            name: "news-en".to_owned(),
            dir: PathBuf::from("models/news-en"),
            config: embedded.config.into(),
            tokenizer: embedded.tokenizer.into(),
            recipe: Some(embedded.recipe.into()),
            tensors: vec![(PathBuf::from("models/news-en/model.safetensors"), embedded.tensors.into())],
        })
    }

    /// The headers of the tensor files.
    pub(super) fn tensors(&self) -> Result<Tensors<'_>, TensorError> {
        Tensors::new(self.tensors.iter().map(|(_, bytes)| &**bytes))
    }

    /// The file to name when something is wrong with a tensor.
    pub(super) fn tensor_path(&self) -> PathBuf {
        match self.tensors.as_slice() {
            [(path, _)] => path.clone(),
            _ => self.dir.join("model.safetensors.index.json"),
        }
    }

    /// The first half of the SHA-256 of all files, each with its length before it.
    pub(super) fn digest(&self) -> String {
        let mut sha = Sha256::new();
        let recipe = self.recipe.iter();
        let tensors = self.tensors.iter().map(|(_, bytes)| bytes);
        for bytes in [&self.config, &self.tokenizer].into_iter().chain(recipe).chain(tensors) {
            sha.update((bytes.len() as u64).to_le_bytes());
            sha.update(bytes);
        }
        hex(&sha.finalize()[..16])
    }
}

/// What `tokenizer.json` would say, from the files that checkpoints had before there was such a
/// file.
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

pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, ModelError> {
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
