//! A query → the articles for which it is true.
//!
//! Each term is looked up by a statement of its own, with bound parameters alone, and gives a set;
//! the sets are put together here. So a query can be as long as it likes, and the same terms in
//! another order are the same sets.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;
use rusqlite::{Connection, params};

use crate::entry::MAIN_SALIENCE;
use crate::fold::fold;
use crate::query::{Expr, Form, NameTerm, Place, Query, Term, Who};
use crate::search::pairs::Pairs;
use crate::search::words;

/// What a query has found.
#[derive(Debug, Default)]
pub(super) struct Matches {
    pub articles: RoaringBitmap,
    /// The names that each term about names has found.
    pub names: BTreeMap<NameTerm, Pairs>,
    /// Sentences that have what was to be in one, by the term: article and number.
    pub sentences: BTreeMap<Expr<NameTerm>, Vec<(u32, i64)>>,
    /// Terms that are true of no article.
    pub without: Vec<String>,
}

/// Looks terms up.
pub(super) struct Finder<'c> {
    connection: &'c Connection,
    all: Option<RoaringBitmap>,
    matches: Matches,
}

impl<'c> Finder<'c> {
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, all: None, matches: Matches::default() }
    }

    pub fn find(mut self, query: &Query) -> rusqlite::Result<Matches> {
        self.matches.articles = self.articles(query)?;
        self.matches.without.sort();
        self.matches.without.dedup();
        Ok(self.matches)
    }

    /// Every article.
    fn all(&mut self) -> rusqlite::Result<RoaringBitmap> {
        if self.all.is_none() {
            self.all = Some(ids(self.connection, "SELECT id FROM article ORDER BY id", [])?);
        }
        Ok(self.all.clone().unwrap_or_default())
    }

    fn articles(&mut self, query: &Query) -> rusqlite::Result<RoaringBitmap> {
        match query {
            Expr::And(all) => {
                // FTS5 intersects its own words best.
                let (words, others): (Vec<&Query>, Vec<&Query>) =
                    all.iter().partition(|one| matches!(one, Expr::Term(Term::Words(..))));
                let mut found: Option<RoaringBitmap> = None;
                if !words.is_empty() {
                    let expressions: Vec<String> = words.iter().filter_map(|one| expression(one)).collect();
                    found = Some(self.words(&words::joined(&expressions, true))?);
                    if found.as_ref().is_some_and(RoaringBitmap::is_empty) {
                        for (one, expression) in words.iter().zip(&expressions) {
                            if self.words(expression)?.is_empty() {
                                self.matches.without.push(one.to_string());
                            }
                        }
                    }
                }
                // What is left out is taken from what is there.
                let (without, with): (Vec<&Query>, Vec<&Query>) =
                    others.into_iter().partition(|one| matches!(one, Expr::Not(_)));
                for one in with {
                    let articles = self.articles(one)?;
                    found = Some(found.map_or_else(|| articles.clone(), |found| found & &articles));
                }
                let mut found = match found {
                    Some(found) => found,
                    None => self.all()?,
                };
                for one in without {
                    let Expr::Not(one) = one else { continue };
                    found -= self.articles(one)?;
                }
                Ok(found)
            }
            Expr::Or(some) => some.iter().try_fold(RoaringBitmap::new(), |found, one| Ok(found | self.articles(one)?)),
            Expr::Not(one) => Ok(self.all()? - self.articles(one)?),
            Expr::Term(term) => {
                let found = self.term(term)?;
                if found.is_empty() {
                    self.matches.without.push(term.to_string());
                }
                Ok(found)
            }
        }
    }

    fn term(&mut self, term: &Term) -> rusqlite::Result<RoaringBitmap> {
        let connection = self.connection;
        match term {
            Term::Words(place, form) => self.words(&words::in_article(*place, form)),
            Term::Name(name) => Ok(self.names(name)?.articles()),
            Term::Sentence(names) => self.sentences(names),
            Term::Topic(form) => {
                let mut found = RoaringBitmap::new();
                for topic in topics(connection, form)? {
                    let articles = "SELECT article FROM article_topic WHERE topic = ?1 ORDER BY article";
                    found |= ids(connection, articles, [topic])?;
                }
                Ok(found)
            }
            Term::Source(Form::Phrase(text)) => {
                ids(connection, "SELECT id FROM article WHERE source = ?1 ORDER BY id", [text])
            }
            Term::Source(Form::Prefix(text)) => {
                let articles = "SELECT id FROM article WHERE source >= ?1 AND source < ?2 ORDER BY id";
                ids(connection, articles, [text, &behind(text)])
            }
            Term::Id(Form::Phrase(text)) => ids(connection, "SELECT id FROM article WHERE key = ?1", [text]),
            Term::Id(Form::Prefix(text)) => {
                let articles = "SELECT id FROM article WHERE key >= ?1 AND key < ?2 ORDER BY id";
                ids(connection, articles, [text, &behind(text)])
            }
            Term::Date(from, to) => {
                let (from, to) = (from.as_deref().unwrap_or(""), to.as_deref().unwrap_or("~"));
                ids(connection, "SELECT id FROM article WHERE date >= ?1 AND date < ?2", [from, to])
            }
        }
    }

    fn words(&mut self, expression: &str) -> rusqlite::Result<RoaringBitmap> {
        ids(self.connection, "SELECT rowid FROM words WHERE words MATCH ?1", [expression])
    }

    /// The names for which `term` is true, each with an article in which it is.
    fn names(&mut self, term: &NameTerm) -> rusqlite::Result<Pairs> {
        if let Some(pairs) = self.matches.names.get(term) {
            return Ok(pairs.clone());
        }
        let pairs = self.called(&term.who, &term.called)?;
        self.matches.names.insert(term.clone(), pairs.clone());
        Ok(pairs)
    }

    fn called(&mut self, who: &Who, called: &Expr<Form>) -> rusqlite::Result<Pairs> {
        match called {
            Expr::And(all) => {
                let (without, with): (Vec<_>, Vec<_>) = all.iter().partition(|one| matches!(one, Expr::Not(_)));
                let mut found: Option<Pairs> = None;
                for one in with {
                    let pairs = self.called(who, one)?;
                    found = Some(found.map_or_else(|| pairs.clone(), |found| found.and(&pairs)));
                }
                let mut found = match found {
                    Some(found) => found,
                    None => self.everyone(who)?,
                };
                for one in without {
                    let Expr::Not(one) = one else { continue };
                    found = found.minus(&self.called(who, one)?);
                }
                Ok(found)
            }
            Expr::Or(some) => {
                some.iter().try_fold(Pairs::default(), |found, one| Ok(found.or(&self.called(who, one)?)))
            }
            Expr::Not(one) => Ok(self.everyone(who)?.minus(&self.called(who, one)?)),
            Expr::Term(form) => self.form(who, form),
        }
    }

    /// Names with a form in which the words of `form` stand.
    fn form(&mut self, who: &Who, form: &Form) -> rusqlite::Result<Pairs> {
        let kind = if let Who::Kind(kind) = who { Some(kind) } else { None };
        let mut pairs = self.connection.prepare_cached(include_str!("names.sql"))?;
        let is_main = (*who == Who::Main).then_some(MAIN_SALIENCE);
        let pairs =
            pairs.query_map(params![words::in_name(form), kind, is_main], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Pairs::of(pairs.collect::<rusqlite::Result<Vec<_>>>()?))
    }

    fn everyone(&mut self, who: &Who) -> rusqlite::Result<Pairs> {
        let kind = if let Who::Kind(kind) = who { Some(kind) } else { None };
        let least = (*who == Who::Main).then_some(MAIN_SALIENCE);
        let mut pairs = self.connection.prepare_cached(
            "SELECT appears.article, appears.name FROM appears JOIN name ON name.id = appears.name
             WHERE (?1 IS NULL OR name.kind = ?1) AND (?2 IS NULL OR appears.salience >= ?2)",
        )?;
        let pairs = pairs.query_map(params![kind, least], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Pairs::of(pairs.collect::<rusqlite::Result<Vec<_>>>()?))
    }

    /// Articles with a sentence for which `names` is true.
    fn sentences(&mut self, names: &Expr<NameTerm>) -> rusqlite::Result<RoaringBitmap> {
        let mut terms = Vec::new();
        names.terms(&mut terms);
        let mut pairs: BTreeMap<&NameTerm, Pairs> = BTreeMap::new();
        for term in terms {
            pairs.insert(term, self.names(term)?);
        }
        let candidates = match candidates(names, &pairs) {
            Some(candidates) => candidates,
            None => self.all()?,
        };
        let mut mentions = self.connection.prepare_cached(
            "SELECT sentence, name FROM mention WHERE article = ?1 AND sentence IS NOT NULL ORDER BY sentence",
        )?;
        let mut found = Vec::new();
        let mut sentence: Vec<u32> = Vec::new();
        for article in candidates {
            let is_true = |sentence: &[u32]| {
                holds(names, &|term| sentence.iter().any(|&name| pairs[term].contains(article, name)))
            };
            let mut number = None;
            let mut rows = mentions.query([article])?;
            while let Some(row) = rows.next()? {
                let next: i64 = row.get(0)?;
                if number != Some(next) {
                    found.extend(number.filter(|_| is_true(&sentence)).map(|number| (article, number)));
                    sentence.clear();
                    number = Some(next);
                }
                sentence.push(row.get(1)?);
            }
            found.extend(number.filter(|_| is_true(&sentence)).map(|number| (article, number)));
            sentence.clear();
        }
        let articles = found.iter().map(|&(article, _)| article).collect();
        self.matches.sentences.insert(names.clone(), found);
        Ok(articles)
    }
}

