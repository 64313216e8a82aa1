//! Fetches a model directory from the Hugging Face hub over HTTPS, and can go on where it was cut off.
//!
//! What is asked for: the list of the repository's files at a revision, and of these the configuration, the tokenizer, the safetensors
//! and the card. Every file is written as `NAME.part`, checked against the size and, for large files, the SHA-256 that the hub
//! states, and only then gets its name. Weights in other formats are left where they are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::digest::hex;
use crate::error::{Severity, UserError};

/// Where models are, unless another place is named.
pub const ENDPOINT: &str = "https://huggingface.co";

/// A repository on the hub.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repository {
    owner: String,
    name: String,
}

impl std::str::FromStr for Repository {
    type Err = String;

    /// `OWNER/NAME`.
    fn from_str(text: &str) -> Result<Self, String> {
        let is_name = |part: &str| {
            let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            !part.is_empty() && !part.starts_with('.') && part.chars().all(is_allowed)
        };
        match text.split_once('/') {
            Some((owner, name)) if is_name(owner) && is_name(name) => {
                Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
            }
            _ => Err("expected OWNER/NAME, of letters, digits, -, _ and .".to_owned()),
        }
    }
}

impl Repository {
    /// Where its model goes inside a folder of models.
    pub fn folder(&self, models: &Path) -> PathBuf {
        models.join(&self.owner).join(&self.name)
    }
}

