//! Pages in the manner of real ones, and pages that are made to do harm.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

use serde_json::Value;

use crate::document::{Article, Zone};
use crate::page::{self, Page, Placed, Reading, charset};
use crate::segment::segment;
use crate::span::Span;

/// A page of `tests/documents/pages`, as we read it and as it is right.
struct Sample {
    name: String,
    gold: Value,
    page: Page,
}

fn samples() -> Vec<Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents/pages");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the checkout has them")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("names are UTF-8"))
        .filter_map(|name| name.strip_suffix(".html").map(str::to_owned))
        .collect();
    names.sort();
    assert_eq!(names.len(), 44);
    let sample = |name: String| {
        let bytes = fs::read(folder.join(format!("{name}.html"))).expect("it can be read");
        let gold = fs::read(folder.join(format!("{name}.gold.json"))).expect("it has gold");
        let decoded = charset::decode(&bytes, None, true);
        let mut page = page::read(&decoded.text, None, Reading { places: true, whole: false });
        for placed in [&mut page.title, &mut page.text] {
            placed.runs = match &decoded.runs {
                Some(runs) => placed.runs.through(runs),
                None => placed.runs.clone().shifted(decoded.skipped),
            };
        }
        Sample { name, gold: serde_json::from_slice(&gold).expect("it is JSON"), page }
    };
    names.into_iter().map(sample).collect()
}

