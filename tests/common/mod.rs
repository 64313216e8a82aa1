//! What the end-to-end tests share: the program in a directory of its own, and the library's way
//! from bytes to records.

// Every test file uses a part of this.
#![allow(dead_code)]

pub mod tensors;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use dateline::internals::infer::Precision;
use dateline::record::RecordWriter;
use dateline::run::{self, End, Event, Settings};
use dateline::source::{self, Item, Options, SourceError};
use dateline::{Article, Kernels, Model, TagOptions, Tagger};
use serde_json::Value;
use tempfile::TempDir;

/// A file of the checkout. Cargo starts tests in the folder of their package, which is another.
pub fn checkout(path: impl AsRef<Path>) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// The program, without anything in its environment that changes what it prints.
pub fn dateline() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dateline"));
    for variable in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "LC_ALL"] {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null());
    command
}

/// Says that the test which calls this did not do what it is there for, and why: on standard error,
/// past libtest, which shows what a test prints only if it fails; and in the file that
/// `DATELINE_SKIPPED` names, from which `.ci/run` counts. Once a test.
pub fn skipped(why: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    // libtest names the thread of a test after it, and runs a lone one on the main thread.
    let thread = std::thread::current();
    let line = format!("SKIPPED {}: {why}\n", thread.name().unwrap_or("a thread without a name"));
    if !SAID.lock().expect("nothing panics while it holds this").insert(line.clone()) {
        return;
    }
    // In one piece, so that lines of tests side by side do not mix.
    std::io::stderr().write_all(line.as_bytes()).expect("standard error can be written");
    if let Some(path) = std::env::var_os("DATELINE_SKIPPED") {
        let mut file = File::options().create(true).append(true).open(path).expect("DATELINE_SKIPPED names a file");
        file.write_all(line.as_bytes()).expect("the file can be written");
    }
}

/// An empty directory to run the program in, so that messages name relative paths.
pub struct Dir(TempDir);

impl Dir {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory for temporary files"))
    }

    /// With a copy of the tiny model `name`, called `model`.
    pub fn with_model(name: &str) -> Self {
        let dir = Self::new();
        dir.add_model(name, "model");
        dir
    }

    /// With another one, called `called`.
    pub fn add_model(&self, name: &str, called: &str) -> &Self {
        fs::create_dir(self.path(called)).expect("the directory is ours");
        for entry in fs::read_dir(checkout(format!("models/tiny/{name}"))).expect("the checkout has this model") {
            let entry = entry.expect("an entry");
            fs::copy(entry.path(), self.path(called).join(entry.file_name())).expect("the directory is ours");
        }
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it stands in the directory")).expect("the directory is ours");
        fs::write(path, bytes).expect("the directory is ours");
        self
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// With a copy of the file `name` of the bad-input corpus.
    pub fn with_case(&self, name: &str) -> &Self {
        self.write(name, fs::read(checkout(format!("tests/cases/corpus/{name}"))).expect("the checkout has this file"))
    }

    /// The JSON objects in the file `name`, one a line; none if there is no such file.
    pub fn objects(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    /// Names of what is in the directory, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("the directory is ours");
        let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).into_string().expect("names of tests are UTF-8")).collect();
        names.sort();
        names
    }

    /// The program in this directory, with these arguments: white space separates them.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = dateline();
        command.current_dir(self.0.path()).args(arguments.split_whitespace());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &str) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Runs the program to its end, with the file `name` as its standard input.
    pub fn run_on(&self, name: &str, arguments: &str) -> Ran {
        let file = File::open(self.path(name)).expect("the file was written before");
        Ran::of(self.command(arguments).stdin(file))
    }
}

/// What a process did.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("everything printed is UTF-8");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Everything that a user sees, without the parts that differ from run to run or from build to
    /// build.
    pub fn shown(&self) -> String {
        let mut shown = String::new();
        for line in self.stderr.lines() {
            // How long it took.
            let line = match line.split_once(" in ") {
                Some((counts, time)) if time.contains("words/s") => format!("{counts} in …"),
                _ => line.to_owned(),
            };
            shown.push_str(&line);
            shown.push('\n');
        }
        for line in self.stdout.lines() {
            shown.push_str(&format!("> {}\n", without_stamp(line)).replace("> \n", ">\n"));
        }
        let code = self.code.map_or_else(|| "killed".to_owned(), |code| format!("exit {code}"));
        shown.push_str(&code);
        shown
    }

    pub fn records(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }
}