/// Articles outside of which `names` is true of no sentence; none if that cannot be said.
fn candidates(names: &Expr<NameTerm>, pairs: &BTreeMap<&NameTerm, Pairs>) -> Option<RoaringBitmap> {
    match names {
        Expr::And(all) => all.iter().filter_map(|one| candidates(one, pairs)).reduce(|a, b| a & b),
        Expr::Or(some) => some.iter().map(|one| candidates(one, pairs)).reduce(|a, b| Some(a? | b?)).flatten(),
        Expr::Not(_) => None,
        Expr::Term(term) => Some(pairs[term].articles()),
    }
}

fn holds<T>(expr: &Expr<T>, is_true: &impl Fn(&T) -> bool) -> bool {
    match expr {
        Expr::And(all) => all.iter().all(|one| holds(one, is_true)),
        Expr::Or(some) => some.iter().any(|one| holds(one, is_true)),
        Expr::Not(one) => !holds(one, is_true),
        Expr::Term(term) => is_true(term),
    }
}

/// What FTS5 is asked for a term that is words.
pub(super) fn expression(query: &Query) -> Option<String> {
    match query {
        Expr::Term(Term::Words(place, form)) => Some(words::in_article(*place, form)),
        _ => None,
    }
}

/// Rows of the topics that are called so, or have this code.
pub(super) fn topics(connection: &Connection, form: &Form) -> rusqlite::Result<Vec<i64>> {
    let mut topics = connection.prepare_cached("SELECT id, code, label FROM topic")?;
    let topics = topics.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?)))?;
    let mut found = Vec::new();
    for topic in topics {
        let (id, code, label) = topic?;
        if is_topic(form, &code, &label) {
            found.push(id);
        }
    }
    Ok(found)
}

