//! What a gold file holds, whatever its format: documents with a text and the mentions that ought
//! to be found in it.

use std::ops::Range;
use std::path::PathBuf;

use thiserror::Error;

use crate::error::UserError;
use crate::label::Scheme;
use crate::span::Span;

/// A gold file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gold {
    /// Its documents, in order.
    pub documents: Vec<GoldDocument>,
    /// What mentions are counted in.
    pub unit: Unit,
    /// How the tags of a CoNLL file spell mentions.
    pub scheme: Option<Scheme>,
    /// Whether the file says where its documents begin. If not, every sentence is a document.
    pub has_boundaries: bool,
}

/// What the start and the end of a compared mention are counted in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// The tokens of a CoNLL file.
    Tokens,
    /// The characters of a record's text.
    Chars,
}

/// One document: the text to be tagged, and its gold mentions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GoldDocument {
    /// The document's own id, or file and line.
    pub id: String,
    text: String,
    fields: Vec<(String, Span)>,
    pub(super) tokens: Option<Tokens>,
    /// In order of their start; never the same one twice.
    pub(super) mentions: Vec<Named>,
}

/// The tokens of a document that came as columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Tokens {
    /// Where each token stands in the text.
    pub spans: Vec<Span>,
    /// Each sentence as a range of tokens, none empty; together they are all tokens.
    pub sentences: Vec<Range<usize>>,
}

/// A half-open range of tokens or of bytes, as the document's [`Unit`] says, and the label it has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Named {
    /// First token or byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The label's name: `ORG`.
    pub label: String,
}

/// Why a gold file could not be read.
#[derive(Debug, Error)]
pub enum GoldError {
    /// The file system refused.
    #[error("{path}: cannot read the gold file", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// A line is not what its format wants.
    #[error("{path}:{line}: found {found}, wanted {wanted}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What stands there.
        found: String,
        /// What should.
        wanted: String,
    },
    /// Not one sentence or record.
    #[error("{path}: found no sentence and no record, wanted CoNLL columns or JSON lines", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Not one article with entities.
    #[error("{path}: found no line, wanted JSON lines with \"corpus\", \"id\" and \"mentions\"", path = path.display())]
    NoEntities {
        /// The file.
        path: PathBuf,
    },
    /// Not one article with topics.
    #[error("{path}: found no line, wanted JSON lines with \"text\" and \"labels\"", path = path.display())]
    NoTopics {
        /// The file.
        path: PathBuf,
    },
}

impl UserError for GoldError {}

impl Gold {
    /// Sentences in all documents; 0 for records, whose sentences are unknown.
    pub fn n_sentences(&self) -> usize {
        self.documents.iter().filter_map(|document| document.tokens.as_ref()).map(|t| t.sentences.len()).sum()
    }

    /// Tokens in all documents; 0 for records, whose tokens are unknown.
    pub fn n_tokens(&self) -> usize {
        self.documents.iter().filter_map(|document| document.tokens.as_ref()).map(|t| t.spans.len()).sum()
    }
}

impl GoldDocument {
    pub(super) fn of_tokens(id: String, text: String, tokens: Tokens, mentions: Vec<Named>) -> Self {
        let fields = vec![("text".to_owned(), Span::whole(&text))];
        Self { id, text, fields, tokens: Some(tokens), mentions: in_order(mentions) }
    }

    pub(super) fn of_chars(id: String, text: String, fields: Vec<(String, Span)>, mentions: Vec<Named>) -> Self {
        Self { id, text, fields, tokens: None, mentions: in_order(mentions) }
    }

    /// The text to be tagged.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The named texts that it is made of, at least one, with a blank line between two.
    pub fn fields(&self) -> &[(String, Span)] {
        &self.fields
    }

    /// Each token's place in the text; `None` for a record.
    pub fn tokens(&self) -> Option<&[Span]> {
        self.tokens.as_ref().map(|tokens| tokens.spans.as_slice())
    }

    /// The gold mentions as they stand in the text.
    pub fn mentions(&self) -> impl Iterator<Item = (Span, &str)> {
        self.mentions.iter().map(|mention| {
            let span = match &self.tokens {
                Some(tokens) => tokens.spans[mention.start].through(tokens.spans[mention.end - 1]),
                None => Span::new(&self.text, mention.start, mention.end).expect("checked by the reader"),
            };
            (span, mention.label.as_str())
        })
    }
}

/// Sorts mentions by their start and drops repeated ones.
pub(super) fn in_order(mut mentions: Vec<Named>) -> Vec<Named> {
    mentions.sort();
    mentions.dedup();
    mentions
}
