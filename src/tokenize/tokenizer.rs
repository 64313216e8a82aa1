//! Text → tokens.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::span::Span;
use crate::tokenize::encoding::{Casing, Encoding};
use crate::tokenize::error::{TokenizerError, unreadable};
use crate::tokenize::steps;

/// A model's tokenizer, checked to be one that this program can run over parts of a text.
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// For the parts of a text after its first, where `inner` would put a space before a text.
    continued: Option<tokenizers::Tokenizer>,
    prefix: Vec<u32>,
    suffix: Vec<u32>,
    /// Token types of the suffix; those of the prefix are 0.
    suffix_types: Vec<u8>,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`. Truncation and padding in it are switched off: windows do that
    /// work.
    ///
    /// # Errors
    /// If it cannot be read, or has a step that is not fully supported.
    pub fn from_json(json: &[u8]) -> Result<Self, TokenizerError> {
        steps::check(json)?;
        let inner = open(json)?;
        let continued = steps::without_prefix_space(json).map(|json| open(&json)).transpose()?;
        let encode = |special| inner.encode("a", special).map_err(unreadable);
        let (plain, whole) = (encode(false)?, encode(true)?);
        let is_special = |&mask: &u32| mask != 0;
        let n_prefix = whole.get_special_tokens_mask().iter().take_while(|mask| is_special(mask)).count();
        let (ids, plain) = (whole.get_ids(), plain.get_ids());
        let is_around = !plain.is_empty() && ids.get(n_prefix..n_prefix + plain.len()) == Some(plain);
        let (types, suffix_types) = whole.get_type_ids().split_at((n_prefix + plain.len()).min(ids.len()));
        let suffix_types = suffix_types.iter().map(|&token_type| u8::try_from(token_type)).collect();
        let Ok(suffix_types) = suffix_types else { return Err(TokenizerError::UnsupportedTemplate) };
        if !is_around || types.iter().any(|&token_type| token_type != 0) {
            return Err(TokenizerError::UnsupportedTemplate);
        }
        let (prefix, suffix) = (ids[..n_prefix].to_vec(), ids[n_prefix + plain.len()..].to_vec());
        if whole.get_special_tokens_mask()[n_prefix + plain.len()..].iter().any(|mask| !is_special(mask)) {
            return Err(TokenizerError::UnsupportedTemplate);
        }
        Ok(Self { inner, continued, prefix, suffix, suffix_types })
    }

    /// Special tokens before every window, as `[CLS]`.
    pub fn prefix(&self) -> &[u32] {
        &self.prefix
    }

    /// Special tokens after every window, as `[SEP]`.
    pub fn suffix(&self) -> &[u32] {
        &self.suffix
    }

    /// The token types of [`Tokenizer::suffix`], which are 0 but for XLNet's. All other tokens are
    /// of type 0.
    pub fn suffix_types(&self) -> &[u8] {
        &self.suffix_types
    }

    /// The largest token type of a special token.
    pub fn largest_type(&self) -> u8 {
        self.suffix_types.iter().copied().max().unwrap_or(0)
    }

    /// One more than the largest id it can give.
    pub fn n_ids(&self) -> usize {
        let special = self.prefix.iter().chain(&self.suffix).copied();
        self.inner.get_vocab(true).into_values().chain(special).max().map_or(0, |id| id as usize + 1)
    }

    /// The vocabulary entry of `id`, for people.
    pub fn token(&self, id: u32) -> String {
        self.inner.id_to_token(id).unwrap_or_default()
    }

    /// Encodes `text`, whose `sentences` are in order and leave out nothing but white space.
    ///
    /// Each sentence is encoded together with the white space before it, so that a byte-level
    /// tokenizer sees the same characters as it would in the whole text.
    pub fn encode(&self, text: &str, sentences: &[Span]) -> Encoding {
        let mut encoding = Encoding::default();
        let mut from = 0;
        for sentence in sentences {
            encoding.sentences.push(encoding.len());
            for piece in pieces(text, from, sentence.end()) {
                self.encode_piece(text, piece, &mut encoding);
            }
            from = sentence.end();
        }
        encoding.sentences.push(encoding.len());
        encoding
    }

    fn encode_piece(&self, text: &str, piece: Span, encoding: &mut Encoding) {
        // `steps::check` has refused the tokenizers whose `encode` can fail. If one fails
        // nevertheless, the piece stays unread, and the record's coverage says so.
        let tokenizer = if piece.start() == 0 { &self.inner } else { self.continued.as_ref().unwrap_or(&self.inner) };
        let Ok(tokens) = tokenizer.encode(piece.of(text), false) else {
            encoding.unread.push(piece);
            return;
        };
        let first = encoding.len();
        let mut previous: Option<(Option<u32>, Span)> = None;
        for ((&id, &(start, end)), &word) in
            tokens.get_ids().iter().zip(tokens.get_offsets()).zip(tokens.get_word_ids())
        {
            let span = Span::snapped_outward(text, piece.start() + start, piece.start() + end).trimmed(text);
            let continues = previous.is_some_and(|(previous_word, previous_span)| {
                word == previous_word && !breaks_word(previous_span.of(text), span.of(text))
            });
            encoding.ids.push(id);
            encoding.spans.push(span);
            encoding.begins_word.push(!continues);
            previous = Some((word, span));
        }
        encoding.casing.resize(encoding.len(), Casing::Lower);
        let mut start = first;
        while start < encoding.len() {
            let end = (start + 1..encoding.len()).find(|&i| encoding.begins_word[i]).unwrap_or(encoding.len());
            let (from, to) = (encoding.spans[start].start(), encoding.spans[end - 1].end());
            let casing = Casing::of(text.get(from..to).unwrap_or_default());
            encoding.casing[start..end].fill(casing);
            start = end;
        }
    }
}

/// Reads a `tokenizer.json` as it stands, without truncation and padding.
pub(super) fn open(json: &[u8]) -> Result<tokenizers::Tokenizer, TokenizerError> {
    let mut tokenizer = tokenizers::Tokenizer::from_bytes(json).map_err(unreadable)?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(unreadable)?;
    // An article may contain the letters "[CLS]": that is text, not a command.
    tokenizer.set_encode_special_tokens(true);
    Ok(tokenizer)
}

/// Cuts `from..to` into pieces that the tokenizer takes at once, at white space where there is any.
///
/// A sentence is nearly always one piece. The bound keeps memory flat, and time linear, on a
/// megabyte without a full stop.
fn pieces(text: &str, from: usize, to: usize) -> impl Iterator<Item = Span> {
    const MAX_BYTES: usize = 16 * 1024;
    let mut at = from;
    std::iter::from_fn(move || {
        if at >= to {
            return None;
        }
        let mut end = to;
        if to - at > MAX_BYTES {
            let fitting = text.floor_char_boundary(at + MAX_BYTES);
            // Not at the piece's own leading white space: that would not move forward by much, or
            // at all.
            let half = text.floor_char_boundary(at + MAX_BYTES / 2);
            end = text[half..fitting].rfind(char::is_whitespace).map_or(fitting, |space| half + space);
        }
        let piece = Span::snapped_outward(text, at, end);
        at = end;
        Some(piece)
    })
}

/// Whether a word ends between two neighbouring tokens of one pre-token, by BERT's rule:
/// punctuation stands alone.
fn breaks_word(before: &str, after: &str) -> bool {
    before.chars().next_back().is_some_and(is_punctuation) || after.chars().next().is_some_and(is_punctuation)
}

/// BERT's idea of punctuation: everything that Unicode calls so, and the ASCII symbols.
/// Source: `_is_punctuation` in the original BERT `tokenization.py`.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || (!c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Punctuation)
}
