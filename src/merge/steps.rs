//! Counts the steps of merging in tests, which hold that their number grows with that of mentions; in
//! a program it counts nothing.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Here is a step: something is looked up, compared or registered.
#[inline]
pub(super) fn count() {
    #[cfg(test)]
    STEPS.set(STEPS.get() + 1);
}

/// The steps since this was asked last, on this thread.
#[cfg(test)]
pub(super) fn take() -> usize {
    STEPS.replace(0)
}
