//! The arguments of `dateline feed`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use dateline_search::feed::{Kind, Refresh};

use crate::parse;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:
  dateline feed out.jsonl --to http://localhost:9200/news --create       make the index and fill it
  dateline feed out.jsonl --to https://es.example:9200/news --swap --create --api-key-file key
  dateline feed out.jsonl --as meilisearch -o news.ndjson                a file for an engine that is not fed",
    after_long_help = AFTER_LONG_HELP,
)]
pub struct Arguments {
    /// Outputs of `dateline tag`, compressed or not, directories with outputs, or the dead letters of a
    /// feed
    #[arg(value_name = "RECORDS", required_unless_present = "template")]
    pub records: Vec<PathBuf>,

    /// Where the index is: http://localhost:9200/news is the index (or Typesense collection) news
    #[arg(long, value_name = "URL", help_heading = "Where to")]
    pub to: Option<String>,

    /// The engine [default: what answers at --to]. Solr, Meilisearch, Vespa and Quickwit get a file
    #[arg(long = "as", value_name = "ENGINE", value_parser = kind(), help_heading = "Where to")]
    pub kind: Option<Kind>,

    /// Write what would be sent to standard output, or to --output, and use no network
    #[arg(long, help_heading = "Where to")]
    pub dry_run: bool,

    /// Write to this file instead of feeding an engine, compressed if it ends in .gz or .zst
    #[arg(short, long, value_name = "FILE", help_heading = "Where to")]
    pub output: Option<PathBuf>,

    #[command(flatten, next_help_heading = "The index")]
    pub index: IndexArguments,

    #[command(flatten, next_help_heading = "Documents")]
    pub documents: DocumentArguments,

    #[command(flatten, next_help_heading = "Speed and patience")]
    pub pace: PaceArguments,

    #[command(flatten, next_help_heading = "Credentials")]
    pub access: AccessArguments,

    /// What to do about a record that the engine refuses: write it down with the reason and carry
    /// on, or end
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = OnError::DeadLetter, help_heading = "Output")]
    pub on_error: OnError,

    /// End when more than this percentage of the records are refused, of the first 1,000 or of more
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = parse::percent, help_heading = "Output")]
    pub max_dead: f64,

    /// No progress, notes or summary; errors only
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

/// What to do with the index.
#[derive(clap::Args)]
pub struct IndexArguments {
    /// Make the index if there is none, by a template that is put first: a mapping and an analyzer for
    /// these documents
    #[arg(long)]
    pub create: bool,

    /// Print that template instead, and use no network
    #[arg(long, conflicts_with_all = ["dry_run", "output", "create", "swap"])]
    pub template: bool,

    /// With --create or --template: refuse documents with fields that are not in the mapping, instead
    /// of storing them unsearched
    #[arg(long)]
    pub strict: bool,

    /// Fill a new index, NAME-YYYYMMDD-HHMMSS, and then move the alias NAME onto it in one request.
    /// The old index is kept, and its name printed
    #[arg(long)]
    pub swap: bool,

    /// When documents can be searched: when the engine likes, when a batch is answered, or when
    /// everything is fed
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = RefreshArgument::None)]
    pub refresh: RefreshArgument,
}

/// What documents are made of.
#[derive(clap::Args)]
pub struct DocumentArguments {
    /// Field with the id, instead of id. Records without one get a digest
    #[arg(long, value_name = "FIELD")]
    pub id: Option<String>,

    /// Field with the date [default: date, or else published]
    #[arg(long, value_name = "FIELD")]
    pub date: Option<String>,

    /// Key that the added keys are under [default: what the manifest beside the records says]
    #[arg(long, value_name = "KEY")]
    pub under: Option<String>,

    /// Join names across articles by this list: kind, name, alias, with tabs between them
    #[arg(long, value_name = "FILE")]
    pub aliases: Option<PathBuf>,

