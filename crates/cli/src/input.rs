//! How to read articles: arguments of every command that does.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use dateline::source::{self, Format};

use crate::parse;
use crate::stop::Stop;

/// How to read articles; the same for every command that does.
#[derive(clap::Args)]
pub struct InputArguments {
    /// Field with text to tag, for JSON and tables; may be given several times [default: whichever of
    /// title, headline and text, body, content there is]. article.body and /article/body lead into
    /// an object
    #[arg(long = "field", value_name = "FIELD")]
    pub fields: Vec<String>,

    /// The field that holds the headline, read before the others [default: the one called title or
    /// headline]
    #[arg(long, value_name = "FIELD")]
    pub headline: Option<String>,

    /// What separates the cells of tables: one character, or tab [default: whichever gives the first
    /// rows as many cells each]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<u8>,

    /// Field that holds a web page or a part of one, as markup; may be given several times. Names are
    /// told in positions of the markup
    #[arg(long, value_name = "FIELD")]
    pub html: Vec<String>,

    /// What of a web page is read: the article, or all of it, menus and comments as boilerplate
    #[arg(long, value_enum, default_value_t = PageArgument::Article)]
    pub page: PageArgument,

    /// Encoding of input that is neither UTF-8 nor UTF-16 with a byte order mark, e.g. windows-1252
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,

    /// How articles are written [default: what the ending says, and where there is none the first
    /// bytes]
    #[arg(long, value_name = "FORMAT", value_parser = format())]
    pub input_format: Option<&'static dyn Format>,

    /// Read only files of directories that match this pattern, e.g. '*.txt' or '2024/**'; may be
    /// given several times. Without a / it is matched against names at any depth, else against the
    /// path below the directory. A file named itself is always read
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// Leave out files of directories that match this pattern, whatever --include says; may be
    /// given several times
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Longest article that is read; a longer one cannot be tagged. Memory grows with it
    #[arg(long, value_name = "BYTES", default_value = "64MiB", value_parser = parse::bytes)]
    pub max_record_bytes: usize,
}

/// `--page`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum PageArgument {
    Article,
    All,
}

/// The values of `--input-format`: the formats that there are.
fn format() -> impl TypedValueParser<Value = &'static dyn Format> {
    let value = |format: &&'static dyn Format| PossibleValue::new(format.about().key).help(format.about().help);
    PossibleValuesParser::new(source::formats().iter().map(value))
        .map(|key| source::format(&key).expect("it is one of the possible values"))
}

/// The value of `--delimiter`.
fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        _ => match text.as_bytes() {
            &[byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => Ok(byte),
            _ => Err("expected one ASCII character that is neither a quote nor a line end, or tab".to_owned()),
        },
    }
}

impl InputArguments {
    /// The options for opening a source, whose articles must not have any of the `reserved` keys.
    pub fn options(&self, reserved: Vec<String>) -> Result<source::Options, Stop> {
        let encoding = match &self.encoding {
            None => None,
            Some(name) => Some(source::encoding(name)?),
        };
        Ok(source::Options {
            fields: self.fields.clone(),
            headline: self.headline.clone(),
            delimiter: self.delimiter,
            html: self.html.clone(),
            whole_page: self.page == PageArgument::All,
            encoding,
            reserved,
            max_record_bytes: self.max_record_bytes,
            format: self.input_format,
            include: self.include.clone(),
            exclude: self.exclude.clone(),
            ..source::Options::default()
        })
    }
}
