//! An article as a corpus gave it to us.

use crate::document::failure::{Failure, FailureCode, Raw, Syntax};
use crate::document::key;
use crate::document::origin::Origin;
use crate::document::runs::Runs;
use crate::document::zone::Zone;
use crate::span::Span;

/// One article as received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Article {
    /// The article's own id, or one derived from its source and position.
    pub id: String,
    /// Where it came from.
    pub origin: Origin,
    /// All text to be read: the fields' values, one after another, with a blank line between two.
    pub text: String,
    /// Where each field's value stands in `text`, in order; at least one.
    pub fields: Vec<Field>,
    /// How the article was written where it came from.
    pub form: Form,
    /// Remarks on how it was read, for the record's `warnings`.
    pub warnings: Vec<String>,
    /// What parts of `text` are for, where the source says so, as pages do: in order, never
    /// overlapping. Empty where that has to be found out from the text.
    pub claims: Vec<(Zone, Span)>,
    /// The text that was given, where `text` is what there is to read in it.
    pub given: Option<Box<Given>>,
    /// Where in the file the characters of `text` come from, in bytes, if somebody wants to know.
    pub places: Option<Runs>,
}

/// A text with markup in it, of which only what is to be read is an article's text. Everything that
/// is found is told in positions of this one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// All of it.
    pub text: String,
    /// Where each field's value stands in it.
    pub fields: Vec<Span>,
    /// Where in it the characters of the article's text come from.
    pub runs: Runs,
}

/// A named text of an article.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// The name in the input (`title`), and in the record.
    pub name: String,
    /// Its value in [`Article::text`].
    pub span: Span,
    /// Whether it holds a headline rather than a body.
    pub headline: bool,
}

/// The written form of an article in its source, which its record gives back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Form {
    /// A file of plain text: the record is a new object with `id`, `source` and `text`.
    Text,
    /// A JSON object on one line, from its brace to its brace: the record repeats these bytes.
    Object(String),
}

impl Article {
    /// An article of plain text that did not come from a file.
    pub fn plain(id: impl Into<String>, text: impl Into<String>) -> Self {
        let (id, text) = (id.into(), text.into());
        let fields = vec![Field { name: "text".to_owned(), span: Span::whole(&text), headline: false }];
        let origin = Origin { source: id.clone(), ..Origin::default() };
        Self {
            id,
            origin,
            text,
            fields,
            form: Form::Text,
            warnings: Vec::new(),
            claims: Vec::new(),
            given: None,
            places: None,
        }
    }

    /// What tells it from other articles of its corpus: its id, or else a digest of itself. Unlike
    /// [`Article::id`] it does not depend on where it stands.
    pub fn key(&self) -> String {
        match &self.form {
            Form::Text => self.id.clone(),
            Form::Object(object) => key::key(object),
        }
    }

    /// The failure of this article for the reason `code`.
    pub fn failed(self, code: FailureCode, message: String) -> Failure {
        let (bytes, syntax) = match self.form {
            Form::Text => (self.given.map_or(self.text, |given| given.text).into_bytes(), Syntax::Text),
            Form::Object(object) => (object.into_bytes(), Syntax::Json),
        };
        Failure { origin: self.origin, code, message, id: self.id, raw: Raw { bytes, digest_of_all: None, syntax } }
    }

    /// An article of these fields, each a name and its value, that did not come from a file. They
    /// are read in this order; one called `title` or `headline`, in any case, is a headline.
    pub fn of_fields<'v>(id: impl Into<String>, fields: impl IntoIterator<Item = (&'v str, &'v str)>) -> Self {
        let mut article = Self::plain(id, "");
        article.fields.clear();
        for (name, value) in fields {
            article.push_field(name, value);
        }
        article
    }

    /// Adds a field behind the others, with a blank line between.
    pub fn push_field(&mut self, name: &str, value: &str) {
        self.push(name, value, Field::is_named_like_headline(name));
    }

    /// Adds a field behind the others, which holds a `headline` or does not.
    pub fn push(&mut self, name: &str, value: &str, headline: bool) {
        if !self.fields.is_empty() {
            self.text.push_str(Self::BETWEEN_FIELDS);
        }
        let start = self.text.len();
        self.text.push_str(value);
        let span = Span::new(&self.text, start, self.text.len()).expect("both ends of a value are boundaries");
        self.fields.push(Field { name: name.to_owned(), span, headline });
    }

    /// What separates two fields in an article's text.
    pub const BETWEEN_FIELDS: &str = "\n\n";
}

impl Field {
    /// Names of fields that hold headlines, the likelier first.
    pub const HEADLINES: [&str; 2] = ["title", "headline"];

    /// Whether a field called `name` holds a headline, if nobody says otherwise: `title`,
    /// `Headline`.
    pub fn is_named_like_headline(name: &str) -> bool {
        Self::HEADLINES.iter().any(|headline| headline.eq_ignore_ascii_case(name))
    }
}
