//! Checks an output against its manifest, and each record against itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::compression::Compression;
use crate::digest::hex;
use crate::record::dead;
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

    fn add(&mut self, problem: String) {
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

/// Reads the output `path` again: its bytes have the digest in its manifest, its lines are as many as that says, every record is whole, and
/// the text at every offset is the mention.
///
/// # Errors
/// If a file cannot be read; everything else is in the report.
pub fn verify(path: &Path) -> io::Result<Report> {
    let files = Files::of(path);
    let mut report = Report::default();
    let Some(manifest) = checkpoint::read_manifest(&files.manifest) else {
        report.add(format!("{}: expected the manifest of {}, found none", files.manifest.display(), path.display()));
        return Ok(report);
    };
    let under = manifest.fingerprint.get("options").and_then(|options| serde_json::from_str::<Options>(options).ok());
    let under = under.and_then(|options| options.under);
    let mut records = Lines::open(path)?;
    while let Some(line) = records.next()? {
        report.records += 1;
        match check_record(line, under.as_deref()) {
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
        while let Some(line) = letters.next()? {
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
    report.equal(path, "read", manifest.read, report.records + report.dead + manifest.blank);
    Ok(report)
}

/// What verifying must know of how records were written.
#[derive(Deserialize)]
struct Options {
    under: Option<String>,
}

/// How many mentions the record in `line` has, all of them where they say; or what is wrong. The added keys may be under one key.
///
/// # Errors
/// What was found and what was wanted.
pub fn check_record(line: &[u8], under: Option<&str>) -> Result<u64, String> {
    // Fields of the article may hold numbers that no program can, and are not looked at.
    let fields = |json: &str| -> Result<BTreeMap<String, Box<RawValue>>, String> {
        serde_json::from_str(json).map_err(|error| format!("expected a record, found something else: {error}"))
    };
    let record = fields(std::str::from_utf8(line).map_err(|error| error.to_string())?)?;
    let inner = match under {
        Some(key) => Some(fields(record.get(key).ok_or_else(|| format!("expected an object {key:?}"))?.get())?),
        None => None,
    };
    let added = inner.as_ref().unwrap_or(&record);
    let value = |key: &str| added.get(key).and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok());
    let list = |key: &str| match value(key) {
        Some(Value::Array(list)) => Ok(list),
        _ => Err(format!("expected a list of {key}, found none")),
    };
    let (mentions, entities) = (list("mentions")?, list("entities")?);
    let mut texts: BTreeMap<&str, Text> = BTreeMap::new();
    for (i, mention) in mentions.iter().enumerate() {
        let wrong = |what: &str| format!("mention {i}: {what}");
        let name = mention["field"].as_str().ok_or_else(|| wrong("expected a field"))?;
        if !texts.contains_key(name) {
            let text = record.get(name).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
            let text = text.ok_or_else(|| wrong(&format!("expected text in field {name:?}")))?;
            texts.insert(name, Text { positions: positions_in(&text), text });
        }
        let Text { text, positions } = &texts[name];
        let surface = mention["text"].as_str().ok_or_else(|| wrong("expected its text"))?;
        let number = |key: &str| mention.get(key).map(|number| number.as_u64().map_or(usize::MAX, |n| n as usize));
        let position = |key: &str| number(key).and_then(|at| positions.get(at).copied());
        let ((start, from), (end, to)) =
            position("start").zip(position("end")).ok_or_else(|| wrong("expected offsets in the text"))?;
        let differs = |found: Option<&str>, unit: &str| match found {
            Some(found) if found == surface => Ok(()),
            found => Err(wrong(&format!("expected {surface:?} at its offsets{unit}, found {found:?}"))),
        };
        differs(text.get(start..end), "")?;
        if let (Some(start), Some(end)) = (number("start_byte"), number("end_byte")) {
            differs(text.get(start..end), " in bytes")?;
        }
        if let (Some(start), Some(end)) = (number("start_utf16"), number("end_utf16"))
            && (start, end) != (from, to)
        {
            return Err(wrong("its offsets in UTF-16 units are others"));
        }
        let entity = number("entity").and_then(|entity| entities.get(entity));
        let of_entity = entity.and_then(|entity| entity["mentions"].as_array());
        if !of_entity.is_some_and(|mentions| mentions.iter().any(|mention| mention.as_u64() == Some(i as u64))) {
            return Err(wrong("expected it among the mentions of its entity"));
        }
    }
    let coverage = value("coverage").unwrap_or_default();
    let coverage = |key: &str| coverage[key].as_u64();
    match (coverage("read"), coverage("chars")) {
        (Some(read), Some(chars)) if read <= chars => Ok(mentions.len() as u64),
        _ => Err("expected a coverage, with no more read than there is".to_owned()),
    }
}

/// A field of an article.
struct Text {
    text: String,
    /// See [`positions_in`].
    positions: Vec<(usize, usize)>,
}

/// Of each character of `text`, and of its end: how many bytes and how many UTF-16 units are before it.
fn positions_in(text: &str) -> Vec<(usize, usize)> {
    let mut positions = Vec::with_capacity(text.len() + 1);
    let mut units = 0;
    for (byte, c) in text.char_indices() {
        positions.push((byte, units));
        units += c.len_utf16();
    }
    positions.push((text.len(), units));
    positions
}

/// The lines of a file, compressed or not, and the digest of its bytes.
pub(super) struct Lines {
    lines: BufReader<Box<dyn Read + Send>>,
    digest: Arc<Mutex<(u64, Sha256)>>,
    line: Vec<u8>,
}

/// Counts and digests what passes.
struct Digested {
    file: File,
    digest: Arc<Mutex<(u64, Sha256)>>,
}

impl Read for Digested {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        if let Ok(mut digest) = self.digest.lock() {
            digest.0 += n as u64;
            digest.1.update(&buffer[..n]);
        }
        Ok(n)
    }
}

impl Lines {
    /// Of the file `path`, whose name says how it is compressed.
    pub fn open(path: &Path) -> io::Result<Self> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let digest = Arc::default();
        let file = Digested { file: File::open(path).map_err(named)?, digest: Arc::clone(&digest) };
        let file = BufReader::with_capacity(1 << 16, file);
        let content: Box<dyn Read + Send> = match Compression::of_name(path) {
            Some(Compression::Gzip) => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
            Some(Compression::Zstd) => Box::new(zstd::stream::read::Decoder::with_buffer(file)?),
            None => Box::new(file),
        };
        Ok(Self { lines: BufReader::with_capacity(1 << 16, content), digest, line: Vec::new() })
    }

    /// The next line, without its end.
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        if self.lines.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        Ok(Some(self.line.strip_suffix(b"\n").unwrap_or(&self.line)))
    }

    /// How many bytes the file has, and their digest, when all lines have been read.
    pub fn finish(mut self) -> io::Result<(u64, String)> {
        while self.next()?.is_some() {}
        let digest = self.digest.lock().map_err(|_| io::Error::other("a thread has died"))?;
        Ok((digest.0, hex(&digest.1.clone().finalize())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_that_are_off_by_one_are_found() {
        let record = |start: usize, end: usize, more: &str, entity: usize| {
            format!(
                "{{\"title\":\"🙂 Zoë left\",\"mentions\":[{{\"start\":{start},\"end\":{end}{more},\"text\":\"Zoë\",\"field\":\"title\",\
                 \"entity\":{entity}}}],\"entities\":[{{\"mentions\":[0]}}],\"coverage\":{{\"chars\":10,\"read\":10}}}}"
            )
        };
        let check = |record: String| check_record(record.as_bytes(), None);
        assert_eq!(check(record(2, 5, "", 0)), Ok(1));
        let all = ",\"start_byte\":5,\"end_byte\":9,\"start_utf16\":3,\"end_utf16\":6";
        assert_eq!(check(record(2, 5, all, 0)), Ok(1));
        for wrong in [
            record(1, 5, "", 0),
            record(2, 6, "", 0),
            record(3, 99, "", 0),
            record(2, 5, "", 1),
            record(2, 5, &all.replace(":5", ":4"), 0),
            record(2, 5, &all.replace(":6", ":7"), 0),
            record(2, 5, "", 0).replace("\"read\":10", "\"read\":11"),
            record(2, 5, "", 0).replace("title\":\"🙂", "titel\":\"🙂"),
            "{".to_owned(),
            "[]".to_owned(),
        ] {
            assert!(check(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
