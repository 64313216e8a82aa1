//! What a run writes down so that another can resume it: how far its output goes, and what made it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::sink::files::replace;
use crate::sink::fingerprint::Fingerprint;
use crate::sink::inputs::InputEntry;

/// Where an output stood.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// What it depends on.
    pub fingerprint: Fingerprint,
    /// Articles that were tagged.
    pub tagged: u64,
    /// Articles that were not, by code.
    pub failed: BTreeMap<String, u64>,
    /// Length of the records, as they are on the disk.
    pub bytes: u64,
    /// Length of the dead letters.
    pub dead_bytes: u64,
}

impl State {
    /// Articles that were not tagged.
    pub fn n_failed(&self) -> u64 {
        self.failed.values().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Articles.
    pub fn n_done(&self) -> u64 {
        self.tagged.saturating_add(self.n_failed())
    }
}

/// What was read, as counted where it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Account {
    /// Records and blank lines.
    pub read: u64,
    /// Lines without anything on them.
    pub blank: u64,
    /// Articles that an earlier output has, and that were left out for that.
    pub known: u64,
    /// Records and blank lines of the whole corpus, where this is a part of it.
    pub corpus: Option<u64>,
}

/// What a complete output is, and what made it: `read` = `tagged` + `dead` + `blank` + `known`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// What it depends on.
    pub fingerprint: Fingerprint,
    /// Records and blank lines that were read.
    pub read: u64,
    /// Records in the output.
    pub tagged: u64,
    /// Dead letters beside it.
    pub dead: u64,
    /// Lines without anything on them.
    pub blank: u64,
    /// Articles that an earlier output has, and that were left out for that.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub known: u64,
    /// Dead letters by code.
    pub failed: BTreeMap<String, u64>,
    /// Length of the output.
    pub bytes: u64,
    /// Digest of its bytes.
    pub sha256: String,
    /// Length of the dead letters.
    pub dead_bytes: u64,
    /// Digest of their bytes; of nothing, if there are none.
    pub dead_sha256: String,
    /// The files that it was made from, unless they are too many to list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Vec<InputEntry>>,
    /// If this is a part of a corpus: records and blank lines in the whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub corpus: Option<u64>,
}

impl Manifest {
    /// Reads `json`, the content of a manifest; none if it makes no sense.
    pub fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// Which part of the corpus it is, and of how many; none if it is all of it.
    pub fn shard(&self) -> Option<(u64, u64)> {
        self.fingerprint.shard()
    }

    /// Of an output in this final `state`.
    pub fn new(
        state: &State,
        account: Account,
        sha256: [u8; 32],
        dead_sha256: [u8; 32],
        inputs: Option<Vec<InputEntry>>,
    ) -> Self {
        Self {
            fingerprint: state.fingerprint.clone(),
            read: account.read,
            tagged: state.tagged,
            dead: state.n_failed(),
            blank: account.blank,
            known: account.known,
            failed: state.failed.clone(),
            bytes: state.bytes,
            sha256: hex(&sha256),
            dead_bytes: state.dead_bytes,
            dead_sha256: hex(&dead_sha256),
            inputs,
            corpus: account.corpus,
        }
    }
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Writes a checkpoint, with a checksum after it.
pub fn write(path: &Path, state: &State) -> io::Result<()> {
    let json = serde_json::to_string(state)?;
    replace(path, &format!("{json}\n{}\n", digest(json.as_bytes())))
}

/// Writes a manifest: JSON for whoever wants to read it.
pub fn write_manifest(path: &Path, manifest: &Manifest) -> io::Result<()> {
    replace(path, &format!("{}\n", serde_json::to_string_pretty(manifest)?))
}

/// Reads a manifest; none if there is none that makes sense.
pub fn read_manifest(path: &Path) -> Option<Manifest> {
    Manifest::parse(&fs::read(path).ok()?)
}

/// Reads what [`write()`] wrote; none if there is no such file.
///
/// # Errors
/// If it cannot be read or is not whole.
pub fn read(path: &Path) -> Result<Option<State>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    parse(&text).map(Some)
}

/// Reads `text`, the content of a checkpoint.
///
/// # Errors
/// If it is not whole.
pub fn parse(text: &str) -> Result<State, String> {
    let damaged = || "expected a checkpoint and its checksum, found something else".to_owned();
    let (json, sum) = text.split_once('\n').ok_or_else(damaged)?;
    if sum.trim_end() != digest(json.as_bytes()) {
        return Err(damaged());
    }
    serde_json::from_str(json).map_err(|error| error.to_string())
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_as_it_was_written_or_not_at_all() {
        let dir = tempfile::tempdir().expect("a directory for temporary files");
        let path = dir.path().join("out.ckpt");
        assert_eq!(read(&path), Ok(None));
        let state = State { tagged: 7, bytes: 1234, ..State::default() };
        write(&path, &state).expect("the directory is ours");
        assert_eq!(read(&path), Ok(Some(state)));
        let whole = fs::read(&path).expect("it was written");
        // Cut off anywhere, and with any byte changed, it is damaged and never another checkpoint.
        for n in 0..whole.len() - 1 {
            fs::write(&path, &whole[..n]).expect("the directory is ours");
            assert!(read(&path).is_err(), "cut off after {n} bytes");
        }
        for n in 0..whole.len() - 1 {
            let mut changed = whole.clone();
            changed[n] ^= 4;
            fs::write(&path, &changed).expect("the directory is ours");
            assert!(read(&path).is_err(), "byte {n} changed");
        }
    }
}
