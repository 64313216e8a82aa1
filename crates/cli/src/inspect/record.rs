//! A record of an output, as it stands: no model is asked.

use std::fmt::Write as _;
use std::io::{Cursor, Read};

use anstyle::Style;
use serde_json::Value;

use dateline::Kind;
use dateline::document::Zone;
use dateline::internals::error::UserError;
use dateline::internals::outputs::{self, Lines};
use dateline::record::dead::DeadLetter;
use dateline::record::{Line, Offsets, Record, RecordError, RecordMention};

use super::arguments::Arguments;
use super::page::{Because, Joined, Named, given, list_entities, list_reasons};
use crate::stop::Stop;
use crate::terminal::{counted, label_style, one_line, visible};

/// Standard input, as if nothing had been read of it.
pub type Reader = Box<dyn Read + Send>;

/// What a file holds.
pub enum Look {
    /// Records, and this is the one that is meant.
    Record(String),
    /// Articles, to be read from here, or from the file.
    Articles(Option<Reader>),
}

/// Looks for a record in the file; its first line tells whether it holds records.
pub fn look(arguments: &Arguments) -> Result<Look, Stop> {
    let path = &arguments.file;
    // What cannot be read is for the source to refuse, which knows more about it.
    let Ok(mut lines) = Lines::open(path) else { return Ok(Look::Articles(None)) };
    let under = arguments.under.clone().or_else(|| outputs::under_of(path));
    let mut head = Vec::new();
    if holds_records(&mut lines, under.as_deref(), &mut head) {
        return search(arguments, lines, under.as_deref()).map(Look::Record);
    }
    let is_stdin = path.as_os_str() == "-";
    Ok(Look::Articles(is_stdin.then(|| Box::new(Cursor::new(head).chain(lines.into_reader())) as Reader)))
}

/// Whether the first line that is not blank is one of an output. What has been read then is in
/// `head`.
fn holds_records(lines: &mut Lines, under: Option<&str>, head: &mut Vec<u8>) -> bool {
    loop {
        // What begins otherwise may be a single line without an end, and is not read.
        let may_be = |bytes: &[u8]| bytes.trim_ascii_start().first().is_none_or(|&byte| byte == b'{');
        if !lines.peek().is_ok_and(may_be) {
            return false;
        }
        let Ok(Some(line)) = lines.next_line() else { return false };
        let (is_blank, line) = (line.trim_ascii().is_empty(), std::str::from_utf8(line));
        let is_one = line.is_ok_and(|line| {
            let line = Line::parse(line, under);
            matches!(line, Ok(Line::Record(_) | Line::Dead(_)) | Err(RecordError::Value { .. }))
        });
        head.extend_from_slice(lines.line());
        if !is_blank {
            return is_one;
        }
    }
}

/// Looks for the record that is meant, from the line on that has just been read.
fn search(arguments: &Arguments, mut lines: Lines, under: Option<&str>) -> Result<String, Stop> {
    let mut n_records = 0;
    loop {
        let line = lines.line().trim_ascii();
        if !line.is_empty() {
            let is_meant = n_records == arguments.record && arguments.id.is_none();
            let place = format!("{}:{}", arguments.file.display(), lines.number());
            if (is_meant || arguments.id.is_some())
                && let Some(shown) = shown(line, under, &place, arguments)?
            {
                return Ok(shown);
            }
            n_records += 1;
        }
        if lines.next_line()?.is_none() {
            return Err(arguments.not_found(n_records));
        }
    }
}

/// What to show of a line; nothing if an id is looked for and this is another one.
fn shown(line: &[u8], under: Option<&str>, place: &str, arguments: &Arguments) -> Result<Option<String>, Stop> {
    let id = arguments.id.as_deref();
    let not_utf8 = |_| RecordError::NotARecord { found: "bytes that are not UTF-8".to_owned() };
    let parsed = std::str::from_utf8(line).map_err(not_utf8).and_then(|line| Line::parse(line, under));
    let is_meant = |found: Option<&str>| id.is_none_or(|id| found == Some(id));
    match parsed {
        Ok(Line::Record(record)) => Ok(is_meant(record.id().as_deref()).then(|| page(&record, place, arguments.why))),
        Ok(Line::Dead(letter)) => {
            let is_meant = is_meant(Some(&letter.id)) || is_meant(own_id(&letter).as_deref());
            Ok(is_meant.then(|| dead(&letter)))
        }
        Err(error) if id.is_none() => Err(Stop::usage(format!("{place}: {error}"), error.hint())),
        Ok(Line::Blank) | Err(_) => Ok(None),
    }
}

