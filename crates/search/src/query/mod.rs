//! The query language: what a user types → what is asked for.
//!
//! ```text
//! query     = both {"OR" both}                       a b OR c is (a b) OR c
//! both      = {["AND"] one}                          all are needed
//! one       = ("-" | "NOT") one | "(" query ")" | "[" names in one sentence "]" | qualifier value | value | "*"
//! value     = word | word"*" | "phrase" | "(" values ")"
//! qualifier = person: place: org: misc: name: about: topic: source: id: title: text: date:
//! ```
//!
//! It is only read here; [`search`](crate::search) knows what an index makes of it. The order of
//! terms never matters: [`Query`] has them sorted, each once.

mod error;
mod lex;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

pub use error::QueryError;
pub use parse::parse;

/// Terms, and how they are put together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Expr<T> {
    /// All of these. Of none: everything.
    And(Vec<Expr<T>>),
    /// One of these.
    Or(Vec<Expr<T>>),
    /// What this is not.
    Not(Box<Expr<T>>),
    /// A term.
    Term(T),
}

/// A query.
pub type Query = Expr<Term>;

/// A thing to look for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Term {
    /// Words in the article.
    Words(Place, Form),
    /// One name for which this is true.
    Name(NameTerm),
    /// Names in one sentence.
    Sentence(Expr<NameTerm>),
    /// A topic, by its label or its code.
    Topic(Form),
    /// Where it came from.
    Source(Form),
    /// Its key.
    Id(Form),
    /// When it was published: from here on, up to there; each is the beginning of a date.
    Date(Option<String>, Option<String>),
}

/// A name, by what it is called.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NameTerm {
    /// Which names.
    pub who: Who,
    /// What has to be true of one name with all its aliases in an article.
    pub called: Expr<Form>,
}

/// Which names are meant.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Who {
    /// Those of a kind.
    Kind(String),
    /// All: `name:`.
    Any,
    /// All that the article is about: `about:`.
    Main,
}

/// Where words are to stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// In title or text.
    Anywhere,
    /// In the title.
    Title,
    /// In the text.
    Text,
}

/// What a word looks like.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Form {
    /// These words, one after the other.
    Phrase(String),
    /// As much of it as stands here.
    Prefix(String),
}

/// Qualifiers that every index knows, besides its kinds of names.
pub(crate) const QUALIFIERS: [&str; 8] = ["name", "about", "topic", "source", "id", "title", "text", "date"];

/// The kinds of names of the built-in model.
pub const KINDS: [&str; 4] = ["person", "place", "org", "misc"];

impl<T> Expr<T> {
    /// Every term in it.
    pub(crate) fn terms<'e>(&'e self, terms: &mut Vec<&'e T>) {
        self.visit(true, &mut |term, _| terms.push(term));
    }

    /// Every term that has to be true somewhere, and not to be false.
    pub(crate) fn wanted<'e>(&'e self, terms: &mut Vec<&'e T>) {
        self.visit(true, &mut |term, is_wanted| {
            if is_wanted {
                terms.push(term);
            }
        });
    }

    fn visit<'e>(&'e self, is_wanted: bool, see: &mut dyn FnMut(&'e T, bool)) {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().for_each(|one| one.visit(is_wanted, see)),
            Self::Not(one) => one.visit(!is_wanted, see),
            Self::Term(term) => see(term, is_wanted),
        }
    }

    /// The same of other terms.
    pub(crate) fn map<U>(self, term: &impl Fn(T) -> U) -> Expr<U> {
        match self {
            Self::And(all) => Expr::And(all.into_iter().map(|one| one.map(term)).collect()),
            Self::Or(all) => Expr::Or(all.into_iter().map(|one| one.map(term)).collect()),
            Self::Not(one) => Expr::Not(Box::new(one.map(term))),
            Self::Term(it) => Expr::Term(term(it)),
        }
    }

    /// Without brackets that change nothing, sorted, and each once.
    pub(crate) fn sorted(self) -> Self
    where
        T: Ord,
    {
        let flat = |all: Vec<Self>, open: fn(Self) -> Result<Vec<Self>, Self>| {
            let all = all.into_iter().map(Self::sorted).flat_map(|one| open(one).unwrap_or_else(|one| vec![one]));
            let mut all: Vec<Self> = all.collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let one_or = |mut all: Vec<Self>, many: fn(Vec<Self>) -> Self| match all.len() {
            1 => all.pop().expect("there is one"),
            _ => many(all),
        };
        match self {
            Self::And(all) => {
                one_or(flat(all, |one| if let Self::And(all) = one { Ok(all) } else { Err(one) }), Self::And)
            }
            Self::Or(all) => {
                one_or(flat(all, |one| if let Self::Or(all) = one { Ok(all) } else { Err(one) }), Self::Or)
            }
            Self::Not(one) => match one.sorted() {
                Self::Not(one) => *one,
                one => Self::Not(Box::new(one)),
            },
            Self::Term(term) => Self::Term(term),
        }
    }
}

