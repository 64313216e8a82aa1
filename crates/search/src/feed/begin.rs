//! The start of a feed: what is there at the other end, and whether it goes on from an earlier one.

use std::collections::BTreeMap;
use std::path::Path;

use crate::feed::client::Client;
use crate::feed::engines::{self, Engine};
use crate::feed::error::FeedError;
use crate::feed::plan::Plan;
use crate::feed::records::{Reading, fields};
use crate::feed::state::State;
use crate::feed::time;

/// What shapes the documents and where they go, by the names of options.
pub fn options(plan: &Plan, kind: &str) -> BTreeMap<String, String> {
    let Reading { under, entry, shape, .. } = &plan.reading;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "not given".to_owned());
    let options = [
        ("as", kind.to_owned()),
        ("id", text(&entry.id)),
        ("date", text(&entry.date)),
        ("under", text(under)),
        ("aliases", entry.aliases.digest().unwrap_or("not given").to_owned()),
        ("nested", shape.nested.to_string()),
        ("annotated", shape.annotated.to_string()),
        ("embedding", shape.embedding.to_string()),
        ("no-text", shape.no_text.to_string()),
        ("swap", plan.target.swap.to_string()),
    ];
    options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A feed that has found its engine.
pub struct Begun<'f> {
    /// What to feed where.
    pub plan: &'f Plan,
    /// The server.
    pub client: &'f Client,
    /// What is said to it.
    pub engine: &'f dyn Engine,
    /// Where the state is.
    pub state_path: &'f Path,
}

impl Begun<'_> {
    /// The state to go on from, if there is one; it has to be of this feed.
    pub fn resumed(&self, old: Option<State>, fresh: &State) -> Result<Option<State>, FeedError> {
        let Some(old) = old else { return Ok(None) };
        let mut differences = fresh.differences(&old);
        let there = match &old.index_id {
            Some(_) => self.engine.identify(self.client, &old.index)?.map(|index| index.id),
            None => None,
        };
        if old.index_id != there {
            differences.push(match there {
                Some(_) => format!("the index {} is another one by that name", old.index),
                None => format!("the index {} is gone", old.index),
            });
        }
        match (old.complete, differences.is_empty()) {
            (true, true) => Err(FeedError::AlreadyComplete { path: self.state_path.to_owned() }),
            (true, false) => Ok(None),
            (false, true) => Ok(Some(old)),
            (false, false) => Err(FeedError::Changed { path: self.state_path.to_owned(), differences }),
        }
    }

    /// `state` with its index, which is made if there is none and it may be.
    pub fn with_index(&self, state: State, reading: &Reading, note: &mut dyn FnMut(&str)) -> Result<State, FeedError> {
        if state.index_id.is_some() {
            return Ok(state);
        }
        let (target, mut state) = (&self.plan.target, state);
        let name = target.address.index.as_str();
        let there = self.engine.identify(self.client, name)?;
        let url = || self.client.url("/");
        if target.swap {
            if there.as_ref().is_some_and(|index| !index.is_alias) {
                return Err(FeedError::NotAnAlias { url: url(), index: name.to_owned() });
            }
            if state.index == name {
                state.index = format!("{name}-{}", time::stamp());
                // Written down before it is made, so that it is known to be ours.
                state.write(self.state_path)?;
            }
        } else if there.is_none() && !target.create {
            return Err(FeedError::NoIndex { url: url(), index: name.to_owned() });
        }
        if target.create || target.swap {
            let fields = fields(reading, target.strict)?;
            let template = engines::template(reading.kind, name, &fields).unwrap_or_default();
            if target.create {
                self.engine.put_template(self.client, name, &template)?;
            }
            match self.engine.identify(self.client, &state.index)? {
                None => self.engine.create(self.client, &state.index, &template)?,
                Some(_) if target.swap => {}
                Some(_) => {
                    note(&format!("{name} is there already, and keeps the mapping that it has"));
                }
            }
        }
        let Some(index) = self.engine.identify(self.client, &state.index)? else {
            return Err(FeedError::NoIndex { url: url(), index: state.index });
        };
        state.index_id = Some(index.id);
        state.write(self.state_path)?;
        Ok(state)
    }
}
