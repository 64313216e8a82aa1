//! What a page says of its article besides the text: none rather than a guess.

use crate::document::Zone;
use crate::page::blocks::{Head, Stream};
use crate::page::json_ld::Claimed;
use crate::page::letters::unescaped;
use crate::page::outline::{Outline, folded};

/// What is known of an article.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Metadata {
    /// Who wrote it, by name.
    pub byline: Vec<String>,
    /// When it was published, as the page writes it.
    pub published: Option<String>,
    /// Where that was found: `jsonld`, `meta`, `url`, `time` or `text`.
    pub published_from: Option<&'static str>,
    /// When it was changed.
    pub modified: Option<String>,
    /// The name of the site.
    pub site: Option<String>,
    /// The part of the site.
    pub section: Option<String>,
    /// Its address, by its own word.
    pub url: Option<String>,
}

/// The content of the first of `names` that `head` has.
pub fn meta<'h>(head: &'h Head, names: &[&str]) -> Option<&'h str> {
    names
        .iter()
        .find_map(|name| head.metas.iter().find(|(key, value)| key == name && !value.trim().is_empty()))
        .map(|(_, value)| value.trim())
}

/// What the page in `stream` says of itself; `zones` are those of its article's blocks.
pub fn metadata(stream: &Stream, outline: &Outline, zones: &[Option<Zone>], claimed: &Claimed, url: &str) -> Metadata {
    let head = &stream.head;
    let some = |text: &str| Some(unescaped(text.trim())).filter(|text| !text.is_empty());
    let site = meta(head, &["og:site_name"]).and_then(some).or_else(|| some(&claimed.site));
    let section = meta(head, &["article:section"]).and_then(some).or_else(|| some(&claimed.section));
    let (published, published_from) = published(stream, outline, zones, claimed, url).unzip();
    let modified = Some(claimed.modified.as_str()).filter(|date| is_date(date));
    let modified = modified.or_else(|| {
        meta(head, &["article:modified_time", "og:updated_time", "last-modified"]).filter(|date| is_date(date))
    });
    Metadata {
        byline: byline(stream, outline, zones, claimed, site.as_deref()),
        published,
        published_from,
        modified: modified.map(str::to_owned),
        site,
        section,
        url: Some(url.to_owned()).filter(|url| !url.is_empty()),
    }
}

/// The date of the article, and where it was found.
fn published(
    stream: &Stream,
    outline: &Outline,
    zones: &[Option<Zone>],
    claimed: &Claimed,
    url: &str,
) -> Option<(String, &'static str)> {
    const METAS: [&str; 12] = [
        "article:published_time",
        "datepublished",
        "date",
        "dc.date",
        "dc.date.issued",
        "dcterms.created",
        "dcterms.date",
        "pubdate",
        "publishdate",
        "publish-date",
        "parsely-pub-date",
        "sailthru.date",
    ];
    let head = &stream.head;
    if is_date(&claimed.published) {
        return Some((claimed.published.clone(), "jsonld"));
    }
    if let Some(date) = meta(head, &METAS).filter(|date| is_date(date)) {
        return Some((date.to_owned(), "meta"));
    }
    if let Some(date) = date_in_url(url) {
        return Some((date, "url"));
    }
    let near = outline.article.start.saturating_sub(3)..=outline.title.unwrap_or(outline.article.start) + 12;
    let near_headline = head.times.iter().find(|(block, date)| near.contains(block) && is_date(date));
    if let Some((_, date)) = near_headline {
        return Some((date.clone(), "time"));
    }
    // A line with a date near the headline, or the last one under the story.
    let text = &stream.letters.text;
    let dates = || {
        zones.iter().enumerate().filter(|(_, zone)| **zone == Some(Zone::Dateline)).filter_map(|(i, _)| {
            let at = outline.article.start + i;
            date_in_line(stream.blocks[at].text(text)).map(|date| (at, date))
        })
    };
    let title = outline.title.unwrap_or(outline.article.start);
    let found = dates().find(|(at, _)| at.abs_diff(title) <= 12).or_else(|| dates().next_back());
    found.map(|(_, date)| (date, "text"))
}

/// Whether `text` is a date of a year in which pages were written or printed.
fn is_date(text: &str) -> bool {
    year(text).is_some_and(|year| (1900..=2030).contains(&year)) && text.len() <= 80
}

/// The first number of four digits.
fn year(text: &str) -> Option<u32> {
    let digits = |word: &&str| word.len() == 4 || word.len() == 8 && word.starts_with(['1', '2']);
    let word = text.split(|c: char| !c.is_ascii_digit()).find(digits)?;
    word[..4].parse().ok()
}

