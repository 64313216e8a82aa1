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

use crate::feed::client::Client;
use crate::feed::delivery::{Batch, Delivered, Delivery, Outcome, Undelivered};
use crate::feed::engines::{self, Engine};
use crate::feed::error::FeedError;
use crate::feed::letters::Letters;
use crate::feed::plan::{Plan, Refresh};
use crate::feed::records::{Doc, Reader, Reading, RecordsFile, fields};
use crate::feed::state::{self, Account, State};
use crate::feed::time;

/// Between two looks whether somebody wants the feed to end.
const LOOK: Duration = Duration::from_millis(100);
/// How long what is on its way may take when somebody does.
const GRACE: Duration = Duration::from_secs(5);
/// Records before which nothing can be said about how many are refused.
const FEW: u64 = 1000;

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
    let state = match begun.with_index(state, &reading, watch) {
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
    let ledger = Ledger { state, state_path, letters, plan, first: None };
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
    let old = ledger.finish(&reader, &delivery)?;
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

/// What shapes the documents and where they go, by the names of options.
fn options(plan: &Plan, kind: &str) -> BTreeMap<String, String> {
    let Reading { under, entry, shape, .. } = &plan.reading;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "not given".to_owned());
    let options = [
        ("as", kind.to_owned()),
        ("id", text(&entry.id)),
        ("date", text(&entry.date)),
        ("under", text(under)),
        ("aliases", entry.aliases.digest().unwrap_or("not given").to_owned()),
        ("nested", shape.nested.to_string()),
        ("annotated", shape.annotated.to_string()),
        ("embedding", shape.embedding.to_string()),
        ("no-text", shape.no_text.to_string()),
        ("swap", plan.target.swap.to_string()),
    ];
    options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A feed that has found its engine.
struct Begun<'f> {
    plan: &'f Plan,
    client: &'f Client,
    engine: &'f dyn Engine,
    state_path: &'f PathBuf,
}

