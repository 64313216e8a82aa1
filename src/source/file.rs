//! Reads the articles of one file.
//!
//! Puts the steps together: decompress, decode, cut into records, take each apart. What fails in
//! one record becomes a [`Failure`]; what makes the rest of the file unreadable is an error.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use encoding_rs::Encoding;

use crate::compression::Compression;
use crate::document::{Article, Failure, FailureCode, Form, Origin, Raw};
use crate::source::decode::{self, Decoded, decode};
use crate::source::decompress::{Content, Meter, Peek, decompress};
use crate::source::entry::Entry;
use crate::source::error::SourceError;
use crate::source::fields::{Fields, SeenNames, Wanted};
use crate::source::formats::interface::{FieldNames, Format, Parser, Setup};
use crate::source::formats::{self, Recognized};
use crate::source::item::Item;
use crate::source::kinds::FileKind;
use crate::source::letters::{Letter, Received, is_letter};
use crate::source::markup::read_markup;
use crate::source::name::shown;
use crate::source::options::Options;
use crate::source::refusal::Refusal;
use crate::source::split::{Limits, Passed, RawRecord, RecordStream};
use crate::source::whereabouts::Whereabouts;

/// Records that are looked at for the fields they have before the first one is given out. The first
/// suffices as a rule.
const LOOK_AHEAD: usize = 1000;

/// A file that is being read.
pub struct FileReader {
    setup: Setup,
    format: &'static dyn Format,
    records: Box<dyn RecordStream>,
    parser: Box<dyn Parser>,
    /// What was found out of how they are written.
    remark: Option<String>,
    /// Records that were read to find the fields.
    ahead: VecDeque<Received>,
    /// Whether the records are dead letters, in which the records are that are meant.
    letters: bool,
    /// Whether fields differ from record to record.
    varying: bool,
    /// The encoding that was named.
    encoding: Option<&'static Encoding>,
    wanted: Wanted,
    /// Whether a record has been seen that has them.
    fields_seen: bool,
    /// What makes all records, or the first one, fail.
    problem: Option<SourceError>,
    /// Whether none of the records that were looked at could be read because of it.
    hopeless: bool,
}

