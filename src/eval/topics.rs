//! Gold and predicted topics → precision, recall, F1, and more.
//!
//! Every article has a set of gold topics and a set of given ones, and each topic in either is one
//! decision: counts are over all (article, topic) pairs, as in any multi-label classification.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use crate::document::TopicName;
use crate::eval::calibration::{BINS, BeforeAndAfter, CalibrationError, shown};
use crate::eval::gold::GoldError;
use crate::eval::read::read_text;
use crate::eval::score::Exact;
use crate::record::{Line, Record, RecordTopic};

/// An article whose topics are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicArticle {
    /// File and line.
    pub id: String,
    /// Its headline, which may be empty.
    pub title: String,
    /// Its text.
    pub text: String,
    /// Its topics, as positions among the model's; ascending, none twice. Empty for text that is no
    /// article, and for an article on none of them.
    pub gold: Vec<usize>,
}

/// What was predicted for an article. Empty lists if the model read nothing.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TopicPrediction {
    /// The model's logits, one a topic, and one more where the model has a class of text that is no
    /// article.
    pub logits: Vec<f32>,
    /// The calibrated scores, one a topic.
    pub scores: Vec<f32>,
    /// The topics that were given, the surest first.
    pub given: Vec<usize>,
    /// Those that would have been given, had the text not been taken for no article.
    pub taken: Vec<usize>,
}

/// Topics with fewer gold articles say nothing in the macro mean.
pub const MIN_GOLD: u64 = 5;

/// The result of comparing topics with gold. Ratios run from 0 to 1.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TopicReport {
    /// Articles.
    pub articles: usize,
    /// Of these, articles that were given a topic.
    pub covered: usize,
    /// The share of those.
    pub coverage: f64,
    /// All pairs of an article and a topic together.
    pub micro: TopicScore,
    /// The plain mean over topics.
    #[serde(rename = "macro")]
    pub mean: TopicMean,
    /// Whether the topic with the highest score is in gold, given or not.
    pub first: FirstTopic,
    /// Whether the first topic that was given is in gold, over the articles that were given one.
    pub first_given: FirstTopic,
    /// Text without gold topics; absent if there is none of it and the model has no class for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_article: Option<NoArticleReport>,
    /// Expected calibration error of the scores of all pairs; before calibration a score is
    /// σ(logit).
    pub calibration: TopicCalibration,
    /// Each topic of the model, in its order.
    pub topics: Vec<TopicRow>,
}

/// Scores over some pairs.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct TopicScore {
    /// Correct among given.
    pub precision: f64,
    /// Correct among gold.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Pairs in gold and given.
    pub correct: u64,
    /// Pairs given.
    pub predicted: u64,
    /// Pairs in gold.
    pub gold: u64,
}

/// The unweighted mean over topics that have enough gold articles.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct TopicMean {
    /// Of the F1s; 0 if there is no such topic.
    pub f1: f64,
    /// Topics that it is taken over.
    pub topics: usize,
    /// Gold articles that these have at least.
    pub min_gold: u64,
}

/// How often one topic is right.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct FirstTopic {
    /// Articles that have gold.
    pub articles: usize,
    /// Of these, those where it is right.
    pub correct: usize,
    /// The share of those; 0 of none.
    pub accuracy: f64,
}

/// How often text that is no article is known as such, and articles are mistaken for it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct NoArticleReport {
    /// Texts without gold topics.
    pub texts: usize,
    /// Of these, those that were given no topic.
    pub without_topic: usize,
    /// The share of those; 0 of none.
    pub share: f64,
    /// Articles with gold topics.
    pub articles: usize,
    /// Of these, those that would have been given a topic, had they not been taken for no article.
    pub lost: usize,
    /// The share of those; 0 of none.
    pub lost_share: f64,
}

/// Expected calibration error of topic scores.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct TopicCalibration {
    /// Bins of scores.
    pub bins: usize,
    /// Of all pairs.
    #[serde(flatten)]
    pub error: CalibrationError,
}

/// One topic.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct TopicRow {
    /// Its code.
    pub code: String,
    /// Its name.
    pub label: String,
    /// How well it was found.
    #[serde(flatten)]
    pub score: TopicScore,
    /// Expected calibration error of its scores.
    pub calibration: CalibrationError,
}

/// A line of a file that is no record of ours. Other keys do not matter.
#[derive(Deserialize)]
struct Annotated {
    text: String,
    title: Option<String>,
    labels: Option<Vec<String>>,
    topics_given: Option<Vec<TopicMark>>,
    topics: Option<Vec<TopicMark>>,
}

