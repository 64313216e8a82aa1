//! A gold document and what was predicted for it → counts.

use crate::eval::gold::{GoldDocument, Named, in_order};
use crate::eval::project::{owned, project};
use crate::eval::score::{MentionCounts, count};
use crate::span::Span;

impl GoldDocument {
    /// Counts what was predicted for [`text`](Self::text) against the gold mentions: one
    /// [`MentionCounts`] a sentence, or a single one for a record. With `labels`, mentions with any
    /// other label are left out on both sides.
    ///
    /// For a document of tokens, a token belongs to the predicted mention that covers its first
    /// character, just as a model's tag for a word is read off its first piece. A mention that
    /// covers no token's first character belongs to the token it begins in, so that it does not go
    /// uncounted. Where two mentions want one token the earlier has it, and a mention is cut where
    /// a sentence ends: a column of tags could say no more.
    pub fn score_against<L: AsRef<str>>(
        &self,
        predicted: &[(Span, L)],
        labels: Option<&[String]>,
    ) -> Vec<MentionCounts> {
        let Some(tokens) = &self.tokens else {
            let named = |(span, label): &(Span, L)| Named {
                start: span.start(),
                end: span.end(),
                label: label.as_ref().to_owned(),
            };
            let predicted = predicted.iter().filter(|(span, _)| !span.is_empty()).map(named).collect();
            return vec![count(&self.mentions, &in_order(predicted), labels)];
        };
        let predicted = project(predicted, tokens);
        let (mut gold, mut predicted) = (self.mentions.as_slice(), predicted.as_slice());
        let counts = tokens.sentences.iter().map(|sentence| {
            let gold = take_before(&mut gold, sentence.end);
            let predicted = take_before(&mut predicted, sentence.end);
            count(gold, predicted, labels)
        });
        counts.collect()
    }

    /// For each predicted mention, whether gold has one of the same span and label. For a document
    /// of tokens it is the span as [`score_against`](Self::score_against) projects it; a mention
    /// that is cut in two there is not right.
    pub fn are_correct<L: AsRef<str>>(&self, predicted: &[(Span, L)]) -> Vec<bool> {
        let is_gold = |named: &Named| self.mentions.binary_search(named).is_ok();
        let Some(tokens) = &self.tokens else {
            let named = |(span, label): &(Span, L)| Named {
                start: span.start(),
                end: span.end(),
                label: label.as_ref().to_owned(),
            };
            return predicted.iter().map(|mention| is_gold(&named(mention))).collect();
        };
        let mut pieces: Vec<Vec<Named>> = vec![Vec::new(); predicted.len()];
        for (owner, named) in owned(predicted, tokens) {
            pieces[owner].push(named);
        }
        pieces.iter().map(|pieces| matches!(pieces.as_slice(), [whole] if is_gold(whole))).collect()
    }
}

/// Cuts the mentions that start before `end` off the front of `mentions`.
fn take_before<'m>(mentions: &mut &'m [Named], end: usize) -> &'m [Named] {
    let (before, after) = mentions.split_at(mentions.partition_point(|mention| mention.start < end));
    *mentions = after;
    before
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{Exact, GoldError, Matching, Outcomes, parse_gold};
    use proptest::prelude::*;
    use std::path::Path;

    #[test]
    fn a_mention_is_correct_if_gold_has_it_whole() {
        let gold = "-DOCSTART- O\n\nAnna B-PER\nLie I-PER\nin O\nOslo B-LOC\n\nBank B-ORG\nof I-ORG\nNorway I-ORG\n";
        let gold = parse_gold(Path::new("gold"), gold).unwrap();
        let text = gold.documents[0].text();
        let correct = |surfaces: &[(&str, &str)]| {
            let span = |surface: &str| {
                let at = text.find(surface).unwrap_or_else(|| panic!("{surface} in {text:?}"));
                Span::new(text, at, at + surface.len()).unwrap()
            };
            let predicted: Vec<_> = surfaces.iter().map(|&(surface, label)| (span(surface), label)).collect();
            gold.documents[0].are_correct(&predicted)
        };
        assert_eq!(correct(&[("Anna Lie", "PER"), ("Oslo", "ORG"), ("Norway", "ORG")]), [true, false, false]);
        // Half a token is the token. What goes over the end of a sentence is cut there, and then it
        // is two.
        assert_eq!(correct(&[("Osl", "LOC")]), [true]);
        assert_eq!(correct(&[("Oslo\nBank of Norway", "LOC"), ("Anna", "PER")]), [false, false]);
        let records = "{\"text\":\"In Oslo\",\"entities\":[{\"start\":3,\"end\":7,\"type\":\"LOC\"}]}";
        let records = parse_gold(Path::new("gold"), records).unwrap();
        let span = |start, end| Span::new("In Oslo", start, end).unwrap();
        let predicted = [(span(3, 7), "LOC"), (span(3, 6), "LOC"), (span(3, 7), "ORG")];
        assert_eq!(records.documents[0].are_correct(&predicted), [true, false, false]);
    }

    #[test]
    fn every_sentence_of_a_document_has_its_counts() {
        let gold = parse_gold(Path::new("gold"), "-DOCSTART- O\n\nOslo B-LOC\n\nrain O\n\nLie B-PER\n").unwrap();
        let counts = gold.documents[0].score_against::<&str>(&[], None);
        assert_eq!(counts.iter().map(|counts| counts.total().exact.gold).collect::<Vec<_>>(), [1, 0, 1]);
    }

    proptest! {
        #[test]
        fn gold_is_perfect_against_itself(rows in prop::collection::vec(row(), 1..60)) {
            let gold = parse_gold(Path::new("gold"), &rows.concat());
            prop_assume!(!matches!(gold, Err(GoldError::Empty { .. })));
            let gold = gold.unwrap();
            let mut sum = MentionCounts::default();
            for document in &gold.documents {
                let mentions: Vec<(Span, &str)> = document.mentions().collect();
                document.score_against(&mentions, None).iter().for_each(|counts| sum += counts);
            }
            let n_gold = gold.documents.iter().map(|document| document.mentions.len() as u64).sum();
            let total = sum.total();
            prop_assert_eq!(total.exact, Exact { correct: n_gold, predicted: n_gold, gold: n_gold });
            prop_assert_eq!(total.relaxed(Matching::Strict), Outcomes { correct: n_gold, ..Outcomes::default() });
        }
    }

    /// A line of a file: a token with a tag, or a boundary.
    fn row() -> impl Strategy<Value = String> {
        const TOKENS: &[&str] =
            &["Oslo", "-", "Lie", "'s", "\"", "(", ")", "n't", "#", "-LRB-", "``", "Łódź", "👍", "."];
        const TAGS: &[&str] = &["O", "O", "B-LOC", "I-LOC", "E-LOC", "S-LOC", "B-PER", "I-PER"];
        let token = prop_oneof![prop::sample::select(TOKENS).prop_map(str::to_owned), "[^\\s\\p{C}#]{1,6}"];
        prop_oneof![
            8 => (token, prop::sample::select(TAGS)).prop_map(|(token, tag)| format!("{token}\t{tag}\n")),
            2 => Just("\n".to_owned()),
            1 => Just("-DOCSTART-\tO\n\n".to_owned()),
        ]
    }
}
