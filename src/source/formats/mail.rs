//! Letters: a file is one (`.eml`), or holds one after another (`.mbox`).
//!
//! The subject is the headline, the sender the author. The text is that of the HTML part, read as a
//! page is, since the plain part of newsletters often says no more than where to look; a letter
//! without one gives its plain text. Lines that are quoted from other letters, and signatures, are
//! furniture. Attachments are not read.

use std::io;

use mailparse::{MailHeaderMap as _, ParsedMail};

use crate::document::{Article, FailureCode, Syntax, Zone};
use crate::page::{self, Metadata, Placed, Reading};
use crate::source::decompress::Content;
use crate::source::error::SourceError;
use crate::source::fields::Wanted;
use crate::source::formats::blocks::Blocks;
use crate::source::formats::dates::iso;
use crate::source::formats::interface::{About, FieldNames, Format, OpenFile, Parser, Setup};
use crate::source::formats::made::Made;
use crate::source::refusal::Refusal;
use crate::source::split::{RawRecord, Split, Step, Unclosed};

/// Letters.
pub struct Mail;

static ABOUT: About = About {
    key: "mail",
    name: "letters",
    help: "An e-mail, or a mailbox of them",
    endings: &[".eml", ".mbox"],
    by_line: false,
};

impl Format for Mail {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn recognizes(&self, input: &mut Content, is_pipe: bool) -> io::Result<bool> {
        const HEAD: usize = 4096;
        // Behind a pipe there may be somebody who waits; only what begins as a letter is read on.
        let may_be = |head: &[u8]| {
            let starts: [&[u8]; 8] = [
                b"From ",
                b"From:",
                b"Received:",
                b"Return-Path:",
                b"Delivered-To:",
                b"MIME-Version:",
                b"Date:",
                b"Message-ID:",
            ];
            starts.iter().any(|start| {
                start[..start.len().min(head.len())].eq_ignore_ascii_case(&head[..head.len().min(start.len())])
            })
        };
        let head = input.peek_like(|head| head.len() < 13 && may_be(head), 13)?;
        if head.len() < 5 || !may_be(head) || is_pipe && head.is_empty() {
            return Ok(false);
        }
        Ok(is_letter(input.peek(HEAD)?))
    }

    fn finds_encoding(&self) -> bool {
        true
    }

    fn open(&self, mut input: Content, setup: &Setup) -> Result<OpenFile, SourceError> {
        let head = input.peek(5).map_err(|error| setup.whereabouts.error(error))?;
        let is_mailbox = head == b"From ";
        let records =
            Box::new(setup.records(input, Letters { is_mailbox, line: Vec::new(), is_after_blank: true, any: false }));
        let remark = if is_mailbox { "a mailbox" } else { "an e-mail" };
        Ok(OpenFile {
            records,
            parser: Box::new(MailParser),
            fields: FieldNames::Unnamed,
            remark: Some(remark.to_owned()),
        })
    }

    fn derived_id(&self, file: &str, record: &RawRecord) -> String {
        format!("{file}#{}", record.number)
    }
}

/// Whether a file begins with the headers of a letter: at least two of those that all have.
fn is_letter(head: &[u8]) -> bool {
    let lines = head.split(|&byte| byte == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    let mut n_known = 0;
    for line in lines {
        let lower = line[..line.len().min(16)].to_ascii_lowercase();
        let known: [&[u8]; 6] = [b"from:", b"date:", b"subject:", b"received:", b"mime-version:", b"message-id:"];
        n_known += usize::from(known.iter().any(|name| lower.starts_with(name)));
    }
    n_known >= 2
}

/// Cuts a mailbox where a line begins with `From `, behind a blank one, and ends with a year.
struct Letters {
    is_mailbox: bool,
    /// The line at hand so far.
    line: Vec<u8>,
    is_after_blank: bool,
    any: bool,
}

impl Split for Letters {
    fn step(&mut self, bytes: &[u8]) -> Step {
        if !self.is_mailbox {
            return Step::Take(bytes.len());
        }
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            // Only the beginning of a long line can be a separator.
            if self.line.is_empty() && self.is_after_blank && bytes.len() < 1024 {
                return Step::More;
            }
            self.line.extend_from_slice(&bytes[..bytes.len().min(1)]);
            return Step::Take(bytes.len());
        };
        let is_separator = self.line.is_empty() && self.is_after_blank && is_separator(&bytes[..end]);
        if is_separator && self.any {
            self.any = false;
            return Step::End(0);
        }
        self.any = true;
        self.is_after_blank = self.line.is_empty() && bytes[..end].trim_ascii().is_empty();
        self.line.clear();
        Step::Take(end + 1)
    }

    fn unclosed(&mut self) -> Unclosed {
        Unclosed::Nothing
    }
}

/// `From tove@mail.example Tue May  4 11:30:00 1999`
fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let rest = String::from_utf8_lossy(rest);
    let words: Vec<&str> = rest.split_whitespace().collect();
    words.iter().any(|word| word.contains(':'))
        && words.iter().any(|word| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()))
}

/// Reads a letter.
pub struct MailParser;

impl Parser for MailParser {
    fn syntax(&self) -> Syntax {
        Syntax::Mail
    }

    fn reads_bytes(&self) -> bool {
        true
    }

    fn makes_objects(&self) -> bool {
        true
    }

    fn article(&self, text: &str, _cut: bool, wanted: &Wanted) -> Result<Article, Refusal> {
        self.article_of_bytes(text.as_bytes(), wanted)
    }

