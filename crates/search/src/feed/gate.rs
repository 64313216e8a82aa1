//! Lets some requests through at a time, and only one while the engine says that it is busy.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::feed::client::Client;

/// Such a gate.
pub struct Gate {
    /// Requests on their way, and how many there may be.
    state: Mutex<(usize, usize)>,
    changed: Condvar,
    widest: usize,
}

/// A place in the gate; it is free when this is dropped.
pub struct Passing<'g>(&'g Gate);

impl Gate {
    /// For up to `widest` requests.
    pub fn new(widest: usize) -> Self {
        Self { state: Mutex::new((0, widest)), changed: Condvar::new(), widest }
    }

    /// Waits for a place; none if nobody waits for answers any more.
    pub fn enter(&self, client: &Client) -> Option<Passing<'_>> {
        /// Between two looks.
        const LOOK: Duration = Duration::from_millis(50);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !client.is_stopped() {
            if state.0 < state.1 {
                state.0 += 1;
                return Some(Passing(self));
            }
            state = self.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        None
    }

    /// Lets one through from now on.
    pub fn narrow(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = 1;
    }

    /// Lets as many through as there may be.
    pub fn widen(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = self.widest;
        self.changed.notify_all();
    }
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).0 -= 1;
        self.0.changed.notify_one();
    }
}
