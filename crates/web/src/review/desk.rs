//! What was decided, and where it is written down: the logs of all analysts as they stand, and those
//! that this server writes.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use dateline::internals::error::{UserError, chain};
use dateline::internals::rules::{Rule, RuleSet};
use dateline::verdicts::{self, ArticleState, Decision, Entry, Log, LogError, Verdicts};
use dateline_search::Index;

use crate::http::Reply;
use crate::review::corpus::lock;
use crate::review::standing;
use crate::review::stored::Stored;

/// Decisions of all analysts.
pub struct Desk {
    /// Where the logs are.
    dir: PathBuf,
    /// Whether its analysts decide where others differ.
    pub judge: bool,
    from_file: Vec<Rule>,
    /// Held while decisions are written, so that they are written one after the other.
    logs: Mutex<HashMap<String, Log>>,
    now: Mutex<Now>,
}

/// What holds at a moment.
#[derive(Clone)]
pub struct Now {
    /// The logs as they stand.
    pub verdicts: Arc<Verdicts>,
    /// Rules of the file, and those that were made here.
    pub rules: Arc<RuleSet>,
    /// Grows with every decision, whoever made it.
    pub events: u64,
    /// Lengths of the logs that others write, by their names.
    others: BTreeMap<PathBuf, u64>,
}

impl Now {
    /// Labels and states of the mentions of an article, by their numbers in its record; empty if neither
    /// a rule nor an analyst has said anything that could matter.
    pub fn states(&self, stored: &Stored) -> Result<HashMap<u32, (String, Option<String>)>, Reply> {
        if self.rules.is_empty() && self.verdicts.on(stored.key()?).next().is_none() {
            return Ok(HashMap::new());
        }
        Ok(standing::states(&stored.opened()?, &self.rules, &self.verdicts))
    }

    /// How far the article in the row `row` is: `done`, `skip`, `begun`, or nothing.
    pub fn state_of(&self, index: &Index, row: u32) -> Result<Option<&'static str>, Reply> {
        if self.verdicts.is_empty() {
            return Ok(None);
        }
        let key = Stored::open(index, row)?.key()?;
        let states = self.verdicts.states(key);
        let is = |wanted: ArticleState| states.iter().any(|(_, state)| *state == wanted);
        Ok(if is(ArticleState::Done) {
            Some("done")
        } else if is(ArticleState::Skip) {
            Some("skip")
        } else {
            self.verdicts.on(key).next().map(|_| "begun")
        })
    }
}

impl Desk {
    /// The desk over the logs in `dir`, of which `analysts` write theirs here.
    ///
    /// # Errors
    /// If a log cannot be read, or somebody else writes one of `analysts`.
    pub fn open(
        dir: PathBuf,
        analysts: &[String],
        judge: bool,
        from_file: Vec<Rule>,
    ) -> Result<(Self, Vec<String>), LogError> {
        let mut logs = HashMap::new();
        let mut notes = Vec::new();
        let who = format!("dateline review, process {}", std::process::id());
        for analyst in analysts {
            let (log, replayed) = Log::open(&dir, analyst, &who)?;
            notes.extend(replayed.torn.map(|torn| {
                format!(
                    "{}: a decision that was not finished when the machine stopped; nobody was told that it is safe",
                    torn.display()
                )
            }));
            logs.insert(analyst.clone(), log);
        }
        let (verdicts, remarks) = verdicts::read_all(&dir)?;
        notes.extend(remarks);
        let rules = Arc::new(verdicts.rule_set(&from_file));
        let now = Now { verdicts: Arc::new(verdicts), rules, events: 0, others: BTreeMap::new() };
        let desk = Self { dir, judge, from_file, logs: Mutex::new(logs), now: Mutex::new(now) };
        let others = desk.others();
        lock(&desk.now).others = others;
        Ok((desk, notes))
    }

    /// What holds now.
    pub fn now(&self) -> Now {
        lock(&self.now).clone()
    }

    /// Rules that stand in a file, and not in a log.
    pub fn from_file(&self) -> &[Rule] {
        &self.from_file
    }

    /// The number of the next decision of `analyst`; none if nothing of theirs is written here.
    pub fn next(&self, analyst: &str) -> Option<u64> {
        lock(&self.logs).get(analyst).map(Log::next)
    }

    /// Writes `decisions` of `analyst`, all or none, and gives their entries when they are on the disk.
    ///
    /// # Errors
    /// If one makes no sense, or they cannot be written; then none of them counts.
    pub fn write(&self, analyst: &str, decisions: Vec<Decision>) -> Result<Vec<Entry>, Reply> {
        let mut logs = lock(&self.logs);
        let log = logs
            .get_mut(analyst)
            .ok_or_else(|| Reply::refused(403, "read_only", "nothing can be decided here", None))?;
        let now = self.now();
        for decision in &decisions {
            let wrong =
                |error: verdicts::Refused| Reply::refused(400, "decision", &error.to_string(), error.hint().as_deref());
            now.verdicts.check(analyst, decision).map_err(wrong)?;
        }
        drop(now);
        let failed = |error: LogError| {
            let status = match &error {
                LogError::File { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => 507,
                _ => 500,
            };
            Reply::refused(status, "not_written", &chain(&error), error.hint().as_deref())
        };
        let entries = log.append(decisions, SystemTime::now()).map_err(failed)?;
        let mut now = lock(&self.now);
        let verdicts = Arc::make_mut(&mut now.verdicts);
        entries.iter().for_each(|entry| verdicts.add(analyst, entry.clone()));
        if entries
            .iter()
            .any(|entry| !matches!(entry.decision.op, verdicts::Op::Mention { .. } | verdicts::Op::Later { .. }))
        {
            now.rules = Arc::new(now.verdicts.rule_set(&self.from_file));
        }
        now.events += entries.len() as u64;
        Ok(entries)
    }

    /// Looks whether somebody else has decided, with another server on the same records.
    pub fn look(&self) {
        let others = self.others();
        if lock(&self.now).others == others {
            return;
        }
        // Nothing is written meanwhile, so that nothing of ours is missed.
        let _logs = lock(&self.logs);
        let Ok((verdicts, _)) = verdicts::read_all(&self.dir) else { return };
        let mut now = lock(&self.now);
        now.rules = Arc::new(verdicts.rule_set(&self.from_file));
        now.verdicts = Arc::new(verdicts);
        now.others = others;
        now.events += 1;
    }

    /// Lets `change` have the verdicts, for what is not in the logs: those on texts that have changed.
    pub fn carry(&self, change: impl FnOnce(&mut Verdicts)) {
        let mut now = lock(&self.now);
        change(Arc::make_mut(&mut now.verdicts));
    }

    fn others(&self) -> BTreeMap<PathBuf, u64> {
        let own: Vec<PathBuf> = lock(&self.logs).values().map(|log| log.path().to_owned()).collect();
        let found = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let logs = found.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
        logs.filter(|path| !own.contains(path))
            .filter_map(|path| Some((path.clone(), fs::metadata(path).ok()?.len())))
            .collect()
    }
}
