//! Source → workers → sink: order, backpressure, and the threads of a run.
//!
//! The reader makes a slot for each chunk of articles, sends the slot to the writer's bounded queue
//! and the chunk to the workers; the writer waits on the slots in corpus order. The bound of the
//! queue is the backpressure, its order is the order of the output. Inside a chunk everything is
//! plain single-threaded code ([`Tagger::tag`]).

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use thiserror::Error;

use crate::document::{Article, Failure, FailureCode, Origin, Outcome};
use crate::error::{Severity, UserError};
use crate::infer::Scratch;
use crate::record::{RecordWriter, dead};
use crate::source::{Item, SourceError};
use crate::tagger::{BATCH_TOKENS, EncodedArticle, Reader, Scores, Tagger};
use crate::tally::Tally;

/// How to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Worker threads.
    pub threads: usize,
    /// Whether what was not tagged gets a line among the records; if not, a dead letter apart from
    /// them.
    pub inline: bool,
    /// Whether to end at the first article that was not tagged.
    pub stop_at_failure: bool,
    /// Whether somebody waits for the answer to what has come so far. Otherwise articles are taken
    /// together until there is enough of them.
    pub eager: bool,
}

impl Settings {
    /// Everything as fast as it goes, on so many threads, and on one line each whatever becomes of
    /// it.
    pub fn bulk(threads: usize) -> Self {
        Self { threads, inline: true, stop_at_failure: false, eager: false }
    }
}

/// What a run tells while it goes on.
pub enum Event {
    /// A chunk of the corpus is done.
    Done(Box<Done>),
    /// Nothing has come for a while.
    Waiting,
}

/// A chunk of the corpus, done.
pub struct Done {
    /// Its records, in corpus order.
    pub records: Vec<u8>,
    /// Its dead letters, in corpus order, if they are to stand apart.
    pub dead: Vec<u8>,
    /// Its counts.
    pub tally: Tally,
    /// The article at which to end; what came after it in the chunk is in none of these.
    pub stopped_by: Option<Box<Failure>>,
    /// What the source's counter of bytes said when the chunk had been read.
    pub bytes_read: u64,
}

/// A chunk of the corpus, to be done.
struct Chunk {
    items: Vec<Item>,
    bytes_read: u64,
}

/// How a run ended. `I` reads the corpus, `B` is what the watcher breaks with.
#[derive(Debug)]
pub enum End<I, B> {
    /// The corpus has been read to its end, and everything is done. Its reader comes back, with
    /// what it has counted.
    Complete(I),
    /// The corpus cannot be read any further; what came before is done.
    Unreadable(I, SourceError),
    /// The watcher ended the run. Its reader may be waiting for input that never comes, and workers
    /// may be busy with what nobody will read: both end by themselves, or with the process, and
    /// nobody waits for them.
    Stopped(B),
}

