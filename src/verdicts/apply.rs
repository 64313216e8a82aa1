//! A record as rules and verdicts leave it.
//!
//! The model counts less than a rule, and a rule less than a verdict on a mention. Among analysts
//! nothing is overridden silently: where they differ, what stands without them stays, and the
//! difference is listed until a judge decides.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::document::{Entity, Mention};
use crate::label::LabelSet;
use crate::record::{Offsets, Record, RecordEntity, RecordMention, RecordTopic};
use crate::rules::{Effect, EffectKind, Rule, RuleSet, is_whole_word};
use crate::span::Span;
use crate::verdicts::entry::{ArticleState, Op, Reach, Topic};
use crate::verdicts::opened::Opened;
use crate::verdicts::state::Verdicts;

/// Who says what a mention is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum By {
    /// The model.
    Model,
    /// The rule with this id.
    Rule(String),
    /// An analyst.
    Analyst(String),
}

/// As a record's `by` has it.
impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model => f.write_str("model"),
            Self::Rule(id) => write!(f, "rule:{id}"),
            Self::Analyst(name) => f.write_str(name),
        }
    }
}

/// A mention, or what was one, and who says so.
#[derive(Clone, PartialEq, Debug)]
pub struct Mark {
    /// Where it is in the article's text.
    pub span: Span,
    /// Its label; none if it is no name.
    pub label: Option<String>,
    /// Its score: 1 where a rule or an analyst says so.
    pub score: f64,
    /// Who says so.
    pub by: By,
    /// The mention of the record as it was written that is at the same span, if there is one.
    pub from: Option<usize>,
    /// Whether an analyst has decided it, be it as the model has it.
    pub decided: bool,
}

/// Analysts say different things of one place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Where.
    pub span: Span,
    /// What each says: a label, or none for no name. Who has said nothing is not there.
    pub says: Vec<(String, Option<String>)>,
}

/// An article as rules and verdicts leave it.
#[derive(Clone, Debug)]
pub struct Standing<'l> {
    /// The record as it is now.
    pub record: Record<'l>,
    /// Of each of its mentions, in the same order, who says so.
    pub marks: Vec<Mark>,
    /// What the record as it was written has, or an analyst has said, and what stands no longer: no
    /// name, or covered by a longer one that was decided too.
    pub fallen: Vec<Mark>,
    /// Where analysts differ.
    pub differences: Vec<Difference>,
    /// Whether they differ on the topics.
    pub topics_differ: bool,
    /// What each match of a rule did.
    pub effects: Vec<Effect>,
    /// How far the article is: done if someone has said so.
    pub state: ArticleState,
}

/// `opened` as `rules` and `verdicts` leave it; every mention says in `by` who says so.
///
/// A pure function: review, export, `eval` and `tag --rules` agree because all of them go through
/// it, or through the rules' part of it.
pub fn apply<'l>(opened: &Opened<'l>, rules: &RuleSet, verdicts: &Verdicts) -> Record<'l> {
    let Standing { mut record, marks, .. } = stand(opened, rules, verdicts);
    for (mention, mark) in record.mentions.iter_mut().zip(marks) {
        mention.by = Some(Cow::Owned(mark.by.to_string()));
    }
    record
}

