//! The layouts of the four token classifiers that most people use: their file names, configuration
//! keys and label orders.

use std::fs;
use std::path::Path;

use crate::common::{Dir, checkout};
use dateline::internals::kernels::Kernels;
use dateline::internals::span::Span;
use dateline::model::Model;

const NAMES: [(&str, &str); 4] = [
    ("dslim--bert-base-NER", "bert"),
    ("dbmdz--bert-large-cased-finetuned-conll03-english", "bert"),
    ("Davlan--xlm-roberta-base-ner-hrl", "xlm-roberta"),
    ("elastic--distilbert-base-cased-finetuned-conll03-english", "distilbert"),
];

const TEXT: &str =
    "Captain Zoë Kovač of the World Health Organization (WHO) left São Paulo for 東京 on Monday… ﬁve days, 3.5% […]";

#[test]
fn each_opens_and_tags() {
    for (name, _) in NAMES {
        let dir = Dir::with_model(&format!("lookalikes/{name}"));
        assert!(!dir.path("model/tokenizer.json").exists(), "{name} has the older files alone");
        dir.write("a.txt", TEXT);
        let mut engines = vec![""];
        if cfg!(feature = "libtorch") {
            engines.push("--device cpu");
        }
        for engine in engines {
            let ran = dir.run(&format!("tag a.txt --model model --quiet {engine}"));
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{name} {engine}");
            assert!(ran.stdout.contains("\"mentions\":["), "{name} {engine}: {}", ran.stdout);
        }
    }
}

#[test]
fn a_tokenizer_made_of_older_files_is_that_of_tokenizer_json() {
    for (name, family) in NAMES {
        let open = |dir: &str| {
            Model::open(&checkout(format!("models/tiny/{dir}")), Kernels::best(), None).expect("the tiny model opens")
        };
        let (older, newer) = (open(&format!("lookalikes/{name}")), open(family));
        for text in
            fs::read_to_string(checkout("models/tiny/make.py")).expect("the checkout has it").lines().chain([TEXT])
        {
            let encode = |model: &Model| model.tokenizer().encode(text, &[Span::whole(text)]);
            assert_eq!(encode(&older), encode(&newer), "{name}: {text:?}");
        }
        assert_eq!(older.tokenizer().prefix(), newer.tokenizer().prefix());
        assert_eq!(older.tokenizer().suffix(), newer.tokenizer().suffix());
    }
}

#[test]
fn labels_are_in_the_order_of_the_configuration() {
    let order = |name: &str| {
        let dir = checkout(format!("models/tiny/lookalikes/{name}"));
        let model = Model::open(Path::new(&dir), Kernels::best(), None).expect("it opens");
        model.labels().names().join(" ")
    };
    assert_eq!(
        NAMES.map(|(name, _)| order(name)),
        ["MISC PER ORG LOC", "MISC PER ORG LOC", "DATE PER ORG LOC", "PER ORG LOC MISC"]
    );
}
