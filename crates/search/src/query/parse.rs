//! Tokens → a query.
//!
//! Recursive descent with a bound on its depth and on the number of terms, so that no query takes
//! more than a moment.

use std::ops::Range;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

use crate::query::error::QueryError;
use crate::query::lex::{Lexer, Token, TokenKind};
use crate::query::{Expr, Form, NameTerm, Place, QUALIFIERS, Query, Term, Who};

/// How deep brackets may stand in brackets.
const MAX_DEPTH: usize = 100;
/// How many terms a query may have.
const MAX_TERMS: usize = 1_000;

/// Reads a query to an index with names of these kinds.
///
/// # Errors
/// A [`QueryError`] says what is wrong, and shows where.
pub fn parse(query: &str, kinds: &[String]) -> Result<Query, QueryError> {
    let mut parser = Parser { query, lexer: Lexer::new(query), next: None, kinds, depth: 0, n_terms: 0 };
    let parsed = parser.either(&Parser::one)?;
    match parser.take()? {
        Token { kind: TokenKind::End, span } => {
            let hint = Some("* finds every article".to_owned());
            parsed.map(Expr::sorted).ok_or_else(|| parser.error(span, "nothing is asked for", hint))
        }
        Token { kind: TokenKind::CloseSentence, span } => Err(parser.error(span, "no [ stands before this ]", None)),
        Token { span, .. } => Err(parser.error(span, "no ( stands before this )", None)),
    }
}

struct Parser<'q> {
    query: &'q str,
    lexer: Lexer<'q>,
    next: Option<Token>,
    kinds: &'q [String],
    depth: usize,
    n_terms: usize,
}

/// Reads what has no blank or bracket around it.
type One<'o, 'q, T> = &'o dyn Fn(&mut Parser<'q>) -> Result<Expr<T>, QueryError>;

impl<'q> Parser<'q> {
    fn error(&self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) -> QueryError {
        QueryError::new(self.query, span, message, hint)
    }

    fn peek(&mut self) -> Result<&Token, QueryError> {
        let next = match self.next.take() {
            Some(next) => next,
            None => self.lexer.next()?,
        };
        Ok(self.next.insert(next))
    }

    fn take(&mut self) -> Result<Token, QueryError> {
        match self.next.take() {
            Some(next) => Ok(next),
            None => self.lexer.next(),
        }
    }

    /// `a b OR c`; none if nothing stands there.
    fn either<T: Ord>(&mut self, one: One<'_, 'q, T>) -> Result<Option<Expr<T>>, QueryError> {
        let mut choices = Vec::new();
        loop {
            let all = self.all(one)?;
            let Token { kind, span } = self.peek()?.clone();
            let is_or = kind == TokenKind::Or;
            match all {
                Some(all) => choices.push(all),
                None if is_or || !choices.is_empty() => {
                    let side = if is_or { "before" } else { "behind" };
                    let hint = Some("put the word OR between quotes to look for it".to_owned());
                    let span = if is_or { span } else { span.start.saturating_sub(1)..span.start };
                    return Err(self.error(span, format!("nothing stands {side} OR"), hint));
                }
                None => return Ok(None),
            }
            if !is_or {
                break;
            }
            self.take()?;
        }
        Ok(Some(if choices.len() == 1 { choices.remove(0) } else { Expr::Or(choices) }))
    }

    /// `a b -c`
    fn all<T: Ord>(&mut self, one: One<'_, 'q, T>) -> Result<Option<Expr<T>>, QueryError> {
        let mut all = Vec::new();
        loop {
            match self.peek()?.kind {
                TokenKind::End | TokenKind::Or | TokenKind::Close | TokenKind::CloseSentence => break,
                TokenKind::And => {
                    let and = self.take()?;
                    let is_last = matches!(
                        self.peek()?.kind,
                        TokenKind::End | TokenKind::Or | TokenKind::And | TokenKind::Close | TokenKind::CloseSentence
                    );
                    if all.is_empty() || is_last {
                        let hint = Some("put the word AND between quotes to look for it".to_owned());
                        let side = if all.is_empty() { "before" } else { "behind" };
                        return Err(self.error(and.span, format!("nothing stands {side} AND"), hint));
                    }
                }
                _ => all.push(self.signed(one)?),
            }
        }
        Ok(match all.len() {
            0 => None,
            1 => all.pop(),
            _ => Some(Expr::And(all)),
        })
    }

    /// With as many minus signs as there are.
    fn signed<T: Ord>(&mut self, one: One<'_, 'q, T>) -> Result<Expr<T>, QueryError> {
        let mut is_not = false;
        while matches!(self.peek()?.kind, TokenKind::Minus | TokenKind::Not) {
            let sign = self.take()?;
            is_not = !is_not;
            let next = self.peek()?.clone();
            let stands_apart = sign.kind == TokenKind::Minus && next.span.start > sign.span.end;
            let is_last = matches!(
                next.kind,
                TokenKind::End | TokenKind::Or | TokenKind::And | TokenKind::Close | TokenKind::CloseSentence
            );
            if stands_apart || is_last {
                let hint = Some("-word leaves out articles with that word; quotes make a dash a dash".to_owned());
                return Err(self.error(sign.span, "nothing stands right behind this", hint));
            }
        }
        let one = if self.peek()?.kind == TokenKind::Open { self.bracketed(one)? } else { one(self)? };
        Ok(if is_not { Expr::Not(Box::new(one)) } else { one })
    }

