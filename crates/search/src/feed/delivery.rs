//! Brings batches to an engine, whatever happens on the way, and says what became of each document.
//!
//! A batch goes in; a verdict for each of its documents comes out, or the reason why the feed ends.
//! What is known to be refused is not sent again; what is not known to be there is, in its order: ids
//! make that harmless.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use crate::feed::client::{Answer, Client, NoAnswer};
use crate::feed::engines::Engine;
use crate::feed::error::FeedError;
use crate::feed::gate::Gate;
use crate::feed::patience;
use crate::feed::records::Doc;
use crate::feed::verdict::{Code, Refusal, Verdict, Whole};

/// Broken connections in a row after which less is sent at once: there are proxies that close the
/// connection instead of saying that a request is too large.
const BROKEN: u32 = 3;
/// Documents that are refused alone before anything was taken, after which it is not their fault.
const BAD: u32 = 3;

/// Documents on their way, in the order of the records.
pub struct Batch {
    /// Batches before it.
    pub number: u64,
    /// The documents.
    pub docs: Vec<Doc>,
}

/// What became of a batch.
pub struct Delivered {
    /// Batches before it.
    pub number: u64,
    /// Each document with its end.
    pub docs: Vec<(Doc, Outcome)>,
}

/// The end of a document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is there, and was not before.
    Created,
    /// It is there, in the place of another.
    Updated,
    /// It is there.
    Stored,
    /// It is not.
    Dead(Refusal),
}

/// Why a batch was not delivered.
pub enum Undelivered {
    /// Nobody waits for it any more.
    Stopped,
    /// The feed ends.
    Failed(FeedError),
}

impl From<FeedError> for Undelivered {
    fn from(error: FeedError) -> Self {
        Self::Failed(error)
    }
}

/// The way to one index.
pub struct Delivery {
    client: Client,
    engine: Box<dyn Engine>,
    /// Below the address.
    path: String,
    /// Bytes that may be sent at once.
    limit: AtomicUsize,
    gate: Gate,
    /// How long to wait for a disk.
    patience: Duration,
    /// Whether a document was ever taken.
    was_taken: AtomicBool,
    notes: Sender<String>,
}

/// What came of one request.
enum Came {
    Verdicts(Vec<Verdict>, Option<Duration>),
    Whole(Whole, Option<Duration>, u16),
    /// The connection broke.
    Broken(String),
}

impl Delivery {
    /// To `index`, in requests of up to `limit` bytes, `in_flight` at a time. Where a disk is full it
    /// waits for `patience`; what the user should hear of goes to `notes`.
    pub fn new(
        client: Client,
        engine: Box<dyn Engine>,
        path: String,
        limit: usize,
        in_flight: usize,
        patience: Duration,
        notes: Sender<String>,
    ) -> Self {
        let (limit, was_taken) = (AtomicUsize::new(limit), AtomicBool::new(false));
        Self { client, engine, path, limit, gate: Gate::new(in_flight), patience, was_taken, notes }
    }

    /// Bytes that may be sent at once, by now.
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// The server.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What is said to the engine.
    pub fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// Delivers a batch.
    ///
    /// # Errors
    /// If the feed ends before it is delivered.
    pub fn deliver(&self, batch: Batch) -> Result<Delivered, Undelivered> {
        let Batch { number, docs } = batch;
        let refused = docs.iter().map(|doc| self.engine.refuses(&doc.key).map(Outcome::Dead));
        let mut way = Way {
            outcomes: refused.collect(),
            todo: VecDeque::new(),
            failures: 0,
            broken: 0,
            bad: 0,
            most_bytes: usize::MAX,
            most_docs: usize::MAX,
            full_since: None,
        };
        way.todo = (0..docs.len()).filter(|&at| way.outcomes[at].is_none()).collect();
        while !way.todo.is_empty() {
            self.step(&docs, &mut way)?;
        }
        let outcomes = way.outcomes.into_iter().map(|outcome| outcome.expect("what has no outcome is still to do"));
        Ok(Delivered { number, docs: docs.into_iter().zip(outcomes).collect() })
    }

