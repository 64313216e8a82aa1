//! `dateline summary`: who, where and what the articles of an output are about.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::Style;
use serde_json::{Value, json};

use dateline::Kind;
use dateline::internals::error::UserError;
use dateline::internals::export::cell;
use dateline::internals::outputs::{self, Lines};
use dateline::internals::sink::{Files, Plain, SinkError};
use dateline::internals::tally::{NameCount, Tally};
use dateline::record::{Line, RecordError};

use crate::stop::Stop;
use crate::terminal::{self, counted, grouped, label_style, one_line};
use crate::{parse, records, report};

#[derive(clap::Args)]
#[command(
    after_help = "Names are counted across articles. Spellings that differ by case, accents, apostrophes or dashes alone are one name, shown as \
it is written most often; who is who beyond that is not known. What is named only in page furniture (salience 0) does not count.\n\n\
  dateline tag corpus/ -o out.jsonl && dateline summary out.jsonl\n  \
dateline summary parts/ --csv names.csv\n  \
zcat out.jsonl.gz | head -1000 | dateline summary - --top 20"
)]
pub struct Arguments {
    /// Outputs of `dateline tag`, compressed or not, directories with outputs, or - for standard
    /// input
    #[arg(value_name = "OUT", required = true)]
    outputs: Vec<PathBuf>,

    /// Key that the added keys are under [default: what the manifest beside the output says]
    #[arg(long, value_name = "KEY")]
    under: Option<String>,

    /// Rows in each table
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = parse::at_least_one)]
    top: usize,

    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,

    /// Write all names to this file instead, or to standard output for -: kind, label, name,
    /// mentions, articles. Cells that a spreadsheet would take for a formula begin with '
    #[arg(long, value_name = "NAMES.csv")]
    csv: Option<PathBuf>,
}

/// What outputs hold.
#[derive(Default)]
struct Summary {
    tally: Tally,
    /// Dead letters by code.
    dead: BTreeMap<String, u64>,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let csv = arguments.csv.as_deref();
    let csv_file = csv.filter(|path| path.as_os_str() != "-");
    if let Some(path) = csv_file.filter(|path| path.symlink_metadata().is_ok()) {
        return Err(refused(SinkError::Exists { path: path.to_owned(), differences: Vec::new() }));
    }
    let mut summary = Summary::default();
    for path in records::files(&arguments.outputs, "counted")? {
        summary.read(&path, arguments)?;
    }
    if summary.tally.forgot_names {
        terminal::note(&format!(
            "more than {} names of a kind: the rarest are left out",
            grouped(Tally::MAX_NAMES as u64)
        ));
    }
    match (csv, csv_file) {
        (_, Some(path)) => {
            let mut file = Plain::create(path).map_err(refused)?;
            file.write(summary.csv().as_bytes()).map_err(refused)?;
            file.finish().map_err(refused)?;
        }
        (Some(_), None) => terminal::page(&summary.csv()),
        (None, None) if arguments.json => terminal::page(&format!("{:#}\n", summary.json(arguments.top))),
        (None, None) => terminal::page(&summary.tables(arguments.top)),
    }
    Ok(ExitCode::SUCCESS)
}

/// The sink speaks of `--output`.
fn refused(error: SinkError) -> Stop {
    Stop::from(error).with_hint(|hint| hint.replace("--output", "--csv"))
}

impl Summary {
    fn read(&mut self, path: &Path, arguments: &Arguments) -> Result<(), Stop> {
        let manifest = outputs::manifest_of(path);
        let under = arguments.under.clone().or_else(|| Some(manifest.as_ref()?.fingerprint.under()?.to_owned()));
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next_line()? {
            let not_utf8 = |_| RecordError::NotARecord { found: "bytes that are not UTF-8".to_owned() };
            let parsed = std::str::from_utf8(line).map_err(not_utf8);
            match parsed.and_then(|line| Line::parse(line, under.as_deref())) {
                Ok(Line::Record(record)) => self.tally.count_record(&record),
                Ok(Line::Dead(letter)) => *self.dead.entry(letter.code.into_owned()).or_default() += 1,
                Ok(Line::Blank) => {}
                Err(error) => {
                    let place = format!("{}:{}", path.display(), lines.number());
                    return Err(Stop::usage(format!("{place}: {error}"), error.hint()));
                }
            }
        }
        // Those of a complete output are in a file of their own, which may also be named beside it.
        if let Some(manifest) = manifest.filter(|_| !arguments.outputs.contains(&Files::of(path).dead)) {
            manifest.failed.into_iter().for_each(|(code, n)| *self.dead.entry(code).or_default() += n);
        }
        Ok(())
    }

