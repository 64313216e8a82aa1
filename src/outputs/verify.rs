//! Checks an output against its manifest, and each record against itself.

use std::collections::BTreeMap;
use std::path::Path;

use crate::document::Reason;
use crate::outputs::OutputError;
use crate::outputs::lines::Lines;
use crate::record::{Offsets, Position, Record, RecordEntity, RecordLink, dead};
use crate::sink::Files;
use crate::sink::checkpoint;

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Records.
    pub records: u64,
    /// Dead letters.
    pub dead: u64,
    /// Mentions whose offsets were checked.
    pub mentions: u64,
    /// What is wrong, the first [`Report::SHOWN`] things of it.
    pub problems: Vec<String>,
    /// How many things are wrong.
    pub n_problems: u64,
}

impl Report {
    /// Problems that are kept.
    pub const SHOWN: usize = 20;

    /// Here is something wrong.
    pub fn add(&mut self, problem: String) {
        self.n_problems += 1;
        if self.problems.len() < Self::SHOWN {
            self.problems.push(problem);
        }
    }

    fn equal<T: PartialEq + std::fmt::Display>(&mut self, path: &Path, what: &str, expected: T, found: T) {
        if expected != found {
            self.add(format!("{}: {what}: the manifest says {expected}, found {found}", path.display()));
        }
    }
}

/// Reads the output `path` again: its bytes have the digest in its manifest, its lines are as many
/// as that says, every record is whole, and the text at every offset is the mention.
///
/// # Errors
/// If a file cannot be read; everything else is in the report.
pub fn verify(path: &Path) -> Result<Report, OutputError> {
    let files = Files::of(path);
    let mut report = Report::default();
    let Some(manifest) = checkpoint::read_manifest(&files.manifest) else {
        report.add(format!("{}: expected the manifest of {}, found none", files.manifest.display(), path.display()));
        return Ok(report);
    };
    let under = manifest.fingerprint.under();
    let mut records = Lines::open(path)?;
    while let Some(line) = records.next_line()? {
        report.records += 1;
        match check_record(line, under) {
            Ok(mentions) => report.mentions += mentions,
            Err(problem) => report.add(format!("{}:{}: {problem}", path.display(), report.records)),
        }
    }
    let (bytes, sha256) = records.finish()?;
    report.equal(path, "bytes", manifest.bytes, bytes);
    report.equal(path, "sha256", manifest.sha256, sha256);
    report.equal(path, "records", manifest.tagged, report.records);
    if manifest.dead > 0 || files.dead.exists() {
        let mut failed: BTreeMap<String, u64> = BTreeMap::new();
        let mut letters = Lines::open(&files.dead)?;
        while let Some(line) = letters.next_line()? {
            report.dead += 1;
            let at = report.dead;
            match std::str::from_utf8(line).ok().and_then(dead::read) {
                Some(letter) => *failed.entry(letter.code.into_owned()).or_default() += 1,
                None => report.add(format!("{}:{at}: not a dead letter", files.dead.display())),
            }
        }
        let (bytes, sha256) = letters.finish()?;
        report.equal(&files.dead, "bytes", manifest.dead_bytes, bytes);
        report.equal(&files.dead, "sha256", manifest.dead_sha256, sha256);
        report.equal(&files.dead, "dead letters", manifest.dead, report.dead);
        let shown = |failed: &BTreeMap<String, u64>| format!("{failed:?}");
        report.equal(&files.dead, "codes", shown(&manifest.failed), shown(&failed));
    }
    report.equal(path, "read", manifest.read, report.records + report.dead + manifest.blank + manifest.known);
    Ok(report)
}

/// How many mentions the record in `line` has, all of them where they say; or what is wrong. The
/// added keys may be under one key.
///
/// # Errors
/// What was found and what was wanted.
pub fn check_record(line: &[u8], under: Option<&str>) -> Result<u64, String> {
    let line = std::str::from_utf8(line).map_err(|error| error.to_string())?;
    let record = Record::parse(line, under).map_err(|error| error.to_string())?;
    let entity_of = entity_of(&record)?;
    let texts = record.texts();
    let texts: BTreeMap<&str, Offsets<'_>> = texts.iter().map(|(field, text)| (*field, Offsets::new(text))).collect();
    for (i, mention) in record.mentions.iter().enumerate() {
        let wrong = |what: &str| format!("mention {i}: {what}");
        let text = texts.get(&*mention.field);
        let text = text.ok_or_else(|| wrong(&format!("expected text in field {:?}", mention.field)))?;
        let span = mention.span_in(text).ok_or_else(|| wrong("expected offsets in the text"))?;
        let found = span.of(text.text());
        if found != mention.text {
            return Err(wrong(&format!("expected {:?} at its offsets, found {found:?}", mention.text)));
        }
        let (start, end) = (text.position(span.start()), text.position(span.end()));
        let agree = |said: [Option<usize>; 2], unit: fn(Position) -> usize| {
            said.iter().all(Option::is_none) || said == [Some(unit(start)), Some(unit(end))]
        };
        if !agree([mention.start_byte, mention.end_byte], |at| at.byte) {
            return Err(wrong("its offsets in bytes are others"));
        }
        if !agree([mention.start_utf16, mention.end_utf16], |at| at.utf16) {
            return Err(wrong("its offsets in UTF-16 units are others"));
        }
        if entity_of[i] != Some(mention.entity) {
            return Err(wrong("expected it among the mentions of its entity"));
        }
        if let Some(because) = &mention.because {
            if Reason::of_name(because).is_none() {
                return Err(wrong(&format!("expected a known reason in \"because\", found {because:?}")));
            }
            if record.entities[mention.entity].mentions[0] == i {
                return Err(wrong("expected no \"because\" at the first mention of its entity"));
            }
        }
    }
    for (id, entity) in record.entities.iter().enumerate() {
        check_link(entity).map_err(|wanted| format!("entity {id}: expected {wanted}"))?;
    }
    if record.coverage.read > record.coverage.chars {
        return Err("expected a coverage, with no more read than there is".to_owned());
    }
    Ok(record.mentions.len() as u64)
}