    /// Sends the first documents that are still to do, once.
    fn step(&self, docs: &[Doc], way: &mut Way) -> Result<(), Undelivered> {
        let sent = way.cut(docs, self.limit());
        let mut body = Vec::with_capacity(sent.iter().map(|&at| docs[at].bytes.len()).sum());
        sent.iter().for_each(|&at| body.extend_from_slice(&docs[at].bytes));
        let came = {
            let Some(_place) = self.gate.enter(&self.client) else { return Err(Undelivered::Stopped) };
            let answer = self.client.send("POST", &self.path, self.engine.content_type(), Some(&body));
            self.came(answer, sent.len())?
        };
        if !matches!(came, Came::Broken(_)) {
            way.broken = 0;
        }
        match came {
            Came::Verdicts(verdicts, retry_after) => self.judge(way, &sent, verdicts, retry_after),
            Came::Whole(Whole::Again(message), retry_after, _) => {
                self.gate.narrow();
                self.again(way, message, retry_after)
            }
            Came::Broken(message) => {
                way.broken += 1;
                if way.broken.is_multiple_of(BROKEN) && sent.len() > 1 {
                    way.most_bytes = body.len() / 2;
                }
                self.again(way, message, None)
            }
            Came::Whole(Whole::TooLarge, ..) => {
                match sent.as_slice() {
                    [at] => {
                        let message = format!("HTTP status 413 for this document alone, of {} bytes", body.len());
                        way.end(*at, Outcome::Dead(Refusal { code: Code::IndexTooLarge, message }));
                    }
                    // For everything that comes after it too; what is still to do is cut anew by it.
                    _ => drop(self.limit.fetch_min(body.len() / 2, Ordering::Relaxed)),
                }
                Ok(())
            }
            Came::Whole(Whole::Bad(message), _, status) => match sent.as_slice() {
                [at] => {
                    way.bad += 1;
                    if way.bad >= BAD && !self.was_taken.load(Ordering::Relaxed) {
                        return Err(self.denied(Some(status), message).into());
                    }
                    way.end(*at, Outcome::Dead(Refusal { code: Code::IndexMapping, message }));
                    way.most_docs = usize::MAX;
                    Ok(())
                }
                // Which of them it is shows when they are sent in parts.
                _ => {
                    way.most_docs = sent.len() / 2;
                    Ok(())
                }
            },
            Came::Whole(Whole::Full(message), retry_after, _) => self.wait_for_disk(way, message, retry_after),
            Came::Whole(Whole::Denied(message), _, status) => Err(self.denied(Some(status), message).into()),
        }
    }

