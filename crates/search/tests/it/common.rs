//! An index in a directory of its own, and records that are written like this:
//! `[PER Joe Dunford|Dunford] met [LOC Oslo].`

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use dateline_search::Index;
use dateline_search::index::{BuildOptions, Built, IndexError, build};
use dateline_search::query::parse;
use dateline_search::search::{Page, SearchError, Sort};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The records that the checkout has.
pub const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/records/samples.jsonl");

/// A directory with records and their index.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory for temporary files"))
    }

    /// With the records of the checkout and their index.
    pub fn of_samples() -> Self {
        let place = Self::new();
        place.write("out.jsonl", &fs::read_to_string(SAMPLES).expect("the checkout has it"));
        place.index(&["out.jsonl"]);
        place
    }

    /// With these articles and their index.
    pub fn of(articles: &[Value]) -> Self {
        let place = Self::new();
        place.write("out.jsonl", &lines(articles));
        place.index(&["out.jsonl"]);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the directory is ours");
    }

    pub fn try_index(&self, records: &[&str], options: &BuildOptions) -> Result<Built, IndexError> {
        let records: Vec<PathBuf> = records.iter().map(|name| self.path(name)).collect();
        build(&self.path("news.db"), &records, options, |_| ControlFlow::Continue(()))
    }

    pub fn index(&self, records: &[&str]) -> Built {
        self.try_index(records, &BuildOptions::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn open(&self) -> Index {
        Index::open(&self.path("news.db")).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Keys of the articles that a query finds, in their order, separated by blanks.
    pub fn hits(&self, query: &str) -> String {
        keys(&self.open(), query, Sort::Relevance)
    }

    /// All tables as text without the numbers of rows, which depend on what was there before.
    pub fn dump(&self) -> String {
        dump(&self.path("news.db"))
    }
}

/// Keys of the articles that a query finds.
pub fn keys(index: &Index, query: &str, sort: Sort) -> String {
    let query = parse(query, index.kinds()).unwrap_or_else(|error| panic!("{error}"));
    let keys = || -> Result<String, SearchError> {
        let found = index.search(query)?;
        let articles = found.articles(&Page { sort, from: 0, n: 1_000, snippet: 0 })?;
        assert_eq!(articles.len() as u64, found.count());
        Ok(articles.iter().map(|(article, _)| article.key.as_str()).collect::<Vec<_>>().join(" "))
    };
    keys().unwrap_or_else(|error| panic!("{error}"))
}

/// An article with names in brackets: `[PER Joe Dunford]`, or where an alias stands in the text,
/// `[PER Joe Dunford|Dunford]`. A name with a `!` before it has no salience.
pub fn article(id: &str, text: &str) -> Value {
    article_with(json!({ "id": id }), text)
}

/// Someone or something that is marked.
struct Marked {
    label: String,
    name: String,
    salience: f64,
    mentions: Vec<usize>,
    aliases: Vec<String>,
}

/// The same, with keys of its own.
pub fn article_with(mut keys: Value, marked: &str) -> Value {
    let mut text = String::new();
    let mut mentions: Vec<Value> = Vec::new();
    let mut entities: Vec<Marked> = Vec::new();
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('[') {
        let (inside, behind) = after.split_once(']').expect("each bracket is closed");
        text.push_str(before);
        let (label, name) = inside.split_once(' ').expect("a label and a name");
        let (name, form) = name.split_once('|').unwrap_or((name, name));
        let (name, form) = (name.trim_start_matches('!'), form.trim_start_matches('!'));
        let salience = if inside.contains('!') { 0.0 } else { 0.2 };
        let known = entities.iter().position(|known| known.label == label && known.name == name);
        let at = known.unwrap_or_else(|| {
            let (label, name) = (label.to_owned(), name.to_owned());
            entities.push(Marked { label, name, salience, mentions: Vec::new(), aliases: Vec::new() });
            entities.len() - 1
        });
        entities[at].mentions.push(mentions.len());
        if form != name && !entities[at].aliases.iter().any(|other| other == form) {
            entities[at].aliases.push(form.to_owned());
        }
        let start = text.chars().count();
        let sentence = text.matches(". ").count();
        text.push_str(form);
        mentions.push(json!({
            "start": start, "end": text.chars().count(), "label": label, "text": form, "score": 0.9, "field": "text",
            "zone": "body", "sentence": sentence, "entity": at,
        }));
        rest = behind;
    }
    text.push_str(rest);
    let entities = entities.into_iter().enumerate().map(|(id, marked)| {
        json!({
            "id": id, "label": marked.label, "name": marked.name, "aliases": marked.aliases,
            "mentions": marked.mentions, "salience": marked.salience,
        })
    });
    let topics = keys.as_object_mut().expect("keys are an object").remove("topics").unwrap_or_else(|| json!([]));
    keys["text"] = text.into();
    keys["mentions"] = mentions.into();
    keys["entities"] = entities.collect();
    keys["topics"] = topics;
    keys["coverage"] = json!({ "chars": 1, "read": 1, "windows": 1 });
    keys["warnings"] = json!([]);
    keys["tagger"] = json!({ "version": "1", "model": "m", "recipe": "r" });
    keys
}

pub fn lines(articles: &[Value]) -> String {
    articles.iter().map(|article| format!("{article}\n")).collect()
}

pub fn dump(index: &Path) -> String {
    let connection = rusqlite::Connection::open(index).expect("it opens");
    let mut dump = String::new();
    for sql in [
        "SELECT key, source, date, title, round(wrong, 6), path, line, offset, length, hex(digest) FROM article
         JOIN records ON records.id = article.records",
        "SELECT kind, label, folded, name, articles, mentions FROM name",
        "SELECT kind, folded, alias.text FROM alias JOIN name ON name.id = alias.name",
        "SELECT key, kind, folded, appears.mentions, salience, alias.text FROM appears JOIN article ON article.id = article
         JOIN name ON name.id = appears.name JOIN alias ON alias.id = alias",
        "SELECT key, kind, folded, alias.text FROM known_as JOIN article ON article.id = article JOIN alias ON alias.id = alias
         JOIN name ON name.id = alias.name",
        "SELECT key, number, kind, folded, field, start, \"end\", sentence, score, zone FROM mention
         JOIN article ON article.id = article JOIN name ON name.id = mention.name",
        "SELECT key, code, label, score, own FROM article_topic JOIN article ON article.id = article
         JOIN topic ON topic.id = topic",
        "SELECT key, hex(substr(vectors, 1 + article.id % 64 * (width + 4), width + 4)) FROM vector
         JOIN article ON article.id / 64 = block WHERE substr(vectors, 1 + article.id % 64 * (width + 4), 4) != zeroblob(4)",
        "SELECT key, record FROM stored JOIN article ON article.id = article",
        "SELECT path, bytes, sha256, articles, under, fields FROM records",
        "SELECT what, value FROM about",
        "SELECT key FROM words JOIN article ON article.id = words.rowid WHERE words MATCH 'the'",
        "SELECT count(*) FROM alias_words_docsize",
    ] {
        let mut rows = connection.prepare(sql).expect("the tables are these");
        let n = rows.column_count();
        let shown = rows.query_map([], |row| {
            let cells: Vec<String> = (0..n).map(|i| format!("{:?}", row.get_ref(i).expect("a cell"))).collect();
            Ok(cells.join(" "))
        });
        let mut shown: Vec<String> = shown.expect("they can be read").map(|row| row.expect("a row")).collect();
        shown.sort();
        dump.push_str(&format!("{sql}\n{}\n", shown.join("\n")));
    }
    dump
}
