//! Where the words of rules stand in a text.

use aho_corasick::{AhoCorasick, MatchKind};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::document::Document;
use crate::rules::normal::Normalized;
use crate::rules::rule::{Case, Rule};
use crate::span::Span;

/// The words of a rule in a document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Match {
    /// Where.
    pub span: Span,
    /// The rule: its position in the set.
    pub rule: usize,
}

/// Finds the words of many rules in one pass (Aho and Corasick 1975).
#[derive(Clone)]
pub(super) struct Matcher {
    automaton: AhoCorasick,
    /// Of each pattern the rules with these words, the newest first.
    rules: Vec<Vec<usize>>,
}

impl Matcher {
    /// Of those of `rules` that are about words; none if there are none.
    pub fn new(rules: &[Rule]) -> Option<Self> {
        let mut patterns: Vec<String> = Vec::new();
        let mut place = std::collections::HashMap::new();
        let mut of_pattern: Vec<Vec<usize>> = Vec::new();
        for (rule, pattern) in rules.iter().map(Rule::pattern).enumerate().filter(|(_, words)| !words.is_empty()) {
            let at = *place.entry(pattern.clone()).or_insert_with(|| {
                patterns.push(pattern);
                of_pattern.push(Vec::new());
                patterns.len() - 1
            });
            of_pattern[at].insert(0, rule);
        }
        if patterns.is_empty() {
            return None;
        }
        // The longest of what is left after case, zone and boundaries have been looked at is not
        // always the longest that there is, so all matches are asked for.
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&patterns);
        Some(Self { automaton: automaton.expect("the patterns of a file of rules fit into memory"), rules: of_pattern })
    }

    /// Where the words of `rules` stand in `document` as whole words, in order and without overlap:
    /// the leftmost, of these the longest, of these the newest rule that holds in the zone.
    pub fn find(&self, rules: &[Rule], document: &Document) -> Vec<Match> {
        let text = document.text();
        let mut found: Vec<Match> = Vec::new();
        for field in &document.article.fields {
            let original = field.span.of(text);
            let normalized = Normalized::new(original);
            for hit in self.automaton.find_overlapping_iter(&normalized.text) {
                let Some((start, end)) = normalized.original(hit.start(), hit.end()) else { continue };
                // The white space before the next word was dropped with what stands behind.
                let end = start + original[start..end].trim_end().len();
                let Some(span) = Span::new(text, field.span.start() + start, field.span.start() + end) else {
                    continue;
                };
                if !is_whole_word(original, start, end) {
                    continue;
                }
                let zone = document.zone(span).name();
                let words = &original[start..end];
                let holds = |&&rule: &&usize| rules[rule].holds_in(zone) && is_as_written(&rules[rule], words);
                if let Some(&rule) = self.rules[hit.pattern().as_usize()].iter().find(holds) {
                    found.push(Match { span, rule });
                }
            }
        }
        found.sort_by_key(|hit| (hit.span.start(), std::cmp::Reverse(hit.span.end())));
        let mut taken_to = 0;
        found.retain(|hit| {
            let is_free = hit.span.start() >= taken_to;
            if is_free {
                taken_to = hit.span.end();
            }
            is_free
        });
        found
    }
}

/// Whether `words` are written as `rule` wants them.
fn is_as_written(rule: &Rule, words: &str) -> bool {
    let wanted = rule.words.as_deref().unwrap_or_default();
    rule.case() == Case::Fold || words.split_whitespace().eq(wanted.split_whitespace())
}

/// Whether neither end of `start..end` is in the middle of a word of `text`. Scripts without spaces
/// have no such middle.
pub fn is_whole_word(text: &str, start: usize, end: usize) -> bool {
    let within = |before: Option<char>, after: Option<char>| match (before, after) {
        (Some(before), Some(after)) => {
            is_mark(after) || is_letter(before) && is_letter(after) && !(is_unspaced(before) || is_unspaced(after))
        }
        _ => false,
    };
    let inside = &text[start..end];
    !within(text[..start].chars().next_back(), inside.chars().next())
        && !within(inside.chars().next_back(), text[end..].chars().next())
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Mark
}

/// Whether it is of a script whose words stand without spaces: Han, Kana, Thai, Lao, Myanmar,
/// Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
