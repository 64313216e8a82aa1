//! Puts the parts of a corpus together, in the order of the corpus: record `i` is in part `i`
//! modulo their number.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::error::{Severity, UserError};
use crate::outputs::{Lines, OutputError, Progress, find, missing};
use crate::record::dead;
use crate::sink::checkpoint::{self, Manifest};
use crate::sink::{Account, CHECKPOINT_BYTES, Files, Fingerprint, Plan, Sink, SinkError};

/// Why parts cannot be put together.
#[derive(Debug, Error)]
pub enum MergeError {
    /// There are none.
    #[error("{dir}: no parts of a corpus")]
    NoParts {
        /// The directory.
        dir: PathBuf,
    },
    /// One is not there, or not complete.
    #[error("{dir}: part {index}/{count} is {state}")]
    Incomplete {
        /// The directory.
        dir: PathBuf,
        /// Which part.
        index: u64,
        /// Of how many.
        count: u64,
        /// `missing`, or how far it is.
        state: &'static str,
    },
    /// Two are the same part, or not of the same corpus, or not made in the same way.
    #[error("{path}: {message}")]
    Differs {
        /// One of them.
        path: PathBuf,
        /// What is not the same.
        message: String,
    },
    /// A part is not what its manifest says.
    #[error("{path}: {message}")]
    Damaged {
        /// The part.
        path: PathBuf,
        /// What was found.
        message: String,
    },
    /// One cannot be read.
    #[error(transparent)]
    Read(#[from] OutputError),
    /// The result cannot be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

impl UserError for MergeError {
    fn severity(&self) -> Severity {
        match self {
            Self::Sink(error) => error.severity(),
            Self::Read(error) => error.severity(),
            _ => Severity::Fatal,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Sink(error) => return error.hint(),
            Self::Incomplete { .. } => "dateline status says how far each part is",
            Self::NoParts { .. } => "parts are made by dateline tag --shard I/N --output",
            Self::Damaged { .. } => "make that part again: remove it and its manifest, and give its command",
            Self::Differs { .. } | Self::Read(_) => return None,
        };
        Some(hint.to_owned())
    }
}

/// A part.
struct Part {
    files: Files,
    manifest: Manifest,
    records: Lines,
    dead: Option<Lines>,
    /// The next dead letter, and which record of the corpus it is.
    letter: Option<(u64, Vec<u8>)>,
}

/// Puts the parts in `dir` together as `output`; what the whole is then.
///
/// # Errors
/// If a part is missing, not complete, not of the same run as the others, or damaged; or if the
/// output cannot be written. Then it does not exist under its name.
pub fn merge(dir: &Path, output: &Path) -> Result<Manifest, MergeError> {
    let mut parts = parts(dir, output)?;
    let first = &parts[0].manifest;
    let mut fingerprint = first.fingerprint.clone();
    fingerprint.shard = None;
    let corpus = first.corpus;
    let n_articles: u64 = parts.iter().map(|part| part.manifest.tagged + part.manifest.dead).sum();
    let blank: u64 = parts.iter().map(|part| part.manifest.blank).sum();
    if corpus != Some(n_articles + blank) {
        let message =
            format!("the corpus has {} records, and all parts together {}", corpus.unwrap_or(0), n_articles + blank);
        return Err(MergeError::Differs { path: dir.to_owned(), message });
    }
    let mut sink = Sink::create(
        output,
        Plan {
            fingerprint,
            resumable: true,
            inputs: None,
            listed: first.inputs.clone(),
            checkpoint_bytes: CHECKPOINT_BYTES,
        },
    )?;
    let n_done = sink.n_done();
    let mut pending = Pending::default();
    let count = parts.len() as u64;
    for item in 0..n_articles {
        let part = &mut parts[(item % count) as usize];
        let line = part.next(item)?;
        if item >= n_done {
            pending.add(line);
            if pending.is_enough() {
                pending.write(&mut sink)?;
            }
        }
    }
    pending.write(&mut sink)?;
    for part in parts {
        part.finish()?;
    }
    sink.finish(Account { read: n_articles + blank, blank, known: 0, corpus: None })?;
    let manifest = Files::of(output).manifest;
    checkpoint::read_manifest(&manifest).ok_or(MergeError::Damaged {
        path: manifest,
        message: "expected the manifest that was just written".to_owned(),
    })
}

/// All parts of the corpus in `dir`, in order.
fn parts(dir: &Path, output: &Path) -> Result<Vec<Part>, MergeError> {
    let mut found = find(dir)?;
    found.retain(|found| found.shard.is_some() && found.path != output);
    found.sort_by_key(|found| found.shard);
    let Some((_, count)) = found.first().and_then(|found| found.shard) else {
        return Err(MergeError::NoParts { dir: dir.to_owned() });
    };
    if let Some(&(index, count)) = missing(&found).first() {
        return Err(MergeError::Incomplete { dir: dir.to_owned(), index, count, state: "missing" });
    }
    let mut parts: Vec<Part> = Vec::new();
    for found in found {
        let differs = |message: String| MergeError::Differs { path: found.path.clone(), message };
        let (index, of) = found.shard.expect("the others were left out");
        if of != count {
            return Err(differs(format!("one part of {of}, and another is one of {count}")));
        }
        if index != parts.len() as u64 {
            return Err(differs(format!("part {index}/{of} is there twice")));
        }
        if found.progress != Progress::Complete {
            let state = found.progress.name();
            return Err(MergeError::Incomplete { dir: dir.to_owned(), index, count, state });
        }
        let files = Files::of(&found.path);
        let manifest = checkpoint::read_manifest(&files.manifest).expect("complete outputs have one");
        if let Some(first) = parts.first() {
            let all = Fingerprint { shard: None, ..manifest.fingerprint.clone() };
            let wanted = Fingerprint { shard: None, ..first.manifest.fingerprint.clone() };
            if let Some(difference) = all.differences(&wanted).first() {
                return Err(differs(format!("it was not made as part 0/{count} was: {difference}")));
            }
            if manifest.corpus != first.manifest.corpus {
                return Err(differs(format!("its corpus has not as many records as that of part 0/{count}")));
            }
        }
        let records = Lines::open(&files.records)?;
        let dead = (manifest.dead > 0).then(|| Lines::open(&files.dead)).transpose()?;
        let mut part = Part { files, manifest, records, dead, letter: None };
        part.read_letter()?;
        parts.push(part);
    }
    Ok(parts)
}

/// A line of a part.
enum Line {
    Record(Vec<u8>),
    Dead { line: Vec<u8>, code: String },
}

impl Part {
    fn damaged(&self, path: &Path, message: &str) -> MergeError {
        MergeError::Damaged { path: path.to_owned(), message: message.to_owned() }
    }

    fn read_letter(&mut self) -> Result<(), MergeError> {
        let Some(dead) = &mut self.dead else { return Ok(()) };
        self.letter = match dead.next_line()? {
            None => None,
            Some(line) => {
                let line = line.to_vec();
                let item = std::str::from_utf8(&line).ok().and_then(dead::read).map(|letter| letter.item);
                Some((item.ok_or_else(|| self.damaged(&self.files.dead, "a line is not a dead letter"))?, line))
            }
        };
        Ok(())
    }

    /// What became of record `item` of the corpus, which is one of this part.
    fn next(&mut self, item: u64) -> Result<Line, MergeError> {
        if self.letter.as_ref().is_some_and(|(of, _)| *of == item)
            && let Some((_, line)) = self.letter.take()
        {
            let letter = std::str::from_utf8(&line).ok().and_then(dead::read);
            let code = letter.map(|letter| letter.code.into_owned()).unwrap_or_default();
            self.read_letter()?;
            return Ok(Line::Dead { line, code });
        }
        match self.records.next_line()? {
            Some(line) => Ok(Line::Record(line.to_vec())),
            None => Err(self.damaged(&self.files.records, "it has fewer records than its manifest says")),
        }
    }

    /// Checks that what was read is what the manifest says.
    fn finish(self) -> Result<(), MergeError> {
        let Self { files, manifest, records, dead, .. } = self;
        let mut all = vec![(files.records, records, manifest.bytes, manifest.sha256)];
        all.extend(dead.map(|dead| (files.dead, dead, manifest.dead_bytes, manifest.dead_sha256)));
        for (path, lines, bytes, sha256) in all {
            if lines.finish()? != (bytes, sha256) {
                let message = "its bytes have not the digest that its manifest says".to_owned();
                return Err(MergeError::Damaged { path, message });
            }
        }
        Ok(())
    }
}

/// Lines that are to be written together.
#[derive(Default)]
struct Pending {
    records: Vec<u8>,
    dead: Vec<u8>,
    n_tagged: u64,
    failed: std::collections::BTreeMap<String, u64>,
}

impl Pending {
    fn add(&mut self, line: Line) {
        match line {
            Line::Record(line) => {
                self.n_tagged += 1;
                self.records.extend_from_slice(&line);
                self.records.push(b'\n');
            }
            Line::Dead { line, code } => {
                *self.failed.entry(code).or_default() += 1;
                self.dead.extend_from_slice(&line);
                self.dead.push(b'\n');
            }
        }
    }

    fn is_enough(&self) -> bool {
        self.records.len() + self.dead.len() > 1 << 16
    }

    fn write(&mut self, sink: &mut Sink) -> Result<(), SinkError> {
        let Self { records, dead, n_tagged, failed } = std::mem::take(self);
        let failed = failed.iter().map(|(code, n)| (code.as_str(), *n)).collect();
        sink.write(&crate::sink::Lines { records: &records, dead: &dead, n_tagged, failed })
    }
}
