//! What an index costs, and how soon it answers.
//!
//! The records are those of `data/records`, over and over, each copy with ids, dates and some names
//! of its own, so that names and months are spread as in a corpus; its words are the same. Every
//! query is asked with an index that is open and has been read before; p50 and p95 are over its
//! rounds.
//!
//! `cargo bench --bench search -- 1000000` takes a million records instead of 90,000, into
//! `target/search-bench` or the directory that `SEARCH_BENCH` names.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use dateline_search::Index;
use dateline_search::index::{BuildOptions, build};
use dateline_search::query::{Query, parse};
use dateline_search::search::{FacetField, FacetOptions, Page, Sort};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/records/samples.jsonl");
const ROUNDS: usize = 60;

/// What it shall take: records a second into the index, and milliseconds of which 95 of 100 queries
/// need no more.
const RATE: f64 = 5_000.0;
const THREE_TERMS: f64 = 10.0;
const FACETS: f64 = 250.0;
const LIKE: f64 = 20.0;

fn main() {
    let n = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(90_000);
    let dir = std::env::var_os("SEARCH_BENCH")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/search-bench"), PathBuf::from);
    fs::create_dir_all(&dir).expect("target can be written");
    let records = dir.join(format!("{n}.jsonl"));
    if !records.exists() {
        make(&records, n);
    }
    let path = dir.join(format!("{n}.db"));
    let _ = fs::remove_file(&path);
    let start = Instant::now();
    let built = build(&path, std::slice::from_ref(&records), &BuildOptions::default(), |_| ControlFlow::Continue(()));
    let built = built.unwrap_or_else(|error| panic!("{error}"));
    let seconds = start.elapsed().as_secs_f64();
    let size = |path: &Path| fs::metadata(path).map_or(0.0, |found| found.len() as f64);
    println!(
        "{} records, {} names: {:.0} records/s (target {:.0}), {:.1} kB a record beside {:.1} kB of records",
        built.articles,
        built.names,
        built.read as f64 / seconds,
        RATE,
        size(&path) / n as f64 / 1e3,
        size(&records) / n as f64 / 1e3,
    );
    let start = Instant::now();
    let again = build(&path, &[records], &BuildOptions::default(), |_| ControlFlow::Continue(()));
    let again = again.unwrap_or_else(|error| panic!("{error}"));
    println!("again, nothing changed: {:.0} records/s", again.unchanged as f64 / start.elapsed().as_secs_f64());
    let index = Index::open(&path).unwrap_or_else(|error| panic!("{error}"));
    ask(&index);
}

fn ask(index: &Index) {
    println!("{:<40} {:>9} {:>9} {:>9}", "", "hits", "p50 ms", "p95 ms");
    let read = |query: &str| -> Query { parse(query, index.kinds()).unwrap_or_else(|error| panic!("{error}")) };
    let page = |snippet| Page { sort: Sort::Relevance, from: 0, n: 10, snippet };
    for query in [
        "person:Ahtisaari place:Helsinki topic:politics",
        "person:Kipchoge place:Vienna topic:sport",
        "place:Norway org:WhatsApp date:2025-03",
        "person:Gurnah place:Zanzibar novelist",
    ] {
        time(&format!("three terms: {query}"), Some(THREE_TERMS), || {
            let found = index.search(read(query)).unwrap_or_else(|error| panic!("{error}"));
            found.articles(&page(0)).unwrap_or_else(|error| panic!("{error}"));
            found.count()
        });
    }
    for query in ["person:Ahtisaari", "[person:Ahtisaari place:Finland]", "peace agreement", "the", "*", "place:a*"] {
        time(query, None, || {
            let found = index.search(read(query)).unwrap_or_else(|error| panic!("{error}"));
            found.articles(&page(0)).unwrap_or_else(|error| panic!("{error}"));
            found.count()
        });
    }
    time("with text: person:Ahtisaari peace", None, || {
        let found = index.search(read("person:Ahtisaari peace")).unwrap_or_else(|error| panic!("{error}"));
        found.hits(&page(160), |error| panic!("{error}")).unwrap_or_else(|error| panic!("{error}")).len() as u64
    });
    let facets: Vec<FacetOptions> = [
        FacetField::Kind("person".to_owned()),
        FacetField::Kind("place".to_owned()),
        FacetField::Topic,
        FacetField::Date(7),
    ]
    .map(|field| FacetOptions { field, n: 10, like: None })
    .into();
    for query in ["topic:\"economy, business and finance\"", "*"] {
        let found = index.search(read(query)).unwrap_or_else(|error| panic!("{error}"));
        time(&format!("four facets: {query}"), Some(FACETS), || {
            found.facets(&facets, false).unwrap_or_else(|error| panic!("{error}"));
            found.count()
        });
    }
    time("--like", Some(LIKE), || {
        let found = index.search_like(read("*"), "gurnah.txt-0").unwrap_or_else(|error| panic!("{error}"));
        found.articles(&page(0)).unwrap_or_else(|error| panic!("{error}"));
        found.count()
    });
    let found = index.search(read("person:Ahtisaari")).unwrap_or_else(|error| panic!("{error}"));
    time("--names: person:Ahtisaari", None, || found.names(0, 10).unwrap_or_else(|error| panic!("{error}")).0);
}

fn time(what: &str, target: Option<f64>, mut run: impl FnMut() -> u64) {
    let mut n = run();
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            n = run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let target = target.map_or_else(String::new, |target| format!("   (target {target:.0})"));
    println!("{what:<60} {n:>9} {:>9.2} {:>9.2}{target}", times[ROUNDS / 2], times[ROUNDS * 95 / 100]);
}

/// Writes `n` records: the samples, over and over. Each copy has ids and a date of its own, two of
/// three have another person instead of the first one, and the embeddings differ a little.
fn make(path: &Path, n: usize) {
    let text = fs::read_to_string(SAMPLES).expect("the checkout has it");
    let samples: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("it is a record")).collect();
    let mut out = BufWriter::new(File::create(path).expect("target can be written"));
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for i in 0..n {
        let copy = i / samples.len();
        let mut record = samples[i % samples.len()].clone();
        let id = record["id"].as_str().map_or_else(|| format!("article-{}", i % samples.len()), str::to_owned);
        record["id"] = format!("{id}-{copy}").into();
        record["date"] = format!("20{:02}-{:02}-{:02}", 15 + next(11), 1 + next(12), 1 + next(28)).into();
        let entities = record["entities"].as_array_mut().expect("a record has them");
        if copy > 0 && next(3) > 0 {
            // A few of these are in many articles, most in few.
            let among = 1 << (4 + next(14));
            let other = format!("Zoë Number{}", next(among));
            if let Some(person) = entities.iter_mut().find(|entity| entity["label"] == "PER") {
                person["name"] = other.into();
            }
        }
        for value in record["embedding"].as_array_mut().into_iter().flatten() {
            let x = value.as_f64().unwrap_or(0.0);
            *value = (x + (next(2_000) as f64 - 1_000.0) * 2e-5).into();
        }
        writeln!(out, "{record}").expect("target can be written");
    }
    out.flush().expect("target can be written");
}