/// The same, and who says what. A record in which nothing was decided and no rule changes anything
/// stays as it is.
pub fn stand<'l>(opened: &Opened<'l>, rules: &RuleSet, verdicts: &Verdicts) -> Standing<'l> {
    let claims = Claims::of(opened, verdicts);
    let mut names: BTreeSet<&str> = rules.labels().into_iter().collect();
    names.extend(claims.said.values().flatten().filter_map(|said| said.label.as_deref()));
    let labels = opened.labels().with(&names.into_iter().collect::<Vec<_>>());
    let corrected = rules.correct(&opened.document, opened.mentions(), &labels);
    let (decided, differences) = claims.settle();

    let mut standing: Vec<(Mention, Mark)> = Vec::new();
    let mut fallen = Vec::new();
    let written_at = |span: Span| opened.mentions().binary_search_by_key(&span, |mention| mention.span).ok();
    // The longest of those that were decided come first, so that what overlaps them has no place.
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let is_free = |taken: &BTreeMap<usize, usize>, span: Span| {
        taken.range(..span.end()).next_back().is_none_or(|(_, &end)| end <= span.start())
    };
    let mut longest: Vec<(&Span, &Said)> = decided.iter().collect();
    longest.sort_by_key(|(span, _)| (std::cmp::Reverse(span.len()), **span));
    for (&span, said) in longest {
        let (label, by) = (said.label.clone(), By::Analyst(said.analyst.clone()));
        let mark = Mark { span, label, score: 1.0, by, from: written_at(span), decided: true };
        match said.label.as_deref().and_then(|name| labels.find(name)) {
            Some(label) if is_free(&taken, span) => {
                taken.insert(span.start(), span.end());
                let sentence = opened.document.sentence(span).unwrap_or_default();
                standing.push((Mention { span, label, score: 1.0, raw_score: 1.0, sentence, rule: None }, mark));
            }
            Some(_) => fallen.push(mark),
            None if mark.from.is_some() || said.is_move => fallen.push(mark),
            None => {}
        }
    }
    for found in &corrected.mentions {
        let mention = found.mention;
        if decided.contains_key(&mention.span) || !is_free(&taken, mention.span) {
            continue;
        }
        let written = found.from.and_then(|from| opened.record.mentions[from].by.as_deref());
        let by = match (mention.rule, written) {
            (Some(rule), _) => By::Rule(rules.rules()[rule as usize].id.clone()),
            (None, Some(by)) => by_of(by),
            (None, None) => By::Model,
        };
        let score = found.from.map_or(1.0, |from| opened.record.mentions[from].score);
        let label = Some(labels.name(mention.label).to_owned());
        let mark = Mark { span: mention.span, label, score, by, from: written_at(mention.span), decided: false };
        standing.push((mention, mark));
    }
    standing.sort_by_key(|(mention, _)| mention.span);
    let mut stands = vec![false; opened.mentions().len()];
    standing.iter().filter_map(|(_, mark)| mark.from).for_each(|from| stands[from] = true);
    fallen.iter().filter_map(|mark| mark.from).for_each(|from| stands[from] = true);
    let mut cause: Vec<Option<usize>> = vec![None; stands.len()];
    for effect in corrected.effects.iter().filter(|effect| effect.kind == EffectKind::Change) {
        effect.found.iter().for_each(|&from| cause[from] = Some(effect.at.rule));
    }
    for (from, _) in stands.iter().enumerate().filter(|(_, stands)| !**stands) {
        let span = opened.mentions()[from].span;
        let over = standing.partition_point(|(mention, _)| mention.span.end() <= span.start());
        let over = standing[over..].first().filter(|(mention, mark)| mention.span.overlaps(span) && mark.decided);
        let by = match (over, cause[from]) {
            (Some((_, mark)), _) => mark.by.clone(),
            (None, Some(rule)) => By::Rule(rules.rules()[rule].id.clone()),
            (None, None) => By::Model,
        };
        fallen.push(Mark { span, label: None, score: 1.0, by, from: Some(from), decided: false });
    }
    fallen.sort_by_key(|mark| mark.span);

    let (mentions, marks): (Vec<Mention>, Vec<Mark>) = standing.into_iter().unzip();
    let (topics, topics_differ) = topics(opened, verdicts);
    let mut record = opened.record.clone();
    let is_as_written = corrected.mentions.len() == opened.mentions().len()
        && corrected.mentions.iter().all(|found| found.from.is_some())
        && decided.is_empty();
    let entities = rules.regroup(&opened.document, &mentions, &labels);
    let entities = claims.names.rearrange(entities, &opened.document, &mentions, &labels);
    // Where nothing has changed the entities are those that the run has made, be it another version.
    let by_names = |set: &RuleSet| set.rules().iter().any(|rule| rule.words.is_none());
    if !is_as_written || by_names(rules) || by_names(&claims.names) {
        (record.mentions, record.entities) = written(opened, &mentions, &marks, &entities, &labels);
    }
    if let Some(topics) = topics {
        record.topics = Some(topics);
    }
    let is_done = verdicts.states(opened.key);
    let state =
        [ArticleState::Done, ArticleState::Skip].into_iter().find(|state| is_done.iter().any(|(_, s)| s == state));
    let state = state.unwrap_or(ArticleState::Open);
    Standing { record, marks, fallen, differences, topics_differ, effects: corrected.effects, state }
}

/// Who `by` in a record is.
fn by_of(by: &str) -> By {
    match by.strip_prefix("rule:") {
        Some(id) => By::Rule(id.to_owned()),
        None if by == "model" => By::Model,
        None => By::Analyst(by.to_owned()),
    }
}

/// What one analyst says of a span.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Said {
    analyst: String,
    judge: bool,
    label: Option<String>,
    /// It is said to be elsewhere.
    is_move: bool,
}

