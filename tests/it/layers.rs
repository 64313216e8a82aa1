//! ARCHITECTURE.md says which module imports which; this holds it against the code, and the code against the rule that
//! imports go downward.

use crate::common::checkout;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

type Imports = BTreeMap<String, BTreeSet<String>>;

/// The table under "## Imports": `| module | imports | … |`, in the order of the layers, the lowest first.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let page = fs::read_to_string(checkout("ARCHITECTURE.md")).expect("ARCHITECTURE.md is in the root");
    let section = page.split("## Imports").nth(1).expect("a section Imports").split("\n## ").next().unwrap_or("");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let module = cells[0].trim_matches('`').to_owned();
        let imports = cells[1].split(',').map(|name| name.trim().trim_matches('`').to_owned());
        (module, imports.filter(|name| name != "—").collect())
    })
    .collect()
}

/// `crate::name` outside of comments, by the top-level module of the file it stands in.
fn imports_in_code() -> Imports {
    let mut imports = Imports::new();
    let mut todo = vec![checkout("src")];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(fs::read_dir(&path).expect("src can be read").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let inside = path.strip_prefix(checkout("src")).expect("under src").with_extension("");
        let module = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        let is_test = path.iter().any(|part| part == "tests" || part == "tests.rs");
        if is_test || path.extension().is_none_or(|ending| ending != "rs") || module == "lib" || module == "main" {
            continue;
        }
        let code = fs::read_to_string(&path).expect("a source file is text");
        let of_module = imports.entry(module.clone()).or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for after in line.split("crate::").skip(1) {
                let name: String = after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !name.is_empty() && name != module {
                    of_module.insert(name);
                }
            }
        }
    }
    imports
}

#[test]
fn the_import_table_is_true() {
    let stated: Imports = table().into_iter().collect();
    let actual = imports_in_code();
    let shown = |imports: &Imports| {
        let rows = imports.iter().map(|(module, names)| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("| `{module}` | {} |", if names.is_empty() { "—".to_owned() } else { names.join(", ") })
        });
        rows.collect::<Vec<_>>().join("\n")
    };
    assert!(stated == actual, "ARCHITECTURE.md says\n{}\n\nthe code says\n{}", shown(&stated), shown(&actual));
}

#[test]
fn imports_go_downward() {
    let table = table();
    for (row, (module, imports)) in table.iter().enumerate() {
        for import in imports {
            let at = table.iter().position(|(other, _)| other == import);
            assert!(at.is_some_and(|at| at < row), "{module} imports {import}, which is not below it");
        }
    }
}

#[test]
fn unsafe_code_stays_in_the_kernels() {
    let mut todo = vec![checkout("src")];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(fs::read_dir(&path).expect("src can be read").map(|entry| entry.expect("an entry").path()));
        } else if !path.starts_with(checkout("src/kernels")) {
            let code = fs::read_to_string(&path).expect("a source file is text");
            let unsafe_line = code.lines().find(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.split_whitespace().any(|word| word == "unsafe")
            });
            assert_eq!(unsafe_line, None, "{}", path.display());
        }
    }
}
