//! Samples that were drawn to measure the run: drawn again from the index and the records as the log says,
//! and kept while the server runs.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use dateline::internals::outputs::{self, Lines};
use dateline::internals::quality::{Passage, Passages, Population, Sample};
use dateline::record::{Line, Offsets};
use dateline::verdicts::{ArticleKey, ArticleState, Op, Opened, SampleDraw};
use dateline_search::Index;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Ask, Reply};
use crate::review::corpus::{Corpus, lock};
use crate::review::desk::{Desk, Now};
use crate::review::stored::{self, Stored};

/// What was drawn.
#[derive(Clone)]
pub enum Drawn {
    /// Mentions, with all that they were drawn from.
    Mentions(Arc<(Population, Sample)>),
    /// Passages.
    Passages(Arc<(SampleDraw, Vec<Passage>)>),
}

/// Samples by what they are of, seed and size.
#[derive(Default)]
pub struct Samples(Mutex<HashMap<(String, u64, usize), Drawn>>);

/// The most that can be drawn at once.
const MOST: usize = 2_000;

#[derive(Deserialize)]
struct Wanted {
    of: String,
    size: usize,
}

/// `POST /api/sample`: draws one, and writes down how.
pub fn draw(corpus: &Corpus, desk: &Desk, samples: &Samples, ask: &Ask) -> Result<Value, Reply> {
    let wrong = |found: String| Reply::refused(400, "sample", &found, None);
    let wanted: Wanted = serde_json::from_slice(&ask.body).map_err(|error| wrong(error.to_string()))?;
    if !(1..=MOST).contains(&wanted.size) || !["mentions", "passages"].contains(&wanted.of.as_str()) {
        return Err(wrong(format!("found {} {}, wanted 1 to {MOST} mentions or passages", wanted.size, wanted.of)));
    }
    let analyst = &ask.who.as_ref().ok_or_else(Reply::not_found)?.analyst;
    // A longer sample contains the shorter ones: chance begins with the same seed.
    let now = desk.now();
    let before = now.verdicts.samples().into_iter().rev().find(|(.., draw)| draw.of == wanted.of);
    let seed = match before {
        Some((.., draw)) => draw.seed,
        None => {
            let mut bits = [0_u8; 4];
            getrandom::fill(&mut bits).map_err(|error| Reply::refused(500, "chance", &error.to_string(), None))?;
            u64::from(u32::from_le_bytes(bits))
        }
    };
    drop(now);
    let drawn = samples.get(corpus, &wanted.of, seed, wanted.size)?;
    let sample = match &drawn {
        Drawn::Mentions(drawn) => drawn.1.draw.clone(),
        Drawn::Passages(drawn) => drawn.0.clone(),
    };
    if sample.size == 0 {
        return Err(Reply::refused(409, "nothing", "there is nothing to draw from", None));
    }
    let entries = desk.write(analyst, vec![Op::Sample { sample }.into()])?;
    let n = entries.first().map_or(0, |entry| entry.n);
    Ok(json!({"sample": format!("{analyst}-{n}")}))
}

impl Samples {
    /// What `seed` and `size` draw.
    pub fn get(&self, corpus: &Corpus, of: &str, seed: u64, size: usize) -> Result<Drawn, Reply> {
        let key = (of.to_owned(), seed, size);
        if let Some(drawn) = lock(&self.0).get(&key) {
            return Ok(drawn.clone());
        }
        let drawn = if of == "mentions" {
            let mut population = Population::new(seed, size);
            corpus.read(|index| {
                Ok(index.each_article(|text, spots| {
                    let spots = spots.iter().map(|spot| {
                        (spot.field.as_str(), spot.span, spot.label.as_str(), spot.zone.as_str(), spot.score)
                    });
                    population.add_mentions(ArticleKey::of_bytes(text), spots);
                })?)
            })?;
            let sample = population.draw(size);
            Drawn::Mentions(Arc::new((population, sample)))
        } else {
            let mut passages = Passages::new(seed, size);
            each_record(corpus, |opened| {
                passages.add(opened);
                Ok(())
            })
            .map_err(|error| Reply::refused(500, "records", &error.to_string(), None))?;
            Drawn::Passages(Arc::new(passages.draw(size)))
        };
        lock(&self.0).insert(key, drawn.clone());
        Ok(drawn)
    }

