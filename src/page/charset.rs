//! Finds out in what encoding a page is, and decodes it.
//!
//! What is asked, in this order: a byte order mark, what the server said, what the page says of
//! itself in its first bytes, whether it is UTF-8, and at last the letters. Servers and pages are
//! often wrong, so the bytes have to agree: what is UTF-8 throughout, beyond ASCII, is UTF-8.

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::document::{Run, Runs};

/// Bytes in which a page says what encoding it is in.
const DECLARED_IN: usize = 1024;

/// A page in UTF-8.
pub struct Decoded {
    /// Its text.
    pub text: String,
    /// The encoding it was in.
    pub encoding: &'static Encoding,
    /// Where the characters of the text come from, if somebody asked and it is not simply where they
    /// stand, `skipped` bytes later.
    pub runs: Option<Runs>,
    /// Bytes of a mark at its start.
    pub skipped: usize,
}

/// Decodes `bytes`, of which a server said that they are in `said`; `has_runs` asks for places.
pub fn decode(bytes: &[u8], said: Option<&'static Encoding>, has_runs: bool) -> Decoded {
    let (encoding, skipped) = find(bytes, said);
    let content = &bytes[skipped..];
    if encoding == UTF_8
        && let Ok(text) = str::from_utf8(content)
    {
        return Decoded { text: text.to_owned(), encoding, runs: None, skipped };
    }
    if !has_runs {
        let (text, _) = encoding.decode_without_bom_handling(content);
        return Decoded { text: text.into_owned(), encoding, runs: None, skipped };
    }
    let (text, runs) = decode_with_runs(content, encoding, skipped);
    Decoded { text, encoding, runs: Some(runs), skipped }
}

fn find(bytes: &[u8], said: Option<&'static Encoding>) -> (&'static Encoding, usize) {
    if let Some((encoding, len)) = Encoding::for_bom(bytes) {
        return (encoding, len);
    }
    // UTF-16 without a mark has a zero in every other byte of its tags.
    match bytes {
        [b'<', 0, _, 0, ..] => return (UTF_16LE, 0),
        [0, b'<', 0, _, ..] => return (UTF_16BE, 0),
        _ => {}
    }
    let is_utf8 = str::from_utf8(bytes).is_ok();
    if is_utf8 && !bytes.is_ascii() {
        return (UTF_8, 0);
    }
    let fits = |encoding: &&'static Encoding| {
        *encoding != UTF_8 && encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some()
    };
    if let Some(encoding) = said.into_iter().chain(declared(bytes)).find(fits) {
        return (encoding, 0);
    }
    if is_utf8 {
        return (UTF_8, 0);
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(1 << 20)], true);
    let guessed = detector.guess(None, chardetng::Utf8Detection::Deny);
    // One bad byte in a page of UTF-8 does not make it another encoding.
    let says_utf8 = said.into_iter().chain(declared(bytes)).any(|encoding| encoding == UTF_8);
    if says_utf8 && is_nearly_utf8(bytes) {
        return (UTF_8, 0);
    }
    (if guessed == UTF_8 { WINDOWS_1252 } else { guessed }, 0)
}

/// Whether at most one in a hundred of the bytes beyond ASCII is none of UTF-8.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let n_bad: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    let n_high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    n_bad * 100 <= n_high
}

/// The encoding that a page says it is in: `<meta charset>`, `<meta http-equiv>`, `<?xml?>`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes[..bytes.len().min(DECLARED_IN)].to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = ["charset", "encoding"]
        .iter()
        .filter_map(|name| memchr::memmem::find(&head[from..], name.as_bytes()).map(|at| at + name.len()))
        .min()
    {
        from += at;
        let rest = head[from..].trim_ascii_start();
        let Some(rest) = rest.strip_prefix(b"=") else { continue };
        let rest = rest.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest).trim_ascii_start();
        let len = rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\'' | b'>' | b';' | b' ' | b'/' | b'?'))
            .unwrap_or(rest.len());
        if let Some(encoding) = Encoding::for_label(&rest[..len]) {
            // Whoever could read this was not reading UTF-16.
            return Some(if encoding == UTF_16LE || encoding == UTF_16BE { UTF_8 } else { encoding });
        }
    }
    None
}

/// Decodes byte by byte, so that each character knows its bytes.
fn decode_with_runs(bytes: &[u8], encoding: &'static Encoding, skipped: usize) -> (String, Runs) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (mut text, mut runs) = (String::with_capacity(bytes.len() * 2), Runs::default());
    let mut buffer = [0; 16];
    // The first byte that has not become a character yet.
    let mut from = 0;
    let mut push = |text: &mut String, piece: &str, from: usize, to: usize| {
        runs.push(Run { at: text.len(), len: piece.len(), from: skipped + from, source_len: to - from });
        text.push_str(piece);
    };
    for at in 0..=bytes.len() {
        let (mut chunk, last) = (bytes.get(at..=at).unwrap_or_default(), at == bytes.len());
        loop {
            let (result, used, written) = decoder.decode_to_utf8_without_replacement(chunk, &mut buffer, last);
            let end = (at + 1).min(bytes.len());
            if written > 0 {
                push(&mut text, str::from_utf8(&buffer[..written]).unwrap_or("\u{fffd}"), from, end);
                from = end;
            }
            chunk = &chunk[used..];
            match result {
                DecoderResult::Malformed(..) => {
                    if from < end {
                        push(&mut text, "\u{fffd}", from, end);
                        from = end;
                    }
                }
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
            }
        }
    }
    (text, runs)
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a list of ranges, of which there is one")]
mod tests {
    use super::*;

    fn name(bytes: &[u8], said: Option<&'static Encoding>) -> &'static str {
        decode(bytes, said, false).encoding.name()
    }

    #[test]
    fn what_is_said_counts_if_the_bytes_agree() {
        assert_eq!(name(b"<meta charset=\"iso-8859-1\">caf\xe9", None), "windows-1252");
        assert_eq!(
            name(b"<meta http-equiv='Content-Type' content='text/html; charset=windows-1251'>\xcc\xee", None),
            "windows-1251"
        );
        assert_eq!(name(b"<?xml version='1.0' encoding='shift_jis'?>\x8d\x60", None), "Shift_JIS");
        assert_eq!(name("<meta charset=latin1>café".as_bytes(), None), "UTF-8");
        assert_eq!(name(b"plain", Some(UTF_8)), "UTF-8");
        assert_eq!(name(b"<meta charset=utf-8>caf\xe9 au lait, d\xe9j\xe0 vu", None), "windows-1252");
        assert_eq!(name(b"\xff\xfe<\0p\0", None), "UTF-16LE");
    }

    #[test]
    fn characters_know_their_bytes() {
        let bytes = b"<p>caf\xe9 \x93x\x94";
        let decoded = decode(bytes, Some(WINDOWS_1252), true);
        assert_eq!(decoded.text, "<p>café “x”");
        let runs = decoded.runs.expect("they were asked for");
        let span = crate::span::Span::new(&decoded.text, 3, decoded.text.len()).expect("it is inside");
        assert_eq!(runs.source(span), vec![3..11]);
        let utf16: Vec<u8> = "港の灯".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let decoded = decode(&[b"\xff\xfe".as_slice(), &utf16].concat(), None, true);
        let span = crate::span::Span::new(&decoded.text, 3, 6).expect("it is inside");
        assert_eq!(decoded.runs.expect("they were asked for").source(span), vec![4..6]);
    }
}