/// Whether the words of `form` stand one after the other in the label, or it is the code, with or
/// without its scheme.
fn is_topic(form: &Form, code: &str, label: &str) -> bool {
    let label = format!(" {} ", fold(label));
    let without_scheme = code.rsplit_once(':').map_or(code, |(_, digits)| digits);
    match form {
        Form::Phrase(text) => text == code || text == without_scheme || label.contains(&format!(" {} ", fold(text))),
        Form::Prefix(text) => {
            code.starts_with(text.as_str())
                || without_scheme.starts_with(text.as_str())
                || label.contains(&format!(" {}", fold(text)))
        }
    }
}

fn ids<P: rusqlite::Params>(connection: &Connection, sql: &str, params: P) -> rusqlite::Result<RoaringBitmap> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut ids = RoaringBitmap::new();
    while let Some(row) = rows.next()? {
        ids.insert(row.get(0)?);
    }
    Ok(ids)
}

/// The first text behind all that begin with `text`.
fn behind(text: &str) -> String {
    format!("{text}\u{10ffff}")
}

/// The words that are looked for anywhere in `query`, as FTS5 is asked for them: to rank by, all of
/// them if all are needed.
pub(super) fn ranking(query: &Query) -> Option<String> {
    if let Expr::And(all) = query
        && let mut others = all.iter().filter(|one| expression(one).is_none())
        && others.all(|one| !has_words(one))
    {
        let expressions: Vec<String> = all.iter().filter_map(expression).collect();
        return (!expressions.is_empty()).then(|| words::joined(&expressions, true));
    }
    let mut terms = Vec::new();
    query.wanted(&mut terms);
    let expressions: Vec<String> = terms
        .into_iter()
        .filter_map(|term| if let Term::Words(place, form) = term { Some((*place, form)) } else { None })
        .map(|(place, form)| words::in_article(place, form))
        .collect();
    (!expressions.is_empty()).then(|| words::joined(&expressions, false))
}

fn has_words(query: &Query) -> bool {
    let mut terms = Vec::new();
    query.wanted(&mut terms);
    terms.into_iter().any(|term| matches!(term, Term::Words(..)))
}

/// The same words wherever they stand, to be marked in a text.
pub(super) fn marked(query: &Query) -> Option<String> {
    let mut terms = Vec::new();
    query.wanted(&mut terms);
    let expressions: Vec<String> = terms
        .into_iter()
        .filter_map(|term| if let Term::Words(_, form) = term { Some(form) } else { None })
        .map(|form| words::in_article(Place::Anywhere, form))
        .collect();
    (!expressions.is_empty()).then(|| words::joined(&expressions, false))
}

/// The terms about names that have to be true, those within sentences too.
pub(super) fn wanted_names(query: &Query) -> Vec<NameTerm> {
    let mut terms = Vec::new();
    query.wanted(&mut terms);
    let mut names = Vec::new();
    for term in terms {
        match term {
            Term::Name(name) => names.push(name.clone()),
            Term::Sentence(inside) => {
                let mut wanted = Vec::new();
                inside.wanted(&mut wanted);
                names.extend(wanted.into_iter().cloned());
            }
            _ => {}
        }
    }
    names.sort();
    names.dedup();
    names
}
