//! `dateline link`: records that are tagged → the same records, which say which places of the world
//! their places are.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dateline::Kind;
use dateline::internals::error::UserError;
use dateline::internals::link::{self, Gazetteer, Named};
use dateline::internals::outputs::{self, Lines};
use dateline::internals::sink::Plain;
use dateline::record::{Line, Offsets, Record, RecordError, RecordLink};

use crate::parse;
use crate::stop::Stop;
use crate::terminal::{self, counted, grouped};

#[derive(clap::Args)]
#[command(
    after_help = "Entities that are places get \"link\": the id in the gazetteer, coordinates, the country, a score, and how many others have \
the name. Adjectives and peoples get \"country\". A place that could be several gets no link rather than a wrong one. Everything else stays \
byte for byte.\n\n\
  dateline tag corpus/ -o out.jsonl && dateline link out.jsonl -o linked.jsonl\n  \
dateline tag - < articles.jsonl | dateline link -\n\n\
The built-in gazetteer is GeoNames' (geonames.org, CC BY 4.0): countries, first-level regions and places of a thousand people or more."
)]
pub struct Arguments {
    /// Output of `dateline tag`, compressed or not, or - for standard input
    #[arg(value_name = "OUT")]
    records: PathBuf,

    /// Write the records to this file instead of standard output, compressed if its name ends in .gz
    /// or .zst
    #[arg(long, short, value_name = "LINKED.jsonl")]
    output: Option<PathBuf>,

    /// Give links from this score on, 0 to 1. Higher is surer and links less
    #[arg(long, value_name = "SCORE", default_value_t = 0.6, value_parser = parse::score)]
    min_link_score: f32,

    /// Gazetteer to look places up in, as models/gazetteer/pack.py makes them [default: the built-in
    /// one]
    #[arg(long, value_name = "FILE")]
    gazetteer: Option<PathBuf>,

    /// Key that the added keys of records are under [default: what the manifest beside the file
    /// says]
    #[arg(long, value_name = "KEY")]
    under: Option<String>,
}

/// What became of the places.
#[derive(Default)]
struct Counts {
    records: u64,
    places: u64,
    linked: u64,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let gazetteer = match &arguments.gazetteer {
        Some(path) => Gazetteer::open(path)?,
        None => Gazetteer::built_in(),
    };
    let path = &arguments.records;
    let under = arguments.under.clone().or_else(|| outputs::under_of(path));
    let mut lines = Lines::open(path)?;
    let mut to = Output::create(arguments.output.as_deref())?;
    let mut counts = Counts::default();
    let mut out = Vec::new();
    while let Some(line) = lines.next_line()? {
        let not_utf8 = |_| RecordError::NotARecord { found: "bytes that are not UTF-8".to_owned() };
        let parsed = std::str::from_utf8(line).map_err(not_utf8).and_then(|line| Line::parse(line, under.as_deref()));
        out.clear();
        match parsed {
            Ok(Line::Record(mut record)) => {
                counts.records += 1;
                link_places(&mut record, &gazetteer, arguments.min_link_score.into(), &mut counts);
                record.write(&mut out);
            }
            // A failure, and the answer to an empty line, stay where they are.
            Ok(Line::Dead(_) | Line::Blank) => {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            Err(error) => {
                let place = format!("{}:{}", path.display(), lines.number());
                return Err(Stop::usage(format!("{place}: {error}"), error.hint()));
            }
        }
        if !to.write(&out)? {
            return Ok(ExitCode::SUCCESS);
        }
    }
    to.finish()?;
    let Counts { records, places, linked } = counts;
    terminal::summary(&format!(
        "{}; {} of {} linked",
        counted(records, "record"),
        grouped(linked),
        counted(places, "place")
    ));
    Ok(ExitCode::SUCCESS)
}

/// Links the places of `record`, and says the country of adjectives; what it says of that already is
/// replaced.
fn link_places(record: &mut Record<'_>, gazetteer: &Gazetteer, min_score: f64, counts: &mut Counts) {
    let found = found(record, gazetteer, min_score);
    for (entity, Found { link, country }) in record.entities.iter_mut().zip(found) {
        counts.places += u64::from(Kind::of(&entity.label) == Kind::Place);
        counts.linked += u64::from(link.is_some());
        entity.link = link;
        entity.country = country.map(Into::into);
    }
}

/// What is found of an entity.
struct Found {
    link: Option<RecordLink<'static>>,
    country: Option<String>,
}

/// What is found of each entity of `record`.
fn found(record: &Record<'_>, gazetteer: &Gazetteer, min_score: f64) -> Vec<Found> {
    let texts = record.texts();
    let offsets: BTreeMap<&str, Offsets<'_>> = texts.iter().map(|(field, text)| (*field, Offsets::new(text))).collect();
    let after = |&mention: &usize| {
        let mention = record.mentions.get(mention)?;
        let field = offsets.get(&*mention.field)?;
        Some(few_words(&field.text()[mention.span_in(field)?.end()..]))
    };
    let named = record.entities.iter().map(|entity| Named {
        kind: Kind::of(&entity.label),
        forms: std::iter::once(&*entity.name).chain(entity.aliases.iter().map(|alias| &**alias)).collect(),
        after: entity.mentions.iter().filter_map(after).collect(),
    });
    let named: Vec<Named<'_>> = named.collect();
    let links = link::link(gazetteer, &named).into_iter();
    let found = links.zip(&named).map(|(link, name)| Found {
        link: link.filter(|link| link.score >= min_score).map(|link| written(&link)),
        country: link::country(gazetteer, name).map(str::to_owned),
    });
    found.collect()
}

/// A link as records have it: coordinates to ten metres, and the score to four decimals.
fn written(link: &link::Link<'_>) -> RecordLink<'static> {
    let rounded = |number: f64| (number * 1e4).round() / 1e4;
    RecordLink {
        id: link.place.id().into(),
        lat: rounded(link.place.lat),
        lon: rounded(link.place.lon),
        country: link.place.country.map(|country| country.to_owned().into()),
        score: rounded(link.score),
        others: link.others,
    }
}

/// The beginning of `text`, in which the region of a place is named.
fn few_words(text: &str) -> &str {
    /// Bytes that hold the longest name of a region.
    const LONG: usize = 60;
    let end = (0..=LONG.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    &text[..end]
}

/// Where records go.
enum Output {
    File(Box<Plain>),
    Pipe(BufWriter<io::Stdout>),
}

impl Output {
    fn create(path: Option<&Path>) -> Result<Self, Stop> {
        match path {
            Some(path) => Ok(Self::File(Box::new(Plain::create(path)?))),
            None => Ok(Self::Pipe(BufWriter::new(io::stdout()))),
        }
    }

    /// Whether anybody reads on: a closed pipe is the end, and no error.
    fn write(&mut self, lines: &[u8]) -> Result<bool, Stop> {
        match self {
            Self::File(file) => file.write(lines).map(|()| true).map_err(Stop::from),
            Self::Pipe(pipe) => is_open(pipe.write_all(lines)),
        }
    }

    fn finish(self) -> Result<(), Stop> {
        match self {
            Self::File(file) => file.finish().map_err(Stop::from),
            Self::Pipe(mut pipe) => is_open(pipe.flush()).map(|_| ()),
        }
    }
}

fn is_open(written: io::Result<()>) -> Result<bool, Stop> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Stop::fatal(format!("standard output: {error}"), None)),
    }
}
