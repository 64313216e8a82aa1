//! Says what each block of an article is for.
//!
//! What an element is called comes first, then what stands in it. Blocks that have nothing to do
//! with the article (menus, other stories, comments) get no zone and are left out; furniture of the
//! article itself, as a plea for a newsletter in its midst, is boilerplate.

use std::collections::HashSet;

use crate::document::Zone;
use crate::page::blocks::Stream;
use crate::page::flags;
use crate::page::lines::is_date;
use crate::page::metadata::is_name;
use crate::page::outline::{CELL, HEADING, ITEM, Outline, ends_sentence, folded, is_prose, n_words};
use crate::segment::{is_byline, is_date_line};

/// The zone of each block of the article, from the first on; none for those that are left out.
pub fn zones(stream: &Stream, outline: &Outline) -> Vec<Option<Zone>> {
    let range = outline.article.clone();
    let text = &stream.letters.text;
    let is_story = |i: usize| {
        let block = &stream.blocks[i];
        outline.of(block) & (flags::NO_STORY | HEADING) == 0 && !block.is_link() && is_prose(block.text(text))
    };
    let first = range.clone().find(|&i| is_story(i)).unwrap_or(range.end);
    let last = range.clone().rfind(|&i| is_story(i)).unwrap_or(range.start);
    let title = outline.title.map(|title| folded(stream.blocks[title].text(text)));
    let mut zones: Vec<Option<Zone>> = Vec::with_capacity(range.len());
    for i in range.clone() {
        let is_title = outline.title == Some(i);
        let above = outline.title.is_some_and(|title| i < title);
        let mut zone = if is_title { Some(Zone::Headline) } else { of_block(stream, outline, i, i < first, i > last) };
        // Above the headline stand menus and the names of sections, and sometimes who and when.
        if above && !matches!(zone, Some(Zone::Dateline | Zone::Byline | Zone::Caption)) {
            zone = None;
        }
        // The headline a second time.
        if !is_title && title.as_ref().is_some_and(|title| *title == folded(stream.blocks[i].text(text))) {
            zone = None;
        }
        zones.push(zone);
    }
    mark_head(stream, outline, first, &mut zones);
    drop_repeats(stream, outline, &mut zones);
    drop_lone_headings(stream, outline, &mut zones);
    zones
}

/// The zone of block `i`, which stands before the story, or after it.
fn of_block(stream: &Stream, outline: &Outline, i: usize, before: bool, after: bool) -> Option<Zone> {
    let block = &stream.blocks[i];
    let said = outline.of(block);
    let text = block.text(&stream.letters.text);
    let n = n_words(text);
    let len = block.end - block.start;
    let has = |flag: flags::Flags| said & flag != 0;
    let has_digit = text.contains(|c: char| c.is_numeric());
    if !text.contains(char::is_alphanumeric) {
        return text.contains('*').then_some(Zone::Body);
    }
    let is_byline_by_name = block.byline * 10 >= len * 4 || has(flags::BYLINE);
    if is_byline_by_name
        && n <= 8
        && !has(flags::COMMENTS | flags::RELATED | flags::NAVIGATION | flags::AUTHOR_BOX | HEADING)
        && !has_digit
    {
        // Beneath the story stands more about the author, where it does not begin as a byline does.
        let begins = ["by ", "posted by", "written by", "von ", "por ", "par "]
            .iter()
            .any(|by| text.to_lowercase().starts_with(by));
        return Some(if after && !begins { Zone::Boilerplate } else { Zone::Byline });
    }
    if has(flags::PLEA | flags::NOTES) && !has(flags::COMMENTS | flags::NAVIGATION | flags::FOOTER) {
        return Some(Zone::Boilerplate);
    }
    let is_meant = !has(flags::COMMENTS | flags::RELATED | flags::NAVIGATION);
    if is_meant && has(flags::AUTHOR_BOX | flags::TAGS) && n <= 120 {
        return Some(Zone::Boilerplate);
    }
    if has(flags::OUTSIDE & !flags::KICKER) {
        return None;
    }
    if has(flags::CAPTION) && n <= 120 || has(flags::FIGURE) && n <= 80 {
        return Some(Zone::Caption);
    }
    if has(flags::PLAYER) && !is_prose(text) {
        return None;
    }
    let is_date = block.date * 10 >= len * 6
        || has(flags::DATE)
        || is_date_line(text)
        || is_date(text)
        || before && begins_with_date(text);
    if is_date && has_digit && n <= 20 && !is_prose(text) {
        return Some(Zone::Dateline);
    }
    if is_byline_by_name && n <= 80 {
        return Some(if after || n > 25 || has(HEADING) { Zone::Boilerplate } else { Zone::Byline });
    }
    if has(flags::KICKER) {
        return None;
    }
    if before && is_byline(text) {
        return Some(Zone::Byline);
    }
    if before && has(flags::DECK) && n <= 60 {
        return Some(Zone::Headline);
    }
    if block.is_link() && !is_prose(text) {
        // In a list it is one of several links elsewhere; alone it is a plea to read on.
        return if has(ITEM) || before { None } else { Some(Zone::Boilerplate) };
    }
    if has(flags::ASIDE) && !has(HEADING) && block.link * 2 >= len {
        return None;
    }
    if before && has(HEADING) && !has(ITEM) {
        return Some(Zone::Headline);
    }
    if after && n <= 12 && !ends_sentence(text) && said & (CELL | ITEM | HEADING) == 0 {
        return Some(Zone::Boilerplate);
    }
    Some(Zone::Body)
}

