//! The command line: arguments as typed, one file a command.
//!
//! Each command settles its arguments (everything that can be refused is refused before any work),
//! runs, and returns an exit code: 0 all done, 1 could not go on, 2 wrong usage, 3 done but some
//! articles could not be tagged, 130 and 143 interrupted.

mod arguments;
mod bench;
mod doctor;
mod eval;
mod export;
mod feed;
mod index;
mod input;
mod inspect;
mod learn;
mod link;
mod merge;
mod models;
mod opened;
mod parse;
mod progress;
mod records;
mod report;
mod review;
mod search;
mod shard;
mod signals;
mod status;
mod stop;
mod summary;
mod tag;
mod terminal;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Find the people, places and organizations in news articles, and their topics.
#[derive(Parser)]
#[command(name = "dateline", version, about, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tag articles and write one JSON record a line
    Tag(tag::Arguments),
    /// Say how far the outputs in a directory are, and which parts are missing
    Status(status::Arguments),
    /// Check an output against its manifest, and every offset in it
    Verify(verify::Arguments),
    /// Put the parts of a corpus together
    Merge(merge::Arguments),
    /// Say which places of the world the places in records are, with coordinates
    Link(link::Arguments),
    /// Count who, where and what an output is about
    Summary(summary::Arguments),
    /// Make an index of records, in which dateline search finds articles
    Index(index::Arguments),
    /// Find articles by the people, places, organizations and topics in them
    Search(search::Arguments),
    /// Look through an output in the browser, decide about it, and see how right it is
    Review(review::Arguments),
    /// Fill Elasticsearch, OpenSearch or Typesense with records, or write a file for another engine
    Feed(feed::Arguments),
    /// Show one article the way an analyst would look at it
    Inspect(inspect::Arguments),
    /// Compare what the model finds with gold annotations
    Eval(eval::Arguments),
    /// Write records, with what analysts and rules have decided, in the formats of other tools
    Export(export::Arguments),
    /// Learn topics of your own, for `dateline tag --topic-model`
    Learn(learn::Arguments),
    /// Print the card of a model: what it was made from, how well it does, what it gets wrong
    Models(models::Arguments),
    /// Check the kernels on this CPU and say how fast it will be
    Doctor(doctor::Arguments),
    /// Measure how fast this machine tags, and where the time goes
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Tag(arguments) => tag::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Link(arguments) => link::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Summary(arguments) => summary::run(&arguments),
        Command::Index(arguments) => index::run(&arguments),
        Command::Search(arguments) => search::run(&arguments),
        Command::Review(arguments) => review::run(&arguments),
        Command::Feed(arguments) => feed::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Eval(arguments) => eval::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Learn(arguments) => learn::run(&arguments),
        Command::Models(arguments) => models::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(stop) => stop.report(),
    }
}
