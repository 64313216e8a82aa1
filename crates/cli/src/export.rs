//! `dateline export`: records as other tools read them, with what analysts and rules have decided.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use dateline::internals::export::{Exporter, Format, Loss, Totals};
use dateline::internals::sink::{Plain, SinkError, sync_directory, with_suffix};
use dateline::verdicts::{self, Changes, Corpus, Rule, Verdicts, stand};

use crate::stop::Stop;
use crate::terminal::{self, counted};
use crate::{opened, records, review};

#[derive(clap::Args)]
#[command(
    after_help = "gold and conll, spacy and hf are for training and evaluation; csv for a spreadsheet; prodigy, label-studio, doccano, brat and \
xmi (UIMA, for INCEpTION) for annotation tools; w3c is Web Annotations. Fields are joined by a blank line; offsets are code points, in xmi \
UTF-16 units.\n\n  \
dateline export out.jsonl --to gold -o gold.jsonl && dateline eval --gold gold.jsonl\n  \
dateline export out.jsonl --to brat -o brat/\n\n\
Exit code: 0 all done · 1 a fatal error · 2 wrong usage · 3 done, but the format cannot say everything; what is missing is listed."
)]
pub struct Arguments {
    /// Outputs of `dateline tag`, compressed or not, directories with outputs, or - for standard
    /// input
    #[arg(value_name = "OUT", required = true)]
    outputs: Vec<PathBuf>,

    /// The format
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    to: To,

    /// Write to this file, or for brat and xmi to this directory, instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Only articles of which someone has said that everything is right and nothing is missing; gold
    /// has only these
    #[arg(long)]
    decided: bool,

    /// Verdicts of analysts [default: OUT.verdicts, if it is there]
    #[arg(long, value_name = "DIR")]
    verdicts: Option<PathBuf>,

    /// Apply the rules in this file too
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,

    /// Key that the added keys are under [default: what the manifest beside the output says]
    #[arg(long, value_name = "KEY")]
    under: Option<String>,
}

/// What is made of the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum To {
    /// Their articles, for another tool.
    Format(Format),
    /// The overview of `dateline review`, as one file that works from disk.
    Page,
}

fn format(name: &str) -> Result<To, String> {
    if name == "page" {
        return Ok(To::Page);
    }
    let known: Vec<&str> = Format::ALL.into_iter().map(Format::name).collect();
    Format::of_name(name).map(To::Format).ok_or_else(|| format!("expected one of {}, page", known.join(", ")))
}

