//! Where records go: standard output, or a file that appears under its name only when it is complete, and that a run which was
//! killed goes on with.
//!
//! While it is written the file is called `OUT.partial`, beside it the dead letters `OUT.dead.jsonl.partial`. Every
//! [`CHECKPOINT_BYTES`] of records, or as many as it is told, both are brought to the disk, and then how far they go is written to
//! `OUT.ckpt`, see [`checkpoint`]. A run that finds these cuts the files off there and goes on; where the cuts are depends on the records
//! alone, so that the bytes are those of a run that nobody disturbed. At the end there is a last checkpoint; then the dead letters get their
//! name, if there are any, then the manifest is written, then the records get theirs, then the checkpoint goes.

pub mod checkpoint;
mod error;
mod plain;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

pub use error::SinkError;
pub use plain::Plain;

use checkpoint::{Fingerprint, Manifest, State, beside};
use stream::Stream;

/// Bytes of records between two checkpoints, before compression.
pub const CHECKPOINT_BYTES: u64 = 8 << 20;

/// A destination of records.
pub struct Sink(Destination);

enum Destination {
    Stdout(BufWriter<io::Stdout>),
    File(Box<Output>),
}

/// A file that is being written, and its dead letters.
struct Output {
    files: Files,
    records: Stream,
    dead: Stream,
    /// As of now.
    state: State,
    /// Records and dead letters up to the last checkpoint.
    safe: u64,
    /// Whether a later run could go on.
    resumable: bool,
    /// Bytes of records and dead letters between two checkpoints.
    every: u64,
    /// Bytes of these since the last checkpoint.
    since: u64,
}

/// What the files of an output are called.
#[derive(Clone, Debug)]
pub struct Files {
    /// The records, when they are complete.
    pub records: PathBuf,
    /// Until then.
    pub records_partial: PathBuf,
    /// The dead letters, when everything is complete.
    pub dead: PathBuf,
    /// Until then.
    pub dead_partial: PathBuf,
    /// How far the partial files go.
    pub checkpoint: PathBuf,
    /// What is known of a complete output.
    pub manifest: PathBuf,
}

impl Files {
    /// Of the output `path`.
    pub fn of(path: &Path) -> Self {
        let partial = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(".partial");
            PathBuf::from(name)
        };
        let dead = beside(path, ".dead.jsonl");
        Self {
            records: path.to_owned(),
            records_partial: partial(path),
            dead_partial: partial(&dead),
            dead,
            checkpoint: beside(path, ".ckpt"),
            manifest: beside(path, ".manifest.json"),
        }
    }
}

/// What a run has made since it last wrote.
pub struct Lines<'l> {
    /// Whole records, a line each.
    pub records: &'l [u8],
    /// Whole dead letters, a line each.
    pub dead: &'l [u8],
    /// Articles that were tagged.
    pub n_tagged: u64,
    /// Articles that were not, by the name of the code.
    pub failed: BTreeMap<&'l str, u64>,
}

/// What was read, as counted where it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Account {
    /// Records and blank lines.
    pub read: u64,
    /// Lines without anything on them.
    pub blank: u64,
    /// Records and blank lines of the whole corpus, where this is a part of it.
    pub corpus: Option<u64>,
}

impl Sink {
    /// Records go to standard output, and dead letters nowhere.
    pub fn stdout() -> Self {
        Self(Destination::Stdout(BufWriter::with_capacity(1 << 16, io::stdout())))
    }