/// Whether a line is a date, and behind a dot or bar something else: `May 3, 2026 · 5 min read`.
fn begins_with_date(text: &str) -> bool {
    let first = text.split(['·', '|', '•']).next().unwrap_or_default().trim();
    n_words(text) <= 16 && is_date(first)
}

/// Between headline and story stand second headlines, names and dates: a name beside a date is that
/// of the author, and a short line above both is a deck.
fn mark_head(stream: &Stream, outline: &Outline, first: usize, zones: &mut [Option<Zone>]) {
    let start = outline.article.start;
    let Some(title) = outline.title else { return };
    let text = &stream.letters.text;
    let head: Vec<usize> = (title + 1..first.min(start + zones.len())).filter(|i| zones[i - start].is_some()).collect();
    for (k, &i) in head.iter().enumerate() {
        let line = stream.blocks[i].text(text);
        let is_date = |k: Option<&usize>| k.is_some_and(|i| zones[i - start] == Some(Zone::Dateline));
        let is_beside_date = is_date(k.checked_sub(1).and_then(|k| head.get(k))) || is_date(head.get(k + 1));
        if zones[i - start] == Some(Zone::Body)
            && is_beside_date
            && n_words(line) <= 8
            && !ends_sentence(line)
            && is_name(line)
        {
            zones[i - start] = Some(Zone::Byline);
        }
    }
    let is_about = |i: &usize| matches!(zones[i - start], Some(Zone::Byline | Zone::Dateline));
    let Some(about) = head.iter().position(is_about) else { return };
    for &i in &head[..about] {
        let line = stream.blocks[i].text(text);
        if zones[i - start] == Some(Zone::Body) && n_words(line) <= 30 && !line.ends_with(':') {
            zones[i - start] = Some(Zone::Headline);
        }
    }
}

/// A sentence of the story that is set large somewhere else, and a story that stands there twice, as
/// for print.
fn drop_repeats(stream: &Stream, outline: &Outline, zones: &mut [Option<Zone>]) {
    let start = outline.article.start;
    let text = &stream.letters.text;
    let mut seen: HashSet<u64> = HashSet::new();
    let mut story = String::new();
    for (i, zone) in zones.iter_mut().enumerate() {
        let block = &stream.blocks[start + i];
        if *zone != Some(Zone::Body) || outline.of(block) & (flags::PULL_QUOTE | CELL | HEADING | ITEM) != 0 {
            continue;
        }
        let folded = folded(block.text(text));
        if folded.len() < 60 {
            continue;
        }
        if !seen.insert(digest(&folded)) {
            *zone = None;
        } else {
            story.push_str(&folded);
            story.push('\n');
        }
    }
    for (i, zone) in zones.iter_mut().enumerate() {
        let block = &stream.blocks[start + i];
        if *zone == Some(Zone::Body) && outline.of(block) & flags::PULL_QUOTE != 0 {
            let folded = folded(block.text(text));
            if folded.len() < 400 && story.contains(&folded) {
                *zone = Some(Zone::Boilerplate);
            }
        }
    }
}

fn digest(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A heading over nothing that is kept, as over a list of other stories, goes with that.
fn drop_lone_headings(stream: &Stream, outline: &Outline, zones: &mut [Option<Zone>]) {
    let start = outline.article.start;
    let mut follows: Option<Zone> = None;
    for i in (0..zones.len()).rev() {
        let is_heading = outline.of(&stream.blocks[start + i]) & HEADING != 0;
        if zones[i] == Some(Zone::Body) && is_heading && outline.title != Some(start + i) {
            // The next block decides, also one that was left out.
            match (zones.get(i + 1).copied().flatten(), follows) {
                (None, _) | (_, None) => zones[i] = None,
                (Some(Zone::Boilerplate), _) => zones[i] = Some(Zone::Boilerplate),
                _ => {}
            }
        }
        if zones[i].is_some() {
            follows = zones[i];
        }
    }
}