/// Why there is no end to speak of.
#[derive(Debug, Error)]
pub enum RunError {
    /// The workers cannot be started.
    #[error(transparent)]
    Workers(#[from] WorkersError),
    /// A thread died outside of any article.
    #[error("a thread of the run has died")]
    ThreadDied,
}

impl UserError for RunError {
    fn severity(&self) -> Severity {
        Severity::Fatal
    }
}

impl UserError for WorkersError {
    fn severity(&self) -> Severity {
        Severity::Fatal
    }
}

/// Worker threads could not be had.
#[derive(Debug, Error)]
#[error("cannot start {threads} worker threads: {message}")]
pub struct WorkersError {
    /// How many were wanted.
    pub threads: usize,
    /// Why not.
    pub message: String,
}

/// Articles in a chunk at most: enough windows of similar length to fill batches of the usual size.
const CHUNK_ARTICLES: usize = 64;
/// Bytes of text in a chunk, about: a second of work on a slow CPU, so that all threads end
/// together.
pub const CHUNK_BYTES: usize = 16 * 1024;
/// Chunks read ahead of the writer, a thread.
const AHEAD: usize = 4;

/// Items that wait until there is a place for their chunk, where somebody waits for answers.
const AT_HAND: usize = 16;
/// How long nothing comes before that is told. Only whether a signal has come depends on it.
const PATIENCE: Duration = Duration::from_millis(50);

/// Tags everything that `items` gives, and hands the results to `watch` in order, until it breaks.
///
/// `bytes_read` counts how far the source is
/// ([`Source::progress`](crate::source::Source::progress)); the reader is ahead of the results, so
/// each chunk remembers where the counter stood.
///
/// # Errors
/// If threads cannot be had, or one of them dies.
pub fn run<I, B>(
    items: I,
    bytes_read: Arc<AtomicU64>,
    tagger: &Tagger,
    writer: &RecordWriter,
    settings: Settings,
    mut watch: impl FnMut(Event) -> ControlFlow<B>,
) -> Result<End<I, B>, RunError>
where
    I: Iterator<Item = Result<Item, SourceError>> + Send + 'static,
{
    let pool = workers(settings.threads)?;
    let work = Work { tagger: tagger.clone(), writer: writer.clone(), settings, scratches: Mutex::default() };
    let (slots, queue) = sync_channel::<Receiver<Done>>(settings.threads * AHEAD);
    // Not a scoped thread: it may be waiting for standard input when the watcher wants to end, and
    // cannot be woken.
    let reader = std::thread::Builder::new()
        .name("reader".to_owned())
        .spawn(move || read(items, &bytes_read, work, pool, slots));
    let reader = reader.map_err(|error| WorkersError { threads: settings.threads, message: error.to_string() })?;
    loop {
        let slot = match patiently(&queue, &mut watch) {
            ControlFlow::Continue(Some(slot)) => slot,
            ControlFlow::Continue(None) => break,
            ControlFlow::Break(end) => return Ok(End::Stopped(end)),
        };
        let done = match patiently(&slot, &mut watch) {
            ControlFlow::Continue(Some(done)) => done,
            ControlFlow::Continue(None) => return Err(RunError::ThreadDied),
            ControlFlow::Break(end) => return Ok(End::Stopped(end)),
        };
        if let ControlFlow::Break(end) = watch(Event::Done(Box::new(done))) {
            return Ok(End::Stopped(end));
        }
    }
    match reader.join() {
        Ok((items, Ok(()))) => Ok(End::Complete(items)),
        Ok((items, Err(error))) => Ok(End::Unreadable(items, error)),
        Err(_) => Err(RunError::ThreadDied),
    }
}

/// The reader's thread: sends a slot for each chunk to the writer, and the chunk to the workers.
fn read<I>(
    mut items: I,
    bytes_read: &AtomicU64,
    work: Work,
    pool: rayon::ThreadPool,
    slots: SyncSender<Receiver<Done>>,
) -> (I, Result<(), SourceError>)
where
    I: Iterator<Item = Result<Item, SourceError>> + Send,
{
    let work = Arc::new(work);
    let send = |chunk| {
        let (slot, done): (SyncSender<Done>, _) = sync_channel(1);
        // It fails only if the writer has gone, and then everything ends.
        let queued = slots.send(done).is_ok();
        if queued {
            let work = Arc::clone(&work);
            // This too, and then nobody misses the result.
            pool.spawn(move || drop(slot.send(work.on(chunk))));
        }
        queued
    };
    let result = if work.settings.eager {
        read_at_hand(&mut items, bytes_read, send)
    } else {
        read_chunks(&mut items, bytes_read, scale(&work.tagger), send)
    };
    // The pool ends when the chunks that it has are done.
    (items, result)
}

/// What comes from `receiver`, telling `watch` from time to time that nothing has come; `None` if
/// nothing will.
fn patiently<T, B>(
    receiver: &Receiver<T>,
    watch: &mut impl FnMut(Event) -> ControlFlow<B>,
) -> ControlFlow<B, Option<T>> {
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(received) => return ControlFlow::Continue(Some(received)),
            Err(RecvTimeoutError::Disconnected) => return ControlFlow::Continue(None),
            Err(RecvTimeoutError::Timeout) => watch(Event::Waiting)?,
        }
    }
}