    /// Records go to `path`, compressed if its name ends in `.gz` or `.zst`. Until [`Sink::finish`] the file is called
    /// `path` with `.partial` after it. If it is `resumable`, a run with the same `fingerprint` that is killed can go on, and this may be
    /// such a run: see [`Sink::n_done`]. There is a checkpoint after `every` so many bytes of records.
    ///
    /// # Errors
    /// If `path` exists, its partial files cannot be created, or what an interrupted run has left is of another run or damaged.
    pub fn create(path: &Path, fingerprint: Fingerprint, resumable: bool, every: u64) -> Result<Self, SinkError> {
        let files = Files::of(path);
        // symlink_metadata: a dangling link is something that stands there too.
        match path.symlink_metadata() {
            Ok(found) if found.is_file() => return Err(stands_there(files, &fingerprint, resumable)),
            Ok(_) => return Err(SinkError::NotAFile { path: path.to_owned() }),
            Err(_) => {}
        }
        // What an interrupted run has left is changed, but not before it is certain that no other run writes on it.
        let records = open(&files.records_partial)?;
        let create = |path: &Path| {
            let path = path.to_owned();
            move |source| SinkError::Create { path, source }
        };
        match records.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SinkError::InUse { path: files.records_partial }),
            Err(TryLockError::Error(source)) => return Err(create(&files.records_partial)(source)),
        }
        let begin = State { fingerprint, ..State::default() };
        let (state, dead) = if resumable { resumed(&files, &records, begin)? } else { (begin, None) };
        let dead = match dead {
            Some(dead) => dead,
            // Nothing of this run has that name.
            None if files.dead.symlink_metadata().is_ok() => return Err(SinkError::Exists { path: files.dead }),
            None => open(&files.dead_partial)?,
        };
        if resumable {
            // No checkpoint may outlive the files that it is about.
            checkpoint::sync_directory(path).map_err(create(&files.records_partial))?;
        }
        let n_failed = state.n_failed();
        let records = Stream::open(path, records, state.bytes, state.tagged).map_err(create(&files.records_partial))?;
        let dead = Stream::open(&files.dead, dead, state.dead_bytes, n_failed).map_err(create(&files.dead_partial))?;
        let safe = state.tagged + n_failed;
        Ok(Self(Destination::File(Box::new(Output { files, records, dead, state, safe, resumable, every, since: 0 }))))
    }

    /// Whether it takes dead letters. If not, articles that were not tagged have to have their line among the records.
    pub fn takes_dead_letters(&self) -> bool {
        matches!(self.0, Destination::File(_))
    }

    /// Articles that the output has, tagged or not; at the beginning those that an earlier run has left, which are not to be written
    /// again. 0 for standard output, which is not counted.
    pub fn n_done(&self) -> u64 {
        match &self.0 {
            Destination::Stdout(_) => 0,
            Destination::File(output) => output.state.n_done(),
        }
    }

    /// Of these, articles that were not tagged.
    pub fn n_failed(&self) -> u64 {
        match &self.0 {
            Destination::Stdout(_) => 0,
            Destination::File(output) => output.state.n_failed(),
        }
    }

    /// Appends `lines`.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&mut self, lines: &Lines<'_>) -> Result<(), SinkError> {
        match &mut self.0 {
            // Whoever reads along wants whole chunks now.
            Destination::Stdout(out) => out.write_all(lines.records).and_then(|()| out.flush()).map_err(of_stdout),
            Destination::File(output) => output.write(lines).map_err(|source| output.error(source)),
        }
    }

    /// Leaves the output so that a later run goes on where this one stands, or not far before; how many articles that one need not
    /// read again.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn suspend(mut self) -> Result<u64, SinkError> {
        match &mut self.0 {
            Destination::Stdout(out) => out.flush().map_err(of_stdout).map(|()| 0),
            Destination::File(output) => {
                // A compressed file must not have more members than it would have had.
                if output.resumable && !output.records.is_compressed() {
                    output.check_point().map_err(|source| output.error(source))?;
                }
                Ok(if output.resumable { output.safe } else { 0 })
            }
        }
    }

    /// Makes the output complete: everything that was read is accounted for, on the disk, and has its name.
    ///
    /// # Errors
    /// If that fails; then the output does not exist under its name.
    pub fn finish(self, account: Account) -> Result<(), SinkError> {
        match self.0 {
            Destination::Stdout(mut out) => out.flush().map_err(of_stdout),
            Destination::File(output) => output.finish(account),
        }
    }
}

/// A file to write on, perhaps one that an interrupted run has left.
fn open(path: &Path) -> Result<File, SinkError> {
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        return Err(SinkError::NotAFile { path: path.to_owned() });
    }
    let options = File::options().read(true).write(true).create(true).truncate(false).to_owned();
    options.open(path).map_err(|source| SinkError::Create { path: path.to_owned(), source })
}

/// Where to go on: at the checkpoint if there is one, else at `begin`. With a checkpoint there are dead letters.
fn resumed(files: &Files, records: &File, begin: State) -> Result<(State, Option<File>), SinkError> {
    let damaged = |path: &Path, message: String| SinkError::Damaged { path: path.to_owned(), message };
    let state = checkpoint::read(&files.checkpoint).map_err(|message| damaged(&files.checkpoint, message))?;
    let Some(state) = state else { return Ok((begin, None)) };
    let names = state.fingerprint.keys().chain(begin.fingerprint.keys());
    let differs = |name: &&String| state.fingerprint.get(*name) != begin.fingerprint.get(*name);
    let mut changed: Vec<String> = names.filter(differs).cloned().collect();
    changed.sort();
    changed.dedup();
    if !changed.is_empty() {
        return Err(SinkError::Changed { path: files.checkpoint.clone(), changed });
    }
    // The run may have ended between the dead letters' name and that of the records.
    let is_named = files.dead_partial.symlink_metadata().is_err() && files.dead.symlink_metadata().is_ok();
    let create = |source| SinkError::Create { path: files.dead_partial.clone(), source };
    let dead = if is_named { &files.dead } else { &files.dead_partial };
    let length = records.metadata().map_err(create)?.len();
    let dead_length = fs::metadata(dead).map_or(0, |found| found.len());
    for (path, length, wanted) in [(&files.records_partial, length, state.bytes), (dead, dead_length, state.dead_bytes)]
    {
        if length < wanted {
            return Err(damaged(path, format!("expected at least {wanted} bytes, found {length}")));
        }
    }
    if is_named {
        fs::rename(&files.dead, &files.dead_partial).map_err(create)?;
    }
    let dead = open(&files.dead_partial)?;
    Ok((state, Some(dead)))
}

