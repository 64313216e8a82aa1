//! CoNLL columns → gold documents.
//!
//! One token a line, the token in the first column and its tag in the last, separated by tabs or by
//! spaces; a blank line ends a sentence. What the tags mean is read here; how the tokens become
//! text again is in [`join`](crate::eval::join).

use std::path::Path;

use crate::eval::gold::{Gold, GoldDocument, GoldError, Named, Tokens, Unit};
use crate::eval::join::{Print, join};
use crate::label::{Scheme, TagPlace, split_tag};

/// A sentence as it stands in the file.
#[derive(Default)]
struct Sentence<'t> {
    /// Line of its first token, counted from 1.
    line: usize,
    tokens: Vec<&'t str>,
    tags: Vec<Option<(TagPlace, &'t str)>>,
}

/// A document as it stands in the file.
#[derive(Default)]
struct Section<'t> {
    id: Option<&'t str>,
    sentences: Vec<Sentence<'t>>,
}

/// What a line is.
enum Row<'t> {
    Blank,
    Comment,
    /// A document begins, perhaps with an id.
    Document(Option<&'t str>),
    Token(&'t str, &'t str),
    /// Only one column.
    Lone(&'t str),
}

/// Reads a whole file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Gold, GoldError> {
    let mut sections = vec![Section::default()];
    let mut sentence = Sentence::default();
    let mut has_boundaries = false;
    for (line, row) in (1..).zip(text.lines()) {
        let refuse = |found: String, wanted: &str| {
            Err(GoldError::Line { path: path.to_owned(), line, found, wanted: wanted.to_owned() })
        };
        let row = read_row(row, !sentence.tokens.is_empty());
        if !matches!(row, Row::Token(..) | Row::Lone(_)) && !sentence.tokens.is_empty() {
            let section = sections.last_mut().expect("starts with one");
            section.sentences.push(std::mem::take(&mut sentence));
        }
        match row {
            Row::Blank | Row::Comment => {}
            Row::Document(id) => {
                has_boundaries = true;
                sections.push(Section { id, sentences: Vec::new() });
            }
            Row::Lone(found) => return refuse(format!("{found:?} alone"), "a token, a tab or space, and a tag"),
            Row::Token("", _) => return refuse("an empty first column".to_owned(), "a token"),
            Row::Token(token, tag) => {
                let tag = match split_tag(tag) {
                    Some(tag) => Some(tag),
                    None if tag == "O" => None,
                    None => {
                        let wanted = "a tag: O, or a label after B-, I-, E- or S- (in BILOU, L- or U-)";
                        return refuse(format!("{tag:?} in the last column"), wanted);
                    }
                };
                if sentence.tokens.is_empty() {
                    sentence.line = line;
                }
                sentence.tokens.push(token);
                sentence.tags.push(tag);
            }
        }
    }
    sections.last_mut().expect("starts with one").sentences.push(sentence);
    sections.iter_mut().for_each(|section| section.sentences.retain(|sentence| !sentence.tokens.is_empty()));
    sections.retain(|section| !section.sentences.is_empty());
    if !has_boundaries {
        let alone = |sentence| Section { id: None, sentences: vec![sentence] };
        sections = sections.into_iter().flat_map(|section| section.sentences).map(alone).collect();
    }

    let all = || sections.iter().flat_map(|section| &section.sentences);
    let scheme = scheme(all().map(|sentence| sentence.tags.as_slice()));
    let print = Print::of(all().flat_map(|sentence| sentence.tokens.iter().copied()));
    let file = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let documents = sections.iter().map(|section| document(section, &file, print)).collect();
    Ok(Gold { documents, unit: Unit::Tokens, scheme: Some(scheme), has_boundaries })
}

