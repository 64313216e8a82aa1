//! Cuts the markup of a page into tags and text.
//!
//! As the standard says, as far as it matters to text: where a tag begins and ends, which elements
//! hold no markup, and that a page which breaks off in a tag or a comment ends there. Every byte is
//! looked at a few times at most, and nothing calls itself: tokenizers that go from state to state
//! by calls need more stack the more attributes a tag has.

use memchr::{memchr, memmem};

/// Who is told of what is found.
pub trait Sink {
    /// A start tag begins; `name` is in lower case.
    fn open(&mut self, name: &[u8]);
    /// It has this attribute, whose value stands here as it is written.
    fn attribute(&mut self, name: &[u8], value: &str);
    /// It ends.
    fn close(&mut self, self_closing: bool);
    /// An end tag.
    fn end(&mut self, name: &[u8]);
    /// Text, from one byte to another.
    fn text(&mut self, from: usize, to: usize);
}

/// Bytes of the longest name that is told apart.
const NAME: usize = 64;

/// Cuts up `source`.
pub fn cut(source: &str, sink: &mut impl Sink) {
    let bytes = source.as_bytes();
    let mut at = 0;
    // Where the text at hand began.
    let mut from = 0;
    let text = |sink: &mut dyn FnMut(usize, usize), from: usize, to: usize| {
        if from < to {
            sink(from, to);
        }
    };
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let tag = at + found;
        let after = bytes.get(tag + 1).copied().unwrap_or_default();
        let end = match after {
            b'!' | b'?' => {
                text(&mut |a, b| sink.text(a, b), from, tag);
                behind_comment(bytes, tag)
            }
            b'/' if bytes.get(tag + 2).is_some_and(u8::is_ascii_alphabetic) => {
                text(&mut |a, b| sink.text(a, b), from, tag);
                let (name, name_end) = name(bytes, tag + 2);
                // Attributes of an end tag mean nothing, and may hold its last character all the same.
                match attributes(source, name_end, |_, _| {}) {
                    Some((end, _)) => {
                        sink.end(&name);
                        end
                    }
                    None => return,
                }
            }
            b'/' => {
                text(&mut |a, b| sink.text(a, b), from, tag);
                memchr(b'>', &bytes[tag..]).map_or(bytes.len(), |end| tag + end + 1)
            }
            _ if after.is_ascii_alphabetic() => {
                text(&mut |a, b| sink.text(a, b), from, tag);
                let (name, name_end) = name(bytes, tag + 1);
                // A tag that never ends is none.
                let Some((end, self_closing)) = attributes(source, name_end, |_, _| {}) else { return };
                sink.open(&name);
                attributes(source, name_end, |name, value| sink.attribute(name, value));
                sink.close(self_closing);
                match holds_no_markup(&name) {
                    true => {
                        let close = close_of(bytes, end, &name);
                        text(&mut |a, b| sink.text(a, b), end, close);
                        if close == bytes.len() {
                            sink.end(&name);
                        }
                        close
                    }
                    false => end,
                }
            }
            // A `<` that is text.
            _ => {
                at = tag + 1;
                continue;
            }
        };
        at = end;
        from = end;
    }
    text(&mut |a, b| sink.text(a, b), from, bytes.len());
}

/// Where the comment or the like ends that begins at `at`.
fn behind_comment(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    if let Some(inner) = rest.strip_prefix(b"<!--") {
        // `<!-->` and `<!--->` are comments too.
        for short in [&b">"[..], b"->"] {
            if inner.starts_with(short) {
                return at + 4 + short.len();
            }
        }
        return memmem::find(inner, b"-->").map_or(bytes.len(), |end| at + 4 + end + 3);
    }
    memchr(b'>', rest).map_or(bytes.len(), |end| at + end + 1)
}

fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

/// The name that begins at `at`, in lower case, and where it ends.
fn name(bytes: &[u8], at: usize) -> (Vec<u8>, usize) {
    let len =
        bytes[at..].iter().position(|&byte| is_white(byte) || matches!(byte, b'/' | b'>')).unwrap_or(bytes.len() - at);
    (bytes[at..at + len.min(NAME)].to_ascii_lowercase(), at + len)
}

