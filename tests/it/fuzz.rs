//! What a fuzzer looks for, on the inputs that it began with and on those that it found:
//! `fuzz/seeds` and `fuzz/regressions`.

#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code)]
mod targets;

use std::fs;

use crate::common::checkout;

fn replay(name: &str) {
    let target = targets::ALL.iter().find(|(other, _)| *other == name).expect("it is one of them").1;
    let mut n_inputs = 0;
    for kind in ["seeds", "regressions"] {
        let Ok(entries) = fs::read_dir(checkout("fuzz").join(kind).join(name)) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            let input = fs::read(&path).expect("the checkout can be read");
            println!("{}", path.display());
            target(&input);
            // Cut off anywhere near its ends, too.
            for n in (0..input.len().min(64)).chain(input.len().saturating_sub(16)..input.len()) {
                target(&input[..n]);
            }
            n_inputs += 1;
        }
    }
    assert!(n_inputs > 0, "there are seeds for every target");
}

#[test]
fn records() {
    replay("records");
}

#[test]
fn splitting() {
    replay("splitting");
}

#[test]
fn encodings() {
    replay("encodings");
}

#[test]
fn tokens() {
    replay("tokens");
}

#[test]
fn logits() {
    replay("logits");
}

#[test]
fn models() {
    replay("models");
}

#[test]
fn checkpoints() {
    replay("checkpoints");
}

#[test]
fn queries() {
    replay("queries");
}

#[test]
fn pages() {
    replay("pages");
}
