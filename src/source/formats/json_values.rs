//! Tells where the values of a JSON file end: those of an array, or those that follow one another
//! without one.
//!
//! Braces are counted and strings skipped; whether a value is valid is not decided here. A value
//! that cannot be valid, because a quote or a brace is missing, would swallow the ones after it. It
//! is cut where a line begins with a brace no deeper than the value itself began, so that one bad
//! record stays one.

use memchr::memchr3;

use crate::source::split::{Split, Step, Unclosed};

/// Finds the ends of JSON values.
#[derive(Default)]
pub struct ValueEnds {
    /// Whether we are inside the array that holds the records.
    in_array: bool,
    state: Within,
    line: LineStart,
}

/// What the scanner is in.
#[derive(Default)]
enum Within {
    /// Between two records.
    #[default]
    Between,
    /// In an object, or in an array that stands where an object should.
    Nested(Nested),
    /// In anything else: a number, a word, garbage.
    Scalar(InString),
}

/// How the current line began.
struct LineStart {
    /// Whether there was only white space so far.
    fresh: bool,
    /// How many bytes of white space.
    indent: usize,
}

impl Default for LineStart {
    fn default() -> Self {
        Self { fresh: true, indent: 0 }
    }
}

impl LineStart {
    /// Goes past one byte outside of strings.
    fn pass(&mut self, byte: u8) {
        match byte {
            b'\n' => *self = Self::default(),
            b' ' | b'\t' | b'\r' if self.fresh => self.indent += 1,
            _ => self.fresh = false,
        }
    }
}

/// Whether the scanner is inside a string.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum InString {
    #[default]
    No,
    Yes,
    /// Directly behind a backslash.
    Escaped,
}

/// An object or array that is being read.
struct Nested {
    /// What opens and closes it. Only these are counted, so that a missing bracket does not hide
    /// the closing brace.
    pair: (u8, u8),
    open: u64,
    string: InString,
    /// White space before it on its line; all lines count as no deeper if it did not begin its
    /// line.
    indent: usize,
    /// Whether it can no longer be valid JSON.
    broken: bool,
    /// The containers around the scanner, innermost in the lowest bit, 1 for an object; meaningful
    /// up to 128 of them.
    kinds: u128,
    depth: u32,
    /// Whether there were ever more than fit in `kinds`.
    deep: bool,
    /// The last byte that is not white space.
    previous: u8,
}

impl Nested {
    fn new(pair: (u8, u8), indent: usize) -> Self {
        Self {
            pair,
            open: 0,
            string: InString::No,
            indent,
            broken: false,
            kinds: 0,
            depth: 0,
            deep: false,
            previous: 0,
        }
    }

    /// Goes past one byte outside of strings; whether the value ends with it.
    fn pass(&mut self, byte: u8) -> bool {
        match byte {
            b'"' => self.string = InString::Yes,
            b'{' | b'[' => {
                self.kinds = self.kinds << 1 | u128::from(byte == b'{');
                self.depth = self.depth.saturating_add(1);
                self.deep |= self.depth > u128::BITS;
            }
            b'}' | b']' => {
                self.kinds >>= 1;
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            self.previous = byte;
        }
        if byte == self.pair.0 {
            self.open += 1;
        } else if byte == self.pair.1 {
            self.open -= 1;
        }
        self.open == 0
    }

    /// Whether an opening brace cannot stand here: in an object it only follows a colon.
    fn misplaced_brace(&self) -> bool {
        !self.deep && self.kinds & 1 == 1 && self.previous != b':'
    }
}

impl Split for ValueEnds {
    fn step(&mut self, bytes: &[u8]) -> Step {
        match self.state {
            Within::Between => self.between(bytes),
            Within::Nested(_) => self.nested(bytes),
            Within::Scalar(_) => self.scalar(bytes),
        }
    }

    /// An array that never ends is missing something even where no record has begun.
    fn unclosed(&mut self) -> Unclosed {
        let nested = matches!(std::mem::take(&mut self.state), Within::Nested(_));
        if std::mem::take(&mut self.in_array) || nested { Unclosed::Around } else { Unclosed::Nothing }
    }
}

impl ValueEnds {
    /// Commas are taken for white space here: whether there are too many of them is of no
    /// consequence to the records.
    fn between(&mut self, bytes: &[u8]) -> Step {
        for (i, &byte) in bytes.iter().enumerate() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => {}
                b'[' if !self.in_array => self.in_array = true,
                b']' if self.in_array => self.in_array = false,
                _ if i > 0 => return Step::Skip(i),
                _ => {
                    let indent = if self.line.fresh { self.line.indent } else { usize::MAX };
                    self.state = match byte {
                        b'{' => Within::Nested(Nested::new((b'{', b'}'), indent)),
                        b'[' => Within::Nested(Nested::new((b'[', b']'), indent)),
                        _ => Within::Scalar(InString::No),
                    };
                    return self.step(bytes);
                }
            }
            self.line.pass(byte);
        }
        Step::Skip(bytes.len())
    }

    fn nested(&mut self, bytes: &[u8]) -> Step {
        let Within::Nested(nested) = &mut self.state else { unreachable!("only called in this state") };
        let mut i = 0;
        while let Some(&byte) = bytes.get(i) {
            match nested.string {
                InString::Escaped => {
                    nested.string = InString::Yes;
                    i += 1;
                }
                InString::Yes => {
                    let Some(found) = memchr3(b'"', b'\\', b'\n', &bytes[i..]) else { break };
                    i += found + 1;
                    match bytes[i - 1] {
                        b'"' => {
                            nested.string = InString::No;
                            nested.previous = b'"';
                        }
                        b'\\' => nested.string = InString::Escaped,
                        _ => {
                            // No string goes over the end of a line, so a quote is missing.
                            nested.string = InString::No;
                            nested.broken = true;
                            self.line = LineStart::default();
                        }
                    }
                }
                InString::No => {
                    if byte == b'{' && nested.open > 0 {
                        nested.broken |= nested.misplaced_brace();
                        if nested.broken && self.line.fresh && self.line.indent <= nested.indent {
                            self.state = Within::Between;
                            return Step::End(i);
                        }
                    }
                    self.line.pass(byte);
                    i += 1;
                    if nested.pass(byte) {
                        self.state = Within::Between;
                        return Step::End(i);
                    }
                }
            }
        }
        Step::Take(bytes.len())
    }

    fn scalar(&mut self, bytes: &[u8]) -> Step {
        let Within::Scalar(string) = &mut self.state else { unreachable!("only called in this state") };
        for (i, &byte) in bytes.iter().enumerate() {
            *string = match (*string, byte) {
                (InString::Escaped, _) => InString::Yes,
                (InString::Yes, b'\\') => InString::Escaped,
                (InString::Yes, b'"') => InString::No,
                (InString::No, b'"') => InString::Yes,
                (_, b'\n') | (InString::No, b',' | b'{' | b'[') => {
                    self.state = Within::Between;
                    return Step::End(i);
                }
                (InString::No, b']') if self.in_array => {
                    self.state = Within::Between;
                    return Step::End(i);
                }
                (same, _) => same,
            };
            self.line.fresh = false;
        }
        Step::Take(bytes.len())
    }
}
