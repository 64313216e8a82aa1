//! Fields in which markup is: what is read in them, and where that stands.

use crate::document::{Article, Given, Runs, Zone};
use crate::page::{self, markup};
use crate::span::Span;

/// Makes the text of `article` what is to be read in its fields, and keeps the text that was given.
/// Those called as in `html` hold pages or parts of them; in others markup was left by mistake,
/// about which a warning is given.
pub fn read_markup(article: &mut Article, html: &[String]) {
    let has_any = memchr::memchr2(b'<', b'&', article.text.as_bytes()).is_some();
    // A format may have done so already.
    if article.given.is_some() || !has_any && html.is_empty() {
        return;
    }
    let mut read = Article::of_fields("", []);
    let mut runs = Runs::default();
    let mut claims: Vec<(Zone, Span)> = Vec::new();
    let (mut any, mut is_left) = (false, false);
    for field in &article.fields {
        let value = field.span.of(&article.text);
        let found = if html.contains(&field.name) {
            any = true;
            let (placed, claims) = page::read_fragment(value, true);
            Some((placed.text, placed.runs, claims))
        } else {
            let found = markup::readable(value);
            is_left |= found.is_some();
            found.map(|(text, runs)| (text, runs, Vec::new()))
        };
        match found {
            Some((text, of_field, claimed)) => {
                read.push(&field.name, &text, field.headline);
                let start = read.text.len() - text.len();
                runs.append(&of_field, start, field.span.start());
                let place =
                    |range: std::ops::Range<usize>| Span::new(&read.text, start + range.start, start + range.end);
                if !field.headline {
                    claims.extend(claimed.into_iter().filter_map(|(zone, range)| Some((zone, place(range)?))));
                }
            }
            None => {
                read.push(&field.name, value, field.headline);
                runs.verbatim(read.text.len() - value.len(), field.span.start(), value.len());
            }
        }
    }
    if !any && !is_left {
        return;
    }
    let text = std::mem::replace(&mut article.text, read.text);
    let fields = article.fields.iter().map(|field| field.span).collect();
    article.fields = read.fields;
    article.claims = claims;
    article.given = Some(Box::new(Given { text, fields, runs }));
    if is_left {
        article.warnings.push("markup".to_owned());
    }
}
