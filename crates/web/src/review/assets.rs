//! The files of the page, inside the program.
//!
//! Each is served under a name with a digest of its bytes, so that a browser may keep it for ever. A
//! module names those that it imports; they stand before it in the list, and their names are put in
//! before it is digested itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dateline::internals::digest::hex;
use sha2::{Digest, Sha256};

use crate::http::Reply;

/// A file by its name in `page/`, those that it imports before it.
const FILES: [(&str, &str); 18] = [
    ("style.css", include_str!("../../page/style.css")),
    ("icon.svg", include_str!("../../page/icon.svg")),
    ("land.js", include_str!("../../page/land.js")),
    ("dom.js", include_str!("../../page/dom.js")),
    ("net.js", include_str!("../../page/net.js")),
    ("keys.js", include_str!("../../page/keys.js")),
    ("map.js", include_str!("../../page/map.js")),
    ("charts.js", include_str!("../../page/charts.js")),
    ("article.js", include_str!("../../page/article.js")),
    ("overview.js", include_str!("../../page/overview.js")),
    ("decide.js", include_str!("../../page/decide.js")),
    ("rules.js", include_str!("../../page/rules.js")),
    ("queue.js", include_str!("../../page/queue.js")),
    ("names.js", include_str!("../../page/names.js")),
    ("articles.js", include_str!("../../page/articles.js")),
    ("quality.js", include_str!("../../page/quality.js")),
    ("export.js", include_str!("../../page/export.js")),
    ("app.js", include_str!("../../page/app.js")),
];
const INDEX: &str = include_str!("../../page/index.html");

/// The page, ready to be served.
#[derive(Debug)]
pub struct Assets {
    index: String,
    files: BTreeMap<String, (&'static str, String)>,
}

impl Assets {
    /// Those in the program.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Assets> = OnceLock::new();
        BUILT_IN.get_or_init(|| {
            Self::of(
                |name| FILES.iter().find(|(other, _)| *other == name).map(|(_, text)| (*text).to_owned()),
                INDEX.to_owned(),
            )
        })
    }

    /// What the overview needs by itself: files by their own names.
    pub fn still_modules() -> Vec<(&'static str, &'static str)> {
        let needed = ["land.js", "dom.js", "net.js", "keys.js", "map.js", "charts.js", "overview.js"];
        FILES.into_iter().filter(|(name, _)| needed.contains(name)).collect()
    }

    /// The style sheet.
    pub fn style() -> &'static str {
        include_str!("../../page/style.css")
    }

    /// Those in a directory, to work on them.
    pub fn in_directory(dir: &Path) -> Self {
        let read = |name: &str| std::fs::read_to_string(dir.join(name)).ok();
        Self::of(read, read("index.html").unwrap_or_default())
    }

    fn of(text: impl Fn(&str) -> Option<String>, index: String) -> Self {
        let (mut named, mut files, mut index): (Vec<(&str, String)>, _, _) = (Vec::new(), BTreeMap::new(), index);
        for (name, _) in FILES {
            let mut text = text(name).unwrap_or_default();
            for (other, served) in &named {
                text = text.replace(&format!("\"./{other}\""), &format!("\"./{served}\""));
            }
            let digest = hex(&Sha256::digest(&text)[..4]);
            let (stem, kind) = name.split_once('.').unwrap_or((name, ""));
            let served = format!("{stem}.{digest}.{kind}");
            index = index.replace(&format!("\"assets/{name}\""), &format!("\"assets/{served}\""));
            named.push((name, served.clone()));
            let content_type = match kind {
                "css" => "text/css; charset=utf-8",
                "svg" => "image/svg+xml",
                _ => "text/javascript; charset=utf-8",
            };
            files.insert(served, (content_type, text));
        }
        Self { index, files }
    }

    /// The page itself.
    pub fn index(&self) -> Reply {
        Reply::whole("text/html; charset=utf-8", self.index.clone().into_bytes())
    }

    /// The file that is served as `name`.
    pub fn file(&self, name: &str) -> Reply {
        match self.files.get(name) {
            Some((content_type, text)) => {
                Reply { immutable: true, ..Reply::whole(content_type, text.clone().into_bytes()) }
            }
            None => Reply::not_found(),
        }
    }
}

/// Where the page comes from.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// The program.
    #[default]
    BuiltIn,
    /// A directory, read anew for every request.
    Directory(PathBuf),
}

impl Source {
    /// The answer to a request for `path`; none if it is not about the page.
    pub fn answer(&self, path: &str) -> Option<Reply> {
        let read;
        let assets = match self {
            Self::BuiltIn => Assets::built_in(),
            Self::Directory(dir) => {
                read = Assets::in_directory(dir);
                &read
            }
        };
        if path == "/" { Some(assets.index()) } else { Some(assets.file(path.strip_prefix("/assets/")?)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_named_by_its_bytes_and_names_others_so() {
        let assets = Assets::built_in();
        for (name, (_, text)) in &assets.files {
            assert!(name.contains(&hex(&Sha256::digest(text)[..4])), "{name}");
            for import in text.lines().filter_map(|line| line.split(" from \"./").nth(1)) {
                let import = import.split('"').next().expect("it ends");
                assert!(assets.files.contains_key(import), "{name} imports {import}, which stands after it in FILES");
            }
        }
        for file in assets.index.split("\"assets/").skip(1) {
            let file = file.split('"').next().expect("it ends");
            assert!(assets.files.contains_key(file), "index.html names {file}");
        }
    }

    /// Text from articles becomes text and nothing else; the policy would stop what these do, and this
    /// says so before a browser does.
    #[test]
    fn no_file_makes_markup_of_text() {
        for (name, text) in FILES.iter().copied().chain([("index.html", INDEX)]) {
            for banned in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                "setTimeout(\"",
                "style=",
                "javascript:",
                "DOMParser",
                "createContextualFragment",
                "srcdoc",
            ] {
                assert!(!text.contains(banned), "{name}: {banned}");
            }
            let handlers = text.match_indices(" on").filter(|(at, _)| {
                let rest = &text[at + 3..];
                let word = rest.chars().take_while(char::is_ascii_lowercase).count();
                word > 2 && rest[word..].starts_with("=\"")
            });
            assert_eq!(handlers.count(), 0, "{name}: a handler in an attribute");
        }
    }

    #[test]
    fn nothing_comes_from_elsewhere() {
        for (name, text) in FILES.iter().copied().chain([("index.html", INDEX)]) {
            for (at, _) in text.match_indices("://") {
                let around = &text[text.floor_char_boundary(at.saturating_sub(8))..text.ceil_char_boundary(at + 24)];
                // Names of namespaces and what links from records are compared with.
                assert!(around.contains("http://www.w3.org/"), "{name}: {around}");
            }
        }
    }
}
