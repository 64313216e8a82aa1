//! Records can be read: what the tagger says of an article is in its line, with every option, and
//! the line can be written again.

use std::io::Cursor;

use dateline::document::{Outcome, TaggedArticle};
use dateline::internals::infer::Precision;
use dateline::record::{Line, Offsets, Record, RecordWriter};
use dateline::source::{Item, Options, open_reader};
use dateline::{Kernels, Scratch, Tagger};

use crate::common::{corpus, generous, tiny};

/// Reads the record of `tagged` and holds it against what it was made from. Returns the number of
/// mentions.
fn check(tagged: &TaggedArticle, tagger: &Tagger, writer: &RecordWriter, under: Option<&str>) -> usize {
    let outcome = Outcome::Tagged(Box::new(tagged.clone()));
    let mut line = Vec::new();
    writer.write(&outcome, &mut line);
    let line = String::from_utf8(line).expect("a record is UTF-8");
    let record = Record::parse(&line, under).unwrap_or_else(|error| panic!("{error}: {line}"));
    let mut again = Vec::new();
    record.write(&mut again);
    assert_eq!(String::from_utf8_lossy(&again), line);

    let labels = tagger.model().labels();
    let text = tagged.document.text();
    let texts = record.texts();
    assert_eq!(record.mentions.len(), tagged.mentions.len());
    for (mention, expected) in record.mentions.iter().zip(&tagged.mentions) {
        assert_eq!((&*mention.text, &*mention.label), (expected.span.of(text), labels.name(expected.label)));
        assert_eq!(mention.zone, tagged.document.zone(expected.span).name());
        let field = &texts[&*mention.field];
        let span = mention.span_in(&Offsets::new(field)).expect("it is in its field");
        assert_eq!(span.of(field), mention.text);
        assert_eq!(tagged.document.field(expected.span).span.start() + span.start(), expected.span.start());
        assert!((mention.score - f64::from(expected.score)).abs() <= 0.5e-4 + 1e-9);
        assert!(record.entities[mention.entity].name.len() <= text.len());
    }
    assert_eq!(record.entities.len(), tagged.entities.len());
    for (entity, expected) in record.entities.iter().zip(&tagged.entities) {
        assert_eq!((&*entity.name, &entity.mentions), (expected.name.of(text), &expected.mentions));
        assert_eq!(entity.aliases, tagged.aliases(expected));
    }
    let n_topics = |topics: usize| Some(topics).filter(|_| tagger.model().has_topics());
    assert_eq!(record.topics.as_ref().map(Vec::len), n_topics(tagged.topics.as_ref().map_or(0, Vec::len)));
    let embedding = tagged.embedding.clone().map(|vector| Some(vector).filter(|vector| !vector.is_empty()));
    assert_eq!(record.embedding, embedding);
    assert_eq!((record.coverage, record.tagger.model == tagger.model().id()), (tagged.coverage, true));
    record.mentions.len()
}

#[test]
fn what_the_tagger_says_is_in_its_record() {
    for name in ["bert", "bert-bioes", "topics"] {
        let mut n_mentions = 0;
        for tagger in [tiny(name), generous(name, Kernels::best(), Precision::F32, 4096)] {
            let outcomes = tagger.tag(corpus(), &mut Scratch::default());
            for outcome in &outcomes {
                let Outcome::Tagged(tagged) = outcome else { panic!("{outcome:?}") };
                for (all_offsets, under) in [(false, None), (true, None), (true, Some("dateline"))] {
                    let writer = RecordWriter::of(&tagger).all_offsets(all_offsets).under(under);
                    n_mentions += check(tagged, &tagger, &writer, under);
                }
            }
        }
        // Were there none, little would have been checked.
        assert!(n_mentions > 1000, "{name}: {n_mentions} mentions");
    }
}

#[test]
fn what_was_not_tagged_is_told_from_records() {
    let file = b"{\"text\":1}\n{\"id\":7\n{\"text\":\"\xff\"}\n".to_vec();
    let writer = RecordWriter::of(&tiny("bert"));
    let mut codes = Vec::new();
    for item in open_reader("wire.jsonl", Cursor::new(file), Options::default()).expect("it is in memory") {
        let Ok(Item::Failed(failure)) = item else { panic!("none of them is an article") };
        let mut line = Vec::new();
        writer.write(&Outcome::Failed(Box::new(failure)), &mut line);
        let line = String::from_utf8(line).expect("a record is UTF-8");
        match Line::parse(&line, None) {
            Ok(Line::Dead(letter)) => codes.push(letter.code.clone().into_owned()),
            other => panic!("{other:?}: {line}"),
        }
        assert!(Record::parse(&line, None).is_err());
    }
    assert_eq!(codes, ["wrong_type", "invalid_json", "invalid_utf8"]);
}
