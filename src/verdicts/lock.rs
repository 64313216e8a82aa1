//! One writer of a log at a time, and who that is.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::sink::with_suffix;

/// While it lives nobody else writes the log. The system takes it back when the process dies, so
/// that the file which is left says nothing by itself.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

/// Given back by its name: a process that was forked a moment ago, and has not become another
/// program yet, has the file open too.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Why a log cannot be locked.
pub(super) enum LockError {
    /// Somebody else has it, and this is what it says.
    Held(String),
    /// The file system refused.
    Failed(PathBuf, io::Error),
}

impl Lock {
    /// Takes the lock of the log `path` for `who`.
    pub fn take(path: &Path, who: &str) -> Result<Self, LockError> {
        let path = with_suffix(path, ".lock");
        let failed = |error| LockError::Failed(path.clone(), error);
        let mut file = open_private(&path, false).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // What cannot be read says nothing; that it is held is known.
                let _ = file.take(1000).read_to_string(&mut holder);
                let holder = holder.trim();
                return Err(LockError::Held(if holder.is_empty() { "another process" } else { holder }.to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{who}"));
        written.map_err(failed)?;
        Ok(Self { file })
    }
}

/// Opens the file `path` for reading and writing, or makes it, for this user alone; through no link,
/// and only if it is a regular file.
pub(super) fn open_private(path: &Path, append: bool) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).create(true);
    if append {
        options.append(true)
    } else {
        options.write(true)
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe would wait for its other end.
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    #[cfg(not(unix))]
    if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("expected a regular file"));
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("expected a regular file")) }
}