    /// What an answer means, or the lack of one.
    fn came(&self, answer: Result<Answer, NoAnswer>, n: usize) -> Result<Came, FeedError> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(NoAnswer::Untrusted(message)) => {
                return Err(FeedError::Untrusted { url: self.client.url("/"), message });
            }
            Err(NoAnswer::Absent(message) | NoAnswer::Lost(message)) => return Ok(Came::Broken(message)),
        };
        Ok(match answer.status {
            // Of an answer that makes no sense nothing is known: everything is sent again.
            200 => match self.engine.verdicts(&answer.body, n) {
                Ok(verdicts) => Came::Verdicts(verdicts, answer.retry_after),
                Err(message) => Came::Whole(Whole::Again(message), answer.retry_after, 200),
            },
            300..=399 => return Err(self.client.redirected("POST", &self.path, &answer)),
            status => Came::Whole(self.engine.whole(status, &answer.body), answer.retry_after, status),
        })
    }

    /// Takes the verdicts on what was `sent`; what is to be sent again stays, before everything else
    /// and in its order.
    fn judge(
        &self,
        way: &mut Way,
        sent: &[usize],
        verdicts: Vec<Verdict>,
        retry_after: Option<Duration>,
    ) -> Result<(), Undelivered> {
        let (mut n_ended, mut busy, mut full) = (0, None, None);
        for (&at, verdict) in sent.iter().zip(verdicts) {
            let outcome = match verdict {
                Verdict::Created => Outcome::Created,
                Verdict::Updated => Outcome::Updated,
                Verdict::Stored => Outcome::Stored,
                Verdict::Refused(refusal) => Outcome::Dead(refusal),
                Verdict::Denied(message) => return Err(self.denied(None, message).into()),
                Verdict::Busy(message) => {
                    busy = Some(message);
                    continue;
                }
                Verdict::Full(message) => {
                    full = Some(message);
                    continue;
                }
            };
            if !matches!(outcome, Outcome::Dead(_)) {
                self.was_taken.store(true, Ordering::Relaxed);
            }
            n_ended += 1;
            way.end(at, outcome);
        }
        if n_ended > 0 {
            (way.failures, way.full_since) = (0, None);
        }
        if let Some(message) = full {
            return self.wait_for_disk(way, message, retry_after);
        }
        let Some(message) = busy else {
            self.gate.widen();
            return Ok(());
        };
        self.gate.narrow();
        way.failures += 1;
        if way.failures > self.client.retries() {
            let left: Vec<usize> = sent.iter().copied().filter(|&at| way.outcomes[at].is_none()).collect();
            for at in left {
                way.end(at, Outcome::Dead(Refusal { code: Code::IndexRejected, message: message.clone() }));
            }
            way.failures = 0;
            return Ok(());
        }
        self.sleep(patience::wait(way.failures, retry_after))
    }

    /// Waits before everything is sent again, or gives up.
    fn again(&self, way: &mut Way, message: String, retry_after: Option<Duration>) -> Result<(), Undelivered> {
        way.failures += 1;
        if way.failures > self.client.retries() {
            let url = self.client.url(&self.path);
            return Err(FeedError::GaveUp { url, tries: way.failures, message }.into());
        }
        self.sleep(patience::wait(way.failures, retry_after))
    }

    /// Waits for somebody to free space; that is no matter of load, and no fault of a document.
    fn wait_for_disk(&self, way: &mut Way, message: String, retry_after: Option<Duration>) -> Result<(), Undelivered> {
        let since = *way.full_since.get_or_insert_with(|| {
            // Nobody listens when the feed has ended.
            let _ =
                self.notes.send(format!("the engine takes no documents, waiting for {:?}: {message}", self.patience));
            Instant::now()
        });
        if since.elapsed() >= self.patience {
            return Err(FeedError::Full { url: self.client.url(&self.path), message }.into());
        }
        way.failures = (way.failures + 1).min(6);
        self.sleep(patience::wait(way.failures, retry_after).min(self.patience))
    }

    fn sleep(&self, wait: Duration) -> Result<(), Undelivered> {
        if self.client.sleep(wait) { Ok(()) } else { Err(Undelivered::Stopped) }
    }

    fn denied(&self, status: Option<u16>, message: String) -> FeedError {
        let sent = self.was_taken.load(Ordering::Relaxed);
        FeedError::Refused { method: "POST", url: self.client.url(&self.path), status, message, sent }
    }
}

/// How far a batch is.
struct Way {
    outcomes: Vec<Option<Outcome>>,
    /// Documents without an outcome, in their order.
    todo: VecDeque<usize>,
    /// Tries without progress.
    failures: u32,
    /// Broken connections in a row.
    broken: u32,
    /// Documents that were refused alone, as the whole of a request.
    bad: u32,
    /// Bytes that may be sent at once, where that is less than the limit of all.
    most_bytes: usize,
    /// Documents that may be sent at once.
    most_docs: usize,
    /// Since when the engine takes nothing for want of space.
    full_since: Option<Instant>,
}

impl Way {
    /// The first documents that are still to do, up to `limit` bytes of them; one at least.
    fn cut(&self, docs: &[Doc], limit: usize) -> Vec<usize> {
        let limit = limit.min(self.most_bytes);
        let mut bytes = 0;
        let fits = |&at: &usize| {
            bytes += docs[at].bytes.len();
            bytes <= limit
        };
        let n = self.todo.iter().copied().take(self.most_docs).take_while(fits).count().max(1);
        self.todo.iter().copied().take(n).collect()
    }

    /// Ends the document `at`.
    fn end(&mut self, at: usize, outcome: Outcome) {
        self.outcomes[at] = Some(outcome);
        // It is one of the first.
        if let Some(place) = self.todo.iter().position(|&other| other == at) {
            self.todo.remove(place);
        }
        self.full_since = None;
    }
}