/// What to say of an output that has its name already.
fn stands_there(files: Files, fingerprint: &Fingerprint, resumable: bool) -> SinkError {
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let is_the_same = |manifest: &Manifest| {
        resumable
            && manifest.fingerprint == *fingerprint
            && manifest.bytes == length(&files.records)
            && manifest.dead_bytes == length(&files.dead)
    };
    match checkpoint::read_manifest(&files.manifest).filter(is_the_same) {
        Some(_) => {
            // The run may have been killed when only this was left to do. If it cannot be done it does no harm.
            let _ = fs::remove_file(&files.checkpoint);
            SinkError::AlreadyComplete { path: files.records }
        }
        None => SinkError::Exists { path: files.records },
    }
}

impl Output {
    fn error(&self, source: io::Error) -> SinkError {
        let path = self.files.records.clone();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                SinkError::Full { path, safe: if self.resumable { self.safe } else { 0 }, source }
            }
            _ => SinkError::Write { path, source },
        }
    }

    fn write(&mut self, lines: &Lines<'_>) -> io::Result<()> {
        self.records.write(lines.records)?;
        self.dead.write(lines.dead)?;
        self.state.tagged += lines.n_tagged;
        for (&code, n) in &lines.failed {
            *self.state.failed.entry(code.to_owned()).or_default() += n;
        }
        self.since += (lines.records.len() + lines.dead.len()) as u64;
        if self.since < self.every { Ok(()) } else { self.check_point() }
    }

    /// Brings everything to the disk, and then writes down how far it goes: the data first, then what says that they are there.
    fn check_point(&mut self) -> io::Result<()> {
        self.since = 0;
        self.state.bytes = self.records.sync()?;
        self.state.dead_bytes = self.dead.sync()?;
        if self.resumable {
            checkpoint::write(&self.files.checkpoint, &self.state)?;
            self.safe = self.state.n_done();
        }
        Ok(())
    }

    fn finish(mut self, account: Account) -> Result<(), SinkError> {
        let State { tagged, .. } = self.state;
        let (failed, Account { read, blank, .. }) = (self.state.n_failed(), account);
        let message = if (self.records.lines, self.dead.lines) != (tagged, failed) {
            let (records, dead) = (self.records.lines, self.dead.lines);
            format!("{tagged} articles were tagged and {failed} not, but {records} and {dead} lines written")
        } else if read != tagged + failed + blank {
            format!("{read} records and blank lines were read, but {tagged} tagged, {failed} not, and {blank} blank")
        } else {
            return self.complete(account).map_err(|source| self.error(source));
        };
        Err(SinkError::Account { path: self.files.records, message })
    }

    /// Gives the files their names, the records last, and the manifest before.
    fn complete(&mut self, account: Account) -> io::Result<()> {
        let (bytes, sha256) = self.records.finish()?;
        let (dead_bytes, dead_sha256) = self.dead.finish()?;
        self.state = State { bytes, dead_bytes, ..std::mem::take(&mut self.state) };
        if self.resumable {
            checkpoint::write(&self.files.checkpoint, &self.state)?;
            self.safe = self.state.n_done();
        }
        if self.dead.lines > 0 {
            fs::rename(&self.files.dead_partial, &self.files.dead)?;
        } else {
            fs::remove_file(&self.files.dead_partial)?;
        }
        let manifest = Manifest::new(&self.state, account, sha256, dead_sha256);
        checkpoint::write_manifest(&self.files.manifest, &manifest)?;
        fs::rename(&self.files.records_partial, &self.files.records)?;
        checkpoint::sync_directory(&self.files.records)?;
        match fs::remove_file(&self.files.checkpoint) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn of_stdout(source: io::Error) -> SinkError {
    let path = PathBuf::from("standard output");
    match source.kind() {
        io::ErrorKind::BrokenPipe => SinkError::Closed,
        _ => SinkError::Write { path, source },
    }
}
