//! What a page says of its article in JSON-LD.
//!
//! Scripts may hold one object, a list, or a graph; they may be broken, and they may be about other
//! articles. The one that counts has the page's address or its headline.

use serde_json::Value;

use crate::page::letters::unescaped;
use crate::page::outline::folded;

/// An article as JSON-LD has it; empty where nothing is said.
#[derive(Clone, Default, Debug)]
pub struct Claimed {
    /// `headline`.
    pub headline: String,
    /// Names under `author`.
    pub authors: Vec<String>,
    /// `datePublished`, as it is written.
    pub published: String,
    /// `dateModified`.
    pub modified: String,
    /// `articleSection`.
    pub section: String,
    /// The site, or the publisher.
    pub site: String,
    /// `articleBody`.
    pub body: String,
    /// Whether it says that it must be paid for.
    pub paid: bool,
    /// `url` or `mainEntityOfPage`.
    url: String,
}

/// Objects inside one another that are looked at.
const DEPTH: usize = 32;
/// Articles of one page that are looked at.
const ARTICLES: usize = 200;

/// The article of a page that is at `address` and has one of the `titles`, which are folded; nothing
/// said if no script is about it.
pub fn article(scripts: &[String], address: &str, titles: &[String]) -> Claimed {
    let mut found = Vec::new();
    let mut site = String::new();
    for script in scripts {
        if let Some(value) = parse(script) {
            collect(&value, &mut found, &mut site);
        }
    }
    let is_address = |claimed: &&Claimed| !claimed.url.is_empty() && trimmed(&claimed.url) == trimmed(address);
    let is_titled = |claimed: &&Claimed| {
        let headline = folded(&claimed.headline);
        headline.len() >= 6
            && titles
                .iter()
                .any(|title| title.contains(&headline) || title.len() >= 6 && headline.contains(title.as_str()))
    };
    let chosen = found.iter().find(is_address).or_else(|| found.iter().find(is_titled));
    // One that says neither, where there is no other, is the page's.
    let chosen = chosen.or_else(|| match found.as_slice() {
        [only] if only.headline.is_empty() && only.url.is_empty() || titles.is_empty() => Some(only),
        [only] if !only.published.is_empty() && only.url.is_empty() && shares_words(&only.headline, titles) => {
            Some(only)
        }
        _ => None,
    });
    let mut claimed = chosen.cloned().unwrap_or_default();
    if claimed.site.is_empty() {
        claimed.site = site;
    }
    claimed
}

/// A headline of the same article in other words has some of them.
fn shares_words(headline: &str, titles: &[String]) -> bool {
    let words: Vec<String> = headline.split_whitespace().map(folded).filter(|word| word.len() >= 5).collect();
    let n_shared = words.iter().filter(|word| titles.iter().any(|title| title.contains(word.as_str()))).count();
    n_shared * 2 >= words.len() && n_shared > 0
}

/// An address without what differs between two ways to write it.
fn trimmed(address: &str) -> &str {
    let address = address.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    address.split_once("://").map_or(address, |(_, rest)| rest)
}

/// Reads a script, also where comments are around it or a comma too much is in it.
fn parse(script: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(script) {
        return Some(value);
    }
    let mut text = script.trim();
    for mark in ["<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["] {
        text = text.strip_prefix(mark).unwrap_or(text).trim_start();
    }
    for mark in ["-->", "//]]>", "/*]]>*/", "]]>", "//"] {
        text = text.strip_suffix(mark).unwrap_or(text).trim_end();
    }
    text = text.trim_end_matches(';');
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    serde_json::from_str(&mended(text)).ok()
}

/// `text` without commas before a closing bracket, and with its line ends inside strings escaped.
fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let (mut in_string, mut is_escaped) = (false, false);
    for c in text.chars() {
        if in_string {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            match c {
                '\n' => mended.push_str("\\n"),
                '\r' => {}
                '\t' => mended.push_str("\\t"),
                _ => mended.push(c),
            }
            continue;
        }
        in_string = c == '"';
        if matches!(c, '}' | ']') {
            let end = mended.trim_end().trim_end_matches(',').len();
            mended.truncate(end);
        }
        mended.push(c);
    }
    mended
}

