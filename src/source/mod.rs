//! Reads a corpus.
//!
//! What the user names goes in: files, directories, standard input. [`Article`](crate::Article)s
//! come out, one after another, and a [`Failure`](crate::document::Failure) for each record that is
//! not one; nothing is skipped without being counted. Finding names in the text, and even finding
//! sentences, is done elsewhere.
//!
//! ```
//! use dateline::source::{Item, Options, open_reader};
//!
//! let file = &b"{\"id\":\"a1\",\"text\":\"Boats left Bonn.\"}\n{\"id\":\"a2\"}\n"[..];
//! let mut source = open_reader("week.jsonl", file, Options::default())?;
//! let Some(Ok(Item::Article(article))) = source.next() else { panic!("the first is an article") };
//! assert_eq!(article.text, "Boats left Bonn.");
//! let Some(Ok(Item::Failed(failure))) = source.next() else { panic!("the second is not") };
//! assert_eq!(failure.message, "week.jsonl:2:1: the record has \"id\": expected text");
//! # Ok::<(), dateline::source::SourceError>(())
//! ```
//!
//! # What is read
//!
//! | ending | content | `--input-format` |
//! |---|---|---|
//! | `.txt` `.text` `.md` | one article | `text` |
//! | `.html` `.htm` `.xhtml` | a saved web page: one article, or none | `html` |
//! | `.xml` `.rss` `.atom` `.rdf` `.nitf` `.newsml` | RSS, Atom, NITF, NewsML or NewsML-G2: an article in each item | `xml` |
//! | `.eml` `.mbox` | an e-mail, or a mailbox of them | `mail` |
//! | | JSON Feed, in `.json` | `jsonfeed` |
//! | | search engines' bulk files: an action and a document on alternate lines | `bulk` |
//! | `.jsonl` `.ndjson` | a JSON object on each line | `jsonl` |
//! | `.json` | JSON objects in an array or one after another, over any number of lines | `json` |
//! | `.csv` `.tsv` | a header row, then an article in each row; it becomes an object of strings | `csv` `tsv` |
//!
//! Each is a [`Format`] in a file of its own, and [`formats()`] lists them. Files may be compressed
//! with gzip or zstd; that is seen from the first bytes and not from the ending. A file that is
//! named itself is read whatever its ending: JSON is recognized by its first bytes, and anything
//! else is text. A picture, an archive, a PDF file and other [kinds](FileKind) whose first bytes no
//! text has are refused by name, whatever they are called.
//!
//! A directory stands for the files in it and below that have one of these endings, hidden ones
//! aside, in the order of the bytes of their paths; [`Options::include`] and [`Options::exclude`]
//! choose among them. In a directory a file that cannot be read costs itself alone: a table without
//! text, metadata, a picture called `.txt`, a link that leads nowhere, a file that has vanished. It
//! is [reported, counted and skipped](Source::refused), unless nothing else can be read. Compressed
//! data that are damaged, and a file that was named itself and cannot be read, are errors.
//!
//! Text is UTF-8, or UTF-16 with a byte order mark, or in the encoding named by `--encoding`. An
//! article that was not in UTF-8 carries the encoding's name in its warnings, in lower case:
//! `utf-16le`, `windows-1252`. Its byte offsets and the raw bytes of a failure are those after
//! decompression and decoding, with a byte `0xff` for what could not be decoded. Lines are counted
//! from 1, records from 0.
//!
//! In an object, the text fields and `id` are read and all else is kept byte for byte. An article
//! without an id gets one from its place: `week.jsonl:17` for line 17, `week.json#16` for the
//! record with that number, counted from 0, and a text file the path it has in the directory that
//! was named. Commas between the objects of an array are not checked.
//!
//! With [`Options::replace`], a record of our own is read as the article it was made from: what was
//! added to it is cut out, and all other bytes stay.
//!
//! # Why a record fails
//!
//! The run continues after each of these. Messages begin with `file:line:column:`, columns counted
//! in code points.
//!
//! | code | meaning |
//! |---|---|
//! | `invalid_json` | not JSON, or half a surrogate pair in a text field |
//! | `truncated_json` | the input ends inside the record, or inside the array of records |
//! | `invalid_utf8` | not UTF-8 |
//! | `invalid_encoding` | not in the encoding the file is said to be in |
//! | `not_object` | JSON, and not an object |
//! | `duplicate_key` | a text field or `id` stands twice |
//! | `missing_text` | none of the text fields is there |
//! | `wrong_type` | a text field is not a string; a headline may be null |
//! | `too_deep` | arrays and objects more than 128 deep |
//! | `reserved_key` | the record already has a field that the output would add |
//! | `record_too_large` | longer than the limit, 64 MiB by default |
//! | `invalid_csv` | more or fewer cells than the header, or a quote that is never closed |
//! | `invalid_xml` | not well-formed, or of another kind |
//! | `invalid_mail` | no letter |
//! | `invalid_dead_letter` | a line without the keys of a dead letter among dead letters |
//!
//! Later steps have two more, `model_nonfinite` and `internal_panic`: see
//! [`FailureCode`](crate::document::FailureCode).
//!
//! A JSON lines file whose first line is a dead letter ([`crate::record::dead`]) is read as the
//! records in it: each as if it still stood in its own source. A program that answers each line as
//! it comes ([`Options::each_alone`]) learns nothing from other lines.

// What goes in and what comes out.
mod item;
mod options;

// Names become files, and files become UTF-8.
mod name;
mod select;

mod entry;

mod discover;

mod decompress;

mod kinds;

mod decode;

// UTF-8 becomes records, and records become articles.
mod guard;
mod split;

mod added;
mod fields;
mod letters;
mod markup;

mod formats;

// Files and corpora are read.
mod file;
mod whereabouts;

mod corpus;
mod ids;
mod notes;
mod refused;

// What can go wrong.
mod error;
mod refusal;

#[cfg(test)]
mod tests;

pub use added::AddedKeys;
pub use corpus::{Source, open, open_reader};
pub use decode::encoding;
pub use error::SourceError;
pub(crate) use fields::Fields;
pub use formats::interface::Format;
pub use formats::{endings, format, formats};
pub use item::{ChosenFields, Counts, InputFile, Item};
pub use kinds::FileKind;
pub use options::{Options, Shard};
pub use refused::RefusedFile;