/// Why a model was not fetched.
#[derive(Debug, Error)]
pub enum HubError {
    /// No answer, or one that says no.
    #[error("{url}: {message}")]
    Refused {
        /// What was asked for.
        url: String,
        /// What came of it.
        message: String,
    },
    /// A repository without what a model needs.
    #[error("{repository}: no {file} in this repository")]
    NoFile {
        /// The repository.
        repository: String,
        /// What is missing.
        file: &'static str,
    },
    /// A file that is not what the hub says it is.
    #[error("{url}: expected {wanted}, got {got}")]
    Damaged {
        /// The file.
        url: String,
        /// Its size or digest as stated.
        wanted: String,
        /// As received.
        got: String,
    },
    /// A file that cannot be written.
    #[error("{path}: cannot be written")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl UserError for HubError {
    fn severity(&self) -> Severity {
        Severity::Fatal
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Refused { .. } => "run the same command again: it resumes where it was cut off",
            Self::NoFile { file: "model.safetensors", .. } => {
                "only safetensors are read; models/README.md says how to convert a checkpoint"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// A file that has arrived.
pub struct Fetched {
    /// Its name in the model directory.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
    /// How many of the bytes were there already.
    pub resumed: u64,
}

#[derive(Deserialize)]
struct Listing {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    sha256: String,
}

/// Files that are fetched where there are any; `README.md` becomes the model's card.
const SMALL: [&str; 6] =
    ["config.json", "recipe.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "sentencepiece.bpe.model"];
const CARD: [&str; 2] = ["README.md", "MODEL_CARD.md"];
/// More than this is no listing of a repository.
const LARGEST_LISTING: u64 = 64 << 20;

/// Fetches the model in `repository` at `revision` (a branch, tag or commit) into `into`, and tells of every file as it is done.
///
/// # Errors
/// If the hub cannot be reached or refuses, the repository has no model that dateline could read, or a file arrives damaged. What has
/// arrived by then stays, and the next call goes on from there.
pub fn pull(
    endpoint: &str,
    repository: &Repository,
    revision: &str,
    into: &Path,
    mut done: impl FnMut(&Fetched),
) -> Result<(), HubError> {
    let (endpoint, name) = (endpoint.trim_end_matches('/'), format!("{}/{}", repository.owner, repository.name));
    let url = format!("{endpoint}/api/models/{name}/revision/{revision}?blobs=true");
    let mut response = get(&url, 0)?;
    let refused = |message: String| HubError::Refused { url: url.clone(), message };
    let text = response.body_mut().with_config().limit(LARGEST_LISTING).read_to_vec();
    let text = text.map_err(|error| refused(error.to_string()))?;
    let listing: Listing = serde_json::from_slice(&text).map_err(|error| refused(format!("no listing: {error}")))?;

    let has = |file: &str| listing.siblings.iter().any(|sibling| sibling.rfilename == file);
    if !has("config.json") {
        return Err(HubError::NoFile { repository: name, file: "config.json" });
    }
    if !["tokenizer.json", "vocab.txt", "sentencepiece.bpe.model"].into_iter().any(has) {
        return Err(HubError::NoFile { repository: name, file: "tokenizer.json" });
    }
    if !has("model.safetensors") && !has("model.safetensors.index.json") {
        return Err(HubError::NoFile { repository: name, file: "model.safetensors" });
    }
    let is_weight = |file: &str| match has("model.safetensors") {
        true => file == "model.safetensors",
        // Shards stand beside their index, and nothing here may leave the folder.
        false => {
            file.starts_with("model") && (file.ends_with(".safetensors") || file == "model.safetensors.index.json")
        }
    };
    fs::create_dir_all(into).map_err(|source| HubError::Io { path: into.to_owned(), source })?;
    for sibling in &listing.siblings {
        let file = sibling.rfilename.as_str();
        let local = match file {
            _ if file.contains('/') => continue,
            _ if SMALL.contains(&file) || is_weight(file) => file,
            _ if file == CARD[0] => CARD[1],
            _ => continue,
        };
        let url = format!("{endpoint}/{name}/resolve/{}/{file}", listing.sha);
        done(&fetch(&url, sibling, local, into)?);
    }
    Ok(())
}

/// Asks for `url` from byte `from` on.
fn get(url: &str, from: u64) -> Result<ureq::http::Response<ureq::Body>, HubError> {
    let mut request = ureq::get(url).header("user-agent", concat!("dateline/", env!("CARGO_PKG_VERSION")));
    if from > 0 {
        request = request.header("range", format!("bytes={from}-"));
    }
    request.call().map_err(|error| HubError::Refused { url: url.to_owned(), message: error.to_string() })
}

fn fetch(url: &str, sibling: &Sibling, name: &str, into: &Path) -> Result<Fetched, HubError> {
    let path = into.join(name);
    let partial = into.join(format!("{name}.part"));
    let io_error = |path: &Path| {
        let path = path.to_owned();
        move |source| HubError::Io { path, source }
    };
    let wanted = sibling.lfs.as_ref().map(|lfs| lfs.sha256.as_str());
    if path.exists() {
        let (size, sha256) = digest(&path).map_err(io_error(&path))?;
        if sibling.size == Some(size) && wanted.is_none_or(|wanted| wanted == sha256) {
            return Ok(Fetched { name: name.to_owned(), size, sha256, resumed: size });
        }
    }
    let mut resumed = fs::metadata(&partial).map_or(0, |metadata| metadata.len());
    if sibling.size.is_none_or(|size| resumed >= size) {
        // Complete, too long or of unknown length: nothing to go on from.
        resumed = 0;
    }
    let mut response = get(url, resumed)?;
    if response.status() != 206 {
        resumed = 0;
    }
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(resumed == 0)
        .append(resumed > 0)
        .open(&partial)
        .map_err(io_error(&partial))?;
    let mut reader = response.body_mut().as_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) => return Err(HubError::Refused { url: url.to_owned(), message: error.to_string() }),
        };
        file.write_all(&buffer[..n]).map_err(io_error(&partial))?;
    }
    file.sync_all().map_err(io_error(&partial))?;
    let (size, sha256) = digest(&partial).map_err(io_error(&partial))?;
    let damaged = |wanted: String, got: String| {
        // What is wrong would stay wrong.
        let _ = fs::remove_file(&partial);
        HubError::Damaged { url: url.to_owned(), wanted, got }
    };
    match sibling.size {
        Some(wanted) if size < wanted => {
            let message = format!("ended after {size} of {wanted} bytes");
            return Err(HubError::Refused { url: url.to_owned(), message });
        }
        Some(wanted) if size > wanted => return Err(damaged(format!("{wanted} bytes"), format!("{size}"))),
        _ => {}
    }
    if let Some(wanted) = wanted.filter(|wanted| *wanted != sha256) {
        return Err(damaged(format!("sha256 {wanted}"), sha256));
    }
    fs::rename(&partial, &path).map_err(io_error(&path))?;
    Ok(Fetched { name: name.to_owned(), size, sha256, resumed })
}

/// A file's size and SHA-256.
fn digest(path: &Path) -> io::Result<(u64, String)> {
    let (mut sha, mut file) = (Sha256::new(), File::open(path)?);
    let size = io::copy(&mut file, &mut sha)?;
    Ok((size, hex(&sha.finalize())))
}
