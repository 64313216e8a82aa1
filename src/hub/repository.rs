//! A repository on the hub, and what is fetched from it.

use std::path::{Path, PathBuf};

/// Where models are, unless another place is named.
pub const ENDPOINT: &str = "https://huggingface.co";

/// The file of a model's weights.
pub(super) const WEIGHTS: &str = "model.safetensors";

/// A repository on the hub.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repository {
    pub(super) owner: String,
    pub(super) name: String,
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