    fn article_of_bytes(&self, bytes: &[u8], _wanted: &Wanted) -> Result<Article, Refusal> {
        let (letter, is_of_mailbox) = match bytes.strip_prefix(b"From ") {
            Some(rest) => {
                (rest.iter().position(|&byte| byte == b'\n').map_or(&rest[rest.len()..], |end| &rest[end + 1..]), true)
            }
            None => (bytes, false),
        };
        if nesting(letter) > 64 {
            return Err(Refusal::new(FailureCode::TooDeep, 0, "parts nested deeper than 64 levels"));
        }
        let mail = mailparse::parse_mail(letter)
            .map_err(|error| Refusal::new(FailureCode::InvalidMail, 0, format!("no letter: {error}")))?;
        Ok(made(&mail, is_of_mailbox).into_article())
    }
}

/// How many parts of a letter may be inside one another: as many as have parts at all.
fn nesting(letter: &[u8]) -> usize {
    memchr::memmem::find_iter(letter, b"ultipart/").count()
}

fn made<'a>(mail: &'a ParsedMail<'a>, is_of_mailbox: bool) -> Made {
    let header = |name: &str| {
        mail.headers.get_first_value(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let mut blocks = Blocks::default();
    let language = header("Content-Language");
    match (part(mail, "text/html"), part(mail, "text/plain")) {
        (Some(html), _) => {
            let html = html.get_body().unwrap_or_default();
            // What a letter has around its story is furniture of the letter.
            let page = page::read(&html, None, Reading { places: false, whole: true });
            if page.text.text.is_empty() {
                blocks.push_markup(&html);
            } else {
                // The subject is the headline, and may be another than that of the first story.
                if !page.title.text.is_empty() && Some(&page.title.text) != header("Subject").as_ref() {
                    blocks.push(Zone::Headline, &page.title.text);
                }
                for (zone, range) in &page.claims {
                    blocks.push(*zone, &page.text.text[range.clone()]);
                }
            }
        }
        (None, Some(plain)) => {
            let is_flowed =
                plain.ctype.params.get("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed"));
            let joins_words = plain.ctype.params.get("delsp").is_some_and(|delsp| delsp.eq_ignore_ascii_case("yes"));
            plain_text(&plain.get_body().unwrap_or_default(), is_flowed, joins_words, is_of_mailbox, &mut blocks);
        }
        (None, None) => {}
    }
    let from = header("From").unwrap_or_default();
    let sender = from.split('<').next().unwrap_or_default().trim().trim_matches('"').trim();
    let metadata = Metadata {
        byline: Some(sender.to_owned())
            .filter(|sender| !sender.is_empty() && !sender.contains('@'))
            .into_iter()
            .collect(),
        published: header("Date").and_then(|date| iso(&date)),
        ..Metadata::default()
    };
    Made {
        id: header("Message-ID").unwrap_or_default(),
        title: Placed { text: header("Subject").unwrap_or_default(), ..Placed::default() },
        text: blocks.text,
        claims: blocks.claims,
        metadata,
        language,
        ..Made::default()
    }
}

/// The first part of this kind that is no attachment.
fn part<'a>(mail: &'a ParsedMail<'a>, kind: &str) -> Option<&'a ParsedMail<'a>> {
    let is_attached =
        |part: &ParsedMail<'_>| part.get_content_disposition().disposition == mailparse::DispositionType::Attachment;
    mail.parts().find(|part| part.ctype.mimetype.eq_ignore_ascii_case(kind) && !is_attached(part))
}

/// Makes paragraphs of the lines of a letter.
fn plain_text(text: &str, is_flowed: bool, joins_words: bool, is_of_mailbox: bool, blocks: &mut Blocks) {
    let text = text.replace("\r\n", "\n");
    let mut paragraph = String::new();
    let mut is_signature = false;
    let mut flows = false;
    let push = |paragraph: &mut String, zone: Zone, blocks: &mut Blocks| {
        let taken = std::mem::take(paragraph);
        blocks.push(if taken.trim_end().ends_with("wrote:") { Zone::Boilerplate } else { zone }, &taken);
    };
    for line in text.split('\n') {
        let zone = if is_signature { Zone::Boilerplate } else { Zone::Body };
        // In mailboxes lines that begin like a separator, however much quoted, are quoted once more.
        let is_escaped = is_of_mailbox && line.trim_start_matches('>').starts_with("From ") && line.starts_with('>');
        let line = if is_escaped { &line[1..] } else { line };
        if matches!(line, "-- " | "--") && !is_escaped {
            push(&mut paragraph, zone, blocks);
            is_signature = true;
            flows = false;
            continue;
        }
        let is_quoted = line.starts_with('>') && !is_escaped;
        if line.trim().is_empty() || is_quoted || is_signature {
            push(&mut paragraph, zone, blocks);
            if is_quoted || is_signature {
                blocks.push(Zone::Boilerplate, line);
            }
            flows = false;
            continue;
        }
        // A space that was put before a line's beginning is no part of it.
        let line = if is_flowed { line.strip_prefix(' ').unwrap_or(line) } else { line };
        if !paragraph.is_empty() && !flows {
            paragraph.push('\n');
        }
        flows = is_flowed && line.ends_with(' ');
        paragraph.push_str(if flows && joins_words { &line[..line.len() - 1] } else { line });
    }
    push(&mut paragraph, Zone::Body, blocks);
}