    /// `(a OR b)`
    fn bracketed<T: Ord>(&mut self, one: One<'_, 'q, T>) -> Result<Expr<T>, QueryError> {
        let open = self.take()?;
        self.go_deeper(&open)?;
        let inside = self.either(one)?;
        let close = self.take()?;
        self.depth -= 1;
        if close.kind != TokenKind::Close {
            return Err(self.error(open.span, "a bracket is opened and not closed", Some("add a )".to_owned())));
        }
        inside.ok_or_else(|| self.error(open.span.start..close.span.end, "nothing stands between these", None))
    }

    fn go_deeper(&mut self, open: &Token) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} brackets stand in one another");
            return Err(self.error(open.span.clone(), message, None));
        }
        Ok(())
    }

    /// A word, a phrase, a qualifier with its value, or names in one sentence.
    fn one(&mut self) -> Result<Query, QueryError> {
        if self.peek()?.kind == TokenKind::OpenSentence {
            return self.sentence();
        }
        let token = self.take()?;
        let TokenKind::Qualifier(qualifier) = &token.kind else {
            if token.kind == TokenKind::Word(String::new(), true) {
                return Ok(Expr::And(Vec::new()));
            }
            return self.form(token).map(|form| Expr::Term(Term::Words(Place::Anywhere, form)));
        };
        let qualifier = qualifier.clone();
        match qualifier.as_str() {
            "topic" => Ok(self.value(&token, Self::form_as_it_is)?.map(&Term::Topic)),
            "source" => Ok(self.value(&token, Self::form_as_it_is)?.map(&Term::Source)),
            "id" => Ok(self.value(&token, Self::form_as_it_is)?.map(&Term::Id)),
            "title" => Ok(self.value(&token, Self::form)?.map(&|form| Term::Words(Place::Title, form))),
            "text" => Ok(self.value(&token, Self::form)?.map(&|form| Term::Words(Place::Text, form))),
            "date" => self.value(&token, Self::date),
            _ => self.name(&token, &qualifier).map(|name| Expr::Term(Term::Name(name))),
        }
    }

    /// `[person:A place:B]`
    fn sentence(&mut self) -> Result<Query, QueryError> {
        let open = self.take()?;
        self.go_deeper(&open)?;
        let inside = self.either(&|parser: &mut Self| {
            let token = parser.take()?;
            if let TokenKind::Qualifier(qualifier) = &token.kind
                && !["topic", "source", "id", "title", "text", "date"].contains(&qualifier.as_str())
            {
                let qualifier = qualifier.clone();
                return parser.name(&token, &qualifier).map(Expr::Term);
            }
            let hint = Some("[person:Dunford place:Helsinki] finds both names in one sentence".to_owned());
            Err(parser.error(token.span, "only names can be asked for within one sentence", hint))
        })?;
        let close = self.take()?;
        self.depth -= 1;
        if close.kind != TokenKind::CloseSentence {
            return Err(self.error(open.span, "a bracket is opened and not closed", Some("add a ]".to_owned())));
        }
        let span = open.span.start..close.span.end;
        inside
            .map(|names| Expr::Term(Term::Sentence(names.sorted())))
            .ok_or_else(|| self.error(span, "nothing stands between these", None))
    }

    fn name(&mut self, token: &Token, qualifier: &str) -> Result<NameTerm, QueryError> {
        let who = match qualifier {
            "name" => Who::Any,
            "about" => Who::Main,
            // Those of the built-in model are understood everywhere, and find nothing where there
            // are others.
            kind if self.kinds.iter().any(|known| known == kind) || super::KINDS.contains(&kind) => {
                Who::Kind(kind.to_owned())
            }
            _ => return Err(self.unknown(token, qualifier)),
        };
        let called = self.value(token, Self::form)?.sorted();
        Ok(NameTerm { who, called })
    }

    fn unknown(&self, token: &Token, qualifier: &str) -> QueryError {
        let known = super::KINDS.into_iter().chain(self.kinds.iter().map(String::as_str)).chain(QUALIFIERS);
        let nearest = known.clone().map(|known| (distance(qualifier, known), known)).min();
        let hint = match nearest {
            Some((distance, known)) if distance <= 2 && distance < known.len() => format!("did you mean {known}: ?"),
            _ => {
                let mut known: Vec<String> = known.map(|known| format!("{known}:")).collect();
                known.sort();
                known.dedup();
                format!("there are {}; or put it between quotes, if it is to be found as it stands", known.join(" "))
            }
        };
        self.error(token.span.clone(), format!("unknown qualifier {qualifier}:"), Some(hint))
    }

    /// What stands behind a qualifier.
    fn value<T: Ord>(
        &mut self,
        qualifier: &Token,
        one: fn(&mut Self, Token) -> Result<T, QueryError>,
    ) -> Result<Expr<T>, QueryError> {
        let next = self.peek()?.clone();
        let stands_apart = next.span.start > qualifier.span.end;
        match next.kind {
            TokenKind::Open if !stands_apart => self.bracketed(&|parser: &mut Self| {
                let token = parser.take()?;
                one(parser, token).map(Expr::Term)
            }),
            TokenKind::Word(..) | TokenKind::Quoted(..) if !stands_apart => {
                let token = self.take()?;
                one(self, token).map(Expr::Term)
            }
            _ => {
                let hint = "the value stands right behind the colon: person:Dunford, person:\"Joe Dunford\"";
                Err(self.error(qualifier.span.clone(), "nothing stands behind this", Some(hint.to_owned())))
            }
        }
    }

    fn form(&mut self, token: Token) -> Result<Form, QueryError> {
        let span = token.span.clone();
        let form = self.form_as_it_is(token)?;
        let (Form::Phrase(text) | Form::Prefix(text)) = &form;
        if text.chars().any(is_of_a_word) {
            return Ok(form);
        }
        Err(self.error(span, "found no letter or digit in this", None))
    }

    /// A word or a phrase, whatever is in it.
    fn form_as_it_is(&mut self, token: Token) -> Result<Form, QueryError> {
        let Token { kind, span } = token;
        let (text, has_star) = match kind {
            TokenKind::Word(text, has_star) => {
                if text.contains('*') {
                    let hint = Some("gonz* finds every word that begins so".to_owned());
                    return Err(self.error(span, "a star can only stand at the end of a word", hint));
                }
                (text, has_star)
            }
            TokenKind::Quoted(text, has_star) => (text, has_star),
            TokenKind::Qualifier(_) => {
                return Err(self.error(span, "a qualifier cannot stand within the value of another", None));
            }
            TokenKind::OpenSentence => {
                return Err(self.error(span, "a [ cannot stand within a value", None));
            }
            _ => return Err(self.error(span, "wanted a word here", None)),
        };
        if text.trim().is_empty() {
            return Err(self.error(span, "nothing stands in this", None));
        }
        self.n_terms += 1;
        if self.n_terms > MAX_TERMS {
            let message = format!("more than {MAX_TERMS} terms");
            return Err(self.error(span, message, Some("ask in several queries".to_owned())));
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(if has_star { Form::Prefix(text) } else { Form::Phrase(text) })
    }

    /// `2024`, `2024-03..2024-06`, `>=2024-03-05`
    fn date(&mut self, token: Token) -> Result<Term, QueryError> {
        let span = token.span.clone();
        let Form::Phrase(text) = self.form_as_it_is(token)? else {
            return Err(self.error(span, "a date has no star", Some("date:2024 finds all of 2024".to_owned())));
        };
        range(&text).ok_or_else(|| {
            let hint = "dates look like 2024, 2024-03, 2024-03-05, 2024-03..2024-06, >=2024-03-05";
            self.error(span, format!("{text} is no date"), Some(hint.to_owned()))
        })
    }
}