/// Whether what is said of an entity's place and country can be.
///
/// # Errors
/// What was wanted.
fn check_link(entity: &RecordEntity<'_>) -> Result<(), String> {
    let is_code = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let link = entity.link.as_ref();
    let codes = [entity.country.as_deref(), link.and_then(|link| link.country.as_deref())];
    if let Some(code) = codes.into_iter().flatten().find(|code| !is_code(code)) {
        return Err(format!("a country of two capitals, found {code:?}"));
    }
    let Some(RecordLink { id, lat, lon, score, .. }) = link else { return Ok(()) };
    if id.is_empty() {
        return Err("a link with an id".to_owned());
    }
    if lat.abs() > 90.0 || lon.abs() > 180.0 {
        return Err(format!("coordinates on the Earth, found {lat}, {lon}"));
    }
    if !(0.0..=1.0).contains(score) {
        return Err(format!("a link's score from 0 to 1, found {score}"));
    }
    Ok(())
}

/// Of each mention the entity that has it among its own.
fn entity_of(record: &Record<'_>) -> Result<Vec<Option<usize>>, String> {
    let mut entity_of = vec![None; record.mentions.len()];
    for (id, entity) in record.entities.iter().enumerate() {
        if entity.id != id || entity.mentions.is_empty() {
            return Err(format!("entity {id}: expected its position as its id, and a mention"));
        }
        for &mention in &entity.mentions {
            match entity_of.get_mut(mention).map(|entity| entity.replace(id)) {
                None => return Err(format!("entity {id}: expected its mentions among the record's, found {mention}")),
                Some(Some(other)) => {
                    return Err(format!("mention {mention}: expected one entity, found {other} and {id}"));
                }
                Some(None) => {}
            }
        }
    }
    Ok(entity_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_that_are_off_by_one_are_found() {
        let record = |start: usize, end: usize, more: &str, entity: usize| {
            format!(
                "{{\"title\":\"🙂 Zoë left\",\"mentions\":[{{\"start\":{start},\"end\":{end}{more},\"label\":\"PER\",\"text\":\"Zoë\",\
                 \"score\":0.5,\"field\":\"title\",\"zone\":\"headline\",\"sentence\":0,\"entity\":{entity}}}],\
                 \"entities\":[{{\"id\":0,\"label\":\"PER\",\"name\":\"Zoë\",\"aliases\":[],\"mentions\":[0],\"salience\":1.0}}],\
                 \"coverage\":{{\"chars\":10,\"read\":10,\"windows\":1}},\"warnings\":[],\
                 \"tagger\":{{\"version\":\"1\",\"model\":\"m\",\"recipe\":\"r\"}}}}"
            )
        };
        let check = |record: String| check_record(record.as_bytes(), None);
        assert_eq!(check(record(2, 5, "", 0)), Ok(1));
        let all = ",\"start_byte\":5,\"end_byte\":9,\"start_utf16\":3,\"end_utf16\":6";
        assert_eq!(check(record(2, 5, all, 0)), Ok(1));
        let good = record(2, 5, all, 0);
        let linked = |link: &str| good.replace("\"salience\":1.0", &format!("\"salience\":1.0,{link}"));
        let helsinki = "\"link\":{\"id\":\"geonames:658225\",\"lat\":60.1,\"lon\":24.9,\"country\":\"FI\",\"score\":0.9,\"others\":1}";
        assert_eq!(check(linked(helsinki)), Ok(1));
        assert_eq!(check(linked("\"country\":\"FI\"")), Ok(1));
        let entity =
            &good[good.find("{\"id\":0").expect("an entity")..good.find("],\"coverage").expect("more follows")];
        let twice = good.replace(entity, &format!("{entity},{}", entity.replace("\"id\":0", "\"id\":1")));
        for wrong in [
            record(1, 5, "", 0),
            record(2, 6, "", 0),
            record(5, 2, "", 0),
            record(3, 99, "", 0),
            record(2, 5, "", 1),
            record(2, 5, &all.replace(":5", ":4"), 0),
            record(2, 5, &all.replace(":6", ":7"), 0),
            record(2, 5, ",\"start_byte\":5", 0),
            record(2, 5, "", 0).replace("\"read\":10", "\"read\":11"),
            record(2, 5, "", 0).replace("title\":\"🙂", "titel\":\"🙂"),
            good.replace("\"mentions\":[0]", "\"mentions\":[]"),
            good.replace("\"mentions\":[0]", "\"mentions\":[1]"),
            good.replace("\"mentions\":[0]", "\"mentions\":[0,0]"),
            good.replace("\"id\":0", "\"id\":1"),
            twice,
            linked(&helsinki.replace("60.1", "90.1")),
            linked(&helsinki.replace("24.9", "-180.1")),
            linked(&helsinki.replace("FI", "fi")),
            linked(&helsinki.replace("0.9,", "1.1,")),
            linked(&helsinki.replace("geonames:658225", "")),
            linked("\"country\":\"Finland\""),
            // The first mention of an entity is one with no earlier one, and reasons are known words.
            good.replace("\"entity\":0}", "\"entity\":0,\"because\":\"surname\"}"),
            "{".to_owned(),
            "[]".to_owned(),
        ] {
            assert!(check(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
