//! Predicted spans of a text → mentions in gold tokens.

use crate::eval::gold::{Named, Tokens};
use crate::span::Span;

/// The mentions that a column of tags would show for `predicted`, in order.
/// The rules are in [`score_against`](crate::eval::GoldDocument::score_against).
pub(super) fn project<L: AsRef<str>>(predicted: &[(Span, L)], tokens: &Tokens) -> Vec<Named> {
    owned(predicted, tokens).into_iter().map(|(_, named)| named).collect()
}

/// The same, each with the index of the prediction that it comes from.
pub(super) fn owned<L: AsRef<str>>(predicted: &[(Span, L)], tokens: &Tokens) -> Vec<(usize, Named)> {
    let mut by_start: Vec<usize> = (0..predicted.len()).filter(|&i| !predicted[i].0.is_empty()).collect();
    by_start.sort_by_key(|&i| (predicted[i].0, i));

    // For each token, which prediction it belongs to.
    let mut owners: Vec<Option<usize>> = vec![None; tokens.spans.len()];
    for mention in by_start {
        let span = predicted[mention].0;
        let first = tokens.spans.partition_point(|token| token.start() < span.start());
        let covered = tokens.spans[first..].iter().take_while(|token| token.start() < span.end()).count();
        let begins_in = first.checked_sub(1).filter(|&token| tokens.spans[token].end() > span.start());
        let wanted = match (covered, begins_in) {
            (0, Some(token)) => token..token + 1,
            _ => first..first + covered,
        };
        for owner in &mut owners[wanted] {
            owner.get_or_insert(mention);
        }
    }

    let mut mentions = Vec::new();
    for sentence in &tokens.sentences {
        let mut start = sentence.start;
        for run in owners[sentence.clone()].chunk_by(|a, b| a == b) {
            if let Some(mention) = run[0] {
                let label = predicted[mention].1.as_ref().to_owned();
                mentions.push((mention, Named { start, end: start + run.len(), label }));
            }
            start += run.len();
        }
    }
    mentions
}

#[cfg(test)]
mod tests {
    use crate::eval::parse_gold;
    use crate::span::Span;
    use expect_test::{Expect, expect};
    use std::path::Path;

    /// `tokens` are one sentence a line; each of `predicted` is a surface that stands once in the
    /// text.
    fn check(tokens: &str, predicted: &[(&str, &str)], expected: Expect) {
        let columns: String = tokens
            .lines()
            .map(|line| line.split(' ').map(|token| format!("{token}\tO\n")).collect::<String>() + "\n")
            .collect();
        let gold = parse_gold(Path::new("gold.conll"), &format!("-DOCSTART-\tO\n\n{columns}")).unwrap();
        let document = &gold.documents[0];
        let predicted: Vec<(Span, &str)> = predicted
            .iter()
            .map(|&(surface, label)| {
                let at = document.text().find(surface).expect("the surface stands in the text");
                (Span::new(document.text(), at, at + surface.len()).unwrap(), label)
            })
            .collect();
        let words: Vec<&str> = tokens.split([' ', '\n']).collect();
        let shown = super::project(&predicted, document.tokens.as_ref().unwrap())
            .iter()
            .map(|m| format!("{} {}", m.label, words[m.start..m.end].join("_")))
            .collect::<Vec<_>>();
        expected.assert_eq(&shown.join(" | "));
    }

    #[test]
    fn a_token_belongs_to_the_mention_over_its_first_character() {
        check(
            "Oslo-based Equinor fell .",
            &[("Oslo", "LOC"), ("Equinor", "ORG")],
            expect!["LOC Oslo-based | ORG Equinor"],
        );
        check("( Equinor ) fell .", &[("(Equinor", "ORG")], expect!["ORG (_Equinor"]);
        check("Sri Lanka 's navy", &[("Sri Lank", "LOC")], expect!["LOC Sri_Lanka"]);
    }

    #[test]
    fn a_mention_inside_a_token_still_counts() {
        check("pro-Russian rebels", &[("Russian", "MISC")], expect!["MISC pro-Russian"]);
        check("pro-Russian rebels", &[("Russian rebels", "ORG")], expect!["ORG rebels"]);
        check("Paris-Dakar rally", &[("Paris", "LOC"), ("Dakar", "LOC")], expect!["LOC Paris-Dakar"]);
    }

    #[test]
    fn neighbours_stay_apart_and_sentences_cut() {
        check("Oslo Bergen", &[("Oslo", "LOC"), ("Bergen", "LOC")], expect!["LOC Oslo | LOC Bergen"]);
        check("talks in Oslo\nPeace Institute said", &[("Oslo\nPeace", "ORG")], expect!["ORG Oslo | ORG Peace"]);
        check("Bank of Norway said", &[("of", "LOC"), ("Bank of Norway", "ORG")], expect!["ORG Bank_of_Norway"]);
    }
}
