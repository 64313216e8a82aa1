//! How to read articles: arguments of every command that does.

use dateline::source;

use crate::parse;
use crate::stop::Stop;

/// How to read articles; the same for every command that does.
#[derive(clap::Args)]
pub struct InputArguments {
    /// Field with text to tag, for JSON and CSV; may be given several times [default: whichever of title, headline and
    /// text, body, content there is]
    #[arg(long = "field", value_name = "FIELD")]
    pub fields: Vec<String>,

    /// Encoding of input that is neither UTF-8 nor UTF-16 with a byte order mark, e.g. windows-1252
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,

    /// How articles are written [default: what the ending says, and where there is none the first bytes]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub input_format: Option<InputFormat>,

    /// Longest article that is read; a longer one cannot be tagged. Memory grows with it
    #[arg(long, value_name = "BYTES", default_value = "64MiB", value_parser = parse::bytes)]
    pub max_record_bytes: usize,
}

/// `--input-format`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputFormat {
    /// The file is one article.
    Text,
    /// A JSON object on each line.
    Jsonl,
    /// JSON objects in an array or one after another.
    Json,
    /// Comma-separated rows under a header.
    Csv,
    /// Tab-separated rows under a header.
    Tsv,
}

impl From<InputFormat> for source::Format {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Text => Self::Text,
            InputFormat::Jsonl => Self::JsonLines,
            InputFormat::Json => Self::Json,
            InputFormat::Csv => Self::Csv,
            InputFormat::Tsv => Self::Tsv,
        }
    }
}

impl InputArguments {
    /// The options for opening a source, whose articles must not have any of the `reserved` keys.
    pub fn options(&self, reserved: Vec<String>) -> Result<source::Options, Stop> {
        let encoding = match &self.encoding {
            None => None,
            Some(name) => Some(encoding_rs::Encoding::for_label(name.as_bytes()).ok_or_else(|| {
                Stop::usage(
                    format!("--encoding {name}: unknown encoding"),
                    Some("names are those of the WHATWG, e.g. windows-1252, iso-8859-2, shift_jis, gb18030".to_owned()),
                )
            })?),
        };
        Ok(source::Options {
            fields: self.fields.clone(),
            encoding,
            reserved,
            max_record_bytes: self.max_record_bytes,
            format: self.input_format.map(Into::into),
            ..source::Options::default()
        })
    }
}
