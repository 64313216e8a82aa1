//! What there is to inspect, and how.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::arguments::{ModelArguments, TopicArguments, TopicModelArgument};
use crate::input::InputArguments;
use crate::stop::Stop;
use crate::terminal::counted;

#[derive(clap::Args)]
#[command(
    after_help = "A record of an output of `dateline tag` is shown as it stands, without a model; --tag tags its article again. What is no \
record yet is tagged."
)]
pub struct Arguments {
    /// Output of `dateline tag`, or file with the article, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Which article of a file that has several, counted from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub record: u64,

    /// The article with this id instead
    #[arg(long, value_name = "ID", conflicts_with = "record")]
    pub id: Option<String>,

    /// Key that the added keys of records are under [default: what the manifest beside the file
    /// says]
    #[arg(long, value_name = "KEY")]
    pub under: Option<String>,

    /// List also the mentions of each name that has several, with the reason why each is one with
    /// an earlier one
    #[arg(long, conflicts_with = "stage")]
    pub why: bool,

    /// Tag the article of a record again, instead of showing what the record says
    #[arg(long)]
    pub tag: bool,

    /// Show what this step saw instead; of a record, when its article is tagged again
    #[arg(long, value_enum)]
    pub stage: Option<Stage>,

    #[command(flatten)]
    pub input: InputArguments,

    #[command(flatten)]
    pub model: ModelArguments,

    #[command(flatten)]
    pub topics: TopicArguments,

    #[command(flatten)]
    pub topic_model: TopicModelArgument,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Stage {
    /// Zones and sentences
    Sentences,
    /// Tokens with their casing and the words they begin
    Tokens,
    /// What the model reads at once, and which part of it counts
    Windows,
    /// The model's probabilities for each word
    Logits,
    /// Mentions with their scores
    Mentions,
    /// All topics with their scores
    Topics,
}

impl Arguments {
    /// The article that is meant is not there, but `n` others are.
    pub fn not_found(&self, n: u64) -> Stop {
        let (file, n) = (self.file.display(), counted(n, "record"));
        match &self.id {
            Some(id) => Stop::usage(format!("{file}: no record with the id {id:?}: it has {n}"), None),
            None => Stop::usage(
                format!("{file}: no record {}: it has {n}", self.record),
                Some("records are counted from 0".to_owned()),
            ),
        }
    }
}
