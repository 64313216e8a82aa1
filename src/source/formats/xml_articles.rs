//! The article in an element of a feed or of an agency's XML.
//!
//! RSS and Atom, NITF, NewsML 1.2 and NewsML-G2: which it is says the name of the element. Codes of
//! subjects stay as they are written.

use serde_json::{Value, json};

use crate::document::{FailureCode, Zone};
use crate::page::{Metadata, Placed, names, unescaped};
use crate::source::formats::blocks::Blocks;
use crate::source::formats::dates::iso;
use crate::source::formats::made::Made;
use crate::source::formats::xml_tree::{Element, Tree};
use crate::source::refusal::Refusal;

/// What a file says of all of its articles.
#[derive(Clone, Default)]
pub struct OfAll {
    /// The language that they are in.
    pub language: Option<String>,
    /// The name of the feed.
    pub site: Option<String>,
}

/// The article in `text`, which is one element. Of several texts in a NewsML item it is number
/// `part`.
pub fn read(text: &str, part: usize, of_all: &OfAll) -> Result<Made, Refusal> {
    let tree = Tree::read(text)?;
    let root = tree.root();
    let mut made = match root.local() {
        "item" => rss(&tree, root),
        "entry" => atom(&tree, root, text),
        "nitf" => nitf(&tree, root, text),
        "newsItem" => newsml_g2(&tree, root, text),
        "NewsItem" => newsml(&tree, root, text, part),
        other => {
            let message = format!("the element is {other}: expected item, entry, nitf, newsItem or NewsItem");
            return Err(Refusal::new(FailureCode::InvalidXml, 0, message));
        }
    };
    made.language = made.language.or_else(|| of_all.language.clone());
    made.metadata.site = made.metadata.site.or_else(|| of_all.site.clone());
    if made.title.text.is_empty() && made.text.text.is_empty() {
        let message = "no headline and no text in it: pictures and links elsewhere are not read";
        return Err(Refusal::new(FailureCode::MissingText, 0, message));
    }
    Ok(made)
}

fn made(title: Option<&str>, blocks: Blocks) -> Made {
    let title = Placed { text: title.map(unescaped).unwrap_or_default(), ..Placed::default() };
    Made { title, text: blocks.text, claims: blocks.claims, ..Made::default() }
}

fn topic(code: &str, label: Option<&str>) -> Value {
    match label {
        Some(label) => json!({"code": code, "label": label}),
        None => json!({"code": code}),
    }
}

fn rss(tree: &Tree, item: &Element) -> Made {
    let mut blocks = Blocks::default();
    let body = ["content:encoded", "content", "description"].iter().find_map(|&name| tree.text(item, name));
    blocks.push_perhaps_markup(body.unwrap_or_default());
    let authors = tree.all(item, "dc:creator").chain(tree.children(item, "author"));
    let byline = authors.map(|author| {
        // `okko@lantern.example (Okko Bremerlein)`
        let text = author.text.trim();
        text.split_once('(').map_or(text, |(_, name)| name.trim_end_matches(')')).trim().to_owned()
    });
    let date = |name: &'static str| tree.text(item, name).and_then(iso);
    let url = tree.text(item, "link").map(str::to_owned);
    let metadata = Metadata {
        byline: byline.filter(|name| !name.is_empty() && !name.contains('@')).collect(),
        published: date("pubDate").or_else(|| date("dc:date")),
        modified: date("dc:modified"),
        url: url.clone(),
        ..Metadata::default()
    };
    let id =
        tree.text(item, "guid").map(str::to_owned).or_else(|| item.attribute("rdf:about").map(str::to_owned)).or(url);
    let topics = tree.children(item, "category").chain(tree.all(item, "dc:subject"));
    Made {
        id: id.unwrap_or_default(),
        metadata,
        topics_given: topics.map(|category| topic(category.text.trim(), None)).collect(),
        ..made(tree.children(item, "title").next().map(|title| title.text.trim()), blocks)
    }
}

fn atom(tree: &Tree, entry: &Element, text: &str) -> Made {
    let mut blocks = Blocks::default();
    if let Some(content) = tree.children(entry, "content").chain(tree.children(entry, "summary")).next() {
        match content.attribute("type") {
            Some("xhtml") => blocks.push_markup(&text[content.inner.clone()]),
            Some("html") => blocks.push_markup(&content.text),
            _ => blocks.push_perhaps_markup(&content.text),
        }
    }
    let date = |name: &'static str| tree.text(entry, name).and_then(iso);
    let links =
        || tree.children(entry, "link").filter(|link| matches!(link.attribute("rel"), None | Some("alternate")));
    let authors = tree.children(entry, "author").filter_map(|author| tree.text(author, "name"));
    let topics = tree
        .children(entry, "category")
        .filter_map(|category| Some(topic(category.attribute("term")?, category.attribute("label"))));
    let metadata = Metadata {
        byline: authors.map(str::to_owned).collect(),
        published: date("published"),
        modified: date("updated"),
        url: links().find_map(|link| link.attribute("href")).map(str::to_owned),
        ..Metadata::default()
    };
    Made {
        id: tree.children(entry, "id").next().map(|id| id.text.trim().to_owned()).unwrap_or_default(),
        metadata,
        language: entry.attribute("xml:lang").map(str::to_owned),
        topics_given: topics.collect(),
        ..made(tree.children(entry, "title").next().map(|title| title.text.trim()), blocks)
    }
}