/// A record without what says which build of which model made it.
pub fn without_stamp(record: &str) -> String {
    match record.split_once(r#""tagger":{"version""#) {
        Some((before, stamp)) => {
            let (_, after) = stamp.split_once('}').expect("the stamp is an object");
            format!(r#"{before}"tagger":{{…}}{after}"#)
        }
        None => record.to_owned(),
    }
}

/// A tagger with the tiny model `name`, whose weights are random: it finds names everywhere, and
/// they mean nothing.
pub fn tiny(name: &str) -> Tagger {
    let model =
        Model::open(&checkout(format!("models/tiny/{name}")), Kernels::best(), None).expect("the tiny model opens");
    Tagger::new(model, &TagOptions::default(), 4096).expect("no labels were asked for")
}

/// A tagger with the tiny model `name` on `kernels`, that gives everything it can.
pub fn generous(name: &str, kernels: Kernels, precision: Precision, batch_tokens: usize) -> Tagger {
    let path = checkout(format!("models/tiny/{name}"));
    let model = Model::open(&path, kernels, Some(precision)).expect("the tiny model opens");
    let keep =
        TagOptions { max_topics: usize::MAX, min_topic_score: Some(0.0), embedding: true, ..TagOptions::default() };
    Tagger::new(model, &keep, batch_tokens).expect("no labels were asked for")
}

/// A tagger with the model inside this build.
pub fn embedded(kernels: Kernels, precision: Precision, batch_tokens: usize) -> Tagger {
    let model = Model::embedded(kernels, Some(precision)).expect("the model inside this build opens");
    Tagger::new(model, &TagOptions::default(), batch_tokens).expect("no labels were asked for")
}

/// The form in which the program writes records by default.
pub fn format(tagger: &Tagger) -> RecordWriter {
    RecordWriter::of(tagger)
}

/// The records that a run makes of `items`, one a line.
pub fn records(
    items: impl Iterator<Item = Result<Item, SourceError>> + Send + 'static,
    tagger: &Tagger,
    threads: usize,
) -> Vec<String> {
    let mut out = Vec::new();
    let end = run::run(items, Arc::default(), tagger, &format(tagger), Settings::bulk(threads), |event| {
        if let Event::Done(done) = event {
            out.extend_from_slice(&done.records);
        }
        ControlFlow::<()>::Continue(())
    });
    assert!(matches!(end, Ok(End::Complete(_))), "the items can be read and a Vec takes every record");
    String::from_utf8(out).expect("records are UTF-8").lines().map(str::to_owned).collect()
}

/// The articles of `data/samples`, and forty made from them: cuts, joins, and the odd ones.
pub fn corpus() -> Vec<Article> {
    let source = source::open(&[checkout("data/samples")], Options::default()).expect("the checkout has the samples");
    let mut articles: Vec<Article> = source
        .map(|item| match item.expect("the samples can be read") {
            Item::Article(article) => article,
            Item::Failed(failure) => panic!("{}", failure.message),
            Item::Blank => unreachable!("only where each line is answered"),
        })
        .collect();
    let texts: Vec<String> = articles.iter().map(|article| article.text.clone()).collect();
    let mut synthetic: Vec<String> = Vec::new();
    // Cuts of every length from no word to thirty, so that batches are ragged.
    for (i, text) in texts.iter().enumerate() {
        synthetic.push(text.split_inclusive(' ').skip(7 * i).take(i + i % 3).collect());
    }
    // The end of one article before the beginning of another.
    for pair in texts.windows(2).step_by(6) {
        let (before, after) = (pair[0].char_indices().rev().nth(150), pair[1].char_indices().nth(150));
        let (Some((from, _)), Some((to, _))) = (before, after) else { continue };
        synthetic.push(format!("{}\n\n{}", &pair[0][from..], &pair[1][..to]));
    }
    // One sentence, longer than a window.
    synthetic.push(texts[0].replace(['.', '\n', '!', '?'], " ").chars().take(1200).collect());
    synthetic.extend(
        [
            "",
            " ",
            "\n\n\n",
            "Bonn",
            ".",
            "bonn",
            "BONN TO TURKU",
            "👩‍👩‍👧 🇫🇮 🎉🎉🎉",
            "🎉 Zoë Müller 🎉 left Bonn 🎉.",
            "東京で行われた会議に、日本とフィンランドの首相が出席した。",
            "한국과 핀란드의 총리가 서울에서 만났다.",
            "ירושלים — רחוב יפו. Bonn.",
            "e\u{301}e\u{301}e\u{301} ﬁnland İstanbul",
            "Bonn-Bonn-Bonn-Bonn-Bonn-Bonn-Bonn-Bonn-Bonn-Bonn-Bonn-Bonn",
        ]
        .map(str::to_owned),
    );
    synthetic.push("Bonn".repeat(60));
    assert!(synthetic.len() >= 40, "{} synthetic articles", synthetic.len());
    articles.extend(synthetic.into_iter().enumerate().map(|(i, text)| Article::plain(format!("synthetic-{i}"), text)));
    articles
}