/// `/2024/08/17/` in an address.
fn date_in_url(url: &str) -> Option<String> {
    let (_, path) = url.split_once("://").unwrap_or(("", url));
    let parts: Vec<&str> = path.split(['/', '-', '_']).collect();
    let number = |text: &str, len: usize, range: std::ops::RangeInclusive<u32>| {
        (text.len() == len
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse().is_ok_and(|n| range.contains(&n)))
        .then_some(())
    };
    let found = parts.windows(3).find(|date| {
        number(date[0], 4, 1990..=2030).and(number(date[1], 2, 1..=12)).and(number(date[2], 2, 1..=31)).is_some()
    })?;
    Some(format!("{}-{}-{}", found[0], found[1], found[2]))
}

/// The date in a line that is about one: without the words before it.
fn date_in_line(line: &str) -> Option<String> {
    const BEFORE: [&str; 14] = [
        "first",
        "last",
        "originally",
        "posted",
        "published",
        "updated",
        "modified",
        "date",
        "created",
        "on",
        "at",
        "publicado",
        "publié",
        "veröffentlicht",
    ];
    year(line).filter(|year| (1900..=2030).contains(year))?;
    // Two dates in a line: the first is that of publication.
    let line = line.split(['·', '|', '•', ';', '\n']).find(|part| year(part).is_some())?;
    let mut line = line.trim();
    loop {
        let word = line.split(|c: char| c.is_whitespace() || c == ':').next().unwrap_or_default();
        let bare = word.to_lowercase();
        if !BEFORE.contains(&bare.as_str()) {
            break;
        }
        line = line[word.len()..].trim_start_matches(|c: char| c.is_whitespace() || c == ':');
    }
    // `Last updated at 00:01, February 3 2024`: the clock goes with the word before the date.
    if let Some((clock, rest)) = line.split_once(',')
        && clock.contains(':')
        && year(clock).is_none()
        && clock.bytes().all(|b| b.is_ascii_digit() || b == b':')
    {
        line = rest.trim_start();
    }
    Some(line.trim_end_matches(['.', ',', '-', '–', '—']).trim_end().to_owned()).filter(|line| !line.is_empty())
}

/// Who wrote it.
fn byline(
    stream: &Stream,
    outline: &Outline,
    zones: &[Option<Zone>],
    claimed: &Claimed,
    site: Option<&str>,
) -> Vec<String> {
    let text = &stream.letters.text;
    let site = site.map(folded).unwrap_or_default();
    let kept = |names: Vec<String>| -> Vec<String> {
        let mut kept: Vec<String> = Vec::new();
        for name in names.into_iter().map(|name| name.trim().trim_end_matches(',').to_owned()) {
            let is_site = !site.is_empty() && (folded(&name) == site || site.contains(&folded(&name)));
            if is_name(&name) && !is_site && !kept.contains(&name) {
                kept.push(name);
            }
        }
        kept
    };
    let from_json = kept(claimed.authors.clone());
    if !from_json.is_empty() {
        return from_json;
    }
    let metas = ["author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl"];
    let metas = stream.head.metas.iter().filter(|(key, _)| metas.contains(&key.as_str()));
    let from_meta = kept(metas.flat_map(|(_, value)| names_in(&unescaped(value))).collect());
    if !from_meta.is_empty() {
        return from_meta;
    }
    let range = outline.article.clone();
    let is_here = |&&(start, end): &&(usize, usize)| {
        range.clone().any(|i| {
            stream.blocks[i].start <= start
                && end <= stream.blocks[i].end
                && zones[i - range.start].is_some_and(|zone| zone != Zone::Boilerplate)
        })
    };
    let authors =
        stream.head.authors.iter().filter(is_here).take(20).flat_map(|&(start, end)| names_in(&text[start..end]));
    let from_links = kept(authors.collect());
    if !from_links.is_empty() {
        return from_links;
    }
    let lines = range.clone().filter(|i| zones[i - range.start] == Some(Zone::Byline)).take(6);
    for i in lines {
        let names = kept(names_in(stream.blocks[i].text(text)));
        if !names.is_empty() {
            return names;
        }
    }
    Vec::new()
}

/// Whether it is the name of a person, as far as can be seen: not an address, nor a desk.
pub fn is_name(name: &str) -> bool {
    let words = || name.split_whitespace();
    let is_long_enough = (2..=5).contains(&words().count()) || !name.is_ascii() && name.chars().count() >= 2;
    let has_capitals = || words().filter(|word| word.starts_with(char::is_uppercase)).count() >= 2;
    is_long_enough
        && name.len() <= 80
        && !name.to_lowercase().starts_with("http")
        && !name.contains(['@', '/', ':', '<', '>'])
        && !name.contains(|c: char| c.is_ascii_digit())
        && !words().any(is_no_part_of_a_name)
        && (!name.is_ascii() || has_capitals())
}