    fn n_dead(&self) -> u64 {
        self.dead.values().sum()
    }

    fn tables(&self, top: usize) -> String {
        let tally = &self.tally;
        let mut out = counted(tally.articles, "article");
        if self.n_dead() > 0 {
            let _ = write!(out, ", {}", counted(self.n_dead(), "dead letter"));
        }
        let _ = writeln!(out, "; mentions: {}", report::labels(tally));
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Other) {
            let names = tally.names(kind);
            let style = names.first().map_or_else(Style::new, |name| label_style(name.label));
            let rows: Vec<Row> =
                names.iter().map(|count| (one_line(count.name), vec![count.mentions, count.articles])).collect();
            table(&mut out, kind.plural(), style, &["mentions", "articles"], &rows, top);
        }
        let bold = Style::new().bold();
        let topics = tally.topics().into_iter().map(|(_, label, n)| (one_line(label), vec![n]));
        let topics: Vec<Row> = topics.collect();
        table(&mut out, "topics", bold, &["articles"], &topics, top);
        if tally.without_topic > 0 {
            let _ = writeln!(out, "  {:<WIDTH$}  {:>8}", "(no topic)", grouped(tally.without_topic));
        }
        let named = |counts: &BTreeMap<String, u64>| -> Vec<Row> {
            counts.iter().map(|(name, n)| (one_line(name), vec![*n])).collect()
        };
        table(&mut out, "warnings", bold, &["articles"], &named(&tally.warnings), usize::MAX);
        table(&mut out, "dead letters", bold, &["articles"], &named(&self.dead), usize::MAX);
        out
    }

    fn json(&self, top: usize) -> Value {
        let tally = &self.tally;
        let mentions: serde_json::Map<String, Value> =
            tally.labels().into_iter().map(|(label, n)| (label.to_owned(), n.into())).collect();
        let topics = tally.topics();
        let topics = topics.iter().take(top);
        let mut summary = json!({
            "articles": tally.articles,
            "dead_letters": self.dead,
            "mentions": mentions,
            "topics": topics.map(|(code, label, n)| json!({ "code": code, "label": label, "articles": n })).collect::<Vec<_>>(),
            "without_topic": tally.without_topic,
            "warnings": tally.warnings,
        });
        let mut distinct = serde_json::Map::new();
        for kind in Kind::ALL {
            let names = tally.names(kind);
            distinct.insert(kind.plural().to_owned(), names.len().into());
            let shown = names.iter().take(top).map(|count| {
                let NameCount { name, label, mentions, articles } = count;
                json!({ "name": name, "label": label, "mentions": mentions, "articles": articles })
            });
            summary[kind.plural()] = shown.collect();
        }
        summary["distinct_names"] = distinct.into();
        summary
    }

    fn csv(&self) -> String {
        let mut out = "kind,label,name,mentions,articles\n".to_owned();
        for kind in Kind::ALL {
            let kind_name = match kind {
                Kind::Person => "person",
                Kind::Place => "place",
                Kind::Organization => "organization",
                Kind::Other => "other",
            };
            for NameCount { name, label, mentions, articles } in self.tally.names(kind) {
                let _ = writeln!(out, "{kind_name},{},{},{mentions},{articles}", cell(label), cell(name));
            }
        }
        out
    }
}

/// What a row is about, and its numbers.
type Row = (String, Vec<u64>);

/// Characters for the first column of a table.
const WIDTH: usize = 44;

/// Adds a table, if it has rows; at most `top` of them.
fn table(out: &mut String, title: &str, style: Style, columns: &[&str], rows: &[Row], top: usize) {
    if rows.is_empty() {
        return;
    }
    let header: String = columns.iter().map(|column| format!("  {column:>8}")).collect();
    let width = WIDTH + 2;
    let _ = writeln!(out, "\n{style}{title:<width$}{style:#}{header}");
    for (name, numbers) in rows.iter().take(top) {
        let numbers: String = numbers.iter().map(|n| format!("  {:>8}", grouped(*n))).collect();
        let _ = writeln!(out, "  {name:<WIDTH$}{numbers}");
    }
    if rows.len() > top {
        let dim = Style::new().dimmed();
        let _ = writeln!(out, "  {dim}… {} more{dim:#}", grouped((rows.len() - top) as u64));
    }
}
