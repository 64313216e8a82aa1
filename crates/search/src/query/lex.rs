//! What a user types → tokens with their places.
//!
//! Knows quotes, brackets, signs and the letters before a colon; what they mean is for the parser.

use std::ops::Range;

use crate::query::error::QueryError;

/// A token, and its bytes in the query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub span: Range<usize>,
}

/// What a token is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum TokenKind {
    /// A word, or what stands behind a qualifier; `true` if a star stands at its end.
    Word(String, bool),
    /// Between quotes; `true` if a star stands behind them.
    Quoted(String, bool),
    /// Letters and a colon, without the colon.
    Qualifier(String),
    Open,
    Close,
    OpenSentence,
    CloseSentence,
    Minus,
    And,
    Or,
    Not,
    /// The end of the query.
    End,
}

/// Gives one token after the other.
pub(super) struct Lexer<'q> {
    query: &'q str,
    at: usize,
    /// Whether a qualifier stands right before.
    is_value: bool,
}

impl<'q> Lexer<'q> {
    pub fn new(query: &'q str) -> Self {
        Self { query, at: 0, is_value: false }
    }

    /// The next token; at the end [`TokenKind::End`], as often as one asks.
    pub fn next(&mut self) -> Result<Token, QueryError> {
        let is_value = std::mem::take(&mut self.is_value);
        let rest = &self.query[self.at..];
        let blank = rest.len() - rest.trim_start().len();
        if is_value && blank > 0 {
            // `person: Dunford`: the value is empty, and the parser says so.
            return Ok(Token { kind: TokenKind::End, span: self.at..self.at });
        }
        self.at += blank;
        let start = self.at;
        let rest = &self.query[start..];
        let Some(first) = rest.chars().next() else {
            return Ok(Token { kind: TokenKind::End, span: start..start });
        };
        let sign = match first {
            '(' => Some(TokenKind::Open),
            ')' => Some(TokenKind::Close),
            '[' => Some(TokenKind::OpenSentence),
            ']' => Some(TokenKind::CloseSentence),
            '-' if !is_value => Some(TokenKind::Minus),
            _ => None,
        };
        if let Some(kind) = sign {
            self.at += 1;
            return Ok(Token { kind, span: start..self.at });
        }
        if is_quote(first) { self.quoted(first) } else { Ok(self.word(rest, is_value)) }
    }

    /// A phrase, which ends at the next quote.
    fn quoted(&mut self, quote: char) -> Result<Token, QueryError> {
        let start = self.at;
        let inside = start + quote.len_utf8();
        let Some(length) = self.query[inside..].find(is_quote) else {
            let hint = Some("put a \" where the phrase ends, or leave this one out".to_owned());
            return Err(QueryError::new(self.query, start..inside, "a quote is opened and not closed", hint));
        };
        let end = inside + length;
        let text = self.query[inside..end].to_owned();
        self.at = end + self.query[end..].chars().next().map_or(0, char::len_utf8);
        let has_star = self.query[self.at..].starts_with('*');
        self.at += usize::from(has_star);
        Ok(Token { kind: TokenKind::Quoted(text, has_star), span: start..self.at })
    }

    fn word(&mut self, rest: &str, is_value: bool) -> Token {
        let start = self.at;
        let is_end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']') || is_quote(c);
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        if !is_value && let Some(qualifier) = qualifier(word) {
            self.at += qualifier.len() + 1;
            self.is_value = true;
            let kind = TokenKind::Qualifier(qualifier.to_lowercase());
            return Token { kind, span: start..self.at };
        }
        self.at += word.len();
        let kind = match word {
            "AND" if !is_value => TokenKind::And,
            "OR" if !is_value => TokenKind::Or,
            "NOT" if !is_value => TokenKind::Not,
            word => match word.strip_suffix('*') {
                Some(word) => TokenKind::Word(word.to_owned(), true),
                None => TokenKind::Word(word.to_owned(), false),
            },
        };
        Token { kind, span: start..self.at }
    }
}

/// The letters before the first colon of `word`; none if something else stands there.
fn qualifier(word: &str) -> Option<&str> {
    let (letters, _) = word.split_once(':')?;
    let is_letters = letters.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_letters && letters.starts_with(char::is_alphabetic)).then_some(letters)
}

/// Straight ones, and those that word processors make of them.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}
