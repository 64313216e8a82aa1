//! The formats, each in a file of its own: how articles are written in files.
//!
//! A new one is a file here that implements [`Format`], a line below and a line in [`ALL`]. Its
//! endings, its value of `--input-format` and the first bytes that it is recognized by are all in
//! there.

pub mod interface;

mod json;
mod json_object;
mod json_own;
mod json_values;
mod table;
mod text;

use std::io;

use crate::document::Syntax;
use crate::source::decompress::Content;
use crate::source::refusal::Refusal;

use interface::{Format, Parser};

#[cfg(test)]
pub use table::{RowEnds, TableParser};

/// All of them, in the order in which they are asked whether they recognize a file. The first is
/// plain text, which is what a file is in that none recognizes.
static ALL: [&dyn Format; 5] = [&text::PlainText, &json::JsonLines, &json::Json, &table::CSV, &table::TSV];

/// The formats in which articles can be read.
pub fn formats() -> &'static [&'static dyn Format] {
    &ALL
}

/// The format whose key is `key`: `text`, `jsonl`, `json`, `csv` or `tsv`.
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

/// The format of `input`: what the ending says, or, where that says nothing or is plainly wrong,
/// what it begins with.
///
/// # Errors
/// If the first bytes cannot be read.
pub fn of_content(
    by_ending: Option<&'static dyn Format>,
    input: &mut Content,
    is_pipe: bool,
) -> io::Result<&'static dyn Format> {
    if let Some(format) = by_ending {
        return Ok(format.instead(input)?.unwrap_or(format));
    }
    for format in ALL {
        if format.recognizes(input, is_pipe)? {
            return Ok(format);
        }
    }
    Ok(&text::PlainText)
}

/// What takes records apart that are written as `syntax` says.
///
/// # Errors
/// If it says something that cannot be.
pub fn parser(syntax: &Syntax) -> Result<Box<dyn Parser>, Refusal> {
    Ok(match syntax {
        Syntax::Text => Box::new(text::TextParser),
        Syntax::Json => Box::new(json::JsonParser),
        Syntax::Row { separator, header } => Box::new(table::TableParser::new(*separator as u8, header)?),
    })
}
