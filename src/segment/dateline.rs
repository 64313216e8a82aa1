//! Recognises datelines: where and when a story was written.
//!
//! A dateline is a place, a date and an agency in almost any order, closed by a dash: `PARIS, May 3
//! (Reuters) -`, `SEATTLE, June 3, 2024 /PRNewswire/ --`, `KYIV, Ukraine (AP) —`. Each part may be
//! missing, so a dash alone proves nothing: the place must be in capitals, or a date or an agency
//! must be there.

/// The length of the dateline that `paragraph` begins with, dash included.
pub(super) fn dateline(paragraph: &str) -> Option<usize> {
    let mut seen = Evidence::default();
    let mut end = None;
    let mut at = 0;
    for _ in 0..MAX_TOKENS {
        let rest = &paragraph[at..];
        at += rest.len() - rest.trim_start().len();
        let Some(token) = Token::next(&paragraph[at..]) else {
            // A line of its own: `SALT LAKE CITY, UTAH – June 18, 2026`.
            return (seen.date && seen.places > 0).then_some(paragraph.len());
        };
        let accepted = match token.kind {
            PartKind::Dash => true,
            PartKind::Agency => {
                seen.agency = true;
                true
            }
            PartKind::Word => seen.word(token.text),
        };
        if !accepted {
            break;
        }
        at += token.text.len();
        // Hyphens and en dashes join names, `ZANU–PF`, unless a space follows; an em dash never
        // does.
        let spaced = paragraph[at..].starts_with(char::is_whitespace) || at == paragraph.len();
        let closes = match token.kind {
            PartKind::Dash => spaced || matches!(token.text, "—" | "--"),
            PartKind::Agency => token.text.starts_with('/'),
            PartKind::Word => false,
        };
        if closes && seen.is_dateline() && opens_story(&paragraph[at..]) {
            end = Some(at);
        }
        seen.dash |= token.kind == PartKind::Dash;
    }
    end
}

/// Whether `paragraph` says when the article was published, and nothing else: `Posted on June 1,
/// 2026`.
pub(super) fn is_date_line(paragraph: &str) -> bool {
    const AROUND: &[&str] = &[
        "posted",
        "published",
        "updated",
        "on",
        "at",
        "last",
        "date",
        "release",
        "first",
        "originally",
        "modified",
        "and",
    ];
    let words = || {
        paragraph
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '|' | '(' | ')' | '–' | '—'))
            .filter(|word| !word.is_empty())
    };
    words().take(16).count() <= 12
        && words().any(is_month_or_iso)
        && words().any(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        && words()
            .all(|word| is_date_word(word) || AROUND.contains(&word.trim_end_matches(':').to_lowercase().as_str()))
}

/// The longest datelines name two places, a full date with time and an agency.
const MAX_TOKENS: usize = 26;
/// `SAN JOSE DEL MONTE CITY, BULACAN, Philippines`
const MAX_PLACE_WORDS: usize = 7;

/// What was found so far.
#[derive(Default)]
struct Evidence {
    places: usize,
    /// Whether the place is written in capitals up to the first comma: `ST. LOUIS, Missouri`.
    capitals: bool,
    comma: bool,
    date: bool,
    agency: bool,
    dash: bool,
}

impl Evidence {
    /// Takes in `word` if it can stand here.
    fn word(&mut self, word: &str) -> bool {
        let bare = word.trim_end_matches([',', ':', ';']);
        if is_date_word(bare) {
            self.date |= is_month_or_iso(bare);
            return self.places > 0;
        }
        let place = bare.starts_with(char::is_uppercase)
            || self.places > 0 && matches!(bare, "de" | "la" | "of" | "del" | "upon" | "and" | "the");
        let full_stop = bare.ends_with('.') && bare.len() > 5;
        if self.dash || self.date || self.agency || !place || full_stop || self.places == MAX_PLACE_WORDS {
            return false;
        }
        let in_capitals = bare.chars().any(char::is_uppercase) && !bare.chars().any(char::is_lowercase);
        if self.places == 0 {
            let alert = matches!(
                bare,
                "BREAKING"
                    | "UPDATE"
                    | "UPDATED"
                    | "EXCLUSIVE"
                    | "WATCH"
                    | "OPINION"
                    | "ANALYSIS"
                    | "VIDEO"
                    | "CORRECTED"
            );
            self.capitals = in_capitals && bare.len() > 1 && !alert;
        } else if !self.comma && bare != "and" {
            self.capitals &= in_capitals;
        }
        self.comma |= word.ends_with(',');
        self.places += 1;
        true
    }

