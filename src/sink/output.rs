//! An output while it is written, under the protocol that the room's documentation describes.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::sink::checkpoint::{self, Account, Manifest, State};
use crate::sink::error::SinkError;
use crate::sink::files::{Files, sync_directory};
use crate::sink::fingerprint::Fingerprint;
use crate::sink::inputs::{self, InputEntry, Known};
use crate::sink::stream::Stream;

/// Bytes of records between two checkpoints, before compression.
pub const CHECKPOINT_BYTES: u64 = 8 << 20;

/// Names and paths of the input's files, in reading order.
type InputFiles<'p> = &'p mut dyn Iterator<Item = (String, PathBuf)>;

/// What an output is to be.
pub struct Plan<'p> {
    /// What it depends on, the input aside if there are `inputs`.
    pub fingerprint: Fingerprint,
    /// Whether a run that is interrupted can be resumed.
    pub resumable: bool,
    /// The files that it is made from, to be looked at.
    pub inputs: Option<InputFiles<'p>>,
    /// Or what is known of them already.
    pub listed: Option<Vec<InputEntry>>,
    /// Bytes of records and dead letters between two checkpoints, before compression.
    pub checkpoint_bytes: u64,
}

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
    /// Whether a later run could resume it.
    resumable: bool,
    /// The files that it is made from, where that is known already.
    listed: Option<Vec<InputEntry>>,
    /// Bytes of records and dead letters between two checkpoints.
    every: u64,
    /// Bytes of these since the last checkpoint.
    since: u64,
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

impl Sink {
    /// Records go to standard output, and dead letters nowhere.
    pub fn stdout() -> Self {
        Self(Destination::Stdout(BufWriter::with_capacity(1 << 16, io::stdout())))
    }

    /// Records go to `path`, compressed if its name ends in `.gz` or `.zst`. Until [`Sink::finish`]
    /// the file is called `path` with `.partial` after it. A run by the same `plan` that is
    /// interrupted can be resumed, and this may be the run that does: see [`Sink::n_done`].
    ///
    /// # Errors
    /// If `path` exists, its partial files cannot be created, the input cannot be read, or what an
    /// interrupted run has left is of another run or damaged.
    pub fn create(path: &Path, plan: Plan<'_>) -> Result<Self, SinkError> {
        let files = Files::of(path);
        let Plan { mut fingerprint, resumable, mut inputs, listed, checkpoint_bytes: every } = plan;
        // symlink_metadata: a dangling link is something that stands there too.
        match path.symlink_metadata() {
            Ok(found) if found.is_file() => return Err(stands_there(files, fingerprint, resumable, inputs)?),
            Ok(_) => return Err(SinkError::NotAFile { path: path.to_owned() }),
            Err(_) => {}
        }
        // What an interrupted run has left is changed, but not before it is certain that no other
        // run writes on it.
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
        // The list of what an interrupted run was made from is there to be compared with, and a new
        // run makes a new one.
        let is_begun = resumable && files.checkpoint.symlink_metadata().is_ok();
        let (known, list) = match is_begun {
            true => (Known::List(&files.inputs), None),
            false => (Known::Nothing, Some(files.inputs.as_path())),
        };
        let difference = look_at(&mut inputs, &mut fingerprint, known, list)?;
        let begin = State { fingerprint, ..State::default() };
        let resumed = if resumable { resumed(&files, &records, &begin, difference)? } else { None };
        let (state, dead) = resumed.map_or((begin, None), |(state, dead)| (state, Some(dead)));
        let dead = match dead {
            Some(dead) => dead,
            // Nothing of this run has that name.
            None if files.dead.symlink_metadata().is_ok() => {
                return Err(SinkError::Exists { path: files.dead, differences: Vec::new() });
            }
            None => open(&files.dead_partial)?,
        };
        if resumable {
            // No checkpoint may outlive the files that it is about.
            sync_directory(path).map_err(create(&files.records_partial))?;
        }
        let n_failed = state.n_failed();
        let records = Stream::open(path, records, state.bytes, state.tagged).map_err(create(&files.records_partial))?;
        let dead = Stream::open(&files.dead, dead, state.dead_bytes, n_failed).map_err(create(&files.dead_partial))?;
        let safe = state.tagged + n_failed;
        Ok(Self(Destination::File(Box::new(Output {
            files,
            records,
            dead,
            state,
            safe,
            resumable,
            listed,
            every,
            since: 0,
        }))))
    }

    /// Whether it takes dead letters. If not, articles that were not tagged have to have their line
    /// among the records.
    pub fn takes_dead_letters(&self) -> bool {
        matches!(self.0, Destination::File(_))
    }