/// A topic of an article.
#[derive(Deserialize)]
struct TopicMark {
    code: Option<String>,
    label: Option<String>,
}

/// Reads a file of articles with their topics: see [`parse_topics`].
///
/// # Errors
/// A [`GoldError`] names the file and, where it can, the line.
pub fn read_topics(path: &Path, known: &[TopicName]) -> Result<Vec<TopicArticle>, GoldError> {
    parse_topics(path, &read_text(path)?, known)
}

/// Reads JSON lines with `text`, perhaps `title`, and the gold topics: `labels`, a list of topics
/// by name, or where there is no such key `topics_given`, the subjects that editors gave it (of
/// which those that the model knows count), or else `topics`, as in our own records. `known` are the model's
/// topics; `path` is for messages and ids.
///
/// # Errors
/// A [`GoldError`] says in which line what was found and what was wanted.
pub fn parse_topics(path: &Path, text: &str, known: &[TopicName]) -> Result<Vec<TopicArticle>, GoldError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut articles = Vec::new();
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.trim().is_empty()) {
        let at_line = |(found, wanted)| GoldError::Line { path: path.to_owned(), line, found, wanted };
        let (parsed, gold) = parse_line(row, known).map_err(at_line)?;
        let id = format!("{}:{line}", path.display());
        articles.push(TopicArticle { id, title: parsed.title.unwrap_or_default(), text: parsed.text, gold });
    }
    if articles.is_empty() {
        return Err(GoldError::NoTopics { path: path.to_owned() });
    }
    Ok(articles)
}

/// An annotated article and its gold topics, or what was found and what was wanted.
fn parse_line(row: &str, known: &[TopicName]) -> Result<(Annotated, Vec<usize>), (String, String)> {
    let wanted = "a JSON object with \"text\" and \"labels\" or \"topics\"";
    let complaint = |error: serde_json::Error| {
        let message = error.to_string();
        // The line would be counted from this one.
        let place = format!(" at line {} column {}", error.line(), error.column());
        let complaint = message.strip_suffix(&place).unwrap_or(&message);
        (format!("{complaint} at column {}", error.column()), wanted.to_owned())
    };
    let mut annotated = match Line::parse(row, None) {
        Ok(Line::Record(record)) => Annotated::of_record(&record).map_err(complaint)?,
        _ => serde_json::from_str(row).map_err(complaint)?,
    };
    let given = annotated.topics_given.take();
    let named = match (annotated.labels.take(), annotated.topics.take()) {
        (None, _) if given.is_some() => {
            // Editors know more codes than the model; those that it does not have are no mistake.
            let codes = given.into_iter().flatten().filter_map(|mark| mark.code);
            let marks = codes.map(|code| TopicMark { code: Some(media_topic(&code)), label: None });
            marks.filter(|mark| find(mark, known).is_ok()).collect()
        }
        (Some(labels), _) => labels.into_iter().map(|label| TopicMark { code: None, label: Some(label) }).collect(),
        (None, Some(topics)) => topics,
        (None, None) => return Err(("neither \"labels\" nor \"topics\"".to_owned(), wanted.to_owned())),
    };
    let mut gold = named.iter().map(|named| find(named, known)).collect::<Result<Vec<usize>, _>>()?;
    gold.sort_unstable();
    gold.dedup();
    Ok((annotated, gold))
}

/// A code of IPTC as the model's topics are called. The seventeen at the top have the same numbers in
/// the old subject codes and in Media Topics; deeper ones do not, and stay as they are.
fn media_topic(code: &str) -> String {
    let number = code.rsplit(['/', ':']).next().unwrap_or_default();
    let is_top = number.len() == 8 && number.ends_with("000000") && number.bytes().all(|b| b.is_ascii_digit());
    if is_top { format!("medtop:{number}") } else { code.to_owned() }
}

impl Annotated {
    /// Gold that was tagged has its own `labels` still, and they come first.
    fn of_record(record: &Record) -> serde_json::Result<Self> {
        let labels = record.fields().iter().find(|field| field.name == "labels");
        let labels: Option<Option<_>> = labels.map(|labels| serde_json::from_str(labels.json.get())).transpose()?;
        let named = |topic: &RecordTopic| TopicMark { code: Some(topic.code.to_string()), label: None };
        Ok(Self {
            text: text_of(record).ok_or_else(|| serde_json::Error::missing_field("text"))?.into_owned(),
            title: record.text("title").map(Cow::into_owned),
            labels: labels.flatten(),
            topics_given: given_in(record)?,
            topics: record.topics.as_ref().map(|topics| topics.iter().map(named).collect()),
        })
    }
}

