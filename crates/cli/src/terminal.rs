//! Talk to people: colours where they can be shown, and nothing from an article that a terminal
//! would obey.

use anstyle::{AnsiColor, Color, Style};
use dateline::Kind;

/// Prints an error and perhaps a way out on standard error.
pub fn error(message: &str, hint: Option<&str>) {
    let red = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
    anstream::eprintln!("{red}error{red:#}: {}", visible(message));
    if let Some(hint) = hint {
        self::hint(hint);
    }
}

/// Prints a way out on standard error.
pub fn hint(hint: &str) {
    let cyan = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Cyan)));
    anstream::eprintln!("{cyan}hint{cyan:#}: {}", visible(hint));
}

/// Prints a remark on standard error.
pub fn note(message: &str) {
    anstream::eprintln!("note: {}", visible(message));
}

/// Prints the end of a run on standard error.
pub fn summary(text: &str) {
    anstream::eprintln!("{}", visible(text));
}

/// Prints `text` on standard output, with its colours where they can be shown. A pager that is left
/// early closes the pipe, and that is no error.
pub fn page(text: &str) {
    let _ = std::io::Write::write_all(&mut anstream::stdout(), text.as_bytes());
}

/// `text` with everything escaped that would move the cursor, change colours or reverse the reading
/// direction. Line feeds and tabs stay.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() && c != '\n' && c != '\t') || is_bidi_control(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// [`visible`], on one line and without runs of white space.
pub fn one_line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The characters of Unicode's bidirectional algorithm (UAX #9) that are commands, not letters.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A colour for a label: the same in every article.
pub fn label_style(label: &str) -> Style {
    let color = match Kind::of(label) {
        Kind::Person => AnsiColor::Green,
        Kind::Place => AnsiColor::Blue,
        Kind::Organization => AnsiColor::Magenta,
        Kind::Other => AnsiColor::Yellow,
    };
    Style::new().bold().fg_color(Some(Color::Ansi(color)))
}

/// `1234567` as `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut shown = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `n` of a thing: `1 article`, `2,000 articles`.
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_cannot_command_the_terminal() {
        assert_eq!(visible("\u{1b}[31mred\u{202e}der\n"), "\\u{1b}[31mred\\u{202e}der\n");
        assert_eq!(visible("Zoë  \t שלום"), "Zoë  \t שלום");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
