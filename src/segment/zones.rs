//! Says what each paragraph of an article is for.
//!
//! Takes the paragraphs of a field and returns pieces of text with their [`Zone`]s. What nothing
//! speaks against is body: story text that is called boilerplate is lost to an analyst, while
//! furniture that is called body is merely noise. There are three kinds of evidence: what a
//! paragraph says in set phrases ([`phrases`]), what stands around it, and, for "About the company"
//! and the like, how much of the text would go with it.

use crate::document::Zone;
use crate::segment::dateline;
use crate::segment::phrases::{self, Ends};
use crate::segment::sentences::{self, Capitals};
use crate::span::Span;

/// What is known of a field from the rest of its article.
#[derive(Clone, Copy)]
pub(super) struct Setting<'t> {
    /// The article's headline, if a field holds it.
    pub headline: Option<&'t str>,
    /// Whether the field opens an article whose headline no field holds.
    pub may_begin_with_headline: bool,
}

/// The number of paragraphs before the story among which titles, bylines and dates are looked for.
const OPENING: usize = 16;

/// Gives the paragraphs of a field their zones, in order; a dateline is cut from the paragraph it
/// begins.
pub(super) fn zones(text: &str, paragraphs: &[Span], setting: Setting) -> Vec<(Zone, Span)> {
    let mut zones: Vec<Zone> = paragraphs.iter().map(|paragraph| phrases::zone(paragraph.of(text))).collect();
    mark_caption_twins(text, paragraphs, &mut zones);
    let dateline = mark_opening(text, paragraphs, &mut zones, setting);
    mark_closing(text, paragraphs, &mut zones);
    cut(text, paragraphs, &zones, dateline)
}

/// The paragraphs with their zones, the dateline cut from the one that it begins.
fn cut(text: &str, paragraphs: &[Span], zones: &[Zone], dateline: Option<(usize, usize)>) -> Vec<(Zone, Span)> {
    let mut pieces = Vec::with_capacity(paragraphs.len() + 1);
    for (idx, (&zone, &paragraph)) in zones.iter().zip(paragraphs).enumerate() {
        let cut = dateline.filter(|&(of, _)| of == idx && zone == Zone::Body).and_then(|(_, len)| {
            let dateline = Span::new(text, paragraph.start(), paragraph.start() + len)?;
            let story = Span::new(text, paragraph.start() + len, paragraph.end())?.trimmed(text);
            Some((dateline, story))
        });
        match cut {
            Some((dateline, story)) => {
                pieces.push((Zone::Dateline, dateline));
                pieces.extend(Some((zone, story)).filter(|_| !story.is_empty()));
            }
            None => pieces.push((zone, paragraph)),
        }
    }
    pieces
}

/// The zones of paragraphs of which the source says what they are for, as a page does. A dateline is
/// cut from the story all the same, and what calls itself furniture is believed; what the source
/// calls furniture is.
pub(super) fn claimed(text: &str, claims: &[(Zone, Span)]) -> Vec<(Zone, Span)> {
    /// Paragraphs of the story among which the dateline is.
    const FIRST: usize = 3;
    let paragraphs: Vec<Span> = claims.iter().map(|&(_, span)| span).collect();
    let own = |&(zone, span): &(Zone, Span)| match (zone, phrases::zone(span.of(text))) {
        (Zone::Body, own @ (Zone::Boilerplate | Zone::Byline)) => own,
        _ => zone,
    };
    let mut zones: Vec<Zone> = claims.iter().map(own).collect();
    let mut ended = zones.clone();
    mark_closing(text, &paragraphs, &mut ended);
    for (zone, ended) in zones.iter_mut().zip(ended) {
        if *zone == Zone::Body {
            *zone = ended;
        }
    }
    let body = (0..zones.len()).filter(|&idx| zones[idx] == Zone::Body).take(FIRST);
    let dateline = body.into_iter().find_map(|idx| Some((idx, dateline::dateline(paragraphs[idx].of(text))?)));
    cut(text, &paragraphs, &zones, dateline)
}

/// A page often repeats a caption without its credit: both are captions.
fn mark_caption_twins(text: &str, paragraphs: &[Span], zones: &mut [Zone]) {
    for idx in 1..paragraphs.len() {
        let (line, next) = (paragraphs[idx - 1].of(text), paragraphs[idx].of(text));
        if zones[idx] == Zone::Caption && zones[idx - 1] == Zone::Body && next.starts_with(line) {
            zones[idx - 1] = Zone::Caption;
        }
    }
}

