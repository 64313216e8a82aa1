//! Reads the articles of one file.
//!
//! Puts the steps together: decompress, decode, cut into records, take each apart. What fails in one record becomes a
//! [`Failure`]; what makes the rest of the file unreadable is an error.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use encoding_rs::Encoding;

use crate::compression::Compression;
use crate::document::{Article, Failure, FailureCode, Field, Form, Origin, Raw, Syntax};
use crate::record::dead;
use crate::source::decode::{self, decode};
use crate::source::decompress::{Meter, Peek, decompress};
use crate::source::discover::{Content, Ending, Entry, Format};
use crate::source::error::{Refusal, SourceError, shown};
use crate::source::fields::{self, Fields, Kept, Member, Seen, Value};
use crate::source::json;
use crate::source::records::{Bomb, Position, Record, Records, Splitter};
use crate::source::structure::Structure;
use crate::source::table::{Rows, Table};
use crate::source::{Item, Options};
use crate::span::Span;

/// Records that are looked at for the fields they have before the first one is given out. The first suffices as a rule.
const LOOK_AHEAD: usize = 1000;

/// What stands in a tar archive, and where.
const TAR: (&[u8], usize) = (b"ustar", 257);

/// A file that is being read.
pub struct FileReader {
    name: Name,
    format: Format,
    records: Records,
    /// Records that were read to find the fields.
    ahead: VecDeque<Received>,
    table: Option<Table>,
    /// Whether the records are dead letters, in which the records are that are meant.
    letters: bool,
    /// Whether every line is answered by itself, whatever the others are.
    each_alone: bool,
    /// The encoding that was named.
    encoding: Option<&'static Encoding>,
    fields: Fields,
    /// Whether the user named them.
    fields_named: bool,
    /// Whether a record has been seen that has them.
    fields_seen: bool,
    reserved: Vec<String>,
    max_record_bytes: usize,
    transcoded: Option<&'static Encoding>,
    compression: Option<Compression>,
    meter: Meter,
    /// What makes all records, or the first one, fail.
    problem: Option<SourceError>,
}

/// A record, and what the dead letter says of it that it was found in.
struct Received {
    record: Record,
    letter: Option<Letter>,
}

/// Where a record was, that now is in a dead letter, and how it is written.
struct Letter {
    source: String,
    id: String,
    syntax: Syntax,
    /// The encoding its bytes are in, if they are not UTF-8.
    encoding: Option<&'static Encoding>,
}

/// What a file is called.
#[derive(Clone, Debug)]
struct Name {
    source: String,
    id: String,
    /// In messages.
    path: String,
}

impl FileReader {
    /// Opens `entry` and reads as much as is needed to know its format and its fields.
    ///
    /// # Errors
    /// If it cannot be opened or read, or is in a form that is not supported.
    pub fn open(entry: Entry, options: &Options, meter: Meter) -> Result<Self, SourceError> {
        let source = entry.source();
        let name = Name { path: shown(&source), source, id: entry.id() };
        let ending = entry.ending();
        let path = entry.path();
        let is_file = matches!(entry.content, Content::File(_));
        // Dead letters are UTF-8. What is in them may be something else.
        let encoding = options.encoding.filter(|_| !entry.holds_dead_letters());
        let reader: Box<dyn Read + Send> = match entry.content {
            Content::Reader(reader) => reader,
            Content::File(_) | Content::Pipe => {
                Box::new(File::open(path).map_err(|source| SourceError::Open { path: name.path.clone(), source })?)
            }
        };
        let (mut content, compression) =
            decompress(reader, &meter).map_err(|error| read_error(&name, None, &meter, error))?;
        let failed = |error| read_error(&name, compression, &meter, error);
        let mut peek = Peek::new(content);
        if let Some(error) =
            decode::refused(peek.peek_like(decode::could_be_refused, 4).map_err(failed)?, encoding, &name.path)
        {
            return Err(error);
        }
        if ending.format.is_none() && is_file && peek.peek(TAR.1 + TAR.0.len()).map_err(failed)?.ends_with(TAR.0) {
            return Err(SourceError::Unsupported { path: name.path, format: "a tar archive" });
        }
        content = Box::new(peek);
        let mut decoded = decode(content, encoding).map_err(failed)?;
        let format = match options.format {
            Some(format) => format,
            None => format(ending, !is_file, &mut decoded.content).map_err(failed)?,
        };
        let splitter = match format {
            Format::Text => Splitter::Whole,
            Format::JsonLines => Splitter::Lines,
            Format::Json => Splitter::Structure(Structure::default()),
            Format::Csv => Splitter::Rows(Rows::new(b',')),
            Format::Tsv => Splitter::Rows(Rows::new(b'\t')),
        };
        let mut reading = Self {
            name,
            format,
            records: Records::new(
                decoded.content,
                splitter,
                decoded.skipped,
                options.max_record_bytes,
                compression.map(|_| Arc::clone(&meter.here)),
            ),
            ahead: VecDeque::new(),
            table: None,
            letters: false,
            each_alone: options.each_alone && format == Format::JsonLines,
            encoding: options.encoding,
            fields: if options.fields.is_empty() { Fields::any() } else { Fields::named(&options.fields) },
            fields_named: !options.fields.is_empty(),
            fields_seen: false,
            reserved: options.reserved.clone(),
            max_record_bytes: options.max_record_bytes,
            transcoded: decoded.transcoded,
            compression,
            meter,
            problem: None,
        };
        reading.records.keep_blank = reading.each_alone;
        match format {
            Format::Text => {}
            Format::JsonLines if reading.each_alone => {}
            Format::JsonLines | Format::Json => reading.look_ahead(options)?,
            Format::Csv => reading.read_header(b',', options)?,
            Format::Tsv => reading.read_header(b'\t', options)?,
        }
        Ok(reading)
    }