/// What analysts say of an article's mentions and names.
struct Claims {
    /// Of each span what each analyst has said last.
    said: BTreeMap<Span, Vec<Said>>,
    names: RuleSet,
}

impl Claims {
    fn of(opened: &Opened<'_>, verdicts: &Verdicts) -> Self {
        let mut said: BTreeMap<Span, Vec<Said>> = BTreeMap::new();
        let mut names: Vec<Rule> = Vec::new();
        for (analyst, entry) in verdicts.on(opened.key) {
            let judge = entry.decision.judge;
            let mut say = |span: Span, label: Option<&str>, is_move: bool| {
                let all = said.entry(span).or_default();
                all.retain(|other| other.analyst != analyst.name);
                all.push(Said { analyst: analyst.name.clone(), judge, label: label.map(str::to_owned), is_move });
            };
            match &entry.decision.op {
                Op::Mention { place, say: what, reach, .. } => {
                    let Some(span) = opened.span(&place.field, place.span) else { continue };
                    match what.span.and_then(|to| opened.span(&place.field, to)) {
                        Some(to) if to != span => {
                            say(span, None, true);
                            say(to, what.label.as_deref(), false);
                        }
                        _ => {
                            let label = what.label.as_deref();
                            reached(opened, span, *reach).into_iter().for_each(|span| say(span, label, false));
                        }
                    }
                }
                Op::Add { place, label, reach } => {
                    let Some(span) = opened.span(&place.field, place.span) else { continue };
                    reached(opened, span, *reach).into_iter().for_each(|span| say(span, Some(label), false));
                }
                Op::Same { names: of, label, name, .. } => names.push(Rule {
                    id: format!("{}-{}", analyst.name, entry.n),
                    same: of.clone(),
                    label: label.clone(),
                    name: name.clone(),
                    ..Rule::default()
                }),
                Op::Different { names: of, label, .. } => names.push(Rule {
                    id: format!("{}-{}", analyst.name, entry.n),
                    different: of.clone(),
                    label: label.clone(),
                    ..Rule::default()
                }),
                _ => {}
            }
        }
        Self { said, names: RuleSet::new(names) }
    }

    /// What is decided of each span, and where analysts differ.
    fn settle(&self) -> (BTreeMap<Span, Said>, Vec<Difference>) {
        let mut decided = BTreeMap::new();
        let mut differences = Vec::new();
        for (&span, said) in &self.said {
            let last = said.last().expect("a span is there because something was said of it");
            let judged = said.iter().rev().find(|said| said.judge);
            if let Some(said) = judged {
                decided.insert(span, said.clone());
            } else if said.iter().all(|other| other.label == last.label) {
                decided.insert(span, said[0].clone());
            } else {
                let says = said.iter().map(|said| (said.analyst.clone(), said.label.clone())).collect();
                differences.push(Difference { span, says });
            }
        }
        (decided, differences)
    }
}

/// Where a verdict on `span` holds: there alone, or wherever the same words stand as whole words and
/// not as a part of a longer name.
fn reached(opened: &Opened<'_>, span: Span, reach: Reach) -> Vec<Span> {
    let text = opened.document.text();
    let words = span.of(text);
    if reach == Reach::Here || words.is_empty() {
        return vec![span];
    }
    let mentions = opened.mentions();
    let is_longer_at = |at: Span| {
        let from = mentions.partition_point(|mention| mention.span.end() <= at.start());
        mentions[from..].first().is_some_and(|mention| mention.span != at && mention.span.contains(at))
    };
    let mut spans = Vec::new();
    for field in &opened.document.article.fields {
        for (at, _) in field.span.of(text).match_indices(words) {
            let at = Span::new(text, field.span.start() + at, field.span.start() + at + words.len());
            let at = at.expect("a match begins and ends with a character");
            if at == span || is_whole_word(text, at.start(), at.end()) && !is_longer_at(at) {
                spans.push(at);
            }
        }
    }
    spans
}

