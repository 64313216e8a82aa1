//! `--stage`: what one step saw of an article.

use std::fmt::Write as _;

use dateline::document::TaggedArticle;
use dateline::internals::label::LabelSet;
use dateline::internals::span::Span;
use dateline::tagger::{EncodedArticle, Scores, Tagger, TopicScores};

use crate::terminal::{one_line, visible};

pub fn topics(scores: &Scores, tagger: &Tagger) -> String {
    let recipe = tagger.model().recipe();
    let (rules, TopicScores { logits, ranked, no_article, given, taken }) = (&recipe.topics, tagger.topics(scores));
    let mut out = String::new();
    let _ = writeln!(out, "topic  logit    score   threshold  given  code              label");
    for topic in &ranked {
        let rule = &rules[topic.topic];
        let _ = writeln!(
            out,
            "{:>5}  {:>+7.3}  {:.4}  {:>9.4}  {:<5}  {:<16}  {}",
            topic.topic,
            logits[topic.topic],
            topic.score,
            rule.threshold,
            if given.contains(topic) { "yes" } else { "no" },
            one_line(&rule.code),
            one_line(&rule.label),
        );
    }
    if let (Some(class), Some(score)) = (recipe.no_article, no_article) {
        let (logit, threshold) = (logits[rules.len()], class.threshold);
        let says = match taken.len() {
            _ if f64::from(score) < threshold => "an article".to_owned(),
            n => format!("no article: {n} not given for this"),
        };
        let _ = writeln!(out, "    -  {logit:>+7.3}  {score:.4}  {threshold:>9.4}  {says}");
    }
    out
}

pub fn sentences(reading: &EncodedArticle) -> String {
    let document = &reading.document;
    let mut out = String::new();
    for (i, &sentence) in document.sentences.iter().enumerate() {
        let zone = document.zone(sentence).name();
        let at = format!("{sentence:?}");
        let _ = writeln!(out, "{i:>5}  {at:<14} {zone:<12} {}", one_line(sentence.of(document.text())));
    }
    out
}

pub fn tokens(reading: &EncodedArticle, tagger: &Tagger) -> String {
    let EncodedArticle { document, encoding, .. } = reading;
    let mut out = String::new();
    let _ = writeln!(out, "token  bytes          sentence  casing       piece");
    for (sentence, tokens) in encoding.sentences.windows(2).enumerate() {
        for token in tokens[0]..tokens[1] {
            let piece = tagger.model().tokenizer().token(encoding.ids[token]);
            let indent = if encoding.begins_word[token] { "" } else { "  " };
            let casing = format!("{:?}", encoding.casing[token]);
            let span = encoding.spans[token];
            let at = format!("{span:?}");
            let surface = one_line(span.of(document.text()));
            let surface = if surface == piece { String::new() } else { format!("  {surface}") };
            let _ =
                writeln!(out, "{token:>5}  {at:<14} {sentence:>8}  {casing:<12} {indent}{}{surface}", visible(&piece));
        }
    }
    out
}

pub fn windows(reading: &EncodedArticle) -> String {
    let EncodedArticle { document, encoding, .. } = reading;
    let text = document.text();
    let mut out = String::new();
    let _ = writeln!(out, "window  reads          decides        text decided");
    for (i, window) in reading.windows.iter().enumerate() {
        let (from, to) = (encoding.spans[window.decides.start], encoding.spans[window.decides.end - 1]);
        let decided = one_line(Span::snapped_outward(text, from.start(), to.end()).of(text));
        let reads = format!("{:?}", window.tokens);
        let decides = format!("{:?}", window.decides);
        let _ = writeln!(out, "{i:>6}  {reads:<14} {decides:<14} {}", ends(&decided));
    }
    out
}

/// The first and last words of a text.
fn ends(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    match words.len() {
        0..=12 => text.to_owned(),
        n => format!("{} … {}", words[..6].join(" "), words[n - 6..].join(" ")),
    }
}

pub fn logits(reading: &EncodedArticle, scores: &Scores, tagger: &Tagger) -> String {
    let EncodedArticle { document, encoding, words, .. } = reading;
    let labels = &tagger.model().labels();
    let n_tags = labels.tags().len();
    let mut out = String::new();
    let _ = writeln!(out, " word  text                     probabilities of the likeliest tags (logits)");
    for (word, &token) in words.iter().enumerate() {
        let last = words.get(word + 1).map_or(encoding.len(), |&next| next) - 1;
        let span = Span::snapped_outward(document.text(), encoding.spans[token].start(), encoding.spans[last].end());
        let row = &scores.logits[word * n_tags..][..n_tags];
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|logit| (logit - max).exp()).sum();
        let mut order: Vec<usize> = (0..n_tags).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        let likeliest: Vec<String> = order
            .iter()
            .take(3)
            .map(|&tag| {
                let name = labels.tag_name(labels.tags()[tag]);
                format!("{name} {:.3} ({:+.2})", (row[tag] - max).exp() / sum, row[tag])
            })
            .collect();
        let _ = writeln!(out, "{word:>5}  {:<24} {}", one_line(span.of(document.text())), likeliest.join("  "));
    }
    out
}

pub fn mentions(tagged: &TaggedArticle, labels: &LabelSet) -> String {
    let text = tagged.document.text();
    let entity_of = tagged.entity_of();
    let mut out = String::new();
    let _ = writeln!(out, "mention  bytes          label  score   sentence  zone         entity  text");
    for (i, mention) in tagged.mentions.iter().enumerate() {
        let at = format!("{:?}", mention.span);
        let _ = writeln!(
            out,
            "{i:>7}  {at:<14} {:<6} {:.4} {:>9}  {:<12} {:>6}  {}",
            labels.name(mention.label),
            mention.score,
            mention.sentence,
            tagged.document.zone(mention.span).name(),
            entity_of[i],
            one_line(mention.span.of(text)),
        );
    }
    out
}
