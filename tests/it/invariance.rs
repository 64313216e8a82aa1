//! A record is a function of its article: threads, batch budgets, neighbours and instruction sets
//! never show in it.

use std::fs;

use crate::common::{Dir, Ran, checkout};
use dateline::internals::infer::Precision;
use dateline::source::Item;
use dateline::{Article, Kernels, Scratch, Tagger};

/// Every third article: enough to mix lengths, at a third of the time.
fn thinned(articles: &[Article]) -> Vec<Article> {
    articles.iter().step_by(3).cloned().collect()
}

fn records(articles: Vec<Article>, tagger: &Tagger, threads: usize) -> Vec<String> {
    let n_articles = articles.len();
    let records =
        crate::common::records(articles.into_iter().map(|article| Ok(Item::Article(article))), tagger, threads);
    assert_eq!(records.len(), n_articles);
    records
}

/// Says which record differs, and not only that one does.
fn assert_same(articles: &[Article], expected: &[String], found: &[String], what: &str) {
    for ((article, expected), found) in articles.iter().zip(expected).zip(found) {
        assert_eq!(expected, found, "{what} shows in {}", article.id);
    }
    assert_eq!(expected.len(), found.len());
}

/// A fixed permutation that leaves hardly anything beside its neighbour.
fn shuffled<T: Clone>(items: &[T]) -> (Vec<usize>, Vec<T>) {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    order.sort_by_cached_key(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    });
    assert!(!order.is_sorted());
    let items = order.iter().map(|&i| items[i].clone()).collect();
    (order, items)
}

/// The records of `articles`, in their order, from a run that had them in another.
fn records_in_another_order(articles: &[Article], tagger: &Tagger) -> Vec<String> {
    let (order, articles) = shuffled(articles);
    let mut found = vec![String::new(); articles.len()];
    for (i, record) in order.into_iter().zip(records(articles, tagger, 2)) {
        found[i] = record;
    }
    found
}

#[test]
fn neither_threads_nor_order_nor_neighbours_show() {
    let tagger = crate::common::embedded(Kernels::best(), Precision::F32, 4096);
    let articles = crate::common::corpus();
    let expected = records(articles.clone(), &tagger, 1);
    assert_same(&articles, &expected, &records(articles.clone(), &tagger, 8), "the number of threads");

    assert_same(&articles, &expected, &records_in_another_order(&articles, &tagger), "the order");

    // Alone: no other article in the chunk, and a scratch that has seen none before.
    let format = crate::common::format(&tagger);
    for (article, expected) in articles.iter().zip(&expected).step_by(2) {
        let outcome = tagger.tag(vec![article.clone()], &mut Scratch::default()).pop().expect("one outcome an article");
        let mut alone = Vec::new();
        format.write(&outcome, &mut alone);
        assert_eq!(*expected, String::from_utf8_lossy(&alone).trim_end(), "neighbours show in {}", article.id);
    }
}

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::Int8];

#[test]
fn the_batch_budget_does_not_show() {
    let articles = thinned(&crate::common::corpus());
    for precision in PRECISIONS {
        let found = |batch_tokens| {
            records(articles.clone(), &crate::common::embedded(Kernels::best(), precision, batch_tokens), 2)
        };
        let expected = found(4096);
        for batch_tokens in [1, 64, 700, 100_000] {
            let what = format!("a budget of {batch_tokens} tokens in {}", precision.name());
            assert_same(&articles, &expected, &found(batch_tokens), &what);
        }
    }
}

#[test]
fn the_instruction_set_does_not_show() {
    let articles = thinned(&thinned(&crate::common::corpus()));
    // Without a fused multiply-add, as `portable` may be, every product is rounded twice.
    let paths: Vec<Kernels> = Kernels::all().into_iter().filter(|kernels| kernels.name() != "portable").collect();
    println!("compared: {:?}", paths.iter().map(|kernels| kernels.name()).collect::<Vec<_>>());
    if paths.len() < 2 {
        crate::common::skipped("this CPU has no two paths to compare");
    }
    for precision in PRECISIONS {
        let found = |kernels| records(articles.clone(), &crate::common::embedded(kernels, precision, 4096), 2);
        let expected = found(Kernels::best());
        for &kernels in paths.iter().skip(1) {
            let what = format!("{} in {}", kernels.name(), precision.name());
            assert_same(&articles, &expected, &found(kernels), &what);
        }
    }
}