    /// The sample that is called `name`, as an analyst and the number of an entry, or else the last one.
    pub fn called(&self, corpus: &Corpus, now: &Now, name: Option<&str>) -> Result<Option<(String, Drawn)>, Reply> {
        let all = now.verdicts.samples();
        let title = |analyst: &str, n: u64| format!("{analyst}-{n}");
        let found = match name {
            Some(name) => all.iter().find(|(analyst, n, _)| title(&analyst.name, *n) == name),
            None => all.last(),
        };
        let Some((analyst, n, draw)) = found else { return Ok(None) };
        Ok(Some((title(&analyst.name, *n), self.get(corpus, &draw.of, draw.seed, draw.size)?)))
    }
}

/// Lines of the queue for a sample.
pub fn lines(index: &Index, now: &Now, drawn: &Drawn) -> Result<Vec<Value>, Reply> {
    let mut lines = Vec::new();
    match drawn {
        Drawn::Mentions(drawn) => {
            for mention in &drawn.1.mentions {
                let Some(&row) = index.articles_with_text(&mention.article.bytes())?.first() else { continue };
                let stored = Stored::open(index, row)?;
                let record = stored.record()?;
                let number = record
                    .mentions
                    .iter()
                    .position(|other| other.field == mention.field && [other.start, other.end] == mention.span);
                let Some(number) = number else { continue };
                let states = now.states(&stored)?;
                let state = states.get(&(number as u32)).and_then(|(_, state)| state.clone());
                // What was decided in sight of the model's answer is not blind.
                let is_blind = now.verdicts.on(mention.article).any(|(_, entry)| {
                    let is_sample = entry.decision.queue.as_deref().is_some_and(|queue| queue.starts_with("sample"));
                    is_sample && matches!(&entry.decision.op, Op::Mention { place, .. } if place.is_at(&mention.field, mention.span))
                });
                lines.push(json!({
                    "article": row, "number": number, "title": stored.row.title, "blind": true,
                    "words": stored::one_line(&record.mentions[number].text), "label": mention.label, "score": mention.score,
                    "state": state.filter(|_| is_blind),
                }));
            }
        }
        Drawn::Passages(drawn) => {
            for passage in &drawn.1 {
                let Some(&row) = index.articles_with_text(&passage.article.bytes())?.first() else { continue };
                let stored = Stored::open(index, row)?;
                let fields = stored.fields();
                let Some(field) = fields.iter().position(|field| field.field == passage.field) else { continue };
                let offsets = Offsets::new(&fields[field].text);
                let (Some(start), Some(end)) = (offsets.of_char(passage.span[0]), offsets.of_char(passage.span[1]))
                else {
                    continue;
                };
                let is_read = now.verdicts.is_done(passage.article)
                    || now.verdicts.on(passage.article).any(|(_, entry)| {
                        matches!(&entry.decision.op, Op::Article { state: ArticleState::Done, within: Some(within), .. }
                        if within.field == passage.field && within.span == passage.span)
                    });
                let words: String = fields[field].text[start.byte..end.byte].chars().take(60).collect();
                lines.push(json!({
                    "article": row, "number": null, "key": format!("p{field}-{}-{}", start.utf16, end.utf16), "title": stored.row.title,
                    "words": stored::one_line(&words), "score": 1.0, "state": is_read.then_some("done"),
                    "within": {"field": field, "start": start.utf16, "end": end.utf16},
                }));
            }
        }
    }
    Ok(lines)
}

/// Shows `see` every record that can be opened.
pub fn each_record(corpus: &Corpus, mut see: impl FnMut(&Opened<'_>) -> io::Result<()>) -> io::Result<()> {
    let failed = |error: &dyn std::error::Error| io::Error::other(dateline::internals::error::chain(error));
    let under = outputs::under_of(&corpus.records);
    let fields = corpus.fields();
    let mut lines = Lines::open(&corpus.records).map_err(|error| failed(&error))?;
    while let Some(line) = lines.next_line().map_err(|error| failed(&error))? {
        let text = std::str::from_utf8(line).map_err(|error| failed(&error))?;
        if let Ok(Line::Record(record)) = Line::parse(text, under.as_deref())
            && let Ok(opened) = Opened::new(*record, &fields)
        {
            see(&opened)?;
        }
    }
    Ok(())
}
