//! Which file of a crate takes names from which other file, read off its source.
//!
//! Paths are those of `use` trees and of expressions. A name that a module only passes on (`pub use
//! gold::Gold`) comes from the file that has it; test modules do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A path of names: `["crate", "eval", "Gold"]`.
type Names = Vec<String>;

/// A file, by its path below the crate's folder of sources.
#[derive(Default)]
struct Module {
    file: PathBuf,
    /// Paths in `pub use`, which pass on what others have, by the name it goes by here.
    passed_on: BTreeMap<String, Names>,
    /// All other paths.
    used: BTreeSet<Names>,
}

/// From each file of the crate in `src` to the files that it takes names from.
pub fn imports(src: &Path) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let mut modules: BTreeMap<Names, Module> = BTreeMap::new();
    let mut todo = vec![src.to_owned()];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(fs::read_dir(&path).expect("it can be read").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let file = path.strip_prefix(src).expect("it is below").to_owned();
            let mut name: Names = vec!["crate".to_owned()];
            name.extend(file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()));
            if name.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
                name.pop();
            }
            if !name.contains(&"tests".to_owned()) {
                let module = module(&fs::read_to_string(&path).expect("a source file is text"), &name, file);
                modules.insert(name, module);
            }
        }
    }
    let of = |module: &Module| {
        let files = module.used.iter().filter_map(|path| file_of(path, &modules, 0));
        files.filter(|file| *file != module.file).collect()
    };
    modules.values().map(|module| (module.file.clone(), of(module))).collect()
}

/// The file that `path` leads to.
fn file_of(path: &Names, modules: &BTreeMap<Names, Module>, depth: usize) -> Option<PathBuf> {
    let n = (1..=path.len()).rev().find(|&n| modules.contains_key(&path[..n]))?;
    let module = &modules[&path[..n]];
    match path.get(n).and_then(|name| module.passed_on.get(name)) {
        Some(origin) if depth < 8 => file_of(origin, modules, depth + 1),
        // The root names rooms and has no names of its own.
        _ if n == 1 => None,
        _ => Some(module.file.clone()),
    }
}

fn module(code: &str, name: &Names, file: PathBuf) -> Module {
    let code = without_tests(&without_comments(code));
    let mut module = Module { file, ..Module::default() };
    let children: BTreeSet<&str> = code
        .split(';')
        .filter_map(|statement| statement.rsplit_once("mod ").map(|(_, name)| name.trim()))
        .filter(|name| name.chars().all(is_part_of_name))
        .collect();
    let absolute = |path: &[String]| -> Option<Names> {
        match path.first()?.as_str() {
            "crate" => Some(path.to_vec()),
            "self" => Some([name, &path[1..]].concat()),
            "super" => Some([&name[..name.len() - 1], &path[1..]].concat()),
            first if children.contains(first) => Some([name, path].concat()),
            _ => None,
        }
    };
    let mut rest = String::new();
    for statement in code.split_inclusive(';') {
        let trimmed = statement.trim_start_matches(|c: char| c.is_whitespace() || c == '}');
        // Attributes may stand before it.
        let at = trimmed.find("use ").filter(|&at| {
            let before = trimmed[..at].trim();
            before.is_empty() || before.ends_with(']') || before.ends_with("pub") || before.ends_with(')')
        });
        let Some(at) = at else {
            rest.push_str(statement);
            continue;
        };
        let is_public = trimmed[..at].contains("pub");
        for (path, alias) in leaves(trimmed[at + 4..].trim_end_matches(';')) {
            let Some(path) = absolute(&path) else { continue };
            if is_public {
                module.passed_on.insert(alias, path);
            } else {
                module.used.insert(path);
            }
        }
    }
    for path in paths(&rest) {
        module.used.extend(absolute(&path));
    }
    module
}

/// The paths of a `use` tree, each with the name that it gives.
fn leaves(tree: &str) -> Vec<(Names, String)> {
    let tree = tree.trim();
    let Some((prefix, inner)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut names: Names = path.split("::").map(|name| name.trim().to_owned()).collect();
        if names.last().is_some_and(|last| last == "self") {
            names.pop();
        }
        let alias = if alias.is_empty() { names.last().cloned().unwrap_or_default() } else { alias.trim().to_owned() };
        return vec![(names, alias)];
    };
    let prefix: Names = prefix.split("::").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    let inner = inner.trim_end().trim_end_matches('}');
    let mut depth = 0;
    let branches = inner.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let branches = branches.filter(|branch| !branch.trim().is_empty());
    branches.flat_map(leaves).map(|(path, alias)| ([prefix.clone(), path].concat(), alias)).collect()
}

/// Every `a::b` in expressions and types.
fn paths(code: &str) -> Vec<Names> {
    let mut paths = Vec::new();
    let mut at = 0;
    while let Some(found) = code[at..].find("::") {
        let start = code[..at + found].rfind(|c| !is_part_of_name(c)).map_or(0, |before| before + 1);
        let mut end = at + found;
        let mut names = vec![code[start..end].to_owned()];
        while let Some(after) = code[end..].strip_prefix("::") {
            let name: String = after.chars().take_while(|c| is_part_of_name(*c)).collect();
            end += 2 + name.len();
            if name.is_empty() {
                break;
            }
            names.push(name);
        }
        paths.push(names);
        at = end;
    }
    paths
}

fn is_part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Also without what stands in string literals on one line, where braces and semicolons mean
/// nothing.
fn without_comments(code: &str) -> String {
    let line = |line: &str| -> String {
        let mut kept = String::new();
        let mut in_string = false;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if in_string => _ = chars.next(),
                '"' => in_string = !in_string,
                '/' if !in_string && chars.peek() == Some(&'/') => break,
                '\'' if !in_string && matches!(chars.peek(), Some('{' | '}' | ';' | '"' | '\\')) => {
                    // A character literal: up to the quote that ends it.
                    let escaped = chars.next() == Some('\\');
                    if escaped {
                        chars.next();
                    }
                    chars.next_if_eq(&'\'');
                }
                c if !in_string => kept.push(c),
                _ => {}
            }
        }
        kept
    };
    code.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Without modules that are compiled for tests alone.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = &rest[at + "#[cfg(test)]".len()..];
        let Some(end) = rest.find([';', '{']) else { break };
        let mut depth = 0;
        let close = rest[end..].find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0
        });
        rest = &rest[end + close.unwrap_or(0) + 1..];
    }
    kept + rest
}
