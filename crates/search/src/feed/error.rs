//! Why a feed ends before everything is fed.

use std::io;
use std::path::PathBuf;

use dateline::internals::error::{Severity, UserError};
use dateline::internals::outputs::OutputError;
use thiserror::Error;

use crate::feed::kind::Kind;

/// Why a feed ends before everything is fed. No variant has credentials in it.
#[derive(Debug, Error)]
pub enum FeedError {
    /// `--to` is no address of an index.
    #[error("--to: {problem}")]
    Address {
        /// What is wrong with it; never the address itself, which may have a password in it.
        problem: String,
    },
    /// Credentials or certificates cannot be read.
    #[error("{path}: cannot be read")]
    Secret {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Credentials or certificates are not what they should be.
    #[error("{place}: {problem}")]
    NotASecret {
        /// The file, option or variable.
        place: String,
        /// What was found and what was wanted.
        problem: String,
    },
    /// Nothing answers at the address, at the first try.
    #[error("{url}: {message}")]
    Unreachable {
        /// The address.
        url: String,
        /// What came of it.
        message: String,
    },
    /// The certificate is not one that we trust.
    #[error("{url}: {message}")]
    Untrusted {
        /// The address.
        url: String,
        /// What is wrong with it.
        message: String,
    },
    /// Something answers that is no engine we know.
    #[error("{url}: answers, with HTTP status {status}, but not as Elasticsearch, OpenSearch or Typesense do")]
    Unknown {
        /// The address.
        url: String,
        /// Its status.
        status: u16,
    },
    /// Nothing is sent to engines of this kind.
    #[error("{} is not fed directly: it does not say what becomes of each document", kind.title())]
    FileOnly {
        /// The engine.
        kind: Kind,
    },
    /// The engine does not take anything from us.
    #[error("{method} {url}: {message}")]
    Refused {
        /// What was to be done.
        method: &'static str,
        /// To what.
        url: String,
        /// Its status, where there is one.
        status: Option<u16>,
        /// What the engine says.
        message: String,
        /// Whether documents had been sent before.
        sent: bool,
    },
    /// The server wants us to go elsewhere.
    #[error("{method} {url}: redirects to {to}, which is not followed")]
    Redirected {
        /// What was to be done.
        method: &'static str,
        /// To what.
        url: String,
        /// Where it wants us to go.
        to: String,
    },
    /// An answer that makes no sense.
    #[error("{method} {url}: the answer makes no sense: {message}")]
    Nonsense {
        /// What was to be done.
        method: &'static str,
        /// To what.
        url: String,
        /// What is wrong with it.
        message: String,
    },
    /// Every try has failed.
    #[error("{url}: gave up after {tries} tries; the last: {message}")]
    GaveUp {
        /// The address.
        url: String,
        /// How often it was tried.
        tries: u32,
        /// What came of the last try.
        message: String,
    },
    /// The engine's disk is nearly full.
    #[error("{url}: takes no documents: {message}")]
    Full {
        /// The address.
        url: String,
        /// What the engine says.
        message: String,
    },
    /// There is no such index.
    #[error("{url}: there is no index {index}")]
    NoIndex {
        /// The address.
        url: String,
        /// Its name.
        index: String,
    },
    /// What `--swap` is to move is no alias.
    #[error("{url}: {index} is an index, and not an alias that could be moved")]
    NotAnAlias {
        /// The address.
        url: String,
        /// Its name.
        index: String,
    },
    /// The engine does not have as many documents as it said.
    #[error("{index} has {found} documents, and {wanted} were taken; the alias stays where it is")]
    Count {
        /// The index.
        index: String,
        /// As counted here.
        wanted: u64,
        /// As counted there.
        found: u64,
    },
    /// The records cannot be read.
    #[error(transparent)]
    Records(#[from] OutputError),
    /// A line is no record.
    #[error("{path}:{line}: {message}")]
    NotARecord {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        message: String,
        /// What the user can do about it.
        hint: Option<String>,
        /// Whether documents had been sent before.
        sent: bool,
    },
    /// The records are others than at the start, or are longer or shorter.
    #[error("{path}: changed while it was read")]
    ChangedWhileRead {
        /// The file.
        path: PathBuf,
    },
    /// An interrupted feed of something else has left its state.
    #[error("{path}: belongs to another feed: {}", .differences.join("; "))]
    Changed {
        /// The state.
        path: PathBuf,
        /// What differs between that feed and this one.
        differences: Vec<String>,
    },
    /// What an interrupted feed has left is not whole.
    #[error("{path}: {message}")]
    Damaged {
        /// The state, or the dead letters.
        path: PathBuf,
        /// What was found.
        message: String,
    },
    /// Everything has been fed.
    #[error("{path}: everything was fed")]
    AlreadyComplete {
        /// The state.
        path: PathBuf,
    },
    /// Dead letters of another feed stand where those of this one would.
    #[error("{path}: exists already")]
    Exists {
        /// The dead letters.
        path: PathBuf,
    },
    /// Another feed of the same records into an index of that name is running.
    #[error("{path}: another feed is writing it")]
    InUse {
        /// The dead letters.
        path: PathBuf,
    },
    /// State or dead letters cannot be written.
    #[error("{path}: cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What was read and what the engine said do not add up.
    #[error("{message}: something was lost; please report it")]
    Account {
        /// The numbers.
        message: String,
    },
    /// The first document that was refused, where one is enough.
    #[error("{path}:{line}: {message}")]
    First {
        /// The records.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What the engine says.
        message: String,
    },
    /// More documents were refused than may be.
    #[error("{dead} of {read} records were refused, more than {max} %; the first: {first}")]
    TooManyDead {
        /// Refused.
        dead: u64,
        /// Answered.
        read: u64,
        /// Percentage that may be.
        max: f64,
        /// What the engine says of one.
        first: String,
    },
    /// A thread could not be started, or has died.
    #[error("threads: {message}")]
    Threads {
        /// What happened.
        message: String,
    },
}

impl UserError for FeedError {
    fn severity(&self) -> Severity {
        match self {
            Self::AlreadyComplete { .. } => Severity::Done,
            Self::Address { .. }
            | Self::Secret { .. }
            | Self::NotASecret { .. }
            | Self::Unreachable { .. }
            | Self::Untrusted { .. }
            | Self::Unknown { .. }
            | Self::FileOnly { .. }
            | Self::Refused { sent: false, .. }
            | Self::NotARecord { sent: false, .. }
            | Self::Redirected { .. }
            | Self::NoIndex { .. }
            | Self::NotAnAlias { .. }
            | Self::Exists { .. }
            | Self::InUse { .. } => Severity::Usage,
            Self::Records(error) => error.severity(),
            _ => Severity::Fatal,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Address { .. } => "an address looks like this: --to http://localhost:9200/news",
            Self::Unreachable { .. } => "is the engine running, and is this its address?",
            Self::Untrusted { .. } => {
                "--ca FILE or --ca-fingerprint HEX says whom to trust; is the address the one in the certificate?"
            }
            Self::Unknown { .. } => "--as elasticsearch, opensearch or typesense says what it is",
            Self::FileOnly { kind } => {
                return Some(format!("--as {} -o FILE writes a file for it", kind.name()));
            }
            Self::Refused { status: Some(401 | 403), .. } => {
                "give credentials with --api-key-file FILE, or --user NAME and the variable DATELINE_PASSWORD"
            }
            Self::Refused { status: Some(404), .. } => "--create makes the index",
            Self::Redirected { .. } => "if that is where the engine is, name it with --to",
            Self::GaveUp { .. } => "run the same command again to go on from the last answer",
            Self::Full { .. } => "free disk space on the engine's machines, then run the same command again to go on",
            Self::NoIndex { .. } => "--create makes it, with a mapping for these documents",
            Self::NotAnAlias { .. } => "feed another name, or remove that index first",
            Self::NotARecord { hint, .. } => return hint.clone(),
            Self::ChangedWhileRead { .. } => "is a run still writing it? feed it when it is complete",
            Self::Changed { .. } => {
                "give the command of that feed to go on with it, or remove this file to feed everything from the start"
            }
            Self::Damaged { .. } => "remove this file to feed everything from the start; ids keep it from coming twice",
            Self::Exists { .. } => {
                "it holds what an earlier feed could not deliver: feed it, or move it away; it is never overwritten"
            }
            Self::InUse { .. } => "wait for it",
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "free space and run the same command again to go on"
            }
            Self::TooManyDead { .. } => "--max-dead 100 carries on whatever is refused",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