    /// How the articles are written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The names of the fields that are read, if a record has been seen that has them.
    pub fn fields(&self) -> Option<&[String]> {
        self.fields_seen.then_some(self.fields.names())
    }

    /// What was found by looking ahead that a run had better not begin with; once.
    pub fn take_problem(&mut self) -> Option<SourceError> {
        self.problem.take()
    }

    /// The encoding that the file was in, if it was not UTF-8.
    pub fn transcoded(&self) -> Option<&'static Encoding> {
        self.transcoded
    }

    /// How the file is compressed.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// Where bytes begin that follow compressed data and were not read, if there are any.
    pub fn trailing(&self) -> Option<u64> {
        Some(self.meter.trailing.load(Ordering::Relaxed)).filter(|&at| at > 0)
    }

    /// Lines without anything on them so far.
    pub fn blank(&self) -> u64 {
        self.records.blank
    }

    /// The next article or failure, which is number `item` in the corpus, or `None` at the end.
    ///
    /// # Errors
    /// If the rest of the file cannot be read.
    pub fn next(&mut self, item: u64) -> Result<Option<Item>, SourceError> {
        let Some(received) = self.next_received()? else { return Ok(None) };
        if self.each_alone && received.record.bytes.trim_ascii().is_empty() {
            return Ok(Some(Item::Blank));
        }
        let found = match self.article(&received, item) {
            Ok(article) => Item::Article(article),
            Err(refusal) => Item::Failed(self.failure(received, item, &refusal)),
        };
        Ok(Some(found))
    }

    /// Passes over the next record; whether there was one.
    ///
    /// # Errors
    /// If the rest of the file cannot be read.
    pub fn pass(&mut self) -> Result<bool, SourceError> {
        // As long as the fields are not settled any record may do it, also one that nobody wants.
        if self.has_fields() && !self.fields_seen && !self.fields_named {
            return Ok(self.next(0)?.is_some());
        }
        Ok(self.next_received()?.is_some())
    }

    fn has_fields(&self) -> bool {
        matches!(self.format, Format::JsonLines | Format::Json)
    }

    fn next_received(&mut self) -> Result<Option<Received>, SourceError> {
        if let Some(received) = self.ahead.pop_front() {
            return Ok(Some(received));
        }
        let Some(record) = self.next_record()? else { return Ok(None) };
        Ok(Some(if self.letters { self.opened(record) } else { Received { record, letter: None } }))
    }

    fn next_record(&mut self) -> Result<Option<Record>, SourceError> {
        self.records.next().map_err(|error| read_error(&self.name, self.compression, &self.meter, error))
    }

    /// What is in a dead letter; the record as it is if it is none.
    fn opened(&self, record: Record) -> Received {
        let text = self.text(&record).ok();
        let Some((letter, raw)) = text.and_then(dead::read).and_then(|letter| letter.raw().map(|raw| (letter, raw)))
        else {
            return Received { record, letter: None };
        };
        let digest_of_all = letter.digest_of_all(&raw);
        let is_utf8 = letter.raw.is_some();
        let inner = Record {
            start: Position { line: letter.line, column: 1, byte: letter.byte_offset },
            number: letter.record,
            len: if digest_of_all.is_some() { letter.byte_len } else { raw.len() as u64 },
            digest_of_all,
            bytes: raw,
            cut: record.cut || letter.code == FailureCode::TruncatedJson.name(),
        };
        let letter = Letter {
            source: letter.source.into_owned(),
            id: letter.id.into_owned(),
            syntax: letter.syntax.into_owned(),
            encoding: self.encoding.filter(|_| !is_utf8),
        };
        Received { record: inner, letter: Some(letter) }
    }

    /// Reads records until it is known which fields hold the text.
    fn look_ahead(&mut self, options: &Options) -> Result<(), SourceError> {
        let mut seen = Seen::default();
        let mut bytes = 0;
        let mut any = false;
        while self.ahead.len() < LOOK_AHEAD && bytes <= self.max_record_bytes {
            let Some(record) = self.next_record()? else { break };
            bytes += record.bytes.len();
            if self.ahead.is_empty() {
                self.letters = self.text(&record).ok().and_then(dead::read).is_some();
            }
            let received = if self.letters { self.opened(record) } else { Received { record, letter: None } };
            let record = &received.record;
            let mut reserved = None;
            let members = self.text(record).and_then(|text| {
                json::members(text, record.cut, |member| {
                    seen.add(&member.key, &options.fields);
                    if reserved.is_none() && is_in(&self.reserved, &member.key) {
                        reserved = Some(member.key.into_owned());
                    }
                })
            });
            any |= members.is_ok();
            if let Some(key) = reserved {
                let (path, line) = (self.name.path.clone(), record.start.line);
                self.problem.get_or_insert(SourceError::ReservedKey { path, line, key });
            }
            self.ahead.push_back(received);
            if any && seen.suffices(&options.fields) {
                break;
            }
        }
        if any {
            self.choose_fields(options, seen.into_names());
        }
        // Whoever gives failed records back knows that something is wrong with them.
        if self.letters {
            self.problem = None;
        }
        Ok(())
    }

    /// Settles which fields are read, when `seen` are there.
    fn choose_fields(&mut self, options: &Options, seen: Vec<String>) {
        let path = self.name.path.clone();
        if let Some(field) = options.fields.iter().find(|name| !is_in(&seen, name)) {
            self.problem.get_or_insert(SourceError::FieldNotFound { path, field: field.clone(), seen });
            return;
        }
        if options.fields.is_empty() {
            let Some(fields) = Fields::choose(&seen) else {
                self.problem.get_or_insert(SourceError::NoTextField { path, seen });
                return;
            };
            self.fields = fields;
        }
        self.fields_seen = true;
    }

    fn read_header(&mut self, separator: u8, options: &Options) -> Result<(), SourceError> {
        let Some(record) = self.next_record()? else { return Ok(()) };
        let path = &self.name.path;
        let table = self.text(&record).and_then(|row| Table::new(separator, row));
        let table = table.map_err(|refusal| SourceError::Header { path: path.clone(), reason: refusal.message })?;
        let seen = table.columns().to_vec();
        let mut known = HashSet::new();
        if let Some(name) = seen.iter().find(|name| !known.insert(name.as_str())) {
            return Err(SourceError::DuplicateColumn { path: path.clone(), name: name.clone() });
        }
        if let Some(key) = seen.iter().find(|name| is_in(&self.reserved, name)) {
            self.problem =
                Some(SourceError::ReservedKey { path: path.clone(), line: record.start.line, key: key.clone() });
        }
        self.table = Some(table);
        self.choose_fields(options, seen);
        Ok(())
    }

    /// The text of a record, if it is not too long and is UTF-8.
    fn text<'r>(&self, record: &'r Record) -> Result<&'r str, Refusal> {
        if record.len > self.max_record_bytes as u64 {
            let message = format!("the record has {} bytes: expected at most {}", record.len, self.max_record_bytes);
            return Err(Refusal::new(FailureCode::RecordTooLarge, 0, message));
        }
        if record.digest_of_all.is_some() {
            let (all, kept) = (record.len, record.bytes.len());
            let message = format!("the dead letter has {kept} of the record's {all} bytes: expected all of them");
            return Err(Refusal::new(FailureCode::RecordTooLarge, 0, message));
        }
        str::from_utf8(&record.bytes).map_err(|error| {
            let at = error.valid_up_to();
            if let Some(encoding) = self.transcoded {
                return Refusal::new(
                    FailureCode::InvalidEncoding,
                    at,
                    format!("bytes that are not {}", encoding.name()),
                );
            }
            if error.error_len().is_none() && record.cut && self.has_fields() {
                return Refusal::new(FailureCode::TruncatedJson, at, "the input ends inside a character");
            }
            Refusal::new(FailureCode::InvalidUtf8, at, format!("byte 0x{:02x} is not UTF-8", record.bytes[at]))
        })
    }

    fn article(&mut self, received: &Received, item: u64) -> Result<Article, Refusal> {
        let Received { record, letter } = received;
        if self.letters && letter.is_none() {
            let message = "not a dead letter, as the first line is: expected its keys, and raw or raw_b64";
            return Err(Refusal::new(FailureCode::InvalidDeadLetter, 0, message));
        }
        let encoding = letter.as_ref().and_then(|letter| letter.encoding);
        let text = match encoding {
            None => Cow::Borrowed(self.text(record)?),
            Some(encoding) => {
                encoding.decode_without_bom_handling_and_without_replacement(&record.bytes).ok_or_else(|| {
                    Refusal::new(FailureCode::InvalidEncoding, 0, format!("bytes that are not {}", encoding.name()))
                })?
            }
        };
        let text = &*text;
        let syntax = letter.as_ref().map_or_else(|| self.syntax(), |letter| letter.syntax.clone());
        let (id, text, fields, form) = match &syntax {
            Syntax::Text => {
                let field = Field { name: "text".to_owned(), span: Span::whole(text), headline: false };
                (Some(self.text_id(letter.as_ref())), text.to_owned(), vec![field], Form::Text)
            }
            Syntax::Json => {
                if !self.fields_seen && !self.fields_named && !self.each_alone {
                    self.choose_late(text, record.cut)?;
                }
                let mut kept = Kept::new();
                json::members(text, record.cut, |member| kept.add(member, &self.fields, &self.reserved))?;
                let own = if self.each_alone && !self.fields_named { kept.fields() } else { None };
                let parts = fields::read(&kept.members, own.as_ref().unwrap_or(&self.fields), &self.reserved)?;
                (parts.id, parts.text, parts.fields, Form::Object(json::one_line(text)))
            }
            Syntax::Row { separator, header } => {
                let of_letter;
                let table = match (&self.table, letter) {
                    (Some(table), None) => table,
                    _ => {
                        of_letter = Table::new(*separator as u8, header)?;
                        &of_letter
                    }
                };
                let cells = table.read(text)?;
                let members: Vec<Member> = table
                    .columns()
                    .iter()
                    .zip(&cells)
                    .map(|(name, cell)| Member { key: name.into(), value: Value::Cell(cell), at: 0 })
                    .collect();
                let parts = fields::read(&members, &self.fields, &self.reserved)?;
                (parts.id, parts.text, parts.fields, Form::Object(table.object(&cells)))
            }
        };
        let transcoded = self.transcoded.iter().chain(&encoding);
        let warnings = transcoded.map(|encoding| encoding.name().to_ascii_lowercase()).collect();
        let id = id.unwrap_or_else(|| self.derived_id(record, letter.as_ref()));
        Ok(Article { id, origin: self.origin(record, letter.as_ref(), item), text, fields, form, warnings })
    }

    /// How the records of this file are written.
    fn syntax(&self) -> Syntax {
        match (self.format, &self.table) {
            (Format::Text, _) => Syntax::Text,
            (Format::Csv | Format::Tsv, Some(table)) => {
                Syntax::Row { separator: char::from(table.separator()), header: table.header().to_owned() }
            }
            _ => Syntax::Json,
        }
    }

    fn text_id(&self, letter: Option<&Letter>) -> String {
        letter.map_or(&self.name.id, |letter| &letter.id).clone()
    }

    /// Lets a record decide about the fields where those that were looked at first were all bad.
    fn choose_late(&mut self, text: &str, cut: bool) -> Result<(), Refusal> {
        let mut seen = Seen::default();
        json::members(text, cut, |member| seen.add(&member.key, &[]))?;
        if let Some(fields) = Fields::choose(&seen.into_names()) {
            self.fields = fields;
            self.fields_seen = true;
        }
        Ok(())
    }

    /// An id for a record that has none. JSON that is not in lines may have several records on one.
    fn derived_id(&self, record: &Record, letter: Option<&Letter>) -> String {
        match (letter, self.format) {
            (Some(letter), _) => letter.id.clone(),
            (None, Format::Json) => format!("{}#{}", self.name.id, record.number),
            (None, Format::Text) => self.name.id.clone(),
            (None, Format::JsonLines | Format::Csv | Format::Tsv) => {
                format!("{}:{}", self.name.id, record.start.line)
            }
        }
    }

    fn origin(&self, record: &Record, letter: Option<&Letter>, item: u64) -> Origin {
        Origin {
            source: letter.map_or(&self.name.source, |letter| &letter.source).clone(),
            record: record.number,
            line: record.start.line,
            byte_offset: record.start.byte,
            byte_len: record.len,
            item,
        }
    }

    fn failure(&self, received: Received, item: u64, refusal: &Refusal) -> Failure {
        let Received { record, letter } = received;
        let place = record.start.after(record.bytes.get(..refusal.at).unwrap_or_default());
        let path = letter.as_ref().map_or_else(|| self.name.path.clone(), |letter| shown(&letter.source));
        Failure {
            origin: self.origin(&record, letter.as_ref(), item),
            code: refusal.code,
            message: format!("{path}:{}:{}: {}", place.line, place.column, shown(&refusal.message)),
            id: self.derived_id(&record, letter.as_ref()),
            raw: Raw {
                bytes: record.bytes,
                digest_of_all: record.digest_of_all,
                syntax: letter.map_or_else(|| self.syntax(), |letter| letter.syntax),
            },
        }
    }
}

