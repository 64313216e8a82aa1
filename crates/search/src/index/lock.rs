//! One writer at a time.
//!
//! The lock is on a file beside the index and not on the index itself: a program that closes a file
//! which SQLite has open gives up SQLite's locks on it.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::index::error::IndexError;

/// While it lives no other run writes the index. The system takes it back when the process dies.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    pub fn take(index: &Path) -> Result<Self, IndexError> {
        let path = path(index);
        let failed = |source| IndexError::File { path: path.clone(), doing: "written", source };
        loop {
            let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(IndexError::Locked { path: index.to_owned() }),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
            // Its last holder may have taken the name away between the two.
            if is_named(&file, &path) {
                return Ok(Self { path, file });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

/// Whether `path` is a name of `file`.
fn is_named(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let (Ok(file), Ok(named)) = (file.metadata(), fs::metadata(path)) else { return false };
        (file.dev(), file.ino()) == (named.dev(), named.ino())
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

/// Whether a run is writing the index.
pub(crate) fn is_held(index: &Path) -> bool {
    File::open(path(index)).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn path(index: &Path) -> PathBuf {
    let mut name = index.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
