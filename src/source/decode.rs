//! Turns the content of a file into UTF-8.
//!
//! UTF-8 passes as it is and is checked record by record, so that one bad byte costs one record.
//! UTF-16 is recognized by its byte order mark; any other encoding must be named. A byte order mark
//! at the start is taken off; later it is a character.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::source::decompress::{Content, Peek};
use crate::source::error::SourceError;
use crate::source::kinds::FileKind;

/// Stands in the output for bytes that the encoding does not know. It is in no UTF-8 text, so the
/// record that holds it fails the check that every record passes, and no other does.
const UNDECODABLE: u8 = 0xff;

/// A file's content in UTF-8, or nearly.
pub struct Decoded {
    /// The content. Bytes that are no UTF-8 may be in it.
    pub content: Content,
    /// The encoding it was in, if that is not UTF-8.
    pub transcoded: Option<&'static Encoding>,
    /// Bytes that were left out at the start.
    pub skipped: u64,
}

/// The encoding called `label` in `--encoding`.
///
/// # Errors
/// [`SourceError::UnknownEncoding`] if browsers know none of that name.
pub fn encoding(label: &str) -> Result<&'static Encoding, SourceError> {
    Encoding::for_label_no_replacement(label.as_bytes())
        .ok_or_else(|| SourceError::UnknownEncoding { label: label.to_owned() })
}

/// Why a file's encoding is refused at its first bytes, if it is.
pub fn refused(head: &[u8], encoding: Option<&'static Encoding>, path: &str) -> Option<SourceError> {
    match *head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Some(SourceError::Unsupported { path: path.to_owned(), kind: FileKind::Utf32 })
        }
        [a, 0, b, 0, ..] if a != 0 && b != 0 && encoding.is_none() => {
            Some(SourceError::UnmarkedUtf16 { path: path.to_owned(), encoding: "utf-16le" })
        }
        [0, a, 0, b, ..] if a != 0 && b != 0 && encoding.is_none() => {
            Some(SourceError::UnmarkedUtf16 { path: path.to_owned(), encoding: "utf-16be" })
        }
        _ => None,
    }
}

/// Whether more bytes may follow `head` that [`refused`] looks for. Nobody begins a text in UTF-16
/// with an empty line.
pub fn could_be_refused(head: &[u8]) -> bool {
    match head {
        [] | [0] | [0xff] | [_, 0] | [0, _] | [0, _, 0] | [_, 0, _] => true,
        [0xff, 0xfe, ..] => true,
        &[first] => first != b'\n' && first != b'\r',
        _ => false,
    }
}

fn could_be_mark(head: &[u8]) -> bool {
    [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].iter().any(|mark| mark.starts_with(head) && *mark != head)
}

/// Decodes `content`. A byte order mark is believed over `encoding`, which stands for files that
/// have none.
///
/// # Errors
/// If the first bytes cannot be read.
pub fn decode(content: Box<dyn BufRead + Send>, encoding: Option<&'static Encoding>) -> io::Result<Decoded> {
    let mut content = Peek::new(content);
    let (encoding, mark) = match content.peek_like(could_be_mark, 3)? {
        [0xef, 0xbb, 0xbf] => (UTF_8, 3),
        [0xff, 0xfe, ..] => (UTF_16LE, 2),
        [0xfe, 0xff, ..] => (UTF_16BE, 2),
        _ => (encoding.unwrap_or(UTF_8), 0),
    };
    for _ in 0..mark {
        content.consume(1);
    }
    if encoding == UTF_8 {
        let content: Box<dyn BufRead + Send> = Box::new(content);
        return Ok(Decoded { content: Peek::new(content), transcoded: None, skipped: mark });
    }
    let decoding = Decoding { inner: content, decoder: Some(encoding.new_decoder_without_bom_handling()) };
    let content: Box<dyn BufRead + Send> = Box::new(BufReader::with_capacity(64 << 10, decoding));
    Ok(Decoded { content: Peek::new(content), transcoded: Some(encoding), skipped: 0 })
}

/// Decodes while it is read.
struct Decoding<R> {
    inner: R,
    /// Gone when the input has ended.
    decoder: Option<Decoder>,
}

impl<R: BufRead> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The longest character is four bytes, and the mark for undecodable bytes needs one more.
        assert!(buffer.len() > 8, "read through a buffer");
        let room = buffer.len() - 1;
        let mut written = 0;
        while written == 0
            && let Some(decoder) = &mut self.decoder
        {
            let chunk = self.inner.fill_buf()?;
            let last = chunk.is_empty();
            let (result, used, n) = decoder.decode_to_utf8_without_replacement(chunk, &mut buffer[..room], last);
            self.inner.consume(used);
            written = n;
            match result {
                DecoderResult::Malformed(..) => {
                    buffer[written] = UNDECODABLE;
                    written += 1;
                }
                DecoderResult::InputEmpty if last => self.decoder = None,
                DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            }
        }
        Ok(written)
    }
}
