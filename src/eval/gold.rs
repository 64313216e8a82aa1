//! What a gold file holds, whatever its format: documents with a text and the mentions that ought to be found in it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::error::UserError;
use crate::eval::project::{owned, project};
use crate::eval::score::{Counts, count};
use crate::eval::{conll, records};
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
    mentions: Vec<Named>,
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
    /// Not one article with topics.
    #[error("{path}: found no line, wanted JSON lines with \"text\" and \"labels\"", path = path.display())]
    NoTopics {
        /// The file.
        path: PathBuf,
    },
}

impl UserError for GoldError {}

/// Reads a gold file: see [`parse_gold`].
///
/// # Errors
/// A [`GoldError`] names the file and, where it can, the line.
pub fn read_gold(path: &Path) -> Result<Gold, GoldError> {
    parse_gold(path, &read_text(path)?)
}

/// Reads a file of UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, GoldError> {
    let bytes = std::fs::read(path).map_err(|source| GoldError::Read { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        GoldError::Line {
            path: path.to_owned(),
            line: 1 + memchr::memchr_iter(b'\n', valid).count(),
            found: "bytes that are not UTF-8".to_owned(),
            wanted: "UTF-8".to_owned(),
        }
    })
}

/// Reads the contents of a gold file; `path` is for messages and ids.
///
/// A file whose first line is a JSON object holds records: our own (`mentions`), or objects with `text` and `entities`
/// (`start`, `end`, `type`); both count code points. Any other file holds columns, the token first and the tag last.
/// Its tags may be IOB1, BIO2, BIOES or BILOU, and are read by conlleval's rules, under which even tags that follow no
/// scheme have one reading.
///
/// Columns are joined into running text, one sentence a line, spaced as in print as far as that can be told from the
/// tokens. A document begins at `-DOCSTART-` or `# newdoc`. Where a file has neither, each sentence is a document of its
/// own: such files are mostly loose sentences, and sentences that never stood together are worse context than none.
///
/// # Errors
/// A [`GoldError`] says in which line what was found and what was wanted.
pub fn parse_gold(path: &Path, text: &str) -> Result<Gold, GoldError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    // A token may well be a brace, but no tag ends in one.
    let gold = if first.starts_with('{') && first.ends_with('}') {
        records::parse(path, text)?
    } else {
        conll::parse(path, text)?
    };
    if gold.documents.is_empty() {
        return Err(GoldError::Empty { path: path.to_owned() });
    }
    Ok(gold)
}

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

    /// Counts what was predicted for [`text`](Self::text) against the gold mentions: one [`Counts`] a sentence, or a
    /// single one for a record. With `labels`, mentions with any other label are left out on both sides.
    ///
    /// For a document of tokens, a token belongs to the predicted mention that covers its first character, just as a
    /// model's tag for a word is read off its first piece. A mention that covers no token's first character belongs to
    /// the token it begins in, so that it does not go uncounted. Where two mentions want one token the earlier has it,
    /// and a mention is cut where a sentence ends: a column of tags could say no more.
    pub fn score_against<L: AsRef<str>>(&self, predicted: &[(Span, L)], labels: Option<&[String]>) -> Vec<Counts> {
        let Some(tokens) = &self.tokens else {
            let named = |(span, label): &(Span, L)| Named {
                start: span.start(),
                end: span.end(),
                label: label.as_ref().to_owned(),
            };
            let predicted = predicted.iter().filter(|(span, _)| !span.is_empty()).map(named).collect();
            return vec![count(&self.mentions, &in_order(predicted), labels)];
        };
        let predicted = project(predicted, tokens);
        let (mut gold, mut predicted) = (self.mentions.as_slice(), predicted.as_slice());
        let counts = tokens.sentences.iter().map(|sentence| {
            let gold = take_before(&mut gold, sentence.end);
            let predicted = take_before(&mut predicted, sentence.end);
            count(gold, predicted, labels)
        });
        counts.collect()
    }

    /// For each predicted mention, whether gold has one of the same span and label. For a document of tokens it is the span
    /// as [`score_against`](Self::score_against) projects it; a mention that is cut in two there is not right.
    pub fn are_correct<L: AsRef<str>>(&self, predicted: &[(Span, L)]) -> Vec<bool> {
        let is_gold = |named: &Named| self.mentions.binary_search(named).is_ok();
        let Some(tokens) = &self.tokens else {
            let named = |(span, label): &(Span, L)| Named {
                start: span.start(),
                end: span.end(),
                label: label.as_ref().to_owned(),
            };
            return predicted.iter().map(|mention| is_gold(&named(mention))).collect();
        };
        let mut pieces: Vec<Vec<Named>> = vec![Vec::new(); predicted.len()];
        for (owner, named) in owned(predicted, tokens) {
            pieces[owner].push(named);
        }
        pieces.iter().map(|pieces| matches!(pieces.as_slice(), [whole] if is_gold(whole))).collect()
    }
}

/// Cuts the mentions that start before `end` off the front of `mentions`.
fn take_before<'m>(mentions: &mut &'m [Named], end: usize) -> &'m [Named] {
    let (before, after) = mentions.split_at(mentions.partition_point(|mention| mention.start < end));
    *mentions = after;
    before
}

