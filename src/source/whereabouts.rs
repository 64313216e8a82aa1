//! Where in which file reading is, for errors.

use std::io;
use std::sync::atomic::Ordering;

use crate::compression::Compression;
use crate::source::decompress::Meter;
use crate::source::error::SourceError;
use crate::source::guard::Bomb;
use crate::source::name::FileName;

/// A file that is being read, and how far it is.
#[derive(Clone, Debug)]
pub struct Whereabouts {
    /// What it is called.
    pub name: FileName,
    /// How it is compressed.
    pub compression: Option<Compression>,
    /// How much of it was read.
    pub meter: Meter,
}

impl Whereabouts {
    /// The end of reading this file for the reason that `source` gives.
    pub fn error(&self, source: io::Error) -> SourceError {
        let path = self.name.shown.clone();
        let offset = self.meter.here.load(Ordering::Relaxed);
        if let Some(&Bomb { expanded, compressed }) = source.get_ref().and_then(|error| error.downcast_ref()) {
            return SourceError::Bomb { path, offset, expanded, compressed };
        }
        match self.compression {
            // The system numbers its errors and decompressors do not.
            Some(compression) if source.raw_os_error().is_none() => {
                SourceError::Compressed { path, format: compression.name(), offset, source }
            }
            _ => SourceError::Read { path, offset, source },
        }
    }
}
