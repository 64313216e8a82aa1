//! Finds out what separates the cells of a table, and whether a text is one.
//!
//! As in DuckDB and pandas, the separator is the one that gives every one of the first rows the same
//! number of cells. A table without an ending that says so is known by its header: one of its names
//! is that of a field of articles. What has rows and no such name may be a table, and is not guessed
//! at.

use std::io;

use crate::source::decompress::Content;
use crate::source::fields::is_column_of_articles;
use crate::source::formats::table_cells::{Dialect, RowScan, cells, without_end};

/// Separators that are looked for, the likelier first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Bytes that are looked at.
const SAMPLE: usize = 64 << 10;
/// Rows that are looked at.
const ROWS: usize = 100;

/// What the first line of a table may say, as spreadsheets have it: `sep=;`.
pub fn declared(line: &[u8]) -> Option<u8> {
    let line = without_end(line).trim_ascii();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line.get(..4)?.eq_ignore_ascii_case(b"sep=").then(|| &line[4..])? {
        [separator] if separator.is_ascii() && !separator.is_ascii_alphanumeric() => Some(*separator),
        // White space at the end of a line was trimmed.
        [] => Some(b'\t'),
        _ => None,
    }
}

/// What the first rows look like under one separator.
struct Guess {
    dialect: Dialect,
    header: Vec<String>,
    /// Rows below the header that were looked at, and those of them with as many cells.
    n_rows: usize,
    n_like_header: usize,
}

impl Guess {
    /// Reads `sample` so; none if the header has a single cell.
    fn new(sample: &[u8], is_all: bool, dialect: Dialect) -> Option<Self> {
        let mut lines = sample.split_inclusive(|&byte| byte == b'\n').filter(|line| is_all || line.ends_with(b"\n"));
        let mut first = lines.by_ref().find(|line| !line.trim_ascii().is_empty())?;
        if declared(first).is_some() {
            first = lines.next()?;
        }
        let header = String::from_utf8_lossy(without_end(first)).into_owned();
        let header = cells(&header, dialect, 10_000).ok().filter(|header| header.len() > 1)?;
        let mut guess = Self { dialect, header, n_rows: 0, n_like_header: 0 };
        let mut scan = RowScan::new(dialect);
        for line in lines {
            let line = without_end(line);
            if line.is_empty() && scan.n_cells == 1 {
                continue;
            }
            if scan.line(line) {
                guess.n_rows += 1;
                guess.n_like_header += usize::from(scan.n_cells == guess.header.len() && !scan.broken);
                scan = RowScan::new(dialect);
            }
            if guess.n_rows == ROWS {
                break;
            }
        }
        Some(guess)
    }

    fn fits(&self) -> bool {
        self.n_like_header == self.n_rows
    }

    fn names_articles(&self, wanted: &[String]) -> bool {
        self.header.iter().any(|name| is_column_of_articles(name.trim(), wanted))
    }

    /// How much speaks for it; the greatest wins.
    fn weight(&self) -> (bool, bool, usize, usize) {
        let share = (1000 * self.n_like_header).checked_div(self.n_rows).unwrap_or(1000);
        (self.fits(), self.names_articles(&[]), share, self.header.len())
    }

    /// Whether the header looks like names of columns, and not like the first line of a text.
    fn has_names(&self) -> bool {
        let is_name = |name: &String| {
            let name = name.trim();
            name.len() <= 40 && name.split_whitespace().count() <= 4 && !name.ends_with(['.', '!', '?', ':', '…'])
        };
        let mut known: Vec<&str> = self.header.iter().map(|name| name.trim()).collect();
        known.sort_unstable();
        self.header.iter().all(is_name) && known.windows(2).all(|pair| pair[0] != pair[1])
    }
}

/// The best of the guesses, and of two that are alike the first.
fn best(guesses: impl Iterator<Item = Guess>) -> Option<Guess> {
    let mut best: Option<Guess> = None;
    for guess in guesses {
        if best.as_ref().is_none_or(|best| guess.weight() > best.weight()) {
            best = Some(guess);
        }
    }
    best
}

/// How the cells of the table `input` are written whose ending speaks for `expected`.
///
/// # Errors
/// If the first bytes cannot be read.
pub fn dialect(input: &mut Content, expected: Dialect) -> io::Result<Dialect> {
    let sample = input.peek(SAMPLE)?;
    let is_all = sample.len() < SAMPLE;
    let first = sample.split_inclusive(|&byte| byte == b'\n').next().unwrap_or_default();
    if let Some(separator) = declared(first) {
        return Ok(Dialect { separator, quoted: true });
    }
    let of =
        |separator: u8| if separator == expected.separator { expected } else { Dialect { separator, quoted: true } };
    let others = SEPARATORS.into_iter().filter(|&separator| separator != expected.separator);
    let guesses = std::iter::once(expected.separator).chain(others).filter_map(|s| Guess::new(sample, is_all, of(s)));
    Ok(best(guesses).map_or(expected, |guess| guess.dialect))
}

/// Whether a text is a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Table {
    /// It is one; this stands between its cells.
    Is(u8),
    /// Its lines have as many cells as its first one, and nothing says what is in them.
    Perhaps,
    /// It is none.
    No,
}

/// Whether `input` is a table of articles; `wanted` are the fields that the user named.
///
/// # Errors
/// If the first bytes cannot be read.
pub fn recognize(input: &mut Content, wanted: &[String]) -> io::Result<Table> {
    let sample = input.peek(SAMPLE)?;
    let is_all = sample.len() < SAMPLE;
    let first = sample.split_inclusive(|&byte| byte == b'\n').next().unwrap_or_default();
    if let Some(separator) = declared(first) {
        return Ok(Table::Is(separator));
    }
    // The first line of most texts shows that they are none.
    if !SEPARATORS.iter().any(|separator| first.contains(separator)) {
        return Ok(Table::No);
    }
    // A table that came without its ending has quotes if its cells are not separated by tabs.
    let of = |separator: u8| Dialect { separator, quoted: separator != b'\t' };
    let guesses = SEPARATORS.into_iter().filter_map(|separator| Guess::new(sample, is_all, of(separator)));
    let guesses = guesses.filter(|guess| guess.has_names());
    Ok(match best(guesses) {
        Some(guess) if guess.names_articles(wanted) => Table::Is(guess.dialect.separator),
        Some(guess) if guess.fits() && guess.n_rows >= 2 && is_strict(&guess) => Table::Perhaps,
        _ => Table::No,
    })
}

/// Prose may have a comma in each of its lines by chance: it takes three cells, or what stands in no
/// prose.
fn is_strict(guess: &Guess) -> bool {
    let is_filled = guess.header.iter().all(|name| !name.trim().is_empty());
    is_filled && (guess.dialect.separator == b'\t' || guess.dialect.separator == b'|' || guess.header.len() > 2)
}
