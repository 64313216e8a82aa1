//! ARCHITECTURE.md says which module imports which; this holds it against the code, and the code
//! against the rules that imports go downward and never in a circle.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Dir, checkout};

use imports::imports;

type Graph = BTreeMap<String, BTreeSet<String>>;

/// The table under "## Imports": `| module | imports | … |`, in the order of the layers, the lowest
/// first.
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

/// What a folder holds, and what in it takes names from what else in it; its own `mod.rs` is called
/// `mod`.
fn within(folder: &Path, files: &BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> Graph {
    let place = |file: &Path| -> Option<String> {
        let inside = file.strip_prefix(folder).ok()?.with_extension("");
        Some(inside.iter().next()?.to_string_lossy().into_owned())
    };
    let mut graph = Graph::new();
    for (file, imports) in files {
        let Some(from) = place(file) else { continue };
        let to = imports.iter().filter_map(|file| place(file)).filter(|to| *to != from);
        graph.entry(from.clone()).or_default().extend(to);
    }
    graph
}

/// Names that lead from one to the next and back to the first; none if there is no such circle.
fn circle(graph: &Graph) -> Option<Vec<String>> {
    fn visit<'g>(at: &'g str, graph: &'g Graph, path: &mut Vec<&'g str>, done: &mut BTreeSet<&'g str>) -> bool {
        if let Some(start) = path.iter().position(|name| *name == at) {
            path.drain(..start);
            return true;
        }
        if !done.insert(at) {
            return false;
        }
        path.push(at);
        if graph.get(at).is_some_and(|next| next.iter().any(|next| visit(next, graph, path, done))) {
            return true;
        }
        path.pop();
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| {
        let mut path = Vec::new();
        visit(start, graph, &mut path, &mut done).then(|| path.into_iter().map(str::to_owned).collect())
    })
}

/// The circles of the crate in `src`, a line each.
fn circles(src: &Path) -> Vec<String> {
    let files = imports(src);
    let folders: BTreeSet<&Path> = files.keys().flat_map(|file| file.ancestors().skip(1)).collect();
    let found = folders.into_iter().filter_map(|folder| {
        let circle = circle(&within(folder, &files))?;
        Some(format!("{}: {}", folder.display(), circle.join(" → ")))
    });
    found.collect()
}

#[test]
fn the_import_table_is_true() {
    let stated: Graph = table().into_iter().collect();
    let mut actual = within(Path::new(""), &imports(&checkout("src")));
    actual.remove("lib");
    let shown = |imports: &Graph| {
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
fn no_files_import_each_other() {
    for src in ["src", "crates/cli/src", "crates/search/src", "crates/web/src"] {
        let circles = circles(&checkout(src));
        assert!(circles.is_empty(), "{src}:\n{}", circles.join("\n"));
    }
}

/// The test above would notice.
#[test]
fn a_circle_that_is_put_in_is_found() {
    let dir = Dir::new();
    dir.write("src/lib.rs", "pub mod room;\n");
    dir.write("src/room/mod.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\npub use c::{C, D as E};\n");
    dir.write("src/room/a.rs", "use crate::room::b::{self, B};\npub struct A(B);\n");
    dir.write("src/room/b.rs", "pub struct B;\n#[cfg(test)]\nmod tests {\n    use crate::room::A;\n}\n");
    dir.write("src/room/c.rs", "pub struct C;\npub struct D;\n// crate::room::A\n");
    let src = dir.path("src");
    assert_eq!(circles(&src), Vec::<String>::new());
    // By a name that the room passes on, by a renamed one, by a path in an expression, through the
    // room itself.
    for (file, code, expected) in [
        ("b", "use crate::room::{A, C};\npub struct B;\n", "room: a → b"),
        ("b", "pub struct B;\nfn b() { let _ = crate::room::a::A; }\n", "room: a → b"),
        ("c", "use super::a;\npub struct C;\nuse super::c::D;\n", ""),
        ("b", "use crate::room::E;\npub struct B;\n", ""),
    ] {
        let before = dir.read(&format!("src/room/{file}.rs"));
        dir.write(&format!("src/room/{file}.rs"), code);
        assert_eq!(circles(&src).join("\n"), expected, "{code}");
        dir.write(&format!("src/room/{file}.rs"), before);
    }
    dir.write("src/room/mod.rs", "mod a;\nmod b;\nmod c;\npub use a::A;\nuse c::C;\npub struct Own(C);\n");
    dir.write("src/room/c.rs", "use crate::room::Own;\npub struct C;\n");
    assert_eq!(circles(&src), ["room: c → mod"]);
}

#[test]
fn unsafe_code_stays_in_the_kernels() {
    let mut todo = vec![checkout("src"), checkout("crates")];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(fs::read_dir(&path).expect("src can be read").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.starts_with(checkout("src/kernels")) {
            let code = fs::read_to_string(&path).expect("a source file is text");
            let unsafe_line = code.lines().find(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.split_whitespace().any(|word| word == "unsafe")
            });
            assert_eq!(unsafe_line, None, "{}", path.display());
        }
    }
}
