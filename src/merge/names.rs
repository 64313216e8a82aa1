//! Brings surfaces into a form in which spellings of one name are equal.
//!
//! Takes the surface of a mention and returns its words without case, accents, possessive and
//! punctuation. It compares nothing: who a name stands for is decided in
//! [`people`](crate::merge::people), [`organizations`](crate::merge::organizations) and
//! [`places`](crate::merge::places).

/// A word of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct NameWord {
    /// In lower case, without accents and punctuation.
    pub folded: String,
    /// Whether it was written with a capital.
    pub capital: bool,
    /// Whether a hyphen joins it to the next word.
    pub hyphenated: bool,
}

/// What a full stop does inside a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stops {
    /// It ends a word: `J.K. Rowling` has three.
    Split,
    /// It is dropped: `U.S.` is `us`.
    Join,
}

/// The words of `surface`; at least one, unless it is empty.
pub(super) fn words(surface: &str, stops: Stops) -> Vec<NameWord> {
    let mut words = Vec::new();
    let mut word = NameWord { folded: String::new(), capital: false, hyphenated: false };
    let name = without_possessive(surface);
    for c in name.chars().chain([' ']) {
        if c.is_alphanumeric() {
            if word.folded.is_empty() {
                word.capital = c.is_uppercase();
            }
            fold(c, &mut word.folded);
        } else if !(matches!(c, '\'' | '’' | '‘' | '`' | '´' | 'ʼ' | 'ʻ' | '′' | '\u{ad}' | '\u{200d}')
            || is_combining(c)
            || c == '.' && stops == Stops::Join)
        {
            if !word.folded.is_empty() {
                word.hyphenated = matches!(c, '-' | '‐' | '‑');
                let next = NameWord { folded: String::new(), capital: false, hyphenated: false };
                words.push(std::mem::replace(&mut word, next));
            }
            if c == '&' {
                words.push(NameWord { folded: "and".to_owned(), capital: false, hyphenated: false });
            }
        }
    }
    if words.is_empty() && !surface.is_empty() {
        words.push(NameWord { folded: surface.to_owned(), capital: false, hyphenated: false });
    }
    words
}

/// The words joined by spaces, for use as a key.
pub(super) fn key<'w>(words: impl IntoIterator<Item = &'w NameWord>) -> String {
    let folded: Vec<&str> = words.into_iter().map(|word| word.folded.as_str()).collect();
    folded.join(" ")
}

/// `Dunford's`, `Dunford’s` and `the Joneses'` without what they say about possession.
pub(super) fn without_possessive(surface: &str) -> &str {
    let name = surface.trim();
    let bare = ["'s", "’s", "'S", "’S", "`s", "´s", "ʼs", "‘s"].iter().find_map(|suffix| name.strip_suffix(suffix));
    bare.unwrap_or_else(|| name.trim_end_matches(['\'', '’']))
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Adds `c` to `folded` in lower case and without its accent. The letters are those of European
/// languages in Latin script; others are only put into lower case.
pub fn fold(c: char, folded: &mut String) {
    for c in c.to_lowercase() {
        let plain = match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
            'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
            'ď' | 'đ' | 'ð' => "d",
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ə' => "e",
            'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
            'ĥ' | 'ħ' => "h",
            'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
            'ĵ' => "j",
            'ķ' => "k",
            'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
            'ñ' | 'ń' | 'ņ' | 'ň' => "n",
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' => "o",
            'ŕ' | 'ř' => "r",
            'ś' | 'ŝ' | 'ş' | 'ș' | 'š' => "s",
            'ţ' | 'ț' | 'ť' | 'ŧ' => "t",
            'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' => "u",
            'ŵ' => "w",
            'ý' | 'ÿ' | 'ŷ' => "y",
            'ź' | 'ż' | 'ž' => "z",
            'æ' => "ae",
            'œ' => "oe",
            'ß' => "ss",
            'þ' => "th",
            c if is_combining(c) => "", // `İ` in lower case is `i` and a dot.
            c => {
                folded.push(c);
                continue;
            }
        };
        folded.push_str(plain);
    }
}
