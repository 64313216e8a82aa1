//! Gold entities: which mentions of an article are one thing.
//!
//! Reads a gold set that says spans and entity numbers without text, and the texts beside it from
//! the corpora they came from. What is joined is compared in [`EntityReport`]; nothing is merged
//! here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::document::Article;
use crate::eval::gold::GoldError;
use crate::eval::read::read_text;
use crate::span::{Offsets, Span};

/// An article with its gold mentions and what each of them names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntityArticle {
    /// Its id in its corpus.
    pub id: String,
    /// Which part of the gold set it is in: `choose` to tune on, `report` to be judged by.
    pub half: String,
    /// What it was taken for: `relatives`, `general`.
    pub about: String,
    /// As it would be tagged.
    pub article: Article,
    /// Gold mentions in the order of the text, each with its label.
    pub mentions: Vec<(Span, String)>,
    /// Of each mention the number of its entity.
    pub entity_of: Vec<usize>,
}

/// A line of the gold set.
#[derive(Deserialize)]
struct Line {
    corpus: String,
    id: String,
    half: String,
    about: String,
    /// Start, end (code points), label, entity.
    mentions: Vec<(usize, usize, String, usize)>,
}

/// A line of a corpus.
#[derive(Deserialize)]
struct Text {
    id: String,
    text: String,
}

/// Reads the gold set at `path`, whose articles are in `corpora/ner_docs/CORPUS.jsonl`.
///
/// # Errors
/// A [`GoldError`] names the file and the line.
pub fn read_entities(path: &Path, corpora: &Path) -> Result<Vec<EntityArticle>, GoldError> {
    let mut lines: Vec<(usize, Line)> = Vec::new();
    for (line, text) in (1..).zip(read_text(path)?.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let read = serde_json::from_str(text).map_err(|error| GoldError::Line {
            path: path.to_owned(),
            line,
            found: error.to_string(),
            wanted: "\"corpus\", \"id\", \"half\", \"about\" and \"mentions\", each [start, end, label, entity]"
                .to_owned(),
        })?;
        lines.push((line, read));
    }
    if lines.is_empty() {
        return Err(GoldError::NoEntities { path: path.to_owned() });
    }
    let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, line) in &lines {
        wanted.entry(&line.corpus).or_default().insert(&line.id);
    }
    let mut texts: HashMap<(&str, String), String> = HashMap::new();
    for (corpus, ids) in &wanted {
        let file = corpus_file(corpora, corpus).ok_or_else(|| GoldError::Line {
            path: path.to_owned(),
            line: lines.iter().find(|(_, line)| line.corpus == *corpus).map_or(1, |(number, _)| *number),
            found: format!("the corpus {corpus:?}"),
            wanted: "a name such as \"news/train\"".to_owned(),
        })?;
        for (line, text) in (1..).zip(read_text(&file)?.lines()) {
            let text: Text = serde_json::from_str(text).map_err(|error| GoldError::Line {
                path: file.clone(),
                line,
                found: error.to_string(),
                wanted: "an object with \"id\" and \"text\"".to_owned(),
            })?;
            if ids.contains(&*text.id) {
                texts.insert((corpus, text.id), text.text);
            }
        }
    }
    let article = |(number, line): &(usize, Line)| {
        let wrong =
            |found: String, wanted: String| GoldError::Line { path: path.to_owned(), line: *number, found, wanted };
        let text = texts.get(&(&*line.corpus, line.id.clone())).ok_or_else(|| {
            wrong(
                format!("the id {:?}", line.id),
                format!("one of an article in {}", corpora.join("ner_docs").display()),
            )
        })?;
        let article = Article::of_fields(&line.id, [("text", text.as_str())]);
        let offsets = Offsets::new(&article.text);
        let mut mentions: Vec<(Span, String)> = Vec::with_capacity(line.mentions.len());
        for (start, end, label, _) in &line.mentions {
            let places = offsets.of_char(*start).zip(offsets.of_char(*end));
            let span = places.and_then(|(start, end)| Span::new(&article.text, start.byte, end.byte));
            let after = mentions.last().map_or(0, |(span, _)| span.end());
            let span = span.filter(|span| !span.is_empty() && span.start() >= after).ok_or_else(|| {
                let wanted = "mentions in the text, in its order, none in another";
                wrong(format!("a mention from {start} to {end}"), wanted.to_owned())
            })?;
            mentions.push((span, label.clone()));
        }
        let entity_of = line.mentions.iter().map(|mention| mention.3).collect();
        drop(offsets);
        let (id, half, about) = (line.id.clone(), line.half.clone(), line.about.clone());
        Ok(EntityArticle { id, half, about, article, mentions, entity_of })
    };
    lines.iter().map(article).collect()
}

/// Where the articles of `corpus` are; none for a name that would lead elsewhere.
fn corpus_file(corpora: &Path, corpus: &str) -> Option<PathBuf> {
    let is_plain = Path::new(corpus).components().all(|component| matches!(component, Component::Normal(_)));
    (is_plain && !corpus.is_empty()).then(|| corpora.join("ner_docs").join(format!("{corpus}.jsonl")))
}
