//! An article that is open: its row in the index, and its record from the file.

use dateline::record::{Offsets, Record, RecordError, RecordMention};
use dateline::verdicts::{ArticleKey, Opened};
use dateline_search::Index;
use dateline_search::entry;
use dateline_search::index::{Article, Text};

use crate::http::Reply;

/// An article with its record.
pub struct Stored {
    /// What the index says of it.
    pub row: Article,
    text: Text,
}

/// Some words of a field with what stands around them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Context {
    /// What stands before.
    pub before: String,
    /// The words.
    pub words: String,
    /// What stands behind.
    pub after: String,
}

impl Stored {
    /// The article in the row `id`.
    ///
    /// # Errors
    /// If there is none, or its record is not what was indexed.
    pub fn open(index: &Index, id: u32) -> Result<Self, Reply> {
        let row = index.article_at(id)?.ok_or_else(Reply::not_found)?;
        let text = index.text(&row)?;
        Ok(Self { row, text })
    }

    /// Its record.
    ///
    /// # Errors
    /// If it is none, which the index would not have taken.
    pub fn record(&self) -> Result<Record<'_>, Reply> {
        Record::parse(&self.text.record, self.text.under.as_deref()).map_err(wrong)
    }

    /// The same, with the article in it.
    ///
    /// # Errors
    /// If a mention is not where it says.
    pub fn opened(&self) -> Result<Opened<'_>, Reply> {
        Opened::new(self.record()?, &self.text.tagged).map_err(wrong)
    }

    /// What verdicts on it hang on.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub fn key(&self) -> Result<ArticleKey, Reply> {
        Ok(ArticleKey::of_record(&self.record()?, &self.text.tagged))
    }

    /// The fields that were read.
    pub fn fields(&self) -> Vec<entry::Text> {
        self.text.fields()
    }
}

fn wrong(error: RecordError) -> Reply {
    let hint = "dateline verify says what else is wrong with the records";
    Reply::refused(500, "record", &error.to_string(), Some(hint))
}

/// The words at `mention` with up to `around` characters on each side, on one line.
pub fn context(fields: &[entry::Text], mention: &RecordMention<'_>, around: usize) -> Context {
    let span = [mention.start, mention.end];
    let found =
        fields.iter().find(|field| field.field == mention.field).and_then(|field| cut(&field.text, span, around));
    found.unwrap_or_else(|| Context { before: String::new(), words: one_line(&mention.text), after: String::new() })
}

/// The same of the code points `span` of `text`; none if it leaves the text.
pub fn cut(text: &str, [start, end]: [usize; 2], around: usize) -> Option<Context> {
    let offsets = Offsets::new(text);
    let (start, end) = (offsets.of_char(start)?.byte, offsets.of_char(end)?.byte);
    // White space in between becomes one space, so more is taken than is shown.
    let from = text[..start].char_indices().rev().take(2 * around).last().map_or(start, |(at, _)| at);
    let to = text[end..].char_indices().take(2 * around).last().map_or(end, |(at, c)| end + at + c.len_utf8());
    let before = spaced(&text[from..start]);
    let n_before = before.chars().count();
    Some(Context {
        before: before.chars().skip(n_before.saturating_sub(around)).collect(),
        words: one_line(text.get(start..end)?),
        after: spaced(&text[end..to]).chars().take(around).collect(),
    })
}

/// On one line, without what stands around it.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// With one space for each run of white space, at the ends too.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_whitespace() { ' ' } else { c };
        if c != ' ' || !spaced.ends_with(' ') {
            spaced.push(c);
        }
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_what_is_around_them() {
        let text = "🌋 HELSINKI,\n\nJuly 16 – The\u{301} talks";
        let cut = |span, around| cut(text, span, around).map(|c| format!("{}[{}]{}", c.before, c.words, c.after));
        assert_eq!(cut([2, 10], 8).as_deref(), Some("🌋 [HELSINKI], July 1"));
        assert_eq!(cut([0, 1], 3).as_deref(), Some("[🌋] HE"));
        assert_eq!(cut([13, 17], 4).as_deref(), Some("KI, [July] 16 "));
        assert_eq!(cut([2, 1000], 4), None);
    }
}
