//! The files of a model directory, read whole, or those inside the binary.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::infer::{TensorError, Tensors};
use crate::model::embedded::Embedded;
use crate::model::error::{ModelError, ModelFile};
use crate::recipe::Recipe;
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
    /// The tensor files of the model that lends its word embeddings; none if the model has its own.
    lender: Vec<TensorFile<'a>>,
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
        let recipe = optional("recipe.json")?.map(Cow::from);
        let lender = match parse_recipe(dir, recipe.as_deref())?.word_embeddings {
            Some(name) => Some(lender(dir, name)?),
            None => None,
        };
        let tokenizer = match optional(ModelFile::Tokenizer.name())? {
            Some(json) => json.into(),
            None => match (older_tokenizer(dir)?, &lender) {
                (Some(json), _) => json.into(),
                (None, Some(lender)) => lender.tokenizer.clone(),
                (None, None) => required(ModelFile::Tokenizer, &["vocab.json", "spiece.model", "spm.model"])?.into(),
            },
        };
        let tensors = match optional("model.safetensors.index.json")? {
            Some(index) if !dir.join(ModelFile::Tensors.name()).exists() => read_shards(dir, &index)?,
            _ => {
                let bytes = required(ModelFile::Tensors, &["pytorch_model.bin", "tf_model.h5", "model.onnx"])?;
                vec![(dir.join(ModelFile::Tensors.name()), bytes.into())]
            }
        };
        let name = full_name(dir)?.file_name().map_or_else(|| "model".to_owned(), |n| n.to_string_lossy().into_owned());
        let lender = lender.map(|lender| lender.tensors).unwrap_or_default();
        Ok(ModelFiles { name, dir: dir.to_owned(), config, tokenizer, recipe, tensors, lender })
    }

    /// Those of a model inside this library. One that borrows its word embeddings does so from
    /// another one inside.
    ///
    /// # Errors
    /// [`ModelError::Lender`] if that one is not there.
    pub(super) fn embedded(model: &'static Embedded) -> Result<ModelFiles<'static>, ModelError> {
        let dir = Path::new("models").join(model.name);
        let lender = match parse_recipe(&dir, Some(model.recipe))?.word_embeddings {
            None => None,
            Some(name) => match Embedded::find(&name).filter(|other| other.tokenizer.is_some()) {
                Some(lender) => Some(lender),
                None => return Err(no_lender(&dir, name, "none")),
            },
        };
        let tokenizer = model.tokenizer.or(lender.and_then(|lender| lender.tokenizer));
        let tokenizer = tokenizer.ok_or_else(|| ModelError::NoFile {
            path: dir.clone(),
            file: ModelFile::Tokenizer,
            instead: None,
        })?;
        let tensors = |model: &'static Embedded| {
            (Path::new("models").join(model.name).join(ModelFile::Tensors.name()), model.tensors.into())
        };
        Ok(ModelFiles {
            name: model.name.to_owned(),
            dir,
            config: model.config.into(),
            tokenizer: tokenizer.into(),
            recipe: Some(model.recipe.into()),
            tensors: vec![tensors(model)],
            lender: lender.into_iter().map(tensors).collect(),
        })
    }

    /// The headers of the tensor files, and of the word embeddings where they are borrowed.
    pub(super) fn tensors(&self) -> Result<Tensors<'_>, TensorError> {
        let mut tensors = headers(&self.tensors)?;
        tensors.borrow_words(headers(&self.lender)?)?;
        Ok(tensors)
    }

    /// The file to name when something is wrong with a tensor.
    pub(super) fn tensor_path(&self) -> PathBuf {
        match self.tensors.as_slice() {
            [(path, _)] => path.clone(),
            _ => self.dir.join("model.safetensors.index.json"),
        }
    }

    /// The first half of the SHA-256 of all files, each with its length before it; and then, where
    /// they are borrowed, of the word embeddings: type, shape and numbers.
    pub(super) fn digest(&self) -> String {
        let mut sha = Sha256::new();
        let recipe = self.recipe.iter();
        let tensors = self.tensors.iter().map(|(_, bytes)| bytes);
        for bytes in [&self.config, &self.tokenizer].into_iter().chain(recipe).chain(tensors) {
            sha.update((bytes.len() as u64).to_le_bytes());
            sha.update(bytes);
        }
        let lender = headers(&self.lender).ok();
        if let Some((kind, bytes)) = lender.as_ref().and_then(Tensors::words) {
            for bytes in [kind.as_bytes(), bytes] {
                sha.update((bytes.len() as u64).to_le_bytes());
                sha.update(bytes);
            }
        }
        hex(&sha.finalize()[..16])
    }
}

/// The directory itself, also for `.` and `models/mine/`.
fn full_name(dir: &Path) -> Result<PathBuf, ModelError> {
    dir.canonicalize().map_err(|source| ModelError::Io { path: dir.to_owned(), source })
}

fn headers<'a>(files: &'a [TensorFile<'_>]) -> Result<Tensors<'a>, TensorError> {
    Tensors::new(files.iter().map(|(_, bytes)| &**bytes))
}

/// The recipe of the model in `dir`, whose `recipe.json` says this.
pub(super) fn parse_recipe(dir: &Path, json: Option<&[u8]>) -> Result<Recipe, ModelError> {
    let wrong =
        |error: serde_json::Error| ModelError::Recipe { path: dir.join("recipe.json"), message: error.to_string() };
    json.map_or_else(|| Ok(Recipe::default()), |json| serde_json::from_slice(json).map_err(wrong))
}

/// The model called `name` beside `dir`, which has word embeddings of its own.
fn lender(dir: &Path, name: String) -> Result<ModelFiles<'static>, ModelError> {
    // A name, not a path: a recipe must not make us read elsewhere.
    if Path::new(&name).file_name().is_none_or(|file| file != name.as_str()) {
        let message = format!("word_embeddings: expected the name of a model beside this one, found {name:?}");
        return Err(ModelError::Recipe { path: dir.join("recipe.json"), message });
    }
    let beside = full_name(dir)?.parent().map(|parent| parent.join(&name)).filter(|path| path.is_dir());
    // Named as the user named the first, not in full.
    let Some(beside) = beside.map(|_| dir.join("..").join(&name)) else {
        return Err(no_lender(dir, name, "none"));
    };
    let recipe = read_if_there(&beside.join("recipe.json"))?;
    if parse_recipe(&beside, recipe.as_deref())?.word_embeddings.is_some() {
        return Err(no_lender(dir, name, "one that borrows them itself"));
    }
    let files = ModelFiles::read(&beside)?;
    let tensors =
        files.tensors().map_err(|reason| ModelError::Tensors { path: files.tensor_path(), reason, n_tags: 0 })?;
    if tensors.words().is_none() {
        return Err(no_lender(dir, name, "one without word embeddings"));
    }
    drop(tensors);
    Ok(files)
}

fn no_lender(dir: &Path, name: String, found: &'static str) -> ModelError {
    ModelError::Lender { path: dir.join("recipe.json"), name, found }
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
