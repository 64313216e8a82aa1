//! Hits for people: a line with date, headline, id and topic, and below it the stretch of text that
//! shows why.

use std::fmt::Write as _;

use anstyle::Style;
use dateline::Kind;
use dateline_search::search::{Facet, FacetField, FacetOptions, Hit, NameHit};

use crate::search::answer::Answer;
use crate::stop::Stop;
use crate::terminal::{self, counted, grouped, one_line};

/// Characters for the headline.
const TITLE: usize = 64;
/// Values on a line of people or places that nobody asked for.
const VALUES: usize = 6;

/// Prints everything that was asked for.
pub fn print(answer: &Answer<'_>) -> Result<(), Stop> {
    let (found, arguments) = (answer.found, answer.arguments);
    let mut out = String::new();
    if arguments.explain {
        let _ = writeln!(out, "{}", one_line(&found.explain()));
    }
    if arguments.names {
        let (total, names) = found.names(arguments.from, arguments.n())?;
        head(&mut out, &format!("{} in {}", counted(total, "name"), counted(found.count(), "article")), answer);
        names.iter().for_each(|name| write_name(&mut out, name));
        rest(&mut out, total, arguments.from + names.len(), "names");
    } else {
        let hits = found.hits(&arguments.page(), answer.complain())?;
        head(&mut out, &counted(found.count(), "article"), answer);
        for (i, hit) in hits.iter().enumerate() {
            write_hit(&mut out, arguments.from + i + 1, hit, arguments.explain);
        }
        rest(&mut out, found.count(), arguments.from + hits.len(), "articles");
    }
    let facets =
        if answer.facets.is_empty() && !arguments.names { people_and_places(answer) } else { answer.facets.to_owned() };
    let facets = found.facets(&facets, arguments.all_facets)?;
    if facets.iter().any(|facet| !facet.values.is_empty()) {
        out.push('\n');
    }
    facets.iter().for_each(|facet| write_facet(&mut out, facet));
    terminal::page(&out);
    Ok(())
}

/// What is counted where nobody asks for anything.
fn people_and_places(answer: &Answer<'_>) -> Vec<FacetOptions> {
    let kinds = answer.index.kinds().iter().filter(|kind| ["person", "place"].contains(&kind.as_str()));
    kinds.map(|kind| FacetOptions { field: FacetField::Kind(kind.clone()), n: VALUES, like: None }).collect()
}

fn head(out: &mut String, what: &str, answer: &Answer<'_>) {
    let dim = Style::new().dimmed();
    let seconds = answer.start.elapsed().as_secs_f64();
    let _ = writeln!(out, "{what} {dim}({:.1} ms){dim:#}", seconds * 1e3);
}

fn rest(out: &mut String, total: u64, shown: usize, what: &str) {
    if total > shown as u64 {
        let dim = Style::new().dimmed();
        let more = grouped(total - shown as u64);
        let _ = writeln!(out, "{dim}… {more} more {what}: --from {shown}{dim:#}");
    }
}

fn write_hit(out: &mut String, number: usize, hit: &Hit, explain: bool) {
    let article = &hit.article;
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let date = article.date.as_deref().map_or("", |date| date.get(..10).unwrap_or(date));
    let title = shortened(&one_line(&article.title), TITLE);
    let pad = " ".repeat(TITLE.saturating_sub(title.chars().count()));
    let _ = write!(out, "{number:>2}  {date:<10}  {bold}{title}{bold:#}{pad}  {}", one_line(&article.key));
    // The surest of its topics; --json has all.
    if let Some(topic) = hit.topics.first() {
        let _ = write!(out, "  {dim}{}{dim:#}", one_line(topic));
    }
    out.push('\n');
    if let Some(snippet) = hit.snippet.as_ref().filter(|snippet| !snippet.pieces.is_empty()) {
        let mark = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(anstyle::AnsiColor::Yellow)));
        let mut text = String::new();
        for (piece, marked) in &snippet.pieces {
            let piece = terminal::visible(piece).replace(['\n', '\t'], " ");
            // In brackets too, so that one sees them where there are no colours.
            if *marked { text.push_str(&format!("{mark}[{piece}]{mark:#}")) } else { text.push_str(&piece) }
        }
        let text = text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let (before, behind) = (if snippet.cut.0 { "… " } else { "" }, if snippet.cut.1 { " …" } else { "" });
        let _ = writeln!(out, "    {before}{text}{behind}");
    }
    if explain {
        for mention in &hit.matched {
            let sentence = mention.sentence.map_or_else(String::new, |sentence| format!(", sentence {sentence}"));
            let (start, end) = mention.chars;
            let (term, text, field) = (one_line(&mention.term), one_line(&mention.text), one_line(&mention.field));
            let _ = writeln!(out, "    {dim}{term}: \"{text}\" in {field} at {start}–{end}{sentence}{dim:#}");
        }
        let _ = writeln!(out, "    {dim}score {:.4}{dim:#}", hit.score);
    }
}

fn write_name(out: &mut String, name: &NameHit) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let _ = write!(out, "{bold}{}{bold:#}  {}", one_line(&name.name), one_line(&name.kind));
    let _ = write!(out, "  {}, {}", counted(name.articles, "article"), counted(name.mentions, "mention"));
    if let Some((first, last)) = &name.dates {
        let day = |date: &str| date.get(..10).unwrap_or(date).to_owned();
        let dates = if day(first) == day(last) { day(first) } else { format!("{} to {}", day(first), day(last)) };
        let _ = write!(out, "  {dates}");
    }
    out.push('\n');
    if !name.known_as.is_empty() {
        let forms: Vec<String> = name.known_as.iter().map(|form| one_line(form)).collect();
        let _ = writeln!(out, "    {dim}also{dim:#}    {}", forms.join(" · "));
    }
    for (kind, names) in &name.with {
        let _ = writeln!(out, "    {dim}{:<7}{dim:#} {}", plural(kind), joined(names));
    }
}

fn write_facet(out: &mut String, facet: &Facet) {
    if !facet.values.is_empty() {
        let _ = writeln!(out, "{:<8} {}", plural(facet.field.name()), joined(&facet.values));
    }
}

fn joined(values: &[(String, u64)]) -> String {
    let values = values.iter().map(|(value, n)| format!("{} {}", one_line(value), grouped(*n)));
    values.collect::<Vec<_>>().join(" · ")
}

/// A heading for names of a kind.
fn plural(kind: &str) -> String {
    match kind {
        "person" => Kind::Person.plural().to_owned(),
        "place" => "places".to_owned(),
        "org" => "orgs".to_owned(),
        "topic" => "topics".to_owned(),
        "source" => "sources".to_owned(),
        other => one_line(other.strip_prefix("date:").unwrap_or(other)),
    }
}

fn shortened(text: &str, n: usize) -> String {
    if text.chars().count() <= n { text.to_owned() } else { text.chars().take(n - 1).chain(['…']).collect() }
}