/// Adds the articles in `value` to `found`; a walk with a list of its own, so that no depth is too
/// much.
fn collect(value: &Value, found: &mut Vec<Claimed>, site: &mut String) {
    let mut waiting = vec![(value, 0)];
    while let Some((value, depth)) = waiting.pop() {
        if found.len() == ARTICLES || depth == DEPTH {
            return;
        }
        match value {
            Value::Array(values) => waiting.extend(values.iter().rev().map(|value| (value, depth + 1))),
            Value::Object(object) => {
                let is = |ending: &str| has_type(object.get("@type"), ending);
                if is("Article") || is("BlogPosting") || is("LiveBlogPosting") || is("ReportageNewsArticle") {
                    found.push(read(object));
                } else if is("WebSite") && site.is_empty() {
                    *site = string(object.get("name"));
                }
                for key in ["@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item"] {
                    if let Some(inner @ (Value::Array(_) | Value::Object(_))) = object.get(key) {
                        waiting.push((inner, depth + 1));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether a type, or one of several, ends so: `NewsArticle` is an `Article`.
fn has_type(types: Option<&Value>, ending: &str) -> bool {
    let is = |value: &Value| value.as_str().is_some_and(|name| name.ends_with(ending));
    match types {
        Some(Value::Array(types)) => types.iter().any(is),
        Some(one) => is(one),
        None => false,
    }
}

fn read(object: &serde_json::Map<String, Value>) -> Claimed {
    let get = |key: &str| string(object.get(key));
    let page = object.get("mainEntityOfPage");
    let url = match get("url") {
        url if url.is_empty() => page
            .map(|page| page.get("@id").map_or_else(|| string(Some(page)), |id| string(Some(id))))
            .unwrap_or_default(),
        url => url,
    };
    let publisher = object.get("publisher").and_then(|publisher| publisher.get("name"));
    Claimed {
        headline: unescaped(&get("headline")),
        authors: names(object.get("author").or_else(|| object.get("creator"))),
        published: get("datePublished"),
        modified: get("dateModified"),
        section: unescaped(&get("articleSection")),
        site: unescaped(&string(publisher)),
        body: get("articleBody"),
        paid: match object.get("isAccessibleForFree") {
            Some(Value::Bool(free)) => !free,
            Some(Value::String(free)) => free.eq_ignore_ascii_case("false"),
            _ => false,
        },
        url,
    }
}

/// A string, or the first of several.
fn string(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Array(values)) => string(values.first()),
        _ => String::new(),
    }
}

/// The names of those who wrote it: strings, objects, lists of both.
fn names(value: Option<&Value>) -> Vec<String> {
    let one = |value: &Value| -> String {
        unescaped(&string(if value.is_string() { Some(value) } else { value.get("name") }))
    };
    let names: Vec<String> = match value {
        Some(Value::Array(values)) => values.iter().take(20).map(one).collect(),
        Some(value) => vec![one(value)],
        None => Vec::new(),
    };
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headline(scripts: &[&str], address: &str, title: &str) -> String {
        let scripts: Vec<String> = scripts.iter().map(|&script| script.to_owned()).collect();
        article(&scripts, address, &[folded(title)]).headline
    }

    #[test]
    fn the_script_about_this_page_counts() {
        let graph = r#"{"@graph":[{"@type":"WebSite","name":"Courier"},{"@type":["Thing","NewsArticle"],"headline":"Bridge to close"}]}"#;
        let other = r#"{"@type":"NewsArticle","headline":"Tulips","url":"https://a.example/tulips","datePublished":"2020-01-01"}"#;
        assert_eq!(headline(&[other, graph], "", "Bridge to close for eleven months"), "Bridge to close");
        assert_eq!(headline(&[other, graph], "http://a.example/tulips/?x=1", "Something"), "Tulips");
        assert_eq!(headline(&[other], "", "Doors return to Benin"), "");
    }

    #[test]
    fn broken_scripts_are_mended() {
        let broken = "<!--\n{\"@type\":\"NewsArticle\",\"headline\":\"Museum &amp;amp; city\nagree on doors\",}\n//-->";
        assert_eq!(headline(&[broken], "", "Museum & city agree on doors"), "Museum & city agree on doors");
        assert_eq!(headline(&["{no json"], "", "x"), "");
    }
}