/// Marks what stands before the story, and returns the paragraph that begins with a dateline and
/// the dateline's length.
///
/// The story begins with the first paragraph that has a dateline or reads like prose.
fn mark_opening(text: &str, paragraphs: &[Span], zones: &mut [Zone], setting: Setting) -> Option<(usize, usize)> {
    let mut seen_headline = !setting.may_begin_with_headline;
    let mut decks = Vec::new();
    for idx in 0..paragraphs.len().min(OPENING) {
        let line = paragraphs[idx].of(text);
        if zones[idx] != Zone::Body {
            continue;
        }
        if setting.headline.is_some_and(|headline| repeats(line, headline)) {
            zones[idx] = Zone::Headline;
        } else if phrases::is_byline(line) {
            zones[idx] = Zone::Byline;
        } else if dateline::is_date_line(line) {
            zones[idx] = Zone::Dateline;
        } else if let Some(length) = dateline::dateline(line) {
            // A line between headline and dateline is a deck, a second headline.
            decks.into_iter().for_each(|deck| zones[deck] = Zone::Headline);
            return Some((idx, length));
        } else if !seen_headline && idx + 1 < paragraphs.len() && is_headline(text, paragraphs[idx]) {
            zones[idx] = Zone::Headline;
            seen_headline = true;
        } else if is_short(line) {
            decks.push(idx);
        } else {
            break;
        }
    }
    None
}

/// Short, and no sentence.
fn is_short(line: &str) -> bool {
    phrases::n_words(line) <= 30 && !line.ends_with(['.', ':', ';', ',', '…', '。'])
}

/// Short, no sentence, nor several of them, nor an item of a list: `Envoy to Meet Ministers in
/// Oslo`.
fn is_headline(text: &str, line: Span) -> bool {
    let surface = line.of(text);
    let opens = surface.starts_with(|c: char| {
        c.is_alphanumeric() || matches!(c, '"' | '\'' | '“' | '‘' | '«' | '#' | '$' | '€' | '£')
    });
    opens && is_short(surface) && sentences::sentences(text, line, Capitals::Title).len() == 1
}

/// Whether `line` is the headline again, perhaps without or with the site's name.
fn repeats(line: &str, headline: &str) -> bool {
    let (short, long) = if line.len() < headline.len() { (line, headline) } else { (headline, line) };
    let Some(rest) = long.strip_prefix(short) else { return false };
    rest.is_empty()
        || rest.len() < 100
            && rest.trim_start().starts_with(['|', '-', '–', '—', '•', '·', '.'])
            && phrases::n_words(short) >= 3
}

/// Marks what stands after the story.
fn mark_closing(text: &str, paragraphs: &[Span], zones: &mut [Zone]) {
    let Some(field_end) = paragraphs.last().map(|last| last.end()) else { return };
    let field_len = field_end - paragraphs[0].start();
    let mut seen_story = false;
    let mut listing = false;
    for idx in 0..paragraphs.len() {
        let line = paragraphs[idx].of(text);
        let is_prose = phrases::is_prose(line);
        if listing && is_prose {
            listing = false;
        }
        let next = paragraphs.get(idx + 1).map_or("", |next| next.of(text));
        // Without a story before it, whatever ends here was not the article.
        match phrases::ends(line, next).filter(|_| seen_story) {
            Some(Ends::List) => listing = true,
            Some(ends) => {
                let after = field_end - paragraphs[idx].start();
                if after * 100 <= field_len * ends.most_percent() {
                    zones[idx..].fill(Zone::Boilerplate);
                    mark_name_before(text, paragraphs, zones, idx);
                    return;
                }
            }
            None => {}
        }
        if listing {
            zones[idx] = Zone::Boilerplate;
        }
        seen_story |= is_prose && zones[idx] == Zone::Body;
    }
}

/// An author box begins with the author's name, sometimes twice: `Jack Heretik`, `Jack Heretik
/// Email Jack | Full Bio`.
fn mark_name_before(text: &str, paragraphs: &[Span], zones: &mut [Zone], idx: usize) {
    let Some(before) = idx.checked_sub(1) else { return };
    let (name, line) = (paragraphs[before].of(text), paragraphs[idx].of(text));
    let is_name = phrases::n_words(name) <= 4 && !name.ends_with('.');
    if is_name && (line.starts_with(name) || phrases::is_author_links(line)) {
        zones[before] = Zone::Boilerplate;
    }
}