/// The id that the article has itself, if it can be read.
fn own_id(letter: &DeadLetter<'_>) -> Option<String> {
    match serde_json::from_slice::<Value>(&letter.raw()?).ok()?.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// The fields with their mentions marked, then what the record says of the article.
fn page(record: &Record<'_>, place: &str, why: bool) -> String {
    let dim = Style::new().dimmed();
    let heading = Style::new().dimmed().underline();
    let bold = Style::new().bold();
    let mut out = String::new();
    let coverage = record.coverage;
    let _ = writeln!(
        out,
        "{dim}{}  {}, {}, {}, {}{dim:#}",
        one_line(record.id().as_deref().unwrap_or(place)),
        counted(coverage.chars as u64, "character"),
        counted(record.mentions.len() as u64, "mention"),
        counted(record.entities.len() as u64, "name"),
        counted(coverage.windows as u64, "window"),
    );
    let texts = record.texts();
    for field in record.fields() {
        /// Fields that hold text, even where nothing is named in them.
        const TEXTS: [&str; 5] = ["title", "headline", "text", "body", "content"];
        let names = texts.contains_key(&*field.name);
        let Some(text) = field.text().filter(|_| names || TEXTS.contains(&&*field.name)) else { continue };
        let mentions: Vec<&RecordMention<'_>> =
            record.mentions.iter().filter(|mention| mention.field == field.name).collect();
        let _ = writeln!(out, "\n{heading}{}{heading:#}", one_line(&field.name));
        marked(&text, &mentions, &mut out);
    }
    // Fields inside of others, which are known by the names in them.
    for (&name, text) in texts.iter().filter(|(name, _)| record.fields().iter().all(|field| field.name != **name)) {
        let mentions: Vec<&RecordMention<'_>> =
            record.mentions.iter().filter(|mention| mention.field == name).collect();
        let _ = writeln!(out, "\n{heading}{}{heading:#}", one_line(name));
        marked(text, &mentions, &mut out);
    }
    let mut labels: Vec<&str> = Vec::new();
    for entity in &record.entities {
        if !labels.contains(&&*entity.label) {
            labels.push(&entity.label);
        }
    }
    labels.sort_by_key(|label| Kind::of(label));
    let entities = record.entities.iter().map(|entity| Named {
        label: &entity.label,
        name: &entity.name,
        n_mentions: entity.mentions.len(),
        salience: entity.salience,
        aliases: entity.aliases.iter().map(|alias| &**alias).collect(),
    });
    list_entities(entities.collect(), labels.into_iter(), &mut out);
    if why {
        list_reasons(reasons(record), &mut out);
    }
    if let Some(topics) = &record.topics {
        given(topics.iter().map(|topic| (&*topic.label, &*topic.code, topic.score)), &mut out);
    }
    out.push('\n');
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(out, "{bold}{name:<11}{bold:#}{value}");
    };
    row("coverage", &format!("{} of {} characters read", coverage.read, coverage.chars));
    if !record.warnings.is_empty() {
        row("warnings", &record.warnings.iter().map(|warning| one_line(warning)).collect::<Vec<_>>().join(", "));
    }
    if let Some(embedding) = &record.embedding {
        let n = embedding.as_ref().map_or(0, Vec::len);
        row("embedding", &counted(n as u64, "number"));
    }
    let tagger = &record.tagger;
    let by = format!("dateline {}, model {}, recipe {}", tagger.version, tagger.model, tagger.recipe);
    row("tagged by", &one_line(&by));
    out
}

/// Why the mentions of each entity are one, as the record says.
fn reasons<'r>(record: &'r Record<'_>) -> Vec<Joined<'r>> {
    let because = |&mention: &usize| {
        let RecordMention { text, zone, because, .. } = record.mentions.get(mention)?;
        Some(Because { text, zone, reason: because.as_deref() })
    };
    let several = record.entities.iter().filter(|entity| entity.mentions.len() > 1);
    let joined = several
        .map(|entity| Joined { name: &entity.name, mentions: entity.mentions.iter().filter_map(because).collect() });
    joined.collect()
}

/// Adds `text` with its mentions marked.
fn marked(text: &str, mentions: &[&RecordMention<'_>], out: &mut String) {
    let dim = Style::new().dimmed();
    let offsets = Offsets::new(text);
    let mut at = 0;
    for mention in mentions {
        // One that is not where it says, or overlaps another, is for `verify` to complain of.
        let Some(span) = mention.span_in(&offsets).filter(|span| span.start() >= at) else { continue };
        let style = label_style(&mention.label);
        let (before, surface, label) = (&text[at..span.start()], visible(span.of(text)), one_line(&mention.label));
        let is_boilerplate = mention.zone == Zone::Boilerplate.name();
        let style = if is_boilerplate { style.dimmed() } else { style };
        let _ = write!(out, "{}{style}[{surface}]{style:#}{dim}{label}{dim:#}", visible(before));
        at = span.end();
    }
    let _ = writeln!(out, "{}", visible(text[at..].trim_end()));
}

/// What is known of an article that was not tagged.
fn dead(letter: &DeadLetter<'_>) -> String {
    /// Characters of the input that are shown.
    const SHOWN: usize = 4000;
    let dim = Style::new().dimmed();
    let heading = Style::new().dimmed().underline();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{dim}{}  a dead letter: record {} of {}, {}{dim:#}",
        one_line(&letter.id),
        letter.record,
        one_line(&letter.source),
        counted(letter.byte_len, "byte"),
    );
    let _ = writeln!(out, "\n{}  {}", one_line(&letter.code), one_line(&letter.message));
    if let Some(raw) = letter.raw() {
        let raw = String::from_utf8_lossy(&raw);
        let shown: String = raw.chars().take(SHOWN).collect();
        let more = if shown.len() < raw.len() { " …" } else { "" };
        let _ = writeln!(out, "\n{heading}input{heading:#}\n{}{more}", visible(&shown));
    }
    out
}