    /// Articles that the output has, tagged or not; at the beginning those that an earlier run has
    /// left, which are not to be written again. 0 for standard output, which is not counted.
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

    /// Leaves the output so that a later run goes on where this one stands, or not far before; how
    /// many articles that one need not read again.
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

    /// Makes the output complete: everything that was read is accounted for, on the disk, and has
    /// its name.
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

/// Looks at the input, if there is one to look at, writes down in `fingerprint` what it is, and
/// says which file is not as it was when this output was begun. The new list of files goes to
/// `list`.
fn look_at(
    inputs: &mut Option<InputFiles<'_>>,
    fingerprint: &mut Fingerprint,
    known: Known<'_>,
    list: Option<&Path>,
) -> Result<Option<String>, SinkError> {
    let Some(inputs) = inputs else { return Ok(None) };
    let survey = inputs::survey(*inputs, known, list).map_err(SinkError::Input)?;
    fingerprint.input = Some(survey.identity);
    Ok(survey.first_difference)
}

/// What differs between `is` and what an older run `was`, in words; the input by the file, where
/// that is known.
fn differences(is: &Fingerprint, was: &Fingerprint, file: Option<String>) -> Vec<String> {
    let mut differences = is.differences(was);
    if is.input != was.input
        && let (Some(file), Some(input)) = (file, differences.last_mut())
    {
        *input = format!("{input}: {file}");
    }
    differences
}

/// Where to resume: at the checkpoint, if there is one, with the dead letters that were there.
fn resumed(
    files: &Files,
    records: &File,
    begin: &State,
    file: Option<String>,
) -> Result<Option<(State, File)>, SinkError> {
    let damaged = |path: &Path, message: String| SinkError::Damaged { path: path.to_owned(), message };
    let state = checkpoint::read(&files.checkpoint).map_err(|message| damaged(&files.checkpoint, message))?;
    let Some(state) = state else { return Ok(None) };
    if state.fingerprint != begin.fingerprint {
        let differences = differences(&begin.fingerprint, &state.fingerprint, file);
        return Err(SinkError::Changed { path: files.checkpoint.clone(), differences });
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
    Ok(Some((state, dead)))
}

/// What to say of an output that has its name already.
fn stands_there(
    files: Files,
    mut fingerprint: Fingerprint,
    resumable: bool,
    mut inputs: Option<InputFiles<'_>>,
) -> Result<SinkError, SinkError> {
    let Some(manifest) = checkpoint::read_manifest(&files.manifest).filter(|_| resumable) else {
        return Ok(SinkError::Exists { path: files.records, differences: Vec::new() });
    };
    let known = manifest.inputs.as_deref().map_or(Known::Nothing, Known::Entries);
    let file = look_at(&mut inputs, &mut fingerprint, known, None)?;
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let mut differences = differences(&fingerprint, &manifest.fingerprint, file);
    if manifest.bytes != length(&files.records) || manifest.dead_bytes != length(&files.dead) {
        differences.push("it is not as long as its manifest says".to_owned());
    }
    if !differences.is_empty() {
        return Ok(SinkError::Exists { path: files.records, differences });
    }
    // The run may have been killed when only this was left to do. If it cannot be done it does no
    // harm.
    for leftover in [&files.checkpoint, &files.inputs] {
        let _ = fs::remove_file(leftover);
    }
    Ok(SinkError::AlreadyComplete { path: files.records })
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

    /// Brings everything to the disk, and then writes down how far it goes: the data first, then
    /// what says that they are there.
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
        let (failed, Account { read, blank, known, .. }) = (self.state.n_failed(), account);
        let message = if (self.records.lines, self.dead.lines) != (tagged, failed) {
            let (records, dead) = (self.records.lines, self.dead.lines);
            format!("{tagged} articles were tagged and {failed} not, but {records} and {dead} lines written")
        } else if read != tagged + failed + blank + known {
            format!(
                "{read} records and blank lines were read, but {tagged} tagged, {failed} not, {blank} blank, and {known} known"
            )
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
        let inputs = self.listed.take().or_else(|| inputs::listed(&self.files.inputs));
        let manifest = Manifest::new(&self.state, account, sha256, dead_sha256, inputs);
        checkpoint::write_manifest(&self.files.manifest, &manifest)?;
        fs::rename(&self.files.records_partial, &self.files.records)?;
        sync_directory(&self.files.records)?;
        for done_with in [&self.files.checkpoint, &self.files.inputs] {
            match fs::remove_file(done_with) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

fn of_stdout(source: io::Error) -> SinkError {
    let path = PathBuf::from("standard output");
    match source.kind() {
        io::ErrorKind::BrokenPipe => SinkError::Closed,
        _ => SinkError::Write { path, source },
    }
}
