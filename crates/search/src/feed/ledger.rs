//! What is written down of a feed while it runs, and what makes it complete.

use std::path::PathBuf;

use crate::feed::delivery::{Delivered, Delivery, Outcome};
use crate::feed::error::FeedError;
use crate::feed::letters::Letters;
use crate::feed::plan::{Plan, Refresh};
use crate::feed::state::State;

/// Records before which nothing can be said about how many are refused.
const FEW: u64 = 1000;

/// What is written down.
pub struct Ledger<'p> {
    /// How far the engine has answered.
    pub state: State,
    state_path: PathBuf,
    letters: Letters,
    /// What to feed where.
    pub plan: &'p Plan,
    /// What the engine said of the first document that it refused in this run.
    first: Option<String>,
}

impl<'p> Ledger<'p> {
    /// That goes on from `state`, which is in the file `state_path`.
    pub fn new(state: State, state_path: PathBuf, letters: Letters, plan: &'p Plan) -> Self {
        Self { state, state_path, letters, plan, first: None }
    }

    /// Writes down what became of a batch: its dead letters, and then how far the engine has answered.
    pub fn enter(&mut self, delivered: Delivered) -> Result<(), FeedError> {
        if self.plan.stop_at_failure
            && let Some((doc, Outcome::Dead(refusal))) =
                delivered.docs.iter().find(|(_, outcome)| matches!(outcome, Outcome::Dead(_)))
        {
            let (path, line) = (doc.place.path.to_path_buf(), doc.place.line);
            return Err(FeedError::First { path, line, message: refusal.message.clone() });
        }
        let account = &mut self.state.account;
        for (doc, outcome) in &delivered.docs {
            account.read += 1;
            match outcome {
                Outcome::Created => account.created += 1,
                Outcome::Updated => account.updated += 1,
                Outcome::Stored => account.stored += 1,
                Outcome::Dead(refusal) => {
                    self.letters.write(doc, refusal)?;
                    *account.dead.entry(refusal.code).or_default() += 1;
                    self.first.get_or_insert_with(|| refusal.message.clone());
                }
            }
            self.state.lines = doc.place.lines;
        }
        self.state.dead_bytes = self.letters.sync()?;
        self.state.write(&self.state_path)?;
        let (read, dead, max) = (self.state.account.read, self.state.account.n_dead(), self.plan.max_dead);
        if read >= FEW && dead as f64 * 100.0 > max * read as f64 {
            let first = self.first.clone().unwrap_or_default();
            return Err(FeedError::TooManyDead { dead, read, max, first });
        }
        Ok(())
    }

    /// Takes away what was written down.
    pub fn discard(self) {
        // What stays says that nothing was fed, and does little harm.
        let _ = std::fs::remove_file(&self.state_path);
        self.letters.discard();
    }

    /// Sees that all of the records that were `read` are accounted for, and makes the feed complete; the indexes that the alias
    /// was on.
    pub fn finish(mut self, read: u64, delivery: &Delivery) -> Result<Vec<String>, FeedError> {
        let (client, engine) = (delivery.client(), delivery.engine());
        let account = &self.state.account;
        if read != account.read || read != account.n_taken() + account.n_dead() {
            let (taken, dead) = (account.n_taken(), account.n_dead());
            return Err(FeedError::Account {
                message: format!("{read} records were read, {} answered for: {taken} taken, {dead} not", account.read),
            });
        }
        let (target, index) = (&self.plan.target, self.state.index.clone());
        if target.swap || target.refresh == Refresh::End {
            engine.refresh(client, &index)?;
        }
        let mut old = Vec::new();
        if target.swap {
            // Nobody else writes on an index that nobody knows.
            let found = engine.count(client, &index)?;
            if found != account.n_taken() {
                return Err(FeedError::Count { index, wanted: account.n_taken(), found });
            }
            old = engine.swap(client, &target.address.index, &index)?;
        }
        self.letters.finish()?;
        self.state.complete = true;
        self.state.write(&self.state_path)?;
        Ok(old)
    }
}