/// The parts of an NITF document, which may stand inside of something else.
fn nitf_blocks(tree: &Tree, nitf: &Element, text: &str, blocks: &mut Blocks) {
    for deck in tree.first(nitf, "hedline").into_iter().flat_map(|hedline| tree.all(hedline, "hl2")) {
        blocks.push(Zone::Headline, &deck.text);
    }
    for byline in tree.first(nitf, "body.head").into_iter().flat_map(|head| tree.children(head, "byline")) {
        blocks.push(Zone::Byline, &byline_text(tree, byline));
    }
    for dateline in tree.first(nitf, "body.head").into_iter().flat_map(|head| tree.children(head, "dateline")) {
        blocks.push(Zone::Dateline, &dateline_text(tree, dateline));
    }
    if let Some(content) = tree.first(nitf, "body.content") {
        blocks.push_markup(&text[content.inner.clone()]);
    }
    for tagline in tree.first(nitf, "body.end").into_iter().flat_map(|end| tree.all(end, "tagline")) {
        blocks.push(Zone::Boilerplate, &one_line(&tagline.text));
    }
}

/// `By Jane Doe, staff writer`: the person, and what they are.
fn byline_text(tree: &Tree, byline: &Element) -> String {
    match tree.text(byline, "byttl") {
        Some(title) => {
            let all = one_line(&byline.text);
            let names = all.strip_suffix(title).map_or(all.as_str(), str::trim_end);
            format!("{names}, {title}")
        }
        None => one_line(&byline.text),
    }
}

