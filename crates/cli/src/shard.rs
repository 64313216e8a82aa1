//! Which part of a corpus a run is to do: as the user says, or as the scheduler does that started
//! many of it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use dateline::source::Shard;

use crate::stop::Stop;
use crate::terminal;

/// Schedulers by what they set: the number of this task, how many there are, the number of the
/// first task, the distance between two.
const SCHEDULERS: [[&str; 4]; 4] = [
    ["SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"],
    ["JOB_COMPLETION_INDEX", "SHARD_COUNT", "", ""],
    ["AWS_BATCH_JOB_ARRAY_INDEX", "SHARD_COUNT", "", ""],
    ["AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", "", ""],
];

/// `I/N`, as in `--shard`.
pub fn parse(text: &str) -> Result<Shard, String> {
    let expected = || "expected I/N, e.g. 0/4, 1/4, 2/4 and 3/4 for four parts".to_owned();
    let (index, count) = text.split_once('/').ok_or_else(expected)?;
    let shard = Shard { index: index.parse().map_err(|_| expected())?, count: count.parse().map_err(|_| expected())? };
    if shard.index < shard.count { Ok(shard) } else { Err(expected()) }
}

/// The part that is to be done; `None` for all. The environment counts only where the output can be
/// put together again.
pub fn settle(given: Option<Shard>, has_output: bool, quiet: bool) -> Result<Option<Shard>, Stop> {
    let shard = match given {
        None if has_output => of_environment(|name| env::var(name).ok(), quiet)?,
        given => given,
    };
    Ok(shard.filter(|shard| shard.count > 1))
}

fn of_environment(variable: impl Fn(&str) -> Option<String>, quiet: bool) -> Result<Option<Shard>, Stop> {
    for [id, count, first, step] in SCHEDULERS {
        let (Some(id_text), Some(count_text)) = (variable(id), variable(count)) else { continue };
        let number = |name: &str, text: &str| -> Result<u64, Stop> {
            let message = format!("{name}={text}: expected a whole number");
            text.parse().map_err(|_| Stop::usage(message, Some("--shard I/N says it instead".to_owned())))
        };
        let or = |name: &str, other: u64| variable(name).map_or(Ok(other), |text| number(name, &text));
        let (task, count_of, step) = (number(id, &id_text)?, number(count, &count_text)?, or(step, 1)?.max(1));
        let shard = Shard { index: task.saturating_sub(or(first, 0)?) / step, count: count_of };
        if shard.index >= shard.count {
            return Err(Stop::usage(
                format!("{id}={id_text}, {count}={count_text}: expected tasks that are numbered from 0"),
                Some("--shard I/N says it instead, and --shard 0/1 that this run does everything".to_owned()),
            ));
        }
        if !quiet {
            let Shard { index, count: of } = shard;
            terminal::note(&format!(
                "this is part {index}/{of} of the corpus, by {id} and {count}; --shard 0/1 does all"
            ));
        }
        return Ok(Some(shard));
    }
    if let Some(id) = SCHEDULERS.iter().map(|names| names[0]).find(|id| variable(id).is_some())
        && !quiet
    {
        terminal::note(&format!("{id} is set and SHARD_COUNT is not: this run does the whole corpus"));
    }
    Ok(None)
}

/// Where the records go, when the user says `output`: in a directory, which is made if need be,
/// each part has a name of its own.
pub fn path(output: &Path, shard: Option<Shard>) -> Result<PathBuf, Stop> {
    let is_dir = output.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/");
    match shard {
        Some(Shard { index, count }) if is_dir => {
            // Whichever part comes first makes it.
            fs::create_dir_all(output)
                .map_err(|error| Stop::usage(format!("{}: cannot be created: {error}", output.display()), None))?;
            Ok(output.join(format!("part-{index:05}-of-{count:05}.jsonl")))
        }
        None if is_dir => Err(Stop::usage(
            format!("{}: is a directory", output.display()),
            Some("name a file in it with --output; only the parts of --shard get a name by themselves".to_owned()),
        )),
        _ => Ok(output.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_from_zero() {
        assert_eq!(parse("0/4"), Ok(Shard { index: 0, count: 4 }));
        for wrong in ["4/4", "1", "/", "-1/4", "0/0", "a/b", "1/2/3", ""] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn schedulers_say_which_part_it_is() {
        let check = |variables: &[(&str, &str)], expected: Option<(u64, u64)>| {
            let found = of_environment(
                |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
                true,
            );
            let found = found.ok().flatten().map(|shard| (shard.index, shard.count));
            assert_eq!(found, expected, "{variables:?}");
        };
        check(&[], None);
        check(&[("SLURM_ARRAY_TASK_ID", "2"), ("SLURM_ARRAY_TASK_COUNT", "4")], Some((2, 4)));
        let from_one = [("SLURM_ARRAY_TASK_ID", "1"), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "1")];
        check(&from_one, Some((0, 4)));
        check(
            &[&from_one[1..], &[("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_STEP", "2")]].concat(),
            Some((3, 4)),
        );
        check(&[("JOB_COMPLETION_INDEX", "0"), ("SHARD_COUNT", "2")], Some((0, 2)));
        check(&[("JOB_COMPLETION_INDEX", "0")], None);
        check(&[("AWS_BATCH_JOB_ARRAY_INDEX", "5"), ("SHARD_COUNT", "6")], Some((5, 6)));
        check(&[("AWS_BATCH_JOB_ARRAY_INDEX", "5"), ("AWS_BATCH_JOB_ARRAY_SIZE", "6")], Some((5, 6)));
        // Refused rather than guessed.
        check(&[("SLURM_ARRAY_TASK_ID", "4"), ("SLURM_ARRAY_TASK_COUNT", "4")], None);
        check(&[("JOB_COMPLETION_INDEX", "x"), ("SHARD_COUNT", "2")], None);
    }
}
