//! Corpora whose truth is known go in; estimates come out, and the truth is in their intervals.

use expect_test::expect;
use serde_json::{Value, json};

use crate::quality::population::Drawn;
use crate::quality::{Judged, Passages, Population, Sample, agreement, bars, judged, measure, precision, recall};
use crate::record::Record;
use crate::verdicts::{
    ArticleKey, ArticleState, Decision, Entry, Op, Opened, Reach, Rule, RuleSet, Saw, Say, Verdicts, Within,
};

/// Chance for tests (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn part(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn key(i: usize) -> ArticleKey {
    format!("{i:032x}").parse().expect("32 digits")
}

/// A run's scores and which of its mentions are right: most are sure, as those of real news are, and
/// right as often as they say, or `bias` less.
fn corpus(chance: &mut Chance, bias: f64) -> Vec<(f64, bool)> {
    let mention = |chance: &mut Chance| {
        let u = chance.part();
        let score = 1.0 - 0.65 * u.powi(4) - 0.002;
        let score = (score * 1e4).round() / 1e4;
        (score, chance.part() < score - bias)
    };
    (0..3_000).map(|_| mention(chance)).collect()
}

fn population(mentions: &[(f64, bool)], seed: u64, keep: usize) -> Population {
    let mut population = Population::new(seed, keep);
    for (i, (score, _)) in mentions.iter().enumerate() {
        let label = if i % 3 == 0 { "PER" } else { "ORG" };
        population.add_mention(key(i / 5), "text", [10 * (i % 5), 10 * (i % 5) + 4], label, "body", *score);
    }
    population
}

fn truth<'s>(sample: &'s Sample, mentions: &[(f64, bool)]) -> Vec<Judged<'s>> {
    let is_right = |drawn: &Drawn| {
        let article = u128::from_str_radix(&drawn.article.to_string(), 16).expect("32 digits") as usize;
        mentions[5 * article + drawn.span[0] / 10].1
    };
    let truth = |drawn: &Drawn| is_right(drawn).then(|| drawn.label.clone());
    sample.mentions.iter().map(|drawn| Judged { drawn, truth: truth(drawn) }).collect()
}

/// How often in 200 corpora the interval covers the truth, and its mean half width.
fn coverage(size: usize, bias: f64) -> (usize, f64) {
    let mut chance = Chance(88_172_645_463_325_252 + size as u64);
    let (mut covered, mut width) = (0, 0.0);
    for seed in 0..200 {
        let mentions = corpus(&mut chance, bias);
        let share = mentions.iter().filter(|(_, right)| *right).count() as f64 / mentions.len() as f64;
        let population = population(&mentions, seed, size);
        let sample = population.draw(size);
        let (estimate, _) = precision(&population, &truth(&sample, &mentions)).expect("decided");
        let crate::eval::Interval { low, high } = estimate.interval;
        covered += usize::from(low <= share && share <= high);
        width += (high - low) / 400.0;
    }
    (covered, width)
}

#[test]
fn intervals_cover_the_truth_in_ninety_two_of_a_hundred_corpora() {
    for (size, bias) in [(100, 0.0), (200, 0.0), (200, 0.03), (400, 0.03)] {
        let (covered, width) = coverage(size, bias);
        assert!(covered >= 184, "{size} decisions, scores {bias} too high: {covered} of 200");
        // And not because they say nothing.
        assert!(width < 0.08, "{size}: ± {width}");
    }
}

#[test]
fn a_larger_sample_contains_the_smaller_whatever_the_order() {
    let mentions = corpus(&mut Chance(7), 0.0);
    let whole = population(&mentions, 3, 400);
    let places = |sample: &Sample| -> std::collections::BTreeSet<(ArticleKey, [usize; 2])> {
        sample.mentions.iter().map(|drawn| (drawn.article, drawn.span)).collect()
    };
    let [small, large] = [100, 400].map(|size| whole.draw(size));
    assert_eq!((small.mentions.len(), large.mentions.len()), (100, 400));
    assert!(places(&small).is_subset(&places(&large)));
    let mut backwards = Population::new(3, 400);
    for (i, (score, _)) in mentions.iter().enumerate().rev() {
        backwards.add_mention(
            key(i / 5),
            "text",
            [10 * (i % 5), 10 * (i % 5) + 4],
            if i % 3 == 0 { "PER" } else { "ORG" },
            "body",
            *score,
        );
    }
    assert_eq!(backwards.draw(100), small);
    assert_ne!(population(&mentions, 4, 400).draw(100).draw.digest, small.draw.digest);
    // Unsure strata are drawn from more than their share.
    let [n, drawn] = large.draw.strata[0];
    assert!(drawn as f64 / 400.0 > n as f64 / 3_000.0, "{:?}", large.draw.strata);
    assert_eq!(Population::new(1, 10).draw(10).mentions, []);
}