/// Tags `articles`, all at hand, on `threads` threads; outcome `i` is of article `i`.
///
/// # Errors
/// If threads cannot be had.
pub fn tag_all(articles: Vec<Article>, tagger: &Tagger, threads: usize) -> Result<Vec<Outcome>, WorkersError> {
    each_chunk(articles, threads, |chunk, scratch| tag_guarded(chunk, tagger, scratch))
}

/// Reads `articles`, all at hand, on `threads` threads, and makes something of each; result `i` is
/// of article `i`.
///
/// # Errors
/// If threads cannot be had.
pub fn read_all<T: Send>(
    articles: Vec<Article>,
    reader: Reader<'_>,
    threads: usize,
    conclude: impl Fn(EncodedArticle, Scores) -> T + Sync,
) -> Result<Vec<T>, WorkersError> {
    each_chunk(articles, threads, |chunk, scratch| {
        let readings: Vec<EncodedArticle> = chunk.into_iter().map(|article| reader.read(article)).collect();
        let scores = reader.score(&readings, scratch);
        readings.into_iter().zip(scores).map(|(reading, scores)| conclude(reading, scores)).collect()
    })
}

/// Cuts `articles` into chunks, does `work` on each, and puts the results one after another.
fn each_chunk<T: Send>(
    articles: Vec<Article>,
    threads: usize,
    work: impl Fn(Vec<Article>, &mut Scratch) -> Vec<T> + Sync,
) -> Result<Vec<T>, WorkersError> {
    let mut chunks: Vec<Vec<Article>> = Vec::new();
    let mut bytes = 0;
    for article in articles {
        let full = bytes >= CHUNK_BYTES || chunks.last().is_none_or(|chunk| chunk.len() >= CHUNK_ARTICLES);
        if full {
            bytes = 0;
            chunks.push(Vec::new());
        }
        bytes += article.text.len();
        chunks.last_mut().expect("a chunk was just made").push(article);
    }
    let work = |scratch: &mut Scratch, chunk| work(chunk, scratch);
    let done =
        workers(threads)?.install(|| chunks.into_par_iter().map_init(Scratch::default, work).collect::<Vec<_>>());
    Ok(done.into_iter().flatten().collect())
}

fn workers(threads: usize) -> Result<rayon::ThreadPool, WorkersError> {
    // A job that panics leaves its slot empty, and whoever waits for that sees it.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|i| format!("tagger-{i}"))
        .panic_handler(drop)
        .build();
    pool.map_err(|error| WorkersError { threads, message: error.to_string() })
}

/// How many times larger than usual chunks have to be, so that there is something to fill the
/// batches with.
fn scale(tagger: &Tagger) -> usize {
    if tagger.model().backend().likes_large_batches() { tagger.batch_tokens().div_ceil(BATCH_TOKENS) } else { 1 }
}

/// Groups items into chunks, `scale` times as large as usual, until the source ends or `send` says
/// that nobody wants more.
fn read_chunks(
    items: &mut dyn Iterator<Item = Result<Item, SourceError>>,
    bytes_read: &AtomicU64,
    scale: usize,
    mut send: impl FnMut(Chunk) -> bool,
) -> Result<(), SourceError> {
    let mut chunk = Vec::new();
    let mut bytes = 0;
    let mut send = |items| send(Chunk { items, bytes_read: bytes_read.load(Ordering::Relaxed) });
    for item in items {
        match item {
            Ok(item) => {
                bytes += size(&item);
                chunk.push(item);
            }
            Err(error) => {
                send(chunk);
                return Err(error);
            }
        }
        if chunk.len() >= scale * CHUNK_ARTICLES || bytes >= scale * CHUNK_BYTES {
            bytes = 0;
            if !send(std::mem::take(&mut chunk)) {
                return Ok(());
            }
        }
    }
    if !chunk.is_empty() {
        send(chunk);
    }
    Ok(())
}

/// Bytes of what is to be done about `item`.
fn size(item: &Item) -> usize {
    match item {
        Item::Article(article) => article.text.len(),
        Item::Failed(failure) => failure.raw.bytes.len(),
        Item::Blank => 0,
    }
}

