//! Detects texts in a language that a model was not made for.

use whatlang::Lang;

/// Bytes that are examined: several sentences.
const LOOK_AT: usize = 2000;
/// With fewer letters than this, no language is detected.
const FEW: usize = 60;
/// Share of these words in a text from which on it counts as English. In running text the words
/// below are a third or more of all.
const ENOUGH: f64 = 0.15;

/// The most frequent words of English that are no words of its neighbours.
const ENGLISH: [&str; 16] = [
    "the", "of", "and", "to", "that", "with", "for", "said", "from", "his", "their", "was", "were", "been", "has",
    "which",
];

/// Whether `code` is a code of ISO 639-3 (three letters) for a language that can be detected.
pub fn is_known(code: &str) -> bool {
    Lang::from_code(code).is_some()
}

/// The language that `text` is in, as a code of ISO 639-3, if it is certain that it is none of
/// `known`; `und` if it is not certain which other language it is.
pub fn other_than(known: &[String], text: &str) -> Option<&'static str> {
    let text = &text[..text.floor_char_boundary(LOOK_AT)];
    // Telling fifty languages apart takes longer than this, and nearly all articles are what they
    // should be.
    if known.iter().any(|code| code == "eng") && is_plainly_english(text) {
        return None;
    }
    if text.chars().filter(|c| c.is_alphabetic()).count() < FEW {
        return None;
    }
    let is_known = |lang: &Lang| known.iter().any(|code| code == lang.code());
    let found = whatlang::detect(text)?;
    if found.is_reliable() {
        return (!is_known(&found.lang())).then(|| found.lang().code());
    }
    // Letters that no known language has say enough.
    (!found.script().langs().iter().any(is_known)).then_some("und")
}

fn is_plainly_english(text: &str) -> bool {
    let (mut n_words, mut n_english) = (0.0, 0.0);
    for word in text.split_ascii_whitespace() {
        n_words += 1.0;
        if ENGLISH.contains(&word) {
            n_english += 1.0;
        }
    }
    n_english >= ENOUGH * n_words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(other_than(&["eng".to_owned()], text), expected, "{text}");
    }

    #[test]
    fn other_languages_are_named() {
        check(
            "Hallitus kertoi keskiviikkona, että uusi rautatie Helsingistä Turkuun rakennetaan ennen vuosikymmenen loppua, \
             vaikka kustannukset ovat nousseet selvästi viime vuodesta.",
            Some("fin"),
        );
        check(
            "Правительство сообщило в среду, что новая железная дорога между Хельсинки и Турку будет построена до конца десятилетия.",
            Some("und"),
        );
        check(
            "Die Regierung teilte am Mittwoch mit, dass die neue Bahnstrecke zwischen Bonn und Köln noch vor dem Ende des Jahrzehnts \
             gebaut werden soll, obwohl die Kosten seit dem vergangenen Jahr deutlich gestiegen sind.",
            Some("deu"),
        );
    }

    #[test]
    fn english_is_not_even_with_foreign_names() {
        check(
            "HELSINKI (Reuters) - The government said on Wednesday that a new railway from Helsinki to Turku would be built before the end of \
             the decade.",
            None,
        );
        check(
            "Results: Eliud Kipchoge (KEN) 2:01:39; Amos Kipruto (KEN) 2:06:23; Wilson Kipsang (KEN) 2:06:48; Shogo Nakamura (JPN) 2:08:16",
            None,
        );
        check("", None);
        check("Bonn.", None);
        check("Rautatie rakennetaan.", None);
    }
}
