//! What an index, or a feed, makes of a record: the same for every target, so that a question means
//! the same to all of them.
//!
//! Takes a record and gives its key, its date, its text, its names by kind and its topics. It knows
//! nothing of a database or a server, and decides nothing that a record does not say.

use std::collections::HashMap;
use std::collections::hash_map::Entry::Vacant;
use std::hash::{DefaultHasher, Hash, Hasher};

use dateline::document::Field;
use dateline::internals::digest::hex;
use dateline::record::{Record, RecordField};
use sha2::{Digest, Sha256};

use crate::aliases::Aliases;

/// From this salience on an article is about a name: on average 2.8 names of 18.3 in an article.
pub const MAIN_SALIENCE: f64 = 0.1;

/// A record as it is searched.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// What tells it from others: the id, or where there is none, 32 hexadecimal digits of SHA-256 over
    /// the article's object, its source and its number. [`Keys`] tell records with one key apart.
    pub key: String,
    /// The record's `source`: the file or the wire that it came from.
    pub source: Option<String>,
    /// When it was published, as the record writes it: a string, or the digits of a number.
    /// [`date::normal`](crate::date::normal) reads it.
    pub date: Option<String>,
    /// The headline, where it has a field of its own: the text of [`Entry::texts`] that is one.
    pub title: Option<String>,
    /// The fields that hold text, headline and all, in the order of the record.
    pub texts: Vec<Text>,
    /// Whom and what it names, in the order of the text, those of page furniture (salience 0) too:
    /// see [`Name::is_named`].
    pub names: Vec<Name>,
    /// What it is about, the surest first.
    pub topics: Vec<Topic>,
    /// Its embedding, a vector of length 1.
    pub embedding: Option<Vec<f32>>,
    /// Name and digest of the model that made the record.
    pub model: String,
    /// A digest of every choice that changes what that model finds.
    pub recipe: String,
}

/// A field that holds text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// The field's name. Mentions stand in fields by this name, and count code points of
    /// [`Text::text`].
    pub field: String,
    /// What it holds.
    pub text: String,
    /// Whether it is a headline.
    pub is_title: bool,
}

/// Someone or something that an article names: an entity of the record, or several that a list of
/// aliases joins.
#[derive(Clone, PartialEq, Debug)]
pub struct Name {
    /// `person`, `place`, `org`, `misc`, or for other labels what [`kind`] makes of them.
    pub kind: String,
    /// The label of the model: `PER`.
    pub label: String,
    /// The name to show: the fullest form in the article, or what the list of aliases says.
    pub name: String,
    /// The other forms in the article, each once.
    pub aliases: Vec<String>,
    /// Its share of the article's attention, 0 to 1.
    pub salience: f64,
    /// Its mentions, as positions in [`Record::mentions`], ascending.
    pub mentions: Vec<usize>,
}

/// A subject of an article.
#[derive(Clone, PartialEq, Debug)]
pub struct Topic {
    /// Its code: `medtop:11000000`.
    pub code: String,
    /// In words.
    pub label: String,
    /// Probability that the article is about it.
    pub score: f64,
    /// What it is part of, the nearest first: a code, and its label where that is known.
    pub broader: Vec<(String, Option<String>)>,
}

/// How to read records.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// The field with the id, instead of `id`.
    pub id: Option<String>,
    /// The field with the date, instead of `date` or else `published`.
    pub date: Option<String>,
    /// The fields that were tagged, if `tag --field` named them: see the manifest.
    pub fields: Vec<String>,
    /// Names across articles.
    pub aliases: Aliases,
}

impl Entry {
    /// What becomes of `record`, which stands at `number` among the lines of its file, counted
    /// from 0.
    pub fn of(record: &Record<'_>, number: u64, options: &Options) -> Self {
        let scalar = |name: &str| record.fields().iter().find(|field| field.name == name).and_then(scalar);
        let source = scalar("source");
        let id = match &options.id {
            Some(field) => scalar(field),
            None => record.id().map(|id| id.into_owned()),
        };
        let key = id.unwrap_or_else(|| derived_key(record, source.as_deref().unwrap_or_default(), number));
        let date = match &options.date {
            Some(field) => scalar(field),
            None => scalar("date").or_else(|| scalar("published")),
        };
        let texts = texts(record, &options.fields);
        let title = texts.iter().find(|text| text.is_title).map(|text| text.text.clone());
        Self {
            key,
            source,
            date,
            title,
            texts,
            names: names(record, &options.aliases),
            topics: record.topics.iter().flatten().map(Topic::of).collect(),
            embedding: record.embedding.clone().flatten(),
            model: record.tagger.model.clone().into_owned(),
            recipe: record.tagger.recipe.clone().into_owned(),
        }
    }

