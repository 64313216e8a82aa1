//! What verdicts hang on: the text of an article.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::document::Article;

/// The first 16 bytes of SHA-256 over the fields of an article that were read: of each the length
/// of its name, the name, the length of its text and the text, lengths as 8 bytes, the lowest
/// first.
///
/// Neither id nor position is in it, so that copies of an article share their verdicts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArticleKey([u8; 16]);

impl ArticleKey {
    /// Of `article`.
    pub fn of(article: &Article) -> Self {
        let mut sha = Sha256::new();
        for field in &article.fields {
            for part in [field.name.as_str(), field.span.of(&article.text)] {
                sha.update((part.len() as u64).to_le_bytes());
                sha.update(part);
            }
        }
        let digest = sha.finalize();
        Self(std::array::from_fn(|i| digest[i]))
    }

    /// Of bytes from an index.
    pub fn of_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes, as an index has them.
    pub fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for ArticleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for ArticleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ArticleKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("found {text:?}, wanted the key of an article: 32 hexadecimal digits");
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| wrong())?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for ArticleKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ArticleKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
