//! The formats, each in a file of its own: how articles are written in files.
//!
//! A new one is a file here that implements [`Format`], a line below and a line in [`ALL`]. Its
//! endings, its value of `--input-format` and the first bytes that it is recognized by are all in
//! there.

pub mod interface;

mod blocks;
mod bulk;
mod dates;
mod html;
mod json;
mod json_feed;
mod json_known;
mod json_object;
mod json_own;
mod json_values;
mod made;
mod mail;
mod table;
mod table_cells;
mod table_rows;
mod table_sniff;
mod text;
mod xml;
mod xml_articles;
mod xml_tree;

use std::io;

use crate::document::Syntax;
use crate::source::decompress::Content;
use crate::source::refusal::Refusal;

pub use made::with_place;

use interface::{Format, Parser};
use table_cells::Dialect;
use table_sniff::Table;

#[cfg(test)]
pub use table::TableParser;
#[cfg(test)]
pub use table_cells::{Dialect as TableDialect, row_end};

/// All of them, in the order in which they are asked whether they recognize a file. The first is
/// plain text, which is what a file is in that none recognizes.
static ALL: [&dyn Format; 10] = [
    &text::PlainText,
    &html::Html,
    &xml::Xml,
    &mail::Mail,
    &json_feed::JsonFeed,
    &bulk::Bulk,
    &json::JsonLines,
    &json::Json,
    &table::CSV,
    &table::TSV,
];

/// The formats in which articles can be read.
pub fn formats() -> &'static [&'static dyn Format] {
    &ALL
}

/// The format whose key is `key`: `text`, `html`, `xml`, `mail`, `jsonfeed`, `bulk`, `jsonl`, `json`, `csv` or `tsv`.
pub fn format(key: &str) -> Option<&'static dyn Format> {
    ALL.into_iter().find(|format| format.about().key == key)
}

/// Endings of the files in a directory that are read, with their dots.
pub fn endings() -> Vec<&'static str> {
    ALL.iter().flat_map(|format| format.about().endings).copied().collect()
}

/// The format whose files end in `ending`, which has no dot.
pub fn of_ending(ending: &str) -> Option<&'static dyn Format> {
    let ending = ending.to_ascii_lowercase();
    ALL.into_iter().find(|format| format.about().endings.iter().any(|known| known[1..] == ending))
}

/// In what format a file is, as far as can be told.
pub enum Recognized {
    /// In this one.
    Format(&'static dyn Format),
    /// It may be a table, and nothing says which column holds the text.
    PerhapsTable,
}

/// The format of `input`: what the ending says, or, where that says nothing or is plainly wrong,
/// what it begins with. `wanted` are the fields that the user named.
///
/// # Errors
/// If the first bytes cannot be read.
pub fn of_content(
    by_ending: Option<&'static dyn Format>,
    input: &mut Content,
    is_pipe: bool,
    wanted: &[String],
) -> io::Result<Recognized> {
    let is_text = |format: &dyn Format| format.about().key == "text";
    let is_json = |format: &dyn Format| matches!(format.about().key, "jsonl" | "json");
    match by_ending {
        Some(format) if is_text(format) && html::begins(input)? => return Ok(Recognized::Format(&html::Html)),
        Some(format) if is_text(format) => match table_sniff::recognize(input, wanted)? {
            Table::Is(separator) => return Ok(Recognized::Format(table(separator))),
            Table::Perhaps | Table::No => return Ok(Recognized::Format(format)),
        },
        Some(format) if is_json(format) && json_feed::begins(input)? => {
            return Ok(Recognized::Format(&json_feed::JsonFeed));
        }
        Some(format) if is_json(format) && bulk::begins(input)? => return Ok(Recognized::Format(&bulk::Bulk)),
        Some(format) => return Ok(Recognized::Format(format.instead(input)?.unwrap_or(format))),
        None => {}
    }
    for format in ALL {
        if format.recognizes(input, is_pipe)? {
            return Ok(Recognized::Format(format));
        }
    }
    Ok(match table_sniff::recognize(input, wanted)? {
        Table::Is(separator) => Recognized::Format(table(separator)),
        Table::Perhaps => Recognized::PerhapsTable,
        Table::No => Recognized::Format(&text::PlainText),
    })
}

/// The format of tables whose cells are separated by `separator`.
pub fn table(separator: u8) -> &'static dyn Format {
    if separator == b'\t' { &table::TSV } else { &table::CSV }
}

/// Whether a file with this ending is a table, or nothing in particular, so that a separator that
/// the user names is one of its cells.
pub fn may_be_table(by_ending: Option<&'static dyn Format>) -> bool {
    by_ending.is_none_or(|format| matches!(format.about().key, "text" | "csv" | "tsv"))
}

/// What takes records apart that are written as `syntax` says.
///
/// # Errors
/// If it says something that cannot be.
pub fn parser(syntax: &Syntax) -> Result<Box<dyn Parser>, Refusal> {
    Ok(match syntax {
        Syntax::Text => Box::new(text::TextParser),
        Syntax::Json => Box::new(json::JsonParser),
        Syntax::Xml => Box::new(xml::XmlParser::default()),
        Syntax::Mail => Box::new(mail::MailParser),
        Syntax::Html => Box::new(html::HtmlParser { encoding: None }),
        Syntax::Bulk => Box::new(bulk::BulkParser),
        Syntax::Row { separator, quoted, header } => {
            let dialect = Dialect { separator: *separator as u8, quoted: *quoted };
            Box::new(table::TableParser::new(dialect, header)?)
        }
    })
}