impl Begun<'_> {
    /// The state to go on from, if there is one; it has to be of this feed.
    fn resumed(&self, old: Option<State>, fresh: &State) -> Result<Option<State>, FeedError> {
        let Some(old) = old else { return Ok(None) };
        let mut differences = fresh.differences(&old);
        let there = match &old.index_id {
            Some(_) => self.engine.identify(self.client, &old.index)?.map(|index| index.id),
            None => None,
        };
        if old.index_id != there {
            differences.push(match there {
                Some(_) => format!("the index {} is another one by that name", old.index),
                None => format!("the index {} is gone", old.index),
            });
        }
        match (old.complete, differences.is_empty()) {
            (true, true) => Err(FeedError::AlreadyComplete { path: self.state_path.clone() }),
            (true, false) => Ok(None),
            (false, true) => Ok(Some(old)),
            (false, false) => Err(FeedError::Changed { path: self.state_path.clone(), differences }),
        }
    }

    /// `state` with its index, which is made if there is none and it may be.
    fn with_index(
        &self,
        state: State,
        reading: &Reading,
        watch: &mut dyn FnMut(Event<'_>) -> ControlFlow<u8>,
    ) -> Result<State, FeedError> {
        if state.index_id.is_some() {
            return Ok(state);
        }
        let (target, mut state) = (&self.plan.target, state);
        let name = target.address.index.as_str();
        let there = self.engine.identify(self.client, name)?;
        let url = || self.client.url("/");
        if target.swap {
            if there.as_ref().is_some_and(|index| !index.is_alias) {
                return Err(FeedError::NotAnAlias { url: url(), index: name.to_owned() });
            }
            if state.index == name {
                state.index = format!("{name}-{}", time::stamp());
                // Written down before it is made, so that it is known to be ours.
                state.write(self.state_path)?;
            }
        } else if there.is_none() && !target.create {
            return Err(FeedError::NoIndex { url: url(), index: name.to_owned() });
        }
        if target.create || target.swap {
            let fields = fields(reading, target.strict)?;
            let template = engines::template(reading.kind, name, &fields).unwrap_or_default();
            if target.create {
                self.engine.put_template(self.client, name, &template)?;
            }
            match self.engine.identify(self.client, &state.index)? {
                None => self.engine.create(self.client, &state.index, &template)?,
                Some(_) if target.swap => {}
                Some(_) => {
                    let note = format!("{name} is there already, and keeps the mapping that it has");
                    let _ = watch(Event::Note(&note));
                }
            }
        }
        let Some(index) = self.engine.identify(self.client, &state.index)? else {
            return Err(FeedError::NoIndex { url: url(), index: state.index });
        };
        state.index_id = Some(index.id);
        state.write(self.state_path)?;
        Ok(state)
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

/// What is written down.
struct Ledger<'p> {
    state: State,
    state_path: PathBuf,
    letters: Letters,
    plan: &'p Plan,
    /// What the engine said of the first document that it refused in this run.
    first: Option<String>,
}

impl Ledger<'_> {
    /// Writes down what became of a batch: its dead letters, and then how far the engine has answered.
    fn enter(&mut self, delivered: Delivered) -> Result<(), FeedError> {
        if self.plan.stop_at_failure
            && let Some((doc, Outcome::Dead(refusal))) =
                delivered.docs.iter().find(|(_, outcome)| matches!(outcome, Outcome::Dead(_)))
        {
            let (path, line) = (doc.place.path.to_path_buf(), doc.place.line);
            return Err(FeedError::First { path, line, message: refusal.message.clone() });
        }
        let account = &mut self.state.account;
        for (doc, outcome) in &delivered.docs {
            account.read += 1;
            match outcome {
                Outcome::Created => account.created += 1,
                Outcome::Updated => account.updated += 1,
                Outcome::Stored => account.stored += 1,
                Outcome::Dead(refusal) => {
                    self.letters.write(doc, refusal)?;
                    *account.dead.entry(refusal.code).or_default() += 1;
                    self.first.get_or_insert_with(|| refusal.message.clone());
                }
            }
            self.state.lines = doc.place.lines;
        }
        self.state.dead_bytes = self.letters.sync()?;
        self.state.write(&self.state_path)?;
        let (read, dead, max) = (self.state.account.read, self.state.account.n_dead(), self.plan.max_dead);
        if read >= FEW && dead as f64 * 100.0 > max * read as f64 {
            let first = self.first.clone().unwrap_or_default();
            return Err(FeedError::TooManyDead { dead, read, max, first });
        }
        Ok(())
    }

    /// Takes away what was written down.
    fn discard(self) {
        // What stays says that nothing was fed, and does little harm.
        let _ = std::fs::remove_file(&self.state_path);
        self.letters.discard();
    }

    /// Sees that everything is accounted for, and makes the feed complete; the indexes that the alias
    /// was on.
    fn finish(mut self, reader: &Reader, delivery: &Delivery) -> Result<Vec<String>, FeedError> {
        let (client, engine) = (delivery.client(), delivery.engine());
        let (account, read) = (&self.state.account, reader.n_records);
        if read != account.read || read != account.n_taken() + account.n_dead() {
            let (taken, dead) = (account.n_taken(), account.n_dead());
            return Err(FeedError::Account {
                message: format!("{read} records were read, {} answered for: {taken} taken, {dead} not", account.read),
            });
        }
        let (target, index) = (&self.plan.target, self.state.index.clone());
        if target.swap || target.refresh == Refresh::End {
            engine.refresh(client, &index)?;
        }
        let mut old = Vec::new();
        if target.swap {
            // Nobody else writes on an index that nobody knows.
            let found = engine.count(client, &index)?;
            if found != account.n_taken() {
                return Err(FeedError::Count { index, wanted: account.n_taken(), found });
            }
            old = engine.swap(client, &target.address.index, &index)?;
        }
        self.letters.finish()?;
        self.state.complete = true;
        self.state.write(&self.state_path)?;
        Ok(old)
    }
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