impl FileReader {
    /// Opens `entry` and reads as much as is needed to know its format and its fields.
    ///
    /// # Errors
    /// If it cannot be opened or read, or is in a form that is not supported.
    pub fn open(entry: &mut Entry, options: &Options, meter: Meter) -> Result<Self, SourceError> {
        let ending = entry.ending();
        let is_pipe = entry.size().is_none();
        // Dead letters are UTF-8. What is in them may be something else.
        let encoding = options.encoding.filter(|_| !entry.holds_dead_letters());
        let mut whereabouts = Whereabouts { name: entry.name(), compression: None, meter };
        let path = &whereabouts.name.shown;
        let reader = entry.open().map_err(|source| SourceError::Open { path: path.clone(), source })?;
        let (content, compression) =
            decompress(reader, &whereabouts.meter).map_err(|error| whereabouts.error(error))?;
        whereabouts.compression = compression;
        let path = &whereabouts.name.shown;
        let failed = |error| whereabouts.error(error);
        let mut content = Peek::new(content);
        let text_is_likely = ending.format.is_some() || options.format.is_some();
        if let Some(kind) = FileKind::of_input(&mut content, text_is_likely, is_pipe).map_err(failed)? {
            return Err(SourceError::Unsupported { path: path.clone(), kind });
        }
        let head = content.peek_like(decode::could_be_refused, 4).map_err(failed)?;
        let finds_encoding = options.format.or(ending.format).is_some_and(|format| format.finds_encoding());
        if let Some(error) = decode::refused(head, encoding, path).filter(|_| !finds_encoding) {
            return Err(error);
        }
        let mut decoded = if finds_encoding {
            let content: Box<dyn BufRead + Send> = Box::new(content);
            Decoded { content: Peek::new(content), transcoded: None, skipped: 0 }
        } else {
            decode(Box::new(content), encoding).map_err(failed)?
        };
        let by_content = |content: &mut Content| match options.delimiter {
            Some(separator) if formats::may_be_table(ending.format) => Ok(Recognized::Format(
                ending.format.filter(|f| f.about().key == "csv").unwrap_or(formats::table(separator)),
            )),
            _ => formats::of_content(ending.format, content, is_pipe, &options.fields).map_err(failed),
        };
        let format = match options.format {
            Some(format) => format,
            None => match by_content(&mut decoded.content)? {
                Recognized::Format(format) => format,
                Recognized::PerhapsTable => return Err(SourceError::PerhapsTable { path: path.clone() }),
            },
        };
        let each_alone = options.each_alone && format.about().by_line;
        let limits = Limits {
            skipped: decoded.skipped,
            max_record_bytes: options.max_record_bytes,
            compressed: compression.map(|_| Arc::clone(&whereabouts.meter.here)),
            keep_blank: each_alone,
        };
        let setup = Setup {
            whereabouts,
            limits,
            transcoded: decoded.transcoded,
            delimiter: options.delimiter,
            encoding: encoding.filter(|_| finds_encoding),
        };
        let open = format.open(decoded.content, &setup)?;
        let fields_named = !options.fields.is_empty();
        let headline = options.headline.as_ref();
        let mut reader = Self {
            setup,
            format,
            records: open.records,
            parser: open.parser,
            remark: open.remark,
            ahead: VecDeque::new(),
            letters: false,
            varying: matches!(open.fields, FieldNames::Varying),
            encoding: options.encoding,
            wanted: Wanted {
                fields: if fields_named { Fields::named(&options.fields, headline) } else { Fields::any() },
                fields_named,
                headline: options.headline.clone(),
                each_alone,
                reserved: options.reserved.clone(),
                replace: options.replace.clone(),
                html: options.html.clone(),
                places: options.places,
                whole_page: options.whole_page,
            },
            fields_seen: false,
            problem: None,
            hopeless: false,
        };
        match open.fields {
            FieldNames::Unnamed => {}
            FieldNames::Header { names, line } => reader.heed_header(options, names, line),
            FieldNames::Varying if each_alone => {}
            FieldNames::Varying => reader.look_ahead(options)?,
        }
        Ok(reader)
    }

