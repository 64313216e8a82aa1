//! `GET /api/formats`, `/api/export/preview` and `/api/export`: what can be taken away.
//!
//! The same code as `dateline export`; formats that are directories of files are for that command alone.

use std::io::{self, Write};
use std::sync::Arc;

use dateline::internals::export::{Exporter, Format};
use dateline::verdicts::stand;
use serde_json::{Value, json};

use crate::http::{Ask, Body, Reply};
use crate::review::corpus::Corpus;
use crate::review::desk::Now;
use crate::review::{sample, still};

/// Bytes of a preview.
const PREVIEW: usize = 2_000;

/// What the page says of a format: name, title, a word on it, and the ending of its file.
const FORMATS: [(&str, &str, &str, &str); 13] = [
    ("gold", "Gold", "for dateline eval and for training: decided articles alone", "jsonl"),
    ("rules", "Rules", "for dateline tag --rules: the next run obeys them", "jsonl"),
    ("page", "A page", "the overview as one file that works from disk", "html"),
    ("csv", "Table", "a row for each mention, for a spreadsheet", "csv"),
    ("conll", "CoNLL-2003", "columns of tokens and tags", "conll"),
    ("spacy", "spaCy", "JSON lines that become a DocBin with six lines of Python", "jsonl"),
    ("hf", "Hugging Face datasets", "JSON lines with tokens and tags", "jsonl"),
    ("prodigy", "Prodigy", "JSON lines with spans and answers", "jsonl"),
    ("label-studio", "Label Studio", "a list of tasks with annotations", "json"),
    ("doccano", "doccano", "JSON lines with labels", "jsonl"),
    ("w3c", "Web Annotations", "W3C Web Annotation, one a line", "jsonl"),
    ("brat", "brat", "a directory with a text and its standoff annotations for each article", ""),
    ("xmi", "INCEpTION", "a directory with a UIMA CAS for each article", ""),
];

/// All formats, for the page.
pub fn formats(corpus: &Corpus) -> Value {
    let name = corpus.name();
    let shown: Vec<Value> = FORMATS.iter().map(|&(id, title, what, end)| {
        let format = Format::of_name(id);
        let file = if end.is_empty() { format!("{name}-{id}/") } else { format!("{name}-{id}.{end}") };
        let articles = match id {
            "gold" => "those of which someone has said that nothing is missing",
            "rules" => "none: rules hold for all",
            _ => "all, each mention with who says so where the format can say it",
        };
        json!({
            "id": id, "title": title, "what": what, "file": file, "is_directory": end.is_empty(), "articles": articles,
            "unit": format.map_or("none", |format| format.unit()),
        })
    }).collect();
    let records = corpus.records.file_name().unwrap_or_default().to_string_lossy();
    json!({"formats": shown, "records": records})
}

/// The beginning of what an export would be.
pub fn preview(corpus: &Corpus, now: &Now, ask: &Ask) -> Result<Value, Reply> {
    let wanted = wanted(ask)?;
    if wanted.3.is_empty() {
        return Ok(json!({"text": "A directory of files: use the command."}));
    }
    let mut out = Vec::new();
    let mut bounded = Bounded(&mut out);
    // That it is full ends it.
    let _ = write(corpus, now, wanted.0, &mut bounded);
    let mut text = String::from_utf8_lossy(&out).into_owned();
    if text.len() >= PREVIEW {
        text.truncate(text.floor_char_boundary(PREVIEW));
        text.push('…');
    }
    Ok(json!({"text": text}))
}

/// The export, written while it is read.
pub fn export(corpus: &Arc<Corpus>, now: Now, ask: &Ask) -> Result<Reply, Reply> {
    let (id, _, _, end) = wanted(ask)?;
    if end.is_empty() {
        let hint = format!("dateline export --to {id} -o DIR makes it");
        return Err(Reply::refused(400, "directory", "this format is a directory of files", Some(&hint)));
    }
    let name: String =
        corpus.name().chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let content_type = match end {
        "csv" => "text/csv; charset=utf-8",
        "json" => "application/json",
        // Never to be shown in place: a name in it may be markup.
        _ => "application/octet-stream",
    };
    let corpus = Arc::clone(corpus);
    Ok(Reply {
        status: 200,
        content_type,
        immutable: false,
        file_name: Some(format!("{name}-{id}.{end}")),
        body: Body::Written(Box::new(move |out| write(&corpus, &now, id, out))),
    })
}

fn wanted(ask: &Ask) -> Result<(&'static str, &'static str, &'static str, &'static str), Reply> {
    let id = ask.get("format").unwrap_or_default();
    let known: Vec<&str> = FORMATS.iter().map(|(id, ..)| *id).collect();
    let wrong = || Reply::refused(400, "format", &format!("found {id:?}, wanted one of {}", known.join(", ")), None);
    FORMATS.into_iter().find(|(known, ..)| *known == id).ok_or_else(wrong)
}

fn write(corpus: &Corpus, now: &Now, id: &str, out: &mut dyn Write) -> io::Result<()> {
    match id {
        "page" => {
            let page = still::page(corpus, now).map_err(|refused| io::Error::other(refused.value().to_string()))?;
            out.write_all(page.as_bytes())
        }
        "rules" => {
            for rule in now.rules.rules() {
                writeln!(out, "{}", serde_json::to_string(rule)?)?;
            }
            Ok(())
        }
        _ => {
            let format = Format::of_name(id).ok_or_else(|| io::Error::other(format!("no format {id}")))?;
            let failed = |error: dateline::internals::export::ExportError| error.source;
            let mut exporter = Exporter::to_stream(format, out).map_err(failed)?;
            sample::each_record(corpus, |opened| {
                let standing = stand(opened, &now.rules, &now.verdicts);
                exporter.add(opened, &standing).map_err(failed).map(drop)
            })?;
            exporter.finish().map_err(failed).map(drop)
        }
    }
}

/// Takes as much as a preview has, and then is full.
struct Bounded<'o>(&'o mut Vec<u8>);

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() >= PREVIEW {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