fn dateline_text(tree: &Tree, dateline: &Element) -> String {
    tree.text(dateline, "location").map_or_else(|| one_line(&dateline.text), str::to_owned)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn nitf_people(tree: &Tree, nitf: &Element) -> Vec<String> {
    let bylines = tree.first(nitf, "body.head").into_iter().flat_map(|head| tree.children(head, "byline"));
    bylines
        .flat_map(|byline| {
            let people: Vec<String> = tree.all(byline, "person").map(|person| one_line(&person.text)).collect();
            if people.is_empty() { names(&one_line(&byline.text)) } else { people }
        })
        .collect()
}

fn nitf_topics(tree: &Tree, nitf: &Element) -> Vec<Value> {
    let topics = tree.all(nitf, "tobject.subject").filter_map(|subject| {
        let label = ["tobject.subject.detail", "tobject.subject.matter", "tobject.subject.type"];
        Some(topic(subject.attribute("tobject.subject.refnum")?, label.iter().find_map(|name| subject.attribute(name))))
    });
    topics.collect()
}

fn nitf(tree: &Tree, nitf: &Element, text: &str) -> Made {
    let mut blocks = Blocks::default();
    nitf_blocks(tree, nitf, text, &mut blocks);
    let date = |name: &'static str| tree.first(nitf, name).and_then(|date| date.attribute("norm")).and_then(iso);
    let metadata = Metadata {
        byline: nitf_people(tree, nitf),
        published: date("date.issue").or_else(|| date("story.date")),
        modified: date("date.release"),
        ..Metadata::default()
    };
    let id = tree.first(nitf, "doc-id").and_then(|id| id.attribute("id-string"));
    Made {
        id: id.unwrap_or_default().to_owned(),
        metadata,
        language: nitf.attribute("xml:lang").map(str::to_owned),
        topics_given: nitf_topics(tree, nitf),
        ..made(tree.text(nitf, "hl1").or_else(|| tree.text(nitf, "title")), blocks)
    }
}

fn newsml_g2(tree: &Tree, item: &Element, text: &str) -> Made {
    let mut blocks = Blocks::default();
    let about = tree.children(item, "contentMeta").next().unwrap_or(item);
    let set = tree.children(item, "contentSet").next();
    let nitf = set.and_then(|set| tree.first(set, "nitf"));
    let by = tree.children(about, "by").next().map(|by| one_line(&by.text));
    let mut topics: Vec<Value> = tree
        .children(about, "subject")
        .filter_map(|subject| {
            let code = subject
                .attribute("qcode")
                .or_else(|| subject.attribute("uri"))
                .or_else(|| subject.attribute("literal"))?;
            Some(topic(code, tree.text(subject, "name")))
        })
        .collect();
    match (nitf, set) {
        (Some(nitf), _) => {
            nitf_blocks(tree, nitf, text, &mut blocks);
            topics.extend(nitf_topics(tree, nitf));
        }
        (None, Some(set)) => {
            blocks.push(Zone::Byline, by.as_deref().unwrap_or_default());
            blocks.push(
                Zone::Dateline,
                tree.children(about, "dateline").next().map_or("", |dateline| dateline.text.as_str()),
            );
            if let Some(xml) = tree.children(set, "inlineXML").next() {
                let body = tree.first(xml, "body").unwrap_or(xml);
                blocks.push_markup(&text[body.inner.clone()]);
            } else if let Some(data) = tree.children(set, "inlineData").next() {
                blocks.push_perhaps_markup(&data.text);
            }
        }
        (None, None) => {}
    }
    let mut byline = by.map(|by| names(&by)).unwrap_or_default();
    if byline.is_empty() {
        byline = tree
            .children(about, "creator")
            .filter_map(|creator| tree.text(creator, "name"))
            .map(str::to_owned)
            .collect();
    }
    let date = |name: &'static str| tree.text(item, name).and_then(iso);
    let metadata = Metadata {
        byline,
        published: date("contentCreated").or_else(|| date("firstCreated")).or_else(|| date("versionCreated")),
        modified: date("versionCreated"),
        ..Metadata::default()
    };
    let language = tree.children(about, "language").next().and_then(|language| language.attribute("tag"));
    Made {
        id: item.attribute("guid").unwrap_or_default().to_owned(),
        metadata,
        language: language.or_else(|| item.attribute("xml:lang")).map(str::to_owned),
        topics_given: topics,
        ..made(tree.children(about, "headline").next().map(|headline| headline.text.trim()), blocks)
    }
}

/// The `part`th component with a text in it.
fn newsml(tree: &Tree, item: &Element, text: &str, part: usize) -> Made {
    let is_innermost = |component: &&Element| {
        tree.first(component, "NewsComponent").is_none() && tree.first(component, "DataContent").is_some()
    };
    let component = tree.all(item, "NewsComponent").filter(is_innermost).nth(part);
    let about = component.unwrap_or(item);
    let mut blocks = Blocks::default();
    let lines = tree.first(about, "NewsLines").or_else(|| tree.first(item, "NewsLines"));
    let line = |name: &'static str| lines.and_then(|lines| tree.text(lines, name));
    let by = line("ByLine").map(one_line);
    let content = tree.first(about, "DataContent");
    if let Some(nitf) = content.and_then(|content| tree.first(content, "nitf")) {
        nitf_blocks(tree, nitf, text, &mut blocks);
    } else if let Some(content) = content {
        blocks.push(Zone::Byline, by.as_deref().unwrap_or_default());
        blocks.push(Zone::Dateline, line("DateLine").unwrap_or_default());
        match tree.first(content, "body") {
            Some(body) => blocks.push_markup(&text[body.inner.clone()]),
            None if content.inner.len() > content.text.len() && text[content.inner.clone()].contains("<p") => {
                blocks.push_markup(&text[content.inner.clone()]);
            }
            None => blocks.push_perhaps_markup(&content.text),
        }
    }
    blocks.push(Zone::Boilerplate, line("CopyrightLine").unwrap_or_default());
    let date = |name: &'static str| tree.text(item, name).and_then(iso);
    let subjects = tree.all(about, "SubjectCode").flat_map(|subject| {
        // The most exact of a code's parts.
        ["SubjectDetail", "SubjectMatter", "Subject"]
            .iter()
            .find_map(|&name| tree.first(subject, name))
            .and_then(|code| code.attribute("FormalName"))
    });
    let topics: Vec<Value> = subjects.map(|code| topic(code, None)).collect();
    let language = tree.first(about, "Language").and_then(|language| language.attribute("FormalName"));
    let by_names = by.as_deref().map(|by| {
        let found = names(by);
        if found.is_empty() { vec![by.to_owned()] } else { found }
    });
    let metadata = Metadata {
        byline: by_names.unwrap_or_default(),
        published: date("FirstCreated").or_else(|| date("ThisRevisionCreated")),
        modified: date("ThisRevisionCreated"),
        ..Metadata::default()
    };
    Made {
        id: tree.text(item, "PublicIdentifier").unwrap_or_default().to_owned(),
        metadata,
        language: language.or_else(|| about.attribute("xml:lang")).map(str::to_owned),
        topics_given: topics,
        ..made(line("HeadLine"), blocks)
    }
}