    /// What it says besides its headline, with a blank line between two fields.
    pub fn text(&self) -> String {
        let texts = self.texts.iter().filter(|text| !text.is_title);
        texts.map(|text| text.text.as_str()).collect::<Vec<_>>().join("\n\n")
    }

    /// What to call it: its headline, or where there is none, its first line.
    pub fn heading(&self) -> &str {
        let lines = self.texts.iter().flat_map(|text| text.text.lines());
        lines.map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
    }

    /// Labels of its topics and of what they are part of, each once.
    pub fn topic_labels(&self) -> Vec<&str> {
        let mut labels = Vec::new();
        for topic in &self.topics {
            labels.push(topic.label.as_str());
            labels.extend(topic.broader.iter().filter_map(|(_, label)| label.as_deref()));
        }
        once(labels)
    }

    /// Codes of its topics and of what they are part of, each once.
    pub fn topic_codes(&self) -> Vec<&str> {
        let mut codes = Vec::new();
        for topic in &self.topics {
            codes.push(topic.code.as_str());
            codes.extend(topic.broader.iter().map(|(code, _)| code.as_str()));
        }
        once(codes)
    }
}

impl Name {
    /// Whether the article itself names it, and not its byline or its page's furniture alone. What
    /// is not named is not found by its name and not counted.
    pub fn is_named(&self) -> bool {
        self.salience > 0.0
    }

    /// Whether the article is about it.
    pub fn is_main(&self) -> bool {
        self.salience >= MAIN_SALIENCE
    }

