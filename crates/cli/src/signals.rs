//! What to do when somebody wants the run to end: the first signal is heeded when the chunk at hand
//! is written, the second at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether a signal has come.
pub struct Signals(Arc<AtomicUsize>);

impl Signals {
    /// From now on signals are noted.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub fn catch() -> io::Result<Self> {
        let noted = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM] {
            // Handlers run in the order they were registered in, so the first one sees what was
            // before this signal.
            let again = Arc::new(AtomicBool::new(false));
            flag::register_conditional_shutdown(signal, exit_code(signal).into(), Arc::clone(&again))?;
            flag::register(signal, again)?;
            flag::register_usize(signal, Arc::clone(&noted), signal as usize)?;
        }
        Ok(Self(noted))
    }

    /// The exit code that the signal stands for, if one has come.
    pub fn exit_code(&self) -> Option<u8> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(exit_code(signal as i32)),
        }
    }
}

/// As shells have it: 130 for SIGINT, 143 for SIGTERM.
fn exit_code(signal: i32) -> u8 {
    128 + signal as u8
}

/// A file that is longer than allowed shall be an error like a full disk, and not the end of the
/// process.
pub fn survive_long_files() -> io::Result<()> {
    // That there is a handler is enough: the write then fails.
    #[cfg(unix)]
    flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    Ok(())
}