/// The text of a record: its field `text`, or another one that names were found in.
fn text_of<'l>(record: &Record<'l>) -> Option<Cow<'l, str>> {
    let is_body = |name: &&str| !["title", "headline"].iter().any(|headline| name.contains(headline));
    let other = || record.texts().into_iter().find(|(name, _)| is_body(name)).map(|(_, text)| text);
    record.text("text").or_else(other)
}

/// The subjects that editors gave an article: `topics_given` of our own objects, `subject` and
/// `subjects` of ninjs.
fn given_in(record: &Record) -> serde_json::Result<Option<Vec<TopicMark>>> {
    let is_ninjs = record.text("uri").is_some();
    let field = record
        .fields()
        .iter()
        .find(|field| field.name == "topics_given" || is_ninjs && matches!(&*field.name, "subject" | "subjects"));
    let marks: Option<Vec<GivenMark>> = field.map(|field| serde_json::from_str(field.json.get())).transpose()?;
    let code = |mark: GivenMark| TopicMark { code: mark.code.or(mark.uri), label: None };
    Ok(marks.map(|marks| marks.into_iter().map(code).collect()))
}

/// A subject as editors give it.
#[derive(Deserialize)]
struct GivenMark {
    code: Option<String>,
    uri: Option<String>,
}

fn find(named: &TopicMark, known: &[TopicName]) -> Result<usize, (String, String)> {
    let position = match (&named.code, &named.label) {
        (Some(code), _) => known.iter().position(|name| name.code == *code),
        (None, Some(label)) => known.iter().position(|name| name.label == *label),
        (None, None) => return Err(("a topic without a name".to_owned(), "\"code\" or \"label\"".to_owned())),
    };
    position.ok_or_else(|| {
        let found = named.code.as_ref().or(named.label.as_ref()).expect("one of them was looked for");
        let names = known.iter().map(|name| match named.code {
            Some(_) => name.code.as_str(),
            None => name.label.as_str(),
        });
        // Names of topics may have commas in them.
        let names: Vec<&str> = names.collect();
        (format!("the topic {found:?}"), format!("one of the model's: {}", names.join("; ")))
    })
}

impl TopicReport {
    /// Compares predictions with gold, article by article; `names` are the model's topics.
    pub fn new(gold: &[Vec<usize>], predictions: &[TopicPrediction], names: &[TopicName]) -> Self {
        let mut counts = vec![Exact::default(); names.len()];
        let (mut all_pairs, mut pairs) = (BeforeAndAfter::default(), vec![BeforeAndAfter::default(); names.len()]);
        let (mut first, mut first_given) = (FirstTopic::NONE, FirstTopic::NONE);
        for (gold, TopicPrediction { logits, scores, given, .. }) in gold.iter().zip(predictions) {
            for (topic, counts) in counts.iter_mut().enumerate() {
                let (is_gold, is_given) = (gold.contains(&topic), given.contains(&topic));
                counts.gold += u64::from(is_gold);
                counts.predicted += u64::from(is_given);
                counts.correct += u64::from(is_gold && is_given);
            }
            for (topic, (&logit, &score)) in logits.iter().zip(scores).enumerate() {
                let raw = (1.0 / (1.0 + (-f64::from(logit)).exp())) as f32;
                for pair in [&mut all_pairs, &mut pairs[topic]] {
                    pair.add(raw, score, gold.contains(&topic));
                }
            }
            if gold.is_empty() {
                continue;
            }
            // Of equals the first, as in records.
            let highest = (0..scores.len()).min_by(|&a, &b| scores[b].total_cmp(&scores[a]));
            first.add(highest.is_some_and(|topic| gold.contains(&topic)));
            if let Some(topic) = given.first() {
                first_given.add(gold.contains(topic));
            }
        }
        let covered = predictions.iter().filter(|prediction| !prediction.given.is_empty()).count();
        let mut total = Exact::default();
        counts.iter().for_each(|&counts| total += counts);
        let f1s: Vec<f64> = counts.iter().filter(|counts| counts.gold >= MIN_GOLD).map(|counts| counts.f1()).collect();
        let rows = names.iter().zip(&counts).zip(&pairs).map(|((name, &counts), pair)| TopicRow {
            code: name.code.clone(),
            label: name.label.clone(),
            score: TopicScore::new(counts),
            calibration: pair.error(),
        });
        Self {
            articles: predictions.len(),
            covered,
            coverage: share(covered, predictions.len()),
            micro: TopicScore::new(total),
            mean: TopicMean {
                // Rust's sum of nothing is -0.
                f1: f1s.iter().fold(0.0, |sum, f1| sum + f1) / f1s.len().max(1) as f64,
                topics: f1s.len(),
                min_gold: MIN_GOLD,
            },
            first: first.settled(),
            first_given: first_given.settled(),
            no_article: NoArticleReport::new(gold, predictions, names.len()),
            calibration: TopicCalibration { bins: BINS, error: all_pairs.error() },
            topics: rows.collect(),
        }
    }
}

