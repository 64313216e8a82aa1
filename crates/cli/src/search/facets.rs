//! `--facet person=20,place~york,date:month`: what to count.

use dateline_search::search::{FacetField, FacetOptions};

use crate::stop::Stop;

/// Values of a facet, where the user does not say.
const VALUES: usize = 10;

/// One field, as typed.
pub fn parse(text: &str) -> Result<FacetOptions, String> {
    let (text, like) = match text.split_once('~') {
        Some((_, "")) => return Err("expected the beginning of a word after ~".to_owned()),
        Some((text, like)) => (text, Some(like.to_owned())),
        None => (text, None),
    };
    let (name, n) = match text.split_once('=') {
        Some((name, n)) => (name, crate::parse::at_least_one(n)?),
        None => (text, VALUES),
    };
    let field = match name {
        "topic" => FacetField::Topic,
        "source" => FacetField::Source,
        "date" | "date:month" => FacetField::Date("2024-03".len()),
        "date:year" => FacetField::Date("2024".len()),
        "date:day" => FacetField::Date("2024-03-05".len()),
        "" => return Err("expected a field, e.g. person, topic=5 or date:month".to_owned()),
        // Whether there is such a kind the index will say.
        kind => FacetField::Kind(kind.to_owned()),
    };
    Ok(FacetOptions { field, n, like })
}

/// What is counted in an index with names of these `kinds`.
pub fn settle(wanted: &[FacetOptions], kinds: &[String]) -> Result<Vec<FacetOptions>, Stop> {
    for facet in wanted {
        let FacetField::Kind(kind) = &facet.field else { continue };
        let is_known = kinds.contains(kind) || dateline_search::query::KINDS.contains(&kind.as_str());
        if !is_known {
            let all: Vec<&str> = kinds.iter().map(String::as_str).collect();
            let hint = format!("there are {}, topic, source, date:year, date:month, date:day", all.join(", "));
            return Err(Stop::usage(format!("--facet {kind}: the index has no such field"), Some(hint)));
        }
    }
    Ok(wanted.to_owned())
}
