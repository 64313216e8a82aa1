//! What an index answers to a query: hits in order, with the stretch of text that shows why; counts
//! of what is in them; names instead of articles.

mod facets;
mod find;
mod like;
mod pairs;
mod people;
mod rank;
mod snippets;
mod words;

use dateline::internals::error::{Severity, UserError};
use roaring::RoaringBitmap;
use thiserror::Error;

use crate::index::{Article, Index, IndexError, TextError};
use crate::query::{Expr, NameTerm, Query, Term, Who};
use crate::search::find::{Finder, Matches};

pub use facets::{Facet, FacetField, FacetOptions};
pub use people::NameHit;
pub use rank::Sort;
pub use snippets::{Matched, Snippet};

/// A search cannot be carried out.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The index refuses.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The article that others shall be like is not there.
    #[error("no article has the id {key:?}")]
    NoArticle {
        /// Its key.
        key: String,
    },
    /// It cannot be told what is like it.
    #[error("article {key:?} has no embedding")]
    NoEmbedding {
        /// Its key.
        key: String,
    },
}

impl UserError for SearchError {
    fn severity(&self) -> Severity {
        match self {
            Self::Index(error) => error.severity(),
            _ => Severity::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Index(error) => error.hint(),
            Self::NoArticle { .. } => Some("dateline search INDEX QUERY --ids lists ids".to_owned()),
            Self::NoEmbedding { .. } => Some("dateline tag --embedding adds them; then index again".to_owned()),
        }
    }
}

/// What to give of the hits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// Their order.
    pub sort: Sort,
    /// Hits that are passed over.
    pub from: usize,
    /// Hits that are given.
    pub n: usize,
    /// Characters of text with each; 0 for none.
    pub snippet: usize,
}

/// An article that was found.
#[derive(Clone, PartialEq, Debug)]
pub struct Hit {
    /// It.
    pub article: Article,
    /// What puts it in its place: relevance, salience or likeness; 0 in an order by date.
    pub score: f64,
    /// Its topics, the surest first.
    pub topics: Vec<String>,
    /// The mentions for which it is a hit.
    pub matched: Vec<Matched>,
    /// Text from it, where the records still have it.
    pub snippet: Option<Snippet>,
}

/// An answered query.
pub struct Found<'i> {
    index: &'i Index,
    query: Query,
    matches: Matches,
    /// How near each is to the article that they are like.
    like: Option<like::Near>,
}

impl Index {
    /// The articles for which `query` is true.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn search(&self, query: Query) -> Result<Found<'_>, SearchError> {
        let matches = self.read(|connection| Finder::new(connection).find(&query))?;
        Ok(Found { index: self, query, matches, like: None })
    }

    /// Those of them that are like the article with the key `key`; it is not among them.
    ///
    /// # Errors
    /// If there is no such article, it has no embedding, or the index cannot be read.
    pub fn search_like(&self, query: Query, key: &str) -> Result<Found<'_>, SearchError> {
        let like = self.id_of(key)?.ok_or_else(|| SearchError::NoArticle { key: key.to_owned() })?;
        let is_all = query == Expr::And(Vec::new());
        let mut found = self.search(query)?;
        let among = (!is_all).then_some(&found.matches.articles);
        let near = self.read(|connection| like::all(connection, like, among))?;
        let near = near.ok_or_else(|| SearchError::NoEmbedding { key: key.to_owned() })?;
        found.matches.articles = near.iter().map(|&(article, _)| article).collect();
        found.like = Some(near);
        Ok(found)
    }
}

impl Index {
    /// Counts over some articles.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub(crate) fn facets_among(
        &self,
        hits: &RoaringBitmap,
        options: &[FacetOptions],
    ) -> Result<Vec<Facet>, IndexError> {
        let mut names = None;
        self.read(|connection| options.iter().map(|facet| facets::facet(connection, hits, &mut names, facet)).collect())
    }
}