    /// All its forms in the article, the one to show first.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// The kind of names under a label of a model: `person`, `place`, `org` and `misc` for those of
/// CoNLL-2003 (PER, LOC, ORG, MISC), and the label in lower case for others, so that DATE of another
/// label set is `other_date`, since `date` is when the article was published.
pub fn kind(label: &str) -> String {
    /// Fields that are something else.
    const TAKEN: [&str; 11] =
        ["about", "date", "embedding", "entities", "id", "name", "source", "text", "title", "topic", "topic_code"];
    match label {
        "PER" => return "person".to_owned(),
        "LOC" => return "place".to_owned(),
        _ => {}
    }
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let kind: String = label.chars().map(letter).collect();
    let is_a_word = kind.starts_with(|c: char| c.is_ascii_lowercase());
    if is_a_word && !TAKEN.contains(&kind.as_str()) { kind } else { format!("other_{kind}") }
}

/// Tells records of one run apart that have one key: the second is `key~2`.
#[derive(Debug, Default)]
pub struct Keys {
    /// How often each key was met, by a digest of it: sixteen bytes a record.
    met: HashMap<u64, u32>,
    /// Records that got another key than their own.
    pub n_repeated: u64,
}

impl Keys {
    /// The key for the next record, whose own is `key`.
    pub fn unique(&mut self, key: String) -> String {
        let count = self.met.entry(digest(&key)).or_default();
        *count += 1;
        if *count == 1 {
            return key;
        }
        self.n_repeated += 1;
        let mut number = *count;
        loop {
            let other = format!("{key}~{number}");
            // An article of its own may be called so.
            if let Vacant(place) = self.met.entry(digest(&other)) {
                place.insert(1);
                return other;
            }
            number += 1;
        }
    }
}

fn digest(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The string in a field, or the digits of the number there; none if it is empty or holds something
/// else.
fn scalar(field: &RecordField<'_>) -> Option<String> {
    let json = field.json.get();
    let is_number = json.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let text = if is_number { json.to_owned() } else { field.text()?.into_owned() };
    (!text.is_empty()).then_some(text)
}

fn derived_key(record: &Record<'_>, source: &str, number: u64) -> String {
    let mut sha256 = Sha256::new();
    sha256.update(record.input_object());
    sha256.update([0]);
    sha256.update(source);
    sha256.update([0]);
    sha256.update(number.to_string());
    hex(&sha256.finalize()[..16])
}

/// The fields that were tagged: those that are named, or else the first headline, the first body,
/// and every field that a name was found in.
fn texts(record: &Record<'_>, named: &[String]) -> Vec<Text> {
    /// As `dateline tag` looks for them.
    const BODIES: [&str; 3] = ["text", "body", "content"];
    let has = |name: &str| record.fields().iter().any(|field| field.name == name && field.text().is_some());
    let mut wanted: Vec<&str> = if named.is_empty() {
        let first = |names: &[&'static str]| names.iter().copied().find(|name| has(name));
        first(&Field::HEADLINES).into_iter().chain(first(&BODIES)).collect()
    } else {
        named.iter().map(String::as_str).collect()
    };
    wanted.extend(record.mentions.iter().map(|mention| &*mention.field));
    let text = |field: &str| {
        let text = record.text(field)?;
        let is_title = Field::HEADLINES.contains(&field);
        (!text.is_empty()).then(|| Text { field: field.to_owned(), text: text.into_owned(), is_title })
    };
    once(wanted).into_iter().filter_map(text).collect()
}

fn names(record: &Record<'_>, aliases: &Aliases) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    // Where each name that the list of aliases gives stands.
    let mut joined: HashMap<(String, String), usize> = HashMap::new();
    for entity in &record.entities {
        let kind = kind(&entity.label);
        let canonical = aliases.canonical(&kind, &entity.name).map(str::to_owned);
        let forms = std::iter::once(&entity.name).chain(&entity.aliases).map(|form| form.to_string());
        let known = canonical.as_ref().and_then(|name| joined.get(&(kind.clone(), name.clone())));
        if let Some(name) = known.and_then(|&at| names.get_mut(at)) {
            name.salience = (name.salience + entity.salience).min(1.0);
            name.mentions.extend(&entity.mentions);
            name.mentions.sort_unstable();
            for form in forms {
                if name.forms().all(|other| other != form) {
                    name.aliases.push(form);
                }
            }
            continue;
        }
        let shown = canonical.clone().unwrap_or_else(|| entity.name.to_string());
        if let Some(name) = canonical {
            joined.insert((kind.clone(), name), names.len());
        }
        names.push(Name {
            aliases: forms.filter(|form| *form != shown).collect(),
            kind,
            label: entity.label.to_string(),
            name: shown,
            salience: entity.salience,
            mentions: entity.mentions.clone(),
        });
    }
    names
}

impl Topic {
    fn of(topic: &dateline::record::RecordTopic<'_>) -> Self {
        let broader = broader(&topic.code);
        let broader = broader.into_iter().map(|code| (top_label(&code).map(str::to_owned), code));
        Self {
            code: topic.code.to_string(),
            label: topic.label.to_string(),
            score: topic.score,
            broader: broader.map(|(label, code)| (code, label)).collect(),
        }
    }
}

/// The codes above `code`, the nearest first, as far as the code itself says: IPTC's subject codes
/// have two digits for the subject, three for the matter and three for the detail. Media Topics
/// below the seventeen top ones (`medtop:20000123`) do not say where they belong.
fn broader(code: &str) -> Vec<String> {
    let (scheme, digits) = code.rsplit_once(':').map_or(("", code), |(scheme, digits)| (scheme, digits));
    let is_subject = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()) && digits < "20";
    if !is_subject {
        return Vec::new();
    }
    let with_scheme = |digits: String| if scheme.is_empty() { digits } else { format!("{scheme}:{digits}") };
    let above = [format!("{}000", &digits[..5]), format!("{}000000", &digits[..2])];
    let above = above.into_iter().filter(|above| above != digits).map(with_scheme);
    let mut above: Vec<String> = above.collect();
    above.dedup();
    above
}

/// What a top Media Topic is called.
fn top_label(code: &str) -> Option<&'static str> {
    const LABELS: [(&str, &str); 17] = [
        ("01000000", "arts, culture, entertainment and media"),
        ("02000000", "crime, law and justice"),
        ("03000000", "disaster, accident and emergency incident"),
        ("04000000", "economy, business and finance"),
        ("05000000", "education"),
        ("06000000", "environment"),
        ("07000000", "health"),
        ("08000000", "human interest"),
        ("09000000", "labour"),
        ("10000000", "lifestyle and leisure"),
        ("11000000", "politics"),
        ("12000000", "religion"),
        ("13000000", "science and technology"),
        ("14000000", "society"),
        ("15000000", "sport"),
        ("16000000", "conflict, war and peace"),
        ("17000000", "weather"),
    ];
    let digits = code.rsplit_once(':').map_or(code, |(_, digits)| digits);
    LABELS.iter().find(|(other, _)| *other == digits).map(|&(_, label)| label)
}

/// Each of `all` once, where it stands first.
fn once(all: Vec<&str>) -> Vec<&str> {
    let mut seen: Vec<&str> = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of an article with these keys and these entities, each named once.
    fn entry(article: &str, entities: &[(&str, &str, f64)], options: &Options) -> Entry {
        let mention = |(i, (label, name, _)): (usize, &(&str, &str, f64))| {
            format!(
                r#"{{"start":0,"end":1,"label":"{label}","text":"{name}","score":1,"field":"text","zone":"body","sentence":0,"entity":{i}}}"#
            )
        };
        let entity = |(i, (label, name, salience)): (usize, &(&str, &str, f64))| {
            format!(
                r#"{{"id":{i},"label":"{label}","name":"{name}","aliases":[],"mentions":[{i}],"salience":{salience}}}"#
            )
        };
        let mentions: Vec<String> = entities.iter().enumerate().map(mention).collect();
        let entities: Vec<String> = entities.iter().enumerate().map(entity).collect();
        let line = format!(
            r#"{{{article},"mentions":[{}],"entities":[{}],"topics":[],"coverage":{{"chars":1,"read":1,"windows":1}},
               "warnings":[],"tagger":{{"version":"1","model":"m","recipe":"r"}}}}"#,
            mentions.join(","),
            entities.join(",")
        );
        Entry::of(&Record::parse(&line, None).expect("it is a record"), 7, options)
    }

    #[test]
    fn keys_are_ids_or_digests() {
        let key = |article: &str, id: Option<&str>| {
            entry(article, &[], &Options { id: id.map(str::to_owned), ..Options::default() }).key
        };
        assert_eq!(key(r#""id":"a""#, None), "a");
        assert_eq!(key(r#""id":17.50"#, None), "17.50");
        assert_eq!(key(r#""id":"a","url":"u""#, Some("url")), "u");
        let derived = key(r#""text":"x""#, None);
        assert!(derived.len() == 32 && derived.bytes().all(|byte| byte.is_ascii_hexdigit()), "{derived}");
        assert_ne!(derived, key(r#""text":"y""#, None));
        assert_ne!(derived, key(r#""text":"x","source":"s""#, None));
        assert_eq!(key(r#""id":"""#, None).len(), 32);
    }

    #[test]
    fn records_with_one_key_are_told_apart() {
        let mut keys = Keys::default();
        let met = ["a", "b", "a", "a~2", "a", "b~2", "b"].map(|key| keys.unique(key.to_owned()));
        assert_eq!(met, ["a", "b", "a~2", "a~2~2", "a~3", "b~2", "b~3"]);
        assert_eq!(keys.n_repeated, 4);
    }

    #[test]
    fn text_is_what_was_tagged() {
        let fields = |article: &str, named: &[&str]| {
            let fields = named.iter().map(|&name| name.to_owned()).collect();
            let entry = entry(article, &[("PER", "Zoë", 1.0)], &Options { fields, ..Options::default() });
            let fields: Vec<String> = entry.texts.iter().map(|text| text.field.clone()).collect();
            (fields.join(" "), entry.heading().to_owned(), entry.text())
        };
        let is = |fields: &str, heading: &str, text: &str| (fields.to_owned(), heading.to_owned(), text.to_owned());
        assert_eq!(fields(r#""headline":"H","body":"B","text":"T""#, &[]), is("headline text", "H", "T"));
        assert_eq!(fields(r#""title":"","text":"\n One \nTwo""#, &[]), is("text", "One", "\n One \nTwo"));
        assert_eq!(fields(r#""lead":"L","text":"T""#, &["lead"]), is("lead text", "L", "L\n\nT"));
    }

    #[test]
    fn a_list_of_aliases_joins_entities() {
        let dir = tempfile::tempdir().expect("a directory for temporary files");
        let path = dir.path().join("list.tsv");
        std::fs::write(&path, "place\tUnited States\tUS\n").expect("the directory is ours");
        let options = Options { aliases: Aliases::open(&path).expect("it is well-formed"), ..Options::default() };
        let entities = [("LOC", "US", 0.2), ("LOC", "Oslo", 0.0), ("LOC", "United States", 0.3), ("ORG", "US", 0.1)];
        let names = entry(r#""text":"x""#, &entities, &options).names;
        let shown: Vec<String> = names
            .iter()
            .map(|name| {
                format!("{} {} {:?} {:.1} {:?}", name.kind, name.name, name.aliases, name.salience, name.mentions)
            })
            .collect();
        assert_eq!(
            shown,
            [r#"place United States ["US"] 0.5 [0, 2]"#, r#"place Oslo [] 0.0 [1]"#, r#"org US [] 0.1 [3]"#]
        );
        assert_eq!(names.iter().map(|name| (name.is_named(), name.is_main())).nth(1), Some((false, false)));
    }

    #[test]
    fn kinds_and_codes() {
        let kinds = ["PER", "LOC", "ORG", "MISC", "PERSON", "GPE", "DATE", "work of art", "1"].map(kind);
        assert_eq!(kinds, ["person", "place", "org", "misc", "person", "gpe", "other_date", "work_of_art", "other_1"]);
        assert_eq!(broader("subj:11006001"), ["subj:11006000", "subj:11000000"]);
        assert_eq!(broader("11006000"), ["11000000"]);
        for top in ["medtop:11000000", "medtop:20000123", "politics", "", "subj:1100600x"] {
            assert!(broader(top).is_empty(), "{top}");
        }
    }
}