/// Words of desks, papers and professions.
fn is_no_part_of_a_name(word: &str) -> bool {
    matches!(
        word.to_lowercase().trim_matches(|c: char| !c.is_alphanumeric()),
        "admin"
            | "staff"
            | "desk"
            | "editor"
            | "editors"
            | "editorial"
            | "news"
            | "team"
            | "reporter"
            | "reporters"
            | "correspondent"
            | "writer"
            | "writers"
            | "report"
            | "agency"
            | "agencies"
            | "press"
            | "newsroom"
            | "bureau"
            | "service"
            | "wire"
            | "online"
            | "redaction"
            | "redaktion"
            | "redacción"
            | "redação"
            | "times"
            | "post"
            | "herald"
            | "register"
            | "mail"
            | "register-mail"
            | "daily"
            | "magazine"
            | "office"
            | "department"
            | "university"
            | "photographer"
            | "contributor"
            | "columnist"
            | "published"
            | "updated"
            | "posted"
            | "the"
            | "media"
    )
}

/// The names of persons in a line about who wrote an article.
pub fn names(line: &str) -> Vec<String> {
    names_in(line).into_iter().filter(|name| is_name(name)).collect()
}

/// What may be names in a line about who wrote it: `By Jane Doe and John Roe, Staff Writers`.
fn names_in(line: &str) -> Vec<String> {
    const BEFORE: [&str; 16] = [
        "by",
        "por",
        "par",
        "von",
        "di",
        "da",
        "de",
        "door",
        "text",
        "words",
        "posted",
        "written",
        "report",
        "reporting",
        "story",
        "author",
    ];
    // Another line is about something else, and so is what stands behind a bar.
    let line = line
        .split(['\n', '|', '•', '·', '—', '('])
        .find(|part| part.chars().any(char::is_alphabetic))
        .unwrap_or_default();
    let line = line.split(" / ").next().unwrap_or_default();
    let mut line = line.trim().trim_start_matches("記者").trim_start_matches(|c: char| c.is_whitespace() || c == ':');
    loop {
        let word = line.split(|c: char| c.is_whitespace() || c == ':').next().unwrap_or_default();
        if word.len() == line.len() || !BEFORE.contains(&word.to_lowercase().as_str()) {
            break;
        }
        line = line[word.len()..].trim_start_matches(|c: char| c.is_whitespace() || c == ':');
    }
    for end in [" in ", " at ", " for ", " of ", " i ", " en "] {
        line = line.split(end).next().unwrap_or_default();
    }
    let parts =
        line.split([',', '&', ';', '、']).flat_map(|part| part.split(" and ")).flat_map(|part| part.split(" AND "));
    let parts = parts
        .flat_map(|part| part.split(" y "))
        .flat_map(|part| part.split(" et "))
        .flat_map(|part| part.split(" und "));
    parts
        .map(|part| part.trim().strip_prefix("and ").unwrap_or(part.trim()).to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_taken_from_lines_and_addresses() {
        assert_eq!(date_in_line("Posted on 19 April 2026").as_deref(), Some("19 April 2026"));
        assert_eq!(
            date_in_line("March 17, 2026 1:22 PM UTC · Updated 3 hours ago").as_deref(),
            Some("March 17, 2026 1:22 PM UTC")
        );
        assert_eq!(date_in_line("Last updated at 00:01, February 3 2024").as_deref(), Some("February 3 2024"));
        assert_eq!(date_in_line("Yesterday, 23:51"), None);
        assert_eq!(date_in_url("https://a.example/2024/08/17/tuba/").as_deref(), Some("2024-08-17"));
        assert_eq!(date_in_url("https://a.example/2011/06/sea.html"), None);
        assert!(!is_date("0001-01-01T00:00:00Z"));
    }

    #[test]
    fn names_are_taken_from_bylines() {
        let names = |line: &str| names_in(line).into_iter().filter(|name| is_name(name)).collect::<Vec<_>>().join("+");
        assert_eq!(names("By Hattie Lorne and Piet Vandersloot"), "Hattie Lorne+Piet Vandersloot");
        assert_eq!(names("By Elettra Zorzi, Lagoon Report"), "Elettra Zorzi");
        assert_eq!(names("Cosima Hartnell in Tallinn"), "Cosima Hartnell");
        assert_eq!(names("Posted by Humphrey Tolland-Reyes"), "Humphrey Tolland-Reyes");
        assert_eq!(names("By GORDON SPRAGUE\nSentinel Staff"), "GORDON SPRAGUE");
        assert_eq!(names("By: WKTB Staff"), "");
        assert_eq!(names("https://www.facebook.com/artswire"), "");
        assert_eq!(names("記者　木場田 澄江"), "木場田 澄江");
    }
}
