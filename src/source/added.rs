//! Where a record has the keys that it adds to its article.

/// Where the keys stand that records have beside the article's own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AddedKeys {
    /// Beside the article's.
    Beside,
    /// In an object under this key.
    Under(String),
}

impl AddedKeys {
    /// Under `key` if there is one.
    pub fn under(key: Option<&str>) -> Self {
        key.map_or(Self::Beside, |key| Self::Under(key.to_owned()))
    }
}