/// As it can be typed.
impl<T: fmt::Display> fmt::Display for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, all: &[Self], between: &str| {
            for (i, one) in all.iter().enumerate() {
                f.write_str(if i == 0 { "" } else { between })?;
                match one {
                    Self::And(some) | Self::Or(some) if !some.is_empty() => write!(f, "({one})")?,
                    _ => write!(f, "{one}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::And(all) if all.is_empty() => f.write_str("*"),
            Self::And(all) => joined(f, all, " "),
            Self::Or(all) => joined(f, all, " OR "),
            Self::Not(one) => match &**one {
                Self::And(some) | Self::Or(some) if !some.is_empty() => write!(f, "-({one})"),
                one => write!(f, "-{one}"),
            },
            Self::Term(term) => term.fmt(f),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(Place::Anywhere, form) => form.fmt(f),
            Self::Words(Place::Title, form) => write!(f, "title:{form}"),
            Self::Words(Place::Text, form) => write!(f, "text:{form}"),
            Self::Name(name) => name.fmt(f),
            Self::Sentence(names) => write!(f, "[{names}]"),
            Self::Topic(form) => write!(f, "topic:{form}"),
            Self::Source(form) => write!(f, "source:{form}"),
            Self::Id(form) => write!(f, "id:{form}"),
            Self::Date(from, to) => write!(f, "date:{}", range(from.as_deref(), to.as_deref())),
        }
    }
}

/// Dates as they can be typed; `~` stands for all that goes on so.
fn range(from: Option<&str>, to: Option<&str>) -> String {
    let cut = |date: &'_ str| date.strip_suffix('~').map(str::to_owned);
    match (from, to) {
        (Some(from), Some(to)) => match cut(to) {
            Some(to) if to == from => to,
            to_all => format!("{from}..{}", to_all.as_deref().unwrap_or(to)),
        },
        (Some(from), None) => cut(from).map_or_else(|| format!(">={from}"), |from| format!(">{from}")),
        (None, Some(to)) => cut(to).map_or_else(|| format!("<{to}"), |to| format!("<={to}")),
        (None, None) => "..".to_owned(),
    }
}

impl fmt::Display for NameTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.called {
            Expr::Term(form) => write!(f, "{}:{form}", self.who),
            called => write!(f, "{}:({called})", self.who),
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind(kind) => kind,
            Self::Any => "name",
            Self::Main => "about",
        })
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, star) = match self {
            Self::Phrase(text) => (text, ""),
            Self::Prefix(text) => (text, "*"),
        };
        // Whatever could be taken for something else stands between quotes.
        let is_plain = text.chars().all(|c| c.is_alphanumeric() || ".-/_~&'’".contains(c))
            && !text.starts_with('-')
            && !["OR", "AND", "NOT"].contains(&text.as_str());
        if is_plain { write!(f, "{text}{star}") } else { write!(f, "\"{text}\"{star}") }
    }
}