#[test]
fn parts_have_estimates_where_enough_was_decided_and_bars_say_what_was() {
    let mentions = corpus(&mut Chance(11), 0.0);
    let population = population(&mentions, 1, 80);
    let sample = population.draw(80);
    let judged = truth(&sample, &mentions);
    let (_, parts) = precision(&population, &judged).expect("decided");
    let shown: Vec<(String, bool)> = parts.iter().map(|part| (part.name.clone(), part.estimate.is_some())).collect();
    assert_eq!(shown, [("ORG", true), ("PER", false), ("body", true)].map(|(name, has)| (name.to_owned(), has)));
    let bars = bars(&population, &judged);
    assert!(!bars.is_empty() && bars.iter().map(|bar| bar.n).sum::<usize>() == 80);
    assert!(bars.iter().all(|bar| bar.interval.low <= bar.was && bar.was <= bar.interval.high && bar.from <= bar.said));
    assert_eq!(precision(&population, &[]), None);
}

#[test]
fn what_is_expected_to_be_wrong() {
    let mut population = Population::new(0, 0);
    for (i, score) in [0.5, 0.75, 1.0, 0.75, 1.0].into_iter().enumerate() {
        population.add_mention(key(i), "text", [0, 4], "PER", "body", score);
    }
    let expected = population.expected();
    assert_eq!((expected.mentions, expected.wrong), (5, 1.0));
    let point = expected.holding(0.5).expect("one mention holds half");
    assert_eq!((point.mentions, point.score), (1, 0.5));
    assert_eq!(expected.holding(0.9).map(|point| point.mentions), Some(3));
    assert_eq!(Population::new(0, 0).expected().holding(0.5), None);
}

fn line(id: usize) -> String {
    let mentions = [("Ana", 0, "PER", 0.95), ("Bonn", 12, "LOC", 0.6)].map(|(text, start, label, score)| {
        json!({"start": start, "end": start + text.len(), "label": label, "text": text, "score": score, "field": "text",
            "zone": "body", "sentence": 0, "entity": usize::from(label == "LOC")})
    });
    let entities = [("Ana", "PER"), ("Bonn", "LOC")].iter().enumerate().map(|(id, (name, label))| {
        json!({"id": id, "label": label, "name": name, "aliases": [], "mentions": [id], "salience": 0.5})
    });
    let text = format!("Ana flew to Bonn with Zoe, {id}.");
    let chars = text.chars().count();
    json!({"id": id, "text": text, "mentions": mentions, "entities": entities.collect::<Vec<Value>>(),
        "coverage": {"chars": chars, "read": chars, "windows": 1}, "warnings": [],
        "tagger": {"version": "1", "model": "m", "recipe": "r"}})
    .to_string()
}

fn open(line: &str) -> Opened<'_> {
    Opened::new(Record::parse(line, None).expect("a record"), &[]).expect("mentions where they say")
}

fn add(verdicts: &mut Verdicts, analyst: &str, decision: Decision) {
    let n = verdicts.analyst(analyst).map_or(0, |analyst| analyst.entries().len()) as u64 + 1;
    let entry = Entry { v: 1, n, at: String::new(), decision, together: None, prev: String::new() };
    verdicts.add(analyst, entry);
}

fn said(opened: &Opened<'_>, mention: usize, label: Option<&str>, queue: &str) -> Decision {
    let found = &opened.record.mentions[mention];
    let saw = Saw { label: found.label.to_string(), score: found.score, model: "m".to_owned(), rule: None };
    let say = Say { label: label.map(str::to_owned), span: None, words: None };
    let place = opened.place_of(mention).expect("it is there");
    let op = Op::Mention { place, saw, say, reach: Reach::Here };
    Decision { queue: Some(queue.to_owned()), ..Decision::from(op) }
}