/// Says what `row` is; `inside` a sentence, a line that starts with `#` is more likely a token.
fn read_row(row: &str, inside: bool) -> Row<'_> {
    // Only the separators of the format: a token may hold a no-break space.
    let is_gap = |c: char| c == ' ' || c == '\t';
    let row = row.trim_end_matches(is_gap);
    if row.trim_start_matches(is_gap).is_empty() {
        return Row::Blank;
    }
    let mut words = row.split(is_gap).filter(|word| !word.is_empty());
    let (first, last) = (words.next().unwrap_or_default(), words.clone().next_back());
    if first == "-DOCSTART-" {
        return Row::Document(None);
    }
    if row.starts_with("# ") {
        let (key, rest) = (words.next(), words.next());
        match key {
            // `# newdoc id = reviews-1`
            Some("newdoc") => return Row::Document(words.nth(1)),
            Some("newpar") => return Row::Comment,
            _ if rest == Some("=") => return Row::Comment,
            _ if !inside && last.is_none_or(|tag| tag != "O" && split_tag(tag).is_none()) => return Row::Comment,
            _ => {}
        }
    }
    let columns = match row.split_once('\t') {
        Some((token, _)) => row.rsplit_once('\t').map(|(_, tag)| (token, tag)),
        None => last.map(|tag| (first, tag)),
    };
    columns.map_or(Row::Lone(row), |(token, tag)| Row::Token(token, tag.trim_matches(' ')))
}

fn document(section: &Section, file: &str, print: Print) -> GoldDocument {
    let sentences: Vec<&[&str]> = section.sentences.iter().map(|sentence| sentence.tokens.as_slice()).collect();
    let (text, spans) = join(&sentences, print);
    let mut tokens = Tokens { spans, sentences: Vec::with_capacity(sentences.len()) };
    let mut mentions = Vec::new();
    let mut start = 0;
    for sentence in &section.sentences {
        mentions.extend(mentions_of(&sentence.tags, start));
        tokens.sentences.push(start..start + sentence.tokens.len());
        start += sentence.tokens.len();
    }
    let id = section.id.map_or_else(|| format!("{file}:{}", section.sentences[0].line), str::to_owned);
    GoldDocument::of_tokens(id, text, tokens, mentions)
}

/// The mentions that a sentence's tags spell; its first token is number `offset`.
///
/// These are the rules of conlleval, and of seqeval's default mode: they read legal IOB1, BIO2 and
/// BIOES alike, and give illegal tags the nearest reading (`O I-PER` begins a mention; `B-PER
/// I-ORG` is two).
fn mentions_of(tags: &[Option<(TagPlace, &str)>], offset: usize) -> Vec<Named> {
    let mut mentions: Vec<Named> = Vec::new();
    let mut before = None;
    for (token, &tag) in (offset..).zip(tags) {
        if let Some((_, label)) = tag {
            if begins(before, tag) {
                mentions.push(Named { start: token, end: token + 1, label: label.to_owned() });
            } else {
                mentions.last_mut().expect("begun earlier").end = token + 1;
            }
        }
        before = tag;
    }
    mentions
}

/// Whether a mention begins at `tag`, given the tag `before` it.
fn begins(before: Option<(TagPlace, &str)>, tag: Option<(TagPlace, &str)>) -> bool {
    match (before, tag) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some((before, label_before)), Some((place, label))) => {
            matches!(place, TagPlace::Begin | TagPlace::Single)
                || matches!(before, TagPlace::End | TagPlace::Single)
                || label_before != label
        }
    }
}

