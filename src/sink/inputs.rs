//! Which files an output was made from: their names, lengths and digests.
//!
//! While an output is unfinished a list of them stands beside it as `OUT.inputs`, a JSON line for
//! each file in reading order; when it is complete its manifest has them, if they are not too many.
//! The list says what has changed when an input is not the same any more, and saves reading files
//! whose time stamps are as they were: a time is only ever a shortcut, on the machine that it comes
//! from.

use std::fs::{self, File, Metadata};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::digest::hex;

/// What tells an input from any other, wherever a copy of it is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct InputIdentity {
    /// How many files.
    pub files: u64,
    /// Their lengths added up, in bytes.
    pub bytes: u64,
    /// Digest of their names (relative to the directory that was named), lengths and contents, in
    /// reading order.
    pub sha256: String,
}

/// A file of the input.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InputEntry {
    /// Its path below the directory that was named, or as it was named itself.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Digest of its bytes.
    pub sha256: String,
    /// What the file system says of when it was last changed; nothing in a manifest, which does not
    /// depend on that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    stamp: String,
}

/// Stands for the digest of a file that cannot be read.
const UNREADABLE: &str = "unreadable";

/// Files that a manifest lists; of more it has only the identity of all.
const LISTED: usize = 1000;

/// What is known of an input from earlier.
pub enum Known<'k> {
    /// Nothing.
    Nothing,
    /// These files.
    Entries(&'k [InputEntry]),
    /// Those in the list that an interrupted run has left, if it has.
    List(&'k Path),
}

/// What was found out about an input.
#[derive(Debug)]
pub struct Survey {
    /// What tells it from others.
    pub identity: InputIdentity,
    /// The first file that is not as in the older list, in words, if there is an older list and
    /// such a file.
    pub first_difference: Option<String>,
}

/// Looks at `files`, each with its name and its path, in reading order. Those that are `known`,
/// with the same stamp, are not read again. Writes the list to `list`, if that is wanted.
///
/// # Errors
/// If the list cannot be written.
pub fn survey(
    files: &mut dyn Iterator<Item = (String, PathBuf)>,
    known: Known<'_>,
    list: Option<&Path>,
) -> io::Result<Survey> {
    let mut older = Older::of(known);
    let mut list = list.map(|path| File::create(path).map(|file| (path, BufWriter::new(file)))).transpose()?;
    let mut identity = InputIdentity::default();
    let mut sha256 = Sha256::new();
    let mut first_difference = None;
    for (name, path) in files {
        let was = older.next();
        // What cannot be read is not tagged either, and the same if it stays so.
        let (bytes, stamp) = fs::metadata(&path).map_or((0, String::new()), |about| (about.len(), stamp(&about)));
        let is_as_it_was =
            |was: &&InputEntry| was.name == name && was.bytes == bytes && was.stamp == stamp && !stamp.is_empty();
        let digest = match was.as_ref().filter(is_as_it_was) {
            Some(was) => was.sha256.clone(),
            None => digest_of(&path).unwrap_or_else(|_| UNREADABLE.to_owned()),
        };
        if first_difference.is_none() && older.exists {
            first_difference = match &was {
                None => Some(format!("{name} is new")),
                Some(was) if was.name != name => Some(format!("{} is gone, or {name} is new", was.name)),
                Some(was) if (was.bytes, &was.sha256) != (bytes, &digest) => Some(format!("{name} has changed")),
                Some(_) => None,
            };
        }
        for part in [name.as_bytes(), &bytes.to_le_bytes(), digest.as_bytes()] {
            sha256.update((part.len() as u64).to_le_bytes());
            sha256.update(part);
        }
        identity.files += 1;
        identity.bytes += bytes;
        if let Some((_, list)) = &mut list {
            serde_json::to_writer(&mut *list, &InputEntry { name, bytes, sha256: digest, stamp })?;
            list.write_all(b"\n")?;
        }
    }
    if let Some(was) = older.next()
        && first_difference.is_none()
    {
        first_difference = Some(format!("{} is gone", was.name));
    }
    if let Some((_, list)) = list {
        list.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    }
    identity.sha256 = hex(&sha256.finalize());
    Ok(Survey { identity, first_difference })
}

/// The files that are in the list at `path`, without their stamps; none if there is no list, or if
/// they are too many.
pub fn listed(path: &Path) -> Option<Vec<InputEntry>> {
    let entries = entries(File::open(path).ok()?).map(|entry| InputEntry { stamp: String::new(), ..entry });
    let entries: Vec<InputEntry> = entries.take(LISTED + 1).collect();
    (entries.len() <= LISTED).then_some(entries)
}

/// What a list holds. Where it is damaged it ends.
fn entries(list: File) -> impl Iterator<Item = InputEntry> {
    BufReader::new(list).lines().map_while(|line| serde_json::from_str(&line.ok()?).ok())
}

/// What is known from earlier, file by file.
struct Older<'k> {
    entries: Box<dyn Iterator<Item = InputEntry> + 'k>,
    exists: bool,
}