fn in_order(mut mentions: Vec<Named>) -> Vec<Named> {
    mentions.sort();
    mentions.dedup();
    mentions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Exact, Matching, Outcomes};
    use proptest::prelude::*;

    #[test]
    fn the_format_is_read_off_the_first_line() {
        let unit = |text| parse_gold(Path::new("gold"), text).unwrap().unit;
        assert_eq!(unit("\u{feff}\n{\"text\":\"Oslo\",\"entities\":[]}\n"), Unit::Chars);
        assert_eq!(unit("{ O\n} O\n"), Unit::Tokens);
    }

    #[test]
    fn a_file_that_is_not_utf8_is_named_with_its_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gold.conll");
        std::fs::write(&path, b"Oslo O\nMalm\xf6 O\n").unwrap();
        let error = read_gold(&path).unwrap_err().to_string();
        assert_eq!(error, format!("{}:2: found bytes that are not UTF-8, wanted UTF-8", path.display()));
    }

    #[test]
    fn a_mention_is_correct_if_gold_has_it_whole() {
        let gold = "-DOCSTART- O\n\nAnna B-PER\nLie I-PER\nin O\nOslo B-LOC\n\nBank B-ORG\nof I-ORG\nNorway I-ORG\n";
        let gold = parse_gold(Path::new("gold"), gold).unwrap();
        let text = gold.documents[0].text();
        let correct = |surfaces: &[(&str, &str)]| {
            let span = |surface: &str| {
                let at = text.find(surface).unwrap_or_else(|| panic!("{surface} in {text:?}"));
                Span::new(text, at, at + surface.len()).unwrap()
            };
            let predicted: Vec<_> = surfaces.iter().map(|&(surface, label)| (span(surface), label)).collect();
            gold.documents[0].are_correct(&predicted)
        };
        assert_eq!(correct(&[("Anna Lie", "PER"), ("Oslo", "ORG"), ("Norway", "ORG")]), [true, false, false]);
        // Half a token is the token. What goes over the end of a sentence is cut there, and then it is two.
        assert_eq!(correct(&[("Osl", "LOC")]), [true]);
        assert_eq!(correct(&[("Oslo\nBank of Norway", "LOC"), ("Anna", "PER")]), [false, false]);
        let records = "{\"text\":\"In Oslo\",\"entities\":[{\"start\":3,\"end\":7,\"type\":\"LOC\"}]}";
        let records = parse_gold(Path::new("gold"), records).unwrap();
        let span = |start, end| Span::new("In Oslo", start, end).unwrap();
        let predicted = [(span(3, 7), "LOC"), (span(3, 6), "LOC"), (span(3, 7), "ORG")];
        assert_eq!(records.documents[0].are_correct(&predicted), [true, false, false]);
    }

    #[test]
    fn every_sentence_of_a_document_has_its_counts() {
        let gold = parse_gold(Path::new("gold"), "-DOCSTART- O\n\nOslo B-LOC\n\nrain O\n\nLie B-PER\n").unwrap();
        let counts = gold.documents[0].score_against::<&str>(&[], None);
        assert_eq!(counts.iter().map(|counts| counts.total().exact.gold).collect::<Vec<_>>(), [1, 0, 1]);
    }

    proptest! {
        #[test]
        fn gold_is_perfect_against_itself(rows in prop::collection::vec(row(), 1..60)) {
            let gold = parse_gold(Path::new("gold"), &rows.concat());
            prop_assume!(!matches!(gold, Err(GoldError::Empty { .. })));
            let gold = gold.unwrap();
            let mut sum = Counts::default();
            for document in &gold.documents {
                let mentions: Vec<(Span, &str)> = document.mentions().collect();
                document.score_against(&mentions, None).iter().for_each(|counts| sum += counts);
            }
            let n_gold = gold.documents.iter().map(|document| document.mentions.len() as u64).sum();
            let total = sum.total();
            prop_assert_eq!(total.exact, Exact { correct: n_gold, predicted: n_gold, gold: n_gold });
            prop_assert_eq!(total.relaxed(Matching::Strict), Outcomes { correct: n_gold, ..Outcomes::default() });
        }
    }

    /// A line of a file: a token with a tag, or a boundary.
    fn row() -> impl Strategy<Value = String> {
        const TOKENS: &[&str] =
            &["Oslo", "-", "Lie", "'s", "\"", "(", ")", "n't", "#", "-LRB-", "``", "Łódź", "👍", "."];
        const TAGS: &[&str] = &["O", "O", "B-LOC", "I-LOC", "E-LOC", "S-LOC", "B-PER", "I-PER"];
        let token = prop_oneof![prop::sample::select(TOKENS).prop_map(str::to_owned), "[^\\s\\p{C}#]{1,6}"];
        prop_oneof![
            8 => (token, prop::sample::select(TAGS)).prop_map(|(token, tag)| format!("{token}\t{tag}\n")),
            2 => Just("\n".to_owned()),
            1 => Just("-DOCSTART-\tO\n\n".to_owned()),
        ]
    }
}