#[test]
fn agreement_is_what_a_count_by_hand_says() {
    let lines: Vec<String> = (0..40).map(line).collect();
    let opened: Vec<Opened<'_>> = lines.iter().map(|line| open(line)).collect();
    let mut verdicts = Verdicts::default();
    let labels = [Some("PER"), Some("LOC"), Some("ORG"), None];
    let mut chance = Chance(5);
    let mut pairs = Vec::new();
    for opened in &opened {
        for mention in 0..2 {
            let pick = |chance: &mut Chance| labels[(chance.part() * 4.0) as usize];
            let a = pick(&mut chance);
            let b = if chance.part() < 0.6 { a } else { pick(&mut chance) };
            add(&mut verdicts, "ana", said(opened, mention, a, "sample:1"));
            add(&mut verdicts, "ben", said(opened, mention, b, "sample:1"));
            pairs.push((a, b));
        }
        // What was not blind does not count.
        add(&mut verdicts, "eve", said(opened, 0, Some("PER"), "unsure"));
    }
    // By hand: F1 from precision and recall, kappa from the table of labels.
    let names = |of: fn(&(Option<&'static str>, Option<&'static str>)) -> bool| {
        pairs.iter().filter(|pair| of(pair)).count() as f64
    };
    let (both_same, of_a, of_b) =
        (names(|(a, b)| a.is_some() && a == b), names(|(a, _)| a.is_some()), names(|(_, b)| b.is_some()));
    let (p, r) = (both_same / of_b, both_same / of_a);
    let f1 = 2.0 * p * r / (p + r);
    let mut table = [[0.0; 3]; 3];
    let index = |label: &str| ["PER", "LOC", "ORG"].iter().position(|other| *other == label).expect("a label");
    for (a, b) in pairs.iter().filter_map(|(a, b)| Some(((*a)?, (*b)?))) {
        table[index(a)][index(b)] += 1.0;
    }
    let total: f64 = table.iter().flatten().sum();
    let observed = (0..3).map(|i| table[i][i]).sum::<f64>() / total;
    let by_chance = (0..3)
        .map(|i| table[i].iter().sum::<f64>() / total * table.iter().map(|row| row[i]).sum::<f64>() / total)
        .sum::<f64>();
    let kappa = (observed - by_chance) / (1.0 - by_chance);

    let found = agreement(&verdicts, ["ana", "ben"]).expect("both have decided");
    assert!((found.f1.expect("names") - f1).abs() < 1e-12 && (found.kappa.expect("labels") - kappa).abs() < 1e-12);
    assert_eq!((found.places, found.shared as f64), (80, total));
    for (value, interval) in [(found.f1, found.f1_interval), (found.kappa, found.kappa_interval)] {
        let (value, interval) = (value.expect("a value"), interval.expect("an interval"));
        assert!(interval.low < value && value < interval.high && interval.high - interval.low < 0.6);
    }
    assert_eq!(agreement(&verdicts, ["ana", "eve"]), None);
    assert_eq!(agreement(&verdicts, ["ana", "nobody"]), None);
}

#[test]
fn a_run_is_measured_from_its_records_and_logs() {
    let lines: Vec<String> = (0..30).map(line).collect();
    let opened: Vec<Opened<'_>> = lines.iter().map(|line| open(line)).collect();
    let (mut population, mut passages) = (Population::new(9, 20), Passages::new(9, 10));
    // Copies count once.
    opened.iter().chain(&opened).for_each(|opened| {
        population.add(opened);
        passages.add(opened);
    });
    assert_eq!(population.len(), 60);
    let (sample, (draw, drawn)) = (population.draw(20), passages.draw(10));
    let mut verdicts = Verdicts::default();
    for draw in [&sample.draw, &draw] {
        add(&mut verdicts, "ana", Op::Sample { sample: draw.clone() }.into());
    }
    let of = |article: ArticleKey| opened.iter().find(|opened| opened.key == article).expect("it was read");
    for drawn in &sample.mentions {
        let mention = usize::from(drawn.label == "LOC");
        // Every LOC is right, every PER is none.
        let label = (mention == 1).then_some("LOC");
        add(&mut verdicts, "ana", said(of(drawn.article), mention, label, "sample:1"));
    }
    assert_eq!(judged(&sample, &verdicts).len(), 20);
    for passage in &drawn {
        let opened = of(passage.article);
        let place = opened.place("text", [22, 25]).expect("Zoe is there");
        add(&mut verdicts, "ana", Op::Add { place, label: "PER".to_owned(), reach: Reach::Here }.into());
        let within = Some(Within { field: passage.field.clone(), span: passage.span });
        let op = Op::Article { article: opened.key, state: ArticleState::Done, within };
        add(&mut verdicts, "ana", op.into());
    }
    let read = |visit: &mut dyn FnMut(&Opened<'_>)| {
        opened.iter().for_each(visit);
        Ok::<(), ()>(())
    };
    let rules = RuleSet::new(vec![Rule::words("r1", "Ana", None)]);
    let quality = measure(&verdicts, &rules, read).expect("nothing fails");
    // The rule takes away all that was wrong.
    assert_eq!(quality.samples[0].after_rules.map(|estimate| estimate.value), Some(1.0));
    assert!(quality.samples.iter().all(|sampled| sampled.is_current));
    assert_eq!(quality.samples.iter().map(|sampled| sampled.decided).collect::<Vec<_>>(), [20, 10]);
    let precision = quality.samples[0].estimate.expect("decided").value;
    assert!((precision - 0.5).abs() < 1e-9, "{precision}");
    // Zoe was not found; who was decided to be no name is none.
    let recall = quality.samples[1].estimate.expect("decided").value;
    assert!(recall > 0.4 && recall < 0.7, "{recall}");
    let page = quality.to_string();
    assert!(page.starts_with("expected wrong   14 of 60 mentions"), "{page}");
    // Other records, another sample.
    let fewer = |visit: &mut dyn FnMut(&Opened<'_>)| {
        opened[1..].iter().for_each(visit);
        Ok::<(), ()>(())
    };
    let quality = measure(&verdicts, &RuleSet::default(), fewer).expect("nothing fails");
    assert!(quality.samples.iter().any(|sampled| !sampled.is_current && sampled.estimate.is_none()));
    expect!["None"].assert_eq(&format!("{:?}", recall_of_nothing()));
}

fn recall_of_nothing() -> Option<f64> {
    recall(&[]).map(|estimate| estimate.value)
}