/// Sends whatever has been read, as soon as there is a place for it. While there is none, more
/// comes together.
fn read_at_hand(
    items: &mut (dyn Iterator<Item = Result<Item, SourceError>> + Send),
    bytes_read: &AtomicU64,
    mut send: impl FnMut(Chunk) -> bool,
) -> Result<(), SourceError> {
    let (sender, at_hand) = sync_channel(AT_HAND);
    std::thread::scope(|threads| {
        let reader = threads.spawn(move || {
            for item in items {
                // It fails only if nobody wants more.
                if sender.send(item?).is_err() {
                    break;
                }
            }
            Ok(())
        });
        while let Ok(first) = at_hand.recv() {
            let mut bytes = size(&first);
            let mut chunk = vec![first];
            while chunk.len() < CHUNK_ARTICLES
                && bytes < CHUNK_BYTES
                && let Ok(item) = at_hand.try_recv()
            {
                bytes += size(&item);
                chunk.push(item);
            }
            if !send(Chunk { items: chunk, bytes_read: bytes_read.load(Ordering::Relaxed) }) {
                break;
            }
        }
        drop(at_hand);
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// What the workers share.
struct Work {
    tagger: Tagger,
    writer: RecordWriter,
    settings: Settings,
    scratches: Mutex<Vec<Scratch>>,
}

/// What is to become of an item: it waits for the tagger, or is something already.
enum Place {
    Article,
    Outcome(Outcome),
    Blank,
}

impl Work {
    fn on(&self, chunk: Chunk) -> Done {
        let take = || self.scratches.lock().ok().and_then(|mut free| free.pop()).unwrap_or_default();
        let mut scratch = take();
        let mut articles = Vec::new();
        // What could not be read keeps its place among what could.
        let mut places = Vec::with_capacity(chunk.items.len());
        for item in chunk.items {
            places.push(match item {
                Item::Article(article) => {
                    articles.push(article);
                    Place::Article
                }
                Item::Failed(failure) => Place::Outcome(Outcome::Failed(Box::new(failure))),
                Item::Blank => Place::Blank,
            });
        }
        let mut tagged = tag_guarded(articles, &self.tagger, &mut scratch).into_iter();
        let mut done = Done {
            records: Vec::new(),
            dead: Vec::new(),
            tally: Tally::default(),
            stopped_by: None,
            bytes_read: chunk.bytes_read,
        };
        for place in places {
            let outcome = match place {
                Place::Article => tagged.next().expect("an outcome for every article"),
                Place::Outcome(outcome) => outcome,
                Place::Blank => {
                    done.records.push(b'\n');
                    continue;
                }
            };
            match outcome {
                Outcome::Failed(failure) if self.settings.stop_at_failure => {
                    done.stopped_by = Some(failure);
                    break;
                }
                Outcome::Failed(failure) if !self.settings.inline => {
                    dead::write(&failure, &mut done.dead);
                    done.tally.count(&Outcome::Failed(failure), &self.writer);
                }
                outcome => {
                    self.writer.write(&outcome, &mut done.records);
                    done.tally.count(&outcome, &self.writer);
                }
            }
        }
        if let Ok(mut free) = self.scratches.lock() {
            free.push(scratch);
        }
        done
    }
}

/// Tags a chunk; if something panics, article by article, so that only the one that panics is lost
/// to the rest.
fn tag_guarded(articles: Vec<Article>, tagger: &Tagger, scratch: &mut Scratch) -> Vec<Outcome> {
    let copies = articles.clone();
    if let Ok(outcomes) = catch_unwind(AssertUnwindSafe(|| tagger.tag(articles, scratch))) {
        return outcomes;
    }
    let one = |article: Article| {
        let copy = article.clone();
        // A fresh scratch: the panic may have left the old one half written.
        let tagged = catch_unwind(AssertUnwindSafe(|| tagger.tag(vec![article], &mut Scratch::default()).pop()));
        tagged.ok().flatten().unwrap_or_else(|| panicked(copy))
    };
    *scratch = Scratch::default();
    copies.into_iter().map(one).collect()
}

fn panicked(article: Article) -> Outcome {
    let Origin { source, line, .. } = &article.origin;
    let message = format!("{source}:{line}: the tagger panicked on this article; please report it");
    Outcome::Failed(Box::new(article.failed(FailureCode::InternalPanic, message)))
}
