//! Which files of a directory are meant: patterns as in ripgrep and gitignore.
//!
//! A pattern is matched against the path below the directory that was named. One without a slash
//! matches a name at any depth; with one it matches from the top. `*` and `?` do not go over a
//! slash, and `**` does. What matches a directory matches all that is below it.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::source::error::SourceError;

/// Tells which files are meant.
pub struct Selection {
    /// Files to read; all if `None`.
    include: Option<Patterns>,
    /// Files to leave out, whatever the others say.
    exclude: Patterns,
}

impl Selection {
    /// The files that match one of `include`, if there are any, and none of `exclude`.
    ///
    /// # Errors
    /// [`SourceError::Pattern`] for the first pattern that is none.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, SourceError> {
        let include = if include.is_empty() { None } else { Some(Patterns::new(include)?) };
        Ok(Self { include, exclude: Patterns::new(exclude)? })
    }

    /// Whether the file `path`, below the directory that was named, is meant.
    pub fn has(&self, path: &Path) -> bool {
        self.include.as_ref().is_none_or(|include| include.match_file(path)) && !self.exclude.match_file(path)
    }

    /// Whether all that is in the directory `path` is left out.
    pub fn excludes(&self, path: &Path) -> bool {
        self.exclude.match_file(path) || self.exclude.directories.is_match(path)
    }
}

/// Patterns of which one suffices.
struct Patterns {
    /// Of files and directories.
    any: GlobSet,
    /// Of directories alone: those that ended in a slash.
    directories: GlobSet,
}

impl Patterns {
    fn new(patterns: &[String]) -> Result<Self, SourceError> {
        let mut any = GlobSetBuilder::new();
        let mut directories = GlobSetBuilder::new();
        for pattern in patterns {
            let refused = |reason: String| SourceError::Pattern { pattern: pattern.clone(), reason };
            let (inner, is_directory) = match pattern.strip_suffix('/') {
                Some(inner) => (inner, true),
                None => (pattern.as_str(), false),
            };
            if inner.is_empty() {
                return Err(refused("there is nothing in it".to_owned()));
            }
            let glob = match inner.strip_prefix('/') {
                Some(from_top) => from_top.to_owned(),
                None if inner.contains('/') => inner.to_owned(),
                None => format!("**/{inner}"),
            };
            let glob = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build();
            let glob = glob.map_err(|error| refused(error.kind().to_string()))?;
            if is_directory { &mut directories } else { &mut any }.add(glob);
        }
        let built = |builder: GlobSetBuilder| {
            builder
                .build()
                .map_err(|error| SourceError::Pattern { pattern: patterns.join(" "), reason: error.kind().to_string() })
        };
        Ok(Self { any: built(any)?, directories: built(directories)? })
    }

    fn match_file(&self, path: &Path) -> bool {
        let mut above = path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
        self.any.is_match(path) || above.any(|above| self.any.is_match(above) || self.directories.is_match(above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of these files those that are meant.
    fn chosen(include: &[&str], exclude: &[&str]) -> Vec<&'static str> {
        const FILES: [&str; 6] =
            ["a.txt", "b.jsonl", "drafts/a.txt", "2024/a.txt", "2024/drafts/c.txt", "2024/05/a.txt"];
        let owned = |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect::<Vec<_>>();
        let Ok(selection) = Selection::new(&owned(include), &owned(exclude)) else { panic!("all are patterns") };
        FILES.into_iter().filter(|file| selection.has(Path::new(file))).collect()
    }

    #[test]
    fn patterns_mean_what_they_mean_elsewhere() {
        assert_eq!(chosen(&[], &[]).len(), 6);
        assert_eq!(chosen(&["*.jsonl"], &[]), ["b.jsonl"]);
        assert_eq!(chosen(&["a.*"], &[]), ["a.txt", "drafts/a.txt", "2024/a.txt", "2024/05/a.txt"]);
        // With a slash from the top, and a star does not go over one.
        assert_eq!(chosen(&["2024/*.txt"], &[]), ["2024/a.txt"]);
        assert_eq!(chosen(&["2024/**/*.txt"], &[]), ["2024/a.txt", "2024/drafts/c.txt", "2024/05/a.txt"]);
        assert_eq!(chosen(&["/*.txt"], &[]), ["a.txt"]);
        assert_eq!(chosen(&["{a,c}.txt", "b*"], &["2024/"]), ["a.txt", "b.jsonl", "drafts/a.txt"]);
        // What matches a directory matches what is below.
        assert_eq!(chosen(&[], &["drafts"]), ["a.txt", "b.jsonl", "2024/a.txt", "2024/05/a.txt"]);
        assert_eq!(chosen(&[], &["/drafts/"]).len(), 5);
        assert_eq!(chosen(&[], &["a.txt/"]).len(), 6);
        assert_eq!(chosen(&["2024"], &["0[0-9]", "c.???"]), ["2024/a.txt"]);
        assert_eq!(chosen(&["*.txt"], &["*.txt"]), [""; 0]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["[", "{a", "a[z-a]", "", "/", "x\\"] {
            let refused = Selection::new(&[], &[pattern.to_owned()]);
            assert!(matches!(refused, Err(SourceError::Pattern { .. })), "{pattern}");
        }
    }
}
