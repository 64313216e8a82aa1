//! The requests, and the files that come of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::hub::error::HubError;
use crate::hub::repository::{Fetched, Repository, WEIGHTS};

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

/// Fetches the model in `repository` at `revision` (a branch, tag or commit) into `into`, and tells
/// of every file as it is done.
///
/// # Errors
/// If the hub cannot be reached or refuses, the repository has no model that dateline could read,
/// or a file arrives damaged. What has arrived by then stays, and the next call resumes from there.
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
    if !has(WEIGHTS) && !has("model.safetensors.index.json") {
        return Err(HubError::NoFile { repository: name, file: WEIGHTS });
    }
    let is_weight = |file: &str| match has(WEIGHTS) {
        true => file == WEIGHTS,
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
        // Complete, too long or of unknown length: nothing to resume from.
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
