//! The tokens of a text.

use crate::span::Span;

/// The tokens of a document, one entry each in all lists but the last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Encoding {
    /// Vocabulary ids, without special tokens.
    pub ids: Vec<u32>,
    /// The text under each token, without surrounding white space.
    pub spans: Vec<Span>,
    /// Whether the token begins a word. A word is what BERT's pre-tokenizer makes one: it ends at
    /// white space and at punctuation.
    pub begins_word: Vec<bool>,
    /// How the word that the token belongs to is cased.
    pub casing: Vec<Casing>,
    /// Index of each sentence's first token, and the number of tokens at the end: sentence `i` has
    /// the tokens `sentences[i]..sentences[i + 1]`.
    pub sentences: Vec<usize>,
    /// Parts of the text that the tokenizer could not encode; normally none.
    pub unread: Vec<Span>,
}

impl Encoding {
    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no tokens.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// How a word is written. The numbers are the token types of models that are told the casing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Casing {
    /// All letters lower case, or no letters that have case.
    Lower = 0,
    /// One capital letter at the front, also when it is the only letter.
    Capitalised = 1,
    /// Two letters or more, all of them capitals.
    AllCapitals = 2,
    /// Anything else: `iPhone`, `McDonald`.
    Mixed = 3,
}

impl Casing {
    /// The casing of `word`.
    pub fn of(word: &str) -> Self {
        let mut cased = word.chars().filter(|c| c.is_uppercase() || c.is_lowercase());
        let Some(first) = cased.next() else {
            return Self::Lower;
        };
        let (mut n_upper, mut n_lower) = (0, 0);
        for c in cased {
            if c.is_uppercase() {
                n_upper += 1;
            } else {
                n_lower += 1;
            }
        }
        match (first.is_uppercase(), n_upper, n_lower) {
            (false, 0, _) => Self::Lower,
            (true, 0, _) => Self::Capitalised,
            (true, _, 0) => Self::AllCapitals,
            _ => Self::Mixed,
        }
    }
}
