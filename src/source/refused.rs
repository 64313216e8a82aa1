//! Files of directories that cannot be read and are skipped.

use crate::error::{UserError as _, chain};
use crate::source::error::SourceError;

/// A file that was skipped: it was not named itself, and is no reason to give up a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusedFile {
    /// The file, or a directory below the one that was named; on one line, whatever is in its name.
    pub path: String,
    /// What was found and what was wanted.
    pub reason: String,
    /// What the user can do about it.
    pub hint: Option<String>,
}

/// All of them: the first few as they are, and how many there are.
#[derive(Default)]
pub struct Refused {
    /// The first [`Refused::SHOWN`].
    pub files: Vec<RefusedFile>,
    /// How many there are.
    pub count: u64,
    /// What is wrong with the first one.
    pub first: Option<SourceError>,
}

impl Refused {
    /// Files that are remembered by name.
    pub const SHOWN: u64 = 20;

    /// The file `path` cannot be read. What to tell the user about it.
    pub fn add(&mut self, path: String, error: SourceError) -> String {
        let message = chain(&error);
        self.count += 1;
        if self.count <= Self::SHOWN {
            let reason = message.strip_prefix(path.as_str()).and_then(|rest| rest.strip_prefix(": "));
            let reason = reason.unwrap_or(&message).to_owned();
            self.files.push(RefusedFile { path, reason, hint: error.hint() });
        }
        self.first.get_or_insert(error);
        format!("{message}; skipped")
    }
}
