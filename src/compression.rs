//! Which compression a file has: what its name says, and what its first bytes say.
//!
//! Corpora are read by their first bytes, whatever they are called; what this program writes has
//! the compression that its name promises.

use std::path::Path;

/// How a file is compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// One or more gzip members.
    Gzip,
    /// One or more zstd frames.
    Zstd,
}

impl Compression {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What the ending of `path` says: `.gz`, `.zst` or `.zstd`, in capitals too.
    pub fn of_name(path: &Path) -> Option<Self> {
        match ending(path)?.as_str() {
            "gz" => Some(Self::Gzip),
            "zst" | "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// What the first bytes of a file say; four suffice.
    pub fn of_head(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // A skippable frame, with which parallel compressors begin.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }

    /// Whether more bytes may follow `head` that [`Self::of_head`] knows.
    pub fn could_be(head: &[u8]) -> bool {
        match head {
            [] => true,
            [0x1f] | [0x28, ..] => b"\x28\xb5\x2f\xfd".starts_with(head) || head.len() == 1,
            [0x50..=0x5f, rest @ ..] => b"\x2a\x4d\x18".starts_with(rest),
            _ => false,
        }
    }

    /// The name of the compression or archive that the ending of `path` promises and that is
    /// neither read nor written: `xz` for `out.jsonl.xz`.
    pub fn unsupported_name(path: &Path) -> Option<&'static str> {
        Some(match ending(path)?.as_str() {
            "xz" | "txz" => "xz",
            "bz2" | "bz" | "tbz2" => "bzip2",
            "lzma" => "lzma",
            "lz4" => "lz4",
            "br" => "brotli",
            "z" => "compress",
            "sz" | "snappy" => "snappy",
            "lzo" => "lzo",
            "zip" => "zip",
            "7z" => "7z",
            "rar" => "rar",
            "tar" | "tgz" => "tar",
            _ => return None,
        })
    }
}

/// What stands after the last dot of a name, in lower case; a name that begins with its only dot
/// has none.
fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_say_what_they_promise() {
        let of = |name: &str| Compression::of_name(Path::new(name)).map(Compression::name);
        assert_eq!(of("a/out.jsonl.gz"), Some("gzip"));
        assert_eq!(of("OUT.JSONL.GZ"), Some("gzip"));
        assert_eq!([of("a.zst"), of("a.zstd")], [Some("zstd"); 2]);
        assert_eq!([of("a.jsonl"), of("gz"), of(".gz"), of("a.gz/b")], [None; 4]);
        let not = |name: &str| Compression::unsupported_name(Path::new(name));
        assert_eq!([not("out.jsonl.xz"), not("o.BZ2"), not("o.br")], [Some("xz"), Some("bzip2"), Some("brotli")]);
        assert_eq!([not("out.jsonl"), not("out.jsonl.gz"), not("out.csv"), not("xz")], [None; 4]);
    }

    #[test]
    fn first_bytes_that_may_still_become_something() {
        for known in [&b"\x1f\x8b"[..], b"\x28\xb5\x2f\xfd", b"\x5f\x2a\x4d\x18"] {
            assert!(Compression::of_head(known).is_some());
            for n in 0..known.len() {
                assert!(Compression::could_be(&known[..n]) && Compression::of_head(&known[..n]).is_none(), "{known:?}");
            }
        }
        for other in [&b"{"[..], b"\x1f\x9d", b"(b", b"Paris"] {
            assert!(!Compression::could_be(other) && Compression::of_head(other).is_none(), "{other:?}");
        }
    }
}
