//! Cases 51 to 58: the model, and computing.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use dateline::internals::infer::{Backend, Batch, Output};
use dateline::record::dead;
use dateline::run::{self, Event, RunError, Settings};
use dateline::source::{Options, open_reader};
use dateline::{Kernels, Model, RecordWriter, Scratch, TagOptions, Tagger};
use serde_json::Value;

use crate::cases::tag_in;
use crate::common::tensors::edit_tensors;
use crate::common::{Dir, checkout};

#[test]
fn case_51_tensors_that_were_cut_short() {
    let dir = Dir::with_model("bert");
    let tensors = dir.read("model/model.safetensors");
    dir.write("model/model.safetensors", &tensors[..tensors.len() - 100]).write("a.txt", "Bonn");
    tag_in(dir, "a.txt", "").refused(&["model/model.safetensors"]);
}

/// One bit of the weights is another: the program is copied, and changed where it has them.
#[cfg(feature = "embedded-model")]
#[test]
fn case_51_a_model_inside_that_is_damaged() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = Dir::new();
    dir.write("a.txt", "Boats left Bonn.");
    let mut program = std::fs::read(env!("CARGO_BIN_EXE_dateline")).expect("the program is there");
    let weights = std::fs::read(checkout("models/news-en/model.safetensors")).expect("the checkout has the model");
    let middle = weights.len() / 2;
    let at = memchr::memmem::find(&program, &weights[middle..middle + 256]).expect("the model is inside");
    program[at] ^= 1;
    let path = dir.path("damaged");
    std::fs::write(&path, program).expect("the directory is ours");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let output = std::process::Command::new(path).args(["tag", "a.txt"]).current_dir(dir.path("")).output();
    let output = output.expect("it starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.starts_with("error: the model news-en inside this program is damaged: expected the digest "),
        "{stderr}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn case_52_models_that_are_something_else() {
    let refused = |change: &dyn Fn(&Dir), words: &str| {
        let dir = Dir::with_model("bert");
        dir.write("a.txt", "Boats left Bonn.");
        change(&dir);
        tag_in(dir, "a.txt", "").refused(&[words]);
    };
    let tensors = |bytes: &'static [u8]| {
        move |dir: &Dir| {
            dir.write("model/model.safetensors", bytes);
        }
    };
    refused(&tensors(b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01."), "model.safetensors");
    refused(&tensors(b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"), "model.safetensors");
    refused(
        &tensors(b"\x7a\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}      \0\0\0\0"),
        "model.safetensors",
    );
    refused(
        &|dir| {
            edit_tensors(dir, |tensors| {
                let weight = tensors.get_mut("classifier.weight").expect("it has a head");
                weight.data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
            })
        },
        "classifier.weight",
    );
    refused(
        &|dir| {
            let mut config: Value = serde_json::from_slice(&dir.read("model/config.json")).expect("JSON");
            let labels = config["id2label"].as_object_mut().expect("labels");
            labels.insert(labels.len().to_string(), "B-NEW".into());
            config.as_object_mut().expect("an object").remove("label2id");
            dir.write("model/config.json", config.to_string());
        },
        "classifier.weight",
    );
}

/// All weights are numbers, and what comes of them is not.
#[test]
fn case_53_scores_that_are_no_numbers() {
    let dir = Dir::with_model("bert");
    edit_tensors(&dir, |tensors| {
        for name in ["classifier.weight", "classifier.bias"] {
            let tensor = tensors.get_mut(name).expect("it has a head");
            tensor.data.chunks_exact_mut(4).for_each(|x| x.copy_from_slice(&f32::MAX.to_le_bytes()));
        }
    });
    dir.write("in.jsonl", "{\"text\":\"Boats left Bonn.\"}\n{\"text\":\"\"}\n");
    let found = tag_in(dir, "in.jsonl", "-q").finished(1, &["model_nonfinite"]);
    assert_eq!(found.letters[0]["raw"], "{\"text\":\"Boats left Bonn.\"}");
    assert_eq!(found.letters[0]["stage"], "infer");
}

/// A backend that does what the test says, before the real one.
struct Watched(Box<dyn Backend>, Box<dyn Fn(&Batch) + Send + Sync>);

impl Backend for Watched {
    fn infer<'s>(&self, batch: &Batch, scratch: &'s mut Scratch) -> Output<'s> {
        (self.1)(batch);
        self.0.infer(batch, scratch)
    }

    fn hidden_size(&self) -> usize {
        self.0.hidden_size()
    }

    fn multiply_adds(&self) -> usize {
        self.0.multiply_adds()
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

fn watched(watch: impl Fn(&Batch) + Send + Sync + 'static, batch_tokens: usize) -> Tagger {
    let path = &checkout("models/tiny/bert");
    let model = Model::open(path, Kernels::best(), None).expect("the tiny model opens");
    let model = model.with_backend(|inner| Box::new(Watched(inner, Box::new(watch))));
    Tagger::new(model, &TagOptions::default(), batch_tokens).expect("no labels were asked for")
}

/// A mistake in the program that one article of many brings out.
#[test]
fn case_54_a_panic_costs_one_article() {
    // The article is known by its length: no other has so many tokens in one window.
    let tagger =
        watched(|batch| assert!(batch.windows().all(|rows| rows.len() < 30), "an article that nobody can tag"), 4096);
    let line = |i: usize| {
        let words = if i == 40 { "boat ".repeat(40) } else { format!("boat {i}") };
        format!("{{\"id\":{i},\"text\":\"{words}\"}}\n")
    };
    let input = (0..100).map(line).collect::<String>();
    let source = open_reader("in.jsonl", std::io::Cursor::new(input), Options::default()).expect("it can be opened");
    let (mut n_records, mut letters) = (0, Vec::new());
    let settings = Settings { inline: false, ..Settings::bulk(2) };
    run::run(source, Arc::default(), &tagger, &crate::common::format(&tagger), settings, |event| {
        if let Event::Done(done) = event {
            n_records += done.records.iter().filter(|&&byte| byte == b'\n').count();
            letters.extend_from_slice(&done.dead);
        }
        ControlFlow::<()>::Continue(())
    })
    .expect("the others go on");
    assert_eq!(n_records, 99);
    let letters = String::from_utf8(letters).expect("UTF-8");
    let letter = dead::read(letters.trim_end()).expect("one letter");
    assert_eq!((letter.code.as_ref(), letter.record), ("internal_panic", 40));
}

#[test]
fn case_55_batches_are_bounded_by_their_tokens() {
    const BUDGET: usize = 256;
    let sizes = std::sync::Arc::new(Mutex::new(Vec::new()));
    let noted = std::sync::Arc::clone(&sizes);
    let tagger =
        watched(move |batch| noted.lock().expect("nobody panics").push((batch.len(), batch.windows().count())), BUDGET);
    let line = |i: usize| format!("{{\"text\":\"{}\"}}\n", "Boats left Bonn. ".repeat(if i == 3 { 2000 } else { 1 }));
    let input = (0..60).map(line).collect::<String>();
    let source = open_reader("in.jsonl", std::io::Cursor::new(input), Options::default()).expect("it can be opened");
    assert_eq!(crate::common::records(source, &tagger, 2).len(), 60);
    let sizes = sizes.lock().expect("nobody panics");
    assert!(sizes.len() > 20, "{}", sizes.len());
    for &(tokens, windows) in sizes.iter() {
        // Special tokens are not counted in the budget.
        assert!(windows == 1 || tokens <= BUDGET + 2 * windows, "{tokens} tokens in {windows} windows");
    }
}

#[test]
fn case_56_a_configuration_that_cannot_progress() {
    for recipe in ["{\"window\":64,\"stride\":63}", "{\"window\":2}", "{\"window\":0}"] {
        let dir = Dir::with_model("bert");
        dir.write("a.txt", "Bonn").write("model/recipe.json", recipe);
        tag_in(dir, "a.txt", "").refused(&["model/recipe.json"]);
    }
}

/// The kernels that this CPU does not have are not run, and those that it has are found; and no
/// more threads are started than may run.
#[test]
fn case_57_this_cpu_and_no_more_of_it_than_is_ours() {
    let dir = Dir::with_model("bert");
    assert_eq!(dir.run("doctor --model model").code, Some(0));
    dir.write("a.txt", "Boats left Bonn.");
    let program = env!("CARGO_BIN_EXE_dateline");
    let bound = std::process::Command::new("taskset")
        .args(["-c", "0", program, "tag", "a.txt", "--model", "model"])
        .current_dir(dir.path(""))
        .output();
    let Ok(bound) = bound else {
        crate::common::skipped("there is no taskset to bind a process to one CPU");
        return;
    };
    let stderr = String::from_utf8_lossy(&bound.stderr);
    assert!(stderr.contains("on 1 thread)"), "{stderr}");
}

/// Not in an article but beside it: what is written down has labels that the model does not know
/// of.
#[test]
fn case_58_a_worker_that_dies_ends_the_run() {
    let tagger = crate::common::tiny("bert-bioes");
    // It has fewer labels than that model.
    let format = RecordWriter::of(&crate::common::tiny("bert"));
    let input =
        "{\"text\":\"Captain Zoë left Bonn for Turku, said Ann Lee of the Rhine Port Authority.\"}\n".repeat(5000);
    let source = open_reader("in.jsonl", std::io::Cursor::new(input), Options::default()).expect("it can be opened");
    let ended =
        run::run(source, Arc::default(), &tagger, &format, Settings::bulk(2), |_| ControlFlow::<()>::Continue(()));
    assert!(matches!(ended, Err(RunError::ThreadDied)), "its slot stays empty");
}