/// Topics and embeddings come from sums over whole articles, whose windows may be read in any order
/// and company. All topics are given, so that every score shows; scores have four digits in a
/// record, embeddings six.
#[test]
fn nothing_shows_in_topics_and_embeddings() {
    let articles = crate::common::corpus();
    for precision in PRECISIONS {
        let tagger = crate::common::generous("topics", Kernels::best(), precision, 4096);
        let expected = records(articles.clone(), &tagger, 1);
        let with_topics = expected.iter().filter(|record| record.contains(r#""topics":[{"code":"medtop:"#)).count();
        assert!(with_topics > 50, "{with_topics} records have topics");
        assert_same(&articles, &expected, &records(articles.clone(), &tagger, 8), "the number of threads");
        assert_same(&articles, &expected, &records_in_another_order(&articles, &tagger), "the order");
        for batch_tokens in [1, 64, 100_000] {
            let tagger = crate::common::generous("topics", Kernels::best(), precision, batch_tokens);
            let found = records(articles.clone(), &tagger, 2);
            assert_same(&articles, &expected, &found, &format!("a budget of {batch_tokens} tokens"));
        }
        // Without a fused multiply-add, as `portable` may be, every product is rounded twice.
        for kernels in Kernels::all().into_iter().filter(|kernels| kernels.name() != "portable") {
            let found = records(articles.clone(), &crate::common::generous("topics", kernels, precision, 4096), 2);
            assert_same(&articles, &expected, &found, kernels.name());
        }
    }
}

/// The scores themselves, to the bit: a record shows four digits of them.
#[test]
fn nothing_shows_in_any_bit_of_the_pooled_vector() {
    let articles = thinned(&crate::common::corpus());
    for precision in PRECISIONS {
        let pooled = |kernels, batch_tokens| -> Vec<(Vec<u32>, Vec<u32>)> {
            let tagger = crate::common::generous("topics", kernels, precision, batch_tokens);
            let readings: Vec<_> = articles.iter().map(|article| tagger.read(article.clone())).collect();
            let scores = tagger.score(&readings, &mut Scratch::default());
            let bits = |numbers: &[f32]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            scores.iter().map(|scores| (bits(&scores.pooled), bits(&tagger.topic_logits(scores)))).collect()
        };
        let expected = pooled(Kernels::best(), 4096);
        assert!(expected.iter().filter(|(pooled, logits)| pooled.len() == 32 && logits.len() == 5).count() > 10);
        assert!(pooled(Kernels::best(), 1) == expected, "the batch shows");
        for kernels in Kernels::all().into_iter().filter(|kernels| kernels.name() != "portable") {
            assert!(pooled(kernels, 100_000) == expected, "{} shows", kernels.name());
        }
    }
}

/// Through the program: two runs with other settings, as files and as standard input.
#[test]
fn settings_do_not_show_in_the_output_of_the_program() {
    let dir = Dir::new();
    for name in ["wire.jsonl", "briefs.csv", "gurnah.txt"] {
        dir.write(
            &format!("in/{name}"),
            fs::read(checkout(format!("data/samples/{name}"))).expect("the checkout has it"),
        );
    }
    let run = |settings: &str| -> Ran { dir.run(&format!("tag in --quiet {settings}")) };
    let expected = run("--threads 1");
    assert_eq!((expected.code, expected.stderr.as_str()), (Some(0), ""));
    assert_eq!(expected.records().len(), 13);
    for settings in ["--threads 8 --batch-tokens 64", "--threads 2 --batch-tokens 100000"] {
        assert!(run(settings).stdout == expected.stdout, "{settings} show");
    }
    // The source's name is the only thing that differs on standard input, and objects do not tell
    // it.
    let wire = dir.run("tag in/wire.jsonl --quiet");
    assert!(dir.run_on("in/wire.jsonl", "tag - --quiet").stdout == wire.stdout);
}
