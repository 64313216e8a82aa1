//! In what language a page is.

use whatlang::Lang;

/// Letters from which on a language can be told.
const ENOUGH: usize = 200;

/// The language of a page whose text is `text` and which says that it is in `claimed`, as a code of
/// two letters; and whether the two contradict each other, whereupon the text is believed.
pub fn settle(claimed: &str, text: &str) -> (Option<String>, bool) {
    let claimed = claimed.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
    let claimed =
        Some(claimed).filter(|code| (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase()));
    let sample = &text[..text.floor_char_boundary(4000)];
    if sample.chars().filter(|c| c.is_alphabetic()).count() < ENOUGH {
        return (claimed, false);
    }
    let found = whatlang::detect(sample)
        .filter(|info| info.is_reliable() && info.confidence() > 0.9)
        .map(|info| code(info.lang()));
    match (claimed, found) {
        (Some(claimed), Some(found)) if claimed != found && !is_near(&claimed, found) => (Some(found.to_owned()), true),
        (Some(claimed), _) => (Some(claimed), false),
        (None, found) => (found.map(str::to_owned), false),
    }
}

/// Languages that are told apart badly, or have several codes.
fn is_near(a: &str, b: &str) -> bool {
    const NEAR: [&[&str]; 6] = [
        &["no", "nb", "nn", "da"],
        &["hr", "sr", "bs", "sh"],
        &["id", "ms", "jv"],
        &["cs", "sk"],
        &["pt", "gl", "es"],
        &["ru", "uk", "be", "bg", "mk"],
    ];
    NEAR.iter().any(|group| group.contains(&a) && group.contains(&b)) || !is_two_letters(a)
}

fn is_two_letters(code: &str) -> bool {
    code.len() == 2
}

/// Its code of two letters; that of three where there is none.
fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        other => other.code(),
    }
}
