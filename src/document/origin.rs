//! Where an article stands in its corpus.

/// Where an article stands in its corpus.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The file as the user would name it, `-` for standard input.
    pub source: String,
    /// Number of the record in its source, counted from 0.
    pub record: u64,
    /// Line on which it starts, counted from 1.
    pub line: u64,
    /// First byte, after decompression and decoding.
    pub byte_offset: u64,
    /// Bytes from there on.
    pub byte_len: u64,
    /// Number of the record in the whole corpus, counted from 0.
    pub item: u64,
}