impl Found<'_> {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.matches.articles.len()
    }

    /// Their rows.
    pub(crate) fn articles_found(&self) -> &RoaringBitmap {
        &self.matches.articles
    }

    /// Terms of the query that are true of no article, as they can be typed.
    pub fn without(&self) -> &[String] {
        &self.matches.without
    }

    /// How the query was understood, as it can be typed.
    pub fn explain(&self) -> String {
        self.query.to_string()
    }

    /// The articles of a page.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn articles(&self, page: &Page) -> Result<Vec<(Article, f64)>, SearchError> {
        let ranked = self.index.read(|connection| match &self.like {
            Some(near) => Ok(like::nearest(near, page.from, page.n)),
            None => rank::ranked(connection, &self.query, &self.matches, page.sort, page.from, page.n),
        })?;
        ranked.into_iter().map(|(id, score)| Ok((self.index.article(id)?, score))).collect()
    }

    /// The hits of a page. Where the text of one cannot be had, `complain` is told why.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn hits(&self, page: &Page, mut complain: impl FnMut(&TextError)) -> Result<Vec<Hit>, SearchError> {
        let words = snippets::Words::new()?;
        let expression = find::marked(&self.query);
        let mut hits = Vec::new();
        for (article, score) in self.articles(page)? {
            let mut matched = self.matched(article.id)?;
            let text = match self.index.text(&article) {
                Ok(text) => Some(text),
                Err(TextError::Index(error)) => return Err(error.into()),
                Err(error) => {
                    complain(&error);
                    None
                }
            };
            let mut snippet = None;
            if let Some(text) = text {
                let texts = text.fields();
                for mention in &mut matched {
                    let field = texts.iter().find(|text| text.field == mention.field);
                    let chars = field.map(|field| field.text.chars().skip(mention.chars.0));
                    let length = mention.chars.1.saturating_sub(mention.chars.0);
                    mention.text = chars.map_or_else(String::new, |chars| chars.take(length).collect());
                }
                if page.snippet > 0 {
                    let words = expression.as_deref().map(|expression| (&words, expression));
                    let made = snippets::snippet(&texts, &matched, words, page.snippet);
                    snippet = Some(self.index.read(|_| made)?);
                }
            }
            let topics = self.index.read(|connection| {
                let mut topics = connection.prepare_cached(
                    "SELECT topic.label FROM article_topic JOIN topic ON topic.id = article_topic.topic
                     WHERE article_topic.article = ?1 AND own = 1 ORDER BY score DESC, label",
                )?;
                topics.query_map([article.id], |row| row.get(0))?.collect()
            })?;
            hits.push(Hit { article, score, topics, matched, snippet });
        }
        Ok(hits)
    }

    /// The mentions for which `article` is a hit, in the order of the text; of names that were to
    /// be in one sentence those in such a sentence.
    fn matched(&self, article: u32) -> Result<Vec<Matched>, IndexError> {
        let mut wanted: Vec<(String, Vec<u32>, Option<Vec<i64>>)> = Vec::new();
        let mut terms = Vec::new();
        self.query.wanted(&mut terms);
        let names_of = |term: &NameTerm| -> Vec<u32> {
            self.matches.names.get(term).map_or_else(Vec::new, |pairs| pairs.names_in(article).collect())
        };
        for term in terms {
            match term {
                Term::Name(name) => wanted.push((name.to_string(), names_of(name), None)),
                Term::Sentence(names) => {
                    let sentences = self.matches.sentences.get(names).map_or_else(Vec::new, |sentences| {
                        sentences.iter().filter(|(other, _)| *other == article).map(|&(_, number)| number).collect()
                    });
                    let mut inside = Vec::new();
                    names.wanted(&mut inside);
                    for name in inside {
                        wanted.push((name.to_string(), names_of(name), Some(sentences.clone())));
                    }
                }
                _ => {}
            }
        }
        if wanted.iter().all(|(_, names, _)| names.is_empty()) {
            return Ok(Vec::new());
        }
        self.index.read(|connection| {
            let mut mentions = connection.prepare_cached(
                "SELECT name, field, start, \"end\", sentence FROM mention WHERE article = ?1 ORDER BY number",
            )?;
            let mut rows = mentions.query([article])?;
            let mut matched = Vec::new();
            while let Some(row) = rows.next()? {
                let (name, sentence): (u32, Option<i64>) = (row.get(0)?, row.get(4)?);
                let is_it = |(_, names, sentences): &&(String, Vec<u32>, Option<Vec<i64>>)| {
                    let is_there =
                        |sentences: &Vec<i64>| sentence.is_some_and(|sentence| sentences.contains(&sentence));
                    names.contains(&name) && sentences.as_ref().is_none_or(is_there)
                };
                if let Some((term, ..)) = wanted.iter().find(is_it) {
                    matched.push(Matched {
                        term: term.clone(),
                        field: row.get(1)?,
                        chars: (row.get(2)?, row.get(3)?),
                        sentence,
                        text: String::new(),
                    });
                }
            }
            Ok(matched)
        })
    }

    /// The record of `article`, as it stands in its file.
    ///
    /// # Errors
    /// If it is not there any more, or is another.
    pub fn record(&self, article: &Article) -> Result<String, TextError> {
        Ok(self.index.text(article)?.record)
    }

    /// Counts over all hits. With `all` each counts the hits that there would be without the
    /// query's own terms of its kind.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn facets(&self, options: &[FacetOptions], all: bool) -> Result<Vec<Facet>, SearchError> {
        let mut names = None;
        let mut counted = Vec::new();
        for facet in options {
            let wider = if all { without(&self.query, &facet.field) } else { None };
            counted.push(match wider {
                Some(wider) => {
                    let hits = self.index.search(wider)?.matches.articles;
                    self.index.read(|connection| facets::facet(connection, &hits, &mut None, facet))?
                }
                None => {
                    let hits = &self.matches.articles;
                    self.index.read(|connection| facets::facet(connection, hits, &mut names, facet))?
                }
            });
        }
        Ok(counted)
    }

    /// The names that the query asks for, as they are in the hits; or if it asks for none, all
    /// names in them: how many there are, and those of a page, the most frequent first.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn names(&self, from: usize, n: usize) -> Result<(u64, Vec<NameHit>), SearchError> {
        let asked = find::wanted_names(&self.query);
        let names: RoaringBitmap =
            asked.iter().filter_map(|term| self.matches.names.get(term)).flat_map(|pairs| pairs.names()).collect();
        let names = (!asked.is_empty()).then_some(names);
        let hits = &self.matches.articles;
        Ok(self.index.read(|connection| {
            let counted = people::counted(connection, hits, names.as_ref())?;
            let page = counted.iter().skip(from).take(n);
            let page = page.map(|&(id, _)| people::name_hit(connection, hits, id));
            Ok((counted.len() as u64, page.collect::<rusqlite::Result<_>>()?))
        })?)
    }
}

/// `query` without those of its terms that are about what `field` counts; none if it has no such
/// terms.
fn without(query: &Query, field: &FacetField) -> Option<Query> {
    let is_about = |one: &Query| match (one, field) {
        (Expr::Term(Term::Name(name)), FacetField::Kind(kind)) => name.who == Who::Kind(kind.clone()),
        (Expr::Term(Term::Topic(_)), FacetField::Topic)
        | (Expr::Term(Term::Source(_)), FacetField::Source)
        | (Expr::Term(Term::Date(..)), FacetField::Date(_)) => true,
        _ => false,
    };
    let is_own = |one: &Query| match one {
        Expr::Or(some) | Expr::And(some) => !some.is_empty() && some.iter().all(is_about),
        one => is_about(one),
    };
    match query {
        Expr::And(all) if !is_own(query) => {
            let others: Vec<Query> = all.iter().filter(|one| !is_own(one)).cloned().collect();
            (others.len() < all.len()).then(|| Expr::And(others).sorted())
        }
        one => is_own(one).then(|| Expr::And(Vec::new())),
    }
}