    /// How the articles are written.
    pub fn format(&self) -> &'static dyn Format {
        self.format
    }

    /// What was found out of how its records are written, that the user may want to know.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// The names of the fields that are read, if a record has been seen that has them.
    pub fn fields(&self) -> Option<&[String]> {
        self.fields_seen.then_some(self.wanted.fields.names())
    }

    /// What was found by looking ahead that a run had better not begin with; once.
    pub fn take_problem(&mut self) -> Option<SourceError> {
        self.problem.take()
    }

    /// The same, if it is in the way of all records that were looked at: it is no file of articles.
    pub fn take_hopeless(&mut self) -> Option<SourceError> {
        self.problem.take_if(|_| self.hopeless)
    }

    /// The encoding that the file was in, if it was not UTF-8.
    pub fn transcoded(&self) -> Option<&'static Encoding> {
        self.setup.transcoded
    }

    /// How the file is compressed.
    pub fn compression(&self) -> Option<Compression> {
        self.setup.whereabouts.compression
    }

    /// Where bytes begin that follow compressed data and were not read, if there are any.
    pub fn trailing(&self) -> Option<u64> {
        Some(self.setup.whereabouts.meter.trailing.load(Ordering::Relaxed)).filter(|&at| at > 0)
    }

    /// What stood between the records so far.
    pub fn passed(&self) -> Passed {
        self.records.passed()
    }

    /// The next article or failure, which is number `item` in the corpus, or `None` at the end.
    ///
    /// # Errors
    /// If the rest of the file cannot be read.
    pub fn next(&mut self, item: u64) -> Result<Option<Item>, SourceError> {
        let Some(received) = self.next_received()? else { return Ok(None) };
        if self.wanted.each_alone && received.record.bytes.trim_ascii().is_empty() {
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
        if self.varying && !self.fields_seen && !self.wanted.fields_named {
            return Ok(self.next(0)?.is_some());
        }
        Ok(self.next_received()?.is_some())
    }

    fn next_received(&mut self) -> Result<Option<Received>, SourceError> {
        if let Some(received) = self.ahead.pop_front() {
            return Ok(Some(received));
        }
        Ok(self.next_record()?.map(|record| self.unpacked(record)))
    }

    fn next_record(&mut self) -> Result<Option<RawRecord>, SourceError> {
        self.records.next().map_err(|error| self.setup.whereabouts.error(error))
    }

    /// What is in a dead letter; the record as it is if it is none.
    fn unpacked(&self, record: RawRecord) -> Received {
        if self.letters
            && let Ok(text) = self.text(&record)
            && let Some(received) = Received::unpacked(&record, text, self.encoding)
        {
            return received;
        }
        Received { record, letter: None }
    }

    /// Reads records until it is known which fields hold the text.
    fn look_ahead(&mut self, options: &Options) -> Result<(), SourceError> {
        let mut seen = SeenNames::default();
        let mut bytes = 0;
        let mut any = false;
        let mut any_free = false;
        let mut settled = false;
        let named: Vec<String> = options.fields.iter().chain(&options.headline).cloned().collect();
        while self.ahead.len() < LOOK_AHEAD && bytes <= options.max_record_bytes {
            let Some(record) = self.next_record()? else { break };
            bytes += record.bytes.len();
            if self.ahead.is_empty() {
                self.letters = self.text(&record).is_ok_and(is_letter);
            }
            let received = self.unpacked(record);
            let record = &received.record;
            let mut reserved = None;
            let names = self.text(record).and_then(|text| {
                self.parser.names(text, record.cut, &self.wanted, &mut |name| {
                    if !settled {
                        seen.add(name, &named);
                    }
                    if reserved.is_none() && is_in(&self.wanted.reserved, name) {
                        reserved = Some(name.to_owned());
                    }
                })
            });
            any |= names.is_ok();
            any_free |= names.is_ok() && reserved.is_none();
            if let Some(key) = reserved {
                let (path, line) = (self.path(), record.start.line);
                self.problem.get_or_insert(SourceError::ReservedKey { path, line, key });
            }
            self.ahead.push_back(received);
            // Further records only tell whether all have a reserved key.
            settled |= any && seen.suffices(&named);
            if settled && any_free {
                break;
            }
        }
        self.hopeless = any && !any_free;
        if any {
            self.choose_fields(options, seen.into_names());
        }
        // Whoever gives failed records back knows that something is wrong with them.
        if self.letters {
            self.problem = None;
        }
        Ok(())
    }

    /// Takes the fields from `names`, which line `line` of the file says all records have.
    fn heed_header(&mut self, options: &Options, names: Vec<String>, line: u64) {
        if let Some(key) = names.iter().find(|name| is_in(&self.wanted.reserved, name)) {
            self.problem = Some(SourceError::ReservedKey { path: self.path(), line, key: key.clone() });
            self.hopeless = true;
        }
        self.choose_fields(options, names);
    }

    /// Settles which fields are read, when `seen` are there. Columns of tables are known in any case.
    fn choose_fields(&mut self, options: &Options, seen: Vec<String>) {
        let path = self.path();
        let named = |name: &String| -> Option<String> {
            let any_case = || seen.iter().find(|other| !self.varying && other.eq_ignore_ascii_case(name));
            seen.iter().find(|other| *other == name).or_else(any_case).cloned()
        };
        if let Some(field) = options.fields.iter().chain(&options.headline).find(|name| named(name).is_none()) {
            let field = field.clone();
            self.hopeless |= !options.fields.iter().any(|name| named(name).is_some());
            self.problem.get_or_insert(SourceError::FieldNotFound { path, field, seen });
            return;
        }
        let headline = options.headline.as_ref().and_then(named);
        if options.fields.is_empty() {
            let Some(fields) = Fields::choose(&seen, headline.as_ref()) else {
                self.hopeless = true;
                self.problem.get_or_insert(SourceError::NoTextField { path, seen });
                return;
            };
            self.wanted.fields = fields;
        } else {
            let fields: Vec<String> = options.fields.iter().filter_map(named).collect();
            self.wanted.fields = Fields::named(&fields, headline.as_ref());
        }
        self.wanted.headline = headline;
        self.fields_seen = true;
    }

    /// In messages.
    fn path(&self) -> String {
        self.setup.whereabouts.name.shown.clone()
    }

    /// The text of a record, if it is not too long and is UTF-8.
    fn text<'r>(&self, record: &'r RawRecord) -> Result<&'r str, Refusal> {
        self.setup.text(record, self.varying && record.cut)
    }

    fn article(&mut self, received: &Received, item: u64) -> Result<Article, Refusal> {
        let Received { record, letter } = received;
        let of_letter = letter.as_ref().map(|letter| formats::parser(&letter.syntax)).transpose()?;
        let parser = of_letter.as_deref().unwrap_or(&*self.parser);
        if parser.reads_bytes() {
            self.setup.check_length(record)?;
            let article = parser.article_of_bytes(&record.bytes, &self.wanted)?;
            return Ok(self.placed(article, record, letter.as_ref(), item, parser.makes_objects()));
        }
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
        // A record decides about the fields where those that were looked at first were all bad.
        if self.varying && !self.fields_seen && !self.wanted.fields_named && !self.wanted.each_alone {
            let mut seen = SeenNames::default();
            parser.names(&text, record.cut, &self.wanted, &mut |name| seen.add(name, &[]))?;
            if let Some(fields) = Fields::choose(&seen.into_names(), self.wanted.headline.as_ref()) {
                self.wanted.fields = fields;
                self.fields_seen = true;
            }
        }
        let mut article = parser.article(&text, record.cut, &self.wanted)?;
        if !parser.makes_objects() {
            read_markup(&mut article, &self.wanted.html);
        }
        let transcoded = self.setup.transcoded.into_iter().chain(encoding);
        article.warnings.extend(transcoded.map(|encoding| encoding.name().to_ascii_lowercase()));
        let makes_objects = parser.makes_objects();
        Ok(self.placed(article, record, letter.as_ref(), item, makes_objects))
    }

    /// `article` with its place, and an id if it has none; both go into an object that was `made`.
    fn placed(
        &self,
        mut article: Article,
        record: &RawRecord,
        letter: Option<&Letter>,
        item: u64,
        made: bool,
    ) -> Article {
        if article.id.is_empty() {
            article.id = self.derived_id(record, letter);
        }
        article.origin = self.origin(record, letter, item);
        if made && let Form::Object(object) = &mut article.form {
            *object = formats::with_place(object, &article.id, &article.origin.source);
        }
        article
    }

    /// An id for a record that has none.
    fn derived_id(&self, record: &RawRecord, letter: Option<&Letter>) -> String {
        let name = &self.setup.whereabouts.name;
        letter.map_or_else(|| self.format.derived_id(&name.id, record), |letter| letter.id.clone())
    }

    fn origin(&self, record: &RawRecord, letter: Option<&Letter>, item: u64) -> Origin {
        let name = &self.setup.whereabouts.name;
        Origin {
            source: letter.map_or(&name.source, |letter| &letter.source).clone(),
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
        let path = letter.as_ref().map_or_else(|| self.path(), |letter| shown(&letter.source));
        let id = self.derived_id(&record, letter.as_ref());
        Failure {
            origin: self.origin(&record, letter.as_ref(), item),
            code: refusal.code,
            message: format!("{path}:{}:{}: {}", place.line, place.column, shown(&refusal.message)),
            id,
            raw: Raw {
                bytes: record.bytes,
                digest_of_all: record.digest_of_all,
                syntax: letter.map_or_else(|| self.parser.syntax(), |letter| letter.syntax),
            },
        }
    }
}

fn is_in(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other == name)
}