impl<'k> Older<'k> {
    fn of(known: Known<'k>) -> Self {
        let entries: Option<Box<dyn Iterator<Item = InputEntry> + 'k>> = match known {
            Known::Nothing => None,
            Known::Entries(known) => Some(Box::new(known.iter().cloned())),
            Known::List(path) => File::open(path).ok().map(|list| Box::new(entries(list)) as Box<_>),
        };
        Self { exists: entries.is_some(), entries: entries.unwrap_or_else(|| Box::new(std::iter::empty())) }
    }

    fn next(&mut self) -> Option<InputEntry> {
        self.entries.next()
    }
}

fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut sha256 = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex(&sha256.finalize())),
            Ok(n) => sha256.update(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Changes whenever the file's content does: its inode, and when this was last changed. Empty where
/// that is not known.
#[cfg(unix)]
fn stamp(about: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let changed = [about.mtime(), about.mtime_nsec(), about.ctime(), about.ctime_nsec()];
    let changed: Vec<String> = changed.iter().map(i64::to_string).collect();
    format!("{}:{}:{}", about.dev(), about.ino(), changed.join(":"))
}

#[cfg(not(unix))]
fn stamp(_: &Metadata) -> String {
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_changed_is_named_and_touching_is_no_change() {
        let dir = tempfile::tempdir().expect("a directory for temporary files");
        let at = |name: &str| dir.path().join(name);
        let list = at("out.inputs");
        let look_and = |names: &[&str], known: Known<'_>, list: Option<&Path>| {
            let mut files = names.iter().map(|name| ((*name).to_owned(), at(name)));
            survey(&mut files, known, list).expect("the directory is ours")
        };
        let look = |names: &[&str]| look_and(names, Known::List(&list), None);
        for name in ["a", "b", "c"] {
            fs::write(at(name), name).expect("the directory is ours");
        }
        let first = look_and(&["a", "b", "c"], Known::Nothing, Some(&list));
        assert_eq!((first.identity.files, first.identity.bytes, first.first_difference), (3, 3, None));

        let again = look(&["a", "b", "c"]);
        assert_eq!((&again.identity, again.first_difference), (&first.identity, None));
        // The same bytes, written later.
        fs::write(at("b"), "b").expect("the directory is ours");
        let touched = look(&["a", "b", "c"]);
        assert_eq!((&touched.identity, touched.first_difference), (&first.identity, None));

        fs::write(at("b"), "x").expect("the directory is ours");
        let changed = look(&["a", "b", "c"]);
        assert_ne!(changed.identity, first.identity);
        assert_eq!(changed.first_difference.as_deref(), Some("b has changed"));
        fs::write(at("b"), "b").expect("the directory is ours");
        assert_eq!(look(&["a", "b"]).first_difference.as_deref(), Some("c is gone"));
        assert_eq!(look(&["a", "c"]).first_difference.as_deref(), Some("b is gone, or c is new"));
        fs::write(at("d"), "d").expect("the directory is ours");
        assert_eq!(look(&["a", "b", "c", "d"]).first_difference.as_deref(), Some("d is new"));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_one_that_can_change() {
        let dir = tempfile::tempdir().expect("a directory for temporary files");
        let path = dir.path().join("gone");
        let look = || {
            let mut files = [("gone".to_owned(), path.clone())].into_iter();
            survey(&mut files, Known::Nothing, None).expect("there is nothing to write").identity
        };
        let gone = look();
        assert_eq!(look(), gone);
        fs::write(&path, "").expect("the directory is ours");
        assert_ne!(look(), gone);
    }
}
