//! Every command that a page of this repository shows, and how it is known to do what the page
//! says.
//!
//! A command is a line of a block marked `sh`, or `inline code` that begins with a program and goes
//! on. Each stands in the table below with the way in which it is checked; a command without a row
//! fails the test, and so does a row without a command. What can be run here is run, in the order
//! of the pages, in one directory that looks like the checkout and has a small corpus.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::{Dir, checkout, dateline};

/// The pages, in the order in which someone reads them.
const PAGES: &[&str] = &[
    "README.md",
    "GUIDE.md",
    "data/README.md",
    "models/README.md",
    "models/train/README.md",
    "benches/peers/README.md",
];

/// How a command is known to work.
#[derive(Clone, Copy, Debug)]
enum Check {
    /// It is run here and ends with this code.
    Run(i32),
    /// It has names of files that are nobody's; its command and all its options are the program's.
    Options,
    /// `.ci/run` has this line.
    Ci(&'static str),
    /// The filter and the target of a `cargo test` exist.
    Tests,
    /// It cannot be tried where tests run, because of this.
    NotRun(&'static str),
}

use Check::{Ci, NotRun, Options, Run, Tests};

const COMMANDS: &[(&str, Check)] = &[
    // README.md
    ("cargo run --release -- tag data/samples", Ci("cargo run --release -- tag data/samples >/dev/null")),
    ("cargo install --path crates/cli", Ci("cargo install --locked --path crates/cli --root target/installed")),
    ("dateline inspect data/samples/timor-leste.txt", Run(0)),
    ("cargo test", Ci("tests cargo test")),
    (
        r#"echo '{"id":"a1","text":"Finland joins NATO, said Zoë Öberg, its foreign minister. Öberg flew to Brussels."}' | dateline tag -"#,
        Run(0),
    ),
    ("dateline tag corpus/ -o out.jsonl", Run(3)),
    ("dateline verify out.jsonl", Run(0)),
    ("dateline summary out.jsonl", Run(0)),
    ("dateline tag data/samples -o samples.jsonl", Run(0)),
    ("dateline index samples.jsonl -o news.db", Run(0)),
    ("dateline search news.db 'place:Helsinki'", Run(0)),
    ("dateline review samples.jsonl --open", Options),
    ("dateline eval", Options),
    (
        "dateline feed out.jsonl --to http://localhost:9200/news --create",
        NotRun("it needs a search engine; tests/feed.rs has some"),
    ),
    ("dateline eval --gold data/gold/samples.jsonl", Run(0)),
    ("dateline eval --topics data/gold/samples.jsonl", Run(0)),
    ("dateline eval --gold FILE", Options),
    ("dateline eval --topics FILE", Options),
    ("dateline models", Run(0)),
    ("dateline bench data/samples", Ci("dateline bench data/samples --seconds 1")),
    ("time dateline tag data/samples/gurnah.txt", Options),
    ("benches/peers/run.sh --rounds 3", NotRun("it installs torch; .ci/run runs its smoke form")),
    ("cargo test --test it account", Tests),
    ("cargo test --test crash", Tests),
    ("cargo test --test it resume", Tests),
    ("cargo test --test it cases", Tests),
    ("cargo test --test it offsets", Tests),
    ("cargo test --test it scale", Tests),
    ("cargo test --test it invariance", Tests),
    ("cargo test --test it shards", Tests),
    ("cargo test --test it memory", Tests),
    ("dateline models pull", Options),
    ("cargo test --test review", Tests),
    ("cargo test --test feed", Tests),
    ("dateline feed --to", Options),
    ("cargo test --test it network", Tests),
    ("cargo test --test it cli", Tests),
    // GUIDE.md
    ("dateline index", Options),
    ("dateline tag --help", Run(0)),
    ("dateline status .", Run(0)),
    ("dateline tag corpus/ --exclude '*.json' -o lines.jsonl", Run(3)),
    ("dateline tag corpus/ --include '*.csv' -o tables.jsonl", Run(0)),
    ("dateline tag corpus/briefs.csv --field body -o bodies.jsonl", Run(0)),
    ("dateline tag latin.txt --encoding windows-1252 -o latin.jsonl", Run(0)),
    ("dateline tag saved-pages/ -o pages.jsonl --source-offsets", Options),
    ("dateline tag export.csv --headline Kicker --field Story -o table.jsonl", Options),
    ("dateline tag hits.jsonl --field _source.title --field _source.text -o hits-tagged.jsonl", Options),
    ("dateline tag --files-from list.txt -o listed.jsonl", Options),
    ("dateline tag out.dead.jsonl --field story -o mended.jsonl", Run(3)),
    ("dateline tag corpus/ --new-only out.jsonl -o new.jsonl", Run(3)),
    ("dateline tag out.jsonl --replace -o again.jsonl", Run(0)),
    ("dateline tag corpus/ --compact -o small.jsonl", Run(3)),
    ("dateline tag corpus/ -o parts/ --shard 0/2", Run(3)),
    ("dateline tag corpus/ -o parts/ --shard 1/2", Run(3)),
    ("dateline status parts/", Run(0)),
    ("dateline merge parts/ -o merged.jsonl", Run(0)),
    ("cmp out.jsonl merged.jsonl", Run(0)),
    (r#"echo '{"id":1,"text":"Ana left Bonn."}' | dateline tag -"#, Run(0)),
    ("dateline tag -", Options),
    ("dateline tag corpus/wire.jsonl --under dateline --offsets -o wire.jsonl", Run(0)),
    ("dateline index out.jsonl -o news.db", Run(0)),
    ("dateline search news.db 'topic:sport' --sort -date -n 20 --facet person=20,place,date:month", Run(0)),
    ("dateline search news.db 'place:Helsinki' --names", Run(0)),
    ("dateline search news.db 'topic:sport' --json", Run(0)),
    ("dateline verify news.db", Run(0)),
    ("sqlite3 news.db .schema", NotRun("not everyone has sqlite3; cargo test asks the page's questions")),
    ("dateline review out.jsonl", Options),
    ("dateline review out.jsonl --open --analyst ana", Options),
    ("dateline review out.jsonl --port 8017 --read-only", Options),
    ("dateline review out.jsonl --rules rules.jsonl", Options),
    ("dateline export out.jsonl --to page -o overview.html", Run(0)),
    ("dateline verify out.verdicts", Options),
    ("dateline review out.jsonl --listen 10.0.0.5:8017 --host news.example --tokens tokens.txt", Options),
    ("dateline feed out.jsonl --dry-run -o sent.ndjson", Run(0)),
    ("dateline feed --template", Run(0)),
    (
        "dateline feed out.jsonl --to http://localhost:9200/news --swap --create",
        NotRun("it needs a search engine; tests/feed.rs has some"),
    ),
    ("dateline feed out.jsonl --as meilisearch -o news.ndjson", Run(0)),
    ("dateline feed out.jsonl --as solr -o solr.jsonl", Run(0)),
    ("dateline feed out.jsonl --as vespa -o vespa.jsonl", Run(0)),
    ("dateline feed out.jsonl --as quickwit -o quickwit.ndjson", Run(0)),
    ("dateline feed --create", Options),
    ("dateline status", Options),
    ("dateline inspect data/samples/timor-leste.txt --stage logits", Run(0)),
    ("dateline inspect out.jsonl --record 2", Run(0)),
    ("dateline inspect out.jsonl --id wire-0005", Run(0)),
    ("dateline link out.jsonl -o linked.jsonl", Run(0)),
    ("dateline inspect out.jsonl --record 2 --why", Run(0)),
    ("dateline inspect out.jsonl --why", Run(0)),
    ("dateline inspect out.jsonl --record 2 --tag", Run(0)),
    ("dateline summary out.jsonl --top 20", Run(0)),
    ("dateline summary out.jsonl --json", Run(0)),
    ("dateline summary out.jsonl --csv names.csv", Run(0)),
    ("dateline eval --gold data/gold/samples.jsonl --min-score 0.8 --json", Run(0)),
    ("dateline eval --embedding ARTICLES --original DIR", Options),
    ("dateline tag corpus/ --rules rules.jsonl -o ruled.jsonl", Run(3)),
    ("dateline export", Options),
    ("dateline export out.jsonl --to gold -o gold.jsonl", Run(0)),
    ("dateline export out.jsonl --to csv -o mentions.csv", Run(0)),
    ("dateline export out.jsonl --to brat -o brat/", Run(0)),
    ("dateline export out.jsonl --to conll --decided", Run(0)),
    ("dateline eval --verdicts out.verdicts/", Run(0)),
    ("dateline eval --verdicts out.verdicts/ --json", Run(0)),
    ("dateline models --model models/news-en", Run(0)),
    ("dateline learn topics labelled.jsonl -o my-topics.json", Run(0)),
    ("dateline tag corpus/ --topic-model my-topics.json -o mine.jsonl", Run(3)),
    ("cargo bench --bench learn", NotRun("it reads corpora that are not in the checkout; the linter compiles it")),
    ("dateline tag corpus/wire.jsonl --model models/tiny/bert", Run(0)),
    (
        "src/infer/libtorch/with.sh cpu cargo build --release --features libtorch",
        NotRun("a release build more; .ci/run builds the same for tests"),
    ),
    ("dateline doctor", Ci("dateline doctor")),
    (
        "src/infer/libtorch/with.sh cpu cargo test --features libtorch --test libtorch",
        Ci("tests src/infer/libtorch/with.sh cpu cargo test --locked --features libtorch,hub --test libtorch"),
    ),
    ("benches/peers/cuda.sh ARTICLES.jsonl", NotRun("it needs a GPU; .ci/run runs its smoke form")),
    (
        r#"dateline tag INPUT --zero-shot "economy, sport, weather" --zero-shot-model DIR"#,
        NotRun("it needs libtorch, and tests/libtorch.rs runs it there"),
    ),
    ("dateline models pull OWNER/NAME", Options),
    ("cargo doc --open", NotRun("it opens a browser; .ci/run makes the same pages")),
    (
        "for i in $(seq 30); do echo data/samples; done | xargs dateline tag > /dev/null",
        Ci("for i in $(seq 30); do echo data/samples; done | xargs dateline tag > /dev/null"),
    ),
    ("cargo bench --bench kernels -- --table", NotRun("it takes minutes; the linter compiles it")),
    ("cargo bench --bench pipeline", NotRun("it takes minutes; the linter compiles it")),
    ("cargo test --test it parity", Tests),
    ("benches/soak.sh 1000000", NotRun("it takes minutes on many cores; .ci/run runs the short one")),
    (
        "MODEL=models/tiny/bert benches/soak.sh 20000",
        Ci("MODEL=models/tiny/bert DATELINE=target/installed/bin/dateline benches/soak.sh 20000"),
    ),
    ("dateline verify", Options),
    ("cargo test --test it fuzz", Tests),
    ("mkdir -p fuzz/corpus/records", Run(0)),
    (
        "cargo +nightly fuzz run records fuzz/corpus/records fuzz/seeds/records -- -max_total_time=600",
        NotRun("it needs a nightly compiler and cargo-fuzz; .ci/run checks the targets"),
    ),
    ("dateline inspect FILE --stage sentences", Options),
    ("dateline inspect FILE --stage logits", Options),
    // data/README.md
    ("UPDATE_GOLDEN=1 cargo test --test it golden", Tests),
    ("target/release/dateline eval --gold data/gold/samples.jsonl", Run(0)),
    ("target/release/dateline eval --topics data/gold/samples.jsonl", Run(0)),
    // models/README.md
    ("dateline eval --scores FILE", Options),
    ("cargo test --test it lookalikes", Tests),
    // models/train/README.md
    ("python3 models/train/make.py --help", Ci("python3 models/train/make.py --help >/dev/null")),
    (
        "python3 -m venv target/python && target/python/bin/pip install -r models/train/requirements.txt",
        NotRun("it installs torch"),
    ),
    ("target/python/bin/python models/train/make.py --corpora ../shared/corpora --mpnet DIR", NotRun(TRAINING)),
    ("dateline tag --embedding", Options),
    ("python3 models/train/heldout.py --corpora ../shared/corpora --out target/train/heldout", NotRun(TRAINING)),
    ("python3 models/train/score.py --corpora ../shared/corpora target/train/news-en", NotRun(TRAINING)),
    // benches/peers/README.md
    ("benches/peers/run.sh", NotRun("it installs torch; .ci/run runs its smoke form")),
    (
        "benches/peers/run.sh articles.jsonl --sentences 10000 --batch 32 --rounds 21",
        NotRun("it installs torch; .ci/run runs its smoke form"),
    ),
    ("dateline tag", Options),
    ("SMOKE=1 benches/peers/run.sh", Ci("SMOKE=1 benches/peers/run.sh")),
    ("benches/peers/taggers.sh", NotRun("it installs spaCy and takes minutes")),
    (
        "benches/peers/taggers.sh articles.jsonl --rounds 9 --words 500000 --gold gold.jsonl",
        NotRun("it installs spaCy and takes minutes"),
    ),
    ("dateline bench --device cuda:0", NotRun("it needs a GPU and libtorch")),
    (
        "SMOKE=1 benches/peers/cuda.sh data/samples/wire.jsonl",
        Ci("SMOKE=1 benches/peers/cuda.sh data/samples/wire.jsonl"),
    ),
];

/// Why nothing is trained here.
const TRAINING: &str = "it needs the corpora, torch and hours; .ci/run asks each script for its help";

/// What the first word of a command in running text may be, besides scripts.
const PROGRAMS: &[&str] =
    &["cargo", "dateline", "for", "mkdir", "python3", "target/python/bin/python", "target/release/dateline", "time"];

/// Directories of scripts that pages name.
const SCRIPTS: &[&str] = &["benches/", "models/train/", "src/infer/"];

#[test]
fn every_command_of_every_page_is_checked() {
    let commands = commands();
    let shown: BTreeSet<&str> = commands.iter().map(|(_, command)| command.as_str()).collect();
    let known: BTreeSet<&str> = COMMANDS.iter().map(|&(command, _)| command).collect();
    let unknown: Vec<String> = commands
        .iter()
        .filter(|(_, command)| !known.contains(command.as_str()))
        .map(|(page, command)| format!("{page}: {command}"))
        .collect();
    assert!(unknown.is_empty(), "add to the table in tests/it/commands.rs how these are checked: {unknown:#?}");
    let gone: Vec<&&str> = known.difference(&shown).collect();
    assert!(gone.is_empty(), "no page has these any more; take them out of the table: {gone:#?}");
    assert_eq!(known.len(), COMMANDS.len(), "each command stands in the table once");
}

#[test]
fn what_can_be_run_does_what_the_page_says() {
    if cfg!(not(unix)) {
        return crate::common::skipped("commands of pages are for a Unix shell");
    }
    let place = place();
    let mut failed = Vec::new();
    for (page, command) in commands() {
        let Some(Run(code)) = check_of(&command) else { continue };
        let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.args(["-c", &command]).current_dir(place.path("")).env("PATH", path).stdin(Stdio::null());
        // What makes a run a part of a run, or an output another one.
        for variable in ["SHARD_COUNT", "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"] {
            shell.env_remove(variable);
        }
        let output = shell.output().expect("there is a shell");
        if output.status.code() != Some(code) {
            let stderr = String::from_utf8_lossy(&output.stderr);
            failed.push(format!("{page}: {command}\nexpected exit {code}, got {}\n{stderr}", output.status));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn options_that_pages_name_are_the_programs() {
    let mut unknown = Vec::new();
    for (page, command) in commands() {
        if !matches!(check_of(&command), Some(Options | Run(_))) {
            continue;
        }
        // Only what the program gets: a command may have a pipe before it or after it.
        for part in command.split(['|', ';', '&', '>']) {
            let words: Vec<&str> = part.split_whitespace().skip_while(|word| is_before(word)).collect();
            let [program, subcommand, rest @ ..] = words.as_slice() else { continue };
            if !["dateline", "target/release/dateline"].contains(program) {
                continue;
            }
            let mut asked = dateline();
            asked.arg(subcommand);
            for nested in ["pull", "topics"].iter().filter(|nested| rest.first() == Some(nested)) {
                asked.arg(nested);
            }
            let help = asked.arg("--help").output().expect("the program starts");
            if !help.status.success() {
                unknown.push(format!("{page}: {command}: no command {subcommand}"));
                continue;
            }
            let help = String::from_utf8_lossy(&help.stdout).into_owned();
            let options: BTreeSet<&str> = help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect();
            for option in rest.iter().filter(|word| word.len() > 1 && word.starts_with('-')) {
                let name = option.split('=').next().unwrap_or(option);
                if !options.contains(name) {
                    unknown.push(format!("{page}: {command}: dateline {subcommand} has no {name}"));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn lines_that_ci_is_said_to_run_are_there() {
    let ci = fs::read_to_string(checkout(".ci/run")).expect("the checkout has it");
    let lines: BTreeSet<&str> = ci.lines().map(str::trim).collect();
    let missing: Vec<_> = COMMANDS
        .iter()
        .filter(|(_, check)| matches!(check, Ci(line) if !lines.contains(line)))
        .map(|(command, check)| format!("{command}: {check:?}"))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let without_reason: Vec<_> = COMMANDS.iter().filter(|(_, check)| matches!(check, NotRun(""))).collect();
    assert!(without_reason.is_empty(), "{without_reason:?}");
}

#[test]
fn filters_of_tests_find_tests() {
    let mut wrong = Vec::new();
    for (command, _) in COMMANDS.iter().filter(|(_, check)| matches!(check, Tests)) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let target = words.iter().position(|word| *word == "--test").and_then(|at| words.get(at + 1));
        let Some(target) = target else {
            wrong.push(format!("{command}: no --test"));
            continue;
        };
        let [file, directory] = [format!("tests/{target}.rs"), format!("tests/{target}")].map(checkout);
        let mut names = Vec::new();
        let root = directory.join("main.rs");
        if root.exists() {
            paths_of_tests(&directory, &directory, &mut names);
        } else if file.exists() {
            names_in(&file, "", &mut names);
        } else {
            wrong.push(format!("{command}: there is no test target {target}"));
        }
        let filters = words.iter().skip_while(|word| **word != *target).skip(1).filter(|word| !word.starts_with('-'));
        for filter in filters {
            if !names.iter().any(|name| name.contains(filter)) {
                wrong.push(format!("{command}: no test has {filter} in its name"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn commands_are_found_in_blocks_and_in_running_text() {
    let page = "Say `cargo\ntest --test x` or `dateline`.\n\n```sh\n# a remark\nA=1 dateline tag a \\\n  b   # why\n\nls '#'\n```\n\n```text\ndateline no\n```\n\n\
                | `benches/soak.sh 1` | `models/train/make.py` | `[package]` |\n";
    assert_eq!(found(page), ["cargo test --test x", "A=1 dateline tag a b", "ls '#'", "benches/soak.sh 1"]);
}

/// Whether this may stand before a program.
fn is_before(word: &str) -> bool {
    ["time", "xargs"].contains(&word) || (word.contains('=') && !word.starts_with('-'))
}

fn check_of(command: &str) -> Option<Check> {
    COMMANDS.iter().find(|(known, _)| *known == command).map(|&(_, check)| check)
}

/// Page and command, each command once, where it stands first.
fn commands() -> Vec<(&'static str, String)> {
    let mut seen = BTreeSet::new();
    let mut commands = Vec::new();
    for page in PAGES {
        let text = fs::read_to_string(checkout(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        commands.extend(found(&text).into_iter().filter(|command| seen.insert(command.clone())).map(|it| (*page, it)));
    }
    commands
}

/// The commands on a page.
fn found(page: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let (mut block, mut begun, mut paragraph) = (None, String::new(), String::new());
    for line in page.lines().chain([""]) {
        match (block, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => {
                commands.extend(inline(&std::mem::take(&mut paragraph)));
                block = Some(language.trim() == "sh");
            }
            (Some(_), Some(_)) => block = None,
            (Some(true), None) => {
                let line = line.split("  #").next().unwrap_or(line).trim();
                if line.starts_with('#') || line.is_empty() {
                    continue;
                }
                if let Some(part) = line.strip_suffix('\\') {
                    begun.push_str(part);
                    continue;
                }
                commands.push(plain(&(std::mem::take(&mut begun) + line)));
            }
            (Some(false), None) => {}
            (None, None) if line.trim().is_empty() => commands.extend(inline(&std::mem::take(&mut paragraph))),
            (None, None) => {
                paragraph.push_str(line);
                paragraph.push(' ');
            }
        }
    }
    assert!(block.is_none() && begun.is_empty(), "a block has no end");
    commands
}

/// The commands among the `inline code` of a paragraph.
fn inline(paragraph: &str) -> Vec<String> {
    let code = paragraph.split('`').skip(1).step_by(2);
    let is_command = |code: &str| {
        let mut words = code.split_whitespace().skip_while(|word| word.contains('='));
        let first = words.next().unwrap_or_default();
        words.next().is_some() && (PROGRAMS.contains(&first) || SCRIPTS.iter().any(|start| first.starts_with(start)))
    };
    code.filter(|code| is_command(code)).map(plain).collect()
}

/// With one space where there is white space.
fn plain(command: &str) -> String {
    command.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Adds the full names of the tests under `directory` of the test binary whose root is `root`.
fn paths_of_tests(directory: &Path, root: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(directory).expect("the checkout has tests") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            paths_of_tests(&path, root, names);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let below = path.strip_prefix(root).expect("it was found there").with_extension("");
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).filter(|part| part != "mod").collect();
            names_in(&path, &(parts.join("::") + "::"), names);
        }
    }
}

/// Adds the names of the functions of a file that are tests.
fn names_in(file: &PathBuf, module: &str, names: &mut Vec<String>) {
    let code = fs::read_to_string(file).expect("the checkout has it");
    let mut is_test = false;
    for line in code.lines().map(str::trim) {
        if line.starts_with("#[test]") {
            is_test = true;
        } else if let Some(name) = line.strip_prefix("fn ")
            && std::mem::take(&mut is_test)
        {
            names.push(format!("{module}{}", name.split('(').next().unwrap_or(name)));
        }
    }
}

/// A directory that looks like the checkout, as far as commands know it, with the program where a
/// release build has it and on the PATH, and with a corpus: good articles, one without text, a
/// broken one, and a file that holds no articles.
fn place() -> Dir {
    let place = Dir::new();
    let program = env!("CARGO_BIN_EXE_dateline");
    place.write(
        "corpus/more.jsonl",
        "{\"id\":\"x1\",\"text\":\"Ana left Bonn.\"}\n{\"id\":\"x2\",\"story\":\"Bo met Cy.\"}\n{broken\n",
    );
    place.write("corpus/metadata.json", "{\"publisher\":\"Dateline Samples\"}\n");
    place.write("latin.txt", b"Zo\xeb \xd6berg left Helsinki.\n");
    for name in ["wire.jsonl", "briefs.csv", "roundup.json"] {
        let sample = fs::read(checkout(format!("data/samples/{name}"))).expect("the checkout has this sample");
        place.write(&format!("corpus/{name}"), sample);
    }
    let labelled = ["The striker scored in the cup final.", "The court sentenced a banker for fraud."];
    let line = |n: usize| {
        let text = format!("{} It was the {n}th this year.", labelled[n % 2]);
        let label = ["games", "courts"][n % 2];
        format!("{}\n", serde_json::json!({"text": text, "labels": [label]}))
    };
    place.write("labelled.jsonl", (0..12).map(line).collect::<String>());
    place.write("rules.jsonl", "{\"id\":\"r7\",\"words\":\"Dateline Samples\",\"label\":\"ORG\"}\n");
    place.write("out.verdicts/ana.jsonl", "");
    place.write("target/release/.keep", "").write("bin/.keep", "");
    #[cfg(unix)]
    for (to, link) in [
        (program.into(), "target/release/dateline"),
        (program.into(), "bin/dateline"),
        (checkout("data"), "data"),
        (checkout("models"), "models"),
    ] {
        std::os::unix::fs::symlink(fs::canonicalize::<PathBuf>(to).expect("it is there"), place.path(link))
            .expect("the directory is ours");
    }
    #[cfg(not(unix))]
    let _ = program;
    place
}
