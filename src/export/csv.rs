//! A table with a row for each mention.

use std::fmt::Write as _;

use crate::export::annotated::Annotated;

/// The row that names the columns.
pub(super) const HEADER: &str = "article,field,start,end,label,text,entity,zone,score,by,complete\n";

/// The rows of an article.
pub(super) fn rows(article: &Annotated<'_>, out: &mut Vec<u8>) {
    let mut rows = String::new();
    for annotation in &article.spans {
        let (field, [start, end]) = article.opened.within(annotation.span);
        let record = &article.standing.record;
        let mention = annotation.mention.map(|i| &record.mentions[i]);
        let entity = mention.and_then(|mention| record.entities.get(mention.entity)).map_or("", |entity| &entity.name);
        let zone = article.opened.document.zone(annotation.span).name();
        let _ = writeln!(
            rows,
            "{},{},{start},{end},{},{},{},{},{},{},{}",
            cell(&article.name),
            cell(field),
            cell(&annotation.label),
            cell(annotation.span.of(article.text)),
            cell(entity),
            mention.map_or(zone, |mention| &mention.zone),
            annotation.score,
            cell(&annotation.by.to_string()),
            article.is_complete,
        );
    }
    out.extend_from_slice(rows.as_bytes());
}

/// `text` as a cell of a CSV file (RFC 4180). It begins with `'` where a spreadsheet would take it
/// for a formula.
pub fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(cell("Zoë"), "Zoë");
        assert_eq!(cell("Smith, \"Bill\""), "\"Smith, \"\"Bill\"\"\"");
        for formula in ["=1+1", "+1", "-1", "@a", "\ta", "\0a"] {
            assert_eq!(cell(formula), format!("'{formula}"));
        }
        assert_eq!(cell("\ra"), "\"'\ra\"");
    }
}