fn is_in(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}

fn read_error(name: &Name, compression: Option<Compression>, meter: &Meter, source: io::Error) -> SourceError {
    let path = name.path.clone();
    let offset = meter.here.load(Ordering::Relaxed);
    if let Some(&Bomb { expanded, compressed }) = source.get_ref().and_then(|error| error.downcast_ref()) {
        return SourceError::Bomb { path, offset, expanded, compressed };
    }
    match compression {
        // The system numbers its errors and decompressors do not.
        Some(compression) if source.raw_os_error().is_none() => {
            SourceError::Compressed { path, format: compression.name(), offset, source }
        }
        _ => SourceError::Read { path, offset, source },
    }
}

/// The format of `content`: what the ending says, or, where that says nothing or is plainly wrong, what it begins with.
/// A `pipe` may be a stream of lines of which the first is broken, and is looked at more closely.
fn format(ending: Ending, pipe: bool, content: &mut Peek<impl BufRead>) -> io::Result<Format> {
    match ending.format {
        None if pipe => match first_bytes(content)? {
            Some(format) => Ok(format),
            None => Ok(if has_object_line(content)? { Format::JsonLines } else { Format::Text }),
        },
        None => Ok(first_bytes(content)?.unwrap_or(Format::Text)),
        // An array or an indented object in a file for JSON lines.
        Some(Format::JsonLines) => Ok(first_bytes(content)?.unwrap_or(Format::JsonLines)),
        Some(format) => Ok(format),
    }
}

