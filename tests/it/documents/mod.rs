//! What corpora really look like: the inputs of `tests/documents`, each with what is right.

mod cases;
mod pages;
