//! How good topics of one's own are: learnt from up to fifty articles each, and from definitions,
//! against a head of the built-in kind that is fitted on everything.
//!
//! The articles of `topics/articles` are cut into two halves by a digest of their ids. From the
//! first one come up to fifty articles a topic, none of whose topics has more; on the second one all
//! are judged, by macro-F1 over topics with at least twenty articles there. The built-in kind of
//! head has an inner layer and sees the whole first half.
//!
//! `cargo bench --bench learn -- ../shared/corpora` takes minutes, most of them for reading. It ends
//! with 1 if what is learnt from fifty articles falls more than 0.08 short of that head.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dateline::document::Article;
use dateline::internals::learn::{Definition, Labelled, learn, read_definitions};
use dateline::model::TopicModel;
use dateline::run;
use dateline::tagger::Tagger;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Articles a topic.
const MOST: usize = 50;
/// Articles that a topic has in the second half to count.
const COUNTS: usize = 20;
/// How far what is learnt may fall short.
const SHORT: f64 = 0.08;

/// An article, its topics as positions, and its embedding.
struct Example {
    article: Labelled,
    topics: BTreeSet<usize>,
    embedding: Vec<f32>,
    digest: [u8; 32],
}

fn main() -> ExitCode {
    let corpora = std::env::args().nth(1).filter(|path| !path.starts_with("--"));
    let corpora =
        corpora.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"), PathBuf::from);
    let Ok(definitions) = read_definitions_of(&corpora) else {
        println!("SKIPPED learn: no corpora at {}", corpora.display());
        return ExitCode::SUCCESS;
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let tagger = Tagger::built_in().expect("the model is inside");
    let (first, second) = halves(&corpora, &definitions, &tagger, threads);
    let n_topics = definitions.len();
    let judge = |name: &str, given: &dyn Fn(&Example) -> BTreeSet<usize>| {
        let f1 = macro_f1(&second, n_topics, given);
        println!("{name:<58} macro-F1 {f1:.3}");
        f1
    };
    let few = few(&first, n_topics);
    println!("{} articles in the first half, {} in the second; {} to learn from", first.len(), second.len(), few.len());

    let fitted = |articles: &[&Example], defined: &[Definition]| {
        let articles = articles.iter().map(|example| example.article.clone()).collect();
        learn(&tagger, articles, defined, threads).expect("there are enough articles")
    };
    let named = |model: &TopicModel| {
        let position =
            |label: &str| definitions.iter().position(|topic| topic.label == label).expect("a topic of the file");
        let own: Vec<_> = model.topics.iter().map(|topic| (position(&topic.rule.label), topic.clone())).collect();
        move |example: &Example| -> BTreeSet<usize> {
            let reaches = |(_, topic): &&(usize, dateline::model::OwnTopic)| {
                let product: f64 =
                    topic.weights.iter().zip(&example.embedding).map(|(&w, &x)| f64::from(w) * f64::from(x)).sum();
                f64::from(topic.rule.score((product + f64::from(topic.bias)) as f32)) >= topic.rule.threshold
            };
            own.iter().filter(reaches).map(|(topic, _)| *topic).collect()
        }
    };
    judge("definitions alone", &named(&fitted(&[], &definitions)));
    let learnt = judge("up to fifty articles a topic", &named(&fitted(&few, &definitions)));
    judge("the same from the whole first half", &named(&fitted(&first.iter().collect::<Vec<_>>(), &definitions)));
    let head = Head::with_thresholds(&first, n_topics);
    let built_in =
        judge("a head of the built-in kind, from the whole first half", &|example| head.given(&example.embedding));
    println!("short by {:.3}, at most {SHORT}", built_in - learnt);
    if built_in - learnt <= SHORT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The 17 topics of IPTC, whose file has a key more than ours.
fn read_definitions_of(corpora: &Path) -> std::io::Result<Vec<Definition>> {
    let text = std::fs::read_to_string(corpora.join("taxonomy/iptc_top17.json"))?;
    let mut topics: Vec<Value> = serde_json::from_str(&text)?;
    for topic in &mut topics {
        topic.as_object_mut().expect("a topic is an object").remove("uri");
    }
    let file = std::env::temp_dir().join(format!("dateline-learn-{}.json", std::process::id()));
    std::fs::write(&file, Value::from(topics).to_string())?;
    let definitions = read_definitions(&file).expect("the file was just written");
    std::fs::remove_file(&file)?;
    Ok(definitions)
}

/// All articles, embedded, in two halves.
fn halves(corpora: &Path, topics: &[Definition], tagger: &Tagger, threads: usize) -> (Vec<Example>, Vec<Example>) {
    let mut read = Vec::new();
    for file in ["train.jsonl", "dev.jsonl"] {
        let text = std::fs::read_to_string(corpora.join("topics/articles").join(file)).expect("the corpora are whole");
        for line in text.lines() {
            let row: Value = serde_json::from_str(line).expect("JSON lines");
            let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let (id, title, text) = (field("id"), field("title"), field("text"));
            let article = Article::of_fields(&*id, [("title", title.as_str()), ("text", text.as_str())]);
            let labels =
                row["labels"].as_array().expect("labels").iter().map(|l| l.as_str().expect("a label").to_owned());
            read.push((Sha256::digest(&id).into(), Labelled { article, labels: labels.collect() }));
        }
    }
    let articles = read.iter().map(|(_, labelled): &([u8; 32], Labelled)| labelled.article.clone()).collect();
    let embeddings = run::read_all(articles, tagger.reader(), threads, |_, scores| tagger.embedding(&scores));
    let of = |labelled: &Labelled| {
        (0..topics.len()).filter(|&topic| labelled.labels.contains(&topics[topic].label)).collect::<BTreeSet<usize>>()
    };
    let examples = read.into_iter().zip(embeddings.expect("threads")).filter(|(_, embedding)| !embedding.is_empty());
    examples
        .map(|((digest, article), embedding)| Example { topics: of(&article), article, embedding, digest })
        .partition(|example| example.digest[0] % 2 == 0)
}

/// Up to [`MOST`] articles a topic, the rarest topics first; an article with a topic that has enough
/// is left out.
fn few(first: &[Example], n_topics: usize) -> Vec<&Example> {
    let mut sorted: Vec<&Example> = first.iter().collect();
    sorted.sort_by_key(|example| example.digest);
    let mut topics: Vec<usize> = (0..n_topics).collect();
    topics.sort_by_key(|topic| first.iter().filter(|example| example.topics.contains(topic)).count());
    let (mut counts, mut chosen) = (vec![0; n_topics], Vec::<&Example>::new());
    for topic in topics {
        for &example in sorted.iter().filter(|example| example.topics.contains(&topic)) {
            let is_new = !chosen.iter().any(|other| std::ptr::eq(*other, example));
            if is_new && example.topics.iter().all(|&topic| counts[topic] < MOST) {
                example.topics.iter().for_each(|&topic| counts[topic] += 1);
                chosen.push(example);
            }
        }
    }
    chosen
}

fn macro_f1(examples: &[Example], n_topics: usize, given: &dyn Fn(&Example) -> BTreeSet<usize>) -> f64 {
    let given: Vec<BTreeSet<usize>> = examples.iter().map(given).collect();
    let f1s: Vec<f64> = (0..n_topics).filter_map(|topic| f1(examples, &given, topic, COUNTS)).collect();
    f1s.iter().sum::<f64>() / f1s.len().max(1) as f64
}

/// None if fewer than `least` examples have the topic.
fn f1(examples: &[Example], given: &[BTreeSet<usize>], topic: usize, least: usize) -> Option<f64> {
    let gold = examples.iter().filter(|example| example.topics.contains(&topic)).count();
    let found = given.iter().filter(|given| given.contains(&topic)).count();
    let pairs = examples.iter().zip(given);
    let right = pairs.filter(|(example, given)| example.topics.contains(&topic) && given.contains(&topic)).count();
    (gold >= least).then(|| 2.0 * right as f64 / (gold + found).max(1) as f64)
}

/// logits = out(gelu(dense(x))), by Adam (Kingma and Ba 2015) over all examples at once.
struct Head {
    mean: Vec<f64>,
    scale: Vec<f64>,
    /// (K, D + 1) and (N, K + 1), each with its bias last.
    dense: Vec<Vec<f64>>,
    out: Vec<Vec<f64>>,
    thresholds: Vec<f64>,
}

/// K, the width of the built-in model's inner layer.
const INNER: usize = 64;
const STEPS: usize = 150;

impl Head {
    /// Fitted on all, with thresholds chosen on a fifth by one fitted on the rest.
    fn with_thresholds(examples: &[Example], n_topics: usize) -> Self {
        let (held, rest): (Vec<&Example>, Vec<&Example>) =
            examples.iter().partition(|example| example.digest[1] % 5 == 0);
        let partial = Self::fit(&rest, n_topics);
        let scores: Vec<Vec<f64>> = held.iter().map(|example| partial.scores(&example.embedding)).collect();
        let best = |topic: usize| {
            let f1 = |threshold: f64| {
                let count = |which: &dyn Fn(bool, bool) -> bool| {
                    let pairs = held.iter().zip(&scores);
                    pairs.filter(|(e, s)| which(e.topics.contains(&topic), s[topic] >= threshold)).count() as f64
                };
                2.0 * count(&|gold, given| gold && given) / (count(&|gold, _| gold) + count(&|_, given| given)).max(1.0)
            };
            let grid = (5..=95).map(|percent| f64::from(percent) / 100.0);
            grid.max_by(|&a, &b| f1(a).total_cmp(&f1(b)).then((b - 0.5).abs().total_cmp(&(a - 0.5).abs())))
                .unwrap_or(0.5)
        };
        let thresholds = (0..n_topics).map(best).collect();
        Self { thresholds, ..Self::fit(&examples.iter().collect::<Vec<_>>(), n_topics) }
    }

    fn fit(examples: &[&Example], n_topics: usize) -> Self {
        let (n, d) = (examples.len() as f64, examples[0].embedding.len());
        let column = |i: usize| examples.iter().map(move |example| f64::from(example.embedding[i]));
        let mean: Vec<f64> = (0..d).map(|i| column(i).sum::<f64>() / n).collect();
        let spread = |i: usize| (column(i).map(|x| (x - mean[i]) * (x - mean[i])).sum::<f64>() / n).sqrt() + 1e-6;
        let scale: Vec<f64> = (0..d).map(spread).collect();
        // A generator of its own: the same numbers everywhere.
        let mut state = 17_u64;
        let mut draw = |width: usize| -> Vec<f64> {
            let mut number = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 11) as f64 / (1_u64 << 53) as f64 * 2.0 - 1.0
            };
            (0..=width).map(|_| number() / (width as f64).sqrt()).collect()
        };
        let dense = (0..INNER).map(|_| draw(d)).collect();
        let out = (0..n_topics).map(|_| draw(INNER)).collect();
        let mut head = Self { mean, scale, dense, out, thresholds: vec![0.5; n_topics] };
        let inputs: Vec<Vec<f64>> = examples.iter().map(|example| head.standardized(&example.embedding)).collect();
        let rows = INNER + n_topics;
        let mut moments: Vec<(Vec<f64>, Vec<f64>)> = (0..rows)
            .map(|row| if row < INNER { d + 1 } else { INNER + 1 })
            .map(|w| (vec![0.0; w], vec![0.0; w]))
            .collect();
        for step in 1..=STEPS {
            let mut slopes: Vec<Vec<f64>> = moments.iter().map(|(m, _)| vec![0.0; m.len()]).collect();
            for (x, example) in inputs.iter().zip(examples) {
                let (before, inner, logits) = head.forward(x);
                let mut back = vec![0.0; INNER];
                for (topic, logit) in logits.iter().enumerate() {
                    let pull = (sigmoid(*logit) - f64::from(u8::from(example.topics.contains(&topic)))) / n;
                    let slope = &mut slopes[INNER + topic];
                    slope.iter_mut().zip(&inner).for_each(|(slope, x)| *slope += pull * x);
                    slope[INNER] += pull;
                    back.iter_mut().zip(&head.out[topic]).for_each(|(back, w)| *back += pull * w);
                }
                for (k, back) in back.iter().enumerate() {
                    let pull = back * gelu_slope(before[k]);
                    slopes[k].iter_mut().zip(x).for_each(|(slope, x)| *slope += pull * x);
                    slopes[k][d] += pull;
                }
            }
            let rate = 5e-3 * (1.0 - step as f64 / (STEPS + 1) as f64);
            for (row, (slope, (m, v))) in slopes.iter().zip(&mut moments).enumerate() {
                let weights = if row < INNER { &mut head.dense[row] } else { &mut head.out[row - INNER] };
                for i in 0..slope.len() {
                    m[i] = 0.9 * m[i] + 0.1 * slope[i];
                    v[i] = 0.999 * v[i] + 0.001 * slope[i] * slope[i];
                    let (m, v) = (m[i] / (1.0 - 0.9_f64.powi(step as i32)), v[i] / (1.0 - 0.999_f64.powi(step as i32)));
                    // Weights decay beside the step (Loshchilov and Hutter 2019).
                    weights[i] -= rate * (m / (v.sqrt() + 1e-8) + 0.1 * weights[i]);
                }
            }
        }
        head
    }

    fn standardized(&self, embedding: &[f32]) -> Vec<f64> {
        embedding
            .iter()
            .zip(&self.mean)
            .zip(&self.scale)
            .map(|((&x, mean), scale)| (f64::from(x) - mean) / scale)
            .collect()
    }

    /// The inner layer before and after its activation, and the logits.
    fn forward(&self, x: &[f64]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let apply = |rows: &[Vec<f64>], x: &[f64]| -> Vec<f64> {
            rows.iter().map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + row[x.len()]).collect()
        };
        let before = apply(&self.dense, x);
        let inner: Vec<f64> = before.iter().map(|&x| x * sigmoid(1.702 * x)).collect();
        let logits = apply(&self.out, &inner);
        (before, inner, logits)
    }

    fn scores(&self, embedding: &[f32]) -> Vec<f64> {
        self.forward(&self.standardized(embedding)).2.into_iter().map(sigmoid).collect()
    }

    fn given(&self, embedding: &[f32]) -> BTreeSet<usize> {
        let scores = self.scores(embedding);
        (0..scores.len()).filter(|&topic| scores[topic] >= self.thresholds[topic]).collect()
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Of x · σ(1.702 · x), which is GELU to two digits.
fn gelu_slope(x: f64) -> f64 {
    let s = sigmoid(1.702 * x);
    s + 1.702 * x * s * (1.0 - s)
}
