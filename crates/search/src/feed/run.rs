//! A feed from its start, or from where it was left, to its end.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::feed::begin::{Begun, options};
use crate::feed::client::Client;
use crate::feed::delivery::{Batch, Delivered, Delivery, Undelivered};
use crate::feed::engines;
use crate::feed::error::FeedError;
use crate::feed::ledger::Ledger;
use crate::feed::letters::Letters;
use crate::feed::plan::{Plan, Refresh};
use crate::feed::records::{Doc, Reader, Reading, RecordsFile};
use crate::feed::state::{self, Account, State};

/// Between two looks whether somebody wants the feed to end.
const LOOK: Duration = Duration::from_millis(100);
/// How long what is on its way may take when somebody does.
const GRACE: Duration = Duration::from_secs(5);

/// What a feed tells while it runs.
pub enum Event<'e> {
    /// Something that the user should know.
    Note(&'e str),
    /// So many records are answered for, and so many bytes read.
    Progress {
        /// Records.
        records: u64,
        /// Bytes.
        bytes: u64,
    },
    /// Nothing has happened.
    Waiting,
}

/// A feed that has come to its end, or was interrupted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// What became of the records.
    pub account: Account,
    /// Records that were fed before this run.
    pub resumed: u64,
    /// Records that got another key than their own, since another one had it.
    pub repeated: u64,
    /// Dead letters among the records.
    pub untagged: u64,
    /// Indexes from which the alias was moved.
    pub old: Vec<String>,
    /// The index that was filled.
    pub index: String,
    /// What was refused is there.
    pub letters: PathBuf,
    /// Why it ended early, by the exit code.
    pub interrupted: Option<u8>,
}

/// Feeds records to an engine. `watch` is told what happens, and ends the feed by an exit code; then
/// the same feed goes on from there.
///
/// # Errors
/// A [`FeedError`] says why it ended; what was answered by then is written down.
pub fn feed(plan: &Plan, watch: &mut dyn FnMut(Event<'_>) -> ControlFlow<u8>) -> Result<Summary, FeedError> {
    // Settle what needs no network first.
    let name = plan.target.address.index.as_str();
    let first = plan.reading.paths.first().cloned().unwrap_or_default();
    let (state_path, letters_path) = state::files(&first, name);
    let files: Vec<RecordsFile> =
        plan.reading.paths.iter().map(|path| RecordsFile::of(path)).collect::<Result<_, _>>()?;
    let old = State::read(&state_path)?;
    let stop = Arc::new(AtomicBool::new(false));

    // Who answers, and what is there.
    let kind = match plan.target.kind {
        Some(kind) => kind,
        None => engines::detect(&Client::new(&plan.target.address, None, &plan.target.manner, &stop)?)?,
    };
    let Some(engine) = engines::engine(kind) else { return Err(FeedError::FileOnly { kind }) };
    let client = Client::new(&plan.target.address, Some(kind), &plan.target.manner, &stop)?;
    let fresh = State::new(plan.target.address.to_string(), name.to_owned(), options(plan, kind.name()), files.clone());
    let begun = Begun { plan, client: &client, engine: &*engine, state_path: &state_path };
    let reading = Reading { kind, index: name.to_owned(), ..plan.reading.clone() };
    let state = begun.resumed(old, &fresh)?.unwrap_or(fresh);
    let letters = Letters::open(&letters_path, &state_path, state.dead_bytes)?;
    let mut note = |text: &str| {
        let _ = watch(Event::Note(text));
    };
    let state = match begun.with_index(state, &reading, &mut note) {
        Ok(state) => state,
        Err(error) => {
            // Nothing was fed, so nothing stays behind.
            letters.discard();
            return Err(error);
        }
    };

    // Feed.
    let resumed = state.account.read;
    let mut reader = Reader::new(reading, files);
    if resumed > 0 {
        let note = format!("resuming after {resumed} records, which an interrupted feed has left");
        let _ = watch(Event::Note(&note));
    }
    if !reader.pass_over(state.lines)? {
        return Err(FeedError::ChangedWhileRead { path: first });
    }
    let (notes, noted) = channel();
    let path = engine.bulk(&state.index, plan.target.refresh == Refresh::Wait);
    let (pace, timeout) = (plan.pace, plan.target.manner.timeout);
    let delivery = Delivery::new(client, engine, path, pace.batch_bytes, pace.in_flight, timeout, notes);
    let ledger = Ledger::new(state, state_path, letters, plan);
    let mut run = Run { reader, ledger, delivery: Arc::new(delivery), stop, noted };
    let ended = run.go(watch);
    let Run { reader, ledger, delivery, .. } = run;
    if ledger.state.lines == 0 && !plan.target.swap && !matches!(ended, Ok(None)) {
        // The engine has answered for nothing, so there is nothing to go on from.
        ledger.discard();
        return ended.map(|interrupted| Summary { interrupted, ..Summary::nothing(name, letters_path) });
    }
    let interrupted = ended?;
    let summary = Summary {
        account: ledger.state.account.clone(),
        resumed,
        repeated: reader.n_repeated(),
        untagged: reader.n_untagged,
        interrupted,
        ..Summary::nothing(&ledger.state.index, letters_path)
    };
    if interrupted.is_some() {
        return Ok(summary);
    }
    let old = ledger.finish(reader.n_records, &delivery)?;
    Ok(Summary { old, ..summary })
}

impl Summary {
    /// Of a feed into `index` that has not begun.
    fn nothing(index: &str, letters: PathBuf) -> Self {
        let account = Account::default();
        let index = index.to_owned();
        Self { account, resumed: 0, repeated: 0, untagged: 0, old: Vec::new(), index, letters, interrupted: None }
    }
}

/// Documents on their way.
struct Run<'p> {
    reader: Reader,
    ledger: Ledger<'p>,
    delivery: Arc<Delivery>,
    stop: Arc<AtomicBool>,
    noted: Receiver<String>,
}