    /// Give each entity as an object of its own too, for questions about one entity. One hidden
    /// document an entity, 18 an article
    #[arg(long)]
    pub nested: bool,

    /// Mark names in the text for the plugin mapper-annotated-text; 27 % more bytes
    #[arg(long)]
    pub annotated: bool,

    /// Give the vectors of records that have them (`dateline tag --embedding`)
    #[arg(long)]
    pub embedding: bool,

    /// Leave the text out
    #[arg(long, conflicts_with = "annotated")]
    pub no_text: bool,
}

/// How fast to send, and how often to try.
#[derive(clap::Args)]
pub struct PaceArguments {
    /// Bytes of a request. What the engine takes may be less: then half as much is sent from there on
    #[arg(long, value_name = "BYTES", default_value = "5MiB", value_parser = parse::bytes)]
    pub batch: usize,

    /// Requests at a time; one while the engine says that it is busy
    #[arg(long, value_name = "N", default_value = "2", value_parser = parse::few)]
    pub in_flight: usize,

    /// Tries after the first, without progress, before the feed ends. The wait doubles from a tenth of
    /// a second up to thirty
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub retries: u32,

    /// Until an answer has to be there; also how long to wait for an engine whose disk is full
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse::duration)]
    pub timeout: Duration,

    /// Compress what is sent
    #[arg(long)]
    pub gzip: bool,
}

/// Who we are, and whom we believe.
#[derive(clap::Args)]
pub struct AccessArguments {
    /// File with an API key [default: the variable DATELINE_API_KEY]
    #[arg(long, value_name = "FILE", conflicts_with = "user")]
    pub api_key_file: Option<PathBuf>,

    /// Name of a user whose password is in the variable DATELINE_PASSWORD
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,

    /// Trust the authorities whose certificates are in this file, in PEM, and no others
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,

    /// Trust the authority whose certificate has this SHA-256, as Elasticsearch prints it
    #[arg(long, value_name = "HEX", conflicts_with = "ca")]
    pub ca_fingerprint: Option<String>,

    /// Believe whoever answers
    #[arg(long, conflicts_with_all = ["ca", "ca_fingerprint"])]
    pub insecure: bool,
}

const AFTER_LONG_HELP: &str = "\
Examples:
  dateline feed out.jsonl --to http://localhost:9200/news --create       make the index and fill it
  dateline feed out.jsonl --to https://es.example:9200/news --swap --create --api-key-file key
  dateline feed out.jsonl --as meilisearch -o news.ndjson                a file for an engine that is not fed

Beside OUT.jsonl stand OUT.feed.NAME.json, which says how far the engine has answered, and OUT.feed.dead.jsonl with what it \
refused, a line each with the reason: fix the cause and feed that file. A feed that was killed goes on by the same command; \
what is sent twice has the same id and is there once.

Credentials are read from a file or the environment, never from the command line, which others on the machine can see.

Exit code: 0 all fed · 1 a fatal error; fix it and run the same command again to go on · 2 wrong usage, or the engine wants \
nothing from us · 3 done, but some records were refused · 130 or 143 interrupted by SIGINT or SIGTERM; run the same command again \
to go on.";

/// `--on-error`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum OnError {
    DeadLetter,
    Fail,
}

/// `--refresh`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum RefreshArgument {
    None,
    Wait,
    End,
}

impl From<RefreshArgument> for Refresh {
    fn from(argument: RefreshArgument) -> Self {
        match argument {
            RefreshArgument::None => Self::None,
            RefreshArgument::Wait => Self::Wait,
            RefreshArgument::End => Self::End,
        }
    }
}

/// The values of `--as`: the engines that are known.
fn kind() -> impl TypedValueParser<Value = Kind> {
    let value = |kind: Kind| PossibleValue::new(kind.name());
    PossibleValuesParser::new(Kind::ALL.map(value))
        .map(|name| Kind::of_name(&name).expect("it is one of the possible values"))
}