/// Calls `each` with the attributes that begin at `at`; where the tag ends, and whether it closes
/// itself. None if it never ends.
fn attributes(source: &str, mut at: usize, mut each: impl FnMut(&[u8], &str)) -> Option<(usize, bool)> {
    let bytes = source.as_bytes();
    let mut is_slash = false;
    loop {
        while is_white(*bytes.get(at)?) || bytes[at] == b'/' {
            is_slash = bytes[at] == b'/';
            at += 1;
        }
        if bytes[at] == b'>' {
            return Some((at + 1, is_slash));
        }
        is_slash = false;
        // A name may begin with `=`.
        let start = at;
        at += 1;
        while !is_white(*bytes.get(at)?) && !matches!(bytes[at], b'/' | b'>' | b'=') {
            at += 1;
        }
        let name = bytes[start..at.min(start + NAME)].to_ascii_lowercase();
        while is_white(*bytes.get(at)?) {
            at += 1;
        }
        if bytes[at] != b'=' {
            each(&name, "");
            continue;
        }
        at += 1;
        while is_white(*bytes.get(at)?) {
            at += 1;
        }
        let (from, to) = match bytes[at] {
            quote @ (b'"' | b'\'') => {
                let end = at + 1 + memchr(quote, &bytes[at + 1..])?;
                let value = (at + 1, end);
                at = end + 1;
                value
            }
            b'>' => (at, at),
            _ => {
                let from = at;
                while !is_white(*bytes.get(at)?) && bytes[at] != b'>' {
                    at += 1;
                }
                (from, at)
            }
        };
        each(&name, source.get(from..to).unwrap_or_default());
    }
}

/// Whether what is in an element of this name is text up to its end tag.
fn holds_no_markup(name: &[u8]) -> bool {
    matches!(
        name,
        b"script"
            | b"style"
            | b"title"
            | b"textarea"
            | b"noscript"
            | b"iframe"
            | b"noembed"
            | b"noframes"
            | b"xmp"
            | b"plaintext"
    )
}

/// Where the end tag of such an element begins, from `at` on; the end of the page if there is none.
fn close_of(bytes: &[u8], mut at: usize, name: &[u8]) -> usize {
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        at += found;
        let rest = &bytes[at..];
        let is_close = rest.get(1) == Some(&b'/')
            && rest.get(2..2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
            && rest.get(2 + name.len()).is_none_or(|&byte| is_white(byte) || matches!(byte, b'/' | b'>'));
        if is_close {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shown<'s>(&'s str, String);

    impl Sink for Shown<'_> {
        fn open(&mut self, name: &[u8]) {
            self.1.push_str(&format!("<{}", String::from_utf8_lossy(name)));
        }
        fn attribute(&mut self, name: &[u8], value: &str) {
            self.1.push_str(&format!(" {}={value:?}", String::from_utf8_lossy(name)));
        }
        fn close(&mut self, self_closing: bool) {
            self.1.push_str(if self_closing { "/>" } else { ">" });
        }
        fn end(&mut self, name: &[u8]) {
            self.1.push_str(&format!("</{}>", String::from_utf8_lossy(name)));
        }
        fn text(&mut self, from: usize, to: usize) {
            self.1.push_str(&format!("({})", &self.0[from..to]));
        }
    }

    fn check(source: &str, expected: &str) {
        let mut shown = Shown(source, String::new());
        cut(source, &mut shown);
        assert_eq!(shown.1, expected, "{source}");
    }

    #[test]
    fn tags_and_text_are_told_apart() {
        check(
            "<!DOCTYPE html><P Class=a ID='b>c' hidden>x <b>y</B ></p >z",
            "<p class=\"a\" id=\"b>c\" hidden=\"\">(x )<b>(y)</b></p>(z)",
        );
        check("<br/><img src=a/b.png alt=\"\"/>", "<br/><img src=\"a/b.png\" alt=\"\"/>");
        check("1 < 2 <3 </ x>y", "(1 < 2 <3 )(y)");
        check("a<!-- <b> -->b<!-->c<!--->d<?php x ?>e<![CDATA[f]]>g", "(a)(b)(c)(d)(e)(g)");
        check("<script>if (a<b) '</p>'</Script >x", "<script>(if (a<b) '</p>')</script>(x)");
        check("<title>a<b>&amp;</title>", "<title>(a<b>&amp;)</title>");
        check("<a b = 'c' d>", "<a b=\"c\" d=\"\">");
    }

    #[test]
    fn what_breaks_off_ends_there() {
        for source in ["x<a", "x<a b", "x<a b='c", "x<!-- y", "x</a", "x<"] {
            let expected = if source == "x<" { "(x<)" } else { "(x)" };
            check(source, expected);
        }
        check("<script>x", "<script>(x)</script>");
    }
}
