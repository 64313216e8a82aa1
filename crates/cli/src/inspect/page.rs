//! An article as an analyst looks at it: its names marked, its entities and topics listed.

use std::fmt::Write as _;

use anstyle::Style;

use dateline::document::{Entity, Reason, TaggedArticle, Topic, Zone};
use dateline::internals::label::LabelSet;
use dateline::tagger::{Scores, Tagger};

use crate::terminal::{counted, label_style, one_line, visible};

/// The article with its mentions marked, then the entities.
pub fn page(tagged: &TaggedArticle, labels: &LabelSet) -> String {
    let document = &tagged.document;
    let text = document.text();
    let mut out = String::new();
    let coverage = tagged.coverage;
    let dim = Style::new().dimmed();
    let _ = writeln!(
        out,
        "{dim}{}  {}, {}, {}, {}{dim:#}",
        visible(&document.article.id),
        counted(coverage.chars as u64, "character"),
        counted(text.split_whitespace().count() as u64, "word"),
        counted(document.sentences.len() as u64, "sentence"),
        counted(coverage.windows as u64, "window"),
    );
    let mut mentions = tagged.mentions.iter().peekable();
    for &(zone, span) in &document.zones {
        let heading = Style::new().dimmed().underline();
        let _ = writeln!(out, "\n{heading}{}{heading:#}", zone.name());
        let plain = if zone == Zone::Boilerplate { Style::new().dimmed() } else { Style::new() };
        let mut at = span.start();
        while let Some(mention) = mentions.next_if(|mention| mention.span.start() < span.end()) {
            let before = &text[at..mention.span.start().max(at)];
            let style = label_style(labels.name(mention.label));
            let _ = write!(out, "{plain}{}{plain:#}", visible(before));
            let surface = visible(mention.span.of(text));
            let _ = write!(out, "{style}[{surface}]{style:#}{dim}{}{dim:#}", labels.name(mention.label));
            at = mention.span.end();
        }
        let _ = writeln!(out, "{plain}{}{plain:#}", visible(&text[at.min(span.end())..span.end()]));
    }
    let text = |span: dateline::Span| span.of(text);
    let entities = tagged.entities.iter().map(|entity| Named {
        label: labels.name(entity.label),
        name: text(entity.name),
        n_mentions: entity.mentions.len(),
        salience: entity.salience.into(),
        aliases: tagged.aliases(entity),
    });
    list_entities(entities.collect(), labels.names().iter().map(String::as_str), &mut out);
    out
}

/// An entity, as it is listed.
pub struct Named<'a> {
    pub label: &'a str,
    pub name: &'a str,
    pub n_mentions: usize,
    pub salience: f64,
    pub aliases: Vec<&'a str>,
}

/// Lists entities by label, in the order of `labels`, and the most salient first.
pub fn list_entities<'a>(mut entities: Vec<Named<'_>>, labels: impl Iterator<Item = &'a str>, out: &mut String) {
    let dim = Style::new().dimmed();
    entities.sort_by(|a, b| b.salience.total_cmp(&a.salience));
    for label in labels {
        let style = label_style(label);
        let mut heading = Some(format!("\n{style}{}{style:#}\n", one_line(label)));
        for Named { name, n_mentions, salience, aliases, .. } in entities.iter().filter(|entity| entity.label == label)
        {
            out.push_str(&heading.take().unwrap_or_default());
            let name = one_line(name);
            let mut others: Vec<String> = Vec::new();
            for alias in aliases.iter().map(|alias| one_line(alias)) {
                if alias != name && !others.contains(&alias) {
                    others.push(alias);
                }
            }
            let aliases = if others.is_empty() { String::new() } else { format!("  also {}", others.join(", ")) };
            let times = format!("×{n_mentions}");
            let _ = writeln!(out, "  {name:<32} {times:<4} {salience:.2}{dim}{aliases}{dim:#}");
        }
    }
}

/// An entity of several mentions, as its reasons are listed.
pub struct Joined<'a> {
    pub name: &'a str,
    pub mentions: Vec<Because<'a>>,
}

/// A mention, and why it is one with an earlier one of its entity; the first has no reason.
pub struct Because<'a> {
    pub text: &'a str,
    pub zone: &'a str,
    pub reason: Option<&'a str>,
}

/// Why the mentions of each entity are one.
pub fn reasons(tagged: &TaggedArticle) -> Vec<Joined<'_>> {
    let text = tagged.document.text();
    let entity = |entity: &'_ Entity| {
        let because = |(&mention, reason): (&usize, &Option<Reason>)| {
            let span = tagged.mentions[mention].span;
            Because {
                text: span.of(text),
                zone: tagged.document.zone(span).name(),
                reason: reason.map(|reason| reason.name()),
            }
        };
        let mentions = entity.mentions.iter().zip(&entity.because).map(because).collect();
        Joined { name: entity.name.of(text), mentions }
    };
    tagged.entities.iter().filter(|entity| entity.mentions.len() > 1).map(entity).collect()
}

/// Lists why mentions are one, entity by entity in the order of the text.
pub fn list_reasons(entities: Vec<Joined<'_>>, out: &mut String) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let _ = writeln!(out, "\n{bold}why{bold:#}");
    if entities.is_empty() {
        let _ = writeln!(out, "  {dim}nothing is named twice{dim:#}");
    }
    for Joined { name, mentions } in entities {
        let _ = writeln!(out, "  {}", one_line(name));
        for (place, Because { text, zone, reason }) in mentions.iter().enumerate() {
            let reason = reason.unwrap_or(if place == 0 { "first" } else { "not said in this record" });
            let _ = writeln!(out, "    {:<30} {zone:<12} {}", one_line(text), one_line(reason));
        }
    }
}

/// Lists the topics of an article, each a name, a code and a score.
pub fn given<'a>(topics: impl ExactSizeIterator<Item = (&'a str, &'a str, f64)>, out: &mut String) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let _ = writeln!(out, "\n{bold}topics{bold:#}");
    if topics.len() == 0 {
        let _ = writeln!(out, "  {dim}none that the model is sure of{dim:#}");
    }
    for (name, code, score) in topics {
        let _ = writeln!(out, "  {:<42} {score:.2}  {dim}{}{dim:#}", one_line(name), one_line(code));
    }
}

/// The article's topics, and those that came near.
pub fn subjects(tagged: &TaggedArticle, scores: &Scores, tagger: &Tagger) -> String {
    /// Runners-up shown: they tell how near the model was to another answer.
    const UNSURE: usize = 3;
    /// Nobody would think of a topic that scores less.
    const HARDLY: f32 = 0.1;
    let mut out = String::new();
    let Some(topics) = &tagged.topics else { return out };
    let all = tagger.topics(scores);
    let unsure = all.ranked.iter().filter(|topic| !topics.contains(topic) && topic.score >= HARDLY).take(UNSURE);
    let dim = Style::new().dimmed();
    let rules = &tagger.model().recipe().topics;
    let name = |topic: &Topic| one_line(&rules[topic.topic].label);
    given(
        topics.iter().map(|topic| (&*rules[topic.topic].label, &*rules[topic.topic].code, topic.score.into())),
        &mut out,
    );
    for topic in unsure {
        let _ = writeln!(out, "  {dim}{:<42} {:.2}  not given{dim:#}", name(topic), topic.score);
    }
    if let (Some(score), false) = (all.no_article, all.taken.is_empty()) {
        let _ = writeln!(out, "  {dim}{:<42} {score:.2}  so no topic is given{dim:#}", "text that is no article");
    }
    out
}