/// The scheme that the tags of a file follow, for the report; [`mentions_of`] reads all three.
///
/// IOB1 is where most mentions open with `I-`: a few do so in every corpus whose sentences were cut
/// in the wrong place.
fn scheme<'t>(sentences: impl Iterator<Item = &'t [Option<(TagPlace, &'t str)>]>) -> Scheme {
    let (mut n_begin, mut n_inside) = (0_usize, 0_usize);
    for tags in sentences {
        let mut before = None;
        for &tag in tags {
            match tag {
                Some((TagPlace::End | TagPlace::Single, _)) => return Scheme::Bioes,
                Some((TagPlace::Begin, _)) => n_begin += 1,
                Some((TagPlace::Inside, _)) => n_inside += usize::from(begins(before, tag)),
                None => {}
            }
            before = tag;
        }
    }
    if n_inside > n_begin { Scheme::Iob1 } else { Scheme::Bio2 }
}

#[cfg(test)]
mod tests {
    use crate::eval::parse_gold;
    use expect_test::{Expect, expect};
    use std::path::Path;

    fn check(columns: &str, expected: Expect) {
        let shown = match parse_gold(Path::new("corpus/gold.conll"), columns) {
            Ok(gold) => {
                let mut shown = gold.scheme.unwrap().name().to_owned();
                for document in &gold.documents {
                    shown += &format!("\n{}: {:?}", document.id, document.text());
                    for (span, label) in document.mentions() {
                        shown += &format!(" {label} {}", span.of(document.text()).replace(' ', "_"));
                    }
                }
                shown
            }
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn documents_and_sentences_keep_their_boundaries() {
        check(
            "-DOCSTART- -X- O O\n\nMaersk NNP B-NP B-ORG\nfell VBD B-VP O\n. . O O\n\nIn IN B-PP O\nOslo NNP B-NP B-LOC\n\n\
             -DOCSTART- -X- O O\n\nRain NN B-NP O\n",
            expect![[r#"
                bio2
                gold.conll:3: "Maersk fell.\nIn Oslo" ORG Maersk LOC Oslo
                gold.conll:12: "Rain""#]],
        );
    }

    #[test]
    fn sentences_without_a_document_stand_alone() {
        check(
            "Oslo\tB-LOC\n\n \t\nBergen\tB-LOC",
            expect![[r#"
                bio2
                gold.conll:1: "Oslo" LOC Oslo
                gold.conll:4: "Bergen" LOC Bergen"#]],
        );
    }

    #[test]
    fn comments_are_not_tokens_but_a_hash_is_one() {
        check(
            "# newdoc id = wire-7\r\n# sent_id = wire-7-1\r\n# text = Vote in O\r\nVote\tO\r\nin\tO\r\nAccra\tB-LOC\r\n\r\n\
             # a remark\r\n#\tO\r\n1\tO\r\n",
            expect![[r##"
                bio2
                wire-7: "Vote in Accra\n#1" LOC Accra"##]],
        );
        check(
            "# O\n1 O\n# O\n",
            expect![[r##"
            bio2
            gold.conll:1: "#1 #""##]],
        );
    }

    #[test]
    fn every_scheme_is_recognised_and_read() {
        check(
            "Sri I-LOC\nLanka I-LOC\nPeru B-LOC\nKofi I-PER\nAnnan I-PER\n",
            expect![[r#"
            iob1
            gold.conll:1: "Sri Lanka Peru Kofi Annan" LOC Sri_Lanka LOC Peru PER Kofi_Annan"#]],
        );
        check(
            "Sri B-LOC\nLanka E-LOC\nPeru S-LOC\nBank B-ORG\nof I-ORG\nGhana E-ORG\n",
            expect![[r#"
            bioes
            gold.conll:1: "Sri Lanka Peru Bank of Ghana" LOC Sri_Lanka LOC Peru ORG Bank_of_Ghana"#]],
        );
        check(
            "Sri B-LOC\nLanka L-LOC\nPeru U-LOC\n",
            expect![[r#"
            bioes
            gold.conll:1: "Sri Lanka Peru" LOC Sri_Lanka LOC Peru"#]],
        );
        check(
            "Sri B-LOC\nLanka I-LOC\nPeru B-LOC\nAnnan B-PER\nsaid I-ORG\n",
            expect![[r#"
            bio2
            gold.conll:1: "Sri Lanka Peru Annan said" LOC Sri_Lanka LOC Peru PER Annan ORG said"#]],
        );
    }

    #[test]
    fn a_tab_separated_token_keeps_its_spaces() {
        check(
            "1 1/2\tO\nOslo\u{a0}S\tB-LOC\n",
            expect![[r#"
                bio2
                gold.conll:1: "1 1/2 Oslo\u{a0}S" LOC Oslo S"#]],
        );
    }

    #[test]
    fn errors_name_file_and_line() {
        check(
            "Oslo B-LOC\nis\n",
            expect![[r#"corpus/gold.conll:2: found "is" alone, wanted a token, a tab or space, and a tag"#]],
        );
        check(
            "Oslo\tB-LOC\nis\tVBZ\n",
            expect![[
                r#"corpus/gold.conll:2: found "VBZ" in the last column, wanted a tag: O, or a label after B-, I-, E- or S- (in BILOU, L- or U-)"#
            ]],
        );
        check("\tO\n", expect!["corpus/gold.conll:1: found an empty first column, wanted a token"]);
        check(
            "-DOCSTART- O\n\n",
            expect!["corpus/gold.conll: found no sentence and no record, wanted CoNLL columns or JSON lines"],
        );
    }
}
