//! Where the characters of a text come from.

use std::ops::Range;

use crate::span::Span;

/// A stretch of a text, and the stretch that it was made from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// First byte in the text.
    pub at: usize,
    /// Bytes in the text.
    pub len: usize,
    /// First byte of what it was made from.
    pub from: usize,
    /// Bytes of that. If they are as many as in the text, the two are alike byte for byte, or at
    /// least character for character; else they belong together as a whole, as `&amp;` and `&` do.
    pub source_len: usize,
}

/// A table from positions in a text to positions in what it was made from, in the order of the
/// text. Text that comes from nowhere, such as a line feed between two blocks, is in no run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Runs(Vec<Run>);

impl Run {
    fn is_alike(&self) -> bool {
        self.len == self.source_len
    }
}

impl Runs {
    /// Adds a run behind the others.
    pub fn push(&mut self, run: Run) {
        if run.len == 0 {
            return;
        }
        match self.0.last_mut() {
            Some(last)
                if last.is_alike()
                    && run.is_alike()
                    && last.at + last.len == run.at
                    && last.from + last.source_len == run.from =>
            {
                last.len += run.len;
                last.source_len += run.source_len;
            }
            _ => self.0.push(run),
        }
    }

    /// Adds `len` bytes at `at` that stand at `from` as they are.
    pub fn verbatim(&mut self, at: usize, from: usize, len: usize) {
        self.push(Run { at, len, from, source_len: len });
    }

    /// Adds all of `other`, for a text in which its text stands at `at`, and what it was made from at
    /// `from`.
    pub fn append(&mut self, other: &Self, at: usize, from: usize) {
        for run in &other.0 {
            self.push(Run { at: run.at + at, from: run.from + from, ..*run });
        }
    }

    /// The runs.
    pub fn all(&self) -> &[Run] {
        &self.0
    }

    /// Adds the part of `other` that makes up its text in `range`, for a text in which that stands
    /// at `at`.
    pub fn copy(&mut self, other: &Self, range: Range<usize>, at: usize) {
        let first = other.0.partition_point(|run| run.at + run.len <= range.start);
        for run in other.0[first..].iter().take_while(|run| run.at < range.end) {
            let (start, end) = (run.at.max(range.start), (run.at + run.len).min(range.end));
            let (from, source_len) = match run.is_alike() {
                true => (run.from + start - run.at, end - start),
                false => (run.from, run.source_len),
            };
            self.push(Run { at: at + start - range.start, len: end - start, from, source_len });
        }
    }

    /// The same runs, where what the text was made from was itself made as `inner` says.
    pub fn through(&self, inner: &Self) -> Self {
        let mut runs = Self::default();
        for run in &self.0 {
            let range = run.from..run.from + run.source_len;
            if run.is_alike() {
                runs.copy(inner, range, run.at);
            } else if let Some((start, end)) = inner.hull(&range) {
                runs.push(Run { at: run.at, len: run.len, from: start, source_len: end - start });
            }
        }
        runs
    }

    /// The same runs, where what the text was made from begins `by` bytes later.
    pub fn shifted(mut self, by: usize) -> Self {
        self.0.iter_mut().for_each(|run| run.from += by);
        self
    }

    /// Where `span` of the text comes from: stretches that do not touch, in the order of the text.
    pub fn source(&self, span: Span) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let first = self.0.partition_point(|run| run.at + run.len <= span.start());
        for run in self.0[first..].iter().take_while(|run| run.at < span.end()) {
            let (start, end) = (run.at.max(span.start()), (run.at + run.len).min(span.end()));
            let range = match run.is_alike() {
                true => run.from + start - run.at..run.from + end - run.at,
                false => run.from..run.from + run.source_len,
            };
            match found.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                // A whole that two parts of the span belong to.
                Some(last) if *last == range => {}
                _ => found.push(range),
            }
        }
        found
    }

    /// From where to where all of that reaches.
    fn hull(&self, range: &Range<usize>) -> Option<(usize, usize)> {
        let first = self.0.partition_point(|run| run.at + run.len <= range.start);
        let mut hull: Option<(usize, usize)> = None;
        for run in self.0[first..].iter().take_while(|run| run.at < range.end) {
            let (start, end) = (run.at.max(range.start), (run.at + run.len).min(range.end));
            let (from, to) = match run.is_alike() {
                true => (run.from + start - run.at, run.from + end - run.at),
                false => (run.from, run.from + run.source_len),
            };
            hull = Some(hull.map_or((from, to), |(a, b)| (a.min(from), b.max(to))));
        }
        hull
    }

    /// The stretch of the source `text` that `span` comes from, with all that stands in between:
    /// `Jane</b> Doe`. None if it comes from nowhere.
    pub fn hull_in(&self, span: Span, text: &str) -> Option<Span> {
        let (start, end) = self.hull(&(span.start()..span.end()))?;
        Span::new(text, start, end)
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init, reason = "a list of ranges, of which there is one")]
mod tests {
    use super::*;

    #[test]
    fn positions_lead_back_to_the_source() {
        // `<p>Ros &amp; <b>Co</b>` became `Ros & Co`.
        let text = "Ros & Co";
        let mut runs = Runs::default();
        for (at, len, from, source_len) in [(0, 4, 3, 4), (4, 1, 7, 5), (5, 1, 12, 1), (6, 2, 16, 2)] {
            runs.push(Run { at, len, from, source_len });
        }
        let span = |start, end| Span::new(text, start, end).expect("it is inside");
        assert_eq!(runs.source(span(0, 8)), [3..13, 16..18]);
        assert_eq!(runs.source(span(4, 5)), vec![7..12]);
        assert_eq!(runs.source(span(1, 3)), vec![4..6]);
        let source = "<p>Ros &amp; <b>Co</b>";
        assert_eq!(runs.hull_in(span(0, 8), source).map(|span| span.of(source)), Some("Ros &amp; <b>Co"));
        let mut part = Runs::default();
        part.copy(&runs, 2..7, 10);
        assert_eq!(part.all()[0], Run { at: 10, len: 2, from: 5, source_len: 2 });
        assert_eq!(part.all().last(), Some(&Run { at: 14, len: 1, from: 16, source_len: 1 }));
        // The source was in UTF-16.
        let mut utf16 = Runs::default();
        (0..source.len()).for_each(|at| utf16.push(Run { at, len: 1, from: 2 * at, source_len: 2 }));
        let through = runs.through(&utf16);
        assert_eq!(through.source(span(0, 8)), [6..26, 32..36]);
    }
}
