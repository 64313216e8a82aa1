//! Words as FTS5 is asked for them.
//!
//! An expression is a bound parameter, made of strings between quotes alone, so nothing in it can be
//! taken for FTS5's own language.

use crate::fold::fold;
use crate::query::{Form, Place};
use unicode_normalization::UnicodeNormalization as _;

/// For words of title and text.
pub(super) fn in_article(place: Place, form: &Form) -> String {
    let column = match place {
        Place::Anywhere => "",
        Place::Title => "{title} : ",
        Place::Text => "{text} : ",
    };
    format!("({column}{})", quoted(form, |text| text.nfc().collect()))
}

/// For words of a folded name; none if there are none in it.
pub(super) fn in_name(form: &Form) -> String {
    quoted(form, fold)
}

/// `all` of these, or one of them.
pub(super) fn joined(expressions: &[String], all: bool) -> String {
    expressions.join(if all { " AND " } else { " OR " })
}

fn quoted(form: &Form, change: impl Fn(&str) -> String) -> String {
    let string = |text: &str| {
        let plain: String = change(text).chars().map(|c| if c == '"' || c == '\0' { ' ' } else { c }).collect();
        format!("\"{plain}\"")
    };
    match form {
        Form::Phrase(text) => string(text),
        Form::Prefix(text) => format!("{} *", string(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_is_fts5s_own_language() {
        let phrase = |text: &str| Form::Phrase(text.to_owned());
        assert_eq!(in_article(Place::Anywhere, &phrase("a\" OR b")), "(\"a  OR b\")");
        assert_eq!(in_article(Place::Title, &Form::Prefix("Zu\u{308}r".to_owned())), "({title} : \"Zür\" *)");
        assert_eq!(in_name(&phrase("O’Neill-Smith")), "\"oneill smith\"");
        assert_eq!(joined(&["(a)".to_owned(), "(b)".to_owned()], true), "(a) AND (b)");
    }
}
