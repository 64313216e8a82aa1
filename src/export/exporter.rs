//! Writes articles one after another, in any format.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::error::{Severity, UserError};
use crate::export::annotated::Annotated;
use crate::export::format::Format;
use crate::export::loss::Loss;
use crate::export::{brat, conll, csv, json, label_studio, web, xmi};
use crate::verdicts::{By, Opened, Standing};

/// Writes an export.
pub struct Exporter<'w> {
    format: Format,
    out: Out<'w>,
    totals: Totals,
    labels: BTreeSet<String>,
}

enum Out<'w> {
    Stream(Box<dyn Write + 'w>),
    Directory(PathBuf),
}

/// What was exported.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Totals {
    /// Articles that were exported.
    pub articles: u64,
    /// Articles that were left out, as gold has only those that are complete.
    pub left_out: u64,
    /// Mentions that were exported.
    pub mentions: u64,
    /// What the format cannot say.
    pub lost: u64,
}

/// An export cannot be written.
#[derive(Debug, Error)]
#[error("{to}: cannot be written")]
pub struct ExportError {
    /// What was being written.
    pub to: String,
    /// Why not.
    pub source: io::Error,
}

impl UserError for ExportError {
    fn severity(&self) -> Severity {
        Severity::Fatal
    }
}

impl<'w> Exporter<'w> {
    /// Into one file or stream, for formats that are [no directory](Format::is_directory).
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn to_stream(format: Format, out: impl Write + 'w) -> Result<Self, ExportError> {
        let mut exporter = Self::new(format, Out::Stream(Box::new(out)));
        let head = match format {
            Format::Csv => csv::HEADER,
            Format::LabelStudio => "[",
            _ => "",
        };
        exporter.write(head.as_bytes())?;
        Ok(exporter)
    }

    /// Into the directory `dir`, which is there and empty, for formats that are
    /// [one](Format::is_directory). Files are named by the number of their article.
    ///
    /// # Errors
    /// If nothing can be written there.
    pub fn to_directory(format: Format, dir: &Path) -> Result<Self, ExportError> {
        let mut exporter = Self::new(format, Out::Directory(dir.to_owned()));
        if format == Format::Xmi {
            exporter.file("TypeSystem.xml", xmi::TYPE_SYSTEM)?;
        }
        Ok(exporter)
    }

    fn new(format: Format, out: Out<'w>) -> Self {
        Self { format, out, totals: Totals::default(), labels: BTreeSet::new() }
    }

    /// Writes an article as it stands, and gives what the format cannot say of it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, opened: &Opened<'_>, standing: &Standing<'_>) -> Result<Vec<Loss>, ExportError> {
        let article = Annotated::new(opened, standing, self.format.takes_overlaps());
        if self.format == Format::Gold && !article.is_complete {
            self.totals.left_out += 1;
            return Ok(Vec::new());
        }
        let mut losses = if self.format.takes_overlaps() { Vec::new() } else { article.covered() };
        let mut out: Vec<u8> = Vec::new();
        let lines = |values: Vec<serde_json::Value>, out: &mut Vec<u8>| {
            for value in values {
                out.extend_from_slice(value.to_string().as_bytes());
                out.push(b'\n');
            }
        };
        match self.format {
            Format::Gold => gold(standing, &mut out),
            Format::Csv => csv::rows(&article, &mut out),
            Format::Spacy => lines(vec![json::spacy(&article)], &mut out),
            Format::Prodigy => lines(vec![json::prodigy(&article)], &mut out),
            Format::Doccano => lines(vec![json::doccano(&article)], &mut out),
            Format::W3c => lines(web::annotations(&article), &mut out),
            Format::Hf => lines(json::hugging_face(&article, &mut losses), &mut out),
            Format::Conll => conll::document(&article, &mut out, &mut losses),
            Format::LabelStudio => {
                out.extend_from_slice(if self.totals.articles == 0 { b"\n" } else { b",\n" });
                out.extend_from_slice(label_studio::task(&article).to_string().as_bytes());
            }
            Format::Brat => {
                let number = self.totals.articles + 1;
                self.labels.extend(article.spans.iter().map(|annotation| annotation.label.clone()));
                self.file(&format!("{number:08}.txt"), article.text)?;
                self.file(&format!("{number:08}.ann"), &brat::annotations(&article))?;
            }
            Format::Xmi => {
                let number = self.totals.articles + 1;
                self.file(&format!("{number:08}.xmi"), &xmi::document(&article, &mut losses))?;
            }
        }
        if !out.is_empty() {
            self.write(&out)?;
        }
        self.totals.articles += 1;
        let n_lost = losses.iter().filter(|loss| loss.label.is_some()).count();
        let n_here = article.spans.len() + if self.format.takes_overlaps() { 0 } else { article.covered().len() };
        self.totals.mentions += (n_here - n_lost) as u64;
        self.totals.lost += losses.len() as u64;
        Ok(losses)
    }

    /// Ends the export.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self) -> Result<Totals, ExportError> {
        match self.format {
            Format::LabelStudio => self.write(b"\n]\n")?,
            Format::Brat => {
                let configuration = brat::configuration(&self.labels);
                self.file("annotation.conf", &configuration)?;
            }
            _ => {}
        }
        if let Out::Stream(out) = &mut self.out {
            out.flush().map_err(|source| ExportError { to: self.format.name().to_owned(), source })?;
        }
        Ok(self.totals)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        let Out::Stream(out) = &mut self.out else { return Ok(()) };
        out.write_all(bytes).map_err(|source| ExportError { to: self.format.name().to_owned(), source })
    }

    fn file(&mut self, name: &str, text: &str) -> Result<(), ExportError> {
        let Out::Directory(dir) = &self.out else { return Ok(()) };
        let path = dir.join(name);
        fs::write(&path, text).map_err(|source| ExportError { to: path.display().to_string(), source })
    }
}

/// A record as `dateline eval --gold` reads it, each mention with who says so.
fn gold(standing: &Standing<'_>, out: &mut Vec<u8>) {
    let mut record = standing.record.clone();
    for (mention, mark) in record.mentions.iter_mut().zip(&standing.marks) {
        let by = if mark.by == By::Model { "model".to_owned() } else { mark.by.to_string() };
        mention.by = Some(by.into());
    }
    record.write(out);
}