/// The topics that analysts have said, if they have and do not differ; and whether they differ.
fn topics<'l>(opened: &Opened<'l>, verdicts: &Verdicts) -> (Option<Vec<RecordTopic<'l>>>, bool) {
    let mut said: Vec<(&str, bool, &[Topic])> = Vec::new();
    for (analyst, entry) in verdicts.on(opened.key) {
        let Op::Topics { say, .. } = &entry.decision.op else { continue };
        said.retain(|(name, ..)| *name != analyst.name);
        said.push((&analyst.name, entry.decision.judge, say));
    }
    let codes = |topics: &[Topic]| topics.iter().map(|topic| topic.code.clone()).collect::<BTreeSet<_>>();
    let Some(&(.., last)) = said.last() else { return (None, false) };
    let judged = said.iter().rev().find(|(_, judge, _)| *judge).map(|&(.., topics)| topics);
    if judged.is_none() && said.iter().any(|(.., topics)| codes(topics) != codes(last)) {
        return (None, true);
    }
    let topics = judged.unwrap_or(last).iter().map(|topic| RecordTopic {
        code: Cow::Owned(topic.code.clone()),
        label: Cow::Owned(topic.label.clone()),
        score: 1.0,
    });
    (Some(topics.collect()), false)
}

/// Mentions and entities as a record has them.
fn written<'l>(
    opened: &Opened<'l>,
    mentions: &[Mention],
    marks: &[Mark],
    entities: &[Entity],
    labels: &LabelSet,
) -> (Vec<RecordMention<'l>>, Vec<RecordEntity<'l>>) {
    let (document, record) = (&opened.document, &opened.record);
    let text = document.text();
    let mut entity_of = vec![0; mentions.len()];
    for (id, entity) in entities.iter().enumerate() {
        entity.mentions.iter().for_each(|&mention| entity_of[mention] = id);
    }
    let mut because = vec![None; mentions.len()];
    for entity in entities.iter().filter(|_| !record.is_compact()) {
        for (&mention, reason) in entity.mentions.iter().zip(&entity.because) {
            because[mention] = reason.map(|reason| Cow::Borrowed(reason.name()));
        }
    }
    let all_offsets = record.mentions.first().is_some_and(|mention| mention.start_byte.is_some());
    let offsets = Offsets::new(text);
    let mention = |i: usize| -> RecordMention<'l> {
        let (mention, mark) = (&mentions[i], &marks[i]);
        let by = (mark.by != By::Model).then(|| Cow::Owned(mark.by.to_string()));
        if let (Some(from), false) = (mark.from, mark.decided)
            && mention.rule.is_none()
        {
            return RecordMention {
                entity: entity_of[i],
                because: because[i].clone(),
                by,
                ..record.mentions[from].clone()
            };
        }
        let field = document.field(mention.span);
        let origin = offsets.position(field.span.start());
        let [start, end] = [mention.span.start(), mention.span.end()].map(|at| offsets.position(at));
        let also = |offset: usize| all_offsets.then_some(offset);
        RecordMention {
            start: start.char - origin.char,
            end: end.char - origin.char,
            start_byte: also(start.byte - origin.byte),
            end_byte: also(end.byte - origin.byte),
            start_utf16: also(start.utf16 - origin.utf16),
            end_utf16: also(end.utf16 - origin.utf16),
            label: Cow::Owned(labels.name(mention.label).to_owned()),
            text: Cow::Owned(mention.span.of(text).to_owned()),
            score: mark.score,
            field: Cow::Owned(field.name.clone()),
            zone: document.zone(mention.span).name().into(),
            source: None,
            sentence: (!record.is_compact()).then_some(mention.sentence),
            entity: entity_of[i],
            because: because[i].clone(),
            by,
        }
    };
    // What `dateline link` has said holds of an entity as long as it has its name.
    let before: BTreeMap<(&str, &str), &RecordEntity<'l>> =
        record.entities.iter().map(|entity| ((&*entity.label, &*entity.name), entity)).collect();
    let entity = |(id, entity): (usize, &Entity)| -> RecordEntity<'l> {
        let name = entity.called.as_deref().unwrap_or_else(|| entity.name.of(text));
        let mut known = BTreeSet::from([name]);
        let forms = entity.mentions.iter().map(|&i| mentions[i].span.of(text));
        let before = before.get(&(labels.name(entity.label), name));
        RecordEntity {
            id,
            label: Cow::Owned(labels.name(entity.label).to_owned()),
            name: Cow::Owned(name.to_owned()),
            aliases: forms.filter(|form| known.insert(form)).map(|form| Cow::Owned(form.to_owned())).collect(),
            mentions: entity.mentions.clone(),
            salience: (f64::from(entity.salience) * 1e4).round() / 1e4,
            link: before.and_then(|before| before.link.clone()),
            country: before.and_then(|before| before.country.clone()),
        }
    };
    ((0..mentions.len()).map(mention).collect(), entities.iter().enumerate().map(entity).collect())
}