/// Recognizes JSON by its first two bytes that are not white space; `None` for anything else.
fn first_bytes(content: &mut Peek<impl BufRead>) -> io::Result<Option<Format>> {
    /// Nobody begins a file with more white space than this.
    const LOOK_AT: usize = 4096;
    // By and by: a pipe may hold two bytes now and the next ones in an hour.
    for n in 2..=LOOK_AT {
        let head = content.peek(n)?;
        let ended = head.len() < n;
        let mut marks = head.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
        match (marks.next(), marks.next()) {
            (Some((_, b'[')), Some((_, b'{' | b']'))) => return Ok(Some(Format::Json)),
            (Some((open, b'{')), Some((next, b'"' | b'}'))) => {
                let indented = head[open..next].contains(&b'\n');
                return Ok(Some(if indented { Format::Json } else { Format::JsonLines }));
            }
            (Some(_), Some(_)) => return Ok(None),
            (None | Some(_), None) if ended => return Ok(None),
            (None | Some(_), None) => {}
            (None, Some(_)) => unreachable!("there is no second without a first"),
        }
    }
    Ok(None)
}

/// Whether one of the first lines looks like an object: JSON lines whose first line is broken are no text.
fn has_object_line(content: &mut Peek<impl BufRead>) -> io::Result<bool> {
    const LOOK_AT: usize = 64 << 10;
    let looks_like_object = |line: &[u8]| {
        let line = line.trim_ascii();
        line.starts_with(b"{\"") || (line.starts_with(b"{") && line.ends_with(b"}"))
    };
    let mut line_start = 0;
    for n in 1..=LOOK_AT {
        let head = content.peek(n)?;
        if head.len() < n {
            return Ok(looks_like_object(&head[line_start..]));
        }
        if head[n - 1] == b'\n' {
            if looks_like_object(&head[line_start..n]) {
                return Ok(true);
            }
            line_start = n;
        }
    }
    Ok(false)
}