/// The text's words in lower case; letters of scripts without spaces are words.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let is_dense = matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
        if c.is_alphanumeric() && !is_dense {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if is_dense {
            words.push(c.to_string());
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// Runs of four words, each with its number.
fn shingles(text: &str) -> BTreeMap<Vec<String>, usize> {
    let words = words(text);
    let mut shingles = BTreeMap::new();
    for run in words.windows(4.min(words.len().max(1))) {
        *shingles.entry(run.to_vec()).or_default() += 1;
    }
    shingles
}

/// How much of `gold` is in `found`, and the other way round, by runs of four words.
fn f1(gold: &str, found: &str) -> f64 {
    let (gold, found) = (shingles(gold), shingles(found));
    let both: usize = gold.iter().map(|(run, n)| (*n).min(found.get(run).copied().unwrap_or(0))).sum();
    let all: usize = gold.values().chain(found.values()).sum();
    if all == 0 { 1.0 } else { 2.0 * both as f64 / all as f64 }
}

/// The page as an article, cut into zones.
fn zones(page: &Page) -> Vec<(Zone, String)> {
    let mut article = Article::of_fields("", [("text", page.text.text.as_str())]);
    let claim = |(zone, range): &(Zone, std::ops::Range<usize>)| {
        (*zone, Span::new(&article.text, range.start, range.end).expect("claims are inside"))
    };
    article.claims = page.claims.iter().map(claim).collect();
    let document = segment(article);
    document.sentences.iter().map(|&span| (document.zone(span), span.of(document.text()).to_owned())).collect()
}

/// The text of the story: the body, and the dateline that opens it.
fn body(page: &Page) -> String {
    let is_line_of_dates = |text: &str| {
        page.claims.iter().any(|(zone, range)| *zone == Zone::Dateline && page.text.text[range.clone()].contains(text))
    };
    let story = zones(page).into_iter().filter(|(zone, text)| match zone {
        Zone::Body => true,
        Zone::Dateline => !is_line_of_dates(text),
        _ => false,
    });
    story.map(|(_, text)| text).collect::<Vec<_>>().join(" ")
}

/// The bounds are a little below what was measured on 28 November 2026: 0.989 on the half on which
/// rules were chosen and 0.954 on the other, where one failure had been seen.
#[test]
fn articles_are_found_on_pages() {
    let mut of_half: BTreeMap<String, Vec<(f64, String)>> = BTreeMap::new();
    for Sample { name, gold, page } in samples() {
        if gold["article"] == true {
            let score = f1(gold["body"].as_str().expect("a body"), &body(&page));
            of_half.entry(gold["half"].as_str().expect("a half").to_owned()).or_default().push((score, name));
        }
    }
    for (half, mean, worst) in [("choose", 0.985, 0.95), ("report", 0.945, 0.6)] {
        let scores = &of_half[half];
        let found = scores.iter().map(|(score, _)| score).sum::<f64>() / scores.len() as f64;
        println!("{half}: {found:.4}");
        assert!(found >= mean, "{half}: {found:.4}: {scores:?}");
        assert!(scores.iter().all(|(score, _)| *score >= worst), "{half}: {scores:?}");
    }
}

#[test]
fn pages_that_are_no_articles_have_no_text() {
    for Sample { name, gold, page } in samples() {
        let is_none = page.warnings.iter().any(|warning| warning == "no_article");
        // The page of a video has sixty words about it.
        if name != "page-video" {
            assert_eq!(is_none, gold["article"] == false, "{name}");
        }
        assert!(!is_none || page.text.text.is_empty(), "{name}");
    }
}

#[test]
fn every_name_leads_to_its_bytes() {
    let (mut n_right, mut wrong) = (0, Vec::new());
    for Sample { name, gold, page } in samples() {
        if page.warnings.iter().any(|warning| warning == "text_from_metadata" || warning == "no_article") {
            continue;
        }
        for mention in gold["mentions"].as_array().expect("a list") {
            let wanted: Vec<[usize; 2]> = serde_json::from_value(mention["source"].clone()).expect("ranges");
            let surface = mention["text"].as_str().expect("a text");
            let found = |placed: &Placed| {
                placed.text.match_indices(surface).any(|(at, _)| {
                    let span = Span::new(&placed.text, at, at + surface.len()).expect("it is inside");
                    placed.runs.source(span).iter().map(|range| [range.start, range.end]).eq(wanted.iter().copied())
                })
            };
            if found(&page.title) || found(&page.text) {
                n_right += 1;
            } else if page.text.text.contains(surface) || page.title.text.contains(surface) {
                wrong.push(format!("{name}: {surface}"));
            }
        }
    }
    assert!(wrong.is_empty() && n_right >= 200, "{n_right} right; {wrong:?}");
}

#[test]
fn runs_agree_with_their_bytes() {
    let source = "<p>Ros &amp; <b>Co</b>\n met&nbsp;Ann\u{ad}a <i>O&#8217;Dowd</i>.</p><p>Zo\u{eb} <br>left.</p>";
    let page = page::read(source, None, Reading { places: true, whole: true });
    assert_eq!(page.text.text, "Ros & Co met Anna O’Dowd.\n\nZoë\nleft.");
    for run in page.text.runs.all() {
        let (text, bytes) = (&page.text.text[run.at..run.at + run.len], &source[run.from..run.from + run.source_len]);
        assert!(text == bytes || bytes.starts_with('&'), "{text:?} {bytes:?}");
    }
}

/// What pages say of themselves, field by field: right of all that there is, or that was given.
#[test]
fn metadata_is_none_rather_than_a_guess() {
    let mut counts: BTreeMap<(String, &str), (usize, usize)> = BTreeMap::new();
    for Sample { gold, page, .. } in samples().into_iter().filter(|sample| sample.gold["article"] == true) {
        let half = gold["half"].as_str().expect("a half").to_owned();
        let metadata = &page.metadata;
        let text = |value: &Option<String>| value.clone().map_or(Value::Null, Value::String);
        let byline =
            if metadata.byline.is_empty() { Value::Array(Vec::new()) } else { serde_json::json!(metadata.byline) };
        for (key, found) in [
            ("title", Value::String(page.title.text.clone())),
            ("byline", byline),
            ("published", text(&metadata.published)),
            ("modified", text(&metadata.modified)),
            ("language", text(&page.language)),
            ("section", text(&metadata.section)),
            ("canonical", text(&metadata.url)),
        ] {
            let (right, all) = counts.entry((half.clone(), key)).or_default();
            *all += 1;
            *right += usize::from(found == gold[key]);
        }
    }
    println!("{counts:?}");
    let share = |half: &str, key: &'static str| {
        let (right, all) = counts[&(half.to_owned(), key)];
        right as f64 / all as f64
    };
    for (key, choose, report) in [
        ("title", 0.95, 0.9),
        ("byline", 0.75, 0.35),
        ("published", 0.95, 0.6),
        ("modified", 0.95, 0.8),
        ("language", 0.95, 0.85),
        ("section", 0.95, 0.95),
        ("canonical", 0.95, 0.95),
    ] {
        assert!(share("choose", key) >= choose && share("report", key) >= report, "{key}: {counts:?}");
    }
}

/// Reads a page on as small a stack as any thread has; whether it says anything.
fn survives(source: String) -> Page {
    let read = move || page::read(&source, None, Reading::default());
    thread::Builder::new().stack_size(512 << 10).spawn(read).expect("a thread").join().expect("no page aborts")
}

#[test]
fn hostile_pages_are_read_in_a_little_stack() {
    let story =
        "<p>Boats left Bonn at dawn, and the river, said the harbour master, was as high as ever.</p>".repeat(8);
    let page = |inner: String| format!("<html><title>Boats</title><body>{inner}{story}");
    let attributes: String = (0..100_000).map(|i| format!(" a{i}=\"{i}\"")).collect();
    for (name, source) in [
        ("attributes", page(format!("<div{attributes}>"))),
        ("nested div", page("<div>".repeat(100_000))),
        ("nested div, closed", page("<div>".repeat(100_000) + &"</div>".repeat(100_000))),
        ("nested b", page("<b>".repeat(20_000))),
        ("b and p", page("<b><i><u><p>".repeat(1_500))),
        ("b before p", page("<b>".repeat(20_000) + &"<p>x".repeat(20_000))),
        ("ends of i", page("<i><div>".to_owned() + &"<b>".repeat(20_000) + &"</i>".repeat(20_000))),
        ("lists", page("<ul><li>".repeat(20_000))),
        ("tables", page("<table><tr><td>".repeat(5_000))),
        ("entities", page("<p>".to_owned() + &"&amp;".repeat(1_000_000))),
        ("other entities", page((0..100_000).map(|i| format!("&#{i};&x{i};")).collect())),
        ("nul", page("\0".repeat(100_000))),
        ("one line", page("word ".repeat(2_000_000))),
    ] {
        let read = survives(source);
        assert!(read.page_chars > 500, "{name}: {read:?}");
    }
    for source in
        ["", "<", "<!--", "<p", "<script>", "&", "<title>", "<p>a<!-- never closed", "</p></p></div>", "<svg><title>"]
    {
        survives(source.to_owned());
    }
    assert!(survives(page("<!-- never closed".to_owned())).text.text.is_empty());
}

#[test]
fn hidden_text_and_twins_are_not_read() {
    let paragraph = |word: &str| {
        format!(
            "<p>{word} left Bonn at dawn, said Lena Orth, who runs the ferry and has done so for a long time now, as did her mother.</p>"
        )
    };
    let twin = paragraph("Boats");
    let source = format!(
        "<html><head><title>Boats leave</title><style>.a{{}}</style></head><body><article><h1>Boats leave</h1>{twin}{}{}{}\
         <noscript>{twin}</noscript><div hidden>{}</div><div style='Display : none'>{}</div><template>{}</template>\
         <p aria-hidden=true>Ghosts</p><img alt='Picture'>{twin}</article>",
        paragraph("Ships"),
        paragraph("Ferries"),
        paragraph("Barges"),
        paragraph("Hidden"),
        paragraph("Nobody"),
        paragraph("Template"),
    );
    let page = page::read(&source, None, Reading::default());
    assert_eq!(page.title.text, "Boats leave");
    for (word, n) in
        [("Boats", 1), ("Ships", 1), ("Hidden", 0), ("Nobody", 0), ("Template", 0), ("Ghosts", 0), ("Picture", 0)]
    {
        assert_eq!(page.text.text.matches(word).count(), n, "{word}: {}", page.text.text);
    }
}
