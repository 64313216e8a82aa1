//! Looks out for compressed data that become very much and hold nothing.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Much that comes out of little, and no record among it: what is made to fill memories and disks,
/// or to be read for ever.
#[derive(Debug)]
pub struct Bomb {
    /// Bytes since the last record that is not too long.
    pub expanded: u64,
    /// What they were made from.
    pub compressed: u64,
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} bytes of nothing out of {}", self.expanded, self.compressed)
    }
}

impl std::error::Error for Bomb {}

/// Looks out for a [`Bomb`].
pub struct Guard {
    compressed: Arc<AtomicU64>,
    /// What `compressed` said after the last record.
    at: u64,
    /// Bytes since then.
    expanded: u64,
    /// Bytes that are nothing unusual.
    floor: u64,
}

impl Guard {
    /// Longest records, one after another, that are nothing unusual.
    const RECORDS: u64 = 16;
    /// Bytes that are nothing unusual, however short records are.
    const BYTES: u64 = 64 << 20;
    /// Text shrinks to a third or a tenth; only what repeats itself all the time shrinks to a
    /// hundredth.
    const RATIO: u64 = 100;

    /// Of a file of which `compressed` counts the bytes that were used, where a record may have
    /// `max_bytes`.
    pub fn new(compressed: Arc<AtomicU64>, max_bytes: usize) -> Self {
        let floor = Self::RECORDS.saturating_mul(max_bytes as u64).max(Self::BYTES);
        Self { compressed, at: 0, expanded: 0, floor }
    }

    /// Goes past `n` bytes of content.
    ///
    /// # Errors
    /// A [`Bomb`] in an I/O error, as soon as it is one.
    pub fn pass(&mut self, n: usize) -> io::Result<()> {
        self.expanded += n as u64;
        if self.expanded > self.floor {
            let compressed = self.compressed.load(Ordering::Relaxed).saturating_sub(self.at);
            if self.expanded / Self::RATIO > compressed {
                return Err(io::Error::other(Bomb { expanded: self.expanded, compressed }));
            }
        }
        Ok(())
    }

    /// There was a record that is not too long.
    pub fn reset(&mut self) {
        self.at = self.compressed.load(Ordering::Relaxed);
        self.expanded = 0;
    }
}