impl TopicScore {
    fn new(counts: Exact) -> Self {
        Self {
            precision: counts.precision(),
            recall: counts.recall(),
            f1: counts.f1(),
            correct: counts.correct,
            predicted: counts.predicted,
            gold: counts.gold,
        }
    }
}

impl NoArticleReport {
    fn new(gold: &[Vec<usize>], predictions: &[TopicPrediction], n_topics: usize) -> Option<Self> {
        let pairs = || gold.iter().zip(predictions);
        let (none, some) = (pairs().filter(|(gold, _)| gold.is_empty()), pairs().filter(|(gold, _)| !gold.is_empty()));
        let (texts, articles) = (none.clone().count(), some.clone().count());
        let without_topic = none.filter(|(_, prediction)| prediction.given.is_empty()).count();
        let lost = some.filter(|(_, prediction)| !prediction.taken.is_empty()).count();
        let has_class = predictions.iter().any(|prediction| prediction.logits.len() > n_topics);
        (texts > 0 || has_class).then(|| Self {
            texts,
            without_topic,
            share: share(without_topic, texts),
            articles,
            lost,
            lost_share: share(lost, articles),
        })
    }
}

impl FirstTopic {
    const NONE: Self = Self { articles: 0, correct: 0, accuracy: 0.0 };

    fn add(&mut self, is_right: bool) {
        self.articles += 1;
        self.correct += usize::from(is_right);
    }

    fn settled(self) -> Self {
        Self { accuracy: share(self.correct, self.articles), ..self }
    }
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// The report for people: percentages, then a table.
impl fmt::Display for TopicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { articles, covered, mean, first, first_given, .. } = self;
        writeln!(f, "{articles} articles, {covered} with a topic: coverage {:.2}", self.coverage * 100.0)?;
        let FirstTopic { articles, correct, accuracy } = first;
        writeln!(f, "highest-scoring topic in gold  {:>6.2}  ({correct} of {articles} articles)", accuracy * 100.0)?;
        let FirstTopic { articles, correct, accuracy } = first_given;
        writeln!(f, "first topic given in gold      {:>6.2}  ({correct} of {articles} articles)", accuracy * 100.0)?;
        if let Some(NoArticleReport { texts, without_topic, share, articles, lost, lost_share }) = self.no_article {
            write!(f, "no topic for text without gold {:>6.2}  ({without_topic} of {texts} texts)", share * 100.0)?;
            writeln!(f, "; {:.2} ({lost} of {articles} articles) lost theirs", lost_share * 100.0)?;
        }
        let width = self.topics.iter().map(|row| row.label.chars().count()).max().unwrap_or_default().max(20);
        write!(f, "\n{:width$}  precision  recall      F1    correct  predicted       gold", "topics")?;
        writeln!(f, "  ECE before   after")?;
        let rows = self.topics.iter().map(|row| (row.label.as_str(), row.score, row.calibration));
        for (name, score, calibration) in rows.chain([("micro", self.micro, self.calibration.error)]) {
            let TopicScore { precision, recall, f1, correct, predicted, gold } = score;
            write!(f, "{name:width$}  {:>9.2}  {:>6.2}  {:>6.2}", precision * 100.0, recall * 100.0, f1 * 100.0)?;
            write!(f, "  {correct:>9}  {predicted:>9}  {gold:>9}")?;
            writeln!(f, "  {:>10}  {:>6}", shown(calibration.raw), shown(calibration.calibrated))?;
        }
        writeln!(f, "{:width$}  {:>9}  {:>6}  {:>6.2}", "macro", "", "", mean.f1 * 100.0)?;
        let TopicMean { topics, min_gold, .. } = mean;
        writeln!(
            f,
            "\nMacro: the mean over topics with at least {min_gold} gold articles, of which there are {topics}."
        )?;
        writeln!(
            f,
            "ECE: expected calibration error over all articles, {} bins; before and after the recipe's calibration.",
            self.calibration.bins
        )
    }
}

#[cfg(test)]
mod tests;
