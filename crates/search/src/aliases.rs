//! The house's own list of who is who: `--aliases FILE`.
//!
//! A line is a kind, the name to show, and another form of it, with tabs between them:
//! `place⇥United States⇥US`. Wherever an article has an entity of that kind under the other form,
//! the entity gets the name to show and keeps the form as an alias.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use dateline::internals::digest::hex;
use dateline::internals::error::UserError;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::fold::fold;

/// Names across articles, by kind and folded form.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Aliases {
    canonical: HashMap<(String, String), String>,
    digest: Option<String>,
}

/// A list of aliases cannot be used.
#[derive(Debug, Error)]
pub enum AliasError {
    /// It cannot be read.
    #[error("{path}: cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not three cells.
    #[error("{path}:{line}: found {found} cells, wanted three with a tab between them: kind, name, alias")]
    Cells {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// How many there are that hold something.
        found: usize,
    },
    /// One form would be two names.
    #[error("{path}:{line}: {form} is {before:?} on an earlier line, and {here:?} here")]
    Twice {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The kind and the form.
        form: String,
        /// Whose it is on an earlier line.
        before: String,
        /// Whose it is here.
        here: String,
    },
}

impl UserError for AliasError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } | Self::Twice { .. } => None,
            Self::Cells { .. } => Some("a line looks like this: place<TAB>United States<TAB>US".to_owned()),
        }
    }
}

impl Aliases {
    /// Reads the file `path`. Empty lines and those that begin with `#` are passed over.
    ///
    /// # Errors
    /// If it cannot be read, a line is not three cells, or one form is to be two names.
    pub fn open(path: &Path) -> Result<Self, AliasError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| AliasError::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, AliasError> {
        let mut canonical: HashMap<(String, String), String> = HashMap::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (i, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let cells: Vec<&str> = line.split('\t').map(str::trim).filter(|cell| !cell.is_empty()).collect();
            let &[kind, name, alias] = cells.as_slice() else {
                return Err(AliasError::Cells { path: path.to_owned(), line: i + 1, found: cells.len() });
            };
            let kind = kind.to_lowercase();
            let key = (kind.clone(), fold(alias));
            match canonical.get(&key) {
                Some(before) if before != name => {
                    let (form, before, here) = (format!("{kind} {alias:?}"), before.clone(), name.to_owned());
                    return Err(AliasError::Twice { path: path.to_owned(), line: i + 1, form, before, here });
                }
                _ => canonical.insert(key, name.to_owned()),
            };
            // Another spelling of the name itself is shown as the list has it.
            canonical.entry((kind, fold(name))).or_insert_with(|| name.to_owned());
        }
        Ok(Self { canonical, digest: Some(hex(&Sha256::digest(text))[..16].to_owned()) })
    }

    /// The name to show for what is called `name` in an article; none if the list does not say.
    pub fn canonical(&self, kind: &str, name: &str) -> Option<&str> {
        if self.canonical.is_empty() {
            return None;
        }
        self.canonical.get(&(kind.to_owned(), fold(name))).map(String::as_str)
    }

    /// Tells this list from others; none where there is no list.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_lead_to_the_name_to_show() {
        let list = "# house style\n\nplace\tUnited States\tUS\nplace\tUnited States\tU.S.\nORG\tEuropean Union\tEU\n";
        let aliases = Aliases::parse(list, Path::new("list.tsv")).expect("it is well-formed");
        assert_eq!(aliases.canonical("place", "u.s."), Some("United States"));
        assert_eq!(aliases.canonical("place", "UNITED STATES"), Some("United States"));
        assert_eq!(aliases.canonical("org", "EU"), Some("European Union"));
        assert_eq!(aliases.canonical("place", "EU"), None);
    }

    #[test]
    fn lines_that_are_wrong_are_named() {
        let error = |list: &str| Aliases::parse(list, Path::new("list.tsv")).expect_err("it is wrong").to_string();
        assert_eq!(
            error("place\tUS\n"),
            "list.tsv:1: found 2 cells, wanted three with a tab between them: kind, name, alias"
        );
        assert_eq!(
            error("\nplace\tUnited States\tGeorgia\nplace\tGeorgia\tgeorgia\n"),
            "list.tsv:3: place \"georgia\" is \"United States\" on an earlier line, and \"Georgia\" here"
        );
    }
}
