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

#[cfg(test)]
mod tests {
    use std::fs;

    use expect_test::{Expect, expect};

    use super::*;

    const LINE: &str = r#"{"corpus":"news/train","id":"a","half":"choose","about":"relatives","mentions":[[0,3,"PER",0],[10,13,"PER",0]]}"#;

    /// What comes of a gold set with this in it, beside a corpus of one article, `Zoë`.
    fn read(gold: &str) -> Result<Vec<EntityArticle>, String> {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(dir.path().join("ner_docs/news")).expect("a directory");
        let articles = "{\"id\":\"b\",\"text\":\"Nobody.\"}\n{\"id\":\"a\",\"text\":\"Zoë left. Zoë is back.\"}\n";
        fs::write(dir.path().join("ner_docs/news/train.jsonl"), articles).expect("a file");
        let path = dir.path().join("gold.jsonl");
        fs::write(&path, gold).expect("a file");
        let told = |error: GoldError| error.to_string().replace(&dir.path().display().to_string(), "DIR");
        read_entities(&path, dir.path()).map_err(told)
    }

    #[track_caller]
    fn refused(gold: &str, expected: Expect) {
        expected.assert_eq(&read(gold).expect_err("it is wrong"));
    }

    #[test]
    fn spans_are_those_of_the_text_in_the_corpus() {
        let articles = read(&format!("{LINE}\n\n")).expect("it is right");
        let [article] = &articles[..] else { panic!("one article: {articles:?}") };
        assert_eq!((&*article.id, &*article.half, &*article.about), ("a", "choose", "relatives"));
        let surfaces: Vec<&str> = article.mentions.iter().map(|(span, _)| span.of(&article.article.text)).collect();
        assert_eq!((surfaces, &article.entity_of[..]), (vec!["Zoë", "Zoë"], &[0, 0][..]));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        refused(
            "",
            expect![[r#"DIR/gold.jsonl: found no line, wanted JSON lines with "corpus", "id" and "mentions""#]],
        );
        for (wrong, told) in [
            (LINE.replace("\"half\"", "\"part\""), "missing field `half`"),
            (LINE.replace("\"id\":\"a\"", "\"id\":\"c\""), "the id \"c\""),
            (LINE.replace("[10,13", "[10,99"), "a mention from 10 to 99"),
            (LINE.replace("[10,13", "[2,5"), "a mention from 2 to 5"),
            (LINE.replace("[10,13", "[10,10"), "a mention from 10 to 10"),
            (LINE.replace("news/train", "../train"), "the corpus \"../train\""),
            ("{".to_owned(), "EOF"),
        ] {
            let message = read(&format!("\n{wrong}\n")).expect_err("it is wrong");
            assert!(message.starts_with("DIR/gold.jsonl:2") && message.contains(told), "{message}");
        }
        let message = read(&LINE.replace("news/train", "news/dev")).expect_err("there is no such file");
        assert!(message.contains("DIR/ner_docs/news/dev.jsonl"), "{message}");
    }
}