    fn is_dateline(&self) -> bool {
        self.agency || self.places > 0 && (self.date || self.capitals)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PartKind {
    Dash,
    /// `(Reuters)`, `/PRNewswire/`
    Agency,
    Word,
}

struct Token<'t> {
    kind: PartKind,
    text: &'t str,
}

impl<'t> Token<'t> {
    fn next(rest: &'t str) -> Option<Self> {
        let first = rest.chars().next()?;
        let of = |kind, len| Some(Self { kind, text: &rest[..len] });
        if matches!(first, '-' | '–' | '—') {
            return of(PartKind::Dash, rest.len() - rest.trim_start_matches(first).len());
        }
        let closing = match first {
            '(' => Some(')'),
            '/' => Some('/'),
            _ => None,
        };
        if let Some(closing) = closing {
            // A remark in brackets is longer, or begins in lower case, or is a share's ticker:
            // `(Nasdaq: ACME)`.
            let name = &rest[1..rest.floor_char_boundary(60)];
            let is_agency = |name: &str| {
                name.split_whitespace().count() <= 5
                    && name.trim_start().starts_with(|c: char| c.is_uppercase() || c.is_numeric())
                    && !name.contains(':')
            };
            if let Some(len) = name.find(closing).filter(|&len| is_agency(&name[..len])) {
                return of(PartKind::Agency, len + 2);
            }
        }
        let is_edge = |c: char| c.is_whitespace() || matches!(c, '–' | '—' | '(');
        let len = rest.char_indices().skip(1).find(|&(_, c)| is_edge(c)).map_or(rest.len(), |(at, _)| at);
        let len = rest[..len].find("--").filter(|&at| at > 0).unwrap_or(len);
        of(PartKind::Word, len)
    }
}

/// Whether what stands after a dash begins a sentence. `NASA — the space agency — said` does not.
fn opens_story(after: &str) -> bool {
    let first = after
        .trim_start()
        .chars()
        .find(|c| !matches!(c, '"' | '\'' | '“' | '‘' | '«' | '(' | '[' | '-' | '–' | '—' | '/'));
    first.is_none_or(|c| !c.is_lowercase())
}

fn is_date_word(word: &str) -> bool {
    let word = word.trim_matches(['.', ',', '@', '|']);
    let clock = word.trim_end_matches(['a', 'p', 'm', 'A', 'P', 'M', '.']);
    word.is_empty()
        || is_month_or_iso(word)
        || is_weekday(word)
        || !clock.is_empty() && clock.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '/' | '-'))
        || matches!(
            word,
            "1st"
                | "2nd"
                | "3rd"
                | "am"
                | "pm"
                | "AM"
                | "PM"
                | "a.m"
                | "p.m"
                | "ET"
                | "EST"
                | "EDT"
                | "GMT"
                | "UTC"
                | "PT"
                | "PST"
                | "Pacific"
                | "Eastern"
                | "IST"
                | "ist"
                | "CET"
                | "CEST"
                | "BST"
                | "CDT"
                | "CST"
                | "PDT"
                | "AEST"
                | "AEDT"
                | "JST"
                | "SGT"
                | "EAT"
                | "WAT"
                | "SAST"
        )
        || word
            .strip_suffix("th")
            .is_some_and(|day| day.len() <= 2 && day.chars().all(|c| c.is_ascii_digit()) && !day.is_empty())
}

/// `May`, `Sept.`, `1996-08-30`: what makes a date; neither a number nor a weekday does.
fn is_month_or_iso(word: &str) -> bool {
    const MONTHS: &[&str] = &[
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
    ];
    let word = word.trim_matches(['.', ',']);
    let shape = word.bytes().map(|b| if b.is_ascii_digit() { b'0' } else { b });
    is_name_of(word, MONTHS) || word.len() == 10 && shape.eq(*b"0000-00-00")
}

fn is_weekday(word: &str) -> bool {
    const DAYS: &[&str] = &[
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
    ];
    is_name_of(word, DAYS)
}

fn is_name_of(word: &str, names: &[&str]) -> bool {
    word.len() <= 9
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && names.contains(&word.to_ascii_lowercase().as_str())
}