/// From one date up to another; none if that is not what stands there.
fn range(text: &str) -> Option<Term> {
    let (from, to) = if let Some(day) = text.strip_prefix(">=") {
        (Some(beginning(day)?), None)
    } else if let Some(day) = text.strip_prefix("<=") {
        (None, Some(behind(&beginning(day)?)))
    } else if let Some(day) = text.strip_prefix('>') {
        (Some(behind(&beginning(day)?)), None)
    } else if let Some(day) = text.strip_prefix('<') {
        (None, Some(beginning(day)?))
    } else if let Some((from, to)) = text.split_once("..") {
        let end = |day: &str| if day.is_empty() { Some(None) } else { beginning(day).map(Some) };
        let (from, to) = (end(from)?, end(to)?);
        if from.is_none() && to.is_none() {
            return None;
        }
        (from, to.map(|to| behind(&to)))
    } else {
        let day = beginning(text)?;
        let to = behind(&day);
        (Some(day), Some(to))
    };
    Some(Term::Date(from, to))
}

/// A year, a month or a day.
fn beginning(day: &str) -> Option<String> {
    crate::date::normal(day).filter(|day| day.len() <= "2024-03-05".len())
}

/// The first text behind all that begin so: what belongs to a day goes on with `T`, to a month or a
/// year with `-`.
fn behind(day: &str) -> String {
    format!("{day}~")
}

/// Whether FTS5's unicode61 makes it part of a word.
fn is_of_a_word(c: char) -> bool {
    matches!(c.general_category_group(), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number)
        || c.general_category() == GeneralCategory::PrivateUse
}

/// Letters to change, add, leave out or swap with their neighbour to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(32).collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