type Answered = Result<Delivered, Undelivered>;

impl Run<'_> {
    /// Sends everything; the exit code, if somebody wanted it to end.
    fn go(&mut self, watch: &mut dyn FnMut(Event<'_>) -> ControlFlow<u8>) -> Result<Option<u8>, FeedError> {
        let in_flight = self.ledger.plan.pace.in_flight;
        let (batches, answers) = workers(in_flight, &self.delivery)?;
        let mut batches = Some(batches);
        let mut waiting: BTreeMap<u64, Delivered> = BTreeMap::new();
        let (mut n_sent, mut n_done, mut next) = (0, 0, 0);
        let mut end: Option<Result<u8, FeedError>> = None;
        let mut ends_at: Option<Instant> = None;
        let (mut left, mut is_writable) = (None, true);
        loop {
            // Read as long as the engine keeps up.
            while end.is_none() && batches.is_some() && n_sent < n_done + in_flight as u64 + 2 {
                match self.batch(n_sent, &mut left) {
                    Ok(Some(batch)) => {
                        n_sent += 1;
                        // It fails only if all workers have died, and then no answer comes either.
                        let _ = batches.as_ref().map(|batches| batches.send(batch));
                    }
                    Ok(None) => batches = None,
                    Err(error) => end = Some(Err(error)),
                }
            }
            if n_done == n_sent {
                break;
            }
            match answers.recv_timeout(LOOK) {
                Ok(answer) => {
                    n_done += 1;
                    match answer {
                        Ok(delivered) => drop(waiting.insert(delivered.number, delivered)),
                        Err(Undelivered::Stopped) => {}
                        Err(Undelivered::Failed(error)) => {
                            end.get_or_insert(Err(error));
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    end.get_or_insert(Err(FeedError::Threads { message: "all of them have died".to_owned() }));
                    break;
                }
            }
            // In the order of the records: what is written down is answered without a gap.
            while is_writable && let Some(delivered) = waiting.remove(&next) {
                next += 1;
                if let Err(error) = self.ledger.enter(delivered) {
                    end = Some(Err(error));
                    is_writable = false;
                }
            }
            let event = Event::Progress { records: self.ledger.state.account.read, bytes: self.reader.bytes_read() };
            let mut flow = watch(event);
            for note in self.noted.try_iter() {
                flow = flow_of(flow, watch(Event::Note(&note)));
            }
            if let ControlFlow::Break(code) = flow_of(flow, watch(Event::Waiting)) {
                end.get_or_insert(Ok(code));
            }
            if end.is_some() {
                // Nothing new is sent or tried again; what is on its way may come to its end.
                let is_error_of_ours = matches!(end, Some(Err(FeedError::NotARecord { .. })));
                if !is_error_of_ours {
                    self.stop.store(true, Ordering::Relaxed);
                }
                let ends_at = *ends_at.get_or_insert_with(|| Instant::now() + GRACE);
                if !is_error_of_ours && Instant::now() > ends_at {
                    break;
                }
            }
        }
        end.transpose()
    }

    /// The next documents, up to the bytes that may be sent at once; none at the end. `left` is the
    /// document that did not fit the last time.
    fn batch(&mut self, number: u64, left: &mut Option<Doc>) -> Result<Option<Batch>, FeedError> {
        let limit = self.delivery.limit();
        let (mut docs, mut bytes) = (Vec::new(), 0);
        while let Some(doc) = left.take().map_or_else(|| self.reader.next(), |doc| Ok(Some(doc)))? {
            if bytes + doc.bytes.len() > limit && !docs.is_empty() {
                *left = Some(doc);
                break;
            }
            bytes += doc.bytes.len();
            docs.push(doc);
        }
        Ok((!docs.is_empty()).then_some(Batch { number, docs }))
    }
}

/// The first that wants it to end.
fn flow_of(first: ControlFlow<u8>, second: ControlFlow<u8>) -> ControlFlow<u8> {
    if first.is_break() { first } else { second }
}

/// Threads that deliver the batches they are sent, and the way to them and back. They end when
/// nobody can send any more.
fn workers(n: usize, delivery: &Arc<Delivery>) -> Result<(Sender<Batch>, Receiver<Answered>), FeedError> {
    let (batches, to_deliver) = channel::<Batch>();
    let to_deliver = Arc::new(Mutex::new(to_deliver));
    let (answer, answers) = channel();
    for i in 0..n {
        let (to_deliver, answer, delivery) = (Arc::clone(&to_deliver), answer.clone(), Arc::clone(delivery));
        let work = move || {
            loop {
                let batch = to_deliver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(batch) = batch else { break };
                // A panic ends the feed with a reason; without an answer it would wait for ever.
                let answered = catch_unwind(AssertUnwindSafe(|| delivery.deliver(batch)));
                let died = |_| Err(FeedError::Threads { message: "one of them has panicked".to_owned() }.into());
                if answer.send(answered.unwrap_or_else(died)).is_err() {
                    break;
                }
            }
        };
        let started = thread::Builder::new().name(format!("feeder-{i}")).spawn(work);
        started.map_err(|error| FeedError::Threads { message: error.to_string() })?;
    }
    Ok((batches, answers))
}

/// What was made without an engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Documents.
    pub documents: u64,
    /// Records that got another key than their own.
    pub repeated: u64,
    /// Dead letters among the records.
    pub untagged: u64,
}

/// Gives the lines of each document to `out`, as its engine would get them; `out` ends it by a value.
///
/// # Errors
/// If records cannot be read.
pub fn documents<B>(
    reading: &Reading,
    mut out: impl FnMut(&[u8]) -> ControlFlow<B>,
) -> Result<ControlFlow<B, Counts>, FeedError> {
    let mut reader = Reader::new(reading.clone(), Vec::new());
    while let Some(doc) = reader.next()? {
        if let ControlFlow::Break(reason) = out(&doc.bytes) {
            return Ok(ControlFlow::Break(reason));
        }
    }
    Ok(ControlFlow::Continue(Counts {
        documents: reader.n_records,
        repeated: reader.n_repeated(),
        untagged: reader.n_untagged,
    }))
}
