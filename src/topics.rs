//! An article's topic logits → its topics.
//!
//! The model gives one logit for each topic it knows, from the mean of the article's hidden states
//! ([`TopicHead`](crate::infer::TopicHead)); topics do not exclude each other. Here logits become
//! scores, and scores that reach the topic's threshold become [`Topic`]s, the surest first; an
//! article may have none, and text that the model takes for no article at all has none. The recipe
//! lists the topics and their thresholds.

use serde::{Deserialize, Deserializer, Serialize};

use crate::calibrate::{self, Calibration};
use crate::document::Topic;

/// One topic of a model, as its recipe writes it down.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicRule {
    /// IPTC Media Topics code, `medtop:16000000`.
    pub code: String,
    /// Its name: `conflict, war and peace`.
    pub label: String,
    /// As in [`Calibration::scale`].
    #[serde(default = "calibrate::one", deserialize_with = "calibrate::scale")]
    pub scale: f64,
    /// As in [`Calibration::shift`].
    #[serde(default, deserialize_with = "calibrate::shift")]
    pub shift: f64,
    /// The lowest score, 0 to 1, at which the topic is listed.
    #[serde(default = "half", deserialize_with = "threshold")]
    pub threshold: f64,
}

/// The class of text that is no article, as a recipe writes it down: page furniture, tables, lists,
/// programs. It has the last row of the topic head.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoArticle {
    /// As in [`Calibration::scale`].
    #[serde(default = "calibrate::one", deserialize_with = "calibrate::scale")]
    pub scale: f64,
    /// As in [`Calibration::shift`].
    #[serde(default, deserialize_with = "calibrate::shift")]
    pub shift: f64,
    /// The lowest score, 0 to 1, at which a text gets no topic.
    #[serde(default = "half", deserialize_with = "threshold")]
    pub threshold: f64,
}

/// What a model says of the topics of an article. All lists are empty if it read nothing, or knows
/// no topics.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TopicScores {
    /// One a topic, and one more where there is a class of text that is no article.
    pub logits: Vec<f32>,
    /// All topics, the surest first.
    pub ranked: Vec<Topic>,
    /// How sure it is that the text is no article; `None` if the model has no such class.
    pub no_article: Option<f32>,
    /// The topics to report, the surest first.
    pub given: Vec<Topic>,
    /// Those that would have been given, had the text not been taken for no article.
    pub taken: Vec<Topic>,
}

fn half() -> f64 {
    0.5
}

fn threshold<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    calibrate::probability(deserializer, "threshold")
}

impl TopicRule {
    /// A topic whose score is σ(logit), with a threshold of ½.
    pub fn named(code: String, label: &str) -> Self {
        Self { code, label: label.to_owned(), scale: 1.0, shift: 0.0, threshold: half() }
    }

    /// p = σ(scale · logit + shift)
    pub fn score(&self, logit: f32) -> f32 {
        Calibration { scale: self.scale, shift: self.shift }.of_logit(logit)
    }
}

impl NoArticle {
    /// p = σ(scale · logit + shift)
    pub fn score(&self, logit: f32) -> f32 {
        Calibration { scale: self.scale, shift: self.shift }.of_logit(logit)
    }
}

/// Topics told by a linear head: for each, logit = weights · embedding + bias.
#[derive(Clone, PartialEq, Debug)]
pub struct LinearHead(Vec<(Vec<f32>, f32)>);

impl LinearHead {
    /// Of weights and a bias for each topic.
    pub fn new(topics: Vec<(Vec<f32>, f32)>) -> Self {
        Self(topics)
    }

    /// The width of an embedding that it reads.
    pub fn width(&self) -> usize {
        self.0.first().map_or(0, |(weights, _)| weights.len())
    }

    /// One logit a topic.
    pub fn logits(&self, embedding: &[f32]) -> Vec<f32> {
        // In f64, where the order of the sum hardly shows; it is fixed all the same.
        let product = |weights: &[f32]| -> f64 {
            weights.iter().zip(embedding).map(|(&w, &x)| f64::from(w) * f64::from(x)).sum()
        };
        self.0.iter().map(|(weights, bias)| (product(weights) + f64::from(*bias)) as f32).collect()
    }
}

/// All that follows from the logits of an article; `bar` and `at_most` are those of [`choose`].
/// `logits` has one for each rule, and one more if there is a rule for text that is no article.
pub fn score(
    logits: Vec<f32>,
    rules: &[TopicRule],
    no_article: Option<NoArticle>,
    bar: Option<f32>,
    at_most: usize,
) -> TopicScores {
    let ranked = ranked(&logits, rules);
    let chosen = choose(&ranked, rules, bar, at_most);
    let of_class = no_article.zip(logits.get(rules.len()));
    let score = of_class.map(|(class, &logit)| class.score(logit));
    let is_article = of_class.is_none_or(|(class, &logit)| f64::from(class.score(logit)) < class.threshold);
    let (given, taken) = if is_article { (chosen, Vec::new()) } else { (Vec::new(), chosen) };
    TopicScores { logits, ranked, no_article: score, given, taken }
}