/// Writes the overview of an output.
fn page(arguments: &Arguments, output: Option<&Path>, rules: Vec<Rule>) -> Result<ExitCode, Stop> {
    let [records] = arguments.outputs.as_slice() else {
        let hint = "dateline merge makes one output of several".to_owned();
        return Err(Stop::usage("--to page: found several outputs, wanted one", Some(hint)));
    };
    let page = review::still(records, rules)?;
    match output {
        Some(path) => {
            let mut file = PlainWriter(Plain::create(path)?);
            file.write_all(page.as_bytes())
                .map_err(|error| Stop::fatal(format!("{}: {error}", path.display()), None))?;
            file.0.finish()?;
        }
        None => terminal::page(&page),
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let output = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
    let rules = arguments.rules.as_deref().map(verdicts::read_rules).transpose()?.unwrap_or_default();
    let To::Format(to) = arguments.to else { return page(arguments, output, rules) };
    let files = records::files(&arguments.outputs, "exported")?;
    let files = files.into_iter().map(|path| arguments.verdicts_of(&path).map(|verdicts| (path, verdicts)));
    let files: Vec<(PathBuf, Verdicts)> = files.collect::<Result<_, _>>()?;
    let mut lost = Lost::new(output);
    // What an export that was broken off has left: it cannot be gone on with, and does not get its name.
    let _leftover = output.map(Leftover::clear);
    let totals = match output {
        Some(dir) if to.is_directory() => directory(dir, |partial| {
            let exporter = Exporter::to_directory(to, partial)?;
            arguments.export(files, &rules, exporter, &mut lost)
        })?,
        None if to.is_directory() => {
            let message = format!("--to {} makes a directory: expected --output", to.name());
            return Err(Stop::usage(message, Some("name it with -o DIR".to_owned())));
        }
        Some(path) => {
            let mut file = PlainWriter(Plain::create(path)?);
            let totals = arguments.export(files, &rules, Exporter::to_stream(to, &mut file)?, &mut lost)?;
            file.0.finish()?;
            totals
        }
        None => {
            let out = BufWriter::new(io::stdout().lock());
            arguments.export(files, &rules, Exporter::to_stream(to, out)?, &mut lost)?
        }
    };
    lost.finish()?;
    let Totals { articles, left_out, mentions, lost } = totals;
    let mut said = format!("exported {} with {}", counted(articles, "article"), counted(mentions, "mention"));
    if left_out > 0 {
        said.push_str(&format!("; left out {}, which nobody has called done", counted(left_out, "article")));
    }
    terminal::note(&said);
    Ok(ExitCode::from(if lost > 0 { 3 } else { 0 }))
}

impl Arguments {
    fn export(
        &self,
        files: Vec<(PathBuf, Verdicts)>,
        rules: &[Rule],
        mut to: Exporter,
        lost: &mut Lost,
    ) -> Result<Totals, Stop> {
        let mut left_out = 0;
        for (path, mut verdicts) in files {
            if !verdicts.is_empty() && path.as_os_str() != "-" {
                let mut corpus = Corpus::new(&verdicts);
                opened::read(&path, self.under.as_deref(), |opened| {
                    corpus.add(opened);
                    Ok(())
                })?;
                let changes = corpus.finish();
                note(&path, &changes);
                changes.carry_over(&mut verdicts);
            }
            let rules = verdicts.rule_set(rules);
            opened::read(&path, self.under.as_deref(), |opened| {
                let standing = stand(opened, &rules, &verdicts);
                if self.decided && !verdicts.is_done(opened.key) {
                    left_out += 1;
                    return Ok(());
                }
                to.add(opened, &standing)?.into_iter().try_for_each(|loss| lost.add(&loss))
            })?;
        }
        let totals = to.finish()?;
        Ok(Totals { left_out: totals.left_out + left_out, ..totals })
    }

    fn verdicts_of(&self, output: &Path) -> Result<Verdicts, Stop> {
        let dir = match &self.verdicts {
            Some(dir) if !dir.is_dir() => {
                let hint = "verdicts are in the directory OUT.verdicts beside an output";
                return Err(Stop::usage(format!("{}: is no directory", dir.display()), Some(hint.to_owned())));
            }
            Some(dir) => dir.clone(),
            None => verdicts::directory(output),
        };
        let (verdicts, remarks) = verdicts::read_all(&dir)?;
        remarks.iter().for_each(|remark| terminal::note(remark));
        Ok(verdicts)
    }
}

fn note(path: &Path, changes: &Changes) {
    let has_changed = changes.all.iter().any(|change| change.kind != verdicts::ChangeKind::Holds);
    if has_changed {
        terminal::note(&format!("{}: {changes}", path.display()));
    }
}

/// Fills a directory that gets its name when it is complete.
fn directory(dir: &Path, fill: impl FnOnce(&Path) -> Result<Totals, Stop>) -> Result<Totals, Stop> {
    if dir.symlink_metadata().is_ok() {
        return Err(Stop::from(SinkError::Exists { path: dir.to_owned(), differences: Vec::new() }));
    }
    let dir: PathBuf = dir.components().collect();
    let partial = with_suffix(&dir, ".partial");
    let failed = |source| Stop::from(SinkError::Create { path: partial.clone(), source });
    fs::create_dir(&partial).map_err(failed)?;
    let totals = fill(&partial)?;
    fs::rename(&partial, &dir).and_then(|()| sync_directory(&dir)).map_err(failed)?;
    Ok(totals)
}

/// The unfinished file or directory of an export, and that of what it lost; they go with it.
struct Leftover([PathBuf; 2]);

impl Leftover {
    fn clear(output: &Path) -> Self {
        let output: PathBuf = output.components().collect();
        let leftover = Self([with_suffix(&output, ".partial"), with_suffix(&output, ".lost.jsonl.partial")]);
        leftover.remove();
        leftover
    }

    fn remove(&self) {
        for path in &self.0 {
            // What is not there need not go.
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A file that gets its name when it is complete.
struct PlainWriter(Plain);

impl Write for PlainWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a format cannot say: the first of it as notes, all of it in a file beside the export.
struct Lost {
    path: Option<PathBuf>,
    file: Option<Plain>,
    n: u64,
}

impl Lost {
    /// Notes that are shown.
    const SHOWN: u64 = 20;

    fn new(output: Option<&Path>) -> Self {
        let path = output.map(|output| with_suffix(&output.components().collect::<PathBuf>(), ".lost.jsonl"));
        Self { path, file: None, n: 0 }
    }

    fn add(&mut self, loss: &Loss) -> Result<(), Stop> {
        self.n += 1;
        if self.n <= Self::SHOWN {
            let [start, end] = loss.span;
            let label = loss.label.as_deref().unwrap_or("character");
            terminal::note(&format!("{}: {label} {:?} at {start}..{end}: {}", loss.article, loss.words, loss.why));
        }
        let Some(path) = &self.path else { return Ok(()) };
        if self.file.is_none() {
            self.file = Some(Plain::create(path)?);
        }
        let mut line = serde_json::to_vec(loss).expect("strings and numbers");
        line.push(b'\n');
        self.file.as_mut().map_or(Ok(()), |file| file.write(&line))?;
        Ok(())
    }

    fn finish(self) -> Result<(), Stop> {
        if let Some(file) = self.file {
            file.finish()?;
        }
        if self.n > 0 {
            let all = self.path.map(|path| format!(", all of them in {}", path.display())).unwrap_or_default();
            terminal::note(&format!("{} that the format cannot say{all}", counted(self.n, "thing")));
        }
        Ok(())
    }
}
