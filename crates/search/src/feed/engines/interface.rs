//! What is said to an engine that documents are sent to, whichever it is.

use serde_json::Value;

use crate::feed::client::Client;
use crate::feed::error::FeedError;
use crate::feed::verdict::{Refusal, Verdict, Whole};

/// What is said to an engine that documents are sent to.
pub trait Engine: Send + Sync {
    /// Where batches for `index` go, below the address. With `wait` the engine answers when the
    /// documents can be searched.
    fn bulk(&self, index: &str, wait: bool) -> String;

    /// What batches are.
    fn content_type(&self) -> &'static str;

    /// Why a document with this key cannot be sent at all.
    fn refuses(&self, key: &str) -> Option<Refusal>;

    /// What the engine says of each of `n` documents, from the body of an answer with status 200.
    ///
    /// # Errors
    /// In words, if the body is not such an answer, or speaks of more or fewer documents. Then
    /// nothing is known of any of them.
    fn verdicts(&self, body: &[u8], n: usize) -> Result<Vec<Verdict>, String>;

    /// What an answer with this other status, and this body, means.
    fn whole(&self, status: u16, body: &[u8]) -> Whole;

    /// What tells the index called `index` from another one of that name, and how it is called
    /// itself if that is an alias; none if there is none.
    ///
    /// # Errors
    /// If there is no answer that says so.
    fn identify(&self, client: &Client, index: &str) -> Result<Option<Index>, FeedError>;

    /// Puts what an index called `name` is to be like.
    ///
    /// # Errors
    /// If the engine refuses.
    fn put_template(&self, client: &Client, name: &str, template: &Value) -> Result<(), FeedError>;

    /// Makes the empty index `index`, which is one of `name`.
    ///
    /// # Errors
    /// If the engine refuses.
    fn create(&self, client: &Client, index: &str, template: &Value) -> Result<(), FeedError>;

    /// Makes everything that was sent searchable.
    ///
    /// # Errors
    /// If the engine refuses.
    fn refresh(&self, client: &Client, index: &str) -> Result<(), FeedError>;

    /// How many documents `index` has.
    ///
    /// # Errors
    /// If there is no answer that says so.
    fn count(&self, client: &Client, index: &str) -> Result<u64, FeedError>;

    /// Moves the alias `alias` onto `index`, in one request, and says what it was on.
    ///
    /// # Errors
    /// If the engine refuses.
    fn swap(&self, client: &Client, alias: &str, index: &str) -> Result<Vec<String>, FeedError>;
}

/// An index that is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Index {
    /// What tells it from another one of the same name.
    pub id: String,
    /// Whether the name that was asked for is an alias of it.
    pub is_alias: bool,
}

/// `value` as JSON and a line feed.
pub fn line(value: &impl serde::Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, value).expect("plain data has a JSON form, and a Vec takes every byte");
    out.push(b'\n');
}
