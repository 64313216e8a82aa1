//! Reads a gold file of whichever format.

use std::path::Path;

use crate::eval::gold::{Gold, GoldError};
use crate::eval::{conll, records};

/// Reads a gold file: see [`parse_gold`].
///
/// # Errors
/// A [`GoldError`] names the file and, where it can, the line.
pub fn read_gold(path: &Path) -> Result<Gold, GoldError> {
    parse_gold(path, &read_text(path)?)
}

/// Reads a file of UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, GoldError> {
    let bytes = std::fs::read(path).map_err(|source| GoldError::Read { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        GoldError::Line {
            path: path.to_owned(),
            line: 1 + memchr::memchr_iter(b'\n', valid).count(),
            found: "bytes that are not UTF-8".to_owned(),
            wanted: "UTF-8".to_owned(),
        }
    })
}

/// Reads the contents of a gold file; `path` is for messages and ids.
///
/// A file whose first line is a JSON object holds records: our own (`mentions`), or objects with
/// `text` and `entities` (`start`, `end`, `type`); both count code points. Any other file holds
/// columns, the token first and the tag last. Its tags may be IOB1, BIO2, BIOES or BILOU, and are
/// read by conlleval's rules, under which even tags that follow no scheme have one reading.
///
/// Columns are joined into running text, one sentence a line, spaced as in print as far as that can
/// be told from the tokens. A document begins at `-DOCSTART-` or `# newdoc`. Where a file has
/// neither, each sentence is a document of its own: such files are mostly loose sentences, and
/// sentences that never stood together are worse context than none.
///
/// # Errors
/// A [`GoldError`] says in which line what was found and what was wanted.
pub fn parse_gold(path: &Path, text: &str) -> Result<Gold, GoldError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    // A token may well be a brace, but no tag ends in one.
    let gold = if first.starts_with('{') && first.ends_with('}') {
        records::parse(path, text)?
    } else {
        conll::parse(path, text)?
    };
    if gold.documents.is_empty() {
        return Err(GoldError::Empty { path: path.to_owned() });
    }
    Ok(gold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::gold::Unit;

    #[test]
    fn the_format_is_read_off_the_first_line() {
        let unit = |text| parse_gold(Path::new("gold"), text).unwrap().unit;
        assert_eq!(unit("\u{feff}\n{\"text\":\"Oslo\",\"entities\":[]}\n"), Unit::Chars);
        assert_eq!(unit("{ O\n} O\n"), Unit::Tokens);
    }

    #[test]
    fn a_file_that_is_not_utf8_is_named_with_its_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gold.conll");
        std::fs::write(&path, b"Oslo O\nMalm\xf6 O\n").unwrap();
        let error = read_gold(&path).unwrap_err().to_string();
        assert_eq!(error, format!("{}:2: found bytes that are not UTF-8, wanted UTF-8", path.display()));
    }
}
