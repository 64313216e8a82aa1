//! Source → workers → sink: order, backpressure, and the threads of a run.
//!
//! The reader makes a slot for each chunk of articles, sends the slot to the writer's bounded queue and the chunk to the
//! workers; the writer waits on the slots in corpus order. The bound of the queue is the backpressure, its order is the
//! order of the output. Inside a chunk everything is plain single-threaded code ([`Tagger::tag`]).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use thiserror::Error;

use crate::document::{Article, Failure, Outcome};
use crate::infer::Scratch;
use crate::record::Format;
use crate::source::{Item, SourceError};
use crate::tagger::{BATCH_TOKENS, Reader, Reading, Scores, Tagger};
use crate::tally::Tally;

/// A chunk of the corpus, done.
pub struct Done {
    /// Its records, in corpus order.
    pub records: Vec<u8>,
    /// Its counts.
    pub tally: Tally,
    /// What the source's counter of bytes said when the chunk had been read.
    pub bytes_read: u64,
}

/// A chunk of the corpus, to be done.
struct Chunk {
    items: Vec<Item>,
    bytes_read: u64,
}

/// Why a run ended before its corpus did.
#[derive(Debug, Error)]
pub enum RunError<E> {
    /// The corpus cannot be read on.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The consumer of the results refused one.
    #[error(transparent)]
    Sink(E),
    /// The workers cannot be started.
    #[error(transparent)]
    Workers(#[from] WorkersError),
    /// A thread died outside of any article.
    #[error("a thread of the run has died")]
    ThreadDied,
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
/// Bytes of text in a chunk, about: a second of work on a slow CPU, so that all threads end together.
pub const CHUNK_BYTES: usize = 16 * 1024;
/// Chunks read ahead of the writer, a thread.
const AHEAD: usize = 4;

/// Tags everything that `items` gives, on `threads` threads, and hands the results to `write` in order.
///
/// `bytes_read` counts how far the source is ([`Source::progress`](crate::source::Source::progress)); the reader is ahead of
/// the results, so each chunk remembers where the counter stood.
///
/// # Errors
/// If the source ends in an error, after everything before it has been written; if `write` returns one; or if threads
/// cannot be had.
pub fn run<E: Send>(
    mut items: impl Iterator<Item = Result<Item, SourceError>> + Send,
    bytes_read: &AtomicU64,
    tagger: &Tagger,
    format: &Format,
    threads: usize,
    mut write: impl FnMut(Done) -> Result<(), E>,
) -> Result<(), RunError<E>> {
    let pool = workers(threads)?;
    let scratches = Mutex::new(Vec::new());
    let (slots, queue) = sync_channel::<Receiver<Done>>(threads * AHEAD);
    std::thread::scope(|threads| {
        let scratches = &scratches;
        let reader = threads.spawn(move || {
            // `slots` is dropped as soon as nothing more will come, and not only when the workers are done.
            let mut slots = Some(slots);
            pool.in_place_scope(|workers| {
                let result = read_chunks(&mut items, bytes_read, scale(tagger), |chunk| {
                    let (slot, done): (SyncSender<Done>, _) = sync_channel(1);
                    let queued = slots.as_ref().is_some_and(|slots| slots.send(done).is_ok());
                    if queued {
                        // The send fails only if the writer has gone, and then nobody misses the result.
                        workers.spawn(move |_| drop(slot.send(work(chunk, tagger, format, scratches))));
                    }
                    queued
                });
                slots.take();
                result
            })
        });
        let mut written = Ok(());
        for slot in queue {
            written = match slot.recv() {
                Ok(done) => write(done).map_err(RunError::Sink),
                Err(_) => Err(RunError::ThreadDied),
            };
            if written.is_err() {
                // Leaving the loop drops the queue, so the reader's next send fails, and everything ends.
                break;
            }
        }
        let read = reader.join().map_or(Err(RunError::ThreadDied), |read| read.map_err(RunError::Source));
        written.and(read)
    })
}

/// Tags `articles`, all at hand, on `threads` threads; outcome `i` is of article `i`.
///
/// # Errors
/// If threads cannot be had.
pub fn tag_all(articles: Vec<Article>, tagger: &Tagger, threads: usize) -> Result<Vec<Outcome>, WorkersError> {
    each_chunk(articles, threads, |chunk, scratch| tag_guarded(chunk, tagger, scratch))
}

/// Reads `articles`, all at hand, on `threads` threads, and makes something of each; result `i` is of article `i`.
///
/// # Errors
/// If threads cannot be had.
pub fn read_all<T: Send>(
    articles: Vec<Article>,
    reader: Reader<'_>,
    threads: usize,
    conclude: impl Fn(Reading, Scores) -> T + Sync,
) -> Result<Vec<T>, WorkersError> {
    each_chunk(articles, threads, |chunk, scratch| {
        let readings: Vec<Reading> = chunk.into_iter().map(|article| reader.read(article)).collect();
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
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("tagger-{i}")).build();
    pool.map_err(|error| WorkersError { threads, message: error.to_string() })
}

/// How many times larger than usual chunks have to be, so that there is something to fill the batches with.
fn scale(tagger: &Tagger) -> usize {
    if tagger.model().backend.likes_large_batches() { tagger.batch_tokens().div_ceil(BATCH_TOKENS) } else { 1 }
}

/// Groups items into chunks, `scale` times as large as usual, until the source ends or `send` says that nobody wants more.
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
                bytes += match &item {
                    Item::Article(article) => article.text.len(),
                    Item::Failed(failure) => failure.raw.len(),
                };
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

fn work(chunk: Chunk, tagger: &Tagger, format: &Format, scratches: &Mutex<Vec<Scratch>>) -> Done {
    let take = || scratches.lock().ok().and_then(|mut free| free.pop()).unwrap_or_default();
    let mut scratch = take();
    let mut articles = Vec::new();
    // What could not be read keeps its place among what could.
    let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(chunk.items.len());
    for item in chunk.items {
        outcomes.push(match item {
            Item::Article(article) => {
                articles.push(article);
                None
            }
            Item::Failed(failure) => Some(Outcome::Failed(Box::new(failure))),
        });
    }
    let mut tagged = tag_guarded(articles, tagger, &mut scratch).into_iter();
    let mut done = Done { records: Vec::new(), tally: Tally::default(), bytes_read: chunk.bytes_read };
    for outcome in outcomes {
        let outcome = outcome.or_else(|| tagged.next()).expect("an outcome for every article");
        done.tally.count(&outcome, &format.labels);
        format.write(&outcome, &mut done.records);
    }
    if let Ok(mut free) = scratches.lock() {
        free.push(scratch);
    }
    done
}

/// Tags a chunk; if something panics, article by article, so that only the one that panics is lost to the rest.
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
    Outcome::Failed(Box::new(Failure {
        message: format!(
            "{}:{}: the tagger panicked on this article; please report it",
            article.origin.source, article.origin.line
        ),
        code: "internal_panic",
        raw: article.form.into_raw(article.text),
        origin: article.origin,
    }))
}