/// All topics with their scores, the highest first, equals in the order of the rules. `logits` has
/// one for each rule.
pub fn ranked(logits: &[f32], rules: &[TopicRule]) -> Vec<Topic> {
    let mut topics: Vec<Topic> = rules
        .iter()
        .zip(logits)
        .enumerate()
        .map(|(topic, (rule, &logit))| Topic { topic, score: rule.score(logit) })
        .collect();
    // A stable sort keeps equals in their order.
    topics.sort_by(|a, b| b.score.total_cmp(&a.score));
    topics
}

/// The first `at_most` of `ranked` whose score reaches `bar`, or, without a bar, their own
/// threshold.
pub fn choose(ranked: &[Topic], rules: &[TopicRule], bar: Option<f32>, at_most: usize) -> Vec<Topic> {
    let reaches = |topic: &&Topic| f64::from(topic.score) >= bar.map_or(rules[topic.topic].threshold, f64::from);
    ranked.iter().filter(reaches).take(at_most).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Topics a, b, c … with these rules and logits; `bar` and `at_most` as on the command line.
    fn check(rules: &str, logits: &[f32], bar: Option<f32>, at_most: usize, expected: Expect) {
        let rules: Vec<TopicRule> = rules
            .split(", ")
            .zip('a'..)
            .map(|(rule, name)| {
                let numbers: Vec<f64> = rule.split(' ').map(|number| number.parse().expect("a number")).collect();
                let name = name.to_string();
                TopicRule {
                    code: name.clone(),
                    label: name,
                    scale: numbers[0],
                    shift: numbers[1],
                    threshold: numbers[2],
                }
            })
            .collect();
        let shown: Vec<String> = choose(&ranked(logits, &rules), &rules, bar, at_most)
            .iter()
            .map(|topic| format!("{} {:.2}", rules[topic.topic].label, topic.score))
            .collect();
        expected.assert_eq(&shown.join(", "));
    }

    #[test]
    fn topics_that_reach_their_threshold_come_surest_first() {
        let rules = "1 0 0.5, 1 0 0.5, 1 0 0.9";
        // σ(2) = 0.88 is not enough for c.
        check(rules, &[0.0, 1.0, 2.0], None, 3, expect!["b 0.73, a 0.50"]);
        check(rules, &[-1.0, -1.0, 2.0], None, 3, expect![""]);
        check(rules, &[0.0, 1.0, 2.0], None, 1, expect!["b 0.73"]);
        check(rules, &[0.0, 1.0, 2.0], None, 0, expect![""]);
    }

    #[test]
    fn one_bar_replaces_all_thresholds() {
        let rules = "1 0 0.5, 1 0 0.5, 1 0 0.9";
        check(rules, &[0.0, 1.0, 2.0], Some(0.6), 3, expect!["c 0.88, b 0.73"]);
        check(rules, &[0.0, 1.0, 2.0], Some(0.0), 3, expect!["c 0.88, b 0.73, a 0.50"]);
    }

    #[test]
    fn scores_are_calibrated_and_equals_keep_their_order() {
        // σ(0.5 · 2 - 1) = σ(0)
        check("0.5 -1 0.5, 1 0 0.5, 1 0 0.5", &[2.0, 0.0, 0.0], None, 3, expect!["a 0.50, b 0.50, c 0.50"]);
    }

    #[test]
    fn text_that_is_no_article_has_no_topic() {
        let rules = ["a", "b"].map(|name| TopicRule::named(name.to_owned(), name));
        let class = NoArticle { scale: 2.0, shift: -1.0, threshold: 0.7 };
        let check = |logits: &[f32], class: Option<NoArticle>, expected: Expect| {
            let TopicScores { no_article, given, taken, .. } = score(logits.to_vec(), &rules, class, None, 3);
            let names = |topics: Vec<Topic>| topics.iter().map(|topic| topic.topic).collect::<Vec<_>>();
            expected.assert_eq(&format!("{no_article:.2?} given {:?} taken {:?}", names(given), names(taken)));
        };
        // σ(2 · 0.9 - 1) = 0.69, and σ(2 · 1 - 1) = 0.73.
        check(&[1.0, 2.0, 0.9], Some(class), expect!["Some(0.69) given [1, 0] taken []"]);
        check(&[1.0, 2.0, 1.0], Some(class), expect!["Some(0.73) given [] taken [1, 0]"]);
        check(&[-1.0, -2.0, 9.0], Some(class), expect!["Some(1.00) given [] taken []"]);
        check(&[1.0, 2.0], None, expect!["None given [1, 0] taken []"]);
        // Nothing was read.
        check(&[], Some(class), expect!["None given [] taken []"]);
        // A bar for topics is none for the class.
        assert_eq!(score(vec![1.0, 2.0, 1.0], &rules, Some(class), Some(0.0), 3).given, []);
    }

    #[test]
    fn rules_are_read_with_their_defaults_and_without_surprises() {
        let read = |json: &str| match serde_json::from_str::<TopicRule>(json) {
            Ok(rule) => format!("{} {} {} {}", rule.code, rule.scale, rule.shift, rule.threshold),
            Err(error) => error.to_string(),
        };
        assert_eq!(read(r#"{"code":"a","label":"b"}"#), "a 1 0 0.5");
        expect!["threshold: expected a number from 0 to 1, found 1.5 at line 1 column 40"]
            .assert_eq(&read(r#"{"code":"a","label":"b","threshold":1.5}"#));
        expect!["missing field `label` at line 1 column 12"].assert_eq(&read(r#"{"code":"a"}"#));
    }
}
